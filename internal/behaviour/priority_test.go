package behaviour_test

import (
	"context"
	"fmt"
	"io"
	"iter"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoybatch"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/stretchr/testify/require"
)

var background = buoy.WithPriority(buoy.Background)

// order is a provider that takes a second for each request, and notes who asked.
type order struct {
	mu    sync.Mutex // guards the field below
	asked []string
}

func (o *order) RoundTrip(r *http.Request) (*http.Response, error) {
	a := requestOf(r)
	o.mu.Lock()
	o.asked = append(o.asked, strings.TrimPrefix(a.messages[len(a.messages)-1], "user"))
	o.mu.Unlock()
	select {
	case <-time.After(time.Second):
		return reply(200, "application/json", io.NopCloser(strings.NewReader(shortAnswer))), nil
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
}

func (o *order) client(t *testing.T, opts ...buoy.Option) *buoy.Client {
	client, err := buoy.New(buoy.Endpoint{Name: "p", BaseURL: "https://p.example/v1", Keys: []string{testKey}},
		append(opts, buoy.WithHTTPClient(&http.Client{Transport: o}))...)
	require.NoError(t, err)
	return client
}

func asking(name string) buoy.Request {
	return buoy.Request{Model: hello.Model, Messages: []buoy.Message{buoy.User(name)}}
}

// Interactive calls go first, and those in the background after ten seconds all the
// same, as old as they are: of two interactive calls a second there is no end.
func TestInteractiveCallsGoFirstAndNobodyStarves(t *testing.T) {
	for name, limit := range map[string]buoy.RateLimit{"permits": {Concurrent: 1}, "rate": {RequestsPerMinute: 60}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := &order{}
				client := o.client(t, buoy.WithRateLimit(limit))
				ctx, cancel := context.WithCancel(t.Context())
				var wg sync.WaitGroup
				ask := func(ctx context.Context, name string, opts ...buoy.CallOption) {
					wg.Go(func() { _, _ = client.Chat(ctx, asking(name), opts...) })
					synctest.Wait()
				}
				for i := range 8 { // more than may go at once
					ask(ctx, fmt.Sprint("first ", i))
				}
				var waited time.Duration
				wg.Go(func() {
					resp, err := client.Chat(ctx, asking("batch"), background)
					require.NoError(t, err)
					waited = resp.Info.Attempts[0].Wait
				})
				synctest.Wait()
				for i := range 25 {
					ask(ctx, fmt.Sprint("one ", i))
					ask(ctx, fmt.Sprint("two ", i))
					time.Sleep(time.Second)
				}
				cancel()
				wg.Wait()
				at := slices.Index(o.asked, "batch")
				require.Positive(t, at)
				require.Greater(t, slices.Index(o.asked, "one 0"), 0)
				require.Less(t, slices.Index(o.asked, "one 0"), at, "it came later, and went before")
				require.InDelta(t, 10, waited.Seconds(), 1.5, "it waited for as long as it was promised")
			})
		})
	}
}

// The same where a key rests: who waits for an answer has the first probe.
func TestInteractiveCallsAreTheFirstToUseAKeyThatIsBack(t *testing.T) {
	bubble(t, nil, func(t *testing.T, d desk) {
		_, err := d.Chat(t.Context(), hello, noRetry)
		require.ErrorIs(t, err, buoy.ErrRateLimit)
		var wg sync.WaitGroup
		var mu sync.Mutex
		var ended []string
		ask := func(name string, opts ...buoy.CallOption) {
			wg.Go(func() {
				_, err := d.Chat(t.Context(), asking(name), opts...)
				require.NoError(t, err)
				mu.Lock()
				defer mu.Unlock()
				ended = append(ended, name)
			})
			synctest.Wait()
		}
		ask("batch 1", background)
		ask("batch 2", background)
		ask("urgent")
		wg.Wait()
		require.Equal(t, "urgent", ended[0])
	}, buoytest.RetryAfter(3*time.Second, tooFast), buoytest.Always(late(time.Millisecond)))
}

// The last quarter of the retry budget is for those for whom somebody waits.
func TestTheBackgroundLeavesTheLastRetriesToOthers(t *testing.T) {
	policy := buoy.WithRetry(buoy.RetryPolicy{MaxAttempts: 2, BaseDelay: time.Millisecond, Budget: buoy.RetryBudget{Capacity: 40}})
	off := buoy.WithBreaker(buoy.BreakerPolicy{Disabled: true})
	bubble(t, []buoy.Option{policy, off}, func(t *testing.T, d desk) {
		attempts := func(opts ...buoy.CallOption) int {
			_, err := d.Chat(t.Context(), hello, opts...)
			require.ErrorIs(t, err, buoy.ErrServer)
			return len(callError(t, err).Attempts)
		}
		var took []int
		for range 8 {
			took = append(took, attempts(background))
		}
		require.Equal(t, []int{2, 2, 2, 2, 2, 2, 1, 1}, took, "40, 35 ... 15; at 10 it stops")
		require.Equal(t, []int{2, 2, 1}, []int{attempts(), attempts(), attempts()})
	}, buoytest.Always(buoytest.Error(500, "broken")))
}

// Nobody waits for a call in the background: it is not hedged.
func TestTheBackgroundIsNotHedged(t *testing.T) {
	hedge := buoy.WithHedge(buoy.HedgePolicy{After: time.Second})
	keyed(t, []string{"a", "b"}, []buoytest.Step{buoytest.Always(late(5 * time.Second))}, []buoy.Option{hedge}, func(t *testing.T, d desk) {
		resp, err := d.Chat(t.Context(), hello, background, hedge)
		require.NoError(t, err)
		require.Len(t, resp.Info.Attempts, 1)
		resp, err = d.Chat(t.Context(), hello)
		require.NoError(t, err)
		require.Len(t, resp.Info.Attempts, 2)
	})
}

// A batch lets others go first, unless its options say otherwise.
func TestABatchRunsInTheBackground(t *testing.T) {
	for _, tc := range []struct {
		opts []buoy.CallOption
		last bool
	}{{nil, false}, {[]buoy.CallOption{buoy.WithPriority(buoy.Interactive)}, true}} {
		synctest.Test(t, func(t *testing.T) {
			o := &order{}
			client := o.client(t, buoy.WithRateLimit(buoy.RateLimit{Concurrent: 1}))
			var wg sync.WaitGroup
			var requests iter.Seq[buoy.Request] = func(yield func(buoy.Request) bool) {
				for i := range 4 {
					if !yield(asking(fmt.Sprint("batch ", i))) {
						return
					}
				}
			}
			wg.Go(func() {
				for _, r := range buoybatch.Run(t.Context(), client, requests, buoybatch.Options{CallOptions: tc.opts}) {
					require.NoError(t, r.Err)
				}
			})
			synctest.Wait()
			_, err := client.Chat(t.Context(), asking("urgent"))
			require.NoError(t, err)
			wg.Wait()
			want := 1
			if tc.last {
				want = 4
			}
			require.Equal(t, want, slices.Index(o.asked, "urgent"), "%v", o.asked)
		})
	}
}

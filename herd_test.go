package buoy_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/internal/testdesk"
	"github.com/stretchr/testify/require"
)

// crowded is a provider that answers 429 until the time is up, and then well.
type crowded struct {
	mu      sync.Mutex // guards the fields below
	begun   time.Time
	until   time.Duration
	latency time.Duration
	hint    string
	sent    []time.Duration // when each request came
}

func (c *crowded) RoundTrip(r *http.Request) (*http.Response, error) {
	_, _ = io.Copy(io.Discard, r.Body)
	c.mu.Lock()
	at := time.Since(c.begun)
	c.sent = append(c.sent, at)
	c.mu.Unlock()
	select {
	case <-time.After(c.latency):
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
	if at >= c.until {
		return testdesk.Reply(200, "application/json", io.NopCloser(strings.NewReader(`{"choices":[{"index":0,"message":{"role":"assistant","content":"fine"},"finish_reason":"stop"}]}`))), nil
	}
	resp := testdesk.Reply(429, "application/json", io.NopCloser(strings.NewReader(`{"error":{"message":"slow down","code":"rate_limit_exceeded"}}`)))
	if c.hint != "" {
		resp.Header.Set("Retry-After", c.hint)
	}
	return resp, nil
}

// most is how many requests came within 100 ms, after the first burst.
func (c *crowded) most() (most int) {
	for i, at := range c.sent {
		in := 0
		for _, o := range c.sent[i:] {
			if at > c.latency && o-at < 100*time.Millisecond {
				in++
			}
		}
		most = max(most, in)
	}
	return most
}

func (c *crowded) client(t *testing.T, keys []string, opts ...buoy.Option) *buoy.Client {
	c.begun = time.Now()
	client, err := buoy.New(buoy.Endpoint{Name: "desk", BaseURL: "https://desk.example/v1", Keys: keys},
		append(opts, buoy.WithHTTPClient(&http.Client{Transport: c}))...)
	require.NoError(t, err)
	return client
}

// Forty calls are told 429 at once. They sent 140 requests and none was answered, and
// with a hint all came back within 100 ms.
func TestFortyCallsMeetARateLimit(t *testing.T) {
	for _, hint := range []string{"", "1", "3"} {
		for _, latency := range []time.Duration{0, 50 * time.Millisecond, 400 * time.Millisecond} {
			for _, keys := range [][]string{{"a"}, {"a", "b"}} {
				t.Run(fmt.Sprintf("hint %q, %v, %d keys", hint, latency, len(keys)), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						p := &crowded{until: 3 * time.Second, latency: latency, hint: hint}
						client := p.client(t, keys)
						var wg sync.WaitGroup
						for range 40 {
							wg.Go(func() {
								_, err := client.Chat(t.Context(), hello)
								require.NoError(t, err)
							})
						}
						wg.Wait()
						require.LessOrEqual(t, len(p.sent), 100)
						require.Less(t, time.Since(p.begun), 12*time.Second)
						require.LessOrEqual(t, p.most(), 20, "spread over time")
					})
				})
			}
		}
	}
}

// Where nobody named a wait and somebody else can be asked, he is within MaxDelay:
// canned answers came after 5, 10, 21, 99 and 119 s.
func TestKeysThatRestAreNotWaitedForLong(t *testing.T) {
	for _, keys := range [][]string{{"a"}, {"a", "b"}, {"a", "b", "c"}} {
		synctest.Test(t, func(t *testing.T) {
			p := &crowded{until: time.Hour}
			canned := buoy.WithFallbackFunc(func(context.Context, buoy.Request, error) (*buoy.Response, error) {
				return &buoy.Response{Choices: []buoy.Choice{{Message: buoy.Assistant("later")}}}, nil
			})
			client := p.client(t, keys, canned)
			for range 20 {
				begun := time.Now()
				resp, err := client.Chat(t.Context(), hello)
				require.NoError(t, err)
				require.True(t, resp.Info.Degraded)
				require.LessOrEqual(t, time.Since(begun), 8*time.Second)
				time.Sleep(time.Second)
			}
			p.sent = nil
			alone := p.client(t, keys)
			for range 5 {
				begun := time.Now()
				_, err := alone.Chat(t.Context(), hello)
				require.Error(t, err)
				require.LessOrEqual(t, time.Since(begun), time.Minute)
			}
		})
	}
}

// An error does not say that the provider asked for what was learned without its word.
func TestALearnedPauseIsNoWordOfTheProvider(t *testing.T) {
	for hint, want := range map[string]string{"": "rest after refusals that named no wait", "30": "has asked for a pause"} {
		synctest.Test(t, func(t *testing.T) {
			p := &crowded{until: time.Hour, hint: hint}
			client := p.client(t, []string{"a", "b"}, noRetry)
			for range 2 {
				_, err := client.Chat(t.Context(), hello)
				require.ErrorIs(t, err, buoy.ErrRateLimit)
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
			defer cancel()
			_, err := client.Chat(ctx, hello)
			require.ErrorContains(t, limitError(t, err), want)
		})
	}
}

// A call that ends while it waits for its next turn has what the provider said.
func TestWhatWasSaidBeforeAWaitIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &crowded{until: time.Hour, hint: "30"}
		client := p.client(t, []string{"a"})
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(10*time.Second, cancel)
		begun := time.Now()
		_, err := client.Chat(ctx, hello)
		require.Equal(t, 10*time.Second, time.Since(begun))
		require.Equal(t, buoy.ErrCanceled, buoy.KindOf(err))
		api, ok := errors.AsType[*buoy.APIError](err)
		require.True(t, ok)
		require.Equal(t, 429, api.StatusCode)

		short, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		begun = time.Now()
		_, err = client.Chat(short, hello)
		require.Zero(t, time.Since(begun))
		require.Equal(t, 20*time.Second, limitError(t, err).Wait)
	})
}

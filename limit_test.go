package buoy_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/buoy-go/buoy/status"
	"github.com/stretchr/testify/require"
)

// fixed takes every prompt for that long.
func fixed(tokens int) func(*buoy.Request) int { return func(*buoy.Request) int { return tokens } }

// sentAt is when the provider got its requests, in seconds.
func sentAt(d desk, begun time.Time) (seconds []float64) {
	for _, r := range d.Server.Requests() {
		seconds = append(seconds, r.At.Sub(begun).Seconds())
	}
	return seconds
}

// When calls that come at once, each answered after the given time, reach the
// provider.
func TestLimitedCallsGoAt(t *testing.T) {
	short := buoy.Request{Model: "m", Messages: hello.Messages, MaxTokens: new(50)}
	for _, tc := range []struct {
		name   string
		limit  buoy.RateLimit
		answer buoytest.Step
		calls  int
		want   []float64
	}{
		{"a tenth of a minute's requests, then one by one", buoy.RateLimit{RequestsPerMinute: 30},
			used(10, 10), 6, []float64{0, 0, 0, 2, 4, 6}},
		{"at least one request", buoy.RateLimit{RequestsPerMinute: 4},
			used(10, 10), 3, []float64{0, 15, 30}},
		{"tokens as estimated: 100 each of a burst of 240, 40 a second", buoy.RateLimit{TokensPerMinute: 2400, Estimate: fixed(50)},
			buoytest.Delay(50*time.Second, used(50, 50)), 4, []float64{0, 0, 1.5, 4}},
		{"what was not used comes back", buoy.RateLimit{TokensPerMinute: 2400, Estimate: fixed(50)},
			buoytest.Delay(time.Second, used(20, 10)), 4, []float64{0, 0, 1, 1}},
		{"what was used beyond the estimate is owed", buoy.RateLimit{TokensPerMinute: 2400, Estimate: fixed(50)},
			buoytest.Delay(time.Second, used(300, 100)), 3, []float64{0, 0, 16.5}},
		{"concurrent calls", buoy.RateLimit{Concurrent: 2},
			buoytest.Delay(3*time.Second, used(1, 1)), 5, []float64{0, 0, 3, 3, 6}},
		{"all of it", buoy.RateLimit{RequestsPerMinute: 60, TokensPerMinute: 2400, Concurrent: 1, Estimate: fixed(50)},
			buoytest.Delay(time.Second, used(50, 50)), 4, []float64{0, 1, 2, 4}},
	} {
		for _, stream := range []bool{false, true} {
			t.Run(tc.name, func(t *testing.T) {
				bubble(t, []buoy.Option{buoy.WithRateLimit(tc.limit)}, func(t *testing.T, d desk) {
					begun := time.Now()
					var wg sync.WaitGroup
					for range tc.calls {
						wg.Go(func() {
							if !stream {
								_, err := d.Chat(t.Context(), short)
								require.NoError(t, err)
								return
							}
							s, err := d.Stream(t.Context(), short)
							require.NoError(t, err)
							_, err = read(s)
							require.NoError(t, err)
						})
						synctest.Wait()
					}
					wg.Wait()
					got := sentAt(d, begun)
					require.Len(t, got, len(tc.want))
					for i, want := range tc.want {
						require.InDelta(t, want, got[i], 0.001, "%v", got)
					}
				}, buoytest.Always(tc.answer))
			})
		}
	}
}

// What does not fit is refused at once, with the wait, and nothing is sent.
func TestLimitErrorAtOnce(t *testing.T) {
	deadline := func(d time.Duration) func(context.Context) (context.Context, context.CancelFunc) {
		return func(ctx context.Context) (context.Context, context.CancelFunc) { return context.WithTimeout(ctx, d) }
	}
	perMinute := buoy.WithRateLimit(buoy.RateLimit{RequestsPerMinute: 1})
	for _, tc := range []struct {
		name  string
		opts  []buoy.Option
		bound func(context.Context) (context.Context, context.CancelFunc)
		wait  time.Duration
	}{
		{"the caller's deadline", []buoy.Option{perMinute}, deadline(59 * time.Second), time.Minute},
		{"the call's timer", []buoy.Option{perMinute, buoy.WithTimeouts(buoy.Timeouts{Call: 30 * time.Second})}, context.WithCancel, time.Minute},
		{"MaxServerDelay", []buoy.Option{perMinute, buoy.WithRetry(buoy.RetryPolicy{MaxServerDelay: 10 * time.Second})}, context.WithCancel, time.Minute},
	} {
		t.Run(tc.name, func(t *testing.T) {
			bubble(t, tc.opts, func(t *testing.T, d desk) {
				_, err := d.Chat(t.Context(), hello)
				require.NoError(t, err)
				begun := time.Now()
				ctx, cancel := tc.bound(t.Context())
				defer cancel()
				_, err = d.Chat(ctx, hello)
				require.Zero(t, time.Since(begun))
				le := limitError(t, err)
				require.Equal(t, tc.wait, le.Wait)
				require.Contains(t, le.Error(), "takes 1 requests per minute: the wait would be 1m0s")
				require.Equal(t, buoy.ErrLimit, buoy.KindOf(err))
				wait, ok := buoy.RetryAfter(err)
				require.True(t, ok)
				require.Equal(t, tc.wait, wait)
				require.NotContains(t, err.Error(), "canary")
				require.Len(t, d.Server.Requests(), 1)
				ce, _ := errors.AsType[*buoy.CallError](err)
				require.Empty(t, ce.Attempts, "a refusal made here is no attempt")

				time.Sleep(time.Minute)
				_, err = d.Chat(ctx, hello)
				if errors.Is(err, context.DeadlineExceeded) {
					return
				}
				require.NoError(t, err, "the refused call had taken nothing")
			})
		})
	}
}

// A request that can never go is told why; no wait helps.
func TestLargerThanAMinutesAllowance(t *testing.T) {
	for _, tc := range []struct {
		name    string
		limit   buoy.RateLimit
		request buoy.Request
		refused bool
	}{
		{"by its prompt", buoy.RateLimit{TokensPerMinute: 1000, Estimate: fixed(1001)}, hello, true},
		{"by its own limit", buoy.RateLimit{TokensPerMinute: 1000}, buoy.Request{Model: "m", Messages: hello.Messages, MaxTokens: new(1000)}, true},
		{"by its number of answers", buoy.RateLimit{TokensPerMinute: 1000}, buoy.Request{Model: "m", Messages: hello.Messages, MaxCompletionTokens: new(400), N: new(3)}, true},
		{"a mere guess refuses nobody", buoy.RateLimit{TokensPerMinute: 1000}, hello, false},
		{"more than the burst goes", buoy.RateLimit{TokensPerMinute: 1000, Estimate: fixed(400)}, buoy.Request{Model: "m", Messages: hello.Messages, MaxTokens: new(600)}, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			bubble(t, []buoy.Option{buoy.WithRateLimit(tc.limit)}, func(t *testing.T, d desk) {
				begun := time.Now()
				_, err := d.Chat(t.Context(), tc.request)
				require.Zero(t, time.Since(begun))
				if !tc.refused {
					require.NoError(t, err)
					return
				}
				le := limitError(t, err)
				require.Zero(t, le.Wait)
				require.Contains(t, le.Limit, "takes 1000 tokens per minute, and this request alone has about ")
				require.False(t, buoy.IsRetryable(err))
				_, ok := buoy.RetryAfter(err)
				require.False(t, ok)
				require.Empty(t, d.Server.Requests())
			})
		})
	}
}

// A caller that goes away while it waits leaves nothing behind, and its error
// says what it waited for.
func TestLeavingTheQueue(t *testing.T) {
	for name, limit := range map[string]buoy.RateLimit{
		"runs 1 calls at a time": {Concurrent: 1}, "takes 6 requests per minute": {RequestsPerMinute: 6},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, []buoy.Option{buoy.WithRateLimit(limit)}, func(t *testing.T, d desk) {
				var wg sync.WaitGroup
				wg.Go(func() {
					_, err := d.Chat(t.Context(), hello)
					require.NoError(t, err)
				})
				synctest.Wait()
				ctx, cancel := context.WithCancel(t.Context())
				time.AfterFunc(time.Second, cancel)
				_, err := d.Chat(ctx, hello)
				require.ErrorIs(t, err, context.Canceled)
				require.Equal(t, buoy.ErrCanceled, buoy.KindOf(err))
				require.Contains(t, err.Error(), name)
				ce, _ := errors.AsType[*buoy.CallError](err)
				require.Equal(t, buoy.StopCanceled, ce.Stop)
				wg.Wait()
				require.Zero(t, d.Limits()[0].Waiting)
				require.Zero(t, d.Limits()[0].Running)
				require.Len(t, d.Server.Requests(), 1)
			}, buoytest.Delay(5*time.Second, buoytest.Reply("late")))
		})
	}
}

// The wait is in the attempt's account, and not charged to its timers.
func TestTheWaitIsNotTheAttempts(t *testing.T) {
	opts := []buoy.Option{
		buoy.WithRateLimit(buoy.RateLimit{RequestsPerMinute: 2}),
		buoy.WithTimeouts(buoy.Timeouts{Attempt: 5 * time.Second}),
	}
	bubble(t, opts, func(t *testing.T, d desk) {
		for _, want := range []time.Duration{0, 26 * time.Second} {
			resp, err := d.Chat(t.Context(), hello)
			require.NoError(t, err)
			require.Equal(t, want, resp.Info.Attempts[0].Wait)
			require.Equal(t, 4*time.Second, resp.Info.Attempts[0].Duration)
		}
	}, buoytest.Always(buoytest.Delay(4*time.Second, buoytest.Reply("slow"))))
}

// A failed attempt costs its request, one that never left costs nothing.
func TestWhatFailedAttemptsCost(t *testing.T) {
	limit := buoy.WithRateLimit(buoy.RateLimit{RequestsPerMinute: 60, TokensPerMinute: 60000, Estimate: fixed(1000)})
	openAtOnce := buoy.WithBreaker(buoy.BreakerPolicy{Consecutive: 1})
	left := func(d desk) []int { return []int{d.Limits()[0].Requests, d.Limits()[0].Tokens} }
	bubble(t, []buoy.Option{limit, noRetry, openAtOnce}, func(t *testing.T, d desk) {
		_, err := d.Chat(t.Context(), hello)
		require.ErrorIs(t, err, buoy.ErrServer)
		require.Equal(t, []int{5, 5000}, left(d), "the prompt, and no answer")
		_, err = d.Chat(t.Context(), hello)
		require.ErrorIs(t, err, buoy.ErrCircuitOpen)
		require.Equal(t, []int{5, 5000}, left(d), "nothing was sent")
	}, buoytest.Error(500, ""))

	nowhere := buoy.WithHTTPClient(buoytest.NewServer(nil).Client())
	bubble(t, []buoy.Option{limit, noRetry, nowhere}, func(t *testing.T, d desk) {
		_, err := d.Chat(t.Context(), hello)
		require.ErrorIs(t, err, buoy.ErrConnection)
		require.Equal(t, []int{6, 6000}, left(d), "no connection")
	})
}

// After twenty answers their usual length is what the next one is charged.
func TestTheLengthOfAnswersIsLearnt(t *testing.T) {
	limit := buoy.WithRateLimit(buoy.RateLimit{TokensPerMinute: 60000, Estimate: fixed(1000)})
	bubble(t, []buoy.Option{limit}, func(t *testing.T, d desk) {
		charged := func() int {
			s, err := d.Stream(t.Context(), buoy.Request{Model: "m", Messages: hello.Messages, MaxTokens: new(3000)})
			require.NoError(t, err)
			n := 6000 - d.Limits()[0].Tokens
			_, err = read(s)
			require.NoError(t, err)
			time.Sleep(time.Minute)
			return n
		}
		for range 20 {
			require.Equal(t, 4000, charged(), "its own limit")
		}
		require.Equal(t, 1070, charged(), "the usual length")
	}, buoytest.Always(used(1000, 70)))
}

// Random callers that wait, leave, and use less than they were charged, at a
// provider that fails now and then: in no window does it get more than
// rate*window and a burst, and at the end nothing is missing.
func TestTheProviderNeverGetsMore(t *testing.T) {
	const requests, tokens = 120, 60000
	faults := buoytest.AllFaults(0.4)
	// net/http itself sends a request again whose kept-alive connection was closed.
	faults.Reset, faults.Drop = 0, 0
	for seed := range uint64(5) {
		opts := []buoy.Option{buoy.WithRateLimit(buoy.RateLimit{RequestsPerMinute: requests, TokensPerMinute: tokens, Concurrent: 20, Estimate: fixed(500)})}
		bubble(t, opts, func(t *testing.T, d desk) {
			var wg sync.WaitGroup
			for i := range uint64(150) {
				wg.Go(func() {
					rng := rand.New(rand.NewPCG(seed, i))
					time.Sleep(time.Duration(rng.Int64N(int64(time.Minute))))
					ctx, cancel := context.WithTimeout(t.Context(), time.Duration(rng.Int64N(int64(30*time.Second))))
					defer cancel()
					if rng.IntN(2) == 0 {
						_, _ = d.Chat(ctx, hello)
						return
					}
					if s, err := d.Stream(ctx, hello); err == nil {
						_ = s.Next()
						_ = s.Close()
					}
				})
			}
			wg.Wait()
			got := d.Server.Requests()
			require.Greater(t, len(got), 30)
			for i, first := range got {
				for n, r := range got[i:] {
					window := r.At.Sub(first.At).Minutes() + 1e-9
					require.LessOrEqual(t, float64(n+1), requests*window+requests/10, "requests, seed %d", seed)
					// The prompt at least is used by each.
					require.LessOrEqual(t, float64(500*(n+1)), tokens*window+tokens/10, "tokens, seed %d", seed)
				}
			}
			time.Sleep(2 * time.Minute)
			st := d.Limits()[0]
			st.Key = ""
			require.Equal(t, status.Limit{Endpoint: "desk", Requests: requests / 10, Tokens: tokens / 10, RequestsPerMinute: requests, TokensPerMinute: tokens, Concurrent: st.Concurrent}, st)
		}, buoytest.Chaos(seed, faults))
	}
}

package buoy_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/stretchr/testify/require"
)

// An outage of 3 s failed every call: four attempts had waited 1.8 s on average.
func TestAShortOutageIsOutlived(t *testing.T) {
	good := 0
	for range 1000 { // of which 952 are answered in the mean, and fewer than 920 once in a million
		bubble(t, nil, func(t *testing.T, d desk) {
			if call(t.Context(), d, false) == nil {
				good++
			}
		}, buoytest.For(3*time.Second, buoytest.Error(503, "")))
	}
	require.Greater(t, good, 920)
}

// An answer of nothing may be billed each time, and a model that loads needs longer
// than a busy server: three requests, and where there is another target one.
func TestWhatIsAskedInVain(t *testing.T) {
	for name, step := range map[string]buoytest.Step{
		"no content":         buoytest.Empty(),
		"a model that loads": buoytest.Error(503, `{"error":{"code":503,"message":"Loading model","type":"unavailable_error"}}`),
	} {
		t.Run(name, func(t *testing.T) {
			longest := time.Duration(0)
			for range 30 {
				bubble(t, nil, func(t *testing.T, d desk) {
					_, err := d.Chat(t.Context(), hello)
					require.Equal(t, buoy.StopAttempts, callError(t, err).Stop)
					attempts := callError(t, err).Attempts
					require.Len(t, attempts, 3)
					require.LessOrEqual(t, attempts[1].Wait, 3*time.Second)
					require.LessOrEqual(t, attempts[2].Wait, 6*time.Second)
					longest = max(longest, attempts[1].Wait)
				}, buoytest.Always(step))
			}
			require.Greater(t, longest, 1500*time.Millisecond, "the first wait is in [0, 3 s]")
			twoProviders(t, []buoytest.Step{buoytest.Always(step)}, nil, nil, nil, func(t *testing.T, p pair) {
				begun := time.Now()
				require.NoError(t, call(t.Context(), p, false))
				require.Equal(t, []int{1, 1}, p.Sent())
				require.Zero(t, time.Since(begun))
			})
		})
	}
}

// A timer of ours that fired after the request was sent asks another target and
// never the same again: an answer of 150 s failed by default, and was paid for twice.
func TestATimersSilenceIsNotAskedAgain(t *testing.T) {
	for _, stream := range []bool{false, true} {
		bubble(t, nil, func(t *testing.T, d desk) {
			err := call(t.Context(), d, stream)
			require.Equal(t, buoy.ErrTimeout, buoy.KindOf(err))
			require.Equal(t, buoy.StopNotRetryable, callError(t, err).Stop)
			require.Len(t, d.Server.Requests(), 1)
		}, buoytest.Always(buoytest.Hang(0)))
		twoProviders(t, []buoytest.Step{buoytest.Always(buoytest.Hang(0))}, nil, nil, nil, func(t *testing.T, p pair) {
			require.NoError(t, call(t.Context(), p, stream))
			require.Equal(t, []int{1, 1}, p.Sent())
		})
	}
	bubble(t, nil, func(t *testing.T, d desk) {
		require.NoError(t, call(t.Context(), d, false))
		require.Len(t, d.Server.Requests(), 1)
	}, late(150*time.Second))
}

// A wall that stalls for 30 s and then closes is silent, whatever it does to the
// connection: the same again took a call 62 s.
func TestAStreamThatIsCutAfterASilenceIsNotAskedAgain(t *testing.T) {
	stallAndCut := func(d time.Duration) buoytest.Step { return buoytest.Delay(d, buoytest.Drop()) }
	for wait, sent := range map[time.Duration][]int{30 * time.Second: {1, 1}, 5 * time.Second: {3, 1}} {
		twoProviders(t, []buoytest.Step{buoytest.Always(stallAndCut(wait))}, nil, nil, nil, func(t *testing.T, p pair) {
			require.NoError(t, call(t.Context(), p, true))
			require.Equal(t, sent, p.Sent(), "%v", wait)
		})
	}
}

// A request that asks for reasoning or for many tokens has more time by default.
func TestTimeIsForWhatIsAsked(t *testing.T) {
	with := func(change func(*buoy.Request)) buoy.Request {
		r := hello
		change(&r)
		return r
	}
	for name, tc := range map[string]struct {
		req  buoy.Request
		long bool
	}{
		"as it comes":            {hello, false},
		"16,000 tokens":          {asking(16_000), false},
		"more of them":           {asking(16_001), true},
		"reasoning effort":       {with(func(r *buoy.Request) { r.ReasoningEffort = "low" }), true},
		"no reasoning":           {with(func(r *buoy.Request) { r.ReasoningEffort = "none" }), false},
		"reasoning":              {with(func(r *buoy.Request) { r.Reasoning = &buoy.Reasoning{MaxTokens: new(2000)} }), true},
		"reasoning switched off": {with(func(r *buoy.Request) { r.Reasoning = &buoy.Reasoning{Enabled: new(false)} }), false},
		"thinking":               {with(func(r *buoy.Request) { r.Extra = map[string]any{"thinking": map[string]any{"type": "enabled"}} }), true},
		"thinking disabled":      {with(func(r *buoy.Request) { r.Extra = map[string]any{"thinking": map[string]any{"type": "disabled"}} }), false},
		"enable_thinking":        {with(func(r *buoy.Request) { r.Extra = map[string]any{"enable_thinking": true} }), true},
	} {
		t.Run(name, func(t *testing.T) {
			for _, stream := range []bool{false, true} {
				want := 5 * time.Minute
				if stream {
					want = 2 * time.Minute
				}
				if tc.long {
					want = map[bool]time.Duration{false: 10 * time.Minute, true: 5 * time.Minute}[stream]
				}
				bubble(t, []buoy.Option{noRetry}, func(t *testing.T, d desk) {
					begun := time.Now()
					err := callWith(t.Context(), d, tc.req, stream)
					require.Equal(t, want, time.Since(begun))
					if !stream {
						thinks := tc.long && tc.req.MaxTokens == nil
						require.Equal(t, !thinks, contains(err, "WithStreamedChat"), "%v", err)
						require.ErrorContains(t, err, "Timeouts.Attempt")
					}
				}, buoytest.Always(buoytest.Hang(0)))
			}
		})
	}
}

// What the caller gave as the cause of its end is found beside the context's error.
func TestTheCallersCause(t *testing.T) {
	why := errors.New("the page was closed")
	for name, step := range map[string]buoytest.Step{
		"in the call": buoytest.Hang(0),
		"in a wait":   buoytest.RetryAfter(20*time.Second, tooFast),
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, nil, func(t *testing.T, d desk) {
				ctx, cancel := context.WithCancelCause(t.Context())
				time.AfterFunc(time.Second, func() { cancel(why) })
				err := call(ctx, d, false)
				require.ErrorIs(t, err, why)
				require.ErrorIs(t, err, context.Canceled)
				require.Equal(t, buoy.ErrCanceled, buoy.KindOf(err))
				err = call(ctx, d, false)
				require.ErrorIs(t, err, why, "before it began")

				late, stop := context.WithTimeoutCause(t.Context(), time.Second, why)
				defer stop()
				if name == "in the call" {
					err = call(late, d, false)
					require.ErrorIs(t, err, why)
					require.ErrorIs(t, err, context.DeadlineExceeded)
					require.Equal(t, "deadline", timerOf(t, err).Timer)
				}
			}, buoytest.Always(step))
		})
	}
	bubble(t, nil, func(t *testing.T, d desk) {
		ctx, cancel := context.WithCancelCause(t.Context())
		s, err := d.Stream(ctx, hello)
		require.NoError(t, err)
		cancel(why)
		synctest.Wait()
		_, err = read(s)
		require.ErrorIs(t, err, why)
		require.ErrorIs(t, err, context.Canceled)
	}, buoytest.Stall(2, 0))
}

// The text of a Timeout in a chain of the user's own names its own bound.
func TestATimeoutNamesItsOwnBound(t *testing.T) {
	chain := append([]buoy.Middleware{buoy.Timeout(buoy.Timeouts{Call: 3 * time.Second})}, buoy.Standard()[1:]...)
	for name, step := range map[string]buoytest.Step{"await": buoytest.Hang(0), "wait": buoytest.RetryAfter(2*time.Second, tooFast)} {
		t.Run(name, func(t *testing.T) {
			bubble(t, []buoy.Option{buoy.WithChain(chain...), buoy.WithTimeouts(buoy.Timeouts{Call: hour})}, func(t *testing.T, d desk) {
				err := call(t.Context(), d, false)
				if name == "await" {
					require.ErrorContains(t, err, "longer than 3s (Timeouts.Call)")
				}
				require.NotContains(t, err.Error(), "1h")
			}, buoytest.Always(step))
		})
	}
}

// An error of buoy's that has a context's error inside tells whose it is, and is not
// rewritten into the call timer's.
func TestAnErrorThatTellsIsNotRewritten(t *testing.T) {
	for _, timeouts := range []buoy.Timeouts{{Call: time.Second}, {Attempt: time.Second}} {
		synctest.Test(t, func(t *testing.T) {
			said := &buoy.TransportError{Kind: buoy.ErrTimeout, Endpoint: "inner", Timer: "deadline", Err: context.DeadlineExceeded}
			c := buoy.Call{Request: &hello}
			if timeouts.Attempt > 0 {
				c.Attempt = 1
			}
			_, err := buoy.Timeout(timeouts)(func(ctx context.Context, _ *buoy.Call) (*buoy.Reply, error) {
				<-ctx.Done()
				return nil, said
			})(t.Context(), &c)
			require.Equal(t, error(said), err)
		})
	}
}

func contains(err error, text string) bool { return strings.Contains(err.Error(), text) }

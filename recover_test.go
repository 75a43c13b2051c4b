package buoy_test

import (
	"context"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/stretchr/testify/require"
)

var restart = buoy.WithStreamRecovery(buoy.RecoverRestart)

// interruptions are ways to break a stream after its third token.
var interruptions = []struct {
	name string
	step buoytest.Step
	kind buoy.Kind
}{
	{"cut", buoytest.Cut(3), buoy.ErrStreamInterrupted},
	{"reset", buoytest.ResetAfter(3), buoy.ErrStreamInterrupted},
	{"ended early", buoytest.EndEarly(3), buoy.ErrStreamInterrupted},
	{"ended early, with [DONE]", buoytest.CutWithDone(3), buoy.ErrStreamInterrupted},
	{"stalled", buoytest.Stall(3, 0), buoy.ErrTimeout},
	{"stalled behind comments", buoytest.CommentsAfter(3, 5*time.Second, 0), buoy.ErrTimeout},
	{"a chunk that is no JSON", buoytest.Malformed(3), buoy.ErrMalformed},
	{"an upstream's failure", buoytest.StreamError(3, `{"error":{"code":502,"message":"gone"}}`), buoy.ErrUpstream},
	{"an overload", buoytest.StreamError(3, `{"error":{"type":"overloaded_error","message":"Overloaded"}}`), buoy.ErrOverloaded},
	{"a rate limit", buoytest.StreamError(3, `{"error":{"code":429,"message":"Rate limit exceeded"}}`), buoy.ErrRateLimit},
}

// another is a target for what stalls, which the same is never asked for again.
var another = buoy.WithFallback(buoy.Target{Model: "another"})

// An answer that is said again is delivered once, whatever broke the first.
func TestRecoverRestartRepeats(t *testing.T) {
	for _, tc := range interruptions {
		t.Run(tc.name, func(t *testing.T) {
			bubble(t, []buoy.Option{restart, another}, func(t *testing.T, d desk) {
				s := streamOf(t, d)
				w := watch(t, s)
				require.NoError(t, w.Err)
				require.Equal(t, buoytest.DefaultText, w.All, "no word twice")
				require.Zero(t, w.Restarts)
				require.Equal(t, "stop", s.Response().Choices[0].FinishReason)
				attempts := s.Info().Attempts
				require.Len(t, attempts, 2)
				require.ErrorIs(t, attempts[0].Err, tc.kind)
				require.NoError(t, attempts[1].Err)
				require.Positive(t, attempts[1].Usage.TotalTokens)
				require.Equal(t, attempts[1].Usage, s.Response().Usage)
				require.Len(t, d.Server.Requests(), 2)
			}, tc.step)
		})
	}
}

// Without recovery each of them is an error with the partial text.
func TestRecoverNone(t *testing.T) {
	for _, tc := range interruptions {
		bubble(t, nil, func(t *testing.T, d desk) {
			w := watch(t, streamOf(t, d))
			require.ErrorIs(t, w.Err, tc.kind)
			require.Equal(t, "The quick brown", w.Text)
			require.Equal(t, buoy.StopStarted, callError(t, w.Err).Stop)
			require.Len(t, d.Server.Requests(), 1)
		}, tc.step)
	}
}

// An answer that differs replaces what the reader has.
func TestRecoverRestartDiffers(t *testing.T) {
	for _, tc := range []struct {
		name string
		step buoytest.Step
		want string
	}{
		{"at once", buoytest.Stream("A", " slow", " dog"), "A slow dog"},
		{"later", buoytest.Stream("The", " quick", " red", " fox"), "The quick red fox"},
		{"inside a token", buoytest.Stream("The quick bron", "ze age"), "The quick bronze age"},
		{"it ends sooner", buoytest.Stream("The", " quick"), "The quick"},
		{"a whole reply", buoytest.Raw(200, "application/json", []byte(`{"choices":[{"index":0,"message":{"role":"assistant","content":"whole"},"finish_reason":"stop"}]}`)), "whole"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			bubble(t, []buoy.Option{restart}, func(t *testing.T, d desk) {
				w := watch(t, streamOf(t, d))
				require.NoError(t, w.Err)
				require.Equal(t, 1, w.Restarts)
				require.Equal(t, tc.want, w.Text)
				require.Equal(t, "The quick brown"+tc.want, w.All)
			}, buoytest.Cut(3), tc.step)
		})
	}
}

// A stream may be interrupted more than once, also while it repeats itself.
func TestRecoverRestartAgainAndAgain(t *testing.T) {
	bubble(t, []buoy.Option{restart}, func(t *testing.T, d desk) {
		s := streamOf(t, d)
		w := watch(t, s)
		require.NoError(t, w.Err)
		require.Equal(t, buoytest.DefaultText, w.All)
		require.Len(t, s.Info().Attempts, 4)
	}, buoytest.Cut(3), buoytest.Cut(1), buoytest.Cut(6))
}

// What has been asked for again may fail like any first attempt.
func TestRecoverRestartPastFailures(t *testing.T) {
	bubble(t, []buoy.Option{restart}, func(t *testing.T, d desk) {
		start := time.Now()
		s := streamOf(t, d)
		w := watch(t, s)
		require.NoError(t, w.Err)
		require.Equal(t, buoytest.DefaultText, w.All)
		attempts := s.Info().Attempts
		require.Len(t, attempts, 4)
		require.ErrorIs(t, attempts[1].Err, buoy.ErrServer)
		require.ErrorIs(t, attempts[2].Err, buoy.ErrRateLimit)
		require.GreaterOrEqual(t, attempts[3].Wait, 2*time.Second, "a hint is a floor here, too")
		require.GreaterOrEqual(t, time.Since(start), 2*time.Second)
	}, buoytest.Cut(3), buoytest.Fail(500), buoytest.RetryAfter(2*time.Second, buoytest.Fail(429)))
}

// What another attempt cannot mend ends the stream, and says so.
func TestRecoveryLeavesAlone(t *testing.T) {
	for _, tc := range []struct {
		name, body string
		kind       buoy.Kind
	}{
		{"moderation", `{"error":{"code":403,"message":"flagged","metadata":{"reasons":["violence"],"flagged_input":"x"}}}`, buoy.ErrModeration},
		{"an invalid request", `{"error":{"code":400,"message":"bad"}}`, buoy.ErrInvalidRequest},
		{"a context overflow", `{"error":{"code":"context_length_exceeded","message":"too long"}}`, buoy.ErrContextLength},
	} {
		t.Run(tc.name, func(t *testing.T) {
			bubble(t, []buoy.Option{restart, buoy.WithFallback(buoy.Target{Model: "other", LargerContext: true, OnModeration: true})}, func(t *testing.T, d desk) {
				w := watch(t, streamOf(t, d))
				require.ErrorIs(t, w.Err, tc.kind)
				require.Equal(t, buoy.StopNotRetryable, callError(t, w.Err).Stop)
				require.Equal(t, "The quick brown", w.Text)
				require.Len(t, d.Server.Requests(), 1)
			}, buoytest.StreamError(3, tc.body))
		})
	}
}

// RetryOn decides about recoveries as about other retries.
func TestRecoveryAsksRetryOn(t *testing.T) {
	never := buoy.WithRetry(buoy.RetryPolicy{RetryOn: func(err error) bool { return buoy.KindOf(err) != buoy.ErrMalformed }})
	bubble(t, []buoy.Option{restart, never}, func(t *testing.T, d desk) {
		w := watch(t, streamOf(t, d))
		require.ErrorIs(t, w.Err, buoy.ErrMalformed)
		require.Len(t, d.Server.Requests(), 1)
		require.NoError(t, watch(t, streamOf(t, d)).Err)
	}, buoytest.Malformed(3), buoytest.Cut(3))
}

// The setting may be made for one call.
func TestRecoveryPerCall(t *testing.T) {
	bubble(t, []buoy.Option{restart}, func(t *testing.T, d desk) {
		w := watch(t, streamOf(t, d, buoy.WithStreamRecovery(buoy.RecoverNone)))
		require.ErrorIs(t, w.Err, buoy.ErrStreamInterrupted)
		require.NoError(t, watch(t, streamOf(t, d)).Err)
	}, buoytest.Cut(3), buoytest.Cut(3))
}

// A middleware around everything sees one reply, which ends once, at the true
// end; one next to the wire sees each attempt.
func TestRecoveryIsOneReply(t *testing.T) {
	count := func(replies *int, ends *[]error) buoy.Middleware {
		return func(next buoy.Handler) buoy.Handler {
			return func(ctx context.Context, call *buoy.Call) (*buoy.Reply, error) {
				reply, err := next(ctx, call)
				if err == nil {
					*replies++
					reply.OnEnd(func(err error) { *ends = append(*ends, err) })
				}
				return reply, err
			}
		}
	}
	var outer, inner int
	var outerEnds, innerEnds []error
	var calls callEvents
	opts := []buoy.Option{restart, buoy.WithObserver(&calls),
		buoy.WithMiddleware(count(&outer, &outerEnds)), buoy.WithAttemptMiddleware(count(&inner, &innerEnds))}
	bubble(t, opts, func(t *testing.T, d desk) {
		s := streamOf(t, d)
		for s.Chunk() == nil || s.Response().Text() != "The quick brown fox" { // one of the second attempt
			require.True(t, s.Next())
		}
		require.Empty(t, outerEnds)
		require.Len(t, innerEnds, 1)
		rest, err := read(s)
		require.NoError(t, err)
		require.Equal(t, " jumps over the lazy dog.", rest)
		require.Equal(t, 1, outer)
		require.Equal(t, []error{nil}, outerEnds)
		require.Equal(t, 2, inner)
		require.ErrorIs(t, innerEnds[0], buoy.ErrStreamInterrupted)
		require.NoError(t, innerEnds[1])
		require.Len(t, calls.events, 1)
		require.NoError(t, calls.events[0].Err)
		require.Len(t, calls.events[0].Info.Attempts, 2)
	}, buoytest.Cut(3))
}

type callEvents struct{ events []buoy.CallEvent }

func (*callEvents) ObserveAttempt(context.Context, buoy.AttemptEvent) {}
func (c *callEvents) ObserveCall(_ context.Context, e buoy.CallEvent) { c.events = append(c.events, e) }

// Every interruption counts against the breaker, also one that was mended.
func TestTheBreakerHearsOfInterruptions(t *testing.T) {
	opts := []buoy.Option{restart, buoy.WithRetry(buoy.RetryPolicy{MaxAttempts: 5}), buoy.WithBreaker(buoy.BreakerPolicy{MinRequests: 3})}
	bubble(t, opts, func(t *testing.T, d desk) {
		w := watch(t, streamOf(t, d))
		require.ErrorIs(t, w.Err, buoy.ErrStreamInterrupted, "the first interruption leads")
		require.Equal(t, "The quick brown", w.Text)
		require.Len(t, d.Server.Requests(), 3, "then it is open")
	}, buoytest.Always(buoytest.Cut(3)))
}

// A chain by hand: without a Retry it asks up to MaxAttempts times.
func TestRecoverByHand(t *testing.T) {
	for name, chain := range map[string][]buoy.Middleware{
		"alone":      {buoy.Recover(buoy.RecoverRestart)},
		"with Retry": {buoy.Recover(buoy.RecoverRestart), buoy.Retry(buoy.RetryPolicy{})},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				srv := buoytest.NewMemServer(t, buoytest.Times(3, buoytest.Cut(3)), buoytest.Reply(buoytest.DefaultText), buoytest.Always(buoytest.Cut(2)))
				c, err := buoy.New(endpointOf(srv), buoy.WithHTTPClient(&http.Client{Transport: srv.RoundTripper()}), buoy.WithChain(chain...))
				require.NoError(t, err)
				w := watch(t, streamOf(t, desk{Client: c, Server: srv}))
				require.NoError(t, w.Err)
				require.Equal(t, buoytest.DefaultText, w.All)

				w = watch(t, streamOf(t, desk{Client: c, Server: srv}))
				require.ErrorIs(t, w.Err, buoy.ErrStreamInterrupted)
				require.Equal(t, buoy.StopAttempts, callError(t, w.Err).Stop)
				require.Len(t, srv.Requests(), 9)
			})
		})
	}
}

package buoy_test

import (
	"context"
	"errors"
	"net/http"
	"runtime"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/stretchr/testify/require"
)

// A recovery that fails for good leaves the reader with the first interruption,
// the part that was delivered, and the reason why there was no further attempt.
func TestRecoveryEnds(t *testing.T) {
	body := `{"error":{"code":401,"message":"no"}}`
	for _, tc := range []struct {
		name     string
		opts     []buoy.CallOption
		steps    []buoytest.Step
		stop     buoy.StopReason
		requests int
		text     string
	}{
		{"attempts", nil, []buoytest.Step{buoytest.Always(buoytest.Cut(3))}, buoy.StopAttempts, 5, "The quick brown"},
		{"attempts that differ", nil, []buoytest.Step{buoytest.Cut(3), buoytest.Cut(2), buoytest.EndEarly(4), buoytest.Always(buoytest.Malformed(1))},
			buoy.StopAttempts, 5, "The quick brown fox"},
		{"one attempt", []buoy.CallOption{buoy.WithRetry(buoy.RetryPolicy{MaxAttempts: 1})}, []buoytest.Step{buoytest.Always(buoytest.Cut(3))},
			buoy.StopAttempts, 1, "The quick brown"},
		{"budget", []buoy.CallOption{buoy.WithRetry(buoy.RetryPolicy{Budget: buoy.RetryBudget{Capacity: 12}})}, []buoytest.Step{buoytest.Always(buoytest.Cut(3))},
			buoy.StopBudget, 3, "The quick brown"},
		{"a refusal", nil, []buoytest.Step{buoytest.Cut(3), buoytest.Fail(400)}, buoy.StopNotRetryable, 2, "The quick brown"},
		{"a dead key", nil, []buoytest.Step{buoytest.Cut(3), buoytest.Error(401, body)}, buoy.StopNotRetryable, 2, "The quick brown"},
		{"a wait that does not fit", []buoy.CallOption{buoy.WithTimeouts(buoy.Timeouts{Call: 10 * time.Second})},
			[]buoytest.Step{buoytest.Cut(3), buoytest.RetryAfter(30*time.Second, buoytest.Fail(429))}, buoy.StopDeadline, 2, "The quick brown"},
		{"a wait that is too long", nil, []buoytest.Step{buoytest.Cut(3), buoytest.RetryAfter(2*time.Minute, buoytest.Fail(429))},
			buoy.StopServerDelay, 2, "The quick brown"},
		{"a stall is not asked about again", nil, []buoytest.Step{buoytest.Cut(3), buoytest.Always(buoytest.Stall(3, 0))}, buoy.StopNotRetryable, 2, "The quick brown"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			bubble(t, []buoy.Option{restart, buoy.WithBreaker(buoy.BreakerPolicy{Disabled: true})}, func(t *testing.T, d desk) {
				s := streamOf(t, d, tc.opts...)
				w := watch(t, s)
				ce := callError(t, w.Err)
				require.Equal(t, tc.stop, ce.Stop)
				require.ErrorIs(t, w.Err, buoy.ErrStreamInterrupted)
				require.Equal(t, buoy.ErrStreamInterrupted, buoy.KindOf(w.Err), "what came later does not hide the first failure")
				require.Equal(t, tc.text, w.Text)
				te, ok := errors.AsType[*buoy.TransportError](w.Err)
				require.True(t, ok)
				require.Equal(t, tc.text, te.Partial.Text())
				require.Len(t, ce.Attempts, tc.requests)
				require.Len(t, d.Server.Requests(), tc.requests)
				for _, a := range ce.Attempts {
					require.Error(t, a.Err)
				}
				require.Equal(t, w.Err, s.Err())
			}, tc.steps...)
		})
	}
}

// A refusal in the middle of an answer that is about the request ends the stream
// even where the provider calls it worth another try: going round a content filter
// is nobody's wish, and the rest would come to the same end.
func TestARefusalOfTheRequestEndsTheStream(t *testing.T) {
	for _, code := range []string{"content_filter", "context_length_exceeded", "invalid_request_error"} {
		t.Run(code, func(t *testing.T) {
			event := `{"error":{"code":"` + code + `","message":"no","status":400,"availability":{"retryable":true}}}`
			bubble(t, []buoy.Option{restart}, func(t *testing.T, d desk) {
				w := watch(t, streamOf(t, d))
				require.Equal(t, buoy.StopNotRetryable, callError(t, w.Err).Stop)
				require.Len(t, d.Server.Requests(), 1)
			}, buoytest.Always(buoytest.StreamError(2, event)))
		})
	}
}

// A provider that cuts every stream must not have its load multiplied: the
// budget gets a recovery's cost back at the end of the stream, not at its start.
func TestTheBudgetBoundsRecoveries(t *testing.T) {
	opts := []buoy.Option{restart, buoy.WithBreaker(buoy.BreakerPolicy{Disabled: true}),
		buoy.WithRetry(buoy.RetryPolicy{Budget: buoy.RetryBudget{Capacity: 50}})}
	bubble(t, opts, func(t *testing.T, d desk) {
		const calls = 60
		for range calls {
			require.Error(t, watch(t, streamOf(t, d)).Err)
		}
		// Each call earns 1 by its first token and a retry costs 5.
		require.LessOrEqual(t, len(d.Server.Requests()), calls+(50+calls)/5)
	}, buoytest.Always(buoytest.Cut(3)))
	bubble(t, opts, func(t *testing.T, d desk) {
		for range 60 {
			require.NoError(t, watch(t, streamOf(t, d)).Err, "recoveries that work are free")
		}
	}, buoytest.Always(buoytest.Cut(3), buoytest.Reply(buoytest.DefaultText)))
}

// While the reader waits for a recovery (a back-off, or an attempt under way) its
// own wishes come first.
func TestRecoveryIsInterruptible(t *testing.T) {
	cause := errors.New("the user left")
	for _, phase := range []struct {
		name  string
		steps []buoytest.Step
	}{
		{"waiting", []buoytest.Step{buoytest.Cut(3), buoytest.RetryAfter(30*time.Second, buoytest.Fail(429))}},
		{"before the first token", []buoytest.Step{buoytest.Cut(3), buoytest.Hang(0)}},
		{"while it repeats", []buoytest.Step{buoytest.Cut(3), buoytest.Stall(2, 0)}},
		{"after it has gone on", []buoytest.Step{buoytest.Cut(3), buoytest.Stall(5, 0)}},
	} {
		for _, end := range []struct {
			name string
			by   func(s *buoy.Stream, cancel context.CancelCauseFunc)
			is   error // nil: Close
		}{
			{"cancel", func(_ *buoy.Stream, cancel context.CancelCauseFunc) { cancel(cause) }, context.Canceled},
			{"close", func(s *buoy.Stream, _ context.CancelCauseFunc) { _ = s.Close() }, nil},
			{"deadline", nil, context.DeadlineExceeded},
		} {
			t.Run(phase.name+", "+end.name, func(t *testing.T) {
				bubble(t, []buoy.Option{restart}, func(t *testing.T, d desk) {
					const after = 10 * time.Second
					ctx, cancel := context.WithCancelCause(t.Context())
					defer cancel(nil)
					if end.by == nil && phase.name == "waiting" {
						return // it is not begun, since it does not fit
					}
					if end.by == nil {
						var stop context.CancelFunc
						ctx, stop = context.WithTimeout(ctx, after)
						defer stop()
					}
					s, err := d.Stream(ctx, hello)
					require.NoError(t, err)
					start := time.Now()
					if end.by != nil {
						time.AfterFunc(after, func() { end.by(s, cancel) })
					}
					for s.Next() {
					}
					require.Equal(t, after, time.Since(start), "at once")
					err = s.Err()
					if end.is == nil {
						require.NoError(t, err)
						return
					}
					require.ErrorIs(t, err, end.is)
					require.ErrorIs(t, err, buoy.ErrStreamInterrupted, "the interruption is not lost")
					want := buoy.ErrCanceled
					if end.is == context.DeadlineExceeded {
						want = buoy.ErrTimeout
					}
					require.Equal(t, want, buoy.KindOf(err))
					te, ok := errors.AsType[*buoy.TransportError](err)
					require.True(t, ok)
					require.Contains(t, te.Partial.Text(), "The quick brown")
				}, phase.steps...)
			})
		}
	}
}

// The call timer ends a recovery, too, and is neither the caller's deadline nor a
// cancellation.
func TestTheCallTimerEndsRecoveries(t *testing.T) {
	bubble(t, []buoy.Option{restart, buoy.WithTimeouts(buoy.Timeouts{Call: 20 * time.Second})}, func(t *testing.T, d desk) {
		start := time.Now()
		w := watch(t, streamOf(t, d))
		require.Equal(t, 20*time.Second, time.Since(start))
		require.Equal(t, buoy.ErrTimeout, buoy.KindOf(w.Err))
		require.NotErrorIs(t, w.Err, context.DeadlineExceeded)
		require.Equal(t, buoy.StopDeadline, callError(t, w.Err).Stop)
		te, _ := errors.AsType[*buoy.TransportError](w.Err)
		require.Equal(t, "call", te.Timer)
	}, buoytest.Cut(3), buoytest.Hang(0))
}

// A caller that just goes away ends the stream, though nobody reads it. Bodies are
// closed once.
func TestRecoveredStreamsEndWithTheirContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := buoytest.NewMemServer(t, buoytest.Cut(3), buoytest.Stall(5, 0))
		var ends atomic.Int32
		c, bodies := recovering(t, srv, &ends)
		ctx, cancel := context.WithCancel(t.Context())
		s := halfRead(ctx, t, c)
		cancel()
		synctest.Wait()
		require.EqualValues(t, 1, ends.Load())
		require.Zero(t, bodies.Open.Load())
		require.ErrorIs(t, s.Err(), context.Canceled)
		require.NoError(t, c.Close())
		srv.Close()
	})
}

// The collector ends a stream whose handle was thrown away in its second attempt.
// It works outside of any bubble.
func TestAbandonedRecoveredStreams(t *testing.T) {
	srv := buoytest.NewServer(t, buoytest.Cut(3), buoytest.Stall(5, 0))
	var ends atomic.Int32
	c, bodies := recovering(t, srv, &ends)
	halfRead(t.Context(), t, c)
	require.Eventually(t, func() bool {
		runtime.GC()
		return ends.Load() == 1 && bodies.Open.Load() == 0
	}, 10*time.Second, 5*time.Millisecond)
}

// recovering is a client that counts open bodies and the ends of its replies.
func recovering(t *testing.T, srv *buoytest.Server, ends *atomic.Int32) (*buoy.Client, *countedBodies) {
	bodies := &countedBodies{Next: srv.RoundTripper()}
	c, err := buoy.New(endpointOf(srv), restart, buoy.WithHTTPClient(&http.Client{Transport: bodies}),
		buoy.WithRetry(buoy.RetryPolicy{BaseDelay: time.Millisecond}),
		buoy.WithMiddleware(func(next buoy.Handler) buoy.Handler {
			return func(ctx context.Context, call *buoy.Call) (*buoy.Reply, error) {
				reply, err := next(ctx, call)
				if err == nil {
					reply.OnEnd(func(error) { ends.Add(1) })
				}
				return reply, err
			}
		}))
	require.NoError(t, err)
	return c, bodies
}

// halfRead reads a stream until its second attempt has gone on.
func halfRead(ctx context.Context, t *testing.T, c *buoy.Client) *buoy.Stream {
	s, err := c.Stream(ctx, hello)
	require.NoError(t, err)
	for s.Chunk() == nil || s.Response().Text() != "The quick brown fox jumps" {
		require.True(t, s.Next())
	}
	return s
}

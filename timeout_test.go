package buoy_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/stretchr/testify/require"
)

const hour = time.Hour

// Each timer is an ErrTimeout that says which it was, fires when it should, and
// is never mistaken for the caller's.
func TestEachTimerSaysItsName(t *testing.T) {
	for _, tc := range []struct {
		timer  string
		stream bool
		step   buoytest.Step
		set    buoy.Timeouts
		after  time.Duration
	}{
		{"attempt", false, buoytest.Hang(0), buoy.Timeouts{}, 5 * time.Minute},
		{"attempt", false, buoytest.Comments(time.Second, 0), buoy.Timeouts{Attempt: 7 * time.Second}, 7 * time.Second},
		{"attempt", true, buoytest.Hang(0), buoy.Timeouts{Attempt: 9 * time.Second}, 9 * time.Second},
		{"first_token", true, buoytest.Hang(0), buoy.Timeouts{}, 120 * time.Second},
		{"first_token", true, buoytest.Stall(0, 0), buoy.Timeouts{FirstToken: 3 * time.Second}, 3 * time.Second},
		{"first_token", true, buoytest.Comments(time.Second, 0), buoy.Timeouts{FirstToken: 3 * time.Second}, 3 * time.Second},
		{"first_token", true, buoytest.EmptyDeltas(0, time.Second, 0), buoy.Timeouts{FirstToken: 3 * time.Second}, 3 * time.Second},
		{"idle", true, buoytest.Stall(2, 0), buoy.Timeouts{}, 60 * time.Second},
		{"idle", true, buoytest.CommentsAfter(2, time.Second, 0), buoy.Timeouts{Idle: 5 * time.Second}, 5 * time.Second},
		{"idle", true, buoytest.EmptyDeltas(2, time.Second, 0), buoy.Timeouts{Idle: 5 * time.Second}, 5 * time.Second},
		{"call", false, buoytest.Hang(0), buoy.Timeouts{Call: 4 * time.Second}, 4 * time.Second},
		{"call", true, buoytest.CommentsAfter(2, time.Second, 0), buoy.Timeouts{Call: 4 * time.Second}, 4 * time.Second},
	} {
		name := tc.timer + " of a chat"
		if tc.stream {
			name = tc.timer + " of a stream"
		}
		t.Run(name, func(t *testing.T) {
			bubble(t, []buoy.Option{noRetry, buoy.WithTimeouts(tc.set)}, func(t *testing.T, d desk) {
				start := time.Now()
				err := call(t.Context(), d, tc.stream)
				require.Equal(t, tc.after, time.Since(start).Round(time.Millisecond))
				require.Equal(t, buoy.ErrTimeout, buoy.KindOf(err))
				require.NotErrorIs(t, err, context.DeadlineExceeded)
				require.NotErrorIs(t, err, context.Canceled)
				te := timerOf(t, err)
				require.Equal(t, tc.timer, te.Timer)
				require.True(t, te.Sent)
			}, tc.step)
		})
	}
}

func TestConnectTimer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		transport := &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) {
			time.Sleep(time.Minute) // a host that never answers; net/http dials on in the background
			return nil, errors.New("no route")
		}}
		c, err := buoy.New(buoy.Endpoint{BaseURL: "http://localhost:1/v1"}, noRetry, buoy.WithHTTPClient(&http.Client{Transport: transport}))
		require.NoError(t, err)
		start := time.Now()
		_, err = c.Chat(t.Context(), hello)
		require.Equal(t, 5*time.Second, time.Since(start))
		te := timerOf(t, err)
		require.Equal(t, "connect", te.Timer)
		require.Equal(t, "dial", te.Op)
		require.False(t, te.Sent, "nothing was sent: always safe to retry")
		time.Sleep(time.Minute)
	})
}

// The caller's own deadline and cancellation answer to the context's errors, end
// everything at once, and are not retried.
func TestTheCallersContext(t *testing.T) {
	for _, stream := range []bool{false, true} {
		for name, step := range map[string]buoytest.Step{
			"before the headers": buoytest.Hang(0),
			"in the body":        buoytest.CommentsAfter(2, time.Second, 0),
			"during a wait":      buoytest.RetryAfter(20*time.Second, buoytest.OpenAIError(429, "rate_limit_exceeded", "slow")),
		} {
			t.Run(name, func(t *testing.T) {
				bubble(t, nil, func(t *testing.T, d desk) {
					ctx, cancel := context.WithCancel(t.Context())
					time.AfterFunc(3*time.Second, cancel)
					start := time.Now()
					err := call(ctx, d, stream)
					require.Equal(t, 3*time.Second, time.Since(start))
					require.ErrorIs(t, err, context.Canceled)
					require.Equal(t, buoy.ErrCanceled, buoy.KindOf(err))
					ce, _ := errors.AsType[*buoy.CallError](err)
					require.Equal(t, buoy.StopCanceled, ce.Stop)
					require.Len(t, d.Server.Requests(), 1)
				}, step)
			})
		}
		t.Run("deadline", func(t *testing.T) {
			bubble(t, nil, func(t *testing.T, d desk) {
				ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
				defer cancel()
				start := time.Now()
				err := call(ctx, d, stream)
				require.Equal(t, 3*time.Second, time.Since(start))
				require.ErrorIs(t, err, context.DeadlineExceeded)
				require.NotErrorIs(t, err, context.Canceled)
				require.Equal(t, buoy.ErrTimeout, buoy.KindOf(err))
				require.Equal(t, "deadline", timerOf(t, err).Timer)
				require.Len(t, d.Server.Requests(), 1)
			}, buoytest.CommentsAfter(2, time.Second, 0))
		})
	}
}

// A chain of the user's own may have one Timeout above everything: its attempts have
// their timers, too.
func TestADeadlineBringsTheTimersOfTheAttempts(t *testing.T) {
	chain := buoy.WithChain(buoy.Timeout(buoy.Timeouts{Attempt: 3 * time.Second}))
	bubble(t, []buoy.Option{chain}, func(t *testing.T, d desk) {
		begun := time.Now()
		_, err := d.Chat(t.Context(), hello)
		require.Equal(t, "attempt", timerOf(t, err).Timer)
		require.Equal(t, 3*time.Second, time.Since(begun))
	}, buoytest.Hang(0))
}

// Where a timer ends a middleware's wait, it is known whether the request was sent:
// one that was not may be repeated safely.
func TestATimerThatEndsAMiddlewaresWait(t *testing.T) {
	for name, sends := range map[string]bool{"before it sends": false, "after it has sent": true} {
		t.Run(name, func(t *testing.T) {
			waits := func(next buoy.Handler) buoy.Handler {
				return func(ctx context.Context, call *buoy.Call) (*buoy.Reply, error) {
					if sends {
						_, _ = next(ctx, call)
					}
					<-ctx.Done()
					return nil, ctx.Err()
				}
			}
			opts := []buoy.Option{noRetry, buoy.WithTimeouts(buoy.Timeouts{Attempt: 3 * time.Second}), buoy.WithAttemptMiddleware(waits)}
			bubble(t, opts, func(t *testing.T, d desk) {
				_, err := d.Chat(t.Context(), hello)
				te := timerOf(t, err)
				require.Equal(t, "attempt", te.Timer)
				require.Equal(t, sends, te.Sent)
			})
		})
	}
}

// unhurried is a context that says nothing of its end, as one is for a moment whose
// timer is about to run.
type unhurried struct{ context.Context }

func (unhurried) Done() <-chan struct{} { return nil }
func (unhurried) Err() error            { return nil }

// Whose deadline it was is known also where the transport is quicker than the
// context's timer: the dialer of package net reads ctx.Deadline by itself.
func TestADeadlineThatTheTransportSawFirst(t *testing.T) {
	lag := func(next buoy.Handler) buoy.Handler {
		return func(ctx context.Context, call *buoy.Call) (*buoy.Reply, error) { return next(unhurried{ctx}, call) }
	}
	chain := slices.Insert(buoy.Standard(), 1, lag) // below the call's deadline, above the attempt's timers
	dialer := func(req *http.Request) (*http.Response, error) {
		d, _ := req.Context().Deadline()
		time.Sleep(time.Until(d))
		return nil, os.ErrDeadlineExceeded
	}
	for timer, after := range map[string]time.Duration{"call": 5 * time.Second, "deadline": 3 * time.Second} {
		t.Run(timer, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := tripClient(t, dialer, buoy.WithChain(chain...), buoy.WithTimeouts(buoy.Timeouts{Call: 5 * time.Second}))
				ctx, cancel := t.Context(), func() {}
				if timer == "deadline" {
					ctx, cancel = context.WithTimeout(ctx, after)
				}
				defer cancel()
				begun := time.Now()
				_, err := c.Chat(ctx, hello)
				require.Equal(t, after, time.Since(begun))
				require.Equal(t, buoy.ErrTimeout, buoy.KindOf(err))
				require.Equal(t, timer, timerOf(t, err).Timer)
				require.Equal(t, timer == "deadline", errors.Is(err, context.DeadlineExceeded))
				ce, _ := errors.AsType[*buoy.CallError](err)
				require.Equal(t, timer, timerOf(t, ce.Attempts[0].Err).Timer, "the attempt's own error, as observers get it")
			})
		})
	}
}

// A wait that would outlast the deadline ends the call now, with the provider's
// error: peers sleep to the deadline and lose the 429.
func TestAWaitThatDoesNotFitEndsTheCallAtOnce(t *testing.T) {
	bubble(t, nil, func(t *testing.T, d desk) {
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		start := time.Now()
		_, err := d.Chat(ctx, hello)
		require.Zero(t, time.Since(start))
		require.Equal(t, buoy.ErrRateLimit, buoy.KindOf(err))
		require.NotErrorIs(t, err, context.DeadlineExceeded)
		ce, _ := errors.AsType[*buoy.CallError](err)
		require.Equal(t, buoy.StopDeadline, ce.Stop)
		wait, ok := buoy.RetryAfter(err)
		require.True(t, ok)
		require.Equal(t, 30*time.Second, wait)
	}, buoytest.RetryAfter(30*time.Second, buoytest.OpenAIError(429, "rate_limit_exceeded", "slow")))
}

// An attempt's own timeout goes to the next target, each attempt with its full time:
// peers charge the back-off to it, and then do not retry at all.
func TestAnAttemptsTimeoutGoesToTheNextTarget(t *testing.T) {
	next := buoy.WithFallback(buoy.Target{Model: "another"})
	bubble(t, []buoy.Option{next, buoy.WithTimeouts(buoy.Timeouts{Attempt: 200 * time.Millisecond})}, func(t *testing.T, d desk) {
		resp, err := d.Chat(t.Context(), hello)
		require.NoError(t, err)
		require.Equal(t, "here", resp.Text())
		require.Len(t, resp.Info.Attempts, 3)
		require.Equal(t, "attempt", timerOf(t, resp.Info.Attempts[1].Err).Timer)
	}, buoytest.Error(503, ""), buoytest.Hang(0), buoytest.Delay(150*time.Millisecond, buoytest.Reply("here")))
}

// A slow reader is not an idle provider.
func TestIdleIsNotChargedToTheReader(t *testing.T) {
	bubble(t, []buoy.Option{buoy.WithTimeouts(buoy.Timeouts{Idle: 5 * time.Second, Call: -1})}, func(t *testing.T, d desk) {
		s, err := d.Stream(t.Context(), hello)
		require.NoError(t, err)
		n := 0
		for _, err := range s.Chunks() {
			require.NoError(t, err)
			time.Sleep(hour)
			n++
		}
		require.Greater(t, n, 3)
	}, buoytest.Slow(4*time.Second, "a", "b", "c", "d"))
}

// A stream that is alive may outlive every other timer.
func TestALongStreamLives(t *testing.T) {
	bubble(t, []buoy.Option{buoy.WithTimeouts(buoy.Timeouts{Call: -1})}, func(t *testing.T, d desk) {
		start := time.Now()
		s, err := d.Stream(t.Context(), hello)
		require.NoError(t, err)
		_, err = read(s)
		require.NoError(t, err)
		require.Greater(t, time.Since(start), 15*time.Minute)
	}, buoytest.Slow(50*time.Second, twenty...))
}

func TestPerCallTimeoutsLieOverTheClients(t *testing.T) {
	bubble(t, []buoy.Option{noRetry, buoy.WithTimeouts(buoy.Timeouts{Attempt: 50 * time.Second, Call: hour})}, func(t *testing.T, d desk) {
		start := time.Now()
		_, err := d.Chat(t.Context(), hello, buoy.WithTimeouts(buoy.Timeouts{Attempt: time.Second}))
		require.Equal(t, "attempt", timerOf(t, err).Timer)
		require.Equal(t, time.Second, time.Since(start))
		_, err = d.Chat(t.Context(), hello, buoy.WithRetry(buoy.RetryPolicy{MaxAttempts: 2}))
		ce, _ := errors.AsType[*buoy.CallError](err)
		require.Len(t, ce.Attempts, 2)
	}, buoytest.Hang(0), buoytest.Error(500, ""), buoytest.Always(buoytest.Hang(0)))
}

// Close unblocks a reader on another goroutine.
func TestCloseUnblocksAReader(t *testing.T) {
	bubble(t, nil, func(t *testing.T, d desk) {
		s, err := d.Stream(t.Context(), hello)
		require.NoError(t, err)
		time.AfterFunc(2*time.Second, func() { s.Close() })
		start := time.Now()
		_, err = read(s)
		require.NoError(t, err, "closing is no failure")
		require.Equal(t, 2*time.Second, time.Since(start))
	}, buoytest.Stall(2, 0))
}

// A stream that nobody reads is released when its context ends.
func TestAnAbandonedStreamEndsWithItsContext(t *testing.T) {
	bubble(t, nil, func(t *testing.T, d desk) {
		ctx, cancel := context.WithCancel(t.Context())
		s, err := d.Stream(ctx, hello)
		require.NoError(t, err)
		cancel()
		synctest.Wait()
		require.False(t, s.Next())
		require.ErrorIs(t, s.Err(), context.Canceled)
	}, buoytest.Stall(2, 0))
}

var twenty = []string{"1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15", "16", "17", "18", "19", "20"}

// Invariant 8: calls that all fail at the attempt timeout open the breaker within
// two attempt timeouts; with a window shorter than the call it never would.
func TestHangingCallsOpenTheBreaker(t *testing.T) {
	bubble(t, []buoy.Option{noRetry}, func(t *testing.T, d desk) {
		start := time.Now()
		opened := make(chan time.Duration, 1000)
		for time.Since(start) < 6*time.Minute {
			go func() {
				if _, err := d.Chat(t.Context(), hello); errors.Is(err, buoy.ErrCircuitOpen) {
					opened <- time.Since(start)
				}
			}()
			time.Sleep(5 * time.Second)
		}
		require.LessOrEqual(t, <-opened, 2*5*time.Minute)
		require.Less(t, len(d.Server.Requests()), 75)
		time.Sleep(6 * time.Minute)
	}, buoytest.Always(buoytest.Hang(0)))
}

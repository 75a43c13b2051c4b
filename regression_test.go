package buoy_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/stretchr/testify/require"
)

// Each test here carries the name of a bug that there was.

// tripClient is a client over a RoundTripper by hand, which retries nothing.
func tripClient(t *testing.T, rt roundTripper, opts ...buoy.Option) *buoy.Client {
	e := buoy.Endpoint{BaseURL: "https://provider.test/v1", Keys: []string{testKey}}
	c, err := buoy.New(e, append([]buoy.Option{buoy.WithHTTPClient(&http.Client{Transport: rt}), noRetry}, opts...)...)
	require.NoError(t, err)
	return c
}

// replies answers each request with a body.
func replies(status int, body io.Reader) roundTripper {
	return func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: status, Body: io.NopCloser(body)}, nil
	}
}

// A handler that returns ctx.Err() when an attempt's timer has fired was taken for
// a caller that went away, and not retried.
func TestATimerOverAHandlerByHandWasTheCallersCancellation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tries := 0
		h := buoy.Chain(buoy.Retry(buoy.RetryPolicy{}), buoy.Timeout(buoy.Timeouts{Attempt: time.Second}))(
			func(ctx context.Context, _ *buoy.Call) (*buoy.Reply, error) {
				tries++
				<-ctx.Done()
				return nil, ctx.Err()
			})
		_, err := h(t.Context(), &buoy.Call{Request: &hello})
		var te *buoy.TransportError
		require.ErrorAs(t, err, &te)
		require.Equal(t, "attempt", te.Timer)
		require.Equal(t, buoy.ErrTimeout, buoy.KindOf(err))
		require.NotErrorIs(t, err, context.Canceled)
		require.Equal(t, 1, tries, "it may be at work on the first")
	})
}

// The same above a retry answered to the caller's context.DeadlineExceeded.
func TestTheCallTimerOverAHandlerByHandWasTheCallersDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := buoy.Timeout(buoy.Timeouts{Call: time.Second})(func(ctx context.Context, _ *buoy.Call) (*buoy.Reply, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		})
		_, err := h(t.Context(), &buoy.Call{Request: &hello})
		var te *buoy.TransportError
		require.ErrorAs(t, err, &te)
		require.Equal(t, "call", te.Timer)
		require.NotErrorIs(t, err, context.DeadlineExceeded)
	})
}

// And a target's share of the time, with a middleware that waits.
func TestATargetsShareOverAMiddlewareThatWaitsWasTheCallersCancellation(t *testing.T) {
	waits := func(next buoy.Handler) buoy.Handler {
		return func(ctx context.Context, call *buoy.Call) (*buoy.Reply, error) {
			if call.Endpoint == "second" {
				return next(ctx, call)
			}
			<-ctx.Done()
			return nil, ctx.Err()
		}
	}
	twoProviders(t, nil, nil, nil, []buoy.Option{buoy.WithAttemptMiddleware(waits)}, func(t *testing.T, p pair) {
		ctx, cancel := context.WithTimeout(t.Context(), 4*time.Second)
		defer cancel()
		resp, err := p.Chat(ctx, hello)
		require.NoError(t, err)
		require.Equal(t, "second", resp.Info.Endpoint)
	})
}

func TestARetryByHandGaveEachAttemptTheNumberOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var numbers []int
		h := buoy.Retry(buoy.RetryPolicy{})(func(_ context.Context, c *buoy.Call) (*buoy.Reply, error) {
			numbers = append(numbers, c.Attempt)
			return nil, buoy.ErrServer
		})
		_, err := h(t.Context(), &buoy.Call{Request: &hello})
		require.ErrorIs(t, err, buoy.ErrServer)
		require.Equal(t, []int{1, 2, 3, 4, 5}, numbers)
	})
}

// A middleware that returned no reply made the layer around it panic.
func TestAReplyThatIsNoneWasAPanic(t *testing.T) {
	for _, reply := range []*buoy.Reply{nil, {}} {
		m := func(buoy.Handler) buoy.Handler {
			return func(context.Context, *buoy.Call) (*buoy.Reply, error) { return reply, nil }
		}
		spliced := append(buoy.Standard()[:1:1], m)
		for _, o := range []buoy.Option{buoy.WithMiddleware(m), buoy.WithAttemptMiddleware(m), buoy.WithChain(spliced...)} {
			c := tripClient(t, nil, o)
			_, err := c.Chat(t.Context(), hello)
			require.ErrorContains(t, err, "neither a reply nor an error")
			_, err = c.Stream(t.Context(), hello)
			require.ErrorContains(t, err, "neither a reply nor an error")
		}
	}
}

// Chat wrote the attempts of a call into the answer that a middleware handed out
// again and again: a data race, and other calls' attempts.
func TestAnAnswerOfAMiddlewareWasWrittenTo(t *testing.T) {
	bubble(t, nil, func(t *testing.T, d desk) {
		mine, err := d.Chat(t.Context(), hello)
		require.NoError(t, err)
		kept := func(buoy.Handler) buoy.Handler {
			return func(context.Context, *buoy.Call) (*buoy.Reply, error) { return &buoy.Reply{Response: mine}, nil }
		}
		c := tripClient(t, nil, buoy.WithMiddleware(kept))
		var calls sync.WaitGroup
		for range 8 {
			calls.Go(func() {
				again, err := c.Chat(t.Context(), hello)
				if err != nil || again.Text() != mine.Text() || len(again.Info.Attempts) != 0 {
					t.Errorf("%v, %v", again, err)
				}
			})
		}
		calls.Wait()
		require.Len(t, mine.Info.Attempts, 1)
	})
}

func TestAModelThatAMiddlewareSetInTheRequestWasIgnored(t *testing.T) {
	other := func(next buoy.Handler) buoy.Handler {
		return func(ctx context.Context, call *buoy.Call) (*buoy.Reply, error) {
			c, r := *call, *call.Request
			r.Model = "other"
			c.Request = &r
			return next(ctx, &c)
		}
	}
	bubble(t, []buoy.Option{buoy.WithMiddleware(other)}, func(t *testing.T, d desk) {
		resp, err := d.Chat(t.Context(), hello)
		require.NoError(t, err)
		require.Equal(t, "other", resp.Info.Model)
		require.Contains(t, string(d.Server.Requests()[0].Body), `"model":"other"`)
	})
}

// A caller that went away between two attempts got the first one's error, which
// did not answer to context.Canceled.
func TestACancellationBetweenAttemptsWasNotTold(t *testing.T) {
	for _, cause := range []error{nil, errors.New("the user left")} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(t.Context())
			c := tripClient(t, func(*http.Request) (*http.Response, error) {
				return &http.Response{StatusCode: 500, Body: http.NoBody}, nil
			}, buoy.WithRetry(buoy.RetryPolicy{MaxAttempts: 4}), buoy.WithObserver(onAttempt(func() { cancel(cause) })))
			_, err := c.Chat(ctx, hello)
			ce := callError(t, err)
			require.ErrorIs(t, err, context.Canceled)
			require.Equal(t, 500, apiError(t, err).StatusCode, "what it met before")
			require.NotErrorIs(t, err, buoy.ErrServer, "as KindOf says")
			require.Equal(t, buoy.ErrCanceled, buoy.KindOf(err))
			require.Equal(t, buoy.StopCanceled, ce.Stop)
			require.Len(t, ce.Attempts, 1)
		})
	}
}

// onAttempt is an observer of nothing but the ends of attempts.
type onAttempt func()

func (f onAttempt) ObserveAttempt(context.Context, buoy.AttemptEvent) { f() }
func (f onAttempt) ObserveCall(context.Context, buoy.CallEvent)       {}

// The same while a fallback target was asked: the error was the first target's.
func TestACancellationAtALaterTargetWasNotTold(t *testing.T) {
	missing := []buoytest.Step{buoytest.Always(buoytest.OpenAIError(404, "model_not_found", "no such model"))}
	hangs := []buoytest.Step{buoytest.Always(buoytest.Hang(time.Hour))}
	twoProviders(t, missing, hangs, nil, nil, func(t *testing.T, p pair) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		_, err := p.Chat(ctx, hello)
		require.ErrorIs(t, err, context.Canceled)
		require.Equal(t, buoy.ErrNotFound, apiError(t, err).Kind)
		require.Equal(t, buoy.StopCanceled, callError(t, err).Stop)

		ctx, cancel = context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err = p.Chat(ctx, hello)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Equal(t, buoy.ErrNotFound, apiError(t, err).Kind)
		require.Equal(t, buoy.StopDeadline, callError(t, err).Stop)
	})
}

// The breaker that opened under a call's own attempts took the provider's error
// with it.
func TestAnOpenBreakerHidTheFailureBeforeIt(t *testing.T) {
	bubble(t, nil, func(t *testing.T, d desk) {
		for range 4 {
			_, err := d.Chat(t.Context(), hello, noRetry)
			require.ErrorIs(t, err, buoy.ErrOverloaded)
		}
		_, err := d.Chat(t.Context(), hello)
		require.Len(t, callError(t, err).Attempts, 1)
		require.Equal(t, buoy.ErrCircuitOpen, buoy.KindOf(err))
		require.ErrorIs(t, err, buoy.ErrOverloaded)
		require.False(t, buoy.IsRetryable(err))
		wait, ok := buoy.RetryAfter(err)
		require.True(t, ok)
		require.Greater(t, wait, 5*time.Second, "the breaker's, not the provider's")

		_, err = d.Chat(t.Context(), hello)
		require.Empty(t, callError(t, err).Attempts)
		require.NotErrorIs(t, err, buoy.ErrOverloaded, "it met no failure of its own")
	}, buoytest.Always(buoytest.RetryAfter(2*time.Second, buoytest.Fail(503))))
}

// A RoundTripper that breaks its contract was a nil dereference.
func TestAResponseThatIsNoneWasAPanic(t *testing.T) {
	for want, rt := range map[buoy.Kind]roundTripper{
		buoy.ErrConnection:        func(*http.Request) (*http.Response, error) { return nil, nil },
		buoy.ErrStreamInterrupted: func(*http.Request) (*http.Response, error) { return &http.Response{StatusCode: 200}, nil },
		buoy.ErrServer:            func(*http.Request) (*http.Response, error) { return &http.Response{StatusCode: 500}, nil },
	} {
		_, err := tripClient(t, rt).Chat(t.Context(), hello)
		require.Equal(t, want, buoy.KindOf(err))
	}
}

// stuckBody ignores the context: only Close ends a Read.
type stuckBody struct {
	first  io.Reader
	closed chan struct{}
	once   sync.Once
}

func (b *stuckBody) Read(p []byte) (int, error) {
	if n, err := b.first.Read(p); err == nil {
		return n, nil
	}
	<-b.closed
	return 0, errors.New("closed")
}

func (b *stuckBody) Close() error {
	b.once.Do(func() { close(b.closed) })
	return nil
}

// A caller that went away waited for a body that does not watch the context until
// the attempt's own timer.
func TestABodyThatIgnoresTheContextKeptItsCaller(t *testing.T) {
	for _, tt := range []struct {
		status int
		begins string
	}{{200, `{"id":`}, {200, ": ping\n\n"}, {200, ""}, {500, `{"error":`}} {
		for _, stream := range []bool{false, true} {
			synctest.Test(t, func(t *testing.T) {
				c := tripClient(t, func(*http.Request) (*http.Response, error) {
					body := &stuckBody{first: strings.NewReader(tt.begins), closed: make(chan struct{})}
					return &http.Response{StatusCode: tt.status, Body: body}, nil
				})
				ctx, cancel := context.WithCancel(t.Context())
				time.AfterFunc(time.Second, cancel)
				start := time.Now()
				_, _, err := textOf(ctx, c, stream)
				require.ErrorIs(t, err, context.Canceled)
				require.Equal(t, time.Second, time.Since(start))
			})
		}
	}
}

// pings are a body that never ends, not even by Close.
type pings struct{}

func (pings) Read(p []byte) (int, error) {
	time.Sleep(time.Second)
	return copy(p, ": ping\n"), nil
}

// A body that goes on after Close was read for ever.
func TestABodyThatGoesOnAfterCloseWasReadForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		_, err := tripClient(t, replies(200, pings{})).Stream(t.Context(), hello)
		var te *buoy.TransportError
		require.ErrorAs(t, err, &te)
		require.Equal(t, "first_token", te.Timer)
		require.Less(t, time.Since(start), 122*time.Second)
	})
}

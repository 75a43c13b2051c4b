package behaviour_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"runtime"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/buoy-go/buoy/event"
	"github.com/stretchr/testify/require"
)

// A stream ends while an attempt of it still runs: one that others may share, or that a
// recovery has asked for and that takes its time to be cancelled. The call's end shows that
// attempt as one that had not ended, and no longer as one that was answered at once.
func TestACallThatEndsBeforeItsAttempt(t *testing.T) {
	cold := 0.0
	coalesce := buoy.WithCache(nil, buoy.CachePolicy{Coalesce: true})
	ends := map[string]struct {
		opt  buoy.Option
		then func(*http.Request) (*http.Response, error) // after the first, which breaks off
	}{
		"coalesced":      {coalesce, nil},
		"recovery asks":  {buoy.WithStreamRecovery(buoy.RecoverRestart), slowToLeave},
		"recovery reads": {buoy.WithStreamRecovery(buoy.RecoverRestart), beginsOnly},
	}
	for name, e := range ends {
		for _, cancels := range []bool{true, false} {
			t.Run(name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					var told buoytest.Recorder
					requests := 0
					c, err := buoy.New(buoy.Endpoint{BaseURL: "https://desk.example/v1", Keys: []string{testKey}}, e.opt, buoy.WithObserver(&told),
						buoy.WithHTTPClient(&http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
							if requests++; e.then == nil {
								return beginsOnly(r)
							} else if requests == 1 {
								return breaksOff(r), nil
							}
							return e.then(r)
						})}))
					require.NoError(t, err)
					defer c.Close()
					ctx, cancel := context.WithCancel(t.Context())
					defer cancel()
					req := fixed()
					req.Temperature = &cold
					s, err := c.Stream(ctx, req)
					require.NoError(t, err)
					defer s.Close()
					require.True(t, s.Next())
					time.AfterFunc(10*time.Second, func() {
						if cancels {
							cancel()
						} else {
							_ = s.Close()
						}
					})
					for s.Next() {
					}
					complete := func(attempts []buoy.Attempt) {
						t.Helper()
						require.NotEmpty(t, attempts)
						last := attempts[len(attempts)-1]
						require.ErrorIs(t, last.Err, buoy.ErrCanceled)
						require.Greater(t, last.Duration, 5*time.Second)
						require.Equal(t, requests, len(attempts))
					}
					complete(s.Info().Attempts)
					if cancels {
						ce, ok := errors.AsType[*buoy.CallError](s.Err())
						require.True(t, ok)
						complete(ce.Attempts)
						te, ok := errors.AsType[*buoy.TransportError](s.Err())
						require.True(t, ok)
						if e.then == nil {
							require.Equal(t, "read", te.Op, "the stream had begun")
						}
					}
					time.Sleep(time.Minute)
					calls, attempts := buoytest.Events[buoy.CallEvent](&told), buoytest.Events[buoy.AttemptEvent](&told)
					require.Len(t, calls, 1)
					complete(calls[0].Info.Attempts)
					require.Len(t, attempts, requests)
					require.Equal(t, attempts[requests-1].Attempt, s.Info().Attempts[requests-1], "its own record comes in the end")
				})
			})
		}
	}
}

// A recovery's new attempt has begun when the stream is closed. Next returns false when that
// one is released.
func TestCloseAsARecoveryBegins(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s *buoy.Stream
		requests := 0
		c, err := buoy.New(buoy.Endpoint{BaseURL: "https://desk.example/v1", Keys: []string{testKey}}, buoy.WithStreamRecovery(buoy.RecoverRestart),
			buoy.WithObserver(&firstTokens{each: func(number int) {
				if number == 2 {
					go func() { _ = s.Close() }()
					time.Sleep(time.Millisecond)
				}
			}}),
			buoy.WithHTTPClient(&http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
				if requests++; requests == 1 {
					return breaksOff(r), nil
				}
				return beginsOnly(r)
			})}))
		require.NoError(t, err)
		defer c.Close()
		s, err = c.Stream(t.Context(), fixed())
		require.NoError(t, err)
		require.True(t, s.Next())
		require.False(t, s.Next())
		attempts := s.Info().Attempts
		require.Len(t, attempts, 2)
		require.ErrorIs(t, attempts[1].Err, buoy.ErrCanceled)
		require.GreaterOrEqual(t, attempts[1].Duration, time.Second, "which its body takes to be closed")
	})
}

// A body of somebody's panics, or ends its goroutine, when it is closed. That is its
// caller's to bear, and all others hear of the stream's end none the less.
func TestABodyThatPanicsWhenItIsClosed(t *testing.T) {
	for name, fails := range map[string]func(){"panic": func() { panic("of a body") }, "goexit": runtime.Goexit} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var told buoytest.Recorder
				var requests atomic.Int32
				c, err := buoy.New(buoy.Endpoint{BaseURL: "https://desk.example/v1", Keys: []string{testKey}}, buoy.WithObserver(&told),
					buoy.WithRateLimit(buoy.RateLimit{Concurrent: 1}),
					buoy.WithHTTPClient(&http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
						resp, err := beginsOnly(r)
						if requests.Add(1) == 1 {
							resp.Body = failsToClose{resp.Body, fails}
						}
						return resp, err
					})}))
				require.NoError(t, err)
				defer c.Close()
				s, err := c.Stream(t.Context(), fixed())
				require.NoError(t, err)
				require.True(t, s.Next())
				over := make(chan struct{})
				go func() {
					defer close(over)
					defer func() { _ = recover() }()
					_ = s.Close()
				}()
				<-over
				require.Zero(t, c.Limits()[0].Running)
				require.Len(t, buoytest.Events[buoy.AttemptEvent](&told), 1)
				require.Len(t, buoytest.Events[buoy.CallEvent](&told), 1)
				next, err := c.Stream(t.Context(), fixed())
				require.NoError(t, err)
				_ = next.Close()
			})
		})
	}
}

// firstTokens calls each for the first token of each attempt.
type firstTokens struct {
	buoytest.Recorder
	each func(number int)
}

func (f *firstTokens) ObserveFirstToken(_ context.Context, e event.FirstToken) { f.each(e.Number) }

// A body of somebody's panics before the stream has begun: it is closed, and no permit is kept.
func TestABodyThatPanicsBeforeItsStream(t *testing.T) {
	closed := false
	c, err := buoy.New(buoy.Endpoint{BaseURL: "https://desk.example/v1", Keys: []string{testKey}}, buoy.WithRateLimit(buoy.RateLimit{Concurrent: 1}),
		buoy.WithHTTPClient(&http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
			resp := breaksOff(r)
			resp.Body = failsToRead{resp.Body, &closed}
			return resp, nil
		})}))
	require.NoError(t, err)
	defer c.Close()
	require.Panics(t, func() { _, _ = c.Stream(t.Context(), fixed()) })
	require.True(t, closed)
	require.Zero(t, c.Limits()[0].Running)
}

type failsToRead struct {
	io.ReadCloser
	closed *bool
}

func (b failsToRead) Read([]byte) (int, error) { panic("of a body") }

func (b failsToRead) Close() error {
	*b.closed = true
	return b.ReadCloser.Close()
}

type failsToClose struct {
	io.ReadCloser
	fails func()
}

func (b failsToClose) Close() error {
	_ = b.ReadCloser.Close()
	b.fails()
	return nil
}

// breaksOff answers with a stream of one piece that ends too early.
func breaksOff(r *http.Request) *http.Response {
	body, w := io.Pipe()
	go func() {
		_, _ = io.WriteString(w, "data: {\"choices\":[{\"delta\":{\"content\":\"fine\"}}]}\n\n")
		_ = w.CloseWithError(io.ErrUnexpectedEOF)
	}()
	return &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {"text/event-stream"}}, Body: body, ContentLength: -1, Request: r}
}

// slowToLeave answers nothing, and takes a second to hear that its caller has gone.
func slowToLeave(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	time.Sleep(time.Second)
	return nil, r.Context().Err()
}

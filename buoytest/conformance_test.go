package buoytest_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
)

func nothing(next buoy.Handler) buoy.Handler { return next }

func TestMiddlewareThatKeepsItsPromises(t *testing.T) {
	for name, m := range map[string]func() buoy.Middleware{
		"nothing": func() buoy.Middleware { return nothing },
		"a chain": func() buoy.Middleware { return buoy.Chain(nothing, nothing) },
		"a header in a copy": func() buoy.Middleware {
			return func(next buoy.Handler) buoy.Handler {
				return func(ctx context.Context, call *buoy.Call) (*buoy.Reply, error) {
					c := *call
					if c.Header = maps.Clone(c.Header); c.Header == nil {
						c.Header = map[string][]string{}
					}
					c.Header.Set("X-More", "1")
					return next(ctx, &c)
				}
			}
		},
		"wrapped errors": func() buoy.Middleware {
			return func(next buoy.Handler) buoy.Handler {
				return func(ctx context.Context, call *buoy.Call) (*buoy.Reply, error) {
					reply, err := next(ctx, call)
					if err != nil {
						return nil, fmt.Errorf("with more words: %w", err)
					}
					return reply, nil
				}
			}
		},
		"a permit until the end": func() buoy.Middleware {
			permits := make(chan struct{}, 2)
			return func(next buoy.Handler) buoy.Handler {
				return func(ctx context.Context, call *buoy.Call) (*buoy.Reply, error) {
					select {
					case permits <- struct{}{}:
					case <-ctx.Done():
						return nil, ctx.Err()
					}
					reply, err := next(ctx, call)
					if err != nil {
						<-permits
						return nil, err
					}
					reply.OnEnd(func(error) { <-permits })
					return reply, nil
				}
			}
		},
		"a timeout until the end": func() buoy.Middleware {
			return func(next buoy.Handler) buoy.Handler {
				return func(ctx context.Context, call *buoy.Call) (*buoy.Reply, error) {
					ctx, cancel := context.WithTimeout(ctx, time.Minute)
					reply, err := next(ctx, call)
					if err != nil {
						cancel()
						return nil, err
					}
					reply.OnEnd(func(error) { cancel() })
					return reply, nil
				}
			}
		},
		"buoy.Retry":   func() buoy.Middleware { return buoy.Retry(buoy.RetryPolicy{}) },
		"buoy.Breaker": func() buoy.Middleware { return buoy.Breaker(buoy.BreakerPolicy{}) },
		"buoy.Timeout": func() buoy.Middleware { return buoy.Timeout(buoy.Timeouts{}) },
	} {
		t.Run(name, func(t *testing.T) { buoytest.TestMiddleware(t, m) })
	}
}

// A check that nothing fails proves nothing, so each promise is broken here in the way in which it usually is.
func TestMiddlewareThatBreaksAPromise(t *testing.T) {
	type handler = func(next buoy.Handler, ctx context.Context, call *buoy.Call) (*buoy.Reply, error)
	once := func(h handler) func() buoy.Middleware {
		return func() buoy.Middleware {
			return func(next buoy.Handler) buoy.Handler {
				return func(ctx context.Context, call *buoy.Call) (*buoy.Reply, error) { return h(next, ctx, call) }
			}
		}
	}
	for _, tt := range []struct {
		name   string
		m      func() buoy.Middleware
		breaks string // a promise
		says   string
	}{
		{"returns neither reply nor error", once(func(next buoy.Handler, ctx context.Context, call *buoy.Call) (*buoy.Reply, error) {
			_, err := next(ctx, call)
			return nil, err
		}), "a whole answer passes", "want a Reply with a Response only"},
		{"loses the text", once(func(next buoy.Handler, ctx context.Context, call *buoy.Call) (*buoy.Reply, error) {
			reply, err := next(ctx, call)
			if reply != nil && reply.Response != nil {
				reply = &buoy.Reply{Response: &buoy.Response{Model: reply.Response.Model}}
			}
			return reply, err
		}), "a whole answer passes", `became ""`},
		{"reads the first chunk of a stream", once(func(next buoy.Handler, ctx context.Context, call *buoy.Call) (*buoy.Reply, error) {
			reply, err := next(ctx, call)
			if reply != nil && reply.Stream != nil {
				reply.Stream.Next()
				reply.Stream.Next()
			}
			return reply, err
		}), "a stream passes", `became " two three"`},
		{"cancels its context when it returns", once(func(next buoy.Handler, ctx context.Context, call *buoy.Call) (*buoy.Reply, error) {
			ctx, cancel := context.WithTimeout(ctx, time.Minute)
			defer cancel()
			return next(ctx, call)
		}), "a stream passes", "cancel the context in Reply.OnEnd"},
		{"flattens errors", once(func(next buoy.Handler, ctx context.Context, call *buoy.Call) (*buoy.Reply, error) {
			reply, err := next(ctx, call)
			if err != nil {
				err = fmt.Errorf("failed: %v", err)
			}
			return reply, err
		}), "a refusal passes", "no longer finds the kind"},
		{"keeps only the kind", once(func(next buoy.Handler, ctx context.Context, call *buoy.Call) (*buoy.Reply, error) {
			reply, err := next(ctx, call)
			if err != nil && !errors.Is(err, context.Canceled) {
				err = buoy.KindOf(err)
			}
			return reply, err
		}), "a refusal passes", "no longer finds the *buoy.APIError"},
		{"answers refusals", once(func(next buoy.Handler, ctx context.Context, call *buoy.Call) (*buoy.Reply, error) {
			reply, err := next(ctx, call)
			if buoy.KindOf(err) == buoy.ErrModeration {
				return &buoy.Reply{Response: &buoy.Response{}}, nil
			}
			return reply, err
		}), "a refusal passes", "want no reply and the error"},
		{"changes the call", once(func(next buoy.Handler, ctx context.Context, call *buoy.Call) (*buoy.Reply, error) {
			call.Model = "another"
			return next(ctx, call)
		}), "the caller's call is not changed", "change a copy of it"},
		{"changes the request", once(func(next buoy.Handler, ctx context.Context, call *buoy.Call) (*buoy.Reply, error) {
			c := *call
			c.Request.User = "anonymous"
			return next(ctx, &c)
		}), "the caller's call is not changed", "the Request was changed in place"},
		{"changes a map of the request", once(func(next buoy.Handler, ctx context.Context, call *buoy.Call) (*buoy.Reply, error) {
			r := *call.Request
			if r.Metadata != nil {
				r.Metadata["tenant"] = "7"
			}
			c := *call
			c.Request = &r
			return next(ctx, &c)
		}), "the caller's call is not changed", "the Request was changed in place"},
		{"changes the header", once(func(next buoy.Handler, ctx context.Context, call *buoy.Call) (*buoy.Reply, error) {
			c := *call
			if c.Header != nil {
				c.Header.Set("X-More", "1")
			}
			return next(ctx, &c)
		}), "the caller's call is not changed", "Call.Header was changed"},
		{"calls the layer below for nobody", once(func(next buoy.Handler, ctx context.Context, call *buoy.Call) (*buoy.Reply, error) {
			if call.Stream {
				if _, err := next(ctx, call); err != nil {
					return nil, err
				}
			}
			return next(ctx, call)
		}), "the end of a stream is told once", "OnEnd was called 1 times for 2 replies"},
		{"detaches the context", once(func(next buoy.Handler, _ context.Context, call *buoy.Call) (*buoy.Reply, error) {
			return next(context.Background(), call)
		}), "the context reaches the layers below", "lost the values"},
		{"does not hear the caller leave", once(func(next buoy.Handler, ctx context.Context, call *buoy.Call) (*buoy.Reply, error) {
			return next(context.WithoutCancel(ctx), call)
		}), "a cancelled call ends", "still waiting after 10s"},
		{"hides why it ended", once(func(next buoy.Handler, ctx context.Context, call *buoy.Call) (*buoy.Reply, error) {
			reply, err := next(ctx, call)
			if errors.Is(err, context.Canceled) {
				err = buoy.ErrCanceled
			}
			return reply, err
		}), "a cancelled call ends", "context.Canceled is not to be found"},
		{"shares an answer", func() buoy.Middleware {
			var mu sync.Mutex
			var kept *buoy.Response
			return func(next buoy.Handler) buoy.Handler {
				return func(ctx context.Context, call *buoy.Call) (*buoy.Reply, error) {
					mu.Lock()
					defer mu.Unlock()
					if call.Stream || kept == nil {
						reply, err := next(ctx, call)
						if err == nil && reply.Response != nil {
							first := *reply.Response // the client completes the one that it is given
							kept = &first
						}
						return reply, err
					}
					again := *kept
					return &buoy.Reply{Response: &again}, nil
				}
			}
		}, "calls do not disturb each other", "got the answer"},
		{"swallows a panic", once(func(next buoy.Handler, ctx context.Context, call *buoy.Call) (*buoy.Reply, error) {
			defer func() { _ = recover() }()
			return next(ctx, call)
		}), "a panic is no answer", "without an error"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			broken := map[string]string{}
			for _, p := range buoytest.Promises {
				// In a bubble the patience of a check takes no time. A goroutine that the broken middleware leaves
				// behind is its own fault: it is let go through the context that ends with the bubble's test.
				synctest.Test(t, func(t *testing.T) {
					if err := p.Check(tt.m()); err != nil {
						broken[p.Name] = err.Error()
					}
				})
			}
			require.Contains(t, slices.Collect(maps.Keys(broken)), tt.breaks)
			require.Contains(t, broken[tt.breaks], tt.says)
			require.LessOrEqual(t, len(broken), 4, "%v", strings.Join(slices.Collect(maps.Values(broken)), "\n"))
		})
	}
}

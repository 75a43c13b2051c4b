package buoy_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/stretchr/testify/require"
)

// byHand runs a chain over a handler made by hand: it fails as often as it is told,
// and then answers as the call wants it. It returns what came, and how often the
// handler was asked.
func byHand(t *testing.T, call *buoy.Call, failures int, ms ...buoy.Middleware) (reply *buoy.Reply, asked int, err error) {
	srv := buoytest.NewMemServer(t)
	c, err := buoy.New(endpointOf(srv), buoy.WithHTTPClient(srv.Client()))
	require.NoError(t, err)
	reply, err = buoy.Chain(ms...)(func(ctx context.Context, call *buoy.Call) (*buoy.Reply, error) {
		if asked++; asked <= failures {
			return nil, &buoy.APIError{Kind: buoy.ErrServer, StatusCode: 500}
		}
		if call.Stream {
			s, err := c.Stream(ctx, *call.Request)
			return &buoy.Reply{Stream: s}, err
		}
		resp, err := c.Chat(ctx, *call.Request)
		return &buoy.Reply{Response: resp}, err
	})(t.Context(), call)
	return reply, asked, err
}

// chatByHand is a Call that no client has made.
func chatByHand(stream bool) *buoy.Call {
	return &buoy.Call{Request: &buoy.Request{Model: "m", Messages: []buoy.Message{buoy.User("Hi")}}, Model: "m", Stream: stream}
}

// The standard chain and each of its parts stand over a handler made by hand, where
// no client is: it has the default settings. In 767f43d it panicked.
func TestStandardChainByHand(t *testing.T) {
	chains := map[string][]buoy.Middleware{
		"all":      buoy.Standard(),
		"retry":    {buoy.Retry(buoy.RetryPolicy{})},
		"breaker":  {buoy.Breaker(buoy.BreakerPolicy{})},
		"timeout":  {buoy.Timeout(buoy.Timeouts{Adaptive: true})},
		"hedge":    {buoy.Hedge(buoy.HedgePolicy{After: time.Hour})},
		"learnt":   {buoy.Hedge(buoy.HedgePolicy{MinSamples: 1})},
		"limit":    {buoy.Limit(buoy.RateLimit{Concurrent: 1, RequestsPerMinute: 100, TokensPerMinute: 1e6})},
		"fallback": {buoy.Fallback()},
		"recover":  {buoy.Recover(buoy.RecoverContinue)},
		"both":     {buoy.Timeout(buoy.Timeouts{}), buoy.Retry(buoy.RetryPolicy{}), buoy.Timeout(buoy.Timeouts{Adaptive: true})},
	}
	for i, m := range buoy.Standard() {
		chains[fmt.Sprintf("part %d", i)] = []buoy.Middleware{m}
	}
	for name, chain := range chains {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				reply, asked, err := byHand(t, chatByHand(false), 0, chain...)
				require.NoError(t, err)
				require.NotEmpty(t, reply.Response.Text())
				require.Equal(t, 1, asked)

				reply, asked, err = byHand(t, chatByHand(true), 0, chain...)
				require.NoError(t, err)
				for reply.Stream.Next() {
				}
				require.NoError(t, reply.Stream.Err())
				require.NotEmpty(t, reply.Stream.Response().Text())
				require.NoError(t, reply.Stream.Close())
				require.Equal(t, 1, asked)

				_, _, err = byHand(t, chatByHand(false), 100, chain...)
				require.ErrorIs(t, err, buoy.ErrServer)
				_, _, err = byHand(t, chatByHand(true), 100, chain...)
				require.ErrorIs(t, err, buoy.ErrServer)
			})
		})
	}
}

// It retries as often as by default, numbers the attempts, and its deadline holds.
func TestStandardChainByHandRetries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var numbers []int
		count := func(next buoy.Handler) buoy.Handler {
			return func(ctx context.Context, call *buoy.Call) (*buoy.Reply, error) {
				numbers = append(numbers, call.Attempt)
				return next(ctx, call)
			}
		}
		reply, _, err := byHand(t, chatByHand(false), 2, append(buoy.Standard(), count)...)
		require.NoError(t, err)
		require.NotNil(t, reply.Response)
		require.Equal(t, []int{1, 2, 3}, numbers)
		_, asked, err := byHand(t, chatByHand(false), 100, buoy.Standard()...)
		require.ErrorIs(t, err, buoy.ErrServer)
		require.Equal(t, 5, asked)

		start := time.Now()
		_, err = buoy.Chain(buoy.Standard()...)(func(ctx context.Context, _ *buoy.Call) (*buoy.Reply, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		})(t.Context(), chatByHand(false))
		require.ErrorIs(t, err, buoy.ErrTimeout)
		require.Less(t, time.Since(start), 10*time.Minute)
	})
}

// A middleware that passes on a Call of its own making sends that. In 767f43d it
// panicked.
func TestAMiddlewareMakesACall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := buoytest.NewMemServer(t)
		fresh := func(next buoy.Handler) buoy.Handler {
			return func(ctx context.Context, _ *buoy.Call) (*buoy.Reply, error) { return next(ctx, chatByHand(false)) }
		}
		for name, o := range map[string]buoy.Option{
			"outside": buoy.WithMiddleware(fresh),
			"inside":  buoy.WithAttemptMiddleware(fresh),
			"alone":   buoy.WithChain(fresh),
			"timed":   buoy.WithChain(fresh, buoy.Timeout(buoy.Timeouts{}), buoy.Retry(buoy.RetryPolicy{})),
		} {
			c, err := buoy.New(endpointOf(srv), buoy.WithHTTPClient(srv.Client()), o)
			require.NoError(t, err)
			resp, err := c.Chat(t.Context(), *chatByHand(false).Request)
			require.NoError(t, err, name)
			require.NotEmpty(t, resp.Text(), name)
		}
	})
}

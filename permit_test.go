package buoy_test

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/stretchr/testify/require"
)

var oneAtATime = buoy.WithRateLimit(buoy.RateLimit{Concurrent: 1})

// However a call ends, its permit comes back and its charge is settled then, and
// not before.
func TestPermitsComeBack(t *testing.T) {
	limits := map[string]buoy.Option{"permits": oneAtATime, "rate": buoy.WithRateLimit(buoy.RateLimit{RequestsPerMinute: 60, TokensPerMinute: 60000})}
	panics := func(next buoy.Handler) buoy.Handler {
		return func(ctx context.Context, call *buoy.Call) (*buoy.Reply, error) {
			if call.Request.User == "panic" {
				panic("a middleware's")
			}
			return next(ctx, call)
		}
	}
	for name, tc := range map[string]struct {
		step buoytest.Step
		call func(t *testing.T, d desk)
	}{
		"an answer": {buoytest.Reply("fine"), func(t *testing.T, d desk) { require.NoError(t, call(t.Context(), d, false)) }},
		"an error":  {buoytest.Error(500, ""), func(t *testing.T, d desk) { require.Error(t, call(t.Context(), d, false)) }},
		"a stream's end": {buoytest.Stream("a", "b"), func(t *testing.T, d desk) {
			s, err := d.Stream(t.Context(), hello)
			require.NoError(t, err)
			require.Equal(t, 1, d.Limits()[0].Running)
			for s.Next() {
				require.Equal(t, 1, d.Limits()[0].Running)
			}
			require.NoError(t, s.Err())
		}},
		"a stream that breaks": {buoytest.Cut(2), func(t *testing.T, d desk) { require.Error(t, call(t.Context(), d, true)) }},
		"a stream that is closed": {buoytest.Stream("a", "b"), func(t *testing.T, d desk) {
			s, err := d.Stream(t.Context(), hello)
			require.NoError(t, err)
			require.NoError(t, s.Close())
		}},
		"a stream whose caller goes away": {buoytest.Stall(1, 0), func(t *testing.T, d desk) {
			ctx, cancel := context.WithCancel(t.Context())
			_, err := d.Stream(ctx, hello)
			require.NoError(t, err)
			require.Equal(t, 1, d.Limits()[0].Running)
			cancel()
			synctest.Wait()
		}},
		"a caller that goes away": {buoytest.Hang(0), func(t *testing.T, d desk) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			require.Error(t, call(ctx, d, false))
		}},
		"a panic": {buoytest.Reply("fine"), func(t *testing.T, d desk) {
			req := hello
			req.User = "panic"
			require.Panics(t, func() { _, _ = d.Chat(t.Context(), req) })
		}},
		"a stream of a closed client": {buoytest.Stream("a", "b"), func(t *testing.T, d desk) {
			s, err := d.Stream(t.Context(), hello)
			require.NoError(t, err)
			require.NoError(t, d.Close())
			require.Equal(t, 1, d.Limits()[0].Running)
			_, err = read(s)
			require.NoError(t, err)
		}},
	} {
		for kind, limit := range limits {
			t.Run(name+", "+kind, func(t *testing.T) {
				bubble(t, []buoy.Option{limit, noRetry, buoy.WithAttemptMiddleware(panics)}, func(t *testing.T, d desk) {
					tc.call(t, d)
					require.Zero(t, d.Limits()[0].Running)
				}, tc.step)
			})
		}
	}
}

// A stream that nobody holds any more is closed by the garbage collector; the
// limits must not hold it either.
func TestAnAbandonedStreamGivesBackItsPermit(t *testing.T) {
	srv := buoytest.NewServer(t, buoytest.Stall(1, 0))
	all := buoy.RateLimit{Concurrent: 1, RequestsPerMinute: 600, TokensPerMinute: 600000}
	c, err := buoy.New(srv.Endpoint(), buoy.WithHTTPClient(srv.Client()), buoy.WithRateLimit(all))
	require.NoError(t, err)
	func() {
		_, err := c.Stream(t.Context(), hello)
		require.NoError(t, err)
		require.Equal(t, 1, c.Limits()[0].Running)
	}()
	require.Eventually(t, func() bool {
		runtime.GC()
		return c.Limits()[0].Running == 0
	}, 10*time.Second, time.Millisecond)
}

// A deadline that passes in the queue is the caller's, and the error has an
// honest wait.
func TestTheDeadlinePassesInTheQueue(t *testing.T) {
	bubble(t, []buoy.Option{oneAtATime}, func(t *testing.T, d desk) {
		for range 3 {
			_, err := d.Chat(t.Context(), hello)
			require.NoError(t, err)
		}
		go func() { _, _ = d.Chat(t.Context(), hello) }()
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		begun := time.Now()
		_, err := d.Chat(ctx, hello)
		require.Equal(t, 3*time.Second, time.Since(begun))
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Equal(t, buoy.ErrTimeout, buoy.KindOf(err))
		require.False(t, buoy.IsRetryable(err))
		ce, _ := errors.AsType[*buoy.CallError](err)
		require.Equal(t, buoy.StopDeadline, ce.Stop)
		require.Equal(t, 8*time.Second, limitError(t, err).Wait, "what calls took of late")
		time.Sleep(time.Minute)
	}, buoytest.Always(buoytest.Delay(8*time.Second, buoytest.Reply("slow"))))
}

// With a target left nobody queues for longer than MaxDelay.
func TestAFullQueueGoesToTheNextTarget(t *testing.T) {
	first := []buoytest.Step{buoytest.Always(buoytest.Delay(time.Minute, buoytest.Reply("slow")))}
	for name, limit := range map[string]buoy.RateLimit{"permits": {Concurrent: 1}, "rate": {RequestsPerMinute: 5}} {
		t.Run(name, func(t *testing.T) {
			twoProviders(t, first, nil, nil, []buoy.Option{buoy.WithRateLimit(limit)}, func(t *testing.T, p pair) {
				go func() { _, _ = p.Chat(t.Context(), hello) }()
				synctest.Wait()
				begun := time.Now()
				resp, err := p.Chat(t.Context(), hello)
				require.NoError(t, err)
				require.Equal(t, "second", resp.Info.Endpoint)
				require.LessOrEqual(t, time.Since(begun), 8*time.Second)
				time.Sleep(2 * time.Minute)
			})
		})
	}
}

// Nor for longer than its target's share of the time.
func TestAWaitThatOutlastsTheTargetsShare(t *testing.T) {
	limit := buoy.WithRateLimit(buoy.RateLimit{RequestsPerMinute: 10})
	twoProviders(t, nil, nil, nil, []buoy.Option{limit}, func(t *testing.T, p pair) {
		_, err := p.Chat(t.Context(), hello)
		require.NoError(t, err)
		begun := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		_, err = p.Chat(ctx, hello) // six seconds to wait, of five
		require.NoError(t, err)
		require.Zero(t, time.Since(begun))
		require.Equal(t, []int{1, 1}, p.Sent())
	})
}

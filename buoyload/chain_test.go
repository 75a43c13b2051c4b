package buoyload_test

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoyload"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/stretchr/testify/require"
)

var one = buoyload.Policy{Max: 1, Initial: 1, MaxWait: time.Minute}

// hold makes a stream that goes on for as long as ctx.
func hold(t *testing.T, c *buoy.Client) (release func()) {
	t.Helper()
	s, err := c.Stream(t.Context(), question())
	require.NoError(t, err)
	return func() { s.Close() }
}

// In its place in front of the breaker nobody measures the wait: not the
// attempt's timers, not the breaker, not the number of attempts.
func TestWaitingIsNobodysFault(t *testing.T) {
	timeouts := buoy.WithTimeouts(buoy.Timeouts{FirstToken: time.Second, Attempt: time.Second})
	bubble(t, one, []buoytest.Step{buoytest.Stall(1, 0)}, []buoy.Option{timeouts}, func(t *testing.T, c *buoy.Client, _ *buoyload.Limiter, srv *buoytest.Server) {
		release := hold(t, c)
		time.AfterFunc(30*time.Second, release)
		resp, err := c.Chat(t.Context(), question())
		require.NoError(t, err)
		require.Len(t, resp.Info.Attempts, 1)
		require.Len(t, srv.Requests(), 2)
	})
}

func TestARefusalIsALimitErrorAndNoAttempt(t *testing.T) {
	p := one
	p.MaxWait = -1
	bubble(t, p, []buoytest.Step{buoytest.Stall(1, 0)}, nil, func(t *testing.T, c *buoy.Client, _ *buoyload.Limiter, srv *buoytest.Server) {
		defer hold(t, c)()
		for range 30 {
			_, err := c.Chat(t.Context(), question())
			require.ErrorIs(t, err, buoy.ErrLimit)
			wait, ok := buoy.RetryAfter(err)
			require.True(t, ok)
			require.Positive(t, wait)
			require.ErrorContains(t, err, "limit: 1 calls at a time, as learned of m at desk")
		}
		require.Len(t, srv.Requests(), 1)
		require.Equal(t, buoy.BreakerClosed, c.Breakers().State("desk", "m"))
	})
}

// A refusal says that another target may have room.
func TestARefusalGoesOnToTheNextTarget(t *testing.T) {
	p := one
	p.MaxWait = -1
	fallback := buoy.WithFallback(buoy.Target{Model: "other"})
	bubble(t, p, []buoytest.Step{buoytest.ForModel("m", buoytest.Stall(1, 0))}, []buoy.Option{fallback}, func(t *testing.T, c *buoy.Client, _ *buoyload.Limiter, srv *buoytest.Server) {
		defer hold(t, c)()
		resp, err := c.Chat(t.Context(), question())
		require.NoError(t, err)
		require.Equal(t, "other", resp.Info.Model)
		require.Len(t, srv.Requests(), 2)
	})
}

// A target's share of the time may end in the queue: the next one is asked.
func TestATargetsShareOfTheTimeEndsInTheQueue(t *testing.T) {
	fallback := buoy.WithFallback(buoy.Target{Model: "other"})
	bubble(t, one, []buoytest.Step{buoytest.ForModel("m", buoytest.Stall(1, 0))}, []buoy.Option{fallback}, func(t *testing.T, c *buoy.Client, _ *buoyload.Limiter, _ *buoytest.Server) {
		defer hold(t, c)()
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		begun := time.Now()
		resp, err := c.Chat(ctx, question())
		require.NoError(t, err)
		require.Equal(t, "other", resp.Info.Model)
		require.Equal(t, 10*time.Second, time.Since(begun))
	})
}

func TestTheCallersEndInTheQueueIsTheCallers(t *testing.T) {
	bubble(t, one, []buoytest.Step{buoytest.Stall(1, 0)}, nil, func(t *testing.T, c *buoy.Client, _ *buoyload.Limiter, srv *buoytest.Server) {
		defer hold(t, c)()
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		_, err := c.Chat(ctx, question())
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Equal(t, buoy.ErrTimeout, buoy.KindOf(err))

		ctx, cancel = context.WithCancel(t.Context())
		time.AfterFunc(5*time.Second, cancel)
		_, err = c.Chat(ctx, question())
		require.ErrorIs(t, err, context.Canceled)
		require.Equal(t, buoy.ErrCanceled, buoy.KindOf(err))

		_, err = c.Chat(t.Context(), question(), buoy.WithTimeouts(buoy.Timeouts{Call: 5 * time.Second}))
		require.Equal(t, buoy.ErrTimeout, buoy.KindOf(err))
		require.NotErrorIs(t, err, context.DeadlineExceeded)
		require.ErrorContains(t, err, "Timeouts.Call")
		require.Len(t, srv.Requests(), 1)
	})
}

// The limit is the same for all keys of an endpoint, so a refusal must not be
// taken for a key's and go round.
func TestARefusalWithSeveralKeysEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := buoytest.NewMemServer(t, buoytest.Stall(1, 0))
		p := one
		p.MaxWait = -1
		e := srv.Endpoint()
		e.Keys = []string{"one", "two", "three"}
		c, err := buoy.New(e, buoy.WithHTTPClient(&http.Client{Transport: srv.RoundTripper()}), inFront(limiter(t, p)))
		require.NoError(t, err)
		defer c.Close()
		defer hold(t, c)()
		_, err = c.Chat(t.Context(), question())
		require.Equal(t, buoy.ErrLimit, buoy.KindOf(err))
		require.Len(t, srv.Requests(), 1)
	})
}

// The place next to the wire works, too; there the attempt's timers run while a
// call waits.
func TestAsAttemptMiddleware(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := buoytest.NewMemServer(t, buoytest.Stall(1, 0))
		l := limiter(t, one)
		c, err := buoy.New(srv.Endpoint(), buoy.WithHTTPClient(&http.Client{Transport: srv.RoundTripper()}), buoy.WithAttemptMiddleware(l.Middleware()))
		require.NoError(t, err)
		defer c.Close()
		release := hold(t, c)
		time.AfterFunc(30*time.Second, release)
		require.NoError(t, drain(t.Context(), c))
		require.Len(t, srv.Requests(), 2)
	})
}

// A whole answer that travels as a stream teaches what a stream does.
func TestStreamedChatTeaches(t *testing.T) {
	slow := []buoytest.Step{buoytest.Always(buoytest.Delay(2*time.Second, buoytest.Slow(time.Second, "a", "b", "c")))}
	for _, streamed := range []bool{false, true} {
		var opts []buoy.Option
		if streamed {
			opts = append(opts, buoy.WithStreamedChat())
		}
		bubble(t, buoyload.Policy{}, slow, opts, func(t *testing.T, c *buoy.Client, l *buoyload.Limiter, _ *buoytest.Server) {
			for range 20 {
				_, err := c.Chat(t.Context(), question())
				require.NoError(t, err)
			}
			st := l.Snapshot()[0]
			if !streamed {
				require.Zero(t, st.FirstToken)
				return
			}
			require.InDelta(t, 2*time.Second, st.FirstToken, float64(1100*time.Millisecond)) // and not the 5 s of the whole
			require.Equal(t, st.FirstToken, st.Normal)
		})
	}
}

// From end to end: forty callers and a server that can serve eight at a time. The
// others wait here and not there.
func TestQueueIsHereAndNotThere(t *testing.T) {
	const slots, callers = 8, 40
	synctest.Test(t, func(t *testing.T) {
		var waiting, most atomic.Int64
		free := make(chan struct{}, slots)
		srv := buoytest.NewMemServer(t, buoytest.Always(buoytest.Func(func(w http.ResponseWriter, r *http.Request) {
			if n := waiting.Add(1); n > most.Load() {
				most.Store(n)
			}
			free <- struct{}{}
			waiting.Add(-1)
			defer func() { <-free }()
			flush := func(data string) {
				_, _ = w.Write([]byte("data: " + data + "\n\n"))
				_ = http.NewResponseController(w).Flush()
			}
			w.Header().Set("Content-Type", "text/event-stream")
			time.Sleep(200 * time.Millisecond)
			flush(`{"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":"a"},"finish_reason":null}]}`)
			time.Sleep(2 * time.Second)
			flush(`{"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}`)
			flush("[DONE]")
		})))
		l := limiter(t, buoyload.Policy{MaxWait: time.Hour})
		c, err := buoy.New(srv.Endpoint(), buoy.WithHTTPClient(&http.Client{Transport: srv.RoundTripper()}), inFront(l))
		require.NoError(t, err)
		defer c.Close()
		end := time.Now().Add(3 * time.Minute)
		var answers atomic.Int64
		var wg sync.WaitGroup
		for range callers {
			wg.Go(func() {
				for time.Now().Before(end) {
					if err := drain(t.Context(), c); err != nil {
						t.Error(err)
						return
					}
					answers.Add(1)
				}
			})
		}
		time.Sleep(time.Minute)
		most.Store(0) // it has learned
		var limits []int
		for range 120 {
			time.Sleep(time.Second)
			limits = append(limits, l.Snapshot()[0].Limit)
		}
		wg.Wait()
		slices.Sort(limits)
		t.Logf("limits %v of %d slots, at most %d waited at the server, %d answers", limits, slots, most.Load(), answers.Load())
		require.InDelta(t, slots, limits[len(limits)/2], 4)
		// Without the limiter 32 wait there. While it tries whether one more fits it
		// overshoots by up to six (measured over 20 runs), so the bound is eight.
		require.LessOrEqual(t, most.Load(), int64(slots))
		require.Greater(t, float64(answers.Load()), 3*60/2.2*slots*0.7)
	})
}

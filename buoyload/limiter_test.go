package buoyload_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoyload"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/stretchr/testify/require"
)

func limiter(t *testing.T, p buoyload.Policy) *buoyload.Limiter {
	t.Helper()
	l, err := buoyload.New(p)
	require.NoError(t, err)
	return l
}

// inFront puts a limiter where its documentation says.
func inFront(l *buoyload.Limiter) buoy.Option {
	parts := buoy.Standard()
	return buoy.WithChain(slices.Insert(parts, len(parts)-2, l.Middleware())...)
}

var noRetry = buoy.WithRetry(buoy.RetryPolicy{MaxAttempts: 1})

// bubble runs f in virtual time with a client, a limiter in front of its breaker,
// and a scripted server.
func bubble(t *testing.T, p buoyload.Policy, steps []buoytest.Step, opts []buoy.Option, f func(t *testing.T, c *buoy.Client, l *buoyload.Limiter, srv *buoytest.Server)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		srv := buoytest.NewMemServer(t, steps...)
		l := limiter(t, p)
		opts = append([]buoy.Option{buoy.WithHTTPClient(&http.Client{Transport: srv.RoundTripper()}), inFront(l)}, opts...)
		e := srv.Endpoint()
		e.Name = "desk"
		c, err := buoy.New(e, opts...)
		require.NoError(t, err)
		f(t, c, l, srv)
		require.NoError(t, c.Close())
		synctest.Wait()
		for _, s := range l.Snapshot() {
			require.Zero(t, s.InFlight, "a permit was lost")
			require.Zero(t, s.Waiting)
		}
	})
}

func question() buoy.Request {
	return buoy.Request{Model: "m", Messages: []buoy.Message{buoy.User("Hi")}}
}

// drain makes a streamed call and reads it to its end.
func drain(ctx context.Context, c *buoy.Client) error {
	s, err := c.Stream(ctx, question())
	if err != nil {
		return err
	}
	defer s.Close()
	for s.Next() {
	}
	return s.Err()
}

func TestMiddlewareKeepsItsPromises(t *testing.T) {
	for name, p := range map[string]buoyload.Policy{"with room": {}, "one at a time": {Max: 1, Initial: 1}} {
		t.Run(name, func(t *testing.T) {
			buoytest.TestMiddleware(t, func() buoy.Middleware { return limiter(t, p).Middleware() })
		})
	}
}

func TestNewRefusesContradictions(t *testing.T) {
	for _, c := range []struct {
		policy buoyload.Policy
		why    string
	}{
		{buoyload.Policy{Min: -1}, "not negative"},
		{buoyload.Policy{Samples: -1}, "not negative"},
		{buoyload.Policy{Min: 10, Max: 5}, "Min (10) is larger than Max (5)"},
		{buoyload.Policy{Max: 10, Initial: 20}, "Initial (20) is not between Min (1) and Max (10)"},
		{buoyload.Policy{Min: 30, Initial: 20}, "Initial (20) is not between Min (30) and Max (1000)"},
		{buoyload.Policy{Tolerance: 1}, "Tolerance (1) must be at least 1.2"},
	} {
		_, err := buoyload.New(c.policy)
		require.ErrorContains(t, err, c.why)
	}
	for _, p := range []buoyload.Policy{{}, {Max: 5}, {Min: 50}, {Min: 2000}, {Tolerance: 1.2}} {
		limiter(t, p)
	}
}

// What counts as overload brings the limit down to 0.7 of the one call that was in
// flight, twice in a row; all else leaves it alone.
func TestOutcomes(t *testing.T) {
	stream := func(ctx context.Context, c *buoy.Client) error { return drain(ctx, c) }
	chat := func(ctx context.Context, c *buoy.Client) error {
		_, err := c.Chat(ctx, question())
		return err
	}
	short := func(of func(context.Context, *buoy.Client) error) func(context.Context, *buoy.Client) error {
		return func(ctx context.Context, c *buoy.Client) error {
			ctx, cancel := context.WithTimeout(ctx, time.Second)
			defer cancel()
			return of(ctx, c)
		}
	}
	hasty := func(ctx context.Context, c *buoy.Client) error {
		ctx, cancel := context.WithCancel(ctx)
		time.AfterFunc(time.Second, cancel)
		return drain(ctx, c)
	}
	closing := func(ctx context.Context, c *buoy.Client) error {
		s, err := c.Stream(ctx, question())
		if err == nil {
			err = s.Close()
		}
		return err
	}
	for _, c := range []struct {
		name string
		step buoytest.Step
		call func(context.Context, *buoy.Client) error
		want buoy.Kind
		less bool
	}{
		{"429", buoytest.Fail(429), chat, buoy.ErrRateLimit, true},
		{"429 of a stream", buoytest.Fail(429), stream, buoy.ErrRateLimit, true},
		{"503", buoytest.Fail(503), chat, buoy.ErrOverloaded, true},
		{"529", buoytest.Fail(529), stream, buoy.ErrOverloaded, true},
		{"504", buoytest.Fail(504), chat, buoy.ErrTimeout, true},
		{"no whole answer in time", buoytest.Hang(0), chat, buoy.ErrTimeout, true},
		{"no first token in time", buoytest.Hang(0), stream, buoy.ErrTimeout, true},
		{"silence after some tokens", buoytest.Stall(2, 0), stream, buoy.ErrTimeout, true},

		{"500", buoytest.Fail(500), stream, buoy.ErrServer, false},
		{"502", buoytest.Fail(502), stream, buoy.ErrUpstream, false},
		{"400", buoytest.Fail(400), chat, buoy.ErrInvalidRequest, false},
		{"402", buoytest.Fail(402), stream, buoy.ErrQuota, false},
		{"a cut stream", buoytest.Cut(2), stream, buoy.ErrStreamInterrupted, false},
		{"HTML", buoytest.HTML(200), stream, buoy.ErrMalformed, false},
		{"the caller's deadline", buoytest.Hang(0), short(chat), buoy.ErrTimeout, false},
		{"the caller's deadline in a stream", buoytest.Stall(2, 0), short(stream), buoy.ErrTimeout, false},
		{"a cancellation", buoytest.Stall(2, 0), hasty, buoy.ErrCanceled, false},
		{"a stream closed early", buoytest.Stall(2, 0), closing, "", false},
		{"a good answer", buoytest.Reply("x"), chat, "", false},
		{"a good stream", buoytest.Reply("x"), stream, "", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			bubble(t, buoyload.Policy{}, []buoytest.Step{buoytest.Always(c.step)}, []buoy.Option{noRetry},
				func(t *testing.T, client *buoy.Client, l *buoyload.Limiter, _ *buoytest.Server) {
					for range 2 {
						err := c.call(t.Context(), client)
						require.Equal(t, c.want, buoy.KindOf(err), "%v", err)
						time.Sleep(time.Hour) // no key rests any more
					}
					want := 20
					if c.less {
						want = 1
					}
					require.Equal(t, want, l.Limit("desk", "m"))
				})
		})
	}
}

// A permit is held until the answer has ended, however it ends.
func TestPermitsAreHeldToTheEnd(t *testing.T) {
	for _, c := range []struct {
		name string
		step buoytest.Step
		end  func(s *buoy.Stream, cancel func())
	}{
		{"read to its end", buoytest.Reply("a b c"), func(s *buoy.Stream, _ func()) {
			for s.Next() {
			}
		}},
		{"cut", buoytest.Cut(2), func(s *buoy.Stream, _ func()) {
			for s.Next() {
			}
		}},
		{"closed", buoytest.Stall(1, 0), func(s *buoy.Stream, _ func()) { s.Close() }},
		{"cancelled and forgotten", buoytest.Stall(1, 0), func(_ *buoy.Stream, cancel func()) { cancel() }},
	} {
		t.Run(c.name, func(t *testing.T) {
			bubble(t, buoyload.Policy{}, []buoytest.Step{c.step}, nil, func(t *testing.T, client *buoy.Client, l *buoyload.Limiter, _ *buoytest.Server) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				s, err := client.Stream(ctx, question())
				require.NoError(t, err)
				time.Sleep(10 * time.Second) // it has begun, and nobody reads
				require.Equal(t, 1, l.Snapshot()[0].InFlight)
				c.end(s, cancel)
				synctest.Wait()
				require.Zero(t, l.Snapshot()[0].InFlight)
			})
		})
	}
}

func TestAPanicBelowGivesThePermitBack(t *testing.T) {
	l := limiter(t, buoyload.Policy{})
	below := l.Middleware()(func(context.Context, *buoy.Call) (*buoy.Reply, error) { panic("below") })
	require.PanicsWithValue(t, "below", func() { _, _ = below(t.Context(), &buoy.Call{Endpoint: "e", Model: "m"}) })
	require.Zero(t, l.Snapshot()[0].InFlight)
}

func TestOneLimitPerEndpointAndModelBounded(t *testing.T) {
	l := limiter(t, buoyload.Policy{})
	h := l.Middleware()(func(context.Context, *buoy.Call) (*buoy.Reply, error) { return nil, buoy.ErrOverloaded })
	for i := range 300 {
		for range 2 {
			_, err := h(t.Context(), &buoy.Call{Endpoint: "e", Model: fmt.Sprint(i)})
			require.ErrorIs(t, err, buoy.ErrOverloaded)
		}
	}
	all := l.Snapshot()
	require.Len(t, all, 256)
	require.Equal(t, "299", all[0].Model)
	require.Equal(t, 1, l.Limit("e", "299"))
	require.Equal(t, 20, l.Limit("e", "0"), "forgotten")
	require.Equal(t, 20, l.Limit("other", "299"))
	require.Len(t, l.Snapshot(), 256, "looking makes no limit")
}

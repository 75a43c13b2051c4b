package buoy_test

import (
	"context"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/stretchr/testify/require"
)

// Invariants 1, 10 and 12 over random policies, targets, keys and faults: a hedge
// is one of the allowed requests, one at most and the second; no body stays open,
// no goroutine is left, and the account of a call is complete when it returns.
func TestRacesOverRandomPolicies(t *testing.T) {
	runs := uint64(120)
	if testing.Short() {
		runs = 20
	}
	hedges := 0
	for seed := range runs {
		synctest.Test(t, func(t *testing.T) { hedges += randomRaces(t, seed) })
	}
	require.Greater(t, hedges, int(runs)/2, "the policies hardly ever hedge: this tests nothing")
}

func randomRaces(t *testing.T, seed uint64) (hedges int) {
	rng := rand.New(rand.NewPCG(seed, 9))
	hosts := byHost{}
	var servers []*buoytest.Server
	endpoint := func(i int) buoy.Endpoint {
		faults := buoytest.AllFaults(rng.Float64() * 0.5)
		faults.Slow, faults.Hang = 0.2, 0.2
		faults.Pause = time.Duration(rng.Int64N(int64(10 * time.Second)))
		faults.Hint = time.Duration(rng.Int64N(int64(10 * time.Second)))
		faults.HangFor = time.Duration(rng.Int64N(int64(2 * time.Minute)))
		srv := buoytest.NewMemServer(t, buoytest.Chaos(seed+uint64(i), faults))
		servers = append(servers, srv)
		hosts[strings.TrimPrefix(srv.URL, "http://")] = srv.RoundTripper()
		e := srv.Endpoint()
		e.Keys = []string{"a", "b", "c"}[:1+rng.IntN(3)]
		return e
	}
	policy := buoy.RetryPolicy{
		MaxAttempts: 1 + rng.IntN(5),
		BaseDelay:   time.Duration(rng.Int64N(int64(time.Second))),
		Budget:      buoy.RetryBudget{Capacity: 1 + rng.Float64()*100, Disabled: rng.IntN(2) == 0},
	}
	primary := endpoint(0)
	var targets []buoy.Target
	for i := range rng.IntN(3) {
		targets = append(targets, buoy.Target{Endpoint: endpoint(i + 1)})
	}
	bodies := &countedBodies{Next: hosts}
	var ended endedAttempts
	opts := []buoy.Option{
		buoy.WithFallback(targets...), buoy.WithRetry(policy), buoy.WithHTTPClient(&http.Client{Transport: bodies}),
		buoy.WithBreaker(buoy.BreakerPolicy{Disabled: rng.IntN(2) == 0}),
		buoy.WithHedge(buoy.HedgePolicy{After: 1 + time.Duration(rng.Int64N(int64(5*time.Second)))}),
		buoy.WithStreamRecovery(buoy.Recovery(rng.IntN(3))), buoy.WithObserver(&ended),
	}
	if rng.IntN(2) == 0 {
		opts = append(opts, buoy.WithStreamedChat())
	}
	c, err := buoy.New(primary, opts...)
	require.NoError(t, err)
	allowed := max(policy.MaxAttempts, 1+len(targets))
	sent := 0
	for range 10 {
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(1+rng.Int64N(int64(3*time.Minute))))
		_, attempts, _ := textOf(ctx, c, rng.IntN(2) == 0)
		cancel()
		synctest.Wait()
		require.LessOrEqual(t, len(attempts), allowed, "seed %d", seed)
		won := 0
		for i, a := range attempts {
			if a.Err == nil {
				won++
			}
			if a.Hedge {
				hedges++
				require.Equal(t, 1, i, "seed %d: a hedge is the second request", seed)
				require.False(t, a.Key == attempts[0].Key && a.Endpoint == attempts[0].Endpoint, "seed %d: the same key again", seed)
			}
		}
		require.LessOrEqual(t, won, 1, "seed %d", seed)
		sent += len(attempts)
		require.Zero(t, bodies.Open.Load(), "seed %d: a body stayed open", seed)
		require.EqualValues(t, sent, ended.Load(), "seed %d: an attempt has not ended", seed)
	}
	received := 0
	for _, s := range servers {
		received += len(s.Requests())
		s.Close()
	}
	require.Equal(t, received, sent, "seed %d: an attempt is not in the account", seed)
	return hedges
}

// Both are there at the same instant: one answer is delivered, and the other one's
// end stands in the account before the call goes on.
func TestADeadHeat(t *testing.T) {
	heat := []buoytest.Step{buoytest.ForKey("a", buoytest.Always(buoytest.Stall(0, 3*time.Second))), buoytest.ForKey("b", buoytest.Always(buoytest.Stall(0, time.Second)))}
	for _, stream := range []bool{false, true} {
		boundless := buoy.WithRetry(buoy.RetryPolicy{Budget: buoy.RetryBudget{Disabled: true}})
		keyed(t, []string{"a", "b"}, heat, []buoy.Option{after2s, boundless, buoy.WithStreamedChat()}, func(t *testing.T, d desk) {
			for range 300 {
				text, attempts, err := textOf(t.Context(), d.Client, stream)
				require.NoError(t, err)
				require.Equal(t, buoytest.DefaultText, text)
				require.Len(t, attempts, 2)
				require.True(t, (attempts[0].Err == nil) != (attempts[1].Err == nil), "%v, %v", attempts[0].Err, attempts[1].Err)
			}
		})
	}
}

// endedAttempts counts them.
type endedAttempts struct{ atomic.Int64 }

func (e *endedAttempts) ObserveAttempt(context.Context, buoy.AttemptEvent) { e.Add(1) }
func (e *endedAttempts) ObserveCall(context.Context, buoy.CallEvent)       {}

// Invariant 12: losers are neutral. Forty that lost open no breaker, and the time
// after which the next hedge starts is what it was.
func TestLosersAreNeutral(t *testing.T) {
	keyed(t, []string{"a", "b"}, nil, []buoy.Option{buoy.WithHedge(buoy.HedgePolicy{})}, func(t *testing.T, d desk) {
		d.Server.Script(buoytest.Always(late(2 * time.Second)))
		answered(t, d, 60, hello, true)
		for range 40 {
			n := len(d.Server.Requests())
			d.Server.Script(buoytest.Hang(0), late(time.Second))
			start := time.Now()
			require.NoError(t, call(t.Context(), d, true))
			require.Equal(t, 3*time.Second, time.Since(start))
			got := d.Server.Requests()[n:]
			require.Equal(t, 2*time.Second, got[1].At.Sub(got[0].At))
		}
		require.Equal(t, buoy.BreakerClosed, d.Breakers().State("desk", hello.Model))
		require.NoError(t, d.Breakers().Snapshot()[0].Cause)
	})
	// Nor are they successes: four failures, a loser, a failure are five in a row.
	four := buoytest.Times(4, buoytest.Error(500, ""))
	twoProviders(t, []buoytest.Step{four, buoytest.Hang(0), buoytest.Error(500, "")}, nil, nil, []buoy.Option{after2s}, func(t *testing.T, p pair) {
		once := buoy.WithRetry(buoy.RetryPolicy{MaxAttempts: 3})
		for i := range 4 {
			_, err := p.Chat(t.Context(), hello, once)
			require.NoError(t, err, "call %d", i)
		}
		require.Equal(t, buoy.BreakerOpen, p.Breakers().State("desk", hello.Model))
	})
}

// A hedge costs what a retry does, and no call that was hedged earns anything. The
// money comes back only where it was not even sent.
func TestWhoPaysForAHedge(t *testing.T) {
	keptBack := 0
	poor := buoy.WithRetry(buoy.RetryPolicy{Budget: buoy.RetryBudget{Capacity: 10, SuccessCredit: 0.001}})
	for _, tc := range []struct {
		name   string
		a, b   buoytest.Step
		opts   []buoy.Option
		hedges int // of 20 calls
	}{
		{"losers pay", late(5 * time.Second), late(5 * time.Second), nil, 2},
		{"so do winners", late(50 * time.Second), late(time.Second), nil, 2},
		{"not those that were kept back", late(50 * time.Second), late(time.Second), []buoy.Option{buoy.WithAttemptMiddleware(func(next buoy.Handler) buoy.Handler {
			return func(ctx context.Context, c *buoy.Call) (*buoy.Reply, error) {
				if c.Attempt == 2 && keptBack < 15 {
					keptBack++
					return nil, buoy.ErrLimit
				}
				return next(ctx, c)
			}
		})}, 2},
	} {
		t.Run(tc.name, func(t *testing.T) {
			keyed(t, []string{"a", "b"}, nil, append(tc.opts, after2s, poor), func(t *testing.T, d desk) {
				hedges := 0
				for range 20 {
					d.Server.Script(tc.a, tc.b)
					_, attempts, err := textOf(t.Context(), d.Client, true)
					require.NoError(t, err)
					hedges += len(attempts) - 1
				}
				require.Equal(t, tc.hedges, hedges)
			})
		})
	}
}

// A loser gives back its permit, or a key would be lost to all further calls.
func TestLosersGiveTheirPermitsBack(t *testing.T) {
	steps := []buoytest.Step{buoytest.Always(buoytest.Hang(0), late(time.Second))}
	for _, stream := range []bool{false, true} {
		keyed(t, []string{"a", "b"}, steps, []buoy.Option{after2s, buoy.WithRateLimit(buoy.RateLimit{Concurrent: 1})}, func(t *testing.T, d desk) {
			for range 50 {
				start := time.Now()
				_, attempts, err := textOf(t.Context(), d.Client, stream)
				require.NoError(t, err)
				require.Len(t, attempts, 2)
				require.Equal(t, 3*time.Second, time.Since(start))
			}
		})
	}
}

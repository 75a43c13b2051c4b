package chaos_test

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
	"github.com/buoy-go/buoy/internal/testdesk"
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
	hosts := testdesk.ByHost{}
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
	bodies := &testdesk.CountedBodies{Next: hosts}
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
		_, attempts, _ := testdesk.TextOf(ctx, c, rng.IntN(2) == 0)
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

// endedAttempts counts them.
type endedAttempts struct{ atomic.Int64 }

func (e *endedAttempts) ObserveAttempt(context.Context, buoy.AttemptEvent) { e.Add(1) }
func (e *endedAttempts) ObserveCall(context.Context, buoy.CallEvent)       {}

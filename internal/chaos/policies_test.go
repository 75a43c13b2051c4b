package chaos_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/buoy-go/buoy/internal/testdesk"
	"github.com/stretchr/testify/require"
)

// Invariants 1, 4 and 5 over random policies, targets, keys and faults: requests
// never exceed the allowance, none starts after the deadline, the call ends when
// nothing more can be done, and its error is one of the attempts'.
func TestInvariantsOverRandomPolicies(t *testing.T) {
	runs := uint64(400)
	if testing.Short() {
		runs = 50
	}
	for seed := range runs {
		synctest.Test(t, func(t *testing.T) { randomPolicy(t, seed) })
	}
}

func randomPolicy(t *testing.T, seed uint64) {
	rng := rand.New(rand.NewPCG(seed, 5))
	hosts := testdesk.ByHost{}
	var servers []*buoytest.Server
	endpoint := func(i int) buoy.Endpoint {
		faults := buoytest.AllFaults(rng.Float64())
		faults.Hint = time.Duration(rng.Int64N(int64(2 * time.Minute)))
		faults.HangFor = time.Duration(rng.Int64N(int64(5 * time.Minute)))
		srv := buoytest.NewMemServer(t, buoytest.Chaos(seed+uint64(i), faults))
		servers = append(servers, srv)
		hosts[strings.TrimPrefix(srv.URL, "http://")] = srv.RoundTripper()
		e := srv.Endpoint()
		e.Keys = []string{"a", "b", "c"}[:1+rng.IntN(3)]
		return e
	}
	policy := buoy.RetryPolicy{
		MaxAttempts: rng.IntN(8),
		BaseDelay:   time.Duration(rng.Int64N(int64(time.Second))),
		Budget:      buoy.RetryBudget{Capacity: rng.Float64() * 100, Disabled: rng.IntN(2) == 0},
	}
	primary := endpoint(0)
	var targets []buoy.Target
	for i := range rng.IntN(4) {
		targets = append(targets, buoy.Target{Endpoint: endpoint(i + 1), LargerContext: rng.IntN(2) == 0, OnModeration: rng.IntN(2) == 0})
	}
	c, err := buoy.New(primary, buoy.WithFallback(targets...), buoy.WithRetry(policy),
		buoy.WithHTTPClient(&http.Client{Transport: hosts}))
	require.NoError(t, err)
	attempts := policy.MaxAttempts
	if attempts == 0 {
		attempts = 5
	}
	allowed := max(attempts, 1+len(targets))
	received := func() (n int) {
		for _, s := range servers {
			n += len(s.Requests())
		}
		return n
	}
	for range 20 {
		before := received()
		limit := time.Duration(1 + rng.Int64N(int64(3*time.Minute)))
		ctx, cancel := context.WithTimeout(t.Context(), limit)
		start := time.Now()
		err := testdesk.Call(ctx, c, rng.IntN(2) == 0)
		require.LessOrEqual(t, time.Since(start), limit+200*time.Millisecond, "seed %d", seed)
		cancel()
		synctest.Wait()
		require.LessOrEqual(t, received()-before, allowed, "seed %d", seed)
		for _, s := range servers {
			for _, r := range s.Requests() {
				require.False(t, r.At.After(start.Add(limit)) && r.At.Before(time.Now()), "seed %d: an attempt began after the deadline", seed)
			}
		}
		if err == nil {
			continue
		}
		ce, ok := errors.AsType[*buoy.CallError](err)
		require.True(t, ok)
		require.NotEmpty(t, ce.Stop)
		if len(ce.Attempts) > 0 && ce.Attempts[0].Err != nil && ce.Stop == buoy.StopAttempts {
			found := false
			for _, a := range ce.Attempts {
				found = found || errors.Is(err, a.Err)
			}
			require.True(t, found, "seed %d: %v is none of its attempts' errors", seed, err)
		}
	}
	for _, s := range servers {
		s.Close()
	}
}

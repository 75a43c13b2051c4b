package buoy

import (
	"context"
	"testing"
	"time"

	"github.com/buoy-go/buoy/internal/latency"
	"github.com/stretchr/testify/require"
)

// The layer costs nothing while it is off, and nobody collects samples before
// somebody wants them.
func TestHedgeCostsNothingWhileOff(t *testing.T) {
	answer := &Reply{Response: new(Response)}
	below := standardHedge(func(context.Context, *Call) (*Reply, error) { return answer, nil })
	call := new(Call)
	stateOf(call)
	latencies := call.state.client.latencies // of all calls without a client
	wanted := latencies.Wanted()
	require.Zero(t, testing.AllocsPerRun(100, func() { _, _ = below(t.Context(), call) }))
	require.Equal(t, wanted, latencies.Wanted())
}

// When the second request starts, by policy and by what was seen.
func TestHedgeDelay(t *testing.T) {
	now := time.Now()
	key := latencyKey{targetKey{"desk", "m"}, true}
	for _, tc := range []struct {
		name   string
		policy HedgePolicy
		seen   int // samples of 1, 2, ... tenths of a second
		wait   time.Duration
		ok     bool
	}{
		{"fixed", HedgePolicy{After: 300 * time.Millisecond}, 0, 300 * time.Millisecond, true},
		{"cold", HedgePolicy{}, 49, 4700 * time.Millisecond, false},
		{"p95 of 50", HedgePolicy{}, 50, 4800 * time.Millisecond, true},
		{"p95 of 100", HedgePolicy{}, 100, 9500 * time.Millisecond, true},
		{"another quantile", HedgePolicy{Quantile: 0.5}, 100, 5 * time.Second, true},
		{"never under 1 s", HedgePolicy{Quantile: 0.05}, 100, time.Second, true},
		{"but where that was set", HedgePolicy{Quantile: 0.05, MinDelay: 100 * time.Millisecond}, 100, 500 * time.Millisecond, true},
		{"fewer samples do", HedgePolicy{MinSamples: 10}, 10, time.Second, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := &Client{latencies: latency.NewRegistry[latencyKey](maxTargets)}
			series := c.latencies.Of(key)
			for i := range tc.seen {
				series.Add(now, latency.Sample{Wait: time.Duration(i+1) * 100 * time.Millisecond})
			}
			wait, ok := tc.policy.delay(c, key, now.Add(time.Second))
			require.Equal(t, tc.ok, ok)
			require.Equal(t, tc.wait, wait)
			_, ok = (HedgePolicy{MinSamples: 1}).delay(c, latencyKey{targetKey{"desk", "m"}, false}, now)
			require.False(t, ok, "whole answers learn for themselves")
		})
	}
}

package lab_test

import (
	"testing"
	"time"

	"github.com/buoy-go/buoy/internal/lab"
	"github.com/stretchr/testify/require"
)

// Invariant 17: after an outage with retry load goodput is back soon; no
// metastable state. The scale is a tenth of the acceptance's, which
// examples/chaoslab runs whole; the ratios are the same.
func TestNoMetastableState(t *testing.T) {
	o := lab.Standard(1)
	o.Instances, o.Capacity, o.Before, o.After = 10, 250, 30*time.Second, 90*time.Second
	run := o.WithBuoy(t)
	require.GreaterOrEqual(t, run.Goodput(0, o.Before-time.Second), 0.999)
	end := o.Before + o.Down
	back, ok := run.Recovery(end, 0.95)
	require.True(t, ok)
	require.LessOrEqual(t, back, 30*time.Second)
	require.LessOrEqual(t, run.Amplification(o.Before, end), 1.25)

	naive := o.Naive(t, 5, 200*time.Millisecond, 2*time.Second)
	require.Greater(t, naive.Amplification(o.Before, end), 3.0, "the scenario must be one that retries can break")
	if back, ok := naive.Recovery(end, 0.95); ok {
		require.Greater(t, back, 30*time.Second)
	}
}

func TestTheMix(t *testing.T) {
	m := lab.Mix{Seed: 1, Calls: 20000}
	plain := m.Plain(t)
	require.InDelta(t, 0.87, plain.Rate(), 0.02)
	require.GreaterOrEqual(t, m.WithBuoy(t).Rate(), 0.999)
}

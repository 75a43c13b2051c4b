package latency

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Nobody collects samples before somebody wants them.
func TestRegistryIsIdleUntilAsked(t *testing.T) {
	r, now := NewRegistry[string](2), time.Now()
	require.False(t, r.Wanted())
	p99, n := r.Known("a", now)
	require.Zero(t, p99)
	require.Zero(t, n)
	require.False(t, r.Wanted(), "Known does not ask")

	r.Of("a").Add(now, Sample{Wait: time.Second})
	require.True(t, r.Wanted())
	p99, n = r.Known("a", now)
	require.Equal(t, time.Second, p99)
	require.Equal(t, 1, n)
	_, n = r.Known("b", now)
	require.Zero(t, n)
}

// Callers choose the names of models, so what is kept for each must be bounded.
func TestRegistryIsBounded(t *testing.T) {
	r := NewRegistry[int](8)
	first := r.Of(0)
	require.Same(t, first, r.Of(0))
	for i := range 20 {
		r.Of(i)
	}
	require.Equal(t, 8, r.series.Len())
	require.NotSame(t, first, r.Of(0))
}

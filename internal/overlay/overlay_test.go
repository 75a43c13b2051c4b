package overlay_test

import (
	"testing"
	"time"

	"github.com/buoy-go/buoy/internal/overlay"
	"github.com/stretchr/testify/require"
)

type settings struct {
	Wait   time.Duration
	Tries  int
	Budget budget
	Asked  func() bool
}

type budget struct {
	Cost     float64
	Disabled bool
}

func TestOf(t *testing.T) {
	base := settings{Wait: time.Second, Tries: 3, Budget: budget{Cost: 2, Disabled: true}, Asked: func() bool { return false }}
	got := overlay.Of(settings{Tries: 1, Budget: budget{Cost: 5}}, base)
	require.Equal(t, time.Second, got.Wait)
	require.Equal(t, 1, got.Tries)
	require.Equal(t, budget{Cost: 5, Disabled: true}, got.Budget)
	require.False(t, got.Asked())
	require.Equal(t, 3, base.Tries) // neither is changed

	got = overlay.Of(settings{Asked: func() bool { return true }}, base)
	require.True(t, got.Asked())
	require.Equal(t, 3, got.Tries)
}

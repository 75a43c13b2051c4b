package affinity_test

import (
	"testing"

	"github.com/buoy-go/buoy/internal/affinity"
	"github.com/stretchr/testify/require"
)

func TestStaysAreForgotten(t *testing.T) {
	s := affinity.NewStays()
	require.True(t, s.None())
	s.Left(7, 2)
	require.False(t, s.None())
	target, ok := s.Target(7)
	require.True(t, ok)
	require.Equal(t, 2, target)
	_, ok = s.Target(8)
	require.False(t, ok)
	s.Back(7)
	s.Back(7)
	require.True(t, s.None())

	for c := range uint64(affinity.MaxStays + 1) {
		s.Left(c, 1)
	}
	_, ok = s.Target(0)
	require.False(t, ok, "they are bounded")
	_, ok = s.Target(1)
	require.True(t, ok)
}

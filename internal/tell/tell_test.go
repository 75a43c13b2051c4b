package tell_test

import (
	"testing"

	"github.com/buoy-go/buoy/internal/tell"
	"github.com/stretchr/testify/require"
)

// All hear of it in order, also those after one that panics, and the panic goes on.
func TestAll(t *testing.T) {
	var heard []int
	hear := func(i int) {
		heard = append(heard, i)
		if i == 1 || i == 3 {
			panic(i)
		}
	}
	require.Panics(t, func() { tell.All([]int{0, 1, 2, 3, 4}, hear) })
	require.Equal(t, []int{0, 1, 2, 3, 4}, heard)
	require.NotPanics(t, func() { tell.All(nil, hear) })
}

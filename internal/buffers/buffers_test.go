package buffers_test

import (
	"testing"

	"github.com/buoy-go/buoy/internal/buffers"
	"github.com/stretchr/testify/require"
)

func TestBuffersAreEmpty(t *testing.T) {
	for _, size := range []int{0, 1, 1 << 10, 1<<20 + 1} {
		b := buffers.Get()
		require.Zero(t, b.Len())
		b.Write(make([]byte, size))
		buffers.Put(b)
	}
	for range 10 {
		b := buffers.Get()
		require.Zero(t, b.Len())
		require.LessOrEqual(t, b.Cap(), 1<<20, "a giant was kept")
	}
}

package turns

import (
	"errors"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestATurnMakesItsCalls(t *testing.T) {
	var made atomic.Int64
	c, err := turn(100, 8, func() error { made.Add(1); return nil })
	require.NoError(t, err)
	require.EqualValues(t, 100, made.Load())
	require.Positive(t, c.time)
	var n atomic.Int64
	once := func() error {
		if n.Add(1) == 1 {
			return errors.ErrUnsupported
		}
		return nil
	}
	_, err = turn(100, 8, once)
	require.NoError(t, err, "one of a hundred is let pass")
	_, err = turn(3, 8, func() error { return errors.ErrUnsupported })
	require.ErrorIs(t, err, errors.ErrUnsupported)
}

func TestMedian(t *testing.T) {
	of := func(_ int, c cost) float64 { return float64(c.time) }
	require.Equal(t, 2.0, median([]cost{{time: 9}, {time: 1}, {time: 2}}, of))
	require.Equal(t, 2.5, median([]cost{{time: 9}, {time: 1}, {time: 2}, {time: 3}}, of))
}

func TestCompare(t *testing.T) {
	var one, other atomic.Int64
	r := testing.Benchmark(func(b *testing.B) {
		Compare(b, 10, 2, Way{"one", func() error { one.Add(1); return nil }}, Way{"other", func() error { other.Add(1); return nil }})
	})
	require.Equal(t, one.Load(), other.Load())
	require.Positive(t, r.Extra["ratio"])
	for _, metric := range []string{"one-ns/call", "other-ns/call", "one-allocs/call", "other-cpu-ns/call", "cpu-ratio"} {
		require.Contains(t, r.Extra, metric)
	}
}

package purse_test

import (
	"sync"
	"sync/atomic"
	"testing"

	"github.com/buoy-go/buoy/internal/purse"
	"github.com/stretchr/testify/require"
)

func TestABucketBeginsFullAndStaysWithinItsCapacity(t *testing.T) {
	p := purse.New[string](10)
	require.EqualValues(t, 12, p.Level("a", 12))
	require.True(t, p.Take("a", 12, 5, 0))
	require.True(t, p.Take("a", 12, 5, 0))
	require.False(t, p.Take("a", 12, 5, 0), "two are left")
	require.EqualValues(t, 2, p.Level("a", 12), "a refusal takes nothing")
	require.True(t, p.Take("a", 12, 2, 0), "to the last token")
	p.Give("a", 12, 1)
	require.EqualValues(t, 1, p.Level("a", 12))
	p.Give("a", 12, 100)
	require.EqualValues(t, 12, p.Level("a", 12))
	require.EqualValues(t, 7, p.Level("b", 7), "each key has its own")
}

// The capacity is the caller's: one that is lower takes from the same bucket and
// fills it no further than its own.
func TestTheCapacityComesWithEachUse(t *testing.T) {
	p := purse.New[string](10)
	require.True(t, p.Take("a", 10, 1, 0))
	p.Give("a", 5, 1)
	require.EqualValues(t, 5, p.Level("a", 10))
}

func TestThePurseIsBounded(t *testing.T) {
	p := purse.New[int](3)
	for key := range 4 {
		require.True(t, p.Take(key, 10, 4, 0))
	}
	require.EqualValues(t, 6, p.Level(1, 10))
	require.EqualValues(t, 10, p.Level(0, 10), "the oldest was forgotten, and begins anew")
}

func TestNothingIsSpentTwice(t *testing.T) {
	p := purse.New[string](10)
	var taken atomic.Int64
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 100 {
				if p.Take("a", 500, 1, 0) {
					taken.Add(1)
				}
			}
		})
	}
	wg.Wait()
	require.EqualValues(t, 500, taken.Load())
	require.Zero(t, p.Level("a", 500))
}

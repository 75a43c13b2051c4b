package gate

import (
	"cmp"
	"math"
	"slices"
)

// recentLimit is how many numbers a [Recent] remembers where it is not told.
const recentLimit = 128

// Recent tells quantiles of the last numbers, 128 of them or as many as it is told. It is not safe for concurrent
// use. The zero value is ready for use.
type Recent struct {
	limit  int     // 0 is recentLimit
	order  []int64 // a ring, next being its oldest
	next   int
	sorted []int64
}

// Add takes in a number, in place of the oldest where there are enough.
func (r *Recent) Add(v int64) {
	limit := cmp.Or(r.limit, recentLimit)
	if len(r.order) < limit {
		r.order = append(r.order, v)
	} else {
		i, _ := slices.BinarySearch(r.sorted, r.order[r.next])
		r.sorted = slices.Delete(r.sorted, i, i+1)
		r.order[r.next] = v
		r.next = (r.next + 1) % limit
	}
	i, _ := slices.BinarySearch(r.sorted, v)
	r.sorted = slices.Insert(r.sorted, i, v)
}

// Len is how many numbers there are.
func (r *Recent) Len() int { return len(r.sorted) }

// Quantile returns the smallest number that a share q of all does not exceed, 0
// where there are none.
func (r *Recent) Quantile(q float64) int64 {
	n := len(r.sorted)
	if n == 0 {
		return 0
	}
	return r.sorted[max(0, int(math.Ceil(q*float64(n)))-1)]
}

// Package turns compares in benchmarks what two ways to do the same cost, on a machine
// that may have other work: they take turns, and what counts is the median of the ratios
// of neighbouring turns. Single runs differed by a tenth.
package turns

import (
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Way is a way to do something.
type Way struct {
	Name string
	Do   func() error // safe for concurrent use
}

// Compare gives each of two ways a turn of so many calls for each iteration, with so many
// in flight. The first of a pair of turns changes. It reports for each way what a call
// takes, by the clock and of the processors, as the median of the turns, and its
// allocations; and how much of the processors' time, and by the clock, the second takes
// for each unit of the first: "cpu-ratio" and "ratio", medians of the pairs. Where the
// two use the same machine fully, "ratio" is the throughput of the first in terms of the
// second's.
func Compare(b *testing.B, calls, inFlight int, first, second Way) {
	ways := [2]Way{first, second}
	for _, w := range ways { // connections, pools
		if _, err := turn(calls/4+1, inFlight, w.Do); err != nil {
			b.Fatal(w.Name, ": ", err)
		}
	}
	var spent [2][]cost
	for i := 0; b.Loop(); i++ {
		for _, at := range [2]int{i % 2, 1 - i%2} {
			c, err := turn(calls, inFlight, ways[at].Do)
			if err != nil {
				b.Fatal(ways[at].Name, ": ", err)
			}
			spent[at] = append(spent[at], c)
		}
	}
	for i, w := range ways {
		b.ReportMetric(median(spent[i], func(_ int, c cost) float64 { return float64(c.time) / float64(calls) }), w.Name+"-ns/call")
		b.ReportMetric(median(spent[i], func(_ int, c cost) float64 { return float64(c.processor) / float64(calls) }), w.Name+"-cpu-ns/call")
		b.ReportMetric(median(spent[i], func(_ int, c cost) float64 { return float64(c.allocations) / float64(calls) }), w.Name+"-allocs/call")
	}
	b.ReportMetric(median(spent[0], func(i int, c cost) float64 { return float64(spent[1][i].time) / float64(c.time) }), "ratio")
	b.ReportMetric(median(spent[0], func(i int, c cost) float64 { return float64(spent[1][i].processor) / float64(max(c.processor, 1)) }), "cpu-ratio")
	b.ReportMetric(0, "ns/op") // of a pair of turns: nobody's number
}

// cost is what a turn took.
type cost struct {
	time, processor time.Duration
	allocations     uint64
}

// turn makes so many calls, and returns one of their errors where more than one of a
// hundred failed: a reverse proxy loses a stream now and then.
func turn(calls, inFlight int, do func() error) (cost, error) {
	var left atomic.Int64
	left.Store(int64(calls))
	var failures atomic.Int64
	var failed atomic.Pointer[error]
	var all sync.WaitGroup
	runtime.GC() // each pays for its own garbage
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	begun, processor := time.Now(), ProcessTime()
	for range inFlight {
		all.Go(func() {
			for left.Add(-1) >= 0 {
				if err := do(); err != nil {
					failures.Add(1)
					failed.Store(&err)
				}
			}
		})
	}
	all.Wait()
	c := cost{time: time.Since(begun), processor: ProcessTime() - processor}
	runtime.ReadMemStats(&after)
	c.allocations = after.Mallocs - before.Mallocs
	if failures.Load() > int64(calls/100) {
		return c, *failed.Load()
	}
	return c, nil
}

func median(turns []cost, of func(i int, c cost) float64) float64 {
	values := make([]float64, len(turns))
	for i, c := range turns {
		values[i] = of(i, c)
	}
	slices.Sort(values)
	return (values[(len(values)-1)/2] + values[len(values)/2]) / 2
}

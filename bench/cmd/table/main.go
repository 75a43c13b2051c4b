// Command table prints how buoy compares with the reference and with other SDKs,
// as the Markdown table of docs/performance.md:
//
//	go run ./cmd/table
//
// Each client takes turns of some milliseconds with the reference, and with nobody
// else: the garbage of a third would change how often both meet the collector. A
// time is the best of all turns, since what else runs on a machine can only make it
// slower; a ratio is the median of the rounds', in which both met the same weather.
package main

import (
	"flag"
	"fmt"
	"log"
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/buoy-go/buoy/bench"
)

func main() {
	log.SetFlags(0)
	rounds := flag.Int("rounds", 60, "how often the clients take turns")
	turn := flag.Duration("turn", 10*time.Millisecond, "how long a turn takes, about")
	flag.Parse()
	if err := table(*rounds, *turn); err != nil {
		log.Fatal(err)
	}
}

func table(rounds int, turn time.Duration) error {
	contenders := bench.Contenders()
	fmt.Printf("%s, %s/%s, %d CPUs, %d rounds\n\n", runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.GOMAXPROCS(0), rounds)
	head, line := "| case |", "|---|"
	for _, who := range contenders {
		head += " " + who.Name + " |"
		line += "---|"
	}
	fmt.Println(head + "\n" + line)
	for _, c := range bench.Cases() {
		cells, err := compareAll(c, contenders, rounds, turn)
		if err != nil {
			return fmt.Errorf("%s: %w", c.Name, err)
		}
		fmt.Println("| " + c.Name + " | " + strings.Join(cells, " | ") + " |")
	}
	return layers(rounds, turn)
}

// compareAll measures one case and returns a cell for each contender.
func compareAll(c bench.Case, contenders []bench.Contender, rounds int, turn time.Duration) ([]string, error) {
	run, err := c.Prepare(contenders[0])
	if err != nil {
		return nil, err
	}
	reference := &runner{run: run}
	best := math.Inf(1)
	cells := []string{""}
	for _, who := range contenders[1:] {
		if run, err = c.Prepare(who); err != nil {
			return nil, err
		}
		r := &runner{run: run}
		reference.nanos = nil
		runtime.GC()
		if err := compare([]*runner{reference, r}, rounds, turn); err != nil {
			return nil, err
		}
		best = min(best, reference.best())
		ratio := fmt.Sprintf("%.2f", r.ratio(reference))
		if who.Name == "buoy" {
			ratio = "**" + ratio + "**"
		}
		cells = append(cells, cell(ratio, r.best(), r.allocs, c.Chunks))
	}
	cells[0] = cell("1", best, reference.allocs, c.Chunks)
	return cells, nil
}

func cell(ratio string, nanos, allocs float64, chunks int) string {
	if chunks > 0 {
		return fmt.Sprintf("%s (%s, %.2g a chunk)", ratio, micros(nanos), allocs/float64(chunks))
	}
	return fmt.Sprintf("%s (%s, %.0f)", ratio, micros(nanos), allocs)
}

func layers(rounds int, turn time.Duration) error {
	standard, bare, err := bench.Layers()
	if err != nil {
		return err
	}
	with, without := &runner{run: standard}, &runner{run: bare}
	if err := compare([]*runner{without, with}, rounds, turn); err != nil {
		return err
	}
	fmt.Printf("\nLayers: %s and %.0f allocations (%s and %.0f with them, %s and %.0f without)\n",
		micros(with.best()-without.best()), with.allocs-without.allocs,
		micros(with.best()), with.allocs, micros(without.best()), without.allocs)
	return nil
}

// runner is something to be measured, and what came out: nanoseconds, one of each
// turn, and allocations.
type runner struct {
	run    func() error
	nanos  []float64
	allocs float64
}

func (r *runner) best() float64 { return slices.Min(r.nanos) }

// ratio is the median of the rounds' ratios to a reference.
func (r *runner) ratio(reference *runner) float64 {
	ratios := make([]float64, len(r.nanos))
	for i := range ratios {
		ratios[i] = r.nanos[i] / reference.nanos[i]
	}
	slices.Sort(ratios)
	return ratios[len(ratios)/2]
}

// compare lets the runners take turns.
func compare(runners []*runner, rounds int, turn time.Duration) error {
	repeats := make([]int, len(runners))
	for i, r := range runners {
		var failed error
		r.allocs = testing.AllocsPerRun(20, func() {
			if err := r.run(); err != nil {
				failed = err
			}
		})
		if failed != nil {
			return failed
		}
		n, begun := 0, time.Now()
		for ; time.Since(begun) < 5*turn; n++ {
			_ = r.run() // it has just succeeded
		}
		repeats[i] = max(n/5, 1)
	}
	for range rounds {
		for i, r := range runners {
			begun := time.Now()
			for range repeats[i] {
				if err := r.run(); err != nil {
					return err
				}
			}
			r.nanos = append(r.nanos, float64(time.Since(begun))/float64(repeats[i]))
		}
	}
	return nil
}

func micros(nanos float64) string {
	if us := nanos / 1000; us >= 10 {
		return fmt.Sprintf("%.0f µs", us)
	}
	return fmt.Sprintf("%.1f µs", nanos/1000)
}

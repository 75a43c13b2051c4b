// Command table prints how buoy compares with the reference and with other SDKs,
// as the Markdown table of docs/performance.md:
//
//	go run ./cmd/table -rounds 5 -benchtime 200ms
//
// The clients take turns in each round and the best round counts: what else runs
// on a machine can only make a benchmark slower.
package main

import (
	"flag"
	"fmt"
	"log"
	"math"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/buoy-go/buoy/bench"
)

func main() {
	log.SetFlags(0)
	testing.Init()
	rounds := flag.Int("rounds", 5, "how often each client is measured")
	benchtime := flag.Duration("benchtime", 200*time.Millisecond, "how long each measurement takes")
	flag.Parse()
	if err := flag.Set("test.benchtime", benchtime.String()); err != nil {
		log.Fatal(err)
	}
	if err := table(*rounds); err != nil {
		log.Fatal(err)
	}
}

// result is the best of several rounds.
type result struct {
	nanos  float64
	allocs int64
}

func table(rounds int) error {
	contenders := bench.Contenders()
	fmt.Printf("%s, %s/%s, %d CPUs; best of %d rounds\n\n", runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), rounds)
	head, line := "| case |", "|---|"
	for _, who := range contenders {
		head += " " + who.Name + " |"
		line += "---|"
	}
	fmt.Println(head + "\n" + line)
	for _, c := range bench.Cases() {
		best := make([]result, len(contenders))
		runs := make([]func() error, len(contenders))
		for i, who := range contenders {
			var err error
			if runs[i], err = c.Prepare(who); err != nil {
				return err
			}
		}
		for range rounds {
			for i, run := range runs {
				if err := measure(run, &best[i]); err != nil {
					return fmt.Errorf("%s, %s: %w", c.Name, contenders[i].Name, err)
				}
			}
		}
		row := "| " + c.Name + " |"
		for i, r := range best {
			row += cell(r, best[0], contenders[i].Name == bench.Reference, c.Chunks)
		}
		fmt.Println(row)
	}
	return layers(rounds)
}

// cell is the ratio to the reference, the time and the allocations; those of a
// stream are for one chunk.
func cell(r, ref result, isReference bool, chunks int) string {
	var b strings.Builder
	if isReference {
		b.WriteString(" 1")
	} else {
		fmt.Fprintf(&b, " **%.2f**", r.nanos/ref.nanos)
	}
	if chunks > 0 {
		per := float64(chunks)
		fmt.Fprintf(&b, " (%s, %.2g a chunk) |", micros(r.nanos), float64(r.allocs)/per)
	} else {
		fmt.Fprintf(&b, " (%s, %d) |", micros(r.nanos), r.allocs)
	}
	return b.String()
}

func layers(rounds int) error {
	standard, bare, err := bench.Layers()
	if err != nil {
		return err
	}
	var with, without result
	for range rounds {
		if err := measure(standard, &with); err != nil {
			return err
		}
		if err := measure(bare, &without); err != nil {
			return err
		}
	}
	fmt.Printf("\nLayers: %s and %d allocations (%s and %d with them, %s and %d without)\n",
		micros(with.nanos-without.nanos), with.allocs-without.allocs,
		micros(with.nanos), with.allocs, micros(without.nanos), without.allocs)
	return nil
}

func measure(run func() error, best *result) error {
	runtime.GC() // nobody pays for what the client before has left behind
	var failed error
	r := testing.Benchmark(func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if failed = run(); failed != nil {
				b.FailNow()
			}
		}
	})
	if failed != nil {
		return failed
	}
	got := result{float64(r.T.Nanoseconds()) / float64(r.N), r.AllocsPerOp()}
	if best.nanos == 0 || got.nanos < best.nanos {
		best.nanos = got.nanos
	}
	if best.allocs == 0 || got.allocs < best.allocs {
		best.allocs = got.allocs
	}
	return nil
}

func micros(nanos float64) string {
	us := nanos / 1000
	switch {
	case math.Abs(us) < 10:
		return fmt.Sprintf("%.1f µs", us)
	default:
		return fmt.Sprintf("%.0f µs", us)
	}
}

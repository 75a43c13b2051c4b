package bench_test

import (
	"testing"

	"github.com/buoy-go/buoy/bench"
)

// BenchmarkClients measures each client in each case. A stream's time and
// allocations are those of all its chunks.
func BenchmarkClients(b *testing.B) {
	for _, c := range bench.Cases() {
		for _, who := range bench.Contenders() {
			b.Run(c.Name+"/"+who.Name, func(b *testing.B) {
				run, err := c.Prepare(who)
				if err != nil {
					b.Fatal(err)
				}
				measure(b, run)
			})
		}
	}
}

// BenchmarkLayers measures what buoy's layers cost by themselves.
func BenchmarkLayers(b *testing.B) {
	standard, bare, err := bench.Layers()
	if err != nil {
		b.Fatal(err)
	}
	b.Run("standard", func(b *testing.B) { measure(b, standard) })
	b.Run("none", func(b *testing.B) { measure(b, bare) })
}

func measure(b *testing.B, run func() error) {
	b.ReportAllocs()
	for b.Loop() {
		if err := run(); err != nil {
			b.Fatal(err)
		}
	}
}

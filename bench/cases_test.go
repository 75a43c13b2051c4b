package bench_test

import (
	"testing"

	"github.com/buoy-go/buoy/bench"
)

// A comparison is worth something only if all do the same work: each run checks
// what came out, and fails when it is not what was sent.
func TestEveryClientDoesTheWork(t *testing.T) {
	for _, c := range bench.Cases() {
		for _, who := range bench.Contenders() {
			t.Run(c.Name+"/"+who.Name, func(t *testing.T) {
				run, err := c.Prepare(who)
				if err != nil {
					t.Fatal(err)
				}
				for range 2 {
					if err := run(); err != nil {
						t.Fatal(err)
					}
				}
			})
		}
	}
}

func TestLayers(t *testing.T) {
	standard, bare, err := bench.Layers()
	if err != nil {
		t.Fatal(err)
	}
	for name, run := range map[string]func() error{"standard": standard, "none": bare} {
		if err := run(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

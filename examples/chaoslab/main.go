// Chaoslab shows, in virtual time and with a seed, what a provider's outage does
// to a fleet of services: with buoy's defaults, and with naive retries. It prints
// a table and writes an HTML report with plots.
//
//	go run ./examples/chaoslab                        one to three minutes
//	go run ./examples/chaoslab -quick -o report.html  a tenth of the fleet, some ten seconds
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/buoy-go/buoy/internal/lab"
)

func main() {
	// The simulation runs in testing/synctest, whose clock stands still while
	// anybody computes; that needs a *testing.T, and so a test without go test.
	testing.Init()
	seed := flag.Uint64("seed", 1, "the same seed gives the same run")
	quick := flag.Bool("quick", false, "a tenth of the fleet")
	out := flag.String("o", filepath.Join(os.TempDir(), "buoy-chaoslab.html"), "where the report goes")
	flag.Usage = func() { // without the flags of package testing
		flag.VisitAll(func(f *flag.Flag) {
			if !strings.HasPrefix(f.Name, "test.") {
				fmt.Fprintf(flag.CommandLine.Output(), "  -%-6s %s (default %s)\n", f.Name, f.Usage, f.DefValue)
			}
		})
	}
	flag.Parse()

	testing.Main(func(string, string) (bool, error) { return true, nil }, []testing.InternalTest{{
		Name: "chaoslab",
		F: func(t *testing.T) {
			began := time.Now()
			r := simulate(t, *seed, *quick)
			r.quick = *quick
			r.print(os.Stdout)
			if err := r.write(*out); err != nil {
				t.Fatal(err)
			}
			fmt.Printf("\nThis took %v. The plots are in %s\n", time.Since(began).Round(time.Second), *out)
			if !r.passed() {
				t.Fatal("a goal was missed")
			}
		},
	}}, nil, nil)
}

func simulate(t *testing.T, seed uint64, quick bool) report {
	o := lab.Standard(seed)
	m := lab.Mix{Seed: seed, Calls: 40000}
	if quick {
		o.Instances, o.Capacity, m.Calls = o.Instances/10, o.Capacity/10, m.Calls/10
	}
	if quick {
		fmt.Println("This takes some ten seconds.")
	} else {
		fmt.Println("This takes one to three minutes; -quick takes some ten seconds.")
	}
	fmt.Printf("%d services with %.0f calls a second each, a provider that serves %.0f a second;\n%v of health, %v of outage, %v of health again.\n\n",
		o.Instances, o.PerSecond, o.Capacity, o.Before, o.Down, o.After)
	return report{
		outage: o,
		buoy:   o.WithBuoy(t),
		naive:  o.Naive(t, 5, 200*time.Millisecond, 2*time.Second),
		plain:  m.Plain(t),
		mix:    m.WithBuoy(t),
	}
}

// report is what the runs have shown.
type report struct {
	outage      lab.Outage
	buoy, naive lab.Run
	plain, mix  lab.Outcome
	quick       bool
}

// The goals of the acceptance.
const (
	recoverWithin    = 30 * time.Second
	maxAmplification = 1.25
	minSuccess       = 0.999
)

func (r report) end() time.Duration { return r.outage.Before + r.outage.Down }

func (r report) passed() bool {
	back, ok := r.buoy.Recovery(r.end(), 0.95)
	return ok && back <= recoverWithin &&
		r.buoy.Amplification(r.outage.Before, r.end()) <= maxAmplification && r.mix.Rate() >= minSuccess
}

func (r report) print(f *os.File) {
	w := tabwriter.NewWriter(f, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "outage\tbuoy\tnaive retries\tgoal")
	fmt.Fprintf(w, "answered before it\t%.1f %%\t%.1f %%\t\n",
		100*r.buoy.Goodput(0, r.outage.Before), 100*r.naive.Goodput(0, r.outage.Before))
	fmt.Fprintf(w, "requests for each call during it\t%.2f\t%.2f\t<= %.2f\n",
		r.buoy.Amplification(r.outage.Before, r.end()), r.naive.Amplification(r.outage.Before, r.end()), maxAmplification)
	fmt.Fprintf(w, "95 %% answered again after\t%s\t%s\t<= %.0f s\n",
		recovery(r.buoy, r.end()), recovery(r.naive, r.end()), recoverWithin.Seconds())
	fmt.Fprintf(w, "answered in the last minute\t%.1f %%\t%.1f %%\t\n",
		100*r.lastMinute(r.buoy), 100*r.lastMinute(r.naive))
	fmt.Fprintln(w, "\t\t\t")
	fmt.Fprintln(w, "a little of every fault\tbuoy, one fallback\tplain 10 s timeout\tgoal")
	fmt.Fprintf(w, "good answers\t%.3f %%\t%.1f %%\t>= %.1f %%\n", 100*r.mix.Rate(), 100*r.plain.Rate(), 100*minSuccess)
	fmt.Fprintf(w, "requests for each call\t%.2f\t%.2f\t\n",
		float64(r.mix.Requests)/float64(r.mix.Calls), float64(r.plain.Requests)/float64(r.plain.Calls))
	_ = w.Flush() // to standard output
}

func (r report) lastMinute(run lab.Run) float64 {
	total := r.end() + r.outage.After
	return run.Goodput(total-time.Minute, total)
}

func recovery(run lab.Run, end time.Duration) string {
	d, ok := run.Recovery(end, 0.95)
	if !ok {
		return "never"
	}
	return fmt.Sprintf("%.0f s", d.Seconds())
}

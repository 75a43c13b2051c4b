package main

import (
	_ "embed"
	"fmt"
	"html/template"
	"os"
	"time"

	"github.com/buoy-go/buoy/internal/lab"
)

//go:embed report.html
var source string

var page = template.Must(template.New("report").Parse(source))

// write renders the report as one HTML file that loads nothing.
func (r report) write(path string) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	err = page.Execute(f, map[string]any{
		"Outage": r.outage,
		"Plots": []plot{
			r.plot("Calls answered", "calls a second", func(run lab.Run) []int { return run.Good }),
			r.plot("Requests that reached the provider", "requests a second", func(run lab.Run) []int { return run.Requests }),
		},
		"Rows": []row{
			{"answered before the outage", percent(r.buoy.Goodput(0, r.outage.Before)), percent(r.naive.Goodput(0, r.outage.Before)), ""},
			{"requests for each call during it", fmt.Sprintf("%.2f", r.buoy.Amplification(r.outage.Before, r.end())),
				fmt.Sprintf("%.2f", r.naive.Amplification(r.outage.Before, r.end())), fmt.Sprintf("at most %.2f", maxAmplification)},
			{"95 % answered again after", recovery(r.buoy, r.end()), recovery(r.naive, r.end()), fmt.Sprintf("at most %.0f s", recoverWithin.Seconds())},
			{"answered in the last minute", percent(r.lastMinute(r.buoy)), percent(r.lastMinute(r.naive)), ""},
		},
		"Mix": []row{
			{"good answers", percent(r.mix.Rate()), percent(r.plain.Rate()), fmt.Sprintf("at least %.1f %%", 100*minSuccess)},
			{"requests for each call", perCall(r.mix), perCall(r.plain), ""},
		},
		"Command": r.command(),
	})
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	return err
}

// row is a line of a table: a figure of buoy's, one of the other client's, and what
// buoy's has to be.
type row struct{ What, Buoy, Other, Goal string }

// command makes the same report again.
func (r report) command() string {
	if r.quick {
		return fmt.Sprintf("go run ./examples/chaoslab -seed %d -quick", r.outage.Seed)
	}
	return fmt.Sprintf("go run ./examples/chaoslab -seed %d", r.outage.Seed)
}

func percent(v float64) string { return fmt.Sprintf("%.2f %%", 100*v) }

func perCall(o lab.Outcome) string {
	return fmt.Sprintf("%.2f", float64(o.Requests)/float64(max(1, o.Calls)))
}

func (r report) total() time.Duration { return r.end() + r.outage.After }

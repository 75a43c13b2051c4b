package main

import (
	"fmt"
	"html/template"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/buoy-go/buoy/internal/lab"
)

// write renders the report as one HTML file without any dependency.
func (r report) write(path string) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	err = page.Execute(f, map[string]any{
		"Outage": r.outage,
		"Plots": []plot{
			r.plot("Calls answered, a second", func(run lab.Run) []int { return run.Good }),
			r.plot("Requests that reached the provider, a second", func(run lab.Run) []int { return run.Requests }),
		},
		"Rows": [][]string{
			{"requests for each call during the outage", fmt.Sprintf("%.2f", r.buoy.Amplification(r.outage.Before, r.end())),
				fmt.Sprintf("%.2f", r.naive.Amplification(r.outage.Before, r.end()))},
			{"95 % answered again after", recovery(r.buoy, r.end()), recovery(r.naive, r.end())},
			{"answered in the last minute", percent(r.lastMinute(r.buoy)), percent(r.lastMinute(r.naive))},
		},
		"Mix":   percent(r.mix.Rate()),
		"Plain": percent(r.plain.Rate()),
	})
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	return err
}

func percent(v float64) string { return fmt.Sprintf("%.2f %%", 100*v) }

// plot is a chart of two lines over the seconds of the run.
type plot struct {
	Title       string
	Buoy, Naive string // SVG points
	From, Width float64
	Top         int
	Ticks       []tick
}

type tick struct {
	X     float64
	Label string
}

const plotWidth, plotHeight = 900.0, 260.0

func (r report) plot(title string, values func(lab.Run) []int) plot {
	seconds := int((r.end() + r.outage.After).Seconds())
	top := max(slices.Max(values(r.buoy)), slices.Max(values(r.naive)), 1)
	scale := plotWidth / float64(seconds)
	p := plot{
		Title: title, Top: top,
		Buoy:  points(values(r.buoy), seconds, top),
		Naive: points(values(r.naive), seconds, top),
		From:  r.outage.Before.Seconds() * scale,
		Width: r.outage.Down.Seconds() * scale,
	}
	for s := 0; s <= seconds; s += 30 {
		p.Ticks = append(p.Ticks, tick{float64(s) * scale, (time.Duration(s) * time.Second).String()})
	}
	return p
}

func points(values []int, seconds, top int) string {
	var b strings.Builder
	for s := range min(len(values), seconds) {
		fmt.Fprintf(&b, "%.1f,%.1f ", float64(s)*plotWidth/float64(seconds), plotHeight-float64(values[s])/float64(top)*plotHeight)
	}
	return b.String()
}

var page = template.Must(template.New("report").Parse(`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>buoy: chaoslab</title>
<style>
body { font: 15px/1.5 system-ui, sans-serif; max-width: 1000px; margin: 2rem auto; padding: 0 1rem; color: #1a1a1a; }
svg { overflow: visible; margin: 0 0 3rem 4rem; } text { font-size: 11px; fill: #555; }
.buoy { stroke: #0a7a4b; } .naive { stroke: #c0392b; } polyline { fill: none; stroke-width: 2; }
table { border-collapse: collapse; } td, th { padding: .3rem 1rem; border-bottom: 1px solid #ddd; text-align: left; }
</style></head><body>
<h1>An outage, with and without buoy</h1>
<p>{{.Outage.Instances}} services with {{.Outage.PerSecond}} calls a second each, a provider that serves {{.Outage.Capacity}} a second.
It slows down under load, sheds what it cannot queue, and serves nothing for {{.Outage.Down}} (grey). Virtual time, seed {{.Outage.Seed}}.
<b class="buoy" style="color:#0a7a4b">Green</b>: buoy's defaults.
<b style="color:#c0392b">Red</b>: five tries with a pause of 200 ms and a timeout of 2 s each.</p>
{{range .Plots}}<h2>{{.Title}}</h2>
<svg width="900" height="260">
<rect x="{{.From}}" y="0" width="{{.Width}}" height="260" fill="#eee"/>
<line x1="0" y1="260" x2="900" y2="260" stroke="#999"/><text x="-8" y="10" text-anchor="end">{{.Top}}</text><text x="-8" y="260" text-anchor="end">0</text>
{{range .Ticks}}<text x="{{.X}}" y="278" text-anchor="middle">{{.Label}}</text>{{end}}
<polyline class="naive" points="{{.Naive}}"/><polyline class="buoy" points="{{.Buoy}}"/>
</svg>{{end}}
<table><tr><th></th><th>buoy</th><th>naive retries</th></tr>
{{range .Rows}}<tr>{{range .}}<td>{{.}}</td>{{end}}</tr>{{end}}</table>
<h2>A little of every fault</h2>
<p>Good answers: {{.Mix}} with buoy and one fallback that is no better, {{.Plain}} with a plain timeout of 10 s.</p>
</body></html>
`))

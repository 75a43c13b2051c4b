package main

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/buoy-go/buoy/internal/lab"
)

// plot is a chart of two lines over the seconds of a run. All places are percentages
// of the chart's width or height: its lines stretch with the page, its text does not.
type plot struct {
	Title, Unit string
	Buoy, Naive line
	From, Width float64 // the outage
	X, Y        []tick
	Summary     string // for those who do not see it
}

type line struct {
	Points     string  // of an SVG polyline in a box of 100 by 100
	X, Y       float64 // where its label is
	LabelAbove bool
}

type tick struct {
	At    float64
	Label string
}

func (r report) plot(title, unit string, values func(lab.Run) []int) plot {
	seconds := int(r.total().Seconds())
	buoy, naive := values(r.buoy), values(r.naive)
	step := niceStep(max(slices.Max(buoy), slices.Max(naive), 1))
	top := step * int(math.Ceil(float64(max(slices.Max(buoy), slices.Max(naive), 1))/float64(step)))
	p := plot{
		Title: title, Unit: unit,
		Buoy:  line{Points: points(buoy, seconds, top)},
		Naive: line{Points: points(naive, seconds, top)},
		From:  100 * r.outage.Before.Seconds() / float64(seconds),
		Width: 100 * r.outage.Down.Seconds() / float64(seconds),
		Summary: fmt.Sprintf("%s, %s: with buoy %d before the outage and %d at the end; with naive retries %d and %d.",
			title, unit, median(buoy[:int(r.outage.Before.Seconds())]), median(buoy[seconds-30:seconds]),
			median(naive[:int(r.outage.Before.Seconds())]), median(naive[seconds-30:seconds])),
	}
	for s := 0; s <= seconds; s += 30 {
		p.X = append(p.X, tick{100 * float64(s) / float64(seconds), fmt.Sprint(s)})
	}
	for v := 0; v <= top; v += step {
		p.Y = append(p.Y, tick{100 - 100*float64(v)/float64(top), fmt.Sprint(v)})
	}
	// The labels stand where the lines are furthest apart near the end.
	at := seconds - 60
	p.Buoy.label(at, buoy, seconds, top, median(buoy[at:]) >= median(naive[at:]))
	p.Naive.label(at, naive, seconds, top, !p.Buoy.LabelAbove)
	return p
}

// label places a line's label over or under all of the line that is near.
func (l *line) label(at int, values []int, seconds, top int, above bool) {
	near := values[max(0, at-25):min(seconds, at+25)]
	v := slices.Min(near)
	if above {
		v = slices.Max(near)
	}
	l.X, l.Y, l.LabelAbove = 100*float64(at)/float64(seconds), 100-100*float64(v)/float64(top), above
	if l.Y > 80 { // there is no room under the line
		l.LabelAbove, l.Y = true, 100-100*float64(slices.Max(near))/float64(top)
	}
	if l.Y < 12 && l.LabelAbove { // nor over it
		l.LabelAbove, l.Y = false, 100-100*float64(slices.Min(near))/float64(top)
	}
}

// niceStep is the distance of grid lines: 1, 2 or 5 times a power of ten, four to
// eight of them.
func niceStep(top int) int {
	for power := 1; ; power *= 10 {
		for _, n := range []int{1, 2, 5} {
			if top <= 6*n*power {
				return n * power
			}
		}
	}
}

func median(values []int) int {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}

func points(values []int, seconds, top int) string {
	var b strings.Builder
	for s := range min(len(values), seconds) {
		fmt.Fprintf(&b, "%.2f,%.2f ", (float64(s)+0.5)*100/float64(seconds), 100-100*float64(values[s])/float64(top))
	}
	return strings.TrimSpace(b.String())
}

package latency

import (
	"math"
	"slices"
	"time"
)

// leastPerInput is the time that an input token takes beyond the usual where the
// samples do not show it: 2000 tokens a second, a slow provider's prefill.
const leastPerInput = 0.0005

// fewFills: with fewer samples that had a limit, the limit itself is expected.
const fewFills = 20

// model is what a sample tells. Times are in seconds.
type model struct {
	n     int       // samples, those that were cut included
	waits []float64 // of the successes, sorted

	perOutput  float64 // for one token generated
	perInput   float64 // for one token of input beyond the usual
	tail       float64 // p99 of what does not depend on the output
	usualInput float64 // median
	output     float64 // p95 of the tokens generated
	fill       float64 // p95 of how much of its limit an answer used
	fills      int
}

// expected is how many tokens an answer may have under a limit. Some callers
// always ask for 4096 tokens and get 100, others mean it: how far limits were
// used tells which.
func (m *model) expected(limit int) float64 {
	if limit <= 0 {
		return m.output
	}
	bound := float64(limit)
	if m.fills < fewFills {
		return bound
	}
	return min(bound, max(m.output, m.fill*bound))
}

// learn makes a model of the samples that are not too old.
func (s *Series) learn(now time.Time) (m model) {
	oldest := now.Sub(s.began) - maxAge
	var live []entry
	for _, e := range s.ring {
		if e.at >= oldest {
			live = append(live, e)
		}
	}
	m.n = len(live)
	if m.n == 0 {
		return m
	}
	var outputs, times, fills []float64
	for _, e := range live {
		if e.cut {
			continue
		}
		m.waits = append(m.waits, e.wait.Seconds())
		if e.output == 0 {
			continue
		}
		outputs = append(outputs, float64(e.output))
		times = append(times, e.wait.Seconds())
		if e.limit > 0 {
			fills = append(fills, float64(e.output)/float64(e.limit))
		}
	}
	m.perOutput = perToken(outputs, times)

	rests := make([]float64, 0, len(live))
	inputs := make([]float64, 0, len(live))
	var restsOf []float64 // the successes'
	for _, e := range live {
		rest := e.wait.Seconds() - m.perOutput*float64(e.output)
		rests = append(rests, rest)
		if !e.cut {
			inputs, restsOf = append(inputs, float64(e.input)), append(restsOf, rest)
		}
	}
	slope, _ := leastSquares(inputs, restsOf)
	m.perInput = max(slope, leastPerInput)

	for _, sorted := range [][]float64{m.waits, outputs, fills, rests, inputs} {
		slices.Sort(sorted)
	}
	m.tail = max(nearest(rests, 0.99), 0)
	m.usualInput, m.output = nearest(inputs, 0.5), nearest(outputs, 0.95)
	m.fill, m.fills = min(nearest(fills, 0.95), 1), len(fills)
	return m
}

// perToken is what one more token takes. It cannot be more than the whole time
// divided by the tokens, and is taken for that where all answers are of one
// length: too much is safe, too little would cut long answers.
func perToken(counts, times []float64) float64 {
	if len(counts) == 0 {
		return 0
	}
	each := make([]float64, len(counts))
	for i := range counts {
		each[i] = times[i] / counts[i]
	}
	slices.Sort(each)
	most := nearest(each, 0.5)
	slope, ok := leastSquares(counts, times)
	if !ok {
		return most
	}
	return min(max(slope, 0), most)
}

// leastSquares is the slope of ys over xs; ok is false where the xs are too much
// alike to tell one.
func leastSquares(xs, ys []float64) (slope float64, ok bool) {
	n := float64(len(xs))
	if n < 2 {
		return 0, false
	}
	var mx, my float64
	for i := range xs {
		mx += xs[i] / n
		my += ys[i] / n
	}
	var xx, xy float64
	for i := range xs {
		xx += (xs[i] - mx) * (xs[i] - mx)
		xy += (xs[i] - mx) * (ys[i] - my)
	}
	if math.Sqrt(xx/n) <= mx/10 {
		return 0, false
	}
	return xy / xx, true
}

// nearest is the quantile q of a sorted sample by the nearest rank; 0 of none.
func nearest(sorted []float64, q float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	rank := int(math.Ceil(q * float64(len(sorted))))
	return sorted[min(max(rank, 1), len(sorted))-1]
}

package buoyload

import (
	"math"
	"slices"
	"time"
)

// This file is the algorithm: observations and their times go in, and a limit comes out.
// It takes no lock and reads no clock.
//
// Calls are observed in windows. Only calls that were admitted under the present limit
// count, because others show the effect of an earlier one: each limit is an epoch. At
// the end of a window the median time to the first token is compared with the normal
// time, which is the time without load.
//
//	up to Tolerance x normal   the limit grows, the less the nearer it comes
//	above it                   the limit shrinks by the root of the excess, by half at most
//	overload (429, 503, ...)   the limit shrinks to 0.7 of what was in flight, at once
//
// Two things go beyond the gradient that is usual in such limiters. First, a cut that
// does not help is taken back: if the limit has been halved and the first token comes as
// late as before, the load is somebody else's, and the new time is the normal one.
// Second, the normal time does not follow a time that load has made. A moving average of
// all samples would follow it, and the limit would then creep up for ever. So if the
// limit is always reached, the normal time is measured now and then, by halving the
// limit for as long as that makes the time shorter.

const (
	overloadCut  = 0.7             // of the calls in flight
	deepestCut   = 0.5             // in one window, for latency
	window       = time.Second     // the shortest
	finest       = 1e-3            // seconds: what is below is nobody's load
	calm         = 1.3             // up to this multiple of normal a window may correct it
	fewCalls     = 5               // make a window while the limit only goes back to where it was
	enoughCalls  = 10              // make one otherwise, and say what is normal
	steady       = 1.5             // the second half of a window may be slower by so much
	soonAfter    = 3               // windows that reached the limit, where what is normal is in doubt
	probeAfter   = 20              // such windows otherwise, and ...
	probeTime    = 2 * time.Minute // ... this long, and ...
	probeHolds   = 20              // ... so many times as long as a call: half of the calls have to end first
	doubt        = 0.4             // of normal: a tenth of a window quicker than this was without load
	shorter      = 0.75            // times as long is no accident
	overloadPart = 0.1             // of the limit: so many overloads at once are no accident
)

type gradient struct {
	policy Policy
	limit  float64
	epoch  uint64    // counts the changes of the limit
	normal float64   // seconds to the first token without load; 0 for not known yet
	sure   bool      // of normal: a probe has found it, or calls that did not reach the limit
	quick  float64   // seconds: the quickest tenth of any window
	hold   float64   // seconds that a call is in flight, smoothed; 0 for not known yet
	recent float64   // of the last window
	calmAt float64   // up to here the limit may double: nothing was wrong there
	slowAt float64   // where first tokens were late the last time; 0 for nowhere
	cuts   *cuts     // the cuts for latency that are under way
	hurt   bool      // the last change was for overload
	probe  *probe    // the probe under way
	full   int       // windows that reached the limit since ...
	fullAt time.Time // ... and the end of the first

	// The window.
	begun     time.Time // zero before its first call
	firsts    []float64 // seconds to the first token
	ended     int       // whole answers
	overloads int
	inFlight  int
	busiest   int  // most calls in flight
	reached   bool // the limit was
}

// cuts is a row of windows that were too slow, each followed by a cut.
type cuts struct {
	from float64 // the limit before the first
	at   float64 // the limit under which the first token came latest ...
	slow float64 // ... and how late; 0 for not known yet
}

// probe is a row of windows with ever smaller limits.
type probe struct {
	from, top float64 // the limit before, and the seconds to the first token then
	last      float64 // the seconds in the window before this one
}

func newGradient(p Policy) gradient {
	return gradient{policy: p, limit: float64(p.initial()), calmAt: math.Inf(1)}
}

// size is the limit as a number of calls.
func (g *gradient) size() int { return int(g.limit) }

// used is how much of the limit was used in this window: to cut more than that
// is no cut.
func (g *gradient) used() float64 { return min(g.limit, max(float64(g.busiest), 1)) }

// admit notes a call that is let in.
func (g *gradient) admit() {
	g.inFlight++
	g.busiest = max(g.busiest, g.inFlight)
	g.reached = g.reached || g.inFlight >= g.size()
}

// leave notes the end of a call that was let in so many seconds ago.
func (g *gradient) leave(held float64) {
	g.inFlight--
	if g.hold == 0 {
		g.hold = held
	} else {
		g.hold += (held - g.hold) / 10
	}
}

// first takes in the time to a first token.
func (g *gradient) first(now time.Time, epoch uint64, seconds float64) {
	if epoch != g.epoch {
		return
	}
	g.firsts = append(g.firsts, max(seconds, finest))
	g.observe(now)
}

// whole takes in the end of a whole answer: it came, which is all that it tells.
func (g *gradient) whole(now time.Time, epoch uint64) {
	if epoch != g.epoch {
		return
	}
	g.ended++
	g.observe(now)
}

// overload takes in a call that the provider was too busy for. A few in a window
// are accidents; as many as a tenth of the limit are not.
func (g *gradient) overload(epoch uint64) {
	if epoch != g.epoch {
		return
	}
	g.overloads++
	if float64(g.overloads) < max(2, overloadPart*g.limit) {
		return
	}
	before := g.used()
	if !g.hurt { // the first of a row: up to here recovery is quick
		g.calmAt = overloadCut * before
	}
	g.cuts, g.probe, g.full = nil, nil, 0
	g.change(overloadCut * before)
	g.hurt = true
}

// observe judges the window when it is full.
func (g *gradient) observe(now time.Time) {
	if g.begun.IsZero() {
		g.begun = now
	}
	if n := len(g.firsts) + g.ended; n < g.enough() || now.Sub(g.begun) < window {
		return
	}
	slowness, rising := 1.0, false // of whole answers nobody knows
	n := len(g.firsts)
	if g.probe != nil && g.probed(n) {
		return
	}
	if n >= fewCalls {
		rising = median(slices.Clone(g.firsts[n/2:])) > steady*median(slices.Clone(g.firsts[:n/2]))
		slowness = g.judge(median(g.firsts))
	}
	g.hurt = false
	if slowness >= calm {
		g.calmAt = min(g.calmAt, g.limit)
	}
	if slowness > g.policy.tolerance() {
		g.tooSlow(slowness, rising)
	} else {
		g.fast(now, slowness)
	}
}

// enough is how many calls make a window. A small limit is no reason to judge cuts
// and probes by a few.
func (g *gradient) enough() int {
	switch most := g.policy.samples(); {
	case g.cuts != nil, g.probe != nil:
		return most
	case g.limit < g.calmAt:
		return min(max(g.size(), fewCalls), most)
	default:
		return min(max(g.size(), enoughCalls), most)
	}
}

// judge compares a window with the normal time, which it may correct.
func (g *gradient) judge(seconds float64) (slowness float64) {
	g.recent = seconds
	if tenth := g.firsts[len(g.firsts)/10]; g.quick == 0 || tenth < g.quick { // median has put them in order
		g.quick = tenth
	}
	switch off := seconds - g.normal; {
	case g.normal == 0:
		g.normal = seconds
	case len(g.firsts) < enoughCalls:
	case off < 0:
		g.normal += off / 2
	case seconds < calm*g.normal:
		g.normal += off / 10
	}
	return seconds / g.normal
}

// fast ends a window without trouble: more, if there is use for it.
func (g *gradient) fast(now time.Time, slowness float64) {
	if g.cuts != nil { // it was too much: no more doubling
		g.calmAt, g.cuts = g.limit, nil
	}
	if !g.reached { // so there is no queue of ours
		g.full, g.sure = 0, g.normal > 0
		g.reset()
		return
	}
	if g.probeIsDue(now) {
		g.full, g.probe = 0, &probe{from: g.limit, top: g.recent, last: g.recent}
		g.change(g.limit / 2)
		return
	}
	left := (g.policy.tolerance() - slowness) / (g.policy.tolerance() - 1)
	step := math.Sqrt(g.limit) * min(left, 1)
	switch {
	case slowness < calm && math.IsInf(g.calmAt, 1):
		step = max(step, g.limit/2)
	case slowness < calm && g.limit < g.calmAt:
		step = max(step, min(g.limit, g.calmAt-g.limit))
	case g.slowAt > 0:
		step = max(min(step, 1), step*min(1, 4*math.Abs(g.limit-g.slowAt)/g.slowAt)) // carefully past where it was too much
	}
	g.change(g.limit + step)
}

// probeIsDue counts a window that reached the limit.
func (g *gradient) probeIsDue(now time.Time) bool {
	if g.full++; g.full == 1 {
		g.fullAt = now
	}
	if g.normal == 0 { // whole answers only
		return false
	}
	if !g.sure && g.quick < doubt*g.normal {
		return g.full > soonAfter
	}
	return g.full > probeAfter && now.Sub(g.fullAt) > probeTime && now.Sub(g.fullAt).Seconds() > probeHolds*g.hold
}

// probed ends a window of a probe, unless something else has happened in it: the
// next one has half the limit again, if this one has brought something that was
// not known.
func (g *gradient) probed(n int) bool {
	p := g.probe
	if n < fewCalls { // no streams any more
		g.probe = nil
		g.change(p.from)
		return true
	}
	seconds := median(g.firsts)
	if seconds > max(calm*p.last, g.policy.tolerance()*g.normal) { // later with less
		g.probe = nil
		return false
	}
	queued := seconds < shorter*p.last && (!g.sure || seconds > calm*g.normal)
	news := seconds < shorter*g.normal
	p.last, g.recent = seconds, seconds
	if (queued || news) && g.limit > float64(g.policy.lowest()) {
		if news {
			g.normal = seconds
		}
		g.change(g.limit / 2)
		return true
	}
	g.normal, g.sure, g.probe = seconds, true, nil
	back := p.from
	if p.top > g.policy.tolerance()*g.normal { // it was load all the time
		back = min(back, 2*g.limit)
		g.calmAt = min(g.calmAt, back)
	}
	g.change(back)
	return true
}

// tooSlow ends a window in which first tokens were late: less, unless that has
// been tried and does not help.
func (g *gradient) tooSlow(slowness float64, rising bool) {
	used := g.used()
	g.slowAt = used
	switch c := g.cuts; {
	case c == nil: // it began in this window, which does not show how bad it is
		g.cuts = &cuts{from: used, at: used}
	case rising: // nor does this one
		c.at, c.slow = used, 0
	case g.recent > 1.1*c.slow:
		c.at, c.slow = used, g.recent
	}
	c := g.cuts
	lowest := g.limit <= float64(g.policy.lowest())
	// Were it a queue of ours, the wait would have shrunk with it at least.
	useless := c.slow > 0 && c.slow-g.recent < (1-g.limit/c.at)*(c.slow-g.normal)/2
	switch {
	case useless && g.limit <= c.at/2:
		g.normal, g.sure, g.cuts = g.recent, false, nil
		g.calmAt = c.from
		g.change(c.from)
	case lowest: // less is not possible, so this is what it takes
		g.normal, g.sure, g.cuts = g.recent, false, nil
		g.reset()
	default:
		g.change(used * max(deepestCut, math.Sqrt(g.policy.tolerance()/slowness)))
	}
}

// change sets the limit and begins an epoch, if it is another.
func (g *gradient) change(limit float64) {
	before := g.size()
	g.limit = min(max(limit, float64(g.policy.lowest())), float64(g.policy.highest()))
	if g.size() != before {
		g.epoch++
	}
	g.reset()
}

// reset begins a window.
func (g *gradient) reset() {
	g.begun = time.Time{}
	g.firsts, g.ended, g.overloads = g.firsts[:0], 0, 0
	g.busiest, g.reached = g.inFlight, g.inFlight >= g.size()
}

// median is the middle of some numbers, at least one, which it puts in order.
func median(of []float64) float64 {
	slices.Sort(of)
	return of[len(of)/2]
}

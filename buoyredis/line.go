package buoyredis

import (
	"math"
	"slices"
	"time"

	"github.com/buoy-go/buoy/internal/queue"
)

// line is those who wait for one bucket. A call goes when what has come due covers its
// cost. So at no time more has gone than Redis has let go until then, whoever it was, and
// what is left covers exactly those who are left.
//
// Where calls wait for tokens, requests come back that nobody is charged for, and the other
// way round: the gaps before turns. Who goes with those gives as much of a turn back. Else a
// small call that goes before large ones would wait for the request of one of them, and a
// large call that goes before small ones for the tokens of many.
type line struct {
	queue   queue.Queue // weighed in milliseconds of tokens
	waiters map[*queue.Place]waiter
	grants  []grant // are yet to come due, the soonest first
	due     cost    // has come due, and nobody has used it
	spare   cost    // came back in gaps, for the first alone: more would be a burst of each instance
	size    int64   // the requests that the limit lets go at once
	full    int64   // when a bucket of this line's own requests is full, in microseconds since 1970
}

// waiter is somebody who waits in a line.
type waiter struct {
	cost
	latest time.Time // leaves then
}

// cost is what a call takes of both buckets, in microseconds.
type cost struct{ requests, tokens int64 }

func (c cost) plus(o cost) cost    { return cost{c.requests + o.requests, c.tokens + o.tokens} }
func (c cost) covers(o cost) bool  { return c.requests >= o.requests && c.tokens >= o.tokens }
func (c cost) less(o cost) cost    { return cost{c.requests - o.requests, c.tokens - o.tokens} }
func (c cost) smaller(o cost) cost { return cost{min(c.requests, o.requests), min(c.tokens, o.tokens)} }
func (c cost) larger(o cost) cost  { return cost{max(c.requests, o.requests), max(c.tokens, o.tokens)} }

func (c cost) times(n int64) cost { return cost{c.requests * n, c.tokens * n} }

// holds is how often it has o.
func (c cost) holds(o cost) int64 {
	n := int64(math.MaxInt64)
	if o.requests > 0 {
		n = c.requests / o.requests
	}
	if o.tokens > 0 {
		n = min(n, c.tokens/o.tokens)
	}
	return max(n, 0)
}

// beyond is how much larger it is than o, of each.
func (c cost) beyond(o cost) cost { return c.less(o).larger(cost{}) }

func (c cost) weight() int { return int(c.tokens / 1000) }

// grant is what Redis lets go at a time.
type grant struct {
	at   time.Time
	turn string // as the script calls it, to give it back; "" for what has come due
	cost
	gap cost // comes back until then, and nobody is charged for it
}

// ahead is how much of the gap is yet to come back.
func (g *grant) ahead(now time.Time) cost {
	to := max(g.at.Sub(now), 0).Microseconds()
	return g.gap.smaller(cost{to, to})
}

// brings is when so much has come back of the gap, if that has as much.
func (g *grant) brings(c cost) (at time.Time, ok bool) {
	rest := g.gap.less(c)
	if c.requests == 0 {
		rest.requests = rest.tokens
	} else if c.tokens == 0 {
		rest.tokens = rest.requests
	}
	early := min(rest.requests, rest.tokens)
	return g.at.Add(-time.Duration(early) * time.Microsecond), early >= 0
}

func newLine(size int64) *line { return &line{waiters: map[*queue.Place]waiter{}, size: size} }

// add adds what Redis lets go. What came back before now went to others, or ran over.
func (l *line) add(now time.Time, g grant) {
	g.gap = g.ahead(now)
	i, _ := slices.BinarySearchFunc(l.grants, g.at, func(g grant, at time.Time) int {
		if g.at.After(at) {
			return 1
		}
		return -1
	})
	l.grants = slices.Insert(l.grants, i, g)
}

func (l *line) join(now time.Time, who queue.Who, w waiter) *queue.Place {
	place := l.queue.Join(now, who, w.weight())
	l.waiters[place] = w
	return place
}

// ripen adds up what has come due, and what has come back.
func (l *line) ripen(now time.Time) {
	first := l.waiters[l.queue.First(now)]
	n := 0
	for ; n < len(l.grants) && !l.grants[n].at.After(now); n++ {
		l.due = l.due.plus(l.grants[n].cost)
		l.save(l.grants[n].gap, first)
	}
	l.grants = slices.Delete(l.grants, 0, n)
	if len(l.grants) > 0 { // no two gaps have the same time
		g := &l.grants[0]
		ahead := g.ahead(now)
		l.save(g.gap.less(ahead), first)
		g.gap = ahead
	}
}

func (l *line) save(gap cost, first waiter) {
	l.spare = l.spare.plus(gap).smaller(first.beyond(l.due))
}

// lets reports whether so much may go now.
func (l *line) lets(now time.Time, c cost) bool {
	return l.due.plus(l.spare).covers(c) && !l.paced(now, c, 0).After(now)
}

// expected is when somebody would go who came now, after those ahead and those who become old
// meanwhile, were nobody to come later. It is ok as in whenDue.
func (l *line) expected(now time.Time, who queue.Who, c cost, ahead, weight int) (at time.Time, ok bool) {
	at, ok = l.when(now, c, ahead, weight)
	if n, more := l.queue.Aging(who, at); n > 0 {
		return l.when(now, c, ahead+n, weight+more)
	}
	return at, ok
}

// when is when a cost may go after those ahead. The weight is theirs.
func (l *line) when(now time.Time, c cost, ahead, weight int) (at time.Time, ok bool) {
	n := int64(ahead + 1)
	each := cost{c.requests, (c.tokens + int64(weight)*1000 + n - 1) / n}
	at, ok = l.whenDue(now, l.due.plus(l.spare), each, n)
	return later(at, l.paced(now, c, ahead)), ok
}

// whenDue is when so many will have gone of whom each has this cost, if so much is there now.
// Where all that is known of is less, it is the last grant's time, and not ok. What comes back
// is used as it comes, or is there for the next of them, as in save.
func (l *line) whenDue(now time.Time, sum, each cost, n int64) (at time.Time, ok bool) {
	at = now
	for i := range l.grants {
		all := each.times(n)
		short := all.beyond(sum)
		if short == (cost{}) {
			return at, true
		}
		g := &l.grants[i]
		if back, ok := g.brings(short); ok {
			return later(at, back), true
		}
		gone := sum.plus(g.gap).holds(each)
		left := sum.less(each.times(gone))
		sum = left.plus(g.gap).smaller(left.larger(each)).plus(g.cost)
		n, at = n-gone, g.at
	}
	return at, sum.covers(each.times(n))
}

// whenBack is when so many tokens will have come back in gaps alone.
func (l *line) whenBack(now time.Time, tokens int64) (at time.Time, ok bool) {
	at = now
	short := tokens - l.spare.tokens
	for i := range l.grants {
		if short <= 0 {
			break
		}
		g := &l.grants[i]
		if back, ok := g.brings(cost{tokens: short}); ok {
			return later(at, back), true
		}
		short, at = short-g.gap.tokens, g.at
	}
	return at, short <= 0
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// paced is when the requests alone would let somebody go after those ahead. What was held up
// behind a large call, or while the process was stopped, goes no faster than the limit, and
// not all at once: one more than the size, since nobody wakes in the very microsecond.
func (l *line) paced(now time.Time, c cost, ahead int) time.Time {
	if c.requests == 0 {
		return now
	}
	return time.UnixMicro(max(l.full, now.UnixMicro()) + int64(ahead)*c.requests - l.size)
}

// serve has somebody go, and returns what it had of gaps.
func (l *line) serve(now time.Time, place *queue.Place) (spare cost) {
	c := l.waiters[place].cost
	spare = c.beyond(l.due)
	l.spare, l.due = l.spare.less(spare), l.due.less(c.less(spare))
	l.full = max(l.full, now.UnixMicro()) + c.requests
	l.leave(now, place, true)
	return spare
}

// leave gives up a place.
func (l *line) leave(now time.Time, place *queue.Place, served bool) {
	l.queue.Leave(now, place, served)
	delete(l.waiters, place)
}

// mayPass is of how many that are next somebody may pass the first, so that a thousand
// tenants do not cost a thousand looks each time.
const mayPass = 16

// passing is who may go while the first waits for tokens, nil for nobody: the first of
// another tenant, or of those in the background. Else all would wait for a large call that
// goes before small ones, 40 s for one of three tenths of a minute's tokens. It is somebody
// whom the first goes no later for. Or what comes back in gaps alone lets the first go in at
// most twice the time, and others need none of it. If it is nobody yet, again is when to look
// again; a grant that comes due before is another time for that.
func (l *line) passing(now time.Time) (_ *queue.Place, again time.Time) {
	first, sum := l.queue.First(now), l.due.plus(l.spare)
	needs := l.waiters[first]
	if sum.tokens >= needs.tokens { // others need a request as it does
		return nil, again
	}
	at, _ := l.whenDue(now, sum, needs.cost, 1)
	back, ok := l.whenBack(now, needs.tokens)
	enough := ok && back.Before(needs.latest) && back.Sub(now) <= 2*at.Sub(now)
	n := 0
	for place := range l.queue.Fronts() {
		if n++; n > mayPass {
			break
		}
		c := l.waiters[place].cost
		with, _ := l.whenDue(now, sum.less(c), needs.cost, 1)
		if place == first || with.After(at) && !(enough && l.due.covers(c)) {
			continue
		}
		from, _ := l.when(now, c, 0, 0)
		if !from.After(now) {
			return place, again
		}
		if again.IsZero() || from.Before(again) {
			again = from
		}
	}
	return nil, again
}

// passes reports whether somebody may go while the first waits.
func (l *line) passes(now time.Time, place *queue.Place) bool {
	passing, _ := l.passing(now)
	return passing == place
}

// wakePassing wakes who may go while the first waits until then, and returns until when it
// waits before it looks for such a one again.
func (l *line) wakePassing(now, until time.Time) time.Time {
	place, again := l.passing(now)
	place.Wake()
	if len(l.grants) > 0 && l.grants[0].at.Before(until) {
		until = l.grants[0].at
	}
	if !again.IsZero() && again.Before(until) {
		until = again
	}
	return until
}

// takeBack takes off what somebody does not need after all, and returns it: what comes due
// last, so that the others move up.
func (l *line) takeBack(c cost) (left []grant) {
	for i := len(l.grants) - 1; i >= 0 && c != (cost{}); i-- {
		g := &l.grants[i]
		part := g.smaller(c)
		if part != (cost{}) {
			left = append(left, grant{at: g.at, turn: g.turn, cost: part})
			g.gap = cost{} // who takes that part counts it
		}
		g.cost, c = g.less(part), c.less(part)
		if g.cost == (cost{}) {
			l.grants = slices.Delete(l.grants, i, i+1)
		}
	}
	if c != (cost{}) {
		l.due = l.due.less(c)
		left = append(left, grant{cost: c})
	}
	return left
}

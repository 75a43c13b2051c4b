package buoyredis

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/buoy-go/buoy/internal/queue"
)

// turns settles in which order those of this process go who wait for the same bucket.
// Redis has taken the cost of each and has named a time for it. Which of them goes at which
// time is decided here, as by the local limits: interactive calls before those in the
// background, the tenants in turns. It is safe for concurrent use.
type turns struct {
	burst int64 // the most tokens that may be spare, in microseconds

	mu    sync.Mutex // guards all below
	lines map[string]*line
}

// line is those who wait for one bucket. A call goes when what has come due covers its
// cost. So at no time more has gone than Redis has let go until then, whoever it was, and
// what is left covers exactly those who are left.
//
// Where the requests are what calls wait for, tokens come back that nobody is charged: the
// gaps before turns. A large call that goes before small ones has its tokens of those, and
// gives its own back. Else it would have to wait for the tokens of many small turns.
type line struct {
	queue  queue.Queue // weighed in milliseconds of tokens
	costs  map[*queue.Place]cost
	due    cost    // has come due, and nobody has used it
	spare  int64   // tokens of gaps, at most the burst
	burst  int64   // that of the limit
	grants []grant // are yet to come due, the soonest first
}

// cost is what a call takes of both buckets, in microseconds.
type cost struct{ requests, tokens int64 }

func (c cost) plus(o cost) cost    { return cost{c.requests + o.requests, c.tokens + o.tokens} }
func (c cost) covers(o cost) bool  { return c.requests >= o.requests && c.tokens >= o.tokens }
func (c cost) less(o cost) cost    { return cost{c.requests - o.requests, c.tokens - o.tokens} }
func (c cost) smaller(o cost) cost { return cost{min(c.requests, o.requests), min(c.tokens, o.tokens)} }

func (c cost) weight() int { return int(c.tokens / 1000) }

// grant is what Redis lets go at a time.
type grant struct {
	at   time.Time
	turn string // as the script calls it, to give it back; "" for what has come due
	cost
	gap int64 // tokens that came back before it, and that nobody is charged
}

// tooLate is a turn that would not come in time.
type tooLate struct{ wait time.Duration }

func (e *tooLate) Error() string { return "the wait would be " + e.wait.String() }

// nobody reports that nobody waits for a bucket.
func (t *turns) nobody(key string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.lines[key] == nil
}

// expected is about when somebody would go who came now, by what those who wait have been
// given. It is ok only where that is before one of them: else Redis knows better.
func (t *turns) expected(key string, who queue.Who, c cost) (wait time.Duration, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	l := t.lines[key]
	if l == nil {
		return 0, false
	}
	now := time.Now()
	l.queue.First(now) // some may have become old
	ahead, weight := l.queue.Ahead(who)
	if ahead >= l.queue.Len() {
		return 0, false
	}
	return max(l.when(now, l.total(c, ahead, weight)).Sub(now), 0), true
}

// total is what has to come due before somebody goes, with those ahead.
func (l *line) total(c cost, ahead, weight int) cost {
	return cost{c.requests * int64(ahead+1), c.tokens + int64(weight)*1000}
}

// when is when so much will have come due; the last grant's time where that is less.
func (l *line) when(now time.Time, c cost) time.Time {
	return l.whenDue(l.due, now, c)
}

// whenDue is when, were so much due now.
func (l *line) whenDue(sum cost, now time.Time, c cost) time.Time {
	at, spare := now, l.spare
	for _, g := range l.grants {
		if sum.plus(cost{tokens: spare}).covers(c) {
			break
		}
		sum, at, spare = sum.plus(g.cost), g.at, min(spare+g.gap, l.burst)
	}
	return at
}

// wait waits for a call's turn. Redis has taken its cost, and gives it at a time. It returns
// a [*tooLate] as soon as it knows that the turn would not come before latest, and the
// context's error when that ends. What is left is to be given back, whether it goes or not.
func (t *turns) wait(ctx context.Context, key string, who queue.Who, given grant, latest time.Time) (left []grant, err error) {
	place, left, err := t.join(key, who, given, latest)
	if err != nil {
		return left, err
	}
	for {
		until, left, done, err := t.look(ctx, key, place, given.cost, latest)
		if done {
			return left, err
		}
		place.Wait(ctx, until)
	}
}

func (t *turns) join(key string, who queue.Who, given grant, latest time.Time) (place *queue.Place, left []grant, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	l := t.lines[key]
	if l == nil {
		l = &line{costs: map[*queue.Place]cost{}, burst: t.burst}
		t.lines[key] = l
	}
	now := time.Now()
	l.queue.First(now) // some may have become old
	c := given.cost
	i, _ := slices.BinarySearchFunc(l.grants, given.at, func(g grant, at time.Time) int {
		if g.at.After(at) {
			return 1
		}
		return -1
	})
	l.grants = slices.Insert(l.grants, i, given)
	ahead, weight := l.queue.Ahead(who)
	if at := l.when(now, l.total(c, ahead, weight)); ahead > 0 && !at.Before(latest) {
		return nil, t.leave(key, l, c), &tooLate{at.Sub(now)}
	}
	place = l.queue.Join(now, who, c.weight())
	l.costs[place] = c
	l.queue.WakeFirst() // this grant may be the next one
	return place, nil, nil
}

// look is one look of somebody who waits: it goes, leaves, or is told when to look again.
func (t *turns) look(ctx context.Context, key string, place *queue.Place, c cost, latest time.Time) (until time.Time, left []grant, done bool, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	l, now := t.lines[key], time.Now()
	l.ripen(now)
	front := l.queue.First(now)
	first := front == place
	until = latest
	if l.covers(c) && (first || l.passes(now, front, place)) {
		used := min(max(c.tokens-l.due.tokens, 0), l.spare)
		l.spare -= used
		l.due = l.due.less(cost{c.requests, c.tokens - used})
		l.leave(now, place, true)
		l.letPass(now)
		return until, t.leave(key, l, cost{tokens: used}), true, nil
	}
	if first {
		if until = l.when(now, c); until.Before(latest) && len(l.grants) > 0 {
			l.letPass(now)
			until = l.grants[0].at // when another one may pass
		}
	}
	d, ends := ctx.Deadline()
	switch {
	case ctx.Err() != nil:
		err = ctx.Err()
	case first && until.Before(latest), !first && (now.Before(latest) || ends && !latest.Before(d)):
		return until, nil, false, nil
	default: // others have overtaken it
		err = &tooLate{max(until.Sub(now), 0)}
	}
	l.leave(now, place, false)
	return until, t.leave(key, l, c), true, err
}

// passes reports whether somebody may go while the first waits on: it is the next one, and
// the first goes no later for that. Else all would wait for a large call that goes before
// small ones, and go together when it has gone: more than the limit in that minute.
func (l *line) passes(now time.Time, first, place *queue.Place) bool {
	if first == nil || l.queue.Behind(first) != place {
		return false
	}
	needs := l.costs[first]
	return !l.whenDue(l.due.less(l.costs[place]), now, needs).After(l.when(now, needs))
}

// letPass wakes who may go while the first waits on.
func (l *line) letPass(now time.Time) {
	if first := l.queue.First(now); first != nil && !l.covers(l.costs[first]) {
		if next := l.queue.Behind(first); next != nil && l.covers(l.costs[next]) {
			next.Wake()
		}
	}
}

// covers reports whether so much may go now.
func (l *line) covers(c cost) bool { return l.due.plus(cost{tokens: l.spare}).covers(c) }

// leave gives up a place.
func (l *line) leave(now time.Time, place *queue.Place, served bool) {
	l.queue.Leave(now, place, served)
	delete(l.costs, place)
}

// ripen adds up what has come due.
func (l *line) ripen(now time.Time) {
	n := 0
	for ; n < len(l.grants) && !l.grants[n].at.After(now); n++ {
		l.due = l.due.plus(l.grants[n].cost)
		l.spare = min(l.spare+l.grants[n].gap, l.burst)
	}
	l.grants = slices.Delete(l.grants, 0, n)
}

// leave takes off what somebody does not need after all, and returns it: what comes due
// last, so that the others move up.
func (t *turns) leave(key string, l *line, c cost) (left []grant) {
	for i := len(l.grants) - 1; i >= 0 && c != (cost{}); i-- {
		g := &l.grants[i]
		part := g.smaller(c)
		if part != (cost{}) {
			left = append(left, grant{at: g.at, turn: g.turn, cost: part})
			g.gap = 0 // who takes that part counts it
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
	l.queue.WakeFirst()
	t.forget(key, l)
	return left
}

// forget drops a line in which nobody waits. What has been granted and not used is nothing.
func (t *turns) forget(key string, l *line) {
	if l.queue.Len() == 0 {
		delete(t.lines, key)
	}
}

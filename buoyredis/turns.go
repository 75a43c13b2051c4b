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
	mu    sync.Mutex // guards all below
	lines map[string]*line
}

// line is those who wait for one bucket. A call goes when what has come due covers its
// cost. So at no time more has gone than Redis has let go until then, whoever it was, and
// what is left covers exactly those who are left.
type line struct {
	queue  queue.Queue // weighed in milliseconds of tokens
	due    cost        // has come due, and nobody has used it
	grants []grant     // are yet to come due, the soonest first
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
	sum, at := l.due, now
	for _, g := range l.grants {
		if sum.covers(c) {
			break
		}
		sum, at = sum.plus(g.cost), g.at
	}
	return at
}

// wait waits for a call's turn. Redis has taken its cost, and lets so much go after a time.
// It returns a [*tooLate] as soon as it knows that the turn would not come before latest,
// and the context's error when that ends, with what is then to be given back.
func (t *turns) wait(ctx context.Context, key string, who queue.Who, c cost, turn string, after time.Duration, latest time.Time) (left []grant, err error) {
	place, left, err := t.join(key, who, c, turn, after, latest)
	if err != nil {
		return left, err
	}
	for {
		until, left, done, err := t.look(ctx, key, place, c, latest)
		if done {
			return left, err
		}
		place.Wait(ctx, until)
	}
}

func (t *turns) join(key string, who queue.Who, c cost, turn string, after time.Duration, latest time.Time) (place *queue.Place, left []grant, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	l := t.lines[key]
	if l == nil {
		l = new(line)
		t.lines[key] = l
	}
	now := time.Now()
	l.queue.First(now) // some may have become old
	g := grant{now.Add(after), turn, c}
	i, _ := slices.BinarySearchFunc(l.grants, g.at, func(g grant, at time.Time) int {
		if g.at.After(at) {
			return 1
		}
		return -1
	})
	l.grants = slices.Insert(l.grants, i, g)
	ahead, weight := l.queue.Ahead(who)
	if at := l.when(now, l.total(c, ahead, weight)); ahead > 0 && !at.Before(latest) {
		return nil, t.leave(key, l, c), &tooLate{at.Sub(now)}
	}
	place = l.queue.Join(now, who, c.weight())
	l.queue.WakeFirst() // this grant may be the next one
	return place, nil, nil
}

// look is one look of somebody who waits: it goes, leaves, or is told when to look again.
func (t *turns) look(ctx context.Context, key string, place *queue.Place, c cost, latest time.Time) (until time.Time, left []grant, done bool, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	l, now := t.lines[key], time.Now()
	l.ripen(now)
	first := l.queue.First(now) == place
	until = latest
	if first {
		if l.due.covers(c) {
			l.due = l.due.less(c)
			l.queue.Leave(now, place, true)
			t.forget(key, l)
			return until, nil, true, nil
		}
		until = l.when(now, c)
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
	l.queue.Leave(now, place, false)
	return until, t.leave(key, l, c), true, err
}

// ripen adds up what has come due.
func (l *line) ripen(now time.Time) {
	n := 0
	for ; n < len(l.grants) && !l.grants[n].at.After(now); n++ {
		l.due = l.due.plus(l.grants[n].cost)
	}
	l.grants = slices.Delete(l.grants, 0, n)
}

// leave takes off what somebody does not need after all, and returns it: what comes due
// last, so that the others move up.
func (t *turns) leave(key string, l *line, c cost) (left []grant) {
	for i := len(l.grants) - 1; i >= 0 && c != (cost{}); i-- {
		g := &l.grants[i]
		part := g.smaller(c)
		g.cost, c = g.less(part), c.less(part)
		if part != (cost{}) {
			left = append(left, grant{g.at, g.turn, part})
		}
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

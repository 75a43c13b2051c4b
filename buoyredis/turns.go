package buoyredis

import (
	"context"
	"sync"
	"time"

	"github.com/buoy-go/buoy/internal/queue"
)

// turns settles in which order those of this process go who wait for the same bucket.
// Redis has taken the cost of each and has named a time for it. Which of them goes at which
// time is decided here, as by the local limits: interactive calls before those in the
// background, the tenants in turns. It is safe for concurrent use.
type turns struct {
	size int64 // the requests that the limit lets go at once, in microseconds

	mu    sync.Mutex // guards all below
	lines map[string]*line
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
	if at, ok := l.expected(now, who, c, ahead, weight); ok {
		return max(at.Sub(now), 0), true
	}
	return 0, false // its own turn would be the next one that is large enough
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
		l = newLine(t.size)
		t.lines[key] = l
	}
	now := time.Now()
	l.queue.First(now) // some may have become old
	c := given.cost
	l.add(now, given)
	ahead, weight := l.queue.Ahead(who)
	if at, _ := l.expected(now, who, c, ahead, weight); ahead > 0 && !at.Before(latest) {
		return nil, t.takeBack(key, l, c), &tooLate{at.Sub(now)}
	}
	place = l.join(now, who, waiter{c, latest})
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
	if l.lets(now, c) && (first || l.passes(now, place)) {
		spare := l.serve(now, place)
		l.wakePassing(now, until)
		return until, t.takeBack(key, l, spare), true, nil
	}
	if first {
		if until, _ = l.when(now, c, 0, 0); until.Before(latest) {
			until = l.wakePassing(now, until)
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
	return until, t.takeBack(key, l, c), true, err
}

// takeBack takes off what somebody does not need after all, and drops a line in which nobody
// waits: what has been granted there and not used is nothing.
func (t *turns) takeBack(key string, l *line, c cost) (left []grant) {
	left = l.takeBack(c)
	l.queue.WakeFirst()
	if l.queue.Len() == 0 {
		delete(t.lines, key)
	}
	return left
}

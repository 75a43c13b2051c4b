package clock

import (
	"sync"
	"time"
)

// Queue has the clocks of attempts that have just begun. Their first alarm is at the
// same age, [watchAfter], and what is answered sooner is spared the price of a timer of
// its own (2 allocations): one timer serves them all. A client has one. The zero value
// is ready to use.
type Queue struct {
	mu          sync.Mutex // guards the fields below, and next, prev and queued of the clocks in it
	first, last *Clock     // in the order of their beginnings
	begun, at   time.Time  // of the timer; zero where none runs
}

// late is how much later than it should a timer may run, until it counts as lost: one of
// a testing/synctest bubble that has ended never runs.
const late = time.Second

// add puts a clock at the end.
func (q *Queue) add(c *Clock, now time.Time) {
	q.mu.Lock()
	defer q.mu.Unlock()
	c.queued = true
	if c.prev = q.last; q.last == nil {
		q.first = c
	} else {
		q.last.next = c
	}
	q.last = c
	if q.at.IsZero() || now.Before(q.begun) || now.After(q.at.Add(late)) {
		q.setLocked(now, now.Add(watchAfter))
	}
}

// setLocked starts a timer. It needs mu.
func (q *Queue) setLocked(now, at time.Time) {
	q.begun, q.at = now, at
	time.AfterFunc(at.Sub(now), q.ring)
}

// remove takes a clock out, wherever it stands.
func (q *Queue) remove(c *Clock) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.removeLocked(c)
}

func (q *Queue) removeLocked(c *Clock) {
	if !c.queued {
		return
	}
	if c.prev == nil {
		q.first = c.next
	} else {
		c.prev.next = c.next
	}
	if c.next == nil {
		q.last = c.prev
	} else {
		c.next.prev = c.prev
	}
	c.prev, c.next, c.queued = nil, nil, false
}

// ring rings the clocks that have come of age. Each does so on a goroutine of its own,
// as with a timer: to close a body may take a while.
func (q *Queue) ring() {
	q.mu.Lock()
	defer q.mu.Unlock()
	now := time.Now()
	for c := q.first; c != nil && !now.Before(c.start.Add(watchAfter)); c = q.first {
		q.removeLocked(c)
		go c.comeOfAge()
	}
	if q.at = (time.Time{}); q.first != nil {
		q.setLocked(now, q.first.start.Add(watchAfter))
	}
}

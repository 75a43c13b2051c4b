package clock

import (
	"sync"
	"time"
)

// Queue has the clocks of attempts that have just begun. Their first alarm is at the
// same age, [watchAfter], and what is answered sooner is spared the price of a timer of
// its own (2 allocations): one timer serves them all. A client has one, see [Queue.In].
// The zero value is ready to use.
type Queue struct {
	mu          sync.Mutex // guards the fields below, and next, prev and queued of the clocks in it
	first, last *Clock     // in the order of their beginnings
	set         bool       // a timer runs
}

// bubbled is a moment before which it is only in a testing/synctest bubble: the time begins
// there with the year 2000. A clock that is wrong costs a timer for each attempt.
var bubbled = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// In returns q, and nil within a testing/synctest bubble: a timer that was begun in one
// never runs where the bubble has ended, or in another one that uses the same client.
func (q *Queue) In(now time.Time) *Queue {
	if now.Before(bubbled) {
		return nil
	}
	return q
}

// add puts a clock at the end.
func (q *Queue) add(c *Clock) {
	q.mu.Lock()
	defer q.mu.Unlock()
	c.queued = true
	if c.prev = q.last; q.last == nil {
		q.first = c
	} else {
		q.last.next = c
	}
	q.last = c
	if !q.set {
		q.setLocked(watchAfter)
	}
}

// setLocked starts a timer. It needs mu.
func (q *Queue) setLocked(d time.Duration) {
	q.set = true
	time.AfterFunc(d, q.ring)
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
	if q.set = false; q.first != nil {
		q.setLocked(q.first.start.Add(watchAfter).Sub(now))
	}
}

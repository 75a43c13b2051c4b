package circuit

import (
	"sync/atomic"
	"time"
)

// Ticket is the right to one attempt through a circuit. The zero value is memory for
// one: [Circuit.Enter] fills it.
type Ticket struct {
	circuit  *Circuit
	call     uint64
	report   func(error)
	since    time.Time
	changes  uint64
	watchdog *time.Timer // guarded by circuit.mu
	used     atomic.Bool // gobreaker counts every call of report
}

// Watched reports whether the circuit has a hold on the ticket, which may then be used late.
func (t *Ticket) Watched() bool { return t.watchdog != nil }

// Alive notes that the other side has begun to answer: it is not silent, whatever
// else it is. It is safe for concurrent use.
func (t *Ticket) Alive() {
	c := t.circuit
	c.mu.Lock()
	defer c.mu.Unlock()
	c.alive = time.Now()
}

// Done reports how the attempt went; only the first time counts. The cause of a
// failure is kept for those who ask why the circuit is open, and not looked at. It
// is safe for concurrent use.
func (t *Ticket) Done(o Outcome, cause error) {
	if t.used.Swap(true) {
		return
	}
	c := t.circuit
	now := t.since.Add(time.Since(t.since)) // half the price of time.Now
	c.mu.Lock()
	if t.watchdog != nil {
		t.watchdog.Stop()
	}
	if o == Silence {
		if o = Failure; !c.alive.Before(t.since) {
			o = Excluded
		}
	}
	current := t.changes == c.changes && c.state == Closed
	switch o {
	case Failure:
		c.cause = cause
		if current {
			c.failedLocked(t.call)
		}
	case Success:
		c.alive = now
		if current {
			c.endRowLocked()
		}
	}
	c.mu.Unlock()
	defer c.tell()
	report := t.report
	if current && o != Excluded && now.Sub(t.since) >= c.settings.Window/windowBuckets {
		if report = t.anew(); report == nil {
			return
		}
	}
	report(told(o))
}

// anew returns where to report a result as one of now, or nil where the circuit has
// changed meanwhile. gobreaker counts a result in the bucket in which its attempt
// began, and drops it where it has forgotten that one, which with ten buckets may be
// after nine tenths of the window: with streams that fail late 60 of 60 went through
// (measured). There is no way to hand in a result but for an attempt, so it is counted
// for one that begins now. The first needs no report: what gobreaker knows of an
// attempt that has not ended, no closed circuit looks at.
func (t *Ticket) anew() func(error) {
	c := t.circuit
	report, err := c.machine.Allow()
	if err != nil {
		return nil // opened meanwhile: the result is stale
	}
	c.mu.Lock()
	stale := t.changes != c.changes
	c.mu.Unlock()
	if stale {
		report(told(Excluded)) // what was taken may be a probe's place
		return nil
	}
	return report
}

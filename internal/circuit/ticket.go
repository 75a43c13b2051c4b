package circuit

import (
	"sync/atomic"
	"time"
)

// Ticket is the right to one call through a circuit. The zero value is memory for
// one: [Circuit.Enter] fills it.
type Ticket struct {
	circuit  *Circuit
	report   func(error)
	since    time.Time
	changes  uint64
	watchdog *time.Timer // guarded by circuit.mu
	used     atomic.Bool // gobreaker counts every call of report
}

// Done reports how the call went; only the first time counts. The cause of a
// failure is kept for those who ask why the circuit is open, and not looked at. It
// is safe for concurrent use.
func (t *Ticket) Done(o Outcome, cause error) {
	if t.used.Swap(true) {
		return
	}
	c := t.circuit
	c.mu.Lock()
	if t.watchdog != nil {
		t.watchdog.Stop()
	}
	if o == Failure {
		c.cause = cause
	}
	current := t.changes == c.changes && c.state == Closed
	c.mu.Unlock()
	defer c.tell()
	report := t.report
	if current && time.Since(t.since) >= c.settings.Window {
		// gobreaker counts a result in the bucket in which its call began. It has
		// forgotten this one and would drop the result: with streams that fail
		// late 60 of 60 went through (measured). There is no way to hand in a
		// result but for a call, so it is counted for one that begins now. The
		// first call needs no report: what gobreaker knew of it is forgotten, too.
		var err error
		if report, err = c.machine.Allow(); err != nil {
			return // opened meanwhile: the result is stale
		}
	}
	report(told(o))
}

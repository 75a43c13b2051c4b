// Package circuit is one circuit breaker. Numbers and outcomes go in, a ticket or
// a refusal comes out; what an outcome means is its user's affair.
//
// The state machine is gobreaker's. This package adds what that lacks: the time of
// the next probe, an open time that grows, the failure that opened it, and tickets
// that cannot be lost or counted twice.
package circuit

import (
	"math/rand/v2"
	"sync"
	"time"

	"github.com/sony/gobreaker/v2"
)

// Settings are the numbers of a circuit. All must be positive.
type Settings struct {
	FailureRatio float64       // opens it, of at least MinRequests results in the window
	MinRequests  int           //
	Consecutive  int           // calls in a row that fail open it, too, whenever they come
	Window       time.Duration // results older than this are forgotten
	OpenFor      time.Duration // doubles after each failed probe ...
	MaxOpenFor   time.Duration // ... up to this; each time a random factor in [0.8, 1.2]
	Probes       int           // successes that close it, and calls let through at a time
}

// State is what a circuit does with calls.
type State uint8

// The states.
const (
	Closed   State = iota // lets calls through
	Open                  // refuses them
	HalfOpen              // lets a few probes through
)

// Outcome is what a circuit counts.
type Outcome uint8

// The outcomes. The zero value counts for nothing.
const (
	Excluded Outcome = iota // it says nothing of the other side
	Success
	Failure
	// Silence is a call that was ended from outside after it had waited long in
	// vain. It is a Failure where nobody else was answered meanwhile, and else
	// Excluded: this one may just have been longer.
	Silence
)

// Change is a change of state.
type Change struct {
	From, To State
	Until    time.Time // for Open: when the next probe may go
	Cause    error     // for Open: the cause of the failure that opened it
}

// Status is how a circuit stands.
type Status struct {
	State State
	Until time.Time // for Open: when the next probe may go
	Cause error     // of the last failure, nil if there was none
}

// Refusal says when to ask again, and why.
type Refusal struct {
	Until time.Time // never in the past
	Cause error     // of the last failure
}

// Circuit is one breaker. It is safe for concurrent use; its zero value cannot be
// used, see [New].
type Circuit struct {
	settings Settings
	changed  func(Change) // nil for nobody
	machine  *gobreaker.TwoStepCircuitBreaker[struct{}]

	mu      sync.Mutex // guards the fields below
	state   State
	changes uint64    // our own generation counter
	until   time.Time // of the latest open time, long past in a closed circuit
	openFor time.Duration
	cause   error
	row     map[uint64]struct{} // calls that failed since the last success: the latest of them ...
	inRow   int                 // ... and how many there are
	alive   time.Time           // when the other side last answered somebody
	early   bool                // gobreaker is half-open, but our own time has not come
	events  []Change            // to be told when no lock is held
}

// gobreakerTimeout is gobreaker's own open time. It cannot grow, so it is kept
// short and the circuit refuses by itself until its own time has come.
const gobreakerTimeout = time.Millisecond

// windowBuckets: a fixed window (one bucket) would begin a new generation at each
// interval and drop the results of all calls that are under way.
const windowBuckets = 10

// New makes a closed circuit. The function, if it is not nil, is called after each
// change of state, outside all locks, on the goroutine whose call caused it.
func New(s Settings, changed func(Change)) *Circuit {
	c := &Circuit{settings: s, changed: changed, openFor: s.OpenFor}
	c.machine = gobreaker.NewTwoStepCircuitBreaker[struct{}](gobreaker.Settings{
		MaxRequests:  uint32(s.Probes),
		Interval:     s.Window,
		BucketPeriod: s.Window / windowBuckets,
		Timeout:      gobreakerTimeout,
		// These run under gobreaker's mutex: they only compute and take notes.
		ReadyToTrip:   c.readyToTrip,
		OnStateChange: c.noteChange,
		IsSuccessful:  func(err error) bool { return err == told(Success) },
		IsExcluded:    func(err error) bool { return err == told(Excluded) },
	})
	return c
}

// told is an [Outcome] on its way through gobreaker, which takes errors only. None
// comes out again.
type told Outcome

func (told) Error() string { return "an outcome" }

// readyToTrip is asked after each failure in a closed circuit. Failures in a row
// are not gobreaker's: its row is that of its window, so one failure a minute never
// opened it, and it would count each attempt of a call. Like noteChange it runs
// under gobreaker's mutex and takes ours.
func (c *Circuit) readyToTrip(n gobreaker.Counts) bool {
	c.mu.Lock()
	inRow := c.inRow
	c.mu.Unlock()
	if inRow >= c.settings.Consecutive {
		return true
	}
	results := n.TotalSuccesses + n.TotalFailures
	return int(results) >= c.settings.MinRequests &&
		float64(n.TotalFailures) >= c.settings.FailureRatio*float64(results)
}

// noteChange notes a change of gobreaker's state. It runs under gobreaker's mutex
// and takes ours: nobody calls gobreaker with ours held.
func (c *Circuit) noteChange(_ string, from, to gobreaker.State) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.changes++
	c.state = stateOf(to)
	c.endRowLocked()
	e := Change{From: stateOf(from), To: c.state}
	switch c.state {
	case Open:
		if e.From == HalfOpen {
			c.openFor = min(2*c.openFor, c.settings.MaxOpenFor)
		} else {
			c.openFor = c.settings.OpenFor
		}
		jittered := time.Duration(float64(c.openFor) * (0.8 + 0.4*rand.Float64()))
		c.until = time.Now().Add(jittered)
		e.Until, e.Cause = c.until, c.cause
	case HalfOpen:
		// gobreaker's own open time is over at once, and a late result makes it
		// look: to everybody else the circuit is still open.
		if c.early = time.Now().Before(c.until); c.early {
			return
		}
	}
	c.noteLocked(e)
}

// longestRow bounds the memory of a row that may become longer than that: a call of
// more than so many calls ago would be counted once more.
const longestRow = 1024

// failedLocked adds a call to the row of those that failed, once. It needs mu.
func (c *Circuit) failedLocked(call uint64) {
	if _, counted := c.row[call]; counted {
		return
	}
	if c.row == nil {
		c.row = make(map[uint64]struct{})
	}
	if len(c.row) >= longestRow {
		clear(c.row)
	}
	c.row[call] = struct{}{}
	c.inRow++
}

// endRowLocked forgets the row. It needs mu.
func (c *Circuit) endRowLocked() {
	clear(c.row)
	c.inRow = 0
}

func stateOf(s gobreaker.State) State {
	switch s {
	case gobreaker.StateOpen:
		return Open
	case gobreaker.StateHalfOpen:
		return HalfOpen
	}
	return Closed
}

// noteLocked keeps an event for [Circuit.tell]. It needs mu.
func (c *Circuit) noteLocked(e Change) {
	if c.changed != nil {
		c.events = append(c.events, e)
	}
}

// tell reports what has happened, outside all locks.
func (c *Circuit) tell() {
	if c.changed == nil {
		return
	}
	c.mu.Lock()
	events := c.events
	c.events = nil
	c.mu.Unlock()
	for _, e := range events {
		c.changed(e)
	}
}

// Status reads the state as it is at now: an open circuit whose time has come
// would let a probe through.
func (c *Circuit) Status(now time.Time) Status {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := Status{State: c.state, Until: c.until, Cause: c.cause}
	switch {
	case now.Before(c.until):
		s.State = Open
	case s.State == Open:
		s.State = HalfOpen
	}
	if s.State != Open {
		s.Until = time.Time{}
	}
	return s
}

// probeHint is the Until of a refusal while probes are under way: nobody knows
// when they end, so callers are told to look again soon.
const probeHint = time.Second

// refusal is that of an open circuit; it reports false where calls are let through.
func (c *Circuit) refusal(now time.Time) (Refusal, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return Refusal{Until: c.until, Cause: c.cause}, now.Before(c.until)
}

// Enter makes t, which was never used, the ticket of an attempt of a call, or
// reports false and why not. The call has a number of its own, since it counts
// once in a row of failures, however many attempts it makes. The owner of a ticket
// must call [Ticket.Done]. A probe that is never heard of again is written off after
// patience, which is asked of a probe alone.
func (c *Circuit) Enter(t *Ticket, call uint64, now time.Time, patience func() time.Duration) (Refusal, bool) {
	if r, refused := c.refusal(now); refused {
		return r, false
	}
	report, err := c.machine.Allow()
	defer c.tell()
	c.mu.Lock()
	defer c.mu.Unlock()
	if err != nil {
		// Half-open and all probes are under way, or just opened again.
		until := c.until
		if !now.Before(until) {
			until = now.Add(probeHint)
		}
		return Refusal{Until: until, Cause: c.cause}, false
	}
	if c.early {
		c.early = false
		c.noteLocked(Change{From: Open, To: HalfOpen})
	}
	t.circuit, t.call, t.report, t.since, t.changes = c, call, report, now, c.changes
	if c.state == HalfOpen {
		// In half-open a probe that does not report blocks for ever: 24 h later
		// gobreaker still says "too many requests" (measured).
		t.watchdog = time.AfterFunc(patience(), func() { t.Done(Excluded, nil) })
	}
	return Refusal{}, true
}

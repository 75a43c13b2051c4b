// Package clock runs the timers of one attempt to get an answer. It knows how long
// each may run, and tells which has fired.
package clock

import (
	"context"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/buoy-go/buoy/internal/scope"
)

// Timer is one of an attempt's timers.
type Timer uint8

// The timers. Connect runs while the attempt waits for a connection. Attempt runs
// from the beginning to [Clock.Stop], and in a stream to [Clock.Commit]. FirstToken
// runs in a stream from the beginning to Commit, and Idle after that, while the
// reader waits.
const (
	None Timer = iota
	Connect
	FirstToken
	Idle
	Attempt
	watch // ends nothing, see watchAfter
	linger
)

// Bounds are how long the timers may run; a timer without a bound, 0, never fires.
type Bounds struct{ Connect, FirstToken, Idle, Attempt time.Duration }

// of is the bound of one timer; 0 for none.
func (b *Bounds) of(t Timer) time.Duration {
	switch t {
	case Connect:
		return b.Connect
	case FirstToken:
		return b.FirstToken
	case Idle:
		return b.Idle
	case Attempt:
		return b.Attempt
	}
	return 0
}

// Clock runs the timers of one attempt on a single time.Timer: at any moment
// it is set to the soonest that is still running. A young one with a [Queue] has none,
// unless something is due before the Queue rings. When one fires, the
// attempt's context is cancelled and the body closed; which one it was is read
// from [Clock.Fired] and never guessed from an error, since net/http answers the
// same cancellation with different errors on HTTP/1 and HTTP/2.
//
// The zero value is memory for [Clock.Run]. A nil Clock is that of an attempt
// without timers: all other methods do nothing. Wait, Pause and Progress are for
// the reader's goroutine; the others may be called from any.
type Clock struct {
	ctx        scope.Scope // the attempt's context; its parent ends for the caller's reasons, not for the clock's
	bounds     Bounds
	start      time.Time
	queue      *Queue // nil for none
	prev, next *Clock // its neighbours in the queue, guarded by that one's mu

	// waiting is when the reader began to wait for the next meaningful event,
	// in nanoseconds after start; 0 while nobody waits. Keep-alives do not
	// reset it, and a reader that takes its time is not charged.
	waiting atomic.Int64
	silent  time.Duration // waited in vain before that; the reader's own

	mu         sync.Mutex // guards the fields below
	timer      *time.Timer
	set        time.Duration // after start, when the timer fires; 0 where it does not run
	body       io.Closer
	unwatch    func() bool   // stops watching the parent; nil before that
	asked      time.Duration // after start, when a connection was asked for
	lingers    time.Duration // after start, when Linger closes the body; 0 for never
	connecting bool          // it does not stand yet
	young      bool          // the queue is going to ring it
	committed  bool          // the stream's first meaningful event has come
	stopped    bool
	deserted   bool // the parent ended while it was watched
	queued     bool // guarded by the queue's mu, not by this one
	stream     bool // of answers; it never changes
	fired      Timer
}

// watchAfter is when the clock begins to watch for the end of its parent, to close
// a body that does not watch the context itself. What is answered sooner, as by a
// cache or a test's RoundTripper, is spared the price of it (8 allocations).
const watchAfter = 50 * time.Millisecond

// Run begins the attempt now and returns its context, which ends when parent ends,
// when a timer fires, and with Stop. The Clock was not used before. q may be nil.
func (c *Clock) Run(parent context.Context, b Bounds, stream bool, now time.Time, q *Queue) context.Context {
	c.ctx.Begin(parent, time.Time{}, nil)
	c.bounds, c.stream, c.start, c.queue = b, stream, now, q
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.young = q != nil; c.young {
		q.add(c)
	}
	c.armLocked(now)
	return &c.ctx
}

// Outer returns the context that the attempt was begun under; without a clock,
// that is the attempt's own.
func (c *Clock) Outer(attempt context.Context) context.Context {
	if c == nil {
		return attempt
	}
	return c.ctx.Parent()
}

// alarm is a timer that runs, and the moment when it fires.
type alarm struct {
	timer Timer
	at    time.Time
}

// nextLocked returns the soonest alarm as of now. It needs mu.
func (c *Clock) nextLocked(now time.Time) (next alarm) {
	consider := func(t Timer, from time.Time, d time.Duration) {
		if d <= 0 {
			return
		}
		if at := from.Add(d); next.timer == None || at.Before(next.at) {
			next = alarm{t, at}
		}
	}
	if c.lingers != 0 {
		next = alarm{linger, c.start.Add(c.lingers)}
	}
	if c.committed {
		from := now
		if w := c.waiting.Load(); w != 0 {
			from = c.start.Add(time.Duration(w))
		}
		consider(Idle, from, c.bounds.Idle)
		return next
	}
	if c.unwatch == nil {
		consider(watch, c.start, watchAfter)
	}
	if c.connecting {
		consider(Connect, c.start.Add(c.asked), c.bounds.Connect)
	}
	consider(Attempt, c.start, c.bounds.Attempt)
	if c.stream {
		consider(FirstToken, c.start, c.bounds.FirstToken)
	}
	return next
}

// armLocked sets the timer to the soonest alarm. It needs mu.
func (c *Clock) armLocked(now time.Time) {
	if c.stopped || c.fired != None {
		return
	}
	next := c.nextLocked(now)
	set := next.at.Sub(c.start)
	if next.timer == None || c.young && set >= watchAfter { // the queue rings before that
		set = 0
	}
	if set == c.set { // to set it again may wake a thread
		return
	}
	c.set = set
	switch {
	case set == 0:
		c.timer.Stop() // it was set
	case c.timer == nil:
		c.timer = time.AfterFunc(next.at.Sub(now), c.ring)
	default:
		c.timer.Reset(next.at.Sub(now))
	}
}

// comeOfAge runs when the queue rings.
func (c *Clock) comeOfAge() {
	c.mu.Lock()
	c.young = false
	c.ringLocked()
}

// ring runs when the timer fires.
func (c *Clock) ring() {
	c.mu.Lock()
	c.set = 0
	c.ringLocked()
}

// ringLocked does what is due; it may be nothing where an alarm has moved on. It needs
// mu and gives it back.
func (c *Clock) ringLocked() {
	now := time.Now()
	next := c.nextLocked(now)
	if c.stopped || c.fired != None || next.timer == None || now.Before(next.at) {
		c.armLocked(now)
		c.mu.Unlock()
		return
	}
	if next.timer == watch {
		c.unwatch = context.AfterFunc(c.ctx.Parent(), c.desert)
		c.armLocked(now)
		c.mu.Unlock()
		return
	}
	body := c.body
	if next.timer == linger {
		c.lingers = 0
		c.armLocked(now)
		c.mu.Unlock()
		if body != nil {
			_ = body.Close()
		}
		return
	}
	c.fired = next.timer
	c.mu.Unlock()
	c.ctx.End()
	if body != nil {
		// A body that does not watch the context, as those of a custom
		// RoundTripper may, is unblocked by closing it.
		_ = body.Close()
	}
}

// desert closes the body that a reader may be waiting for: nobody wants it any more.
func (c *Clock) desert() {
	c.mu.Lock()
	c.deserted = true
	body := c.body
	c.mu.Unlock()
	if body != nil {
		_ = body.Close()
	}
}

// Fired is the timer that ended the attempt, None when none did.
func (c *Clock) Fired() Timer {
	if c == nil {
		return None
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.fired
}

// Bound is how long a timer may run; 0 for without end.
func (c *Clock) Bound(t Timer) time.Duration {
	if c == nil {
		return 0
	}
	return c.bounds.of(t)
}

// Own hands the clock the body to close when a timer fires, or at once where it
// comes too late.
func (c *Clock) Own(body io.Closer) {
	if c == nil {
		return
	}
	c.mu.Lock()
	c.body = body
	late := c.fired != None || c.deserted
	c.mu.Unlock()
	if late {
		_ = body.Close()
	}
}

// Linger closes the body after a while, which ends no attempt: it bounds the wait for
// what may follow an answer. 0 takes that back. It reports false for a nil Clock.
func (c *Clock) Linger(d time.Duration) bool {
	if c == nil {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.lingers = 0; d <= 0 && c.set == 0 {
		return true // no timer runs, and there is one alarm less
	}
	age := time.Since(c.start)
	if d > 0 {
		c.lingers = age + d
	}
	c.armLocked(c.start.Add(age))
	return true
}

// Commit ends the timers of the beginning: from now on only Idle counts.
func (c *Clock) Commit() {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.committed = true
	c.waiting.Store(0)
	c.armLocked(time.Now())
}

// Wait notes that the reader waits for the network, unless it does already.
func (c *Clock) Wait() {
	if c == nil || c.waiting.Load() != 0 {
		return
	}
	c.waiting.Store(max(int64(time.Since(c.start)-c.silent), 1))
	if c.silent > 0 { // the timer is set for all of Idle
		c.mu.Lock()
		defer c.mu.Unlock()
		c.armLocked(time.Now())
	}
}

// Pause notes that the reader has an event without meaning in hand: the time that
// it takes over that is its own, but the silence goes on.
func (c *Clock) Pause() {
	if c == nil {
		return
	}
	if w := c.waiting.Load(); w != 0 {
		c.silent = time.Since(c.start) - time.Duration(w)
		c.waiting.Store(0)
	}
}

// Progress notes a meaningful event: the next wait starts over.
func (c *Clock) Progress() {
	if c == nil {
		return
	}
	if c.silent = 0; c.waiting.Load() != 0 {
		c.waiting.Store(0)
	}
}

// Silent is how long the attempt, or the reader of its stream, has waited for a
// meaningful event that has not come; 0 while the reader is busy with the last one.
func (c *Clock) Silent() time.Duration {
	if c == nil {
		return 0
	}
	c.mu.Lock()
	committed := c.committed
	c.mu.Unlock()
	since := time.Since(c.start)
	if !committed {
		return since
	}
	w := time.Duration(c.waiting.Load())
	if w == 0 {
		return 0
	}
	return since - w
}

// Stop ends the attempt: no timer outlives it, and its context is released.
func (c *Clock) Stop() {
	if c == nil {
		return
	}
	c.mu.Lock()
	c.stopped = true
	if c.timer != nil {
		c.timer.Stop()
	}
	if c.young {
		c.queue.remove(c)
	}
	unwatch := c.unwatch
	c.mu.Unlock()
	if unwatch != nil {
		unwatch()
	}
	c.ctx.End()
}

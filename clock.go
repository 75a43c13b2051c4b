package buoy

import (
	"context"
	"io"
	"net/http/httptrace"
	"sync"
	"sync/atomic"
	"time"

	"github.com/buoy-go/buoy/internal/scope"
)

// clock runs the timers of one attempt on a single time.Timer: at any moment
// it is set to the soonest limit that is still in force. When one passes, the
// attempt's context is cancelled and the body closed; which one it was is read
// from fired and never guessed from an error, since net/http answers the same
// cancellation with different errors on HTTP/1 and HTTP/2.
type clock struct {
	ctx      scope.Scope // the attempt's context; its parent ends for the caller's reasons, not for the clock's
	timeouts Timeouts
	static   time.Duration // what Timeouts.Adaptive has lowered; 0 for nothing
	input    int           // estimated tokens of the request; 0 where nobody has asked
	stream   bool
	start    time.Time

	// waiting is when the reader began to wait for the next meaningful event,
	// in nanoseconds after start; 0 while nobody waits. Keep-alives do not
	// reset it, and a reader that takes its time is not charged.
	waiting atomic.Int64
	silent  time.Duration // waited in vain before that; the reader's own

	mu         sync.Mutex // guards the fields below
	timer      *time.Timer
	body       io.Closer
	connecting time.Time // when a connection was asked for; zero once it stands
	committed  bool      // the stream's first meaningful event has come
	stopped    bool
	fired      string
	unwatch    func() bool // stops watching the parent; nil before that
	deserted   bool        // the parent ended while it was watched
}

// watchAfter is when the clock begins to watch for the end of its parent, to close
// a body that does not watch the context itself. What is answered sooner, as by a
// cache or a test's RoundTripper, is spared the price of it (8 allocations).
const watchAfter = 50 * time.Millisecond

// timerWatch is set for watchAfter. It ends nothing.
const timerWatch = "watch"

// run begins the attempt now, under c.ctx. The clock was not used before.
func (c *clock) run(parent context.Context, t Timeouts, stream bool, now time.Time) {
	c.ctx.Begin(parent, time.Time{}, nil)
	c.timeouts, c.stream, c.start = t, stream, now
	c.mu.Lock()
	defer c.mu.Unlock()
	c.armLocked(c.start)
}

// limit is one timer's name and the moment it passes.
type limit struct {
	name string
	at   time.Time
}

// nextLocked returns the soonest limit in force at now. It needs mu.
func (c *clock) nextLocked(now time.Time) (next limit) {
	consider := func(name string, from time.Time, d time.Duration) {
		if d <= 0 {
			return
		}
		if at := from.Add(d); next.name == "" || at.Before(next.at) {
			next = limit{name, at}
		}
	}
	if c.committed {
		from := now
		if w := c.waiting.Load(); w != 0 {
			from = c.start.Add(time.Duration(w))
		}
		consider(timerIdle, from, c.timeouts.idle())
		return next
	}
	if c.unwatch == nil {
		consider(timerWatch, c.start, watchAfter)
	}
	if !c.connecting.IsZero() {
		consider(timerConnect, c.connecting, c.timeouts.connect())
	}
	consider(timerAttempt, c.start, c.timeouts.attempt())
	if c.stream {
		consider(timerFirstToken, c.start, c.timeouts.firstToken())
	}
	return next
}

// armLocked sets the timer to the soonest limit. It needs mu.
func (c *clock) armLocked(now time.Time) {
	if c.stopped || c.fired != "" {
		return
	}
	next := c.nextLocked(now)
	if next.name == "" {
		if c.timer != nil {
			c.timer.Stop()
		}
		return
	}
	if c.timer == nil {
		c.timer = time.AfterFunc(next.at.Sub(now), c.ring)
		return
	}
	c.timer.Reset(next.at.Sub(now))
}

// ring runs when the timer fires: either a limit has passed, or it has moved on
// since the timer was set.
func (c *clock) ring() {
	c.mu.Lock()
	now := time.Now()
	next := c.nextLocked(now)
	if c.stopped || c.fired != "" || next.name == "" || now.Before(next.at) {
		c.armLocked(now)
		c.mu.Unlock()
		return
	}
	if next.name == timerWatch {
		c.unwatch = context.AfterFunc(c.ctx.Parent(), c.desert)
		c.armLocked(now)
		c.mu.Unlock()
		return
	}
	c.fired = next.name
	body := c.body
	c.mu.Unlock()
	c.ctx.End()
	if body != nil {
		// A body that does not watch the context, as those of a custom
		// RoundTripper may, is unblocked by closing it.
		_ = body.Close()
	}
}

// desert closes the body that a reader may be waiting for: nobody wants it any more.
func (c *clock) desert() {
	c.mu.Lock()
	c.deserted = true
	body := c.body
	c.mu.Unlock()
	if body != nil {
		_ = body.Close()
	}
}

// firedTimer names the timer that ended the attempt, "" when none did.
func (c *clock) firedTimer() string {
	if c == nil {
		return ""
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.fired
}

// limitOf is the setting of a timer, for its text.
func (c *clock) limitOf(timer string) time.Duration {
	switch timer {
	case timerConnect:
		return c.timeouts.connect()
	case timerFirstToken:
		return c.timeouts.firstToken()
	case timerIdle:
		return c.timeouts.idle()
	}
	return c.timeouts.attempt()
}

// own hands the clock the body to close when a timer fires, or at once where it
// comes too late.
func (c *clock) own(body io.Closer) {
	if c == nil {
		return
	}
	c.mu.Lock()
	c.body = body
	late := c.fired != "" || c.deserted
	c.mu.Unlock()
	if late {
		_ = body.Close()
	}
}

// commit ends the timers of the beginning: from now on only Idle counts.
func (c *clock) commit() {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.committed = true
	c.waiting.Store(0)
	c.armLocked(time.Now())
}

// wait notes that the reader waits for the network, unless it does already.
func (c *clock) wait() {
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

// pause notes that the reader has an event without meaning in hand: the time that
// it takes over that is its own, but the silence goes on.
func (c *clock) pause() {
	if c == nil {
		return
	}
	if w := c.waiting.Load(); w != 0 {
		c.silent = time.Since(c.start) - time.Duration(w)
		c.waiting.Store(0)
	}
}

// progress notes a meaningful event: the next wait begins anew.
func (c *clock) progress() {
	if c == nil {
		return
	}
	if c.silent = 0; c.waiting.Load() != 0 {
		c.waiting.Store(0)
	}
}

// stop ends the attempt: no timer outlives it, and its context is released.
func (c *clock) stop() {
	if c == nil {
		return
	}
	c.mu.Lock()
	c.stopped = true
	if c.timer != nil {
		c.timer.Stop()
	}
	unwatch := c.unwatch
	c.mu.Unlock()
	if unwatch != nil {
		unwatch()
	}
	c.ctx.End()
}

// watchConn makes net/http tell through trace when the attempt waits for a
// connection.
func (c *clock) watchConn(ctx context.Context, trace *httptrace.ClientTrace) context.Context {
	if c == nil || c.timeouts.connect() <= 0 {
		return ctx
	}
	trace.GetConn, trace.GotConn = c.getConn, c.gotConn
	return httptrace.WithClientTrace(ctx, trace)
}

func (c *clock) getConn(string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	c.connecting = now
	c.armLocked(now)
}

func (c *clock) gotConn(httptrace.GotConnInfo) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.connecting.IsZero() {
		return
	}
	c.connecting = time.Time{}
	c.armLocked(time.Now())
}

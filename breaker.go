package buoy

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sony/gobreaker/v2"
)

// BreakerPolicy sets up circuit breakers, one per endpoint and model. A breaker
// opens when calls fail for the provider's reasons (the verdict table's column
// "breaker"), refuses calls for a while, then lets a few probes through. A 429 or
// a 4xx never opens it. Zero fields mean the defaults:
//
//	FailureRatio  0.5                   of at least MinRequests results in the window
//	MinRequests   20
//	Consecutive   5                     failures in a row open it, too
//	Window        2 x Attempt, >= 60s   results older than this are forgotten
//	OpenFor       10s                   doubling after each failed probe ...
//	MaxOpenFor    20s                   ... up to this; each times a random factor in [0.8, 1.2]
//	Probes        2                     successes that close it, and calls let through at a time
//
// OnChange is called after each change of state, outside any lock, on the
// goroutine of the call that caused it; it may call any method of buoy's.
type BreakerPolicy struct {
	FailureRatio float64
	MinRequests  int
	Consecutive  int
	Window       time.Duration
	OpenFor      time.Duration
	MaxOpenFor   time.Duration
	Probes       int
	Disabled     bool
	OnChange     func(BreakerChange)
}

// BreakerState is what a breaker does with calls.
type BreakerState string

// The states.
const (
	BreakerClosed   BreakerState = "closed"    // lets calls through
	BreakerOpen     BreakerState = "open"      // refuses them
	BreakerHalfOpen BreakerState = "half_open" // lets a few probes through
)

// BreakerChange is a change of state.
type BreakerChange struct {
	Endpoint string
	Model    string
	From, To BreakerState
	Until    time.Time // for BreakerOpen: when the next probe may go
	Cause    error     // for BreakerOpen: the failure that opened it
}

func (p BreakerPolicy) failureRatio() float64  { return positiveOr(p.FailureRatio, 0.5) }
func (p BreakerPolicy) minRequests() int       { return firstSet(p.MinRequests, 20) }
func (p BreakerPolicy) consecutive() int       { return firstSet(p.Consecutive, 5) }
func (p BreakerPolicy) openFor() time.Duration { return firstSet(p.OpenFor, 10*time.Second) }
func (p BreakerPolicy) maxOpenFor() time.Duration {
	return firstSet(p.MaxOpenFor, max(20*time.Second, p.openFor()))
}
func (p BreakerPolicy) probes() int { return firstSet(p.Probes, 2) }
func (p BreakerPolicy) window() time.Duration {
	return firstSet(p.Window, breakerWindow(Timeouts{}.attempt()))
}

func (p BreakerPolicy) check() error {
	switch {
	case p.FailureRatio < 0 || p.FailureRatio > 1:
		return fmt.Errorf("BreakerPolicy.FailureRatio (%v) must be in (0, 1]", p.FailureRatio)
	case p.MinRequests < 0 || p.Consecutive < 0 || p.Probes < 0 || p.Window < 0 || p.OpenFor < 0 || p.MaxOpenFor < 0:
		return errors.New("BreakerPolicy has a negative number: leave it at 0 for the default, or set Disabled")
	case p.MaxOpenFor > 0 && p.MaxOpenFor < p.openFor():
		return fmt.Errorf("BreakerPolicy.MaxOpenFor (%v) is below OpenFor (%v): raise it", p.MaxOpenFor, p.openFor())
	}
	return nil
}

// Breaker guards what is inside it with breakers of its own, for chains of the
// user's own. The place for it is inside the retry, so that an open breaker
// means another target and not a lost call.
func Breaker(p BreakerPolicy) Middleware {
	b, err := NewBreakers(p)
	return func(next Handler) Handler {
		return func(ctx context.Context, call *Call) (*Reply, error) {
			if err != nil {
				return nil, &RequestError{Field: "breaker policy", Reason: err.Error()}
			}
			return b.guard(ctx, call, next)
		}
	}
}

func standardBreaker(next Handler) Handler {
	return func(ctx context.Context, call *Call) (*Reply, error) {
		return call.common(ctx).client.breakers.guard(ctx, call, next)
	}
}

// guard asks the breaker of the call's target, and tells it the outcome when the
// answer ends, which for a stream is long after it began.
func (b *Breakers) guard(ctx context.Context, call *Call, next Handler) (*Reply, error) {
	if b.policy.Disabled {
		return next(ctx, call)
	}
	sh := call.common(ctx)
	p := sh.slots.pass.take()
	if err := b.breaker(targetKey{call.Endpoint, call.Model}).allow(p, sh.patience()); err != nil {
		return nil, err
	}
	returned := false
	defer func() {
		if !returned { // a panic inside: the permit must not be lost
			p.done(errExcluded)
		}
	}()
	reply, err := next(ctx, call)
	returned = true
	if err == nil && reply != nil && reply.Stream != nil {
		reply.OnEnd(p.done)
		return reply, nil
	}
	p.done(err)
	return reply, err
}

// patience is how long a probe may go on without a sign of life: until its
// first token, then idle. After that the breaker stops waiting for it.
func (sh *shared) patience() time.Duration {
	t := sh.settings.timeouts
	return max(t.firstToken(), t.attempt()) + t.idle()
}

// outcome is what a breaker counts.
type outcome uint8

const (
	excluded outcome = iota
	success
	failure
)

// outcomeOf asks the verdict table. The caller's own deadline and the call
// timer, which may fire when an attempt has just begun, say nothing of the provider.
func outcomeOf(err error) outcome {
	switch {
	case err == nil:
		return success
	case endedByDeadline(err), endedBySlice(err):
		return excluded
	case verdictOf(KindOf(err)).breaker == breakerFailure:
		return failure
	}
	return excluded
}

// What the bridge reports to gobreaker in place of real errors.
var (
	errExcluded error = ErrCanceled
	errFailure        = errors.New("failure")
	errIgnore         = errors.New("excluded")
)

// circuit is one breaker: gobreaker's state machine, and what it lacks: the
// cause, the time of the next probe, a growing open time, and permits that
// cannot be lost or counted twice.
type circuit struct {
	key     targetKey
	policy  BreakerPolicy
	machine *gobreaker.TwoStepCircuitBreaker[struct{}]

	mu      sync.Mutex // guards the fields below
	state   BreakerState
	changes uint64 // our own generation counter
	until   time.Time
	openFor time.Duration
	cause   error
	early   bool            // gobreaker is half-open, but our own time has not come
	events  []BreakerChange // to be told when no lock is held
}

// gobreakerTimeout is gobreaker's own open time. It cannot grow, so it is kept
// short and the circuit refuses by itself until its own time has come.
const gobreakerTimeout = time.Millisecond

// windowBuckets: a fixed window (one bucket) would begin a new generation at each
// interval and drop the results of all calls that are under way.
const windowBuckets = 10

func newCircuit(key targetKey, p BreakerPolicy) *circuit {
	c := &circuit{key: key, policy: p, state: BreakerClosed, openFor: p.openFor()}
	c.machine = gobreaker.NewTwoStepCircuitBreaker[struct{}](gobreaker.Settings{
		Name:         key.model,
		MaxRequests:  uint32(p.probes()),
		Interval:     p.window(),
		BucketPeriod: p.window() / windowBuckets,
		Timeout:      gobreakerTimeout,
		// These run under gobreaker's mutex: they only compute and take notes.
		ReadyToTrip:   c.readyToTrip,
		OnStateChange: c.changed,
		IsSuccessful:  func(err error) bool { return err == nil },
		IsExcluded:    func(err error) bool { return err == errIgnore },
	})
	return c
}

func (c *circuit) readyToTrip(n gobreaker.Counts) bool {
	if int(n.ConsecutiveFailures) >= c.policy.consecutive() {
		return true
	}
	results := n.TotalSuccesses + n.TotalFailures
	return int(results) >= c.policy.minRequests() &&
		float64(n.TotalFailures) >= c.policy.failureRatio()*float64(results)
}

// changed notes a change of gobreaker's state. It runs under gobreaker's mutex
// and takes ours: nobody calls gobreaker with ours held.
func (c *circuit) changed(_ string, from, to gobreaker.State) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.changes++
	c.state = stateOf(to)
	e := BreakerChange{Endpoint: c.key.endpoint, Model: c.key.model, From: stateOf(from), To: c.state}
	switch to {
	case gobreaker.StateOpen:
		if from == gobreaker.StateHalfOpen {
			c.openFor = min(2*c.openFor, c.policy.maxOpenFor())
		} else {
			c.openFor = c.policy.openFor()
		}
		jittered := time.Duration(float64(c.openFor) * (0.8 + 0.4*rand.Float64()))
		c.until = time.Now().Add(jittered)
		e.Until, e.Cause = c.until, c.cause
	case gobreaker.StateHalfOpen:
		// gobreaker's own open time is over at once, and a late result makes it
		// look: to everybody else the breaker is still open.
		if c.early = time.Now().Before(c.until); c.early {
			return
		}
	case gobreaker.StateClosed:
		c.until = time.Time{}
	}
	c.noteLocked(e)
}

// noteLocked keeps an event for the user's hook. It needs mu.
func (c *circuit) noteLocked(e BreakerChange) {
	if c.policy.OnChange != nil {
		c.events = append(c.events, e)
	}
}

func stateOf(s gobreaker.State) BreakerState {
	switch s {
	case gobreaker.StateOpen:
		return BreakerOpen
	case gobreaker.StateHalfOpen:
		return BreakerHalfOpen
	}
	return BreakerClosed
}

// tell calls the user's hook for what has happened, outside every lock.
func (c *circuit) tell() {
	if c.policy.OnChange == nil {
		return
	}
	c.mu.Lock()
	events := c.events
	c.events = nil
	c.mu.Unlock()
	for _, e := range events {
		c.policy.OnChange(e)
	}
}

// probeHint is the Until of a refusal while probes are under way: nobody knows
// when they end, so callers are told to look again soon.
const probeHint = time.Second

// refusal is the error of an open breaker, nil where it lets calls through.
func (c *circuit) refusal(now time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now.Before(c.until) {
		return &OpenError{Endpoint: c.key.endpoint, Model: c.key.model, Until: c.until, Cause: c.cause}
	}
	return nil
}

// allow makes p a permit, which was none before. Its owner must call done once;
// a probe that is never heard of again is written off after patience.
func (c *circuit) allow(p *permit, patience time.Duration) error {
	now := time.Now()
	if err := c.refusal(now); err != nil {
		return err
	}
	done, err := c.machine.Allow()
	defer c.tell()
	c.mu.Lock()
	defer c.mu.Unlock()
	if err != nil {
		// Half-open and all probes are under way, or just opened again.
		until := c.until
		if !now.Before(until) {
			until = now.Add(probeHint)
		}
		return &OpenError{Endpoint: c.key.endpoint, Model: c.key.model, Until: until, Cause: c.cause}
	}
	if c.early {
		c.early = false
		c.noteLocked(BreakerChange{Endpoint: c.key.endpoint, Model: c.key.model, From: BreakerOpen, To: BreakerHalfOpen})
	}
	p.circuit, p.report, p.since, p.changes = c, done, now, c.changes
	if c.state == BreakerHalfOpen {
		// In half-open a permit that is not given back blocks for ever: 24 h
		// later still "too many requests" (measured).
		p.watchdog = time.AfterFunc(patience, func() { p.done(errExcluded) })
	}
	return nil
}

// permit is the right to one call through a breaker.
type permit struct {
	circuit  *circuit
	report   func(error)
	since    time.Time
	changes  uint64
	watchdog *time.Timer // guarded by circuit.mu
	used     atomic.Bool // gobreaker counts every call of report
}

// done reports the outcome, the first time only.
func (p *permit) done(err error) {
	if p.used.Swap(true) {
		return
	}
	c := p.circuit
	result := outcomeOf(err)
	c.mu.Lock()
	if p.watchdog != nil {
		p.watchdog.Stop()
	}
	if result == failure {
		c.cause = err
	}
	same := p.changes == c.changes
	c.mu.Unlock()
	report := p.report
	if same && result != excluded && time.Since(p.since) > c.policy.window() {
		// gobreaker has forgotten the bucket in which this call began, and
		// would drop its result: with streams that fail late 60 of 60 went
		// through (measured). Report it as of now instead.
		report(errIgnore)
		again, err := c.machine.Allow()
		if err != nil {
			c.tell()
			return
		}
		report = again
	}
	switch result {
	case success:
		report(nil)
	case failure:
		report(errFailure)
	default:
		report(errIgnore)
	}
	c.tell()
}

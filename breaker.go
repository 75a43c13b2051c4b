package buoy

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/buoy-go/buoy/internal/circuit"
	"github.com/buoy-go/buoy/status"
)

// BreakerPolicy configures circuit breakers, one per endpoint and model. A breaker
// opens if calls fail because of the provider (column "breaker" of the table in
// docs/errors.md). It then refuses calls for a while, and after that lets a few probes
// through. A 429 or another 4xx never opens it. Zero fields mean the defaults:
//
//	FailureRatio  0.5  of at least MinRequests results in the window
//	MinRequests   20
//	Consecutive   5    failed calls in a row open it, too, however far apart they are
//	Window        60s  results older than this are forgotten
//	OpenFor       10s  doubling after each failed probe ...
//	MaxOpenFor    15s  ... up to this; each times a random factor in [0.8, 1.2]
//	Probes        2    successes that close it, and calls let through at a time
//
// A result counts when the call ends, however long that took. In a row of failures a
// call counts once, however many attempts it made, so one caller cannot open the
// breaker for all. With the defaults a dead provider is probed at least every 18 s. A
// provider that is back is therefore in use again within 20 s.
//
// If the caller's own deadline ended a call, that says little about the provider, which
// may have needed a little longer. It counts as a failure only if two things hold. The
// attempt had waited 10 s in vain, or twice what 99 of 100 answers took if hedging or
// Timeouts.Adaptive has learnt that. And the provider began or ended no other answer in
// that time.
//
// OnChange is called after each change of state, outside any lock, on the goroutine of
// the call that caused it. It may call any method of this package.
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

// BreakerState says what a breaker does with calls.
type BreakerState = status.BreakerState

// The states of a breaker.
const (
	BreakerClosed   = status.BreakerClosed   // lets calls through
	BreakerOpen     = status.BreakerOpen     // refuses them
	BreakerHalfOpen = status.BreakerHalfOpen // lets a few probes through
)

var breakerStates = [...]BreakerState{circuit.Closed: BreakerClosed, circuit.Open: BreakerOpen, circuit.HalfOpen: BreakerHalfOpen}

// BreakerChange describes a change of state.
type BreakerChange struct {
	Endpoint string
	Model    string
	From, To BreakerState
	Until    time.Time // for BreakerOpen: when the next probe may go
	Cause    error     // for BreakerOpen: the failure that opened it
}

func (p BreakerPolicy) failureRatio() float64  { return positiveOr(p.FailureRatio, 0.5) }
func (p BreakerPolicy) minRequests() int       { return cmp.Or(p.MinRequests, 20) }
func (p BreakerPolicy) consecutive() int       { return cmp.Or(p.Consecutive, 5) }
func (p BreakerPolicy) openFor() time.Duration { return cmp.Or(p.OpenFor, 10*time.Second) }
func (p BreakerPolicy) maxOpenFor() time.Duration {
	return cmp.Or(p.MaxOpenFor, max(15*time.Second, p.openFor()))
}
func (p BreakerPolicy) probes() int           { return cmp.Or(p.Probes, 2) }
func (p BreakerPolicy) window() time.Duration { return cmp.Or(p.Window, 60*time.Second) }

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

// settings are the policy's numbers, with the defaults in their places.
func (p BreakerPolicy) settings() circuit.Settings {
	return circuit.Settings{
		FailureRatio: p.failureRatio(), MinRequests: p.minRequests(), Consecutive: p.consecutive(),
		Window: p.window(), OpenFor: p.openFor(), MaxOpenFor: p.maxOpenFor(), Probes: p.probes(),
	}
}

// Breakers is a registry of circuit breakers, one per endpoint and model, for the 256
// used last. Clients can share one ([WithBreakers]), and a service can inspect it. It
// is safe for concurrent use. Make it with [NewBreakers]; the zero value cannot be
// used.
type Breakers struct {
	policy   BreakerPolicy
	circuits *circuit.Registry[targetKey]
}

// NewBreakers makes a registry that any clients may share. It returns an error that
// names the fix for a policy that cannot work.
func NewBreakers(p BreakerPolicy) (*Breakers, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	changed := func(key targetKey, c circuit.Change) {
		if p.OnChange != nil {
			p.OnChange(changeOf(key, c))
		}
	}
	return &Breakers{policy: p, circuits: circuit.NewRegistry(p.settings(), maxTargets, changed)}, nil
}

// newBreakers takes the shared registry, or makes one.
func newBreakers(s *settings) (*Breakers, error) {
	if s.breakers != nil {
		return s.breakers, nil
	}
	return NewBreakers(s.breaker)
}

// State returns the state of the breaker of an endpoint and model. It lets no call
// through.
func (b *Breakers) State(endpoint, model string) BreakerState {
	c, ok := b.circuits.Known(targetKey{endpoint, model})
	if !ok {
		return BreakerClosed
	}
	return breakerStates[c.Status(time.Now()).State]
}

// Snapshot returns all breakers, the most recently used first.
func (b *Breakers) Snapshot() []status.Breaker {
	out, now := []status.Breaker{}, time.Now()
	b.circuits.All(func(key targetKey, c *circuit.Circuit) {
		s := c.Status(now)
		out = append(out, status.Breaker{
			Endpoint: key.endpoint, Model: key.model, State: breakerStates[s.State],
			Until: s.Until, Reason: string(KindOf(s.Cause)), Cause: s.Cause,
		})
	})
	return out
}

// listen has f told of all changes until forget is called.
func (b *Breakers) listen(f func(BreakerChange)) (forget func()) {
	return b.circuits.Listen(func(key targetKey, c circuit.Change) { f(changeOf(key, c)) })
}

// changeOf describes a circuit's change.
func changeOf(key targetKey, c circuit.Change) BreakerChange {
	return BreakerChange{
		Endpoint: key.endpoint, Model: key.model,
		From: breakerStates[c.From], To: breakerStates[c.To], Until: c.Until, Cause: c.Cause,
	}
}

// Breaker protects the layers inside it with circuit breakers of its own, for a chain
// that you compose yourself. Place it inside Retry, so that an open breaker leads to
// another target and not to a failed call.
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
		return stateOf(call).client.breakers.guard(ctx, call, next)
	}
}

// guard asks the breaker of the call's target, and tells it the outcome when the
// answer ends, which for a stream is long after it began.
func (b *Breakers) guard(ctx context.Context, call *Call, next Handler) (*Reply, error) {
	if b.policy.Disabled {
		return next(ctx, call)
	}
	st := stateOf(call)
	try := st.tries()
	t := take(&try.taken.ticket, &try.ticket)
	if r, ok := b.circuits.Of(targetKey{call.Endpoint, call.Model}).Enter(t, st.id, st.reached(call.route.begun), func() time.Duration { return patience(st.settings.timeouts.fitting(call.Request)) }); !ok {
		return nil, &OpenError{Endpoint: call.Endpoint, Model: call.Model, Until: r.Until, Cause: r.Cause}
	}
	returned := false
	defer func() {
		if !returned { // a panic inside: the ticket must not be lost
			t.Done(circuit.Excluded, nil)
		}
	}()
	reply, err := next(ctx, call)
	returned = true
	if err == nil && reply != nil && reply.Stream != nil {
		t.Alive()
		reply.OnEnd(func(err error) { t.Done(outcomeOf(call, err), err) })
		return reply, nil
	}
	t.Done(outcomeOf(call, err), err)
	return reply, err
}

// lostProbe is when a probe is written off where no timer bounds it. Half-open with a
// probe that never reports would be half-open for ever.
const lostProbe = time.Hour

// patience is how long a probe may go on without a sign of life: until its
// first token, then idle. After that the breaker stops waiting for it.
func patience(t Timeouts) time.Duration {
	p := max(t.firstToken(), t.attempt()) + t.idle()
	if t.firstToken() == 0 || t.attempt() == 0 || t.idle() == 0 {
		return max(p, lostProbe)
	}
	return p
}

// outcomeOf asks the verdict table. What a caller's own deadline, the call timer or
// a target's share of the time ended says nothing of the provider, unless that had
// been silent for long.
func outcomeOf(call *Call, err error) circuit.Outcome {
	switch {
	case err == nil:
		return circuit.Success
	case endedByDeadline(err), endedBySlice(err):
		if te, _ := errors.AsType[*TransportError](err); te.silent >= longSilence(call) {
			return circuit.Silence
		}
		return circuit.Excluded
	case unended(err):
		return circuit.Excluded
	case verdictOf(KindOf(err)).breaker == breakerFailure:
		return circuit.Failure
	}
	return circuit.Excluded
}

// suspectSilence is how long an attempt waits in vain until it says something of the
// provider, whoever then ended it. It is 10 s, less what a call of 10 s needs before
// its request is sent and what is kept back for the last resort.
const suspectSilence = 9 * time.Second

// longSilence is suspectSilence, or twice the 99th percentile where it is known.
func longSilence(call *Call) time.Duration {
	key := latencyKey{targetKey{call.Endpoint, call.Model}, call.Stream}
	if p99, n := stateOf(call).client.latencies.Known(key, time.Now()); n >= minAdaptive {
		return 2 * p99
	}
	return suspectSilence
}

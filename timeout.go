package buoy

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/buoy-go/buoy/internal/clock"
	"github.com/buoy-go/buoy/internal/demand"
	"github.com/buoy-go/buoy/internal/scope"
)

// Timeouts bounds every wait of a call. A zero field means the default below, a
// negative field means no bound. [New] refuses an http.Client with a Timeout, because it
// would cut long streams in the middle.
//
//	Connect     5s    until a connection stands, TLS included; nothing was sent
//	FirstToken  120s  until a stream's first meaningful event
//	Idle        60s   between meaningful events of a stream that has begun
//	Attempt     5m    one whole answer, to its last byte; a stream only until its first meaningful event
//	Call        15m   everything, waits and retries included; the caller's deadline if sooner
//
// If a request asks for reasoning or for more than 16,000 tokens, the default of
// FirstToken is 5m and that of Attempt 10m. An answer of 150 s is normal then, and
// ending it would be paying for nothing.
//
// Each timer ends in an ErrTimeout, and [TransportError.Timer] names the timer.
// Comments, pings and deltas with only a role show that the connection is alive, but
// are no progress. They reset neither FirstToken nor Idle. The time between two calls
// of [Stream.Next] is the reader's own and does not count for Idle.
//
// A request that was sent and then ended by a timer goes to another target, never to
// the same one again. It may already be billed, and would probably take as long again.
//
// Adaptive lets FirstToken (for streams) and Attempt (for whole answers) follow the
// recent times of the endpoint and model, so that a dead provider is noticed in
// seconds. From 50 samples on, an attempt gets twice the time in which 99 of 100 ended.
// It gets more if this request is longer than usual, by its prompt, its max_tokens and
// the observed tokens per second. The setting stays the upper bound, and a quarter of
// it is the lower bound. While a breaker is not closed, the setting itself applies.
// Adaptive costs about 3 us per call.
type Timeouts struct {
	Connect    time.Duration
	FirstToken time.Duration
	Idle       time.Duration
	Attempt    time.Duration
	Call       time.Duration
	Adaptive   bool // default off; an option of a call can turn it on, but not off
}

// The names of the timers in TransportError.Timer.
const (
	timerConnect    = "connect"
	timerFirstToken = "first_token"
	timerIdle       = "idle"
	timerAttempt    = "attempt"
	timerCall       = "call"
	timerTarget     = "target"   // a fallback target's share of the time left
	timerDeadline   = "deadline" // the caller's own
)

// timerNames are those of the timers that an attempt's clock runs.
var timerNames = [...]string{
	clock.Connect: timerConnect, clock.FirstToken: timerFirstToken, clock.Idle: timerIdle, clock.Attempt: timerAttempt,
}

func (t Timeouts) connect() time.Duration    { return orDefault(t.Connect, 5*time.Second) }
func (t Timeouts) firstToken() time.Duration { return orDefault(t.FirstToken, 2*time.Minute) }
func (t Timeouts) idle() time.Duration       { return orDefault(t.Idle, 60*time.Second) }
func (t Timeouts) attempt() time.Duration    { return orDefault(t.Attempt, 5*time.Minute) }
func (t Timeouts) call() time.Duration       { return orDefault(t.Call, 15*time.Minute) }

// fitting are the timeouts with the defaults that a request needs.
func (t Timeouts) fitting(r *Request) Timeouts {
	if t.FirstToken != 0 && t.Attempt != 0 || r == nil || !demand.Long(r) {
		return t
	}
	t.FirstToken = cmp.Or(t.FirstToken, 5*time.Minute)
	t.Attempt = cmp.Or(t.Attempt, 10*time.Minute)
	return t
}

// orDefault reads a setting: zero is the default, negative is none (0).
func orDefault(d, def time.Duration) time.Duration {
	if d == 0 {
		return def
	}
	return max(d, 0)
}

// bounds are the timers of one attempt.
func (t Timeouts) bounds() clock.Bounds {
	return clock.Bounds{Connect: t.connect(), FirstToken: t.firstToken(), Idle: t.idle(), Attempt: t.attempt()}
}

// callTimer is the cause of a context that the call timer ended.
type callTimer struct{ bound time.Duration }

func (*callTimer) Error() string { return "call timer" }

// callDeadline is the context of a call that has a timer of its own, and that timer.
type callDeadline struct {
	scope scope.Scope
	timer callTimer
}

func (d *callDeadline) streamEnded(error) { d.scope.End() }

// Timeout bounds a call. Above Retry in a chain it is the deadline of the call. Below
// Retry it has the timers of one attempt. The standard chain has both. Each ends in an
// ErrTimeout that names its timer.
func Timeout(t Timeouts) Middleware {
	return func(next Handler) Handler {
		return func(ctx context.Context, call *Call) (*Reply, error) {
			if call.Attempt == 0 {
				return boundCall(ctx, call, &t, next)
			}
			return attemptTimers(ctx, call, t, next)
		}
	}
}

// boundCall bounds everything inside it. The context also ends when next
// fails or its reply ends.
func boundCall(ctx context.Context, call *Call, t *Timeouts, next Handler) (*Reply, error) {
	st := stateOf(call)
	st.timeouts = t
	bound := t.call()
	if bound <= 0 {
		return next(ctx, call)
	}
	if d, ok := ctx.Deadline(); ok && time.Until(d) <= bound {
		return next(ctx, call) // the caller's own deadline is sooner
	}
	d := take(&st.slots.taken.deadline, st.slots.deadline)
	s := &d.scope
	d.timer.bound = bound
	s.Begin(ctx, st.reached(0).Add(bound), &d.timer)
	streams := false
	defer func() {
		if !streams { // an error, a whole answer, or a panic
			s.End()
		}
	}()
	reply, err := next(s, call)
	if err != nil {
		if bareContextError(err) && context.Cause(s) == &d.timer {
			err = &TransportError{Kind: ErrTimeout, Op: "await", Timer: timerCall, Sent: true, Err: timeoutText(timerCall, bound, call.Stream)}
		}
		return nil, err
	}
	if streams = reply != nil && reply.Stream != nil; streams {
		reply.Stream.inner.onEnd(d)
	}
	return reply, nil
}

// bareContextError reports an error that is only the context's word. Handlers by
// hand, and middlewares that wait, return it, and it does not tell whose timer
// ended the context: a timer of ours would be taken for the caller's. An error of
// buoy's does tell, and may have a context's error inside.
func bareContextError(err error) bool {
	if _, told := errors.AsType[Kind](err); told {
		return false
	}
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

// attemptTimers starts the clock of one attempt. Waiting for permits and
// tokens happened before, so it is never charged to the attempt.
func attemptTimers(ctx context.Context, call *Call, t Timeouts, next Handler) (*Reply, error) {
	if call.timers != nil { // an outer Timeout has started it
		return next(ctx, call)
	}
	st := stateOf(call)
	c, try := st.changeable(call), st.tries()
	ts := take(&try.taken.timers, &try.timers)
	c.timers, ts.clock = ts, take(&try.taken.clock, &try.outer.clock)
	t = t.fitting(c.Request)
	ts.reasons = c.Request != nil && demand.Reasons(c.Request)
	if t.Adaptive {
		t = ts.adapt(c, t, time.Now())
	}
	now := st.reached(call.route.begun)
	inner := ts.clock.Run(ctx, t.bounds(), call.Stream, now, st.client.young.In(now))
	stopped := false
	defer func() {
		if !stopped { // an error, a whole answer, or a panic
			ts.clock.Stop()
		}
	}()
	reply, err := next(inner, c)
	if err != nil {
		if fired := ts.clock.Fired(); fired != clock.None && ctx.Err() == nil && bareContextError(err) {
			err = &TransportError{Kind: ErrTimeout, Endpoint: c.Endpoint, Op: "await", Timer: timerNames[fired], Sent: st.account.maySent(c.Attempt), Err: ts.explain(fired, call.Stream)}
		}
		return nil, err
	}
	if reply != nil && reply.Stream != nil {
		stopped = true
		reply.Stream.inner.onEnd(ts)
	}
	return reply, nil
}

// timers are those of one attempt: the clock that runs them, and what
// Timeouts.Adaptive has made of their settings.
type timers struct {
	clock   *clock.Clock
	lowered clock.Timer   // by Timeouts.Adaptive; None for none ...
	reasons bool          // the request asks for reasoning
	input   int32         // estimated tokens of the request; 0 where nobody has asked
	static  time.Duration // ... and the setting of lowered
}

// running is the attempt's clock, nil without timers.
func (ts *timers) running() *clock.Clock {
	if ts == nil {
		return nil
	}
	return ts.clock
}

// minAdaptive is how many samples tell more than a setting does.
const minAdaptive = 50

// adapt lowers the timer of the attempt's beginning (FirstToken for a stream,
// Attempt for a whole answer) to what an answer of this size may take.
//
// While the breaker is not closed the setting holds, and what is cut teaches
// nothing: an estimate frozen too low would cut every probe of a provider that came
// back slower, and the breaker would never close again.
//
// Idle does not adapt. The gaps of a stream have no tail that could be learnt: a
// model that thinks between two tools is silent for a minute after a thousand gaps
// of 20 ms.
func (ts *timers) adapt(call *Call, t Timeouts, now time.Time) Timeouts {
	client, timer, setting, static := call.state.client, clock.Attempt, &t.Attempt, t.attempt()
	if call.Stream {
		timer, setting, static = clock.FirstToken, &t.FirstToken, t.firstToken()
	}
	if static <= 0 || call.Request == nil {
		return t
	}
	ts.input = int32(max(EstimateTokens(call.Request), 1))
	samples := client.latencies.Of(latencyKey{targetKey{call.Endpoint, call.Model}, call.Stream})
	need, n := samples.Bound(now, int(ts.input), demand.OutputLimit(call.Request))
	need = need.Round(time.Millisecond) // it is read by people, in the error
	if n < minAdaptive || need >= static || client.breakers.State(call.Endpoint, call.Model) != BreakerClosed {
		return t
	}
	*setting = max(need, static/4)
	ts.lowered, ts.static = timer, static
	return t
}

func (ts *timers) streamEnded(error) { ts.clock.Stop() }

// inputTokens is about how long a request is, guessed once an attempt.
func (ts *timers) inputTokens(r *Request) int {
	if ts != nil && ts.input > 0 {
		return int(ts.input)
	}
	return EstimateTokens(r)
}

// explain is the sentence of the timer that fired, and says where a bound came
// from that nobody has set.
func (ts *timers) explain(fired clock.Timer, stream bool) error {
	bound := ts.clock.Bound(fired)
	err := timeoutText(timerNames[fired], bound, stream)
	if fired == clock.Attempt && !stream && !ts.reasons { // of thoughts that are not shown a stream shows nothing
		err = fmt.Errorf("%w, or use WithStreamedChat, which shows a stall at once", err)
	}
	if fired == ts.lowered {
		return fmt.Errorf("%w; Timeouts.Adaptive made that of %v, from the latest answers", err, ts.static)
	}
	return err
}

// timeoutText is the sentence of a timer's error: what happened, and which
// setting to change.
func timeoutText(timer string, bound time.Duration, stream bool) error {
	switch timer {
	case timerConnect:
		return fmt.Errorf("no connection within %v (Timeouts.Connect)", bound)
	case timerFirstToken:
		return fmt.Errorf("no meaningful event within %v (Timeouts.FirstToken)", bound)
	case timerIdle:
		return fmt.Errorf("no meaningful event for %v (Timeouts.Idle)", bound)
	case timerTarget:
		return errors.New("no answer within this target's share of the time left")
	case timerCall:
		return fmt.Errorf("the whole call took longer than %v (Timeouts.Call)", bound)
	}
	if stream {
		return fmt.Errorf("the stream did not begin within %v (Timeouts.Attempt)", bound)
	}
	return fmt.Errorf("no whole answer within %v: raise Timeouts.Attempt with WithTimeouts", bound)
}

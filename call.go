package buoy

import (
	"cmp"
	"context"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/buoy-go/buoy/event"
	"github.com/buoy-go/buoy/internal/circuit"
	"github.com/buoy-go/buoy/internal/clock"
	"github.com/buoy-go/buoy/internal/demand"
	"github.com/buoy-go/buoy/internal/latency"
	"github.com/buoy-go/buoy/internal/payload"
	"github.com/buoy-go/buoy/internal/trip"
)

// callState is what all layers of one call have in common. One is made per call and
// never reused. Each part has a lock of its own where it needs one.
type callState struct {
	wishes          // what the caller wants
	account account // what became of the attempts
	choice  choice  // which endpoint and key, and which are left

	call  Call // the outermost layer's
	slots slots
	try   atomic.Pointer[firstTry] // nil before the first attempt; see tries

	// These need no lock: the layers that write and read them run one after
	// the other, on the goroutine of the call.
	timeouts *Timeouts // set by a call deadline, for chains without attempt timers; nil for none
	seldom   *seldom   // nil before the first attempt of most calls, and then for good
}

// seldom is what few calls have.
type seldom struct {
	targets []*target // after the primary, in the order of this call; nil is the primary
	tenant  string    // for whom the call is, in queues
	tenants []string  // and for each quota that has tenants
}

// few is what few calls have, to be changed.
func (st *callState) few() *seldom {
	if st.seldom == nil {
		st.seldom = new(seldom)
	}
	return st.seldom
}

// wishes are set once, before the first layer begins, and never change.
type wishes struct {
	client   *Client
	settings *settings // the client's, or a copy with the options of the call
	id       uint64    // no other call of the process has it
	op       string
	begun    time.Time
	request  Request // as the caller gave it, checked; of what is no chat it has the model alone
}

// now is the time, read off the monotonic clock alone: that costs half of
// time.Now, and the layers of a call ask for it again and again.
func (w *wishes) now() time.Time { return w.at(time.Since(w.begun)) }

// at is the time so long after the call's beginning.
func (w *wishes) at(d time.Duration) time.Time { return w.begun.Add(d) }

// reached is the time for a layer above which nothing has waited since then, so long after
// the call's beginning: of the standard chain alone that needs no look at the clock.
func (st *callState) reached(since time.Duration) time.Time {
	if st.settings.layered() || st.settings.chainSet {
		return st.now()
	}
	return st.at(since)
}

// stateOf returns what the layers of a call share. A Call that a user made, for
// middleware over a handler of their own, gets the defaults.
func stateOf(call *Call) *callState {
	if call.state == nil {
		st := newState(noClient, "", call.Model)
		st.account.uncounted = true
		call.state = st
	}
	return call.state
}

// newState sets up a call.
func newState(c *Client, op, model string) *callState {
	var st *callState
	switch {
	case c.reuses:
		st = states.Get().(*callState)
		st.slots.deadline = &st.try.Load().reach(new(outer)).deadline
	case c.settings.memory == nil:
		m := new(ownCall)
		st, m.slots.outer, m.slots.deadline = &m.callState, &m.outer, &m.outer.deadline
	default:
		m := new(cachedCall)
		st, m.slots.lookup, m.slots.deadline = &m.callState, &m.lookup, &m.deadline
	}
	st.client, st.settings, st.op, st.begun = c, &c.settings, op, time.Now()
	st.request.Model = model
	st.id = lastCall.Add(1)
	return st
}

// ownCall is memory for a call whose memory is not used again.
type ownCall struct {
	callState
	outer outer
}

// cachedCall is memory for a call that a cache may answer.
type cachedCall struct {
	callState
	lookup   lookup
	deadline callDeadline
}

// states has memory of calls that are over, and nobody's: see giveBack.
var states = sync.Pool{New: func() any {
	st := new(callState) // a literal of this size would be made on the stack first
	st.try.Store(new(firstTry))
	return st
}}

// giveBack lets a later call use the memory of one that was answered, where nobody can
// have kept a part of it: the call went the way on which buoy's own layers are alone, one
// after the other, nobody was told of it, and what it sent has memory of its own, see
// outer. It is a third of what a call allocates. All others are the collector's.
func (st *callState) giveBack() {
	try := st.try.Load()
	if !st.client.reuses || !st.plainly() || len(st.settings.observers) > 0 || st.account.requests != 1 || try.ticket.Watched() {
		return
	}
	*try = firstTry{}
	*st = callState{}
	st.try.Store(try)
	states.Put(st)
}

// lastCall is the id of the latest call.
var lastCall atomic.Uint64

// noClient is the client of a call that a user made. It has the default settings and no
// endpoint: nothing is chosen, sent, limited or learnt. All such calls share it, so it
// has nothing that one of them could spend. Their middleware has its own retry budget.
var noClient = &Client{
	settings:  settings{chainSet: true},
	breakers:  &Breakers{policy: BreakerPolicy{Disabled: true}, circuits: circuit.NewRegistry[targetKey](circuit.Settings{}, 1, nil)},
	latencies: latency.NewRegistry[latencyKey](maxTargets),
}

// lastTarget is the endpoint and model of the latest attempt.
func (st *callState) lastTarget() targetKey {
	key, ok := st.account.latest()
	if !ok {
		key.model = st.request.Model
	}
	return key
}

// start begins a call: its context is what the listeners make of it.
func (st *callState) start(ctx context.Context) context.Context {
	if !st.client.audience.Calls() {
		return ctx
	}
	e := event.CallStart{ID: st.id, Op: st.op, Model: st.request.Model, Stream: st.op == "stream", Start: st.begun, Request: st.asked()}
	return st.client.audience.CallStarted(ctx, e)
}

// asked is the caller's request; nil for what is no chat.
func (st *callState) asked() *Request {
	if st.op == opBalance || st.op == opCatalogue {
		return nil
	}
	return &st.request
}

// beginAttempt notes a request that is about to be sent.
func (st *callState) beginAttempt(ctx context.Context, x *exchange) context.Context {
	call := x.call
	x.start = st.now()
	x.index = st.account.begin(call, x.start)
	if call.lane != nil && call.lane.begun != nil {
		call.lane.begun(call)
	}
	if !st.client.audience.Attempts() {
		return ctx
	}
	at := st.account.attempt(x.index)
	e := event.AttemptStart{
		Call: st.id, Op: st.op, Number: x.index + 1, Endpoint: at.Endpoint, Model: at.Model, Key: at.Key, URL: x.site.address(),
		Stream: call.Stream, Hedge: at.Hedge, Wait: at.Wait, Start: at.Start, Header: make(http.Header),
	}
	ctx = st.client.audience.AttemptStarted(ctx, e)
	x.announced = e.Header
	return ctx
}

// observeAttempt tells the observers of an attempt whose record is complete.
func (st *callState) observeAttempt(ctx context.Context, i int) {
	if len(st.settings.observers)+len(st.client.quotas) == 0 {
		return
	}
	e := AttemptEvent{Call: st.id, Op: st.op, Number: i + 1, Attempt: st.account.attempt(i)}
	if st.op != opBalance && st.op != opCatalogue { // nothing is paid for them
		st.settleQuotas(ctx, &e.Attempt) // first, so that the observers see what is spent
	}
	st.client.observed(st.settings.observers, func(o Observer) { o.ObserveAttempt(ctx, e) })
}

// waitError is the error of a call whose context ended while it waited here.
func (st *callState) waitError(ctx context.Context) error {
	e := &TransportError{Op: "wait"}
	e.Kind, e.Timer, e.Err = endOf(ctx, ctx.Err())
	return e
}

// callError wraps the error of a call, once.
func (st *callState) callError(err error, attempts []Attempt) *CallError {
	return &CallError{Op: st.op, Model: st.request.Model, Attempts: attempts, Stop: stopFor(err, st.account.stopReason()), Err: err, params: demand.Of(st.asked(), st.op == "stream"), shown: st.hide(err)}
}

// stopFor completes the reason of a layer that gave up by what the error says.
func stopFor(err error, noted StopReason) StopReason {
	switch kind := KindOf(err); {
	case kind == ErrCanceled:
		return StopCanceled
	case endedByDeadline(err):
		return StopDeadline
	case noted != "":
		return noted
	}
	return StopNotRetryable
}

// fail ends a call with an error.
func (st *callState) fail(ctx context.Context, err error) error {
	ce := st.callError(err, st.account.final(st.now))
	st.noteRefusal(err)
	st.observe(ctx, st.failedInfo(ce), Usage{}, ce)
	return ce
}

// noteRefusal keeps the error of a call that sent nothing.
func (st *callState) noteRefusal(err error) {
	if kind := KindOf(err); kind != ErrCanceled && st.account.sent() == 0 {
		st.client.noteError(time.Now(), kind, st.choice.endpoint(), st.request.Model, 0)
	}
}

// finish completes the account of a call that was answered. An answer that is not
// this call's own, such as one that a middleware hands out again and again, is
// copied and not written to.
func (st *callState) finish(ctx context.Context, resp *Response) *Response {
	attempts := st.account.final(st.now)
	if had := resp.Info.Attempts; len(had) != len(attempts) || len(had) > 0 && &had[0] != &attempts[0] {
		own := *resp
		own.Info.Attempts = attempts
		resp = &own
	}
	if len(st.settings.observers) > 0 { // to pass all that on costs 30 ns
		st.observe(ctx, resp.Info, paid(resp.Usage, &resp.Info), nil)
	}
	return resp
}

// paid is the usage of an answer, or none where this call did not pay for it.
func paid(u Usage, info *CallInfo) Usage {
	if info.Cache != "" {
		return Usage{}
	}
	return u
}

// failedInfo says where a call failed: at the endpoint of its error, or else at the one
// that was chosen last.
func (st *callState) failedInfo(ce *CallError) CallInfo {
	if len(st.settings.observers) == 0 {
		return CallInfo{}
	}
	f := faultOf(ce)
	info := CallInfo{Attempts: st.account.snapshot(), Endpoint: cmp.Or(f.Endpoint, st.choice.endpoint()), RequestID: f.RequestID}
	for i := range ce.Attempts {
		if a := &ce.Attempts[i]; a.Endpoint == info.Endpoint {
			info.Model = a.Model
		}
	}
	return info
}

func (st *callState) observe(ctx context.Context, info CallInfo, usage Usage, err error) {
	if len(st.settings.observers) == 0 {
		return
	}
	e := CallEvent{ID: st.id, Op: st.op, Model: st.request.Model, Start: st.begun, Duration: time.Since(st.begun), Request: st.asked(), Info: info, Usage: usage, Err: err}
	if err == nil {
		if e.Repaired = cmp.Or(info.Cause, st.account.firstTrouble()); KindOf(e.Repaired) == ErrCanceled {
			e.Repaired = nil // the loser of a race
		}
		e.repaired = st.hide(e.Repaired)
	}
	st.client.observed(st.settings.observers, func(o Observer) { o.ObserveCall(ctx, e) })
}

// slots is memory for what the layers of each call need; what is needed twice is allocated.
type slots struct {
	deadline *callDeadline
	outer    *outer  // nil where the first attempt has it already, or makes it
	lookup   *lookup // nil where the client has no cache
	taken    struct{ deadline, lookup atomic.Bool }
}

// firstTry is memory for a call's attempts, above all the first. What the cache answers has none.
type firstTry struct {
	payload  payload.Payload // what is sent, by all attempts
	outer    *outer
	call     Call
	timers   timers
	ticket   circuit.Ticket
	exchange exchange
	taken    struct{ call, timers, clock, ticket, exchange, trip atomic.Bool }
}

// outer is memory that others than the call have, too, and may look into when it is over:
// contexts, timers, and what net/http holds. It is used once, and nothing in it leads to
// the call.
type outer struct {
	deadline callDeadline
	clock    clock.Clock
	trip     trip.Trip
	key      [1]string // the Idempotency-Key, a header's value
}

// reach gives the attempts what they send with.
func (t *firstTry) reach(o *outer) *outer {
	t.outer = o
	t.payload.Room(&o.key)
	return o
}

// tries is the memory of the call's attempts. It is safe for concurrent use.
func (st *callState) tries() *firstTry {
	if st.try.Load() == nil {
		try, o := new(firstTry), st.slots.outer
		if o == nil {
			o = new(outer)
		}
		try.reach(o)
		st.try.CompareAndSwap(nil, try)
	}
	return st.try.Load()
}

// take returns the memory for one value to the first who asks, and new memory to others.
func take[T any](taken *atomic.Bool, memory *T) *T {
	if taken.Swap(true) {
		return new(T)
	}
	return memory
}

// copyOf returns a copy of a call for the caller to change.
func (st *callState) copyOf(call *Call) *Call {
	t := st.tries()
	c := take(&t.taken.call, &t.call)
	*c = *call
	return c
}

// forAttempt returns a copy of a call for an attempt. In the standard chain only
// buoy's own layers see it before it is complete, so they need no further copies.
func (st *callState) forAttempt(call *Call) *Call {
	c := st.copyOf(call)
	c.inPlace, c.Attempt = !st.settings.chainSet, st.account.next()
	return c
}

// changeable returns the call itself where nobody else has seen it, and otherwise a copy.
func (st *callState) changeable(call *Call) *Call {
	if call.inPlace {
		return call
	}
	return st.copyOf(call)
}

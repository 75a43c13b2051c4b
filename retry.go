package buoy

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/buoy-go/buoy/internal/keyring"
	"github.com/buoy-go/buoy/internal/pause"
	"github.com/buoy-go/buoy/internal/replay"
)

// Retry repeats calls that fail, as the verdict table says. Use only one in a chain,
// because nested loops multiply. It has a retry budget of its own, not that of the
// client.
func Retry(p RetryPolicy) Middleware {
	own := &pace{p, newBudgets()}
	return func(next Handler) Handler {
		return func(ctx context.Context, call *Call) (*Reply, error) {
			if err := p.check(); err != nil {
				return nil, &RequestError{Field: "retry policy", Reason: err.Error()}
			}
			c := *call
			c.pace = own
			return retry(ctx, &c, p, own.budgets, next)
		}
	}
}

// pace is what a Retry with its own policy passes to a Hedge inside it.
type pace struct {
	policy  RetryPolicy
	budgets *budgets
}

func standardRetry(next Handler) Handler {
	own := newBudgets() // for calls that a user made, which have no client
	return func(ctx context.Context, call *Call) (*Reply, error) {
		st := stateOf(call)
		return retry(ctx, call, st.settings.retry, cmp.Or(st.client.budgets, own), next)
	}
}

// retryLoop is one call's way through its attempts.
type retryLoop struct {
	ctx     context.Context
	call    *Call
	st      *callState
	policy  RetryPolicy
	budgets *budgets
	next    Handler
	growth  pause.Growth

	sentBefore   int // requests sent when it was last asked
	unsent       int // failures without a request
	sentTimeouts int
	vain         int // requests that met a model that loads or says nothing
	last         error
	failed       error     // the last failure that was not a refusal made here
	closed       bool      // a kept-alive connection was found closed
	resumed      bool      // it goes on after a stream that broke
	brokeAfter   int       // requests sent when a stream of its target first broke
	paid         float64   // what the wait or attempt under way has cost
	paidTo       targetKey // and out of which bucket
}

func retry(ctx context.Context, call *Call, p RetryPolicy, b *budgets, next Handler) (*Reply, error) {
	st := stateOf(call)
	if broken := call.resume.take(); broken != nil {
		l := &retryLoop{ctx: ctx, call: call, st: st, policy: p, budgets: b, next: next}
		return l.resume(broken)
	}
	reply, err := next(ctx, st.forAttempt(call))
	if err == nil {
		if !p.Budget.Disabled && !st.account.hedged {
			b.give(st.lastTarget(), p.Budget, p.Budget.successCredit())
		}
		return reply, nil
	}
	l := &retryLoop{ctx: ctx, call: call, st: st, policy: p, budgets: b, next: next}
	l.note(err)
	return l.again()
}

// resume goes on after a stream that broke: with the wait that is due after the
// attempts at its target.
func (l *retryLoop) resume(broken error) (*Reply, error) {
	l.last, l.resumed, l.brokeAfter = broken, true, l.call.resume.brokeAfter
	var tries int
	tries, l.sentTimeouts = l.st.account.before()
	for range tries {
		l.growth.Next(l.policy.baseDelay(), l.policy.maxDelay(), false)
	}
	return l.again()
}

// again goes on after a failure, until an attempt succeeds or there is none left.
// The loop is not backoff's: that one begins with an attempt, and here the first
// is over, and it returns the bare error of a context that ended a wait, in place
// of the provider's.
func (l *retryLoop) again() (*Reply, error) {
	for {
		wait, stop := l.decide(l.last)
		if stop != "" {
			return l.giveUp(stop)
		}
		l.st.account.noteWait(wait)
		if !pause.Sleep(l.ctx, wait) {
			l.refund()
			return nil, endedAfter(l.st.waitError(l.ctx), l.last)
		}
		before, sent := l.last, l.st.account.sent()
		reply, err := l.next(l.ctx, l.st.forAttempt(l.call))
		l.note(err)
		if err == nil {
			l.refundFor(reply)
			return reply, nil
		}
		if l.st.account.sent() == sent && !l.st.account.uncounted { // it came to nothing
			l.refund()
			if gone(err) {
				l.last = endedAfter(err, before)
			}
		}
	}
}

func (l *retryLoop) giveUp(stop StopReason) (*Reply, error) {
	l.st.account.noteStop(stop)
	if l.ctx.Err() != nil && context.Cause(l.ctx) != errSlice { // the next target's turn is no end
		return nil, endedAfter(l.st.waitError(l.ctx), l.last)
	}
	return nil, l.last
}

// note keeps how an attempt ended.
func (l *retryLoop) note(err error) {
	l.last = err
	if _, waits := err.(*LimitError); !waits { // that sends the call to another key
		l.st.account.noteTrouble(err)
	}
	switch {
	case err == nil:
	case !refusedHere(err):
		l.failed = err
	case l.failed != nil:
		l.last = &refusedError{refusal: err, last: l.failed}
	}
}

// refund gives back what an attempt that succeeded, or a sleep that was cut
// short, has cost.
func (l *retryLoop) refund() {
	if l.paid > 0 {
		l.budgets.give(l.paidTo, l.policy.Budget, l.paid)
		l.paid = 0
	}
}

// refundFor is refund for an attempt that has brought a reply. One that goes on
// after an interruption has to reach its end: an upstream that cuts every stream
// would let retries cost nothing.
func (l *retryLoop) refundFor(reply *Reply) {
	if !l.resumed || l.paid == 0 {
		l.refund()
		return
	}
	own := *l
	l.paid = 0
	reply.OnEnd(func(err error) {
		if err == nil {
			own.refund()
		}
	})
}

// decide says how long to wait before the next attempt, or why there is none.
func (l *retryLoop) decide(err error) (wait time.Duration, stop StopReason) {
	kind := KindOf(err)
	switch {
	case endedByDeadline(err), timeIsUp(l.ctx):
		return 0, StopDeadline
	case kind == ErrCanceled, l.ctx.Err() != nil:
		return 0, StopCanceled
	}
	v := verdictOf(kind)
	later := l.st.choice.laterTargets()
	silent := v.retry == retryOnce && wasSent(err)
	if silent {
		l.sentTimeouts++
	}
	// Silence is not asked twice where somebody else can be asked; and where it was
	// we who found it too long, or it ended with the connection, not at all.
	again := retryable(err) && !outwaited(err, l.call.Stream || l.st.settings.streamedChat) && !(silent && (l.sentTimeouts > 1 || l.somebodyElse()))
	vain := inVain(err)
	if vain {
		l.vain++
		again = again && later == 0
	}
	if unended(err) && l.st.account.unended() > 1 {
		again = false // each of these answers is paid for, and this server never says more
	}
	rotate := v.key != keySame && l.st.choice.anotherKey()
	if !rotate && kind.forGood() {
		wait, rotate = l.untilKeyBack()
	}
	if l.st.account.emptyTwice(l.call) {
		again, rotate = false, false // see asItIs
	}
	if l.policy.RetryOn != nil && !rotate {
		again = l.policy.RetryOn(err)
	}
	if limit, ok := asType[*LimitError](err); ok && kind == ErrLimit && limit.Wait <= 0 {
		again = false // no wait would help
	}
	switch {
	case !again && !rotate:
		return 0, StopNotRetryable
	case rotate && (kind == ErrAuth || kind == ErrQuota):
		if !l.st.choice.handOver() {
			return 0, StopAttempts
		}
		return wait, ""
	case l.used(err)+weight(l.call) > l.policy.mostRequests(len(l.st.client.plan.targets))-later || !rotate && (l.askedAgain(later) || l.askedEnough(later, vain)):
		return 0, StopAttempts
	case rotate:
		return wait, "" // at once and free of charge: another key is another bucket
	}
	if rest := l.st.choice.rest(); kind == ErrRateLimit && rest.Reason == keyring.Rate {
		return l.waitForKeys(rest)
	}
	wait, tooLong := l.wait(err)
	if hint, _ := RetryAfter(err); tooLong || later > 0 && kind == ErrRateLimit && hint > l.policy.maxDelay() {
		return 0, StopServerDelay
	}
	if !l.fits(wait) {
		return 0, StopDeadline
	}
	if !l.pay(kind) {
		return 0, StopBudget
	}
	if errors.Is(err, replay.ErrWritten) && !l.closed {
		// Most likely a connection that had been idle for too long: nothing is wrong
		// with the provider, and the next is a new one.
		l.closed, wait = true, 0
	}
	return wait, ""
}

// untilKeyBack reports whether a call that its key has refused for good goes on with one
// that was only asked to go slower, and how long it waits here before.
func (l *retryLoop) untilKeyBack() (wait time.Duration, ok bool) {
	until, ok := l.st.choice.keyBack()
	if wait = max(time.Until(until), 0); wait > 0 {
		ok = ok && wait <= longestWait(l.st)
		wait += pause.Jitter(wait)
		ok = ok && l.fits(wait)
	}
	return wait, ok
}

// waitForKeys decides on a retry after a rate limit where all keys rest. The choice of
// the next key does the waiting, in one queue with the other calls.
func (l *retryLoop) waitForKeys(rest keyring.Rest) (wait time.Duration, stop StopReason) {
	switch {
	case !l.st.waitsFor(rest):
		return 0, StopServerDelay
	case !l.fits(time.Until(rest.At)):
		return 0, StopDeadline
	case !l.pay(ErrRateLimit):
		return 0, StopBudget
	}
	return 0, ""
}

// askedAgain reports that the target was asked once more since its stream broke,
// and that there is another one: each further answer that breaks in the middle is
// paid for.
func (l *retryLoop) askedAgain(later int) bool {
	return l.resumed && later > 0 && l.st.account.sent() > l.brokeAfter
}

// mostForOne is how often a target is asked that has others after it, and one that
// is asked in vain.
const mostForOne = 3

func (l *retryLoop) askedEnough(later int, vain bool) bool {
	asked := l.st.account.asked()
	return later > 0 && asked >= mostForOne || vain && max(asked, l.vain) >= mostForOne
}

// somebodyElse reports whether others can be asked for an answer.
func (l *retryLoop) somebodyElse() bool {
	return l.st.choice.laterTargets() > 0 || l.st.client.plan.last != nil
}

// used counts the requests sent for the call but those that were followed by a
// hand-over to another key, and failures of middlewares that sent none, so that the
// loop ends in any case. A gate's refusal is no attempt.
func (l *retryLoop) used(err error) int {
	if sent := l.st.account.sent(); sent != l.sentBefore {
		l.sentBefore = sent
	} else if kind := KindOf(err); kind != ErrLimit && kind != ErrCircuitOpen {
		l.unsent++
	}
	return (l.sentBefore-l.st.choice.handOvers())*weight(l.call) + l.unsent
}

// weight is what a request counts. One that brings its own list of models is a
// fallback on the server: beside buoy's targets it counts each model.
func weight(c *Call) int {
	if len(c.state.client.plan.targets) == 0 || c.Request == nil {
		return 1
	}
	return max(1, len(c.Request.Models), 1+len(c.Request.Fallbacks))
}

// fits reports whether a wait leaves time for an attempt.
func (l *retryLoop) fits(wait time.Duration) bool {
	if l.call.sliceEnd != 0 && wait >= time.Until(l.st.at(l.call.sliceEnd)) {
		return false
	}
	return pause.Fits(l.ctx, wait)
}

// wait is own = U[0, min(MaxDelay, BaseDelay*2^k)]. A hint h of the provider's is
// a floor: max(h, own) + U[0, min(h/10, 1s)], since jitter that also shortens
// sends half of the clients too early (failsafe-go: 109 of 200, measured).
func (l *retryLoop) wait(err error) (wait time.Duration, tooLong bool) {
	own := l.growth.Next(l.policy.baseDelay(), l.policy.maxDelay(), inVain(err))
	hint, ok := RetryAfter(err)
	if !ok {
		return own, false
	}
	if hint > l.policy.maxServerDelay() {
		return 0, true
	}
	return max(hint, own) + pause.Jitter(hint), false
}

// pay takes the retry's cost from the budget, before the sleep.
func (l *retryLoop) pay(kind Kind) bool {
	b := l.policy.Budget
	if b.Disabled {
		return true
	}
	cost := b.retryCost()
	if kind == ErrTimeout {
		cost = b.timeoutCost()
	}
	key := l.st.lastTarget()
	if !l.budgets.take(key, b, cost, l.st.settings.background) {
		return false
	}
	l.paid, l.paidTo = cost, key
	return true
}

package buoy

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/buoy-go/buoy/event"
	"github.com/buoy-go/buoy/internal/affinity"
	"github.com/buoy-go/buoy/internal/keyring"
)

// Target is where a call goes if the ones before it could not answer. An empty Endpoint
// means the primary one, an empty Model the requested one.
type Target struct {
	Endpoint Endpoint
	Model    string
	// Prefill says that the model continues a message from the assistant at the end of
	// the request. RecoverContinue needs that.
	Prefill bool
	// LargerContext says that the model has a larger context. Prompts that were too
	// long for the targets before it are sent here.
	LargerContext bool
	// OnModeration sends calls here that a target before it refused for their content.
	// It is your decision to get around a refusal.
	OnModeration bool
}

// target is a Target that was checked.
type target struct {
	site          *site
	model         string
	prefill       bool
	largerContext bool
	onModeration  bool
}

// take points a call at the target. A request's own list of models would make the
// server ignore the target's.
func (t *target) take(c *Call) {
	c.target = t
	if t.model == "" {
		return
	}
	c.Model = t.model
	if c.Request != nil && (len(c.Request.Models) > 0 || len(c.Request.Fallbacks) > 0) {
		r := *c.Request
		r.Models, r.Fallbacks = nil, nil
		c.Request = &r
	}
}

// fallbackPlan is what a fallback layer has to go by.
type fallbackPlan struct {
	targets []*target // after the primary
	prefill bool      // the primary takes one
	stays   *affinity.Stays
	last    func(context.Context, Request, error) (*Response, error)
}

// Fallback tries further targets, as the verdict table says, and at last the function
// of [WithFallbackFunc]. In a chain that you compose yourself, place it outside
// [Retry]. The targets are those of the client that runs it.
func Fallback() Middleware { return standardFallback }

func standardFallback(next Handler) Handler {
	return func(ctx context.Context, call *Call) (*Reply, error) {
		st := stateOf(call)
		if len(st.client.plan.targets) == 0 && st.client.plan.last == nil {
			return next(ctx, call)
		}
		return fallback(ctx, call, st.client.plan, next)
	}
}

func fallback(ctx context.Context, call *Call, plan fallbackPlan, next Handler) (*Reply, error) {
	st, keep := stateOf(call), plan.reserve(ctx)
	var first, latest error
	var firstStop StopReason
	var failed *site
	var failedModel string
	var kind Kind
	targets, why := st.orderTargets(call)
	i := call.resume.from(len(targets), st)
	if why != nil {
		i = 1
		st.account.noteTrouble(why)
		tellFallback(ctx, st, st.client.primary, st.client.primary.model(call.Model), targets[0], why)
	}
	for ; i <= len(targets); i++ {
		c := *call
		if i > 0 && targets[i-1] != nil {
			t := targets[i-1]
			if first != nil && (!goesTo(kind, t) || t.site == failed && (kind == ErrAuth || kind == ErrQuota) && !t.site.keys.Another(time.Now(), t.model, st.choice.refusedKeys())) {
				continue // another model does not pay the bill
			}
			t.take(&c)
			if first != nil {
				tellFallback(ctx, st, failed, failedModel, t, latest)
			}
		}
		later := len(targets) - i
		st.choice.noteLater(later)
		reply, err := sliced(ctx, &c, later, keep, next)
		if err == nil {
			st.noteStay(call, c.target)
			return reply, nil
		}
		if latest = err; first == nil {
			first, firstStop = err, st.account.stopReason()
		}
		kind = KindOf(err)
		failed = st.client.primary
		if c.target != nil {
			failed = c.target.site
		}
		failedModel = failed.model(c.Model)
		if !gone(err) {
			st.account.noteTrouble(err)
		}
		if endedByDeadline(err) || ctx.Err() != nil || verdictOf(kind).target == targetNo || st.account.emptyTwice(call) {
			break
		}
	}
	st.account.noteStop(firstStop)
	answer, _ := st.account.empty()
	if plan.last != nil && answer == nil && ctx.Err() == nil && lastResortHelps(first) {
		tellFallback(ctx, st, failed, failedModel, nil, first)
		if reply := lastResort(ctx, call, plan.last, first); reply != nil {
			return reply, nil
		}
	}
	// The caller's doing comes first, whichever target it met.
	switch {
	case gone(latest):
		return nil, endedAfter(latest, first)
	case ctx.Err() != nil:
		return nil, endedAfter(st.waitError(ctx), first)
	}
	return nil, first
}

// orderTargets sets the order in which a call asks the targets after the primary: that
// with which its conversation stays comes first, because its prompt cache is warm. With an
// error, why, the primary comes last, as nil: its keys rest. The call would wait for a
// short rest otherwise. An open breaker refuses by itself.
func (st *callState) orderTargets(call *Call) (targets []*target, why error) {
	plan := &st.client.plan
	few := st.few()
	if call.resume != nil && few.targets != nil {
		return few.targets, nil
	}
	few.targets = plan.targets
	if call.Request == nil || len(plan.targets) == 0 || plan.stays.None() {
		return few.targets, nil
	}
	i, stays := plan.stays.Target(affinity.Of(st.settings.session, call.Request))
	if !stays {
		return few.targets, nil
	}
	few.targets = slices.Concat(plan.targets[i:i+1], plan.targets[:i], plan.targets[i+1:])
	primary := st.client.primary
	if rest := primary.keys.Rest(time.Now(), primary.model(call.Model)); rest.Reason == keyring.Rate {
		few.targets = append(few.targets, nil)
		why = &LimitError{Wait: time.Until(rest.At), Limit: fmt.Sprintf("the keys of %s rest, and the conversation stays where it is until then", primary.name)}
	}
	return few.targets, why
}

// noteStay keeps with which target a conversation stays, nil for the primary.
func (st *callState) noteStay(call *Call, t *target) {
	plan := &st.client.plan
	if call.Request == nil || len(plan.targets) == 0 || t == nil && plan.stays.None() {
		return
	}
	conversation := affinity.Of(st.settings.session, call.Request)
	if t == nil {
		plan.stays.Back(conversation)
		return
	}
	plan.stays.Left(conversation, slices.Index(plan.targets, t))
}

// tellFallback tells those who listen that a call goes on to a target, or to the last
// resort.
func tellFallback(ctx context.Context, st *callState, failed *site, model string, to *target, err error) {
	e := event.Fallback{Call: st.id, Model: model, LastResort: to == nil, Err: err}
	if failed != nil {
		e.Endpoint = failed.name
	}
	if to != nil {
		e.ToEndpoint, e.ToModel = to.site.name, to.site.model(cmp.Or(to.model, st.request.Model))
	}
	st.client.audience.Fallback(ctx, e)
}

// goesTo reports whether a failure of this kind goes on to a target.
func goesTo(kind Kind, t *target) bool {
	switch verdictOf(kind).target {
	case targetYes, targetLongWait: // a short wait was the retry's, and it gave up
		return true
	case targetLarger:
		return t.largerContext
	case targetOptIn:
		return t.onModeration
	}
	return false
}

// errSlice is the cause of a context that a target's share of the time ended.
var errSlice = errors.New("target's share of the time")

// nearEnd is the cause of a context that was ended a moment before its deadline,
// so that the last resort can be asked in time. It is told of as that deadline.
type nearEnd struct{ outer context.Context }

func (*nearEnd) Error() string { return "what is kept back for the last resort" }

// timeIsUp reports whether a deadline, or a share of the time left, ended a context.
func timeIsUp(ctx context.Context) bool {
	cause := context.Cause(ctx)
	_, near := cause.(*nearEnd)
	return near || cause == errSlice || ctx.Err() == context.DeadlineExceeded
}

// reserve is the time that is kept back for the last resort.
func (p fallbackPlan) reserve(ctx context.Context) time.Duration {
	deadline, ok := ctx.Deadline()
	if p.last == nil || !ok {
		return 0
	}
	return max(0, min(time.Second, time.Until(deadline)/20))
}

// sliced gives a target its share of the time left, itself and the later ones
// counted, until its answer has begun: a hanging primary must not eat it all.
func sliced(ctx context.Context, call *Call, later int, keep time.Duration, next Handler) (*Reply, error) {
	deadline, ok := ctx.Deadline()
	if !ok || later == 0 && keep == 0 {
		return next(ctx, call)
	}
	share := (time.Until(deadline) - keep) / time.Duration(later+1)
	inner, cancel := context.WithCancelCause(ctx)
	up := errSlice
	if later == 0 {
		up = &nearEnd{ctx}
	}
	timer := time.AfterFunc(share, func() { cancel(up) })
	call.sliceEnd = max(1, time.Since(call.state.begun)+share)
	reply, err := next(inner, call)
	began := err == nil && reply.Stream != nil
	if late := !timer.Stop() && context.Cause(inner) == up && ctx.Err() == nil; late && (began || bareContextError(err)) {
		if began {
			_ = reply.Stream.Close() // at the very moment its time was up
		}
		e := &TransportError{Op: "await", Sent: true}
		e.Kind, e.Timer, e.Err = endOf(inner, context.Canceled)
		reply, err, began = nil, e, false
	}
	if !began {
		cancel(nil)
		return reply, err
	}
	reply.OnEnd(func(error) { cancel(nil) })
	return reply, nil
}

// lastResortHelps leaves out what is the caller's own to mend.
func lastResortHelps(err error) bool {
	switch kind := KindOf(err); kind {
	case ErrCanceled, ErrModeration:
		return false
	default:
		return !kind.Is(ErrInvalidRequest)
	}
}

// lastResort asks the caller's function. Its answer is marked as degraded.
func lastResort(ctx context.Context, call *Call, f func(context.Context, Request, error) (*Response, error), cause error) *Reply {
	resp, err := f(ctx, *call.Request, cause)
	if err != nil || resp == nil {
		return nil
	}
	own := *resp // the function may hand out the same answer again and again
	own.Info.Degraded, own.Info.Cause = true, cause
	if call.Stream {
		return &Reply{Stream: newWholeStream(&own)}
	}
	return &Reply{Response: &own}
}

// WithFallback names the targets that are tried, in this order, if the primary endpoint
// cannot answer: its breaker is open, its retries are used up, its key is dead, the
// model is missing, or it is silent. All targets share one deadline and one limit of
// attempts; each has its own [RetryBudget]. One attempt is reserved for each later target.
// If all fail, the error of the call is that of the first target. The others are in
// [CallError].Attempts.
//
// A conversation (see [KeysSticky]) that a target has answered goes on there, as long as
// the primary's breaker is open or its keys rest: that target has its prompt cached. After
// that it returns. The 16,384 conversations that left the primary last are remembered.
//
// Request.Models is a fallback on the server. With fallback targets each of those
// models counts as an attempt, so that the two do not multiply.
func WithFallback(targets ...Target) Option {
	return clientOption(func(s *settings) { s.targets = append(s.targets, targets...) })
}

// WithFallbackFunc is the last resort after all targets, for a canned answer or a local
// model. f gets the error that led to it. It is also called when the caller's deadline
// or Timeouts.Call is about to end a call that has no answer yet. A twentieth of the
// call's time, at most a second, is kept for f, whose ctx has the same deadline.
//
// f is not called for the caller's own mistakes, moderation and cancellation. Its
// answer has [CallInfo].Degraded set; give it a FinishReason, such as FinishStop, or
// [Response].Check calls it incomplete. If f fails, its error is dropped and the call
// returns the first one. f must be safe for concurrent use.
func WithFallbackFunc(f func(ctx context.Context, req Request, cause error) (*Response, error)) Option {
	return clientOption(func(s *settings) { s.lastResort = f })
}

// newPlan checks the targets. Endpoints that are the same share their keys.
func newPlan(c *Client, primary Endpoint) (plan fallbackPlan, err error) {
	plan.last, plan.prefill, plan.stays = c.settings.lastResort, primary.Prefill, affinity.NewStays()
	for i, t := range c.settings.targets {
		to := &target{site: c.primary, model: t.Model, prefill: t.Prefill || t.Endpoint.Prefill || t.Endpoint.isZero() && plan.prefill, largerContext: t.LargerContext, onModeration: t.OnModeration}
		if !t.Endpoint.isZero() {
			if to.site, err = c.siteFor(t.Endpoint); err != nil {
				return plan, fmt.Errorf("fallback target %d: %w", i+1, err)
			}
		} else if t.Model == "" {
			return plan, fmt.Errorf("buoy: fallback target %d has neither an Endpoint nor a Model: it would repeat the primary", i+1)
		}
		plan.targets = append(plan.targets, to)
	}
	return plan, nil
}

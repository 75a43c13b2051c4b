package buoy

import (
	"context"
	"errors"
	"slices"

	"github.com/buoy-go/buoy/internal/prefill"
)

// This file is what a recovery carries down the chain: fallback goes on at the
// target whose stream broke, retry with that failure in place of a first
// attempt, and targets that take a prefill are sent one.

// resumption is a stream's interruption, and what the layers make of it. One is
// made for each way down the chain, and only that way uses it.
type resumption struct {
	failure error
	prefill prefill.Text // what a target that takes a prefill has to continue
	// brokeAfter is how many requests were sent when a stream of the target first broke.
	brokeAfter int

	taken     bool      // a retry has begun with the failure
	refused   []*target // those that did not want the prefill; nil is the primary
	continues *Stream   // the answer that continues prefill
}

// take returns the failure to the first retry that asks. The targets after it start
// with a request.
func (r *resumption) take() error {
	if r == nil || r.taken {
		return nil
	}
	r.taken = true
	return r.failure
}

// from is the place, among the primary and its targets, at which a call begins:
// after an interruption the target whose stream broke, once, then the next.
// Asking it to the last attempt would leave the others one each, which a refused
// prefill uses up.
func (r *resumption) from(targets int, st *callState) int {
	if r == nil {
		return 0
	}
	later := st.choice.laterTargets()
	at := max(0, targets-later)
	if tries, _ := st.account.before(); tries > 0 && later > 0 {
		r.taken = true // the next target starts with a request
		at++
	}
	return at
}

// continued sends the partial text as a prefill where the target takes one. A
// refusal counts as an attempt, and the same target is then asked from the start.
func continued(next Handler) Handler {
	return func(ctx context.Context, call *Call) (*Reply, error) {
		r, st := call.resume, stateOf(call)
		if r == nil || r.prefill.Text == "" || !takesPrefill(call) || slices.Contains(r.refused, call.target) {
			return next(ctx, call)
		}
		c := *call
		c.Request = r.prefill.Request(call.Request)
		reply, err := next(ctx, &c)
		if err == nil {
			r.continues = reply.Stream
			return reply, nil
		}
		if !refusesPrefill(err) {
			return nil, err
		}
		r.refused = append(r.refused, call.target)
		policy := st.settings.retry
		if call.pace != nil {
			policy = call.pace.policy
		}
		if st.account.sent()*weight(call) >= policy.mostRequests(len(st.client.plan.targets))-st.choice.laterTargets() {
			return nil, r.failure // it says nothing of the request that the caller made
		}
		c = *call
		c.Attempt = st.account.sent() + 1
		return next(ctx, &c)
	}
}

// takesPrefill reports whether the call's target declares that it continues an
// assistant message.
func takesPrefill(c *Call) bool {
	if c.target != nil {
		return c.target.prefill
	}
	return c.state.client.plan.prefill
}

// refusesPrefill tells a refusal of the prefilled request from a failure. A
// continuation of nothing is one, too: it may mean that the text was whole, and
// as well that the model took the turn for over.
func refusesPrefill(err error) bool {
	kind := KindOf(err)
	if kind == ErrNoContent {
		return true
	}
	_, answered := errors.AsType[*APIError](err)
	_, checked := errors.AsType[*RequestError](err)
	return kind.Is(ErrInvalidRequest) && (answered || checked)
}

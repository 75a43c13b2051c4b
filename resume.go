package buoy

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/buoy-go/buoy/internal/assemble"
)

// This file is what a recovery carries down the chain: fallback goes on at the
// target whose stream broke, retry with that failure in place of a first
// attempt, and targets that take a prefill are sent one.

// resumption is a stream's interruption, and what the layers make of it. One is
// made for each way down the chain, and only that way uses it.
type resumption struct {
	failure error
	partial string // what a target that takes a prefill has to continue; "" for nothing
	tokens  int    // about how many partial has
	// brokeAfter is how many requests were sent when a stream of the target first
	// broke.
	brokeAfter int

	taken     bool      // a retry has begun with the failure
	refused   []*target // those that did not want the prefill; nil is the primary
	continues *Stream   // the answer that continues partial
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
// refusal counts as an attempt, and the same target is then asked from the
// start.
func continued(next Handler) Handler {
	return func(ctx context.Context, call *Call) (*Reply, error) {
		r, st := call.resume, stateOf(call)
		if r == nil || r.partial == "" || !takesPrefill(call) || slices.Contains(r.refused, call.target) {
			return next(ctx, call)
		}
		c := *call
		c.Request = prefilled(call.Request, r.partial, r.tokens)
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

// prefilled is the request with the partial text as the assistant's last words. Its
// limits are those of the whole answer, less what came of it.
func prefilled(req *Request, partial string, tokens int) *Request {
	r := *req
	for _, limit := range [...]**int{&r.MaxTokens, &r.MaxCompletionTokens} {
		if *limit != nil {
			*limit = new(max(**limit-tokens, 1))
		}
	}
	r.Messages = slices.Clone(req.Messages)
	if n := len(r.Messages); n > 0 && r.Messages[n-1].Role == RoleAssistant {
		r.Messages[n-1].Content += partial // the caller's own prefill
	} else {
		r.Messages = append(r.Messages, Assistant(partial))
	}
	return &r
}

// partialOf is what of an answer can be continued: the text of its only choice,
// without the white space at its end, for which Anthropic's API refuses a request
// (anomalyco/opencode#1295). It is "" where the answer is more than text.
func partialOf(req *Request, had []assemble.Received) string {
	if req == nil || len(had) != 1 || !had[0].OnlyText() || req.N != nil && *req.N > 1 {
		return ""
	}
	for _, own := range [...]string{"response_format", "messages", "max_tokens", "max_completion_tokens"} {
		if _, ok := req.Extra[own]; ok {
			return ""
		}
	}
	if f := req.ResponseFormat; f != nil && f.Type != "text" {
		return ""
	}
	if n := len(req.Messages); n > 0 && req.Messages[n-1].Role == RoleAssistant {
		last := &req.Messages[n-1]
		if len(last.Parts) > 0 || len(last.ToolCalls) > 0 || last.FunctionCall != nil {
			return ""
		}
	}
	return strings.TrimRight(had[0].Text(), " \t\r\n")
}

// tokensOf is how many tokens a text has that came. A usage that says much less than
// its length was sent before it: some servers begin a stream with "1".
func tokensOf(text string, told Usage) int {
	guess := func(s string) int { return EstimateTokens(&Request{Messages: []Message{Assistant(s)}}) }
	if came := guess(text) - guess(""); told.CompletionTokens < came/2 {
		return came
	}
	return told.CompletionTokens
}

package chat

import (
	"fmt"

	"github.com/buoy-go/buoy/internal/finish"
)

// AnswerError says why an answer should not be used. [Response.Check] returns it. It is
// immutable and contains no text of the answer.
type AnswerError struct {
	// Kind is "moderation", "incomplete" or "no_content": the name of the buoy.Kind
	// that errors.Is and buoy.KindOf find in this error.
	Kind string
	// Choice is the index in [Response.Choices]; -1 if there are no choices.
	Choice int
	// FinishReason is the finish reason of the choice as the provider sent it.
	FinishReason string
	// Reason says in a few words what is wrong.
	Reason string
}

// The kinds of an [AnswerError].
const (
	kindModeration = "moderation"
	kindIncomplete = "incomplete"
	kindNoContent  = "no_content"
)

// Error returns the choice, the kind and the reason.
func (e *AnswerError) Error() string {
	if e == nil {
		return "<nil>"
	}
	if e.Choice < 0 {
		return "answer: " + e.Kind + ": " + e.Reason
	}
	return fmt.Sprintf("answer, choice %d: %s: %s", e.Choice, e.Kind, e.Reason)
}

// Is reports whether target is the buoy.Kind named by Kind.
func (e *AnswerError) Is(target error) bool {
	// This package is below the one that has the type, so it knows it by its methods.
	kind, ok := target.(interface {
		error
		HTTPStatus() int
		Retryable() bool
	})
	return ok && e != nil && kind.Error() == e.Kind
}

// Check reports whether the answer can be used. A call may succeed and bring no text:
// the model refused, the provider withheld the answer, or all tokens went into
// reasoning. So call Check before you use the text:
//
//	if err := resp.Check(); err != nil {
//		return err
//	}
//
// It returns nil if every choice ended by itself (a stop, or tool calls) and none is a
// refusal. Otherwise it returns an [*AnswerError] about the first choice that is wrong.
// The kind of the error is:
//
//   - buoy.ErrModeration if the provider withheld text (content_filter and similar) or
//     the model refused;
//   - buoy.ErrIncomplete if the answer stopped before its end: at the limit of tokens,
//     for an unknown reason, or without a finish reason, as after a broken stream; or if a
//     tool call has no name, so that it can neither be made nor sent back;
//   - buoy.ErrNoContent if the answer is empty, or has reasoning alone. The model may have
//     meant that.
//
// If you make an answer yourself, set FinishReason to [FinishStop]. A server for which
// Endpoint.TrustDone is set may send no finish reason. Check calls its answers
// incomplete.
func (r *Response) Check() error {
	for i := range r.Choices {
		if e := r.Choices[i].check(); e != nil {
			e.Choice = i
			return e
		}
	}
	reason := "it has neither text nor calls"
	for i := range r.Choices {
		if r.Choices[i].Message.answers() {
			return nil
		}
		if r.Choices[i].Message.HasContent() {
			reason = "it has reasoning, and neither text nor calls"
		}
	}
	if len(r.Choices) == 0 {
		return &AnswerError{Kind: kindNoContent, Choice: -1, Reason: "it has no choices"}
	}
	return &AnswerError{Kind: kindNoContent, FinishReason: r.Choices[0].FinishReason, Reason: reason}
}

// check says what is wrong with a choice by itself, nil for nothing.
func (c *Choice) check() *AnswerError {
	end := finish.Behind(c.FinishReason, c.NativeFinishReason)
	nameless := c.Message.nameless()
	if (end == finish.Natural || end == finish.Called) && !c.refuses() && !nameless {
		return nil // most are so, and each answer of a cache is asked
	}
	e := &AnswerError{Kind: kindIncomplete, FinishReason: c.FinishReason}
	switch {
	case end == finish.Filtered:
		e.Kind, e.Reason = kindModeration, "the provider withheld text"
	case c.refuses():
		e.Kind, e.Reason = kindModeration, "the model refused"
	case end == finish.Length:
		e.Reason = "the limit of tokens was reached"
	case end == finish.Failed:
		e.Reason = "the server failed before the end"
	case end == finish.None:
		e.Reason = "it has no finish reason"
	case nameless:
		e.Reason = "a tool call has no name"
	default:
		e.Reason = "it ended for a reason that is not known"
	}
	if finish.IsWord(c.FinishReason) {
		e.Reason += fmt.Sprintf(" (finish reason %q)", c.FinishReason)
	}
	return e
}

// nameless reports a call that has no name, in either of the forms for one.
func (m *Message) nameless() bool {
	for i := range m.ToolCalls {
		if m.ToolCalls[i].nameless() {
			return true
		}
	}
	return m.FunctionCall != nil && m.FunctionCall.Name == "" && !m.FunctionCall.none()
}

// refuses reports that the model declined, in either of the forms for that.
func (c *Choice) refuses() bool {
	if c.Message.Refusal != "" {
		return true
	}
	for i := range c.Message.Parts {
		if p := &c.Message.Parts[i]; p.Type == PartRefusal {
			return true
		}
	}
	return false
}

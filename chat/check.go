package chat

import (
	"fmt"

	"github.com/buoy-go/buoy/internal/finish"
)

// AnswerError says why an answer should not be used as it is. [Response.Check] returns
// it. It is immutable and contains no text of the answer.
type AnswerError struct {
	// Kind is "moderation", "incomplete" or "no_content": the name of the buoy.Kind that
	// errors.Is and buoy.KindOf find in this error.
	Kind string
	// Choice is the place of the choice in [Response.Choices]; -1 where there is none.
	Choice int
	// FinishReason is that of the choice, as it came.
	FinishReason string
	// Reason is what is wrong, in a few words.
	Reason string
}

// The kinds of an [AnswerError].
const (
	kindModeration = "moderation"
	kindIncomplete = "incomplete"
	kindNoContent  = "no_content"
)

// Error names the choice, the kind and the reason.
func (e *AnswerError) Error() string {
	if e == nil {
		return "<nil>"
	}
	if e.Choice < 0 {
		return "answer: " + e.Kind + ": " + e.Reason
	}
	return fmt.Sprintf("answer, choice %d: %s: %s", e.Choice, e.Kind, e.Reason)
}

// Is reports whether target is the buoy.Kind of that name.
func (e *AnswerError) Is(target error) bool {
	// This package is below the one that has the type, so it knows it by its methods.
	kind, ok := target.(interface {
		error
		HTTPStatus() int
		Retryable() bool
	})
	return ok && e != nil && kind.Error() == e.Kind
}

// Check reports whether the answer is one that can be used as it is. Text is empty, and
// the call no error, where a model refuses, where the provider withholds the answer, and
// where all tokens went into thought. So call it before you use the text:
//
//	if err := resp.Check(); err != nil {
//		return err
//	}
//
// It returns nil where every choice ended by itself (a stop, or tool calls) and none is a
// refusal. Otherwise it returns an [*AnswerError] about the first choice that did not. Its
// kind is
//
//   - buoy.ErrModeration where the provider withheld text (content_filter and its like) or
//     the model refused;
//   - buoy.ErrIncomplete where the answer stopped before its end: at the limit of tokens,
//     for a reason that nobody knows, or without one, as what a broken stream leaves;
//   - buoy.ErrNoContent where there is nothing in the answer. The model may have meant
//     that.
//
// An answer made in your own program needs a FinishReason, too: [FinishStop]. Servers for
// which Endpoint.TrustDone is set may send none; Check calls their answers incomplete.
func (r *Response) Check() error {
	for i := range r.Choices {
		if e := r.Choices[i].check(); e != nil {
			e.Choice = i
			return e
		}
	}
	for i := range r.Choices {
		if r.Choices[i].Message.HasContent() {
			return nil
		}
	}
	if len(r.Choices) == 0 {
		return &AnswerError{Kind: kindNoContent, Choice: -1, Reason: "it has no choices"}
	}
	return &AnswerError{Kind: kindNoContent, FinishReason: r.Choices[0].FinishReason, Reason: "it has neither text nor calls"}
}

// check says what is wrong with a choice by itself, nil for nothing.
func (c *Choice) check() *AnswerError {
	e := &AnswerError{Kind: kindIncomplete, FinishReason: c.FinishReason}
	end := finish.Behind(c.FinishReason, c.NativeFinishReason)
	switch {
	case end == finish.Filtered:
		e.Kind, e.Reason = kindModeration, "the provider withheld text"
	case c.refuses():
		e.Kind, e.Reason = kindModeration, "the model refused"
	case end == finish.Natural, end == finish.Called:
		return nil
	case end == finish.Length:
		e.Reason = "the limit of tokens was reached"
	case end == finish.Failed:
		e.Reason = "the server failed before the end"
	case end == finish.None:
		e.Reason = "it has no finish reason"
	default:
		e.Reason = "it ended for a reason that is not known"
	}
	if finish.IsWord(c.FinishReason) {
		e.Reason += fmt.Sprintf(" (finish reason %q)", c.FinishReason)
	}
	return e
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

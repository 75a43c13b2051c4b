package buoytyped

import (
	"fmt"
	"log/slog"

	"github.com/buoy-go/buoy"
)

// MismatchError says that the model answered something other than what was
// asked for. It unwraps to [buoy.ErrMalformed], and to Repair where that is set;
// then the kind of the whole is Repair's.
//
// It is plain, immutable data. Error, and every formatting verb, show the type,
// the place and the reason, and nothing of the answer.
type MismatchError struct {
	Type   string // name of the schema
	Path   string // where in the JSON, for example "steps[2].minutes"; "" for the whole
	Reason string // what is wrong there

	Text     string         `json:"-"` // what the model said
	Response *buoy.Response `json:"-"` // the whole answer
	// Cause is the error of encoding/json or of a type's own UnmarshalJSON or
	// UnmarshalText, if one of them refused the value. It may quote the answer.
	Cause error `json:"-"`
	// Repair is why the call that should have repaired the answer failed; nil if
	// there was none, or if it brought this answer.
	Repair error `json:"-"`
}

// Error names the type, the place and the reason.
func (e *MismatchError) Error() string {
	if e == nil {
		return "<nil>"
	}
	s := "the answer is no " + e.Type + ": "
	if e.Path != "" {
		s += e.Path + ": "
	}
	s += e.Reason
	if e.Repair != nil {
		s += "; the repair failed: " + e.Repair.Error()
	}
	return s
}

// Unwrap returns what Repair says, and ErrMalformed.
func (e *MismatchError) Unwrap() []error {
	if e == nil {
		return nil
	}
	if e.Repair != nil {
		return []error{e.Repair, buoy.ErrMalformed}
	}
	return []error{buoy.ErrMalformed}
}

// Format writes [MismatchError.Error] for every verb.
func (e *MismatchError) Format(s fmt.State, verb rune) { format(s, verb, e) }

// LogValue gives slog the facts as attributes.
func (e *MismatchError) LogValue() slog.Value {
	if e == nil {
		return slog.Value{}
	}
	return slog.GroupValue(slog.String("kind", string(buoy.KindOf(e))), slog.String("type", e.Type),
		slog.String("path", e.Path), slog.String("reason", e.Reason))
}

// RefusalError says that the model declined to answer, or that a filter withheld
// the answer. It unwraps to [buoy.ErrModeration]. Error shows nothing of what the
// model said.
type RefusalError struct {
	Refusal      string         `json:"-"` // in the model's words; "" for a filter
	FinishReason string         // "content_filter" for a filter
	Response     *buoy.Response `json:"-"`
}

// Error says who declined.
func (e *RefusalError) Error() string {
	switch {
	case e == nil:
		return "<nil>"
	case e.FinishReason == buoy.FinishContentFilter:
		return "a content filter withheld the answer"
	}
	return "the model declined to answer"
}

// Unwrap returns ErrModeration.
func (e *RefusalError) Unwrap() error { return buoy.ErrModeration }

// Format writes [RefusalError.Error] for every verb.
func (e *RefusalError) Format(s fmt.State, verb rune) { format(s, verb, e) }

// TruncatedError says that the answer came to its token limit before it was
// complete: raise MaxCompletionTokens (or MaxTokens) of the request, which has to
// hold the hidden thoughts of a reasoning model, too. It unwraps to
// [buoy.ErrInvalidRequest], since asking again as before is no use.
type TruncatedError struct {
	Text     string         `json:"-"` // what had been said until then
	Response *buoy.Response `json:"-"`
}

// Error names the fix.
func (e *TruncatedError) Error() string {
	if e == nil {
		return "<nil>"
	}
	return "the answer was cut off at its token limit: raise MaxCompletionTokens or MaxTokens"
}

// Unwrap returns ErrInvalidRequest.
func (e *TruncatedError) Unwrap() error { return buoy.ErrInvalidRequest }

// Format writes [TruncatedError.Error] for every verb.
func (e *TruncatedError) Format(s fmt.State, verb rune) { format(s, verb, e) }

// format writes an error's text whatever the verb, so that no verb walks the
// fields.
func format(s fmt.State, verb rune, err error) {
	if verb == 'q' {
		fmt.Fprintf(s, "%q", err.Error())
		return
	}
	fmt.Fprint(s, err.Error())
}

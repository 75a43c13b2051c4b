package buoytyped

import (
	"fmt"
	"log/slog"

	"github.com/buoy-go/buoy"
)

// MismatchError says that the answer does not follow the schema. It unwraps to
// [buoy.ErrMalformed], and to Repair if that is set; its kind is then that of Repair.
//
// It is immutable. Error and every formatting verb show the type, the places and the
// reasons, but nothing of the answer.
type MismatchError struct {
	Type   string // name of the schema
	Path   string // place in the JSON, for example "steps[2].minutes"; "" means the whole
	Reason string // what is wrong there
	// Mistakes are all that were found, at most eight; Path and Reason are the first. It is
	// nil if there is no JSON value in the answer.
	Mistakes []Mistake

	Text     string         `json:"-"` // text of the answer
	Response *buoy.Response `json:"-"` // the whole answer
	// Cause is the error of encoding/json, or of a type's own UnmarshalJSON or
	// UnmarshalText, if one of them refused the value. It may quote the answer.
	Cause error `json:"-"`
	// Repair is the error of the call that was to repair the answer. It is nil if there
	// was no such call, or if this answer came from it.
	Repair error `json:"-"`
}

// Error returns the type, and the place and the reason of each mistake.
func (e *MismatchError) Error() string {
	if e == nil {
		return "<nil>"
	}
	s := "the answer is no " + e.Type + ": " + saidOf(e.Mistakes, e.Path, e.Reason)
	if e.Repair != nil {
		s += "; the repair failed: " + e.Repair.Error()
	}
	return s
}

// Unwrap returns Repair, if it is set, and [buoy.ErrMalformed].
func (e *MismatchError) Unwrap() []error {
	if e == nil {
		return nil
	}
	if e.Repair != nil {
		return []error{e.Repair, buoy.ErrMalformed}
	}
	return []error{buoy.ErrMalformed}
}

// Format writes the text of [MismatchError.Error] for every verb.
func (e *MismatchError) Format(s fmt.State, verb rune) { format(s, verb, e.Error()) }

// LogValue returns kind, type, path, reason and mistakes as attributes for slog.
func (e *MismatchError) LogValue() slog.Value {
	if e == nil {
		return slog.Value{}
	}
	return slog.GroupValue(slog.String("kind", string(buoy.KindOf(e))), slog.String("type", e.Type),
		slog.String("path", e.Path), slog.String("reason", e.Reason), slog.String("mistakes", saidOf(e.Mistakes, e.Path, e.Reason)))
}

// RefusalError says that the model declined to answer, or that a filter withheld the
// answer. It unwraps to [buoy.ErrModeration]. Its text shows nothing of the answer.
type RefusalError struct {
	Refusal      string         `json:"-"` // the refusal as the model wrote it; "" for a filter
	FinishReason string         // as the provider wrote it, "content_filter" for most filters
	Response     *buoy.Response `json:"-"`
}

// Error says whether the model or a filter refused.
func (e *RefusalError) Error() string {
	switch {
	case e == nil:
		return "<nil>"
	case e.FinishReason == buoy.FinishContentFilter || e.Refusal == "":
		return "a content filter withheld the answer"
	}
	return "the model declined to answer"
}

// Unwrap returns [buoy.ErrModeration].
func (e *RefusalError) Unwrap() error { return buoy.ErrModeration }

// Format writes the text of [RefusalError.Error] for every verb.
func (e *RefusalError) Format(s fmt.State, verb rune) { format(s, verb, e.Error()) }

// TruncatedError says that the answer reached its token limit before it was complete.
// Raise MaxCompletionTokens (or MaxTokens) of the request. The limit includes the
// hidden reasoning tokens of a reasoning model. It unwraps to [buoy.ErrIncomplete], as the
// error of [buoy.Response.Check] does.
type TruncatedError struct {
	Tool     string         // RunTools: the tool whose call was cut off; "" for a text
	Text     string         `json:"-"` // text of the answer, or of the arguments, up to the limit
	Response *buoy.Response `json:"-"`
}

// Error returns the reason and the fix.
func (e *TruncatedError) Error() string {
	if e == nil {
		return "<nil>"
	}
	what := "the answer"
	if e.Tool != "" {
		what = "a call of " + e.Tool
	}
	return what + " was cut off at its token limit: raise MaxCompletionTokens or MaxTokens"
}

// Unwrap returns [buoy.ErrIncomplete].
func (e *TruncatedError) Unwrap() error { return buoy.ErrIncomplete }

// Format writes the text of [TruncatedError.Error] for every verb.
func (e *TruncatedError) Format(s fmt.State, verb rune) { format(s, verb, e.Error()) }

// format writes a text whatever the verb, so that no verb walks the fields.
func format(s fmt.State, verb rune, text string) {
	if verb == 'q' {
		fmt.Fprintf(s, "%q", text)
		return
	}
	fmt.Fprint(s, text)
}

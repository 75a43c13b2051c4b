// Package sse reads Server-Sent Events as the WHATWG HTML standard defines
// them (section 9.2.6, "Interpreting an event stream"), plus the two things
// that servers of language models send beside them: a field named error, and
// text that is no event stream at all. It knows nothing of JSON.
package sse

import "errors"

// Field says what the bytes of an [Event] came from.
type Field uint8

const (
	// Data is the standard case: the values of data lines.
	Data Field = iota
	// Error is the value of lines whose field is named error. The standard
	// would drop them, and llama.cpp's server reports failures that way.
	Error
	// Stray is text that is no field: JSON or HTML in place of a stream,
	// inside one or glued to its end. It begins with a line whose first byte
	// other than white space is one of { [ " < and goes on up to a blank line,
	// a known field with its colon, or a comment. Its lines are unchanged, but
	// for white space before the first.
	Stray
)

// Event is one event, or one block of text that stands where events should.
type Event struct {
	// Field says which kind of line Data was made of.
	Field Field
	// Name is the value of the event's last event field so far; "" if none.
	Name string
	// Data holds the values of the lines, joined with "\n". It is valid until
	// the next call of Next or Reset; appending to it copies it.
	Data []byte
	// Lines is the number of lines that were joined, at least 1.
	Lines int
	// Unterminated says that the body ended before the blank line which ends
	// an event. A browser drops such an event; servers exist that send their
	// last one so, and a cut looks the same, so the caller has to judge.
	Unterminated bool
}

// ErrTooLarge says that one event or one line exceeded the Reader's bound.
var ErrTooLarge = errors.New("sse: event exceeds the size limit")

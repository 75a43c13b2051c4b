package buoybatch

import "github.com/buoy-go/buoy"

// Result is the outcome of one request. Either Response or Err is set. Both are set if
// [Options.Accept] refused the answer or panicked, or if the answer could not be written to
// the journal.
type Result struct {
	Request  *buoy.Request
	Response *buoy.Response
	Err      error
	Resumed  bool // the answer came from the journal; it cost nothing in this run
}

// Error says that a batch stopped before its end. It is in the last result, at the
// first request that was not sent.
type Error struct{ Err error }

// Error returns why the batch stopped.
func (e *Error) Error() string {
	return "buoy: the batch has stopped before this request: " + e.Err.Error()
}

// Unwrap returns the reason: the error of the request that ended the batch, the error
// of the context, or a [*JournalError].
func (e *Error) Unwrap() error { return e.Err }

// unrepairedError is the error of an answer that was refused, and whose repair failed.
type unrepairedError struct{ refusal, cause error }

func (e *unrepairedError) Error() string {
	return e.refusal.Error() + "; the repair failed: " + e.cause.Error()
}

// Unwrap names the repair's error first: the kind of the whole is its kind, so that a
// dead key ends a batch.
func (e *unrepairedError) Unwrap() []error { return []error{e.cause, e.refusal} }

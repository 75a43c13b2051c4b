package buoybatch

import "github.com/buoy-go/buoy"

// Result is what became of one request: Response or Err is set, and both for
// an answer that could not be written to the journal.
type Result struct {
	Request  *buoy.Request
	Response *buoy.Response
	Err      error
	Resumed  bool // from the journal: nothing was sent or paid in this run
}

// Error says that a batch has stopped before its end. It is the last result,
// and stands at the first request that was not asked.
type Error struct{ Err error }

// Error names the reason.
func (e *Error) Error() string {
	return "buoy: the batch has stopped before this request: " + e.Err.Error()
}

// Unwrap returns the reason: the error of the request that ended the batch, the
// context's, or a [*JournalError].
func (e *Error) Unwrap() error { return e.Err }

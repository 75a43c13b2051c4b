package buoy

import (
	"errors"
	"fmt"

	"github.com/buoy-go/buoy/chat"
)

// RequestError says what is wrong with a [Request], or with an option of a call, that
// no provider would accept. Nothing was sent. Change the request; a retry does not
// help. It unwraps to [ErrInvalidRequest], and never contains text of the prompt.
type RequestError struct {
	Field  string // path in the body, for example "messages[2].tool_call_id"
	Reason string // what is wrong with it
}

// Error returns the field and what is wrong with it.
func (e *RequestError) Error() string {
	if e == nil {
		return "<nil>"
	}
	return "invalid request: " + e.Field + ": " + e.Reason
}

// Unwrap returns [ErrInvalidRequest].
func (e *RequestError) Unwrap() error { return ErrInvalidRequest }

// Format writes the text of [RequestError.Error] for every verb.
func (e *RequestError) Format(s fmt.State, verb rune) { formatError(s, verb, e) }

// validate refuses a request that cannot work at any provider.
func validate(r *Request) error { return requestError(r.Validate()) }

// requestError turns the error of package chat about a field into one of this package.
func requestError(err error) error {
	if fe, ok := errors.AsType[*chat.FieldError](err); ok {
		return &RequestError{Field: fe.Field, Reason: fe.Reason}
	}
	return err
}

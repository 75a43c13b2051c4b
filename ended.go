package buoy

import (
	"context"
	"errors"
	"strings"
)

// This file joins what ended a call to the failure before it, so that neither is
// lost: the caller sees who ended the call, and errors.As still finds what the
// provider had said.

// endedError is a call that its caller, or its time, ended after a failure.
type endedError struct{ end, last error }

// endedAfter joins an end to the failure before it, unless that tells of the end
// itself.
func endedAfter(end, last error) error {
	switch {
	case last == context.Canceled, last == context.DeadlineExceeded:
		return end // a handler by hand that says nothing more
	case gone(last):
		return last
	}
	if e, ok := end.(*endedError); ok {
		end = e.end
	}
	return &endedError{end: end, last: last}
}

func (e *endedError) Error() string {
	return e.end.Error() + "; before that: " + e.last.Error()
}

// Unwrap puts the end first: its kind is the call's.
func (e *endedError) Unwrap() []error { return []error{e.end, e.last} }

// refusedHere reports a refusal of one of our own gates: nothing was sent.
func refusedHere(err error) bool {
	_, open := errors.AsType[*OpenError](err)
	_, limit := errors.AsType[*LimitError](err)
	_, keys := errors.AsType[*KeysError](err)
	return open || limit || keys
}

// refusedError is a gate's refusal of a further attempt, and the failure that the
// attempts before it met.
type refusedError struct{ refusal, last error }

func (e *refusedError) Error() string {
	refusal, last := e.refusal.Error(), e.last.Error()
	if strings.HasSuffix(refusal, last) { // a breaker names what opened it
		return refusal
	}
	return refusal + "; before that: " + last
}

// Unwrap puts the refusal first: its kind is the call's.
func (e *refusedError) Unwrap() []error { return []error{e.refusal, e.last} }

package buoy

import (
	"context"
	"errors"
	"strings"
)

// This file joins the error that ended a call to the failure before it.

// endedError is the error of a call that its caller or a deadline ended after a
// failure. It joins both, so that the caller sees what ended the call, and errors.As
// still finds what the provider had said.
type endedError struct{ end, last error }

// endedAfter joins an end to the failure before it, unless the failure is that end.
func endedAfter(end, last error) error {
	switch {
	case last == context.Canceled, last == context.DeadlineExceeded:
		return end // a handler of the user's own that says nothing more
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

// Unwrap returns the end: its kind is the call's, and no wait helps.
func (e *endedError) Unwrap() error { return e.end }

// As finds the end first, then the failure before it.
func (e *endedError) As(target any) bool {
	if own, ok := target.(**endedError); ok {
		*own = e
		return true
	}
	return errors.As(e.end, target) || errors.As(e.last, target)
}

// Is finds what failed before the end, but not its kind: errors.Is agrees with
// KindOf, which names the end's.
func (e *endedError) Is(target error) bool {
	if _, kind := target.(Kind); kind || target == context.Canceled || target == context.DeadlineExceeded {
		return false
	}
	return errors.Is(e.last, target)
}

// endAlone leaves out what failed before the end of a call.
func endAlone(err error) error {
	if e, ok := asType[*endedError](err); ok {
		return e.end
	}
	return err
}

// refusedHere reports a refusal of one of our own gates: nothing was sent.
func refusedHere(err error) bool {
	_, open := asType[*OpenError](err)
	_, limit := asType[*LimitError](err)
	_, keys := asType[*KeysError](err)
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

// asType is errors.AsType. The layers of a call ask a dozen times for the types that
// an error is not, and nearly all refusals are an APIError, whose chain has no other.
func asType[E error](err error) (e E, ok bool) {
	if api, alone := err.(*APIError); alone {
		e, ok = any(api).(E)
		return e, ok
	}
	return errors.AsType[E](err)
}

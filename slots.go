package buoy

import (
	"sync/atomic"

	"github.com/buoy-go/buoy/internal/circuit"
	"github.com/buoy-go/buoy/internal/scope"
)

// slots is memory for what the layers of a call need when its first attempt
// succeeds, as nearly all do. It is part of the call's own memory; whatever
// is needed once more, for a retry, a fallback or a hedge, is allocated then.
type slots struct {
	call     slot[Call]        // of the first attempt
	deadline slot[scope.Scope] // of the call
	timers   slot[timers]
	ticket   slot[circuit.Ticket]
}

// slot is memory for one value, which the first to ask gets.
type slot[T any] struct {
	value T
	taken atomic.Bool
}

func (s *slot[T]) take() *T {
	if s.taken.Swap(true) {
		return new(T)
	}
	return &s.value
}

// copyOf returns a copy of a call for the caller to change.
func (sh *shared) copyOf(call *Call) *Call {
	c := sh.slots.call.take()
	*c = *call
	return c
}

// forAttempt returns a copy of a call for an attempt. In the standard chain only
// buoy's own layers see it before it is complete, so they need no further copies.
func (sh *shared) forAttempt(call *Call) *Call {
	c := sh.copyOf(call)
	c.unseen = !sh.settings.chainSet
	return c
}

// changeable returns the call itself where nobody else has seen it, and otherwise a
// copy.
func (sh *shared) changeable(call *Call) *Call {
	if call.unseen {
		return call
	}
	return sh.copyOf(call)
}

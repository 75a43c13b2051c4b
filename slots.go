package buoy

import "sync/atomic"

// slots is memory for what the layers of a call need when its first attempt
// succeeds, as nearly all do. It is part of the call's own memory; whatever
// is needed once more, for a retry, a fallback or a hedge, is allocated then.
type slots struct {
	calls [3]slot[Call] // of retry, choice and timers
	limit slot[scope]   // of the call deadline
	clock slot[clock]
	pass  slot[permit]
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
	for i := range sh.slots.calls {
		if s := &sh.slots.calls[i]; !s.taken.Swap(true) {
			s.value = *call
			return &s.value
		}
	}
	c := *call
	return &c
}

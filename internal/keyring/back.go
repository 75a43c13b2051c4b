package keyring

import (
	"slices"
	"time"
)

// Back is for a call that some keys have refused for good. It reports whether another
// one, which was only too busy, can be used for the model again or comes back. A refused
// key that is out is left out by [Ring.Pick] and [Place.Pick], which wait for the other
// one in line. One that stays in use, because its refusal says little of it, would be
// taken again: then until is set, and the caller waits until then before it picks.
func (r *Ring) Back(now time.Time, model string, forGood []*Key) (until time.Time, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	rest := r.restLocked(now, model, forGood...)
	if !rest.At.After(now) {
		return until, r.besideLocked(nil, func(k *Key) bool { return !slices.Contains(forGood, k) })
	}
	if slices.ContainsFunc(forGood, func(k *Key) bool { return k.mayGoLocked(now) }) {
		until = rest.At
	}
	return until, rest.Reason == Rate
}

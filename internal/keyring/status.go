package keyring

import (
	"fmt"
	"slices"
	"time"
)

// Status is what is known of one key, apart from single models.
type Status struct {
	Label    string
	Disabled bool
	Until    time.Time // when one that is disabled or out of money may be tried again
	Reason   Reason    // why it is disabled or rests
}

// Paused says in words that the keys of an endpoint are asked to go slower.
func (r *Ring) Paused(now time.Time, endpoint string, rest Rest) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := 0
	for _, k := range r.keys {
		if k.mayGoLocked(now) {
			n++
		}
	}
	which, others := fmt.Sprintf("all %d", n), ""
	if n < len(r.keys) {
		which, others = fmt.Sprintf("%d of %d", n, len(r.keys)), ", and the others were refused"
	}
	if rest.Named {
		return fmt.Sprintf("%s has asked for a pause on %s keys%s", endpoint, which, others)
	}
	return fmt.Sprintf("%s keys of %s rest after refusals that named no wait%s", which, endpoint, others)
}

// Status returns what is known of the keys, in their order.
func (r *Ring) Status(now time.Time) []Status {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := make([]Status, len(r.keys))
	for i, k := range r.keys {
		s := Status{Label: k.label, Disabled: k.absence.reason == Auth}
		if k.absence.until.After(now) {
			s.Until = k.absence.until
		}
		if s.Disabled || !s.Until.IsZero() {
			s.Reason = k.absence.reason
		}
		out[i] = s
	}
	return out
}

// Enable lets a key be used again that was disabled or rests. It reports whether there
// is such a key, and what has changed.
func (r *Ring) Enable(label string) (c Change, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	i := slices.IndexFunc(r.keys, func(k *Key) bool { return k.label == label })
	if i < 0 {
		return c, false
	}
	k := r.keys[i]
	if k.told != None {
		c = Change{Reason: k.told, Back: true}
	}
	k.absence, k.rests, k.told = rest{}, nil, None
	r.wakeLocked()
	return c, true
}

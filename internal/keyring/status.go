package keyring

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// State says whether a key can be used.
type State string

// The states.
const (
	Ready    State = "ready"
	Limited  State = "limited"  // it rests for some models
	Cooled   State = "cooled"   // it rests for all
	Refused  State = "refused"  // it was refused the last time, and is used on
	Disabled State = "disabled" // it is out, but for a probe now and then
)

// Status is what is known of one key. Of a key that is limited, Until and Reason are
// those of the rest that ends last.
type Status struct {
	Label  string
	State  State
	Until  time.Time // when it may be tried again; zero where it may be now
	Reason Reason    // why it is not ready
	Models []ModelRest
}

// ModelRest is the rest of a key for one model.
type ModelRest struct {
	Model  string
	Until  time.Time
	Reason Reason
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
	which, rests, others := fmt.Sprintf("all %d keys", n), "rest", ""
	switch {
	case n < len(r.keys):
		which, others = fmt.Sprintf("%d of %d keys", n, len(r.keys)), ", and the others were refused"
	case n == 1:
		which, rests = "the only key", "rests"
	}
	if rest.Named {
		return fmt.Sprintf("%s has asked for a pause on %s%s", endpoint, which, others)
	}
	return fmt.Sprintf("%s of %s %s after refusals that named no wait%s", which, endpoint, rests, others)
}

// Status returns what is known of the keys, in their order.
func (r *Ring) Status(now time.Time) []Status {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := make([]Status, len(r.keys))
	for i, k := range r.keys {
		out[i] = k.statusLocked(now)
	}
	return out
}

// statusLocked needs the ring's mu.
func (k *Key) statusLocked(now time.Time) Status {
	s := Status{Label: k.label, State: Ready, Models: k.modelRestsLocked(now)}
	if k.absence.until.After(now) {
		s.Until = k.absence.until
	}
	switch {
	case k.absence.reason == Auth:
		s.State, s.Reason = Disabled, Auth
	case !s.Until.IsZero():
		s.State, s.Reason = Cooled, k.absence.reason
	case k.told != None:
		s.State, s.Reason = Refused, k.told
	case len(s.Models) > 0:
		s.State, s.Until, s.Reason = Limited, s.Models[0].Until, s.Models[0].Reason
	}
	return s
}

// modelRestsLocked are the models for which the key may not go now, the rest that ends
// last before the others. It needs the ring's mu.
func (k *Key) modelRestsLocked(now time.Time) (out []ModelRest) {
	for model, s := range k.rests {
		at, why := s.next, Rate // in doubt
		if s.resting() {
			at, _ = s.freeAt()
			why = s.reason
		}
		if at.After(now) {
			out = append(out, ModelRest{model, at, why})
		}
	}
	slices.SortFunc(out, func(a, b ModelRest) int {
		return cmp.Or(b.Until.Compare(a.Until), strings.Compare(a.Model, b.Model))
	})
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

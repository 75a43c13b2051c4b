// Package keyring holds the keys of one endpoint. It says whose turn it is, who
// rests and until when. It is told lessons and knows no errors: what an answer
// shows of its key is its user's affair.
package keyring

import (
	"slices"
	"sync"
	"time"
)

// How long a key rests. The provider's own word comes first.
const (
	quotaRest   = time.Hour       // out of money, with no word when that ends
	rateRest    = 5 * time.Second // too fast, without a hint; doubling ...
	maxRateRest = time.Minute     // ... up to this
	longestRest = 24 * time.Hour  // for a hint that is too long to be read
)

// Lesson is what a failure has shown of its key.
type Lesson uint8

// The lessons.
const (
	Nothing   Lesson = iota
	Disable          // it is wrong or expired: never use it again
	CoolQuota        // it is out of money: let it rest
	CoolRate         // it went too fast: let it rest, for this model
)

// Reason is why a key cannot be used.
type Reason uint8

// The reasons. The zero value is that of a key that can be used.
const (
	None  Reason = iota
	Auth         // refused as wrong or expired
	Quota        // out of money
	Rate         // asked to go slower
)

// Status is what is known of one key, apart from single models.
type Status struct {
	Label    string
	Disabled bool
	Until    time.Time // when one that is out of money may be tried again
	Reason   Reason    // why it is disabled or rests
}

// Ring holds an endpoint's keys and what is known of them. What one call learns
// serves all. It is safe for concurrent use; its zero value cannot be used, see
// [New].
type Ring struct {
	source Source        // nil for keys that do not rotate
	asking chan struct{} // holds a token while the source is asked

	mu    sync.Mutex // guards the fields below and what changes in the keys
	keys  []*Key     // never empty, except before the source was asked
	turn  uint64
	asked time.Time
	stale bool // a key was refused since
}

// New makes a ring of keys, or of those that a source will give. Without either it
// holds the key that is none.
func New(secrets []string, source Source) *Ring {
	r := &Ring{source: source, asking: make(chan struct{}, 1)}
	if source == nil && len(secrets) == 0 {
		secrets = []string{""} // no credentials, as local servers want it
	}
	r.replaceLocked(secrets) // nobody else has it yet
	return r
}

// Replace sets the keys, of which there must be one at least. Those that stay keep
// what is known of them; one that is given twice counts once.
func (r *Ring) Replace(secrets []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.replaceLocked(secrets)
}

// replaceLocked needs mu.
func (r *Ring) replaceLocked(secrets []string) {
	old := make(map[string]*Key, len(r.keys))
	for _, k := range r.keys {
		old[k.secret] = k
	}
	r.keys = make([]*Key, 0, len(secrets))
	for _, s := range secrets {
		k := old[s]
		if k == nil {
			k = newKey(s)
			old[s] = k
		} else if slices.Contains(r.keys, k) {
			continue // given twice
		}
		r.keys = append(r.keys, k)
	}
}

// Pick takes the key that was used least recently of those that may be used for
// a model, leaving out those that have refused this call while there are
// others. Where all rest, it returns when the first is back and why that rests; the
// time is zero where none comes back.
func (r *Ring) Pick(now time.Time, model string, refused []*Key) (k *Key, soonest time.Time, reason Reason) {
	r.mu.Lock()
	defer r.mu.Unlock()
	reason = Auth
	for _, again := range [...]bool{false, true} {
		for _, c := range r.keys {
			if !again && slices.Contains(refused, c) {
				continue
			}
			at, why, never := c.freeAtLocked(model)
			switch {
			case never:
			case !now.Before(at):
				if k == nil || c.turn < k.turn {
					k = c
				}
			case soonest.IsZero() || at.Before(soonest):
				soonest, reason = at, why
			}
		}
		if k != nil {
			r.turn++
			k.turn = r.turn
			return k, time.Time{}, None
		}
	}
	return nil, soonest, reason
}

// Another reports whether a key that has not refused this call can be used now.
func (r *Ring) Another(now time.Time, model string, refused []*Key) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.ContainsFunc(r.keys, func(k *Key) bool {
		return k.freeLocked(now, model) && !slices.Contains(refused, k)
	})
}

// Beside returns the labels of the keys beside k that a call may use now.
func (r *Ring) Beside(now time.Time, k *Key, model string, refused []*Key) (labels []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, o := range r.keys {
		if o != k && o.freeLocked(now, model) && !slices.Contains(refused, o) {
			labels = append(labels, o.label)
		}
	}
	return labels
}

// Answered keeps what a good answer has shown of its key: a row of refusals is
// over, and an allowance that is used up makes it rest until that is back.
func (r *Ring) Answered(k *Key, model string, usedUp time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if usedUp > 0 || k.rests[model].strikes > 0 {
		now := time.Now() // not asked for in vain: this is on every call's way
		k.restLocked(now, model, rest{until: now.Add(min(usedUp, longestRest))})
	}
}

// Learn keeps what a failure has shown of its key, and the wait that the provider
// named, 0 for none. An endpoint's only key is never disabled and rests only where
// there is such a wait: asking costs little, and an account that was topped up then
// works at once.
func (r *Ring) Learn(now time.Time, k *Key, model string, l Lesson, wait time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	only := len(r.keys) == 1
	wait = min(wait, longestRest)
	switch l {
	case Disable:
		k.disabled, k.reason = !only, Auth
		r.stale = true
	case CoolQuota:
		if only {
			return
		}
		if wait <= 0 {
			wait = quotaRest
		}
		k.until, k.reason = now.Add(wait), Quota
	case CoolRate:
		s := k.rests[model]
		if wait <= 0 && !only {
			wait = min(rateRest<<min(s.strikes, 10), maxRateRest)
			s.strikes++
		}
		s.until = now.Add(wait)
		k.restLocked(now, model, s)
	}
}

// Len is how many keys there are.
func (r *Ring) Len() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.keys)
}

// Labels returns the labels of the keys, in their order.
func (r *Ring) Labels() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := make([]string, len(r.keys))
	for i, k := range r.keys {
		out[i] = k.label
	}
	return out
}

// Status returns what is known of the keys, in their order.
func (r *Ring) Status(now time.Time) []Status {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := make([]Status, len(r.keys))
	for i, k := range r.keys {
		s := Status{Label: k.label, Disabled: k.disabled}
		if k.until.After(now) {
			s.Until = k.until
		}
		if s.Disabled || !s.Until.IsZero() {
			s.Reason = k.reason
		}
		out[i] = s
	}
	return out
}

// Enable lets a key be used again that was disabled or rests. It reports whether
// there is such a key.
func (r *Ring) Enable(label string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	i := slices.IndexFunc(r.keys, func(k *Key) bool { return k.label == label })
	if i < 0 {
		return false
	}
	k := r.keys[i]
	k.disabled, k.until, k.reason, k.rests = false, time.Time{}, None, nil
	return true
}

// Same reports whether two rings hold the same keys in the same order.
func (r *Ring) Same(o *Ring) bool {
	o.mu.Lock()
	theirs := slices.Clone(o.keys)
	o.mu.Unlock()
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.EqualFunc(r.keys, theirs, func(a, b *Key) bool { return a.secret == b.secret })
}

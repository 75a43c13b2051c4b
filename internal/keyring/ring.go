// Package keyring holds the keys of one endpoint. It says whose turn it is, who
// rests and until when. It is told lessons and knows no errors: what an answer
// shows of its key is its user's affair.
package keyring

import (
	"slices"
	"sync"
	"time"

	"github.com/buoy-go/buoy/internal/queue"
)

// Lesson is what a failure has shown of its key.
type Lesson uint8

// The lessons.
const (
	Nothing   Lesson = iota
	Disable          // it is wrong or expired: it is out, but for a probe now and then
	Doubt            // it seems to be wrong, and nobody can be sure: others go first
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

// Rest is why no key can be used, and until when. The zero value is no rest.
type Rest struct {
	At     time.Time // when the first may be tried again
	Reason Reason
	Named  bool // the provider named that time
}

// Order is which of the keys that may go is taken.
type Order uint8

// The orders.
const (
	Spread  Order = iota // the one that was used least recently
	InOrder              // the first; the others are there for when it may not go
	Sticky               // that of the conversation; see [Ask].Affinity
)

// Ask is what a call wants of a ring.
type Ask struct {
	Model string
	// Refused are the keys that have refused this call: they come last, and those
	// that have refused it for good after all others.
	Refused, ForGood []*Key
	// Affinity is the number of the conversation, for Sticky.
	Affinity uint64
	// Busy, if set, says of a key with this label that it would have the call wait: for
	// Sticky others go before it. The ring's lock is held.
	Busy  func(label string) bool
	dares bool // see [Ring.Dare]
}

// Use is the use of a key by one attempt.
type Use struct {
	Key   *Key
	Model string
	// Begun is when the attempt was about to be sent. What it is told about its key
	// counts only against what was known then.
	Begun time.Time
}

// Ring holds an endpoint's keys and what is known of them. What one call learns
// serves all. It is safe for concurrent use; its zero value cannot be used, see
// [New].
type Ring struct {
	source Source // nil for keys that do not rotate
	order  Order

	mu      sync.Mutex // guards the fields below and what changes in the keys
	keys    []*Key     // never empty, except before the source was asked
	oldest  *Key       // the least recently used one; its prev is the latest
	turn    uint64
	running int                     // of all keys, gone ones as well
	talks   map[uint64]int          // calls under way of each conversation, for Sticky
	queues  map[string]*queue.Queue // of those who wait, by model; none is empty
	asking  *question               // nil while nobody asks the source
	asked   time.Time               // when the source was asked last ...
	urged   time.Time               // ... and when because of a refusal
	stale   bool                    // a key was refused since
	failing time.Time               // since when the source has failed; zero while it answers
	gone    []string                // the latest keys that were withdrawn
}

// New makes a ring of keys, or of those that a source will give. Without either it
// holds the key that is none.
func New(secrets []string, source Source, order Order) *Ring {
	r := &Ring{source: source, order: order, talks: make(map[uint64]int)}
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
	given := make(map[*Key]bool, len(secrets))
	r.keys = make([]*Key, 0, len(secrets))
	for _, s := range secrets {
		k := old[s]
		if k == nil {
			k = newKey(s)
			old[s] = k
		} else if given[k] {
			continue // given twice
		}
		given[k] = true
		r.keys = append(r.keys, k)
	}
	for secret, k := range old {
		if !given[k] {
			r.withdrawLocked(secret)
		}
	}
	r.lineUpLocked()
	// Those that could go are gone: one of the others has to.
	var soonest *Key
	for _, k := range r.keys {
		switch {
		case k.absence.reason != Auth:
			r.wakeLocked()
			return
		case soonest == nil || k.absence.until.Before(soonest.absence.until):
			soonest = k
		}
	}
	if soonest != nil {
		soonest.absence = rest{}
	}
	r.wakeLocked()
}

// Rest says when the first key may be used for a model; the zero value where one may
// be now.
func (r *Ring) Rest(now time.Time, model string) Rest {
	r.mu.Lock()
	defer r.mu.Unlock()
	if rest := r.restLocked(now, model); rest.At.After(now) {
		return rest
	}
	return Rest{}
}

// restLocked is the rest that ends first. The probe of a refused key counts only where
// all are refused: calls failed as unauthorized while the pause of a good key was about
// to end, because that probe was due a moment sooner. It needs mu.
func (r *Ring) restLocked(now time.Time, model string, but ...*Key) (first Rest) {
	none := true
	for _, k := range r.keys {
		if slices.Contains(but, k) {
			continue
		}
		rest := k.restLocked(model)
		refused, all := rest.refusedUntil(now), first.refusedUntil(now)
		if none || all && !refused || all == refused && rest.At.Before(first.At) {
			first, none = rest, false
		}
	}
	return first
}

// refusedUntil reports whether it is the rest of a refused key that is not over.
func (r Rest) refusedUntil(now time.Time) bool { return r.Reason == Auth && r.At.After(now) }

// Another reports whether a key that has not refused this call can be used now, or
// is only waited for in doubt.
func (r *Ring) Another(now time.Time, model string, refused []*Key) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.ContainsFunc(r.keys, func(k *Key) bool {
		return !slices.Contains(refused, k) && (k.freeLocked(now, model) || k.doubtfulLocked(model))
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

// Answered keeps what a good answer has shown of its key: a rest that began before
// it was sent is over, and an allowance that is used up makes the key rest until
// some of that is back.
func (r *Ring) Answered(u Use, usedUp time.Duration) (c Change) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if u.Begun.After(u.Key.answered) {
		u.Key.answered = u.Begun
	}
	s := u.Key.rests[u.Model]
	if s.doubt {
		s = rest{}
		u.Key.keepLocked(u.Begun, u.Model, s)
		r.wakeModelLocked(u.Model)
	}
	if usedUp <= 0 && !s.resting() && !u.Key.absence.resting() && u.Key.told == None {
		return c
	}
	now := time.Now() // not asked for in vain: this is on every call's way
	if a := &u.Key.absence; a.news(u.Begun) {
		if a.resting() {
			*a = rest{}
			r.wakeLocked()
		}
		if u.Key.told != None && u.Begun.After(u.Key.since) {
			c = Change{Reason: u.Key.told, Back: true}
			u.Key.told = None
		}
	}
	if s.resting() && s.news(u.Begun) {
		if s.answered(now, r.queues[u.Model] != nil) {
			if c.Reason == None && s.reason == Rate {
				c = Change{Reason: Rate, Back: true, Model: u.Model}
			}
			s = rest{}
		}
	}
	if usedUp > 0 {
		if !s.resting() {
			c = Change{Reason: Rate, Model: u.Model, Until: now.Add(usedUp)}
		}
		s.extend(now, Rate, usedUp)
		s.named = true
	}
	u.Key.keepLocked(now, u.Model, s)
	r.wakeModelLocked(u.Model)
	return c
}

// Learn keeps what a failure has shown of its key, and the wait that the provider
// named, 0 for none. The last key that may go is never disabled, and rests for
// money only beside others that are not disabled: asking costs little, and an
// account that was topped up then works at once.
func (r *Ring) Learn(now time.Time, u Use, l Lesson, wait time.Duration) (c Change) {
	r.mu.Lock()
	defer r.mu.Unlock()
	k, s := u.Key, u.Key.rests[u.Model]
	switch l {
	case Nothing:
		if u.Begun.After(k.absence.since) {
			k.absence.undecided(now)
		}
		if u.Begun.After(s.since) {
			s.undecided(now)
		}
	case Disable:
		r.stale = true
		switch a := &k.absence; {
		case !r.besideLocked(k, func(o *Key) bool { return o.mayGoLocked(now) }):
			*a = rest{}
		case a.reason != Auth || a.news(u.Begun):
			a.strike(now, Auth, firstAbsence, longestAbsence, 0)
		}
		c = k.outLocked(now, Auth, k.absence.until)
	case Doubt:
		if s.news(u.Begun) && r.besideLocked(k, func(o *Key) bool { return o.freeLocked(now, u.Model) || o.doubtfulLocked(u.Model) }) {
			s.strike(now, Auth, firstPause, longestPause, 0)
		}
		if c = k.outLocked(now, Auth, s.until); c.Reason != None {
			c.Model = u.Model
		}
	case CoolQuota:
		switch a := &k.absence; {
		case !r.besideLocked(k, func(o *Key) bool { return o.absence.reason != Auth }):
			*a = rest{}
		case a.news(u.Begun):
			a.strike(now, Quota, firstAbsence, longestAbsence, wait) // a day's wait is no reason not to ask
		}
		c = k.outLocked(now, Quota, k.absence.until)
	case CoolRate:
		rested := s.resting()
		switch {
		case wait > 0:
			s.extend(now, Rate, wait)
		case s.news(u.Begun):
			s.strike(now, Rate, firstPause, longestPause, 0)
		}
		k.answered = time.Time{}
		if !rested {
			r.doubtLocked(now, k, u.Model)
			c = Change{Reason: Rate, Model: u.Model, Until: s.until}
		}
	}
	k.keepLocked(now, u.Model, s)
	r.wakeLocked()
	return c
}

// besideLocked reports whether there is such a key beside k. It needs mu.
func (r *Ring) besideLocked(k *Key, good func(*Key) bool) bool {
	return slices.ContainsFunc(r.keys, func(o *Key) bool { return o != k && good(o) })
}

// Sticky reports whether it matters to which conversation a call belongs.
func (r *Ring) Sticky() bool { return r.order == Sticky && r.Len() > 1 }

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

// Same reports whether two rings hold the same keys in the same order, and take them
// in the same one. It does not know one source from another.
func (r *Ring) Same(o *Ring) bool {
	if r.order != o.order {
		return false
	}
	o.mu.Lock()
	theirs := slices.Clone(o.keys)
	o.mu.Unlock()
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.EqualFunc(r.keys, theirs, func(a, b *Key) bool { return a.secret == b.secret })
}

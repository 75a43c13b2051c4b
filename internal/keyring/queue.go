package keyring

import (
	"slices"
	"time"
)

// Place is a place in the queue of those for whom no key of a ring may be used yet.
// Who came first goes first: a call that has been refused again stands behind those
// that wait, so that no single call spends all its attempts on probes.
//
// It belongs to one goroutine. Whoever has one leaves it.
type Place struct {
	ring  *Ring
	model string
	moved chan struct{}
}

// Join takes the last place of the queue for a model.
func (r *Ring) Join(model string) *Place {
	p := &Place{ring: r, model: model, moved: make(chan struct{}, 1)}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.queues == nil {
		r.queues = make(map[string][]*Place)
	}
	r.queues[model] = append(r.queues[model], p)
	return p
}

// Pick is [Ring.Pick] for the first of a queue. For those behind it, it only says
// when the first key is back. First reports whether p is the first.
func (p *Place) Pick(now time.Time, ask Ask) (k *Key, rest Rest, first bool) {
	p.ring.mu.Lock()
	defer p.ring.mu.Unlock()
	if p.ring.queues[p.model][0] != p {
		return nil, p.ring.restLocked(now, p.model), false
	}
	k, rest = p.ring.pickLocked(now, &ask)
	return k, rest, true
}

// Moved tells that something has changed: Pick is to be asked again.
func (p *Place) Moved() <-chan struct{} { return p.moved }

// Leave gives up the place, with a key or without.
func (p *Place) Leave() {
	r := p.ring
	r.mu.Lock()
	defer r.mu.Unlock()
	q := r.queues[p.model]
	i := slices.Index(q, p)
	if i < 0 {
		return
	}
	if q = slices.Delete(q, i, i+1); len(q) == 0 {
		delete(r.queues, p.model)
		return
	}
	r.queues[p.model] = q
	if i == 0 {
		q[0].wake()
	}
}

func (p *Place) wake() {
	select {
	case p.moved <- struct{}{}:
	default: // it has not looked since it was woken last
	}
}

// wakeLocked wakes all who wait: a longer rest may be longer than they may wait. It
// needs mu.
func (r *Ring) wakeLocked() {
	for model := range r.queues {
		r.wakeModelLocked(model)
	}
}

// wakeModelLocked needs mu.
func (r *Ring) wakeModelLocked(model string) {
	if len(r.queues) == 0 {
		return
	}
	for _, p := range r.queues[model] {
		p.wake()
	}
}

package keyring

import (
	"time"

	"github.com/buoy-go/buoy/internal/queue"
)

// Place is a place in the queue of those for whom no key of a ring may be used yet,
// in the order of a [queue.Queue]. A call that has been refused again stands behind
// those that wait, so that no single call spends all its attempts on probes.
//
// It belongs to one goroutine. Whoever has one leaves it.
type Place struct {
	ring   *Ring
	model  string
	place  *queue.Place
	served bool
}

// Join takes a place in the queue for a model.
func (r *Ring) Join(model string, who queue.Who) *Place {
	r.mu.Lock()
	defer r.mu.Unlock()
	q := r.queues[model]
	if q == nil {
		if r.queues == nil {
			r.queues = make(map[string]*queue.Queue)
		}
		q = new(queue.Queue)
		r.queues[model] = q
	}
	return &Place{ring: r, model: model, place: q.Join(time.Now(), who, 0)}
}

// Pick is [Ring.Pick] for the first of a queue. For those behind it, it only says
// when the first key is back. First reports whether p is the first.
func (p *Place) Pick(now time.Time, ask Ask) (k *Key, rest Rest, first bool) {
	p.ring.mu.Lock()
	defer p.ring.mu.Unlock()
	if p.ring.queues[p.model].First(now) != p.place {
		return nil, p.ring.restLocked(now, p.model), false
	}
	k, rest = p.ring.pickLocked(now, &ask)
	p.served = k != nil
	return k, rest, true
}

// Moved tells that something has changed: Pick is to be asked again.
func (p *Place) Moved() <-chan struct{} { return p.place.Moved() }

// Leave gives up the place, with a key or without.
func (p *Place) Leave() {
	r := p.ring
	r.mu.Lock()
	defer r.mu.Unlock()
	q := r.queues[p.model]
	if q == nil {
		return // it has left, and was the last
	}
	if q.Leave(time.Now(), p.place, p.served); q.Len() == 0 {
		delete(r.queues, p.model)
	}
}

// wakeLocked wakes all who wait: a longer rest may be longer than they may wait. It
// needs mu.
func (r *Ring) wakeLocked() {
	for _, q := range r.queues {
		q.WakeAll()
	}
}

// wakeModelLocked needs mu.
func (r *Ring) wakeModelLocked(model string) {
	if len(r.queues) == 0 {
		return
	}
	if q := r.queues[model]; q != nil {
		q.WakeAll()
	}
}

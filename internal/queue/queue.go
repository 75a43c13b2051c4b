// Package queue says whose turn it is among those who wait for one thing. Interactive
// ones go before those in the background, and within a class the tenants take turns:
// one with a thousand places does not stop one with a single place.
package queue

import (
	"container/list"
	"context"
	"iter"
	"time"
)

// Patience is how long a place in the background stands behind interactive ones.
// After that it is one of them, as old as it is: of its own tenant nobody goes before
// it who came later, and of each other tenant one for each that its own has before it.
const Patience = 10 * time.Second

// Who waits. The zero value is an interactive call of no tenant.
type Who struct {
	Tenant     string
	Background bool
}

// Queue orders those who wait. Its owner has a lock.
// The zero value is empty and ready for use.
type Queue struct {
	interactive lane // and those that have waited for longer than Patience
	background  lane
	waiting     list.List // of the places in the background, in the order of coming
	came        uint64
	told        *Place // the first, as it was last woken
}

// Place is a place in a [Queue]. Whoever has one leaves it.
type Place struct {
	who    Who
	weight int
	number uint64 // in the order of coming
	since  time.Time
	moved  chan struct{}

	// The lock of the queue's owner guards the fields below.

	lane *lane // nil when it has left
	flow *flow
	line *list.List    // of the flow, where it stands
	at   *list.Element // there
	back *list.Element // in the queue's waiting; nil for an interactive place, or an old one
}

// Join takes a place. Of one tenant and class it is the last. The weight is what
// [Queue.Ahead] adds up.
func (q *Queue) Join(now time.Time, who Who, weight int) *Place {
	q.came++
	p := &Place{who: who, weight: weight, number: q.came, since: now, moved: make(chan struct{}, 1)}
	if who.Background {
		p.back = q.waiting.PushBack(p)
		q.background.join(p, false)
	} else {
		q.interactive.join(p, false)
	}
	q.First(now)
	return p
}

// First is whose turn it is, nil where nobody waits. Somebody whose turn has come
// since it was last asked is woken.
func (q *Queue) First(now time.Time) *Place {
	q.age(now)
	first := q.interactive.first()
	if first == nil {
		first = q.background.first()
	}
	if first != q.told {
		q.told = first
		first.Wake()
	}
	return first
}

// Fronts are those who are the next of their tenant and class, in the order in which they
// would go: the first, and who may go while that one waits on. A tenant of whom one has become
// old has none in the background: that one came before them.
func (q *Queue) Fronts() iter.Seq[*Place] {
	return func(yield func(*Place) bool) {
		for e := q.interactive.turns.Front(); e != nil; e = e.Next() {
			if !yield(e.Value.(*flow).first()) {
				return
			}
		}
		for e := q.background.turns.Front(); e != nil; e = e.Next() {
			place := e.Value.(*flow).first()
			if f := q.interactive.flows[place.who.Tenant]; f != nil && f.old.Len() > 0 {
				continue
			}
			if !yield(place) {
				return
			}
		}
	}
}

// age moves those that have waited in the background for long enough.
func (q *Queue) age(now time.Time) {
	for e := q.waiting.Front(); e != nil; e = q.waiting.Front() {
		p := e.Value.(*Place)
		if now.Sub(p.since) < Patience {
			return
		}
		q.waiting.Remove(e)
		p.back = nil
		q.background.leave(p)
		q.interactive.join(p, true)
		q.told.Wake() // p may be who goes while that one waits on
	}
}

// Leave gives up a place; nothing happens the second time. Served says that it got what
// it waited for: then it is the next tenant's turn.
func (q *Queue) Leave(now time.Time, p *Place, served bool) {
	if p.lane == nil {
		return
	}
	if served {
		p.lane.turns.MoveToBack(p.flow.turn)
	}
	if p.back != nil {
		q.waiting.Remove(p.back)
		p.back = nil
	}
	p.lane.leave(p)
	p.lane = nil
	q.First(now)
}

// Len is how many wait.
func (q *Queue) Len() int { return q.interactive.len + q.background.len }

// Ahead is about how many would go before somebody who came now, and their weight,
// were nobody to come later. Where one tenant has all the places that is exact.
func (q *Queue) Ahead(who Who) (n, weight int) {
	if !who.Background {
		return q.interactive.ahead(who.Tenant)
	}
	n, weight = q.background.ahead(who.Tenant)
	return n + q.interactive.len, weight + q.interactive.weight
}

// Aging is how many in the background would go before somebody interactive who came now and
// went at that time, and about their weight: those of its own tenant, if the first of them has
// become old by then. The others become so while it goes.
func (q *Queue) Aging(who Who, at time.Time) (n, weight int) {
	f := q.background.flows[who.Tenant]
	if who.Background || f == nil || at.Sub(f.first().since) < Patience {
		return 0, 0
	}
	return f.len(), q.background.share(f.len())
}

// WakeFirst wakes the first: there may be something for it.
func (q *Queue) WakeFirst() { q.told.Wake() }

// WakeAll wakes everybody: there may be nothing for them in time.
func (q *Queue) WakeAll() {
	q.interactive.wake()
	q.background.wake()
}

// Wake has Wait return; of nil it does nothing.
func (p *Place) Wake() {
	if p == nil {
		return
	}
	select {
	case p.moved <- struct{}{}:
	default: // it has not looked since it was woken last
	}
}

// Moved tells that something has changed, and that it is time to look again.
func (p *Place) Moved() <-chan struct{} { return p.moved }

// Wait returns when p was woken, at a time, or when the context has ended: whichever
// comes first. Where that has a deadline which is no later, only it can say so.
func (p *Place) Wait(ctx context.Context, until time.Time) {
	var up <-chan time.Time
	if d, ok := ctx.Deadline(); !ok || until.Before(d) {
		timer := time.NewTimer(time.Until(until))
		defer timer.Stop()
		up = timer.C
	}
	select {
	case <-p.moved:
	case <-up:
	case <-ctx.Done():
	}
}

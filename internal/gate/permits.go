package gate

import (
	"context"
	"sync"
	"time"

	"github.com/buoy-go/buoy/internal/queue"
	"golang.org/x/sync/semaphore"
)

// Permits bounds how many calls run at a time. Those that wait go in the order of a
// [queue.Queue].
type Permits struct {
	size int
	free *semaphore.Weighted // only the first of the queue takes one

	mu    sync.Mutex // guards the fields below
	held  int
	queue queue.Queue
	holds Recent // how long calls held their permits, in nanoseconds
}

// Permit is the right to run. It is released once.
type Permit struct {
	of    *Permits
	since time.Time
	once  sync.Once
}

// NewPermits makes a gate for size calls at a time; size must be positive.
func NewPermits(size int) *Permits {
	return &Permits{size: size, free: semaphore.NewWeighted(int64(size))}
}

// Try returns a permit if there is one and nobody waits for it, else nil.
func (p *Permits) Try() *Permit {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.queue.Len() > 0 || !p.free.TryAcquire(1) {
		return nil
	}
	return p.grantLocked()
}

// Acquire waits for a permit. Nobody knows how long the calls that run will go
// on, so it refuses at once, with a [*TooLate], only where the queue cannot move
// up before latest even if each call were as short as the shortest of late; else
// it waits until then. When the context ends it returns that error.
func (p *Permits) Acquire(ctx context.Context, who queue.Who, latest time.Time) (*Permit, error) {
	begun := time.Now()
	p.mu.Lock()
	ahead, _ := p.queue.Ahead(who)
	rounds := time.Duration(ahead / p.size) // all permits change hands that often before it is our turn
	if !begun.Add(rounds * time.Duration(p.holds.Quantile(0))).Before(latest) {
		defer p.mu.Unlock()
		return nil, &TooLate{Wait: p.waitLocked(who)}
	}
	place := p.queue.Join(begun, who, 0)
	p.mu.Unlock()
	for {
		if permit, err := p.look(ctx, place, who, begun, latest); permit != nil || err != nil {
			return permit, err
		}
		place.Wait(ctx, latest)
	}
}

// look is one look of somebody who waits: it goes, leaves, or neither.
func (p *Permits) look(ctx context.Context, place *queue.Place, who queue.Who, begun, latest time.Time) (*Permit, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	if ctx.Err() != nil {
		p.queue.Leave(now, place, false)
		return nil, ctx.Err()
	}
	if p.queue.First(now) == place && p.free.TryAcquire(1) {
		p.queue.Leave(now, place, true)
		return p.grantLocked(), nil
	}
	if d, ok := ctx.Deadline(); now.Before(latest) || ok && !latest.Before(d) {
		return nil, nil
	}
	p.queue.Leave(now, place, false)
	return nil, &TooLate{Wait: max(p.waitLocked(who), now.Sub(begun))}
}

// Free reports whether a call that came now would have a permit at once.
func (p *Permits) Free() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.held < p.size && p.queue.Len() == 0
}

// Wait is how long a call that queued now would wait, going by how long permits
// were held of late; 0 where none was given back yet.
func (p *Permits) Wait(who queue.Who) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.waitLocked(who)
}

// Status is how many permits are held and how many calls wait for one.
func (p *Permits) Status() (held, waiting int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.held, p.queue.Len()
}

// Release gives the permit back; ran is whether its call did run, so that it tells
// how long calls take. Only the first time counts.
func (t *Permit) Release(ran bool) {
	t.once.Do(func() {
		p := t.of
		p.mu.Lock()
		defer p.mu.Unlock()
		p.held--
		if ran {
			p.holds.Add(int64(time.Since(t.since)))
		}
		p.free.Release(1)
		p.queue.WakeFirst()
	})
}

// grantLocked needs mu.
func (p *Permits) grantLocked() *Permit {
	p.held++
	return &Permit{of: p, since: time.Now()}
}

// waitLocked expects one permit to come free per median hold and size. It needs
// mu.
func (p *Permits) waitLocked(who queue.Who) time.Duration {
	hold := time.Duration(p.holds.Quantile(0.5))
	ahead, _ := p.queue.Ahead(who)
	return hold * time.Duration(ahead+1) / time.Duration(p.size)
}

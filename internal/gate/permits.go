package gate

import (
	"context"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"
)

// Permits bounds how many calls run at a time; who came first goes first.
type Permits struct {
	size int
	free *semaphore.Weighted

	mu      sync.Mutex // guards the fields below
	held    int
	waiting int
	holds   Recent // how long calls held their permits, in nanoseconds
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
	if !p.free.TryAcquire(1) {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.grantLocked()
}

// Acquire waits for a permit. Nobody knows how long the calls that run will go
// on, so it refuses at once, with a [*TooLate], only where the queue cannot move
// up before latest even if each call were as short as the shortest of late; else
// it waits until then. When the context ends it returns that error.
func (p *Permits) Acquire(ctx context.Context, latest time.Time) (*Permit, error) {
	begun := time.Now()
	p.mu.Lock()
	rounds := time.Duration(p.waiting / p.size) // all permits change hands that often before it is our turn
	if !begun.Add(rounds * time.Duration(p.holds.Quantile(0))).Before(latest) {
		defer p.mu.Unlock()
		return nil, &TooLate{Wait: p.waitLocked()}
	}
	p.waiting++
	p.mu.Unlock()

	err := p.waitUntil(ctx, latest)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.waiting--
	switch {
	case err == nil:
		return p.grantLocked(), nil
	case ctx.Err() != nil:
		return nil, ctx.Err()
	}
	return nil, &TooLate{Wait: max(p.waitLocked(), time.Since(begun))}
}

func (p *Permits) waitUntil(ctx context.Context, latest time.Time) error {
	if d, ok := ctx.Deadline(); !ok || latest.Before(d) {
		inner, cancel := context.WithDeadline(ctx, latest)
		defer cancel()
		ctx = inner
	}
	return p.free.Acquire(ctx, 1)
}

// Free reports whether a call that came now would have a permit at once.
func (p *Permits) Free() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.held < p.size && p.waiting == 0
}

// Wait is how long a call that queued now would wait, going by how long permits
// were held of late; 0 where none was given back yet.
func (p *Permits) Wait() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.waitLocked()
}

// Status is how many permits are held and how many calls wait for one.
func (p *Permits) Status() (held, waiting int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.held, p.waiting
}

// Release gives the permit back; ran is whether its call did run, so that it tells
// how long calls take. Only the first time counts.
func (t *Permit) Release(ran bool) {
	t.once.Do(func() {
		p := t.of
		p.mu.Lock()
		p.held--
		if ran {
			p.holds.Add(int64(time.Since(t.since)))
		}
		p.mu.Unlock()
		p.free.Release(1)
	})
}

// grantLocked needs mu.
func (p *Permits) grantLocked() *Permit {
	p.held++
	return &Permit{of: p, since: time.Now()}
}

// waitLocked expects one permit to come free per median hold and size. It needs
// mu.
func (p *Permits) waitLocked() time.Duration {
	hold := time.Duration(p.holds.Quantile(0.5))
	return hold * time.Duration(p.waiting+1) / time.Duration(p.size)
}

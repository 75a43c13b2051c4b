package buoyload

import (
	"sync"
	"time"

	"github.com/failsafe-go/failsafe-go/adaptivelimiter"
)

// This file puts failsafe-go's adaptive limiter into the simulation, as the
// reference: why this package does not use it is measured, not believed.

// reference is an adaptivelimiter.AdaptiveLimiter fed with the time to the first
// token. Its permits cannot do that: Record takes the time from the acquisition
// until now and gives the permit back at once. So the permit is exchanged at the
// first token, for one that is dropped at the end; who is let in is decided here.
type reference struct {
	adaptivelimiter.AdaptiveLimiter[any]

	mu   sync.Mutex // guards used
	used int
}

// newReference makes one with its defaults, but for the smallest number of
// samples in a window (50).
func newReference(samples uint) func() guard {
	return func() guard {
		return &reference{AdaptiveLimiter: adaptivelimiter.NewBuilder[any]().
			WithLimits(1, 1000, 20).
			WithRecentWindow(time.Second, 30*time.Second, samples).
			Build()}
	}
}

func (r *reference) size() int { return r.Limit() }

func (r *reference) enter() (visit, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.used >= r.Limit() {
		return nil, false
	}
	p, ok := r.TryAcquirePermit()
	if !ok {
		return nil, false
	}
	r.used++
	return &referenceVisit{of: r, waiting: p}, true
}

type referenceVisit struct {
	of      *reference
	waiting adaptivelimiter.Permit // until the first token
	holding adaptivelimiter.Permit // after it; nil if the limit went down meanwhile
}

func (v *referenceVisit) first() {
	v.of.mu.Lock()
	defer v.of.mu.Unlock()
	v.waiting.Record()
	v.waiting = nil
	v.holding, _ = v.of.TryAcquirePermit()
}

// leave has no way to say that the provider was overloaded: Drop ignores the
// sample, and Record of a quick refusal would be a very good one.
func (v *referenceVisit) leave(bool) {
	v.of.mu.Lock()
	defer v.of.mu.Unlock()
	v.of.used--
	for _, p := range []adaptivelimiter.Permit{v.waiting, v.holding} {
		if p != nil {
			p.Drop()
		}
	}
}

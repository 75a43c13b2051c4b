// Package purse holds what may be spent: a bucket of tokens per key. It knows
// nothing of what they are spent on.
package purse

import (
	"sync"

	"github.com/buoy-go/buoy/internal/lru"
)

// Purse keeps a bucket of tokens per key, and forgets those used least recently.
// The capacity comes with each use, because each caller may have one of its own.
// A bucket begins full, with the capacity of the first who asks for it. A Purse
// is safe for concurrent use; its zero value cannot be used, see [New].
type Purse[K comparable] struct {
	mu      sync.Mutex // guards buckets and their tokens
	buckets *lru.Map[K, *bucket]
}

type bucket struct{ tokens float64 }

// New makes a purse of at most limit buckets; limit must be positive.
func New[K comparable](limit int) *Purse[K] {
	return &Purse[K]{buckets: lru.New[K, *bucket](limit)}
}

// Take withdraws a cost. Where that is not there, or no more than what is to be kept, it
// withdraws nothing and reports false.
func (p *Purse[K]) Take(key K, capacity, cost, keep float64) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	b := p.bucketLocked(key, capacity)
	if b.tokens < cost || keep > 0 && b.tokens <= keep {
		return false
	}
	b.tokens -= cost
	return true
}

// Give deposits an amount, up to the capacity.
func (p *Purse[K]) Give(key K, capacity, amount float64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	b := p.bucketLocked(key, capacity)
	b.tokens = min(b.tokens+amount, capacity)
}

// Level is what a bucket holds.
func (p *Purse[K]) Level(key K, capacity float64) float64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.bucketLocked(key, capacity).tokens
}

// All calls f with what each bucket holds, the most recently used first. f must not use
// the purse.
func (p *Purse[K]) All(f func(key K, tokens float64)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.buckets.All(func(key K, b *bucket) { f(key, b.tokens) })
}

// bucketLocked returns a key's bucket, a full one where there is none. It needs mu.
func (p *Purse[K]) bucketLocked(key K, capacity float64) *bucket {
	return p.buckets.GetOrMake(key, func() *bucket { return &bucket{tokens: capacity} })
}

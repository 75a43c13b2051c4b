package latency

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/buoy-go/buoy/internal/lru"
)

// Registry keeps a series for each of the keys used last. It is idle until somebody
// asks, and safe for concurrent use.
type Registry[K comparable] struct {
	wanted atomic.Bool

	mu     sync.Mutex // guards series; each has a lock of its own
	series *lru.Map[K, *Shared]
}

// NewRegistry makes a registry of at most so many keys.
func NewRegistry[K comparable](keys int) *Registry[K] {
	return &Registry[K]{series: lru.New[K, *Shared](keys)}
}

// Wanted reports whether somebody has asked, so that samples are worth collecting.
func (r *Registry[K]) Wanted() bool { return r.wanted.Load() }

// Of returns the samples of a key, and has them collected from now on.
func (r *Registry[K]) Of(key K) *Shared {
	if !r.wanted.Load() {
		r.wanted.Store(true)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.series.GetOrMake(key, func() *Shared { return new(Shared) })
}

// Known is the 99th percentile of the samples of a key and their number, where
// somebody has asked for them. It does not ask.
func (r *Registry[K]) Known(key K, now time.Time) (p99 time.Duration, n int) {
	if !r.wanted.Load() {
		return 0, 0
	}
	r.mu.Lock()
	s, ok := r.series.Get(key)
	r.mu.Unlock()
	if !ok {
		return 0, 0
	}
	return s.Quantile(now, 0.99)
}

// Shared is a [Series] that is safe for concurrent use.
type Shared struct {
	mu      sync.Mutex // guards samples
	samples Series
}

// Add notes an attempt.
func (s *Shared) Add(now time.Time, x Sample) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.samples.Add(now, x)
}

// Quantile is the wait that a share q of the recent successes did not exceed.
func (s *Shared) Quantile(now time.Time, q float64) (wait time.Duration, n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.samples.Quantile(now, q)
}

// Bound is how long a request of this size may take before something is wrong.
func (s *Shared) Bound(now time.Time, input, limit int) (wait time.Duration, n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.samples.Bound(now, input, limit)
}

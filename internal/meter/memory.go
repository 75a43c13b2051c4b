package meter

import (
	"context"
	"sync"
	"time"

	"github.com/buoy-go/buoy/internal/lru"
)

// Remembered is how many counts a [Memory] keeps, and how many claims: those that were
// used last. Each tenant has one of its own in each period, and who calls may be able to
// make up tenants.
const Remembered = 1 << 17

// Memory is a [Store] that lasts as long as the program. It is safe for concurrent use;
// its zero value cannot be used, see [NewMemory].
type Memory struct {
	mu     sync.Mutex // guards the fields below
	counts *lru.Map[string, counted]
	claims *lru.Map[string, time.Time] // when each expires
}

type counted struct {
	Count
	expires time.Time
}

// NewMemory makes an empty store.
func NewMemory() *Memory {
	return &Memory{counts: lru.New[string, counted](Remembered), claims: lru.New[string, time.Time](Remembered)}
}

// Add adds to a key's count; from now on the count expires when the latest call says.
func (s *Memory) Add(_ context.Context, key string, delta Count, expires time.Time) (Count, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, ok := s.counts.Get(key)
	if ok && time.Now().After(c.expires) {
		c = counted{}
	}
	if delta == (Count{}) {
		return c.Count, nil
	}
	c = counted{c.Plus(delta), expires}
	s.counts.Put(key, c)
	return c.Count, nil
}

// Claim notes who was first.
func (s *Memory) Claim(_ context.Context, key string, expires time.Time) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if until, taken := s.claims.Get(key); taken && !time.Now().After(until) {
		return false, nil
	}
	s.claims.Put(key, expires)
	return true, nil
}

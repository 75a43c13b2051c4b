package buoy

import (
	"sync"
	"time"

	"github.com/buoy-go/buoy/internal/lru"
)

// Breakers is a registry of circuit breakers, one per endpoint and model; the
// 256 used last are kept. Clients can share one ([WithBreakers]), and a
// service can inspect it. It is safe for concurrent use; the zero value is of no
// use, see [NewBreakers].
type Breakers struct {
	policy BreakerPolicy

	mu       sync.Mutex // guards circuits
	circuits *lru.Map[targetKey, *circuit]
}

// NewBreakers makes a registry. A Window of 0 is made for the default attempt
// timeout; clients with a longer one refuse to share it.
func NewBreakers(p BreakerPolicy) (*Breakers, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	return &Breakers{policy: p, circuits: lru.New[targetKey, *circuit](maxTargets)}, nil
}

// BreakerStatus is what [Breakers.Snapshot] tells of one breaker.
type BreakerStatus struct {
	Endpoint string
	Model    string
	State    BreakerState
	Until    time.Time // for BreakerOpen: when the next probe may go
	Cause    error     // the last failure, nil if there was none
}

// State returns what the breaker of an endpoint and model would do with a call
// now. It takes no permit.
func (b *Breakers) State(endpoint, model string) BreakerState {
	b.mu.Lock()
	c, ok := b.circuits.Get(targetKey{endpoint, model})
	b.mu.Unlock()
	if !ok {
		return BreakerClosed
	}
	return c.status(time.Now()).State
}

// Snapshot returns all breakers that exist, the most recently used first.
func (b *Breakers) Snapshot() []BreakerStatus {
	b.mu.Lock()
	all := make([]*circuit, 0, b.circuits.Len())
	b.circuits.All(func(_ targetKey, c *circuit) { all = append(all, c) })
	b.mu.Unlock()
	now := time.Now()
	out := make([]BreakerStatus, len(all))
	for i, c := range all {
		out[i] = c.status(now)
	}
	return out
}

func (b *Breakers) breaker(key targetKey) *circuit {
	b.mu.Lock()
	defer b.mu.Unlock()
	c, ok := b.circuits.Get(key)
	if !ok {
		c = newCircuit(key, b.policy)
		b.circuits.Put(key, c)
	}
	return c
}

// status reads the state as it is at now: an open breaker whose time has come
// would let a probe through.
func (c *circuit) status(now time.Time) BreakerStatus {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := BreakerStatus{Endpoint: c.key.endpoint, Model: c.key.model, State: c.state, Until: c.until, Cause: c.cause}
	switch {
	case now.Before(c.until):
		s.State = BreakerOpen
	case s.State == BreakerOpen:
		s.State = BreakerHalfOpen
	}
	if s.State != BreakerOpen {
		s.Until = time.Time{}
	}
	return s
}

package buoy

import (
	"context"
	"sync"
	"time"
)

// QuotaStore keeps the counts of quotas outside of a client: over restarts, or
// for several instances of a service. [NewQuotaMemory] and [OpenQuotaFile] are
// the ones here. Implementations must be safe for concurrent use; a client
// gives each call two seconds.
type QuotaStore interface {
	// Add adds delta to the count of a key and returns the sum. It is one step,
	// however many clients add at the same time. A zero delta reads. A key that
	// is not there counts as zero; it may be forgotten after expires.
	Add(ctx context.Context, key string, delta QuotaCount, expires time.Time) (QuotaCount, error)
	// Claim returns true to the first who asks for a key and false to all
	// others, until expires.
	Claim(ctx context.Context, key string, expires time.Time) (bool, error)
}

// QuotaCount is what was spent. Its fields are integers, since the sum of floats
// depends on their order.
type QuotaCount struct {
	Tokens  int64
	Nanos   int64 // cost in billionths of the quota's currency
	Unknown int64 // attempts whose cost nobody told
}

// Cost is the cost in the quota's currency.
func (c QuotaCount) Cost() float64 { return float64(c.Nanos) / 1e9 }

// Plus returns the sum of both.
func (c QuotaCount) Plus(d QuotaCount) QuotaCount {
	return QuotaCount{Tokens: c.Tokens + d.Tokens, Nanos: c.Nanos + d.Nanos, Unknown: c.Unknown + d.Unknown}
}

func (c QuotaCount) minus(d QuotaCount) QuotaCount {
	return QuotaCount{Tokens: c.Tokens - d.Tokens, Nanos: c.Nanos - d.Nanos, Unknown: c.Unknown - d.Unknown}
}

// upTo returns the larger of each field: within a period counts only grow, and
// the replies of a store may overtake each other.
func (c QuotaCount) upTo(d QuotaCount) QuotaCount {
	return QuotaCount{Tokens: max(c.Tokens, d.Tokens), Nanos: max(c.Nanos, d.Nanos), Unknown: max(c.Unknown, d.Unknown)}
}

// quotaMemory is a QuotaStore without a memory of the last run.
type quotaMemory struct {
	mu     sync.Mutex // guards the fields below
	counts map[string]quotaEntry
	claims map[string]time.Time
	pruned time.Time
}

type quotaEntry struct {
	count   QuotaCount
	expires time.Time
}

// NewQuotaMemory returns a store that lasts as long as the program, for clients
// that are to share their quotas.
func NewQuotaMemory() QuotaStore { return newQuotaMemory() }

func newQuotaMemory() *quotaMemory {
	return &quotaMemory{counts: make(map[string]quotaEntry), claims: make(map[string]time.Time)}
}

func (s *quotaMemory) Add(_ context.Context, key string, delta QuotaCount, expires time.Time) (QuotaCount, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.addLocked(time.Now(), key, delta, expires), nil
}

func (s *quotaMemory) Claim(_ context.Context, key string, expires time.Time) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.claimLocked(time.Now(), key, expires), nil
}

// addLocked adds and returns the sum. It needs mu.
func (s *quotaMemory) addLocked(now time.Time, key string, delta QuotaCount, expires time.Time) QuotaCount {
	s.pruneLocked(now)
	e := s.counts[key]
	if delta == (QuotaCount{}) {
		return e.count
	}
	e.count, e.expires = e.count.Plus(delta), expires
	s.counts[key] = e
	return e.count
}

// claimLocked notes a claim and reports whether it is new. It needs mu.
func (s *quotaMemory) claimLocked(now time.Time, key string, expires time.Time) bool {
	s.pruneLocked(now)
	if _, taken := s.claims[key]; taken {
		return false
	}
	s.claims[key] = expires
	return true
}

// pruneLocked forgets what has expired, at most once a minute. It needs mu.
func (s *quotaMemory) pruneLocked(now time.Time) {
	if now.Sub(s.pruned) < time.Minute {
		return
	}
	s.pruned = now
	for key, e := range s.counts {
		if now.After(e.expires) {
			delete(s.counts, key)
		}
	}
	for key, expires := range s.claims {
		if now.After(expires) {
			delete(s.claims, key)
		}
	}
}

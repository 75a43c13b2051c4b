package buoy

import (
	"context"
	"sync"
	"time"

	"github.com/buoy-go/buoy/internal/ledger"
	"github.com/buoy-go/buoy/internal/saturate"
)

// QuotaStore keeps the counts of quotas outside of a client: over restarts, or
// for several instances of a service. [NewQuotaMemory] is
// the one here; package buoyquota has one in a file. Implementations must be safe for concurrent use; a client
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

// Plus returns the sum of both. A field that is too large for that stays at the largest
// number: a count that wrapped around would open a quota again.
func (c QuotaCount) Plus(d QuotaCount) QuotaCount {
	return QuotaCount{Tokens: saturate.Sum(c.Tokens, d.Tokens), Nanos: saturate.Sum(c.Nanos, d.Nanos), Unknown: saturate.Sum(c.Unknown, d.Unknown)}
}

// upTo returns the larger of each field: within a period counts only grow, and
// the replies of a store may overtake each other.
func (c QuotaCount) upTo(d QuotaCount) QuotaCount {
	return QuotaCount{Tokens: max(c.Tokens, d.Tokens), Nanos: max(c.Nanos, d.Nanos), Unknown: max(c.Unknown, d.Unknown)}
}

// quotaMemory is a QuotaStore without a memory of the last run.
type quotaMemory struct {
	mu     sync.Mutex // guards the field below
	ledger ledger.Ledger[QuotaCount]
}

// NewQuotaMemory returns a store that lasts as long as the program, for clients
// that are to share their quotas.
func NewQuotaMemory() QuotaStore { return new(quotaMemory) }

func (s *quotaMemory) Add(_ context.Context, key string, delta QuotaCount, expires time.Time) (QuotaCount, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ledger.Add(time.Now(), key, delta, expires), nil
}

func (s *quotaMemory) Claim(_ context.Context, key string, expires time.Time) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ledger.Claim(time.Now(), key, expires), nil
}

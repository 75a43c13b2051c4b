package buoy

import (
	"context"
	"time"

	"github.com/buoy-go/buoy/internal/meter"
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
	return QuotaCount(meter.Count(c).Plus(meter.Count(d)))
}

// NewQuotaMemory returns a store that lasts as long as the program, for clients
// that are to share their quotas.
func NewQuotaMemory() QuotaStore { return quotaMemory{new(meter.Memory)} }

// quotaMemory and meterStore have the counts of buoy's on one side, and those of the
// meter's on the other.
type quotaMemory struct{ *meter.Memory }

func (s quotaMemory) Add(ctx context.Context, key string, delta QuotaCount, expires time.Time) (QuotaCount, error) {
	sum, err := s.Memory.Add(ctx, key, meter.Count(delta), expires)
	return QuotaCount(sum), err
}

type meterStore struct{ QuotaStore }

func (s meterStore) Add(ctx context.Context, key string, delta meter.Count, expires time.Time) (meter.Count, error) {
	sum, err := s.QuotaStore.Add(ctx, key, QuotaCount(delta), expires)
	return meter.Count(sum), err
}

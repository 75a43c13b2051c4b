package buoy

import (
	"context"
	"time"

	"github.com/buoy-go/buoy/internal/meter"
)

// QuotaStore keeps the counts of quotas outside of a client, to survive restarts or to
// be shared by several instances of a service. [NewQuotaMemory] returns one in memory.
// Package buoyquota has one in a file. Implementations must be safe for concurrent use.
// A client gives each call two seconds.
type QuotaStore interface {
	// Add adds delta to the count of a key and returns the sum, atomically. A zero
	// delta only reads. A key that is not there counts as zero. It may be forgotten
	// after expires.
	Add(ctx context.Context, key string, delta QuotaCount, expires time.Time) (QuotaCount, error)
	// Claim returns true to the first caller for a key and false to all others, until
	// expires.
	Claim(ctx context.Context, key string, expires time.Time) (bool, error)
}

// QuotaCount is what was spent. Its fields are integers, because the sum of floats
// depends on their order.
type QuotaCount struct {
	Tokens  int64
	Nanos   int64 // cost in billionths of the quota's currency
	Unknown int64 // attempts whose cost is not known
}

// Cost returns the cost in the quota's currency.
func (c QuotaCount) Cost() float64 { return float64(c.Nanos) / 1e9 }

// Plus returns the sum of both. A field that is too large becomes the largest number,
// because a count that wrapped around would open a quota again.
func (c QuotaCount) Plus(d QuotaCount) QuotaCount {
	return QuotaCount(meter.Count(c).Plus(meter.Count(d)))
}

// NewQuotaMemory returns a store that lasts as long as the program, for clients that
// share their quotas. It keeps the 131,072 counts used last; with [Quota].Per each tenant
// has one for each period.
func NewQuotaMemory() QuotaStore { return quotaMemory{meter.NewMemory()} }

// quotaMemory and meterStore convert between the counts of this package and those of
// package meter.
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

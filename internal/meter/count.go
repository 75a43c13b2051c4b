// Package meter counts what is spent in a period: in memory and in a store that may
// be shared, may be slow and may fail. It reports the shares of a limit that are
// reached. It knows tokens and money, and nothing of calls.
package meter

import (
	"context"
	"math"
	"time"

	"github.com/buoy-go/buoy/internal/saturate"
)

// Count is what was spent. Its fields are integers, since the sum of floats depends
// on their order.
type Count struct {
	Tokens  int64
	Nanos   int64 // cost in billionths
	Unknown int64 // how often nobody told
}

// MaxCost is what fits into a count of billionths.
const MaxCost = 9e9

// Nanos is a cost in billionths, at most that of [MaxCost].
func Nanos(cost float64) int64 { return int64(math.Round(min(cost, MaxCost) * 1e9)) }

// Plus returns the sum of both. A field that is too large for that stays at the largest
// number: a count that wrapped around would open a quota again.
func (c Count) Plus(d Count) Count {
	return Count{Tokens: saturate.Sum(c.Tokens, d.Tokens), Nanos: saturate.Sum(c.Nanos, d.Nanos), Unknown: saturate.Sum(c.Unknown, d.Unknown)}
}

// upTo returns the larger of each field: within a period counts only grow, and
// the replies of a store may overtake each other.
func (c Count) upTo(d Count) Count {
	return Count{Tokens: max(c.Tokens, d.Tokens), Nanos: max(c.Nanos, d.Nanos), Unknown: max(c.Unknown, d.Unknown)}
}

// ShareOf is the part of a limit that was spent, 1 for all of it; of tokens and cost,
// that of the nearer one. A zero field is no limit.
func (c Count) ShareOf(limit Count) float64 {
	share := 0.0
	if limit.Tokens > 0 {
		share = float64(c.Tokens) / float64(limit.Tokens)
	}
	if limit.Nanos > 0 {
		// Both as integers, so that 900 of 1000 is not below 0.9.
		share = max(share, float64(c.Nanos)/float64(limit.Nanos))
	}
	return share
}

// Store keeps counts. Its methods are safe for concurrent use.
type Store interface {
	// Add adds delta to the count of a key, in one step, and returns the sum.
	Add(ctx context.Context, key string, delta Count, expires time.Time) (Count, error)
	// Claim returns true to the first who asks for a key.
	Claim(ctx context.Context, key string, expires time.Time) (bool, error)
}

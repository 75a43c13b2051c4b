// Package status describes what a client of package buoy knows: the state of its
// breakers, keys, limits and quotas. It is plain data, a copy of one moment, and is safe
// for concurrent use as long as nobody changes it. It has no key, prompt or answer.
package status

import (
	"time"

	"github.com/buoy-go/buoy/internal/meter"
	"github.com/buoy-go/buoy/money"
)

// BreakerState says what a breaker does with calls.
type BreakerState string

// The states of a breaker.
const (
	BreakerClosed   BreakerState = "closed"    // lets calls through
	BreakerOpen     BreakerState = "open"      // refuses them
	BreakerHalfOpen BreakerState = "half_open" // lets a few probes through
)

// Breaker describes one breaker.
type Breaker struct {
	Endpoint string
	Model    string
	State    BreakerState
	Until    time.Time // for BreakerOpen: when the next probe may go
	Cause    error     // the last failure, nil if there was none
}

// Key describes one key of a client.
type Key struct {
	Endpoint string
	Label    string // as in buoy.Attempt.Key; never the key
	Disabled bool   // refused as wrong or expired; ends when a probe succeeds, or with Client.EnableKey
	// Until is when a key that is disabled or rests is tried again.
	Until time.Time
	// Reason is the buoy.Kind of the error for which it is disabled or rests, as text:
	// "auth", "quota", "rate_limit"; "" if it is neither.
	Reason string
}

// Limit describes the local limits of one key.
type Limit struct {
	Endpoint string
	Key      string // label of the key, never the key itself
	Requests int    // how many may go now; 0 also if there is no such limit
	// Tokens is how many may go now. It is below 0 if answers were longer than
	// estimated, and also 0 if there is no such limit.
	Tokens  int
	Running int // calls that have started and not ended, including streams
	Waiting int // calls in the queues
}

// Quota says how much of a quota is spent.
type Quota struct {
	Name       string
	ByTenant   bool   // Quota.Per of package buoy is set: each tenant has one like this
	Tenant     string // what it returned; "" may be a tenant, too
	Tokens     int64  // spent in this period
	TokenLimit int64  // 0 for none
	Cost       float64
	CostLimit  float64 // 0 for none
	Currency   money.Currency
	// Unknown is the number of attempts that may have cost something unknown: there was
	// no usage, or no cost and no price. They are not in the sums.
	Unknown int64
	From    time.Time // when the period began
	Until   time.Time // when it ends and the next begins
}

// Share returns the spent part of the limit; 1 is all of it. If there are two limits,
// it is that of the nearer one.
func (q Quota) Share() float64 {
	return meter.Count{Tokens: q.Tokens, Nanos: meter.Nanos(q.Cost)}.ShareOf(meter.Count{Tokens: q.TokenLimit, Nanos: meter.Nanos(q.CostLimit)})
}

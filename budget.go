package buoy

import (
	"github.com/buoy-go/buoy/internal/purse"
)

// RetryBudget bounds what retries may cost, per endpoint and model. It is AWS's
// standard token bucket: retries take from it, and successes add to it. So it stays
// full while retries help, and runs empty when they do not. From a full bucket a total
// outage sees at most 100 retries, or 50 after timeouts, and then one request per call.
// Calls of priority [Background] take nothing while it holds a quarter or less. Zero fields
// mean the defaults; [New] refuses negative ones.
//
//	Capacity       500  the bucket starts full
//	RetryCost      5    taken before the wait, given back if the retry succeeds
//	TimeoutCost    10   the same, after a timeout
//	SuccessCredit  1    added by a call that succeeds at the first attempt
type RetryBudget struct {
	Capacity      float64
	RetryCost     float64
	TimeoutCost   float64
	SuccessCredit float64
	Disabled      bool // only MaxAttempts bounds the retries
}

func (b RetryBudget) capacity() float64      { return positiveOr(b.Capacity, 500) }
func (b RetryBudget) retryCost() float64     { return positiveOr(b.RetryCost, 5) }
func (b RetryBudget) timeoutCost() float64   { return positiveOr(b.TimeoutCost, 10) }
func (b RetryBudget) successCredit() float64 { return positiveOr(b.SuccessCredit, 1) }

func positiveOr(v, def float64) float64 {
	if v > 0 {
		return v
	}
	return def
}

// targetKey is what breakers and budgets are kept per.
type targetKey struct{ endpoint, model string }

// maxTargets bounds registries, because callers choose model names.
const maxTargets = 256

// budgets keeps a bucket per endpoint and model, for any policy.
type budgets struct{ buckets *purse.Purse[targetKey] }

func newBudgets() *budgets { return &budgets{purse.New[targetKey](maxTargets)} }

// take withdraws a cost, or nothing and reports false where it is not there. The last
// quarter is not for the background.
func (b *budgets) take(key targetKey, p RetryBudget, cost float64, background bool) bool {
	keep := 0.0
	if background {
		keep = p.capacity() / 4
	}
	return b.buckets.Take(key, p.capacity(), cost, keep)
}

// give deposits, up to the capacity.
func (b *budgets) give(key targetKey, p RetryBudget, amount float64) {
	b.buckets.Give(key, p.capacity(), amount)
}

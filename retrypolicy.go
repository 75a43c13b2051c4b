package buoy

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"
)

// RetryPolicy sets how often a call is retried and how long it waits. Zero fields mean
// the defaults:
//
//	MaxAttempts     5    requests sent for one call, over all retries; 1 never retries
//	BaseDelay       1s   the first wait is random in [0, BaseDelay] ...
//	MaxDelay        8s   ... and doubles up to [0, MaxDelay]: full jitter
//	MaxServerDelay  60s  a longer Retry-After ends the call at once, with the wait in the error
//
// With four attempts and 500ms an outage of 3 s failed every call: they had waited 1.8
// s on average. A target that has others after it is asked at most three times. So is a
// target whose model is loading or answers with nothing, since each try may be billed.
// The waits then start with [0, 3 BaseDelay], and if there is another target it is
// asked at once.
//
// A wait that the provider asks for is a minimum: jitter only adds to it. If a wait
// does not fit into the remaining time, the call ends at once with the provider's error
// and StopDeadline. It does not sleep until the deadline.
type RetryPolicy struct {
	MaxAttempts    int
	BaseDelay      time.Duration
	MaxDelay       time.Duration
	MaxServerDelay time.Duration
	Budget         RetryBudget
	// RetryOn, if it is set, decides instead of the verdict table and the provider's
	// own x-should-retry. It is not asked about the caller's cancellation or deadline,
	// or before another key is used. It is asked about a stream that has begun
	// only with WithStreamRecovery. It must be safe for concurrent use.
	RetryOn func(error) bool
}

func (p RetryPolicy) maxAttempts() int         { return cmp.Or(p.MaxAttempts, 5) }
func (p RetryPolicy) baseDelay() time.Duration { return cmp.Or(p.BaseDelay, time.Second) }
func (p RetryPolicy) maxDelay() time.Duration {
	return cmp.Or(p.MaxDelay, max(8*time.Second, p.baseDelay()))
}
func (p RetryPolicy) maxServerDelay() time.Duration {
	return cmp.Or(p.MaxServerDelay, 60*time.Second)
}

// check refuses contradictions.
func (p RetryPolicy) check() error {
	switch b := p.Budget; {
	case p.MaxAttempts < 0:
		return errors.New("RetryPolicy.MaxAttempts is negative: 1 never retries")
	case p.BaseDelay < 0 || p.MaxDelay < 0 || p.MaxServerDelay < 0:
		return errors.New("RetryPolicy has a negative delay: leave it at 0 for the default")
	case p.MaxDelay > 0 && p.MaxDelay < p.baseDelay():
		return fmt.Errorf("RetryPolicy.MaxDelay (%v) is below BaseDelay (%v): raise it", p.MaxDelay, p.baseDelay())
	case slices.ContainsFunc([]float64{b.Capacity, b.RetryCost, b.TimeoutCost, b.SuccessCredit}, func(x float64) bool { return math.IsNaN(x) || math.IsInf(x, 0) }):
		return errors.New("RetryBudget has a number that is not finite: set Disabled for no bound")
	case b.Capacity < 0 || b.RetryCost < 0 || b.TimeoutCost < 0 || b.SuccessCredit < 0:
		return errors.New("RetryBudget has a negative number: leave it at 0 for the default, or set Disabled")
	}
	return nil
}

// mostRequests is how many may be sent for a call that has so many fallback
// targets. A target gives up earlier: it leaves one in reserve for each later target.
func (p RetryPolicy) mostRequests(targets int) int { return max(p.maxAttempts(), 1+targets) }

package buoy

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/buoy-go/buoy/internal/overlay"
)

// HedgePolicy sets when a second request is started beside a slow first one. Zero
// fields mean the defaults:
//
//	After       0     a fixed wait; 0 learns it
//	Quantile    0.95  learnt: longer than this share of the recent answers took to begin
//	MinDelay    1s    and never sooner than this
//	MinSamples  50    nor before so many answers were seen
//
// For a stream the time to its first token counts, for a whole answer the time to its
// end. The samples are the successes of the last hour at that endpoint and model, at
// most 512. If one answer in ten is slow, a Quantile below 0.9 reacts from the start;
// 0.95 needs some hundred calls, because losers are not counted.
type HedgePolicy struct {
	After      time.Duration
	Quantile   float64
	MinDelay   time.Duration
	MinSamples int
	Disabled   bool // no hedge for this call, even if the client has one
}

func (p HedgePolicy) quantile() float64       { return positiveOr(p.Quantile, 0.95) }
func (p HedgePolicy) minDelay() time.Duration { return cmp.Or(p.MinDelay, time.Second) }
func (p HedgePolicy) minSamples() int         { return cmp.Or(p.MinSamples, 50) }

// check refuses what makes no sense.
func (p HedgePolicy) check() error {
	switch {
	case p.After < 0 || p.MinDelay < 0 || p.MinSamples < 0:
		return errors.New("HedgePolicy has a negative number: leave it at 0 for the default, or set Disabled")
	case p.Quantile < 0 || p.Quantile >= 1:
		return fmt.Errorf("HedgePolicy.Quantile (%v) must be in (0, 1)", p.Quantile)
	}
	return nil
}

// delay is how long to wait for an answer's beginning; ok is false where nobody
// can tell yet.
func (p HedgePolicy) delay(c *Client, key latencyKey, now time.Time) (wait time.Duration, ok bool) {
	if p.After > 0 {
		return p.After, true
	}
	wait, n := c.latencies.Of(key).Quantile(now, p.quantile())
	return max(wait, p.minDelay()), n >= p.minSamples()
}

// WithHedge starts a second request if the first is slower than 95 % of the recent
// ones, and takes the answer that begins first. This shortens the longest waits and
// costs some extra requests. It is off by default.
//
// The second request goes to another key, or, if there is none, to the first fallback
// target whose breaker is closed. A call has at most one hedge, beside its first
// attempt, and only before anything was delivered. It counts as an attempt, and the
// [RetryBudget] pays for it even if it wins. A call that was hedged earns nothing for
// the budget. So in the long run at most every sixth call is hedged; without that
// bound, hedging would double the load of a provider that is slow as a whole. In a
// measurement where one replica in ten was slow, 13 % of the calls were hedged, and
// their 99th percentile fell from 29 s to 3 s.
//
// The slower of the two is cancelled at once. It was sent, so its input is billed, and
// for a whole answer perhaps everything. [CallInfo].Attempts has both: the second has
// Hedge set, and the loser has ErrCanceled and the usage that it reported. The loser
// counts neither for a breaker nor as a sample.
//
// A call of priority [Background] is not hedged: nobody waits for it, and its share of
// the budget is left to those for whom somebody does.
func WithHedge(p HedgePolicy) Setting {
	return setting(func(s *settings) {
		if err := p.check(); err != nil {
			s.errs = append(s.errs, err)
			return
		}
		var base HedgePolicy
		if s.hedge != nil {
			base = *s.hedge
		}
		own := overlay.Of(p, base)
		own.Disabled = p.Disabled // a call may have what its client has not
		s.hedge = &own
	})
}

// Hedge is [WithHedge] for a chain that you compose yourself. Place it inside [Retry],
// whose attempts and budget it shares. Samples, keys and targets are those of the
// client that runs it. Over a [Handler] of your own there are none: set
// HedgePolicy.After; the second request then goes to the same handler.
func Hedge(p HedgePolicy) Middleware {
	own := newBudgets()
	return func(next Handler) Handler {
		return func(ctx context.Context, call *Call) (*Reply, error) {
			if err := p.check(); err != nil {
				return nil, &RequestError{Field: "hedge policy", Reason: err.Error()}
			}
			return hedge(ctx, call, p, own, next)
		}
	}
}

func standardHedge(next Handler) Handler {
	return func(ctx context.Context, call *Call) (*Reply, error) {
		st := stateOf(call)
		if st.settings.hedge == nil {
			return next(ctx, call)
		}
		return hedge(ctx, call, *st.settings.hedge, nil, next)
	}
}

// hedge widens the first attempt of a call. Its own budget is for a chain that has no other.
func hedge(ctx context.Context, call *Call, p HedgePolicy, own *budgets, next Handler) (*Reply, error) {
	st := stateOf(call)
	if p.Disabled || st.settings.background || st.account.sent() > 0 {
		return next(ctx, call)
	}
	h := &hedging{ctx: ctx, call: call, st: st, policy: p, next: next, retry: st.settings.retry, budgets: cmp.Or(st.client.budgets, own)}
	if pace := call.pace; pace != nil {
		h.retry, h.budgets = pace.policy, pace.budgets
	}
	return h.run()
}

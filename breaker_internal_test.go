package buoy

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// rig drives one circuit with a client's patience.
type rig struct {
	t *testing.T
	c *circuit
}

func newRig(t *testing.T, p BreakerPolicy) rig {
	t.Helper()
	b, err := NewBreakers(p)
	require.NoError(t, err)
	return rig{t, b.breaker(targetKey{"e", "m"})}
}

func (r rig) allow() *permit {
	r.t.Helper()
	p := new(permit)
	require.NoError(r.t, r.c.allow(p, time.Minute))
	return p
}

func (r rig) refused() *OpenError {
	r.t.Helper()
	err := r.c.allow(new(permit), time.Minute)
	open, ok := errors.AsType[*OpenError](err)
	require.True(r.t, ok, "want a refusal, got %v", err)
	return open
}

func (r rig) fail(n int) {
	for range n {
		r.allow().done(&APIError{Kind: ErrServer, StatusCode: 500})
	}
}

// untilHalfOpen waits until the breaker says it lets a probe through.
func (r rig) untilHalfOpen() { time.Sleep(time.Until(r.refused().Until)) }

func TestBreakerOpensAfterFiveInARow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, BreakerPolicy{})
		r.fail(4)
		r.allow().done(nil) // a success breaks the row
		r.fail(4)
		require.Equal(t, BreakerClosed, r.c.status(time.Now()).State)
		r.fail(1)
		open := r.refused()
		require.Equal(t, ErrServer, KindOf(open.Cause))
		require.Equal(t, ErrCircuitOpen, KindOf(open))
		require.NotErrorIs(t, open, ErrServer, "a refusal made here is not the provider's")
	})
}

func TestBreakerOpensAtHalfOfTwenty(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, BreakerPolicy{})
		for range 9 {
			r.fail(1)
			r.allow().done(nil)
		}
		r.allow().done(nil)
		require.Equal(t, BreakerClosed, r.c.status(time.Now()).State, "9 of 19")
		r.fail(1)
		r.refused() // 10 of 20
	})
}

// Invariant 7: only cancellations, or only 4xx and 429, never open it.
func TestBreakerIgnoresWhatIsNotTheProvidersFault(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, BreakerPolicy{})
		for _, v := range verdicts {
			if v.breaker == breakerFailure {
				continue
			}
			for range 100 {
				r.allow().done(&APIError{Kind: v.kind})
			}
			require.Equal(t, BreakerClosed, r.c.status(time.Now()).State, v.kind)
		}
		for _, timer := range []string{timerDeadline, timerCall} {
			for range 100 {
				r.allow().done(&TransportError{Kind: ErrTimeout, Timer: timer})
			}
		}
		require.Equal(t, BreakerClosed, r.c.status(time.Now()).State)
	})
}

// Open for 10 s, doubled after a failed probe to 20 s and no further, each time
// jittered by U[0.8, 1.2]; Until is the moment the next probe goes through.
func TestBreakerOpenTimesGrow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, BreakerPolicy{})
		r.fail(5)
		for _, base := range []time.Duration{10, 20, 20, 20} {
			base *= time.Second
			open := r.refused()
			d := time.Until(open.Until)
			require.GreaterOrEqual(t, d, base*8/10)
			require.LessOrEqual(t, d, base*12/10)
			time.Sleep(d - 1)
			r.refused()
			time.Sleep(time.Nanosecond)
			require.Equal(t, BreakerHalfOpen, r.c.status(time.Now()).State)
			r.fail(1) // the probe
		}
		r.untilHalfOpen()
		r.allow().done(nil)
		r.allow().done(nil)
		require.Equal(t, BreakerClosed, r.c.status(time.Now()).State)
		r.fail(5)
		require.LessOrEqual(t, time.Until(r.refused().Until), 12*time.Second, "the open time begins anew")
	})
}

func TestBreakerLetsTwoProbesThrough(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, BreakerPolicy{})
		r.fail(5)
		r.untilHalfOpen()
		first, second := r.allow(), r.allow()
		open := r.refused()
		require.True(t, open.Until.After(time.Now()), "an Until in the past would send callers into a spin")
		first.done(errStreamClosed) // cancelled: says nothing, gives its place back
		third := r.allow()
		second.done(nil)
		third.done(nil)
		require.Equal(t, BreakerClosed, r.c.status(time.Now()).State)
	})
}

// In gobreaker a half-open permit that is never given back blocks for ever: the
// watchdog writes it off.
func TestBreakerSurvivesAbandonedProbes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, BreakerPolicy{})
		r.fail(5)
		r.untilHalfOpen()
		lost := []*permit{r.allow(), r.allow()}
		r.refused()
		time.Sleep(time.Minute + time.Second)
		r.allow().done(nil)
		for _, p := range lost {
			p.done(errors.Join(ErrServer)) // too late: it has been counted
		}
		require.Equal(t, BreakerHalfOpen, r.c.status(time.Now()).State)
		r.allow().done(nil)
		require.Equal(t, BreakerClosed, r.c.status(time.Now()).State)
	})
}

func TestBreakerCountsAPermitOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, BreakerPolicy{})
		p := r.allow()
		for range 10 {
			p.done(ErrServer)
		}
		require.Equal(t, BreakerClosed, r.c.status(time.Now()).State)
	})
}

func TestBreakerGivesThePermitBackOnAPanic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, err := NewBreakers(BreakerPolicy{})
		require.NoError(t, err)
		c := b.breaker(targetKey{"e", "m"})
		r := rig{t, c}
		r.fail(5)
		r.untilHalfOpen()
		call := &Call{Endpoint: "e", Model: "m"}
		for range 5 { // more than there are probes
			require.Panics(t, func() {
				_, _ = b.guard(t.Context(), call, func(context.Context, *Call) (*Reply, error) { panic("bug") })
			})
		}
		r.allow().done(nil)
	})
}

// gobreaker drops results of calls that are older than its window, so streams
// that fail late would never open it.
func TestBreakerHearsOfLateFailures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, BreakerPolicy{Window: time.Minute})
		refused := 0
		var streams sync.WaitGroup
		for range 60 { // a stream every 5 s, each fails after 2 minutes
			if p := new(permit); r.c.allow(p, time.Hour) != nil {
				refused++
			} else {
				streams.Go(func() {
					time.Sleep(2 * time.Minute)
					p.done(&TransportError{Kind: ErrStreamInterrupted})
				})
			}
			time.Sleep(5 * time.Second)
		}
		streams.Wait()
		require.Greater(t, refused, 20, "of 60")
	})
}

// A result from before the last change of state changes nothing.
func TestBreakerIgnoresStaleResults(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, BreakerPolicy{})
		var stale []*permit
		for range 20 {
			stale = append(stale, r.allow())
		}
		r.fail(5)
		for _, p := range stale[:10] {
			p.done(nil)
		}
		r.refused()
		r.untilHalfOpen()
		r.allow().done(nil)
		r.allow().done(nil)
		for _, p := range stale[10:] {
			p.done(ErrServer)
		}
		require.Equal(t, BreakerClosed, r.c.status(time.Now()).State)
	})
}

// Invariant 16: hooks may call any method without deadlock.
func TestBreakerHooksRunOutsideLocks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b *Breakers
		var mu sync.Mutex
		var seen []BreakerChange
		b, err := NewBreakers(BreakerPolicy{OnChange: func(c BreakerChange) {
			require.Equal(t, c.To == BreakerOpen, b.State("e", "m") == BreakerOpen)
			_ = b.Snapshot()
			mu.Lock()
			defer mu.Unlock()
			seen = append(seen, c)
		}})
		require.NoError(t, err)
		r := rig{t, b.breaker(targetKey{"e", "m"})}
		r.fail(5)
		r.untilHalfOpen()
		r.allow().done(nil)
		r.allow().done(nil)
		var to []BreakerState
		for _, c := range seen {
			to = append(to, c.To)
		}
		require.Equal(t, []BreakerState{BreakerOpen, BreakerHalfOpen, BreakerClosed}, to)
		require.Equal(t, ErrServer, KindOf(seen[0].Cause))
		require.False(t, seen[0].Until.IsZero())
	})
}

func TestBreakersAreBounded(t *testing.T) {
	b, err := NewBreakers(BreakerPolicy{})
	require.NoError(t, err)
	for i := range 1000 {
		b.breaker(targetKey{"e", string(rune(i))})
	}
	require.Len(t, b.Snapshot(), maxTargets)
}

func TestBreakerPolicyRefusesContradictions(t *testing.T) {
	for _, p := range []BreakerPolicy{
		{FailureRatio: 2}, {FailureRatio: -1}, {Probes: -1}, {OpenFor: time.Minute, MaxOpenFor: time.Second}, {Window: -1},
	} {
		_, err := NewBreakers(p)
		require.Error(t, err)
	}
	_, err := New(OpenAI("k"), WithBreaker(BreakerPolicy{Window: time.Minute}))
	require.ErrorContains(t, err, "at least 4m0s")
	_, err = New(OpenAI("k"), WithBreaker(BreakerPolicy{Window: time.Minute}), WithTimeouts(Timeouts{Attempt: 30 * time.Second}))
	require.NoError(t, err)
}

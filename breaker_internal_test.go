package buoy

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/buoy-go/buoy/internal/circuit"
	"github.com/buoy-go/buoy/status"
	"github.com/stretchr/testify/require"
)

// The state machine is tested in internal/circuit; here is what buoy makes of it.

var errDown = &APIError{Kind: ErrServer, StatusCode: 500}

// guarded sends n calls through a breaker that end with err, and returns the last
// one's error.
func guarded(t *testing.T, b *Breakers, n int, err error) (last error) {
	t.Helper()
	for range n {
		_, last = b.guard(t.Context(), &Call{Endpoint: "e", Model: "m"}, func(context.Context, *Call) (*Reply, error) {
			return &Reply{Response: &Response{}}, err
		})
	}
	return last
}

// A refusal names the failure that opened the breaker and when to come again.
func TestAnOpenBreakerRefuses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, err := NewBreakers(BreakerPolicy{})
		require.NoError(t, err)
		require.Equal(t, BreakerClosed, b.State("e", "m"))
		require.Empty(t, b.Snapshot(), "asking makes none")
		guarded(t, b, 5, errDown)
		require.Equal(t, BreakerOpen, b.State("e", "m"))
		require.Equal(t, BreakerClosed, b.State("e", "another"))

		refusal := guarded(t, b, 1, nil)
		until := time.Now().Add(10 * time.Second)
		var open *OpenError
		require.ErrorAs(t, refusal, &open)
		require.WithinDuration(t, until, open.Until, 2*time.Second)
		require.Equal(t, &OpenError{Endpoint: "e", Model: "m", Until: open.Until, Cause: errDown}, open)
		require.Equal(t, ErrCircuitOpen, KindOf(open))
		require.NotErrorIs(t, open, ErrServer, "a refusal made here is not the provider's")
		require.Equal(t, []status.Breaker{{Endpoint: "e", Model: "m", State: BreakerOpen, Until: open.Until, Reason: "server", Cause: errDown}}, b.Snapshot())

		time.Sleep(time.Until(open.Until))
		require.Equal(t, BreakerHalfOpen, b.State("e", "m"))
		require.NoError(t, guarded(t, b, 2, nil))
		require.Equal(t, []status.Breaker{{Endpoint: "e", Model: "m", State: BreakerClosed, Reason: "server", Cause: errDown}}, b.Snapshot())
	})
}

// Invariant 7: only cancellations, or only 4xx and 429, never open it.
func TestBreakerIgnoresWhatIsNotTheProvidersFault(t *testing.T) {
	for _, v := range verdicts {
		want := circuit.Excluded
		if v.breaker == breakerFailure {
			want = circuit.Failure
		}
		require.Equal(t, want, outcomeOf(new(Call), &APIError{Kind: v.kind}), v.kind)
	}
	for _, timer := range []string{timerDeadline, timerCall, timerTarget} {
		require.Equal(t, circuit.Excluded, outcomeOf(new(Call), &TransportError{Kind: ErrTimeout, Timer: timer, silent: 8 * time.Second}), timer)
		require.Equal(t, circuit.Silence, outcomeOf(new(Call), &TransportError{Kind: ErrTimeout, Timer: timer, silent: 10 * time.Second}), timer)
	}
	require.Equal(t, circuit.Excluded, outcomeOf(new(Call), errStreamClosed))
	require.Equal(t, circuit.Success, outcomeOf(new(Call), nil))
}

func TestBreakerSurvivesPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, err := NewBreakers(BreakerPolicy{})
		require.NoError(t, err)
		guarded(t, b, 5, errDown)
		time.Sleep(12 * time.Second)
		for range 5 { // more than there are probes
			require.Panics(t, func() {
				_, _ = b.guard(t.Context(), &Call{Endpoint: "e", Model: "m"}, func(context.Context, *Call) (*Reply, error) { panic("bug") })
			})
		}
		require.NoError(t, guarded(t, b, 2, nil))
		require.Equal(t, BreakerClosed, b.State("e", "m"))
	})
}

// Invariant 16: hooks may call any method without deadlock.
func TestBreakerHooksRunOutsideLocks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b *Breakers
		var mu sync.Mutex
		var seen []BreakerChange
		b, err := NewBreakers(BreakerPolicy{OnChange: func(c BreakerChange) {
			require.Equal(t, c.To, b.State("e", "m"))
			_ = b.Snapshot()
			mu.Lock()
			defer mu.Unlock()
			seen = append(seen, c)
		}})
		require.NoError(t, err)
		guarded(t, b, 5, errDown)
		until := b.Snapshot()[0].Until
		time.Sleep(time.Until(until))
		guarded(t, b, 2, nil)
		require.Equal(t, []BreakerChange{
			{"e", "m", BreakerClosed, BreakerOpen, until, errDown},
			{"e", "m", BreakerOpen, BreakerHalfOpen, time.Time{}, nil},
			{"e", "m", BreakerHalfOpen, BreakerClosed, time.Time{}, nil},
		}, seen)
	})
}

func TestBreakersAreBounded(t *testing.T) {
	b, err := NewBreakers(BreakerPolicy{})
	require.NoError(t, err)
	for i := range 1000 {
		b.circuits.Of(targetKey{"e", string(rune(i))})
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
	shared, err := NewBreakers(BreakerPolicy{Window: time.Second})
	require.NoError(t, err)
	_, err = New(OpenAI("k"), WithBreakers(shared), WithTimeouts(Timeouts{Attempt: time.Hour}))
	require.NoError(t, err, "a window has nothing to do with how long calls take")
}

// Without timers nobody bounds a probe; it is not written off before it can answer.
func TestPatience(t *testing.T) {
	require.Equal(t, Timeouts{}.attempt()+Timeouts{}.idle(), patience(Timeouts{}))
	for _, none := range []Timeouts{{FirstToken: -1}, {Idle: -1}, {Attempt: -1}, {FirstToken: -1, Idle: -1, Attempt: -1}} {
		require.Equal(t, lostProbe, patience(none))
	}
	require.Equal(t, 3*time.Hour, patience(Timeouts{Attempt: 3 * time.Hour, Idle: -1}))
}

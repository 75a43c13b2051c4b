package buoy

import (
	"context"
	"math"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// Invariant 3: before its k-th retry a call waits U[0, min(cap, base*2^k)], told
// by a Kolmogorov-Smirnov test with n = 20000. The critical value for a level of
// 0.001 is 1.95/sqrt(n); seven tests at that level fail by chance once in 140
// runs, so a sample that fails is drawn once more.
func TestWaitsAreFullJitter(t *testing.T) {
	const n = 20000
	for _, p := range []RetryPolicy{{}, {BaseDelay: 300 * time.Millisecond, MaxDelay: 7 * time.Second}} {
		for k := range 7 {
			bound := min(p.maxDelay(), p.baseDelay()<<k)
			distance := func() float64 {
				waits := make([]float64, n)
				for i := range waits {
					l := retryLoop{policy: p}
					for range k {
						l.wait(ErrServer)
					}
					w, tooLong := l.wait(ErrServer)
					require.False(t, tooLong)
					require.LessOrEqual(t, w, bound+1)
					require.GreaterOrEqual(t, w, time.Duration(0))
					waits[i] = float64(w) / float64(bound)
				}
				return ksUniform(waits)
			}
			critical := 1.95 / math.Sqrt(n)
			if d := distance(); d > critical {
				require.Less(t, distance(), critical, "k=%d: not uniform over [0, %v], twice", k, bound)
			}
		}
	}
}

// ksUniform is the largest distance between a sample and U[0, 1].
func ksUniform(sample []float64) float64 {
	slices.Sort(sample)
	var d float64
	for i, x := range sample {
		n := float64(len(sample))
		d = max(d, math.Abs(x-float64(i)/n), math.Abs(x-float64(i+1)/n))
	}
	return d
}

// A wait that the provider asks for is a floor: jitter only adds, a tenth of it
// and at most a second.
func TestAHintIsAFloor(t *testing.T) {
	for _, tc := range []struct {
		hint, most time.Duration
		tooLong    bool
	}{
		{hint: time.Millisecond, most: time.Second}, // our own wait is longer
		{hint: 2 * time.Second, most: 2200 * time.Millisecond},
		{hint: 30 * time.Second, most: 31 * time.Second},
		{hint: 60 * time.Second, most: 61 * time.Second},
		{hint: 60*time.Second + 1, tooLong: true},
		{hint: math.MaxInt64, tooLong: true},
	} {
		var lowest, highest time.Duration = math.MaxInt64, 0
		for range 1000 {
			l := retryLoop{}
			w, tooLong := l.wait(&APIError{Kind: ErrRateLimit, RetryAfter: tc.hint})
			require.Equal(t, tc.tooLong, tooLong)
			if tooLong {
				continue
			}
			lowest, highest = min(lowest, w), max(highest, w)
			require.GreaterOrEqual(t, w, tc.hint)
			require.LessOrEqual(t, w, tc.most+time.Millisecond)
		}
		if !tc.tooLong {
			require.Greater(t, highest, lowest, "no jitter at all would synchronise clients")
		}
	}
}

// Two clients at the cap must not wait alike.
func TestWaitsAtTheCapDiffer(t *testing.T) {
	waits := map[time.Duration]bool{}
	for range 50 {
		l := retryLoop{}
		for range 8 {
			l.wait(ErrServer)
		}
		w, _ := l.wait(ErrServer)
		waits[w] = true
	}
	require.Greater(t, len(waits), 40)
}

func TestDecideStopsForTheFirstReason(t *testing.T) {
	yes, no := true, false
	base := RetryPolicy{MaxAttempts: 4}
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	soon, cancelSoon := context.WithTimeout(t.Context(), time.Second)
	defer cancelSoon()
	for _, tc := range []struct {
		name   string
		ctx    context.Context
		policy RetryPolicy
		tries  int
		err    error
		want   StopReason
	}{
		{"a server error is retried", nil, base, 1, &APIError{Kind: ErrServer}, ""},
		{"the caller has left", canceled, base, 1, &APIError{Kind: ErrServer}, StopCanceled},
		{"canceled", nil, base, 1, &TransportError{Kind: ErrCanceled}, StopCanceled},
		{"the caller's deadline", nil, base, 1, &TransportError{Kind: ErrTimeout, Timer: timerDeadline}, StopDeadline},
		{"the call timer", nil, base, 1, &TransportError{Kind: ErrTimeout, Timer: timerCall}, StopDeadline},
		{"the table says no", nil, base, 1, &APIError{Kind: ErrQuota}, StopNotRetryable},
		{"the provider says yes", nil, base, 1, &APIError{Kind: ErrNotFound, ShouldRetry: &yes}, ""},
		{"the provider says no", nil, base, 1, &APIError{Kind: ErrServer, ShouldRetry: &no}, StopNotRetryable},
		{"RetryOn outranks the table", nil, RetryPolicy{RetryOn: func(error) bool { return true }}, 1, &APIError{Kind: ErrQuota}, ""},
		{"RetryOn outranks the provider", nil, RetryPolicy{RetryOn: func(error) bool { return false }}, 1, &APIError{Kind: ErrServer, ShouldRetry: &yes}, StopNotRetryable},
		{"attempts used up", nil, base, 4, &APIError{Kind: ErrServer}, StopAttempts},
		{"never retry", nil, RetryPolicy{MaxAttempts: 1}, 1, &APIError{Kind: ErrServer}, StopAttempts},
		{"the provider's wait is too long", nil, base, 1, &APIError{Kind: ErrRateLimit, RetryAfter: time.Hour}, StopServerDelay},
		{"the wait does not fit", soon, base, 1, &APIError{Kind: ErrRateLimit, RetryAfter: 30 * time.Second}, StopDeadline},
		{"the budget is empty", nil, RetryPolicy{Budget: RetryBudget{Capacity: 4}}, 1, &APIError{Kind: ErrServer}, StopBudget},
		{"no budget at all", nil, RetryPolicy{Budget: RetryBudget{Capacity: 4, Disabled: true}}, 1, &APIError{Kind: ErrServer}, ""},
		{"a timeout costs more", nil, RetryPolicy{Budget: RetryBudget{Capacity: 9}}, 1, &TransportError{Kind: ErrTimeout}, StopBudget},
	} {
		t.Run(tc.name, func(t *testing.T) {
			ctx := tc.ctx
			if ctx == nil {
				ctx = t.Context()
			}
			call := new(Call)
			st := stateOf(call)
			l := retryLoop{ctx: ctx, st: st, policy: tc.policy, budgets: newBudgets(), call: call, unsent: tc.tries - 1}
			wait, stop := l.decide(tc.err)
			require.Equal(t, tc.want, stop)
			if stop != "" {
				require.Zero(t, wait)
			}
		})
	}
}

// A timed-out request that was sent may be billed: it is repeated once, one that
// never left is repeated like any other failure.
func TestASentTimeoutIsRetriedOnce(t *testing.T) {
	call := new(Call)
	st := stateOf(call)
	l := retryLoop{ctx: t.Context(), st: st, budgets: newBudgets(), call: call, policy: RetryPolicy{MaxAttempts: 100}}
	_, stop := l.decide(&TransportError{Kind: ErrTimeout, Sent: true})
	require.Empty(t, stop)
	_, stop = l.decide(&TransportError{Kind: ErrTimeout, Sent: true})
	require.Equal(t, StopNotRetryable, stop)

	l = retryLoop{ctx: t.Context(), st: st, budgets: newBudgets(), call: call, policy: RetryPolicy{MaxAttempts: 100}}
	for range 3 {
		_, stop = l.decide(&TransportError{Kind: ErrTimeout})
		require.Empty(t, stop)
	}
	_, stop = l.decide(&APIError{Kind: ErrTimeout, StatusCode: 504}) // the provider's own: it was sent
	require.Empty(t, stop)
	_, stop = l.decide(&APIError{Kind: ErrTimeout, StatusCode: 504})
	require.Equal(t, StopNotRetryable, stop)
}

// Invariant 2: from a full bucket a total outage sees at most 100 retries, or 50
// after timeouts, and then one request a call.
func TestBudgetInATotalOutage(t *testing.T) {
	for _, tc := range []struct {
		kind Kind
		most int
	}{{ErrServer, 100}, {ErrTimeout, 50}} {
		b := newBudgets()
		retries := 0
		for range 1000 {
			handler := func(context.Context, *Call) (*Reply, error) { return nil, &TransportError{Kind: tc.kind} }
			synctest.Test(t, func(t *testing.T) {
				call := new(Call)
				st := stateOf(call)
				counted := func(ctx context.Context, c *Call) (*Reply, error) {
					st.account.begin(c, time.Now())
					return handler(ctx, c)
				}
				_, err := retry(t.Context(), call, RetryPolicy{}, b, counted)
				require.Error(t, err)
				retries += st.account.sent() - 1
			})
		}
		require.Equal(t, tc.most, retries, tc.kind)
	}
}

// A retry that succeeds gets its cost back, a first success earns one, and a
// sleep that is cut short costs nothing.
func TestBudgetAccounts(t *testing.T) {
	tokens := func(b *budgets) float64 { return b.buckets.Level(targetKey{}, 500) }
	run := func(b *budgets, ctx context.Context, failures int) {
		_, _ = retry(ctx, new(Call), RetryPolicy{}, b, func(context.Context, *Call) (*Reply, error) {
			if failures--; failures >= 0 {
				return nil, ErrServer
			}
			return &Reply{Response: &Response{}}, nil
		})
	}
	synctest.Test(t, func(t *testing.T) {
		b := newBudgets()
		run(b, t.Context(), 3)
		require.EqualValues(t, 490, tokens(b), "two lost retries, the third gave back")
		run(b, t.Context(), 0)
		require.EqualValues(t, 491, tokens(b))
		run(b, t.Context(), 9)
		require.EqualValues(t, 471, tokens(b))

		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Nanosecond, cancel) // during the first wait
		run(b, ctx, 9)
		require.EqualValues(t, 471, tokens(b))
		for range 1000 {
			run(b, t.Context(), 0)
		}
		require.EqualValues(t, 500, tokens(b), "never above the capacity")
	})
}

// A wait that is cut short ends at once, and the provider's error is not lost: the
// loop of backoff/v4 returns the bare error of the context.
func TestACancelledWaitKeepsTheProvidersError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		refusal := &APIError{Kind: ErrRateLimit, StatusCode: 429, RetryAfter: 30 * time.Second}
		time.AfterFunc(time.Second, cancel)
		start := time.Now()
		_, err := retry(ctx, new(Call), RetryPolicy{}, newBudgets(),
			func(context.Context, *Call) (*Reply, error) { return nil, refusal })
		require.Equal(t, time.Second, time.Since(start), "the wait ends at once")
		require.ErrorIs(t, err, context.Canceled)
		require.ErrorIs(t, err, refusal)
		require.Equal(t, ErrCanceled, KindOf(err))
		require.False(t, IsRetryable(err))
	})
}

// A record that may yet change is copied, and so are those beside it. A new attempt does
// not change what was given out.
func TestRecordOfAttempts(t *testing.T) {
	a, call := new(account), &Call{Endpoint: "one"}
	first := a.begin(call, time.Now())
	running := a.final(nil)
	require.Zero(t, running[0].Duration)
	require.Zero(t, a.snapshot()[0].Duration)
	require.NoError(t, a.snapshot()[0].Err)
	left := a.final(func() time.Time { return running[0].Start.Add(time.Second) })
	require.Equal(t, time.Second, left[0].Duration)
	require.ErrorIs(t, left[0].Err, ErrCanceled, "the call has ended, and it has not")
	require.Equal(t, left, a.final(time.Now))
	a.end(first, func(at *Attempt) { at.Err = ErrQuota })
	require.NoError(t, running[0].Err)

	failed, copied := a.final(nil), a.snapshot()
	require.ErrorIs(t, failed[0].Err, ErrQuota)
	require.Equal(t, len(failed), cap(failed))
	failed[0].RequestID = "the holder's"
	require.Empty(t, copied[0].RequestID)
	second := a.begin(call, time.Now())
	require.Len(t, failed, 1)
	both := a.final(nil)
	a.end(second, func(at *Attempt) { at.RequestID = "late" })
	require.Empty(t, both[1].RequestID)
	require.Empty(t, new(account).final(time.Now))
	require.Empty(t, new(account).snapshot())
}

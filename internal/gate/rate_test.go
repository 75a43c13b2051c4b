package gate_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/buoy-go/buoy/internal/gate"
	"github.com/buoy-go/buoy/internal/queue"
	"github.com/stretchr/testify/require"
)

// never is later than any wait of these tests.
func never() time.Time { return time.Now().Add(1000 * time.Hour) }

// entry is a call that came to a Rate, and when it went.
type entry struct {
	at     time.Time
	tokens int
	pass   *gate.Pass
	err    error
}

// enter starts calls in order, each after the one before has been queued, and
// returns when all went or gave up.
func enter(ctx context.Context, r *gate.Rate, tokens ...int) []entry {
	out := make([]entry, len(tokens))
	var wg sync.WaitGroup
	for i, n := range tokens {
		wg.Go(func() {
			p, err := r.Enter(ctx, queue.Who{}, n, never())
			out[i] = entry{time.Now(), n, p, err}
		})
		synctest.Wait()
	}
	wg.Wait()
	return out
}

// The instants at which calls go that come at once, in seconds.
func TestRateLetsThroughInOrder(t *testing.T) {
	for _, tc := range []struct {
		name             string
		requests, tokens int
		calls            []int
		want             []float64
	}{
		{"requests", 60, 0, []int{0, 0, 0, 0, 0, 0, 0, 0}, []float64{0, 0, 0, 0, 0, 0, 1, 2}},
		{"a burst of one", 5, 0, []int{0, 0, 0}, []float64{0, 12, 24}},
		{"tokens", 0, 60, []int{6, 3, 3}, []float64{0, 3, 6}},
		{"the slower of both", 120, 60, []int{1, 5, 1, 6}, []float64{0, 0, 1, 7}},
		{"a small one does not overtake a large one", 0, 60, []int{5, 6, 1}, []float64{0, 5, 6}},
		{"larger than the burst", 0, 60, []int{30, 1}, []float64{0, 25}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				begun := time.Now()
				for i, e := range enter(t.Context(), gate.NewRate(tc.requests, tc.tokens), tc.calls...) {
					require.NoError(t, e.err)
					require.Equal(t, tc.want[i], e.at.Sub(begun).Seconds(), "call %d", i)
				}
			})
		})
	}
}

// What cannot go in time is told so at once, with the wait, and takes nothing.
func TestRateRefusesAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := gate.NewRate(600, 60)
		enter(t.Context(), r, 6)
		begun := time.Now()
		_, err := r.Enter(t.Context(), queue.Who{}, 5, begun.Add(5*time.Second))
		late, ok := errors.AsType[*gate.TooLate](err)
		require.True(t, ok, "%v", err)
		require.Equal(t, 5*time.Second, late.Wait)
		require.True(t, late.Tokens)
		require.Zero(t, time.Since(begun))
		_, err = r.Enter(t.Context(), queue.Who{}, 5, begun.Add(5*time.Second+1))
		require.NoError(t, err, "the refused call had taken nothing")
		require.Equal(t, 5*time.Second, time.Since(begun))
	})
}

// What somebody else has used is taken once, down to a debt, and never given.
func TestLower(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		level := func(requests, tokens float64, debt time.Duration) gate.Levels {
			return gate.Levels{Requests: gate.Level{Share: requests}, Tokens: gate.Level{Share: tokens, Debt: debt}}
		}
		full := level(1, 1, 0)
		r := gate.NewRate(600, 6000)
		require.Equal(t, full, r.Levels())
		r.Lower(full)
		require.Equal(t, full, r.Levels())
		r.Lower(level(0.5, 0.25, 0))
		require.Equal(t, level(0.5, 0.25, 0), r.Levels())
		r.Lower(level(0.75, 0, 12*time.Second))
		require.Equal(t, level(0.5, 0, 12*time.Second), r.Levels())
		require.Equal(t, gate.TooLate{Wait: 12*time.Second + 100*time.Millisecond, Tokens: true}, r.Wait(queue.Who{}, 10), "ten a tenth of a second")
		time.Sleep(18 * time.Second)
		require.Equal(t, full, r.Levels())

		// A debt is a time, also where one comes back in twelve seconds.
		slow := gate.NewRate(5, 0)
		slow.Lower(gate.Levels{Requests: gate.Level{Debt: 30 * time.Second}})
		require.Equal(t, 42*time.Second, slow.Wait(queue.Who{}, 0).Wait)
		slow.Lower(gate.Levels{Requests: gate.Level{Debt: 30*time.Second + time.Microsecond}})
		require.InDelta(t, 42*time.Second, slow.Wait(queue.Who{}, 0).Wait, float64(time.Millisecond))

		none := gate.NewRate(0, 0)
		none.Lower(level(0, 0, time.Hour))
		require.Equal(t, full, none.Levels())
		require.NotNil(t, none.Try(1000))
	})
}

// The queue ahead counts, and who leaves it makes room for those behind.
func TestWhoLeavesTheQueueMakesRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := gate.NewRate(0, 60)
		enter(t.Context(), r, 6)
		begun := time.Now()
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		for range 3 { // at 6, 12 and 18 s
			wg.Go(func() {
				_, err := r.Enter(ctx, queue.Who{}, 6, never())
				require.ErrorIs(t, err, context.Canceled)
			})
			synctest.Wait()
		}
		require.Equal(t, gate.RateStatus{Open: 1, Waiting: 3}, r.Status())
		require.Equal(t, gate.TooLate{Wait: 20 * time.Second, Tokens: true}, r.Wait(queue.Who{}, 2))
		wg.Go(func() {
			_, err := r.Enter(t.Context(), queue.Who{}, 2, begun.Add(21*time.Second))
			require.NoError(t, err)
			require.Equal(t, 2*time.Second, time.Since(begun), "it waited for nobody else")
		})
		synctest.Wait()
		time.Sleep(time.Second)
		cancel()
		wg.Wait()
		require.Equal(t, gate.RateStatus{Open: 2}, r.Status())
	})
}

// The first looks again when something comes back, and when it got worse.
func TestSettlingWakesTheFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := gate.NewRate(0, 60)
		first := enter(t.Context(), r, 6)[0]
		begun := time.Now()
		var wg sync.WaitGroup
		wg.Go(func() {
			p, err := r.Enter(t.Context(), queue.Who{}, 6, begun.Add(time.Minute))
			require.NoError(t, err)
			require.Equal(t, 2*time.Second, time.Since(begun))
			time.Sleep(time.Second)
			p.Settle(1, 66) // 60 more than it was charged
		})
		synctest.Wait()
		wg.Go(func() {
			_, err := r.Enter(t.Context(), queue.Who{}, 6, begun.Add(20*time.Second))
			late, ok := errors.AsType[*gate.TooLate](err)
			require.True(t, ok, "%v", err)
			require.Equal(t, 65*time.Second, late.Wait)
			require.Equal(t, 3*time.Second, time.Since(begun), "at once when it was clear")
		})
		time.Sleep(2 * time.Second)
		first.pass.Settle(1, 2)
		first.pass.Settle(1, 0) // counts once
		wg.Wait()
	})
}

func TestAnUnsentCallGivesBackItsRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := gate.NewRate(5, 600)
		pass := enter(t.Context(), r, 50)[0].pass
		pass.Settle(0, 0)
		pass.Settle(0, 0) // counts once
		require.Equal(t, gate.RateStatus{Requests: 1, Tokens: 60}, r.Status())
		enter(t.Context(), r, 50)[0].pass.Keep()
		require.InDelta(t, 0, r.Status().Requests, 1e-6)
		require.InDelta(t, 10, r.Status().Tokens, 1e-6)
	})
}

// Random callers that come, wait, leave and settle: neither limit is exceeded in
// any window, and at the end nothing is missing.
func TestManyCallersStayWithinBothLimits(t *testing.T) {
	const requests, tokens = 120, 3000
	for seed := range uint64(20) {
		synctest.Test(t, func(t *testing.T) {
			r := gate.NewRate(requests, tokens)
			var mu sync.Mutex
			byRequests, byTokens := &model{perMinute: requests}, &model{perMinute: tokens}
			var wg sync.WaitGroup
			for i := range uint64(150) {
				rng := rand.New(rand.NewPCG(seed, i))
				wg.Go(func() {
					time.Sleep(time.Duration(rng.Int64N(int64(time.Minute))))
					ctx, cancel := context.WithTimeout(t.Context(), time.Duration(rng.Int64N(int64(20*time.Second))))
					defer cancel()
					n := 1 + rng.IntN(tokens/10)
					p, err := r.Enter(ctx, queue.Who{}, n, time.Now().Add(time.Duration(rng.Int64N(int64(time.Minute)))))
					if err != nil {
						return
					}
					used := &grant{at: time.Now(), n: n, used: rng.IntN(n + 1), settled: true}
					mu.Lock()
					byTokens.grants = append(byTokens.grants, used)
					byRequests.grants = append(byRequests.grants, &grant{at: used.at, n: 1})
					mu.Unlock()
					time.Sleep(time.Duration(rng.Int64N(int64(10 * time.Second))))
					p.Settle(1, used.used)
				})
			}
			wg.Wait()
			require.Greater(t, len(byTokens.grants), 20, "seed %d", seed)
			require.LessOrEqual(t, byTokens.excess(tokens/10), 1e-3, "seed %d", seed)
			require.LessOrEqual(t, byRequests.excess(requests/10), 1e-3, "seed %d", seed)
			time.Sleep(time.Minute)
			require.Equal(t, gate.RateStatus{Requests: requests / 10, Tokens: tokens / 10}, r.Status())
		})
	}
}

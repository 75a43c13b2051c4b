package buoy_test

import (
	"cmp"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/stretchr/testify/require"
)

// fleet answers after the time that takes says, which may depend on how many
// requests it is working on.
type fleet struct {
	mu      sync.Mutex // guards the fields below
	rng     *rand.Rand
	working int
	takes   func(rng *rand.Rand, working int) time.Duration
}

func (f *fleet) step() buoytest.Step {
	return buoytest.Always(buoytest.Func(func(w http.ResponseWriter, r *http.Request) {
		f.mu.Lock()
		f.working++
		timer := time.NewTimer(f.takes(f.rng, f.working))
		f.mu.Unlock()
		defer func() {
			timer.Stop()
			f.mu.Lock()
			f.working--
			f.mu.Unlock()
		}()
		select {
		case <-timer.C:
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte(`{"id":"1","model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"fine"},"finish_reason":"stop"}]}`))
		case <-r.Context().Done():
		}
	}))
}

// outcome is what a call took, and whether it was hedged.
type outcome struct {
	took   time.Duration
	hedged bool
}

// run makes calls, so many a second.
func (f *fleet) run(t *testing.T, calls int, perSecond int, opts ...buoy.Option) []outcome {
	out := make([]outcome, calls)
	synctest.Test(t, func(t *testing.T) {
		srv := buoytest.NewMemServer(t, f.step())
		e := endpointOf(srv)
		e.Keys = []string{"a", "b"}
		c, err := buoy.New(e, append(opts, buoy.WithHTTPClient(&http.Client{Transport: srv.RoundTripper()}))...)
		require.NoError(t, err)
		var wg sync.WaitGroup
		for i := range calls {
			wg.Go(func() {
				start := time.Now()
				resp, err := c.Chat(t.Context(), hello)
				require.NoError(t, err)
				out[i] = outcome{time.Since(start), len(resp.Info.Attempts) > 1}
			})
			time.Sleep(time.Second / time.Duration(perSecond))
		}
		wg.Wait()
		srv.Close()
	})
	return out
}

func hedgesIn(calls []outcome) (n int) {
	for _, c := range calls {
		if c.hedged {
			n++
		}
	}
	return n
}

// slowest is the time that a share q of the calls did not exceed.
func slowest(calls []outcome, q float64) time.Duration {
	sorted := slices.SortedFunc(slices.Values(calls), func(a, b outcome) int { return cmp.Compare(a.took, b.took) })
	return sorted[int(q*float64(len(sorted)))].took
}

func hedging() buoy.Option { return buoy.WithHedge(buoy.HedgePolicy{}) }

// One answer in ten comes from a slow replica. Hedging takes it out of the 99th
// percentile, at the price of about every eighth call asked twice.
func TestHedgingCutsTheTail(t *testing.T) {
	oneSlow := func(rng *rand.Rand, _ int) time.Duration {
		if rng.IntN(10) == 0 {
			return 20*time.Second + time.Duration(rng.Int64N(int64(10*time.Second)))
		}
		return 500*time.Millisecond + time.Duration(rng.Int64N(int64(time.Second)))
	}
	run := func(opts ...buoy.Option) []outcome {
		f := &fleet{rng: rand.New(rand.NewPCG(1, 1)), takes: oneSlow}
		return f.run(t, 2000, 5, opts...)[500:]
	}
	plain, hedged := run(), run(hedging())
	t.Logf("p99 %v, hedged %v; %d of 1500 hedged", slowest(plain, 0.99), slowest(hedged, 0.99), hedgesIn(hedged))
	require.Zero(t, hedgesIn(plain))
	require.Greater(t, slowest(plain, 0.99), 28*time.Second)
	require.Less(t, slowest(hedged, 0.98), 5*time.Second)
	require.Less(t, hedgesIn(hedged), 300)
}

// 200 quick failures teach no impatience: 20 healthy calls are 20 requests.
func TestQuickFailuresMakeNoHedges(t *testing.T) {
	for name, before := range map[string]int{"cold": 0, "after good answers": 50} {
		t.Run(name, func(t *testing.T) {
			keyed(t, []string{"a", "b"}, nil, []buoy.Option{hedging()}, func(t *testing.T, d desk) {
				d.Server.Script(buoytest.Always(late(2 * time.Second)))
				answered(t, d, before, hello, false)
				d.Server.Script(buoytest.Times(200, buoytest.OpenAIError(400, "invalid_value", "no")), buoytest.Always(late(1900*time.Millisecond)))
				for range 200 {
					require.Error(t, call(t.Context(), d, false))
				}
				answered(t, d, 20, hello, false)
				require.Equal(t, before+200+20, len(d.Server.Requests()))
			})
		})
	}
}

// For a minute everything is ten times as slow, and slower yet the more there is
// to do. A second request is then as slow as what it should overtake and makes
// matters worse. The budget, and nothing else, ends that.
func TestHedgingStopsWhereAllIsSlow(t *testing.T) {
	run := func(opts ...buoy.Option) []outcome {
		var began time.Time
		f := &fleet{rng: rand.New(rand.NewPCG(1, 1))}
		f.takes = func(rng *rand.Rand, working int) time.Duration {
			if began.IsZero() {
				began = time.Now()
			}
			usual := 500*time.Millisecond + time.Duration(rng.Int64N(int64(400*time.Millisecond)))
			if at := time.Since(began); at > time.Minute && at < 2*time.Minute {
				usual *= 10
			}
			return time.Duration(float64(usual) * max(1, float64(working)/100))
		}
		return f.run(t, 3*60*20, 20, append(opts, hedging())...)
	}
	bounded, boundless := run(), run(buoy.WithRetry(buoy.RetryPolicy{Budget: buoy.RetryBudget{Disabled: true}}))
	minute := func(calls []outcome, i int) []outcome { return calls[i*1200 : (i+1)*1200] }
	for i := range 3 {
		t.Logf("minute %d: %4d hedges, p50 %v; without a budget %4d, %v", i,
			hedgesIn(minute(bounded, i)), slowest(minute(bounded, i), 0.5), hedgesIn(minute(boundless, i)), slowest(minute(boundless, i), 0.5))
	}
	require.Zero(t, hedgesIn(minute(bounded, 0)))
	require.Less(t, hedgesIn(minute(bounded, 1)), 1200/3)
	require.Greater(t, hedgesIn(minute(boundless, 1)), 1000, "it is not the budget that stops it")
	require.Less(t, slowest(minute(bounded, 2), 0.5), time.Second, "it stays slow after its cause has gone")
}

package behaviour_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/stretchr/testify/require"
)

// flaky is a store that fails now and then, before it has done anything.
type flaky struct {
	buoy.QuotaStore
	mu   sync.Mutex // guards the fields below
	r    *rand.Rand
	rate float64
	asks int
	sums map[string]buoy.QuotaCount // of what it was told
}

func (s *flaky) fails() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asks++
	return s.r.Float64() < s.rate
}

var errStore = errors.New("connection refused")

func (s *flaky) Add(ctx context.Context, key string, d buoy.QuotaCount, expires time.Time) (buoy.QuotaCount, error) {
	if s.fails() {
		return buoy.QuotaCount{}, errStore
	}
	sum, err := s.QuotaStore.Add(ctx, key, d, expires)
	s.mu.Lock()
	s.sums[key] = s.sums[key].Plus(d)
	wait := time.Duration(s.r.IntN(1000)) * time.Microsecond
	s.mu.Unlock()
	time.Sleep(wait) // replies overtake each other
	return sum, err
}

func (s *flaky) Claim(ctx context.Context, key string, expires time.Time) (bool, error) {
	if s.fails() {
		return false, errStore
	}
	return s.QuotaStore.Claim(ctx, key, expires)
}

// ledger is what a test saw of a period.
type ledger struct {
	tokens     int64
	nanos      int64
	thresholds []float64
}

// Several clients that share a store, random costs, random failures of the store:
// in each period the sum is the sum, and each threshold is told once, in order.
func TestQuotaModel(t *testing.T) {
	for seed := range uint64(15) {
		synctest.Test(t, func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 1))
			var mu sync.Mutex // guards books
			books := map[time.Time]*ledger{}
			book := func(at time.Time) *ledger {
				day := at.UTC().Truncate(24 * time.Hour)
				if books[day] == nil {
					books[day] = &ledger{}
				}
				return books[day]
			}
			store := &flaky{QuotaStore: buoy.NewQuotaMemory(), sums: map[string]buoy.QuotaCount{}, r: rand.New(rand.NewPCG(seed, 2)), rate: []float64{0, 0.1, 0.5}[seed%3]}
			quota := buoy.Quota{
				Period: buoy.Daily(nil), Tokens: 4000, Cost: 30, Currency: buoy.RUB, Store: store, Refuse: seed%2 == 0,
				OnThreshold: func(e buoy.QuotaEvent) {
					mu.Lock()
					defer mu.Unlock()
					require.GreaterOrEqual(t, e.Share(), e.Threshold)
					b := books[e.From]
					b.thresholds = append(b.thresholds, e.Threshold)
				},
			}
			var clients []*buoy.Client
			var servers []*buoytest.Server
			for range 3 {
				srv := buoytest.NewMemServer(t, buoytest.Always(buoytest.Delay(time.Second, buoytest.Echo())))
				spy := &attempts{note: func(a buoy.Attempt) {
					mu.Lock()
					defer mu.Unlock()
					b := book(time.Now())
					b.tokens += int64(a.Usage.TotalTokens)
					if a.Usage.CostRUB != nil {
						b.nanos += int64(*a.Usage.CostRUB*1e9 + 0.5)
					}
				}}
				c, err := buoy.New(endpointOf(srv), buoy.WithHTTPClient(srv.Client()), buoy.WithObserver(spy), buoy.WithQuota(quota))
				require.NoError(t, err)
				srv.Speak(buoytest.AITunnel)
				clients, servers = append(clients, c), append(servers, srv)
			}
			var wg sync.WaitGroup
			for range 150 {
				c, stream, wait := clients[r.IntN(3)], r.IntN(2) == 0, time.Duration(r.Int64N(int64(72*time.Hour)))
				words := make([]byte, 2*r.IntN(200))
				for i := range words {
					words[i] = "a "[i%2]
				}
				wg.Go(func() {
					time.Sleep(wait)
					req := buoy.Request{Model: "m", Messages: []buoy.Message{buoy.User(string(words) + "end")}}
					if !stream {
						_, _ = c.Chat(t.Context(), req)
					} else if s, err := c.Stream(t.Context(), req); err == nil {
						_, _ = read(s)
					}
				})
			}
			wg.Wait()
			for range 100 { // what the store did not take at first
				time.Sleep(6 * time.Second)
				for _, c := range clients {
					_, _ = c.Quotas(t.Context())
				}
			}
			for day, b := range books {
				sum := store.sums["buoy:quota:day-tokens-cost-RUB:RUB:day:"+day.Format("20060102")]
				share := max(float64(b.tokens)/4000, float64(b.nanos)/30e9)
				last := day.Equal(time.Now().UTC().Truncate(24 * time.Hour))
				if store.rate == 0 || last { // with failures the end of a day loses what was not stored by then
					require.Equal(t, b.tokens, sum.Tokens)
					require.Equal(t, b.nanos, sum.Nanos)
				}
				want := slices.DeleteFunc([]float64{0.75, 0.9, 1}, func(th float64) bool { return share < th })
				if store.rate == 0 || last {
					require.ElementsMatch(t, want, b.thresholds, "%v of %v", share, day)
				}
				require.Subset(t, want, b.thresholds)
				require.Len(t, slices.Compact(slices.Sorted(slices.Values(b.thresholds))), len(b.thresholds), "once")
			}
			for i := range clients {
				require.NoError(t, clients[i].Close())
				servers[i].Close()
			}
		})
	}
}

// attempts is an observer of attempts alone.
type attempts struct{ note func(buoy.Attempt) }

func (o *attempts) ObserveAttempt(_ context.Context, e buoy.AttemptEvent) { o.note(e.Attempt) }
func (o *attempts) ObserveCall(context.Context, buoy.CallEvent)           {}

// What other instances spend is known within five seconds, and the store is not
// asked more often than that.
func TestQuotaIsSharedByInstances(t *testing.T) {
	store := &flaky{QuotaStore: buoy.NewQuotaMemory(), sums: map[string]buoy.QuotaCount{}, r: rand.New(rand.NewPCG(1, 1))}
	quota := buoy.Quota{Cost: 2, Currency: buoy.RUB, Refuse: true, Store: store}
	bubble(t, []buoy.Option{buoy.WithQuota(quota)}, func(t *testing.T, a desk) {
		b, err := buoy.New(endpointOf(a.Server), buoy.WithHTTPClient(a.Server.Client()), buoy.WithQuota(quota))
		require.NoError(t, err)
		other := desk{Client: b, Server: a.Server}
		require.NoError(t, call(t.Context(), a, false))
		require.NoError(t, call(t.Context(), other, false))
		require.NoError(t, call(t.Context(), a, false), "it does not know yet")
		require.Error(t, call(t.Context(), a, false), "its own count has told it")
		time.Sleep(5 * time.Second)
		require.Error(t, call(t.Context(), other, false), "and the other one's")
		asks := store.asks
		for range 100 {
			require.Error(t, call(t.Context(), other, false))
		}
		require.Equal(t, asks, store.asks)
	}, buoytest.Always(costs(1)))
}

// A store that is away neither stops nor slows the calls, and loses nothing.
func TestQuotaWithoutItsStore(t *testing.T) {
	var errs []error
	store := &flaky{QuotaStore: buoy.NewQuotaMemory(), sums: map[string]buoy.QuotaCount{}, r: rand.New(rand.NewPCG(1, 1)), rate: 1}
	var f fired
	quota := buoy.Quota{Cost: 10, Currency: buoy.RUB, Refuse: true, Store: store, OnThreshold: f.Note, OnError: func(err error) { errs = append(errs, err) }}
	bubble(t, []buoy.Option{buoy.WithQuota(quota)}, func(t *testing.T, d desk) {
		start := time.Now()
		for range 10 {
			require.NoError(t, call(t.Context(), d, false))
		}
		require.Error(t, call(t.Context(), d, false), "what is known here decides")
		require.Less(t, time.Since(start), time.Second)
		require.LessOrEqual(t, len(errs), 2)
		require.ErrorIs(t, errs[0], errStore)
		require.Empty(t, f.Events, "nobody knows whether another instance has told")
		_, err := d.Quotas(t.Context())
		require.ErrorIs(t, err, errStore)

		store.rate = 0
		time.Sleep(6 * time.Second)
		require.Equal(t, 10.0, status(t, d.Client).Cost)
		require.Equal(t, []float64{0.75, 0.9, 1}, f.Thresholds())
	}, buoytest.Always(costs(1)))
}

// A store that hangs is given up after two seconds.
func TestQuotaStoreThatHangs(t *testing.T) {
	quota := buoy.Quota{Cost: 10, Currency: buoy.RUB, Refuse: true, Store: hanging{}}
	bubble(t, []buoy.Option{buoy.WithQuota(quota)}, func(t *testing.T, d desk) {
		start := time.Now()
		for range 5 {
			require.NoError(t, call(t.Context(), d, false))
		}
		require.Equal(t, 2*time.Second, time.Since(start))
		time.Sleep(time.Minute)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		begun := time.Now()
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() { require.ErrorIs(t, call(ctx, d, false), context.DeadlineExceeded) })
		}
		wg.Wait()
		require.LessOrEqual(t, time.Since(begun), 2*time.Second)
	}, buoytest.Always(costs(1)))
}

type hanging struct{}

func (hanging) Add(ctx context.Context, _ string, _ buoy.QuotaCount, _ time.Time) (buoy.QuotaCount, error) {
	<-ctx.Done()
	return buoy.QuotaCount{}, ctx.Err()
}

func (hanging) Claim(ctx context.Context, _ string, _ time.Time) (bool, error) {
	<-ctx.Done()
	return false, ctx.Err()
}

// slow is a store that takes its time, a given one for each addition.
type slow struct {
	buoy.QuotaStore
	delays chan time.Duration // after the last of them at once
}

func (s slow) Add(ctx context.Context, key string, d buoy.QuotaCount, expires time.Time) (buoy.QuotaCount, error) {
	if err := ctx.Err(); err != nil {
		return buoy.QuotaCount{}, err
	}
	sum, err := s.QuotaStore.Add(ctx, key, d, expires)
	select {
	case delay := <-s.delays:
		select {
		case <-time.After(delay):
		case <-ctx.Done():
			return buoy.QuotaCount{}, ctx.Err()
		}
	default:
	}
	return sum, err
}

func slowly(delays ...time.Duration) slow {
	s := slow{buoy.NewQuotaMemory(), make(chan time.Duration, len(delays))}
	for _, d := range delays {
		s.delays <- d
	}
	return s
}

// together makes calls at the same time and returns when all have ended.
func together(t *testing.T, d desk, calls int) {
	var wg sync.WaitGroup
	for range calls {
		wg.Go(func() { _ = call(t.Context(), d, false) })
	}
	wg.Wait()
}

func TestQuotaRepliesOfTheStoreMayOvertakeEachOther(t *testing.T) {
	quota := buoy.Quota{Cost: 2, Currency: buoy.RUB, Refuse: true, Store: slowly(0, time.Second, 0)}
	bubble(t, []buoy.Option{buoy.WithQuota(quota)}, func(t *testing.T, d desk) {
		together(t, d, 2) // the smaller sum comes last
		require.Error(t, call(t.Context(), d, false))
	}, buoytest.Always(costs(1)))
}

// Of callers that come at the same time one asks, for all.
func TestQuotaStoreIsAskedOnce(t *testing.T) {
	quota := buoy.Quota{Cost: 1000, Currency: buoy.RUB, Refuse: true, Store: slowly(slices.Repeat([]time.Duration{time.Second}, 50)...)}
	bubble(t, []buoy.Option{buoy.WithQuota(quota)}, func(t *testing.T, d desk) {
		start := time.Now()
		together(t, d, 20)
		require.LessOrEqual(t, time.Since(start), 3*time.Second, "one reading before the calls, then the first one's addition, then at most one of all others")
	}, buoytest.Always(costs(1)))
}

// A caller that leaves while the store is asked says nothing of the store.
func TestQuotaCallerThatLeaves(t *testing.T) {
	store := slowly(0, 1500*time.Millisecond)
	_, err := store.Add(t.Context(), "buoy:quota:month-cost-RUB:RUB:month:200001", buoy.QuotaCount{Nanos: 5e9}, date(2000, 3, 1))
	require.NoError(t, err)
	quota := buoy.Quota{Cost: 5, Currency: buoy.RUB, Refuse: true, Store: store, OnError: func(err error) { require.NoError(t, err) }}
	bubble(t, []buoy.Option{buoy.WithQuota(quota)}, func(t *testing.T, d desk) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		begun := time.Now()
		require.ErrorIs(t, call(ctx, d, false), context.DeadlineExceeded)
		require.Equal(t, time.Second, time.Since(begun))
		require.ErrorIs(t, call(t.Context(), d, false), buoy.ErrQuota, "the store is asked again at once")
		require.Empty(t, d.Server.Requests())
	})
}

// What was spent is stored at once, also when the caller has gone.
func TestQuotaOfACancelledCall(t *testing.T) {
	store := slowly()
	bubble(t, []buoy.Option{buoy.WithQuota(buoy.Quota{Cost: 5, Currency: buoy.RUB, Store: store})}, func(t *testing.T, d desk) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		s, err := d.Stream(ctx, hello)
		require.NoError(t, err)
		for chunk, err := range s.Chunks() {
			if err == nil && chunk.Usage != nil {
				cancel()
				synctest.Wait()
			}
		}
		sum, err := store.Add(t.Context(), "buoy:quota:month-cost-RUB:RUB:month:200001", buoy.QuotaCount{}, date(2000, 3, 1))
		require.NoError(t, err)
		require.Equal(t, 2.0, sum.Cost())
	}, costs(2))
}

// Callbacks come one after the other, in order, however the calls end.
func TestQuotaCallbacksDoNotOverlap(t *testing.T) {
	var running int
	var seen []float64
	quota := buoy.Quota{Cost: 10, Currency: buoy.RUB, Thresholds: []float64{0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1}, OnThreshold: func(e buoy.QuotaEvent) {
		running++
		require.Equal(t, 1, running)
		time.Sleep(time.Minute)
		running--
		seen = append(seen, e.Threshold)
	}}
	bubble(t, []buoy.Option{buoy.WithQuota(quota)}, func(t *testing.T, d desk) {
		together(t, d, 10)
		require.Equal(t, quota.Thresholds, seen)
	}, buoytest.Always(costs(1)))
}

// slowStore answers late: several sums are on their way at the same time.
type slowStore struct{ buoy.QuotaStore }

func (s slowStore) Add(ctx context.Context, key string, d buoy.QuotaCount, expires time.Time) (buoy.QuotaCount, error) {
	sum, err := s.QuotaStore.Add(ctx, key, d, expires)
	if d.Tokens > 10 {
		time.Sleep(time.Second)
	}
	time.Sleep(100 * time.Millisecond)
	return sum, err
}

// What is on its way to the store is counted once: the sum that another one brings
// back may hold it already. 90 of 100 were read as 135, and refused.
func TestQuotaCountsWhatIsOnItsWayOnce(t *testing.T) {
	var mu sync.Mutex
	var fired []float64
	q := buoy.Quota{Tokens: 100, Refuse: true, Store: slowStore{buoy.NewQuotaMemory()}, Thresholds: []float64{1}, OnThreshold: func(e buoy.QuotaEvent) {
		mu.Lock()
		defer mu.Unlock()
		fired = append(fired, e.Share())
	}}
	step := func(tokens int) buoytest.Step {
		return buoytest.ReplyWith(buoytest.Answer{Text: "x", Usage: buoytest.Usage{PromptTokens: tokens - 1, CompletionTokens: 1}})
	}
	bubble(t, []buoy.Option{buoy.WithQuota(q)}, func(t *testing.T, d desk) {
		var calls sync.WaitGroup
		for range 2 {
			calls.Go(func() { require.NoError(t, call(t.Context(), d.Client, false)) })
		}
		for range 30 {
			time.Sleep(50 * time.Millisecond)
			s, err := d.Client.Quotas(t.Context())
			require.NoError(t, err)
			require.LessOrEqual(t, s[0].Tokens, int64(90))
		}
		calls.Wait()
		require.Empty(t, fired)
		require.EqualValues(t, 90, status(t, d.Client).Tokens)
		require.NoError(t, call(t.Context(), d.Client, false), "a tenth is left")
	}, step(45), buoytest.Always(step(45)))
}

package buoyredis

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/internal/gate"
)

// nobody is a Redis on whose port nobody listens.
type nobody struct{ redis.UniversalClient }

func (nobody) Process(context.Context, redis.Cmder) error { return refusedDial }

// lonely is a limiter without Redis that is the only instance.
func lonely(t *testing.T, limit buoy.RateLimit, opts ...LimiterOption) *Limiter {
	t.Helper()
	l, err := NewLimiter(nobody{}, limit, append([]LimiterOption{WithInstances(1), WithLogger(slog.New(slog.DiscardHandler))}, opts...)...)
	require.NoError(t, err)
	return l
}

// seen counts the calls that a limit lets go, by endpoint and key.
type seen struct {
	mu    sync.Mutex
	calls map[string]int
	used  buoy.Usage // what each answer tells
}

func (s *seen) handle(_ context.Context, c *buoy.Call) (*buoy.Reply, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.calls == nil {
		s.calls = map[string]int{}
	}
	s.calls[c.Endpoint+" "+c.Key]++
	return &buoy.Reply{Response: &buoy.Response{Usage: s.used}}, nil
}

func (s *seen) sum() (n int) {
	for _, calls := range s.calls {
		n += calls
	}
	return n
}

// full is what Redis says of a bucket that it knows nothing of.
var full = fill{levels: gate.Levels{Requests: gate.Level{Share: 1}, Tokens: gate.Level{Share: 1}}}

// chat is a call of a key.
func chat(key string) *buoy.Call {
	return &buoy.Call{Endpoint: "desk", Key: key, Request: &buoy.Request{Model: "m"}}
}

// customer is whom a context names.
type customer struct{}

func ofCustomer(ctx context.Context, _ *buoy.Request) string {
	name, _ := ctx.Value(customer{}).(string)
	return name
}

// Several clients with one limiter have its allowance together, also without Redis.
func TestAllMiddlewaresShareAnInstancesPart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, s := lonely(t, buoy.RateLimit{RequestsPerMinute: 600}), new(seen)
		ctx, cancel := context.WithTimeout(t.Context(), 6*time.Second)
		defer cancel()
		var wg sync.WaitGroup
		for range 5 {
			h := l.Middleware()(s.handle)
			for range 4 {
				wg.Go(func() {
					for ctx.Err() == nil {
						_, _ = h(ctx, chat("k"))
						time.Sleep(time.Millisecond)
					}
				})
			}
		}
		wg.Wait()
		require.InDelta(t, 60+60, s.sum(), 2, "a tenth at once, and ten a second")
	})
}

// With WithPer a customer has one limit whatever the endpoint and key, also without Redis,
// and the layers below see both as they were.
func TestWithoutRedisACustomerHasOneLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, s := lonely(t, buoy.RateLimit{RequestsPerMinute: 300}, WithPer(ofCustomer)), new(seen)
		h := l.Middleware()(s.handle)
		ctx, cancel := context.WithTimeout(t.Context(), 6*time.Second)
		defer cancel()
		var wg sync.WaitGroup
		for i := range 20 {
			wg.Go(func() {
				for ctx.Err() == nil {
					_, _ = h(ctx, chat(fmt.Sprint("key ", i%4)))
					time.Sleep(time.Millisecond)
				}
			})
		}
		wg.Wait()
		require.InDelta(t, 30+30, s.sum(), 2, "a tenth at once, and five a second")
		require.Len(t, s.calls, 4)
		require.Positive(t, s.calls["desk key 3"])
	})
}

// Without WithPer each key has the allowance.
func TestWithoutRedisEachKeyHasTheAllowance(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, s := lonely(t, buoy.RateLimit{RequestsPerMinute: 60}), new(seen)
		h := l.Middleware()(s.handle)
		for i := range 20 {
			ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
			_, err := h(ctx, chat(fmt.Sprint("key ", i%2)))
			cancel()
			if i >= 12 {
				require.EqualError(t, err, "limit: desk (key "+fmt.Sprint(i%2)+") takes 60 requests per minute from this instance while Redis is away: the wait would be 1s")
			}
		}
		require.Equal(t, map[string]int{"desk key 0": 6, "desk key 1": 6}, s.calls)
	})
}

// Each of many customers keeps to the limit without Redis. One for whom there is no room is
// the one that did not come for longest.
func TestWithoutRedisEachOfManyCustomersHasALimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := lonely(t, buoy.RateLimit{RequestsPerMinute: 60}, WithPer(ofCustomer))
		went := map[string]int{}
		h := l.Middleware()(func(ctx context.Context, c *buoy.Call) (*buoy.Reply, error) {
			went[ofCustomer(ctx, c.Request)]++
			return &buoy.Reply{Response: &buoy.Response{}}, nil
		})
		for range 12 {
			for i := range 1500 {
				ctx, cancel := context.WithTimeout(context.WithValue(t.Context(), customer{}, fmt.Sprint(i)), 10*time.Millisecond)
				for range 2 {
					_, _ = h(ctx, chat("k"))
				}
				cancel()
			}
			time.Sleep(time.Second)
		}
		for who, n := range went {
			require.LessOrEqual(t, n, 6+12, "customer %s: a tenth at once, and one a second", who)
		}
		require.Len(t, went, 1500)

		limit := l.limit
		first, second := l.alone.rate("first", limit, 1, full), l.alone.rate("second", limit, 1, full)
		for i := range maxAlone - 1 {
			l.alone.rate(fmt.Sprint("another ", i), limit, 1, full)
			require.Same(t, first, l.alone.rate("first", limit, 1, full))
		}
		require.NotSame(t, second, l.alone.rate("second", limit, 1, full))
	})
}

// Tokens are settled without Redis, too: what an answer did not need comes back. What has
// more than the part is refused.
func TestWithoutRedisTokensAreSettled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for name, tc := range map[string]struct {
			used, went int
		}{
			"as estimated": {200, 3}, // 600 of 6,000 at once
			"less":         {60, 7},  // the eighth finds 180, and needs 200
			"more":         {400, 2}, // the second leaves a debt
			"not told":     {0, 3},
		} {
			s := &seen{used: buoy.Usage{TotalTokens: tc.used}}
			h := lonely(t, buoy.RateLimit{TokensPerMinute: 6000, Estimate: func(r *buoy.Request) int { return len(r.Model) }}).Middleware()(s.handle)
			ask := func(prompt, answer int) error {
				ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
				defer cancel()
				_, err := h(ctx, &buoy.Call{Endpoint: "desk", Key: "k", Request: &buoy.Request{Model: strings.Repeat("m", prompt), MaxTokens: &answer}})
				return err
			}
			for range 10 {
				_ = ask(100, 100)
			}
			require.Equal(t, tc.went, s.sum(), name)
			require.ErrorContains(t, ask(100, 100), "takes 6000 tokens per minute from this instance", name)
		}
		l := lonely(t, buoy.RateLimit{TokensPerMinute: 6000, Estimate: func(r *buoy.Request) int { return len(r.Model) }}, WithInstances(4))
		_, err := l.Middleware()(new(seen).handle)(t.Context(), &buoy.Call{Request: &buoy.Request{Model: strings.Repeat("m", 1501)}})
		require.ErrorContains(t, err, "takes 1500 tokens per minute from this instance while Redis is away, and this request alone has about 2525")
	})
}

// A call that fails before it is sent gives its turn back; after a panic nobody knows.
func TestWithoutRedisAFailedCallGivesItsTurnBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for name, tc := range map[string]struct {
			fails func() error
			went  int
		}{
			"never sent": {func() error { return &buoy.RequestError{Reason: "no"} }, 20},
			"refused":    {func() error { return &buoy.APIError{StatusCode: 400} }, 6},
			"a panic":    {func() error { panic("no") }, 6},
		} {
			went := 0
			h := lonely(t, buoy.RateLimit{RequestsPerMinute: 60}).Middleware()(func(context.Context, *buoy.Call) (*buoy.Reply, error) {
				went++
				return nil, tc.fails()
			})
			for range 20 {
				func() {
					defer func() { _ = recover() }()
					ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
					defer cancel()
					_, _ = h(ctx, chat("k"))
				}()
			}
			require.Equal(t, tc.went, went, name)
		}
	})
}

// A Redis that fails again and again does not give each instance a full part each time. Who
// waits for a turn of the part when Redis is back is counted there, and who has a turn from
// Redis when it goes away is counted here. What goes meanwhile is not counted there: a
// hundredth may go at once when it is back.
func TestARedisThatComesAndGoes(t *testing.T) {
	for _, tc := range []struct {
		every time.Duration
		most  int
	}{{20 * time.Second, 606}, {6500 * time.Millisecond, 606}, {2 * time.Second, 606}, {1100 * time.Millisecond, 800}} {
		t.Run(tc.every.String(), func(t *testing.T) {
			inFakeTime(t, func(t *testing.T, f *fakeTime) {
				f.takes = time.Millisecond
				f.down = func(at time.Duration) bool { return at%tc.every > tc.every-500*time.Millisecond }
				var v visits
				var wg sync.WaitGroup
				for range 2 {
					var calls []visit
					for i := range 1500 {
						calls = append(calls, visit{at: time.Duration(i) * 40 * time.Millisecond, within: 2 * time.Second, name: "m", tokens: 100})
					}
					wg.Go(func() { v.come(t, f, mixed, calls, WithInstances(2)) })
				}
				wg.Wait()
				require.LessOrEqual(t, v.most(time.Minute), tc.most)
				require.GreaterOrEqual(t, len(v.went), 570)
			})
		})
	}
}

// What an instance gives back, or has used beyond its estimate, is in what it knows of the
// bucket.
func TestHowFullABucketIsAfterACorrection(t *testing.T) {
	inFakeTime(t, func(t *testing.T, f *fakeTime) {
		l, err := NewLimiter(f, mixed, WithInstances(1), WithLogger(slog.New(slog.DiscardHandler)))
		require.NoError(t, err)
		ch := &charge{key: "{corrected}", requests: l.requests.cost(1), tokens: l.tokens.cost(150_000)}
		debt := func() time.Duration { return l.fill(ch.key).levels.Tokens.Debt.Round(time.Millisecond) }
		used, err := l.ask(t.Context(), ch, time.Hour)
		require.NoError(t, err)
		require.Equal(t, 39*time.Second, debt())
		l.correct(t.Context(), ch, used.at, 0, l.tokens.cost(500)-ch.tokens)
		require.Zero(t, debt())
		l.correct(t.Context(), ch, used.at, 0, l.tokens.cost(150_000)-l.tokens.cost(500))
		require.Equal(t, 39*time.Second, debt())
		left, err := l.ask(t.Context(), ch, time.Hour)
		require.NoError(t, err)
		require.Positive(t, left.wait)
		require.Equal(t, 84*time.Second, debt())
		l.giveBack(t.Context(), ch, left.at, grant{at: time.Now().Add(left.wait), turn: left.turn, cost: ch.cost()})
		require.Equal(t, 39*time.Second, debt())
	})
}

// A part is no fuller than the bucket was when Redis last told, and no fuller than the part
// before it was when the number of instances changes.
func TestHowFullAPartIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := lonely(t, buoy.RateLimit{RequestsPerMinute: 600, TokensPerMinute: 60_000})
		free := func(among int) [2]int {
			s := l.alone.rate("k", buoy.RateLimit{RequestsPerMinute: 600 / among, TokensPerMinute: 60_000 / among}, among, l.fill("k")).Status()
			return [2]int{int(s.Requests), int(s.Tokens)}
		}
		tell := func(requests, tokens int64) {
			time.Sleep(time.Microsecond)
			l.view.keep("k", sight{asked: time.Now(), at: time.Now(), requests: requests, tokens: tokens})
		}
		tell(l.requests.size/2, l.tokens.size/4)
		require.Equal(t, [2]int{30, 4500}, free(1), "half, and three quarters of what goes at once")
		require.Equal(t, [2]int{15, 2250}, free(2), "the other half")
		require.Equal(t, [2]int{30, 4500}, free(1), "and back")
		time.Sleep(time.Minute)
		require.Equal(t, [2]int{60, 6000}, free(1))
		tell(l.requests.size, l.tokens.size)
		l.view.forget("k") // somebody gave something back
		require.Equal(t, [2]int{0, 0}, free(1))
		time.Sleep(3 * time.Second)
		require.Equal(t, [2]int{30, 3000}, free(1))
		require.Equal(t, [2]int{30, 3000}, free(1), "it is lowered once for what Redis tells")
		tell(l.requests.size+3*time.Second.Microseconds(), 0)
		require.Equal(t, [2]int{-30, 3000}, free(1), "turns for three seconds are given")
		require.Equal(t, [2]int{60, 6000}, func() [2]int {
			s := l.alone.rate("another", l.limit, 1, l.fill("another")).Status()
			return [2]int{int(s.Requests), int(s.Tokens)}
		}())
	})
}

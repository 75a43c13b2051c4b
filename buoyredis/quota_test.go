package buoyredis_test

import (
	"math"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoyredis"
)

func newQuota(t *testing.T, r *rig, opts ...buoyredis.Option) *buoyredis.Quota {
	t.Helper()
	q, err := buoyredis.NewQuota(r.client, append(r.options(), opts...)...)
	require.NoError(t, err)
	return q
}

func TestAQuotaAddsAndReads(t *testing.T) {
	r := newRig(t)
	a, b, ctx, end := newQuota(t, r), newQuota(t, r), t.Context(), time.Now().Add(time.Hour)
	sum, err := a.Add(ctx, "k", buoy.QuotaCount{}, end)
	require.NoError(t, err)
	require.Zero(t, sum)
	require.Empty(t, r.client.Keys(ctx, "*").Val(), "who only reads writes nothing")

	var wg sync.WaitGroup
	for i := range 200 {
		wg.Go(func() {
			_, err := []*buoyredis.Quota{a, b}[i%2].Add(ctx, "k", buoy.QuotaCount{Tokens: 3, Nanos: 1_000_000_007, Unknown: int64(i % 2)}, end)
			require.NoError(t, err)
		})
	}
	wg.Wait()
	sum, err = b.Add(ctx, "k", buoy.QuotaCount{}, end)
	require.NoError(t, err)
	require.Equal(t, buoy.QuotaCount{Tokens: 600, Nanos: 200_000_001_400, Unknown: 100}, sum)

	sum, err = a.Add(ctx, "k", buoy.QuotaCount{Tokens: -600}, end)
	require.NoError(t, err)
	require.Zero(t, sum.Tokens)
	for _, key := range r.client.Keys(ctx, "*").Val() {
		require.Positive(t, r.client.PTTL(ctx, key).Val(), key)
	}
}

// A number that is too large stays the largest: one that wrapped around would open the
// quota again.
func TestAQuotaDoesNotWrapAround(t *testing.T) {
	r := newRig(t)
	q, end := newQuota(t, r), time.Now().Add(time.Hour)
	for _, delta := range []int64{math.MaxInt64 - 5, 3, 10, 0} {
		_, err := q.Add(t.Context(), "k", buoy.QuotaCount{Tokens: delta, Nanos: -delta}, end)
		require.NoError(t, err)
	}
	sum, err := q.Add(t.Context(), "k", buoy.QuotaCount{}, end)
	require.NoError(t, err)
	require.Equal(t, int64(math.MaxInt64), sum.Tokens)
	require.Equal(t, int64(math.MinInt64), sum.Nanos)
}

func TestOneCallerClaims(t *testing.T) {
	r := newRig(t)
	q, end := newQuota(t, r), time.Now().Add(time.Hour)
	var won atomic.Int32
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			ok, err := q.Claim(t.Context(), "k", end)
			require.NoError(t, err)
			if ok {
				won.Add(1)
			}
		})
	}
	wg.Wait()
	require.EqualValues(t, 1, won.Load())
	ok, err := newQuota(t, r, buoyredis.WithName("other")).Claim(t.Context(), "k", end)
	require.NoError(t, err)
	require.True(t, ok)
	long := strings.Repeat("}", 10_000)
	ok, err = q.Claim(t.Context(), long, end)
	require.NoError(t, err)
	require.True(t, ok)
}

// Answers that got lost are counted once: a Redis that was paused carries out old
// commands when it goes on, and those that failed are added again.
func TestALostAnswerIsCountedOnce(t *testing.T) {
	r := newRig(t)
	q, ctx, end := newQuota(t, r), t.Context(), time.Now().Add(time.Hour)
	_, err := q.Add(ctx, "k", buoy.QuotaCount{Tokens: 1}, end)
	require.NoError(t, err)
	claimed, err := q.Claim(ctx, "first", end)
	require.NoError(t, err)
	require.True(t, claimed)

	for range 3 {
		require.NoError(t, r.Pause())
		unsaved, lost := int64(0), 0
		ends := time.Now().Add(2500 * time.Millisecond)
		for time.Now().Before(ends) { // as the client's quota does
			unsaved += 10
			if _, err := q.Add(ctx, "k", buoy.QuotaCount{Tokens: 10}, end); err == nil {
				unsaved -= 10
			} else {
				lost++
			}
			if lost == 1 {
				_, err = q.Claim(ctx, "second", end)
				require.Error(t, err)
			}
			if lost > 50 {
				break
			}
		}
		require.Positive(t, lost)
		before := unsaved
		require.NoError(t, r.Resume())
		var sum buoy.QuotaCount
		eventually(t, func() bool {
			sum, err = q.Add(ctx, "k", buoy.QuotaCount{Tokens: unsaved}, end)
			return err == nil
		}, "it is back")
		require.Positive(t, before)
		want := sum
		for range 5 { // what was under way has arrived by now
			sum, err = q.Add(ctx, "k", buoy.QuotaCount{}, end)
			require.NoError(t, err)
			require.Equal(t, want, sum)
		}
		require.Equal(t, int64(1), sum.Tokens%10)
		require.Equal(t, unsaved, sum.Tokens-1)
		_, err = q.Add(ctx, "k", buoy.QuotaCount{Tokens: 1 - sum.Tokens}, end)
		require.NoError(t, err)
	}
}

// A claim whose answer got lost is claimed again by the same store, and by no other.
func TestALostClaim(t *testing.T) {
	r := newRig(t)
	a, b, end := newQuota(t, r), newQuota(t, r), time.Now().Add(time.Hour)
	_, err := a.Claim(t.Context(), "warm", end)
	require.NoError(t, err)
	require.NoError(t, r.Pause())
	_, err = a.Claim(t.Context(), "k", end) // carried out when it goes on
	require.Error(t, err)
	require.NoError(t, r.Resume())
	eventually(t, func() bool { return r.client.Exists(t.Context(), "{buoy:default:quota:k}:claim").Val() == 1 }, "it was carried out")
	ok, err := b.Claim(t.Context(), "k", end)
	require.NoError(t, err)
	require.False(t, ok)
	eventually(t, func() bool { ok, err = a.Claim(t.Context(), "k", end); return err == nil }, "it is back")
	require.True(t, ok)
	ok, err = a.Claim(t.Context(), "k", end)
	require.NoError(t, err)
	require.False(t, ok, "once")
}

// Three instances with one quota tell each threshold once and stop at the limit; through
// a restart of Redis they go on, and what was spent meanwhile is counted.
func TestInstancesShareAQuota(t *testing.T) {
	r, srv := newRig(t, "--appendonly", "yes", "--appendfsync", "always"), provider(t)
	var mu sync.Mutex
	told := map[float64]int{}
	var clients []*buoy.Client
	for range 3 {
		c, err := buoy.New(srv.Endpoint(), buoy.WithQuota(buoy.Quota{
			Name: "team", Tokens: 2000, Refuse: true, Store: newQuota(t, r), Thresholds: []float64{0.5, 1},
			OnThreshold: func(e buoy.QuotaEvent) { mu.Lock(); told[e.Threshold]++; mu.Unlock() },
		}))
		require.NoError(t, err)
		defer c.Close()
		clients = append(clients, c)
	}
	spent := 0
	for i := range 30 {
		if i == 10 {
			require.NoError(t, r.Kill())
		}
		if i == 20 {
			require.NoError(t, r.Restart())
		}
		resp, err := clients[i%3].Chat(t.Context(), hello)
		require.NoError(t, err, "a store that is away fails no call")
		spent += resp.Usage.TotalTokens
	}
	eventually(t, func() bool {
		know := 0
		for _, c := range clients { // each adds what the store does not know yet
			if s, err := c.Quotas(t.Context()); err == nil && s[0].Tokens == int64(spent) {
				know++
			}
		}
		return know == len(clients)
	}, "all know all that was spent")
	large := hello
	large.Messages = []buoy.Message{buoy.User(strings.Repeat("word ", 3000))}
	_, err := clients[0].Chat(t.Context(), large)
	require.NoError(t, err)
	for _, c := range clients {
		_, err = c.Quotas(t.Context())
		require.NoError(t, err)
		_, err = c.Chat(t.Context(), hello)
		require.ErrorIs(t, err, buoy.ErrQuota)
	}
	eventually(t, func() bool { // a store that failed rests for five seconds
		for _, c := range clients {
			_, err = c.Quotas(t.Context())
			require.NoError(t, err)
		}
		mu.Lock()
		defer mu.Unlock()
		return told[1] > 0
	}, "the thresholds are told")
	for _, c := range clients {
		_, err = c.Quotas(t.Context())
		require.NoError(t, err)
	}
	mu.Lock()
	defer mu.Unlock()
	require.Equal(t, map[float64]int{0.5: 1, 1: 1}, told)
}

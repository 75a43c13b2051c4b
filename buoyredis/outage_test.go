package buoyredis_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoyredis"
	"github.com/buoy-go/buoy/buoytest"
)

// load has so many callers ask again and again until the context ends, and counts the
// answers.
func load(ctx context.Context, callers int, clients ...*buoy.Client) int {
	var wg sync.WaitGroup
	var answered atomic.Int64
	for i := range callers {
		wg.Go(func() {
			for ctx.Err() == nil {
				if _, err := clients[i%len(clients)].Chat(ctx, hello); err == nil {
					answered.Add(1)
				}
			}
		})
	}
	wg.Wait()
	return int(answered.Load())
}

// Without Redis each instance keeps to its part of the limit. That is logged once, and is
// over by itself.
func TestWithoutRedisEachInstanceHasItsPart(t *testing.T) {
	for name, trouble := range map[string]struct{ begin, end func(*rig) error }{
		"killed": {func(r *rig) error { return r.Kill() }, func(r *rig) error { return r.Restart() }},
		"paused": {func(r *rig) error { return r.Pause() }, func(r *rig) error { return r.Resume() }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, srv := newRig(t), provider(t)
			limit := buoy.RateLimit{RequestsPerMinute: 1200}
			a := instance(t, r.limiter(t, limit, buoyredis.WithInstances(4)), srv.Endpoint())
			_, err := a.Chat(t.Context(), hello)
			require.NoError(t, err)
			require.NoError(t, trouble.begin(r))
			begun := time.Now()
			n := load(within(t, 3*time.Second), 4, a)
			// 300 a minute: 30 at once, then 5 a second, and what was on its way.
			require.LessOrEqual(t, n, 30+int(5*time.Since(begun).Seconds())+1)
			require.GreaterOrEqual(t, n, 30)
			require.Equal(t, 1, r.log.count("Redis is away"))
			require.NoError(t, trouble.end(r))
			eventually(t, func() bool {
				_, err := a.Chat(t.Context(), hello)
				require.NoError(t, err)
				return r.log.count("Redis is back") == 1
			}, "it is back")
			require.Equal(t, 1, r.log.count("Redis is away"))
			begun = time.Now()
			n = load(within(t, 2*time.Second), 8, a)
			require.Greater(t, n, 25, "20 a second")
			require.LessOrEqual(t, n, 12+int(20*time.Since(begun).Seconds())+1)
		})
	}
}

// deserted is a client of a port on which nobody listens.
func deserted(t *testing.T) *rig {
	t.Helper()
	client := redis.NewClient(&redis.Options{Addr: "127.0.0.1:1", DialerRetries: 1})
	t.Cleanup(func() { require.NoError(t, client.Close()) })
	return &rig{client: client, log: new(lines)}
}

func TestTheLimiterKeepsAMiddlewaresPromisesWithoutRedis(t *testing.T) {
	r := deserted(t)
	buoytest.TestMiddleware(t, func() buoy.Middleware {
		return r.limiter(t, buoy.RateLimit{RequestsPerMinute: 6_000_000, TokensPerMinute: 600_000_000}).Middleware()
	})
}

// Also without Redis a call takes the key that lets it go sooner, and waits where none does.
func TestWithoutRedisTheQuickerKeyIsTaken(t *testing.T) {
	r, srv := deserted(t), provider(t)
	e := srv.Endpoint()
	e.Keys, e.KeyOrder = []string{"sk-key-number-one-0001", "sk-key-number-two-0002"}, buoy.KeysInOrder
	c := instance(t, r.limiter(t, buoy.RateLimit{RequestsPerMinute: 10}), e)
	used := map[string]int{}
	for range 2 { // each key gives one at once, and the next after six seconds
		resp, err := c.Chat(within(t, 5*time.Second), hello)
		require.NoError(t, err)
		require.Len(t, resp.Info.Attempts, 1)
		require.Zero(t, resp.Info.Attempts[0].Wait)
		used[resp.Info.Attempts[0].Key]++
	}
	require.Len(t, used, 2)
	_, err := c.Chat(within(t, 100*time.Millisecond), hello)
	require.Error(t, err, "both are busy")
	if testing.Short() {
		return
	}
	resp, err := c.Chat(t.Context(), hello)
	require.NoError(t, err)
	require.Positive(t, resp.Info.Attempts[0].Wait)
}

// One answer that does not come in time is no outage: the next call asks Redis again.
func TestOneSlowAnswerIsNoOutage(t *testing.T) {
	r, srv := newRig(t), provider(t)
	c := instance(t, r.limiter(t, buoy.RateLimit{RequestsPerMinute: 60_000}, buoyredis.WithInstances(1000)), srv.Endpoint())
	_, err := c.Chat(t.Context(), hello)
	require.NoError(t, err)
	for range 2 {
		require.NoError(t, r.Pause())
		_, err = c.Chat(t.Context(), hello)
		require.NoError(t, err)
		require.NoError(t, r.Resume())
		for range 10 { // as a thousandth of the limit it would take ten seconds
			_, err = c.Chat(within(t, 5*time.Second), hello)
			require.NoError(t, err)
		}
	}
	require.Zero(t, r.log.count("Redis is away"))
	require.Equal(t, 1, r.log.count("did not answer a command"))
}

// How many instances there are they tell each other.
func TestInstancesCountThemselves(t *testing.T) {
	r, srv := newRig(t), provider(t)
	limit := buoy.RateLimit{RequestsPerMinute: 6000}
	var clients []*buoy.Client
	for range 3 {
		clients = append(clients, instance(t, r.limiter(t, limit), srv.Endpoint()))
	}
	for _, c := range clients {
		_, err := c.Chat(t.Context(), hello)
		require.NoError(t, err)
	}
	n, err := r.client.ZCard(t.Context(), "{buoy:default}:instances").Result()
	require.NoError(t, err)
	require.EqualValues(t, 3, n)
	require.NoError(t, r.Kill())
	begun := time.Now()
	got := load(within(t, 2*time.Second), 16, clients[2]) // the last one to come knows of all
	require.LessOrEqual(t, got, 200+int(33.4*time.Since(begun).Seconds())+1, "a third: 2,000 a minute, of them 200 at once")
	require.GreaterOrEqual(t, got, 150)
}

// A server without its scripts or its data gets them again, in the middle of the work.
func TestTheLimiterSurvivesFlushes(t *testing.T) {
	r, srv := newRig(t), provider(t)
	c := instance(t, r.limiter(t, buoy.RateLimit{RequestsPerMinute: 60_000}), srv.Endpoint())
	ctx := within(t, time.Second)
	var wg sync.WaitGroup
	wg.Go(func() {
		for ctx.Err() == nil {
			_ = r.client.ScriptFlush(ctx).Err()
			_ = r.client.FlushAll(ctx).Err()
		}
	})
	n := load(ctx, 4, c)
	wg.Wait()
	require.Greater(t, n, 20)
	require.Zero(t, r.log.count("away"))
}

// A call whose turn is yet to come when Redis goes is not lost.
func TestATurnIsKeptWhenRedisGoes(t *testing.T) {
	r, srv := newRig(t), provider(t)
	c := instance(t, r.limiter(t, buoy.RateLimit{RequestsPerMinute: 60}), srv.Endpoint())
	_, err := c.Chat(t.Context(), hello)
	require.NoError(t, err)
	done := make(chan error)
	go func() { _, err := c.Chat(t.Context(), hello); done <- err }()
	eventually(t, func() bool { return r.client.Keys(t.Context(), "*:limit").Val() != nil }, "it waits")
	require.NoError(t, r.Kill())
	require.NoError(t, <-done)
}

// Somebody else's value at the bucket's key: the local part of the limit is used, and one
// line is logged.
func TestAForeignValueAtTheBucketsKey(t *testing.T) {
	r, srv := newRig(t), provider(t)
	c := instance(t, r.limiter(t, buoy.RateLimit{RequestsPerMinute: 600}), srv.Endpoint())
	_, err := c.Chat(t.Context(), hello)
	require.NoError(t, err)
	key := r.client.Keys(t.Context(), "*:limit").Val()[0]
	require.NoError(t, r.client.Del(t.Context(), key).Err())
	require.NoError(t, r.client.Set(t.Context(), key, "x", 0).Err())
	for range 5 {
		_, err := c.Chat(t.Context(), hello)
		require.NoError(t, err)
	}
	require.Equal(t, 1, r.log.count("holds something else"))
	require.Zero(t, r.log.count("away"))
}

// A server whose clock was set back by an hour does not make anybody wait for an hour.
func TestAClockThatIsSetBack(t *testing.T) {
	r, srv := newRig(t), provider(t)
	c := instance(t, r.limiter(t, buoy.RateLimit{RequestsPerMinute: 600}), srv.Endpoint())
	_, err := c.Chat(t.Context(), hello)
	require.NoError(t, err)
	key := r.client.Keys(t.Context(), "*:limit").Val()[0]
	for _, field := range []string{"now", "requests"} { // as if all that had been an hour later
		require.NoError(t, r.client.HIncrBy(t.Context(), key, field, time.Hour.Microseconds()).Err())
	}
	_, err = c.Chat(within(t, 2*time.Second), hello)
	require.NoError(t, err)
}

// Callers who leave while they wait give their turns back, all of them.
func TestThoseWhoLeaveGiveTheirTurnsBack(t *testing.T) {
	r, srv := newRig(t), provider(t)
	// What is not given back within the patience is lost, also on a busy machine. There few
	// callers have come so far after a second, so each takes a second of the limit.
	c := instance(t, r.limiter(t, buoy.RateLimit{RequestsPerMinute: 60}, buoyredis.WithPatience(10*time.Second)), srv.Endpoint())
	_, err := c.Chat(t.Context(), hello)
	require.NoError(t, err)
	ctx, leave := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	for range 100 {
		wg.Go(func() { _, _ = c.Chat(ctx, hello) })
	}
	eventually(t, func() bool { return full(t, r, "requests") > 15*time.Second }, "there is a queue")
	leave()
	wg.Wait()
	eventually(t, func() bool { return full(t, r, "requests") < 3*time.Second }, "nobody is in it any more")
	_, err = c.Chat(within(t, 8*time.Second), hello)
	require.NoError(t, err)
}

// A client that dials once, as docs/fleet.md recommends, knows at once that nobody listens;
// one that dials five times as by default waits out the patience of two commands.
func TestNobodyListens(t *testing.T) {
	r := newRig(t)
	client := redis.NewClient(&redis.Options{Addr: r.Addr(), DialerRetries: 1})
	t.Cleanup(func() { require.NoError(t, client.Close()) })
	cache, err := buoyredis.NewCache(client, append(r.options(), buoyredis.WithPatience(10*time.Second))...)
	require.NoError(t, err)
	require.NoError(t, cache.Set(t.Context(), "k", []byte("v"), time.Minute))
	require.NoError(t, r.Kill())
	begun := time.Now()
	for range 3 { // the connection that it had is gone, nobody listens, and it is left alone
		_, _, err = cache.Get(t.Context(), "k")
		require.Error(t, err)
	}
	require.Less(t, time.Since(begun), 5*time.Second, "the patience is not waited out")
	require.Equal(t, 1, r.log.count("Redis is away"))
	require.ErrorContains(t, err, "left alone")
}

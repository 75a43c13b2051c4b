package buoyredis_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoyredis"
)

// byteStore is what buoy takes for a cache.
type byteStore interface {
	Get(ctx context.Context, key string) ([]byte, bool, error)
	Set(ctx context.Context, key string, value []byte, ttl time.Duration) error
}

var _ byteStore = (*buoyredis.Cache)(nil)

func newCache(t *testing.T, r *rig, opts ...buoyredis.Option) *buoyredis.Cache {
	t.Helper()
	c, err := buoyredis.NewCache(r.client, append(r.options(), opts...)...)
	require.NoError(t, err)
	return c
}

// A bare cache is the level "redis" in what a call tells, as one among several is.
func TestACallTellsThatRedisAnswered(t *testing.T) {
	r, srv := newRig(t), provider(t)
	client, err := buoy.New(srv.Endpoint(), buoy.WithHTTPClient(srv.Client()), buoy.WithCache(newCache(t, r), buoy.CachePolicy{}))
	require.NoError(t, err)
	req := hello
	req.Temperature = new(0.0)
	_, err = client.Chat(t.Context(), req)
	require.NoError(t, err)
	require.NoError(t, client.Close()) // what is on its way into the cache is there
	client, err = buoy.New(srv.Endpoint(), buoy.WithHTTPClient(srv.Client()), buoy.WithCache(newCache(t, r), buoy.CachePolicy{}))
	require.NoError(t, err)
	defer client.Close()
	resp, err := client.Chat(t.Context(), req)
	require.NoError(t, err)
	require.Equal(t, "redis", resp.Info.Cache)
}

func TestACacheKeepsValuesForTheirTime(t *testing.T) {
	r := newRig(t)
	c, ctx := newCache(t, r), t.Context()
	require.Equal(t, "redis", c.Name())
	_, ok, err := c.Get(ctx, "a")
	require.NoError(t, err)
	require.False(t, ok)

	value := []byte("\x00\xffan answer")
	require.NoError(t, c.Set(ctx, "a", value, time.Minute))
	got, ok, err := c.Get(ctx, "a")
	require.NoError(t, err)
	require.True(t, ok)
	require.Equal(t, value, got)
	got, ttl, ok, err := c.GetTTL(ctx, "a")
	require.NoError(t, err)
	require.True(t, ok)
	require.Equal(t, value, got)
	require.InDelta(t, time.Minute, ttl, float64(5*time.Second))
	_, _, ok, err = c.GetTTL(ctx, "b")
	require.NoError(t, err)
	require.False(t, ok)

	require.NoError(t, c.Set(ctx, "short", value, 30*time.Millisecond))
	eventually(t, func() bool { _, ok, err := c.Get(ctx, "short"); return !ok && err == nil }, "its time is over")

	require.NoError(t, c.Set(ctx, "a", value, 0))
	_, ok, err = c.Get(ctx, "a")
	require.NoError(t, err)
	require.False(t, ok, "no time is no value")

	other := newCache(t, r, buoyredis.WithName("other"))
	require.NoError(t, c.Set(ctx, "a", value, time.Minute))
	_, ok, err = other.Get(ctx, "a")
	require.NoError(t, err)
	require.False(t, ok, "names do not share")
}

func TestACacheIsBounded(t *testing.T) {
	r := newRig(t)
	c, ctx := newCache(t, r), t.Context()
	require.Error(t, c.Set(ctx, "large", make([]byte, buoyredis.MaxValue+1), time.Minute))
	require.NoError(t, r.client.SetRange(ctx, "buoy:default:cache:foreign", 100<<20, "x").Err())
	_, ok, err := newCache(t, r, buoyredis.WithPatience(20*time.Second)).Get(ctx, "foreign")
	require.ErrorContains(t, err, "larger than 32 MiB")
	require.False(t, ok)
}

// Whatever happens to Redis, a call of the cache ends soon, the trouble is logged once,
// and the cache is back by itself.
func TestACacheSurvivesItsRedis(t *testing.T) {
	for name, trouble := range map[string]struct{ begin, end func(*rig) error }{
		"killed": {func(r *rig) error { return r.Kill() }, func(r *rig) error { return r.Restart() }},
		"paused": {func(r *rig) error { return r.Pause() }, func(r *rig) error { return r.Resume() }},
		"readonly": {
			func(r *rig) error { return r.client.Do(context.Background(), "REPLICAOF", "127.0.0.1", "1").Err() },
			func(r *rig) error { return r.client.Do(context.Background(), "REPLICAOF", "NO", "ONE").Err() },
		},
		"out of memory": {
			func(r *rig) error { return r.client.ConfigSet(context.Background(), "maxmemory", "1").Err() },
			func(r *rig) error { return r.client.ConfigSet(context.Background(), "maxmemory", "0").Err() },
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			c, ctx := newCache(t, r), t.Context()
			require.NoError(t, c.Set(ctx, "a", []byte("x"), time.Hour))
			require.NoError(t, trouble.begin(r))
			begun := time.Now()
			for range 100 {
				require.Error(t, c.Set(ctx, "a", []byte("y"), time.Hour))
			}
			require.Less(t, time.Since(begun), 2*time.Second, "two wait, and the others know")
			require.Equal(t, 1, r.log.count("Redis is away"))
			require.NoError(t, trouble.end(r))
			eventually(t, func() bool { return c.Set(ctx, "a", []byte("z"), time.Hour) == nil }, "it is back")
			require.Equal(t, 1, r.log.count("Redis is away"))
			require.Equal(t, 1, r.log.count("Redis is back"))
			got, ok, err := c.Get(ctx, "a")
			require.NoError(t, err)
			require.True(t, ok)
			require.Equal(t, "z", string(got))
		})
	}
}

// A Redis that takes no data still gives what it has, for as long as that lasts, and that
// is logged once.
func TestACacheReadsFromARedisThatTakesNoData(t *testing.T) {
	for name, trouble := range map[string]func(*rig) error{
		"a replica":     func(r *rig) error { return r.client.Do(context.Background(), "REPLICAOF", "127.0.0.1", "1").Err() },
		"out of memory": func(r *rig) error { return r.client.ConfigSet(context.Background(), "maxmemory", "1").Err() },
		"read by right": func(r *rig) error {
			return r.client.Do(context.Background(), "ACL", "SETUSER", "default", "-@write").Err()
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			c, ctx := newCache(t, r, buoyredis.WithPatience(5*time.Second)), t.Context()
			require.NoError(t, c.Set(ctx, "a", []byte("x"), time.Hour))
			require.NoError(t, trouble(r))
			refused := 0
			for until := time.Now().Add(2500 * time.Millisecond); time.Now().Before(until); {
				_, ok, err := c.Get(ctx, "a")
				require.NoError(t, err)
				require.True(t, ok)
				_, _, ok, err = c.GetTTL(ctx, "a")
				require.NoError(t, err)
				require.True(t, ok)
				if err := c.Set(ctx, "b", []byte("y"), time.Hour); err != nil && !strings.Contains(err.Error(), "left alone") {
					refused++
				}
			}
			require.Equal(t, 1, r.log.count("Redis is away"))
			require.Zero(t, r.log.count("Redis is back"))
			require.LessOrEqual(t, refused, 4, "one a second is tried")
		})
	}
}

// Another program's value under the key is an error of that key alone.
func TestACacheAndAForeignValue(t *testing.T) {
	r := newRig(t)
	c, ctx := newCache(t, r), t.Context()
	require.NoError(t, r.client.LPush(ctx, "buoy:default:cache:a", "x").Err())
	for range 3 {
		_, ok, err := c.Get(ctx, "a")
		require.ErrorContains(t, err, "WRONGTYPE")
		require.False(t, ok)
	}
	require.NoError(t, c.Set(ctx, "b", []byte("x"), time.Hour))
	_, ok, err := c.Get(ctx, "b")
	require.NoError(t, err)
	require.True(t, ok)
	require.Equal(t, 1, r.log.count("holds something else"))
	require.Zero(t, r.log.count("away"))
}

// A caller who leaves hardly waits, and says nothing of Redis.
func TestACallerOfTheCacheLeaves(t *testing.T) {
	r := newRig(t)
	c := newCache(t, r, buoyredis.WithPatience(time.Second))
	require.NoError(t, r.Pause())
	ctx := within(t, 50*time.Millisecond)
	begun := time.Now()
	_, _, err := c.Get(ctx, "a")
	require.Error(t, err)
	require.Less(t, time.Since(begun), 4*time.Second)
	require.NoError(t, r.Resume())
	_, _, err = c.Get(t.Context(), "a")
	require.NoError(t, err)
	require.Zero(t, r.log.count("away"))
}

// Thousands of calls at once are more than a client has connections for. That says
// nothing of Redis.
func TestHasteIsNoOutage(t *testing.T) {
	r := newRig(t)
	c := newCache(t, r, buoyredis.WithPatience(5*time.Second)) // the goroutines wait for processors, too
	require.NoError(t, c.Set(t.Context(), "a", make([]byte, 4096), time.Hour))
	done := make(chan error)
	for range 5_000 {
		go func() { _, _, err := c.Get(t.Context(), "a"); done <- err }()
	}
	served := 0
	for range 5_000 {
		if <-done == nil {
			served++
		}
	}
	require.Equal(t, 5_000, served)
	require.Zero(t, r.log.count("away"))
}

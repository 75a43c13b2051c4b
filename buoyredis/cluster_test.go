package buoyredis_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoyredis"
	"github.com/buoy-go/buoy/event"
	"github.com/buoy-go/buoy/internal/service"
)

// newClusterRig is a node. Its second port is by default 10,000 above the first, where
// there may be none.
func newClusterRig(t *testing.T) *rig {
	t.Helper()
	spec := service.RedisSpec("--cluster-enabled", "yes")
	args := spec.Args
	spec.Args = func(dir string, port int) []string {
		return append(args(dir, port), "--cluster-port", strconv.Itoa(port-10_000))
	}
	s := service.Run(t, spec)
	return &rig{Server: s, client: connect(t, s), log: new(lines)}
}

// A cluster refuses scripts whose keys are in more than one slot, and knows where keys
// are: two servers share the slots, so half of the keys are elsewhere.
func TestACluster(t *testing.T) {
	a, b := newClusterRig(t), newClusterRig(t)
	ctx := t.Context()
	require.NoError(t, a.client.ClusterAddSlotsRange(ctx, 0, 8191).Err())
	require.NoError(t, b.client.ClusterAddSlotsRange(ctx, 8192, 16383).Err())
	require.NoError(t, a.client.Do(ctx, "CONFIG", "SET", "cluster-announce-ip", "127.0.0.1").Err())
	require.NoError(t, b.client.Do(ctx, "CONFIG", "SET", "cluster-announce-ip", "127.0.0.1").Err())
	require.NoError(t, a.client.Do(ctx, "CLUSTER", "SET-CONFIG-EPOCH", 1).Err())
	require.NoError(t, b.client.Do(ctx, "CLUSTER", "SET-CONFIG-EPOCH", 2).Err())
	require.NoError(t, a.client.Do(ctx, "CLUSTER", "MEET", "127.0.0.1", b.Port, b.Port-10_000).Err())

	client := redis.NewUniversalClient(&redis.UniversalOptions{Addrs: []string{a.Addr()}, IsClusterMode: true})
	defer client.Close()
	eventually(t, func() bool {
		for _, s := range []*redis.Client{a.client, b.client} {
			if info, err := s.ClusterInfo(ctx).Result(); err != nil || !strings.Contains(info, "cluster_state:ok") {
				return false
			}
		}
		return client.Get(ctx, "a").Err() == redis.Nil && client.Get(ctx, "b").Err() == redis.Nil
	}, "the cluster has formed")

	opts := append(a.options(), buoyredis.WithPatience(5*time.Second))
	cache, err := buoyredis.NewCache(client, opts...)
	require.NoError(t, err)
	quota, err := buoyredis.NewQuota(client, opts...)
	require.NoError(t, err)
	limiter, err := buoyredis.NewLimiter(client, buoy.RateLimit{RequestsPerMinute: 600, TokensPerMinute: 1_000_000}, opts[0], opts[2])
	require.NoError(t, err)
	cooldowns, err := buoyredis.NewCooldowns(client, opts...)
	require.NoError(t, err)
	for i := range 20 {
		key := strconv.Itoa(i)
		require.NoError(t, cache.Set(ctx, key, []byte("x"), time.Minute))
		_, ok, err := cache.Get(ctx, key)
		require.NoError(t, err)
		require.True(t, ok)
		_, _, ok, err = cache.GetTTL(ctx, key)
		require.NoError(t, err)
		require.True(t, ok)
		sum, err := quota.Add(ctx, key, buoy.QuotaCount{Tokens: 2}, time.Now().Add(time.Hour))
		require.NoError(t, err)
		require.EqualValues(t, 2, sum.Tokens)
		ok, err = quota.Claim(ctx, key, time.Now().Add(time.Hour))
		require.NoError(t, err)
		require.True(t, ok)
		e := provider(t).Endpoint()
		e.Name = "desk-" + key
		_, err = instance(t, limiter, e).Chat(ctx, hello)
		require.NoError(t, err)
		cooldowns.ObserveKey(ctx, event.Key{Endpoint: e.Name, Key: "k", State: event.KeyDisabled, Reason: "auth", Until: time.Now().Add(time.Hour)})
	}
	require.EqualValues(t, 20, client.ZCard(ctx, "{buoy:default}:rests").Val())
	require.Zero(t, a.log.count("away"))
	require.Zero(t, a.log.count("something else"))
	for _, s := range []*rig{a, b} {
		require.Greater(t, s.client.DBSize(ctx).Val(), int64(20), "both have a part")
	}
}

package buoyredis_test

import (
	"context"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoyredis"
	"github.com/buoy-go/buoy/internal/service"
)

// BenchmarkCacheHit compares a hit of 4 KB with a bare GET of the same size.
func BenchmarkCacheHit(b *testing.B) {
	client := benchClient(b)
	cache, err := buoyredis.NewCache(client)
	require.NoError(b, err)
	ctx := context.Background()
	require.NoError(b, cache.Set(ctx, "k", make([]byte, 4096), time.Hour))
	b.Run("get", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := client.Get(ctx, "buoy:default:cache:k").Bytes(); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("hit", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, ok, err := cache.Get(ctx, "k"); !ok || err != nil {
				b.Fatal(ok, err)
			}
		}
	})
}

// BenchmarkLimiter is what a call pays for its turn, and with tokens for the correction,
// beside a bare GET.
func BenchmarkLimiter(b *testing.B) {
	for name, limit := range map[string]buoy.RateLimit{
		"requests":            {RequestsPerMinute: 600_000_000},
		"requests and tokens": {RequestsPerMinute: 600_000_000, TokensPerMinute: 2_000_000_000},
	} {
		b.Run(name, func(b *testing.B) {
			limiter, err := buoyredis.NewLimiter(benchClient(b), limit, buoyredis.WithPatience(2*time.Second))
			require.NoError(b, err)
			answer := &buoy.Reply{Response: &buoy.Response{Usage: buoy.Usage{TotalTokens: 30}}}
			h := limiter.Middleware()(func(context.Context, *buoy.Call) (*buoy.Reply, error) { return answer, nil })
			request, ctx := hello, context.Background()
			b.ReportAllocs()
			for b.Loop() {
				if _, err := h(ctx, &buoy.Call{Request: &request, Endpoint: "desk", Key: "k"}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkCooldowns(b *testing.B) {
	cooldowns, err := buoyredis.NewCooldowns(benchClient(b))
	require.NoError(b, err)
	h := cooldowns.Middleware()(func(context.Context, *buoy.Call) (*buoy.Reply, error) { return nil, nil })
	call, ctx := &buoy.Call{Endpoint: "desk", Key: "k"}, context.Background()
	b.ReportAllocs()
	for b.Loop() {
		_, _ = h(ctx, call)
	}
}

func BenchmarkQuotaAdd(b *testing.B) {
	quota, err := buoyredis.NewQuota(benchClient(b), buoyredis.WithPatience(2*time.Second)) // a busy machine
	require.NoError(b, err)
	end := time.Now().Add(time.Hour)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := quota.Add(context.Background(), "k", buoy.QuotaCount{Tokens: 1}, end); err != nil {
			b.Fatal(err)
		}
	}
}

func benchClient(b *testing.B) *redis.Client {
	b.Helper()
	client := redis.NewClient(&redis.Options{Addr: service.Redis(b).Addr()})
	b.Cleanup(func() { client.Close() })
	return client
}

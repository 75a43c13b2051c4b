package behaviour_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/buoy-go/buoy/event"
	"github.com/stretchr/testify/require"
)

// tenantKey is the key under which a context says for whom a call is.
type tenantKey struct{}

// of is the context of a tenant.
func of(t *testing.T, tenant string) context.Context {
	return context.WithValue(t.Context(), tenantKey{}, tenant)
}

func tenantIn(ctx context.Context, _ *buoy.Request) string {
	tenant, _ := ctx.Value(tenantKey{}).(string)
	return tenant
}

// keysOf is a store that remembers its keys.
type keysOf struct {
	buoy.QuotaStore
	mu   sync.Mutex // guards the field below
	keys map[string]bool
}

func (s *keysOf) Add(ctx context.Context, key string, d buoy.QuotaCount, expires time.Time) (buoy.QuotaCount, error) {
	s.mu.Lock()
	s.keys[key] = true
	s.mu.Unlock()
	return s.QuotaStore.Add(ctx, key, d, expires)
}

// One tenant that has spent its quota stops no other, each is told of its own
// thresholds, and nobody's name stands in an error or a store.
func TestAQuotaForEachTenant(t *testing.T) {
	store := &keysOf{QuotaStore: buoy.NewQuotaMemory(), keys: map[string]bool{}}
	told := map[string][]float64{}
	quota := buoy.Quota{
		Name: "fair", Tokens: 100, Refuse: true, Per: tenantIn, Store: store,
		OnThreshold: func(e buoy.QuotaEvent) { told[e.Tenant] = append(told[e.Tenant], e.Threshold) },
	}
	var events quotaEvents
	bubble(t, []buoy.Option{buoy.WithQuota(quota), buoy.WithObserver(&events)}, func(t *testing.T, d desk) {
		for range 2 { // 40 each
			for _, tenant := range []string{"Jo Doe", "acme", ""} {
				_, err := d.Chat(of(t, tenant), hello)
				require.NoError(t, err)
			}
		}
		_, err := d.Chat(of(t, "Jo Doe"), hello)
		require.NoError(t, err)
		_, err = d.Chat(of(t, "Jo Doe"), hello)
		require.ErrorIs(t, err, buoy.ErrQuota)
		refusal, ok := errors.AsType[*buoy.QuotaError](err)
		require.True(t, ok)
		require.Equal(t, "Jo Doe", refusal.Tenant)
		require.EqualValues(t, 120, refusal.Tokens)
		for _, verb := range []string{"%v", "%+v", "%#v", "%q"} {
			require.NotContains(t, fmt.Sprintf(verb, err), "Doe")
		}
		_, err = d.Chat(of(t, "acme"), hello)
		require.NoError(t, err, "another tenant's is not spent")

		require.Equal(t, map[string][]float64{"Jo Doe": {0.75, 0.9, 1}, "acme": {0.75, 0.9, 1}, "": {0.75}}, told)
		require.Equal(t, []string{"", "Jo Doe", "acme"}, events.tenants())
		spent, err := d.Quotas(of(t, ""))
		require.NoError(t, err)
		require.Equal(t, []int64{80, 1}, []int64{spent[0].Tokens, int64(len(spent))})
		spent, err = d.Quotas(of(t, "Jo Doe"))
		require.NoError(t, err)
		require.Equal(t, "Jo Doe", spent[0].Tenant)

		sum := sha256.Sum256([]byte("Jo Doe"))
		require.Contains(t, store.keys, "buoy:quota:fair::month:t="+hex.EncodeToString(sum[:16])+":200001")
		for key := range store.keys {
			require.NotContains(t, key, "Doe")
		}
	}, buoytest.Always(buoytest.ReplyWith(buoytest.Answer{Text: "fine", Usage: buoytest.Usage{PromptTokens: 30, CompletionTokens: 10}})))
}

// quotaEvents collects whose thresholds were told of.
type quotaEvents struct {
	silent
	seen map[string]bool
}

func (q *quotaEvents) ObserveQuota(_ context.Context, e event.QuotaReached) {
	if q.seen == nil {
		q.seen = map[string]bool{}
	}
	q.seen[e.Tenant] = true
}

func (q *quotaEvents) tenants() []string { return slices.Sorted(maps.Keys(q.seen)) }

// The limit is each tenant's own, and counts calls whatever they need.
func TestALimitForEachTenant(t *testing.T) {
	limit := buoy.WithTenantLimit(tenantIn, buoy.RateLimit{RequestsPerMinute: 10}) // one at once, then one each 6 s
	var waits waitEvents
	bubble(t, []buoy.Option{limit, buoy.WithObserver(&waits)}, func(t *testing.T, d desk) {
		begun := time.Now()
		for i, tenant := range []string{"a", "b", "c"} {
			_, err := d.Chat(of(t, tenant), hello)
			require.NoError(t, err)
			require.Zero(t, time.Since(begun), "call %d", i)
		}
		_, err := d.Chat(of(t, "a"), hello)
		require.NoError(t, err)
		require.Equal(t, 6*time.Second, time.Since(begun))
		require.Equal(t, []string{event.WaitTenant}, waits.reasons)

		ctx, cancel := context.WithTimeout(of(t, "a"), 2*time.Second)
		defer cancel()
		_, err = d.Chat(ctx, hello)
		require.ErrorIs(t, err, buoy.ErrLimit)
		require.ErrorContains(t, err, "this tenant takes 10 requests per minute: the wait would be 6s")
		limit, ok := errors.AsType[*buoy.LimitError](err)
		require.True(t, ok)
		require.Equal(t, "a", limit.Tenant)
		require.Equal(t, 6*time.Second, time.Since(begun), "it was clear at once")
		require.Len(t, d.Server.Requests(), 4, "nothing was sent")
	}, buoytest.Always(buoytest.Reply("fine")))
}

// waitEvents collects what calls waited for.
type waitEvents struct {
	silent
	reasons []string
}

func (w *waitEvents) ObserveLimit(_ context.Context, e event.LimitWait) {
	w.reasons = append(w.reasons, e.For)
}

// A tenant's retries and fallbacks are one call of its limit, which is held until the
// answer has ended.
func TestATenantsLimitHoldsWhatACallNeeds(t *testing.T) {
	limit := buoy.WithTenantLimit(tenantIn, buoy.RateLimit{Concurrent: 1, RequestsPerMinute: 6000})
	bubble(t, []buoy.Option{limit}, func(t *testing.T, d desk) {
		s, err := d.Stream(of(t, "a"), hello)
		require.NoError(t, err)
		var wg sync.WaitGroup
		wg.Go(func() {
			_, err := d.Chat(of(t, "a"), hello)
			require.NoError(t, err)
		})
		synctest.Wait()
		require.Len(t, d.Server.Requests(), 3, "two were refused, the third streams")
		_, err = d.Chat(of(t, "b"), hello)
		require.NoError(t, err)
		require.Len(t, d.Server.Requests(), 4)
		_, err = read(s)
		require.NoError(t, err)
		wg.Wait()
		require.Len(t, d.Server.Requests(), 5)
	}, buoytest.Error(503, "busy"), buoytest.Error(503, "busy"), buoytest.Always(buoytest.Stream("a", "b")))
}

// A thousand waiting calls of one tenant stop no other one's single call: neither at the
// permits, nor at the rate, nor at a key that rests.
func TestANoisyTenantDoesNotStopAQuietOne(t *testing.T) {
	for _, tc := range []struct {
		name  string
		limit buoy.RateLimit
		rest  bool
		most  time.Duration // that the quiet call may wait
	}{
		{"permits", buoy.RateLimit{Concurrent: 2}, false, 2 * time.Second},
		{"requests", buoy.RateLimit{RequestsPerMinute: 600}, false, 2 * time.Second},
		{"a key that rests", buoy.RateLimit{}, true, 6 * time.Second},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var refuse sync.Once
				network := roundTripper(func(r *http.Request) (*http.Response, error) {
					if tc.rest {
						var refused bool
						refuse.Do(func() { refused = true })
						if refused {
							return reply(429, "application/json", io.NopCloser(strings.NewReader(`{"error":{"code":"rate_limit_exceeded","message":"slow"}}`)), "Retry-After", "2"), nil
						}
					}
					select {
					case <-time.After(time.Second):
					case <-r.Context().Done():
						return nil, r.Context().Err()
					}
					return reply(200, "application/json", io.NopCloser(strings.NewReader(shortAnswer))), nil
				})
				client, err := buoy.New(buoy.Endpoint{Name: "p", BaseURL: "https://p.example/v1", Keys: []string{testKey}},
					buoy.WithHTTPClient(&http.Client{Transport: network}), buoy.WithRateLimit(tc.limit), buoy.WithTenantLimit(tenantIn, buoy.RateLimit{}))
				require.NoError(t, err)
				if tc.rest {
					_, err := client.Chat(of(t, "noisy"), hello, noRetry)
					require.ErrorIs(t, err, buoy.ErrRateLimit)
				}
				ctx, cancel := context.WithCancel(of(t, "noisy"))
				var wg sync.WaitGroup
				for range 1000 {
					wg.Go(func() { _, _ = client.Chat(ctx, hello) })
				}
				synctest.Wait()
				begun := time.Now()
				_, err = client.Chat(of(t, "quiet"), hello)
				require.NoError(t, err)
				require.LessOrEqual(t, time.Since(begun), tc.most)
				cancel()
				wg.Wait()
			})
		})
	}
}

func TestOptionsOfTenantsAreChecked(t *testing.T) {
	for want, o := range map[string]buoy.Option{
		"WithTenantLimit got no function": buoy.WithTenantLimit(nil, buoy.RateLimit{}),
		"negative":                        buoy.WithTenantLimit(tenantIn, buoy.RateLimit{Concurrent: -1}),
		"WithStreamRecovery got 99":       buoy.WithStreamRecovery(99),
		"make them with NewBreakers":      buoy.WithBreakers(new(buoy.Breakers)),
	} {
		_, err := buoy.New(buoy.OpenAI(testKey), o)
		require.ErrorContains(t, err, want)
	}
	bubble(t, nil, func(t *testing.T, d desk) {
		_, err := d.Chat(t.Context(), hello, buoy.WithStreamRecovery(99))
		require.ErrorContains(t, err, "WithStreamRecovery got 99")
		_, err = d.Chat(t.Context(), hello, buoy.WithPriority("urgent"))
		require.ErrorIs(t, err, buoy.ErrInvalidRequest)
		require.ErrorContains(t, err, `WithPriority got "urgent"`)
	})
}

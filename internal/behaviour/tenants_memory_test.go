package behaviour_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"

	"github.com/buoy-go/buoy"
	"github.com/stretchr/testify/require"
)

// tenantsOfAClient is what docs/tenants.md promises.
const tenantsOfAClient = 10_000

// forTenants are a limit and a quota for each tenant.
func forTenants() []buoy.Option {
	return []buoy.Option{
		buoy.WithTenantLimit(tenantIn, buoy.RateLimit{RequestsPerMinute: 1e6, TokensPerMinute: 1e9, Concurrent: 4}),
		buoy.WithQuota(buoy.Quota{Tokens: 1e9, Refuse: true, Per: tenantIn}),
	}
}

// instant is a client whose provider answers at once.
func instant(tb testing.TB, opts ...buoy.Option) *buoy.Client {
	network := roundTripper(func(*http.Request) (*http.Response, error) {
		return reply(200, "application/json", io.NopCloser(strings.NewReader(shortAnswer))), nil
	})
	client, err := buoy.New(buoy.Endpoint{Name: "p", BaseURL: "https://p.example/v1", Keys: []string{testKey}},
		append(opts, buoy.WithHTTPClient(&http.Client{Transport: network}))...)
	require.NoError(tb, err)
	return client
}

// tenantBytes is what a tenant of a client costs after some calls.
func tenantBytes(tb testing.TB, tenants, calls int, opts ...buoy.Option) int {
	client := instant(tb, opts...)
	contexts := make([]context.Context, tenants)
	for i := range contexts {
		contexts[i] = context.WithValue(tb.Context(), tenantKey{}, fmt.Sprintf("tenant-%06d", i))
	}
	_, err := client.Chat(contexts[0], hello)
	require.NoError(tb, err)
	before := heap()
	for range calls {
		for _, ctx := range contexts {
			_, err := client.Chat(ctx, hello)
			require.NoError(tb, err)
		}
	}
	after := heap()
	runtime.KeepAlive(client)
	runtime.KeepAlive(contexts)
	return int(max(after, before)-before) / tenants
}

// Ten thousand tenants cost less than 40 MB, and ever new ones no more than those that
// are kept.
func TestTenantsCostLittleMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("a hundred thousand calls")
	}
	each := tenantBytes(t, tenantsOfAClient, 20, forTenants()...)
	t.Logf("%d bytes for each of %d tenants", each, tenantsOfAClient)
	require.Less(t, each*tenantsOfAClient, 40<<20)
}

// What the layers for tenants cost a call: off, for one tenant, for ten thousand.
func BenchmarkTenants(b *testing.B) {
	for name, tc := range map[string]struct {
		tenants int
		opts    []buoy.Option
	}{"off": {1, nil}, "one": {1, forTenants()}, "ten_thousand": {tenantsOfAClient, forTenants()}} {
		b.Run(name, func(b *testing.B) {
			client := instant(b, tc.opts...)
			contexts := make([]context.Context, tc.tenants)
			for i := range contexts {
				contexts[i] = context.WithValue(b.Context(), tenantKey{}, fmt.Sprintf("tenant-%06d", i))
			}
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if _, err := client.Chat(contexts[i%len(contexts)], hello); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

package buoy_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/buoy-go/buoy"
	"github.com/stretchr/testify/require"
)

// instant answers everything at once.
type instant struct{}

func (instant) RoundTrip(r *http.Request) (*http.Response, error) {
	_, _ = io.Copy(io.Discard, r.Body)
	const answer = `{"id":"1","model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"fine"},"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":1,"total_tokens":10}}`
	return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(answer)), ContentLength: int64(len(answer)), Request: r}, nil
}

func instantClient(tb testing.TB, opts ...buoy.Option) *buoy.Client {
	c, err := buoy.New(buoy.Endpoint{BaseURL: "http://localhost/v1", Keys: []string{"a", "b"}},
		append(opts, buoy.WithHTTPClient(&http.Client{Transport: instant{}}))...)
	require.NoError(tb, err)
	return c
}

// What hedging and adaptive timeouts cost a call that needs neither.
func BenchmarkOptionalPolicies(b *testing.B) {
	for _, tc := range []struct {
		name string
		opts []buoy.Option
	}{
		{"off", nil},
		{"hedge", []buoy.Option{hedging()}},
		{"adaptive", []buoy.Option{adaptive}},
		{"both", []buoy.Option{hedging(), adaptive}},
	} {
		b.Run(tc.name, func(b *testing.B) {
			c := instantClient(b, tc.opts...)
			b.ReportAllocs()
			for b.Loop() {
				_, _ = c.Chat(context.Background(), hello)
			}
		})
	}
}

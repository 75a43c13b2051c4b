package hint_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/buoy-go/buoy/internal/hint"
)

func headers(lines ...string) http.Header {
	h := http.Header{}
	for i := 0; i < len(lines); i += 2 {
		h.Add(lines[i], lines[i+1])
	}
	return h
}

func TestParseRateLimit(t *testing.T) {
	tests := []struct {
		name string
		h    http.Header
		want hint.RateLimit
		wait time.Duration
	}{
		{name: "none", h: headers("Content-Type", "application/json", "X-Request-Id", "req_1")},
		{name: "openai", h: headers(
			"x-ratelimit-limit-requests", "500", "x-ratelimit-remaining-requests", "499", "x-ratelimit-reset-requests", "120ms",
			"x-ratelimit-limit-tokens", "200000", "x-ratelimit-remaining-tokens", "0", "x-ratelimit-reset-tokens", "6m0s",
		), want: hint.RateLimit{
			Requests: hint.Window{Known: true, Limit: 500, Remaining: 499, Reset: 120 * time.Millisecond},
			Tokens:   hint.Window{Known: true, Limit: 200000, Remaining: 0, Reset: 6 * time.Minute},
		}, wait: 6 * time.Minute},
		{name: "openrouter, epoch milliseconds", h: headers(
			"X-RateLimit-Limit", "1", "X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "1754667660000",
		), want: hint.RateLimit{
			Requests: hint.Window{Known: true, Limit: 1, Reset: time.Minute},
		}, wait: time.Minute},
		{name: "past", h: headers("X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "1754667000000"),
			want: hint.RateLimit{Requests: hint.Window{Known: true}}},
		{name: "azure without resets", h: headers(
			"x-ratelimit-limit-requests", "8", "x-ratelimit-remaining-requests", "-1", "x-ratelimit-remaining-tokens", "1014",
		), want: hint.RateLimit{
			Requests: hint.Window{Limit: 8},
			Tokens:   hint.Window{Known: true, Remaining: 1014},
		}},
		{name: "anthropic", h: headers(
			"anthropic-ratelimit-requests-limit", "50", "anthropic-ratelimit-requests-remaining", "49",
			"anthropic-ratelimit-requests-reset", "2025-08-08T15:40:01Z",
			"anthropic-ratelimit-input-tokens-limit", "40000", "anthropic-ratelimit-input-tokens-remaining", "0",
			"anthropic-ratelimit-input-tokens-reset", "2025-08-08T15:40:30Z",
			"anthropic-ratelimit-output-tokens-limit", "8000", "anthropic-ratelimit-output-tokens-remaining", "8000",
			"anthropic-ratelimit-output-tokens-reset", "2025-08-08T15:41:00Z",
			"anthropic-ratelimit-unified-status", "allowed",
		), want: hint.RateLimit{
			Requests: hint.Window{Known: true, Limit: 50, Remaining: 49, Reset: time.Second},
			Tokens:   hint.Window{Known: true, Limit: 40000, Reset: 30 * time.Second},
		}, wait: 30 * time.Second},
		{name: "cerebras, days and minutes apart", h: headers(
			"x-ratelimit-limit-requests-day", "14400", "x-ratelimit-remaining-requests-day", "14399",
			"x-ratelimit-reset-requests-day", "33011.382867",
			"x-ratelimit-limit-tokens-minute", "60000", "x-ratelimit-remaining-tokens-minute", "0",
			"x-ratelimit-reset-tokens-minute", "11.38",
		), want: hint.RateLimit{
			Requests: hint.Window{Known: true, Limit: 14400, Remaining: 14399, Reset: 33011382867 * time.Microsecond},
			Tokens:   hint.Window{Known: true, Limit: 60000, Reset: 11380 * time.Millisecond},
		}, wait: 11380 * time.Millisecond},
		{name: "the tightest of two windows", h: headers(
			"x-ratelimit-limit-req-minute", "60", "x-ratelimit-remaining-req-minute", "59", "x-ratelimit-reset-req-minute", "2",
			"x-ratelimit-limit-req-day", "100", "x-ratelimit-remaining-req-day", "0", "x-ratelimit-reset-req-day", "3600",
		), want: hint.RateLimit{
			Requests: hint.Window{Known: true, Limit: 100, Reset: time.Hour},
		}, wait: time.Hour},
		{name: "ietf, three headers", h: headers("RateLimit-Limit", "10, 10;w=1", "RateLimit-Remaining", "0", "RateLimit-Reset", "7"),
			want: hint.RateLimit{Requests: hint.Window{Known: true, Limit: 10, Reset: 7 * time.Second}}, wait: 7 * time.Second},
		{name: "ietf, one header", h: headers("RateLimit", "limit=10, remaining=3, reset=7"),
			want: hint.RateLimit{Requests: hint.Window{Known: true, Limit: 10, Remaining: 3, Reset: 7 * time.Second}}},
		{name: "ietf, short names", h: headers("RateLimit", `"api";r=0;t=55`),
			want: hint.RateLimit{Requests: hint.Window{Known: true, Reset: 55 * time.Second}}, wait: 55 * time.Second},
		{name: "together's tokens", h: headers("x-tokenlimit-limit", "180000", "x-tokenlimit-remaining", "179999"),
			want: hint.RateLimit{Tokens: hint.Window{Known: true, Limit: 180000, Remaining: 179999}}},
		{name: "not canonical", h: http.Header{"x-ratelimit-remaining-requests": {"5"}},
			want: hint.RateLimit{Requests: hint.Window{Known: true, Remaining: 5}}},
		{name: "other things of that name", h: headers("x-ratelimit-type", "UserByModelByDay", "x-ratelimit-over-limit", "no",
			"x-ratelimit-limit-audio-seconds", "7200")},
		{name: "garbage", h: headers("x-ratelimit-remaining-requests", "many", "x-ratelimit-reset-requests", "soon", "x-ratelimit-limit-requests", "")},
		{name: "beside names of all sizes", h: http.Header{
			"": {"1"}, "X": {"1"}, "A": {"1"}, "Ratelimi": {"limit=1"}, "Anthropic-Ratelimit-Requests-Limit": {}, "X-Ratelimit-Reset": nil,
			"X-Ratelimit-Limit-" + strings.Repeat("per-", 12): {"9"}, "X-Tokenlimit-Remaining": {"5"},
		}, want: hint.RateLimit{Tokens: hint.Window{Known: true, Remaining: 5}}},
		{name: "the longest name", h: http.Header{"x-ratelimit-remaining-requests-after" + strings.Repeat("-per", 7): {"5"}},
			want: hint.RateLimit{Requests: hint.Window{Known: true, Remaining: 5}}},
		{name: "reset without remaining is no wait", h: headers("X-RateLimit-Reset", "30"),
			want: hint.RateLimit{Requests: hint.Window{Reset: 30 * time.Second}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, ok := hint.ParseRateLimit(tt.h, now)
			require.Equal(t, tt.want, got)
			require.Equal(t, tt.want != hint.RateLimit{}, ok && got != hint.RateLimit{})
			wait, _ := got.Wait()
			require.Equal(t, tt.wait, wait)
		})
	}
}

// success is what a provider's ordinary answer carries.
func success(more ...string) http.Header {
	return headers(append([]string{
		"Content-Type", "application/json", "Date", "Fri, 08 Aug 2025 15:40:34 GMT", "Server", "cloudflare", "Cf-Ray", "1",
		"Cf-Cache-Status", "DYNAMIC", "X-Request-Id", "req_1", "Openai-Version", "2020-10-01", "Openai-Processing-Ms", "17",
		"Strict-Transport-Security", "max-age=1", "X-Content-Type-Options", "nosniff", "Alt-Svc", "h3", "Content-Length", "100",
	}, more...)...)
}

var openai = []string{
	"x-ratelimit-limit-requests", "500", "x-ratelimit-remaining-requests", "499", "x-ratelimit-reset-requests", "120ms",
	"x-ratelimit-limit-tokens", "200000", "x-ratelimit-remaining-tokens", "1", "x-ratelimit-reset-tokens", "6m0s",
}

func TestParseRateLimitDoesNotAllocate(t *testing.T) {
	for _, h := range []http.Header{success(), success(openai...), success("Anthropic-Ratelimit-Requests-Reset", "2025-08-08T15:40:01Z")} {
		require.Zero(t, testing.AllocsPerRun(100, func() { hint.ParseRateLimit(h, now) }))
	}
}

func BenchmarkParseRateLimit(b *testing.B) {
	for name, h := range map[string]http.Header{"none": success(), "openai": success(openai...)} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				hint.ParseRateLimit(h, now)
			}
		})
	}
}

package hint_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/buoy-go/buoy/internal/hint"
)

// Whatever a server writes, the wait is none, a positive one, or "too long".
func FuzzHint(f *testing.F) {
	for _, s := range []string{
		"20", "0.25", "-1", "NaN", "1e309", "6m0s", "1754667660000", "Fri, 08 Aug 2025 16:40:00 GMT", "2025-08-08T15:41:00Z",
		"Please try again in 1m0.36s.", "resets at 2025-08-09 at 00:00 UTC", "повторите через 5 минут", "请在 30 秒后重试",
		"retry_after: 7", "limit=10, remaining=0, reset=5", `"api";r=0;t=55`, "86,400 seconds", "in 9e9e9 d", "PT1M30S", "P1DT",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, ok := hint.Parse(s, now)
		require.Equal(t, ok, d > 0)
		d, ok = hint.ParseMillis(s, now)
		require.Equal(t, ok, d > 0)
		d, ok = hint.FromText(s, now)
		require.Equal(t, ok, d > 0)
		d, ok = hint.FromHeader(http.Header{"Retry-After": {s}, "Retry-After-Ms": {s}}, now)
		require.Equal(t, ok, d > 0)
		limits, _ := hint.ParseRateLimit(http.Header{
			"X-Ratelimit-Limit-Requests": {s}, "X-Ratelimit-Remaining-Requests": {s}, "X-Ratelimit-Reset-Requests": {s}, "Ratelimit": {s}, s: {"5"},
		}, now)
		for _, w := range []hint.Window{limits.Requests, limits.Tokens} {
			require.GreaterOrEqual(t, w.Limit, 0)
			require.GreaterOrEqual(t, w.Remaining, 0)
			require.GreaterOrEqual(t, w.Reset, 0*w.Reset)
		}
	})
}

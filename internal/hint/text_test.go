package hint_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/buoy-go/buoy/internal/hint"
)

func TestFromText(t *testing.T) {
	const s, ms = time.Second, time.Millisecond
	tests := []struct {
		in   string
		want time.Duration // 0: none
	}{
		{"Limit 6000, Used 5914, Requested 1822. Please try again in 17.359s. Visit https://console.groq.com/docs", 17359 * ms},
		{"Please try again in 1m0.36s.", 60360 * ms},
		{"Rate limit reached. Limit: 3 / min. Please try again in 20s. Contact us if you continue to have issues.", 20 * s},
		{"Please try again in 6m0s", 6 * time.Minute},
		{"Please try again in 854ms.", 854 * ms},
		{"Please wait 33 seconds", 33 * s},
		{"Please wait for at least 5 minutes before you try again", 5 * time.Minute},
		{"Please retry after 1 seconds.", s},
		{"Please retry after 86,400 seconds.", 86400 * s},
		{"Rate limit is exceeded. Try again in 60 seconds.", 60 * s},
		{"Too fast, in 60 seconds", 60 * s},
		{"Please retry in 34.074824224s.", 34074824224},
		{"weekly usage limit reached, resets in 3 days", 72 * time.Hour},
		{"Your quota will reset after 14h23m55s.", 14*time.Hour + 23*time.Minute + 55*s},
		{"Retry after 40 seconds.", 40 * s},
		{"Out of call volume quota. Quota will be replenished in 05:24:33.", 5*time.Hour + 24*time.Minute + 33*s},
		{"rate limited, retry-after: 30", 30 * s},
		{`{"retry_after": 7}`, 7 * s},
		{"Retry after `12` seconds", 12 * s},
		{"try again in about 2 minutes and 30 seconds", 150 * s},
		{"cool down for 10s, then retry in ~15 s", 15 * s},
		{"request timed out, try again in 5s", 5 * s},
		{"Limit resets at: 2025-08-08 15:50:00 UTC", 10 * time.Minute},
		{"You will regain access on 2025-08-09 at 00:00 UTC.", 8*time.Hour + 20*time.Minute},
		{"retry after 2025-08-08T15:41:00Z", time.Minute},
		{"Слишком много запросов. Повторите через 20 секунд", 20 * s},
		{"Попробуйте снова через 5 минут.", 5 * time.Minute},
		{"Подождите 30 секунд и повторите попытку", 30 * s},
		{"превышен лимит, повторите попытку через 1 час 5 мин", 65 * time.Minute},
		{"请求过于频繁，请在 30 秒后重试", 30 * s},
		{"请30秒后再试", 30 * s},
		{"请等待5分钟", 5 * time.Minute},
		{"请求太快，10 秒之后恢复", 10 * s},

		{"", 0},
		{"Please retry shortly", 0},
		{"Request exceeded the timeout sent in the request: 10000ms", 0},
		{"Request timed out after 60 seconds", 0},
		{"the upstream took too long, aborted after 30s", 0},
		{"timed out after 60 seconds, please try again", 0},
		{"You sent 10 requests in 60 seconds", 0},
		{"limited to 1 requests per minute. Please retry shortly.", 0},
		{"failed after 3 attempts in 10s", 0},
		{"gpt-4s is not in v1.5s", 0},
		{"retry after 5 attempts", 0},
		{"try again in a few seconds", 0},
		{"waited 30 seconds", 0},
		{"audio is 30 seconds long", 0},
		{"maximum context length is 8192 tokens", 0},
		{"try again in 0s", 0},
		{"Your limit will reset at 2025-10-22 21:11:48", 0},
		{"The model was retired on 2025-08-09 00:00 UTC", 0},
		{"resets at 2025-08-01 00:00:00 UTC", 0},
		{"已达到 5 小时的使用上限", 0},
		{"请求在 60 秒后超时", 0},
		{"请求超时，60 秒后断开", 0},
		{"истекло время ожидания: через 60 секунд", 0},
	}
	for _, tt := range tests {
		t.Run(tt.in, func(t *testing.T) {
			d, ok := hint.FromText(tt.in, now)
			require.Equal(t, tt.want, d)
			require.Equal(t, tt.want > 0, ok)
		})
	}
}

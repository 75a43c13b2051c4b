package behaviour_test

import (
	"context"
	"fmt"
	"io"
	"math"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/stretchr/testify/require"
)

// liar answers with a usage of its own.
type liar struct {
	usage string
	sent  int
}

func (l *liar) RoundTrip(r *http.Request) (*http.Response, error) {
	_, _ = io.Copy(io.Discard, r.Body)
	l.sent++
	return reply(200, "application/json", io.NopCloser(strings.NewReader(strings.TrimSuffix(wholeFine, "}")+`,"usage":`+l.usage+`}`))), nil
}

// Less than nothing is nothing: it pays for no other tokens.
func TestAQuotaCountsNoNegativeTokens(t *testing.T) {
	for usage, want := range map[string]int64{
		`{"prompt_tokens":-70,"completion_tokens":30}`:                                               30,
		`{"prompt_tokens":70,"completion_tokens":-30}`:                                               70,
		`{"prompt_tokens":-70,"completion_tokens":-30,"total_tokens":-100}`:                          0,
		fmt.Sprintf(`{"prompt_tokens":%d,"completion_tokens":%[1]d}`, math.MaxInt):                   math.MaxInt,
		`{"prompt_tokens":-9223372036854775808,"completion_tokens":5,"total_tokens":-4}`:             5,
		`{"prompt_tokens":10,"completion_tokens":5,"prompt_tokens_details":{"cached_tokens":5000}}`:  15,
		`{"prompt_tokens":"10","completion_tokens":5.0,"completion_tokens_details":{"x":-20000000}}`: 15,
	} {
		l := &liar{usage: usage}
		c, err := buoy.New(buoy.Endpoint{BaseURL: "https://liar.example/v1", Keys: []string{"k"}}, buoy.WithQuota(buoy.Quota{Tokens: 1000}),
			buoy.WithHTTPClient(&http.Client{Transport: l}))
		require.NoError(t, err)
		_, err = c.Chat(t.Context(), hello)
		require.NoError(t, err)
		q, err := c.Quotas(t.Context())
		require.NoError(t, err)
		require.Equal(t, want, q[0].Tokens, usage)
	}
}

// Answers that claim more tokens than there are stop nobody for longer than two minutes,
// and open no limit: the estimate of the next answers rests on them.
func TestALimitSurvivesLies(t *testing.T) {
	for _, n := range []int{math.MaxInt, math.MaxInt / 2, math.MaxInt/3 + 1, math.MinInt / 2, math.MinInt} {
		synctest.Test(t, func(t *testing.T) {
			l := &liar{usage: fmt.Sprintf(`{"prompt_tokens":7,"completion_tokens":%d}`, n)}
			c, err := buoy.New(buoy.Endpoint{BaseURL: "https://liar.example/v1", Keys: []string{"k"}},
				buoy.WithRateLimit(buoy.RateLimit{TokensPerMinute: 6000}), buoy.WithHTTPClient(&http.Client{Transport: l}), noRetry)
			require.NoError(t, err)
			for range 130 {
				ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
				_, err = c.Chat(ctx, hello, buoy.WithRetry(buoy.RetryPolicy{MaxAttempts: 1, MaxServerDelay: 3 * time.Minute}))
				cancel()
				require.NoError(t, err, "%d", n)
			}
			l.usage, l.sent = `{"prompt_tokens":100,"completion_tokens":100}`, 0
			time.Sleep(5 * time.Minute)
			several := hello
			several.N = new(4)
			for range 500 {
				ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
				_, _ = c.Chat(ctx, several)
				cancel()
			}
			require.LessOrEqual(t, l.sent, 60, "%d: within a minute's allowance", n)
		})
	}
}

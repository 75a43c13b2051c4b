package buoyredis

import (
	"math"
	"testing"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/buoy-go/buoy"
)

// Usage that claims more tokens than there are, or less than none, neither refills the
// bucket of all instances nor empties it for longer than two minutes.
func TestCorrectionsSurviveLies(t *testing.T) {
	client := redis.NewClient(&redis.Options{Addr: "127.0.0.1:1"})
	defer client.Close()
	l, err := NewLimiter(client, buoy.RateLimit{TokensPerMinute: 6000})
	require.NoError(t, err)
	ch, err := l.charge(t.Context(), &buoy.Call{Model: "m", Request: &buoy.Request{Model: "m", Messages: []buoy.Message{buoy.User("hello")}}})
	require.NoError(t, err)
	require.Positive(t, ch.tokens)
	numbers := []int{math.MinInt, math.MinInt / 2, -70, 0, 30, math.MaxInt / 8, math.MaxInt / 2, math.MaxInt/2 + 1, math.MaxInt}
	for _, prompt := range numbers {
		for _, completion := range numbers {
			for _, total := range numbers {
				u := buoy.Usage{PromptTokens: prompt, CompletionTokens: completion, TotalTokens: total}
				requests, tokens := l.corrections(ch, nil, true, u)
				require.Zero(t, requests)
				require.LessOrEqual(t, tokens, l.tokens.cost(2*6000), "%+v", u)
				require.GreaterOrEqual(t, tokens, -ch.tokens, "%+v", u)
			}
		}
	}
	for range 128 { // all that are kept
		l.lengths.Add(ch.target, 0, 1)
		_, _ = l.corrections(ch, nil, true, buoy.Usage{CompletionTokens: math.MaxInt})
	}
	output, _ := l.lengths.Expect(ch.target, 0, 1024)
	require.Positive(t, output, "what is to come is estimated from it, times the answers")
}

// A request may ask for any number of tokens and answers: it is refused or takes at most a
// minute's allowance, and gives nothing to the bucket of all instances.
func TestChargesSurviveAbsurdRequests(t *testing.T) {
	client := redis.NewClient(&redis.Options{Addr: "127.0.0.1:1"})
	defer client.Close()
	l, err := NewLimiter(client, buoy.RateLimit{TokensPerMinute: 6000})
	require.NoError(t, err)
	numbers := []int{1, 2, 4, 1 << 20, math.MaxInt/2 + 1, math.MaxInt}
	for _, n := range numbers {
		for _, limit := range append([]int{math.MinInt, -5, 0}, numbers...) {
			ch, err := l.charge(t.Context(), &buoy.Call{Model: "m", Request: &buoy.Request{Model: "m", N: &n, MaxTokens: &limit, Messages: []buoy.Message{buoy.User("hello")}}})
			if err != nil {
				require.Equal(t, buoy.ErrLimit, buoy.KindOf(err))
				continue
			}
			require.Positive(t, ch.tokens, "%d answers of %d", n, limit)
			require.LessOrEqual(t, ch.tokens, l.tokens.cost(6000), "%d answers of %d", n, limit)
		}
	}
}

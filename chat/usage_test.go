package chat

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestUsagePlus(t *testing.T) {
	a := Usage{
		PromptTokens: 1, CompletionTokens: 2, TotalTokens: 3, CostRUB: new(0.5), Balance: new(9.0), Cost: new(1.0),
		PromptTokensDetails:     PromptTokensDetails{CachedTokens: 1, CacheWriteTokens: 2, TextTokens: 3, AudioTokens: 4, ImageTokens: 5, VideoTokens: 6},
		CompletionTokensDetails: CompletionTokensDetails{ReasoningTokens: 1, TextTokens: 2, AudioTokens: 3, ImageTokens: 4, AcceptedPredictionTokens: 5, RejectedPredictionTokens: 6},
		ServerToolUse:           &ServerToolUse{WebSearchRequests: 1},
		Extra:                   map[string]json.RawMessage{"a": json.RawMessage("1"), "x": json.RawMessage("1")},
	}
	b := *a.Clone()
	b.Balance = new(8.5)
	b.Extra = map[string]json.RawMessage{"x": json.RawMessage("2")}
	sum := a.Plus(b)
	require.Equal(t, Usage{
		PromptTokens: 2, CompletionTokens: 4, TotalTokens: 6, CostRUB: new(1.0), Balance: new(8.5), Cost: new(2.0),
		PromptTokensDetails:     PromptTokensDetails{CachedTokens: 2, CacheWriteTokens: 4, TextTokens: 6, AudioTokens: 8, ImageTokens: 10, VideoTokens: 12},
		CompletionTokensDetails: CompletionTokensDetails{ReasoningTokens: 2, TextTokens: 4, AudioTokens: 6, ImageTokens: 8, AcceptedPredictionTokens: 10, RejectedPredictionTokens: 12},
		ServerToolUse:           &ServerToolUse{WebSearchRequests: 2},
		Extra:                   map[string]json.RawMessage{"a": json.RawMessage("1"), "x": json.RawMessage("2")},
	}, sum)
	require.InDelta(t, 0.5, *a.CostRUB, 0, "the parts are left alone")
	require.Equal(t, a, a.Plus(Usage{}))
	require.Equal(t, a, Usage{}.Plus(a))
}

// Numbers of strangers do not wrap around, nor become what JSON cannot write.
func TestUsagePlusDoesNotOverflow(t *testing.T) {
	a := Usage{PromptTokens: math.MaxInt, TotalTokens: 5, Cost: new(math.MaxFloat64)}
	sum := a.Plus(Usage{PromptTokens: 1, TotalTokens: math.MaxInt - 1, Cost: new(math.MaxFloat64)})
	require.Equal(t, math.MaxInt, sum.PromptTokens)
	require.Equal(t, math.MaxInt, sum.TotalTokens)
	require.Equal(t, math.MaxFloat64, *sum.Cost)
}

// A cost's details are the gateway's own: their numbers are added, and of the rest the
// later word counts.
func TestUsagePlusCostDetails(t *testing.T) {
	for _, tc := range []struct{ a, b, want string }{
		{`{"upstream":0.25,"currency":"usd","first":1}`, `{"upstream":0.5,"currency":"eur"}`, `{"upstream":0.75,"currency":"eur","first":1}`},
		{`{"upstream":0.25}`, ``, `{"upstream":0.25}`},
		{``, `{"upstream":0.25}`, `{"upstream":0.25}`},
		{`{"upstream":0.25}`, `{"upstream":null}`, `{"upstream":0.25}`},
		{`{"upstream":null}`, `{"upstream":0.25}`, `{"upstream":0.25}`},
		{`{"upstream":1e308}`, `{"upstream":1e308}`, `{"upstream":1.7976931348623157e308}`},
		{`7`, `{"upstream":0.25}`, `{"upstream":0.25}`},
		{`{"upstream":0.25}`, `[]`, `[]`},
		{`{"upstream":0.25}`, `null`, `null`},
	} {
		got := Usage{CostDetails: json.RawMessage(tc.a)}.Plus(Usage{CostDetails: json.RawMessage(tc.b)})
		require.JSONEq(t, tc.want, string(got.CostDetails), "%s and %s", tc.a, tc.b)
	}
}

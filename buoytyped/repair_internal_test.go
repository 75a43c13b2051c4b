package buoytyped

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/buoy-go/buoy"
)

func TestSumOfUsages(t *testing.T) {
	one := buoy.Usage{
		PromptTokens: 1, CompletionTokens: 2, TotalTokens: 3,
		PromptTokensDetails:     buoy.PromptTokensDetails{CachedTokens: 1, CacheWriteTokens: 2, TextTokens: 3, AudioTokens: 4, ImageTokens: 5, VideoTokens: 6},
		CompletionTokensDetails: buoy.CompletionTokensDetails{ReasoningTokens: 1, TextTokens: 2, AudioTokens: 3, ImageTokens: 4, AcceptedPredictionTokens: 5, RejectedPredictionTokens: 6},
		CostRUB:                 new(0.5), Balance: new(10.0), Cost: new(0.25),
		CostDetails:   json.RawMessage(`{"upstream":0.2,"currency":"usd","first":1}`),
		ServerToolUse: &buoy.ServerToolUse{WebSearchRequests: 1},
	}
	two := buoy.Usage{
		PromptTokens: 10, CompletionTokens: 20, TotalTokens: 30,
		CostRUB: new(1.5), Balance: new(8.0), Cost: new(0.75),
		CostDetails:   json.RawMessage(`{"upstream":0.3,"currency":"eur"}`),
		ServerToolUse: &buoy.ServerToolUse{WebSearchRequests: 2},
	}
	got := sum(one, two)
	require.JSONEq(t, `{"upstream":0.5,"currency":"eur","first":1}`, string(got.CostDetails))
	got.CostDetails = nil
	require.Equal(t, buoy.Usage{
		PromptTokens: 11, CompletionTokens: 22, TotalTokens: 33,
		PromptTokensDetails: one.PromptTokensDetails, CompletionTokensDetails: one.CompletionTokensDetails,
		CostRUB: new(2.0), Balance: new(8.0), Cost: new(1.0),
		ServerToolUse: &buoy.ServerToolUse{WebSearchRequests: 3},
	}, got)
	require.Equal(t, new(0.5), one.CostRUB, "the answer before was changed")
	require.Equal(t, 1, one.ServerToolUse.WebSearchRequests)

	require.Equal(t, one, sum(one, buoy.Usage{}), "a server that tells nothing the second time")
	require.Equal(t, two, sum(buoy.Usage{}, two))
	require.Equal(t, "[]", string(addedDetails(one.CostDetails, json.RawMessage(`[]`))))
	require.Equal(t, string(two.CostDetails), string(addedDetails(json.RawMessage(`7`), two.CostDetails)))
}

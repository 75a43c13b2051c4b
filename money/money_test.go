package money

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/buoy-go/buoy/chat"
)

func TestCostsThatAreTold(t *testing.T) {
	u := chat.Usage{CostRUB: new(1.5), Cost: new(0.02)}
	for currency, want := range map[Currency]float64{RUB: 1.5, USD: 0.02} {
		cost, ok := currency.Told(&u)
		require.True(t, ok)
		require.Equal(t, want, cost)
	}
	_, ok := Currency("EUR").Told(&u)
	require.False(t, ok)
	for _, wrong := range []*float64{nil, new(-1.0), new(math.NaN()), new(math.Inf(1)), new(1e10)} {
		_, ok := RUB.Told(&chat.Usage{CostRUB: wrong})
		require.False(t, ok, "%v", wrong)
	}
	free, ok := RUB.Told(&chat.Usage{CostRUB: new(0.0)})
	require.True(t, ok)
	require.Zero(t, free)
}

func TestPriceOfAUsage(t *testing.T) {
	u := chat.Usage{PromptTokens: 1000, CompletionTokens: 100}
	u.PromptTokensDetails.CachedTokens = 400
	require.InDelta(t, 0.003, Price{Prompt: 2, Completion: 10}.Of(&u), 1e-12, "cached tokens cost the same")
	require.InDelta(t, 0.0024, Price{Prompt: 2, Completion: 10, CachedPrompt: 0.5}.Of(&u), 1e-12)
	u.PromptTokensDetails.CachedTokens = 5000
	lie := chat.Usage{PromptTokens: -70, CompletionTokens: 30, PromptTokensDetails: chat.PromptTokensDetails{CachedTokens: 9}}
	require.InDelta(t, 0.0003, Price{Prompt: 2, Completion: 10, CachedPrompt: 0.5}.Of(&lie), 1e-12, "less than nothing is nothing")
	require.InDelta(t, 0.0015, Price{Prompt: 2, Completion: 10, CachedPrompt: 0.5}.Of(&u), 1e-12, "no more of them than the prompt has")
	u.PromptTokensDetails.CachedTokens = -5
	require.InDelta(t, 0.003, Price{Prompt: 2, Completion: 10, CachedPrompt: 0.5}.Of(&u), 1e-12)
}

func TestPriceTable(t *testing.T) {
	table := PriceTable{"gpt-4o": {Prompt: 1}, "openai/gpt-4o-mini": {Prompt: 2}}
	for model, want := range map[string]float64{"gpt-4o": 1, "openai/gpt-4o": 1, "openai/gpt-4o-mini": 2, "gpt-4o-mini": 0, "a/b/gpt-4o": 0} {
		p, ok := table.Price("any", model)
		require.Equal(t, want > 0, ok, model)
		require.Equal(t, want, p.Prompt, model)
	}
}

func TestPricesOfACatalogue(t *testing.T) {
	c, err := ParseCatalogue([]byte(`{"chat": {
		"m": {"provider": "p", "prompt_cost": 10, "completion_cost": "40", "context_size": 128000, "modalities": {"input": ["text"]}},
		"unknown": {"provider": "p", "prompt_cost": 10},
		"odd": {"provider": "p", "prompt_cost": -1, "completion_cost": 1},
		"note": 7}}`))
	require.NoError(t, err)
	require.Len(t, c, 3)
	require.Equal(t, 128000, c["m"].ContextSize)
	require.Equal(t, PriceTable{"m": {Prompt: 10, Completion: 40, Currency: RUB}}, c.Prices())
	_, err = ParseCatalogue([]byte(`{"note": 7}`))
	require.Error(t, err)
}

package buoy

import (
	"strings"

	"github.com/buoy-go/buoy/internal/meter"
	"github.com/buoy-go/buoy/internal/saturate"
)

// Currency is the currency of a price, as in ISO 4217.
type Currency string

// The currencies in which providers report costs.
const (
	RUB Currency = "RUB" // AITUNNEL: Usage.CostRUB
	USD Currency = "USD" // OpenRouter: Usage.Cost
)

// Price is what the tokens of a model cost, per million tokens.
type Price struct {
	Prompt     float64
	Completion float64
	// CachedPrompt is the price of prompt tokens that the provider read from its cache.
	// 0 means the same as Prompt.
	CachedPrompt float64
	Currency     Currency
}

// of returns what a usage costs at this price.
func (p Price) of(u *Usage) float64 {
	cached := 0
	if p.CachedPrompt > 0 {
		cached = min(max(u.PromptTokensDetails.CachedTokens, 0), u.PromptTokens)
	}
	return (p.Prompt*float64(u.PromptTokens-cached) + p.CachedPrompt*float64(cached) +
		p.Completion*float64(u.CompletionTokens)) / 1e6
}

// PriceTable has the prices of models by their names. Do not change a table that is in
// use. To follow a provider's prices, set [Quota].Prices to a function that reads the
// newest table.
type PriceTable map[string]Price

// Price looks up a model, first by its whole name and then without the "provider/" in
// front of it. It can be used as [Quota.Prices]. The endpoint is ignored.
func (t PriceTable) Price(endpoint, model string) (Price, bool) {
	if p, ok := t[model]; ok {
		return p, true
	}
	if _, name, ok := strings.Cut(model, "/"); ok {
		p, ok := t[name]
		return p, ok
	}
	return Price{}, false
}

// told is what the provider itself says that an answer cost.
func (in Currency) told(u *Usage) (cost float64, ok bool) {
	var p *float64
	switch in {
	case RUB:
		p = u.CostRUB
	case USD:
		p = u.Cost
	}
	if p == nil || !(*p >= 0) || *p > meter.MaxCost {
		return 0, false
	}
	return *p, true
}

// totalTokens is the total, also of providers that tell only its parts.
func totalTokens(u *Usage) int64 {
	return int64(max(u.TotalTokens, saturate.Sum(u.PromptTokens, u.CompletionTokens), 0))
}

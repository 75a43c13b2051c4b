// Package money says what calls cost: in which currency, at which price, and what is
// left to spend. It is plain data and arithmetic. Package buoy asks providers for it,
// and has second names for all of it: buoy.RUB, buoy.PriceTable and so on.
package money

import (
	"strings"

	"github.com/buoy-go/buoy/chat"
	"github.com/buoy-go/buoy/internal/meter"
)

// Currency is the currency of a price, as in ISO 4217.
type Currency string

// The currencies in which providers report costs.
const (
	RUB Currency = "RUB" // AITUNNEL: Usage.CostRUB
	USD Currency = "USD" // OpenRouter: Usage.Cost
)

// Told returns what the provider itself says that an answer cost in this currency; ok is
// false if it does not say, or says what cannot be.
func (c Currency) Told(u *chat.Usage) (cost float64, ok bool) {
	var p *float64
	switch c {
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

// Price is what the tokens of a model cost, per million tokens.
type Price struct {
	Prompt     float64
	Completion float64
	// CachedPrompt is the price of prompt tokens that the provider read from its cache.
	// 0 means the same as Prompt.
	CachedPrompt float64
	Currency     Currency
}

// Of returns what a usage costs at this price.
func (p Price) Of(u *chat.Usage) float64 {
	prompt, completion, cached := max(u.PromptTokens, 0), max(u.CompletionTokens, 0), 0
	if p.CachedPrompt > 0 {
		cached = min(max(u.PromptTokensDetails.CachedTokens, 0), prompt)
	}
	return (p.Prompt*float64(prompt-cached) + p.CachedPrompt*float64(cached) + p.Completion*float64(completion)) / 1e6
}

// PriceTable has the prices of models by their names. Do not change a table that is in
// use. To follow a provider's prices, set Quota.Prices of package buoy to a function that
// reads the newest table.
type PriceTable map[string]Price

// Price looks up a model, first by its whole name and then without the "provider/" in
// front of it. It can be used as Quota.Prices of package buoy. The endpoint is ignored.
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

// Balance is what a provider says is left.
type Balance struct {
	Endpoint string
	Key      string   // label of the key that was used, never the key itself
	Amount   *float64 // left on the account; nil if the provider does not say
	Budget   *float64 // left for this key alone; nil if it has no limit of its own
	Currency Currency
}

package buoy

import "github.com/buoy-go/buoy/money"

// What calls cost. The types are those of package money.
type (
	// Currency is the currency of a price: [RUB] or [USD].
	Currency = money.Currency
	// Price is what the tokens of a model cost, per million tokens: Prompt, Completion,
	// CachedPrompt, Currency.
	Price = money.Price
	// PriceTable has the prices of models by their names. Its method Price can be used
	// as [Quota.Prices].
	PriceTable = money.PriceTable
	// Catalogue is a list of models by name. Its method Prices makes a [PriceTable].
	Catalogue = money.Catalogue
	// CatalogueModel is what the catalogue says about a model.
	CatalogueModel = money.CatalogueModel
	// Balance is what a provider says is left: Amount on the account, Budget for the key.
	Balance = money.Balance
)

// The currencies in which providers report costs.
const (
	RUB = money.RUB // AITUNNEL
	USD = money.USD // OpenRouter
)

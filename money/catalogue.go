package money

import "github.com/buoy-go/buoy/internal/billing"

// CatalogueURL is AITUNNEL's public list of chat models with their prices
// (docs.aitunnel.ru/api/aitunnel-methods). It needs no key.
const CatalogueURL = "https://api.aitunnel.ru/public/aitunnel/models/chat"

// Catalogue is a list of models by name.
type Catalogue map[string]CatalogueModel

// CatalogueModel is what the catalogue says about a model. A field is zero if the
// catalogue does not have it, or if it is not of the documented type.
type CatalogueModel struct {
	Provider       string
	PromptCost     *float64 // roubles per million tokens; nil means unknown
	CompletionCost *float64 // the same for the answer
	ContextSize    int      // tokens, prompt and answer
	MaxOutput      int
	Input, Output  []string // modalities: "text", "image", "file" and others
}

// ParseCatalogue reads a list as [CatalogueURL] has it, such as one that was kept in a
// file. buoy.FetchCatalogue fetches the newest. A member that is no model is left out; an
// error means that there is none.
func ParseCatalogue(data []byte) (Catalogue, error) {
	list, err := billing.DecodeCatalogue(data)
	if err != nil {
		return nil, err
	}
	c := make(Catalogue, len(list))
	for name, m := range list {
		c[name] = CatalogueModel(m)
	}
	return c, nil
}

// Prices returns a price table of the models whose prices are known, for Quota.Prices of
// package buoy.
func (c Catalogue) Prices() PriceTable {
	t := make(PriceTable, len(c))
	for name, m := range c {
		if m.PromptCost != nil && m.CompletionCost != nil && *m.PromptCost >= 0 && *m.CompletionCost >= 0 {
			t[name] = Price{Prompt: *m.PromptCost, Completion: *m.CompletionCost, Currency: RUB}
		}
	}
	return t
}

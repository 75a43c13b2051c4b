package buoy

import (
	"context"
	"errors"
	"net/url"

	"github.com/buoy-go/buoy/internal/billing"
)

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

// FetchCatalogue reads the list of models from a URL; "" means [CatalogueURL]. No key
// is sent. Use the options of [New] that affect the connection: WithHTTPClient,
// WithTimeouts, WithRetry, WithMaxResponse, WithLogger. The error is a [*CallError], or
// that of New.
//
// Prices change. Read the list at the start, and once a day in a long-running program.
func FetchCatalogue(ctx context.Context, at string, opts ...Option) (Catalogue, error) {
	if at == "" {
		at = CatalogueURL
	}
	u, err := url.Parse(at)
	if err != nil {
		return nil, errors.New("buoy: the URL of the catalogue cannot be parsed")
	}
	base := url.URL{Scheme: u.Scheme, Host: u.Host, User: u.User}
	c, err := New(Endpoint{BaseURL: base.String()}, opts...)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	var list map[string]billing.Model
	if _, err = fetch(ctx, c, opCatalogue, u, func(data []byte) (err error) {
		list, err = billing.DecodeCatalogue(data)
		return err
	}); err != nil {
		return nil, err
	}
	catalogue := make(Catalogue, len(list))
	for name, m := range list {
		catalogue[name] = CatalogueModel(m)
	}
	return catalogue, nil
}

// Prices returns a price table of the models whose prices are known, for
// [Quota.Prices].
func (c Catalogue) Prices() PriceTable {
	t := make(PriceTable, len(c))
	for name, m := range c {
		if m.PromptCost != nil && m.CompletionCost != nil && *m.PromptCost >= 0 && *m.CompletionCost >= 0 {
			t[name] = Price{Prompt: *m.PromptCost, Completion: *m.CompletionCost, Currency: RUB}
		}
	}
	return t
}

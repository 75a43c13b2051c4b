package buoy

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
)

// CatalogueURL is AITUNNEL's public list of chat models with their prices
// (docs.aitunnel.ru/api/aitunnel-methods). It needs no key.
const CatalogueURL = "https://api.aitunnel.ru/public/aitunnel/models/chat"

// Catalogue is a list of models by name.
type Catalogue map[string]CatalogueModel

// CatalogueModel is what the catalogue tells of a model. A field that it does not
// tell is zero, and so is one that is not of the documented type.
type CatalogueModel struct {
	Provider       string
	PromptCost     *float64 // roubles per million tokens; nil for not told
	CompletionCost *float64
	ContextSize    int // tokens, prompt and answer
	MaxOutput      int
	Input, Output  []string // modalities: "text", "image", "file" ...
}

// FetchCatalogue reads the list of models at a URL; "" is [CatalogueURL]. No key
// is sent. opts are those of [New] that say how to connect: WithHTTPClient,
// WithTimeouts, WithRetry, WithMaxResponse, WithLogger. An error is a [*CallError].
//
// Prices change: read it at the start, and once a day in a program that runs on.
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
	var list Catalogue
	_, err = fetch(ctx, c, opCatalogue, u, func(data []byte) (err error) {
		list, err = decodeCatalogue(data)
		return err
	})
	return list, err
}

// decodeCatalogue reads an object of models by name. The list of all kinds of
// models has those of chat in a member of its own.
func decodeCatalogue(data []byte) (Catalogue, error) {
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(data, &raw); err != nil {
		return nil, err
	}
	if chat, ok := raw["chat"]; ok {
		var inner map[string]json.RawMessage
		if json.Unmarshal(chat, &inner) == nil && inner["prompt_cost"] == nil {
			raw = inner
		}
	}
	list := make(Catalogue, len(raw))
	for name, data := range raw {
		if m, ok := decodeCatalogueModel(data); ok {
			list[name] = m
		}
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("none of %d members is a model", len(raw))
	}
	return list, nil
}

func decodeCatalogueModel(data []byte) (m CatalogueModel, ok bool) {
	var in map[string]json.RawMessage
	if json.Unmarshal(data, &in) != nil {
		return m, false
	}
	read := func(name string, dst any) { // what is of another type is left out
		if raw, told := in[name]; told {
			_ = json.Unmarshal(raw, dst)
		}
	}
	var prompt, completion, context, output number
	read("provider", &m.Provider)
	read("prompt_cost", &prompt)
	read("completion_cost", &completion)
	read("context_size", &context)
	read("max_output", &output)
	var modalities struct{ Input, Output json.RawMessage }
	read("modalities", &modalities)
	_ = json.Unmarshal(modalities.Input, &m.Input)
	_ = json.Unmarshal(modalities.Output, &m.Output)
	m.PromptCost, m.CompletionCost = prompt.value, completion.value
	m.ContextSize, m.MaxOutput = context.count(), output.count()
	return m, m.Provider != "" || m.PromptCost != nil || m.ContextSize > 0
}

// Prices makes a price table of the models whose prices are told, for
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

package buoy_test

import (
	"net/http"
	"testing"

	"github.com/buoy-go/buoy"
	"github.com/stretchr/testify/require"
)

const catalogueBody = `{
 "gpt-4o-mini": {"provider":"openai","prompt_cost":28.8,"completion_cost":115.2,"context_size":128000,"max_output":16384,
   "modalities":{"input":["text","image"],"output":["text"]},"description":"small","created":1721260800,"hidden":false},
 "free": {"provider":"x","prompt_cost":0,"completion_cost":0,"context_size":"8192","max_output":null,"modalities":"text"},
 "unpriced": {"provider":"x","context_size":1e99},
 "odd": {"provider":7,"prompt_cost":"1.5","completion_cost":[],"context_size":-1},
 "note": "not a model", "count": 4, "nothing": null
}`

func TestFetchCatalogue(t *testing.T) {
	a := &account{answers: []func(*http.Request) *http.Response{says(503, ""), says(200, catalogueBody)}}
	hc := buoy.WithHTTPClient(&http.Client{Transport: a})
	list, err := buoy.FetchCatalogue(t.Context(), "", hc, buoy.WithRetry(buoy.RetryPolicy{BaseDelay: 1}))
	require.NoError(t, err)
	require.Equal(t, buoy.Catalogue{
		"gpt-4o-mini": {Provider: "openai", PromptCost: new(28.8), CompletionCost: new(115.2), ContextSize: 128000, MaxOutput: 16384, Input: []string{"text", "image"}, Output: []string{"text"}},
		"free":        {Provider: "x", PromptCost: new(0.0), CompletionCost: new(0.0), ContextSize: 8192},
		"unpriced":    {Provider: "x"},
		"odd":         {PromptCost: new(1.5)},
	}, list)
	require.Equal(t, buoy.PriceTable{
		"gpt-4o-mini": {Prompt: 28.8, Completion: 115.2, Currency: buoy.RUB},
		"free":        {Currency: buoy.RUB},
	}, list.Prices())
	require.Len(t, a.seen, 2)
	require.Equal(t, buoy.CatalogueURL, a.seen[0].URL.String())
	require.Empty(t, a.seen[0].Header.Get("Authorization"), "it is public")

	// The list of all kinds has the chat models in a member.
	a.answers = []func(*http.Request) *http.Response{says(200, `{"chat":`+catalogueBody+`,"images":{"dall-e":{"provider":"openai"}}}`)}
	all, err := buoy.FetchCatalogue(t.Context(), "https://api.aitunnel.ru/public/aitunnel/models", hc)
	require.NoError(t, err)
	require.Equal(t, list, all)
}

func TestFetchCatalogueFails(t *testing.T) {
	for body, want := range map[string]buoy.Kind{
		`{}`:              buoy.ErrMalformed,
		`[]`:              buoy.ErrMalformed,
		`{"a":{"b":1}}`:   buoy.ErrMalformed,
		`<html></html>`:   buoy.ErrMalformed,
		`{"error":"off"}`: buoy.ErrUnknown,
	} {
		a := &account{answers: []func(*http.Request) *http.Response{says(200, body)}}
		_, err := buoy.FetchCatalogue(t.Context(), "", noRetry.(buoy.Option), buoy.WithHTTPClient(&http.Client{Transport: a}))
		require.Equal(t, want, buoy.KindOf(err), "%s: %v", body, err)
		require.ErrorContains(t, err, "catalogue")
	}
	for _, at := range []string{"http://prices.example/models", "://", "ftp://x/y", "https://user:secret@x/y"} {
		_, err := buoy.FetchCatalogue(t.Context(), at)
		require.Error(t, err, at)
		require.NotContains(t, err.Error(), "secret")
	}
}

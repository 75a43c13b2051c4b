package buoy

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

// Whatever is decoded is a finite number, and is what JSON says.
func FuzzBalanceDecode(f *testing.F) {
	for _, s := range []string{
		`{"balance": 4999.55, "budget": 850.0}`, `{"balance":"12"}`, `{"data":{"limit":null,"limit_remaining":null}}`,
		`{"data":{"limit_remaining":4.9}}`, `{"balance":1e999}`, `{"balance":"NaN"}`, `[]`, `{"balance":{}}`, `{"data":7,"balance":1}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		amount, budget, err := decodeBalance(data)
		if err != nil {
			require.Nil(t, amount)
			require.Nil(t, budget)
			return
		}
		_, err = json.Marshal([]*float64{amount, budget})
		require.NoError(t, err)
	})
}

// A catalogue survives what it is told, and its prices are never below zero.
func FuzzCatalogueDecode(f *testing.F) {
	for _, s := range []string{
		`{"m":{"provider":"p","prompt_cost":1,"completion_cost":"2","context_size":3,"max_output":4,"modalities":{"input":["text"]}}}`,
		`{"chat":{"m":{"provider":"p"}}}`, `{"chat":{"prompt_cost":1}}`, `{"m":null}`, `{"m":{"prompt_cost":-1,"completion_cost":1}}`, `[]`, `{`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		list, err := decodeCatalogue(data)
		require.Equal(t, err == nil, len(list) > 0)
		for name, p := range list.Prices() {
			require.GreaterOrEqual(t, p.of(&Usage{PromptTokens: 10, CompletionTokens: 20}), 0.0, name)
			require.GreaterOrEqual(t, list[name].ContextSize, 0)
		}
	})
}

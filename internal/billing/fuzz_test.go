package billing

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

// Whatever is decoded is a finite number, and is what JSON says.
func FuzzDecodeBalance(f *testing.F) {
	for _, s := range []string{
		`{"balance": 4999.55, "budget": 850.0}`, `{"balance":"12"}`, `{"data":{"limit":null,"limit_remaining":null}}`,
		`{"data":{"limit_remaining":4.9}}`, `{"balance":1e999}`, `{"balance":"NaN"}`, `[]`, `{"balance":{}}`, `{"data":7,"balance":1}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		amount, budget, err := DecodeBalance(data)
		if err != nil {
			require.Nil(t, amount)
			require.Nil(t, budget)
			return
		}
		_, err = json.Marshal([]*float64{amount, budget})
		require.NoError(t, err)
	})
}

// A catalogue survives what it is told, and what it counts is never below zero.
func FuzzDecodeCatalogue(f *testing.F) {
	for _, s := range []string{
		`{"m":{"provider":"p","prompt_cost":1,"completion_cost":"2","context_size":3,"max_output":4,"modalities":{"input":["text"]}}}`,
		`{"chat":{"m":{"provider":"p"}}}`, `{"chat":{"prompt_cost":1}}`, `{"m":null}`, `{"m":{"prompt_cost":-1,"completion_cost":1}}`, `[]`, `{`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		list, err := DecodeCatalogue(data)
		require.Equal(t, err == nil, len(list) > 0)
		for name, m := range list {
			require.GreaterOrEqual(t, m.ContextSize, 0, name)
			require.GreaterOrEqual(t, m.MaxOutput, 0, name)
			_, err := json.Marshal(m)
			require.NoError(t, err)
		}
	})
}

func TestMarks(t *testing.T) {
	require.Nil(t, NewMarks(nil))
	m := NewMarks([]float64{10, 100, 10})
	one, other := Account{"e", "1"}, Account{"e", "2"}
	for _, tc := range []struct {
		of      Account
		balance float64
		want    []float64
	}{
		{one, 150, nil},
		{one, 99, []float64{100}},
		{one, 101, nil},
		{one, 99, nil}, // it was not a tenth above
		{one, 5, []float64{10}},
		{one, 110, nil},
		{one, 9, []float64{100, 10}},
		{other, 9, []float64{100, 10}},
		{other, 9, nil},
	} {
		require.Equal(t, tc.want, m.Passed(tc.of, tc.balance), "%v", tc)
	}
	for i := range maxAccounts {
		m.Passed(Account{"e", string(rune('a' + i))}, 1)
	}
	require.LessOrEqual(t, len(m.low), maxAccounts)
}

// Package billing reads what providers tell of money: what is left on an account, and
// what their models cost. It follows balances as they fall.
package billing

import (
	"encoding/json"
	"errors"
	"math"
	"strconv"
	"strings"
)

// number reads a JSON number, also one in quotes; null and what is none is nil.
type number struct{ value *float64 }

func (n *number) UnmarshalJSON(data []byte) error {
	text := strings.Trim(string(data), `"`)
	if f, err := strconv.ParseFloat(text, 64); err == nil && !math.IsInf(f, 0) && !math.IsNaN(f) {
		n.value = &f
	}
	return nil
}

// count is a number as a count of something.
func (n number) count() int {
	if n.value == nil || !(*n.value >= 0) || *n.value > 1<<31-1 {
		return 0
	}
	return int(*n.value)
}

// DecodeBalance reads AITUNNEL's and OpenRouter's forms, the latter of which
// is in "data". What is not reported is nil.
func DecodeBalance(data []byte) (amount, budget *float64, err error) {
	type fields struct {
		Balance   number          `json:"balance"`
		Budget    number          `json:"budget"`
		Remaining number          `json:"limit_remaining"`
		Limit     json.RawMessage `json:"limit"` // null for none
	}
	var in struct {
		fields
		Data json.RawMessage `json:"data"`
	}
	if err := json.Unmarshal(data, &in); err != nil {
		return nil, nil, err
	}
	f := in.fields
	_ = json.Unmarshal(in.Data, &f) // what is no object tells nothing
	if f.Remaining.value != nil {
		f.Budget = f.Remaining
	}
	if f.Balance.value == nil && f.Budget.value == nil && f.Limit == nil {
		return nil, nil, errors.New("no balance in it")
	}
	return f.Balance.value, f.Budget.value, nil
}

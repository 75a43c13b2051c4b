package buoytyped

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The values of a schema are named, so that a model that is asked to repair its answer
// knows them; of very many it is told some.
func TestListedValues(t *testing.T) {
	require.Equal(t, `"good", 3, null`, listed([]any{"good", 3, nil}))
	var many []any
	for range 1000 {
		many = append(many, strings.Repeat("x", 30))
	}
	list := listed(many)
	require.Less(t, len(list), 450)
	require.Contains(t, list, " and 989 more")
	require.Less(t, len(listed([]any{strings.Repeat("я", 10_000)})), 410)
}

// Whole numbers are written as encoding/json wants them of an int, digit by digit.
func TestWhole(t *testing.T) {
	for text, want := range map[string]string{
		"2.0": "2", "1e2": "100", "-1.5E+1": "-15", "2500e-2": "25", "0.0": "0", "-0e5": "0", "9007199254740993.0": "9007199254740993",
		"1e308": "1" + strings.Repeat("0", 308), "0e99999999999999999999": "0",
		"2": "2", "-0": "-0", "2.5": "2.5", "1e-1": "1e-1", "1e309": "1e309", "1e400000000": "1e400000000", "1e99999999999999999999": "1e99999999999999999999", "1e-99999999999999999999": "1e-99999999999999999999",
	} {
		require.Equal(t, json.Number(want), whole(json.Number(text)), text)
	}
}

// Numbers of any size are compared in no time.
func TestNumbersBeyondEveryBound(t *testing.T) {
	for text, want := range map[string]int{
		"1e99999999999999999999": 1, "-1e400000000": -1, "1e-400000000": 1, "-" + strings.Repeat("9", 1_000_000): -1, "0." + strings.Repeat("0", 1_000_000) + "1": 1, "0e99999999999999999999": 0,
	} {
		require.Equal(t, want, decimalOf(json.Number(text)).rat().Sign(), "%.20s", text)
	}
}

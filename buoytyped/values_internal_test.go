package buoytyped

import (
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

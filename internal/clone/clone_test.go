package clone

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCopiesShareNothing(t *testing.T) {
	n := 1
	p := Ptr(&n)
	*p = 2
	require.Equal(t, 1, n)
	require.Nil(t, Ptr[int](nil))

	raw := json.RawMessage(`{"a":1}`)
	Raw(raw)[2] = 'b'
	require.Equal(t, `{"a":1}`, string(raw))
	require.Nil(t, Raw(nil))

	extra := map[string]json.RawMessage{"x": json.RawMessage(`[1]`)}
	c := Extra(extra)
	c["x"][1] = '2'
	c["y"] = nil
	require.Equal(t, map[string]json.RawMessage{"x": json.RawMessage(`[1]`)}, extra)
	require.Nil(t, Extra(nil))
	require.Nil(t, Extra(map[string]json.RawMessage{}))
}

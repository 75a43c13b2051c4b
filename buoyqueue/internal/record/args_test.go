package record_test

import (
	"encoding/json"
	"testing"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoyqueue/internal/record"
	"github.com/stretchr/testify/require"
)

func with(extra string) *buoy.Request {
	return &buoy.Request{Model: "m", Messages: []buoy.Message{buoy.User("a")}, Extra: map[string]any{"x": json.RawMessage(extra)}}
}

// Equal requests are one job in whatever spelling, and others are not.
func TestDigest(t *testing.T) {
	digest := func(tenant, key string, r *buoy.Request) string {
		d, err := record.Digest(tenant, key, r)
		require.NoError(t, err)
		return d
	}
	for _, same := range [][2]string{
		{"1", "1.0"}, {"1", "10e-1"}, {`{"a":1,"b":2}`, `{ "b" : 2, "a":1 }`}, {`"\u0061"`, `"a"`}, {"[]", "[ ]"},
	} {
		require.Equal(t, digest("t", "k", with(same[0])), digest("t", "k", with(same[1])), same)
	}
	for _, other := range [][2]string{
		{"1", `"1"`}, {"1", "1.0000000000000000001"}, {"null", "0"}, {`"\ud800"`, `"\ud801"`}, {`"\ud800"`, `"\ufffd"`}, {"[1,2]", "[2,1]"},
	} {
		require.NotEqual(t, digest("t", "k", with(other[0])), digest("t", "k", with(other[1])), other)
	}
	seen := map[string]bool{}
	for _, r := range []struct{ tenant, key string }{{"", ""}, {"a", ""}, {"", "a"}, {"a", "b"}, {"ab", ""}, {"", "ab"}} {
		seen[digest(r.tenant, r.key, with("1"))] = true
	}
	require.Len(t, seen, 6)
}

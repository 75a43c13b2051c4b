package sniff_test

import (
	"encoding/json"
	"testing"

	"github.com/buoy-go/buoy/internal/sniff"
	"github.com/stretchr/testify/require"
)

func TestMended(t *testing.T) {
	for _, tc := range []struct{ text, want string }{
		{`{"a":NaN,"b":-Infinity,"c":[Infinity,1]}`, `{"a":null,"b":null,"c":[null,1]}`},
		{"{\"a\":\"x\ty\nz\"}", `{"a":"x\u0009y\u000az"}`},
		{`{"a":"NaN \" NaN","b":NaN}`, `{"a":"NaN \" NaN","b":null}`},
		{`{"a":"NaN","n":-1,"b":null}`, ""},
		{"{\n\t\"a\": 1\n}", ""},
		{``, ""},
		{`{"a":NaN`, ""},
		{`<p title="information">NaN</p>`, ""},
	} {
		require.Equal(t, tc.want, string(sniff.Mended([]byte(tc.text))), tc.text)
	}
}

// FuzzMended: what is JSON stays as it is, and what was mended is not mended again.
func FuzzMended(f *testing.F) {
	f.Add([]byte(`{"a":NaN}`))
	f.Add([]byte("{\"a\":\"x\ty\\\""))
	f.Fuzz(func(t *testing.T, text []byte) {
		mended := sniff.Mended(text)
		if json.Valid(text) && mended != nil {
			t.Fatalf("%q is JSON and became %q", text, mended)
		}
		if mended != nil && sniff.Mended(mended) != nil {
			t.Fatalf("%q became %q, which is mended again", text, mended)
		}
	})
}

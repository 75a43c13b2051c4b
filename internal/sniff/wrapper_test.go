package sniff

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWrapped(t *testing.T) {
	for member, want := range map[string]string{
		`{"data":{"choices":[]},"success":true}`:  `{"choices":[]}`,
		`{"body":"{\"choices\":[1]}"}`:            `{"choices":[1]}`,
		`{"result":[{"choices":[]}]}`:             "",
		`{"data":{"id":1}}`:                       "",
		`{"elsewhere":{"choices":[]}}`:            "",
		`{"response":"text","completion":"\"\""}`: "",
	} {
		var extra map[string]json.RawMessage
		require.NoError(t, json.Unmarshal([]byte(member), &extra))
		require.Equal(t, want, string(Wrapped(extra)), member)
	}
	require.Nil(t, Wrapped(nil))
}

func TestOnlyElement(t *testing.T) {
	for body, want := range map[string]string{
		" [ {\"choices\":[]} ]\n":         `{"choices":[]}`,
		`[{"choices":[]},{"choices":[]}]`: "",
		`[{"choices":[}]`:                 "",
		`[]`:                              "",
		`[`:                               "",
		``:                                "",
		`{"choices":[]}`:                  "",
	} {
		require.Equal(t, want, string(OnlyElement([]byte(body))), body)
	}
}

func TestLines(t *testing.T) {
	require.Equal(t, []string{"a\n", "b"}, texts("a\nb"))
	many := texts(strings.Repeat("x\n", 10*maxLines) + "last\n")
	require.Len(t, many, maxLines+1)
	require.Equal(t, "last", many[maxLines])
}

func texts(s string) []string {
	return slices.Collect(func(yield func(string) bool) {
		for line := range Lines([]byte(s)) {
			if !yield(string(line)) {
				return
			}
		}
	})
}

func TestUndone(t *testing.T) {
	for _, tc := range []struct{ body, want string }{
		{`{"a":1}data: [DONE]`, `{"a":1}`},
		{"{\"a\":1}\n\ndata: [DONE]\n\n", `{"a":1}`},
		{"{\"a\":1}\n[DONE]", `{"a":1}`},
		{"{\"a\":1}\n[DONE]\ndata: [DONE][DONE]", `{"a":1}`},
		{`{"a":1}`, ""},
		{"data: [DONE]\n\n", ""},
		{"[DONE][DONE]", ""},
		{"", ""},
	} {
		require.Equal(t, tc.want, string(Undone([]byte(tc.body))), tc.body)
	}
}

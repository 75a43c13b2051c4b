package jscan

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRepeated(t *testing.T) {
	for _, tc := range []struct{ text, want string }{
		{`{"a":1}{"a":1}`, `{"a":1}`},
		{" {\"a\":\"}{\"}\n{\"a\":\"}{\"} {\"a\":\"}{\"}\n", `{"a":"}{"}`},
		{`{"a":1}{"a":2}`, ""},
		{`{"a":1}{"a":1`, ""},
		{`{"a":1}`, ""},
		{`{"a":[{"a":1}]}`, ""},
		{`{}x{}`, ""},
		{`{"a":\}{"a":\}`, ""},
		{`{a}{a}`, ""},
		{`[1][1]`, ""},
		{"", ""},
	} {
		got, ok := Once(tc.text)
		require.Equal(t, tc.want != "", ok, tc.text)
		if ok {
			require.Equal(t, tc.want, got)
		}
	}
}

func TestUnquoted(t *testing.T) {
	for _, tc := range []struct{ text, want string }{
		{`"{\"a\":1}"`, `{"a":1}`},
		{` " {\"a\":\"\\\"\"} " `, ` {"a":"\""} `},
		{`"a"`, ""},
		{`"{a}"`, ""},
		{`"{}`, ""},
		{`"{}""{}"`, ""},
		{`{}`, ""},
		{`""`, ""},
		{"", ""},
	} {
		got, ok := Once(tc.text)
		require.Equal(t, tc.want != "", ok, tc.text)
		if ok {
			require.Equal(t, tc.want, got)
		}
	}
}

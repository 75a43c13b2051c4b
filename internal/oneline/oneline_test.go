package oneline

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestOf(t *testing.T) {
	for text, want := range map[string]string{
		"":                       "",
		"as it is":               "as it is",
		"a\nb\r\n\tc\x7fd\x1b[3": "a b c d [3",
		"\n\n":                   "",
		"0123456789":             "0123456789",
		"0123456789a":            "0123456789...",
		"012345678é":             "012345678...",
		"0\n123456789a":          "0 12345678...",
	} {
		require.Equal(t, want, Of(text, 10))
	}
	require.Equal(t, "x", Of("x"+strings.Repeat("\n", 1<<20), 10))
}

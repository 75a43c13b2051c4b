package jscan

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestHalves(t *testing.T) {
	read := func(text string) string {
		var c Cursor
		c.KeepHalves()
		c.Reset([]byte(text))
		s, ok := c.String("")
		require.True(t, ok)
		require.NoError(t, c.End())
		return s
	}
	for _, tc := range []struct{ one, two, text, held string }{
		{`"a\ud83d"`, `"\ude00b"`, "a😀b", "\xed\xa0\xbd"},
		{`"\ud83d"`, `""`, "\uFFFD", "\xed\xa0\xbd"},
		{`"\ude00"`, `"x"`, "\uFFFDx", ""},
		{`"\ud83dx"`, `"y"`, "\uFFFDxy", ""},
		{`"\ud83d\ud83d"`, `"\ude00"`, "\uFFFD😀", "\xed\xa0\xbd"},
		{`"a\ud83d\ude00"`, `"b"`, "a😀b", ""},
		{"\"a\xf0\x9f\"", "\"\x98\x80b\"", "a😀b", "\xf0\x9f"},
		{"\"\xd0\"", "\"\xb6\"", "ж", "\xd0"},
		{"\"\xff\"", "\"x\"", "\uFFFDx", ""},
		{"\"\\n\xd0\"", "\"\xb6\\n\"", "\nж\n", "\xd0"},
	} {
		first, held := Mend(read(tc.one))
		require.Equal(t, tc.held, held, tc.one)
		second, _ := Mend(held + read(tc.two))
		rest := ""
		if tc.two == `""` {
			rest, second = second, "\uFFFD" // it waits on, see ChunkDecoder
			require.Empty(t, rest)
		}
		require.Equal(t, tc.text, first+second, tc.one)
	}
}

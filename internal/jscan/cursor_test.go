package jscan_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/buoy-go/buoy/internal/jscan"
)

// texts are texts at the edge of what JSON is; encoding/json says on which side.
var texts = []string{
	``, ` `, `null`, ` null `, `nul`, `nulll`, `true`, `false`, `tru`, `truefalse`,
	`0`, `-0`, `00`, `01`, `-`, `-1`, `+1`, `1.`, `.1`, `1.0`, `1e`, `1e+`, `1E+2`, `1e-2`, `1.5e3`, `0x1`, `NaN`, `Infinity`, `1 2`,
	`""`, `"a"`, `"`, `"a`, `"\"`, `"\""`, `"\\"`, `"\/\b\f\n\r\t"`, `"\a"`, `"\u00e9"`, `"\u00E9"`, `"\u00g0"`, `"\u00"`, `"\ud83d\ude00"`,
	`"\ud83d"`, `"\ude00\ud83d"`, `"\ud83d\u0041"`, `"\ud83dx"`, `"\ud83d\ud83d\ude00"`, `"é"`, "\"\xff\"", "\"a\xc3\"", "\"\xed\xa0\x80\"", "\"\xc3\\n\xa9\"",
	"\"\n\"", "\"\x1f\"", "\"\x7f\"", "\"\x00\"", `"01234567"`, `"0123456789abcdef\n0123456789"`, "\"01234567\t\"", `"абвгдежзий"`,
	`{}`, `{ }`, `{"a":1}`, `{"a":1,}`, `{,}`, `{"a"}`, `{"a":}`, `{a:1}`, `{"a":1 "b":2}`, `{"a":1,"b":{"c":[1,{}]}}`, `{"a":1}}`, `{"a":1`, `{"a`, `{1:2}`,
	`[]`, `[ ]`, `[1]`, `[1,]`, `[,1]`, `[1 2]`, `[1,2`, `[[[]]]`, `[}`, `{]`, `[1]]`,
	"\ufeff{}", "{}\x00", "\x00", "{}\v", "\u00a0{}",
}

func TestValid(t *testing.T) {
	for _, text := range texts {
		require.Equal(t, json.Valid([]byte(text)), jscan.Valid([]byte(text)), "%q", text)
	}
}

// A text that stops anywhere inside is never taken for a whole one.
func TestValidCutAnywhere(t *testing.T) {
	whole := `{"id":"x\u00e9\n","n":[1.5e3,-2,null,true,false],"o":{"k":"длинная строка, больше восьми байт"}}`
	require.True(t, jscan.Valid([]byte(whole)))
	for i := range whole {
		require.False(t, jscan.Valid([]byte(whole[:i])), "cut at %d", i)
	}
}

func TestText(t *testing.T) {
	for _, text := range texts {
		sameString(t, []byte(text))
	}
}

// sameString checks that a text is read as the string that encoding/json reads.
func sameString(t *testing.T, text []byte) {
	var want string
	trimmed := strings.TrimLeft(string(text), " \t\r\n")
	wantOK := strings.HasPrefix(trimmed, `"`) && json.Unmarshal(text, &want) == nil

	var c jscan.Cursor
	c.Reset(text)
	got, ok := c.Text()
	ok = ok && c.End() == nil
	require.Equal(t, wantOK, ok, "%q", text)
	if ok {
		require.Equal(t, want, string(got), "%q", text)
	}
}

func TestNumbers(t *testing.T) {
	for _, test := range []struct {
		text    string
		n       int64
		isInt   bool
		isFloat bool
	}{
		{"0", 0, true, true},
		{"-0", 0, true, true},
		{"1700000000", 1700000000, true, true},
		{"1700000000.9", 1700000000, true, true},
		{"1.7e9", 1700000000, true, true},
		{"-12.5", -12, true, true},
		{"999999999999999999", 999999999999999999, true, true},
		{"9223372036854775807", 9223372036854775807, true, true},
		{"-9223372036854775808", -9223372036854775808, true, true},
		{"9223372036854775808", 0, false, true},
		{"1e400", 0, false, false},
		{`"1"`, 0, false, false},
		{"null", 0, false, false},
		{"true", 0, false, false},
	} {
		var c jscan.Cursor
		c.Reset([]byte(test.text))
		n, ok := c.Int()
		require.Equal(t, test.isInt, ok, test.text)
		require.Equal(t, test.n, n, test.text)
		if !ok {
			c.Skip() // it stayed before the value
		}
		require.NoError(t, c.End(), test.text)

		c.Reset([]byte(test.text))
		_, ok = c.Float()
		require.Equal(t, test.isFloat, ok, test.text)
		if !ok {
			c.Skip()
		}
		require.NoError(t, c.End(), test.text)
	}
}

func TestWalk(t *testing.T) {
	var c jscan.Cursor
	c.Reset([]byte(` {"a" : "x", "\u0062": [1, true, null], "c": {}, "d": {"e": []}} `))
	require.Equal(t, jscan.Object, c.Kind())
	require.False(t, c.Array(), "it is an object")
	require.True(t, c.Object())

	key, ok := c.Key()
	require.True(t, ok)
	require.Equal(t, "a", string(key))
	old := "x"
	s, ok := c.String(old)
	require.True(t, ok)
	require.Equal(t, old, s)

	escaped, ok := c.Key()
	require.True(t, ok)
	require.True(t, c.Array())
	require.True(t, c.More())
	mark := c.Mark()
	_, ok = c.Text()
	require.False(t, ok, "a number is no string")
	n, ok := c.Int()
	require.True(t, ok)
	require.EqualValues(t, 1, n)
	c.Rewind(mark)
	require.Equal(t, "1", string(c.Raw()))
	require.True(t, c.More())
	b, ok := c.Bool()
	require.True(t, ok)
	require.True(t, b)
	require.True(t, c.More())
	require.True(t, c.Null())
	require.False(t, c.More())
	require.Equal(t, "b", string(escaped), "a key stays valid")

	_, ok = c.Key()
	require.True(t, ok)
	require.True(t, c.Object())
	_, ok = c.Key()
	require.False(t, ok)

	_, ok = c.Key()
	require.True(t, ok)
	require.Equal(t, `{"e": []}`, string(c.Raw()))
	_, ok = c.Key()
	require.False(t, ok)
	require.NoError(t, c.End())
}

func TestErrorSticks(t *testing.T) {
	var c jscan.Cursor
	c.Reset([]byte(`{"a":tru,"b":1}`))
	require.True(t, c.Object())
	_, ok := c.Key()
	require.True(t, ok)
	_, ok = c.Bool()
	require.False(t, ok)
	require.ErrorIs(t, c.Err(), jscan.ErrSyntax)
	mark := c.Mark()
	c.Rewind(jscan.Mark{})
	require.Equal(t, mark, c.Mark(), "no way back from an error")
	_, ok = c.Key()
	require.False(t, ok)
	require.Nil(t, c.Raw())
	require.ErrorIs(t, c.End(), jscan.ErrSyntax)
}

func TestDepth(t *testing.T) {
	deep := strings.Repeat("[", jscan.MaxDepth) + strings.Repeat("]", jscan.MaxDepth)
	require.True(t, jscan.Valid([]byte(deep)))

	var c jscan.Cursor
	c.Reset([]byte("[" + deep + "]"))
	c.Skip()
	require.ErrorIs(t, c.End(), jscan.ErrDepth)

	c.Reset([]byte(strings.Repeat(`{"a":`, 1<<20)))
	c.Skip()
	require.ErrorIs(t, c.End(), jscan.ErrDepth, "and the stack survives")
}

// A key is read in one way where it stands as most do, and in another one elsewhere: both
// ask for the same.
func TestKeysStand(t *testing.T) {
	for text, want := range map[string]bool{
		`{"a":1,"b":2}`: true, "{\n  \"a\": 1,\n  \"b\": 2\n}": true, `{ "a" : 1 , "b" : 2 }`: true, "{\"a\":1\n,\r\t \"b\":2}": true,
		`{"\u0061":1,"b":2}`: true, `{"a":1,"b":2 }`: true, "{\"a\":\t1,\"b\": \n2}": true,
		`{"a":1"b":2}`: false, `{"a":1 "b":2}`: false, `{,"a":1,"b":2}`: false, `{"a":1,,"b":2}`: false, `{"a":1,"b"2}`: false,
		`{"a":1,"b" 2}`: false, `{"a":1,"b`: false, `{"a":1,"b"`: false, `{"a":1,"b":`: false, "{\"a\":1,\v\"b\":2}": false, "{\"a\":1,\x00\"b\":2}": false,
		"{\"a\n\":1,\"b\":2}": false, `{"a":1,b:2}`: false, `{"a":1,}`: false,
	} {
		require.Equal(t, want, json.Valid([]byte(text)), text) // the table is right
		var c jscan.Cursor
		c.Reset([]byte(text))
		keys := []string{}
		if c.Object() {
			for {
				key, ok := c.Key()
				if !ok {
					break
				}
				keys = append(keys, string(key))
				c.Skip()
			}
		}
		require.Equal(t, want, c.End() == nil, text)
		if want {
			require.Equal(t, []string{"a", "b"}, keys, text)
		}
	}
}

package jprint

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAppendStringIsJSON(t *testing.T) {
	texts := []string{"", "a", "a\"b", `\`, "\n\r\t\b\f\x00\x1f\x7f", "<&>", "\u2028", "é", "日本", "😀", "\xff", "a\xc3", "01234567\xff", "012345678901234567890\"", "абвгд\nежз"}
	for b := range 256 {
		texts = append(texts, "0123456"+string([]byte{byte(b)})+"89", string([]byte{byte(b)}))
	}
	for _, text := range texts {
		sameText(t, text)
	}
}

// sameText checks that a text reads as encoding/json would have it after writing.
func sameText(t *testing.T, text string) {
	var got, want string
	require.NoError(t, json.Unmarshal(AppendString(nil, text), &got), "%q", text)
	viaJSON, err := json.Marshal(text)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(viaJSON, &want))
	require.Equal(t, want, got, "%q", text)
}

func FuzzAppendString(f *testing.F) {
	f.Add("why is the sky blue?\n")
	f.Add("0123456\t\xff\u2028日本")
	f.Fuzz(func(t *testing.T, text string) { sameText(t, text) })
}

func TestWriterWritesAnObject(t *testing.T) {
	w := &Writer{}
	n, x, yes := 0, 1e21, true
	f := Fields[any]{w, map[string]any{"z": []int{1}, "str": "mine", "a": nil}}
	w.Open('{')
	f.Str("str", "replaced by Extra")
	f.Str("empty", "")
	f.Strs("list", []string{"a", "b"})
	f.Count("none", 0)
	f.Int("zero", &n)
	f.Float("big", &x)
	f.Bool("yes", &yes)
	f.Raw("null", json.RawMessage(" null "))
	f.Raw("raw", json.RawMessage(`{"b":1}`))
	f.Any("any", map[string]string{"c": "<"}, true)
	f.Rest()
	w.Close('}')
	require.Nil(t, w.Err)
	require.Equal(t, `{"list":["a","b"],"zero":0,"big":1e+21,"yes":true,"raw":{"b":1},"any":{"c":"<"},"a":null,"str":"mine","z":[1]}`, string(w.Buf))
}

func TestTheFirstErrorSticks(t *testing.T) {
	w := &Writer{}
	w.Float("n", math.NaN())
	w.Raw("raw", json.RawMessage("{"))
	w.Any("func", func() {})
	require.ErrorIs(t, w.Err, ErrNotFinite)
	require.Equal(t, "n: is not a finite number", w.Err.Error())
	require.Equal(t, "nullnullnull", string(w.Buf), "what follows is written all the same")
}

package chat

import (
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// A server that cuts a character in any string of an event breaks none of the chunk's: the
// halves of texts wait for the next piece, all others become U+FFFD.
func TestNoStringOfAChunkIsBroken(t *testing.T) {
	const event = `{"id":"X","model":"X","system_fingerprint":"X","service_tier":"X","provider":"X","choices":[{"index":0,"delta":{"role":"X",` +
		`"content":"X","reasoning":"X","refusal":"X","function_call":{"name":"X","arguments":"X"},"audio":{"id":"X","transcript":"X","data":"X"},` +
		`"tool_calls":[{"index":0,"id":"X","type":"X","function":{"name":"X","arguments":"X"},"custom":{"name":"X","input":"X"}}],` +
		`"annotations":[{"type":"X","url_citation":{"url":"X","title":"X","content":"X","start_index":0,"end_index":1}}]},` +
		`"logprobs":{"content":[{"token":"X","logprob":-1,"bytes":[198],"top_logprobs":[{"token":"X","logprob":-1,"bytes":[198]}]}],"refusal":[{"token":"X"}]},` +
		`"finish_reason":null,"native_finish_reason":"X"}]}`
	parts := `{"choices":[{"delta":{"content":[{"type":"text","text":"X"},{"type":"X","refusal":"X"},{"type":"image_url","image_url":{"url":"X","detail":"X"}}]}}]}`
	for _, half := range []string{"\xc6", "a\xe2\x82", `\ud83d`, `\ude00`, "\xff"} {
		var d ChunkDecoder
		for range 2 {
			for _, text := range []string{event, parts} {
				c, _, err := d.Decode([]byte(strings.ReplaceAll(text, "X", half)))
				require.NoError(t, err)
				strs := 0
				whole(t, reflect.ValueOf(c.Clone()), &strs)
				require.Greater(t, strs, 4)
			}
		}
	}
}

// The input of a custom tool grows like the arguments of a function.
func TestHalvesOfACustomToolsInput(t *testing.T) {
	var d ChunkDecoder
	text := ""
	for _, piece := range []string{"a\xd0", "\xb9b" + `\ud83d`, `\ude00c`} {
		c, _, err := d.Decode([]byte(`{"choices":[{"delta":{"tool_calls":[{"index":0,"type":"custom","custom":{"name":"f","input":"` + piece + `"}}]}}]}`))
		require.NoError(t, err)
		text += c.Choices[0].Delta.ToolCalls[0].Custom.Input
	}
	require.Equal(t, "aйb😀c", text)
}

// whole requires that each string of a value but in Extra is UTF-8.
func whole(t *testing.T, v reflect.Value, strs *int) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			whole(t, v.Elem(), strs)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				whole(t, v.Field(i), strs)
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			whole(t, v.Index(i), strs)
		}
	case reflect.String:
		*strs++
		require.True(t, utf8.ValidString(v.String()), "%q", v.String())
	}
}

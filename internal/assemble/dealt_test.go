package assemble_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/buoy-go/buoy/chat"
	"github.com/buoy-go/buoy/internal/assemble"
	"github.com/stretchr/testify/require"
)

// pieceOf is the event of a piece of a call.
func pieceOf(index int, id, name, arguments string) string {
	head := fmt.Sprintf(`{"index":%d,`, index)
	if id != "" {
		head += fmt.Sprintf(`"id":%q,"type":"function",`, id)
	}
	function := fmt.Sprintf(`"arguments":%q`, arguments)
	if name != "" {
		function = fmt.Sprintf(`"name":%q,`, name) + function
	}
	return `{"choices":[{"index":0,"delta":{"tool_calls":[` + head + `"function":{` + function + `}}]}}]}`
}

func callsOf(t *testing.T, events ...string) string {
	var a assemble.Assembler
	var d chat.ChunkDecoder
	for _, e := range events {
		c, _, err := d.Decode([]byte(e))
		require.NoError(t, err)
		a.Add(c)
	}
	out := ""
	for _, c := range a.Response().ToolCalls() {
		out += c.ID + "," + c.Function.Name + "," + c.Function.Arguments + ";"
	}
	return out
}

// Calls that were begun in one place mean what calls in their own places do, whether the
// places of their arguments count the calls or not.
func TestCallsBegunInOnePlace(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for range 2000 {
		n, first := 2+rng.IntN(4), rng.IntN(2)
		var heads, counted, all []string
		want := ""
		for i := range n {
			id, name, arguments := fmt.Sprintf("call_%d", i), []string{"f", "g"}[rng.IntN(2)], fmt.Sprintf(`{"q":"}{\"%d","in":{"a":[%d]}}`, i, rng.IntN(9))
			want += id + "," + name + "," + arguments + ";"
			heads = append(heads, pieceOf(first, id, name, ""))
			for cut := 0; cut < len(arguments); {
				next := min(len(arguments), cut+1+rng.IntN(20))
				counted = append(counted, pieceOf(first+i, "", "", arguments[cut:next]))
				all = append(all, pieceOf(first, "", "", arguments[cut:next]))
				cut = next
			}
		}
		require.Equal(t, want, callsOf(t, append(append([]string{}, heads...), counted...)...))
		require.Equal(t, want, callsOf(t, append(append([]string{}, heads...), all...)...))
	}
}

// What looks alike is none of that.
func TestCallsThatAreNotDealt(t *testing.T) {
	a, b := pieceOf(0, "a", "f", ""), pieceOf(0, "b", "g", "")
	for _, r := range []struct {
		name, want string
		events     []string
	}{
		{"one without arguments", `a,f,;b,g,{"x":1};`, []string{a, b, pieceOf(0, "", "", `{"x":1}`)}},
		{"one without arguments, counted", `a,f,;b,g,{"x":1};`, []string{a, b, pieceOf(1, "", "", `{"x":`), pieceOf(1, "", "", `1}`)}},
		{"a placeholder", `a,f,;b,g,{"x":1};`, []string{a, b, pieceOf(0, "", "", `{}`), pieceOf(0, "", "", `{"x":1}`)}},
		{"a summary", `a,f,;b,g,{"x": 1};`, []string{a, b, pieceOf(0, "", "", `{"x":1}`), pieceOf(0, "", "", `{"x": 1}`)}},
		{"begun again", `b,f,{"x":1};`, []string{a, pieceOf(0, "b", "f", ""), pieceOf(0, "", "", `{"x":1}`)}},
		{"places of their own", `a,f,{"x":1};b,g,{"x":2};`, []string{a, pieceOf(1, "b", "g", ""), pieceOf(1, "", "", `{"x":2}`), pieceOf(0, "", "", `{"x":1}`)}},
		{"the first of three without arguments", `a,f,;b,g,{"x":1};c,f,{"x":2};`, []string{a, b, pieceOf(0, "c", "f", ""), pieceOf(1, "", "", `{"x":1}`), pieceOf(2, "", "", `{"x":2}`)}},
		{"cut in the second", `a,f,{"x":1};b,g,{"y";`, []string{a, b, pieceOf(0, "", "", `{"x":1}`), pieceOf(1, "", "", `{"y"`)}},
	} {
		require.Equal(t, r.want, callsOf(t, r.events...), r.name)
	}
	many := []string{a, b}
	for i := range 5000 {
		many = append(many, pieceOf(i, "", "", `{"x":1}`))
	}
	require.Less(t, strings.Count(callsOf(t, many...), ";"), 1100)
}

// Whatever pieces come in whatever places, no argument is made up, and none is told of
// two calls.
func FuzzCalls(f *testing.F) {
	f.Add([]byte("\x10\x20\x01\x02\x05\x06"))
	f.Add([]byte("\x10\x20\x30\x01\x02\x05\x06\x09\x0a"))
	f.Add([]byte("\x50\x60\x41\x02\x45\x46\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		var a assemble.Assembler
		var d chat.ChunkDecoder
		sent := 0
		for _, b := range data[:min(len(data), 40)] {
			// Two bits are the text, two the place, three the id, one the name.
			text, id, name := []string{"", `{"a":`, "1}", `{"b":2}`}[b&3], "", ""
			if n := b >> 4 & 7; n > 0 {
				id, name = fmt.Sprintf("call_%d", n), []string{"f", "g"}[b>>7]
			}
			c, _, err := d.Decode([]byte(pieceOf(int(b>>2&3), id, name, text)))
			require.NoError(t, err)
			a.Add(c)
			sent += len(text)
			told := 0
			for _, call := range a.Response().ToolCalls() {
				told += len(call.Function.Arguments)
			}
			require.LessOrEqual(t, told, sent)
		}
	})
}

package assemble_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/buoy-go/buoy/chat"
	"github.com/buoy-go/buoy/internal/assemble"
	"github.com/stretchr/testify/require"
)

// Calls and the places of their pieces as servers may mix them up.
func TestPlacesOfCalls(t *testing.T) {
	p := pieceOf
	a, b, c := p(0, "a", "f", ""), p(0, "b", "g", ""), p(0, "c", "h", "")
	multi := func(items ...string) string {
		s := ""
		for i, it := range items {
			if i > 0 {
				s += ","
			}
			s += it
		}
		return `{"choices":[{"index":0,"delta":{"tool_calls":[` + s + `]}}]}`
	}
	it := func(index, id, name, args string) string {
		s := "{"
		if index != "" {
			s += `"index":` + index + ","
		}
		if id != "" {
			s += fmt.Sprintf(`"id":%q,"type":"function",`, id)
		}
		f := fmt.Sprintf(`"arguments":%q`, args)
		if name != "" {
			f = fmt.Sprintf(`"name":%q,`, name) + f
		}
		return s + `"function":{` + f + "}}"
	}
	many, wantMany := []string{}, ""
	for i := range 20 {
		many = append(many, p(0, fmt.Sprint("c", i), "f", ""))
	}
	for i := range 20 {
		many = append(many, p(i, "", "", `{"i":`), p(i, "", "", fmt.Sprintf(`%d}`, i)))
		wantMany += fmt.Sprintf(`c%d,f,{"i":%d};`, i, i)
	}
	for _, r := range []struct {
		name, want string
		events     []string
	}{
		{"counted, the second first", `a,f,{"x":1};b,g,{"y":2};`, []string{a, b, p(1, "", "", `{"y":2}`), p(0, "", "", `{"x":1}`)}},
		{"counted, pieces interleaved", `a,f,{"x":1};b,g,{"y":2};`, []string{a, b, p(0, "", "", `{"x"`), p(1, "", "", `{"y"`), p(0, "", "", `:1}`), p(1, "", "", `:2}`)}},
		{"counted, three, last first", `a,f,{"x":1};b,g,{"y":2};c,h,{"z":3};`, []string{a, b, c, p(2, "", "", `{"z":3}`), p(1, "", "", `{"y":2}`), p(0, "", "", `{"x":1}`)}},
		{"counted, three, mixed", `a,f,{"x":1};b,g,{"y":2};c,h,{"z":3};`, []string{a, b, c, p(1, "", "", `{"y"`), p(0, "", "", `{"x":1}`), p(2, "", "", `{"z":3}`), p(1, "", "", `:2}`)}},
		{"counted, one event", `a,f,{"x":1};b,g,{"y":2};`, []string{multi(it("0", "a", "f", ""), it("0", "b", "g", "")), multi(it("0", "", "", `{"x":1}`), it("1", "", "", `{"y":2}`))}},
		{"counted, one event each piece", `a,f,{"x":1};b,g,{"y":2};`, []string{multi(it("0", "a", "f", ""), it("0", "b", "g", "")), multi(it("0", "", "", `{"x"`), it("1", "", "", `{"y"`)), multi(it("0", "", "", `:1}`), it("1", "", "", `:2}`))}},
		{"with their ids", `a,f,{"x":1};b,g,{"y":2};`, []string{a, b, p(0, "a", "", `{"x":1}`), p(0, "b", "", `{"y":2}`)}},
		{"with their ids, interleaved", `a,f,{"x":1};b,g,{"y":2};`, []string{a, b, p(0, "a", "", `{"x"`), p(0, "b", "", `{"y"`), p(0, "a", "", `:1}`), p(0, "b", "", `:2}`)}},
		{"with their ids and counted", `a,f,{"x":1};b,g,{"y":2};`, []string{a, b, p(0, "a", "", `{"x"`), p(1, "b", "", `{"y"`), p(0, "a", "", `:1}`), p(1, "b", "", `:2}`)}},
		{"a name in pieces", `a,get_weather,{"x":1};`, []string{p(0, "a", "get_", ""), p(0, "", "weather", ""), p(0, "", "", `{"x":1}`)}},
		{"a name in pieces with the id", `a,get_weather,{"x":1};`, []string{p(0, "a", "get_", ""), p(0, "a", "weather", ""), p(0, "", "", `{"x":1}`)}},
		{"an id for each piece", `a,f,{"x":1};`, []string{p(0, "a", "f", ""), p(0, "a2", "", `{"x"`), p(0, "a3", "", `:1}`)}},
		{"places jump", `a,f,{"x":1};b,g,{"y":2};c,h,{"z":3};`, []string{p(0, "a", "f", `{"x":1}`), p(5, "b", "g", ""), p(9, "c", "h", ""), p(9, "", "", `{"z":3}`), p(5, "", "", `{"y":2}`)}},
		{"negative", `a,f,{"x":1};`, []string{p(-1, "a", "f", ""), p(-1, "", "", `{"x"`), p(-1, "", "", `:1}`)}},
		{"negative first", `a,f,{"x":1};b,g,{"y":2};`, []string{p(-1, "a", "f", `{"x":1}`), p(0, "b", "g", ""), p(0, "", "", `{"y":2}`)}},
		{"no place", `a,f,{"x":1};b,g,{"y":2};`, []string{multi(it("", "a", "f", "")), multi(it("", "", "", `{"x":1}`)), multi(it("", "b", "g", "")), multi(it("", "", "", `{"y":2}`))}},
		{"no place, heads first", `a,f,{"x":1};b,g,{"y":2};`, []string{multi(it("", "a", "f", "")), multi(it("", "b", "g", "")), multi(it("", "", "", `{"x":1}`)), multi(it("", "", "", `{"y":2}`))}},
		{"no place for the arguments", `a,f,{"x":1};b,g,{"y":2};`, []string{a, multi(it("", "", "", `{"x":1}`)), p(1, "b", "g", ""), multi(it("", "", "", `{"y":2}`))}},
		{"null for a place", `a,f,{"x":1};`, []string{multi(it("null", "a", "f", "")), multi(it("null", "", "", `{"x":1}`))}},
		{"comes back empty", `a,f,{"x":1};b,g,{"y":2};`, []string{p(0, "a", "f", `{"x":1}`), p(1, "b", "g", `{"y":2}`), p(0, "", "", ""), p(1, "", "", "")}},
		{"comes back whole", `a,f,{"x":1};b,g,{"y":2};`, []string{p(0, "a", "f", `{"x":1}`), p(1, "b", "g", `{"y":2}`), p(0, "a", "f", `{"x":1}`), p(1, "b", "g", `{"y":2}`)}},
		{"counted, then whole", `a,f,{"x":1};b,g,{"y":2};`, []string{a, b, p(0, "", "", `{"x":1}`), p(1, "", "", `{"y":2}`), multi(it("0", "a", "f", `{"x":1}`), it("1", "b", "g", `{"y":2}`))}},
		{"two, then a third", `a,f,{"x":1};b,g,{"y":2};c,h,{"z":3};`, []string{a, b, p(0, "", "", `{"x":1}`), p(0, "", "", `{"y":2}`), c, p(0, "", "", `{"z":3}`)}},
		{"two counted, then a third in its place", `a,f,{"x":1};b,g,{"y":2};c,h,{"z":3};`, []string{a, b, p(0, "", "", `{"x":1}`), p(1, "", "", `{"y":2}`), p(2, "c", "h", ""), p(2, "", "", `{"z":3}`)}},
		{"two counted, then a third at 0", `a,f,{"x":1};b,g,{"y":2};c,h,{"z":3};`, []string{a, b, p(0, "", "", `{"x":1}`), p(1, "", "", `{"y":2}`), c, p(2, "", "", `{"z":3}`)}},
		{"heads only", `a,f,;b,g,;`, []string{a, b}},
		{"cut in the first, counted", `a,f,{"x";b,g,;`, []string{a, b, p(0, "", "", `{"x"`), p(1, "", "", ``)}},
		{"placeholders", `a,f,{"x":1};b,g,{"y":2};`, []string{p(0, "a", "f", "{}"), p(0, "b", "g", "{}"), p(0, "", "", `{"x":1}`), p(1, "", "", `{"y":2}`)}},
		{"null placeholders", `a,f,{"x":1};b,g,{"y":2};`, []string{p(0, "a", "f", "null"), p(0, "b", "g", "null"), p(0, "", "", `{"x":1}`), p(1, "", "", `{"y":2}`)}},
		{"twenty in one place", wantMany, many},
		{"first begun at 1", `a,f,{"x":1};b,g,{"y":2};`, []string{p(1, "a", "f", ""), p(1, "b", "g", ""), p(1, "", "", `{"x":1}`), p(2, "", "", `{"y":2}`)}},
		{"same arguments", `a,f,{"x":1};b,g,{"x":1};`, []string{a, b, p(0, "", "", `{"x":1}`), p(1, "", "", `{"x":1}`)}},
		{"same arguments, interleaved", `a,f,{"x":1};b,f,{"x":1};`, []string{a, p(0, "b", "f", ""), p(0, "", "", `{"x"`), p(1, "", "", `{"x"`), p(0, "", "", `:1}`), p(1, "", "", `:1}`)}},
		{"empty objects, counted", `a,f,{};b,g,{};`, []string{a, b, p(0, "", "", `{}`), p(1, "", "", `{}`)}},
		{"first empty, counted", `a,f,{};b,g,{"y":2};`, []string{a, b, p(0, "", "", `{}`), p(1, "", "", `{"y":2}`)}},
		{"blanks between", `a,f,{"x":1};b,g,{"y":2};`, []string{a, b, p(0, "", "", "{\"x\":1}"), p(0, "", "", "\n"), p(0, "", "", `{"y":2}`)}},
		{"two in one piece", `a,f,{"x":1};b,g,{"y":2};`, []string{a, b, p(0, "", "", `{"x":1}{"y":2}`)}},
		{"nested in one piece", `a,f,{"x":{"y":"}{"}};b,g,{"y":[{}]};`, []string{a, b, p(0, "", "", `{"x":{"y":"}{"}}{"y"`), p(0, "", "", `:[{}]}`)}},
		{"own places, the names again", `a,f,{"x":1};b,g,{"y":2};`, []string{a, p(1, "b", "g", ""), p(0, "", "f", `{"x"`), p(1, "", "g", `{"y"`), p(0, "", "f", `:1}`), p(1, "", "g", `:2}`)}},
	} {
		require.Equal(t, r.want, callsOf(t, r.events...), r.name)
	}
}

// Several choices with calls that are begun in one place, or each in its own, whose pieces come
// in any order of the places: what was streamed is what was meant, and what a whole answer
// of it says. Cut anywhere, no call has what another one was given.
func TestPlacesOfCallsOfChoices(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	rounds := 3000
	if testing.Short() {
		rounds = 500
	}
	for range rounds {
		n := 1 + rng.IntN(3)
		var events []string
		var pieces [][]string // those of one call stay in their order
		want := make([][]string, n)
		event := func(choice, index int, id, name, arguments string) string {
			return strings.Replace(pieceOf(index, id, name, arguments), `"index":0`, fmt.Sprintf(`"index":%d`, choice), 1)
		}
		for choice := range n {
			onePlace, first, calls := rng.IntN(2) == 0, rng.IntN(3), 1+rng.IntN(4)
			for i := range calls {
				at := first + i
				if onePlace {
					at = first
				}
				events = append(events, event(choice, at, fmt.Sprintf("c%d_%d", choice, i), "f", ""))
				arguments := fmt.Sprintf(`{"of":"%d {\"}[ %d","n":[%d]}`, choice, i, rng.IntN(99))
				want[choice] = append(want[choice], arguments)
				var list []string
				for cut := 0; cut < len(arguments); {
					next := min(len(arguments), cut+1+rng.IntN(12))
					list = append(list, event(choice, first+i, "", "", arguments[cut:next]))
					cut = next
				}
				pieces = append(pieces, list)
			}
		}
		heads := len(events)
		for len(pieces) > 0 {
			i := rng.IntN(len(pieces))
			events = append(events, pieces[i][0])
			if pieces[i] = pieces[i][1:]; len(pieces[i]) == 0 {
				pieces = slices.Delete(pieces, i, i+1)
			}
		}
		var a assemble.Assembler
		var d chat.ChunkDecoder
		for i, e := range events {
			c, _, err := d.Decode([]byte(e))
			require.NoError(t, err)
			a.Add(c)
			if i >= heads && rng.IntN(8) == 0 {
				for _, choice := range a.Response().Choices {
					for _, call := range choice.Message.ToolCalls {
						require.LessOrEqual(t, len(call.Function.Arguments), len(want[choice.Index][0])*len(want[choice.Index]))
					}
				}
			}
		}
		resp := a.Response()
		require.Len(t, resp.Choices, n)
		for _, choice := range resp.Choices {
			var got []string
			for _, call := range choice.Message.ToolCalls {
				got = append(got, call.Function.Arguments)
			}
			require.Equal(t, want[choice.Index], got, "%s", strings.Join(events, "\n"))
		}
		sent, err := json.Marshal(resp)
		require.NoError(t, err)
		var whole chat.Response
		require.NoError(t, json.Unmarshal(sent, &whole))
		require.Equal(t, resp.Choices, whole.Choices)
	}
}

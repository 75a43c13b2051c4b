package assemble

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/buoy-go/buoy/chat"
	"github.com/stretchr/testify/require"
)

// piece is what one chunk says in a table: "c" content, "r" reasoning, "x"
// refusal, "n" a call's name, "a" a call's arguments, "f" a finish reason; with
// the choice before and the call behind it: "1a0".
type piece struct{ what, text string }

func (p piece) choice() int { return int(p.what[0] - '0') }
func (p piece) call() int   { return int(p.what[2] - '0') }

// chunk makes the chunk of a piece. attempt tells the ids of two attempts apart.
func (p piece) chunk(attempt int) *chat.Chunk {
	c := &chat.Chunk{ID: fmt.Sprint("answer", attempt), Choices: []chat.ChunkChoice{{Index: p.choice()}}}
	d := &c.Choices[0].Delta
	switch p.what[1] {
	case 'c':
		d.Content = p.text
	case 'r':
		d.Reasoning = p.text
	case 'x':
		d.Refusal = p.text
	case 'n':
		d.ToolCalls = []chat.ToolCallDelta{{Index: p.call(), ID: fmt.Sprintf("call%d-%d", attempt, p.call()), Type: chat.ToolFunction, Function: chat.FunctionCall{Name: p.text}}}
	case 'a':
		d.ToolCalls = []chat.ToolCallDelta{{Index: p.call(), Function: chat.FunctionCall{Arguments: p.text}}}
	case 'f':
		c.Choices[0].FinishReason = p.text
	}
	return c
}

// said is all that an Assembler has of texts, one line each.
func said(a *Assembler) string {
	var b strings.Builder
	for _, c := range a.Response().Choices {
		m := c.Message
		fmt.Fprintf(&b, "%d content %q\n%d reasoning %q\n%d refusal %q\n%d finish %q\n",
			c.Index, m.Content, c.Index, m.Reasoning, c.Index, m.Refusal, c.Index, c.FinishReason)
		for _, call := range m.ToolCalls {
			fmt.Fprintf(&b, "%d call %q %q\n", c.Index, call.Function.Name, call.Function.Arguments)
		}
	}
	return b.String()
}

// reread plays what the reader has and then a second answer, and returns how
// often the reader was told to begin again. odd says that some arguments were then
// understood to be another text than their pieces say one after the other.
func reread(t *testing.T, had, news []piece) (restarts int, odd bool) {
	var reader, whole Assembler
	for _, p := range had {
		reader.Add(p.chunk(1))
	}
	r := NewRepeat(reader.Received())
	deliver := func(c *chat.Chunk) {
		if c == nil {
			return
		}
		if c.Restarted {
			restarts++
			odd = odd || rewritten(reader.Received()) || rewritten(whole.Received())
			reader = Assembler{}
		}
		reader.Add(c)
	}
	passing := false
	for _, p := range news {
		whole.Add(p.chunk(2))
		c := p.chunk(2)
		if passing {
			deliver(c)
			continue
		}
		var out *chat.Chunk
		out, passing = r.Add(c)
		deliver(out)
	}
	if !passing {
		deliver(r.End(reader.Received()))
	}
	require.Equal(t, said(&whole), said(&reader), "the reader has the new answer, and each part of it once")
	for _, c := range reader.Response().Choices {
		ids := map[string]bool{}
		for _, call := range c.Message.ToolCalls {
			ids[call.ID] = true
		}
		require.Len(t, ids, len(c.Message.ToolCalls), "each call has an id of its own")
	}
	return restarts, odd
}

func rewritten(has []Received) bool {
	for _, h := range has {
		if slices.ContainsFunc(h.calls, func(c receivedCall) bool { return c.value != c.arguments }) {
			return true
		}
	}
	return false
}

func TestRepeat(t *testing.T) {
	type pieces = []piece
	for _, tc := range []struct {
		name      string
		had, news pieces
		restarted bool
	}{
		{"the same, in the same pieces", pieces{{"0c", "a"}, {"0c", "b"}}, pieces{{"0c", "a"}, {"0c", "b"}, {"0c", "c"}, {"0f", "stop"}}, false},
		{"in other pieces", pieces{{"0c", "ab"}}, pieces{{"0c", "a"}, {"0c", "bc"}, {"0f", "stop"}}, false},
		{"all in one", pieces{{"0c", "ab"}}, pieces{{"0c", "abc"}, {"0f", "stop"}}, false},
		{"it was complete but for its finish reason", pieces{{"0c", "ab"}}, pieces{{"0c", "ab"}, {"0f", "stop"}}, false},
		{"different from the start", pieces{{"0c", "ab"}}, pieces{{"0c", "x"}, {"0f", "stop"}}, true},
		{"different at the last byte", pieces{{"0c", "ab"}}, pieces{{"0c", "a"}, {"0c", "x"}, {"0f", "stop"}}, true},
		{"different inside a character", pieces{{"0c", "день"}}, pieces{{"0c", "де"}, {"0c", "дъ"}, {"0f", "stop"}}, true},
		{"it ends sooner", pieces{{"0c", "ab"}}, pieces{{"0c", "a"}, {"0f", "stop"}}, true},
		{"it ends sooner, without a finish reason", pieces{{"0c", "ab"}}, pieces{{"0c", "a"}}, true},
		{"an emoji at the seam", pieces{{"0c", "a🙂"}}, pieces{{"0c", "a"}, {"0c", "🙂🙂"}, {"0f", "stop"}}, false},

		{"reasoning, cut", pieces{{"0r", "hm"}}, pieces{{"0r", "h"}, {"0r", "mm"}, {"0c", "a"}, {"0f", "stop"}}, false},
		{"reasoning, then text, cut", pieces{{"0r", "hm"}, {"0c", "a"}}, pieces{{"0r", "hm"}, {"0c", "ab"}, {"0f", "stop"}}, false},
		{"other reasoning, the same text", pieces{{"0r", "hm"}, {"0c", "a"}}, pieces{{"0r", "ho"}, {"0c", "ab"}, {"0f", "stop"}}, true},
		{"less reasoning, the same text", pieces{{"0r", "hm"}, {"0c", "a"}}, pieces{{"0r", "h"}, {"0c", "ab"}, {"0f", "stop"}}, true},
		{"more reasoning, the same text", pieces{{"0r", "hm"}, {"0c", "a"}}, pieces{{"0r", "hmm"}, {"0c", "ab"}, {"0f", "stop"}}, true},
		{"a refusal, cut", pieces{{"0x", "I am"}}, pieces{{"0x", "I am sorry"}, {"0f", "stop"}}, false},
		{"a refusal in place of text", pieces{{"0c", "a"}}, pieces{{"0x", "no"}, {"0f", "stop"}}, true},

		{"arguments, cut", pieces{{"0n0", "f"}, {"0a0", `{"x"`}}, pieces{{"0n0", "f"}, {"0a0", `{"x":1`}, {"0a0", `}`}, {"0f", "tool_calls"}}, false},
		{"a call before its arguments", pieces{{"0n0", "f"}}, pieces{{"0n0", "f"}, {"0a0", `{}`}, {"0f", "tool_calls"}}, false},
		{"half of a name", pieces{{"0n0", "get_"}}, pieces{{"0n0", "get_"}, {"0n0", "x"}, {"0a0", "{}"}, {"0f", "tool_calls"}}, false},
		{"half of a name, whole now", pieces{{"0n0", "get_"}}, pieces{{"0n0", "get_get_"}, {"0a0", "{}"}, {"0f", "tool_calls"}}, true},
		{"other arguments", pieces{{"0n0", "f"}, {"0a0", `{"x"`}}, pieces{{"0n0", "f"}, {"0a0", `{"y":1}`}, {"0f", "tool_calls"}}, true},
		{"another function", pieces{{"0n0", "f"}, {"0a0", `{`}}, pieces{{"0n0", "g"}, {"0a0", `{}`}, {"0f", "tool_calls"}}, true},
		{"a second call follows", pieces{{"0n0", "f"}, {"0a0", `{}`}}, pieces{{"0n0", "f"}, {"0a0", `{}`}, {"0n1", "g"}, {"0a1", "[]"}, {"0f", "tool_calls"}}, false},
		{"the second of two calls, cut", pieces{{"0n0", "f"}, {"0a0", `{}`}, {"0n1", "g"}}, pieces{{"0n0", "f"}, {"0a0", `{}`}, {"0n1", "g"}, {"0a1", "[]"}, {"0f", "tool_calls"}}, false},
		{"the second of two calls is missing", pieces{{"0n0", "f"}, {"0a0", `{}`}, {"0n1", "g"}}, pieces{{"0n0", "f"}, {"0a0", `{}`}, {"0f", "tool_calls"}}, true},
		{"all there is so far each time, cut elsewhere", pieces{{"0n0", "f"}, {"0a0", `{"x"`}}, pieces{{"0n0", "f"}, {"0a0", `{"x":`}, {"0a0", `{"x":1`}, {"0a0", `{"x":12`}, {"0a0", `{"x":12}`}, {"0f", "tool_calls"}}, true},
		{"text in place of a call", pieces{{"0n0", "f"}}, pieces{{"0c", "a"}, {"0f", "stop"}}, true},
		{"text before a call", pieces{{"0c", "a"}, {"0n0", "f"}}, pieces{{"0c", "a"}, {"0n0", "f"}, {"0a0", `{}`}, {"0f", "tool_calls"}}, false},

		{"two choices, cut", pieces{{"0c", "a"}, {"1c", "x"}}, pieces{{"0c", "ab"}, {"1c", "x"}, {"0f", "stop"}, {"1c", "y"}, {"1f", "stop"}}, false},
		{"one choice goes ahead", pieces{{"0c", "a"}, {"1c", "x"}}, pieces{{"0c", "ab"}, {"0f", "stop"}, {"1c", "xy"}, {"1f", "stop"}}, false},
		{"one choice goes ahead, the other differs", pieces{{"0c", "a"}, {"1c", "x"}}, pieces{{"0c", "ab"}, {"0f", "stop"}, {"1c", "y"}, {"1f", "stop"}}, true},
		{"one choice is missing", pieces{{"0c", "a"}, {"1c", "x"}}, pieces{{"0c", "ab"}, {"0f", "stop"}}, true},
		{"one choice was finished", pieces{{"0c", "a"}, {"0f", "stop"}, {"1c", "x"}}, pieces{{"0c", "a"}, {"0f", "stop"}, {"1c", "xy"}, {"1f", "stop"}}, false},
		{"one choice was finished and is longer now", pieces{{"0c", "a"}, {"0f", "stop"}, {"1c", "x"}}, pieces{{"0c", "ab"}, {"0f", "stop"}, {"1c", "xy"}, {"1f", "stop"}}, true},
		{"one choice was finished otherwise", pieces{{"0c", "a"}, {"0f", "stop"}, {"1c", "x"}}, pieces{{"0c", "a"}, {"0f", "length"}, {"1c", "xy"}, {"1f", "stop"}}, true},
		{"a choice that the reader has not seen", pieces{{"0c", "a"}}, pieces{{"1c", "x"}, {"0c", "ab"}, {"0f", "stop"}, {"1f", "stop"}}, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			restarts, _ := reread(t, tc.had, tc.news)
			if tc.restarted {
				require.Equal(t, 1, restarts)
			} else {
				require.Zero(t, restarts)
			}
		})
	}
}

// The same text, cut at every byte and said again in pieces of every size, is
// delivered once; with one byte changed it is a restart.
func TestRepeatAtEverySplit(t *testing.T) {
	const text = "Ünder the 🙂 sea, день за днём."
	split := func(s string, size int) (out []piece) {
		for s != "" {
			n := min(size, len(s))
			out = append(out, piece{"0c", s[:n]})
			s = s[n:]
		}
		return out
	}
	for cut := 1; cut < len(text); cut++ {
		for size := 1; size < 12; size++ {
			news := append(split(text, size), piece{"0f", "stop"})
			restarts, _ := reread(t, split(text[:cut], 7), news)
			require.Zero(t, restarts, "cut at %d", cut)
			changed := []byte(text[:cut])
			changed[cut/2] ^= 1
			restarts, _ = reread(t, split(string(changed), 7), news)
			require.Equal(t, 1, restarts, "cut at %d", cut)
		}
	}
}

// What cannot be compared piece by piece begins again.
func TestRepeatOfWhatIsNotText(t *testing.T) {
	audio := func(data string) *chat.Chunk {
		return &chat.Chunk{Choices: []chat.ChunkChoice{{Delta: chat.Delta{Audio: &chat.Audio{Data: data}}}}}
	}
	text := piece{"0c", "a"}.chunk(2)
	var reader Assembler
	reader.Add(audio("QQ=="))
	had := reader.Received()
	require.True(t, had[0].opaque)
	out, done := NewRepeat(had).Add(audio("QQ=="))
	require.True(t, out.Restarted && done, "the audio may be cut anywhere")
	require.Equal(t, "QQ==", out.Choices[0].Delta.Audio.Data)

	reader = Assembler{}
	reader.Add(text)
	had = reader.Received()
	c := piece{"0c", "ab"}.chunk(2)
	c.Choices[0].Logprobs = &chat.Logprobs{Content: []chat.TokenLogprob{{Token: "ab"}}}
	out, _ = NewRepeat(had).Add(c)
	require.True(t, out.Restarted, "half of a token has no probability")
	require.Len(t, out.Choices[0].Logprobs.Content, 1)
}

// A server that repeats id and name with every piece must not begin a second
// call in the middle of the arguments.
func TestRepeatKeepsTheIDsThatTheReaderKnows(t *testing.T) {
	call := func(id, arguments string) *chat.Chunk {
		return &chat.Chunk{Choices: []chat.ChunkChoice{{Delta: chat.Delta{ToolCalls: []chat.ToolCallDelta{
			{ID: id, Type: chat.ToolFunction, Function: chat.FunctionCall{Name: "f", Arguments: arguments}}}}}}}
	}
	var reader Assembler
	reader.Add(call("old", `{"x"`))
	had := reader.Received()
	r := NewRepeat(had)
	for _, arguments := range []string{`{"`, `x":`, `1`, `}`} {
		out, done := r.Add(call("new", arguments))
		require.False(t, done)
		if out != nil {
			require.False(t, out.Restarted)
			reader.Add(out)
		}
	}
	calls := reader.Response().ToolCalls()
	require.Len(t, calls, 1)
	require.Equal(t, "old", calls[0].ID)
	require.Equal(t, `{"x":1}`, calls[0].Function.Arguments)
}

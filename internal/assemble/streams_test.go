package assemble

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/buoy-go/buoy/chat"
	"github.com/stretchr/testify/require"
)

// wireCase is one case of testdata/streams.txt.
type wireCase struct {
	name   string
	events []string
	wants  [][2]string // what of the answer, and how it should read
}

func wireCases(t *testing.T) (cases []wireCase) {
	text, err := os.ReadFile("testdata/streams.txt")
	require.NoError(t, err)
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSuffix(line, "\n")
		switch c := len(cases) - 1; {
		case line == "" || line[0] == '#':
		case strings.HasPrefix(line, "== "):
			cases = append(cases, wireCase{name: line[3:]})
		case strings.HasPrefix(line, "-- "):
			what, want, _ := strings.Cut(line[3:], " ")
			cases[c].wants = append(cases[c].wants, [2]string{what, want})
		case line[0] == '[':
			cases[c].events = append(cases[c].events, delta(line[1:len(line)-1]))
		case line[0] == '{':
			cases[c].events = append(cases[c].events, line)
		default:
			cases[c].events = append(cases[c].events, `{"choices":[{"index":0,"delta":{},"finish_reason":"`+line+`"}]}`)
		}
	}
	return cases
}

// What servers were seen to stream reads as it was meant, whenever it is asked for.
func TestWireCases(t *testing.T) {
	for _, tc := range wireCases(t) {
		t.Run(tc.name, func(t *testing.T) {
			var a Assembler
			d := chat.ChunkDecoder{Asked: chat.Asked{N: 1}}
			var chunks strings.Builder
			for _, event := range tc.events {
				data := []byte(event)
				c, _, err := d.Decode(data)
				require.NoError(t, err)
				a.Add(c)
				a.Response()
				chunks.WriteString(c.Text())
				clear(data)
			}
			r := a.Response()
			require.Equal(t, r.Text(), chunks.String(), "the text of the chunks")
			for _, want := range tc.wants {
				require.Equal(t, want[1], reading(t, r, want[0]), want[0])
			}
		})
	}
}

// reading is a part of an answer, as the cases write it.
func reading(t *testing.T, r *chat.Response, what string) string {
	if len(r.Choices) == 0 && what != "usage" {
		return "no choice"
	}
	switch what {
	case "calls":
		var calls []string
		for _, c := range r.ToolCalls() {
			id := c.ID
			if isMadeUp(r, id) {
				id = "?"
			}
			calls = append(calls, id+"|"+c.Function.Name+"|"+c.Function.Arguments)
		}
		return strings.Join(calls, " ; ")
	case "function":
		f := r.Choices[0].Message.FunctionCall
		return f.Name + "|" + f.Arguments
	case "text":
		return r.Text()
	case "reasoning":
		return r.Choices[0].Message.Reasoning
	case "finish":
		return r.Choices[0].FinishReason
	case "choices":
		return fmt.Sprint(len(r.Choices))
	case "usage":
		u := r.Usage
		return fmt.Sprintf("%d/%d/%d/%d/%d", u.PromptTokens, u.CompletionTokens, u.TotalTokens, u.PromptTokensDetails.CachedTokens, u.CompletionTokensDetails.ReasoningTokens)
	case "back":
		body, err := (&chat.Request{Model: "m", Messages: []chat.Message{r.Choices[0].Message}}).AppendBody(nil, "m", false)
		require.NoError(t, err)
		text := strings.TrimPrefix(string(body), `{"model":"m","messages":[`)
		return strings.TrimSuffix(text, "]}")
	}
	return "?"
}

// isMadeUp reports an id that the server did not send.
func isMadeUp(r *chat.Response, id string) bool {
	bare := chat.Response{ID: r.ID, Created: r.Created, Choices: []chat.Choice{{Message: chat.Message{ToolCalls: append([]chat.ToolCall(nil), r.ToolCalls()...)}}}}
	for i := range bare.Choices[0].Message.ToolCalls {
		bare.Choices[0].Message.ToolCalls[i].ID = ""
	}
	bare.Complete()
	for _, c := range bare.ToolCalls() {
		if c.ID == id {
			return true
		}
	}
	return false
}

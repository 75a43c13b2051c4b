package buoytest

import (
	"encoding/json"
	"strings"
)

// DefaultText is the text of an answer if the script has no other.
const DefaultText = "The quick brown fox jumps over the lazy dog."

// Answer is a good answer. It is sent whole or streamed, as the request asks. The zero
// Answer is an empty text.
type Answer struct {
	Text      string
	Tokens    []string // the text in pieces, one for each chunk; used instead of Text. nil: Text by word
	Reasoning string
	Refusal   string // sent instead of a text
	ToolCalls []ToolCall

	FinishReason string // "" means "tool_calls" if there are ToolCalls, else "stop"
	Model        string // "" means the requested model
	Usage        Usage
	OmitUsage    bool // leave out the usage, even if it was asked for
	OmitDone     bool // end a stream after its finish reason, without [DONE]

	Message map[string]any // more fields of the message, such as "audio"; streamed in one delta
	Extra   map[string]any // more fields of the reply, and of each chunk
}

// ToolCall is a call of a function tool in an [Answer].
type ToolCall struct {
	ID        string // "" means "call_0", "call_1" and so on
	Name      string
	Arguments string // JSON; it is not checked
}

// Usage is the usage of an [Answer]. Counts that are zero are computed from the request
// and the text. A token is then a word of the answer, or four bytes of the prompt.
type Usage struct {
	PromptTokens, CompletionTokens, TotalTokens     int
	CachedTokens, CacheWriteTokens, ReasoningTokens int
	CostRUB, Balance                                *float64 // nil: 0.01 for each token and 1000 in the dialect AITunnel, else not sent
	Cost                                            *float64 // OpenRouter's; nil: not sent
}

// Reply answers with text, whole or streamed word by word, as the request asks.
func Reply(text string) Step { return replying("Reply", Answer{Text: text}) }

// ReplyWith answers with a. Use it for tool calls, usage, another finish reason and so
// on.
func ReplyWith(a Answer) Step { return replying("ReplyWith", a) }

// Stream answers with these tokens, one in each chunk. If no stream was asked for, they
// are sent as one text.
func Stream(tokens ...string) Step {
	return replying("Stream", Answer{Tokens: append([]string{}, tokens...)})
}

// Empty sends a good answer with an empty text and finish reason "stop".
func Empty() Step { return replying("Empty", Answer{}) }

// Echo answers with the text of the last message, so that callers can tell their
// answers apart. If the content has several parts, it is the text of the first.
func Echo() Step {
	return Step{name: "Echo", serve: func(x *exchange) { x.reply(Answer{Text: lastText(x.got.Body)}) }}
}

func lastText(body []byte) string {
	var chat struct {
		Messages []struct{ Content json.RawMessage }
	}
	if json.Unmarshal(body, &chat) != nil || len(chat.Messages) == 0 {
		return ""
	}
	content := chat.Messages[len(chat.Messages)-1].Content
	var text string
	var parts []struct{ Text string }
	if json.Unmarshal(content, &text) != nil && json.Unmarshal(content, &parts) == nil && len(parts) > 0 {
		text = parts[0].Text
	}
	return text
}

func replying(name string, a Answer) Step {
	return Step{name: name, base: &a, serve: serveBase}
}

// reply sends a as the request wants it.
func (x *exchange) reply(a Answer) {
	if !x.got.Stream {
		x.whole(200, jsonType, x.completion(a))
		return
	}
	s := x.open(a)
	s.finish(s.tokens...)
}

// tokens is the text as it is streamed.
func (a *Answer) tokens() []string {
	if a.Tokens != nil {
		return a.Tokens
	}
	return splitWords(a.Text)
}

// text is the text in one piece.
func (a *Answer) text() string {
	if a.Tokens != nil {
		return strings.Join(a.Tokens, "")
	}
	return a.Text
}

// longer is a with at least n tokens: its text is said again until it has them.
func (a Answer) longer(n int) Answer {
	tokens := append([]string{}, a.tokens()...)
	if len(tokens) == 0 {
		tokens = []string{"word"}
	}
	for i := 0; len(tokens) < n; i++ {
		next := tokens[i]
		if i == 0 && !strings.HasPrefix(next, " ") {
			next = " " + next
		}
		tokens = append(tokens, next)
	}
	a.Tokens = tokens
	return a
}

// splitWords cuts text before each run of spaces, so that the pieces joined are the text again.
func splitWords(text string) []string {
	var pieces []string
	start, space := 0, true
	for i := range len(text) {
		now := text[i] == ' ' || text[i] == '\n'
		if now && !space {
			pieces = append(pieces, text[start:i])
			start = i
		}
		space = now
	}
	if start < len(text) {
		pieces = append(pieces, text[start:])
	}
	return pieces
}

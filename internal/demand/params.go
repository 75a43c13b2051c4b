package demand

import (
	"cmp"

	"github.com/buoy-go/buoy/chat"
)

// Params are what may be said of a request in a log: how it was asked, and how much, and
// not a word of what.
type Params struct {
	Stream      bool
	Temperature *float64
	MaxTokens   int    // 0 for no bound
	Reasoning   string // the effort; "on" where only that is said; "" for none
	Messages    int
	Tools       int
	Bytes       int // of the messages' text, pictures and files
}

// Of reads the parameters of a request; nil has none.
func Of(r *chat.Request, stream bool) Params {
	if r == nil {
		return Params{Stream: stream}
	}
	p := Params{
		Stream: stream, Temperature: r.Temperature, MaxTokens: OutputLimit(r),
		Messages: len(r.Messages), Tools: len(r.Tools), Bytes: bytes(r.Messages),
	}
	if Reasons(r) {
		p.Reasoning = r.ReasoningEffort
		if r.Reasoning != nil {
			p.Reasoning = cmp.Or(p.Reasoning, r.Reasoning.Effort)
		}
		p.Reasoning = cmp.Or(p.Reasoning, "on")
	}
	if len(p.Reasoning) > 20 { // an effort is a word; what is longer is something else
		p.Reasoning = "on"
	}
	return p
}

// bytes is how long messages are.
func bytes(messages []chat.Message) (n int) {
	for i := range messages {
		m := &messages[i]
		if len(m.Parts) == 0 {
			n += len(m.Content)
		}
		for j := range m.Parts {
			p := &m.Parts[j]
			n += len(p.Text)
			if p.ImageURL != nil {
				n += len(p.ImageURL.URL)
			}
			if p.InputAudio != nil {
				n += len(p.InputAudio.Data)
			}
			if p.File != nil {
				n += len(p.File.FileData)
			}
		}
		for j := range m.ToolCalls {
			n += len(m.ToolCalls[j].Function.Arguments)
		}
	}
	return n
}

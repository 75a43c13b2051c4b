package buoyotel

import (
	"cmp"
	"context"
	"encoding/json"

	"github.com/buoy-go/buoy"
)

const defaultContent = 16 << 10

// partCost is what a part takes of the bound beside its text, so that many empty parts
// are bounded, too.
const partCost = 32

// spokenMessage is a message as gen_ai.input.messages and gen_ai.output.messages have it.
type spokenMessage struct {
	Role         string       `json:"role"`
	Parts        []spokenPart `json:"parts"`
	FinishReason string       `json:"finish_reason,omitempty"`
}

type spokenPart struct {
	Type      string `json:"type"`
	Content   string `json:"content,omitempty"`
	ID        string `json:"id,omitempty"`
	Name      string `json:"name,omitempty"`
	Arguments string `json:"arguments,omitempty"`
	Response  string `json:"response,omitempty"`
}

// writer writes messages until the bound is reached.
type writer struct {
	ctx       context.Context
	redact    func(context.Context, string) string
	left      int
	truncated bool
}

// messages is what may be reported of messages, as JSON, and whether something is
// missing at the end. finish has the finish reasons of an answer's choices, or is nil.
func (c *Content) messages(ctx context.Context, all []buoy.Message, finish []string) (text string, truncated bool) {
	w := &writer{ctx: ctx, redact: c.Redact, left: c.MaxBytes}
	if w.left <= 0 {
		w.left = defaultContent
	}
	out := []spokenMessage{}
	for i := range all {
		if !w.room() {
			break
		}
		m := spokenMessage{Role: cmp.Or(clean(all[i].Role), buoy.RoleAssistant), Parts: w.parts(&all[i])}
		if finish != nil {
			m.FinishReason = clean(finish[i])
		}
		out = append(out, m)
	}
	data, err := json.Marshal(out)
	if err != nil {
		return "[]", true // strings always marshal
	}
	return string(data), w.truncated
}

// room takes what a part costs beside its text.
func (w *writer) room() bool {
	if w.left <= 0 {
		w.truncated = true
		return false
	}
	w.left -= partCost
	return true
}

func (w *writer) parts(m *buoy.Message) []spokenPart {
	parts := []spokenPart{}
	add := func(p spokenPart) {
		if w.room() {
			parts = append(parts, p)
		}
	}
	if m.Role == buoy.RoleTool {
		add(spokenPart{Type: "tool_call_response", ID: clean(m.ToolCallID), Response: w.text(m.Text())})
		return parts
	}
	if m.Reasoning != "" {
		add(spokenPart{Type: "reasoning", Content: w.text(m.Reasoning)})
	}
	if len(m.Parts) == 0 && m.Content != "" {
		add(spokenPart{Type: "text", Content: w.text(m.Content)})
	}
	for i := range m.Parts {
		if w.truncated {
			break
		}
		p := &m.Parts[i]
		add(spokenPart{Type: clean(p.Type), Content: w.text(p.Text + p.Refusal)})
	}
	if m.Refusal != "" {
		add(spokenPart{Type: "text", Content: w.text(m.Refusal)})
	}
	for i := range m.ToolCalls {
		if w.truncated {
			break
		}
		t := &m.ToolCalls[i]
		p := spokenPart{Type: "tool_call", ID: clean(t.ID), Name: clean(t.Function.Name), Arguments: t.Function.Arguments}
		if t.Custom != nil {
			p.Name, p.Arguments = clean(t.Custom.Name), t.Custom.Input
		}
		p.Arguments = w.text(p.Arguments)
		add(p)
	}
	return parts
}

// text is what may be reported of a text and still has room.
func (w *writer) text(s string) string {
	if s == "" {
		return ""
	}
	if w.left <= 0 {
		w.truncated = true
		return ""
	}
	if s = w.redacted(s); len(s) > w.left {
		s, w.truncated = cut(s, w.left), true
	} else {
		s = cut(s, len(s))
	}
	w.left -= len(s)
	return s
}

func (w *writer) redacted(s string) (out string) {
	if w.redact == nil {
		return s
	}
	defer func() {
		if recover() != nil {
			out = "" // better nothing than too much
		}
	}()
	return w.redact(w.ctx, s)
}

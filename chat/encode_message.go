package chat

import (
	"encoding/json"
	"strings"

	"github.com/buoy-go/buoy/internal/jprint"
)

func (w *writer) messages(list []Message) {
	w.Open('[')
	for i := range list {
		w.Comma()
		w.message(&list[i])
	}
	w.Close(']')
}

func (w *writer) message(m *Message) {
	if m.bare() && !w.reply {
		w.bare(m)
		return
	}
	f := jprint.Fields[json.RawMessage]{W: &w.Writer, Extra: m.Extra}
	w.Open('{')
	f.Str("role", m.Role)
	if f.Key("content") {
		w.content(m)
	}
	if m.Refusal != "" || !w.reply {
		f.Str("refusal", m.Refusal)
	} else if f.Key("refusal") {
		w.Null()
	}
	f.Str("name", m.Name)
	f.Str("tool_call_id", m.ToolCallID)
	if len(m.ToolCalls) > 0 && f.Key("tool_calls") {
		w.Open('[')
		for i := range m.ToolCalls {
			w.Comma()
			w.toolCall(&m.ToolCalls[i])
		}
		w.Close(']')
	}
	if m.FunctionCall != nil && f.Key("function_call") {
		w.functionCall(m.FunctionCall)
	}
	w.reasoning(f, m)
	f.Raw("reasoning_details", m.ReasoningDetails)
	w.audio(f, m.Audio)
	w.annotations(f, m.Annotations)
	if m.CacheControl != nil && f.Key("cache_control") {
		w.cacheControl(m.CacheControl)
	}
	f.Rest()
	w.Close('}')
}

// bare writes a [Message.bare], whose role needs no escapes.
func (w *writer) bare(m *Message) {
	w.Buf = append(w.Buf, `{"role":"`...)
	w.Buf = append(w.Buf, m.Role...)
	w.Buf = append(w.Buf, `","content":`...)
	w.String(m.Content)
	w.Close('}')
}

// reasoning writes the reasoning under the name it came with. Where it came as parts
// of the content it goes back as those (Mistral refuses the field), and likewise where
// it came in the details alone.
func (w *writer) reasoning(f jprint.Fields[json.RawMessage], m *Message) {
	switch {
	case m.ReasoningField == reasoningAlias, m.ReasoningField == reasoningText && m.Reasoning != "":
		if f.Key(m.ReasoningField) {
			w.String(m.Reasoning)
		}
	case m.ReasoningField == reasoningDetails && len(m.ReasoningDetails) > 0:
	case m.Reasoning != "" && m.Reasoning != thoughts(m.Parts) && m.Reasoning != otherThoughts(m.Extra):
		f.Str("reasoning", m.Reasoning)
	}
}

// content writes the parts or the text. A null is sent back if it came as null and the
// message has something else in its place.
func (w *writer) content(m *Message) {
	switch {
	case len(m.Parts) > 0:
		w.parts(m.Parts)
	case m.Content == "" && m.NullContent &&
		(w.whole || len(m.ToolCalls) > 0 || m.FunctionCall != nil || m.Refusal != "" || m.Audio != nil):
		w.Null()
	default:
		w.String(m.Content)
	}
}

func (w *writer) audio(f jprint.Fields[json.RawMessage], a *Audio) {
	switch {
	case a == nil:
	case w.whole:
		f.Any("audio", a, true)
	case a.ID != "" && f.Key("audio"):
		w.Open('{')
		w.Key("id")
		w.String(a.ID)
		w.Close('}')
	}
}

func (w *writer) annotations(f jprint.Fields[json.RawMessage], list []Annotation) {
	open := false
	for i := range list {
		if !w.whole && list[i].Type == "url_citation" {
			continue
		}
		if !open {
			if !f.Key("annotations") {
				return
			}
			w.Open('[')
			open = true
		}
		w.Comma()
		w.annotation(&list[i])
	}
	if open {
		w.Close(']')
	}
}

func (w *writer) annotation(a *Annotation) {
	f := jprint.Fields[json.RawMessage]{W: &w.Writer, Extra: a.Extra}
	w.Open('{')
	f.Str("type", a.Type)
	f.Any("url_citation", a.URLCitation, a.URLCitation != nil)
	f.Rest()
	w.Close('}')
}

func (w *writer) parts(parts []Part) {
	w.Open('[')
	for i := range parts {
		w.Comma()
		w.part(&parts[i])
	}
	w.Close(']')
}

func (w *writer) part(p *Part) {
	if p.broken != "" {
		w.Fail(p.Type, &FieldError{Reason: p.broken})
	}
	f := jprint.Fields[json.RawMessage]{W: &w.Writer, Extra: p.Extra}
	w.Open('{')
	f.Str("type", p.Type)
	if (p.Type == PartText || p.Text != "") && f.Key("text") {
		w.String(p.Text)
	}
	if (p.Type == PartRefusal || p.Refusal != "") && f.Key("refusal") {
		w.String(p.Refusal)
	}
	if p.ImageURL != nil && f.Key("image_url") {
		g := jprint.Fields[struct{}]{W: &w.Writer}
		w.Open('{')
		w.Key("url")
		w.String(p.ImageURL.URL)
		g.Str("detail", p.ImageURL.Detail)
		w.Close('}')
	}
	if p.InputAudio != nil && f.Key("input_audio") {
		g := jprint.Fields[struct{}]{W: &w.Writer}
		w.Open('{')
		w.Key("data")
		w.String(p.InputAudio.Data)
		g.Str("format", p.InputAudio.Format)
		w.Close('}')
	}
	if p.File != nil && f.Key("file") {
		g := jprint.Fields[struct{}]{W: &w.Writer}
		w.Open('{')
		g.Str("filename", p.File.Filename)
		g.Str("file_data", p.File.FileData)
		g.Str("file_id", p.File.FileID)
		w.Close('}')
	}
	if p.VideoURL != nil && f.Key("video_url") {
		w.Open('{')
		w.Key("url")
		w.String(p.VideoURL.URL)
		w.Close('}')
	}
	if p.CacheControl != nil && f.Key("cache_control") {
		w.cacheControl(p.CacheControl)
	}
	f.Any("prompt_cache_breakpoint", p.CacheBreakpoint, p.CacheBreakpoint != nil)
	f.Rest()
	w.Close('}')
}

func (w *writer) cacheControl(c *CacheControl) {
	f := jprint.Fields[struct{}]{W: &w.Writer}
	w.Open('{')
	f.Str("type", c.Type)
	f.Str("ttl", c.TTL)
	w.Close('}')
}

func (w *writer) toolCall(c *ToolCall) {
	f := jprint.Fields[json.RawMessage]{W: &w.Writer, Extra: c.Extra}
	w.Open('{')
	f.Str("id", c.ID)
	kind := c.Type
	if kind == "" {
		kind = ToolFunction
		if c.Custom != nil {
			kind = ToolCustom
		}
	}
	f.Str("type", kind)
	if (kind == ToolFunction || c.Function.Name != "") && f.Key("function") {
		w.functionCall(&c.Function)
	}
	f.Any("custom", c.Custom, c.Custom != nil)
	f.Rest()
	w.Close('}')
}

func (w *writer) functionCall(c *FunctionCall) {
	f := jprint.Fields[json.RawMessage]{W: &w.Writer, Extra: c.Extra}
	w.Open('{')
	if f.Key("name") {
		w.String(c.Name)
	}
	if f.Key("arguments") {
		if !w.whole && strings.TrimSpace(c.Arguments) == "" {
			w.String("{}") // servers refuse an empty text that others send
		} else {
			w.String(c.Arguments)
		}
	}
	f.Rest()
	w.Close('}')
}

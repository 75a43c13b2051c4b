package buoy

import "encoding/json"

func (w *writer) messages(list []Message) {
	w.open('[')
	for i := range list {
		w.comma()
		w.message(&list[i])
	}
	w.close(']')
}

func (w *writer) message(m *Message) {
	f := fields[json.RawMessage]{w, m.Extra}
	w.open('{')
	f.str("role", m.Role)
	if f.key("content") {
		w.content(m)
	}
	if m.Refusal != "" || !w.reply {
		f.str("refusal", m.Refusal)
	} else if f.key("refusal") {
		w.null()
	}
	f.str("name", m.Name)
	f.str("tool_call_id", m.ToolCallID)
	if len(m.ToolCalls) > 0 && f.key("tool_calls") {
		w.open('[')
		for i := range m.ToolCalls {
			w.comma()
			w.toolCall(&m.ToolCalls[i])
		}
		w.close(']')
	}
	if m.FunctionCall != nil && f.key("function_call") {
		w.functionCall(m.FunctionCall)
	}
	if m.ReasoningField == reasoningAlias {
		f.str(reasoningAlias, m.Reasoning)
	} else {
		f.str("reasoning", m.Reasoning)
	}
	f.raw("reasoning_details", m.ReasoningDetails)
	w.audio(f, m.Audio)
	w.annotations(f, m.Annotations)
	if m.CacheControl != nil && f.key("cache_control") {
		w.cacheControl(m.CacheControl)
	}
	f.rest()
	w.close('}')
}

// content writes the parts or the text. An answer without either has a null there,
// as providers write it, when something else stands in its place.
func (w *writer) content(m *Message) {
	switch {
	case len(m.Parts) > 0:
		w.parts(m.Parts)
	case m.Content == "" && (len(m.ToolCalls) > 0 || m.FunctionCall != nil || m.Refusal != "" ||
		m.Audio != nil || m.Reasoning != "" || len(m.ReasoningDetails) > 0):
		w.null()
	default:
		w.string(m.Content)
	}
}

func (w *writer) audio(f fields[json.RawMessage], a *Audio) {
	switch {
	case a == nil:
	case w.whole:
		f.any("audio", a, true)
	case a.ID != "" && f.key("audio"):
		w.open('{')
		w.key("id")
		w.string(a.ID)
		w.close('}')
	}
}

func (w *writer) annotations(f fields[json.RawMessage], list []Annotation) {
	open := false
	for i := range list {
		if !w.whole && list[i].Type == "url_citation" {
			continue
		}
		if !open {
			if !f.key("annotations") {
				return
			}
			w.open('[')
			open = true
		}
		w.comma()
		w.annotation(&list[i])
	}
	if open {
		w.close(']')
	}
}

func (w *writer) annotation(a *Annotation) {
	f := fields[json.RawMessage]{w, a.Extra}
	w.open('{')
	f.str("type", a.Type)
	f.any("url_citation", a.URLCitation, a.URLCitation != nil)
	f.rest()
	w.close('}')
}

func (w *writer) parts(parts []Part) {
	w.open('[')
	for i := range parts {
		w.comma()
		w.part(&parts[i])
	}
	w.close(']')
}

func (w *writer) part(p *Part) {
	f := fields[json.RawMessage]{w, p.Extra}
	w.open('{')
	f.str("type", p.Type)
	if (p.Type == PartText || p.Text != "") && f.key("text") {
		w.string(p.Text)
	}
	if (p.Type == PartRefusal || p.Refusal != "") && f.key("refusal") {
		w.string(p.Refusal)
	}
	if p.ImageURL != nil && f.key("image_url") {
		g := fields[struct{}]{w: w}
		w.open('{')
		w.key("url")
		w.string(p.ImageURL.URL)
		g.str("detail", p.ImageURL.Detail)
		w.close('}')
	}
	if p.InputAudio != nil && f.key("input_audio") {
		g := fields[struct{}]{w: w}
		w.open('{')
		w.key("data")
		w.string(p.InputAudio.Data)
		g.str("format", p.InputAudio.Format)
		w.close('}')
	}
	if p.File != nil && f.key("file") {
		g := fields[struct{}]{w: w}
		w.open('{')
		g.str("filename", p.File.Filename)
		g.str("file_data", p.File.FileData)
		g.str("file_id", p.File.FileID)
		w.close('}')
	}
	if p.VideoURL != nil && f.key("video_url") {
		w.open('{')
		w.key("url")
		w.string(p.VideoURL.URL)
		w.close('}')
	}
	if p.CacheControl != nil && f.key("cache_control") {
		w.cacheControl(p.CacheControl)
	}
	f.any("prompt_cache_breakpoint", p.CacheBreakpoint, p.CacheBreakpoint != nil)
	f.rest()
	w.close('}')
}

func (w *writer) cacheControl(c *CacheControl) {
	f := fields[struct{}]{w: w}
	w.open('{')
	f.str("type", c.Type)
	f.str("ttl", c.TTL)
	w.close('}')
}

func (w *writer) toolCall(c *ToolCall) {
	f := fields[json.RawMessage]{w, c.Extra}
	w.open('{')
	f.str("id", c.ID)
	kind := c.Type
	if kind == "" {
		kind = ToolFunction
		if c.Custom != nil {
			kind = ToolCustom
		}
	}
	f.str("type", kind)
	if (kind == ToolFunction || c.Function.Name != "") && f.key("function") {
		w.functionCall(&c.Function)
	}
	f.any("custom", c.Custom, c.Custom != nil)
	f.rest()
	w.close('}')
}

func (w *writer) functionCall(c *FunctionCall) {
	f := fields[json.RawMessage]{w, c.Extra}
	w.open('{')
	if f.key("name") {
		w.string(c.Name)
	}
	if f.key("arguments") {
		w.string(c.Arguments)
	}
	f.rest()
	w.close('}')
}

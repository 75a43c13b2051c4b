package chat

import (
	"encoding/json"

	"github.com/buoy-go/buoy/internal/jprint"
	"github.com/buoy-go/buoy/internal/jscan"
)

// reasoningAlias is the other wire name of the reasoning (DeepSeek, vLLM, and
// AITUNNEL beside the usual one).
const reasoningAlias = "reasoning_content"

// reasoningText is the name that GitHub Copilot has for that of Claude.
const reasoningText = "reasoning_text"

func (d *decoder) message(m *Message) bool {
	if !d.Object() {
		return false
	}
	if !d.fresh {
		*m = Message{}
	}
	for {
		key, ok := d.Key()
		if !ok {
			return true
		}
		switch string(key) {
		case "role":
			if d.word(&m.Role) {
				continue
			}
		case "content":
			if d.content(m) {
				continue
			}
		case "name":
			if d.str(&m.Name) {
				continue
			}
		case "tool_call_id":
			if d.str(&m.ToolCallID) {
				continue
			}
		case "tool_calls":
			if listOrOne(d, &m.ToolCalls, (*decoder).toolCall) {
				continue
			}
		case "function_call":
			if d.optionalCall(&m.FunctionCall) {
				continue
			}
		case "refusal":
			if d.words(&m.Refusal) {
				continue
			}
		case "reasoning":
			if d.reasoning(&m.Reasoning, &m.ReasoningField, &m.Extra) {
				continue
			}
		case reasoningAlias:
			if d.reasoningAlias(&m.Reasoning, &m.ReasoningField) {
				continue
			}
		case reasoningText:
			if d.reasoningText(&m.Reasoning, &m.ReasoningField) {
				continue
			}
		case "reasoning_details":
			if d.raw(&m.ReasoningDetails) {
				continue
			}
		case "audio":
			if d.optionalAudio(&m.Audio) {
				continue
			}
		case "annotations":
			if list(d, &m.Annotations, (*decoder).annotation) {
				continue
			}
		case "cache_control":
			if decodeInto(d, &m.CacheControl) {
				continue
			}
		}
		m.Extra = d.keep(m.Extra, key)
	}
}

// content reads a string, an array of parts, or a null.
func (d *decoder) content(m *Message) bool {
	m.Content, m.Parts = "", nil
	if m.NullContent = d.Null(); m.NullContent || d.piece(&m.Content) {
		return true
	}
	if !list(d, &m.Parts, (*decoder).part) {
		return false
	}
	m.Content = joinText(m.Parts)
	if text := thoughts(m.Parts); text != "" && m.Reasoning == "" {
		m.Reasoning, m.ReasoningField = text, ""
	}
	return true
}

func (d *decoder) part(p *Part) bool {
	if !d.Object() {
		return false
	}
	*p = Part{}
	for {
		key, ok := d.Key()
		if !ok {
			return true
		}
		switch string(key) {
		case "type":
			if d.str(&p.Type) {
				continue
			}
		case "text":
			if d.str(&p.Text) {
				continue
			}
		case "refusal":
			if d.str(&p.Refusal) {
				continue
			}
		case "image_url":
			if decodeInto(d, &p.ImageURL) {
				continue
			}
		case "input_audio":
			if decodeInto(d, &p.InputAudio) {
				continue
			}
		case "file":
			if decodeInto(d, &p.File) {
				continue
			}
		case "video_url":
			if decodeInto(d, &p.VideoURL) {
				continue
			}
		case "cache_control":
			if decodeInto(d, &p.CacheControl) {
				continue
			}
		case "prompt_cache_breakpoint":
			if decodeInto(d, &p.CacheBreakpoint) {
				continue
			}
		}
		p.Extra = d.keep(p.Extra, key)
	}
}

func (d *decoder) toolCall(c *ToolCall) bool {
	if !d.Object() {
		return false
	}
	*c = ToolCall{}
	for {
		key, ok := d.Key()
		if !ok {
			c.dropEmptyCustom()
			return true
		}
		switch string(key) {
		case "id":
			if d.str(&c.ID) {
				continue
			}
		case "type":
			if d.word(&c.Type) {
				continue
			}
		case "function":
			if d.functionCall(&c.Function) || d.Null() {
				continue
			}
		case "custom":
			if decodeInto(d, &c.Custom) {
				continue
			}
		case "index":
			// DeepSeek and gateways send it in whole answers too. The place in the
			// array says the same, and OpenAI refuses it on the way in.
			d.Skip()
			continue
		}
		c.Extra = d.keep(c.Extra, key)
	}
}

// dropEmptyCustom makes a function's call of one that a gateway put an empty custom
// tool into.
func (c *ToolCall) dropEmptyCustom() {
	if c.Custom != nil && c.Type != ToolCustom && *c.Custom == (CustomCall{}) {
		c.Custom = nil
	}
}

// functionCall reads a call. Some servers repeat its name in every piece.
func (d *decoder) functionCall(f *FunctionCall) bool {
	if !d.Object() {
		return false
	}
	*f = FunctionCall{}
	for {
		key, ok := d.Key()
		if !ok {
			return true
		}
		switch string(key) {
		case "name":
			if d.strAgain(&f.Name, &d.callName) {
				continue
			}
		case "arguments":
			if d.arguments(&f.Arguments) {
				continue
			}
		}
		f.Extra = d.keep(f.Extra, key)
	}
}

func (d *decoder) optionalCall(dst **FunctionCall) bool {
	*dst = nil
	if d.Null() {
		return true
	}
	var f FunctionCall
	if !d.functionCall(&f) {
		return false
	}
	*dst = &f
	return true
}

// arguments reads a string or a null. Some servers forget to put the JSON of the
// arguments into a string.
func (d *decoder) arguments(dst *string) bool {
	if d.str(dst) {
		return true
	}
	if kind := d.Kind(); kind != jscan.Object && kind != jscan.Array {
		return false
	}
	*dst = string(d.Raw())
	return true
}

// reasoning reads a string or a null under the usual name, which wins over the
// alias. An alias with another text is kept in extra.
func (d *decoder) reasoning(text, field *string, extra *map[string]json.RawMessage) bool {
	var s string
	if !d.wordsLike(&s, *text) {
		return false
	}
	aliased := *field == reasoningAlias || *field == reasoningText
	if s == "" && aliased {
		return true
	}
	if aliased && *text != "" && s != *text {
		if *extra == nil {
			*extra = make(map[string]json.RawMessage)
		}
		(*extra)[*field] = jprint.AppendString(nil, *text)
	}
	*text, *field = s, ""
	return true
}

// reasoningAlias reads a string or a null under the other name. The answer is
// false, and the cursor stays, when the usual name had another text.
func (d *decoder) reasoningAlias(text, field *string) bool {
	var s string
	mark := d.Mark()
	null := d.Kind() == jscan.Null
	if !d.wordsLike(&s, *text) {
		return false
	}
	usual := *field != reasoningAlias && *text != ""
	switch {
	case usual && s != "" && s != *text:
		d.Rewind(mark)
		return false
	case usual:
	case null:
		*text, *field = "", ""
	default: // one that is empty has to go back, too (Kimi K2, DeepSeek)
		*text, *field = s, reasoningAlias
	}
	return true
}

// reasoningText reads a text under Copilot's name, if nothing was said under another.
func (d *decoder) reasoningText(text, field *string) bool {
	if *text != "" || *field != "" || d.Kind() != jscan.String || !d.str(text) {
		return false
	}
	if *text != "" {
		*field = reasoningText
	}
	return true
}

func (d *decoder) optionalAudio(dst **Audio) bool {
	*dst = nil
	if d.Null() {
		return true
	}
	mark := d.Mark()
	if !d.Object() {
		return false
	}
	a, exact := new(Audio), true
	for {
		key, ok := d.Key()
		if !ok {
			break
		}
		switch string(key) {
		case "id":
			ok = d.str(&a.ID)
		case "data":
			ok = d.str(&a.Data)
		case "transcript":
			ok = d.str(&a.Transcript)
		case "expires_at":
			ok = d.int64(&a.ExpiresAt)
		default:
			ok = false
		}
		if !ok {
			exact = false
			d.Skip()
		}
	}
	*dst = a
	if !exact {
		d.Rewind(mark)
	}
	return exact
}

func (d *decoder) annotation(a *Annotation) bool {
	if !d.Object() {
		return false
	}
	*a = Annotation{}
	for {
		key, ok := d.Key()
		if !ok {
			return true
		}
		switch string(key) {
		case "type":
			if d.str(&a.Type) {
				continue
			}
		case "url_citation":
			if decodeInto(d, &a.URLCitation) {
				continue
			}
		}
		a.Extra = d.keep(a.Extra, key)
	}
}

// listOrOne is list, and takes one element that is no list for a list of one.
func listOrOne[T any](d *decoder, dst *[]T, f func(*decoder, *T) bool) bool {
	if d.Kind() != jscan.Object {
		return list(d, dst, f)
	}
	mark, one := d.Mark(), make([]T, 1)
	if !d.spend() || !f(d, &one[0]) {
		d.Rewind(mark)
		return false
	}
	*dst = one
	return true
}

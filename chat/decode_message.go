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
			if len(m.Extra) > 0 && m.Reasoning == "" {
				m.Reasoning = otherThoughts(m.Extra)
			}
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
	if !list(d, &m.Parts, (*decoder).answerPart) {
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
	return optional(d, dst, func(d *decoder, a *Audio, key []byte) bool {
		switch string(key) {
		case "id":
			return d.str(&a.ID)
		case "data":
			return d.str(&a.Data)
		case "transcript":
			return d.str(&a.Transcript)
		case "expires_at":
			return d.int64(&a.ExpiresAt)
		}
		return false
	})
}

// optional is decodeInto with a function that reads the members, so that halves of
// characters wait for the next piece.
func optional[T any](d *decoder, dst **T, member func(*decoder, *T, []byte) bool) bool {
	*dst = nil
	if d.Null() {
		return true
	}
	mark := d.Mark()
	if !d.Object() {
		return false
	}
	v, exact := new(T), true
	for {
		key, ok := d.Key()
		if !ok {
			break
		}
		if !member(d, v, key) {
			exact = false
			d.Skip()
		}
	}
	*dst = v
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

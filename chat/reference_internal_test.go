package chat

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/buoy-go/buoy/internal/jprint"
)

// The reference: the same rules as the decoder's, on top of encoding/json and
// without a thought for speed. The fuzz tests hold the decoder against it.

// member is one field of an object, duplicates included, in order.
type member struct {
	key string
	raw json.RawMessage
}

// members splits an object; ok is false for other values.
func members(raw []byte) (list []member, ok bool) {
	d := json.NewDecoder(bytes.NewReader(raw))
	if token, err := d.Token(); err != nil || token != json.Delim('{') {
		return nil, false
	}
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return nil, false
		}
		var value json.RawMessage
		if d.Decode(&value) != nil {
			return nil, false
		}
		list = append(list, member{token.(string), value})
	}
	return list, true
}

// ref reads one value; its methods report whether the value has the right type.
type ref struct{ raw json.RawMessage }

func (r ref) null() bool { return string(r.raw) == "null" }

func (r ref) str(dst *string) bool {
	var s string // json leaves it alone on null
	if r.null() || r.raw[0] == '"' && json.Unmarshal(r.raw, &s) == nil {
		*dst = s
		return true
	}
	return false
}

func refPointer[T any](r ref, dst **T) bool {
	var p *T
	if json.Unmarshal(r.raw, &p) != nil {
		return false // what an earlier member said stays
	}
	*dst = p
	return true
}

// refStruct is refPointer for structs: unknown fields make it false, with dst set.
func refStruct[T any](r ref, dst **T) bool {
	*dst = nil
	if r.null() {
		return true
	}
	strict := json.NewDecoder(bytes.NewReader(r.raw))
	strict.DisallowUnknownFields()
	v := new(T)
	if strict.Decode(v) == nil {
		*dst = v
		return true
	}
	if v = new(T); json.Unmarshal(r.raw, v) == nil {
		*dst = v
	}
	return false
}

func refList[T any](r ref, dst *[]T, read func(ref, *T) bool) bool {
	*dst = nil
	if r.null() {
		return true
	}
	var items []json.RawMessage
	if r.raw[0] != '[' || json.Unmarshal(r.raw, &items) != nil {
		return false
	}
	for _, item := range items {
		if item == nil || string(item) == "null" {
			continue
		}
		var v T
		if !read(ref{item}, &v) {
			*dst = nil
			return false
		}
		*dst = append(*dst, v)
	}
	return true
}

// refObject reads an object; known says what to do with a field, and false for
// those that go to extra.
func refObject(r ref, extra *map[string]json.RawMessage, known func(key string, v ref) bool) bool {
	list, ok := members(r.raw)
	if !ok {
		return false
	}
	for _, m := range list {
		if !known(m.key, ref{m.raw}) {
			if *extra == nil {
				*extra = make(map[string]json.RawMessage)
			}
			(*extra)[m.key] = m.raw
		}
	}
	return true
}

func refMessage(r ref, m *Message) bool {
	*m = Message{}
	return refObject(r, &m.Extra, func(key string, v ref) bool {
		switch key {
		case "role":
			return v.str(&m.Role)
		case "content":
			m.Content, m.Parts = "", nil
			if m.NullContent = v.null(); m.NullContent || v.piece(&m.Content) {
				return true
			}
			ok := refList(v, &m.Parts, refAnswerPart)
			for _, p := range m.Parts {
				m.Content += p.Text
			}
			if text := refThoughts(m.Parts); text != "" && m.Reasoning == "" {
				m.Reasoning, m.ReasoningField = text, ""
			}
			return ok
		case "name":
			return v.str(&m.Name)
		case "tool_call_id":
			return v.str(&m.ToolCallID)
		case "tool_calls":
			if v.raw[0] == '{' {
				m.ToolCalls = make([]ToolCall, 1)
				return refToolCall(v, &m.ToolCalls[0])
			}
			return refList(v, &m.ToolCalls, refToolCall)
		case "function_call":
			return refFunction(v, &m.FunctionCall)
		case "refusal":
			return v.words(&m.Refusal)
		case "reasoning", "reasoning_content", "reasoning_text":
			return refReasoning(key, v, &m.Reasoning, &m.ReasoningField, &m.Extra)
		case "reasoning_details":
			m.ReasoningDetails = nil
			if !v.null() {
				m.ReasoningDetails = v.raw
			}
			return true
		case "audio":
			return refAudio(v, &m.Audio)
		case "annotations":
			return refList(v, &m.Annotations, refAnnotation)
		case "cache_control":
			return refStruct(v, &m.CacheControl)
		}
		return false
	})
}

func refReasoning(key string, v ref, text, field *string, extra *map[string]json.RawMessage) bool {
	var s string
	if key == "reasoning_text" && (*text != "" || *field != "" || v.raw[0] != '"') || !v.words(&s) {
		return false
	}
	aliased := *field == "reasoning_content" || *field == "reasoning_text"
	switch {
	case key == "reasoning_text":
		if *text = s; s != "" {
			*field = key
		}
	case key == "reasoning" && aliased && s == "":
	case key == "reasoning":
		if aliased && *text != "" && s != *text {
			if *extra == nil {
				*extra = make(map[string]json.RawMessage)
			}
			(*extra)[*field] = jprint.AppendString(nil, *text)
		}
		*text, *field = s, ""
	case *field != "reasoning_content" && *text != "":
		return s == "" || s == *text
	case v.null():
		*text, *field = "", ""
	default:
		*text, *field = s, "reasoning_content"
	}
	return true
}

func refPart(r ref, p *Part) bool {
	return refObject(r, &p.Extra, func(key string, v ref) bool {
		switch key {
		case "type":
			return v.str(&p.Type)
		case "text":
			return v.str(&p.Text)
		case "refusal":
			return v.str(&p.Refusal)
		case "image_url":
			return refStruct(v, &p.ImageURL)
		case "input_audio":
			return refStruct(v, &p.InputAudio)
		case "file":
			return refStruct(v, &p.File)
		case "video_url":
			return refStruct(v, &p.VideoURL)
		case "cache_control":
			return refStruct(v, &p.CacheControl)
		case "prompt_cache_breakpoint":
			return refStruct(v, &p.CacheBreakpoint)
		}
		return false
	})
}

func refAnswerPart(r ref, p *Part) bool {
	if r.raw[0] == '"' {
		p.Type = PartText
		return r.str(&p.Text)
	}
	ok := refPart(r, p)
	p.tidy()
	return ok
}

func refToolCall(r ref, c *ToolCall) bool {
	defer c.dropEmptyCustom()
	return refObject(r, &c.Extra, func(key string, v ref) bool {
		switch key {
		case "id":
			return v.str(&c.ID)
		case "type":
			return v.str(&c.Type)
		case "function":
			return v.null() || refCall(v, &c.Function)
		case "custom":
			return refCustom(v, &c.Custom)
		case "index":
			return true
		}
		return false
	})
}

func refCall(r ref, f *FunctionCall) bool {
	if r.raw[0] != '{' {
		return false
	}
	*f = FunctionCall{}
	return refObject(r, &f.Extra, func(key string, v ref) bool {
		switch key {
		case "name":
			return v.str(&f.Name)
		case "arguments":
			if v.raw[0] == '{' || v.raw[0] == '[' {
				f.Arguments = string(v.raw)
				return true
			}
			return v.str(&f.Arguments)
		}
		return false
	})
}

func refFunction(r ref, dst **FunctionCall) bool {
	*dst = nil
	if r.null() {
		return true
	}
	var f FunctionCall
	if !refCall(r, &f) {
		return false
	}
	*dst = &f
	return true
}

func refAudio(r ref, dst **Audio) bool {
	*dst = nil
	if r.null() {
		return true
	}
	var a Audio
	var unknown map[string]json.RawMessage
	if !refObject(r, &unknown, func(key string, v ref) bool {
		switch key {
		case "id":
			return v.str(&a.ID)
		case "data":
			return v.str(&a.Data)
		case "transcript":
			return v.str(&a.Transcript)
		case "expires_at":
			return v.int(&a.ExpiresAt)
		}
		return false
	}) {
		return false
	}
	*dst = &a
	return unknown == nil
}

func refCustom(r ref, dst **CustomCall) bool {
	*dst = nil
	if r.null() {
		return true
	}
	var c CustomCall
	var unknown map[string]json.RawMessage
	if !refObject(r, &unknown, func(key string, v ref) bool {
		switch key {
		case "name":
			return v.str(&c.Name)
		case "input":
			return v.str(&c.Input)
		}
		return false
	}) {
		return false
	}
	*dst = &c
	return unknown == nil
}

func refAnnotation(r ref, a *Annotation) bool {
	return refObject(r, &a.Extra, func(key string, v ref) bool {
		switch key {
		case "type":
			return v.str(&a.Type)
		case "url_citation":
			return refStruct(v, &a.URLCitation)
		}
		return false
	})
}

// refRefuses is the reference for Suspect at the top level.
func refRefuses(key string, v ref) bool {
	blank := v.null() || string(v.raw) == `""` || string(v.raw) == "false" || string(v.raw) == "[]"
	switch {
	case strings.EqualFold(key, "error"), strings.EqualFold(key, "errors"), key == "base_resp", key == "detail", key == "fault":
		return !blank
	case key == "type", key == "status":
		return strings.Contains(string(v.raw), "error") || strings.Contains(string(v.raw), "fail")
	case key == "success":
		return string(v.raw) == "false"
	}
	return false
}

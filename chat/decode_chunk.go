package chat

import (
	"bytes"
	"slices"

	"github.com/buoy-go/buoy/internal/jscan"
)

// ChunkDecoder reads the events of one stream. It uses the memory of an event
// again for the next one, and the strings that hardly ever change. The zero value
// is ready for use, by one goroutine at a time.
type ChunkDecoder struct {
	chunk Chunk
	usage Usage
	dec   decoder

	// The last value of each string that hardly ever changes.
	id, model, fingerprint, tier, provider string
}

// Decode reads one event. The chunk is valid until the next call: strings are
// copies; raw values, and Raw, stay part of data. With an error, [Suspect] says that
// the text is JSON all the same, so it may be a refusal.
func (s *ChunkDecoder) Decode(data []byte) (*Chunk, Signs, error) {
	s.reset()
	s.chunk.raw = data
	d := &s.dec
	d.flags, d.err, d.alias = 0, nil, true
	d.Reset(bytes.TrimPrefix(data, utf8BOM))
	s.read()
	return &s.chunk, d.flags, d.end()
}

// reset clears the chunk but keeps memory, and the strings that the next event
// repeats.
func (s *ChunkDecoder) reset() {
	c, d := &s.chunk, &s.dec
	remember(&s.id, &c.ID)
	remember(&s.model, &c.Model)
	remember(&s.fingerprint, &c.SystemFingerprint)
	remember(&s.tier, &c.ServiceTier)
	remember(&s.provider, &c.Provider)
	d.reclaim(c.Extra)
	for i := range c.Choices {
		choice := &c.Choices[i]
		d.reclaim(choice.Extra)
		choice.Extra = nil
		d.reclaim(choice.Delta.Extra)
		choice.Delta.Extra = nil
	}
	c.Created, c.Choices, c.Usage, c.Moderation, c.Extra = 0, c.Choices[:0], nil, nil, nil
	c.Restarted, c.raw = false, nil
}

func remember(memo, s *string) {
	if *s != "" {
		*memo, *s = *s, ""
	}
}

func (s *ChunkDecoder) read() {
	c, d := &s.chunk, &s.dec
	if !d.Object() {
		d.notObject()
		return
	}
	choices := false
	for {
		key, ok := d.Key()
		if !ok {
			break
		}
		switch string(key) {
		case "id":
			if d.strLike(&c.ID, s.id) {
				continue
			}
		case "object", "obfuscation":
			d.Skip()
			continue
		case "created":
			if d.int64(&c.Created) {
				continue
			}
		case "model":
			if d.strLike(&c.Model, s.model) {
				continue
			}
		case "choices":
			choices = d.chunkChoices(c)
			continue
		case "usage":
			c.Usage = nil
			if d.Null() {
				continue
			}
			if d.usage(&s.usage) {
				c.Usage = &s.usage
				continue
			}
		case "system_fingerprint":
			if d.strLike(&c.SystemFingerprint, s.fingerprint) {
				continue
			}
		case "service_tier":
			if d.strLike(&c.ServiceTier, s.tier) {
				continue
			}
		case "provider":
			if d.strLike(&c.Provider, s.provider) {
				continue
			}
		case "moderation":
			if d.raw(&c.Moderation) {
				continue
			}
		}
		c.Extra = d.keepTop(c.Extra, key)
	}
	if !choices {
		d.flags |= Suspect
	}
	for i := range c.Choices {
		choice := &c.Choices[i]
		if choice.FinishReason != "" || choice.Delta.HasContent() {
			d.flags |= Meaning
		}
	}
}

// HasContent reports that the delta brings a part of the answer: text, reasoning, a
// refusal, a call, audio or a picture. A role alone is none.
func (d *Delta) HasContent() bool {
	return d.Content != "" || d.Reasoning != "" || d.Refusal != "" || len(d.ToolCalls) > 0 ||
		d.FunctionCall != nil || d.Audio != nil && (d.Audio.Data != "" || d.Audio.Transcript != "") ||
		jscan.HasItems(d.ReasoningDetails) || len(d.Extra) > 0 && jscan.HasItems(d.Extra["images"])
}

// chunkChoices reads an array of objects and reports that there was one.
func (d *decoder) chunkChoices(c *Chunk) bool {
	c.Choices = c.Choices[:0]
	if d.Null() {
		return false
	}
	mark := d.Mark()
	if !d.Array() {
		d.badChoices()
		return true
	}
	for d.More() {
		if d.Null() {
			continue
		}
		var choice *ChunkChoice
		c.Choices, choice = extend(c.Choices)
		if !d.chunkChoice(choice) {
			c.Choices = c.Choices[:0]
			d.Rewind(mark)
			d.badChoices()
			return true
		}
	}
	return true
}

// extend makes s longer by one, which is the memory of an element that was there
// before, if there is one.
func extend[T any](s []T) ([]T, *T) {
	n := len(s)
	if n == cap(s) {
		s = slices.Grow(s, 1) // it is zero; append would copy a zero there
	}
	s = s[:n+1]
	return s, &s[n]
}

func (d *decoder) chunkChoice(c *ChunkChoice) bool {
	if !d.Object() {
		return false
	}
	native := c.NativeFinishReason
	*c = ChunkChoice{Delta: Delta{ToolCalls: c.Delta.ToolCalls[:0]}}
	for {
		key, ok := d.Key()
		if !ok {
			return true
		}
		switch string(key) {
		case "index":
			if d.int(&c.Index) {
				continue
			}
		case "delta", "message":
			// Gateways that only pretend to stream send a whole message.
			if d.delta(&c.Delta) {
				c.begun = true
				continue
			}
			if d.Null() {
				continue
			}
		case "finish_reason":
			if d.finish(&c.FinishReason) {
				continue
			}
		case "native_finish_reason":
			if d.strLike(&c.NativeFinishReason, native) {
				continue
			}
		case "logprobs":
			if decodeInto(d, &c.Logprobs) {
				continue
			}
		case "error":
			d.choiceError()
		}
		c.Extra = d.keep(c.Extra, key)
	}
}

func (d *decoder) delta(t *Delta) bool {
	if !d.Object() {
		return false
	}
	*t = Delta{ToolCalls: t.ToolCalls[:0]}
	for {
		key, ok := d.Key()
		if !ok {
			return true
		}
		switch string(key) {
		case "role":
			if d.word(&t.Role) {
				continue
			}
		case "content":
			if d.str(&t.Content) || d.deltaParts(t) {
				continue
			}
		case "reasoning":
			if d.reasoning(&t.Reasoning, &t.ReasoningField, &t.Extra) {
				continue
			}
		case reasoningAlias:
			if d.reasoningAlias(&t.Reasoning, &t.ReasoningField) {
				continue
			}
		case "refusal":
			if d.str(&t.Refusal) {
				continue
			}
		case "tool_calls":
			if d.callDeltas(t) {
				continue
			}
		case "reasoning_details":
			if d.raw(&t.ReasoningDetails) {
				continue
			}
		case "audio":
			if d.optionalAudio(&t.Audio) {
				continue
			}
		case "annotations":
			if list(d, &t.Annotations, (*decoder).annotation) {
				continue
			}
		case "function_call":
			if d.optionalCall(&t.FunctionCall) {
				continue
			}
		}
		t.Extra = d.keep(t.Extra, key)
	}
}

// deltaParts reads content that comes as an array of parts: the texts are joined,
// and the thoughts that Mistral sends among them are reasoning. Other parts are
// found in Raw only.
func (d *decoder) deltaParts(t *Delta) bool {
	var parts []Part
	if d.Kind() != jscan.Array || !list(d, &parts, (*decoder).part) {
		return false
	}
	t.Content = joinText(parts)
	for i := range parts {
		if raw := parts[i].Extra["thinking"]; raw != nil {
			t.Reasoning += thoughts(raw)
		}
	}
	return true
}

// thoughts returns the text of a part of type "thinking", which is a string or an
// array of text parts.
func thoughts(raw []byte) string {
	var m Message
	var c decoder
	c.Reset(raw)
	c.content(&m)
	return m.Content
}

// callDeltas reads an array of objects, or a null.
func (d *decoder) callDeltas(t *Delta) bool {
	t.ToolCalls = t.ToolCalls[:0]
	if d.Null() {
		return true
	}
	mark := d.Mark()
	if !d.Array() {
		return false
	}
	for d.More() {
		if d.Null() {
			continue
		}
		var call *ToolCallDelta
		t.ToolCalls, call = extend(t.ToolCalls)
		if !d.callDelta(call, len(t.ToolCalls)-1) {
			t.ToolCalls = t.ToolCalls[:0]
			d.Rewind(mark)
			return false
		}
	}
	return true
}

func (d *decoder) callDelta(c *ToolCallDelta, place int) bool {
	if !d.Object() {
		return false
	}
	// Some servers repeat the id and the name in every piece.
	id, name := c.ID, c.Function.Name
	*c = ToolCallDelta{Index: place}
	for {
		key, ok := d.Key()
		if !ok {
			return true
		}
		switch string(key) {
		case "index":
			if d.Null() || d.int(&c.Index) {
				continue
			}
		case "id":
			if d.strLike(&c.ID, id) {
				continue
			}
		case "type":
			if d.word(&c.Type) {
				continue
			}
		case "function":
			if d.functionCallLike(&c.Function, name) || d.Null() {
				continue
			}
		case "custom":
			if decodeInto(d, &c.Custom) {
				continue
			}
		}
		c.Extra = d.keep(c.Extra, key)
	}
}

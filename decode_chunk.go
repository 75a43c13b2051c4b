package buoy

import (
	"bytes"
	"slices"

	"github.com/buoy-go/buoy/internal/jscan"
)

// decodeChunk reads one event into c, which it clears before and whose memory it
// uses again. Strings are copies; raw values, and Raw, stay part of data. With
// an error, flagSuspect says that the text is JSON all the same, so that
// internal/envelope may know it as a refusal.
func decodeChunk(data []byte, c *Chunk) (decodeFlags, error) {
	c.reset()
	c.raw = data
	d := &c.memo.dec
	d.flags, d.err, d.alias = 0, nil, true
	d.Reset(bytes.TrimPrefix(data, utf8BOM))
	d.chunk(c)
	return d.flags, d.finish()
}

// reset clears c but keeps memory, and the strings that the next event repeats.
func (c *Chunk) reset() {
	m := &c.memo
	remember(&m.id, &c.ID)
	remember(&m.model, &c.Model)
	remember(&m.fingerprint, &c.SystemFingerprint)
	remember(&m.tier, &c.ServiceTier)
	remember(&m.provider, &c.Provider)
	m.dec.reclaim(c.Extra)
	for i := range c.Choices {
		choice := &c.Choices[i]
		m.dec.reclaim(choice.Extra)
		choice.Extra = nil
		m.dec.reclaim(choice.Delta.Extra)
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

func (d *decoder) chunk(c *Chunk) {
	if !d.Object() {
		d.notObject()
		return
	}
	m := &c.memo
	choices := false
	for {
		key, ok := d.Key()
		if !ok {
			break
		}
		switch string(key) {
		case "id":
			if d.strLike(&c.ID, m.id) {
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
			if d.strLike(&c.Model, m.model) {
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
			if d.usage(&m.usage) {
				c.Usage = &m.usage
				continue
			}
		case "system_fingerprint":
			if d.strLike(&c.SystemFingerprint, m.fingerprint) {
				continue
			}
		case "service_tier":
			if d.strLike(&c.ServiceTier, m.tier) {
				continue
			}
		case "provider":
			if d.strLike(&c.Provider, m.provider) {
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
		d.flags |= flagSuspect
	}
	for i := range c.Choices {
		choice := &c.Choices[i]
		if choice.FinishReason == FinishError {
			d.flags |= flagSuspect
		}
		if choice.FinishReason != "" || choice.Delta.hasContent() {
			d.flags |= flagMeaning
		}
	}
}

// hasContent reports that the delta brings a part of the answer.
func (d *Delta) hasContent() bool {
	return d.Content != "" || d.Reasoning != "" || d.Refusal != "" || len(d.ToolCalls) > 0 ||
		d.FunctionCall != nil || d.Audio != nil && (d.Audio.Data != "" || d.Audio.Transcript != "") ||
		hasItems(d.ReasoningDetails) || len(d.Extra) > 0 && hasItems(d.Extra["images"])
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
			if d.word(&c.FinishReason) {
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

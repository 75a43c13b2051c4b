package chat

import "github.com/buoy-go/buoy/internal/jscan"

// HasContent reports whether the delta adds any content: text, reasoning, a refusal, a
// tool call, audio or a picture. A role alone does not count.
func (d *Delta) HasContent() bool {
	return d.Content != "" || d.Reasoning != "" || d.Refusal != "" || d.calls() ||
		d.FunctionCall != nil && !d.FunctionCall.none() || d.Audio != nil && (d.Audio.Data != "" || d.Audio.Transcript != "") ||
		jscan.HasItems(d.ReasoningDetails) || len(d.Parts) > 0 && partsHaveContent(d.Parts) ||
		len(d.Extra) > 0 && extraHasContent(d.Extra)
}

// calls reports a piece of a tool call that adds something to it.
func (d *Delta) calls() bool {
	for i := range d.ToolCalls {
		if c := &d.ToolCalls[i]; !ours(c.Type) || c.Custom != nil && *c.Custom != (CustomCall{}) || told(c.Extra) || !c.Function.none() {
			return true
		}
	}
	return false
}

// delta reads an object into a delta that is zero.
func (d *decoder) delta(t *Delta) bool {
	if !d.Object() {
		return false
	}
	for {
		key, ok := d.Key()
		if !ok {
			if len(t.Extra) > 0 && t.Reasoning == "" {
				t.Reasoning = otherThoughts(t.Extra)
			}
			return true
		}
		switch string(key) {
		case "role":
			if d.word(&t.Role) {
				continue
			}
		case "content":
			if t.NullContent = d.Null(); t.NullContent {
				t.Content = ""
				continue
			}
			if d.piece(&t.Content) || d.deltaParts(t) {
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
		case reasoningText:
			if d.reasoningText(&t.Reasoning, &t.ReasoningField) {
				continue
			}
		case "refusal":
			if d.words(&t.Refusal) {
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

// deltaParts reads content that comes as an array of parts: the texts are joined, and
// the thoughts that Mistral sends among them are reasoning.
func (d *decoder) deltaParts(t *Delta) bool {
	if d.Kind() != jscan.Array || !list(d, &t.Parts, (*decoder).answerPart) {
		return false
	}
	t.Content = joinText(t.Parts)
	if text := thoughts(t.Parts); text != "" && t.Reasoning == "" {
		t.Reasoning, t.ReasoningField = text, ""
	}
	return true
}

// callDeltas reads an array of objects, one object, or a null.
func (d *decoder) callDeltas(t *Delta) bool {
	if d.Kind() == jscan.Object {
		return listOrOne(d, &t.ToolCalls, func(d *decoder, c *ToolCallDelta) bool { return d.callDelta(c, 0) })
	}
	t.ToolCalls = nil
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
		if t.ToolCalls == nil {
			t.ToolCalls = d.calls.take(d.apart)[:0]
		}
		t.ToolCalls, call = extend(t.ToolCalls)
		if !d.spend() || !d.callDelta(call, len(t.ToolCalls)-1) {
			t.ToolCalls = nil
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
	c.Index, c.unplaced = place, true
	for {
		key, ok := d.Key()
		if !ok {
			c.Extra = c.Function.flat(c.Extra, c.Type, c.Custom)
			return true
		}
		switch string(key) {
		case "index":
			if d.Null() {
				continue
			}
			if d.int(&c.Index) {
				c.unplaced = false
				continue
			}
		case "id":
			if d.strAgain(&c.ID, &d.callID) || d.number(&c.ID) {
				if c.ID == noID { // Mistral, in later pieces
					c.ID = ""
				}
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
			if d.optionalCustom(&c.Custom) {
				continue
			}
		}
		c.Extra = d.keep(c.Extra, key)
	}
}

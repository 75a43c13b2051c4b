package chat

import (
	"bytes"
	"encoding/json"

	"github.com/buoy-go/buoy/internal/jprint"
)

// refChunk is ChunkDecoder on top of encoding/json. Unknown nulls are dropped.
func refChunk(data []byte, c *Chunk) (flags Signs, err error) {
	*c = Chunk{}
	body := bytes.TrimPrefix(data, utf8BOM)
	if !json.Valid(body) {
		return 0, errNotObject
	}
	var r Response
	var choices json.RawMessage
	list, ok := members(body)
	if !ok {
		return Suspect, errNotObject
	}
	// All but the choices is as in a whole reply.
	head := []byte("{")
	usage := false
	for _, m := range list {
		switch m.key {
		case "choices":
			if choices = m.raw; !(ref{m.raw}).null() && !refList(ref{m.raw}, &c.Choices, func(v ref, c *ChunkChoice) bool { return refChunkChoice(v, c, &flags) }) {
				err = errChoices
			}
			if (ref{m.raw}).null() {
				c.Choices = nil
			}
			continue
		case "metadata": // unknown to a chunk
			if !(ref{m.raw}).null() {
				if c.Extra == nil {
					c.Extra = make(map[string]json.RawMessage)
				}
				c.Extra[m.key] = m.raw
			}
			continue
		case "obfuscation":
			continue
		case "usage":
			usage = m.raw[0] == '{'
		}
		if len(head) > 1 {
			head = append(head, ',')
		}
		head = append(append(jprint.AppendString(head, m.key), ':'), m.raw...)
	}
	f, _ := refReply(append(head, '}'), &r)
	if choices != nil && string(choices) != "null" {
		f = 0
		for _, m := range list {
			if m.key != "choices" && m.key != "obfuscation" && m.key != "metadata" && refRefuses(m.key, ref{m.raw}) {
				f = Suspect
			}
		}
	}
	flags |= f
	if err != nil {
		flags |= Suspect
	}
	c.ID, c.Model, c.Created, c.SystemFingerprint, c.ServiceTier = r.ID, r.Model, r.Created, r.SystemFingerprint, r.ServiceTier
	c.Provider, c.Moderation = r.Provider, r.Moderation
	if usage {
		c.Usage = &r.Usage
	}
	for key, raw := range r.Extra {
		if c.Extra == nil {
			c.Extra = make(map[string]json.RawMessage)
		}
		c.Extra[key] = raw
	}
	if len(r.Choices) > 0 && (choices == nil || (ref{choices}).null()) { // an empty list is no list that is missing
		c.Choices = []ChunkChoice{{begun: true, FinishReason: r.Choices[0].FinishReason}}
		refDelta(ref{c.Extra["message"]}, &c.Choices[0].Delta)
	}
	dropNulls(c)
	var d decoder
	var u Usage
	silent := func() bool { return c.Usage == nil || c.Usage.told() == 0 }
	if silent() && d.usageElsewhere(c.Extra, &u) {
		c.Usage = &u
	}
	s := ChunkDecoder{chunkScratch: new(chunkScratch)}
	for i := range c.Choices {
		s.settle(&c.Choices[i])
		if silent() && (d.usageElsewhere(c.Choices[i].Extra, &u) || d.usageElsewhere(c.Choices[i].Delta.Extra, &u)) {
			c.Usage = &u
		}
	}
	for _, choice := range c.Choices {
		if choice.FinishReason != "" || choice.Delta.HasContent() {
			flags |= Meaning
		}
	}
	return flags, err
}

func refChunkChoice(r ref, c *ChunkChoice, flags *Signs) bool {
	var message json.RawMessage
	ok := refObject(r, &c.Extra, func(key string, v ref) bool {
		switch key {
		case "index":
			return v.count(&c.Index)
		case "delta":
			if v.raw[0] == '{' {
				c.begun = true
				return refDelta(v, &c.Delta)
			}
			c.begun = c.begun || v.raw[0] == '"'
			return v.null() || v.str(&c.Delta.Content)
		case "message":
			if v.raw[0] == '{' || v.raw[0] == '"' {
				message = v.raw
				return true
			}
			return v.null()
		case "finish_reason":
			return refFinish(v, &c.FinishReason, flags)
		case "native_finish_reason":
			return v.str(&c.NativeFinishReason)
		case "logprobs":
			return refLogprobs(v, &c.Logprobs)
		case "error":
			if refRefuses(key, v) {
				*flags |= Suspect
			}
		}
		return false
	})
	switch text := message != nil && message[0] == '"'; {
	case text && c.begun:
		if c.Extra == nil {
			c.Extra = make(map[string]json.RawMessage)
		}
		c.Extra["message"], message = message, nil
	case text:
		c.whole = ref{message}.str(&c.Delta.Content)
	case message != nil && !c.Delta.HasContent():
		c.whole = refDelta(ref{message}, &c.Delta)
	}
	c.begun = c.begun || message != nil
	if text := textInPlace(c.Extra); message == nil && !c.Delta.HasContent() && text != "" {
		c.begun, c.Delta.Content = true, text
	}
	if c.FinishReason == "" {
		*flags |= finishElsewhere(c.Extra, &c.FinishReason)
	}
	return ok
}

func refDelta(r ref, d *Delta) bool {
	*d = Delta{}
	return refObject(r, &d.Extra, func(key string, v ref) bool {
		switch key {
		case "role":
			return v.str(&d.Role)
		case "content":
			if d.NullContent = v.null(); d.NullContent {
				d.Content = ""
				return true
			}
			if v.piece(&d.Content) {
				return true
			}
			if !refList(v, &d.Parts, refAnswerPart) {
				return false
			}
			d.Content = ""
			for _, p := range d.Parts {
				d.Content += p.Text
			}
			if text := refThoughts(d.Parts); text != "" && d.Reasoning == "" {
				d.Reasoning, d.ReasoningField = text, ""
			}
			return true
		case "reasoning", "reasoning_content", "reasoning_text":
			return refReasoning(key, v, &d.Reasoning, &d.ReasoningField, &d.Extra)
		case "refusal":
			return v.words(&d.Refusal)
		case "tool_calls":
			place := -1
			if v.raw[0] == '{' {
				d.ToolCalls = []ToolCallDelta{{unplaced: true}}
				return refCallDelta(v, &d.ToolCalls[0])
			}
			return refList(v, &d.ToolCalls, func(v ref, c *ToolCallDelta) bool {
				place++
				c.Index, c.unplaced = place, true
				return refCallDelta(v, c)
			})
		case "reasoning_details":
			if d.ReasoningDetails = v.raw; v.null() {
				d.ReasoningDetails = nil
			}
			return true
		case "audio":
			return refAudio(v, &d.Audio)
		case "annotations":
			return refList(v, &d.Annotations, refAnnotation)
		case "function_call":
			return refFunction(v, &d.FunctionCall)
		}
		return false
	})
}

func refCallDelta(r ref, c *ToolCallDelta) bool {
	ok := refObject(r, &c.Extra, func(key string, v ref) bool {
		switch key {
		case "index":
			if v.null() {
				return true
			}
			known := v.count(&c.Index)
			c.unplaced = c.unplaced && !known
			return known
		case "id":
			return v.str(&c.ID)
		case "type":
			return v.str(&c.Type)
		case "function":
			return v.null() || refCall(v, &c.Function)
		case "custom":
			return refCustom(v, &c.Custom)
		}
		return false
	})
	c.Extra = c.Function.flat(c.Extra, c.Type, c.Custom)
	return ok
}

// dropNulls removes unknown nulls and what is empty without being nil, at every
// level, so that chunks can be compared.
func dropNulls(c *Chunk) {
	c.stream, c.event = nil, 0
	drop(&c.Extra)
	if len(c.Choices) == 0 {
		c.Choices = nil
	}
	if u := c.Usage; u != nil {
		drop(&u.Extra)
		drop(&u.PromptTokensDetails.Extra)
		drop(&u.CompletionTokensDetails.Extra)
		if u.ServerToolUse != nil {
			drop(&u.ServerToolUse.Extra)
		}
	}
	for i := range c.Choices {
		choice := &c.Choices[i]
		drop(&choice.Extra)
		d := &choice.Delta
		drop(&d.Extra)
		if len(d.ToolCalls) == 0 {
			d.ToolCalls = nil
		}
		for j := range d.ToolCalls {
			drop(&d.ToolCalls[j].Extra)
			drop(&d.ToolCalls[j].Function.Extra)
		}
		for j := range d.Parts {
			drop(&d.Parts[j].Extra)
		}
		for j := range d.Annotations {
			drop(&d.Annotations[j].Extra)
		}
		if d.FunctionCall != nil {
			drop(&d.FunctionCall.Extra)
		}
	}
}

func drop(extra *map[string]json.RawMessage) {
	for key, raw := range *extra {
		if string(raw) == "null" {
			delete(*extra, key)
		}
	}
	if len(*extra) == 0 {
		*extra = nil
	}
}

package buoyhttp

import (
	"encoding/json"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/internal/verbatim"
)

// This file writes the chunks that buoy made itself and no provider: when a
// server answers a stream request with a whole reply, and after a recovery.

// object is a JSON object that begins with the fields buoy does not know.
type object map[string]any

func newObject(extra map[string]json.RawMessage) object {
	o := object{}
	for name, raw := range extra {
		o[name] = raw
	}
	return o
}

// str sets a field that is left out when it is empty.
func (o object) str(name, value string) {
	if value != "" {
		o[name] = value
	}
}

// orNull sets a field that is null when it is empty.
func (o object) orNull(name, value string) {
	o[name] = nil
	o.str(name, value)
}

func encodeChunk(c *buoy.Chunk, came *verbatim.Record) ([]byte, error) {
	o := newObject(c.Extra)
	o["id"], o["object"], o["created"], o["model"] = c.ID, "chat.completion.chunk", c.Created, c.Model
	o.str("system_fingerprint", c.SystemFingerprint)
	o.str("service_tier", c.ServiceTier)
	o.str("provider", c.Provider)
	if c.Moderation != nil {
		o["moderation"] = c.Moderation
	}
	if c.Usage != nil {
		if usage := came.Usage(c.Usage); usage != nil {
			o["usage"] = usage
		} else if !verbatim.IsZero(c.Usage) {
			o["usage"] = c.Usage
		}
	}
	choices := make([]object, len(c.Choices))
	for i := range c.Choices {
		choices[i] = choiceObject(&c.Choices[i])
	}
	o["choices"] = choices
	return json.Marshal(o)
}

func choiceObject(c *buoy.ChunkChoice) object {
	o := newObject(c.Extra)
	o["index"], o["delta"] = c.Index, deltaObject(&c.Delta)
	o.orNull("finish_reason", c.FinishReason)
	o.str("native_finish_reason", c.NativeFinishReason)
	if c.Logprobs != nil {
		o["logprobs"] = c.Logprobs
	}
	return o
}

func deltaObject(d *buoy.Delta) object {
	o := newObject(d.Extra)
	o.str("role", d.Role)
	o.str("content", d.Content)
	name := d.ReasoningField
	if name == "" {
		name = "reasoning"
	}
	o.str(name, d.Reasoning)
	o.str("refusal", d.Refusal)
	if len(d.ToolCalls) > 0 {
		calls := make([]object, len(d.ToolCalls))
		for i := range d.ToolCalls {
			calls[i] = callObject(&d.ToolCalls[i])
		}
		o["tool_calls"] = calls
	}
	if d.ReasoningDetails != nil {
		o["reasoning_details"] = d.ReasoningDetails
	}
	if d.Audio != nil {
		o["audio"] = d.Audio
	}
	if len(d.Annotations) > 0 {
		o["annotations"] = d.Annotations
	}
	if d.FunctionCall != nil {
		o["function_call"] = d.FunctionCall
	}
	return o
}

func callObject(t *buoy.ToolCallDelta) object {
	o := newObject(t.Extra)
	o["index"] = t.Index
	o.str("id", t.ID)
	o.str("type", t.Type)
	if t.Custom != nil {
		o["custom"] = t.Custom
		return o
	}
	f := newObject(t.Function.Extra)
	f.str("name", t.Function.Name)
	f["arguments"] = t.Function.Arguments
	o["function"] = f
	return o
}

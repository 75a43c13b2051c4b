package chat

import "encoding/json"

// Ollama's and Cohere's own APIs have one message at the top in place of choices, with the
// finish reason beside it. Gateways pass it on as it is.

// lone reports that the unknown fields of a reply without choices are such an answer.
func lone(extra map[string]json.RawMessage) bool {
	raw := extra["message"]
	if len(raw) == 0 || raw[0] != '{' || len(extra["error"]) > 0 && string(extra["error"]) != "null" {
		return false
	}
	var m struct{ Role string }
	return json.Unmarshal(raw, &m) == nil && m.Role == RoleAssistant
}

func (d *decoder) loneMessage(extra map[string]json.RawMessage, c *Choice) {
	e := d.within(extra["message"])
	e.message(&c.Message)
	d.flags |= e.flags | loneFinish(extra, &c.FinishReason)
}

func (d *decoder) loneDelta(extra map[string]json.RawMessage, c *ChunkChoice) {
	e := d.within(extra["message"])
	c.begun = e.delta(&c.Delta)
	d.flags |= e.flags | loneFinish(extra, &c.FinishReason)
}

// within is a decoder for a value that was kept.
func (d *decoder) within(raw []byte) *decoder {
	e := &decoder{event: d.event}
	e.start(d.asked)
	e.room = d.room
	e.Reset(raw)
	return e
}

// loneFinish reads the finish reason. Old versions of Ollama say only that it is done.
func loneFinish(extra map[string]json.RawMessage, dst *string) Signs {
	var e decoder
	for _, name := range [...]string{"done_reason", "finish_reason"} {
		if raw := extra[name]; len(raw) > 0 {
			e.Reset(raw)
			if e.finish(dst) && *dst != "" {
				return e.flags
			}
		}
	}
	if string(extra["done"]) == "true" {
		*dst = FinishStop
	}
	return 0
}

package chat

import (
	"encoding/json"

	"github.com/buoy-go/buoy/internal/jscan"
)

func (d *decoder) toolCall(c *ToolCall) bool {
	if !d.Object() {
		return false
	}
	*c = ToolCall{}
	for {
		key, ok := d.Key()
		if !ok {
			c.dropEmptyCustom()
			c.Extra = c.Function.flat(c.Extra, c.Type, c.Custom)
			return true
		}
		switch string(key) {
		case "id":
			if d.str(&c.ID) || d.number(&c.ID) {
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

// flat reads a call that has its name and arguments beside the id, as models write them that
// were taught so, where there is no function. Calls of other types keep their names where
// they are. It returns what else there is.
func (f *FunctionCall) flat(extra map[string]json.RawMessage, kind string, custom *CustomCall) map[string]json.RawMessage {
	if len(extra) == 0 || f.Name != "" || f.Arguments != "" || custom != nil || kind != "" && kind != ToolFunction {
		return extra
	}
	if raw := extra["name"]; string(raw) == "null" || len(raw) > 0 && raw[0] == '"' && json.Unmarshal(raw, &f.Name) == nil {
		delete(extra, "name")
	}
	for _, key := range [...]string{"arguments", "parameters"} {
		raw := extra[key]
		switch {
		case len(raw) == 0:
			continue
		case raw[0] == '"' && json.Unmarshal(raw, &f.Arguments) == nil:
		case raw[0] == '{' && (f.Name != "" || key == "arguments"), raw[0] == '[' && f.Name != "":
			f.Arguments = string(raw)
		case string(raw) == "null":
		default:
			continue
		}
		delete(extra, key)
		if f.Arguments != "" {
			break
		}
	}
	if len(extra) == 0 {
		return nil
	}
	return extra
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

func (d *decoder) optionalCustom(dst **CustomCall) bool {
	return optional(d, dst, func(d *decoder, c *CustomCall, key []byte) bool {
		switch string(key) {
		case "name":
			return d.str(&c.Name)
		case "input":
			return d.str(&c.Input)
		}
		return false
	})
}

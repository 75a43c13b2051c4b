package chat

import "encoding/json"

// ToolChoice says which tools the model may or must call. Make it with [ChooseAuto],
// [ChooseNone], [ChooseRequired], [ChooseFunction], [ChooseCustom] or [ChooseAllowed].
type ToolChoice struct {
	// Type is "auto", "none", "required", "function", "custom" or
	// "allowed_tools".
	Type string
	Name string // of the function or the custom tool
	Mode string // for "allowed_tools": "auto" or "required"
	// Tools lists the tools for "allowed_tools". Their types and names are enough.
	Tools []Tool
	// Raw is sent instead of all other fields if it is set. Use it for a kind of
	// choice that buoy does not know.
	Raw json.RawMessage
}

// ChooseAuto lets the model decide whether to call a tool. This is the default.
func ChooseAuto() *ToolChoice { return &ToolChoice{Type: "auto"} }

// ChooseNone forbids tool calls.
func ChooseNone() *ToolChoice { return &ToolChoice{Type: "none"} }

// ChooseRequired makes the model call at least one tool.
func ChooseRequired() *ToolChoice { return &ToolChoice{Type: "required"} }

// ChooseFunction makes the model call this function.
func ChooseFunction(name string) *ToolChoice { return &ToolChoice{Type: ToolFunction, Name: name} }

// ChooseCustom makes the model call this custom tool.
func ChooseCustom(name string) *ToolChoice { return &ToolChoice{Type: ToolCustom, Name: name} }

// ChooseAllowed limits the model to the functions with these names. The mode is "auto"
// (it may call one) or "required" (it must).
func ChooseAllowed(mode string, functions ...string) *ToolChoice {
	c := &ToolChoice{Type: "allowed_tools", Mode: mode}
	for _, name := range functions {
		c.Tools = append(c.Tools, Tool{Type: ToolFunction, Function: &FunctionDefinition{Name: name}})
	}
	return c
}

// MarshalJSON returns the choice as it is sent to a provider.
func (c ToolChoice) MarshalJSON() ([]byte, error) {
	var w writer
	w.toolChoice(&c)
	return w.done()
}

// UnmarshalJSON reads what MarshalJSON wrote. A choice that buoy does not know goes
// into Raw.
func (c *ToolChoice) UnmarshalJSON(data []byte) error {
	return unmarshalWith(data, func(d *decoder) bool { return d.toolChoice(c) })
}

package chat

import "encoding/json"

// ToolChoice says which tool the model has to call. Make it with [ChooseAuto],
// [ChooseNone], [ChooseRequired], [ChooseFunction], [ChooseCustom] or
// [ChooseAllowed].
type ToolChoice struct {
	// Type is "auto", "none", "required", "function", "custom" or
	// "allowed_tools".
	Type string
	Name string // of the function or the custom tool
	Mode string // for "allowed_tools": "auto" or "required"
	// Tools are those that "allowed_tools" allows; their names suffice.
	Tools []Tool
	// Raw, when set, is sent instead of all the rest, for a provider's own kind
	// of choice.
	Raw json.RawMessage
}

// ChooseAuto leaves it to the model whether to call a tool, which is the default.
func ChooseAuto() *ToolChoice { return &ToolChoice{Type: "auto"} }

// ChooseNone forbids calling tools.
func ChooseNone() *ToolChoice { return &ToolChoice{Type: "none"} }

// ChooseRequired makes the model call at least one tool.
func ChooseRequired() *ToolChoice { return &ToolChoice{Type: "required"} }

// ChooseFunction makes the model call this function.
func ChooseFunction(name string) *ToolChoice { return &ToolChoice{Type: ToolFunction, Name: name} }

// ChooseCustom makes the model call this custom tool.
func ChooseCustom(name string) *ToolChoice { return &ToolChoice{Type: ToolCustom, Name: name} }

// ChooseAllowed limits the model to the functions with these names. The mode is
// "auto" or "required".
func ChooseAllowed(mode string, functions ...string) *ToolChoice {
	c := &ToolChoice{Type: "allowed_tools", Mode: mode}
	for _, name := range functions {
		c.Tools = append(c.Tools, Tool{Type: ToolFunction, Function: &FunctionDefinition{Name: name}})
	}
	return c
}

// MarshalJSON returns the choice as it is sent.
func (c ToolChoice) MarshalJSON() ([]byte, error) {
	var w writer
	w.toolChoice(&c)
	return w.done()
}

// UnmarshalJSON reads a choice; one that buoy does not know goes to Raw.
func (c *ToolChoice) UnmarshalJSON(data []byte) error {
	return unmarshalWith(data, func(d *decoder) bool { return d.toolChoice(c) })
}

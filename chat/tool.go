package chat

import "encoding/json"

// Types of a [Tool] and a [ToolCall].
const (
	ToolFunction = "function"
	ToolCustom   = "custom"
)

// Tool is something the model may call. Make it with [FunctionTool],
// [CustomTool] or [ServerTool].
type Tool struct {
	Type     string
	Function *FunctionDefinition
	Custom   *CustomDefinition
	// CacheControl ends the part of the prompt that is worth caching here.
	CacheControl *CacheControl
	// Extra has further fields, for example those of a tool that the provider
	// runs itself. A key in it replaces the field of that name.
	Extra map[string]any
}

// FunctionDefinition describes a function that the model may call with JSON
// arguments.
type FunctionDefinition struct {
	Name        string
	Description string
	// Parameters is the JSON Schema of the arguments: a json.RawMessage, or
	// anything that encodes to one. nil means that there are none.
	Parameters any
	Strict     *bool // true: the arguments follow the schema exactly
	Extra      map[string]any
}

// CustomDefinition describes a tool that is called with free text.
type CustomDefinition struct {
	Name        string        `json:"name"`
	Description string        `json:"description,omitempty"`
	Format      *CustomFormat `json:"format,omitempty"` // nil means any text
}

// CustomFormat restricts the text that a custom tool is called with.
type CustomFormat struct {
	Type    string   `json:"type"` // "text" or "grammar"
	Grammar *Grammar `json:"grammar,omitempty"`
}

// Grammar is the grammar of a [CustomFormat].
type Grammar struct {
	Definition string `json:"definition"`
	Syntax     string `json:"syntax"` // "lark" or "regex"
}

// FunctionTool makes a tool that calls a function of yours. The parameters are
// its JSON Schema, as json.RawMessage or anything that encodes to one.
func FunctionTool(name, description string, parameters any) Tool {
	return Tool{Type: ToolFunction, Function: &FunctionDefinition{Name: name, Description: description, Parameters: parameters}}
}

// CustomTool makes a tool of yours that takes free text.
func CustomTool(name, description string) Tool {
	return Tool{Type: ToolCustom, Custom: &CustomDefinition{Name: name, Description: description}}
}

// ServerTool makes a tool that the provider runs itself, for example
// "aitunnel:web_search" or "openrouter:web_search".
func ServerTool(kind string, fields map[string]any) Tool {
	return Tool{Type: kind, Extra: fields}
}

// ToolCall is the model's wish that a tool be called. Answer it with
// [ToolResult].
type ToolCall struct {
	ID       string
	Type     string // ToolFunction ("" means that) or ToolCustom
	Function FunctionCall
	Custom   *CustomCall
	// Extra has the fields that buoy does not know; they go back with the call,
	// which Gemini's thought signatures need.
	Extra map[string]json.RawMessage
}

// CustomCall is the call of a custom tool.
type CustomCall struct {
	Name  string `json:"name"`
	Input string `json:"input"`
}

// MarshalJSON returns the tool as it is sent.
func (t Tool) MarshalJSON() ([]byte, error) {
	var w writer
	w.tool(&t)
	return w.done()
}

// UnmarshalJSON reads a tool. Parameters and the values of Extra become
// json.RawMessage.
func (t *Tool) UnmarshalJSON(data []byte) error {
	return unmarshalWith(data, func(d *decoder) bool { return d.tool(t) })
}

// MarshalJSON returns the definition as it is sent.
func (f FunctionDefinition) MarshalJSON() ([]byte, error) {
	var w writer
	w.functionDefinition(&f)
	return w.done()
}

// UnmarshalJSON reads a definition. Parameters and the values of Extra become
// json.RawMessage.
func (f *FunctionDefinition) UnmarshalJSON(data []byte) error {
	return unmarshalWith(data, func(d *decoder) bool { return d.functionDefinition(f) })
}

// MarshalJSON returns the call as it is sent.
func (c ToolCall) MarshalJSON() ([]byte, error) {
	var w writer
	w.toolCall(&c)
	return w.done()
}

// UnmarshalJSON reads a call.
func (c *ToolCall) UnmarshalJSON(data []byte) error {
	return unmarshalWith(data, func(d *decoder) bool { return d.toolCall(c) })
}

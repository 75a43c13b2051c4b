package chat

import "encoding/json"

// Types of a [Tool] and a [ToolCall].
const (
	ToolFunction = "function"
	ToolCustom   = "custom"
)

// Tool is a tool that the model may call. Make it with [FunctionTool], [CustomTool] or
// [ServerTool].
type Tool struct {
	Type     string
	Function *FunctionDefinition
	Custom   *CustomDefinition
	// CacheControl marks the end of a prompt prefix to be cached.
	CacheControl *CacheControl
	// Extra has further fields, such as those of a tool that the provider runs itself.
	// A key in it replaces the field of that name.
	Extra map[string]any
}

// FunctionDefinition describes a function that the model may call with JSON
// arguments.
type FunctionDefinition struct {
	Name        string
	Description string
	// Parameters is the JSON Schema of the arguments: a json.RawMessage, or any value
	// that encodes to one. nil means that there are no parameters.
	Parameters any
	Strict     *bool // true: the arguments must follow the schema exactly
	Extra      map[string]any
}

// CustomDefinition describes a tool that the model calls with free text.
type CustomDefinition struct {
	Name        string        `json:"name"`
	Description string        `json:"description,omitempty"`
	Format      *CustomFormat `json:"format,omitempty"` // nil means any text
}

// CustomFormat restricts the text with which the model calls a custom tool.
type CustomFormat struct {
	Type    string   `json:"type"` // "text" or "grammar"
	Grammar *Grammar `json:"grammar,omitempty"`
}

// Grammar is the grammar of a [CustomFormat].
type Grammar struct {
	Definition string `json:"definition"`
	Syntax     string `json:"syntax"` // "lark" or "regex"
}

// FunctionTool makes a tool from a function of yours. The parameters are the JSON
// Schema of its arguments: a json.RawMessage, or any value that encodes to one.
func FunctionTool(name, description string, parameters any) Tool {
	return Tool{Type: ToolFunction, Function: &FunctionDefinition{Name: name, Description: description, Parameters: parameters}}
}

// CustomTool makes a tool of yours that takes free text.
func CustomTool(name, description string) Tool {
	return Tool{Type: ToolCustom, Custom: &CustomDefinition{Name: name, Description: description}}
}

// ServerTool makes a tool that the provider runs itself. The kind is its type, for
// example "aitunnel:web_search" or "openrouter:web_search".
func ServerTool(kind string, fields map[string]any) Tool {
	return Tool{Type: kind, Extra: fields}
}

// ToolCall is the model's request to call a tool. Run the tool and answer with
// [ToolResult].
type ToolCall struct {
	ID       string
	Type     string // ToolFunction (also "") or ToolCustom
	Function FunctionCall
	Custom   *CustomCall
	// Extra has the fields that buoy does not know. They are sent back with the call,
	// as Gemini's thought signatures require.
	Extra map[string]json.RawMessage
}

// CustomCall is a call of a custom tool.
type CustomCall struct {
	Name  string `json:"name"`
	Input string `json:"input"`
}

// MarshalJSON returns the tool as it is sent to a provider.
func (t Tool) MarshalJSON() ([]byte, error) {
	var w writer
	w.tool(&t)
	return w.done()
}

// UnmarshalJSON reads what MarshalJSON wrote. Parameters and the values of Extra become
// json.RawMessage.
func (t *Tool) UnmarshalJSON(data []byte) error {
	return unmarshalWith(data, func(d *decoder) bool { return d.tool(t) })
}

// MarshalJSON returns the definition as it is sent to a provider.
func (f FunctionDefinition) MarshalJSON() ([]byte, error) {
	var w writer
	w.functionDefinition(&f)
	return w.done()
}

// UnmarshalJSON reads what MarshalJSON wrote. Parameters and the values of Extra become
// json.RawMessage.
func (f *FunctionDefinition) UnmarshalJSON(data []byte) error {
	return unmarshalWith(data, func(d *decoder) bool { return d.functionDefinition(f) })
}

// MarshalJSON returns the call as it is sent to a provider.
func (c ToolCall) MarshalJSON() ([]byte, error) {
	var w writer
	w.toolCall(&c)
	return w.done()
}

// UnmarshalJSON reads a call as a provider sends it or MarshalJSON wrote it.
func (c *ToolCall) UnmarshalJSON(data []byte) error {
	return unmarshalWith(data, func(d *decoder) bool { return d.toolCall(c) })
}

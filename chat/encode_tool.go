package chat

import "github.com/buoy-go/buoy/internal/jprint"

func (w *writer) tools(list []Tool) {
	w.Open('[')
	for i := range list {
		w.Comma()
		w.tool(&list[i])
	}
	w.Close(']')
}

func (w *writer) tool(t *Tool) {
	f := jprint.Fields[any]{W: &w.Writer, Extra: t.Extra}
	w.Open('{')
	f.Str("type", t.kind())
	if t.Function != nil && f.Key("function") {
		w.functionDefinition(t.Function)
	}
	f.Any("custom", t.Custom, t.Custom != nil)
	if t.CacheControl != nil && f.Key("cache_control") {
		w.cacheControl(t.CacheControl)
	}
	f.Rest()
	w.Close('}')
}

// kind returns the type, which need not be said where it is plain.
func (t *Tool) kind() string {
	switch {
	case t.Type != "":
		return t.Type
	case t.Function != nil:
		return ToolFunction
	case t.Custom != nil:
		return ToolCustom
	}
	return ""
}

func (w *writer) functionDefinition(d *FunctionDefinition) {
	f := jprint.Fields[any]{W: &w.Writer, Extra: d.Extra}
	w.Open('{')
	f.Str("name", d.Name)
	f.Str("description", d.Description)
	f.Any("parameters", d.Parameters, !isNothing(d.Parameters))
	f.Bool("strict", d.Strict)
	f.Rest()
	w.Close('}')
}

func (w *writer) toolChoice(c *ToolChoice) {
	switch {
	case len(c.Raw) > 0:
		w.Raw("tool_choice", c.Raw)
	case c.Type == ToolFunction, c.Type == ToolCustom:
		w.Open('{')
		w.Key("type")
		w.String(c.Type)
		w.Key(c.Type)
		w.named(c.Name)
		w.Close('}')
	case c.Type == "allowed_tools":
		w.Open('{')
		w.Key("type")
		w.String(c.Type)
		w.Key(c.Type)
		w.Open('{')
		w.Key("mode")
		w.String(c.Mode)
		w.Key("tools")
		w.tools(c.Tools)
		w.Close('}')
		w.Close('}')
	default:
		w.String(c.Type)
	}
}

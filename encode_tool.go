package buoy

func (w *writer) tools(list []Tool) {
	w.open('[')
	for i := range list {
		w.comma()
		w.tool(&list[i])
	}
	w.close(']')
}

func (w *writer) tool(t *Tool) {
	f := fields[any]{w, t.Extra}
	w.open('{')
	f.str("type", t.kind())
	if t.Function != nil && f.key("function") {
		w.functionDefinition(t.Function)
	}
	f.any("custom", t.Custom, t.Custom != nil)
	if t.CacheControl != nil && f.key("cache_control") {
		w.cacheControl(t.CacheControl)
	}
	f.rest()
	w.close('}')
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
	f := fields[any]{w, d.Extra}
	w.open('{')
	f.str("name", d.Name)
	f.str("description", d.Description)
	f.any("parameters", d.Parameters, !isNothing(d.Parameters))
	f.bool("strict", d.Strict)
	f.rest()
	w.close('}')
}

func (w *writer) toolChoice(c *ToolChoice) {
	switch {
	case len(c.Raw) > 0:
		w.raw("tool_choice", c.Raw)
	case c.Type == ToolFunction, c.Type == ToolCustom:
		w.open('{')
		w.key("type")
		w.string(c.Type)
		w.key(c.Type)
		w.named(c.Name)
		w.close('}')
	case c.Type == "allowed_tools":
		w.open('{')
		w.key("type")
		w.string(c.Type)
		w.key(c.Type)
		w.open('{')
		w.key("mode")
		w.string(c.Mode)
		w.key("tools")
		w.tools(c.Tools)
		w.close('}')
		w.close('}')
	default:
		w.string(c.Type)
	}
}

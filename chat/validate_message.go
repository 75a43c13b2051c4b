package chat

const reasonBoth = "and parts are both set; content may only be their joined text"

func (v *validator) message(m *Message) {
	if m.Role == "" && !has(m.Extra, "role") {
		v.fail("role", reasonMissing)
	}
	switch m.Role {
	case RoleTool:
		if m.ToolCallID == "" && !has(m.Extra, "tool_call_id") {
			v.fail("tool_call_id", reasonMissing)
		}
	case RoleFunction:
		if m.Name == "" && !has(m.Extra, "name") {
			v.fail("name", reasonMissing)
		}
	}
	if m.Content != "" && len(m.Parts) > 0 && m.Content != joinText(m.Parts) {
		v.fail("content", reasonBoth)
	}
	switch m.ReasoningField {
	case "", "reasoning", reasoningAlias:
	default:
		v.fail("reasoning", "has a wire name other than reasoning and reasoning_content; use Extra")
	}
	v.parts(m.Parts)
	for i := range m.ToolCalls {
		at := v.at("tool_calls", i)
		v.toolCall(&m.ToolCalls[i])
		v.back(at)
	}
	if f := m.FunctionCall; f != nil {
		at := v.at("function_call", -1)
		v.functionCall(f)
		v.back(at)
	}
	for i := range m.Annotations {
		at := v.at("annotations", i)
		v.rawValues(m.Annotations[i].Extra)
		v.back(at)
	}
	v.raw("reasoning_details", m.ReasoningDetails)
	v.rawValues(m.Extra)
}

func (v *validator) parts(parts []Part) {
	for i := range parts {
		at := v.at("content", i)
		v.part(&parts[i])
		v.back(at)
	}
}

// part refuses parts that name a kind but do not carry it. An empty text is
// left to the provider: some take it.
func (v *validator) part(p *Part) {
	missing := func(field string, absent bool) {
		if absent && !has(p.Extra, p.Type) {
			v.fail(field, reasonMissing)
		}
	}
	switch p.Type {
	case "":
		if !has(p.Extra, "type") {
			v.fail("type", reasonMissing)
		}
	case PartImageURL:
		missing("image_url.url", p.ImageURL == nil || p.ImageURL.URL == "")
	case PartInputAudio:
		missing("input_audio.data", p.InputAudio == nil || p.InputAudio.Data == "")
	case PartFile:
		missing("file", p.File == nil || p.File.FileData == "" && p.File.FileID == "")
	case PartVideoURL:
		missing("video_url.url", p.VideoURL == nil || p.VideoURL.URL == "")
	}
	v.rawValues(p.Extra)
}

func (v *validator) toolCall(c *ToolCall) {
	switch {
	case c.Type == ToolCustom || c.Type == "" && c.Custom != nil:
		if (c.Custom == nil || c.Custom.Name == "") && !has(c.Extra, ToolCustom) {
			v.fail("custom.name", reasonMissing)
		}
	case c.Type == ToolFunction || c.Type == "":
		if !has(c.Extra, ToolFunction) {
			at := v.at(ToolFunction, -1)
			v.functionCall(&c.Function)
			v.back(at)
		}
	}
	v.rawValues(c.Extra)
}

func (v *validator) functionCall(f *FunctionCall) {
	if f.Name == "" && !has(f.Extra, "name") {
		v.fail("name", reasonMissing)
	}
	v.rawValues(f.Extra)
}

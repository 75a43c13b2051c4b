package chat

import "encoding/json"

// piece reads a string, or an object that has nothing but a text.
func (r ref) piece(dst *string) bool {
	if r.raw[0] != '{' {
		return !r.null() && r.str(dst)
	}
	list, _ := members(r.raw)
	text, found := "", false
	for _, m := range list {
		v := ref{m.raw}
		switch {
		case (m.key == "text" || m.key == "content") && !found && !v.null() && v.str(&text):
			found = true
		case m.key == "type" && string(m.raw) == `"text"`:
		default:
			return false
		}
	}
	if found {
		*dst = text
	}
	return found
}

func (r ref) words(dst *string) bool {
	if r.raw[0] != '[' {
		return r.str(dst) || r.piece(dst)
	}
	var list []json.RawMessage
	if json.Unmarshal(r.raw, &list) != nil {
		return false
	}
	text := ""
	for _, raw := range list {
		var s string
		if len(raw) == 0 || !(ref{raw}).piece(&s) {
			return false
		}
		text += s
	}
	*dst = text
	return true
}

func refThoughts(parts []Part) (text string) {
	for _, p := range parts {
		if raw := p.Extra["thinking"]; raw != nil {
			var s string
			(ref{raw}).words(&s)
			text += s
		} else if raw := p.Extra["summary"]; raw != nil && p.Type == "reasoning" {
			text += detailsText(raw)
		}
	}
	return text
}

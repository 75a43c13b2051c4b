package chat

import (
	"cmp"
	"encoding/json"

	"github.com/buoy-go/buoy/internal/finish"
	"github.com/buoy-go/buoy/internal/jscan"
)

// piece reads a text: a string, or an object with a string as its one field, text or
// content (Bedrock behind gateways).
func (d *decoder) piece(dst *string) bool {
	if text, ok := d.Text(); ok {
		*dst = d.copy(text)
		return true
	}
	return d.Kind() == jscan.Object && d.textObject(dst)
}

// textInPlace is the text that a choice of the older API has in place of a message.
func textInPlace(extra map[string]json.RawMessage) (text string) {
	if raw := extra["text"]; len(raw) > 0 && raw[0] == '"' && json.Unmarshal(raw, &text) != nil {
		return ""
	}
	return text
}

// finishElsewhere reads the finish reason that Gemini's compatible endpoint has under a
// name of its own, beside a null.
func finishElsewhere(extra map[string]json.RawMessage, dst *string) (flags Signs) {
	raw := extra["finishReason"]
	if len(raw) == 0 {
		return 0
	}
	var reason string // on the heap, but only here
	if json.Unmarshal(raw, &reason) != nil {
		return 0
	}
	switch finish.Of(reason) {
	case finish.None:
		return 0
	case finish.Failed:
		flags = Suspect
	}
	*dst = reason
	return flags
}

// finishIn reads the finish reason that SGLang has in an object, as its type, or that is
// alone in a list, and stays before it.
func (d *decoder) finishIn(dst *string) bool {
	var reason string
	mark := d.Mark()
	switch d.Kind() {
	case jscan.Object:
		var in struct{ Type, Reason string }
		if json.Unmarshal(d.Raw(), &in) == nil {
			reason = cmp.Or(in.Type, in.Reason)
		}
	case jscan.Array:
		var in []string
		if json.Unmarshal(d.Raw(), &in) == nil && len(in) == 1 {
			reason = in[0]
		}
	}
	d.Rewind(mark)
	if reason == "" {
		return false
	}
	*dst = reason
	return true
}

// words reads a text, a null, or an array of texts.
func (d *decoder) words(dst *string) bool { return d.wordsLike(dst, "") }

// wordsLike is words for a text that is probably old.
func (d *decoder) wordsLike(dst *string, old string) bool {
	if d.strLike(dst, old) {
		return true
	}
	switch d.Kind() {
	case jscan.Object:
		return d.textObject(dst)
	case jscan.Array:
		return d.textArray(dst)
	}
	return false
}

// textObject reads {"text": "..."}, perhaps with the type "text". At anything else the
// cursor stays where it is.
func (d *decoder) textObject(dst *string) bool {
	mark := d.Mark()
	if !d.Object() {
		return false
	}
	text, found, exact := "", false, true
	for {
		key, ok := d.Key()
		if !ok {
			break
		}
		switch string(key) {
		case "text", "content":
			if ok = !found; ok {
				text, ok = d.String("")
				found = ok
			}
		case "type":
			var kind string
			ok = d.word(&kind) && kind == PartText
		default:
			ok = false
		}
		if !ok {
			exact = false
			break
		}
	}
	if exact && found {
		*dst = text
		return true
	}
	d.Rewind(mark)
	return false
}

// textArray reads an array of texts, which it joins.
func (d *decoder) textArray(dst *string) bool {
	mark := d.Mark()
	if !d.Array() {
		return false
	}
	var text []byte
	for d.More() {
		var s string
		if !d.spend() || !d.piece(&s) {
			d.Rewind(mark)
			return false
		}
		text = append(text, s...)
	}
	*dst = string(text)
	return true
}

// thoughts returns the text of parts of type "thinking", which is a string or an array
// of texts, and of type "reasoning", which has a summary (Databricks).
func thoughts(parts []Part) string {
	var text []byte
	for i := range parts {
		if raw := parts[i].Extra["thinking"]; raw != nil {
			text = append(text, Thought(raw)...)
		} else if raw := parts[i].Extra["summary"]; raw != nil && parts[i].Type == "reasoning" {
			text = append(text, detailsText(raw)...)
		}
	}
	return string(text)
}

// otherThoughts returns the thoughts in fields that buoy does not know: the blocks that
// Portkey sends beside the content, each in a member delta where it is streamed, and the
// object of claude-code-router.
func otherThoughts(extra map[string]json.RawMessage) (text string) {
	var d decoder
	if raw := extra["thinking"]; len(raw) > 0 && raw[0] == '{' {
		d.start(Asked{})
		if d.Reset(raw); d.piece(&text) && d.end() == nil {
			return text
		}
		return ""
	}
	raw := extra["content_blocks"]
	if raw == nil {
		return ""
	}
	d.start(Asked{})
	d.Reset(raw)
	if !d.Array() {
		return ""
	}
	var all []byte
	for d.More() {
		if !d.spend() || !d.blockThoughts(&all, true) {
			d.Skip()
		}
	}
	if d.end() != nil {
		return ""
	}
	return string(all)
}

func (d *decoder) blockThoughts(all *[]byte, outer bool) bool {
	if !d.Object() {
		return false
	}
	for {
		key, ok := d.Key()
		if !ok {
			return true
		}
		switch string(key) {
		case "thinking":
			var s string
			if d.str(&s) {
				*all = append(*all, s...)
				continue
			}
		case "delta":
			if outer && d.blockThoughts(all, false) {
				continue
			}
		}
		d.Skip()
	}
}

// Thought returns the text of the "thinking" field of a part, given its JSON: a string,
// or an array of texts. It returns "" for anything else.
func Thought(raw []byte) (text string) {
	var d decoder
	d.start(Asked{})
	d.Reset(raw)
	if d.words(&text); d.end() != nil {
		return ""
	}
	return text
}

// answerPart reads a part of an answer's content: an object, or its text alone.
func (d *decoder) answerPart(p *Part) bool {
	if text, ok := d.Text(); ok {
		*p = Part{Type: PartText, Text: d.copy(text)}
		return true
	}
	ok := d.part(p)
	p.tidy()
	return ok
}

// tidy gives a text that other APIs write in another way its usual form, so that it is
// read, and can be sent back: {"text":{"value":"..."}} of the Assistants API, output_text
// of the Responses API, one under the name content, one without a type.
func (p *Part) tidy() {
	switch p.Type {
	case "", PartText, "output_text":
	default:
		return
	}
	if p.Text == "" && len(p.Extra) > 0 {
		var text struct{ Value string }
		if json.Unmarshal(p.Extra["text"], &text) == nil && text.Value != "" {
			p.Text = text.Value
			delete(p.Extra, "text")
		} else if json.Unmarshal(p.Extra["content"], &text.Value) == nil && text.Value != "" {
			p.Text = text.Value
			delete(p.Extra, "content")
		}
		if len(p.Extra) == 0 {
			p.Extra = nil
		}
	}
	if p.Text != "" {
		p.Type = PartText
	}
}

package buoy

import (
	"slices"
	"strings"
)

// redact takes the key and the prompt out of foreign text, since providers echo
// both: "Incorrect API key provided: sk-...", "invalid value: 'the user's text'".
func (x *exchange) redact(s string) string {
	if s == "" {
		return ""
	}
	if len(x.key.Secret()) >= 4 {
		s = strings.ReplaceAll(s, x.key.Secret(), "[key]")
	}
	s = bearerWords.Replace(s)
	if x.call.Request == nil {
		return s
	}
	e := promptEcho{text: s}
	for i := range x.call.Request.Messages {
		m := &x.call.Request.Messages[i]
		e.look(m.Content)
		for k := range m.Parts {
			if text := m.Parts[k].Text; text != m.Content {
				e.look(text)
			}
			e.look(m.Parts[k].attachment())
		}
		for k := range m.ToolCalls {
			e.look(m.ToolCalls[k].Function.Arguments)
		}
	}
	return e.hidden()
}

// maxQuoted is how much of an attachment is looked for: an address, or as much of
// base64 as anybody quotes.
const maxQuoted = 4 << 10

// attachment is the beginning of a part that is no text.
func (p *Part) attachment() (s string) {
	switch {
	case p.ImageURL != nil:
		s = p.ImageURL.URL
	case p.File != nil:
		s = p.File.FileData
	case p.VideoURL != nil:
		s = p.VideoURL.URL
	case p.InputAudio != nil:
		s = p.InputAudio.Data
	}
	return s[:min(len(s), maxQuoted)]
}

// redactAll is redact for a list.
func (x *exchange) redactAll(list []string) []string {
	list = slices.Clone(list)
	for i := range list {
		list[i] = x.redact(list[i])
	}
	return list
}

// bearerWords keeps the name of the scheme out of texts that are searched for
// leaked credentials.
var bearerWords = strings.NewReplacer("Bearer", "token", "bearer", "token", "BEARER", "token")

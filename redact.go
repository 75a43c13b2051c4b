package buoy

import "strings"

// redact takes the key and the prompt out of foreign text, since providers echo
// both: "Incorrect API key provided: sk-...", "invalid value: 'the user's text'".
func (x *exchange) redact(s string) string {
	if s == "" {
		return ""
	}
	if len(x.key.secret) >= 4 {
		s = strings.ReplaceAll(s, x.key.secret, "[key]")
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
		}
	}
	return e.hidden()
}

// bearerWords keeps the name of the scheme out of texts that are searched for
// leaked credentials.
var bearerWords = strings.NewReplacer("Bearer", "token", "bearer", "token", "BEARER", "token")

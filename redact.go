package buoy

import "github.com/buoy-go/buoy/internal/echo"

// redact takes a key and a prompt out of foreign text, since providers echo
// both: "Incorrect API key provided: sk-...", "invalid value: 'the user's text'".
func redact(s, key string, request *Request) string {
	if s == "" {
		return ""
	}
	s = echo.WithoutKey(s, key)
	if request == nil {
		return s
	}
	found := echo.Finder{Text: s}
	for i := range request.Messages {
		m := &request.Messages[i]
		found.Look(m.Content)
		for k := range m.Parts {
			if text := m.Parts[k].Text; text != m.Content {
				found.Look(text)
			}
			found.Look(attachment(&m.Parts[k]))
		}
		for k := range m.ToolCalls {
			found.Look(m.ToolCalls[k].Function.Arguments)
		}
	}
	return found.Hidden()
}

// maxQuoted is how much of an attachment is looked for: an address, or as much of
// base64 as anybody quotes.
const maxQuoted = 4 << 10

// attachment is the beginning of a part that is no text.
func attachment(p *Part) (s string) {
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

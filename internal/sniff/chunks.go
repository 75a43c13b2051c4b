package sniff

import (
	"bytes"
	"encoding/json"

	"github.com/buoy-go/buoy/internal/jscan"
)

// between is what may stand between the chunks of a text.
const between = blank + ","

// Chunks reports whether a text is chunks of a stream without the names of fields: one a
// line, one behind the other, or all in an array.
func Chunks(text []byte) bool {
	first, rest := object(inArray(text))
	if first == nil || len(bytes.Trim(rest, between)) == 0 {
		return false
	}
	ollama := bytes.Contains(first, []byte(`"done"`)) && bytes.Contains(first, []byte(`"message"`))
	return (ollama || bytes.Contains(first, []byte(`"delta"`))) && json.Valid(first)
}

// Events makes a stream of events of such a text. What is no chunk is an event as well, a
// line each.
func Events(text []byte) []byte {
	events := make([]byte, 0, len(text)+len(text)/8)
	list := bytes.HasPrefix(bytes.TrimLeft(text, blank), []byte("["))
	cut := false // an object that does not end: none is looked for again
	for text = inArray(text); ; {
		if text = bytes.TrimLeft(text, between); len(text) == 0 || list && text[0] == ']' {
			return events
		}
		var value, rest []byte
		if !cut {
			value, rest = object(text)
			cut = value == nil && text[0] == '{'
		}
		if value == nil {
			value, rest, _ = bytes.Cut(text, []byte("\n"))
		}
		for line := range bytes.Lines(value) {
			events = append(append(append(events, "data: "...), bytes.TrimSpace(line)...), '\n')
		}
		events, text = append(events, '\n'), rest
	}
}

// inArray returns what is in an array of objects, or else the text as it is.
func inArray(text []byte) []byte {
	text = bytes.TrimLeft(text, blank)
	if inner := bytes.TrimLeft(bytes.TrimPrefix(text, []byte("[")), blank); len(inner) > 0 && inner[0] == '{' {
		return inner
	}
	return text
}

// object returns the object that a text begins with, and what is behind it; nil if it does
// not end.
func object(text []byte) (value, rest []byte) {
	if end := jscan.ObjectEnd(text); end > 0 {
		return text[:end], text[end:]
	}
	return nil, nil
}

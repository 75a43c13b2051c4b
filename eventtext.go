package buoy

import (
	"bytes"
	"encoding/json"
	"strings"
)

// This file looks at the text of an event that is more than one JSON value, or none.

// maxValues bounds the values of one event.
const maxValues = 64 << 10

var doneMark = []byte("[DONE]")

// wordInBrackets reports text such as [HEARTBEAT].
func wordInBrackets(b []byte) bool {
	return len(b) > 2 && ('A' <= b[1] && b[1] <= 'Z' || 'a' <= b[1] && b[1] <= 'z')
}

// speaksOfError reports text that begins as a report of an error does, such as
// "error: ..." and "[ERROR] ...".
func speaksOfError(b []byte) bool {
	b = bytes.TrimLeft(b, "[( ")
	for _, word := range [...]string{"error", "exception", "failed", "failure", "internal server error", "upstream error", "fatal"} {
		if len(b) >= len(word) && strings.EqualFold(string(b[:len(word)]), word) {
			return true
		}
	}
	return false
}

// splitValues splits consecutive data lines that are each a whole JSON value:
// some gateways leave out the blank line between events. A null is none of them, nor
// is a heartbeat.
func splitValues(data []byte, out *[][]byte) bool {
	var values [][]byte
	lines := 0
	for line := range bytes.Lines(data) {
		line = bytes.TrimSpace(line)
		if len(line) == 0 {
			continue
		}
		if lines++; lines > maxValues {
			return false
		}
		switch {
		case bytes.Equal(line, doneMark), json.Valid(line):
			if string(line) != "null" {
				values = append(values, line)
			}
		case 'a' <= line[0] && line[0] <= 'z':
			values = append(values, line) // text of its own
		default:
			return false
		}
	}
	if lines < 2 {
		return false
	}
	*out = values
	return true
}

// gluedValues takes JSON values apart that stand one behind the other in a line, perhaps
// with the name of the field between them. It returns nil for anything else.
func gluedValues(data []byte) (values [][]byte) {
	for rest := data; len(rest) > 0; {
		if len(values) == maxValues/64 { // each costs a decoder
			return nil
		}
		d := json.NewDecoder(bytes.NewReader(rest))
		var value json.RawMessage
		if d.Decode(&value) != nil {
			return nil
		}
		values = append(values, value)
		rest = bytes.TrimSpace(rest[d.InputOffset():])
		rest = bytes.TrimSpace(bytes.TrimPrefix(rest, []byte("data:")))
		if bytes.Equal(rest, doneMark) {
			return append(values, doneMark)
		}
	}
	return values
}

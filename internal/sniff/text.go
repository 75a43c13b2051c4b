package sniff

import (
	"bytes"
	"encoding/json"
	"iter"
	"strings"
)

// maxValues bounds the values of one event.
const maxValues = 64 << 10

// Done ends a stream of events.
var Done = []byte("[DONE]")

// WordInBrackets reports text such as [HEARTBEAT].
func WordInBrackets(b []byte) bool {
	return len(b) > 2 && ('A' <= b[1] && b[1] <= 'Z' || 'a' <= b[1] && b[1] <= 'z')
}

// Nothing reports an array in which there is nothing, or null.
func Nothing(b []byte) bool {
	return len(bytes.Trim(b, "[], \t\r\nul")) == 0 && json.Valid(b)
}

// SpeaksOfError reports text that begins as a report of an error does, such as
// "error: ..." and "[ERROR] ...".
func SpeaksOfError(b []byte) bool {
	b = bytes.TrimLeft(b, "[( ")
	for _, word := range [...]string{"error", "exception", "failed", "failure", "internal server error", "upstream error", "fatal"} {
		if len(b) >= len(word) && strings.EqualFold(string(b[:len(word)]), word) {
			return true
		}
	}
	return false
}

// SplitValues splits consecutive data lines that are each a whole JSON value:
// some gateways leave out the blank line between events. A null is none of them, nor
// is a heartbeat. ok is false where there is nothing to split.
func SplitValues(data []byte) (list [][]byte, ok bool) {
	var values [][]byte
	lines := 0
	for line := range bytes.Lines(data) {
		line = bytes.TrimSpace(line)
		if len(line) == 0 {
			continue
		}
		if lines++; lines > maxValues {
			return nil, false
		}
		switch {
		case bytes.Equal(line, Done), json.Valid(line):
			if string(line) != "null" {
				values = append(values, line)
			}
		case 'a' <= line[0] && line[0] <= 'z':
			values = append(values, line) // text of its own
		default:
			return nil, false
		}
	}
	if lines < 2 {
		return nil, false
	}
	return values, true
}

// GluedValues takes JSON values apart that stand one behind the other in a line, perhaps
// with the name of the field or a comma behind each. It returns nil for anything else.
func GluedValues(data []byte) (values [][]byte) {
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
		rest = bytes.TrimLeft(rest[d.InputOffset():], ", \t\r\n")
		rest = bytes.TrimSpace(bytes.TrimPrefix(rest, []byte("data:")))
		if bytes.Equal(rest, Done) {
			return append(values, Done)
		}
	}
	return values
}

// maxAnew is how many places are looked at in a broken event.
const maxAnew = 8

// BegunAnew returns the chunk within one that breaks off, nil where there is none: Z.ai
// writes {"id":"A","objdata: {"id":"B",...} where its own upstream was asked once more. A
// bare quote tells it from words of the model, in which an object other than {} has none.
func BegunAnew(data []byte) []byte {
	rest, name := data, []byte("data:")
	for range maxAnew {
		_, after, found := bytes.Cut(rest, name)
		if !found {
			return nil
		}
		if inner := bytes.TrimSpace(after); len(inner) > 0 && inner[0] == '{' && bytes.IndexByte(inner, '"') > 0 && json.Valid(inner) {
			return inner
		}
		rest = after
	}
	return nil
}

// Unprefixed returns an event's data without the name of the field, which some proxies
// write again before what they pass on.
func Unprefixed(data []byte) []byte {
	for bytes.HasPrefix(data, []byte("data:")) {
		data = bytes.TrimSpace(data[len("data:"):])
	}
	return data
}

// Elements returns the objects of an array of nothing else; nil for anything else.
func Elements(data []byte) (values [][]byte) {
	var elements []json.RawMessage
	if len(data) == 0 || data[0] != '[' || json.Unmarshal(data, &elements) != nil || len(elements) > maxValues/64 {
		return nil
	}
	for _, e := range elements {
		if e[0] != '{' {
			return nil
		}
		values = append(values, e)
	}
	return values
}

// maxLines is how many lines of a reply that is no answer are looked at.
const maxLines = 1024

// Lines yields the first lines of a text, and its last one.
func Lines(text []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		n := 0
		for line := range bytes.Lines(text) {
			if n++; n > maxLines {
				text = bytes.TrimRight(text, "\r\n")
				yield(text[bytes.LastIndexByte(text, '\n')+1:])
				return
			}
			if !yield(line) {
				return
			}
		}
	}
}

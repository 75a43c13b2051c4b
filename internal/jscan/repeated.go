package jscan

import (
	"encoding/json"
	"strings"
)

// Repeated returns the object that a text has several times, one after the other and
// alike, with nothing but blanks between. ok is false for any other text.
func Repeated(text string) (object string, ok bool) {
	text = strings.Trim(text, blanks)
	end := objectEnd(text)
	if end == 0 || end == len(text) {
		return "", false
	}
	object = text[:end]
	for rest := strings.TrimLeft(text[end:], blanks); rest != ""; rest = strings.TrimLeft(rest, blanks) {
		if rest, ok = strings.CutPrefix(rest, object); !ok {
			return "", false
		}
	}
	return object, Valid([]byte(object))
}

// Unquoted returns the object that a text is as a JSON string. ok is false for any other
// text.
func Unquoted(text string) (object string, ok bool) {
	if text = strings.Trim(text, blanks); text == "" || text[0] != '"' || json.Unmarshal([]byte(text), &object) != nil {
		return "", false
	}
	inner := strings.Trim(object, blanks)
	return object, inner != "" && inner[0] == '{' && Valid([]byte(inner))
}

const blanks = " \t\r\n"

// objectEnd is where the object with which a text begins ends, 0 for none.
func objectEnd(text string) int {
	if text == "" || text[0] != '{' {
		return 0
	}
	depth, quoted := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			depth++
		case c == '}' || c == ']':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return 0
}

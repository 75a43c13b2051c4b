package jscan

import (
	"encoding/json"
	"strings"
)

// Once returns the object that a text has several times, or encoded as a string. ok is
// false for any other text.
func Once(text string) (object string, ok bool) {
	switch text = strings.Trim(text, blanks); {
	case text == "":
		return "", false
	case text[0] == '"':
		return unquoted(text)
	}
	return repeated(text)
}

// repeated returns the object that a text has several times, one after the other and
// alike, with nothing but blanks between.
func repeated(text string) (object string, ok bool) {
	if strings.LastIndexByte(text, '{') <= 0 {
		return "", false // as of most: it has not even another one inside
	}
	end := ObjectEnd(text)
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

// unquoted returns the object that a text is as a JSON string.
func unquoted(text string) (object string, ok bool) {
	if json.Unmarshal([]byte(text), &object) != nil {
		return "", false
	}
	inner := strings.Trim(object, blanks)
	return object, inner != "" && inner[0] == '{' && Valid([]byte(inner))
}

const blanks = " \t\r\n"

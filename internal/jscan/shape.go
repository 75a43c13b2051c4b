package jscan

import "bytes"

// Blank reports a value that says nothing: none, null, an empty string or array,
// false.
func Blank(raw []byte) bool {
	switch string(raw) {
	case "", "null", `""`, "false", "[]":
		return true
	}
	return false
}

// HasItems reports a JSON array that is not empty.
func HasItems(raw []byte) bool {
	s := bytes.TrimSpace(raw)
	return len(s) > 2 && s[0] == '[' && len(bytes.TrimSpace(s[1:len(s)-1])) > 0
}

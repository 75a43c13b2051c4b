// Package oneline makes foreign text fit for a line of a log or an error.
package oneline

import "strings"

// Of returns the text bounded in bytes and without control characters.
func Of(s string, limit int) string {
	clean := strings.IndexFunc(s, control) < 0
	if clean && len(s) <= limit {
		return s
	}
	if !clean {
		s = strings.Join(strings.FieldsFunc(s, control), " ")
	}
	if len(s) > limit {
		s = strings.ToValidUTF8(s[:limit], "") + "..."
	}
	return s
}

func control(r rune) bool { return r < ' ' || r == 0x7f }

package buoy

import (
	"fmt"
	"strings"
)

// This file writes errors for people: one line, no control characters, nothing
// but their text whatever the verb.

// formatError writes an error's text whatever the verb, so that no verb walks
// the fields.
func formatError(s fmt.State, verb rune, err error) {
	if verb == 'q' {
		fmt.Fprintf(s, "%q", err.Error())
		return
	}
	fmt.Fprint(s, err.Error())
}

// oneLine makes foreign text fit for a log line: bounded, no control characters.
func oneLine(s string, limit int) string {
	clean := strings.IndexFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f }) < 0
	if clean && len(s) <= limit {
		return s
	}
	if !clean {
		s = strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f }), " ")
	}
	if len(s) > limit {
		s = strings.ToValidUTF8(s[:limit], "") + "..."
	}
	return s
}

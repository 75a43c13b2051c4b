package buoytyped

import (
	"bytes"
	"encoding/json"
	"strings"
)

// fence is what Markdown puts around code.
const fence = "```"

// extract finds the JSON value of an answer: all of the text, or the content of
// its only fence. Of JSON amid prose without a fence nobody can say where it
// begins, or whether it is the answer or an example.
func extract(text string) (value []byte, reason string) {
	text = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(text), "\ufeff"))
	if text == "" {
		return nil, "it has no text"
	}
	if json.Valid([]byte(text)) {
		return []byte(text), ""
	}
	before, inside, fenced := strings.Cut(text, fence)
	if !fenced {
		return nil, "it is not JSON"
	}
	if strings.ContainsAny(before, "{[") { // or it is broken JSON with a fence in one of its strings
		return nil, "it has JSON outside of its fence"
	}
	value, rest, ok := firstValue(afterInfo(inside))
	switch {
	case !ok:
		return nil, "there is no JSON in its fence"
	case rest == "": // a fence that was never closed, around a whole value
		return value, ""
	}
	rest, closed := strings.CutPrefix(rest, fence)
	switch {
	case !closed:
		return nil, "there is more than one JSON value in its fence"
	case strings.Contains(rest, fence):
		return nil, "it has more than one fence"
	}
	return value, ""
}

// afterInfo drops the name of the language behind an opening fence.
func afterInfo(s string) string {
	if i := strings.IndexAny(s, " \t\r\n{["); i >= 0 {
		return s[i:]
	}
	return s
}

// firstValue splits s behind its first JSON value.
func firstValue(s string) (value []byte, rest string, ok bool) {
	d := json.NewDecoder(strings.NewReader(s))
	var raw json.RawMessage
	if d.Decode(&raw) != nil {
		return nil, "", false
	}
	return bytes.TrimSpace(raw), strings.TrimSpace(s[d.InputOffset():]), true
}

package sniff

import (
	"bytes"
	"encoding/json"
)

// wrappers are members in which gateways put a whole answer or event of their upstream.
var wrappers = [...]string{"data", "result", "response", "completion", "body", "output"}

// Wrapped returns the answer inside a wrapper such as {"data":{...},"success":true},
// nil where there is none. It is shorter than what it stands in.
func Wrapped(extra map[string]json.RawMessage) []byte {
	for _, name := range wrappers {
		inner := []byte(extra[name])
		if len(inner) > 2 && inner[0] == '"' {
			var text string
			if json.Unmarshal(inner, &text) != nil {
				continue
			}
			inner = []byte(text)
		}
		if inner = Lead(inner); len(inner) > 0 && inner[0] == '{' && bytes.Contains(inner, []byte(`"choices"`)) {
			return inner
		}
	}
	return nil
}

// OnlyElement returns the answer that stands alone in an array, nil where there is none.
func OnlyElement(body []byte) []byte {
	body = Trim(body)
	if len(body) < 2 || body[0] != '[' || body[len(body)-1] != ']' {
		return nil
	}
	inner := Trim(body[1 : len(body)-1])
	if len(inner) == 0 || inner[0] != '{' || !bytes.Contains(inner, []byte(`"choices"`)) || !json.Valid(inner) {
		return nil
	}
	return inner
}

// Undone returns what is before the [DONE] at the end of a body, nil where there is none:
// gateways put the end of a stream behind a whole answer. It takes all of them at once, so
// that nobody can have an answer decoded again for each.
func Undone(body []byte) []byte {
	whole := bytes.TrimRight(body, blank)
	rest := whole
	for before, ok := bytes.CutSuffix(rest, Done); ok; before, ok = bytes.CutSuffix(rest, Done) {
		rest = bytes.TrimRight(bytes.TrimSuffix(bytes.TrimRight(before, blank), []byte("data:")), blank)
	}
	if len(rest) == len(whole) || len(rest) == 0 {
		return nil
	}
	return rest
}

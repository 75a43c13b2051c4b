package envelope

import "strings"

// ownName reports the name of an event that only its gateway knows, such as hermes.tool.progress. Browsers drop what
// nobody listens to; servers of models send answers without a name or under one of a few.
func ownName(name string) bool {
	switch name {
	case "", "message", "data", "chunk", "delta", "add", "result", "completion", "chat.completion.chunk", "interrupted":
		return false
	}
	name = strings.ToLower(name)
	for _, word := range [...]string{"err", "fail", "exception", "abort", "refus", "response."} {
		if strings.Contains(name, word) {
			return false
		}
	}
	return true
}

// of weighs the signs by the name of their event. In a gateway's own event only an error is one, unless that is about a
// tool which the gateway runs: the answer may do without it.
func (s signs) of(name string) signs {
	own := ownName(name)
	if !own && (!s.tool || s.sentence || s.code) {
		return s
	}
	return signs{failed: s.error && !(own && s.tool), choices: s.choices, finishError: s.finishError, answer: s.answer}
}

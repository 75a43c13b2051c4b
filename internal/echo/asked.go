package echo

import "bytes"

// This file reads what a request said, out of its body: that is what was sent,
// whatever middleware made of it and whatever stands in Extra.

// said is whose words a string of a request is.
type said uint8

const (
	unsaid said = iota // a word of the protocol, such as a role
	spoken             // the prompt: text, arguments and results of tools
	named              // what somebody gave a name: a tool, a model, a user
)

// place is where in the request a value stands.
type place uint8

const (
	top      place = iota
	talk           // in messages
	toolbox        // in tools, functions and schemas, where keys are names as well
	labelled       // metadata: keys and values are somebody's words
)

const (
	// maxDepth bounds the stack of places. What is deeper belongs to the last.
	maxDepth = 64
	// longestName is how long a name can be. A longer text is prose.
	longestName = 64
)

// Asked compares the text with the body of a request, in time linear in both.
func (f *Finder) Asked(body []byte) {
	f.sift()
	type level struct { // small, since there are many
		place  place
		object bool
		key    word  // the latest
		leads  place // what is under it, in the outermost object
	}
	var stack [maxDepth]level
	depth, wantsKey := 0, false
	for i := 0; i < len(body); {
		switch c := body[i]; c {
		case '{', '[':
			where := stack[min(depth, maxDepth-1)]
			next := level{place: where.place, object: c == '{'}
			if depth == 1 {
				next.place = where.leads
			} else if c == '[' {
				next.key = where.key // the strings of a list are what its key says
			}
			depth++
			stack[min(depth, maxDepth-1)] = next
			wantsKey = c == '{'
			i++
		case '}', ']':
			depth = max(depth-1, 0)
			wantsKey = false
			i++
		case ',':
			wantsKey = stack[min(depth, maxDepth-1)].object
			i++
		case '"':
			end := closing(body, i+1)
			s := body[i+1 : end]
			here := &stack[min(depth, maxDepth-1)]
			if wantsKey {
				here.key, wantsKey = wordOf(s), false
				if depth == 1 {
					here.leads = placeOf(s)
				}
				if here.place == toolbox || here.place == labelled {
					f.look(s, named)
				}
			} else {
				f.look(s, whose(here.place, here.key, s))
				if here.place == labelled { // a name to those who judge, and nothing to be shown
					f.look(s, spoken)
				}
			}
			i = end + 1
		default:
			i++
		}
	}
}

// closing returns where the string that begins at i ends.
func closing(b []byte, i int) int {
	for at := i; ; at++ {
		n := bytes.IndexByte(b[min(at, len(b)):], '"')
		if n < 0 {
			return len(b)
		}
		at += n
		slashes := 0
		for at-slashes > i && b[at-slashes-1] == '\\' {
			slashes++
		}
		if slashes%2 == 0 {
			return at
		}
	}
}

func placeOf(key []byte) place {
	switch string(key) {
	case "messages", "prediction", "prompt", "input", "instructions", "system":
		return talk
	case "tools", "functions", "response_format", "tool_choice", "plugins":
		return toolbox
	case "metadata", "logit_bias", "trace", "debug":
		return labelled
	}
	return top
}

// word is what a key says of its strings.
type word uint8

const (
	anyWord   word = iota
	protocols      // words of the protocol
	names          // names, if they are none of prose
	describes      // always somebody's words
)

func wordOf(key []byte) word {
	switch string(key) {
	case "role", "type", "object", "detail", "effort", "reasoning_effort", "verbosity", "service_tier", "modalities", "format",
		"route", "sort", "ttl", "prompt_cache_retention", "data_collection", "quantizations", "cache_control":
		return protocols
	case "name", "tool_call_id", "id", "model", "models":
		return names
	case "description":
		return describes
	}
	return anyWord
}

// whose tells whose words a string is by the key that it has.
func whose(where place, key word, s []byte) said {
	switch {
	case key == protocols && where != labelled:
		return unsaid
	case key == names && !prose(s):
		return named
	case key == describes:
		return spoken
	}
	if where == talk || prose(s) {
		return spoken
	}
	return named
}

// prose tells a text from a name.
func prose(s []byte) bool {
	return len(s) > longestName || bytes.IndexByte(s, ' ') >= 0 && len(s) >= 2*runLength
}

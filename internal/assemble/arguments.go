package assemble

import (
	"strings"

	"github.com/buoy-go/buoy/internal/jscan"
)

// arguments grows the JSON text of a call's arguments. It follows the brackets while
// pieces come, so that the questions at the end cost nothing.
//
// No piece is judged when it comes, since {"a": {"a": 1}} may be cut anywhere.
type arguments struct {
	text        strings.Builder
	pieces      int
	last        int  // where the last piece begins
	cumulative  bool // each piece begins with the one before
	depth       int  // of brackets
	quoted, esc bool // inside a string, behind a backslash in it
	values      int  // at depth 0
	start       int  // where the last of them begins
	aligned     bool // it begins a piece
}

func (a *arguments) add(piece string) {
	if piece == "" {
		return
	}
	if have := a.text.String(); piece[0] == '{' && (have == "null" || have == `""`) {
		*a = arguments{} // nothing valid goes on so: it stood for none yet
	}
	have := a.text.String()
	a.cumulative = a.pieces > 0 && (a.pieces == 1 || a.cumulative) && strings.HasPrefix(piece, have[a.last:])
	a.pieces++
	a.last = len(have)
	a.follow(piece)
	a.text.WriteString(piece)
}

func (a *arguments) follow(piece string) {
	blank := true // so far, in this piece
	for i := 0; i < len(piece); i++ {
		b := piece[i]
		switch {
		case a.esc:
			a.esc = false
		case a.quoted:
			a.esc = b == '\\'
			a.quoted = b != '"'
		case b == '"':
			a.quoted = true
		case b == '{' || b == '[':
			if a.depth == 0 {
				a.values++
				a.start, a.aligned = a.last+i, blank
			}
			a.depth++
		case b == '}' || b == ']':
			a.depth--
		}
		blank = blank && b <= ' '
	}
}

// complete reports that there is a whole object, or more than one.
func (a *arguments) complete() bool {
	return a.values > 0 && a.depth == 0 && !a.quoted
}

// value is what the pieces say. Servers begin with a placeholder, or send the whole
// once more at the end, or send each time all there is so far: of what is no JSON as a
// whole, the last piece that is complete counts.
func (a *arguments) value() string {
	text := a.text.String()
	if a.values > 1 && a.complete() {
		if a.aligned {
			return text[a.start:] // without a look at all of them: they may come ever again
		}
		if one, ok := jscan.Once(text); ok {
			return one
		}
	} else if text != "" && text[0] == '"' {
		if object, ok := jscan.Once(text); ok {
			return object // encoded twice: DashScope refuses it on the way in
		}
	}
	if a.pieces < 2 {
		return text
	}
	last := text[a.last:]
	if last[0] == '"' && a.values == 1 && a.complete() && jscan.Valid([]byte(text[:a.last])) {
		return text[:a.last] // a summary that is a text of JSON (LiteLLM)
	}
	switch {
	case a.cumulative && (a.pieces > 2 || jscan.Valid([]byte(last))):
		if !jscan.Valid([]byte(text)) {
			return last
		}
	case !a.complete() && strings.HasPrefix(last, text[:a.last]) && jscan.Valid([]byte(last)):
		return last // a summary after an end that was lost
	}
	return text
}

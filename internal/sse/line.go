package sse

// class says what a line is for.
type class uint8

const (
	undecided class = iota // more bytes are needed to tell
	blankLine              // ends the event
	ignored                // a field nobody knows
	indented               // white space outside a stray block; what follows decides
	comment                // begins with a colon
	dataLine               // data
	errorLine              // error, with its colon
	strayLine              // text that is no field
	eventLine              // event
	idLine                 // id
	retryLine              // retry
)

// classify says what the line is for and where its value begins. It needs no
// more than the first seven bytes, so that a line can be judged, and dropped,
// before it has arrived as a whole; undecided is only said while whole is
// false. Inside a stray block, what is neither a comment nor a known field
// with its colon goes on with the block.
func classify(line []byte, whole, inStray bool) (c class, value int) {
	if len(line) == 0 {
		if whole {
			return blankLine, 0
		}
		return undecided, 0
	}
	other := ignored
	if inStray {
		other = strayLine
	}
	var name string
	switch line[0] {
	case ':':
		return comment, 0
	case 'd':
		c, name = dataLine, "data"
	case 'e':
		c, name = eventLine, "event"
		if len(line) > 1 && line[1] == 'r' {
			c, name = errorLine, "error"
		}
	case 'i':
		c, name = idLine, "id"
	case 'r':
		c, name = retryLine, "retry"
	case ' ', '\t':
		if !inStray {
			return indented, 0
		}
		return strayLine, 0
	default:
		if opensStray(line[0]) {
			return strayLine, 0
		}
		return other, 0
	}

	n := min(len(line), len(name))
	switch {
	case string(line[:n]) != name[:n]:
		return other, 0
	case len(line) == n:
		if !whole {
			return undecided, 0
		}
		// The standard takes a bare name for a field with an empty value. A
		// bare "error" is only a word, and so is any name amid stray text.
		if n == len(name) && c != errorLine && !inStray {
			return c, n
		}
		return other, 0
	case line[n] != ':':
		return other, 0
	}
	n++
	if len(line) > n && line[n] == ' ' {
		n++
	}
	return c, n
}

// classifyIndented is classify for the rest of a line whose leading white
// space has been dropped. Gateways send spaces to keep a connection open and
// then a JSON reply on the same line; everything else there is no field.
func classifyIndented(rest []byte, whole bool) class {
	switch {
	case len(rest) == 0 && !whole:
		return undecided
	case len(rest) == 0:
		return ignored
	case isSpace(rest[0]):
		return indented
	case opensStray(rest[0]):
		return strayLine
	}
	return ignored
}

// opensStray reports whether JSON or HTML begins with c. No field that a
// server means as such begins with one of these.
func opensStray(c byte) bool {
	return c == '{' || c == '[' || c == '"' || c == '<'
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' }

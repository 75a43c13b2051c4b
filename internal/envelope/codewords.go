package envelope

import "strings"

// maxWords bounds what unknown codes add to the sentence.
const maxWords = 256

// hear keeps a code that no table knows as what it is, a sentence in short: project_spend_limit_exceeded says of itself
// that money is spent. It is evidence like the text, and as weak.
func (e *evidence) hear(lv level, code string) {
	if lv == aside || !token(code) || numeric(code) || len(e.unknown)+len(code) > maxWords || lowercase(code) {
		return
	}
	if words := spaced(code); strings.Contains(words, " ") {
		e.unknown += "\nname " + words // as one of the request's names that is all of it, or begins it, is introduced
	}
}

// spaced makes words of a code: IpNotInWhitelist, IP_NOT_IN_WHITELIST and ip-not-in-whitelist are "ip not in whitelist".
func spaced(code string) string {
	var b strings.Builder
	for i := range len(code) {
		c := code[i]
		switch {
		case !isWord(c), c == '_', c == '-':
			c = ' '
		case c >= 'A' && c <= 'Z':
			if i > 0 && (small(code[i-1]) || i+1 < len(code) && small(code[i+1]) && capital(code[i-1])) {
				b.WriteByte(' ')
			}
			c |= 0x20
		}
		b.WriteByte(c)
	}
	return b.String()
}

// lowercase tells a single word such as "tokens", which says nothing.
func lowercase(code string) bool {
	for i := range len(code) {
		if !small(code[i]) {
			return false
		}
	}
	return true
}

func small(c byte) bool   { return c >= 'a' && c <= 'z' }
func capital(c byte) bool { return c >= 'A' && c <= 'Z' }

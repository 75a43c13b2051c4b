// Package sniff tells by its first bytes what an answer is, whatever its content type says.
//
// All functions are safe for concurrent use and keep nothing of what they are given.
package sniff

import "bytes"

// blank is what gateways send to keep a connection alive, and pad with.
const blank = " \t\r\n\x00"

var bom = []byte("\xEF\xBB\xBF")

// Lead drops what may stand before an answer: blanks, a byte order mark, and blanks again.
func Lead(b []byte) []byte {
	return bytes.TrimLeft(bytes.TrimPrefix(bytes.TrimLeft(b, blank), bom), blank)
}

// Trim is [Lead], and drops the blanks behind an answer as well.
func Trim(b []byte) []byte {
	if n := len(b); n > 0 && b[0] > ' ' && b[0] != bom[0] && b[n-1] > ' ' {
		return b // as nearly every event is: looking for the blanks takes a twentieth of a stream's time
	}
	return bytes.TrimRight(Lead(b), blank)
}

// Form is what an answer looks like. The zero value says that more bytes are needed to tell.
type Form uint8

// What bytes can be the beginning of.
const (
	Unclear Form = iota
	Stream       // a stream of events
	Whole        // anything else: JSON, HTML, text
)

// starts are what a line of a stream begins with. "error:" is no field of the standard; some servers write one. A field
// may stand without a colon, and of those only data is seen.
var starts = [...]string{"data:", "event:", "id:", "retry:", "error:", ":", "data\n", "data\r"}

// Of tells a stream of events from a whole answer by its beginning; what may stand before either is passed over.
func Of(b []byte) Form {
	b = Lead(b)
	if len(b) < len(bom) && bytes.HasPrefix(bom, b) {
		return Unclear // nothing yet, or half a mark
	}
	for _, s := range starts {
		n := min(len(s), len(b))
		if string(b[:n]) != s[:n] {
			continue
		}
		if n == len(s) {
			return Stream
		}
		return Unclear
	}
	return Whole
}

// longestField bounds the name of a field that nobody knows.
const longestField = 64

// OfEvents is [Of] for an answer whose content type says that it is a stream of events: it may begin with any field, such
// as a gateway's own. Text that speaks of an error is none, nor are words with blanks between them.
func OfEvents(b []byte) Form {
	form := Of(b)
	if form != Whole {
		return form
	}
	b = Lead(b)
	for i, c := range b {
		switch {
		case c == ':' && i > 0:
			if i >= len("error") && bytes.EqualFold(b[:len("error")], []byte("error")) {
				return Whole
			}
			return Stream
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', i > 0 && ('0' <= c && c <= '9' || c == '-' || c == '_'):
			if i > longestField {
				return Whole
			}
		default:
			return Whole
		}
	}
	return Unclear
}

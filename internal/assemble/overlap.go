package assemble

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// overlap finds, while a continuation arrives, the longest end of a text with
// which the continuation begins. It is the search of Knuth, Morris and Pratt for
// the continuation in the text; what matches when the text is over is the
// overlap. Together with the continuation it takes linear time.
type overlap struct {
	text   string
	at     int    // bytes of text that were compared
	head   []byte // the continuation, up to the text's length
	fail   []int  // for head[:i+1]: its longest proper end that is also its beginning
	match  int    // bytes of head that end at text[:at]
	closed bool   // the continuation is over
}

// add takes in the next piece of the continuation. It reports false while more
// of it is needed to tell.
func (o *overlap) add(piece string) (decided bool) {
	for i := 0; i < len(piece) && len(o.head) < len(o.text); i++ {
		o.head = append(o.head, piece[i])
		n := len(o.head) - 1
		if n == 0 {
			o.fail = append(o.fail, 0)
			continue
		}
		k := o.fail[n-1]
		for k > 0 && o.head[k] != o.head[n] {
			k = o.fail[k-1]
		}
		if o.head[k] == o.head[n] {
			k++
		}
		o.fail = append(o.fail, k)
	}
	return o.advance()
}

// end says that the continuation is over.
func (o *overlap) end() {
	o.closed = true
	o.advance()
}

func (o *overlap) advance() (decided bool) {
	for o.at < len(o.text) {
		switch {
		case o.match == len(o.head) && !o.closed:
			return false // all of it stands in the text: it may reach the end
		case o.match < len(o.head) && o.head[o.match] == o.text[o.at]:
			o.at++
			o.match++
		case o.match > 0:
			o.match = o.fail[o.match-1]
		default:
			o.at++
		}
	}
	return true
}

// longest returns the longest overlap for which ok holds.
func (o *overlap) longest(ok func(n int) bool) int {
	n := o.match
	for n > 0 && !ok(n) {
		n = o.fail[n-1]
	}
	return n
}

// plainOverlap is how many bytes, with a letter among them, are no accident even
// in the middle of a word. A token that ends like the next one begins ("Hel",
// "lo"; "1", "1"; two blank lines) must not lose a letter, a digit or a line:
// taking each overlap for a repetition spoilt 2 % of the continuations that
// repeated nothing, the rule of repeats 0.1 %. It finds nine of ten repetitions
// of two to six tokens (TestRepeatsIsSeldomWrong).
const plainOverlap = 5

// repeats reports that the last n bytes of text at the beginning of a
// continuation are a repetition: they hold a letter, and they begin with a word
// or are long.
func repeats(text string, n int) bool {
	part := text[len(text)-n:]
	if strings.IndexFunc(part, unicode.IsLetter) < 0 {
		return false
	}
	if n >= plainOverlap || n == len(text) {
		return true
	}
	before, _ := utf8.DecodeLastRuneInString(text[:len(text)-n])
	first, _ := utf8.DecodeRuneInString(part)
	return !inWord(before) || !inWord(first)
}

func inWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

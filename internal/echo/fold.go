package echo

import (
	"slices"
	"unicode"
	"unicode/utf8"
)

// A text is compared by its letters and digits, in lower case: whoever quotes a
// text writes it with other quotes, other white space and other escapes, as
// JSON in a string, a Python repr, a part of an address or of a page.

// What a place in a text stands for, if it is no letter and no digit.
const (
	skipped rune = -1 // nothing: "_", "-" and invisible characters are inside words
	gap     rune = -2 // the end of a word
)

// What plainLetters has for characters of ASCII that are no letter and no digit. 0 is
// for what begins an escape, and for everything that is no ASCII.
const (
	plainGap     = 1
	plainSkipped = 2
)

// plainLetters folds ASCII.
var plainLetters = func() (t [256]byte) {
	for c := range utf8.RuneSelf {
		switch {
		case c >= '0' && c <= '9', c >= 'a' && c <= 'z':
			t[c] = byte(c)
		case c >= 'A' && c <= 'Z':
			t[c] = byte(c) | 0x20
		case c == '_', c == '-':
			t[c] = plainSkipped
		case c != '\\' && c != '%' && c != '&':
			t[c] = plainGap
		}
	}
	return t
}()

// keptLetters is plainLetters, and 1 above that for the letters and digits: to add it costs no branch.
var keptLetters = func() (t [256]uint16) {
	for i, c := range plainLetters {
		if t[i] = uint16(c); c > plainSkipped {
			t[i] |= 1 << 8
		}
	}
	return t
}()

// characters is text as it comes.
type characters interface{ ~string | ~[]byte }

// fold appends the letters and digits of s.
func fold[T characters](to []byte, s T) []byte {
	to, _ = folding(to, s)
	return to
}

// folding is fold, and reports that each byte stands for itself.
func folding[T characters](to []byte, s T) (folded []byte, plain bool) {
	plain = true
	for i := 0; i < len(s); {
		// What is plain is written in any case, and kept where it is a letter or a digit: a
		// branch would be guessed wrong at each end of a word.
		to = slices.Grow(to, len(s)-i)
		room, n := to[len(to):cap(to)], 0
		for ; i < len(s) && n < len(room); i++ {
			c := keptLetters[s[i]]
			if c == 0 {
				break
			}
			room[n] = byte(c)
			n += int(c >> 8)
		}
		if to = to[:len(to)+n]; i < len(s) && plainLetters[s[i]] == 0 {
			r, n := unit(s, i)
			if r >= 0 {
				to = utf8.AppendRune(to, r)
			}
			i += n
			plain = false
		}
	}
	return to, plain
}

// unit reads one character that is no plain letter or digit, escapes of all sorts
// included, and returns its folded form and its length.
func unit[T characters](s T, i int) (r rune, n int) {
	switch c := s[i]; c {
	case '\\':
		return escaped(s, i)
	case '%':
		return octets(s, i)
	case '&':
		return entity(s, i)
	case '_', '-':
		return skipped, 1
	default:
		if c < utf8.RuneSelf {
			return gap, 1
		}
	}
	var b [utf8.UTFMax]byte
	r, n = utf8.DecodeRune(b[:copy(b[:], s[i:])])
	return foldRune(r), n
}

// escaped reads backslashes and what they escape, however often JSON was put into
// a string.
func escaped[T characters](s T, i int) (rune, int) {
	at := i
	for at < len(s) && s[at] == '\\' {
		at++
	}
	if at == len(s) {
		return gap, at - i
	}
	switch s[at] {
	case 'n', 'r', 't', 'b', 'f':
		return gap, at + 1 - i
	case 'U': // Python
		if r, ok := hex(s, at+1, 8); ok && r <= unicode.MaxRune {
			return foldRune(r), at + 9 - i
		}
	case '0', '1', '2', '3': // C, and the text of protocol buffers
		if _, ok := octal(s, at); ok {
			return octets(s, i)
		}
	case 'u':
		if r, n := braced(s, at+1); n > 0 { // Rust and JavaScript
			return foldRune(r), at + 1 + n - i
		}
		r, ok := hex(s, at+1, 4)
		if !ok {
			break
		}
		at += 5
		if r >= 0xd800 && r < 0xdc00 {
			low := at
			for low < len(s) && s[low] == '\\' {
				low++
			}
			if second, ok := hex(s, low+1, 4); ok && low > at && s[low] == 'u' && second >= 0xdc00 && second < 0xe000 {
				r, at = (r-0xd800)<<10|(second-0xdc00)+0x10000, low+5
			}
		}
		if r == '&' { // as encoding/json of Go writes it
			e, n := entity(s, at-1)
			return e, at - 1 + n - i
		}
		return foldRune(r), at - i
	case 'x':
		if _, ok := hex(s, at+1, 2); ok {
			return octets(s, i)
		}
	}
	return gap, at - i
}

// braced reads {41f}, of one to six digits; n is 0 where there is none.
func braced[T characters](s T, at int) (r rune, n int) {
	if at == len(s) || s[at] != '{' {
		return 0, 0
	}
	for digits := 1; digits <= 6; digits++ {
		r, ok := hex(s, at+1, digits)
		if !ok {
			break
		}
		if end := at + 1 + digits; end < len(s) && s[end] == '}' && r <= unicode.MaxRune {
			return r, digits + 2
		}
	}
	return 0, 0
}

// octets reads %D0%9F, \xd0\x9f and \320\237.
func octets[T characters](s T, i int) (rune, int) {
	var b [utf8.UTFMax]byte
	at, n, ends := i, 0, [utf8.UTFMax]int{}
	for n < len(b) {
		c, w, ok := octet(s, at)
		if !ok {
			break
		}
		at += w
		b[n], ends[n] = c, at
		n++
		if n == 1 && c < utf8.RuneSelf {
			break
		}
	}
	if n == 0 {
		return gap, 1
	}
	r, size := utf8.DecodeRune(b[:n])
	return foldRune(r), ends[size-1] - i
}

// octet reads one byte that is written as %XX, as %25XX, as \xXX or as \OOO.
func octet[T characters](s T, i int) (c byte, n int, ok bool) {
	if i >= len(s) {
		return 0, 0, false
	}
	at := i + 1
	switch s[i] {
	case '%':
		for at+4 <= len(s) && s[at] == '2' && s[at+1] == '5' {
			if _, more := hex(s, at+2, 2); !more {
				break
			}
			at += 2
		}
	case '\\':
		for at < len(s) && s[at] == '\\' {
			at++
		}
		if v, ok := octal(s, at); ok {
			return v, at + 3 - i, true
		}
		if at == len(s) || s[at] != 'x' {
			return 0, 0, false
		}
		at++
	default:
		return 0, 0, false
	}
	v, ok := hex(s, at, 2)
	return byte(v), at + 2 - i, ok
}

// entity reads HTML's &quot; and &#1055;.
func entity[T characters](s T, i int) (rune, int) {
	const longest = 10
	end := i + 1
	for end < len(s) && end-i < longest && s[end] != ';' {
		end++
	}
	if end == len(s) || s[end] != ';' {
		return gap, 1
	}
	switch name := string(s[i+1 : end]); {
	case name == "quot", name == "amp", name == "lt", name == "gt", name == "apos", name == "nbsp":
		return gap, end + 1 - i
	case len(name) > 1 && name[0] == '#':
		r, base, digits := rune(0), rune(10), name[1:]
		if digits[0]|0x20 == 'x' {
			base, digits = 16, digits[1:]
		}
		for _, c := range []byte(digits) {
			d := digit(c)
			if d < 0 || d >= base {
				return gap, 1
			}
			r = r*base + d
		}
		if digits != "" && r <= unicode.MaxRune {
			return foldRune(r), end + 1 - i
		}
	}
	return gap, 1
}

func octal[T characters](s T, at int) (c byte, ok bool) {
	if at+3 > len(s) || s[at] < '0' || s[at] > '3' {
		return 0, false
	}
	for i := at; i < at+3; i++ {
		if s[i] < '0' || s[i] > '7' {
			return 0, false
		}
		c = c<<3 | (s[i] - '0')
	}
	return c, true
}

func hex[T characters](s T, at, digits int) (r rune, ok bool) {
	if at+digits > len(s) {
		return 0, false
	}
	for i := at; i < at+digits; i++ {
		d := digit(s[i])
		if d < 0 {
			return 0, false
		}
		r = r<<4 | d
	}
	return r, true
}

// digits are the values of hexadecimal digits, and -1 for all else.
var digits = func() (t [256]int8) {
	for c := range t {
		switch c := byte(c); {
		case c >= '0' && c <= '9':
			t[c] = int8(c - '0')
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			t[c] = int8(c|0x20-'a') + 10
		default:
			t[c] = -1
		}
	}
	return t
}()

func digit(c byte) rune { return rune(digits[c]) }

// foldRune folds one character. The alphabets that prompts are written in come
// first, since a prompt may have megabytes of them.
func foldRune(r rune) rune {
	switch {
	case r < utf8.RuneSelf:
		if c := plainLetters[byte(r)]; c > plainSkipped {
			return rune(c)
		}
		if r == '_' || r == '-' {
			return skipped
		}
		return gap
	case r >= 'а' && r <= 'џ', r >= 0x3400 && r <= 0x9fff, r >= 0xac00 && r <= 0xd7a3:
		return r
	case r >= 'А' && r <= 'Я':
		return r + 0x20
	case r >= 0xff01 && r <= 0xff5e: // the wide forms of ASCII
		return foldRune(r - 0xfee0)
	case invisible(r):
		return skipped
	case r == utf8.RuneError, r == Mark, unicode.IsSpace(r), unicode.IsPunct(r), unicode.IsControl(r):
		return gap
	}
	return unicode.ToLower(r)
}

// invisible are characters that split a word for a machine and not for a reader.
func invisible(r rune) bool {
	switch {
	case r == 0xad, r == 0x34f, r == 0x180e, r == 0xfeff,
		r >= 0x200b && r <= 0x200f, r >= 0x202a && r <= 0x202e, r >= 0x2060 && r <= 0x206f,
		r >= 0xfe00 && r <= 0xfe0f, r >= 0xe0000 && r <= 0xe01ef:
		return true
	}
	return false
}

package envelope

import (
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// str returns what a scalar says: the text of a string, the digits of a number; "" for everything else.
func (t *tree) str(n *node) string {
	switch n.kind {
	case text:
		b := t.src[n.start:n.end]
		if !n.escaped && utf8.Valid(b) {
			return string(b)
		}
		if !n.escaped {
			return strings.ToValidUTF8(string(b), "\uFFFD")
		}
		return unescape(b)
	case number:
		return decimal(string(t.src[n.start:n.end]))
	}
	return ""
}

// truth returns a boolean, also one that stands in quotes.
func (t *tree) truth(n *node) (value, ok bool) {
	if n.kind != boolean && n.kind != text {
		return false, false
	}
	v, err := strconv.ParseBool(string(t.src[n.start:min(n.end, n.start+8)]))
	return v, err == nil
}

// decimal makes 429 of 429.0 and 4.29e2; what is no whole number stays as it is.
func decimal(s string) string {
	if !strings.ContainsAny(s, ".eE") {
		return s
	}
	if f, err := strconv.ParseFloat(s, 64); err == nil && f == float64(int64(f)) && f < 1<<53 && f > -1<<53 {
		return strconv.FormatInt(int64(f), 10)
	}
	return s
}

// unescape knows the escapes of JSON and Python's \xNN; an unknown one stands for itself.
func unescape(b []byte) string {
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); i++ {
		if b[i] != '\\' || i+1 == len(b) {
			out = append(out, b[i])
			continue
		}
		i++
		switch b[i] {
		case 'n':
			out = append(out, '\n')
		case 't':
			out = append(out, '\t')
		case 'r':
			out = append(out, '\r')
		case 'b', 'f':
			out = append(out, ' ')
		case 'u':
			r, width := escapedRune(b[i+1:])
			out = utf8.AppendRune(out, r)
			i += width
		case 'x':
			v, ok := hex(b[i+1:], 2)
			if !ok {
				out = append(out, 'x')
				continue
			}
			// Two of these make the UTF-8 of b'\xd0\xb0', so it is a byte rather than a code point.
			out = append(out, byte(v))
			i += 2
		default:
			out = append(out, b[i])
		}
	}
	return strings.ToValidUTF8(string(out), "\uFFFD")
}

// escapedRune reads the digits behind \u, and the second half of a surrogate pair.
func escapedRune(b []byte) (r rune, width int) {
	v, ok := hex(b, 4)
	if !ok {
		return utf8.RuneError, 0
	}
	r = rune(v)
	if !utf16.IsSurrogate(r) {
		return r, 4
	}
	if len(b) >= 10 && b[4] == '\\' && b[5] == 'u' {
		if low, ok := hex(b[6:], 4); ok {
			if pair := utf16.DecodeRune(r, rune(low)); pair != utf8.RuneError {
				return pair, 10
			}
		}
	}
	return utf8.RuneError, 4
}

func hex(b []byte, digits int) (v int, ok bool) {
	if len(b) < digits {
		return 0, false
	}
	for _, c := range b[:digits] {
		switch {
		case c >= '0' && c <= '9':
			v = v<<4 | int(c-'0')
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			v = v<<4 | int(c|0x20-'a'+10)
		default:
			return 0, false
		}
	}
	return v, true
}

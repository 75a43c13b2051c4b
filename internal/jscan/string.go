package jscan

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"unicode/utf16"
	"unicode/utf8"
)

// Eight bytes at once: a byte each of 1, of the sign bit, and so on.
const (
	ones  = 0x0101010101010101
	signs = 0x80 * ones
)

// span is a string in the text, between its quotes.
type span struct {
	start, end int
	escaped    bool
	ascii      bool
}

// Text reads the string that comes next. Where something else comes it returns
// false and stays. The slice is valid until the next string is read, and must
// not be changed.
func (c *Cursor) Text() ([]byte, bool) {
	if c.peek() != '"' {
		return nil, false
	}
	text := c.string()
	return text, c.err == nil
}

// String reads the string that comes next. Where something else comes it
// returns false and stays. When the text is that of old, old is returned, which
// costs no memory.
func (c *Cursor) String(old string) (string, bool) {
	text, ok := c.Text()
	if !ok {
		return "", false
	}
	if string(text) == old {
		return old, true
	}
	return string(text), true
}

// key reads the string at whose opening quote the cursor stands, into memory
// that later strings leave alone.
func (c *Cursor) key() []byte {
	s, ok := c.scan()
	if !ok {
		return nil
	}
	text := c.data[s.start:s.end]
	if s.escaped {
		return appendUnescaped(nil, text, s.ascii)
	}
	if s.ascii || utf8.Valid(text) {
		return text
	}
	return appendValid(nil, text)
}

// string reads the string at whose opening quote the cursor stands.
func (c *Cursor) string() []byte {
	s, ok := c.scan()
	if !ok {
		return nil
	}
	text := c.data[s.start:s.end]
	switch {
	case s.escaped:
		c.buf = appendUnescaped(c.buf[:0], text, s.ascii)
		return c.buf
	case s.ascii || utf8.Valid(text):
		return text
	}
	c.buf = appendValid(c.buf[:0], text)
	return c.buf
}

// scan passes over the string at whose opening quote the cursor stands, and
// checks its escapes.
func (c *Cursor) scan() (span, bool) {
	d := c.data
	s := span{start: c.pos + 1}
	i := s.start
	var seen uint64 // all bytes, or-ed
	for {
		// The usual text has neither quotes nor escapes nor control characters for
		// long stretches: test eight bytes at a time. A borrow can only make a
		// byte above the first hit look like one, so the lowest hit is exact.
		for len(d)-i >= 8 {
			w := binary.LittleEndian.Uint64(d[i:])
			hit := ((w - ' '*ones) | ((w ^ '"'*ones) - ones) | ((w ^ '\\'*ones) - ones)) &^ w & signs
			if hit != 0 {
				n := bits.TrailingZeros64(hit)
				seen |= w & (1<<n - 1)
				i += n / 8
				break
			}
			seen |= w
			i += 8
		}
		for i < len(d) && d[i] != '"' && d[i] != '\\' && d[i] >= ' ' {
			seen |= uint64(d[i])
			i++
		}
		if i >= len(d) {
			break
		}
		switch d[i] {
		case '"':
			s.end, s.ascii = i, seen&signs == 0
			c.pos = i + 1
			return s, true
		case '\\':
			n := escapeLen(d[i:])
			if n == 0 {
				c.fail(ErrSyntax)
				return s, false
			}
			s.escaped = true
			i += n
			continue
		}
		break
	}
	c.fail(ErrSyntax)
	return s, false
}

// escapeLen returns the length of the escape that d begins with, 0 if it is none.
func escapeLen(d []byte) int {
	if len(d) < 2 {
		return 0
	}
	switch d[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2
	case 'u':
		if hex4(d[2:]) >= 0 {
			return 6
		}
	}
	return 0
}

// appendUnescaped appends what s, whose escapes have been checked, reads as. Lone
// surrogates and bytes that are not UTF-8 become U+FFFD.
func appendUnescaped(dst, s []byte, ascii bool) []byte {
	for {
		i := bytes.IndexByte(s, '\\')
		plain := s
		if i >= 0 {
			plain = s[:i]
		}
		if ascii || utf8.Valid(plain) {
			dst = append(dst, plain...)
		} else {
			dst = appendValid(dst, plain)
		}
		if i < 0 {
			return dst
		}
		b := s[i+1]
		if b != 'u' {
			dst = append(dst, unescape[b])
			s = s[i+2:]
			continue
		}
		r := rune(hex4(s[i+2:]))
		s = s[i+6:]
		if utf16.IsSurrogate(r) {
			low := rune(-1)
			if len(s) >= 6 && s[0] == '\\' && s[1] == 'u' {
				low = rune(hex4(s[2:]))
			}
			if r = utf16.DecodeRune(r, low); r != utf8.RuneError {
				s = s[6:]
			}
		}
		dst = utf8.AppendRune(dst, r)
	}
}

// appendValid appends s with U+FFFD for each byte that is not UTF-8.
func appendValid(dst, s []byte) []byte {
	for len(s) > 0 {
		r, n := utf8.DecodeRune(s)
		if r == utf8.RuneError && n == 1 {
			dst = append(dst, "\uFFFD"...)
		} else {
			dst = append(dst, s[:n]...)
		}
		s = s[n:]
	}
	return dst
}

// unescape maps the letter of a short escape to its meaning.
var unescape = [256]byte{
	'"': '"', '\\': '\\', '/': '/',
	'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t',
}

// hex4 returns the number that four hexadecimal digits stand for, -1 if they are
// none.
func hex4(d []byte) int {
	if len(d) < 4 {
		return -1
	}
	n := 0
	for _, b := range d[:4] {
		switch {
		case b-'0' <= 9:
			b -= '0'
		case b|0x20-'a' <= 5:
			b = b | 0x20 - 'a' + 10
		default:
			return -1
		}
		n = n<<4 | int(b)
	}
	return n
}

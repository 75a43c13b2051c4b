package jscan

import (
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
	start := c.pos + 1
	end, seen := run(c.data, start)
	if end < len(c.data) && c.data[end] == '"' && seen&signs == 0 {
		c.pos = end + 1
		return c.data[start:end]
	}
	scratch, keep := c.buf, c.keep
	c.buf, c.keep = nil, false
	text := c.string()
	c.buf, c.keep = scratch, keep
	return text
}

// string reads the string at whose opening quote the cursor stands.
func (c *Cursor) string() []byte {
	d, start := c.data, c.pos+1
	end, seen := run(d, start)
	if end < len(d) && d[end] == '\\' {
		return c.unescape(start, end, seen)
	}
	if end == len(d) || d[end] != '"' {
		c.fail(ErrSyntax)
		return nil
	}
	c.pos = end + 1
	text := d[start:end]
	if seen&signs == 0 || utf8.Valid(text) {
		return text
	}
	if c.keep {
		c.half = true
		return text
	}
	c.buf = appendValid(c.buf[:0], text)
	return c.buf
}

// unescape reads a string that begins with plain text and an escape at the index
// at: piece by piece, each of which is looked at once.
func (c *Cursor) unescape(from, at int, seen uint64) []byte {
	d, buf := c.data, c.buf[:0]
	for {
		plain := d[from:at]
		if seen&signs == 0 || utf8.Valid(plain) {
			buf = append(buf, plain...)
		} else if c.keep {
			buf = append(buf, plain...)
			c.half = true
		} else {
			buf = appendValid(buf, plain)
		}
		c.buf = buf
		switch {
		case at < len(d) && d[at] == '"':
			c.pos = at + 1
			return buf
		case at == len(d) || d[at] != '\\' || escapeLen(d[at:]) == 0:
			c.fail(ErrSyntax)
			return nil
		}
		if half := c.lone(at); half != 0 {
			buf, from = appendHalf(buf, half), at+6
			c.half = true
		} else {
			buf, from = appendEscape(buf, d, at)
		}
		at, seen = run(d, from)
	}
}

// run passes over plain text, which has neither quotes nor escapes nor control
// characters, and returns where it ends, and all its bytes or-ed. It has long
// stretches, so it tests eight bytes at a time. A borrow can only make a byte above
// the first hit look like one, so the lowest hit is exact.
func run(d []byte, i int) (end int, seen uint64) {
	for len(d)-i >= 8 {
		w := binary.LittleEndian.Uint64(d[i:])
		hit := ((w - ' '*ones) | ((w ^ '"'*ones) - ones) | ((w ^ '\\'*ones) - ones)) &^ w & signs
		if hit != 0 {
			n := bits.TrailingZeros64(hit)
			return i + n/8, seen | w&(1<<n-1)
		}
		seen |= w
		i += 8
	}
	for i < len(d) && d[i] != '"' && d[i] != '\\' && d[i] >= ' ' {
		seen |= uint64(d[i])
		i++
	}
	return i, seen
}

// scan passes over the string at whose opening quote the cursor stands, and
// checks its escapes.
func (c *Cursor) scan() {
	d, i := c.data, c.pos+1
	for {
		i, _ = run(d, i)
		if i == len(d) {
			break
		}
		if d[i] == '"' {
			c.pos = i + 1
			return
		}
		n := 0
		if d[i] == '\\' {
			n = escapeLen(d[i:])
		}
		if n == 0 {
			break
		}
		i += n
	}
	c.fail(ErrSyntax)
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

// appendEscape appends what the escape at the index i, which has been checked,
// reads as, and returns the index behind it. Lone surrogates become U+FFFD.
func appendEscape(dst, d []byte, i int) ([]byte, int) {
	b := d[i+1]
	if b != 'u' {
		return append(dst, unescape[b]), i + 2
	}
	r := rune(hex4(d[i+2:]))
	i += 6
	if utf16.IsSurrogate(r) {
		low := rune(-1)
		if len(d)-i >= 6 && d[i] == '\\' && d[i+1] == 'u' {
			low = rune(hex4(d[i+2:]))
		}
		if r = utf16.DecodeRune(r, low); r != utf8.RuneError {
			i += 6
		}
	}
	return utf8.AppendRune(dst, r), i
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

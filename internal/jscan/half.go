package jscan

import (
	"unicode/utf16"
	"unicode/utf8"
)

// KeepHalves makes the cursor keep halves of characters: some servers cut a stream's
// texts between the two surrogates of an emoji, or between the bytes of a character.
// Strings may then hold, besides UTF-8, broken bytes as they came, and lone surrogates
// as three bytes each, as UTF-8 would spell them. [Mend] puts them together.
func (c *Cursor) KeepHalves() { c.keep = true }

// Halves reports that a string since Reset has such bytes.
func (c *Cursor) Halves() bool { return c.half }

// lone returns the surrogate whose escape is at the index i, if it is to be kept and
// has no partner, else 0.
func (c *Cursor) lone(i int) rune {
	d := c.data
	if !c.keep || d[i+1] != 'u' {
		return 0
	}
	r := rune(hex4(d[i+2:]))
	if !utf16.IsSurrogate(r) {
		return 0
	}
	if len(d)-i >= 12 && d[i+6] == '\\' && d[i+7] == 'u' && utf16.DecodeRune(r, rune(hex4(d[i+8:]))) != utf8.RuneError {
		return 0
	}
	return r
}

func appendHalf(dst []byte, r rune) []byte {
	return append(dst, 0xE0|byte(r>>12), 0x80|byte(r>>6)&0x3F, 0x80|byte(r)&0x3F)
}

// Mend returns a text whose halves are put together, and its end that waits for the
// next piece: a high surrogate, or the beginning of a character. Whatever else is no
// UTF-8 becomes U+FFFD.
func Mend(s string) (text, waits string) {
	if utf8.ValidString(s) {
		return s, ""
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if r != utf8.RuneError || n > 1 {
			out = append(out, s[i:i+n]...)
			i += n
			continue
		}
		high, ok := halfAt(s, i)
		switch low, both := halfAt(s, i+3); {
		case ok && both && utf16.DecodeRune(high, low) != utf8.RuneError:
			out = utf8.AppendRune(out, utf16.DecodeRune(high, low))
			i += 6
		case ok && i+3 == len(s) && high < 0xDC00, !ok && len(s)-i < utf8.UTFMax && !utf8.FullRuneInString(s[i:]):
			return string(out), s[i:]
		case ok:
			out = utf8.AppendRune(out, utf8.RuneError)
			i += 3
		default:
			out = utf8.AppendRune(out, utf8.RuneError)
			i++
		}
	}
	return string(out), ""
}

// halfAt returns the surrogate that stands at the index i.
func halfAt(s string, i int) (rune, bool) {
	if len(s)-i < 3 || s[i] != 0xED || s[i+1]&0xE0 != 0xA0 || s[i+2]&0xC0 != 0x80 {
		return 0, false
	}
	return 0xD000 | rune(s[i+1]&0x3F)<<6 | rune(s[i+2]&0x3F), true
}

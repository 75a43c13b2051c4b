package jprint

import (
	"math/bits"
	"unicode/utf8"
)

// Eight bytes at once: a byte each of 1, of the sign bit.
const (
	ones  = 0x0101010101010101
	signs = 0x80 * ones
)

const hexDigits = "0123456789abcdef"

// AppendString appends s as a JSON string. Bytes that are not UTF-8 become U+FFFD,
// as encoding/json has it; "<", ">" and "&" stay as they are.
func AppendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	for {
		n, ascii := plain(s)
		if ascii || utf8.ValidString(s[:n]) {
			dst = append(dst, s[:n]...)
		} else {
			dst = appendRunes(dst, s[:n])
		}
		if n == len(s) {
			return append(dst, '"')
		}
		switch b := s[n]; b {
		case '"', '\\':
			dst = append(dst, '\\', b)
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\r':
			dst = append(dst, '\\', 'r')
		case '\t':
			dst = append(dst, '\\', 't')
		default:
			dst = append(dst, '\\', 'u', '0', '0', hexDigits[b>>4], hexDigits[b&15])
		}
		s = s[n+1:]
	}
}

// plain returns how many bytes at the beginning of s need no escape, and whether
// they are ASCII. Prompts are mostly such text: it tests eight bytes at a time.
func plain(s string) (n int, ascii bool) {
	var seen uint64
	i := 0
	for len(s)-i >= 8 {
		b := s[i : i+8]
		w := uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 |
			uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56
		// A borrow can only make a byte above the first hit look like one.
		hit := ((w - ' '*ones) | ((w ^ '"'*ones) - ones) | ((w ^ '\\'*ones) - ones)) &^ w & signs
		if hit != 0 {
			k := bits.TrailingZeros64(hit)
			seen |= w & (1<<k - 1)
			return i + k/8, seen&signs == 0
		}
		seen |= w
		i += 8
	}
	for i < len(s) && s[i] != '"' && s[i] != '\\' && s[i] >= ' ' {
		seen |= uint64(s[i])
		i++
	}
	return i, seen&signs == 0
}

func appendRunes(dst []byte, s string) []byte {
	for _, r := range s {
		dst = utf8.AppendRune(dst, r)
	}
	return dst
}

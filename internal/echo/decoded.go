package echo

import (
	"encoding/base64"
	"unicode/utf8"
)

// This file looks into what stands in a text as base64 or hex.

const (
	// shortestCode is how long a token must be to be looked into: eight bytes in base64.
	shortestCode = 11
	// maxLayers is how many codes are taken off, one under the other.
	maxLayers = 2
)

// decoded is scratch memory, one piece for each layer.
type decoded struct {
	plain, code [maxLayers][]byte
}

// addDecoded appends what the tokens of s stand for.
func addDecoded[T characters](f *Finder, s T, layer int) {
	if layer == maxLayers {
		return
	}
	for from, to := range tokens(s) {
		if mayStand(s[from:to]) {
			f.code[layer] = append(f.code[layer][:0], s[from:to]...)
			f.decodings(layer, func(plain []byte) {
				addPart(f, plain)
				addDecoded(f, plain, layer+1)
			})
		}
	}
}

// mayStand rules out the words among the tokens.
func mayStand[T characters](token T) bool { return guarded(token) || isHex(token) }

func isHex[T characters](token T) bool {
	for i := range len(token) {
		if digit(token[i]) < 0 {
			return false
		}
	}
	return len(token) >= 16
}

// decodings gives each text that the layer's code may stand for: hex, and base64 from
// each of its first four characters on, since what stands before it may be glued to it.
func (f *Finder) decodings(layer int, each func(plain []byte)) {
	code := f.code[layer]
	if isHex(code) {
		for i := range 2 {
			plain := f.plain[layer][:0]
			for j := i; j+1 < len(code); j += 2 {
				plain = append(plain, byte(digit(code[j])<<4|digit(code[j+1])))
			}
			f.plain[layer] = plain
			if printable(plain) {
				each(plain)
			}
		}
	}
	if !guarded(code) {
		return
	}
	for i, c := range code {
		switch c {
		case '-':
			code[i] = '+'
		case '_':
			code[i] = '/'
		}
	}
	for skip := 0; skip < 4 && skip < len(code); skip++ {
		rest := code[skip:]
		if len(rest)%4 == 1 {
			rest = rest[:len(rest)-1]
		}
		plain := resized(f.plain[layer], base64.RawStdEncoding.DecodedLen(len(rest)))
		n, err := base64.RawStdEncoding.Decode(plain, rest)
		f.plain[layer] = plain
		if err == nil && printable(plain[:n]) {
			each(plain[:n])
		}
	}
}

// printable tells text from the bytes that a word makes which is no code: at most an
// eighth of it is control characters or no UTF-8. It stops at the first byte too many,
// since every id of a reply comes by.
func printable(b []byte) bool {
	for bad, i := 0, 0; i < len(b); {
		r, n := rune(b[i]), 1
		if r >= utf8.RuneSelf {
			r, n = utf8.DecodeRune(b[i:])
		}
		if r == utf8.RuneError || r < ' ' && r != '\n' && r != '\t' && r != '\r' {
			if bad++; bad*8 > len(b) {
				return false
			}
		}
		i += n
	}
	return true
}

// tokens finds what may be base64 or hex.
func tokens[T characters](s T) func(func(from, to int) bool) {
	return func(yield func(from, to int) bool) {
		for i := 0; i < len(s); {
			if !codeByte[s[i]] {
				i++
				continue
			}
			from := i
			for i < len(s) && codeByte[s[i]] {
				i++
			}
			to := i
			for i < len(s) && s[i] == '=' {
				i++
			}
			if to-from >= shortestCode && !yield(from, to) {
				return
			}
		}
	}
}

var codeByte = func() (t [256]bool) {
	for c := range t {
		t[c] = plainLetters[c] > plainSkipped || c == '+' || c == '/' || c == '-' || c == '_'
	}
	return t
}()

// hideDecoded hides the tokens that stand for the prompt or a secret.
func (f *Finder) hideDecoded(s string) {
	for from, to := range tokens(s) {
		if f.tells(s[from:to], 0) {
			f.hideBytes(s, from, to, isSecret)
		}
	}
}

// tells reports whether a token stands for something to hide.
func (f *Finder) tells(token string, layer int) (tells bool) {
	if !mayStand(token) {
		return false
	}
	f.code[layer] = append(f.code[layer][:0], token...)
	f.decodings(layer, func(plain []byte) {
		if tells {
			return
		}
		b := fold(nil, plain)
		for i := 0; !tells && i+runLength <= len(b) && f.found&inside != 0; i++ {
			tells = f.of(b[i:])&inside != 0
		}
		tells = tells || f.shortly(b)&wholeText != 0 || f.hasSecret(b)
		if !tells && layer+1 < maxLayers {
			inner := string(plain)
			for from, to := range tokens(inner) {
				tells = tells || f.tells(inner[from:to], layer+1)
			}
		}
	})
	return tells
}

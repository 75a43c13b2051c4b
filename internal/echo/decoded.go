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
			f.code[layer] = codeOf(f.code[layer], s[from:to])
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

// codeOf writes a token into the memory of an older one, in base64's usual letters.
func codeOf[T characters](memory []byte, token T) []byte {
	code := append(memory[:0], token...)
	for i, c := range code {
		switch c {
		case '-':
			code[i] = '+'
		case '_':
			code[i] = '/'
		}
	}
	return code
}

// decodings gives each text that the layer's code may stand for.
func (f *Finder) decodings(layer int, each func(plain []byte)) {
	for way := range ways {
		plain, ok := decode(f.plain[layer], f.code[layer], way)
		f.plain[layer] = plain
		if ok {
			each(plain)
		}
	}
}

// ways are how a code may stand for a text: as hex from each of its first two characters
// on, and as base64 from each of its first four, since what stands before it may be glued
// to it.
const (
	hexWays = 2
	ways    = hexWays + 4
)

// decode writes what a code of at least four characters stands for, read in one of the
// ways, into the memory of what was there; ok is false where that is no text.
func decode(memory, code []byte, way int) (plain []byte, ok bool) {
	plain = memory[:0]
	if way < hexWays {
		if !isHex(code) {
			return plain, false
		}
		for i := way; i+1 < len(code); i += 2 {
			plain = append(plain, byte(digit(code[i])<<4|digit(code[i+1])))
		}
		return plain, printable(plain)
	}
	rest := base64At(code, way-hexWays)
	if !guarded(code) || garbled(rest) {
		return plain, false
	}
	plain, err := base64.RawStdEncoding.AppendDecode(plain, rest)
	return plain, err == nil && printable(plain)
}

// base64At is what of a code may be base64 from a character on.
func base64At[T characters](code T, at int) T {
	rest := code[at:]
	if len(rest)%4 == 1 {
		rest = rest[:len(rest)-1]
	}
	return rest
}

// sextets are the values of base64's characters, in both of its alphabets.
var sextets = func() (t [256]uint32) {
	for i := range uint32(64) {
		t["ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"[i]] = i
	}
	t['-'], t['_'] = t['+'], t['/']
	return t
}()

// garbled reports that the base64 in code is not printable, where that shows early, as
// it does in the id of every reply. It counts control characters, what follows the
// first byte of a character and is in none, and what is in one without a first byte.
func garbled[T characters](code T) bool {
	most := base64.RawStdEncoding.DecodedLen(len(code)) / 8
	bad, before := 0, uint8(plainByte)
	for at := 0; at+4 <= len(code); at += 4 {
		v := sextets[code[at]]<<18 | sextets[code[at+1]]<<12 | sextets[code[at+2]]<<6 | sextets[code[at+3]]
		first := after[before][v>>16&0xff]
		second := after[first&^outOfPlace][v>>8&0xff]
		third := after[second&^outOfPlace][v&0xff]
		before = third &^ outOfPlace
		if bad += int(first>>7 + second>>7 + third>>7); bad > most {
			return true
		}
	}
	return false
}

// What a byte of UTF-8 is.
const (
	plainByte = iota // a character, or no text at all
	leadByte         // the first of several
	innerByte
	byteKinds

	outOfPlace = 0x80
)

// after is what a byte is behind one of another kind: tables, since what is no text
// leads a processor astray at every branch.
var after = func() (t [byteKinds][256]uint8) {
	for before := range uint8(byteKinds) {
		for i := range t[before] {
			c, kind := byte(i), uint8(plainByte)
			switch {
			case c >= 0xc0:
				kind = leadByte
			case c >= utf8.RuneSelf:
				kind = innerByte
			}
			if c < ' ' && c != '\n' && c != '\t' && c != '\r' || before == leadByte && kind == plainByte || before == plainByte && kind == innerByte {
				kind |= outOfPlace
			}
			t[before][i] = kind
		}
	}
	return t
}()

// printable tells text from the bytes that a word makes which is no code: at most an
// eighth of it is control characters or no UTF-8. It stops at the first byte too many.
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
		for from := 0; from+shortestCode <= len(s); {
			// Read from its end, a shorter word is seen at once.
			last := from + shortestCode - 1
			for last >= from && codeByte[s[last]] {
				last--
			}
			if last >= from {
				from = last + 1
				continue
			}
			to := from + shortestCode
			for to < len(s) && codeByte[s[to]] {
				to++
			}
			if !yield(from, to) || !pieces(s, from, to, yield) {
				return
			}
			from = to
		}
	}
}

// pieces finds the parts of a token between what may be a part of base64 and may also be
// the path or the name that a code stands in.
func pieces[T characters](s T, from, to int, yield func(from, to int) bool) bool {
	begin := from
	for i := from; i <= to; i++ {
		if i < to && plainLetters[s[i]] > plainSkipped {
			continue
		}
		if i-begin >= shortestCode && i-begin < to-from && !yield(begin, i) {
			return false
		}
		begin = i + 1
	}
	return true
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
	f.code[layer] = codeOf(f.code[layer], token)
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

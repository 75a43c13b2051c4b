package echo

import (
	"encoding/base64"
	"slices"
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

	dulls    [4]uint64 // hashes of the latest codes that stand for no text
	nextDull int
}

// addDecoded appends what the tokens of s stand for, and reports that one stands for a text.
func addDecoded[T characters](f *Finder, s T, layer int) (some bool) {
	if layer == maxLayers {
		return false
	}
	for t := range candidates(s) {
		if noise(s[t.from:t.to], t.codes) {
			continue
		}
		f.code[layer] = codeOf(f.code[layer], s[t.from:t.to])
		if !f.decodings(layer, t.codes, func(plain []byte) {
			some = true
			addPart(f, plain)
			addDecoded(f, plain, layer+1)
		}) {
			f.dull(f.code[layer])
		}
	}
	return some
}

// noise reports that a token stands for no text, where that shows early in each way of
// reading it: of most ids and of all long names it does, and they need not be copied.
func noise[T characters](token T, codes codes) bool {
	if codes&inHex != 0 && !(noisyHex(token) && noisyHex(token[1:])) {
		return false
	}
	return codes&inBase64 == 0 || garbled(base64At(token, 0)) && garbled(base64At(token, 1)) && garbled(base64At(token, 2)) && garbled(base64At(token, 3))
}

// dull notes a code that stands for no text: the id of a reply is added, and then it is shown.
func (f *Finder) dull(code []byte) {
	f.dulls[f.nextDull] = hashShort(code)
	f.nextDull = (f.nextDull + 1) % len(f.dulls)
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

// decodings gives each text that the layer's code may stand for, and says whether there was
// one.
func (f *Finder) decodings(layer int, codes codes, each func(plain []byte)) (some bool) {
	for way := range ways {
		plain, ok := decode(f.plain[layer], f.code[layer], codes, way)
		f.plain[layer] = plain
		if ok {
			some = true
			each(plain)
		}
	}
	return some
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
func decode(memory, code []byte, codes codes, way int) (plain []byte, ok bool) {
	plain = memory[:0]
	if way < hexWays {
		if codes&inHex == 0 {
			return plain, false
		}
		for i := way; i+1 < len(code); i += 2 {
			plain = append(plain, byte(digit(code[i])<<4|digit(code[i+1])))
		}
		return plain, printable(plain)
	}
	rest := base64At(code, way-hexWays)
	if codes&inBase64 == 0 || garbled(rest) {
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

// noisyHex is garbled for hex.
func noisyHex[T characters](code T) bool {
	most, bad, before := len(code)/2/8, 0, uint8(plainByte)
	for i := 0; i+1 < len(code); i += 2 {
		kind := after[before][byte(digits[code[i]]<<4|digits[code[i+1]])]
		before = kind &^ outOfPlace
		if bad += int(kind >> 7); bad > most {
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

// codes are those that a token may be in. Words are in none.
type codes uint8

const (
	inBase64 codes = 1 << iota // it has a digit, or both cases
	inHex
)

// shortestHex is how long hex must be to be looked into: eight bytes.
const shortestHex = 16

// candidate is a token, or a part of one, that may be in a code.
type candidate struct {
	from, to int
	codes    codes
}

// What a character of a token is.
const (
	codeDigit uint8 = 1 << iota
	codeUpper
	codeLower
	codeNoHex
	codeJoint // it may be a part of base64, or of the path or the name that a code stands in
)

// codeByte has what may stand in base64 and hex.
var codeByte = func() (t [256]uint8) {
	for c := range t {
		switch {
		case c >= '0' && c <= '9':
			t[c] = codeDigit
		case c >= 'a' && c <= 'z':
			t[c] = codeLower
		case c >= 'A' && c <= 'Z':
			t[c] = codeUpper
		case c == '+', c == '/', c == '-', c == '_':
			t[c] = codeJoint
		default:
			continue
		}
		if digit(byte(c)) < 0 {
			t[c] |= codeNoHex
		}
	}
	return t
}()

// codesOf tells by all that the characters of a token are together.
func codesOf(are uint8, length int) (c codes) {
	if are&codeDigit != 0 || are&(codeUpper|codeLower) == codeUpper|codeLower {
		c = inBase64
	}
	if are&codeNoHex == 0 && length >= shortestHex {
		c |= inHex
	}
	return c
}

// candidates finds what may be base64 or hex: whole, and in parts.
func candidates[T characters](s T) func(func(candidate) bool) {
	return func(yield func(candidate) bool) {
		for from := 0; from+shortestCode <= len(s); {
			// Read from its end, a shorter word is seen at once.
			last, are := from+shortestCode-1, uint8(0)
			for last >= from && codeByte[s[last]] != 0 {
				are |= codeByte[s[last]]
				last--
			}
			if last >= from {
				from = last + 1
				continue
			}
			to := from + shortestCode
			for to < len(s) && codeByte[s[to]] != 0 {
				are |= codeByte[s[to]]
				to++
			}
			whole := candidate{from, to, codesOf(are, to-from)}
			if whole.codes != 0 && !yield(whole) {
				return
			}
			// No part of a word has a digit or both cases. It may be a long part in hex.
			if are&codeJoint != 0 && (whole.codes != 0 || to-from > shortestHex) && !parts(s, whole, yield) {
				return
			}
			if are&(codeJoint|codeNoHex) == codeNoHex && !hexIn(s, whole, yield) {
				return
			}
			from = to
		}
	}
}

// parts finds those between the joints of a token.
func parts[T characters](s T, whole candidate, yield func(candidate) bool) bool {
	begin, are := whole.from, uint8(0)
	for i := whole.from; i <= whole.to; i++ {
		if i < whole.to && codeByte[s[i]]&codeJoint == 0 {
			are |= codeByte[s[i]]
			continue
		}
		if i-begin >= shortestCode {
			part := candidate{begin, i, codesOf(are, i-begin)}
			if part.codes != 0 && !yield(part) || are&codeNoHex != 0 && !hexIn(s, part, yield) {
				return false
			}
		}
		begin, are = i+1, 0
	}
	return true
}

// hexIn finds what may be hex between the other letters of a token: 0x736b2d...
func hexIn[T characters](s T, c candidate, yield func(candidate) bool) bool {
	for end := c.from + shortestHex; end <= c.to; {
		// Read from its end, a shorter one is seen at once.
		begin := end
		for begin > end-shortestHex && digits[s[begin-1]] >= 0 {
			begin--
		}
		if begin > end-shortestHex {
			end = begin + shortestHex
			continue
		}
		for end < c.to && digits[s[end]] >= 0 {
			end++
		}
		if !yield(candidate{begin, end, inHex}) {
			return false
		}
		end += 1 + shortestHex
	}
	return true
}

// hideDecoded hides the tokens that stand for the prompt or a secret.
func (f *Finder) hideDecoded(s string) {
	for t := range candidates(s) {
		if f.tells(s, t, 0) {
			f.hideBytes(s, t.from, t.to, isSecret)
		}
	}
}

// tells reports whether a token of s stands for something to hide.
func (f *Finder) tells(s string, t candidate, layer int) (tells bool) {
	if noise(s[t.from:t.to], t.codes) {
		return false
	}
	f.code[layer] = codeOf(f.code[layer], s[t.from:t.to])
	if slices.Contains(f.dulls[:], hashShort(f.code[layer])) {
		return false
	}
	f.decodings(layer, t.codes, func(plain []byte) {
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
			for t := range candidates(inner) {
				tells = tells || f.tells(inner, t, layer+1)
			}
		}
	})
	return tells
}

package echo

import "math/bits"

// The id of each reply must be read as hex and as base64, from each character on at which
// one may begin, and nearly all ids are noise in each of these ways. To see that byte by
// byte cost more than all else that is asked about an id: here it is seen of all bytes at
// once.
//
// That works because a byte is out of place by what it is and by what the one before it
// is, see after. Both stand in a few characters beside each other, so masks that have a
// bit of each character, shifted by the distance, tell it of all places together.

// planes are the values in base64 of the characters of a [Token], by their bits: the first
// mask has the lowest bit of each, that of the first character as its own lowest.
type planes [6]uint64

// planeWidth is how many characters are read into one number, with the bits of their
// planes beside each other.
const planeWidth = 10

// spread has the values of what may stand in a Token, a plane's width between their bits,
// and notSpread for all else.
var spread = func() (t [256]uint64) {
	for c := range t {
		if plainLetters[c] < plainSkipped {
			t[c] = notSpread
			continue
		}
		for bit := range len(planes{}) {
			t[c] |= uint64(sextets[c]>>bit&1) << (bit * planeWidth)
		}
	}
	return t
}()

const notSpread = 1 << 63

// add has the characters whose numbers of spread are in one, each a bit above the one behind
// it, from a place on.
func (p *planes) add(all uint64, at int) {
	const plane = 1<<planeWidth - 1
	p[0] |= all & plane << (at & 63)
	p[1] |= all >> planeWidth & plane << (at & 63)
	p[2] |= all >> (2 * planeWidth) & plane << (at & 63)
	p[3] |= all >> (3 * planeWidth) & plane << (at & 63)
	p[4] |= all >> (4 * planeWidth) & plane << (at & 63)
	p[5] |= all >> (5 * planeWidth) & plane << (at & 63)
}

// coded tells whether [Finder.decodings] finds a text in one of the [candidates] of s,
// whose planes they are.
func (p *planes) coded(s string) bool {
	if len(s) < shortestCode {
		return false
	}
	all := uint64(1)<<len(s) - 1
	joints := p[5] & p[4] & p[3] & p[2] & p[1]
	digits := p[5] & p[4] & (p[3] | p[2]) &^ joints
	upper := all &^ (p[5] | p[4]&p[3]&(p[2]|p[1]))
	lower := all &^ (digits | upper | joints)
	hex := digits | lower&^p[5]&p[4]&p[3]&(p[2]|p[1]) | upper&^(p[4]|p[3]|p[2]&p[1])
	if digits != 0 || upper != 0 && lower != 0 {
		b := p.base64()
		if b.text(s, 0, len(s)) {
			return true
		}
		for from := 0; joints != 0 && from+shortestCode <= len(s); {
			to := min(len(s), from+bits.TrailingZeros64(joints>>from))
			part := uint64(1)<<to - uint64(1)<<from
			if to-from >= shortestCode && (digits&part != 0 || upper&part != 0 && lower&part != 0) && b.text(s, from, to) {
				return true
			}
			from = to + 1
		}
	}
	// A bit stays where as many digits of hex begin as are looked into.
	begin := hex & (hex >> 1)
	begin &= begin >> 2
	begin &= begin >> 4
	begin &= begin >> (shortestHex / 2)
	if begin == 0 {
		return false
	}
	b := p.hex()
	for begin != 0 {
		from := bits.TrailingZeros64(begin)
		to := from + bits.TrailingZeros64(^(hex >> from))
		if b.text(s, from, to) {
			return true
		}
		begin = begin >> to << to
	}
	return false
}

// codeBytes are the bytes that begin at each character.
type codeBytes struct {
	lead, inner uint64 // of a character of several bytes the first, and the others
	long        uint64 // the first of one of three bytes and more
	control     uint64 // control characters that are no white space
}

// codeBytesOf makes them of their bits, the highest first.
func codeBytesOf(b7, b6, b5, b4, b3, b2, b1, b0 uint64) codeBytes {
	white := ^b4 & b3 & (^b2&(b1^b0) | b2&^b1&b0) // 9, 10 and 13: tab, line feed, carriage return
	return codeBytes{lead: b7 & b6, long: b7 & b6 & b5, inner: b7 &^ b6, control: ^(b7 | b6 | b5 | white)}
}

// stray has those that are no text, nor a part of a character behind the bytes of before,
// which begin so many characters earlier.
func (c codeBytes) stray(before codeBytes, earlier int) uint64 {
	return c.control | c.inner&^((before.lead|before.inner)<<earlier)
}

// cut has those that begin a character with which the bytes of next, so many characters
// later, do not go on.
func (c codeBytes) cut(next codeBytes, later int) uint64 { return c.lead &^ (next.inner >> later) }

// cutLate is cut for the bytes behind the next ones.
func (c codeBytes) cutLate(behind codeBytes, later int) uint64 {
	return c.long &^ (behind.inner >> later)
}

// base64Bytes has the bytes that are no text, read as base64, each at the first of the four
// characters that it stands in with two others.
type base64Bytes struct {
	first, second, third uint64
	inner                uint64    // those of the first that are no text where a code begins with them
	cut                  [2]uint64 // those of the second and the third that are none where another group follows
}

func (p *planes) base64() base64Bytes {
	n := *p // those of the next character
	for i := range n {
		n[i] >>= 1
	}
	first := codeBytesOf(p[5], p[4], p[3], p[2], p[1], p[0], n[5], n[4])
	second := codeBytesOf(p[3], p[2], p[1], p[0], n[5], n[4], n[3], n[2])
	third := codeBytesOf(p[1], p[0], n[5], n[4], n[3], n[2], n[1], n[0])
	return base64Bytes{
		first:  first.stray(third, 2) | first.cut(second, 1) | first.cutLate(third, 2),
		second: (second.stray(first, 1) | second.cut(third, 1)) >> 1,
		third:  third.stray(second, 1) >> 2,
		inner:  first.inner,
		cut:    [2]uint64{second.cutLate(first, 3) >> 1, (third.cut(first, 2) | third.cutLate(second, 3)) >> 2},
	}
}

// text reports that a part of a word stands for a text, see decode. First it counts bytes
// that printable minds, and maybe not all: that rules out nearly all without a copy.
func (b *base64Bytes) text(s string, from, to int) bool {
	groups, within := uint64(0x1111111111111111)<<(from&63), uint64(1)<<((to-3)&63)-1
	second, third := b.second|b.cut[0]&(within>>4), b.third|b.cut[1]&(within>>4)
	for at := from; at < from+ways-hexWays; at++ {
		whole := groups & within
		bad := bits.OnesCount64((b.first|b.inner&(1<<(at&63)))&whole) + bits.OnesCount64(second&whole) + bits.OnesCount64(third&whole)
		if bad*8 <= (to-at)*3/4 && decodesIn(s[from:to], inBase64, hexWays+at-from) {
			return true
		}
		groups <<= 1
	}
	return false
}

// hexBytes is base64Bytes for hex: each byte stands in two characters.
type hexBytes struct{ stray, inner, cut uint64 }

// hex is right of bytes that have only digits of hex in them. Of the values in base64 52 is
// that of 0, 26 that of a, and 0 that of A.
func (p *planes) hex() hexBytes {
	digit, upper := p[5], ^(p[5] | p[4])
	b3, b2, b1, b0 := p[3]^digit&^p[2]|upper, p[2]^digit|upper&p[1], p[1]^upper, p[0]
	all := codeBytesOf(b3, b2, b1, b0, b3>>1, b2>>1, b1>>1, b0>>1)
	return hexBytes{stray: all.stray(all, 2), inner: all.inner, cut: all.cut(all, 2) | all.cutLate(all, 4)}
}

// text is that of base64Bytes for hex.
func (b *hexBytes) text(s string, from, to int) bool {
	pairs, within := uint64(0x5555555555555555)<<(from&63), uint64(1)<<((to-1)&63)-1
	for at := from; at < from+hexWays; at++ {
		bad := bits.OnesCount64((b.stray | b.inner&(1<<(at&63)) | b.cut&(within>>4)) & pairs & within)
		if bad*8 <= (to-at)/2 && decodesIn(s[from:to], inHex, at-from) {
			return true
		}
		pairs <<= 1
	}
	return false
}

// decodesIn tells whether a token is a text, read in one way.
func decodesIn(token string, codes codes, way int) bool {
	var memory, plain [longestToken]byte
	_, ok := decode(plain[:], codeOf(memory[:], token), codes, way)
	return ok
}

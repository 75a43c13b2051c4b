package echo

import (
	"bytes"
	"encoding/base64"
	"strings"
)

// longestToken is how long a Token may be. Ids of providers have 20 to 40 letters and
// digits; a piece of the prompt in that is too short to be told from one.
const longestToken = 40

// Token is a short plain word of a reply, such as its id. It comes with every good
// answer and is nearly always what it seems, so it is asked about secrets one by one
// first: that costs a tenth of what a [Finder] does, which is worth its price only
// where there is something to hide. A Token is never compared with the prompt.
type Token struct {
	// Doubtful says that only a [Finder] can tell: the word may be the base64 or hex of a
	// text, or has one in it that Hide takes out of every text.
	Doubtful bool

	text   string
	folded [longestToken]byte
	n      int    // of folded
	has    uint64 // the letters of folded, see letter
}

// letter is the bit of a folded character. Letters and digits have one each.
func letter(c byte) uint64 { return 1 << ((c>>1&32 | c&31) & 63) }

// TokenOf reads a word; ok is false for one that is none: it is long, or has other
// characters than letters, digits, "-" and "_".
func TokenOf(s string) (t Token, ok bool) {
	if len(s) > longestToken {
		return t, false
	}
	n, has := 0, uint64(0)
	for i := range len(s) {
		switch c := plainLetters[s[i]]; {
		case c > plainSkipped:
			t.folded[n] = c
			has |= letter(c)
			n++
		case c != plainSkipped:
			return t, false
		}
	}
	t.text, t.n, t.has = s, n, has
	t.Doubtful = coded(s) || !t.lacks("bearer") && bytes.Contains(t.folded[:t.n], []byte("bearer"))
	return t, true
}

// HasKey reports whether the token has a key that [Finder.Key] would hide in it.
func (t *Token) HasKey(key string) bool { return len(key) >= shortestKey && t.find(key) }

// HasSecret reports whether the token has something that [Finder.Secret] would hide
// in it.
func (t *Token) HasSecret(value string) (has bool) {
	secretsIn(value, func(s string) { has = has || t.find(s) })
	return has
}

// lacks tells at a glance that most secrets do not stand in the token: neither the first
// letters of their beginning nor the last of their end are all in it.
func (t *Token) lacks(secret string) bool {
	head, n := uint64(0), 0
	for i := 0; n < fewest; i++ {
		if i == len(secret) || plainLetters[secret[i]] == 0 {
			return false // it is too short to be folded, or has more than plain letters
		}
		if c := plainLetters[secret[i]]; c > plainSkipped {
			head |= letter(c)
			n++
		}
	}
	if head&^t.has == 0 {
		return false
	}
	tail := uint64(0)
	for i := len(secret) - 1; n > 0; i-- {
		switch c := plainLetters[secret[i]]; {
		case c == 0:
			return false
		case c > plainSkipped:
			tail |= letter(c)
			n--
		}
	}
	return tail&^t.has != 0
}

func (t *Token) find(secret string) bool {
	if t.lacks(secret) {
		return false
	}
	var memory [96]byte
	if b := fold(memory[:0], secret); len(b) >= fewest {
		head, tail := ends(b) // a secret that is cut short has one of them
		return bytes.Contains(t.folded[:t.n], head) || bytes.Contains(t.folded[:t.n], tail)
	}
	return strings.Contains(t.text, secret)
}

// coded tells whether [Finder.decodings] finds a text in a word, or in a part of it.
func coded(s string) bool {
	for t := range candidates(s) {
		if decodes(s[t.from:t.to], t.codes) {
			return true
		}
	}
	return false
}

// decodes is coded for one token. Most is ruled out at a glance, without a copy.
func decodes(token string, codes codes) bool {
	if codes&inHex != 0 {
		for way := range hexWays {
			if !noisyHex(token[way:]) && decodesIn(token, codes, way) {
				return true
			}
		}
	}
	if codes&inBase64 == 0 {
		return false
	}
	for open, way := legible(token), hexWays; open != 0; open, way = open>>1, way+1 {
		if open&1 != 0 && decodesIn(token, codes, way) {
			return true
		}
	}
	return false
}

// decodesIn is decodes for one way to read the token.
func decodesIn(token string, codes codes, way int) bool {
	var memory, plain [longestToken]byte
	_, ok := decode(plain[:], codeOf(memory[:], token), codes, way)
	return ok
}

// legible is [garbled] for all four places in a token at which base64 may begin, in one
// pass: what is said of one place does not wait for what is said of another. It has a bit
// for each place that is not garbled.
func legible(code string) (open uint) {
	const places = 4
	var bad, before [places]uint8
	most := base64.RawStdEncoding.DecodedLen(len(code)) / 8
	v := sextets[code[0]]<<12 | sextets[code[1]]<<6 | sextets[code[2]]
	for at := 3; at < len(code); at++ {
		v = v<<6 | sextets[code[at]]
		k := (at - 3) % places
		first := after[before[k]][v>>16&0xff]
		second := after[first&^outOfPlace][v>>8&0xff]
		third := after[second&^outOfPlace][v&0xff]
		before[k] = third &^ outOfPlace
		bad[k] += first>>7 + second>>7 + third>>7
		if k == places-1 && int(min(bad[0], bad[1], bad[2], bad[3])) > most {
			return 0
		}
	}
	for k := range places {
		if int(bad[k]) <= base64.RawStdEncoding.DecodedLen(len(base64At(code, k)))/8 {
			open |= 1 << k
		}
	}
	return open
}

package echo

import (
	"bytes"
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
	n      int // of folded
}

// TokenOf reads a word; ok is false for one that is none: it is long, or has other
// characters than letters, digits, "-" and "_".
func TokenOf(s string) (t Token, ok bool) {
	if len(s) > longestToken {
		return t, false
	}
	n := 0
	for i := range len(s) {
		switch c := plainLetters[s[i]]; {
		case c > plainSkipped:
			t.folded[n] = c
			n++
		case c != plainSkipped:
			return t, false
		}
	}
	t.text, t.n = s, n
	t.Doubtful = coded(s) || bytes.Contains(t.folded[:t.n], []byte("bearer"))
	return t, true
}

// HasKey reports whether the token has a key that [Finder.Key] would hide in it.
func (t *Token) HasKey(key string) bool { return len(key) >= shortestKey && t.has(key) }

// HasSecret reports whether the token has something that [Finder.Secret] would hide
// in it.
func (t *Token) HasSecret(value string) (has bool) {
	secretsIn(value, func(s string) { has = has || t.has(s) })
	return has
}

func (t *Token) has(secret string) bool {
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
	var memory, plain [longestToken]byte
	first := hexWays
	if codes&inHex != 0 {
		first = 0
	}
	for way := first; way < ways; way++ {
		if way >= hexWays && garbled(base64At(token, way-hexWays)) {
			continue
		}
		if _, ok := decode(plain[:], codeOf(memory[:], token), codes, way); ok {
			return true
		}
	}
	return false
}

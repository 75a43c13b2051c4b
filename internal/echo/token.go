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

	text string
	has  uint64 // the letters of text, see letter
}

// letter is the bit of a plain character. Letters and digits have one each, in any case.
func letter(c byte) uint64 { return 1 << ((c>>1&32 | c&31) & 63) }

// lettersOf has those of a word.
func lettersOf(word string) (has uint64) {
	for i := range len(word) {
		has |= letter(word[i])
	}
	return has
}

// bearer is what a text must not have in it, see schemes.
const bearer = "bearer"

var lettersOfBearer, twiceInBearer = lettersOf(bearer), lettersOf("er")

// TokenOf reads a word; ok is false for one that is none: it is long, or has other
// characters than letters, digits, "-" and "_".
func TokenOf(s string) (t Token, ok bool) {
	if len(s) > longestToken {
		return t, false
	}
	var p planes
	has, twice, seen := uint64(0), uint64(0), uint64(0)
	for at := 0; at < len(s); at += planeWidth {
		part, all := s[at:min(at+planeWidth, len(s))], uint64(0)
		for i := len(part) - 1; i >= 0; i-- {
			c := spread[part[i]]
			seen |= c
			all = all<<1 | c
			l := letter(part[i])
			twice |= has & l
			has |= l
		}
		p.add(all, at)
	}
	if seen&notSpread != 0 {
		return t, false
	}
	t.text, t.has = s, has
	t.Doubtful = p.coded(s) || lettersOfBearer&^has == 0 && twiceInBearer&^twice == 0 && t.find(bearer)
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
		var plain [longestToken]byte
		text := fold(plain[:0], t.text)
		head, tail := ends(b) // a secret that is cut short has one of them
		return bytes.Contains(text, head) || bytes.Contains(text, tail)
	}
	return strings.Contains(t.text, secret)
}

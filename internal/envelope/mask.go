package envelope

import "strings"

// keyPrefixes are those of the keys that providers hand out, and echo when one is wrong.
var keyPrefixes = [...]string{
	"sk-", "sk_", "gsk_", "AIza", "xai-", "hf_", "nvapi-", "pplx-", "r8_", "fw_", "csk-", "key-", "tgp_", "ghp_", "gho_", "ghs_",
	"github_pat_", "glpat-", "sess-", "rk-", "pk-", "shds-", "eyJ", "AKIA", "dapi", "jina_", "ya29.", "AQVN", "t1.", "y0_",
	"pza_", "vck_", "ak-",
}

// prefixesBy has the keyPrefixes by their first byte, which rules out nearly every word of a message, and leaves two
// for the "req_..." of each answer.
var prefixesBy = func() (by [256][]string) {
	for _, p := range keyPrefixes {
		by[p[0]] = append(by[p[0]], p)
	}
	return by
}()

const (
	masked = "***"
	// shortestKey bounds the search: what is shorter is a word. Real keys have twenty characters and more.
	shortestKey = 10
	// shortestSecret is that for what stands behind a prefix, behind Bearer, or behind "key=".
	shortestSecret = 8
)

// mask hides what looks like a key: a token with a known prefix, what follows "Bearer", and a long token that follows
// the word key, token or secret. The prefix stays, since it tells whose key it was.
func mask(s string) string {
	if !mayHaveKey(s) {
		return s
	}
	return withoutKeys(s)
}

func withoutKeys(s string) string {
	var b strings.Builder
	copied := 0
	hide := func(from, to int) {
		if s[to-1] == '.' && to-1 > from {
			to-- // the sentence's own
		}
		b.WriteString(s[copied:from])
		b.WriteString(masked)
		copied = to
	}
	secretNext := 0 // how many further words the word key still reaches
	bearer := false
	for i := 0; i < len(s); {
		if keyByte[s[i]] == 0 {
			i++
			continue
		}
		end := i
		for end < len(s) && keyByte[s[end]] != 0 {
			end++
		}
		whole := s[i:end]
		last := end
		for last > i && !isAlphanumeric(s[last-1]) {
			last--
		}
		word := s[i:last]
		switch begins := keyIn(whole); {
		case bearer && secretLike(whole, shortestSecret):
			hide(i, end)
			secretNext = 0
		case begins > 0:
			hide(i+begins, end)
			secretNext = 0
		case secretNext > 0 && len(whole) >= 16 && strings.ContainsAny(whole, "0123456789*") && !slug(whole):
			hide(i, end)
			secretNext = 0
		case assigned(whole, shortestSecret) > 0:
			// Key=abc..., api_key=abc... are one word here.
			hide(i+assigned(whole, shortestSecret), end)
		case isSecretWord(word):
			secretNext = 4
		case secretNext > 0:
			secretNext--
		}
		bearer = len(word) == len("bearer") && strings.EqualFold(word, "bearer")
		i = end
	}
	if copied == 0 {
		return s
	}
	b.WriteString(s[copied:])
	return b.String()
}

// mayHaveKey reports whether a text has a word that a key may be a part of, see secretLike. Most have none.
func mayHaveKey(s string) bool {
	for from := 0; from+shortestSecret <= len(s); {
		// Read from its end, a shorter word is seen at once.
		last, has := from+shortestSecret-1, uint8(0)
		for last >= from && keyByte[s[last]] != 0 {
			has |= keyByte[s[last]]
			last--
		}
		if last >= from {
			from = last + 1
			continue
		}
		to := from + shortestSecret
		for to < len(s) && keyByte[s[to]] != 0 {
			has |= keyByte[s[to]]
			to++
		}
		if secretWith(has) {
			return true
		}
		from = to
	}
	return false
}

// keyIn returns what of a word stays before a key that has a known prefix: the prefix, and where a sign stands before it,
// as in a path, that too. It is 0 where there is none. Behind a letter or a hyphen it is a part of a word: "risk-12345678".
func keyIn(word string) int {
	for at := 0; ; {
		if begins := at + len(keyPrefix(word[at:])); begins > at && secretLike(word[begins:], shortestSecret) {
			return begins
		}
		next := strings.IndexAny(word[at:], "./+=~")
		if next < 0 {
			return 0
		}
		at += next + 1
	}
}

func keyPrefix(word string) string {
	if len(word) < shortestKey {
		return ""
	}
	for _, p := range prefixesBy[word[0]] {
		if len(word) > len(p) && strings.HasPrefix(word, p) {
			return p
		}
	}
	return ""
}

// assigned returns where the value begins in "key=value" and "token=value"; 0 where there is none that looks secret.
func assigned(word string, least int) int {
	if len(word) < least {
		return 0
	}
	i := strings.IndexByte(word, '=')
	if i < 0 || !isSecretWord(word[:i]) || !secretLike(word[i+1:], least) {
		return 0
	}
	return i + 1
}

func isSecretWord(word string) bool {
	if len(word) < 3 || len(word) > 24 {
		return false
	}
	ends := func(with string) bool {
		return len(word) >= len(with) && strings.EqualFold(word[len(word)-len(with):], with)
	}
	switch word[len(word)-1] | 0x20 {
	case 'y':
		return ends("key")
	case 'n':
		return ends("token") || ends("authorization")
	case 't':
		return ends("secret")
	case 'd':
		return ends("password")
	case 'l':
		return ends("credential")
	}
	return false
}

// secretLike tells a key from a word: long enough, and with a digit, a star or both cases in it.
func secretLike(s string, least int) bool {
	if len(s) < least {
		return false
	}
	has := uint8(0)
	for i := range len(s) {
		has |= keyByte[s[i]]
	}
	return secretWith(has)
}

// What a byte of a key is.
const (
	keyDigit uint8 = 1 << iota // or a star
	keyUpper
	keyLower
	keySign
)

// secretWith is secretLike for all that the bytes of a long enough word are together.
func secretWith(has uint8) bool {
	return has&keyDigit != 0 || has&(keyUpper|keyLower) == keyUpper|keyLower
}

// slug tells a model's name or an address from a key: it has a slash, a dot inside, or several hyphens, and no stars.
func slug(s string) bool {
	if strings.Contains(s, "*") {
		return false
	}
	s = strings.TrimRight(s, ".=")
	return strings.ContainsAny(s, "/.") || strings.Count(s, "-") > 1 && len(s) != len("00000000-0000-0000-0000-000000000000")
}

func isAlphanumeric(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}

// keyByte has what may stand in a key.
var keyByte = func() (t [256]uint8) {
	for c := range t {
		switch c := byte(c); {
		case c >= '0' && c <= '9', c == '*':
			t[c] = keyDigit
		case c >= 'A' && c <= 'Z':
			t[c] = keyUpper
		case c >= 'a' && c <= 'z':
			t[c] = keyLower
		case strings.IndexByte("-_.+/=~", c) >= 0:
			t[c] = keySign
		}
	}
	return t
}()

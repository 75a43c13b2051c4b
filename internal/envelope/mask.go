package envelope

import "strings"

const (
	masked = "***"
	// shortestKey bounds the search: what is shorter is a word. Real keys have twenty characters and more.
	shortestKey = 10
	// shortestSecret is that for what stands behind a prefix, behind Bearer, or behind "key=".
	shortestSecret = 8
	// shortestRun is that for letters and digits without a sign, which no name has so many of.
	shortestRun = 12
	longRun     = 20
)

// mask hides what looks like a key: a token with a known prefix, what follows "Bearer", and a long token that follows
// the word key, token or secret. The prefix stays, since it tells whose key it was.
func mask(s string) string {
	if has, is := lone(s); is {
		if !secretWith(has) || keyBegin(s) == 0 {
			return s
		}
	} else if !mayHaveKey(s) {
		return s
	}
	return withoutKeys(s)
}

// lone tells a text of one word, such as the id of each reply, in which no value is assigned, and what its bytes are
// together.
func lone(s string) (has uint8, is bool) {
	for i := range len(s) {
		c := keyByte[s[i]]
		if c == 0 || s[i] == '=' {
			return 0, false
		}
		has |= c
	}
	return has, true
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
	bearer, basic, named := false, false, false
	for i := 0; i < len(s); {
		if keyByte[s[i]] == 0 {
			i++
			continue
		}
		end := i
		for end < len(s) && keyByte[s[end]] != 0 {
			end++
		}
		if i += escape(s, i); i >= end {
			continue
		}
		whole := s[i:end]
		last := end
		for last > i && !isAlphanumeric(s[last-1]) {
			last--
		}
		word := s[i:last]
		id := identifies(word)
		switch begins := keyIn(whole); {
		case bearer && secretLike(whole, shortestSecret):
			hide(i, end)
			secretNext = 0
		case begins > 0:
			hide(i+begins, end)
			secretNext = 0
		case id:
			secretNext = 0 // a request's id, which may follow the word token
		// The first word, such as the id of each reply, has nothing before it.
		case (secretNext > 0 || basic || !named && i > copied) && unnamed(whole) && (secretNext > 0 || basic || foretold(s[copied:i])):
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
		basic = len(word) == len("basic") && strings.EqualFold(word, "basic")
		named = id
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

// hasRun tells whether s has as many letters, digits and stars without a sign between them.
func hasRun(s string, least int) bool {
	run := 0
	for i := range len(s) {
		if run++; keyByte[s[i]]&^keySign == 0 {
			run = 0
		} else if run >= least {
			return true
		}
	}
	return false
}

// escape returns how much of what begins at i is the rest of a character that was escaped: the n of \n, the 20 of %20.
func escape(s string, i int) int {
	if i == 0 {
		return 0
	}
	hex := func(n int) bool {
		for k := range n {
			if i+k >= len(s) || !isHex(s[i+k]) {
				return false
			}
		}
		return true
	}
	switch s[i-1] {
	case '%':
		switch {
		case strings.HasPrefix(s[i:], "25") && hex(4):
			return 4 // escaped twice
		case hex(2):
			return 2
		}
	case '\\':
		switch first := s[i]; first {
		case 'n', 't', 'r', 'b', 'f', 'v':
			return 1
		case 'u', 'x':
			digits := 2
			if first == 'u' {
				digits = 4
			}
			i++
			if hex(digits) {
				return 1 + digits
			}
		}
	}
	return 0
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f'
}

// identifies tells a word for an id, or an id with that word before it: "requestId", "trace_id=...".
func identifies(word string) bool {
	if i := strings.IndexByte(word, '='); i >= 0 {
		word = word[:i]
	}
	n := len(word)
	if strings.EqualFold(word, "trace") {
		return true
	}
	if n < 2 || n > 24 || word[n-1]|0x20 != 'd' || word[n-2]|0x20 != 'i' {
		return false
	}
	if n == 2 || !isAlphanumeric(word[n-3]) || word[n-2] == 'I' && small(word[n-3]) {
		return true
	}
	return strings.EqualFold(word, "requestid") || strings.EqualFold(word, "traceid") || strings.EqualFold(word, "logid")
}

// foretold tells whether the few words before a token are about a key in another language than English, whose letters
// are no part of a word here.
func foretold(before string) bool {
	const reach = 96
	before = strings.ToLower(before[max(0, len(before)-reach):])
	return has(before, []string{
		"ключ", "токен", "парол", "密钥", "密鑰", "金鑰", "令牌", "密码", "キー", "トークン", "키", "토큰", "clé", "jeton", "clave", "contraseña", "chave", "senha", "mot de passe", "passwort",
		"schlüssel", "chiave", "klucz", "khóa", "anahtar",
	})
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
	if len(word) < 3 || len(word) > 32 {
		return false
	}
	ends := func(with string) bool {
		return len(word) >= len(with) && strings.EqualFold(word[len(word)-len(with):], with)
	}
	switch word[len(word)-1] | 0x20 {
	case 'y':
		return ends("key")
	case 's':
		return ends("keys")
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

// unnamed tells what may be a key without a known prefix, where the words before it say so: it is long, it has digits and
// letters, or stars, and is no name.
func unnamed(word string) bool {
	return len(word) >= 16 && strings.ContainsAny(word, "0123456789*") && !numeric(strings.TrimRight(word, ".")) && !slug(word)
}

// slug tells a model's name or an address from a key: it has a slash, a dot or low lines inside, or several
// hyphens, and no stars. Zhipu's
// keys have a dot, between parts that are longer than those of names.
func slug(s string) bool {
	if strings.Contains(s, "*") {
		return false
	}
	s = strings.TrimRight(s, ".=")
	return strings.Contains(s, "/") || strings.Contains(s, ".") && !hasRun(s, longRun) || strings.Contains(s, "_") && !hasRun(s, 16) || strings.Count(s, "-") > 1 && len(s) != len("00000000-0000-0000-0000-000000000000")
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

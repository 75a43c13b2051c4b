package echo

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"strings"
)

// secret is what must not be seen.
type secret struct {
	b    []byte // folded
	raw  string // for one that has too few letters and digits to be folded
	what uint8
}

// fewest is how many letters and digits a secret must have to be looked for by them.
const fewest = 6

// beginnings are the first bytes of the secrets, and of their ends, in a table of bits:
// most texts have none of them, and one pass shows it.
type beginnings [64]uint64

// mostBeginnings is how many secrets the table is asked about: of a hundred and more it is
// so full that to look for each is quicker.
const mostBeginnings = 64

func (t *beginnings) slot(b []byte) (word, bit uint64) {
	h := uint64(binary.LittleEndian.Uint32(b)) * hashSeed
	return h >> 58, h >> 52 & 63
}

func (t *beginnings) add(b []byte) {
	word, bit := t.slot(b)
	t[word] |= 1 << bit
}

// mayHaveSecret reports whether a secret, or an end of one, may stand in a folded text.
func (f *Finder) mayHaveSecret(text []byte) bool {
	if len(f.secrets) > mostBeginnings {
		return true
	}
	for i := 0; i+fewest <= len(text); i++ {
		word, bit := f.beginnings.slot(text[i:])
		if f.beginnings[word]>>bit&1 == 0 {
			continue
		}
		for k := range f.secrets {
			if c := &f.secrets[k]; len(c.b) > 0 {
				if head, tail := ends(c.b); bytes.HasPrefix(text[i:], head[:fewest]) || bytes.HasPrefix(text[i:], tail[:fewest]) {
					return true
				}
			}
		}
	}
	return false
}

const (
	// shortestKey is how long a key must be to be looked for. Of fewer bytes every
	// text has many.
	shortestKey = 4
	// shortestSecret is that for what stands in a header or a query beside much that is
	// no secret.
	shortestSecret = 8
	// secretEnd is how much of a secret gives it away, at its beginning or its end.
	secretEnd = 12
)

// Key adds a key to what must not be seen.
func (f *Finder) Key(key string) {
	if len(key) >= shortestKey {
		f.secret(key, isKey)
	}
}

// Secret adds the value of a header, of a query or of an address' user to what must
// not be seen, unless it is shorter than eight bytes or one of the common values that
// are no secrets: true, a media type, a date as API versions have it.
func (f *Finder) Secret(value string) {
	secretsIn(value, func(s string) { f.secret(s, isSecret) })
}

// secretsIn gives what of a value must not be seen.
func secretsIn(value string, each func(string)) {
	if len(value) < shortestSecret || common(value) {
		return
	}
	each(value)
	if scheme, rest, found := strings.Cut(value, " "); found && strings.EqualFold(scheme, "basic") {
		if pair, err := base64.StdEncoding.DecodeString(strings.TrimSpace(rest)); err == nil {
			partsIn(string(pair), each)
		}
	}
	partsIn(value, each)
}

// Values gives the values of a header or a query.
func Values(h map[string][]string, each func(string)) {
	for _, values := range h {
		for _, v := range values {
			each(v)
		}
	}
}

// partsIn gives the parts of "Bearer abc", "a=b; c=d" and "user:password" that look
// like secrets.
func partsIn(value string, each func(string)) {
	if !strings.ContainsAny(value, " ;,=:") {
		return
	}
	for part := range strings.FieldsFuncSeq(value, func(r rune) bool { return strings.ContainsRune(" ;,=:", r) }) {
		if len(part) >= shortestSecret && guarded(part) && !common(part) {
			each(part)
		}
	}
}

func (f *Finder) secret(value string, what uint8) {
	f.asked = unknown
	s := secret{what: what}
	// The memory of a secret that was here before serves again.
	if n := len(f.secrets); n < cap(f.secrets) {
		s.b = f.secrets[:n+1][n].b[:0]
	}
	if s.b = fold(s.b, value); len(s.b) < fewest {
		s.b, s.raw = s.b[:0], value
		f.raw = true
	} else {
		head, tail := ends(s.b)
		f.beginnings.add(head)
		f.beginnings.add(tail)
	}
	f.secrets = append(f.secrets, s)
}

// hideSecrets hides the secrets in a text, and what has a beginning or an end of one.
func (f *Finder) hideSecrets(s string, v *folded) {
	if !f.raw && !f.mayHaveSecret(v.b) {
		return
	}
	for i := range f.secrets {
		c := &f.secrets[i]
		if c.raw != "" {
			for at := 0; ; at += len(c.raw) {
				n := strings.Index(s[at:], c.raw)
				if n < 0 {
					break
				}
				at += n
				f.hideBytes(s, at, at+len(c.raw), c.what)
			}
			continue
		}
		f.hideSecret(s, v, c.b, c.what)
	}
}

// ends are the beginning and the end of a secret, by which it is found whole or cut
// short.
func ends(secret []byte) (head, tail []byte) {
	if len(secret) > secretEnd && guarded(secret) {
		return secret[:secretEnd], secret[len(secret)-secretEnd:]
	}
	return secret, secret
}

// hideSecret hides a secret, whole or cut short at one end.
func (f *Finder) hideSecret(s string, v *folded, secret []byte, what uint8) {
	text := v.b
	head, tail := ends(secret)
	for at := 0; ; at++ {
		i := bytes.Index(text[at:], head)
		if i < 0 {
			break
		}
		at += i
		n := len(head)
		for n < len(secret) && at+n < len(text) && text[at+n] == secret[n] {
			n++
		}
		f.hide(s, v, span{a: at, b: at + n}, what)
	}
	for at := 0; ; at++ {
		i := bytes.Index(text[at:], tail)
		if i < 0 {
			break
		}
		at += i
		n := len(tail)
		for n < len(secret) && at+len(tail)-n > 0 && text[at+len(tail)-n-1] == secret[len(secret)-n-1] {
			n++
		}
		f.hide(s, v, span{a: at + len(tail) - n, b: at + len(tail)}, what)
	}
}

// hasSecret reports that a folded text has a secret, whole or cut short at one end.
func (f *Finder) hasSecret(text []byte) bool {
	if !f.mayHaveSecret(text) {
		return false
	}
	for i := range f.secrets {
		if c := &f.secrets[i]; len(c.b) > 0 {
			if head, tail := ends(c.b); bytes.Contains(text, head) || bytes.Contains(text, tail) {
				return true
			}
		}
	}
	return false
}

// guarded tells a key from words: it has a digit, or both cases.
func guarded[T characters](s T) bool {
	upper, lower := false, false
	for i := range len(s) {
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			return true
		case c >= 'a' && c <= 'z':
			lower = true
		case c >= 'A' && c <= 'Z':
			upper = true
		}
	}
	return upper && lower
}

// common are values that are no secrets.
func common(value string) bool {
	switch strings.ToLower(value) {
	case "disabled", "required", "keep-alive", "no-cache", "no-store", "identity", "en-us,en", "chunked":
		return true
	}
	for _, family := range [...]string{"application/", "text/", "image/", "audio/"} {
		if len(value) < 64 && strings.HasPrefix(value, family) {
			return true
		}
	}
	// 2024-10-21, 2024-10-21-preview
	date := strings.TrimSuffix(value, "-preview")
	if len(date) != len("2024-10-21") || date[4] != '-' || date[7] != '-' {
		return false
	}
	for i := range len(date) {
		if i != 4 && i != 7 && digit(date[i]) < 0 {
			return false
		}
	}
	return true
}

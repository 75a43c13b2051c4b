package buoytest

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// secrets are words that must not reach a recording, in the forms in which a body may
// repeat them.
type secrets [][]byte

// What is shorter is no secret, and would be found everywhere.
const shortestSecret = 6

func (s *secrets) note(word string) {
	if word = strings.TrimSpace(word); len(word) < shortestSecret {
		return
	}
	quoted, _ := json.Marshal(word) // of a string it never fails
	for _, form := range []string{word, string(quoted[1 : len(quoted)-1]), strings.ReplaceAll(word, "/", `\/`), url.QueryEscape(word), url.PathEscape(word)} {
		if !slices.ContainsFunc(*s, func(known []byte) bool { return string(known) == form }) {
			*s = append(*s, []byte(form))
		}
	}
	// The longest first: one may be a part of another.
	slices.SortStableFunc(*s, func(a, b []byte) int { return cmp.Compare(len(b), len(a)) })
}

// ofRequest notes what a request has to keep to itself.
func (s *secrets) ofRequest(req *http.Request) {
	for name, values := range req.Header {
		if !secretName(name) {
			continue
		}
		for _, v := range values {
			s.note(v)
			scheme, token, _ := strings.Cut(v, " ") // of "Bearer TOKEN"
			s.note(token)
			if plain, err := base64.StdEncoding.DecodeString(strings.TrimSpace(token)); err == nil && strings.EqualFold(scheme, "Basic") {
				user, password, _ := strings.Cut(string(plain), ":")
				s.note(user)
				s.note(password)
			}
		}
	}
	for _, c := range req.Cookies() {
		s.note(c.Value)
	}
	for name, values := range req.URL.Query() {
		if secretName(name) {
			for _, v := range values {
				s.note(v)
			}
		}
	}
	if u := req.URL.User; u != nil {
		s.note(u.Username())
		password, _ := u.Password()
		s.note(password)
	}
}

// strip takes out of a reply's header what names the account or begins a session, and
// notes it.
func (s *secrets) strip(h http.Header) {
	for name, values := range h {
		if !privateReply(name) {
			continue
		}
		for _, v := range values {
			if strings.EqualFold(name, "Set-Cookie") {
				if c, err := http.ParseSetCookie(v); err == nil {
					s.note(c.Value)
				}
			} else if strings.ContainsAny(v, "0123456789") { // else it may be a word of any text
				s.note(v)
			}
		}
		delete(h, name)
	}
}

// secretName reports the name of a header, or of a part of a query, that has a secret.
func secretName(name string) bool {
	name = strings.ToLower(name)
	return slices.ContainsFunc([]string{"auth", "key", "token", "secret", "cookie", "password", "session", "sig"},
		func(word string) bool { return strings.Contains(name, word) && name != "idempotency-key" })
}

// privateReply reports headers of a reply that name the account, begin a session or carry
// a secret. Those that count tokens are none.
func privateReply(name string) bool {
	if strings.EqualFold(name, "Idempotency-Key") {
		return false
	}
	for word := range strings.FieldsFuncSeq(strings.ToLower(name), func(r rune) bool { return r == '-' || r == '_' }) {
		switch word {
		case "cookie", "cookie2", "organization", "project", "account", "key", "apikey", "token", "secret", "password", "session", "signature", "sig":
			return true
		}
		if strings.HasPrefix(word, "auth") {
			return true
		}
	}
	return false
}

var removed = []byte("removed")

func (s secrets) mask(data []byte) []byte {
	for _, form := range s {
		data = bytes.ReplaceAll(data, form, removed)
	}
	return data
}

func (s secrets) maskText(text string) string { return string(s.mask([]byte(text))) }

// maskPieces also finds a secret that was cut in two.
func (s secrets) maskPieces(pieces []piece) {
	var all []byte
	ends := make([]int, len(pieces))
	for i, p := range pieces {
		all = append(all, p.data...)
		ends[i] = len(all)
	}
	for _, form := range s {
		if bytes.Contains(all, form) {
			all = maskAcross(all, ends, form)
		}
	}
	from := 0
	for i, end := range ends {
		pieces[i].data = all[from:end:end]
		from = end
	}
}

// maskAcross replaces a word, and moves the ends of pieces along. A word over an end goes
// to the piece in which it ended.
func maskAcross(all []byte, ends []int, word []byte) (out []byte) {
	read, next := 0, 0 // next is the first end that was not moved
	for {
		i := bytes.Index(all[read:], word)
		to := len(all)
		if i >= 0 {
			to = read + i
		}
		for next < len(ends) && ends[next] <= to {
			ends[next] += len(out) - read
			next++
		}
		out = append(out, all[read:to]...)
		if i < 0 {
			return out
		}
		for next < len(ends) && ends[next] < to+len(word) {
			ends[next] = len(out)
			next++
		}
		out = append(out, removed...)
		read = to + len(word)
	}
}

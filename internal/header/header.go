// Package header says what may be in the header of a request.
package header

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// ValidKey accepts the keys that RFC 6750 and the known providers use: visible ASCII.
func ValidKey(key string) bool {
	for i := range len(key) {
		if key[i] <= ' ' || key[i] >= 0x7f {
			return false
		}
	}
	return true
}

// ValidName accepts what RFC 9110, section 5.6.2, calls a token.
func ValidName(name string) bool {
	for i := range len(name) {
		c := name[i]
		alnum := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
		if !alnum && !strings.ContainsRune("!#$%&'*+-.^_`|~", rune(c)) {
			return false
		}
	}
	return name != ""
}

// Fixed are the headers of all requests of an endpoint, by their canonical names. keyed says
// that buoy sets its key, in Authorization or the key's own header.
func Fixed(own http.Header, keyed bool, keyHeader string) (http.Header, error) {
	fixed := make(http.Header, len(own))
	for name, values := range own {
		if err := Check(name, values); err != nil {
			return nil, err
		}
		canonical := http.CanonicalHeaderKey(name)
		if keyed && (canonical == "Authorization" || canonical == keyHeader) {
			return nil, fmt.Errorf("the Header sets %s beside Keys: keep one of them", canonical)
		}
		if canonical == "Idempotency-Key" {
			return nil, errors.New("the Header sets Idempotency-Key, which would make all calls one: leave it out, or use WithHeader for a call")
		}
		fixed[canonical] = slices.Clone(values)
	}
	return fixed, nil
}

// Check refuses what would split a request or contradict the body. Its error names the
// header and never a value.
func Check(name string, values []string) error {
	if !ValidName(name) {
		return fmt.Errorf("%q is not a header name", name)
	}
	switch http.CanonicalHeaderKey(name) {
	case "Host", "Content-Length", "Transfer-Encoding", "Connection", "Content-Type", "Accept-Encoding":
		return fmt.Errorf("header %s is buoy's to set: leave it out", name)
	}
	for _, v := range values {
		for i := range len(v) {
			if c := v[i]; c < ' ' && c != '\t' || c == 0x7f {
				return fmt.Errorf("header %s has a line break or control character in its value", name)
			}
		}
	}
	return nil
}

// Package header says what may be in the header of a request.
package header

import (
	"fmt"
	"net/http"
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

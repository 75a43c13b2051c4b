package envelope

import "strings"

// This file hears that somebody was shut out, for whatever reason.

// shutOut tells whether a sentence says that somebody was shut out: "This organization has been disabled".
func shutOut(s string) bool {
	return together(s, 48, func(first mentions, rest string) bool {
		if !first.has(holder | shut) {
			return false
		}
		m := phrases.in(rest) | first
		return m.has(holder) && m.has(shut)
	})
}

// expelled tells that the account itself was closed, for whatever reason: another prompt does not help, another key may.
func expelled(s string, m mentions) bool {
	return ousted(s) || m.has(holder) && m.has(shut) && together(s, 40, func(first mentions, rest string) bool {
		return first.has(holder) && has(rest, closed)
	})
}

var closed = []string{"suspended", "disabled", "deactivated", "banned"}

// ousted tells that somebody, or a key, is told to stay away. It begins a sentence: within one it may be the caller's, or
// what will be.
func ousted(s string) bool {
	for _, words := range shutting {
		if at := strings.Index(s, words); at == 0 || at > 1 && s[at-1] == ' ' && strings.IndexByte(".:!", s[at-2]) >= 0 {
			return !phrases.in(s[:at]).has(moderated)
		}
	}
	return false
}

var shutting = []string{
	"access terminated", "access revoked", "your access was terminated", "your access has been terminated", "your access is terminated", "your access has been revoked", "your access was revoked",
	"your resource has been blocked", "your resource has been temporarily blocked", "your resource is blocked", "your resource was blocked",
	"this api key has been disabled", "this api key was disabled", "this api key is disabled", "your api key has been disabled", "your api key was disabled", "your api key is disabled",
	"this api key has been revoked", "your api key has been revoked", "this api key has been blocked", "your api key has been blocked", "this key has been disabled", "your key has been disabled",
}

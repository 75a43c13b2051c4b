package buoy

import "strings"

// echoRun is how long a run of the prompt must be to count as an echo of it.
// Shorter ones are words that any sentence may share.
const echoRun = 16

// redact takes the key and the prompt out of foreign text, since providers echo
// both: "Incorrect API key provided: sk-...", "invalid value: 'the user's text'".
func (x *exchange) redact(s string) string {
	if s == "" {
		return ""
	}
	if len(x.key.secret) >= 4 {
		s = strings.ReplaceAll(s, x.key.secret, "[key]")
	}
	s = bearerWords.Replace(s)
	if x.call.Request == nil {
		return s
	}
	for i := range x.call.Request.Messages {
		m := &x.call.Request.Messages[i]
		s = redactEcho(s, m.Content)
		for k := range m.Parts {
			s = redactEcho(s, m.Parts[k].Text)
		}
	}
	return s
}

// bearerWords keeps the name of the scheme out of texts that are searched for
// leaked credentials.
var bearerWords = strings.NewReplacer("Bearer", "token", "bearer", "token", "BEARER", "token")

// redactEcho masks every run of at least echoRun bytes that s has in common
// with text; a shorter text must stand there whole.
func redactEcho(s, text string) string {
	if len(text) < echoRun {
		if len(text) >= echoRun/2 {
			return strings.ReplaceAll(s, text, "[prompt]")
		}
		return s
	}
	if len(s) < echoRun {
		return s
	}
	windows := make(map[string][]int, len(s)-echoRun+1)
	for i := range len(s) - echoRun + 1 {
		windows[s[i:i+echoRun]] = append(windows[s[i:i+echoRun]], i)
	}
	masked := make([]bool, len(s))
	found := false
	for j := range len(text) - echoRun + 1 {
		for _, i := range windows[text[j:j+echoRun]] {
			found = true
			for k := i; k < i+echoRun; k++ {
				masked[k] = true
			}
		}
	}
	if !found {
		return s
	}
	var b strings.Builder
	for i := range len(s) {
		switch {
		case !masked[i]:
			b.WriteByte(s[i])
		case i == 0 || !masked[i-1]:
			b.WriteString("[prompt]")
		}
	}
	return strings.ToValidUTF8(b.String(), "")
}

package envelope

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	maxMessage = 4 << 10
	maxField   = 256

	// maxFlagged counts characters: AITUNNEL promises the first hundred of a flagged input, and three bytes a character
	// make 300.
	maxFlagged = 256
)

// sentence composes what an object's members said.
func (m *member) sentence() string {
	msg := m.fromError
	if msg == "" || !m.nested {
		// {"error":"Too Many Requests","message":"Try again in 5 s"}: both belong to the sentence.
		msg = join(msg, m.own)
	}
	msg = or(msg, m.detail)
	if m.title != "" && !m.nested {
		msg = join(m.title, or(msg, m.detail))
	}
	if msg == "" {
		msg = or(m.reason, m.token)
	}
	if m.inner != "" {
		return join(msg, m.inner)
	}
	if spare := or(m.detail, m.spare); spare != "" && (msg == "" || hollow(msg)) {
		return join(msg, spare)
	}
	return msg
}

// join appends what is new in b.
func join(a, b string) string {
	switch {
	case a == "", strings.Contains(b, a):
		return or(b, a)
	case b == "", strings.Contains(a, b):
		return a
	case len(ownWords(a)) < len(a): // nobody would hear what stands behind it
		a, b = b, a
	}
	return strings.TrimRight(a, " .:,-") + ": " + b
}

// hollow tells whether a sentence only says that there is another one.
func hollow(msg string) bool {
	msg = strings.ToLower(msg)
	for _, s := range [...]string{
		"provider returned error", "upstream error", "internal server error", "bad request", "backend request failed", "error",
		"request failed", "api error", "unknown error", "internal error",
	} {
		if strings.HasPrefix(msg, s) && len(msg) < len(s)+24 {
			return true
		}
	}
	return false
}

// sentence takes a message out of its wrapping.
func (e *evidence) sentence(s string, lv level) string {
	s, _ = e.unwrap(s, lv)
	return s
}

// unwrap looks for an error object inside a text: the whole of it, or behind a few words, as in "Error code: 429 -
// {'error': {...}}". What it says becomes evidence and replaces it.
func (e *evidence) unwrap(s string, lv level) (said string, unwrapped bool) {
	s = strings.TrimSpace(s)
	if e.asked != nil {
		s = strings.TrimSpace(e.asked.Quoted(s))
	}
	if e.nest >= maxNest || len(s) < 2 {
		return s, false
	}
	if lv == main {
		lv = forwarded
	}
	if s[0] == '"' && s[len(s)-1] == '"' {
		t := parse([]byte(s))
		defer t.free()
		if n := t.root(); n.kind == text && n.end == len(s)-1 {
			e.nest++
			defer func() { e.nest-- }()
			said, unwrapped = e.unwrap(t.str(n), lv)
			return said, true
		}
	}
	own := e.own(s)
	at := strings.IndexByte(own, '{')
	if i := pageStart(own); i >= 0 && !(at >= 0 && at < i && strings.HasPrefix(s[at:], `{"`) && s[len(s)-1] == '}') {
		return join(strings.TrimRight(s[:i], " \t\r\n-:=([\"'"), e.page([]byte(s[i:]))), i == 0
	}
	e.classes(s[:max(at, 0)], own, lv)
	if at < 0 {
		return s, false
	}
	inner := s[at:]
	if escaped := strings.TrimLeft(inner[1:], " "); strings.HasPrefix(escaped, `\"`) {
		inner = strings.NewReplacer(`\"`, `"`, `\\`, `\`).Replace(inner)
	}
	t := parse([]byte(inner))
	defer t.free()
	if !t.structured() {
		return s, false
	}
	e.nest++
	before := *e
	msg := e.value(t, t.root(), lv, 0)
	if msg == "" {
		// An object that is no error, such as a schema that the sentence quotes.
		before.r = e.r
		*e = before
		e.nest--
		return s, false
	}
	e.nest--
	repeated := e.asked != nil && e.asked.Said(inner[:t.root().end])
	e.doubtful = e.doubtful || repeated
	if number := numberBefore(s[:at]); number != 0 && !repeated && e.code[lv].value == 0 && e.status[lv].value == 0 {
		e.code[lv].set(number, -1)
	}
	return join(strings.TrimRight(s[:at], " \t\r\n-:=[(\"'`b"), msg), true
}

// numberBefore reads the status that gateways put between their own words and the error that they pass on: "Error from
// provider(groq,x: 400): {...}", "Request failed with status 429: {...}".
func numberBefore(s string) int {
	s = strings.TrimRight(s, " \t\r\n-:=,()[]<>\"'`")
	const digits = 3
	at := len(s) - digits
	if at < 1 || isWord(s[at-1]) || s[at-1] == '.' {
		return 0
	}
	words := strings.ToLower(s[:at])
	for _, word := range [...]string{"error", "status", "code", "http", "failed", "provider", "returned"} {
		if strings.Contains(words, word) {
			return httpCode(s[at:])
		}
	}
	return 0
}

// classes reads the names of exceptions that a text begins with ("litellm.RateLimitError: AzureException
// RateLimitError - ...", "ThrottlingException: ..."), and OpenAI's "Error code: 429 -".
func (e *evidence) classes(before, s string, lv level) {
	if rest, ok := strings.CutPrefix(before, "Error code: "); ok {
		if code := httpCode(strings.TrimRight(rest, " -")); code != 0 {
			e.code[lv].set(code, -1)
		}
	}
	e.rpcError(s, lv)
	const call, near = "An error occurred (", 120
	if i := strings.Index(s[:min(len(s), near+len(call)-1)], call); i >= 0 {
		if name, _, ok := strings.Cut(s[i+len(call):], ")"); ok && token(name) {
			e.note(lv, name)
		}
	}
	for range 8 {
		s = strings.TrimLeft(s, " -:<>")
		end := strings.IndexFunc(s, func(r rune) bool { return unicode.IsSpace(r) || r == ':' || r == '>' || r > unicode.MaxASCII })
		if end <= 0 {
			return
		}
		name := s[:end]
		if !exceptional(name) && !strings.Contains(name, "Exception") && !numeric(name) && !(strings.Contains(name, ".") && token(name)) {
			return
		}
		if last := name[strings.LastIndexByte(name, '.')+1:]; !numeric(name) && last != "" && unicode.IsUpper(rune(last[0])) && !strings.Contains(last, "_") {
			e.note(lv, name)
		}
		s = s[end:]
	}
}

// clean makes a text fit for a log line: no control characters, keys masked, valid UTF-8, at most limit bytes.
func clean(s string, limit int) string {
	if plain(s, limit) {
		return mask(s)
	}
	var b strings.Builder
	b.Grow(min(len(s), limit))
	space := false
	for _, r := range s {
		if b.Len()+utf8.RuneLen(r) > limit {
			break
		}
		if unfit(r) {
			if !space && b.Len() > 0 {
				b.WriteByte(' ')
			}
			space = true
			continue
		}
		if space && r == ' ' {
			continue
		}
		space = false
		b.WriteRune(r)
	}
	return mask(strings.TrimSpace(b.String()))
}

// excerpt is clean for a piece of the prompt, of which limit characters are kept. What joins with the character before
// it, such as an accent or the rest of an emoji, is part of that character.
func excerpt(s string, limit int) string {
	const bytesEach = 32
	s = clean(s, limit*bytesEach)
	joined, count := false, 0
	for i, r := range s {
		if joins := joined || unicode.In(r, unicode.Mn, unicode.Me, unicode.Mc) || r >= 0x1F3FB && r <= 0x1F3FF || r == zeroWidthJoiner || r >= 0xE0020 && r <= 0xE007F; !joins {
			if count++; count > limit {
				return s[:i]
			}
		}
		joined = r == zeroWidthJoiner
	}
	return s
}

const zeroWidthJoiner = '\u200D'

func plain(s string, limit int) bool {
	if len(s) > limit {
		return false
	}
	const (
		each = 0x0101010101010101
		high = 0x80 * each
	)
	i := 0
	for ; i+8 <= len(s); i += 8 { // most texts are plain, so eight at once
		w := word(s[i : i+8])
		if (w|(w-' '*each)|(w+each))&high != 0 {
			return false
		}
	}
	for ; i < len(s); i++ {
		if s[i] < ' ' || s[i] >= 0x7f {
			return false
		}
	}
	return true
}

// word reads eight bytes.
func word(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// unfit are the runes that break a log line or change the direction of what follows.
func unfit(r rune) bool {
	switch {
	case unicode.IsControl(r), r == '\u2028', r == '\u2029', r == '\uFEFF',
		r >= '\u202A' && r <= '\u202E', r >= '\u2066' && r <= '\u2069':
		return true
	}
	return false
}

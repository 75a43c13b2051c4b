package echo

import "strings"

// labels stand in a shown text for what must not be seen.
var labels = [...]string{1: "[prompt]", 2: "[key]", 3: "[secret]"}

const (
	isPrompt uint8 = iota + 1
	isKey
	isSecret
)

// schemes keeps the name of the scheme out of texts that are searched for leaked
// credentials.
var schemes = strings.NewReplacer("Bearer", "token", "bearer", "token", "BEARER", "token")

// Hide returns a text with all that it has of the prompt and of the secrets replaced,
// in whatever form it stands there. The text must be a part of what was added, or
// made of parts of it.
func (f *Finder) Hide(s string) string {
	if f.clean(s) {
		return s
	}
	if strings.ContainsRune(s, Mark) {
		s = strings.ReplaceAll(s, string(Mark), labels[isPrompt])
	}
	// A secret is looked for in each text: escapes within escapes can hide it in what was
	// added, and it stands plain in what is shown.
	if len(f.secrets) > 0 || f.found&inside != 0 || f.shorts&wholeText != 0 {
		v := &f.view
		v.read(s)
		f.hidden = f.hidden[:0]
		f.runs(v, 0, func(p span) { f.hide(s, v, p, isPrompt) })
		f.words(v, wholeText, func(p span, _ uint8) { f.hide(s, v, p, isPrompt) })
		f.hideSecrets(s, v)
		f.hideDecoded(s)
		s = f.shown(s, labels[:])
	}
	s = withoutUser(s)
	if strings.Contains(s, "earer") || strings.Contains(s, "EARER") { // a Replacer copies each text
		s = schemes.Replace(s)
	}
	return s
}

// Shown returns the first bytes of somebody else's text as they may be shown: without the
// secrets that add adds, and without what the bodies of requests say.
func Shown(s string, most int, add func(*Finder), bodies ...[]byte) string {
	f := Get()
	defer f.Free()
	s = s[:min(len(s), most)]
	Add(f, s)
	add(f)
	for _, b := range bodies {
		f.Asked(b)
	}
	return f.Hide(s)
}

// hide hides a span as what it is.
func (f *Finder) hide(s string, v *folded, p span, what uint8) {
	from, to := v.place(p)
	f.hideBytes(s, from, to, what)
}

func (f *Finder) hideBytes(s string, from, to int, what uint8) {
	if len(f.hidden) == 0 {
		f.hidden = resized(f.hidden, len(s))
	}
	for i := from; i < to; i++ {
		f.hidden[i] = max(f.hidden[i], what)
	}
}

// shown returns s with each hidden part replaced by its label.
func (f *Finder) shown(s string, labels []string) string {
	if len(f.hidden) == 0 {
		return s
	}
	var b strings.Builder
	for i := range len(s) {
		switch what := f.hidden[i]; {
		case what == 0:
			b.WriteByte(s[i])
		case i == 0 || f.hidden[i-1] != what:
			b.WriteString(labels[what])
		}
	}
	return strings.ToValidUTF8(b.String(), "")
}

// withoutUser takes the user and the password out of addresses.
func withoutUser(s string) string {
	for from := 0; ; {
		i := strings.Index(s[from:], "://")
		if i < 0 {
			return s
		}
		from += i + len("://")
		end := strings.IndexAny(s[from:], "/?# \t\n\"'<>")
		if end < 0 {
			end = len(s) - from
		}
		if at := strings.LastIndexByte(s[from:from+end], '@'); at > 0 {
			s = s[:from] + "***" + s[from+at:]
		}
	}
}

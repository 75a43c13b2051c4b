package echo

import (
	"math/bits"
	"strings"
	"unicode/utf8"
)

// This file takes out of a sentence what the request said, before anybody judges
// the sentence. What is taken out must have been quoted, or an honest sentence of
// the server's that also stands in the prompt would be lost: people paste errors
// into chats.

// Mark stands in a sentence for what was taken out.
const Mark = '\uFFFC'

// span is a part of a folded text that stands in the request as well.
type span struct {
	a, b       int // in the folded text
	start, end bool
}

// runs finds the spans of at least a run, of the prompt or of names.
func (f *Finder) runs(v *folded, shift int, each func(span)) {
	if f.found>>shift&inside == 0 {
		return
	}
	open := span{b: -1}
	for i := 0; i+runLength <= len(v.b); i++ {
		bits := f.of(v.b[i:]) >> shift
		if bits&inside == 0 {
			continue
		}
		// The next text of a prompt begins where it begins, be the one before quoted too.
		if i >= open.b || open.end && bits&atStart != 0 {
			if open.b > 0 {
				each(open)
			}
			open = span{a: i, start: bits&atStart != 0}
		}
		open.b, open.end = i+runLength, bits&atEnd != 0
	}
	if open.b > 0 {
		each(open)
	}
}

// inWords is the span without the parts of words at its ends.
func (v *folded) inWords(p span) span {
	for p.a < p.b && !v.first[p.a] {
		p.a, p.start = p.a+1, false
	}
	for p.b > p.a && !v.ends(p.b) {
		p.b, p.end = p.b-1, false
	}
	return p
}

// words finds what is shorter than a run: what begins and ends with a word.
func (f *Finder) words(v *folded, wanted uint8, each func(s span, known uint8)) {
	if f.shorts&wanted == 0 {
		return
	}
	for a := range v.b {
		if !v.first[a] {
			continue
		}
		for lengths := f.lengths; lengths != 0; lengths &= lengths - 1 {
			b := a + bits.TrailingZeros16(lengths)
			if b > len(v.b) {
				break
			}
			if !v.ends(b) {
				continue
			}
			if known := f.short[hashShort(v.b[a:b])] & wanted; known != 0 {
				each(span{a: a, b: b, start: true, end: true}, known)
			}
		}
	}
}

// Quoted returns s with the prompt taken out wherever it is quoted.
func (f *Finder) Quoted(s string) string {
	if f.found&inside == 0 && f.shorts&(wholeText|tinyText) == 0 {
		return s
	}
	v := &f.view
	v.read(s)
	f.hidden = f.hidden[:0]
	f.runs(v, 0, func(p span) {
		if !f.quotes(s, v, p, false) {
			// The last letter before a quotation may be that before it in the prompt.
			if p = v.inWords(p); p.b-p.a < runLength || !f.quotes(s, v, p, false) {
				return
			}
		}
		f.hide(s, v, p, 1)
	})
	f.words(v, wholeText|tinyText, func(p span, known uint8) {
		if f.quotes(s, v, p, known&wholeText == 0) {
			f.hide(s, v, p, 1)
		}
	})
	f.swallow(s)
	return f.shown(s, marks[:])
}

// Said tells whether all of s stands in the request, quoted or not: the server may have
// said it, or repeated it.
func (f *Finder) Said(s string) bool {
	v := &f.view
	v.read(s)
	for shift := 0; shift <= nameBits; shift += nameBits {
		at := 0
		f.runs(v, shift, func(p span) {
			if p.a <= at {
				at = p.b
			}
		})
		if at == len(v.b) && at > 0 {
			return true
		}
	}
	return false
}

var marks = [...]string{1: string(Mark)}

// Named returns s with the names of the request taken out, wherever they are quoted
// or introduced, or are no words of a language.
func (f *Finder) Named(s string) string {
	if f.found>>nameBits&inside == 0 && f.shorts&(wholeName|piece) == 0 {
		return s
	}
	v := &f.view
	v.read(s)
	f.hidden = f.hidden[:0]
	f.runs(v, nameBits, func(p span) {
		if p.start && p.end && v.first[p.a] && v.ends(p.b) && f.names(s, v, p, wholeName) {
			f.hide(s, v, p, 1)
		}
	})
	f.words(v, wholeName|piece, func(p span, known uint8) {
		if f.names(s, v, p, known) {
			f.hide(s, v, p, 1)
		}
	})
	return f.shown(s, marks[:])
}

// quotes tells whether what s has in common with the prompt is a quotation of it. A
// whole text of the prompt is one wherever it stands, unless it is short; of a part
// of one its surroundings tell.
func (f *Finder) quotes(s string, v *folded, p span, framed bool) bool {
	from, to := v.place(p)
	left, right := s[:from], s[to:]
	whole := p.start && p.end
	if p.a == 0 && p.b == len(v.b) {
		// All of the sentence: an echo if it is all of the prompt, or was shortened. Else somebody
		// asked about the sentence, for it comes from a server.
		const long = 48
		if !whole {
			return shortened(right) || strings.HasPrefix(left, "...") || strings.HasPrefix(left, "…")
		}
		return !f.Trusted || p.b-p.a < long
	}
	if whole && !framed {
		return v.first[p.a] && v.ends(p.b)
	}
	switch {
	case p.start && !framed && closes(right, true), p.end && !framed && opens(left, true):
		return true
	}
	return opens(left, false) && closes(right, false)
}

// names tells whether a word of s that is also a name in the request stands for that.
func (f *Finder) names(s string, v *folded, p span, known uint8) bool {
	if p.a == 0 && p.b == len(v.b) {
		return false // {"error": "insufficient_quota"} is the server's
	}
	from, to := v.place(p)
	raw, left, right := s[from:to], s[:from], s[to:]
	if known&wholeName != 0 && (composed(raw) || introduced(left)) {
		return true
	}
	strict := known&wholeName == 0
	return opens(left, strict) && closes(right, strict)
}

// composed tells a name from a word of a language: it has digits, underscores or
// capitals inside.
func composed(name string) bool {
	for i := range len(name) {
		switch c := name[i]; {
		case c >= '0' && c <= '9', c == '_', c == '-', c == '/', c == '.', c == ':', i > 0 && c >= 'A' && c <= 'Z' && name[i-1] >= 'a':
			return true
		}
	}
	return false
}

// nouns stand before a name.
var nouns = [...]string{
	"function", "functions", "tool", "tools", "model", "models", "schema", "parameter", "property", "properties", "argument", "field",
	"name", "named", "called", "deployment", "user", "stop", "key", "format", "preset", "enum", "value", "value of", "id",
	"модель", "модели", "функция", "функции", "инструмент", "инструмента", "параметр", "поле", "имя", "пользователь",
	"模型", "函数", "工具", "参数", "字段", "用户",
}

func introduced(left string) bool {
	left = strings.TrimRight(left, " ")
	last := left[strings.LastIndexAny(left, " \n")+1:]
	for _, noun := range nouns {
		if strings.EqualFold(last, noun) {
			return true
		}
	}
	return false
}

// opens tells whether a quotation may begin behind left. Strictly, it is a quote or a
// bracket; a colon and the path of a field may introduce one as well.
func opens(left string, strict bool) bool {
	if left == "" {
		return !strict
	}
	path := left[len(left)-1] == '.'
	left = strings.TrimRight(left, " \t\r\n")
	if strings.HasSuffix(left, "...") || strings.HasSuffix(left, "…") {
		return true
	}
	r, _ := utf8.DecodeLastRuneInString(left)
	if strings.ContainsRune("\"'`´«“”„‘’‹「『([{<>|\\"+string(Mark), r) {
		return true
	}
	return !strict && (r == ':' || r == '=' || r == '：' || path)
}

// closes tells whether a quotation may end before right.
func closes(right string, strict bool) bool {
	right = strings.TrimLeft(right, " \t\r\n")
	if right == "" {
		return !strict
	}
	if shortened(right) {
		return true
	}
	const stops = ".,;:!?。，；：！？"
	r, _ := utf8.DecodeRuneInString(strings.TrimLeft(right, stops)) // the quotation may end with a stop of its own
	if strings.ContainsRune("\"'`´»”“’‘›」』)]}<>|\\"+string(Mark), r) {
		return true
	}
	var n int
	if r, n = utf8.DecodeRuneInString(right); strict || !strings.ContainsRune(stops, r) {
		return false
	}
	return len(right) == n || r >= utf8.RuneSelf || right[n] == ' ' || right[n] == '\n'
}

// shortened tells whether a quotation was cut off here.
func shortened(right string) bool {
	right = strings.TrimLeft(right, " \"'")
	return strings.HasPrefix(right, "...") || strings.HasPrefix(right, "…") || strings.HasPrefix(right, "[truncated") || strings.HasPrefix(right, "(truncated")
}

// swallow takes the brackets and quotes around what is hidden away with it, so that
// no half of a quoted object is left.
func (f *Finder) swallow(s string) {
	if len(f.hidden) == 0 {
		return
	}
	const around = "{}[]\"'\\:, \t\r\n"
	for i := 0; i < len(s); i++ {
		what := f.hidden[i]
		if what == 0 || i > 0 && f.hidden[i-1] != 0 {
			continue
		}
		begin := i
		for begin > 0 && f.hidden[begin-1] == 0 && strings.IndexByte(around, s[begin-1]) >= 0 {
			begin--
		}
		if at := strings.IndexAny(s[begin:i], "{["); at >= 0 {
			for k := begin + at; k < i; k++ {
				f.hidden[k] = what
			}
		}
		for i < len(s) && f.hidden[i] != 0 {
			i++
		}
		end := i
		for end < len(s) && f.hidden[end] == 0 && strings.IndexByte(around, s[end]) >= 0 {
			end++
		}
		if at := strings.LastIndexAny(s[i:end], "}]"); at >= 0 {
			for k := i; k <= i+at; k++ {
				f.hidden[k] = what
			}
		}
	}
}

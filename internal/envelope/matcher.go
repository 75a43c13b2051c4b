package envelope

import "strings"

// mentions is the set of phrase groups that a text contains, a bit each.
type mentions uint64

const (
	crashed mentions = 1 << iota
	longContext
	longPrompt
	beyond
	longInput
	negative
	perTime
	perMinute
	longPeriod
	moderated
	badKey
	spent
	maybeSpent
	missingModel
	tooFast
	wrongPlace
	noPath
	noEntry
	busy
	late
	notAllowed
	goneUpstream
	badAsk
	troubled
	paramTalk
	broke
	usedUp
	quotaNoun
	rateNoun
	counted
	unable
	fault
	bulky
	full
	yourLimit
	denied
	emptied
	scant
	purse
	flaw
	credential
	refused
	holder
	shut
	garbled
	fieldTalk
	borrowed
	attached
	engineLimit
	validates
)

func (m mentions) has(group mentions) bool { return m&group != 0 }

// matcher finds all phrases in one pass. There are some two thousand, and looking for one after the other takes longer
// than all the rest of decoding a refusal. A phrase is found by the hash of its first three bytes.
type matcher struct {
	heads   [1 << 12]uint16 // 1 + the index of the first phrase with this hash; 0: none
	entries []entry
}

type entry struct {
	text  string
	group mentions
	next  uint16
	whole bool // counts only as a word of its own: tpm stands in httpmethod
	ends  bool // counts only at a word's end: /min stands in minimax/minimax-m2, the name of a model
}

func newMatcher(tables ...map[mentions][]string) *matcher {
	m := new(matcher)
	for _, groups := range tables {
		for group, texts := range groups {
			for _, text := range texts {
				h := hash(text[0], text[1], text[2])
				m.entries = append(m.entries, entry{text: text, group: group, next: m.heads[h], whole: len(text) <= 4 && letters(text), ends: span(text)})
				m.heads[h] = uint16(len(m.entries))
			}
		}
	}
	return m
}

// in returns the groups with a phrase in s, which is in lower case.
func (m *matcher) in(s string) (found mentions) {
	for i := 0; i+2 < len(s); i++ {
		found |= m.starting(s, i)
	}
	return found
}

// starting returns the groups with a phrase that begins at s[i].
func (m *matcher) starting(s string, i int) (found mentions) {
	if i+2 >= len(s) {
		return 0
	}
	for at := m.heads[hash(s[i], s[i+1], s[i+2])]; at != 0; {
		e := &m.entries[at-1]
		if len(s)-i >= len(e.text) && s[i:i+len(e.text)] == e.text && !(e.whole && within(s, i, len(e.text))) && !(e.ends && goesOn(s[i+len(e.text):])) && !glued(s, i, len(e.text)) {
			found |= e.group
		}
		at = e.next
	}
	return found
}

// glued tells whether s[i:i+n] is a part of a name: get_billing_info is no word about money, and content-filter-2 none
// about what was said.
func glued(s string, i, n int) bool {
	joins := func(c byte) bool { return c == '_' || c == '-' }
	inWord := func(c byte) bool { return isWord(c) && !joins(c) }
	if i > 1 && joins(s[i-1]) && inWord(s[i]) && inWord(s[i-2]) {
		return true
	}
	// A path to a field: input.moderation, $.moderation, #/moderation. Behind a full stop without a space several words follow.
	if i > 1 && (s[i-1] == '.' && inWord(s[i-2]) || s[i-1] == '/' && s[i-2] == '#') && inWord(s[i]) && !strings.Contains(s[i:i+n], " ") {
		return true
	}
	end := i + n
	if end >= len(s) || !inWord(s[end-1]) {
		return false
	}
	return s[end] >= '0' && s[end] <= '9' || joins(s[end]) && end+1 < len(s) && inWord(s[end+1])
}

func hash(a, b, c byte) uint32 {
	return (uint32(a) | uint32(b)<<8 | uint32(c)<<16) * 0x9E3779B1 >> 20
}

func letters(s string) bool {
	for i := range len(s) {
		if s[i] < 'a' || s[i] > 'z' {
			return false
		}
	}
	return true
}

// span tells whether a phrase ends with a span of time.
func span(text string) bool {
	i := strings.LastIndexAny(text, "/ ")
	if i < 0 {
		return false
	}
	switch text[i+1:] {
	case "sec", "second", "min", "minute", "hour", "day":
		return strings.HasSuffix(text[:i], "per") || strings.HasSuffix(strings.TrimRight(text[:i+1], " "), "/")
	}
	return false
}

// goesOn tells whether the word or name that ended before s goes on in it. A plural is the same word.
func goesOn(s string) bool {
	s = strings.TrimPrefix(s, "s")
	joined := strings.TrimLeft(s, "-_")
	return s != "" && isWord(s[0]) && joined != "" && isWord(joined[0])
}

// within tells whether s[i:i+n] is a part of a longer word. A digit before it is a number: 60rpm.
func within(s string, i, n int) bool {
	return i > 0 && s[i-1] >= 'a' && s[i-1] <= 'z' || i+n < len(s) && isWord(s[i+n])
}

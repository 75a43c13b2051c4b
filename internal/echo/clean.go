package echo

import (
	"bytes"
	"strings"
	"unsafe"
)

// Most errors quote nothing, and what is shown of one is nearly always a part of what was
// added, letter by letter. Of a text without escapes in which nothing is hidden no part
// has anything to hide, so the parts are not looked through once more.
//
// That holds because each byte of such a text is folded by itself: what a part is folded
// to stands in what the whole is folded to. So a run of the prompt, a secret or an end of
// one would have been found there. A part that is not cut inside of a token has no token
// but those of the whole, and none of them stands for a text.

// plainly is what was added, as it came.
type plainly struct {
	source []byte // a zero byte before and behind each text
	opaque bool   // some of it tells nothing of its parts
	asked  answer // whether nothing of it is hidden
}

type answer uint8

const (
	unknown answer = iota
	yes
	no
)

// keep notes a text that was added. legible says that each of its bytes was folded by
// itself, into what is compared, and that nothing in it stands for a text.
func keep[T characters](p *plainly, s T, legible bool) {
	p.asked = unknown
	if p.opaque = p.opaque || !legible; p.opaque {
		return
	}
	if len(p.source) == 0 {
		p.source = append(p.source, 0)
	}
	p.source = append(append(p.source, s...), 0)
}

// clean reports that s is a part of what was added, and that all of that may be shown as
// it is.
func (f *Finder) clean(s string) bool {
	if f.asked == unknown {
		f.asked = no
		if f.nothingHidden() {
			f.asked = yes
		}
	}
	return f.asked == yes && f.holds(s)
}

func (f *Finder) nothingHidden() bool {
	if f.opaque || f.found&inside != 0 || f.shorts&wholeText != 0 || f.raw || f.mayHaveAny() {
		return false
	}
	// See withoutUser.
	return bytes.IndexByte(f.source, '@') < 0
}

// mayHaveAny reports whether a secret, an end of one, or the name of a scheme, see
// schemes, may stand in what was added.
func (f *Finder) mayHaveAny() bool {
	f.sift()
	if f.mayHave([]byte("bearer")) {
		return true
	}
	for i := range f.secrets {
		if c := &f.secrets[i]; len(c.b) > 0 {
			if head, tail := ends(c.b); f.mayHave(head) || f.mayHave(tail) {
				return true
			}
		}
	}
	return false
}

// mayHave is whether b may stand in the text. What is long enough has one of the text's
// grams then.
func (f *Finder) mayHave(b []byte) bool {
	if len(b) < gramLength+stride-1 {
		return bytes.Contains(f.text, b)
	}
	for i := range stride {
		if len(f.grams) > 0 && f.grams[f.gramSlot(gramAt(b[i:]))] != 0 {
			return true
		}
	}
	return false
}

// holds reports that s stands in what was added, and not from or to the inside of what
// may be a token.
func (f *Finder) holds(s string) bool {
	if s == "" || strings.IndexByte(s, 0) >= 0 { // what stands between two texts is in neither
		return s == ""
	}
	const most = 16 // places that are looked at
	all, rare := unsafe.String(unsafe.SliceData(f.source), len(f.source)), rarest(s)
	for at, tries := rare, 0; tries < most && at < len(all); tries++ {
		i := strings.IndexByte(all[at:], s[rare])
		if i < 0 {
			return false
		}
		at += i + 1
		from, to := at-1-rare, at-1-rare+len(s)
		if to < len(all) && all[from:to] == s && (codeByte[all[from-1]] == 0 || codeByte[s[0]] == 0) && (codeByte[all[to]] == 0 || codeByte[s[len(s)-1]] == 0) {
			return true
		}
	}
	return false
}

// rarest is where in the first bytes of s one stands that is found at few places of a
// text.
func rarest(s string) (at int) {
	for i := range min(len(s), 24) {
		if rarity[s[i]] > rarity[s[at]] {
			at = i
		}
	}
	return at
}

// rarity is larger for what is rarer in errors.
var rarity = func() (t [256]uint8) {
	for c := range t {
		t[c] = 20
	}
	for c := '0'; c <= '9'; c++ {
		t[c] = 15
	}
	for i, c := range " \"etaoinsrldcumpg" {
		t[c] = uint8(i) / 2
	}
	for c := 'a'; c <= 'z'; c++ {
		t[c] = min(t[c], 10)
	}
	return t
}()

package echo

import "unicode/utf8"

// folded is a folded text that can tell where each byte came from. Most texts have
// nothing to hide, so it finds that out when it is asked.
type folded struct {
	b     []byte
	first []bool // a word begins here

	text     string
	from, to []int32 // for each byte of b, where its character begins in the text, and where that ends; empty until asked
}

// read folds s, in place of what was there.
func (v *folded) read(s string) {
	if s == v.text && s != "" { // a sentence is asked about several times
		return
	}
	v.text, v.from, v.to = s, v.from[:0], v.to[:0]
	// A letter may have half as many bytes more in lower case.
	most := len(s) + len(s)/2 + 1
	v.b, v.first = sized(v.b, most), sized(v.first, most)
	b, first, n := v.b, v.first, 0
	begins := true
	for i := 0; i < len(s); {
		if kept := keptLetters[s[i]]; kept != 0 { // as in fold
			c := byte(kept)
			b[n], first[n] = c, begins
			n += int(kept >> 8)
			begins = c == plainGap || begins && c == plainSkipped
			i++
			continue
		}
		r, width := unit(s, i)
		i += width
		if r < 0 {
			begins = begins || r == gap
			continue
		}
		first[n], begins = begins, false
		end := len(utf8.AppendRune(b[:n], r))
		clear(first[n+1 : end])
		n = end
	}
	v.b, v.first = b[:n], first[:n]
}

// locate finds where each byte came from.
func (v *folded) locate() {
	s := v.text
	for i := 0; i < len(s); {
		r, n := rune(plainLetters[s[i]]), 1
		if r <= plainSkipped {
			r, n = unit(s, i)
		}
		if r >= 0 {
			width := utf8.RuneLen(r)
			if width < 0 { // half of a surrogate pair
				width = utf8.RuneLen(utf8.RuneError)
			}
			for range width {
				v.from, v.to = append(v.from, int32(i)), append(v.to, int32(i+n))
			}
		}
		i += n
	}
}

// place returns where a span stands in the text.
func (v *folded) place(p span) (from, to int) {
	if len(v.from) == 0 {
		v.locate()
	}
	return int(v.from[p.a]), int(v.to[p.b-1])
}

// ends tells whether a word ends before the byte at i.
func (v *folded) ends(i int) bool { return i == len(v.b) || v.first[i] }

// Package echo finds what a request said, and secrets, in text that somebody else
// wrote. Providers quote both in their errors.
package echo

import (
	"bytes"
	"hash/maphash"
	"math/rand/v2"
	"sync"
	"unicode/utf8"
)

// runLength is how many letters and digits in a row a text and a prompt have in
// common where that is an echo, in bytes. Fewer are words that any sentence may
// share: sixteen bytes of English, spaces included, have some thirteen of them.
const runLength = 13

// wordy is how long a whole prompt that is shorter than a run must be to be an
// echo wherever it stands, in bytes: longer than most words.
const wordy = 8

// What is known of a run: the bits for the prompt's, and above them the names'.
const (
	inside   uint8 = 1 << iota // it stands in what the request said
	atStart                    // and begins a text there
	atEnd                      // and ends one
	nameBits = 3               // by which those of names are shifted
)

// What is known of what is shorter than a run.
const (
	wholeText uint8 = 1 << iota // a text of the prompt, wordy
	tinyText                    // a shorter one
	wholeName                   // a name
	piece                       // what stands in quotes, or on a line, within the prompt
)

// Finder finds what a text has in common with a request, in time linear in both: a
// prompt of megabytes must not make an error slow. The foreign text is added first,
// then the secrets and the request, then the strings that were taken out of the
// text can be asked about, however they were unescaped on the way. Take one with
// [Get]. It is not safe for concurrent use.
type Finder struct {
	// Trusted says that the server has no reason to quote a request (it speaks of
	// money, of a key, of haste or of its own failure), so that a whole long sentence
	// which also stands in the prompt is the server's own.
	Trusted bool

	text []byte // folded, a zero byte behind each part

	// Some of the text's grams and, once the request has one of them, all its runs, in
	// tables of open addressing: 1 + the place of the first occurrence. By the place of
	// a run what is known of it.
	grams     []int32
	gramShift uint8
	table     []int32
	known     []uint8
	found     uint8 // all bits of known together

	short   map[uint64]uint8 // what is shorter than a run, by its hash
	lengths uint16           // a bit for each length in short
	shorts  uint8            // all bits of short together

	secrets    []secret
	beginnings beginnings
	raw        bool // a secret has one

	plainly

	// Scratch memory.
	buf    []byte
	view   folded
	hidden []uint8
	decoded
}

var finders = sync.Pool{New: func() any { return &Finder{short: map[uint64]uint8{}} }}

// Get returns an empty Finder; give it back with [Finder.Free].
func Get() *Finder { return finders.Get().(*Finder) }

// Free gives the Finder back.
func (f *Finder) Free() {
	const most = 16 << 10
	if cap(f.text) > most || cap(f.source) > most || len(f.short) > most/16 || cap(f.buf) > 2*chunkLength {
		return // a rare giant is left to the collector
	}
	clear(f.short)
	f.view.text = ""
	for i := range f.secrets { // they hold keys
		clear(f.secrets[i].b)
		f.secrets[i].raw = ""
	}
	*f = Finder{
		text: f.text[:0], grams: f.grams[:0], table: f.table[:0], known: f.known[:0], short: f.short, secrets: f.secrets[:0],
		plainly: plainly{source: f.source[:0]}, buf: f.buf[:0], view: f.view, hidden: f.hidden[:0], decoded: f.decoded,
	}
	finders.Put(f)
}

// Add appends foreign text. What it has of base64 and hex is looked into.
func Add[T characters](f *Finder, s T) {
	plain := addPart(f, s)
	coded := addDecoded(f, s, 0)
	keep(&f.plainly, s, plain && !coded)
}

// addPart folds a part of the text, unless it is too short for a run. It reports that the
// part was added, and that each byte of it was folded by itself.
func addPart[T characters](f *Finder, s T) (plain bool) {
	begin := len(f.text)
	if f.text, plain = folding(f.text, s); len(f.text)-begin < runLength {
		f.text = f.text[:begin]
		return false
	}
	f.text = append(f.text, 0)
	return plain
}

// index fills the table of runs, of which three quarters stay empty.
func (f *Finder) index() {
	if len(f.table) > 0 {
		return
	}
	runs := len(f.text) - runLength + 1
	size := 64
	for size < 4*runs {
		size *= 2
	}
	f.table, f.known = resized(f.table, size), resized(f.known, runs)
	for i := range runs {
		if slot := f.slot(f.text[i:]); f.table[slot] == 0 {
			f.table[slot] = int32(i) + 1
		}
	}
}

func resized[E any](s []E, n int) []E {
	s = sized(s, n)
	clear(s)
	return s
}

// sized leaves what was there.
func sized[E any](s []E, n int) []E {
	if cap(s) < n {
		return make([]E, n)
	}
	return s[:n]
}

// slot is where a run stands in the table, or where it would.
func (f *Finder) slot(run []byte) int {
	run = run[:runLength]
	last := len(f.table) - 1
	slot := int(hashRun(run)>>32) & last
	for {
		place := int(f.table[slot])
		if place == 0 || string(f.text[place-1:place-1+runLength]) == string(run) {
			return slot
		}
		slot = (slot + 1) & last
	}
}

// of returns what is known of the run that b begins with.
func (f *Finder) of(b []byte) uint8 {
	if place := f.table[f.slot(b)]; place != 0 {
		return f.known[place-1]
	}
	return 0
}

// hashSeed keeps a text from being made of runs with one hash.
var hashSeed, mapSeed = rand.Uint64() | 1, maphash.MakeSeed()

func hashRun(b []byte) uint64 {
	_ = b[runLength-1]
	low := uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 |
		uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56
	high := uint64(b[5]) | uint64(b[6])<<8 | uint64(b[7])<<16 | uint64(b[8])<<24 |
		uint64(b[9])<<32 | uint64(b[10])<<40 | uint64(b[11])<<48 | uint64(b[12])<<56
	h := (low ^ hashSeed) * 0x9e3779b97f4a7c15
	h = (h ^ h>>29 ^ high) * 0xbf58476d1ce4e5b9
	return h ^ h>>32<<7
}

// chunkLength is how much of a prompt is folded at a time.
const chunkLength = 4 << 10

// hashShort is the hash of what is shorter than a run.
func hashShort(b []byte) uint64 { return maphash.Bytes(mapSeed, b) }

// look compares the text with one string of the request, as it stands in JSON.
func (f *Finder) look(raw []byte, who said) {
	f.asked = unknown
	if who == unsaid || len(raw) == 0 {
		return
	}
	shift := 0
	if who == named {
		shift = nameBits
	}
	buf, latest, whole := f.buf[:0], int32(0), true
	for i := 0; i < len(raw); {
		for i < len(raw) && len(buf) < chunkLength {
			if c := plainLetters[raw[i]]; c > plainSkipped {
				buf = append(buf, c)
				i++
				continue
			} else if c != 0 {
				i++
				continue
			}
			r, n := unit(raw, i)
			if r >= 0 {
				buf = utf8.AppendRune(buf, r)
			}
			i += n
		}
		if len(buf) < runLength || len(f.grams) == 0 {
			if i < len(raw) { // nothing to compare with: its beginning tells that it is no short text
				whole = false
				break
			}
			continue
		}
		latest = f.compare(buf, whole, shift)
		if i < len(raw) {
			whole = false
			buf = buf[:copy(buf, buf[len(buf)-runLength+1:])]
		}
	}
	if latest != 0 {
		f.known[latest-1] |= atEnd << shift
	}
	f.buf = buf
	if whole && len(buf) < runLength {
		f.note(buf, kindOfShort(raw, who))
	}
	if who == spoken {
		f.pieces(raw)
	}
}

func kindOfShort(raw []byte, who said) uint8 {
	switch {
	case who == named:
		return wholeName
	case len(raw) < wordy:
		return tinyText
	}
	return wholeText
}

// note keeps what is shorter than a run.
func (f *Finder) note(b []byte, bits uint8) {
	if len(b) == 0 {
		return
	}
	h := hashShort(b)
	f.short[h] |= bits
	f.lengths |= 1 << len(b)
	f.shorts |= bits
}

// pieces keeps the short lines of a text, and what stands in quotes in it, such as
// the values of a tool's arguments.
func (f *Finder) pieces(raw []byte) {
	const longest = 64
	for begin := 0; begin < len(raw); {
		n := bytes.IndexByte(raw[begin:], '\\')
		end := begin + n
		if n < 0 {
			if end = len(raw); begin == 0 {
				return // one line without quotes: known as a whole
			}
		}
		if p := raw[begin:end]; len(p) > 0 && len(p) <= longest {
			if f.buf = fold(f.buf[:0], p); len(f.buf) < runLength {
				f.note(f.buf, piece)
			}
		}
		begin = end + 1
		if begin < len(raw) {
			begin++ // what was escaped
		}
	}
}

// shortly returns what is known of a text that is shorter than a run.
func (f *Finder) shortly(b []byte) uint8 {
	if len(b) >= runLength || f.lengths>>len(b)&1 == 0 {
		return 0
	}
	return f.short[hashShort(b)]
}

// Package echo finds a key and a prompt in text that somebody else wrote. Providers
// quote both in their errors.
package echo

import (
	"math/rand/v2"
	"strings"
)

// runLength is how long a run of the prompt must be to count as an echo of it.
// Shorter ones are words that any sentence may share.
const runLength = 16

// shortest is how long a prompt must be to be looked for as a whole. Half a run is
// longer than most words.
const shortest = runLength / 2

// shortestKey is how long a key must be to be looked for. Of fewer bytes every text
// has many.
const shortestKey = 4

// schemes keeps the name of the scheme out of texts that are searched for leaked
// credentials.
var schemes = strings.NewReplacer("Bearer", "token", "bearer", "token", "BEARER", "token")

// WithoutKey returns a text with the key, and the name of the scheme that it is
// sent with, replaced.
func WithoutKey(text, key string) string {
	if len(key) >= shortestKey {
		text = strings.ReplaceAll(text, key, "[key]")
	}
	return schemes.Replace(text)
}

// Finder finds what a text has in common with a prompt, in time linear in both: a
// prompt of a megabyte must not make an error slow. Text is set before the first
// Look and not changed afterwards; the zero value has an empty one. A Finder is not
// safe for concurrent use.
type Finder struct {
	Text string

	// The runs of Text, in a table of open addressing: 1 + the place of each
	// run's first occurrence. Nothing is allocated before a prompt is looked at.
	table  []int32
	echoed []bool // by that place: the run was found in the prompt

	masked []bool // bytes of Text; nil while there is nothing to hide
}

// Look compares the text with a part of the prompt. A part that is shorter than a
// run must stand in the text whole; one shorter than half a run is not looked for.
func (f *Finder) Look(prompt string) {
	if len(prompt) < shortest {
		return
	}
	if len(prompt) < runLength {
		for from := 0; ; from++ {
			i := strings.Index(f.Text[from:], prompt)
			if i < 0 {
				return
			}
			from += i
			f.mask(from, len(prompt))
		}
	}
	if len(f.Text) < runLength {
		return
	}
	if f.table == nil {
		f.index()
	}
	for j := range len(prompt) - runLength + 1 {
		if place := f.table[f.slot(prompt[j:j+runLength])]; place != 0 {
			f.echoed[place-1] = true
		}
	}
}

// index fills the table, of which three quarters stay empty.
func (f *Finder) index() {
	runs := len(f.Text) - runLength + 1
	size := 64
	for size < 4*runs {
		size *= 2
	}
	f.table = make([]int32, size)
	f.echoed = make([]bool, runs)
	for i := range runs {
		if slot := f.slot(f.Text[i : i+runLength]); f.table[slot] == 0 {
			f.table[slot] = int32(i) + 1
		}
	}
}

// slot is where a run stands in the table, or where it would.
func (f *Finder) slot(run string) int {
	last := len(f.table) - 1
	slot := int(hashRun(run)>>32) & last
	for {
		place := int(f.table[slot])
		if place == 0 || f.Text[place-1:place-1+runLength] == run {
			return slot
		}
		slot = (slot + 1) & last
	}
}

// hashSeed keeps a text from being made of runs with one hash.
var hashSeed = rand.Uint64() | 1

func hashRun(run string) uint64 {
	b := run[:runLength]
	low := uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 |
		uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56
	high := uint64(b[8]) | uint64(b[9])<<8 | uint64(b[10])<<16 | uint64(b[11])<<24 |
		uint64(b[12])<<32 | uint64(b[13])<<40 | uint64(b[14])<<48 | uint64(b[15])<<56
	h := (low ^ hashSeed) * 0x9e3779b97f4a7c15
	h = (h ^ h>>29 ^ high) * 0xbf58476d1ce4e5b9
	return h ^ h>>32<<7
}

// mask hides n bytes.
func (f *Finder) mask(from, n int) {
	if f.masked == nil {
		f.masked = make([]bool, len(f.Text))
	}
	for i := range n {
		f.masked[from+i] = true
	}
}

// Hidden returns the text with each echo replaced by "[prompt]".
func (f *Finder) Hidden() string {
	for i := range f.echoed {
		place := f.table[f.slot(f.Text[i:i+runLength])]
		if f.echoed[place-1] {
			f.mask(i, runLength)
		}
	}
	if f.masked == nil {
		return f.Text
	}
	var b strings.Builder
	for i := range len(f.Text) {
		switch {
		case !f.masked[i]:
			b.WriteByte(f.Text[i])
		case i == 0 || !f.masked[i-1]:
			b.WriteString("[prompt]")
		}
	}
	return strings.ToValidUTF8(b.String(), "")
}

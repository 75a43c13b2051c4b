package buoy

import (
	"math/rand/v2"
	"strings"
)

// echoRun is how long a run of the prompt must be to count as an echo of it.
// Shorter ones are words that any sentence may share.
const echoRun = 16

// promptEcho finds what a provider's text has in common with a prompt, in time linear in
// both: a prompt of a megabyte must not make an error slow.
type promptEcho struct {
	text string

	// The runs of text, in a table of open addressing: 1 + the place of each
	// run's first occurrence. Nothing is allocated before a prompt is looked at.
	table  []int32
	echoed []bool // by that place: the run was found in the prompt

	masked []bool // bytes of text; nil while there is nothing to hide
}

// look compares the text with a part of the prompt. A part that is shorter than a
// run must stand in the text whole, and one of less than half of it is let be.
func (e *promptEcho) look(prompt string) {
	if len(prompt) < echoRun/2 {
		return
	}
	if len(prompt) < echoRun {
		for from := 0; ; from++ {
			i := strings.Index(e.text[from:], prompt)
			if i < 0 {
				return
			}
			from += i
			e.mask(from, len(prompt))
		}
	}
	if len(e.text) < echoRun {
		return
	}
	if e.table == nil {
		e.index()
	}
	for j := range len(prompt) - echoRun + 1 {
		if place := e.table[e.slot(prompt[j:j+echoRun])]; place != 0 {
			e.echoed[place-1] = true
		}
	}
}

// index fills the table, of which three quarters stay empty.
func (e *promptEcho) index() {
	runs := len(e.text) - echoRun + 1
	size := 64
	for size < 4*runs {
		size *= 2
	}
	e.table = make([]int32, size)
	e.echoed = make([]bool, runs)
	for i := range runs {
		if slot := e.slot(e.text[i : i+echoRun]); e.table[slot] == 0 {
			e.table[slot] = int32(i) + 1
		}
	}
}

// slot is where a run stands in the table, or where it would.
func (e *promptEcho) slot(run string) int {
	last := len(e.table) - 1
	slot := int(hashRun(run)>>32) & last
	for {
		place := int(e.table[slot])
		if place == 0 || e.text[place-1:place-1+echoRun] == run {
			return slot
		}
		slot = (slot + 1) & last
	}
}

// hashSeed keeps a text from being made of runs with one hash.
var hashSeed = rand.Uint64() | 1

func hashRun(run string) uint64 {
	b := run[:echoRun]
	low := uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 |
		uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56
	high := uint64(b[8]) | uint64(b[9])<<8 | uint64(b[10])<<16 | uint64(b[11])<<24 |
		uint64(b[12])<<32 | uint64(b[13])<<40 | uint64(b[14])<<48 | uint64(b[15])<<56
	h := (low ^ hashSeed) * 0x9e3779b97f4a7c15
	h = (h ^ h>>29 ^ high) * 0xbf58476d1ce4e5b9
	return h ^ h>>32<<7
}

func (e *promptEcho) mask(from, n int) {
	if e.masked == nil {
		e.masked = make([]bool, len(e.text))
	}
	for i := range n {
		e.masked[from+i] = true
	}
}

// hidden returns the text with each echo replaced by "[prompt]".
func (e *promptEcho) hidden() string {
	for i := range e.echoed {
		place := e.table[e.slot(e.text[i:i+echoRun])]
		if e.echoed[place-1] {
			e.mask(i, echoRun)
		}
	}
	if e.masked == nil {
		return e.text
	}
	var b strings.Builder
	for i := range len(e.text) {
		switch {
		case !e.masked[i]:
			b.WriteByte(e.text[i])
		case i == 0 || !e.masked[i-1]:
			b.WriteString("[prompt]")
		}
	}
	return strings.ToValidUTF8(b.String(), "")
}

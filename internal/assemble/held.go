package assemble

import (
	"iter"

	"github.com/buoy-go/buoy/chat"
)

// Held back before the first meaningful event are role-only deltas, empty choices and
// filter results: at most this much of them.
const (
	maxHeldEvents = 64
	maxHeldBytes  = 256 << 10
)

// maxCopies is how large the memory for copies may be that Reset keeps.
const maxCopies = 4 << 10

// Held are the chunks before the first meaningful one. They are delivered once
// that has come. The zero value is ready to use, by one goroutine at a time.
type Held struct {
	list   []Kept
	first  [1]Kept // there is mostly one, with the role
	bytes  int
	copies []byte
}

// Reset makes h ready for another stream. What it kept, and the copies of the events, may
// not be used any more.
func (h *Held) Reset() {
	copies := h.copies[:0]
	if cap(copies) > maxCopies {
		copies = nil
	}
	*h = Held{copies: copies}
}

// Kept is a chunk, and a copy of the event that it was made of.
type Kept struct {
	Chunk *chat.Chunk
	Data  []byte
}

// Add appends a chunk, unless there are too many. A finish reason is not to be lost.
func (h *Held) Add(c *chat.Chunk, data []byte, finishes bool) {
	most := maxHeldEvents
	if finishes {
		most *= 4
	}
	h.bytes += len(data)
	if len(h.list) >= most || h.bytes > maxHeldBytes {
		return
	}
	if h.list == nil {
		h.list = h.first[:0]
	}
	at := len(h.copies)
	h.copies = append(h.copies, data...)
	h.list = append(h.list, Kept{c, h.copies[at:len(h.copies):len(h.copies)]})
}

// All yields those that are left.
func (h *Held) All() iter.Seq[*chat.Chunk] {
	return func(yield func(*chat.Chunk) bool) {
		for _, c := range h.list {
			if !yield(c.Chunk) {
				return
			}
		}
	}
}

// Next takes the first chunk that is left.
func (h *Held) Next() (first Kept, ok bool) {
	if len(h.list) == 0 {
		return Kept{}, false
	}
	first, h.list[0] = h.list[0], Kept{}
	h.list = h.list[1:]
	return first, true
}

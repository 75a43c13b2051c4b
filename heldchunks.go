package buoy

import (
	"bytes"
	"iter"
)

// Held back before the first meaningful event are role-only deltas, empty choices and
// filter results: at most this much of them.
const (
	maxHeldEvents = 64
	maxHeldBytes  = 256 << 10
)

// heldChunks are the chunks before the first meaningful one. They are delivered once
// that has come. The zero value is ready to use, by one goroutine at a time.
type heldChunks struct {
	list  []heldChunk
	first [1]heldChunk // there is mostly one, with the role
	bytes int
}

// heldChunk is a chunk, and a copy of the event that it was made of.
type heldChunk struct {
	chunk *Chunk
	data  []byte
}

// add appends a chunk, unless there are too many. A finish reason is not to be lost.
func (h *heldChunks) add(c *Chunk, data []byte, finishes bool) {
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
	h.list = append(h.list, heldChunk{c, bytes.Clone(data)})
}

// all yields those that are left.
func (h *heldChunks) all() iter.Seq[*Chunk] {
	return func(yield func(*Chunk) bool) {
		for _, c := range h.list {
			if !yield(c.chunk) {
				return
			}
		}
	}
}

// next takes the first chunk that is left.
func (h *heldChunks) next() (first heldChunk, ok bool) {
	if len(h.list) == 0 {
		return heldChunk{}, false
	}
	first, h.list[0] = h.list[0], heldChunk{}
	h.list = h.list[1:]
	return first, true
}

package chat

import (
	"bytes"
	"encoding/json"
	"strings"
	"sync"
)

// A chunk may be kept, so its memory is never used again. Chunks are allocated in slabs,
// and their short strings in blocks, which costs a tenth of an allocation a chunk. A
// chunk that is kept keeps its slab, and what the other chunks in it say: 25 KB where
// each event is about 1 KB long (TestAKeptChunkKeepsLittle), and 10 KB in most streams.
const (
	firstSlab    = 3       // chunks; the next have 3, 7 ...
	maxSlab      = 15      // ... and at most 6.7 KB; all of them are sizes that Go packs well
	maxSlabEvent = 1 << 10 // what a longer event says has memory of its own

	firstBlock = 128 // bytes of strings, or of raw values
	maxBlock   = 1 << 10
	maxPiece   = 64 // a longer string or value has memory of its own
)

// slab is memory for values that stay valid.
type slab[T any] struct {
	free []T
	size int
}

// take returns memory for one value, which is zero. With apart it is memory of its own.
func (s *slab[T]) take(apart bool) []T {
	if apart {
		return make([]T, 1)
	}
	if len(s.free) == 0 {
		s.size = min(2*s.size|1, maxSlab)
		s.free = make([]T, s.size)
	}
	one := s.free[:1:1]
	s.free = s.free[1:]
	return one
}

// cell is memory for a chunk and its first choice, which mostly is the only one.
type cell struct {
	chunk  Chunk
	choice [1]ChunkChoice
}

// opening is what a stream needs for its first chunks.
type opening struct {
	current current
	cells   [firstSlab]cell
}

// texts is memory for short strings. The zero value is ready to use.
type texts struct {
	block strings.Builder // strings of it do not change when it gets longer
	size  int
}

// copy returns the text as a string.
func (t *texts) copy(text []byte) string {
	if len(text) == 0 || len(text) > maxPiece {
		return string(text)
	}
	at := t.block.Len()
	if t.block.Cap()-at < len(text) {
		t.size = min(max(2*t.size, firstBlock), maxBlock)
		t.block.Reset()
		t.block.Grow(t.size)
		at = 0
	}
	t.block.Write(text)
	return t.block.String()[at:]
}

// raws is memory for short raw values. The zero value is ready to use.
type raws struct {
	free []byte
	size int
}

// copy returns a copy of the value. Its capacity is its length.
func (r *raws) copy(raw []byte) json.RawMessage {
	if len(raw) > maxPiece {
		return bytes.Clone(raw)
	}
	if cap(r.free)-len(r.free) < len(raw) {
		r.size = min(max(2*r.size, firstBlock), maxBlock)
		r.free = make([]byte, 0, r.size)
	}
	at := len(r.free)
	r.free = append(r.free, raw...)
	return r.free[at:len(r.free):len(r.free)]
}

// current is the latest event of a stream, whose data can still be read. All chunks of
// the stream point to it, so [Chunk.Raw] can tell on any goroutine whether its own event
// is the latest.
type current struct {
	mu    sync.Mutex // guards the fields below
	event uint32     // its number; 0 for none, and of a clone
	data  []byte
	over  bool // the stream has ended
}

func (c *current) show(event uint32, data []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.over {
		c.event, c.data = event, data
	}
}

func (c *current) hide(over bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.event, c.data, c.over = 0, nil, c.over || over
}

// appendTo appends the event's data, where no other event is the latest.
func (c *current) appendTo(dst []byte, event uint32) (data []byte, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if event != c.event || c.data == nil {
		return dst, false
	}
	return append(dst, c.data...), true
}

// of returns a copy of the event's data, nil if another event is the latest.
func (c *current) of(event uint32) []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	if event != c.event {
		return nil
	}
	return bytes.Clone(c.data)
}

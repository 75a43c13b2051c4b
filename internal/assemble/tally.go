package assemble

import (
	"slices"

	"github.com/buoy-go/buoy/chat"
)

// Tally follows the choices of an answer: which began, which have their finish
// reason, and whether there was anything in them. It is the one judge of a stream's
// end. The zero value is ready for use, by one goroutine at a time.
type Tally struct {
	open    []int // began, no finish reason yet
	closed  []int
	content bool
}

// Add takes in the next chunk. meaning is what the decoder said of it
// ([chat.Meaning]); a chunk without it has no content.
func (t *Tally) Add(c *chat.Chunk, meaning bool) {
	for i := range c.Choices {
		ch := &c.Choices[i]
		if !began(ch) {
			continue // filter results and the like
		}
		known := slices.Contains(t.closed, ch.Index)
		if !known && !slices.Contains(t.open, ch.Index) {
			t.open = append(t.open, ch.Index)
		}
		if ch.FinishReason != "" && !known {
			t.open = slices.DeleteFunc(t.open, func(k int) bool { return k == ch.Index })
			t.closed = append(t.closed, ch.Index)
		}
		if meaning && !t.content {
			t.content = ch.Delta.HasContent() || ch.FinishReason != "" && ch.FinishReason != chat.FinishStop
		}
	}
}

// began reports that a piece proves that its choice has begun.
func began(c *chat.ChunkChoice) bool {
	return c.Began() || c.FinishReason != "" || c.Delta.Role != "" || c.Delta.HasContent()
}

// Began reports that a choice began.
func (t *Tally) Began() bool { return len(t.open)+len(t.closed) > 0 }

// Finished reports that a choice began, and that every one that did has its finish
// reason.
func (t *Tally) Finished() bool { return t.Began() && len(t.open) == 0 }

// Content reports that there was a part of an answer, or a finish reason that
// explains why there is none.
func (t *Tally) Content() bool { return t.content }

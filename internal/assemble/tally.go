package assemble

import (
	"slices"

	"github.com/buoy-go/buoy/chat"
)

// Tally follows the choices of an answer: which began, which have their finish
// reason, and whether there was anything in them. It is the one judge of a stream's
// end. The zero value is ready for use, by one goroutine at a time.
type Tally struct {
	first   followed // most answers have one choice, which then needs no memory of its own
	more    []followed
	content bool
}

// followed is a choice that began, if it did.
type followed struct {
	index        int
	began, ended bool
}

// Add takes in the next chunk. meaning is what the decoder said of it
// ([chat.Meaning]); a chunk without it has no content.
func (t *Tally) Add(c *chat.Chunk, meaning bool) {
	for i := range c.Choices {
		ch := &c.Choices[i]
		if !began(ch) {
			continue // filter results and the like
		}
		f := t.choice(ch.Index)
		f.ended = f.ended || ch.FinishReason != ""
		if meaning && !t.content {
			t.content = ch.Delta.HasContent() || ch.FinishReason != "" && ch.FinishReason != chat.FinishStop
		}
	}
}

// choice finds the choice with this index, or begins it.
func (t *Tally) choice(index int) *followed {
	if !t.first.began {
		t.first = followed{index: index, began: true}
	}
	if t.first.index == index {
		return &t.first
	}
	for i := range t.more {
		if t.more[i].index == index {
			return &t.more[i]
		}
	}
	t.more = append(t.more, followed{index: index, began: true})
	return &t.more[len(t.more)-1]
}

// began reports that a piece proves that its choice has begun.
func began(c *chat.ChunkChoice) bool {
	return c.Began() || c.FinishReason != "" || c.Delta.Role != "" || c.Delta.HasContent()
}

// Began reports that a choice began.
func (t *Tally) Began() bool { return t.first.began }

// Finished reports that a choice began, and that every one that did has its finish
// reason.
func (t *Tally) Finished() bool {
	return t.first.ended && !slices.ContainsFunc(t.more, func(f followed) bool { return !f.ended })
}

// Content reports that there was a part of an answer, or a finish reason that
// explains why there is none.
func (t *Tally) Content() bool { return t.content }

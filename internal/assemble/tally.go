package assemble

import (
	"github.com/buoy-go/buoy/chat"
	"github.com/buoy-go/buoy/internal/finish"
)

// Tally follows the choices of an answer: which began, which have their finish
// reason, and whether there was anything in them. It is the one judge of a stream's
// end, and of a whole answer's where it is given [chat.Response.Chunk]. The zero
// value is ready for use, by one goroutine at a time.
//
// Adding a chunk costs in proportion to its choices, however many there were before.
type Tally struct {
	// N is how many choices the request asked for; 0 and 1 mean one.
	N int

	high     int  // the highest index so far
	back     bool // a lower one came after it
	first    mark // the choice with index 0, which mostly is the only one
	others   map[int]mark
	began    int
	closed   int
	failed   string
	odd      bool // one ended otherwise than by itself, or for calls
	withheld bool // text of one was
	content  bool
}

// mark is how far a choice is.
type mark uint8

const (
	unseen mark = iota
	open        // it began
	closed      // it has its finish reason
)

// Add takes in the next chunk. meaning is what the decoder said of it
// ([chat.Meaning]); a chunk without it has no content.
func (t *Tally) Add(c *chat.Chunk, meaning bool) {
	for i := range c.Choices {
		ch := &c.Choices[i]
		if !began(ch) {
			continue // filter results and the like
		}
		end := finish.Behind(ch.FinishReason, ch.NativeFinishReason)
		index := ch.Sent()
		t.back = t.back || index < t.high
		t.high = max(t.high, index)
		t.note(index, end)
		t.ended(end, ch.FinishReason)
		if meaning && !t.content {
			t.content = ch.Delta.HasContent() || end == finish.Length
		}
		// The id of a sound is no progress, and yet an answer where nothing else comes.
		t.content = t.content || ch.Delta.Audio != nil && ch.Delta.Audio.ID != ""
	}
}

// Whole is the tally of a whole answer to a request for n choices. Its choices are
// told apart by their places: some servers number none of them.
func Whole(r *chat.Response, n int) Tally {
	t := Tally{N: n, back: true}
	for i := range r.Choices {
		c := &r.Choices[i]
		end := finish.Behind(c.FinishReason, c.NativeFinishReason)
		t.note(i, end)
		t.ended(end, c.FinishReason)
	}
	t.content = !NoContent(r)
	return t
}

// ended keeps how a choice ended.
func (t *Tally) ended(end finish.End, reason string) {
	switch end {
	case finish.Failed:
		t.failed = reason
	case finish.Filtered:
		t.withheld = true
	}
	t.odd = t.odd || end != finish.None && end != finish.Natural
}

// note marks a choice. One that failed stays open: it has not come to an end.
func (t *Tally) note(index int, end finish.End) {
	was := t.first
	if index != 0 {
		was = t.others[index]
	}
	if was == unseen && len(t.others) == maxBlocks {
		return // a server that counts the chunks
	}
	is := max(was, open)
	if end != finish.None && end != finish.Failed {
		is = closed
	}
	if is == was {
		return
	}
	if was == unseen {
		t.began++
	}
	if is == closed {
		t.closed++
	}
	if index == 0 {
		t.first = is
		return
	}
	if t.others == nil {
		t.others = make(map[int]mark)
	}
	t.others[index] = is
}

// began reports that a piece proves that its choice has begun.
func began(c *chat.ChunkChoice) bool {
	return c.Began() || c.FinishReason != "" || c.Delta.Role != "" || c.Delta.HasContent()
}

// Began reports that a choice began.
func (t *Tally) Began() bool { return t.began > 0 }

// Finished reports that a choice began, and that every one that did has its finish
// reason. Where one choice was asked for, and the indexes only grow, they count the
// chunks, and there is one choice.
func (t *Tally) Finished() bool {
	return t.began > 0 && t.began == t.closed || t.N == 1 && !t.back && t.closed > 0
}

// Missing is how many of the choices that were asked for have not begun. A server
// that does not know the option sends one and says nothing.
func (t *Tally) Missing() int { return max(0, max(1, t.N)-t.began) }

// Failed returns the finish reason of a choice that says that its server failed, ""
// if there is none. Such a choice does not count as finished.
func (t *Tally) Failed() string { return t.failed }

// Withheld reports a choice whose text the provider withheld.
func (t *Tally) Withheld() bool { return t.withheld }

// Odd reports a choice that did not end with a plain stop.
func (t *Tally) Odd() bool { return t.odd }

// Content reports that there was a part of an answer, or the limit of tokens was reached
// before one: they went into hidden thought, and asking again would pay for the same.
func (t *Tally) Content() bool { return t.content }

package assemble

import (
	"strings"
	"unicode"

	"github.com/buoy-go/buoy/chat"
)

// overlapWindow is how far back a continuation may begin: a model repeats the
// last words or lines, not pages.
const overlapWindow = 4 << 10

// A new answer that begins as the delivered text did is one that was started
// again: some servers do that with a prefill (ls1intum/edutelligence#853). Fewer
// bytes are an accident, as two sentences that begin with "The".
const (
	sameStart    = 16
	sameStartMin = 4 // for a delivered text that is hardly longer itself
)

// Continuation is the judge of an answer to a prefilled request. It holds the
// beginning until it knows what of it was said before.
type Continuation struct {
	had     string // what the reader has
	white   int    // bytes of white space at its end that were not sent
	same    int    // bytes of the new text that are as had from its start
	differs bool   // the new text has left had's
	overlap overlap

	news  Assembler // the new answer so far
	fed   int       // bytes of its text that were compared
	usage bool      // it has told its usage
}

// NewContinuation makes the judge of an answer that goes on from sent, which is had, the
// text that the reader has, without the white space at its end.
func NewContinuation(had, sent string) *Continuation {
	c := &Continuation{had: had, white: len(had) - len(sent)}
	c.overlap.text = had[max(0, len(had)-overlapWindow):]
	return c
}

// Add takes in the next chunk and returns what to deliver, nil for nothing. done says
// that all later chunks can pass unseen.
func (c *Continuation) Add(chunk *chat.Chunk) (out *chat.Chunk, done bool) {
	c.news.Add(chunk)
	c.usage = c.usage || chunk.Usage != nil
	if !c.compare() && !c.news.Finished() {
		return nil, false
	}
	return c.deliver(), true
}

// End is told of the good end. It returns what was held back.
func (c *Continuation) End([]Received) *chat.Chunk { return c.deliver() }

// text is the continuation so far.
func (c *Continuation) text() string {
	for _, b := range c.news.choices {
		if b.index == 0 {
			return b.content.String()
		}
	}
	return ""
}

// compare takes in what is new of the text, and reports whether that is enough.
func (c *Continuation) compare() (decided bool) {
	text := c.text()
	piece := text[c.fed:]
	c.fed = len(text)
	for i := 0; i < len(piece) && !c.differs && c.same < len(c.had); i++ {
		if c.differs = piece[i] != c.had[c.same]; !c.differs {
			c.same++
		}
	}
	return c.overlap.add(piece) && (c.differs || c.same == len(c.had))
}

// deliver is the new answer without what the reader has, or all of it as a
// restart.
func (c *Continuation) deliver() *chat.Chunk {
	c.overlap.end()
	cut := c.overlap.longest(func(n int) bool { return n <= c.white || repeats(c.had, n) })
	if c.same == len(c.had) && repeats(c.had, c.same) {
		cut = c.same
	}
	out := c.news.chunk(c.usage)
	if c.same > cut && c.startsAgain() {
		out.Restarted = true
		return out
	}
	for i := range out.Choices {
		if d := &out.Choices[i].Delta; out.Choices[i].Index == 0 {
			d.Content = d.Content[cut:]
		}
	}
	return out
}

// startsAgain reports whether what the new text has in common with the start of
// the delivered one is more than an accident. Where it stands a second time in
// the delivered text, such as the beginning of each line of a table, it is none.
func (c *Continuation) startsAgain() bool {
	start := c.had[:c.same]
	return c.same >= min(sameStart, max(sameStartMin, len(c.had)/2)) &&
		strings.IndexFunc(start, unicode.IsLetter) >= 0 && !strings.Contains(c.had[1:], start)
}

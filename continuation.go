package buoy

import (
	"cmp"
	"encoding/json"
	"maps"
	"strings"
	"unicode"

	"github.com/buoy-go/buoy/internal/clone"
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

// continuation is the judge of an answer to a prefilled request. It holds the
// beginning until it knows what of it was said before.
type continuation struct {
	had     string // what the reader has
	white   int    // bytes of white space at its end that were not sent
	same    int    // bytes of the new text that are as had from its start
	differs bool   // the new text has left had's
	overlap overlap

	news  assembler // the new answer so far
	fed   int       // bytes of its text that were compared
	usage bool      // it has told its usage
}

func newContinuation(had, sent string) *continuation {
	c := &continuation{had: had, white: len(had) - len(sent)}
	c.overlap.text = had[max(0, len(had)-overlapWindow):]
	return c
}

func (c *continuation) add(chunk *Chunk) (out *Chunk, done bool) {
	c.news.add(chunk)
	c.usage = c.usage || chunk.Usage != nil
	if !c.compare() && !c.news.finished() {
		return nil, false
	}
	return c.deliver(), true
}

func (c *continuation) end() *Chunk { return c.deliver() }

// text is the continuation so far.
func (c *continuation) text() string {
	for _, b := range c.news.choices {
		if b.index == 0 {
			return b.content.String()
		}
	}
	return ""
}

// compare takes in what is new of the text, and reports whether that is enough.
func (c *continuation) compare() (decided bool) {
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
func (c *continuation) deliver() *Chunk {
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
func (c *continuation) startsAgain() bool {
	start := c.had[:c.same]
	return c.same >= min(sameStart, max(sameStartMin, len(c.had)/2)) &&
		strings.IndexFunc(start, unicode.IsLetter) >= 0 && !strings.Contains(c.had[1:], start)
}

// addUsage is what two attempts cost together. Of what cannot be added, such as
// the balance, the later word counts.
func addUsage(a, b Usage) Usage {
	sum := *b.clone()
	sum.PromptTokens += a.PromptTokens
	sum.CompletionTokens += a.CompletionTokens
	sum.TotalTokens += a.TotalTokens

	p, q := &sum.PromptTokensDetails, a.PromptTokensDetails
	p.CachedTokens += q.CachedTokens
	p.CacheWriteTokens += q.CacheWriteTokens
	p.TextTokens += q.TextTokens
	p.AudioTokens += q.AudioTokens
	p.ImageTokens += q.ImageTokens
	p.VideoTokens += q.VideoTokens
	p.Extra = laterOf(q.Extra, p.Extra)

	c, d := &sum.CompletionTokensDetails, a.CompletionTokensDetails
	c.ReasoningTokens += d.ReasoningTokens
	c.TextTokens += d.TextTokens
	c.AudioTokens += d.AudioTokens
	c.ImageTokens += d.ImageTokens
	c.AcceptedPredictionTokens += d.AcceptedPredictionTokens
	c.RejectedPredictionTokens += d.RejectedPredictionTokens
	c.Extra = laterOf(d.Extra, c.Extra)

	sum.CostRUB, sum.Cost = addCost(a.CostRUB, sum.CostRUB), addCost(a.Cost, sum.Cost)
	if sum.Balance == nil {
		sum.Balance = clone.Ptr(a.Balance)
	}
	if sum.ServerToolUse == nil {
		sum.ServerToolUse = clone.Ptr(a.ServerToolUse)
	} else if a.ServerToolUse != nil {
		sum.ServerToolUse.WebSearchRequests += a.ServerToolUse.WebSearchRequests
	}
	sum.Extra = laterOf(a.Extra, sum.Extra)
	return sum
}

func addCost(a, b *float64) *float64 {
	if a == nil || b == nil {
		return cmp.Or(clone.Ptr(b), clone.Ptr(a))
	}
	return new(*a + *b)
}

func laterOf(a, b map[string]json.RawMessage) map[string]json.RawMessage {
	if len(a) == 0 {
		return b
	}
	a = clone.Extra(a)
	maps.Copy(a, b)
	return a
}

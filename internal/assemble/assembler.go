// Package assemble puts answers together from the chunks of a stream, and judges
// them: which choices began and ended, what of an answer that was asked for again a
// reader has not had yet, and whether there is anything in an answer at all.
package assemble

import (
	"cmp"
	"iter"
	"maps"
	"slices"

	"github.com/buoy-go/buoy/chat"
	"github.com/buoy-go/buoy/internal/clone"
)

// Assembler puts a [Response] together from chunks. Adding a chunk costs in
// proportion to the chunk, taking the response in proportion to the number of
// choices and calls, not to their text. The zero value is ready for use.
//
// It is not safe for use by several goroutines at once. A copy of one that was used is
// none.
type Assembler struct {
	head    chat.Response // all but the choices
	choices []*choiceBuilder
	first   choiceBuilder // mostly the only one
	few     [1]*choiceBuilder
	byIndex map[int]*choiceBuilder // of many
	tally   Tally
	err     error
}

// Add takes in the next chunk, of which it keeps nothing but strings.
func (a *Assembler) Add(c *chat.Chunk) {
	h := &a.head
	if h.ID == "" {
		h.ID = c.ID
	}
	h.Created = cmp.Or(h.Created, c.Created)
	latest(&h.Model, c.Model)
	latest(&h.SystemFingerprint, c.SystemFingerprint)
	latest(&h.ServiceTier, c.ServiceTier)
	latest(&h.Provider, c.Provider)
	if c.Usage != nil {
		h.Usage.Update(c.Usage)
	}
	if c.Moderation != nil {
		h.Moderation = clone.Raw(c.Moderation)
	}
	if len(c.Extra) > 0 {
		h.Extra = mergeExtra(h.Extra, c.Extra)
	}
	a.tally.Add(c, false)
	for i := range c.Choices {
		b := a.choice(c.Choices[i].Index)
		b.add(&c.Choices[i])
		if b.overfull() {
			a.err = chat.ErrTooMany
		}
	}
}

// latest takes a text over where one came. Most chunks repeat it, and not to write it
// again saves the collector's notice of it, for each of them.
func latest(have *string, news string) {
	if news != "" && *have != news {
		*have = news
	}
}

// Err returns [chat.ErrTooMany] where more came than any answer has: what was beyond
// is left out.
func (a *Assembler) Err() error { return a.err }

// Finished reports that at least one choice began, and that every one that did has
// its finish reason.
func (a *Assembler) Finished() bool { return a.tally.Finished() }

// Usage returns what the answer cost, as far as it was told.
func (a *Assembler) Usage() chat.Usage {
	u := *a.head.Usage.Clone()
	u.Sum()
	return u
}

// Received returns what there is of each choice, by index.
func (a *Assembler) Received() []Received {
	had := make([]Received, 0, len(a.choices))
	for _, c := range a.choices {
		if c.begun {
			had = append(had, received(c))
		}
	}
	slices.SortFunc(had, func(a, b Received) int { return cmp.Compare(a.index, b.index) })
	return had
}

// chunk is all that was assembled, as one chunk that others may follow.
func (a *Assembler) chunk(usage bool) *chat.Chunk {
	r := a.gathered() // what is missing may yet come
	c := r.Chunk()
	if !usage {
		c.Usage = nil
	}
	for i := range c.Choices {
		// A response numbers its calls; the pieces that follow have the
		// provider's own numbers.
		calls := a.choice(c.Choices[i].Index).calls.sorted()
		for k := range calls {
			c.Choices[i].Delta.ToolCalls[k].Index = calls[k].index
		}
	}
	return c
}

// Response returns what has arrived. Later chunks do not change it.
func (a *Assembler) Response() *chat.Response {
	r := a.gathered()
	r.Complete()
	return r
}

// gathered is what has arrived, without what is filled in at the end.
func (a *Assembler) gathered() *chat.Response {
	r := a.head
	r.Usage = *r.Usage.Clone()
	r.Moderation = clone.Raw(r.Moderation)
	r.Extra = maps.Clone(r.Extra)
	for _, c := range a.choices {
		if c.begun {
			r.Choices = append(r.Choices, c.build())
		}
	}
	slices.SortStableFunc(r.Choices, func(a, b chat.Choice) int { return cmp.Compare(a.Index, b.Index) })
	return &r
}

func (a *Assembler) choice(index int) *choiceBuilder {
	if a.byIndex != nil {
		if c := a.byIndex[index]; c != nil {
			return c
		}
	} else {
		for _, c := range a.choices {
			if c.index == index {
				return c
			}
		}
	}
	c := &a.first
	if a.choices == nil {
		a.choices = a.few[:0]
	} else {
		c = new(choiceBuilder)
	}
	c.index = index
	if len(a.choices) == maxBlocks {
		a.err = chat.ErrTooMany
		return c
	}
	a.choices = append(a.choices, c)
	if len(a.choices) > fewCalls {
		if a.byIndex == nil {
			a.byIndex = make(map[int]*choiceBuilder)
			for _, have := range a.choices {
				a.byIndex[have.index] = have
			}
		}
		a.byIndex[index] = c
	}
	return c
}

// Answer is the answer that these chunks are, with that usage where it is known.
func Answer(chunks iter.Seq[*chat.Chunk], usage *chat.Usage) *chat.Response {
	var a Assembler
	for c := range chunks {
		a.Add(c)
	}
	r := a.Response()
	if usage != nil {
		r.Usage = *usage
	}
	return r
}

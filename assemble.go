package buoy

import (
	"cmp"
	"maps"
	"slices"

	"github.com/buoy-go/buoy/internal/clone"
)

// assembler puts a [Response] together from chunks. Adding a chunk costs in
// proportion to the chunk, taking the response in proportion to the number of
// choices and calls, not to their text. The zero value is ready for use.
//
// It is not safe for use by several goroutines at once.
type assembler struct {
	head    Response // all but the choices
	choices []*choiceBuilder
}

// add takes in the next chunk, of which it keeps nothing but strings.
func (a *assembler) add(c *Chunk) {
	h := &a.head
	h.ID = cmp.Or(h.ID, c.ID)
	h.Model = cmp.Or(c.Model, h.Model)
	h.Created = cmp.Or(h.Created, c.Created)
	h.SystemFingerprint = cmp.Or(c.SystemFingerprint, h.SystemFingerprint)
	h.ServiceTier = cmp.Or(c.ServiceTier, h.ServiceTier)
	h.Provider = cmp.Or(c.Provider, h.Provider)
	if c.Usage != nil {
		h.Usage = *c.Usage.clone()
	}
	if c.Moderation != nil {
		h.Moderation = clone.Raw(c.Moderation)
	}
	for name, raw := range c.Extra {
		h.Extra = setExtra(h.Extra, name, clone.Raw(raw))
	}
	for i := range c.Choices {
		a.choice(c.Choices[i].Index).add(&c.Choices[i])
	}
}

// began returns how many choices began.
func (a *assembler) began() int {
	n := 0
	for _, c := range a.choices {
		if c.begun {
			n++
		}
	}
	return n
}

// finished reports that at least one choice began, and that every one that did
// has its finish reason.
func (a *assembler) finished() bool {
	n := 0
	for _, c := range a.choices {
		switch {
		case c.finish != "":
			n++
		case c.begun:
			return false
		}
	}
	return n > 0
}

// response returns what has arrived. Later chunks do not change it.
func (a *assembler) response() *Response {
	r := a.head
	r.Usage = *r.Usage.clone()
	r.Moderation = clone.Raw(r.Moderation)
	r.Extra = maps.Clone(r.Extra)
	for _, c := range a.choices {
		if c.begun {
			r.Choices = append(r.Choices, c.build())
		}
	}
	slices.SortStableFunc(r.Choices, func(a, b Choice) int { return cmp.Compare(a.Index, b.Index) })
	return &r
}

func (a *assembler) choice(index int) *choiceBuilder {
	for _, c := range a.choices {
		if c.index == index {
			return c
		}
	}
	c := &choiceBuilder{index: index}
	a.choices = append(a.choices, c)
	return c
}

// chunkFromResponse makes the one chunk of a stream that was answered whole. It
// shares memory with r.
func chunkFromResponse(r *Response) *Chunk {
	c := &Chunk{
		ID: r.ID, Model: r.Model, Created: r.Created,
		SystemFingerprint: r.SystemFingerprint, ServiceTier: r.ServiceTier, Provider: r.Provider,
		Usage: &r.Usage, Moderation: r.Moderation, Extra: r.Extra,
		Choices: make([]ChunkChoice, len(r.Choices)),
	}
	for i := range r.Choices {
		choice := &r.Choices[i]
		c.Choices[i] = ChunkChoice{
			Index:              choice.Index,
			Delta:              choice.Message.delta(),
			FinishReason:       choice.FinishReason,
			NativeFinishReason: choice.NativeFinishReason,
			Logprobs:           choice.Logprobs,
			Extra:              choice.Extra,
			begun:              true,
		}
	}
	return c
}

// delta returns the whole message as one piece.
func (m *Message) delta() Delta {
	d := Delta{
		Role: m.Role, Content: m.Text(), Refusal: m.Refusal,
		Reasoning: m.Reasoning, ReasoningField: m.ReasoningField, ReasoningDetails: m.ReasoningDetails,
		Audio: m.Audio, Annotations: m.Annotations, FunctionCall: m.FunctionCall, Extra: m.Extra,
	}
	for i, call := range m.ToolCalls {
		d.ToolCalls = append(d.ToolCalls, ToolCallDelta{
			Index: i, ID: call.ID, Type: call.Type, Function: call.Function, Custom: call.Custom, Extra: call.Extra,
		})
	}
	return d
}

package assemble

import (
	"cmp"
	"slices"
)

// Received is what a reader has of one choice. It does not change afterwards.
type Received struct {
	index                       int
	finish                      string
	content, reasoning, refusal string
	calls                       []receivedCall // in the order of their arrival
	function                    receivedCall
	// opaque: there is something that cannot be taken piece by piece, such as
	// audio, signed reasoning or log probabilities.
	opaque bool
}

type receivedCall struct {
	index               int
	id, name, arguments string
	value               string // of the arguments, as they are understood
}

// received notes what has been assembled of a choice. The builder may go on growing.
func received(b *choiceBuilder) Received {
	h := Received{
		index: b.index, finish: b.finish, opaque: b.opaque(),
		content: b.content.String(), reasoning: b.reasoning.String(), refusal: b.refusal.String(),
	}
	for _, c := range b.calls.all {
		h.calls = append(h.calls, receivedCall{c.index, c.id, c.name, c.arguments.text.String(), c.arguments.value()})
	}
	if f := b.function; f != nil {
		h.function = receivedCall{0, "", f.name, f.arguments.text.String(), f.arguments.value()}
	}
	return h
}

// says reports that the reader has the calls of the new answer, with the same
// arguments.
func (h *Received) says(b *choiceBuilder) bool {
	if f := b.function; f != nil && h.function.value != f.arguments.value() {
		return false
	}
	news := received(b).calls
	byIndex := func(x, y receivedCall) int { return cmp.Compare(x.index, y.index) }
	slices.SortStableFunc(news, byIndex)
	return slices.EqualFunc(slices.SortedStableFunc(slices.Values(h.calls), byIndex), news,
		func(x, y receivedCall) bool { return x.value == y.value })
}

// Text is the choice's text.
func (h *Received) Text() string { return h.content }

// OnlyText reports that this is the first choice, that it has not ended, and that
// there is nothing in it but text.
func (h *Received) OnlyText() bool {
	return h.index == 0 && h.finish == "" && !h.opaque && h.content != "" &&
		h.reasoning == "" && h.refusal == "" && len(h.calls) == 0 && h.function == receivedCall{}
}

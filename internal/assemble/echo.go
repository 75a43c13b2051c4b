package assemble

import "github.com/buoy-go/buoy/chat"

// echo follows one choice.
type echo struct {
	had                         Received
	content, reasoning, refusal track
	calls                       []*callTrack // of the new answer, in the order of their arrival
	function                    callTrack
	finished                    bool
}

func newEcho(h Received) *echo {
	return &echo{
		had: h, content: track{had: h.content}, reasoning: track{had: h.reasoning}, refusal: track{had: h.refusal},
		function: callTrack{name: track{had: h.function.name}, arguments: track{had: h.function.arguments}},
	}
}

// covered reports that the new answer has repeated all of the choice.
func (e *echo) covered() bool {
	if e.had.opaque || !e.content.covered() || !e.reasoning.covered() || !e.refusal.covered() || !e.function.covered() {
		return false
	}
	known := 0
	for _, c := range e.calls {
		if !c.covered() {
			return false
		}
		if c.known {
			known++
		}
	}
	return known == len(e.had.calls)
}

// settled reports that nothing that may come can be a difference.
func (e *echo) settled() bool { return e.covered() && (e.had.finish == "" || e.finished) }

// add compares what a choice grew by, and appends to out what the reader has
// not had. It reports false for a difference.
func (e *echo) add(b *choiceBuilder, c *chat.ChunkChoice, out *chat.Chunk) bool {
	if e.covered() && e.had.finish == "" {
		e.rename(b, c)
		out.Choices = append(out.Choices, *c)
		return true
	}
	news := *c
	news.Delta, news.Logprobs = chat.Delta{}, nil
	if b.opaque() || !e.beyond(b, &news.Delta) {
		return false
	}
	more := news.Delta.HasContent()
	if (more || c.FinishReason != "") && !e.covered() {
		return false // it has gone on elsewhere, or ended sooner
	}
	if e.had.finish != "" {
		if more || c.FinishReason != "" && c.FinishReason != e.had.finish {
			return false
		}
		e.finished = e.finished || c.FinishReason != ""
		return true
	}
	if more || c.FinishReason != "" {
		news.Delta.ReasoningField, news.Delta.Extra = c.Delta.ReasoningField, c.Delta.Extra
		out.Choices = append(out.Choices, news)
	}
	return true
}

// beyond sets d to what goes beyond the texts that the reader has.
func (e *echo) beyond(b *choiceBuilder, d *chat.Delta) (same bool) {
	var ok [3]bool
	d.Content, ok[0] = e.content.more(b.content.String())
	d.Reasoning, ok[1] = e.reasoning.more(b.reasoning.String())
	d.Refusal, ok[2] = e.refusal.more(b.refusal.String())
	same = ok[0] && ok[1] && ok[2]
	for i, call := range b.calls.all {
		t := e.call(b, i)
		if !t.more(call) {
			return false
		}
		if t.newName+t.newArguments != "" || !t.known && !t.begun {
			d.ToolCalls = append(d.ToolCalls, t.delta(call))
		}
	}
	if b.function != nil {
		if !e.function.more(b.function) {
			return false
		}
		if f := (chat.FunctionCall{Name: e.function.newName, Arguments: e.function.newArguments}); f.Name+f.Arguments != "" {
			d.FunctionCall = &f
		}
	}
	return same
}

// call is the track of the builder's i-th call: it repeats the call with the
// same index, and where servers give all calls the same, the same place.
func (e *echo) call(b *choiceBuilder, i int) *callTrack {
	for len(e.calls) <= i {
		n := len(e.calls)
		place := 0
		for _, earlier := range b.calls.all[:n] {
			if earlier.index == b.calls.all[n].index {
				place++
			}
		}
		t := new(callTrack)
		for _, h := range e.had.calls {
			if h.index != b.calls.all[n].index {
				continue
			}
			if place == 0 {
				t = &callTrack{known: true, id: h.id, name: track{had: h.name}, arguments: track{had: h.arguments}}
				break
			}
			place--
		}
		e.calls = append(e.calls, t)
	}
	return e.calls[i]
}

// rename gives the pieces of a call that the reader knows the id that it knows:
// some servers repeat the id with every piece, and another one begins a new
// call.
func (e *echo) rename(b *choiceBuilder, c *chat.ChunkChoice) {
	for i := range c.Delta.ToolCalls {
		d := &c.Delta.ToolCalls[i]
		for k, t := range e.calls {
			if t.known && d.ID != "" && d.ID == b.calls.all[k].id {
				d.ID = t.id
			}
		}
	}
}

// callTrack follows one tool call.
type callTrack struct {
	known                 bool // the reader has a part of it
	begun                 bool // its head was passed on
	id                    string
	name, arguments       track
	newName, newArguments string
}

func (t *callTrack) covered() bool { return t.name.covered() && t.arguments.covered() }

func (t *callTrack) more(b *callBuilder) (same bool) {
	var ok [2]bool
	t.newName, ok[0] = t.name.more(b.name)
	t.newArguments, ok[1] = t.arguments.more(b.arguments.text.String())
	// The rest of a name cannot be told from a name that is said again.
	return ok[0] && ok[1] && (t.name.had == "" || t.newName == "")
}

// delta is what the call grew by, with its head where it is new to the reader.
func (t *callTrack) delta(b *callBuilder) chat.ToolCallDelta {
	d := chat.ToolCallDelta{Index: b.index}
	if !t.known && !t.begun {
		d.ID, d.Type, d.Extra = b.id, b.kind, b.beside()
		t.begun = true
	}
	if b.custom {
		d.Custom = &chat.CustomCall{Name: t.newName, Input: t.newArguments}
	} else {
		d.Function = chat.FunctionCall{Name: t.newName, Arguments: t.newArguments}
	}
	return d
}

// track follows one text that grows.
type track struct {
	had  string
	seen int // bytes of the new text that were compared or passed on
}

// more takes the new text, as far as it has come, and returns what of it is both
// new and beyond what the reader has. It reports false where they differ.
func (t *track) more(now string) (beyond string, same bool) {
	if n := min(len(now), len(t.had)); t.seen < n && now[t.seen:n] != t.had[t.seen:n] {
		return "", false
	}
	from := min(max(t.seen, len(t.had)), len(now))
	t.seen = len(now)
	return now[from:], true
}

func (t *track) covered() bool { return t.seen >= len(t.had) }

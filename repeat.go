package buoy

// This file compares a new answer with what the reader already has, and lets
// pass what goes beyond it.

// heard is what the reader has of one choice.
type heard struct {
	index                       int
	finish                      string
	content, reasoning, refusal string
	calls                       []heardCall // in the order of their arrival
	function                    heardCall
	// opaque: there is something that cannot be taken piece by piece, such as
	// audio, signed reasoning or log probabilities.
	opaque bool
}

type heardCall struct {
	index               int
	id, name, arguments string
}

// hear notes what has been assembled of a choice. The builder may go on growing.
func hear(b *choiceBuilder) heard {
	h := heard{
		index: b.index, finish: b.finish, opaque: b.opaque(),
		content: b.content.String(), reasoning: b.reasoning.String(), refusal: b.refusal.String(),
	}
	for _, c := range b.calls {
		h.calls = append(h.calls, heardCall{c.index, c.id, c.name.String(), c.arguments.String()})
	}
	if f := b.function; f != nil {
		h.function = heardCall{0, "", f.name.String(), f.arguments.String()}
	}
	return h
}

func (h *heard) onlyText() bool {
	return h.index == 0 && h.finish == "" && !h.opaque && h.content != "" &&
		h.reasoning == "" && h.refusal == "" && len(h.calls) == 0 && h.function == heardCall{}
}

func (b *choiceBuilder) opaque() bool {
	return b.audio != nil || len(b.annotations) > 0 || b.logprobs != nil ||
		len(b.details.blocks) > 0 || b.details.other != nil || b.message["images"] != nil
}

// repeat is the judge of an answer that was asked for again.
type repeat struct {
	echoes []*echo
	news   assembler // the new answer so far
	usage  bool      // it has told its usage
	out    Chunk
}

func newRepeat(had []heard) *repeat {
	r := new(repeat)
	for _, h := range had {
		r.echoes = append(r.echoes, newEcho(h))
	}
	return r
}

func (r *repeat) add(c *Chunk) (out *Chunk, done bool) {
	r.news.add(c)
	r.usage = r.usage || c.Usage != nil
	r.out = *c
	r.out.raw, r.out.memo, r.out.Choices = nil, chunkMemo{}, r.out.Choices[:0:0]
	for i := range c.Choices {
		e := r.echo(c.Choices[i].Index)
		if !e.add(r.news.choice(e.had.index), &c.Choices[i], &r.out) {
			return r.restart(), true
		}
	}
	done = true
	for _, e := range r.echoes {
		done = done && e.settled()
	}
	// Other ids in the new answer's calls have to be replaced to its end.
	done = done && !r.renames()
	if len(r.out.Choices) == 0 && r.out.Usage == nil && len(c.Choices) > 0 {
		return nil, done
	}
	return &r.out, done
}

// end is a difference where the new answer has said less.
func (r *repeat) end() *Chunk {
	for _, e := range r.echoes {
		if !e.settled() {
			return r.restart()
		}
	}
	return nil
}

// restart is the new answer from its start.
func (r *repeat) restart() *Chunk {
	c := r.news.chunk(r.usage)
	c.Restarted = true
	return c
}

// chunk is all that was assembled, as one chunk that others may follow.
func (a *assembler) chunk(usage bool) *Chunk {
	c := chunkFromResponse(a.response())
	if !usage {
		c.Usage = nil
	}
	for i := range c.Choices {
		// A response numbers its calls; the pieces that follow have the
		// provider's own numbers.
		calls := a.choice(c.Choices[i].Index).sortedCalls()
		for k := range calls {
			c.Choices[i].Delta.ToolCalls[k].Index = calls[k].index
		}
	}
	return c
}

func (r *repeat) echo(index int) *echo {
	for _, e := range r.echoes {
		if e.had.index == index {
			return e
		}
	}
	e := newEcho(heard{index: index})
	r.echoes = append(r.echoes, e)
	return e
}

func (r *repeat) renames() bool {
	for _, e := range r.echoes {
		if len(e.had.calls) > 0 {
			return true
		}
	}
	return false
}

// echo follows one choice.
type echo struct {
	had                         heard
	content, reasoning, refusal track
	calls                       []*callTrack // of the new answer, in the order of their arrival
	function                    callTrack
	finished                    bool
}

func newEcho(h heard) *echo {
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
func (e *echo) add(b *choiceBuilder, c *ChunkChoice, out *Chunk) bool {
	if e.covered() && e.had.finish == "" {
		e.rename(b, c)
		out.Choices = append(out.Choices, *c)
		return true
	}
	news := ChunkChoice{Index: c.Index, FinishReason: c.FinishReason, NativeFinishReason: c.NativeFinishReason, Extra: c.Extra, begun: c.begun}
	if b.opaque() || !e.beyond(b, &news.Delta) {
		return false
	}
	more := news.Delta.hasContent()
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
func (e *echo) beyond(b *choiceBuilder, d *Delta) (same bool) {
	var ok [3]bool
	d.Content, ok[0] = e.content.more(b.content.String())
	d.Reasoning, ok[1] = e.reasoning.more(b.reasoning.String())
	d.Refusal, ok[2] = e.refusal.more(b.refusal.String())
	same = ok[0] && ok[1] && ok[2]
	for i, call := range b.calls {
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
		if f := (FunctionCall{Name: e.function.newName, Arguments: e.function.newArguments}); f.Name+f.Arguments != "" {
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
		for _, earlier := range b.calls[:n] {
			if earlier.index == b.calls[n].index {
				place++
			}
		}
		t := new(callTrack)
		for _, h := range e.had.calls {
			if h.index != b.calls[n].index {
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
func (e *echo) rename(b *choiceBuilder, c *ChunkChoice) {
	for i := range c.Delta.ToolCalls {
		d := &c.Delta.ToolCalls[i]
		for k, t := range e.calls {
			if t.known && d.ID != "" && d.ID == b.calls[k].id {
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
	t.newName, ok[0] = t.name.more(b.name.String())
	t.newArguments, ok[1] = t.arguments.more(b.arguments.String())
	// The rest of a name cannot be told from a name that is said again.
	return ok[0] && ok[1] && (t.name.had == "" || t.newName == "")
}

// delta is what the call grew by, with its head where it is new to the reader.
func (t *callTrack) delta(b *callBuilder) ToolCallDelta {
	d := ToolCallDelta{Index: b.index}
	if !t.known && !t.begun {
		d.ID, d.Type, d.Extra = b.id, b.kind, b.extra
		t.begun = true
	}
	if b.custom {
		d.Custom = &CustomCall{Name: t.newName, Input: t.newArguments}
	} else {
		d.Function = FunctionCall{Name: t.newName, Arguments: t.newArguments}
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

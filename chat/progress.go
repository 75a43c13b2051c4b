package chat

import (
	"strings"

	"github.com/buoy-go/buoy/internal/jscan"
)

// progress records what the events have brought of a choice so far. It shows whether
// the message that closes a stream repeats the whole answer.
type progress struct {
	deltas                                     bool // there was something in a delta
	content, reasoning, refusal, calls, others bool
	length                                     int
	start                                      [startLen]byte // of the content
}

// startLen is how much of a text is compared to tell a message that repeats it.
const startLen = 64

func (s *ChunkDecoder) progress(index int) *progress {
	if index == 0 {
		return &s.first
	}
	p := s.others[index]
	if p == nil {
		if s.others == nil {
			s.others = make(map[int]*progress)
		}
		p = new(progress)
		if len(s.others) < maxElements {
			s.others[index] = p
		}
	}
	return p
}

// settle removes from a whole message what has already come, and records the rest.
func (s *ChunkDecoder) settle(c *ChunkChoice) {
	p, d := s.progress(c.Index), &c.Delta
	if c.whole {
		p.without(c)
	} else if !p.deltas {
		p.deltas = d.HasContent()
	}
	p.content = p.content || d.Content != ""
	p.reasoning = p.reasoning || d.Reasoning != ""
	p.refusal = p.refusal || d.Refusal != ""
	p.calls = p.calls || len(d.ToolCalls) > 0 || d.FunctionCall != nil
	p.others = p.others || d.Audio != nil || d.ReasoningDetails != nil || d.Annotations != nil
	if p.length < startLen {
		copy(p.start[p.length:], d.Content)
	}
	p.length += len(d.Content)
}

// without removes from a message what its choice already has. Some servers also send
// pieces as messages. So if no delta came, a message is a repetition only if its text
// begins like the text so far.
func (p *progress) without(c *ChunkChoice) {
	d := &c.Delta
	again := p.deltas || c.FinishReason != "" && len(d.Content) >= p.length && p.length > 0 &&
		d.Content[:min(p.length, startLen)] == string(p.start[:min(p.length, startLen)])
	if !again {
		return
	}
	if p.content {
		d.Content, d.Parts = "", nil
	}
	if p.reasoning {
		d.Reasoning, d.ReasoningField = "", ""
	}
	if p.refusal {
		d.Refusal = ""
	}
	if p.calls {
		d.ToolCalls, d.FunctionCall = nil, nil
	}
	if p.others {
		d.Audio, d.ReasoningDetails, d.Annotations = nil, nil, nil
	}
	d.Extra = nil
}

// heldHalf is the end of a text that waits for its next piece.
type heldHalf struct {
	choice, call int
	field        byte
	half         string
}

// mend puts the halves of characters together that stand at the ends of pieces, and
// makes the chunk's other strings UTF-8.
func (s *ChunkDecoder) mend() {
	c := s.chunk
	for _, text := range []*string{&c.ID, &c.Model, &c.SystemFingerprint, &c.ServiceTier, &c.Provider} {
		mendWhole(text)
	}
	for i := range c.Choices {
		choice := &c.Choices[i]
		d := &choice.Delta
		last := choice.FinishReason != ""
		s.mendPiece(heldHalf{choice.Index, 0, 'c', ""}, &d.Content, last)
		s.mendPiece(heldHalf{choice.Index, 0, 'r', ""}, &d.Reasoning, last)
		s.mendPiece(heldHalf{choice.Index, 0, 'n', ""}, &d.Refusal, last)
		for k := range d.ToolCalls {
			call := &d.ToolCalls[k]
			s.mendPiece(heldHalf{choice.Index, call.Index, 'a', ""}, &call.Function.Arguments, last)
			for _, text := range []*string{&call.ID, &call.Type, &call.Function.Name} {
				mendWhole(text)
			}
			if c := call.Custom; c != nil {
				s.mendPiece(heldHalf{choice.Index, call.Index, 'i', ""}, &c.Input, last)
				mendWhole(&c.Name)
			}
		}
		for _, text := range []*string{&choice.FinishReason, &choice.NativeFinishReason, &d.Role} {
			mendWhole(text)
		}
		if f := d.FunctionCall; f != nil {
			s.mendPiece(heldHalf{choice.Index, 0, 'f', ""}, &f.Arguments, last)
			mendWhole(&f.Name)
		}
		if a := d.Audio; a != nil {
			s.mendPiece(heldHalf{choice.Index, 0, 't', ""}, &a.Transcript, last)
			mendWhole(&a.ID)
			mendWhole(&a.Data)
		}
		for k := range d.Parts {
			p := &d.Parts[k]
			for _, text := range []*string{&p.Type, &p.Text, &p.Refusal} {
				mendWhole(text)
			}
		}
		for k := range d.Annotations {
			mendWhole(&d.Annotations[k].Type)
		}
		if l := choice.Logprobs; l != nil {
			mendTokens(l.Content)
			mendTokens(l.Refusal)
		}
	}
}

// mendTokens is for tokens of which some are halves of characters: TokenLogprob.Bytes has
// the halves themselves.
func mendTokens(tokens []TokenLogprob) {
	for i := range tokens {
		mendWhole(&tokens[i].Token)
		for k := range tokens[i].TopLogprobs {
			mendWhole(&tokens[i].TopLogprobs[k].Token)
		}
	}
}

func mendWhole(s *string) {
	text, waits := jscan.Mend(*s)
	*s = text + unfinished(waits)
}

// unfinished is what stands for a half that no other follows: a character for a
// surrogate, or for each byte, as encoding/json has it.
func unfinished(half string) string {
	if len(half) == 3 && half[0] == 0xED {
		return "\uFFFD"
	}
	return strings.Repeat("\uFFFD", len(half))
}

// mendPiece puts the held half of a character before the next piece of its text. last
// says that no other piece is expected.
func (s *ChunkDecoder) mendPiece(at heldHalf, piece *string, last bool) {
	text := *piece
	for i, h := range s.held {
		if (text != "" || last) && h.choice == at.choice && h.call == at.call && h.field == at.field {
			text = h.half + text
			s.held = append(s.held[:i], s.held[i+1:]...)
			break
		}
	}
	if text == "" {
		return
	}
	*piece, at.half = jscan.Mend(text)
	switch {
	case at.half == "":
	case last || len(s.held) == 256:
		*piece += unfinished(at.half)
	default:
		s.held = append(s.held, at)
	}
}

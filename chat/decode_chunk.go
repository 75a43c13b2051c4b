package chat

import (
	"bytes"
	"encoding/json"
	"slices"
	"sync"

	"github.com/buoy-go/buoy/internal/jscan"
)

// ChunkDecoder decodes the events of one stream. The zero value is ready to use. It may
// be used by one goroutine at a time. After the first Decode, any goroutine may call
// [ChunkDecoder.End]. At the end of the stream, call [ChunkDecoder.Close].
type ChunkDecoder struct {
	// Asked describes the request of this stream. Set it before the first event.
	Asked Asked

	stream        *current
	*chunkScratch // from the first event to Close
}

// chunkScratch is what a ChunkDecoder needs and no chunk has, so that the next stream
// can use it again.
type chunkScratch struct {
	chunk  *Chunk // the latest, until it is decoded
	event  uint32 // its number
	cells  slab[cell]
	usages slab[Usage]
	dec    decoder

	head   head
	first  progress // of the choice with index 0
	others map[int]*progress
	held   []heldHalf

	// The last value of each string that hardly ever changes.
	id, model, fingerprint, tier, provider string
}

var chunkScratches = sync.Pool{New: func() any { return new(chunkScratch) }}

// Close gives memory back that the next stream can use. The chunks stay valid. Only the
// goroutine that decodes may call it, and it may not decode any more.
func (s *ChunkDecoder) Close() {
	m := s.chunkScratch
	if s.chunkScratch = nil; m != nil && m.dec.Scratch() <= maxScratch {
		m.forget()
		chunkScratches.Put(m)
	}
}

// forget makes the memory ready for another stream.
func (m *chunkScratch) forget() {
	*m = chunkScratch{dec: decoder{Cursor: m.dec.Cursor}, head: head{text: m.head.text[:0]}}
}

// head is how an event begins, up to its choices. Nearly all events of a stream begin
// with the same text, which is two thirds of a usual one and reads as the same fields.
type head struct {
	text   []byte
	fields Chunk
	end    jscan.Mark
}

// maxHead is how long a head may be that is remembered.
const maxHead = 512

// note remembers the head of a chunk whose choices come next, unless there is more in
// it than fields of the chunk itself.
func (h *head) note(c *Chunk, d *decoder) {
	text := d.Passed()
	if c.Extra != nil || c.Usage != nil || c.Moderation != nil || d.flags != 0 || d.Halves() || len(text) > maxHead || d.Err() != nil {
		return
	}
	h.text = append(h.text[:0], text...)
	f := &h.fields
	f.ID, f.Model, f.Created = c.ID, c.Model, c.Created
	f.SystemFingerprint, f.ServiceTier, f.Provider = c.SystemFingerprint, c.ServiceTier, c.Provider
	h.end = d.Mark()
}

// read reads a chunk whose data begins with this head up to its choices. It reports
// false for another one, and stays.
func (h *head) read(c *Chunk, d *decoder, data []byte) bool {
	if len(h.text) == 0 || !bytes.HasPrefix(data, h.text) {
		return false
	}
	d.Rewind(h.end)
	f := &h.fields
	c.ID, c.Model, c.Created = f.ID, f.Model, f.Created
	c.SystemFingerprint, c.ServiceTier, c.Provider = f.SystemFingerprint, f.ServiceTier, f.Provider
	return true
}

// Decode reads one event. The chunk stays valid and belongs to the caller. Its Raw
// returns data, until another event is decoded or shown. If Decode returns an error and
// [Suspect] is set, the text is valid JSON and may be a refusal.
func (s *ChunkDecoder) Decode(data []byte) (*Chunk, Signs, error) {
	if s.chunkScratch == nil {
		s.chunkScratch = chunkScratches.Get().(*chunkScratch)
	}
	c := s.next(len(data) > maxSlabEvent)
	s.Show(c, data)
	d := &s.dec
	d.start(s.Asked)
	d.event, d.apart = true, len(data) > maxSlabEvent
	d.KeepHalves()
	text := bytes.TrimPrefix(data, utf8BOM)
	d.Reset(text)
	s.read(text)
	if d.Halves() || len(s.held) > 0 {
		s.mend()
	}
	remember(&s.id, c.ID)
	remember(&s.model, c.Model)
	remember(&s.fingerprint, c.SystemFingerprint)
	remember(&s.tier, c.ServiceTier)
	remember(&s.provider, c.Provider)
	err := d.end()
	d.Reset(nil) // data is the caller's memory
	return c, d.flags, err
}

// Show makes Raw of c return data again. Use it for a chunk that was decoded earlier
// and is delivered now.
func (s *ChunkDecoder) Show(c *Chunk, data []byte) { s.stream.show(c.event, data) }

// Hide makes Raw of the latest chunk return nil. Call it before you use the memory of
// the event's data again.
func (s *ChunkDecoder) Hide() {
	if s.stream != nil {
		s.stream.hide(false)
	}
}

// End is like [ChunkDecoder.Hide], for the end of the stream. Raw of all chunks is nil
// from then on.
func (s *ChunkDecoder) End() {
	if s.stream != nil {
		s.stream.hide(true)
	}
}

// next returns memory for a chunk.
func (s *ChunkDecoder) next(apart bool) *Chunk {
	if s.stream == nil {
		o := new(opening)
		s.stream, s.cells = &o.current, slab[cell]{free: o.cells[:], size: 1}
	}
	m := &s.cells.take(apart)[0]
	s.event++
	s.chunk = &m.chunk
	s.chunk.Choices, s.chunk.stream, s.chunk.event = m.choice[:0:1], s.stream, s.event
	return s.chunk
}

func remember(memo *string, s string) {
	if s != "" && s != *memo { // equal ones mostly are the memo itself
		*memo = s
	}
}

func (s *ChunkDecoder) read(data []byte) {
	c, d := s.chunk, &s.dec
	choices := false
	if s.head.read(c, d, data) {
		choices = d.chunkChoices(c)
	} else if !d.Object() {
		d.notObject()
		return
	}
	for {
		key, ok := d.Key()
		if !ok {
			break
		}
		switch string(key) {
		case "id":
			if d.strLike(&c.ID, s.id) {
				continue
			}
		case "object", "obfuscation":
			d.Skip()
			continue
		case "created":
			if d.moment(&c.Created) {
				continue
			}
		case "model":
			if d.strLike(&c.Model, s.model) {
				continue
			}
		case "choices":
			if !choices {
				s.head.note(c, d)
			}
			choices = d.chunkChoices(c)
			continue
		case "usage":
			c.Usage = nil
			if d.Null() || s.usage() {
				continue
			}
		case "system_fingerprint":
			if d.strLike(&c.SystemFingerprint, s.fingerprint) {
				continue
			}
		case "service_tier":
			if d.strLike(&c.ServiceTier, s.tier) {
				continue
			}
		case "provider":
			if d.strLike(&c.Provider, s.provider) {
				continue
			}
		case "moderation":
			if d.raw(&c.Moderation) {
				continue
			}
		}
		c.Extra = d.keepTop(c.Extra, key)
	}
	if !choices {
		d.flags |= Suspect
		if lone(c.Extra) {
			c.Choices = make([]ChunkChoice, 1)
			d.loneDelta(c.Extra, &c.Choices[0])
		}
	}
	s.usageIn(c.Extra)
	for i := range c.Choices {
		choice := &c.Choices[i]
		s.settle(choice)
		s.usageIn(choice.Extra)
		s.usageIn(choice.Delta.Extra)
		if choice.FinishReason != "" || choice.Delta.HasContent() {
			d.flags |= Meaning
		}
	}
}

// usage reads a usage.
func (s *ChunkDecoder) usage() bool {
	u := &s.usages.take(s.dec.apart)[0]
	if !s.dec.usage(u) {
		return false
	}
	s.chunk.Usage = u
	return true
}

// usageIn looks for a usage among unknown fields, unless there is one that tells something.
func (s *ChunkDecoder) usageIn(extra map[string]json.RawMessage) {
	if u := s.chunk.Usage; u != nil && u.told() > 0 || !mayHaveUsage(extra) {
		return
	}
	if u := new(Usage); s.dec.usageElsewhere(extra, u) {
		s.chunk.Usage = u
	}
}

// chunkChoices reads an array of objects and reports that there was one.
func (d *decoder) chunkChoices(c *Chunk) bool {
	if len(c.Choices) > 0 { // twice: the last counts
		c.Choices = nil
	}
	if d.Null() {
		return false
	}
	mark := d.Mark()
	if !d.Array() {
		d.badChoices()
		return true
	}
	for d.More() {
		if d.Null() {
			continue
		}
		var choice *ChunkChoice
		c.Choices, choice = extend(c.Choices)
		if len(c.Choices) > d.maxChoices() {
			d.Fail(ErrTooMany)
		}
		if !d.spend() || !d.chunkChoice(choice) {
			c.Choices = nil
			d.Rewind(mark)
			d.badChoices()
			return true
		}
	}
	return true
}

// extend makes s longer by one, which is zero: no s is ever made shorter.
func extend[T any](s []T) ([]T, *T) {
	n := len(s)
	if n == cap(s) {
		s = slices.Grow(s, 1) // append would copy a zero there
	}
	s = s[:n+1]
	return s, &s[n]
}

func (d *decoder) chunkChoice(c *ChunkChoice) bool {
	if !d.Object() {
		return false
	}
	var message, end jscan.Mark
	messages := false
	for {
		key, ok := d.Key()
		if !ok {
			break
		}
		switch string(key) {
		case "index":
			if d.int(&c.Index) {
				continue
			}
		case "delta":
			if c.begun { // twice: the last counts
				c.Delta = Delta{}
			}
			if d.delta(&c.Delta) {
				c.begun = true
				continue
			}
			if d.Null() {
				continue
			}
			if d.str(&c.Delta.Content) {
				c.begun = true
				continue
			}
		case "message":
			if kind := d.Kind(); kind == jscan.Object || kind == jscan.String {
				message, messages = d.Mark(), true
				d.Skip()
				continue
			}
			if d.Null() {
				continue
			}
		case "finish_reason":
			if d.finish(&c.FinishReason) {
				continue
			}
		case "native_finish_reason":
			if d.strAgain(&c.NativeFinishReason, &d.native) {
				continue
			}
		case "logprobs":
			if d.logprobs(&c.Logprobs) {
				continue
			}
		case "error":
			d.choiceError()
		}
		c.Extra = d.keep(c.Extra, key)
	}
	if messages && d.Err() == nil {
		// Gateways that only pretend to stream send a whole message. Where there is
		// a delta with something in it, that counts.
		end = d.Mark()
		d.Rewind(message)
		switch text := d.Kind() == jscan.String; {
		case text && c.begun: // a word such as "success", however little the delta says
			c.Extra, messages = d.keep(c.Extra, []byte("message")), false
		case text:
			c.whole = d.str(&c.Delta.Content)
		case !c.Delta.HasContent():
			c.Delta = Delta{}
			c.whole = d.delta(&c.Delta)
		}
		c.begun = true
		d.Rewind(end)
	}
	if len(c.Extra) > 0 && !messages && !c.Delta.HasContent() {
		if text := textInPlace(c.Extra); text != "" {
			c.begun, c.Delta.Content = true, text
		}
	}
	if c.FinishReason == "" && len(c.Extra) > 0 {
		d.flags |= finishElsewhere(c.Extra, &c.FinishReason)
	}
	if d.asked.N == 1 {
		c.moved, c.Index = -c.Index, 0
	}
	if d.asked.N > 1 && (c.Index < 0 || c.Index >= d.maxChoices()) {
		d.Fail(ErrTooMany)
	}
	return true
}

package chat

import (
	"bytes"
	"slices"

	"github.com/buoy-go/buoy/internal/jscan"
)

// ChunkDecoder decodes the events of one stream. It uses the memory of each event again
// for the next one. The zero value is ready to use. It may be used by one goroutine at
// a time.
type ChunkDecoder struct {
	// Asked describes the request of this stream. Set it before the first event.
	Asked Asked

	chunk Chunk
	usage Usage
	dec   decoder

	first  progress // of the choice with index 0
	others map[int]*progress
	held   []heldHalf

	// The last value of each string that hardly ever changes.
	id, model, fingerprint, tier, provider string
}

// Decode reads one event. The chunk is valid until the next call. Its strings are
// copies; its raw values, and Raw, are parts of data. If Decode returns an error and
// [Suspect] is set, the text is valid JSON and may be a refusal.
func (s *ChunkDecoder) Decode(data []byte) (*Chunk, Signs, error) {
	s.reset()
	s.chunk.raw = data
	d := &s.dec
	d.start(s.Asked)
	d.alias = true
	d.KeepHalves()
	d.Reset(bytes.TrimPrefix(data, utf8BOM))
	s.read()
	if d.Halves() || len(s.held) > 0 {
		s.mend()
	}
	return &s.chunk, d.flags, d.end()
}

// reset clears the chunk but keeps memory, and the strings that the next event
// repeats.
func (s *ChunkDecoder) reset() {
	c, d := &s.chunk, &s.dec
	remember(&s.id, &c.ID)
	remember(&s.model, &c.Model)
	remember(&s.fingerprint, &c.SystemFingerprint)
	remember(&s.tier, &c.ServiceTier)
	remember(&s.provider, &c.Provider)
	d.reclaim(c.Extra)
	for i := range c.Choices {
		choice := &c.Choices[i]
		d.reclaim(choice.Extra)
		choice.Extra = nil
		d.reclaim(choice.Delta.Extra)
		choice.Delta.Extra = nil
	}
	c.Created, c.Choices, c.Usage, c.Moderation, c.Extra = 0, c.Choices[:0], nil, nil, nil
	c.Restarted, c.raw = false, nil
}

func remember(memo, s *string) {
	if *s != "" {
		*memo, *s = *s, ""
	}
}

func (s *ChunkDecoder) read() {
	c, d := &s.chunk, &s.dec
	if !d.Object() {
		d.notObject()
		return
	}
	choices := false
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
			if d.int64(&c.Created) {
				continue
			}
		case "model":
			if d.strLike(&c.Model, s.model) {
				continue
			}
		case "choices":
			choices = d.chunkChoices(c)
			continue
		case "usage":
			c.Usage = nil
			if d.Null() {
				continue
			}
			if d.usage(&s.usage) {
				c.Usage = &s.usage
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
	}
	if c.Usage == nil && d.usageElsewhere(c.Extra, &s.usage) {
		c.Usage = &s.usage
	}
	for i := range c.Choices {
		choice := &c.Choices[i]
		s.settle(choice)
		if c.Usage == nil && d.usageElsewhere(choice.Extra, &s.usage) {
			c.Usage = &s.usage
		}
		if choice.FinishReason != "" || choice.Delta.HasContent() {
			d.flags |= Meaning
		}
	}
}

// chunkChoices reads an array of objects and reports that there was one.
func (d *decoder) chunkChoices(c *Chunk) bool {
	c.Choices = c.Choices[:0]
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
			c.Choices = c.Choices[:0]
			d.Rewind(mark)
			d.badChoices()
			return true
		}
	}
	return true
}

// extend makes s longer by one, which is the memory of an element that was there
// before, if there is one.
func extend[T any](s []T) ([]T, *T) {
	n := len(s)
	if n == cap(s) {
		s = slices.Grow(s, 1) // it is zero; append would copy a zero there
	}
	s = s[:n+1]
	return s, &s[n]
}

func (d *decoder) chunkChoice(c *ChunkChoice) bool {
	if !d.Object() {
		return false
	}
	native := c.NativeFinishReason
	var message, end jscan.Mark
	messages := false
	*c = ChunkChoice{Delta: Delta{ToolCalls: c.Delta.ToolCalls[:0]}}
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
			if d.delta(&c.Delta) {
				c.begun = true
				continue
			}
			if d.Null() {
				continue
			}
		case "message":
			if d.Kind() == jscan.Object {
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
			if d.strLike(&c.NativeFinishReason, native) {
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
		c.begun = true
		if !c.Delta.HasContent() {
			end = d.Mark()
			d.Rewind(message)
			c.whole = d.delta(&c.Delta)
			d.Rewind(end)
		}
	}
	if d.asked.N == 1 {
		c.moved, c.Index = -c.Index, 0
	}
	if d.asked.N > 1 && (c.Index < 0 || c.Index >= d.maxChoices()) {
		d.Fail(ErrTooMany)
	}
	return true
}

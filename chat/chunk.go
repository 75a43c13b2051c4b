package chat

import (
	"encoding/json"
	"slices"

	"github.com/buoy-go/buoy/internal/clone"
)

// Chunk is one event of a stream. It stays valid: you may collect chunks, or send them
// through a channel. Only [Chunk.Raw] stops working when the next chunk is read.
//
// Up to 15 chunks of a stream share a piece of memory, so a chunk that you keep also
// keeps the others: some 25 KB at most in an ordinary stream. If you keep a few chunks
// of many streams, a [Chunk.Clone] takes less.
//
// The zero value is an empty chunk. Several goroutines may read a chunk at once.
type Chunk struct {
	ID                string
	Model             string
	Created           int64         // Unix seconds
	Choices           []ChunkChoice // may be empty, as in the chunk with the usage
	Usage             *Usage        // usually in the last chunk only
	SystemFingerprint string
	ServiceTier       string
	Provider          string          // OpenRouter: the provider that answers
	Moderation        json.RawMessage // OpenAI: results of Request.Moderation
	// Extra has the fields that buoy does not know, unless they are null. It also has
	// known fields whose value is not of the documented type.
	Extra map[string]json.RawMessage

	// Restarted reports that the answer starts over after an interruption. Discard
	// everything that came before this chunk. See buoy.WithStreamRecovery.
	Restarted bool

	event  uint32   // its number in the stream
	stream *current // whose event this is; nil for a chunk that was made
}

// ChunkChoice is the part of a [Chunk] that belongs to one choice.
type ChunkChoice struct {
	Index              int
	Delta              Delta
	FinishReason       string // "" until the choice ends
	NativeFinishReason string // the reason as the provider behind a gateway wrote it
	Logprobs           *Logprobs
	Extra              map[string]json.RawMessage

	begun bool // a delta was there, be it empty
	whole bool // what is in Delta came as a message
	moved int  // from the index that the provider sent to Index
}

// Delta is what was added to a choice. Append the texts of all chunks to get the whole
// text. The Response method of a stream returns the assembled answer.
type Delta struct {
	Role string
	// Content is a piece of text. NullContent reports that null was sent instead.
	Content     string
	NullContent bool
	// Parts is the content if it came as an array. Content then holds the text of the
	// parts.
	Parts     []Part
	Reasoning string
	// ReasoningField is the JSON name that Reasoning came under: "" for "reasoning", or
	// "reasoning_content" or "reasoning_text".
	ReasoningField   string
	Refusal          string
	ToolCalls        []ToolCallDelta
	ReasoningDetails json.RawMessage
	Audio            *Audio
	Annotations      []Annotation
	FunctionCall     *FunctionCall // deprecated by OpenAI in favour of ToolCalls
	Extra            map[string]json.RawMessage
}

// ToolCallDelta is what was added to a tool call. The id and the name come first. The
// arguments follow in pieces.
type ToolCallDelta struct {
	Index    int // of the call within its choice
	ID       string
	Type     string
	Function FunctionCall
	Custom   *CustomCall
	Extra    map[string]json.RawMessage

	unplaced bool // no index came: Index is the place in the event
}

// FunctionCall names a function and its arguments.
type FunctionCall struct {
	Name string
	// Arguments is JSON as the model wrote it. It may be invalid, so check it before
	// use. In a [ToolCallDelta] it is a piece of that JSON.
	Arguments string
	Extra     map[string]json.RawMessage
}

// Began reports whether the event had a delta for this choice, even an empty one.
func (c *ChunkChoice) Began() bool { return c.begun }

// Sent returns the index that the provider sent. It may differ from Index, which is
// always 0 when one choice was asked for.
func (c *ChunkChoice) Sent() int { return c.Index - c.moved }

// Placed reports whether the provider sent an index. If it did not, Index is the place
// among the calls of the event.
func (c *ToolCallDelta) Placed() bool { return !c.unplaced }

// Text returns the text that was added to the first choice, or "" if there is none.
func (c *Chunk) Text() string {
	if len(c.Choices) == 0 {
		return ""
	}
	text := c.Choices[0].Delta.Content
	for i := 1; i < len(c.Choices); i++ { // some proxies send one choice in pieces
		if c.Choices[i].Index == c.Choices[0].Index {
			text += c.Choices[i].Delta.Content
		}
	}
	return text
}

// Raw returns a copy of the event's data as it was received. It returns nil for a chunk
// that buoy made, and for every chunk when the next one is read or the stream has ended.
// To keep the data, call Raw or [Chunk.Clone] before that. Any goroutine may call it.
func (c *Chunk) Raw() []byte {
	if c.stream == nil {
		return nil
	}
	return c.stream.of(c.event)
}

// AppendRaw appends to dst what Raw returns, without a copy in between. ok is false where
// Raw is nil.
func (c *Chunk) AppendRaw(dst []byte) (data []byte, ok bool) {
	if c.stream == nil {
		return dst, false
	}
	return c.stream.appendTo(dst, c.event)
}

// Head returns the fields that describe the answer as a whole: a copy of the chunk
// without its choices and without Raw.
func (c *Chunk) Head() Chunk {
	h := *c
	h.stream, h.event, h.Choices = nil, 0, nil
	return h
}

// Clone returns a copy that shares no memory with c. Its Raw returns what that of c
// returns now, and goes on doing so.
func (c *Chunk) Clone() *Chunk {
	d := *c
	d.stream, d.event = nil, 0
	if raw := c.Raw(); raw != nil {
		d.stream = &current{data: raw}
	}
	d.Usage = c.Usage.Clone()
	d.Moderation = clone.Raw(c.Moderation)
	d.Extra = clone.Extra(c.Extra)
	d.Choices = slices.Clone(c.Choices)
	for i := range d.Choices {
		choice := &d.Choices[i]
		choice.Logprobs = choice.Logprobs.Clone()
		choice.Extra = clone.Extra(choice.Extra)
		choice.Delta = choice.Delta.clone()
	}
	return &d
}

// MarshalJSON returns the call as it is sent to a provider.
func (f FunctionCall) MarshalJSON() ([]byte, error) {
	var w writer
	w.functionCall(&f)
	return w.done()
}

// UnmarshalJSON reads a call as a provider sends it or MarshalJSON wrote it.
func (f *FunctionCall) UnmarshalJSON(data []byte) error {
	return unmarshalWith(data, func(d *decoder) bool { return d.functionCall(f) })
}

func (d *Delta) clone() Delta {
	c := *d
	c.ReasoningDetails = clone.Raw(d.ReasoningDetails)
	c.Parts = cloneParts(d.Parts)
	c.Audio = clone.Ptr(d.Audio)
	c.Annotations = slices.Clone(d.Annotations)
	for i := range c.Annotations {
		a := &c.Annotations[i]
		a.URLCitation = clone.Ptr(a.URLCitation)
		a.Extra = clone.Extra(a.Extra)
	}
	c.FunctionCall = clone.Ptr(d.FunctionCall)
	if c.FunctionCall != nil {
		c.FunctionCall.Extra = clone.Extra(c.FunctionCall.Extra)
	}
	c.Extra = clone.Extra(d.Extra)
	c.ToolCalls = slices.Clone(d.ToolCalls)
	for i := range c.ToolCalls {
		call := &c.ToolCalls[i]
		call.Function.Extra = clone.Extra(call.Function.Extra)
		call.Custom = clone.Ptr(call.Custom)
		call.Extra = clone.Extra(call.Extra)
	}
	return c
}

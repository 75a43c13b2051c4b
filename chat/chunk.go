package chat

import (
	"bytes"
	"encoding/json"
	"slices"

	"github.com/buoy-go/buoy/internal/clone"
)

// Chunk is one event of a stream. It is valid until the next one is asked for,
// since its memory is used again; its strings may be kept, anything else needs
// [Chunk.Clone].
type Chunk struct {
	ID                string
	Model             string
	Created           int64         // Unix seconds
	Choices           []ChunkChoice // may be empty, as in the chunk with the usage
	Usage             *Usage        // mostly in the last chunk only
	SystemFingerprint string
	ServiceTier       string
	Provider          string          // OpenRouter: who answers
	Moderation        json.RawMessage // OpenAI: results of Request.Moderation
	// Extra has the fields that buoy does not know, unless they are null, and
	// known ones whose value is not of the documented type.
	Extra map[string]json.RawMessage

	// Restarted reports that the stream began again after an interruption and
	// what came before this chunk has to be forgotten (see buoy.WithStreamRecovery).
	Restarted bool

	raw []byte
}

// ChunkChoice is the news about one choice.
type ChunkChoice struct {
	Index              int
	Delta              Delta
	FinishReason       string // "" until the choice ends
	NativeFinishReason string // the reason in the words of a gateway's upstream
	Logprobs           *Logprobs
	Extra              map[string]json.RawMessage

	begun bool // a delta was there, be it empty
	whole bool // what is in Delta came as a message
	moved int  // from the index that the provider sent to Index
}

// Delta is what a choice grew by. Append the texts of all chunks to get the
// whole; the Response of a stream does it for you.
type Delta struct {
	Role string
	// Content is a piece of text. NullContent says that it came as null.
	Content     string
	NullContent bool
	// Parts is the content where it came as an array; Content is then their text.
	Parts     []Part
	Reasoning string
	// ReasoningField is the wire name of Reasoning: "" for "reasoning", or
	// "reasoning_content".
	ReasoningField   string
	Refusal          string
	ToolCalls        []ToolCallDelta
	ReasoningDetails json.RawMessage
	Audio            *Audio
	Annotations      []Annotation
	FunctionCall     *FunctionCall // deprecated by OpenAI: ToolCalls
	Extra            map[string]json.RawMessage
}

// ToolCallDelta is what a tool call grew by. The id and the name come first, the
// arguments in pieces after them.
type ToolCallDelta struct {
	Index    int // which of the choice's calls
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
	// Arguments is JSON as the model wrote it, which may be broken: check it
	// before use. In a [ToolCallDelta] it is a piece of that.
	Arguments string
	Extra     map[string]json.RawMessage
}

// Began reports that the event had a delta for this choice, be it empty: the choice
// has begun.
func (c *ChunkChoice) Began() bool { return c.begun }

// Sent is the index that the provider sent. Where one choice was asked for Index is 0
// whatever that is.
func (c *ChunkChoice) Sent() int { return c.Index - c.moved }

// Placed reports that the provider sent an index. Where it did not, Index is the place
// among the event's calls.
func (c *ToolCallDelta) Placed() bool { return !c.unplaced }

// Text returns what the text of the first choice grew by, "" when nothing.
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

// Raw returns the event's data as it came, nil for a chunk that buoy made
// itself. It is valid as long as the chunk is, and must not be changed.
func (c *Chunk) Raw() []byte { return c.raw }

// Head returns what the chunk says of the answer as a whole: a copy without the
// choices and without Raw.
func (c *Chunk) Head() Chunk {
	h := *c
	h.raw, h.Choices = nil, nil
	return h
}

// Clone returns a copy that stays valid.
func (c *Chunk) Clone() *Chunk {
	d := *c
	d.raw = bytes.Clone(c.raw)
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

// MarshalJSON returns the call as it is sent.
func (f FunctionCall) MarshalJSON() ([]byte, error) {
	var w writer
	w.functionCall(&f)
	return w.done()
}

// UnmarshalJSON reads a call.
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

package assemble

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/buoy-go/buoy/chat"
	"github.com/buoy-go/buoy/internal/clone"
	"github.com/buoy-go/buoy/internal/jscan"
)

// choiceBuilder grows one choice. Builders of strings give out their text without
// a copy while they go on growing.
type choiceBuilder struct {
	index                       int
	begun                       bool
	role, finish, native        string
	content, reasoning, refusal strings.Builder
	reasoningField              string
	calls                       []*callBuilder
	function                    *callBuilder // of the deprecated function_call
	details                     detailsBuilder
	audio                       *audioBuilder
	annotations                 []chat.Annotation
	logprobs                    *chat.Logprobs
	message, extra              map[string]json.RawMessage // Extra of the message and of the choice
}

// callBuilder grows one tool call.
type callBuilder struct {
	index           int
	id, kind        string
	name, arguments strings.Builder
	custom          bool
	extra, inner    map[string]json.RawMessage // Extra of the call and of its function
}

func (b *choiceBuilder) add(c *chat.ChunkChoice) {
	d := &c.Delta
	b.begun = b.begun || began(c)
	b.role = cmp.Or(b.role, d.Role)
	b.finish = cmp.Or(c.FinishReason, b.finish)
	b.native = cmp.Or(c.NativeFinishReason, b.native)
	b.content.WriteString(d.Content)
	b.refusal.WriteString(d.Refusal)
	if d.Reasoning != "" {
		b.reasoning.WriteString(d.Reasoning)
		b.reasoningField = d.ReasoningField
	}
	for i := range d.ToolCalls {
		b.call(&d.ToolCalls[i])
	}
	if d.FunctionCall != nil {
		if b.function == nil {
			b.function = new(callBuilder)
		}
		b.function.add(d.FunctionCall)
	}
	b.details.add(d.ReasoningDetails)
	if d.Audio != nil {
		if b.audio == nil {
			b.audio = new(audioBuilder)
		}
		b.audio.add(d.Audio)
	}
	if len(d.Annotations) > 0 {
		b.annotations = append(b.annotations, cloneAnnotations(d.Annotations)...)
	}
	if l := c.Logprobs.Clone(); l != nil {
		if b.logprobs == nil {
			b.logprobs = new(chat.Logprobs)
		}
		b.logprobs.Content = append(b.logprobs.Content, l.Content...)
		b.logprobs.Refusal = append(b.logprobs.Refusal, l.Refusal...)
	}
	b.message = mergeExtra(b.message, d.Extra)
	b.extra = mergeExtra(b.extra, c.Extra)
}

func (b *choiceBuilder) build() chat.Choice {
	m := chat.Message{
		Role:           cmp.Or(b.role, chat.RoleAssistant),
		Content:        b.content.String(),
		Refusal:        b.refusal.String(),
		Reasoning:      b.reasoning.String(),
		ReasoningField: b.reasoningField,
		Annotations:    slices.Clone(b.annotations),
		Extra:          maps.Clone(b.message),
	}
	m.ReasoningDetails = b.details.build()
	if b.audio != nil {
		m.Audio = b.audio.build()
	}
	if b.function != nil {
		m.FunctionCall = new(b.function.build().Function)
	}
	for _, c := range b.sortedCalls() {
		m.ToolCalls = append(m.ToolCalls, c.build())
	}
	return chat.Choice{
		Index:              b.index,
		Message:            m,
		FinishReason:       b.finish,
		NativeFinishReason: b.native,
		Logprobs:           b.logprobs.Clone(),
		Extra:              maps.Clone(b.extra),
	}
}

// sortedCalls has the calls by index, and in the order of their arrival where
// servers give all the same.
func (b *choiceBuilder) sortedCalls() []*callBuilder {
	calls := slices.Clone(b.calls)
	slices.SortStableFunc(calls, func(x, y *callBuilder) int { return cmp.Compare(x.index, y.index) })
	return calls
}

// call takes in a piece of a tool call: it belongs to the latest call with its
// index. Gemini's compatible endpoint sends several whole calls that all have
// index 0, so another id together with a name begins a new call; another id
// alone does not, since some servers make one up for every piece.
func (b *choiceBuilder) call(d *chat.ToolCallDelta) {
	var c *callBuilder
	for _, have := range slices.Backward(b.calls) {
		if have.index == d.Index {
			c = have
			break
		}
	}
	named := d.Function.Name != "" || d.Custom != nil && d.Custom.Name != ""
	if c == nil || named && d.ID != "" && c.id != "" && d.ID != c.id {
		c = &callBuilder{index: d.Index}
		b.calls = append(b.calls, c)
	}
	c.id = cmp.Or(c.id, d.ID)
	c.kind = cmp.Or(c.kind, d.Type)
	c.add(&d.Function)
	if d.Custom != nil {
		c.custom = true
		c.add(&chat.FunctionCall{Name: d.Custom.Name, Arguments: d.Custom.Input})
	}
	c.extra = mergeExtra(c.extra, d.Extra)
}

// add takes in a piece of a function call. A name comes whole, or in pieces
// before the arguments, or whole again with every piece.
func (b *callBuilder) add(f *chat.FunctionCall) {
	if b.arguments.Len() == 0 && f.Name != b.name.String() {
		b.name.WriteString(f.Name)
	}
	b.arguments.WriteString(f.Arguments)
	b.inner = mergeExtra(b.inner, f.Extra)
}

func (b *callBuilder) build() chat.ToolCall {
	c := chat.ToolCall{ID: b.id, Type: b.kind, Extra: maps.Clone(b.extra)}
	if b.custom {
		c.Type = cmp.Or(c.Type, chat.ToolCustom)
		c.Custom = &chat.CustomCall{Name: b.name.String(), Input: b.arguments.String()}
		return c
	}
	c.Type = cmp.Or(c.Type, chat.ToolFunction)
	c.Function = chat.FunctionCall{Name: b.name.String(), Arguments: b.arguments.String(), Extra: maps.Clone(b.inner)}
	return c
}

// audioBuilder grows a spoken answer. Each piece of the data is base64 of its own,
// perhaps padded, so the pieces are joined as bytes.
type audioBuilder struct {
	head       chat.Audio
	transcript strings.Builder
	data       []byte
	text       strings.Builder // in place of data when a piece was not base64
}

func (b *audioBuilder) add(a *chat.Audio) {
	b.head.ID = cmp.Or(b.head.ID, a.ID)
	b.head.ExpiresAt = cmp.Or(a.ExpiresAt, b.head.ExpiresAt)
	b.transcript.WriteString(a.Transcript)
	if b.text.Len() == 0 {
		if grown, err := base64.StdEncoding.AppendDecode(b.data, []byte(a.Data)); err == nil {
			b.data = grown
			return
		}
		b.text.WriteString(base64.StdEncoding.EncodeToString(b.data))
	}
	b.text.WriteString(a.Data)
}

func (b *audioBuilder) build() *chat.Audio {
	a := b.head
	a.Transcript = b.transcript.String()
	a.Data = b.text.String()
	if a.Data == "" {
		a.Data = base64.StdEncoding.EncodeToString(b.data)
	}
	return &a
}

// opaque reports something that cannot be taken piece by piece.
func (b *choiceBuilder) opaque() bool {
	return b.audio != nil || len(b.annotations) > 0 || b.logprobs != nil ||
		len(b.details.blocks) > 0 || b.details.other != nil || b.message["images"] != nil
}

// mergeExtra adds the unknown fields of a piece to those that came before. Arrays
// of images are joined; of everything else the last value stays. Fields that buoy
// knows are there when a value was not what is documented: of those that come in
// pieces a single piece would replace the whole, so they are left to [Chunk.Raw].
func mergeExtra(have, news map[string]json.RawMessage) map[string]json.RawMessage {
	for name, raw := range news {
		switch name {
		case "content", "reasoning", "reasoning_content", "reasoning_details", "refusal", "audio", "annotations",
			"tool_calls", "function_call", "function", "custom", "arguments", "delta", "message", "logprobs":
		case "images":
			have = setExtra(have, name, joinArrays(have[name], raw))
		default:
			have = setExtra(have, name, clone.Raw(raw))
		}
	}
	return have
}

func setExtra(extra map[string]json.RawMessage, name string, raw json.RawMessage) map[string]json.RawMessage {
	if extra == nil {
		extra = make(map[string]json.RawMessage)
	}
	extra[name] = raw
	return extra
}

// joinArrays returns a new array of the items of both, or a copy of b if one of
// them has none.
func joinArrays(a, b json.RawMessage) json.RawMessage {
	if !jscan.HasItems(a) || !jscan.HasItems(b) {
		return clone.Raw(b)
	}
	a, b = bytes.TrimSpace(a), bytes.TrimSpace(b)
	joined := make(json.RawMessage, 0, len(a)+len(b))
	joined = append(joined, a[:len(a)-1]...)
	joined = append(joined, ',')
	return append(joined, b[1:]...)
}

// cloneAnnotations copies what the next event overwrites.
func cloneAnnotations(list []chat.Annotation) []chat.Annotation {
	list = slices.Clone(list)
	for i := range list {
		a := &list[i]
		a.URLCitation = clone.Ptr(a.URLCitation)
		a.Extra = clone.Extra(a.Extra)
	}
	return list
}

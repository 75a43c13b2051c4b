package assemble

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/buoy-go/buoy/chat"
	"github.com/buoy-go/buoy/internal/clone"
)

// choiceBuilder grows one choice. Builders of strings give out their text without
// a copy while they go on growing.
type choiceBuilder struct {
	index                       int
	begun                       bool
	role, finish, native        string
	content, reasoning, refusal strings.Builder
	nullContent                 bool // it came as null
	parts                       partsBuilder
	reasoningField              string
	calls                       callList
	function                    *callBuilder // of the deprecated function_call
	details                     detailsBuilder
	audio                       *audioBuilder
	annotations                 []chat.Annotation
	noted                       map[string]bool // annotations that there are
	logprobs                    *chat.Logprobs
	message                     extraBuilder               // Extra of the message
	extra                       map[string]json.RawMessage // Extra of the choice
}

func (b *choiceBuilder) add(c *chat.ChunkChoice) {
	d := &c.Delta
	b.begun = b.begun || began(c)
	if b.role == "" {
		b.role = d.Role
	}
	latest(&b.finish, c.FinishReason)
	latest(&b.native, c.NativeFinishReason)
	if b.content.Cap() == 0 && d.Content != "" {
		b.content.Grow(64) // the first pieces are short
	}
	b.parts.add(d.Parts, d.Content, b.content.String())
	b.content.WriteString(d.Content)
	b.nullContent = b.nullContent || d.NullContent
	b.refusal.WriteString(d.Refusal)
	if d.Reasoning != "" {
		b.reasoning.WriteString(d.Reasoning)
		b.reasoningField = d.ReasoningField
	} else if b.reasoning.Len() == 0 && d.ReasoningField != "" {
		b.reasoningField = d.ReasoningField // an empty one has to go back, too
	}
	for i := range d.ToolCalls {
		b.calls.add(&d.ToolCalls[i], len(d.ToolCalls) > 1)
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
		b.annotate(d.Annotations)
	}
	if l := c.Logprobs.Clone(); l != nil {
		if b.logprobs == nil {
			b.logprobs = new(chat.Logprobs)
		}
		b.logprobs.Content = append(b.logprobs.Content, l.Content...)
		b.logprobs.Refusal = append(b.logprobs.Refusal, l.Refusal...)
	}
	if len(d.Extra) > 0 {
		b.message.add(d.Extra)
	}
	if len(c.Extra) > 0 {
		b.extra = mergeExtra(b.extra, c.Extra)
	}
}

func (b *choiceBuilder) build() chat.Choice {
	m := chat.Message{
		Role:           cmp.Or(b.role, chat.RoleAssistant),
		Content:        b.content.String(),
		Refusal:        b.refusal.String(),
		Reasoning:      b.reasoning.String(),
		ReasoningField: b.reasoningField,
		Annotations:    slices.Clone(b.annotations),
		NullContent:    b.nullContent && b.content.Len() == 0,
		Parts:          b.parts.build(),
		Extra:          b.message.build(b.typed),
	}
	m.ReasoningDetails = b.details.build()
	if b.audio != nil {
		m.Audio = b.audio.build()
	}
	if b.function != nil {
		m.FunctionCall = new(b.function.build().Function)
	}
	for _, c := range b.calls.sorted() {
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
		len(b.details.blocks) > 0 || b.details.other != nil || b.message.values["images"] != nil
}

// typed reports a documented field that has a value of its type: one of another type is
// a piece then, and replaces nothing.
func (b *choiceBuilder) typed(name string) bool {
	switch name {
	case "content":
		return b.content.Len() > 0 || len(b.parts.list) > 0
	case "reasoning", "reasoning_content":
		return b.reasoning.Len() > 0
	case "reasoning_text":
		return b.reasoningField == name
	case "reasoning_details":
		return true
	case "refusal":
		return b.refusal.Len() > 0
	case "audio":
		return b.audio != nil
	case "annotations":
		return len(b.annotations) > 0
	case "tool_calls":
		return len(b.calls.all) > 0
	case "function_call":
		return b.function != nil
	}
	return false
}

// overfull reports that there was more of something than can be meant.
func (b *choiceBuilder) overfull() bool {
	return b.calls.ignoredMore || b.details.more || b.parts.more || b.message.more || len(b.annotations) > maxBlocks
}

// annotate adds annotations that are new: some servers send those that there are with
// every event.
func (b *choiceBuilder) annotate(list []chat.Annotation) {
	if b.noted == nil {
		b.noted = make(map[string]bool)
	}
	for _, a := range cloneAnnotations(list) {
		text, err := a.MarshalJSON()
		if err == nil && b.noted[string(text)] || len(b.annotations) > maxBlocks {
			continue
		}
		b.noted[string(text)] = true
		b.annotations = append(b.annotations, a)
	}
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

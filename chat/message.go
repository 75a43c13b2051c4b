package chat

import (
	"encoding/json"
	"strings"

	"github.com/buoy-go/buoy/internal/jscan"
)

// Roles of a [Message].
const (
	RoleSystem    = "system"
	RoleDeveloper = "developer"
	RoleUser      = "user"
	RoleAssistant = "assistant"
	RoleTool      = "tool"
	RoleFunction  = "function" // deprecated by OpenAI in favour of RoleTool
)

// Message is one turn of a conversation. A [Request] sends messages, and a [Choice] of
// an answer has one. An answer can be appended to the next request unchanged:
//
//	req.Messages = append(req.Messages, resp.Choices[0].Message)
//
// Most of an answer is then sent back: the text, the tool calls, the refusal, the
// reasoning (under the name it came with), the reasoning details byte for byte, the id
// of the audio, and every field that buoy does not know. Annotations are sent back
// unless they are citations, because OpenRouter reads a parsed file from them instead
// of parsing it again. Citations and audio data are not sent back, because no provider
// reads them. Set Reasoning to "" for a provider that refuses it in a request.
//
// The zero value is not a valid message: set Role. Several goroutines may read a
// Message. Do not change it while a call uses it.
type Message struct {
	Role string
	// Content is the text.
	Content string
	// NullContent reports that the content came as null. It is sent back as null beside
	// tool calls, a function call, a refusal or audio. Otherwise an empty text is sent,
	// because servers refuse a null that they did not write.
	NullContent bool
	// Parts is content of several kinds, made with [Text], [ImageURL] and so on. If it
	// is set, it is sent as an array. Content must then be empty or equal the joined
	// text of the parts. In an answer that came in parts it is that text.
	Parts []Part
	Name  string // of the participant; for RoleFunction, of the function

	ToolCallID string // for RoleTool: the id of the call that this answers
	ToolCalls  []ToolCall
	// FunctionCall is the predecessor of ToolCalls, deprecated by OpenAI.
	FunctionCall *FunctionCall

	Refusal string // the model's refusal, sent instead of a text
	// Reasoning is the visible chain of thought. It is read from "reasoning",
	// "reasoning_content" or "reasoning_text".
	Reasoning string
	// ReasoningField is the JSON name that Reasoning came under: "" for "reasoning", or
	// "reasoning_content", "reasoning_text", or "reasoning_details" where the text is that
	// of the details, which alone are sent back then.
	ReasoningField string
	// ReasoningDetails is a JSON array of the provider's blocks, often signed or
	// encrypted. Models that think between tool calls need it back unchanged.
	ReasoningDetails json.RawMessage

	Audio       *Audio
	Annotations []Annotation
	// CacheControl marks the end of a prompt prefix to be cached (AITUNNEL,
	// OpenRouter). Some providers look for it only on a [Part].
	CacheControl *CacheControl
	// Extra has the fields that buoy does not know, and known fields whose value is not
	// of the documented type. A key in it replaces the field of that name.
	Extra map[string]json.RawMessage
}

// System makes a message with instructions that apply to the whole conversation.
func System(text string) Message { return Message{Role: RoleSystem, Content: text} }

// SystemParts is [System] with several parts, for example one that ends in a breakpoint of
// the prompt cache ([Part.CacheControl]).
func SystemParts(parts ...Part) Message { return Message{Role: RoleSystem, Parts: parts} }

// Developer makes a message with instructions, like [System], for models that know the
// developer role. OpenAI's reasoning models use it instead of the system role.
func Developer(text string) Message { return Message{Role: RoleDeveloper, Content: text} }

// User makes a message from the user.
func User(text string) Message { return Message{Role: RoleUser, Content: text} }

// Assistant makes a message from the model.
func Assistant(text string) Message { return Message{Role: RoleAssistant, Content: text} }

// UserParts makes a message from the user with several parts, for example a question
// about a picture.
func UserParts(parts ...Part) Message { return Message{Role: RoleUser, Parts: parts} }

// ToolResult makes the message with the result of the tool call that has this id.
func ToolResult(id, content string) Message {
	return Message{Role: RoleTool, ToolCallID: id, Content: content}
}

// Text returns the text of the message: Content, or the joined text parts if Content is
// empty.
func (m *Message) Text() string {
	if m.Content != "" || len(m.Parts) == 0 {
		return m.Content
	}
	return joinText(m.Parts)
}

// bare reports a message of one of the common roles that has a text and nothing else. Most
// are, and need no look at each field.
func (m *Message) bare() bool {
	switch m.Role {
	case RoleSystem, RoleDeveloper, RoleUser, RoleAssistant:
	default:
		return false
	}
	return len(m.Parts)+len(m.ToolCalls)+len(m.Annotations)+len(m.ReasoningDetails)+len(m.Extra) == 0 &&
		len(m.Name)+len(m.ToolCallID)+len(m.Refusal)+len(m.Reasoning)+len(m.ReasoningField) == 0 &&
		!m.NullContent && m.FunctionCall == nil && m.Audio == nil && m.CacheControl == nil
}

// HasContent reports whether the message has any content: text, reasoning, a refusal, a
// tool call, audio or a picture.
func (m *Message) HasContent() bool {
	return m.answers() || m.Reasoning != "" || jscan.HasItems(m.ReasoningDetails)
}

// answers reports content that is more than reasoning.
func (m *Message) answers() bool {
	return m.Content != "" || m.Refusal != "" || m.calls() || m.FunctionCall != nil && !m.FunctionCall.none() || m.Audio.some() ||
		partsHaveContent(m.Parts) || extraHasContent(m.Extra)
}

// calls reports a tool call that calls something.
func (m *Message) calls() bool {
	for i := range m.ToolCalls {
		if !m.ToolCalls[i].ghost() {
			return true
		}
	}
	return false
}

// partsHaveContent reports a part that is not an empty text.
func partsHaveContent(parts []Part) bool {
	for i := range parts {
		if parts[i].Type != PartText || parts[i].Text != "" {
			return true
		}
	}
	return false
}

// extraHasContent reports pictures, or content of another form than text and parts.
func extraHasContent(extra map[string]json.RawMessage) bool {
	if jscan.HasItems(extra["images"]) {
		return true
	}
	content := extra["content"]
	return !jscan.Blank(content) && string(content) != "{}"
}

// delta returns the whole message as one piece.
func (m *Message) delta() Delta {
	d := Delta{
		Role: m.Role, Content: m.Text(), NullContent: m.NullContent, Parts: m.Parts, Refusal: m.Refusal,
		Reasoning: m.Reasoning, ReasoningField: m.ReasoningField, ReasoningDetails: m.ReasoningDetails,
		Audio: m.Audio, Annotations: m.Annotations, FunctionCall: m.FunctionCall, Extra: m.Extra,
	}
	for i, call := range m.ToolCalls {
		d.ToolCalls = append(d.ToolCalls, ToolCallDelta{
			Index: i, ID: call.ID, Type: call.Type, Function: call.Function, Custom: call.Custom, Extra: call.Extra,
		})
	}
	return d
}

// MarshalJSON returns the whole message, for storing. A provider is sent less; see
// [Message].
func (m Message) MarshalJSON() ([]byte, error) {
	w := writer{whole: true}
	w.message(&m)
	return w.done()
}

// UnmarshalJSON reads a message as a provider sends it or MarshalJSON wrote it.
func (m *Message) UnmarshalJSON(data []byte) error {
	return unmarshalWith(data, func(d *decoder) bool { return d.message(m) })
}

func joinText(parts []Part) string {
	if len(parts) == 1 {
		return parts[0].Text
	}
	var b strings.Builder
	for i := range parts {
		b.WriteString(parts[i].Text)
	}
	return b.String()
}

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

// Message is one turn of a conversation. It is both what a [Request] sends and
// what a [Choice] brings, so an answer can be appended to the next request as
// it is:
//
//	req.Messages = append(req.Messages, resp.Choices[0].Message)
//
// Sent back are then the text, the tool calls, the refusal, the reasoning (under
// the name it came with), the reasoning details byte for byte, the id of the
// audio, annotations that are not citations (OpenRouter reads a parsed file from
// them instead of parsing it again), and every field that buoy does not know.
// Not sent back are citations and the audio data, which no provider reads. Set
// Reasoning to "" for a provider that refuses it on the way in.
//
// The zero value is not a message: it needs a Role. A Message may be read from
// several goroutines, not changed while a call uses it.
type Message struct {
	Role string
	// Content is the text.
	Content string
	// NullContent says that it came as null. So it goes back beside calls, a function
	// call, a refusal or audio; else an empty text is sent, since servers refuse a
	// null that they did not write.
	NullContent bool
	// Parts is content of several kinds, made with [Text], [ImageURL] and so on.
	// When it is set it is what is sent, as an array; Content must then be empty
	// or the joined text of the parts, which is what an answer that came in parts
	// has there.
	Parts []Part
	Name  string // the participant's name, or the function's for RoleFunction

	ToolCallID string // RoleTool: the call that this is the result of
	ToolCalls  []ToolCall
	// FunctionCall is the predecessor of ToolCalls, deprecated by OpenAI.
	FunctionCall *FunctionCall

	Refusal string // why the model declined, instead of a text
	// Reasoning is the visible chain of thought, whichever of "reasoning" and
	// "reasoning_content" it came as.
	Reasoning string
	// ReasoningField is the wire name of Reasoning: "" for "reasoning", or
	// "reasoning_content".
	ReasoningField string
	// ReasoningDetails is an array of the provider's blocks, often signed or
	// encrypted. Models that think between tool calls want it back unchanged.
	ReasoningDetails json.RawMessage

	Audio       *Audio
	Annotations []Annotation
	// CacheControl marks a breakpoint of the prompt cache (AITUNNEL,
	// OpenRouter); not every provider looks for it on a message, see [Part].
	CacheControl *CacheControl
	// Extra has the fields that buoy does not know, and known ones whose value
	// is not of the documented type. A key in it replaces the field of that name.
	Extra map[string]json.RawMessage
}

// System makes the instructions that stand above the conversation.
func System(text string) Message { return Message{Role: RoleSystem, Content: text} }

// Developer makes the instructions for models that know the developer role,
// which for OpenAI's reasoning models replaces the system role.
func Developer(text string) Message { return Message{Role: RoleDeveloper, Content: text} }

// User makes what the user says.
func User(text string) Message { return Message{Role: RoleUser, Content: text} }

// Assistant makes what the model said.
func Assistant(text string) Message { return Message{Role: RoleAssistant, Content: text} }

// UserParts makes a user's message of several parts, for example a question
// about a picture.
func UserParts(parts ...Part) Message { return Message{Role: RoleUser, Parts: parts} }

// ToolResult makes the answer to the tool call with the given id.
func ToolResult(id, content string) Message {
	return Message{Role: RoleTool, ToolCallID: id, Content: content}
}

// Text returns the text of the message: Content, or else the text parts joined.
func (m *Message) Text() string {
	if m.Content != "" || len(m.Parts) == 0 {
		return m.Content
	}
	return joinText(m.Parts)
}

// HasContent reports that there is a part of an answer in the message: text, reasoning, a
// refusal, a call, audio or a picture, in whatever form.
func (m *Message) HasContent() bool {
	return m.Content != "" || m.Reasoning != "" || m.Refusal != "" ||
		len(m.ToolCalls) > 0 || m.FunctionCall != nil || m.Audio != nil ||
		partsHaveContent(m.Parts) || jscan.HasItems(m.ReasoningDetails) || extraHasContent(m.Extra)
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

// MarshalJSON returns the message with everything it has, for storing. What is
// sent to a provider leaves some of it out, see [Message].
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

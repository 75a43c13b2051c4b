package chat

import (
	"bytes"
	"encoding/json"
)

// Reasons why a choice ended, as providers write them. [Choice.FinishReason] may have
// other values, because buoy passes on what the provider sent.
const (
	FinishStop          = "stop"           // the model was done, or wrote a stop sequence
	FinishLength        = "length"         // the token limit was reached
	FinishToolCalls     = "tool_calls"     // the model asks for tool calls
	FinishFunctionCall  = "function_call"  // the same for Request.Functions, deprecated
	FinishContentFilter = "content_filter" // a filter withheld text
	FinishError         = "error"          // the provider behind a gateway failed
)

// Response is a whole answer.
//
// A call may succeed and bring no text: the model refused, or called tools, or used up
// its tokens before the first word. [Response.Check] finds answers that should not be
// used.
type Response struct {
	ID                string
	Model             string // the model that answered, if the provider reports it
	Created           int64  // Unix seconds
	Choices           []Choice
	Usage             Usage
	SystemFingerprint string
	ServiceTier       string // the tier that served it
	Provider          string // OpenRouter: the provider that answered
	Metadata          map[string]string
	Moderation        json.RawMessage // OpenAI: results of Request.Moderation
	// Extra has the fields that buoy does not know, and known fields whose value is not
	// of the documented type.
	Extra map[string]json.RawMessage

	// Info describes how the client got the answer. It is not part of the JSON.
	Info CallInfo
}

// Choice is one of the answers in a [Response]. There are several if Request.N is more
// than 1.
type Choice struct {
	Index              int
	Message            Message
	FinishReason       string // FinishStop, FinishLength and so on
	NativeFinishReason string // the reason as the provider behind a gateway wrote it
	Logprobs           *Logprobs
	Extra              map[string]json.RawMessage
}

// Annotation is a note on the text, in most cases a source.
type Annotation struct {
	Type        string // "url_citation", "file" and others
	URLCitation *URLCitation
	Extra       map[string]json.RawMessage // all other fields, for example "file"
}

// URLCitation is the source of a piece of text.
type URLCitation struct {
	URL        string `json:"url"`
	Title      string `json:"title"`
	Content    string `json:"content,omitempty"` // OpenRouter: an excerpt
	StartIndex int    `json:"start_index"`       // in characters of the text
	EndIndex   int    `json:"end_index"`
}

// Audio is a spoken answer.
type Audio struct {
	ID         string `json:"id"`
	Data       string `json:"data,omitempty"` // base64
	Transcript string `json:"transcript,omitempty"`
	ExpiresAt  int64  `json:"expires_at,omitempty"` // Unix seconds; until then the ID can be sent instead of the data
}

// some reports sound, or the id of one.
func (a *Audio) some() bool { return a != nil && (a.ID != "" || a.Data != "" || a.Transcript != "") }

// Text returns the text of the first choice, or "" if there is no choice.
//
// A call that succeeded may have no text: the model refused, or called tools, or its
// tokens were used up before a word. [Response.Check] tells these apart from an answer.
func (r *Response) Text() string {
	if len(r.Choices) == 0 {
		return ""
	}
	return r.Choices[0].Message.Text()
}

// ToolCalls returns the tool calls of the first choice, or nil if there is no choice.
func (r *Response) ToolCalls() []ToolCall {
	if len(r.Choices) == 0 {
		return nil
	}
	return r.Choices[0].Message.ToolCalls
}

// Chunk returns the whole answer as one chunk, for a stream that the provider answered
// with a whole reply. It shares memory with r.
func (r *Response) Chunk() *Chunk {
	c := &Chunk{
		ID: r.ID, Model: r.Model, Created: r.Created,
		SystemFingerprint: r.SystemFingerprint, ServiceTier: r.ServiceTier, Provider: r.Provider,
		Usage: &r.Usage, Moderation: r.Moderation, Extra: r.Extra,
		Choices: make([]ChunkChoice, len(r.Choices)),
	}
	for i := range r.Choices {
		choice := &r.Choices[i]
		c.Choices[i] = ChunkChoice{
			Index:              choice.Index,
			Delta:              choice.Message.delta(),
			FinishReason:       choice.FinishReason,
			NativeFinishReason: choice.NativeFinishReason,
			Logprobs:           choice.Logprobs,
			Extra:              choice.Extra,
			begun:              true,
		}
	}
	return c
}

// MarshalJSON returns the answer in the form of a provider's reply, for storing. It
// leaves Info out.
func (r Response) MarshalJSON() ([]byte, error) {
	w := writer{whole: true}
	w.response(&r)
	return w.done()
}

// UnmarshalJSON reads what MarshalJSON wrote, or a provider's reply. It does not return
// an error for a refusal: the result is a response without choices. Info stays as it
// was.
func (r *Response) UnmarshalJSON(data []byte) error {
	if string(bytes.TrimSpace(data)) == "null" {
		return nil // by convention
	}
	info := r.Info
	_, err := DecodeResponse(data, r)
	r.Info = info
	return err
}

// MarshalJSON returns the choice in the form of a provider's reply.
func (c Choice) MarshalJSON() ([]byte, error) {
	w := writer{whole: true}
	w.choice(&c)
	return w.done()
}

// UnmarshalJSON reads a choice as a provider sends it or MarshalJSON wrote it.
func (c *Choice) UnmarshalJSON(data []byte) error {
	return unmarshalWith(data, func(d *decoder) bool { return d.choice(c) })
}

// MarshalJSON returns the annotation in the form of a provider's reply.
func (a Annotation) MarshalJSON() ([]byte, error) {
	var w writer
	w.annotation(&a)
	return w.done()
}

// UnmarshalJSON reads an annotation as a provider sends it or MarshalJSON wrote it.
func (a *Annotation) UnmarshalJSON(data []byte) error {
	return unmarshalWith(data, func(d *decoder) bool { return d.annotation(a) })
}

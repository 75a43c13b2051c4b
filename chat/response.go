package chat

import (
	"bytes"
	"encoding/json"
)

// Reasons why a choice ended, as providers write them. [Choice.FinishReason] may
// hold others: buoy passes on what came.
const (
	FinishStop          = "stop"           // a natural end, or a stop sequence
	FinishLength        = "length"         // the token limit was reached
	FinishToolCalls     = "tool_calls"     // the model wants tools called
	FinishFunctionCall  = "function_call"  // the same, deprecated
	FinishContentFilter = "content_filter" // text was withheld
	FinishError         = "error"          // a gateway's upstream failed
)

// Response is a whole answer.
type Response struct {
	ID                string
	Model             string // the one really used, where the provider tells it
	Created           int64  // Unix seconds
	Choices           []Choice
	Usage             Usage
	SystemFingerprint string
	ServiceTier       string // the tier that served it
	Provider          string // OpenRouter: who answered
	Metadata          map[string]string
	Moderation        json.RawMessage // OpenAI: results of Request.Moderation
	// Extra has the fields that buoy does not know, and known ones whose value is
	// not of the documented type.
	Extra map[string]json.RawMessage

	// Info tells how the answer came about. It is not part of the JSON.
	Info CallInfo
}

// Choice is one of the answers; there is more than one when Request.N asks for
// it.
type Choice struct {
	Index              int
	Message            Message
	FinishReason       string
	NativeFinishReason string // the reason in the words of a gateway's upstream
	Logprobs           *Logprobs
	Extra              map[string]json.RawMessage
}

// Annotation is a remark on the text, mostly a source.
type Annotation struct {
	Type        string // "url_citation", "file" ...
	URLCitation *URLCitation
	Extra       map[string]json.RawMessage // for example "file"
}

// URLCitation is the source of a piece of text.
type URLCitation struct {
	URL        string `json:"url"`
	Title      string `json:"title"`
	Content    string `json:"content,omitempty"` // OpenRouter: an excerpt
	StartIndex int    `json:"start_index"`       // in the text, in characters
	EndIndex   int    `json:"end_index"`
}

// Audio is a spoken answer.
type Audio struct {
	ID         string `json:"id"`
	Data       string `json:"data,omitempty"` // base64
	Transcript string `json:"transcript,omitempty"`
	ExpiresAt  int64  `json:"expires_at,omitempty"` // Unix seconds; until then the ID can be sent in place of the data
}

// Text returns the text of the first choice, "" when there is none.
func (r *Response) Text() string {
	if len(r.Choices) == 0 {
		return ""
	}
	return r.Choices[0].Message.Text()
}

// ToolCalls returns the tool calls of the first choice.
func (r *Response) ToolCalls() []ToolCall {
	if len(r.Choices) == 0 {
		return nil
	}
	return r.Choices[0].Message.ToolCalls
}

// Chunk returns the answer as the one chunk of a stream that was answered whole. It
// shares memory with r.
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

// MarshalJSON returns the answer in the form of a provider's reply, for storing.
// Info is left out.
func (r Response) MarshalJSON() ([]byte, error) {
	w := writer{whole: true}
	w.response(&r)
	return w.done()
}

// UnmarshalJSON reads an answer that MarshalJSON wrote, or a provider's reply. A
// provider's refusal is read as an answer without choices.
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

// UnmarshalJSON reads a choice.
func (c *Choice) UnmarshalJSON(data []byte) error {
	return unmarshalWith(data, func(d *decoder) bool { return d.choice(c) })
}

// MarshalJSON returns the annotation in the form of a provider's reply.
func (a Annotation) MarshalJSON() ([]byte, error) {
	var w writer
	w.annotation(&a)
	return w.done()
}

// UnmarshalJSON reads an annotation.
func (a *Annotation) UnmarshalJSON(data []byte) error {
	return unmarshalWith(data, func(d *decoder) bool { return d.annotation(a) })
}

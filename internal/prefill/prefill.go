// Package prefill makes a request that goes on where an answer broke off: the text so far
// becomes the beginning of the assistant's message, which some servers continue.
package prefill

import (
	"slices"
	"strings"

	"github.com/buoy-go/buoy/chat"
	"github.com/buoy-go/buoy/internal/assemble"
)

// Text is the beginning of an answer that a model has to continue. The zero value is none.
type Text struct {
	Text   string
	Tokens int // about how many it has
}

// Of returns what of an answer can be continued: the text of its only choice, without the
// white space at its end, for which Anthropic's API refuses a request
// (anomalyco/opencode#1295). It is none where the answer is more than text. told is the
// usage that the answer reported.
func Of(req *chat.Request, had []assemble.Received, told chat.Usage) Text {
	if !plain(req, had) {
		return Text{}
	}
	text := strings.TrimRight(had[0].Text(), " \t\r\n")
	return Text{Text: text, Tokens: tokensOf(text, told)}
}

// plain reports that the request asks for nothing but text, and that nothing else came.
func plain(req *chat.Request, had []assemble.Received) bool {
	if req == nil || len(had) != 1 || !had[0].OnlyText() || req.N != nil && *req.N > 1 {
		return false
	}
	for _, own := range [...]string{"response_format", "messages", "max_tokens", "max_completion_tokens"} {
		if _, ok := req.Extra[own]; ok {
			return false
		}
	}
	if f := req.ResponseFormat; f != nil && f.Type != "text" {
		return false
	}
	if n := len(req.Messages); n > 0 && req.Messages[n-1].Role == chat.RoleAssistant {
		last := &req.Messages[n-1]
		return len(last.Parts) == 0 && len(last.ToolCalls) == 0 && last.FunctionCall == nil
	}
	return true
}

// tokensOf is how many tokens a text has that came. A usage that says much less than
// its length was sent before it: some servers begin a stream with "1".
func tokensOf(text string, told chat.Usage) int {
	guess := func(s string) int {
		return chat.EstimateTokens(&chat.Request{Messages: []chat.Message{chat.Assistant(s)}})
	}
	if came := guess(text) - guess(""); told.CompletionTokens < came/2 {
		return came
	}
	return told.CompletionTokens
}

// Request is a request with the text as the assistant's last words. Its limits are those
// of the whole answer, less what came of it.
func (t Text) Request(req *chat.Request) *chat.Request {
	r := *req
	for _, limit := range [...]**int{&r.MaxTokens, &r.MaxCompletionTokens} {
		if *limit != nil {
			*limit = new(max(**limit-t.Tokens, 1))
		}
	}
	r.Messages = slices.Clone(req.Messages)
	if n := len(r.Messages); n > 0 && r.Messages[n-1].Role == chat.RoleAssistant {
		r.Messages[n-1].Content += t.Text // the caller's own prefill
	} else {
		r.Messages = append(r.Messages, chat.Assistant(t.Text))
	}
	return &r
}

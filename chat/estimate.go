package chat

// This file estimates tokens before a call. The usage of the answer corrects the
// estimate afterwards.

// Estimated sizes. Tokenizers of 2025 have 4 bytes of English or Russian text, and 3 to
// 4 of Chinese, to a token.
const (
	bytesPerPromptToken = 4
	tokensPerMessage    = 4 // its role and its delimiters
	tokensPerLowImage   = 85
	tokensPerImage      = 1000 // 765 to 1,600 for a megapixel, by provider
	tokensPerAudio      = 1000 // a minute and a half
	tokensPerFile       = 4000 // two pages
	tokensPerVideo      = 10000
)

// EstimateTokens estimates the number of tokens in a request's prompt without the
// model's tokenizer. It counts one token for 4 bytes of text, tool calls, tools and
// schemas, and 4 tokens for each message. Everything else counts as a fixed number:
// 1,000 for a picture (85 with low detail), 1,000 for audio, 4,000 for a file and
// 10,000 for a video. buoy.RateLimit uses it unless its Estimate field is set.
func EstimateTokens(r *Request) int {
	if r == nil {
		return 0
	}
	s := size{tokens: len(r.Messages) * tokensPerMessage}
	for i := range r.Messages {
		s.message(&r.Messages[i])
	}
	s.declarations(r)
	return s.tokens + (s.bytes+bytesPerPromptToken-1)/bytesPerPromptToken
}

// size is how much of a prompt was counted: text in bytes, all else in tokens.
type size struct{ bytes, tokens int }

func (s *size) message(m *Message) {
	s.bytes += len(m.Name) + len(m.ToolCallID) + len(m.Refusal) + len(m.Reasoning) + len(m.ReasoningDetails)
	if len(m.Parts) == 0 {
		s.bytes += len(m.Content)
	}
	for i := range m.Parts {
		s.part(&m.Parts[i])
	}
	for i := range m.ToolCalls {
		c := &m.ToolCalls[i]
		s.bytes += len(c.ID) + len(c.Function.Name) + len(c.Function.Arguments)
		if c.Custom != nil {
			s.bytes += len(c.Custom.Name) + len(c.Custom.Input)
		}
	}
	if c := m.FunctionCall; c != nil {
		s.bytes += len(c.Name) + len(c.Arguments)
	}
	for name, raw := range m.Extra {
		s.bytes += len(name) + len(raw)
	}
}

func (s *size) part(p *Part) {
	s.bytes += len(p.Text) + len(p.Refusal)
	switch {
	case p.ImageURL != nil && p.ImageURL.Detail == "low":
		s.tokens += tokensPerLowImage
	case p.ImageURL != nil:
		s.tokens += tokensPerImage
	case p.InputAudio != nil:
		s.tokens += tokensPerAudio
	case p.File != nil:
		s.tokens += tokensPerFile
	case p.VideoURL != nil:
		s.tokens += tokensPerVideo
	}
}

// declarations counts tools and the answer's schema in the form in which they
// are sent: schemas may be of any Go type. What cannot be encoded is refused
// later.
func (s *size) declarations(r *Request) {
	var w writer
	if len(r.Tools) > 0 {
		w.tools(r.Tools)
	}
	for i := range r.Functions {
		w.functionDefinition(&r.Functions[i])
	}
	if r.ResponseFormat != nil {
		w.responseFormat(r.ResponseFormat)
	}
	s.bytes += len(w.Buf)
}

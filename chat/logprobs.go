package chat

import "slices"

// Logprobs are the log probabilities of a choice's tokens.
type Logprobs struct {
	Content []TokenLogprob `json:"content"`
	Refusal []TokenLogprob `json:"refusal"`
}

// TokenLogprob is the log probability of one token.
type TokenLogprob struct {
	Token   string  `json:"token"`
	Logprob float64 `json:"logprob"`
	// Bytes is the token in UTF-8. One character may be spread over several tokens. In
	// JSON it is an array of integers, not base64.
	Bytes       []int        `json:"bytes"`
	TopLogprobs []TopLogprob `json:"top_logprobs"`
}

// TopLogprob is one of the most likely tokens at a position.
type TopLogprob struct {
	Token   string  `json:"token"`
	Logprob float64 `json:"logprob"`
	Bytes   []int   `json:"bytes"`
}

// Clone returns a copy that shares no memory with l. It returns nil for nil.
func (l *Logprobs) Clone() *Logprobs {
	if l == nil {
		return nil
	}
	return &Logprobs{Content: cloneTokens(l.Content), Refusal: cloneTokens(l.Refusal)}
}

func cloneTokens(tokens []TokenLogprob) []TokenLogprob {
	tokens = slices.Clone(tokens)
	for i := range tokens {
		t := &tokens[i]
		t.Bytes = slices.Clone(t.Bytes)
		t.TopLogprobs = slices.Clone(t.TopLogprobs)
		for j := range t.TopLogprobs {
			t.TopLogprobs[j].Bytes = slices.Clone(t.TopLogprobs[j].Bytes)
		}
	}
	return tokens
}

package chat

// Reasoning bounds how much a model thinks before it answers (AITUNNEL,
// OpenRouter). Effort and MaxTokens exclude each other. OpenAI reads
// Request.ReasoningEffort instead.
type Reasoning struct {
	Effort    string         `json:"effort,omitempty"` // "none", "minimal", "low", "medium", "high", "xhigh", "max"
	MaxTokens *int           `json:"max_tokens,omitempty"`
	Exclude   *bool          `json:"exclude,omitempty"` // think, but do not show it
	Enabled   *bool          `json:"enabled,omitempty"`
	Summary   string         `json:"summary,omitempty"` // "auto", "concise", "detailed"
	Extra     map[string]any `json:"-"`                 // further fields; a key in it replaces the field of that name
}

// MarshalJSON returns the options as they are sent.
func (r Reasoning) MarshalJSON() ([]byte, error) {
	type plain Reasoning
	return marshalExtra(plain(r), r.Extra)
}

// UnmarshalJSON reads the options. The values of Extra become json.RawMessage.
func (r *Reasoning) UnmarshalJSON(data []byte) error {
	type plain Reasoning
	var v plain
	extra, err := unmarshalExtra(data, &v, nil)
	*r, r.Extra = Reasoning(v), extra
	return err
}

package chat

// Reasoning limits how much a model thinks before it answers (AITUNNEL, OpenRouter).
// Set Effort or MaxTokens, not both. OpenAI reads Request.ReasoningEffort instead.
type Reasoning struct {
	Effort    string         `json:"effort,omitempty"` // "none", "minimal", "low", "medium", "high", "xhigh", "max"
	MaxTokens *int           `json:"max_tokens,omitempty"`
	Exclude   *bool          `json:"exclude,omitempty"` // true: think, but leave the reasoning out of the answer
	Enabled   *bool          `json:"enabled,omitempty"`
	Summary   string         `json:"summary,omitempty"` // "auto", "concise", "detailed"
	Extra     map[string]any `json:"-"`                 // further fields; a key in it replaces the field of that name
}

// MarshalJSON returns the options as they are sent to a provider.
func (r Reasoning) MarshalJSON() ([]byte, error) {
	type plain Reasoning
	return marshalExtra(plain(r), r.Extra)
}

// UnmarshalJSON reads what MarshalJSON wrote. The values of Extra become
// json.RawMessage.
func (r *Reasoning) UnmarshalJSON(data []byte) error {
	type plain Reasoning
	var v plain
	extra, err := unmarshalExtra(data, &v, nil)
	*r, r.Extra = Reasoning(v), extra
	return err
}

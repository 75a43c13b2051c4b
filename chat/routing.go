package chat

// ModelFallback is a model that AITUNNEL tries when the one before it fails.
type ModelFallback struct {
	Model string         `json:"model"`
	Extra map[string]any `json:"-"` // further fields for that model
}

// MaxPrice bounds what OpenRouter may pay, in US dollars: per million tokens for
// Prompt and Completion, else per piece.
type MaxPrice struct {
	Prompt     *float64 `json:"prompt,omitempty"`
	Completion *float64 `json:"completion,omitempty"`
	Request    *float64 `json:"request,omitempty"`
	Image      *float64 `json:"image,omitempty"`
	Audio      *float64 `json:"audio,omitempty"`
}

// ProviderPreferences steers which of its providers a gateway asks (OpenRouter;
// AITUNNEL reads Sort).
type ProviderPreferences struct {
	Sort                   string    `json:"sort,omitempty"`  // "price", "throughput" or "latency"
	Order                  []string  `json:"order,omitempty"` // try these first, in this order
	Only                   []string  `json:"only,omitempty"`
	Ignore                 []string  `json:"ignore,omitempty"`
	Quantizations          []string  `json:"quantizations,omitempty"`
	AllowFallbacks         *bool     `json:"allow_fallbacks,omitempty"`    // default true
	RequireParameters      *bool     `json:"require_parameters,omitempty"` // only providers that know every parameter
	DataCollection         string    `json:"data_collection,omitempty"`    // "allow" (default) or "deny"
	ZDR                    *bool     `json:"zdr,omitempty"`                // only providers that retain nothing
	EnforceDistillableText *bool     `json:"enforce_distillable_text,omitempty"`
	MaxPrice               *MaxPrice `json:"max_price,omitempty"`
	PreferredMinThroughput *float64  `json:"preferred_min_throughput,omitempty"` // tokens per second
	PreferredMaxLatency    *float64  `json:"preferred_max_latency,omitempty"`    // seconds
	// Extra has further fields. A key in it replaces the field of that name.
	Extra map[string]any `json:"-"`
}

// MarshalJSON returns the fallback as it is sent.
func (f ModelFallback) MarshalJSON() ([]byte, error) {
	type plain ModelFallback
	return marshalExtra(plain(f), f.Extra)
}

// UnmarshalJSON reads a fallback. The values of Extra become json.RawMessage.
func (f *ModelFallback) UnmarshalJSON(data []byte) error {
	type plain ModelFallback
	var p plain
	extra, err := unmarshalExtra(data, &p, nil)
	*f, f.Extra = ModelFallback(p), extra
	return err
}

// MarshalJSON returns the preferences as they are sent.
func (p ProviderPreferences) MarshalJSON() ([]byte, error) {
	type plain ProviderPreferences
	return marshalExtra(plain(p), p.Extra)
}

// UnmarshalJSON reads preferences. The values of Extra become json.RawMessage.
func (p *ProviderPreferences) UnmarshalJSON(data []byte) error {
	type plain ProviderPreferences
	var v plain
	extra, err := unmarshalExtra(data, &v, nil)
	*p, p.Extra = ProviderPreferences(v), extra
	return err
}

package chat

// ModelFallback is a model that AITUNNEL tries if the one before it fails.
type ModelFallback struct {
	Model string         `json:"model"`
	Extra map[string]any `json:"-"` // further fields of this entry
}

// MaxPrice limits what OpenRouter may pay, in US dollars. Prompt and Completion are per
// million tokens; Request, Image and Audio are per piece.
type MaxPrice struct {
	Prompt     *float64 `json:"prompt,omitempty"`
	Completion *float64 `json:"completion,omitempty"`
	Request    *float64 `json:"request,omitempty"`
	Image      *float64 `json:"image,omitempty"`
	Audio      *float64 `json:"audio,omitempty"`
}

// ProviderPreferences controls which providers a gateway uses (OpenRouter; AITUNNEL
// reads only Sort).
type ProviderPreferences struct {
	Sort                   string    `json:"sort,omitempty"`  // "price", "throughput" or "latency"
	Order                  []string  `json:"order,omitempty"` // try these first, in this order
	Only                   []string  `json:"only,omitempty"`
	Ignore                 []string  `json:"ignore,omitempty"`
	Quantizations          []string  `json:"quantizations,omitempty"`
	AllowFallbacks         *bool     `json:"allow_fallbacks,omitempty"`    // default true
	RequireParameters      *bool     `json:"require_parameters,omitempty"` // only providers that support every parameter
	DataCollection         string    `json:"data_collection,omitempty"`    // "allow" (default) or "deny"
	ZDR                    *bool     `json:"zdr,omitempty"`                // only providers that retain nothing
	EnforceDistillableText *bool     `json:"enforce_distillable_text,omitempty"`
	MaxPrice               *MaxPrice `json:"max_price,omitempty"`
	PreferredMinThroughput *float64  `json:"preferred_min_throughput,omitempty"` // tokens per second
	PreferredMaxLatency    *float64  `json:"preferred_max_latency,omitempty"`    // seconds
	// Extra has further fields. A key in it replaces the field of that name.
	Extra map[string]any `json:"-"`
}

// MarshalJSON returns the fallback as it is sent to a provider.
func (f ModelFallback) MarshalJSON() ([]byte, error) {
	type plain ModelFallback
	return marshalExtra(plain(f), f.Extra)
}

// UnmarshalJSON reads what MarshalJSON wrote. The values of Extra become
// json.RawMessage.
func (f *ModelFallback) UnmarshalJSON(data []byte) error {
	type plain ModelFallback
	var p plain
	extra, err := unmarshalExtra(data, &p, nil)
	*f, f.Extra = ModelFallback(p), extra
	return err
}

// MarshalJSON returns the preferences as they are sent to a provider.
func (p ProviderPreferences) MarshalJSON() ([]byte, error) {
	type plain ProviderPreferences
	return marshalExtra(plain(p), p.Extra)
}

// UnmarshalJSON reads what MarshalJSON wrote. The values of Extra become
// json.RawMessage.
func (p *ProviderPreferences) UnmarshalJSON(data []byte) error {
	type plain ProviderPreferences
	var v plain
	extra, err := unmarshalExtra(data, &v, nil)
	*p, p.Extra = ProviderPreferences(v), extra
	return err
}

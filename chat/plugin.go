package chat

// Plugin turns on or off something that a gateway does before or after the model:
// "context-compression", "file-parser", "web", "response-healing" and others.
//
// AITUNNEL shortens prompts that are too long for the model. To turn that off, send
// Plugin{ID: "context-compression", Enabled: new(false)}.
type Plugin struct {
	ID           string         `json:"id"`
	Enabled      *bool          `json:"enabled,omitempty"`
	Engine       string         `json:"engine,omitempty"`
	MaxResults   *int           `json:"max_results,omitempty"`   // "web"
	SearchPrompt string         `json:"search_prompt,omitempty"` // "web"
	PDF          *PDFOptions    `json:"pdf,omitempty"`           // "file-parser"
	Extra        map[string]any `json:"-"`                       // further fields; a key in it replaces the field of that name
}

// PDFOptions says how the file-parser plugin reads a PDF.
type PDFOptions struct {
	Engine string `json:"engine,omitempty"`
}

// MarshalJSON returns the plugin as it is sent to a provider.
func (p Plugin) MarshalJSON() ([]byte, error) {
	type plain Plugin
	return marshalExtra(plain(p), p.Extra)
}

// UnmarshalJSON reads what MarshalJSON wrote. The values of Extra become
// json.RawMessage.
func (p *Plugin) UnmarshalJSON(data []byte) error {
	type plain Plugin
	var v plain
	extra, err := unmarshalExtra(data, &v, nil)
	*p, p.Extra = Plugin(v), extra
	return err
}

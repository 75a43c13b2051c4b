package chat

import "encoding/json"

// ResponseFormat says what form the answer must have. Make it with [JSONSchema],
// [JSONObject] or [PlainText].
type ResponseFormat struct {
	Type       string // "text", "json_object", "json_schema", or a provider's own
	JSONSchema *SchemaFormat
	// Extra has further fields, for a type of one provider. A key in it replaces the
	// field of that name.
	Extra map[string]any
}

// SchemaFormat is the schema of a structured answer.
type SchemaFormat struct {
	Name        string // letters, digits, "_" and "-", at most 64
	Description string
	// Schema is a JSON Schema: a json.RawMessage, or any value that encodes to one.
	Schema any
	Strict *bool // true: the answer must follow the schema exactly
}

// JSONSchema asks for an answer in JSON that follows a schema. The schema is a
// json.RawMessage, or any value that encodes to a JSON Schema. With strict, OpenAI
// guarantees that the answer follows the schema. It refuses schemas for which it
// cannot.
func JSONSchema(name string, schema any, strict bool) *ResponseFormat {
	return &ResponseFormat{Type: "json_schema", JSONSchema: &SchemaFormat{Name: name, Schema: schema, Strict: &strict}}
}

// JSONObject asks for an answer that is a JSON object of any form. The prompt must ask
// for JSON, too.
func JSONObject() *ResponseFormat { return &ResponseFormat{Type: "json_object"} }

// PlainText asks for text. This is the default.
func PlainText() *ResponseFormat { return &ResponseFormat{Type: "text"} }

// MarshalJSON returns the format as it is sent to a provider.
func (f ResponseFormat) MarshalJSON() ([]byte, error) {
	var w writer
	w.responseFormat(&f)
	return w.done()
}

// UnmarshalJSON reads what MarshalJSON wrote. The schema becomes a json.RawMessage.
func (f *ResponseFormat) UnmarshalJSON(data []byte) error {
	return unmarshalWith(data, func(d *decoder) bool { return d.responseFormat(f) })
}

// Prediction is text that most of the answer will repeat, for example a file to be
// edited. It makes the answer faster. Set Content or Parts, not both.
type Prediction struct {
	Content string
	Parts   []Part // text parts
}

type wirePrediction struct {
	Type    string          `json:"type"`
	Content json.RawMessage `json:"content"`
}

// MarshalJSON returns the prediction as it is sent to a provider.
func (p Prediction) MarshalJSON() ([]byte, error) {
	var w writer
	w.prediction(&p)
	return w.done()
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (p *Prediction) UnmarshalJSON(data []byte) error {
	var wire wirePrediction
	if err := json.Unmarshal(data, &wire); err != nil {
		return err
	}
	*p = Prediction{}
	if len(wire.Content) > 0 && wire.Content[0] == '[' {
		return json.Unmarshal(wire.Content, &p.Parts)
	}
	return json.Unmarshal(wire.Content, &p.Content)
}

// AudioOptions says how a spoken answer should sound. Request.Modalities must contain
// "audio".
type AudioOptions struct {
	Voice   string // a voice of the provider, for example "alloy"
	VoiceID string // instead of Voice: the id of a custom voice
	Format  string // "wav", "aac", "mp3", "flac", "opus" or "pcm16"
}

type wireAudioOptions struct {
	Voice  any    `json:"voice"`
	Format string `json:"format"`
}

// MarshalJSON returns the options as they are sent to a provider.
func (o AudioOptions) MarshalJSON() ([]byte, error) {
	wire := wireAudioOptions{Voice: o.Voice, Format: o.Format}
	if o.VoiceID != "" {
		wire.Voice = map[string]string{"id": o.VoiceID}
	}
	return json.Marshal(wire)
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (o *AudioOptions) UnmarshalJSON(data []byte) error {
	var wire wireAudioOptions
	if err := json.Unmarshal(data, &wire); err != nil {
		return err
	}
	*o = AudioOptions{Format: wire.Format}
	switch voice := wire.Voice.(type) {
	case string:
		o.Voice = voice
	case map[string]any:
		o.VoiceID, _ = voice["id"].(string)
	}
	return nil
}

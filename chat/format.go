package chat

import "encoding/json"

// ResponseFormat says what shape the answer has to have. Make it with
// [JSONSchema], [JSONObject] or [PlainText].
type ResponseFormat struct {
	Type       string // "text", "json_object", "json_schema", or a provider's own
	JSONSchema *SchemaFormat
	// Extra has further fields, for a provider's own type. A key in it replaces
	// the field of that name.
	Extra map[string]any
}

// SchemaFormat is the schema of a structured answer.
type SchemaFormat struct {
	Name        string // letters, digits, "_" and "-", at most 64
	Description string
	// Schema is a JSON Schema: a json.RawMessage, or anything that encodes to one.
	Schema any
	Strict *bool // true: the answer follows the schema exactly
}

// JSONSchema asks for an answer that is JSON of this schema. The schema is a
// json.RawMessage or anything that encodes to a JSON Schema. With strict, OpenAI
// guarantees that the answer follows it, and refuses schemas for which it cannot.
func JSONSchema(name string, schema any, strict bool) *ResponseFormat {
	return &ResponseFormat{Type: "json_schema", JSONSchema: &SchemaFormat{Name: name, Schema: schema, Strict: &strict}}
}

// JSONObject asks for an answer that is some JSON object. The prompt has to ask
// for JSON as well.
func JSONObject() *ResponseFormat { return &ResponseFormat{Type: "json_object"} }

// PlainText asks for text, which is the default.
func PlainText() *ResponseFormat { return &ResponseFormat{Type: "text"} }

// MarshalJSON returns the format as it is sent.
func (f ResponseFormat) MarshalJSON() ([]byte, error) {
	var w writer
	w.responseFormat(&f)
	return w.done()
}

// UnmarshalJSON reads a format. The schema becomes a json.RawMessage.
func (f *ResponseFormat) UnmarshalJSON(data []byte) error {
	return unmarshalWith(data, func(d *decoder) bool { return d.responseFormat(f) })
}

// Prediction is text that the answer will largely repeat, for example a file
// that is to be edited; it makes the answer faster. One of both is set.
type Prediction struct {
	Content string
	Parts   []Part // text parts
}

type wirePrediction struct {
	Type    string          `json:"type"`
	Content json.RawMessage `json:"content"`
}

// MarshalJSON returns the prediction as it is sent.
func (p Prediction) MarshalJSON() ([]byte, error) {
	var w writer
	w.prediction(&p)
	return w.done()
}

// UnmarshalJSON reads a prediction.
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

// AudioOptions says how a spoken answer shall sound; Request.Modalities has to
// contain "audio".
type AudioOptions struct {
	Voice   string // a voice of the provider, for example "alloy"
	VoiceID string // instead of Voice: a voice of one's own
	Format  string // "wav", "aac", "mp3", "flac", "opus" or "pcm16"
}

type wireAudioOptions struct {
	Voice  any    `json:"voice"`
	Format string `json:"format"`
}

// MarshalJSON returns the options as they are sent.
func (o AudioOptions) MarshalJSON() ([]byte, error) {
	wire := wireAudioOptions{Voice: o.Voice, Format: o.Format}
	if o.VoiceID != "" {
		wire.Voice = map[string]string{"id": o.VoiceID}
	}
	return json.Marshal(wire)
}

// UnmarshalJSON reads the options.
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

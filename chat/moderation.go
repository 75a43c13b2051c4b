package chat

import "encoding/json"

// ModerationOptions asks OpenAI to moderate the request and its answer. Set Input and
// Output to "score" or "block". "" turns moderation off for that side.
type ModerationOptions struct {
	Model  string
	Input  string
	Output string
}

type wireModeration struct {
	Model  string                `json:"model"`
	Policy *wireModerationPolicy `json:"policy,omitempty"`
}

type wireModerationPolicy struct {
	Input  *wireModerationMode `json:"input,omitempty"`
	Output *wireModerationMode `json:"output,omitempty"`
}

type wireModerationMode struct {
	Mode string `json:"mode"`
}

// MarshalJSON returns the options as they are sent to a provider.
func (o ModerationOptions) MarshalJSON() ([]byte, error) {
	wire := wireModeration{Model: o.Model}
	if o.Input != "" || o.Output != "" {
		wire.Policy = new(wireModerationPolicy)
	}
	if o.Input != "" {
		wire.Policy.Input = &wireModerationMode{o.Input}
	}
	if o.Output != "" {
		wire.Policy.Output = &wireModerationMode{o.Output}
	}
	return json.Marshal(wire)
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (o *ModerationOptions) UnmarshalJSON(data []byte) error {
	var wire wireModeration
	if err := json.Unmarshal(data, &wire); err != nil {
		return err
	}
	*o = ModerationOptions{Model: wire.Model}
	if p := wire.Policy; p != nil {
		if p.Input != nil {
			o.Input = p.Input.Mode
		}
		if p.Output != nil {
			o.Output = p.Output.Mode
		}
	}
	return nil
}

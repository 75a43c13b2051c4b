package main

import (
	"bytes"
	"encoding/json"
)

// fallback is a model to go on to: its name, or an object with the name and what
// it is also good for (see [buoy.Target]).
type fallback struct {
	Model         string `json:"model"`
	LargerContext bool   `json:"larger_context"`
	OnModeration  bool   `json:"on_moderation"`
	Prefill       bool   `json:"prefill"`
}

// UnmarshalJSON reads a name or an object.
func (f *fallback) UnmarshalJSON(data []byte) error {
	*f = fallback{}
	if data[0] == '"' {
		return json.Unmarshal(data, &f.Model)
	}
	return strict(bytes.NewReader(data), (*plainFallback)(f))
}

// plainFallback is read as an object.
type plainFallback fallback

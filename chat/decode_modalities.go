package chat

import (
	"bytes"
	"encoding/json"
)

// maxModalities is the length of a list of more modalities than there are.
const maxModalities = 1024

// modalities adds up a list such as [{"modality":"TEXT","tokenCount":4}]: Gemini's own API
// has the details so, and gateways pass them on under OpenAI's names.
func modalities(raw []byte, named func([]byte) *int) {
	var list []struct {
		Modality    string
		CamelTokens int `json:"tokenCount"`
		SnakeTokens int `json:"token_count"`
	}
	if len(raw) > maxModalities || json.Unmarshal(raw, &list) != nil {
		return
	}
	for _, e := range list {
		if n := named(bytes.ToLower([]byte(e.Modality))); n != nil {
			*n = plus(*n, max(e.CamelTokens, e.SnakeTokens, 0))
		}
	}
}

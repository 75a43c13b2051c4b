package chat

import (
	"encoding/json"
	"strings"
)

// maxModalities is the length of a list of more modalities than there are.
const maxModalities = 1024

// modalities reads details that come as a list such as [{"modality":"TEXT","tokenCount":4}]:
// Gemini's own API has them so, and gateways pass them on under OpenAI's names. The cursor
// stays before the list.
func (d *decoder) modalities(u *Usage, key []byte) {
	var to [4]*int // text, audio, image, video
	p, c := &u.PromptTokensDetails, &u.CompletionTokensDetails
	switch string(key) {
	case "prompt_tokens_details", "input_tokens_details":
		to = [4]*int{&p.TextTokens, &p.AudioTokens, &p.ImageTokens, &p.VideoTokens}
	case "completion_tokens_details", "output_tokens_details":
		to = [4]*int{&c.TextTokens, &c.AudioTokens, &c.ImageTokens, new(int)}
	default:
		return
	}
	mark := d.Mark()
	raw := d.Raw()
	d.Rewind(mark)
	var list []struct {
		Modality    string
		CamelTokens int `json:"tokenCount"`
		SnakeTokens int `json:"token_count"`
	}
	if len(raw) > maxModalities || json.Unmarshal(raw, &list) != nil {
		return
	}
	var sums [4]int
	for _, e := range list {
		for i, name := range [...]string{"TEXT", "AUDIO", "IMAGE", "VIDEO"} {
			if strings.EqualFold(e.Modality, name) {
				sums[i] = plus(sums[i], max(e.CamelTokens, e.SnakeTokens, 0))
			}
		}
	}
	for i, n := range sums {
		if *to[i] == 0 {
			*to[i] = n
		}
	}
}

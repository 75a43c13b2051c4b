package buoyotel

import (
	"context"
	"slices"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/buoy-go/buoy"
)

// The values of gen_ai.token.modality.
const (
	modalityUnknown = "unknown"
	modalityText    = "text"
	modalityAudio   = "audio"
	modalityImage   = "image"
	modalityVideo   = "video"
)

// share is how many tokens are of a modality.
type share struct {
	modality string
	tokens   int
}

// inputShares are the tokens of a prompt by modality. What is not told is unknown, and so
// is all where a provider tells more parts than there are tokens.
func inputShares(u *buoy.Usage) []share {
	d := &u.PromptTokensDetails
	return shares(u.PromptTokens, share{modalityText, d.TextTokens}, share{modalityAudio, d.AudioTokens},
		share{modalityImage, d.ImageTokens}, share{modalityVideo, d.VideoTokens})
}

// outputShares are those of an answer.
func outputShares(u *buoy.Usage) []share {
	d := &u.CompletionTokensDetails
	return shares(u.CompletionTokens, share{modalityText, d.TextTokens}, share{modalityAudio, d.AudioTokens}, share{modalityImage, d.ImageTokens})
}

func shares(total int, told ...share) []share {
	rest := total
	out := make([]share, 0, len(told)+1)
	for _, s := range told {
		if s.tokens > 0 && s.tokens <= total {
			out = append(out, s)
			rest -= s.tokens
		} else if s.tokens != 0 {
			rest = -1 // no number of tokens
			break
		}
	}
	if rest < 0 {
		out, rest = out[:0], total
	}
	if rest > 0 {
		out = append(out, share{modalityUnknown, rest})
	}
	return out
}

// countTokens adds tokens to a counter, by modality. attrs has no modality yet.
func countTokens(ctx context.Context, c metric.Int64Counter, all []share, attrs []attribute.KeyValue) {
	attrs = slices.Clip(attrs) // a set sorts what it is made of
	for _, s := range all {
		c.Add(ctx, int64(s.tokens), with(append(attrs, attribute.String(attrModality, s.modality))...))
	}
}

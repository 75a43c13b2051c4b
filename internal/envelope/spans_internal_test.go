package envelope

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A model whose name begins like a span of time is told of what is wrong, and of no rate: minimax/minimax-m2,
// mistralai/ministral-8b. 9router 2527: a function that is down was a rate, as "Bad Request" stood beside the name.
func TestAModelsNameIsNoSpanOfTime(t *testing.T) {
	for _, model := range []string{
		"minimaxai/minimax-m3", "minimax/minimax-m2.5", "mistralai/ministral-8b-2512", "openrouter/minstrel", "acme/secret-7b", "acme/secondary",
		"x-ai/grok-mini", "openbmb/minicpm-v", "acme/minute_maid", "mini/minimax", "seconds-ai/llama", "secondstate/Llama-3-8B-Instruct-GGUF", "all-minilm/min-2",
	} {
		for said, want := range map[string]Kind{
			"[nvidia/" + model + "] [400]: Bad Request: Function id '87': DEGRADED function cannot be invoked":                                                     KindOverloaded,
			model + ": This model's maximum context length is 40960 tokens. However, you requested 100 output tokens and your prompt contains 40861 input tokens.": KindContextLength,
			"The request to " + model + " was refused: temperature must be at most 2":                                                                              KindInvalidRequest,
			"Requests to " + model + " must not have tokens of this sort":                                                                                          KindInvalidRequest,
			model + " takes no requests per secret and no tokens per mini batch":                                                                                   KindInvalidRequest,
			"Rate limit for " + model + ": 20 requests/min":                                                                                                        KindRateLimit,
			model + ": too many tokens/mins":                                                                                                                       KindRateLimit,
			model + ": 40000 tokens per minute":                                                                                                                    KindRateLimit,
			model + ": 3 requests / second":                                                                                                                        KindRateLimit,
			model + " is limited to 5 requests/sec.":                                                                                                               KindRateLimit,
			"Requests are counted per day, tokens/min, " + model:                                                                                                   KindRateLimit,
		} {
			r := Parse(400, nil, []byte(`{"error":{"message":"`+said+`","type":"invalid_request_error"}}`), time.Time{})
			require.Equal(t, want, r.Kind, said)
		}
	}
}

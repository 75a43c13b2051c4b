// Package demand says how much a request asks for, and never what.
package demand

import (
	"fmt"
	"strings"

	"github.com/buoy-go/buoy/chat"
)

// OutputLimit is the request's own bound on the output, in tokens; 0 for none.
func OutputLimit(r *chat.Request) int {
	for _, n := range [...]*int{r.MaxCompletionTokens, r.MaxTokens} {
		if n != nil {
			return *n
		}
	}
	return 0
}

// Reasons reports whether a request asks the model to think first.
func Reasons(r *chat.Request) bool {
	if how := r.Reasoning; how != nil && how.Effort != "none" && (how.Enabled == nil || *how.Enabled) {
		return true
	}
	if r.ReasoningEffort != "" && r.ReasoningEffort != "none" {
		return true
	}
	for name, value := range r.Extra {
		switch how := fmt.Sprintf("%s", value); name {
		case "enable_thinking": // Qwen
			if strings.Contains(how, "true") {
				return true
			}
		case "thinking", "reasoning", "reasoning_effort": // Anthropic and its likes
			if !strings.Contains(how, "disabled") && !strings.Contains(how, "none") {
				return true
			}
		}
	}
	return false
}

// longAnswer is how many tokens a request must ask for to be long.
const longAnswer = 16_000

// Long reports whether the answer may well take minutes: it asks for reasoning, or for
// more than 16,000 tokens.
func Long(r *chat.Request) bool { return OutputLimit(r) > longAnswer || Reasons(r) }

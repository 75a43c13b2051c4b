package demand

import (
	"testing"

	"github.com/buoy-go/buoy/chat"
	"github.com/stretchr/testify/require"
)

func TestReasons(t *testing.T) {
	for name, tc := range map[string]struct {
		request chat.Request
		want    bool
	}{
		"nothing said":         {chat.Request{}, false},
		"an effort":            {chat.Request{ReasoningEffort: "high"}, true},
		"no effort":            {chat.Request{ReasoningEffort: "none"}, false},
		"reasoning":            {chat.Request{Reasoning: &chat.Reasoning{}}, true},
		"reasoning off":        {chat.Request{Reasoning: &chat.Reasoning{Enabled: new(false)}}, false},
		"reasoning, no effort": {chat.Request{Reasoning: &chat.Reasoning{Effort: "none"}}, false},
		"Qwen":                 {chat.Request{Extra: map[string]any{"enable_thinking": true}}, true},
		"Qwen off":             {chat.Request{Extra: map[string]any{"enable_thinking": false}}, false},
		"Anthropic":            {chat.Request{Extra: map[string]any{"thinking": map[string]any{"type": "enabled"}}}, true},
		"Anthropic off":        {chat.Request{Extra: map[string]any{"thinking": map[string]any{"type": "disabled"}}}, false},
		"something else":       {chat.Request{Extra: map[string]any{"top_k": true}}, false},
	} {
		require.Equal(t, tc.want, Reasons(&tc.request), name)
		require.Equal(t, tc.want, Long(&tc.request), name)
	}
}

func TestLong(t *testing.T) {
	require.Zero(t, OutputLimit(&chat.Request{}))
	require.Equal(t, 5, OutputLimit(&chat.Request{MaxTokens: new(5)}))
	require.Equal(t, 7, OutputLimit(&chat.Request{MaxTokens: new(5), MaxCompletionTokens: new(7)}))
	require.False(t, Long(&chat.Request{MaxTokens: new(16_000)}))
	require.True(t, Long(&chat.Request{MaxTokens: new(16_001)}))
}

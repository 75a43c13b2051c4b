package finish

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestOf(t *testing.T) {
	for word, want := range map[string]End{
		"": None, "null": None, "None": None, " ": None,
		"stop": Natural, "STOP": Natural, "end_turn": Natural, "tool_calls": Called, "tool_use": Called, "TOOL_CALLS": Called,
		"length": Length, "MAX_TOKENS": Length, "model_context_window_exceeded": Length,
		"content_filter": Filtered, "sensitive": Filtered, "SAFETY": Filtered, "blacklist": Filtered, "content_filter: PROHIBITED_CONTENT": Filtered,
		"network_error": Failed, "insufficient_system_resource": Failed, "abort": Failed, "cancelled": Failed, "canceled": Failed,
		"tool-calls": Called, "toolCalls": Called, "content-filter": Filtered, "contentFilter": Filtered, "max tokens": Length, "endTurn": Natural,
		"FinishReason.STOP": Natural, "FINISH_REASON_MAX_TOKENS": Length, "ALTERNATIVE_STATUS_TRUNCATED_FINAL": Length, "FINISH_REASON_UNSPECIFIED": None,
		"not_finished": None, "undefined": None, "...": Unknown, "model_error": Failed, "reason": Unknown, "repetition": Unknown,
		"error": Failed, "Error": Failed, "error_during_generation": Failed, "error: upstream": Failed,
		"function_call_filter: MALFORMED_FUNCTION_CALL": Unknown, "OTHER": Unknown, "unknown": Unknown,
	} {
		require.Equal(t, want, Of(word), word)
	}
	require.Zero(t, testing.AllocsPerRun(10, func() { Of("content_filter") }))
}

func TestTheTableIsNormal(t *testing.T) {
	for word := range ends {
		require.Regexp(t, "^[a-z]*$", word)
	}
}

func TestBehind(t *testing.T) {
	for _, tc := range []struct {
		reason, native string
		want           End
	}{
		{"stop", "", Natural},
		{"stop", "STOP", Natural},
		{"stop", "SAFETY", Filtered},
		{"stop", "MAX_TOKENS", Length},
		{"stop", "error", Natural},
		{"stop", "whatever", Natural},
		{"tool_calls", "max_tokens", Called},
		{"length", "safety", Length},
		{"", "stop", None},
	} {
		require.Equal(t, tc.want, Behind(tc.reason, tc.native), tc)
	}
}

func TestIsWord(t *testing.T) {
	for reason, want := range map[string]bool{
		"length": true, "function_call_filter: MALFORMED_FUNCTION_CALL": true,
		"": false, "sk-1234": false, "line\nbreak": false, "d\u00e9j\u00e0 vu": false, strings.Repeat("x", longest+1): false,
	} {
		require.Equal(t, want, IsWord(reason), reason)
	}
}

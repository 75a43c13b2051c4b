package finish

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestOf(t *testing.T) {
	for word, want := range map[string]End{
		"": None, "null": None, "None": None, " ": None,
		"stop": Natural, "STOP": Natural, "end_turn": Natural, "tool_calls": Natural, "tool_use": Natural,
		"length": Length, "MAX_TOKENS": Length, "model_context_window_exceeded": Length,
		"content_filter": Filtered, "sensitive": Filtered, "SAFETY": Filtered, "blacklist": Filtered, "content_filter: PROHIBITED_CONTENT": Filtered,
		"network_error": Failed, "insufficient_system_resource": Failed, "abort": Failed, "cancelled": Failed, "canceled": Failed,
		"error": Failed, "Error": Failed, "error_during_generation": Failed, "error: upstream": Failed,
		"function_call_filter: MALFORMED_FUNCTION_CALL": Unknown, "OTHER": Unknown, "unknown": Unknown,
	} {
		require.Equal(t, want, Of(word), word)
	}
	require.Zero(t, testing.AllocsPerRun(10, func() { Of("content_filter") }))
}

func TestTheTableIsInLowerCase(t *testing.T) {
	for word := range ends {
		require.Equal(t, strings.ToLower(word), word)
	}
}

func TestExplains(t *testing.T) {
	for end, want := range map[End]bool{None: false, Natural: false, Length: true, Filtered: true, Failed: false, Unknown: false} {
		require.Equal(t, want, end.Explains())
	}
}

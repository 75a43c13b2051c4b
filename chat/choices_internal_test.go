package chat

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestOneChoiceWasAskedFor(t *testing.T) {
	const call = `{"id":"a","type":"function","function":{"name":"f","arguments":"{}"}}`
	const another = `{"id":"b","type":"function","function":{"name":"f","arguments":"{}"}}`
	for _, tc := range []struct {
		name, body        string
		n, choices, calls int
	}{
		{"Copilot: text and calls apart", `{"choices":[{"finish_reason":"stop","message":{"content":"I look"}},{"finish_reason":"tool_calls","message":{"tool_calls":[` + call + `]}},{"message":{"tool_calls":[` + another + `]}}]}`, 1, 1, 2},
		{"Copilot: the same call in two choices", `{"choices":[{"message":{"content":"I look"}},{"message":{"tool_calls":[` + call + `]}},{"message":{"tool_calls":[` + call + `]}}]}`, 1, 1, 1},
		{"calls first", `{"choices":[{"message":{"tool_calls":[` + call + `]}},{"message":{"content":"I look"}}]}`, 1, 1, 1},
		{"two answers", `{"choices":[{"message":{"content":"I look"}},{"message":{"content":"b","tool_calls":[` + call + `]}}]}`, 1, 2, 0},
		{"two were asked for", `{"choices":[{"message":{"content":"I look"}},{"message":{"tool_calls":[` + call + `]}}]}`, 2, 2, 0},
		{"nobody knows", `{"choices":[{"message":{"content":"I look"}},{"message":{"tool_calls":[` + call + `]}}]}`, 0, 2, 0},
	} {
		var r Response
		_, err := Asked{N: tc.n}.DecodeResponse([]byte(tc.body), &r)
		require.NoError(t, err)
		require.Len(t, r.Choices, tc.choices, tc.name)
		require.Len(t, r.ToolCalls(), tc.calls, tc.name)
		require.Equal(t, "I look", r.Text(), tc.name)
	}
}

func TestCallsWithoutAnID(t *testing.T) {
	const body = `{"id":"c1","choices":[{"message":{"tool_calls":[{"id":"","function":{"name":"f","arguments":"{}"}},{"function":{"name":"f","arguments":"{}"}}]}}]}`
	var one, two Response
	_, err := DecodeResponse([]byte(body), &one)
	require.NoError(t, err)
	_, err = DecodeResponse([]byte(body), &two)
	require.NoError(t, err)
	require.Equal(t, one, two)
	require.Len(t, one.ToolCalls()[0].ID, 9)
	require.NotEqual(t, one.ToolCalls()[0].ID, one.ToolCalls()[1].ID)
}

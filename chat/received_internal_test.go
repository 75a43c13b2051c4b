package chat

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Each call of an answer has an id of its own, however many there are: results name
// their calls by it.
func TestCallsThatShareAnID(t *testing.T) {
	for _, n := range []int{2, fewCalls, fewCalls + 1, 40} {
		calls := make([]string, n)
		for i := range calls {
			calls[i] = fmt.Sprintf(`{"id":%q,"type":"function","function":{"name":"f","arguments":"{}"}}`, []string{"same", noID, ""}[i%3])
		}
		var r Response
		_, err := DecodeResponse([]byte(`{"choices":[{"message":{"tool_calls":[`+strings.Join(calls, ",")+`]}}]}`), &r)
		require.NoError(t, err)
		ids := map[string]bool{noID: true, "": true}
		for _, c := range r.Choices[0].Message.ToolCalls {
			require.False(t, ids[c.ID], c.ID)
			ids[c.ID] = true
		}
		require.True(t, ids["same"], "the first keeps its own")
	}
}

func TestTextOfDetails(t *testing.T) {
	for _, tc := range []struct{ message, reasoning, back string }{
		{`{"reasoning_details":[{"type":"reasoning.text","text":"a"},7,{"type":"reasoning.summary","summary":"b"},{"data":"x"}]}`, "ab",
			`{"role":"assistant","content":"","reasoning_details":[{"type":"reasoning.text","text":"a"},7,{"type":"reasoning.summary","summary":"b"},{"data":"x"}]}`},
		{`{"reasoning":"r","reasoning_details":[{"text":"a"}]}`, "r", `{"role":"assistant","content":"","reasoning":"r","reasoning_details":[{"text":"a"}]}`},
		{`{"reasoning_content":"","reasoning_details":[{"text":"a"}]}`, "", `{"role":"assistant","content":"","reasoning_content":"","reasoning_details":[{"text":"a"}]}`},
		{`{"reasoning_details":{"text":"a"}}`, "", `{"role":"assistant","content":"","reasoning_details":{"text":"a"}}`},
	} {
		var r Response
		_, err := DecodeResponse([]byte(`{"choices":[{"message":`+tc.message+`}]}`), &r)
		require.NoError(t, err)
		require.Equal(t, tc.reasoning, r.Choices[0].Message.Reasoning)
		body, err := (&Request{Model: "m", Messages: []Message{r.Choices[0].Message}}).AppendBody(nil, "m", false)
		require.NoError(t, err)
		require.Equal(t, `{"model":"m","messages":[`+tc.back+`]}`, string(body))
		require.Equal(t, r.Choices, restore(t, r).Choices, "stored and read again")
	}
}

// A choice is told apart by its number, which some servers give twice.
func TestChoicesThatShareANumber(t *testing.T) {
	var r Response
	_, err := Asked{N: 3}.DecodeResponse([]byte(`{"choices":[{"index":1,"message":{}},{"index":0,"message":{}},{"index":1,"message":{}}]}`), &r)
	require.NoError(t, err)
	require.Equal(t, []int{0, 1, 2}, []int{r.Choices[0].Index, r.Choices[1].Index, r.Choices[2].Index})
	_, err = Asked{N: 2}.DecodeResponse([]byte(`{"choices":[{"index":1,"message":{}},{"index":0,"message":{}}]}`), &r)
	require.NoError(t, err)
	require.Equal(t, []int{1, 0}, []int{r.Choices[0].Index, r.Choices[1].Index})
}

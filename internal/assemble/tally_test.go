package assemble

import (
	"testing"
	"time"

	"github.com/buoy-go/buoy/chat"
	"github.com/stretchr/testify/require"
)

func TestTallyEnds(t *testing.T) {
	for _, tc := range []struct {
		name           string
		n              int
		events         []string
		content, whole bool
		missing        int
		failed         string
		withheld       bool
	}{
		{name: "stop without anything", events: []string{`{"choices":[{"finish_reason":"stop"}]}`}, whole: true},
		{name: "calls that did not come", events: []string{`{"choices":[{"finish_reason":"tool_calls"}]}`}, whole: true},
		{name: "a malformed call", events: []string{`{"choices":[{"finish_reason":"function_call_filter: MALFORMED_FUNCTION_CALL"}]}`}, whole: true},
		{name: "withheld", events: []string{`{"choices":[{"finish_reason":"sensitive"}]}`}, whole: true, withheld: true},
		{name: "withheld behind a gateway", events: []string{`{"choices":[{"finish_reason":"stop","native_finish_reason":"SAFETY"}]}`}, whole: true, withheld: true},
		{name: "too long", events: []string{`{"choices":[{"finish_reason":"model_context_window_exceeded"}]}`}, whole: true, content: true},
		{name: "the reason before the text", events: []string{`{"choices":[{"finish_reason":"stop"}]}`, delta(`{"content":"x"}`)}, whole: true, content: true},
		{name: "an empty choice before the other", n: 2, events: []string{`{"choices":[{"index":0,"finish_reason":"stop"}]}`, `{"choices":[{"index":1,"delta":{"content":"x"},"finish_reason":"stop"}]}`}, whole: true, content: true},
		{name: "one of two", n: 2, events: []string{`{"choices":[{"index":0,"delta":{"content":"x"},"finish_reason":"stop"}]}`}, whole: true, content: true, missing: 1},
		{name: "a failure", events: []string{delta(`{"content":"x"}`), `{"choices":[{"finish_reason":"network_error"}]}`}, content: true, failed: "network_error"},
		{name: "nothing", missing: 1},
		{name: "one whose reason is null in quotes", events: []string{`{"choices":[{"index":0,"delta":{"content":"x"},"finish_reason":"null"}]}`}, content: true},
	} {
		tally := Tally{N: tc.n}
		var d chat.ChunkDecoder
		for _, event := range tc.events {
			c, signs, err := d.Decode([]byte(event))
			require.NoError(t, err)
			tally.Add(c, signs&chat.Meaning != 0)
		}
		require.Equal(t, tc.content, tally.Content(), tc.name)
		require.Equal(t, tc.whole, tally.Finished(), tc.name)
		require.Equal(t, tc.missing, tally.Missing(), tc.name)
		require.Equal(t, tc.failed, tally.Failed(), tc.name)
		require.Equal(t, tc.withheld, tally.Withheld(), tc.name)
	}
}

func TestTallyIsLinear(t *testing.T) {
	began := time.Now()
	var tally Tally
	for i := range 200_000 { // took 98 s for half as many
		tally.Add(&chat.Chunk{Choices: []chat.ChunkChoice{{Index: i, FinishReason: "stop"}}}, true)
	}
	require.True(t, tally.Finished())
	require.Less(t, time.Since(began), 5*time.Second)
}

func TestTallyOfAWholeAnswer(t *testing.T) {
	choice := func(text, reason string) chat.Choice {
		return chat.Choice{Message: chat.Message{Content: text}, FinishReason: reason}
	}
	whole := Whole(&chat.Response{Choices: []chat.Choice{choice("a", "stop"), choice("b", "length")}}, 2)
	require.True(t, whole.Finished() && whole.Content())
	require.Zero(t, whole.Missing(), "told apart without an index")

	whole = Whole(&chat.Response{Choices: []chat.Choice{choice("a", ""), choice("", "network_error")}}, 3)
	require.False(t, whole.Finished())
	require.Equal(t, 1, whole.Missing())
	require.Equal(t, "network_error", whole.Failed())

	whole = Whole(&chat.Response{}, 0)
	require.False(t, whole.Began() || whole.Content())
}

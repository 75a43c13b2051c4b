package chat

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

func decoded(t *testing.T, d *ChunkDecoder, text string) Signs {
	_, signs, err := d.Decode([]byte(text))
	require.NoError(t, err)
	return signs
}

func TestDecodeChunkMeaning(t *testing.T) {
	for _, test := range []struct {
		data string
		want bool
	}{
		{`{"choices":[{"delta":{"role":"assistant","content":"","refusal":null}}]}`, false},
		{`{"choices":[{"delta":{}}]}`, false},
		{`{"choices":[{"delta":null}]}`, false},
		{`{"choices":[],"usage":{"total_tokens":1}}`, false},
		{`{"choices":[],"prompt_filter_results":[{"prompt_index":0}]}`, false},
		{`{"choices":[{"content_filter_results":{"hate":{"filtered":false}}}]}`, false},
		{`{"choices":[{"delta":{"tool_calls":[],"reasoning_details":[],"images":[]}}]}`, false},
		{`{"choices":[{"delta":{"audio":{"id":"a"}}}]}`, false},
		{`{"choices":[{"delta":{"content":"x"}}]}`, true},
		{`{"choices":[{"delta":{"content":""}},{"index":1,"delta":{"content":"x"}}]}`, true},
		{`{"choices":[{"delta":{"reasoning":"x"}}]}`, true},
		{`{"choices":[{"delta":{"reasoning_content":"x"}}]}`, true},
		{`{"choices":[{"delta":{"reasoning_details":[{"type":"reasoning.encrypted","data":"x"}]}}]}`, true},
		{`{"choices":[{"delta":{"content":[{"type":"thinking","thinking":[{"type":"text","text":"x"}]}]}}]}`, true},
		{`{"choices":[{"delta":{"refusal":"x"}}]}`, true},
		{`{"choices":[{"delta":{"tool_calls":[{"index":0}]}}]}`, false},
		{`{"choices":[{"delta":{"tool_calls":[{"index":0,"id":"a","type":"function","function":{"name":"","arguments":""}}]}}]}`, false},
		{`{"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{"}}]}}]}`, true},
		{`{"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"name":"f"}}]}}]}`, true},
		{`{"choices":[{"delta":{"function_call":{"name":"f"}}}]}`, true},
		{`{"choices":[{"delta":{"audio":{"data":"QQ=="}}}]}`, true},
		{`{"choices":[{"delta":{"images":[{"type":"image_url"}]}}]}`, true},
		{`{"choices":[{"delta":{},"finish_reason":"stop"}]}`, true},
		{`{"choices":[{"message":{"content":"whole"}}]}`, true},
	} {
		var d ChunkDecoder
		require.Equal(t, test.want, decoded(t, &d, test.data)&Meaning != 0, test.data)
	}
}

func TestDecodeChunkForms(t *testing.T) {
	var d ChunkDecoder
	decoded(t, &d, `{"choices":[{"delta":{"content":[{"type":"thinking","thinking":[{"type":"text","text":"hm"}]},{"type":"text","text":"a"},{"type":"text","text":"b"}]}}]}`)
	require.Equal(t, "ab", d.chunk.Text())
	require.Equal(t, "hm", d.chunk.Choices[0].Delta.Reasoning)

	decoded(t, &d, `{"created":1.7e9,"choices":[{"delta":{"tool_calls":[{"id":"a","function":{"name":"f","arguments":{"x":1}}},{"index":null,"id":"b"},{"index":7}]}}]}`)
	require.EqualValues(t, 1700000000, d.chunk.Created)
	require.Equal(t, []ToolCallDelta{
		{Index: 0, unplaced: true, ID: "a", Function: FunctionCall{Name: "f", Arguments: `{"x":1}`}}, {Index: 1, unplaced: true, ID: "b"}, {Index: 7},
	}, d.chunk.Choices[0].Delta.ToolCalls)

	decoded(t, &d, `{"choices":[null,{"index":3,"message":{"role":"assistant","content":"whole"},"finish_reason":"stop"}]}`)
	require.Equal(t, "whole", d.chunk.Text())
	require.Equal(t, 3, d.chunk.Choices[0].Index)

	decoded(t, &d, `{"choices":[{"delta":{"content":5,"x":null,"y":1}}],"usage":{"prompt_tokens":"many"},"z":[1]}`)
	require.Empty(t, d.chunk.Text())
	require.Equal(t, map[string]json.RawMessage{"content": json.RawMessage("5"), "y": json.RawMessage("1")}, d.chunk.Choices[0].Delta.Extra)
	require.Equal(t, json.RawMessage(`"many"`), d.chunk.Usage.Extra["prompt_tokens"])
	require.Equal(t, json.RawMessage(`[1]`), d.chunk.Extra["z"])
}

// What a decoder remembers of the events before must not show.
func TestDecodeChunkAfterOthers(t *testing.T) {
	used := ChunkDecoder{chunkScratch: new(chunkScratch)}
	for range 3 {
		for _, text := range append(events, `{"choices":[{"delta":{"content":"x","new":1},"other":2}],"third":3}`) {
			var fresh ChunkDecoder
			flags := decoded(t, &fresh, text)
			used.first, used.others, used.held = progress{}, nil, nil // of another stream
			require.Equal(t, flags, decoded(t, &used, text))
			want, got := fresh.chunk.Clone(), used.chunk.Clone()
			dropNulls(want)
			dropNulls(got)
			require.Equal(t, want, got)
		}
	}
}

// The memory of a decoder that was closed serves the next stream: nothing of the stream
// before shows there, and its chunks stay as they were.
func TestMemoryOfAnotherStream(t *testing.T) {
	memory := new(chunkScratch)
	whole := `{"choices":[{"message":{"role":"assistant","content":"Hello"},"finish_reason":"stop"}]}`
	all := append(events, whole, `{"choices":[{"delta":{"content":"Hello"}}]}`, `{"choices":[{"delta":{"content":"\ud83d"}}]}`)
	for _, first := range all {
		for _, text := range all {
			d := ChunkDecoder{chunkScratch: memory}
			kept, _, err := d.Decode([]byte(first))
			require.NoError(t, err)
			d.End()
			want := kept.Clone()
			memory.forget()

			next, fresh := ChunkDecoder{chunkScratch: memory}, ChunkDecoder{chunkScratch: new(chunkScratch)}
			require.Equal(t, decoded(t, &fresh, text), decoded(t, &next, text))
			expected, got := fresh.chunk.Clone(), next.chunk.Clone()
			dropNulls(expected)
			dropNulls(got)
			require.Equal(t, expected, got)
			require.Nil(t, kept.Raw())
			require.Equal(t, want, kept.Clone())
			memory.forget()
		}
	}
}

// A clone must not change when the chunk is used again, or its data.
func TestClone(t *testing.T) {
	for _, text := range append(events, replies...) {
		data := []byte(text)
		var d, again ChunkDecoder
		c, _, err := d.Decode(data)
		if err != nil {
			continue
		}
		clone := c.Clone()
		require.Equal(t, text, string(clone.Raw()))
		clear(data)
		for _, other := range events {
			decoded(t, &d, other)
		}
		decoded(t, &again, text)
		twin := again.chunk.Clone()
		dropNulls(clone)
		dropNulls(twin)
		require.Equal(t, twin, clone)
	}
}

// A chunk costs its part of a slab, and unknown fields cost a map.
func TestDecodeChunkAllocations(t *testing.T) {
	for name, text := range map[string]string{
		"token": benchToken, "tool call": benchToolCall,
		"AITUNNEL": `{"id":"gen-1","provider":"OpenAI","model":"openai/gpt-4o","object":"chat.completion.chunk","created":1700000000,"choices":[{"index":0,"delta":{"role":"assistant","content":" weather"},"finish_reason":null,"native_finish_reason":null,"logprobs":null}]}`,
		"Azure":    `{"choices":[{"content_filter_results":{"hate":{"filtered":false,"severity":"safe"}},"delta":{"content":" weather"},"finish_reason":null,"index":0,"logprobs":null}],"created":1700000000,"id":"chatcmpl-1","model":"gpt-4o","object":"chat.completion.chunk","system_fingerprint":"fp"}`,
		"vLLM":     `{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1700000000,"model":"m","choices":[{"index":0,"delta":{"reasoning_content":" weather"},"logprobs":null,"finish_reason":null,"stop_reason":null}],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}}`,
	} {
		data := []byte(text)
		var d ChunkDecoder
		decoded(t, &d, text)
		allocs := testing.AllocsPerRun(100, func() {
			if _, _, err := d.Decode(data); err != nil {
				panic(err)
			}
		})
		most := 1.0
		if name == "Azure" {
			most = 2
		}
		require.LessOrEqual(t, allocs, most, name)
	}
}

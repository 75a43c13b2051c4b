package buoy

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/buoy-go/buoy/internal/jscan"
)

// replies and events are the seeds: what providers send, and what they do not.
var replies = []string{
	`{"id":"chatcmpl-1","object":"chat.completion","created":1700000000,"model":"gpt-4o-mini","choices":[{"index":0,"message":{"role":"assistant","content":"Hello","refusal":null,"annotations":[]},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":2,"total_tokens":11,"prompt_tokens_details":{"cached_tokens":0,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":0}},"service_tier":"default","system_fingerprint":"fp_1"}`,
	`{"id":"gen-1","provider":"Anthropic","model":"anthropic/claude","created":1700000000.5,"choices":[{"logprobs":null,"finish_reason":"tool_calls","native_finish_reason":"tool_use","index":0,"message":{"role":"assistant","content":null,"reasoning":"Let me think","reasoning_details":[{"type":"reasoning.text","text":"Let me think","signature":"abc","format":"anthropic-claude-v1","index":0}],"tool_calls":[{"index":0,"id":"call_1","type":"function","function":{"name":"weather","arguments":"{\"city\":\"Paris\"}"},"extra_content":{"google":{"thought_signature":"x"}}}]}}],"usage":{"prompt_tokens":1,"cost":0.0001,"cost_details":{"upstream_inference_cost":null},"is_byok":false,"cost_rub":0.02,"balance":0,"server_tool_use":{"web_search_requests":1,"other":2}}}`,
	`{"choices":[{"message":{"content":[{"type":"text","text":"a"},{"type":"thinking","thinking":[{"type":"text","text":"t"}]},{"type":"image_url","image_url":{"url":"u","x":1}},null],"reasoning_content":"r","audio":{"id":"a","data":"QQ==","transcript":"t","expires_at":1.5e9},"function_call":{"name":"f","arguments":{"a":1}}},"index":null,"logprobs":{"content":[{"token":"a","logprob":-0.1,"bytes":[97],"top_logprobs":[]}],"refusal":null}}]}`,
	`{"choices":[{"message":{"reasoning_content":"a","reasoning":"b"}},{"message":{"reasoning":"a","reasoning_content":"b","reasoning":""},"message":null}],"error":null,"metadata":{"a":"b"},"moderation":{"x":1}}`,
	`{"error":{"code":402,"message":"no money"}}`, `{"choices":[],"Error":"x"}`, `{"choices":null,"base_resp":{"status_code":1}}`,
	`{"choices":[{"error":{"code":502},"finish_reason":"error","message":{"content":"par"}}]}`,
	`{"choices":{}}`, `{"choices":[1]}`, `[{"error":{"code":429}}]`, `"text"`, `null`, `{"id":5,"id":"a","choices":[{"index":"x","message":7}],"usage":[],"created":"now"}`,
	`{"choices":[{"message":{"tool_calls":[1],"annotations":[{"type":"file","file":{"hash":"h"}},{"type":"url_citation","url_citation":{"url":"u","title":"t","start_index":0,"end_index":1}}],"content":"\ud83d\ude00\ud83d \u00e9"}}]}`,
}

var events = []string{
	`{"id":"c","object":"chat.completion.chunk","created":1700000000,"model":"gpt-4o-mini","system_fingerprint":"fp","choices":[{"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}],"usage":null,"obfuscation":"x"}`,
	`{"id":"c","choices":[{"index":0,"delta":{"content":"tok"},"finish_reason":null}]}`,
	`{"id":"c","choices":[{"index":1,"delta":{"tool_calls":[{"index":0,"id":"call_1","type":"function","function":{"name":"f","arguments":""}},{"id":"call_2","custom":{"name":"n","input":"i"}}]},"finish_reason":null}]}`,
	`{"id":"c","choices":[{"index":0,"delta":{},"finish_reason":"stop","native_finish_reason":"STOP"}],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3,"cost_rub":0.5}}`,
	`{"id":"","choices":[],"prompt_filter_results":[{"prompt_index":0}],"x":null}`,
	`{"choices":[{"delta":{"content":[{"type":"thinking","thinking":[{"type":"text","text":"hm"}]},{"type":"text","text":"a"}],"reasoning_content":"r"},"content_filter_results":{"hate":{"filtered":false}}}]}`,
	`{"choices":[{"delta":{"audio":{"data":"QQ==","x":1},"images":[{"type":"image_url"}],"annotations":[{"type":"a","b":null}],"function_call":{"name":"f","arguments":"{"}}}],"metadata":{"a":"b"}}`,
	`{"choices":[{"message":{"role":"assistant","content":"whole"},"finish_reason":"stop","error":null}],"type":"response.failed","success":false}`,
}

func FuzzDecodeResponse(f *testing.F) {
	for _, text := range append(replies, events...) {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var got, want Response
		flags, err := decodeResponse(body, &got)
		if errors.Is(err, jscan.ErrDepth) {
			return
		}
		wantFlags, wantErr := refResponse(body, &want)
		require.Equal(t, wantErr == nil, err == nil, "%v, reference: %v", err, wantErr)
		if err != nil {
			return
		}
		require.Equal(t, wantFlags, flags)
		require.Equal(t, want, got)

		// What was decoded can be stored and read again. A known field of an
		// unexpected type may move from Extra to its own place on the way, once.
		stored, err := json.Marshal(restore(t, got))
		require.NoError(t, err)
		again, err := json.Marshal(restore(t, restore(t, got)))
		require.NoError(t, err)
		require.JSONEq(t, string(stored), string(again))
	})
}

func FuzzDecodeChunk(f *testing.F) {
	for _, text := range append(events, replies...) {
		f.Add([]byte(events[1]), []byte(text))
		f.Add([]byte(text), []byte(events[0]))
	}
	f.Fuzz(func(t *testing.T, before, data []byte) {
		// What was in the chunk before must not show.
		var got, want Chunk
		_, _ = decodeChunk(before, &got)
		flags, err := decodeChunk(data, &got)
		if errors.Is(err, jscan.ErrDepth) {
			return
		}
		wantFlags, wantErr := refChunk(data, &want)
		require.Equal(t, wantErr == nil, err == nil, "%v, reference: %v", err, wantErr)
		if err != nil {
			return
		}
		require.Equal(t, data, got.Raw())
		clone := got.Clone()
		dropNulls(clone)
		dropNulls(&want)
		require.Equal(t, wantFlags, flags)
		require.Equal(t, want, *clone)

		// Any chunk can be assembled, and the result can be stored.
		var a assembler
		a.add(&got)
		a.add(clone)
		_, err = json.Marshal(a.response())
		require.NoError(t, err)
	})
}

// restore stores a response and reads it again.
func restore(t *testing.T, r Response) (again Response) {
	stored, err := json.Marshal(r)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(stored, &again))
	return again
}

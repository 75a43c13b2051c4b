package chat

import (
	"encoding/json"
	"maps"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzEncodeRequest builds a request and, beside it, the same body as a tree of
// maps, and compares what encoding/json reads from the one and makes of the other.
func FuzzEncodeRequest(f *testing.F) {
	f.Add("gpt-4o", "be brief", "why is the sky blue?\n", `{"type":"object"}`, "user", 0.2, 10, uint16(0xffff))
	f.Add("", "\xff\xfe", "a\"b\\c\u2028\x00", `[1, 2.50, "é"]`, "stream", math.Inf(1), -1, uint16(0))
	f.Add("m", "😀 日本 абв", "0123456\t", `nope`, "temperature", 1e-9, 0, uint16(0x5555))
	f.Add("m", "s", "t", ``, "k", 1.0, 1, uint16(0xffff))
	f.Add("m", "s", "t", `null`, "k", 1.0, 1, uint16(0xffff))
	f.Fuzz(func(t *testing.T, model, system, text, raw, key string, number float64, count int, set uint16) {
		r := &Request{Model: model, Messages: []Message{System(system)}}
		messages := []any{map[string]any{"role": "system", "content": system}}
		want := map[string]any{"model": model}
		if model == "" {
			delete(want, "model")
		}
		bit := func(n int) bool { return set>>n&1 == 1 }
		document := json.RawMessage(raw)
		valid := len(raw) == 0 || json.Valid(document)
		var tree any
		if len(raw) > 0 {
			if err := json.Unmarshal(document, &tree); err != nil && valid {
				return // 1E700 is JSON, and in no tree that could be compared
			}
		}

		if bit(0) {
			r.Messages = append(r.Messages, User(text))
			messages = append(messages, map[string]any{"role": "user", "content": text})
		}
		if bit(1) {
			r.Messages = append(r.Messages, UserParts(Text(text), ImageData("image/png", []byte(text)), Part{Type: PartText, CacheControl: Ephemeral(key)}))
			mark := map[string]any{"type": "ephemeral", "ttl": key}
			if key == "" {
				delete(mark, "ttl")
			}
			messages = append(messages, map[string]any{"role": "user", "content": []any{
				map[string]any{"type": "text", "text": text},
				map[string]any{"type": "image_url", "image_url": map[string]any{"url": dataURL("image/png", []byte(text))}},
				map[string]any{"type": "text", "text": "", "cache_control": mark},
			}})
		}
		if bit(2) {
			arguments := raw
			if strings.TrimSpace(raw) == "" { // as a call without arguments is sent
				arguments = "{}"
			}
			r.Messages = append(r.Messages, Message{Role: RoleAssistant, ToolCalls: []ToolCall{{ID: "id", Function: FunctionCall{Name: key, Arguments: raw}}}}, ToolResult("id", text))
			messages = append(messages,
				map[string]any{"role": "assistant", "content": "", "tool_calls": []any{map[string]any{"id": "id", "type": "function", "function": map[string]any{"name": key, "arguments": arguments}}}},
				map[string]any{"role": "tool", "tool_call_id": "id", "content": text})
		}
		wrong := false
		if bit(3) {
			r.Messages = append(r.Messages, Message{Role: RoleAssistant, Content: text, ReasoningDetails: document, Extra: map[string]json.RawMessage{"zz" + key: document}})
			answer := map[string]any{"role": "assistant", "content": text, "reasoning_details": tree, "zz" + key: tree}
			if tree == nil {
				delete(answer, "reasoning_details")
			}
			messages = append(messages, answer)
			wrong = wrong || !valid
		}
		want["messages"] = messages
		if bit(4) {
			r.Temperature = new(number)
			want["temperature"] = number
			wrong = wrong || math.IsNaN(number) || math.IsInf(number, 0)
		}
		if bit(5) {
			r.MaxTokens, r.Stop = new(count), []string{text, key}
			want["max_tokens"], want["stop"] = count, []any{text, key}
		}
		if bit(6) {
			r.Metadata = map[string]string{key: text}
			want["metadata"] = map[string]any{key: text}
		}
		if bit(7) {
			r.Tools = []Tool{FunctionTool("f", text, document)}
			function := map[string]any{"name": "f", "description": text, "parameters": tree}
			if text == "" {
				delete(function, "description")
			}
			if raw == "" {
				delete(function, "parameters")
			}
			want["tools"] = []any{map[string]any{"type": "function", "function": function}}
			wrong = wrong || !valid
		}
		if bit(8) {
			r.Plugins = []Plugin{{ID: text, Extra: map[string]any{key: count}}}
			plugin := map[string]any{"id": text}
			maps.Copy(plugin, map[string]any{key: count})
			want["plugins"] = []any{plugin}
		}
		stream := bit(9)
		if stream {
			want["stream"], want["stream_options"] = true, map[string]any{"include_usage": true}
		}
		if bit(10) {
			r.Extra = map[string]any{key: count, "zz": text}
			maps.Copy(want, r.Extra)
		}

		body, err := r.AppendBody(nil, model, stream)
		require.Equal(t, wrong, err != nil, "%v", err)
		if err != nil {
			return
		}
		require.Equal(t, normal(t, want), normal(t, json.RawMessage(body)))

		// What was sent can be read again, and is then sent the same.
		var again Request
		require.NoError(t, json.Unmarshal(body, &again))
		sent, err := again.AppendBody(nil, again.Model, stream)
		require.NoError(t, err)
		require.Equal(t, normal(t, json.RawMessage(body)), normal(t, json.RawMessage(sent)))
	})
}

// normal returns the tree that encoding/json makes of v.
func normal(t *testing.T, v any) (tree any) {
	text, err := json.Marshal(v)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &tree))
	return tree
}

// FuzzMessage checks that a received message survives being sent and received.
func FuzzMessage(f *testing.F) {
	for _, text := range replies {
		var whole struct {
			Choices []struct{ Message json.RawMessage }
		}
		if json.Unmarshal([]byte(text), &whole) == nil && len(whole.Choices) > 0 {
			f.Add([]byte(whole.Choices[0].Message))
		}
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var m Message
		if json.Unmarshal(text, &m) != nil {
			return
		}
		first := writer{}
		first.message(&m)
		require.Nil(t, first.Err)
		var again Message
		require.NoError(t, json.Unmarshal(first.Buf, &again))
		second := writer{}
		second.message(&again)
		require.Nil(t, second.Err)
		var third Message
		require.NoError(t, json.Unmarshal(second.Buf, &third))
		last := writer{}
		last.message(&third)
		require.JSONEq(t, string(second.Buf), string(last.Buf))
	})
}

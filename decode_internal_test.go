package buoy

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestDecodeResponse(t *testing.T) {
	var r Response
	flags, err := decodeResponse([]byte(replies[0]), &r)
	require.NoError(t, err)
	require.Zero(t, flags)
	require.Equal(t, Response{
		ID: "chatcmpl-1", Model: "gpt-4o-mini", Created: 1700000000, SystemFingerprint: "fp_1", ServiceTier: "default",
		Choices: []Choice{{Message: Message{Role: RoleAssistant, Content: "Hello"}, FinishReason: FinishStop}},
		Usage:   Usage{PromptTokens: 9, CompletionTokens: 2, TotalTokens: 11},
	}, r)
	require.Equal(t, "Hello", r.Text())
	require.Nil(t, r.ToolCalls())

	flags, err = decodeResponse([]byte(replies[1]), &r)
	require.NoError(t, err)
	require.Zero(t, flags)
	require.EqualValues(t, 1700000000, r.Created, "a float")
	require.Equal(t, "Anthropic", r.Provider)
	require.Equal(t, "tool_use", r.Choices[0].NativeFinishReason)
	require.Equal(t, "weather", r.ToolCalls()[0].Function.Name)
	require.Equal(t, `{"city":"Paris"}`, r.ToolCalls()[0].Function.Arguments)
	require.JSONEq(t, `{"google":{"thought_signature":"x"}}`, string(r.ToolCalls()[0].Extra["extra_content"]))
	require.Equal(t, "Let me think", r.Choices[0].Message.Reasoning)
	require.Equal(t, new(0.02), r.Usage.CostRUB)
	require.Equal(t, new(0.0), r.Usage.Balance, "nothing left is not nothing said")
	require.Equal(t, 1, r.Usage.ServerToolUse.WebSearchRequests)
	require.Equal(t, json.RawMessage("2"), r.Usage.ServerToolUse.Extra["other"])

	var empty Response
	require.Empty(t, empty.Text())
	require.Nil(t, empty.ToolCalls())
}

// The memory of a response is its own: the body may be used again.
func TestDecodeResponseCopies(t *testing.T) {
	for _, text := range replies {
		body := []byte(text)
		var r, want Response
		if _, err := decodeResponse(body, &r); err != nil {
			continue
		}
		clear(body)
		_, err := decodeResponse([]byte(text), &want)
		require.NoError(t, err)
		require.Equal(t, want, r)
	}
}

func TestDecodeFlags(t *testing.T) {
	for _, test := range []struct {
		body     string
		suspect  bool
		rejected bool
	}{
		{body: `{"choices":[{"message":{"content":"x"},"finish_reason":"stop"}]}`},
		{body: ` {"error":null,"choices":[]}`},
		{body: `{"error":"","errors":[],"choices":[],"status":"completed","type":"chat","success":true}`},
		{body: `{"choices":[{"error":null,"message":{}}]}`},
		{body: "\ufeff" + `{"choices":[]}`},
		{body: `{}`, suspect: true},
		{body: `{"choices":null}`, suspect: true},
		{body: `{"choices":[],"error":{"message":"x"}}`, suspect: true},
		{body: `{"choices":[],"error":{}}`, suspect: true},
		{body: `{"choices":[],"error":"text"}`, suspect: true},
		{body: `{"choices":[],"Error":"text"}`, suspect: true},
		{body: `{"choices":[],"errors":[{"code":1}]}`, suspect: true},
		{body: `{"choices":[],"base_resp":{"status_code":1008}}`, suspect: true},
		{body: `{"choices":[],"detail":"x"}`, suspect: true},
		{body: `{"choices":[],"fault":{"faultstring":"x"}}`, suspect: true},
		{body: `{"choices":[],"type":"error"}`, suspect: true},
		{body: `{"choices":[],"type":"response.failed"}`, suspect: true},
		{body: `{"choices":[],"status":"failure"}`, suspect: true},
		{body: `{"choices":[],"success":false}`, suspect: true},
		{body: `{"choices":[{"error":{"code":502},"message":{}}]}`, suspect: true},
		{body: `{"choices":[{"finish_reason":"error","message":{}}]}`, suspect: true},
		{body: `{"message":"flat","code":7}`, suspect: true},
		{body: `[{"error":{"code":429}}]`, suspect: true, rejected: true},
		{body: `"unauthorized"`, suspect: true, rejected: true},
		{body: `null`, suspect: true, rejected: true},
		{body: `{"choices":{}}`, suspect: true, rejected: true},
		{body: `{"choices":["x"]}`, suspect: true, rejected: true},
		{body: ``, rejected: true},
		{body: `<html>`, rejected: true},
		{body: `{"choices":[]} {"error":1}`, rejected: true},
		{body: `{"choices":[`, rejected: true},
	} {
		var r Response
		flags, err := decodeResponse([]byte(test.body), &r)
		require.Equal(t, test.rejected, err != nil, "%s: %v", test.body, err)
		if test.suspect {
			require.Equal(t, flagSuspect, flags&flagSuspect, test.body)
		} else if err == nil {
			require.Zero(t, flags, test.body)
		}
		var c Chunk
		chunkFlags, err := decodeChunk([]byte(test.body), &c)
		require.Equal(t, test.rejected, err != nil, test.body)
		require.Equal(t, flags&flagSuspect, chunkFlags&flagSuspect, test.body)
	}
}

// A body that ends anywhere inside is broken, never a shorter answer.
func TestDecodeCutAnywhere(t *testing.T) {
	for _, text := range append(replies[:2], events...) {
		for i := range len(text) - 1 {
			var r Response
			_, err := decodeResponse([]byte(text[:i]), &r)
			require.Error(t, err, "%s", text[:i])
			var c Chunk
			_, err = decodeChunk([]byte(text[:i]), &c)
			require.Error(t, err, "%s", text[:i])
		}
	}
}

func TestNoContent(t *testing.T) {
	for _, test := range []struct {
		body string
		want bool
	}{
		{`{"choices":[]}`, true},
		{`{"choices":null}`, true},
		{`{"choices":[{"message":{"content":null},"finish_reason":"stop"}]}`, true},
		{`{"choices":[{"message":{"content":""},"finish_reason":null}]}`, true},
		{`{"choices":[{"message":{"content":"","tool_calls":[],"reasoning_details":[]},"finish_reason":"tool_calls"}]}`, true},
		{`{"choices":[{"message":{"content":[{"type":"text","text":""}]},"finish_reason":"stop"}]}`, true},
		{`{"choices":[{"message":null}]}`, true},
		{`{"choices":[{"message":{"content":" "},"finish_reason":"stop"}]}`, false},
		{`{"choices":[{"message":{"content":""}},{"message":{"content":"x"}}]}`, false},
		{`{"choices":[{"message":{"content":null,"refusal":"no"},"finish_reason":"stop"}]}`, false},
		{`{"choices":[{"message":{"content":null,"tool_calls":[{"id":"a","function":{"name":"f","arguments":""}}]},"finish_reason":"tool_calls"}]}`, false},
		{`{"choices":[{"message":{"content":null,"function_call":{"name":"f","arguments":""}}}]}`, false},
		{`{"choices":[{"message":{"content":null,"audio":{"id":"a","data":"QQ=="}}}]}`, false},
		{`{"choices":[{"message":{"content":"","reasoning":"hm"},"finish_reason":"stop"}]}`, false},
		{`{"choices":[{"message":{"content":"","reasoning_details":[{"type":"reasoning.encrypted"}]},"finish_reason":"stop"}]}`, false},
		{`{"choices":[{"message":{"content":"","images":[{"type":"image_url"}]},"finish_reason":"stop"}]}`, false},
		{`{"choices":[{"message":{"content":[{"type":"image_url","image_url":{"url":"u"}}]},"finish_reason":"stop"}]}`, false},
		{`{"choices":[{"message":{"content":""},"finish_reason":"length"}]}`, false},
		{`{"choices":[{"message":{"content":""},"finish_reason":"content_filter"}]}`, false},
		{`{"choices":[{"message":{"content":""},"finish_reason":"blacklist"}]}`, false},
	} {
		var r Response
		_, err := decodeResponse([]byte(test.body), &r)
		require.NoError(t, err)
		require.Equal(t, test.want, r.noContent(), test.body)
	}
}

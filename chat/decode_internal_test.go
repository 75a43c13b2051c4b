package chat

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestDecodeResponse(t *testing.T) {
	var r Response
	flags, err := DecodeResponse([]byte(replies[0]), &r)
	require.NoError(t, err)
	require.Zero(t, flags)
	require.Equal(t, Response{
		ID: "chatcmpl-1", Model: "gpt-4o-mini", Created: 1700000000, SystemFingerprint: "fp_1", ServiceTier: "default",
		Choices: []Choice{{Message: Message{Role: RoleAssistant, Content: "Hello"}, FinishReason: FinishStop}},
		Usage:   Usage{PromptTokens: 9, CompletionTokens: 2, TotalTokens: 11},
	}, r)
	require.Equal(t, "Hello", r.Text())
	require.Nil(t, r.ToolCalls())

	flags, err = DecodeResponse([]byte(replies[1]), &r)
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
		if _, err := DecodeResponse(body, &r); err != nil {
			continue
		}
		clear(body)
		_, err := DecodeResponse([]byte(text), &want)
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
		flags, err := DecodeResponse([]byte(test.body), &r)
		require.Equal(t, test.rejected, err != nil, "%s: %v", test.body, err)
		if test.suspect {
			require.Equal(t, Suspect, flags&Suspect, test.body)
		} else if err == nil {
			require.Zero(t, flags, test.body)
		}
		_, chunkFlags, err := new(ChunkDecoder).Decode([]byte(test.body))
		require.Equal(t, test.rejected, err != nil, test.body)
		require.Equal(t, flags&Suspect, chunkFlags&Suspect, test.body)
	}
}

// A body that ends anywhere inside is broken, never a shorter answer.
func TestDecodeCutAnywhere(t *testing.T) {
	for _, text := range append(replies[:2], events...) {
		for i := range len(text) - 1 {
			var r Response
			_, err := DecodeResponse([]byte(text[:i]), &r)
			require.Error(t, err, "%s", text[:i])
			_, _, err = new(ChunkDecoder).Decode([]byte(text[:i]))
			require.Error(t, err, "%s", text[:i])
		}
	}
}

package conformance_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
)

// answers are the kinds of good answers that buoytest gives.
func answers() []buoytest.Answer {
	return []buoytest.Answer{
		{Text: "Hello, world"},
		{Tokens: []string{"Привет", " 😀", "\n\"quoted\""}},
		{Text: "x", Reasoning: "let me think", FinishReason: "length"},
		{Refusal: "I will not"},
		{ToolCalls: []buoytest.ToolCall{{Name: "f", Arguments: `{"city":"Paris"}`}, {ID: "b", Name: "g", Arguments: "{}"}}},
		{Text: "x", Usage: buoytest.Usage{PromptTokens: 1, CompletionTokens: 2, TotalTokens: 3, CachedTokens: 1, CacheWriteTokens: 1, ReasoningTokens: 1, Cost: new(0.1)}},
		{Text: "x", OmitUsage: true, OmitDone: true, Model: "other"},
		{Text: "x", Extra: map[string]any{"new_field": 1}},
		{Message: map[string]any{"audio": map[string]any{"id": "a", "data": "QQ==", "transcript": "t", "expires_at": 1}}},
	}
}

// fetch returns the body of a server's answer, without buoy in between.
func fetch(t testing.TB, srv *buoytest.Server, request string) []byte {
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, srv.URL+"/chat/completions", strings.NewReader(request))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer key")
	resp, err := srv.Client().Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, resp.StatusCode, "%s", body)
	return body
}

func TestRepliesOfBuoytestConform(t *testing.T) {
	s := load(t)
	for _, dialect := range []buoytest.Dialect{buoytest.OpenAI, buoytest.AITunnel} {
		for _, answer := range answers() {
			srv := buoytest.NewMemServer(t, buoytest.Times(3, buoytest.ReplyWith(answer)))
			srv.Speak(dialect)
			const chat = `{"model":"gpt-4o","messages":[{"role":"user","content":"hi"}],"n":2`
			conforms(t, s.response, fetch(t, srv, chat+`}`))

			for _, options := range []string{``, `,"stream_options":{"include_usage":true}`} {
				chunks := 0
				body := fetch(t, srv, chat+`,"stream":true`+options+`}`)
				for line := range bytes.Lines(body) {
					data, ok := bytes.CutPrefix(bytes.TrimSpace(line), []byte("data: "))
					if !ok || string(data) == "[DONE]" {
						continue
					}
					conforms(t, s.chunk, data)
					chunks++
				}
				require.Greater(t, chunks, 2)
			}
		}
	}
}

// What buoy stores of an answer is a reply by the schema, be it received whole or
// assembled.
func TestStoredResponsesConform(t *testing.T) {
	s := load(t)
	for _, answer := range answers() {
		for _, stream := range []bool{false, true} {
			srv := buoytest.NewMemServer(t, buoytest.ReplyWith(answer))
			client, err := buoy.New(srv.Endpoint(), buoy.WithHTTPClient(srv.Client()))
			require.NoError(t, err)
			resp := whole(t, client, buoy.Request{Model: "gpt-4o", N: new(2), Messages: []buoy.Message{buoy.User("hi")}}, stream)
			require.Len(t, resp.Choices, 2)
			stored, err := json.Marshal(resp)
			require.NoError(t, err)
			conforms(t, s.response, stored)
			require.NoError(t, client.Close())
		}
	}
}

package main

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/buoy-go/buoy/buoytest"
	"github.com/stretchr/testify/require"
)

// The official client from npm, which knows nothing of buoy, is the judge of
// whether this is OpenAI's protocol. It is installed by "make npm"; where that
// was not done the test is skipped, unless BUOY_NPM=1 says that it must run.
func TestTheOfficialClientFromNPM(t *testing.T) {
	left := make(chan struct{})
	north := buoytest.NewServer(t, npmScript(left)...)
	got := runNode(t, "openai", "client.mjs", newDesk(t, npmConfig, servers{"NORTH": north}).url)

	for name, want := range map[string]string{
		"whole":       `{"text": "Hello!", "finish": "stop", "requestID": "req_2", "attempts": "2"}`,
		"stream":      `{"text": "Hello!", "finish": "stop", "chunks": 5}`,
		"usage":       `{"text": "Hello!", "finish": "stop", "chunks": 6, "usage": 7}`,
		"tool":        `[{"id": "call_1", "type": "function", "function": {"name": "look", "arguments": "{\"at\":\"sea\"}"}}]`,
		"tool_stream": `[{"id": "call_1", "type": "function", "function": {"name": "look", "arguments": "{\"at\":\"sea\"}"}}]`,
		"fallback":    `{"text": "Hello!", "model": "whole"}`,
		"models":      `true`,
		"object":      `{"at": "sea"}`,
		"leave":       `"left"`,
	} {
		require.JSONEq(t, want, string(got[name]), "%s: %s", name, got[name])
	}
	select {
	case <-left:
	case <-time.After(10 * time.Second):
		t.Error("the client left, and the provider is still at work")
	}

	for name, want := range map[string]thrown{
		"auth":           {Class: "AuthenticationError", Status: 401, Code: "invalid_api_key"},
		"rate_limit":     {Class: "RateLimitError", Status: 429, Code: "rate_limit_exceeded"},
		"bad_request":    {Class: "BadRequestError", Status: 400, Code: "context_length_exceeded"},
		"server":         {Class: "InternalServerError", Status: 500, Code: "server_error"},
		"unknown":        {Class: "NotFoundError", Status: 404, Code: "model_not_found"},
		"refused_stream": {Class: "PermissionDeniedError", Status: 403, Code: "permission"},
		"abort":          {Class: "APIUserAbortError"},
		"broken_stream":  {Class: "APIError", Code: "stream_interrupted", Text: "The quick"},
	} {
		var e thrown
		require.NoError(t, json.Unmarshal(got[name], &e), "%s: %s", name, got[name])
		require.True(t, e.IsAPIError, "%s: %s", name, got[name])
		require.NotEmpty(t, e.Message, name)
		e.IsAPIError, e.Message = false, ""
		require.Equal(t, want, e, name)
	}

	// The client asks twice more by itself after a 429 or a 5xx that does not tell
	// it otherwise: the two loops would multiply.
	asked := map[string]int{}
	for _, r := range north.Requests() {
		asked[r.Model]++
	}
	require.Equal(t, 1, asked["rate_limit"])
	require.Equal(t, 5, asked["server"], "buoy's own attempts")
}

// The AI SDK, too, with its own loop of tools and its own retries.
func TestTheAISDKFromNPM(t *testing.T) {
	left := make(chan struct{})
	north := buoytest.NewServer(t, npmScript(left)...)
	got := runNode(t, "ai", "aisdk.mjs", newDesk(t, npmConfig, servers{"NORTH": north}).url)
	for name, want := range map[string]string{
		"whole":         `{"text": "Hello!", "finish": "stop", "attempts": "2"}`,
		"stream":        `{"text": "Hello!", "finish": "stop"}`,
		"usage":         `{"text": "Hello!", "inputTokens": 4, "outputTokens": 3}`,
		"tool":          `{"text": "It floats.", "steps": 2, "input": {"at": "sea"}, "output": "a buoy at sea"}`,
		"tool_stream":   `{"text": "It floats.", "steps": 2, "input": {"at": "sea"}, "output": "a buoy at sea"}`,
		"object":        `{"at": "sea"}`,
		"object_stream": `{"at": "sea"}`,
		"auth":          `{"class": "APICallError", "status": 401, "retryable": false, "code": "invalid_api_key"}`,
		"bad_request":   `{"class": "APICallError", "status": 400, "retryable": false, "code": "context_length_exceeded"}`,
		"unknown":       `{"class": "APICallError", "status": 404, "retryable": false, "code": "model_not_found"}`,
		"rate_limit":    `{"class": "APICallError", "status": 429, "retryable": true, "code": "rate_limit_exceeded"}`,
		"broken_stream": `{"text": "The quick", "failed": true}`,
		"leave":         `"left"`,
	} {
		require.JSONEq(t, want, string(got[name]), "%s: %s", name, got[name])
	}
	select {
	case <-left:
	case <-time.After(10 * time.Second):
		t.Error("the client left, and the provider is still at work")
	}
	formats := 0
	for _, r := range north.Requests() {
		if strings.HasPrefix(r.Model, "object") {
			require.Contains(t, string(r.Body), `"response_format":{"type":"json_schema"`)
			formats++
		}
	}
	require.Equal(t, 2, formats)
}

// runNode runs a program of npmtest against a gateway and returns what it saw, by
// scenario.
func runNode(t *testing.T, needs, program, url string) (got map[string]json.RawMessage) {
	t.Helper()
	node, err := exec.LookPath("node")
	if err != nil {
		absent(t, "node is not installed")
	}
	if _, err := os.Stat("npmtest/node_modules/" + needs); err != nil {
		absent(t, `the package "`+needs+`" is not installed: run "make npm"`)
	}
	cmd := exec.CommandContext(t.Context(), node, "npmtest/"+program, url+"/v1")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(out, &got), "%s", out)
	return got
}

// thrown is what the client threw.
type thrown struct {
	Class      string
	IsAPIError bool `json:"isAPIError"`
	Status     int
	Code       string
	Message    string
	Text       string
}

func absent(t *testing.T, why string) {
	t.Helper()
	if os.Getenv("BUOY_NPM") == "1" {
		t.Fatal(why)
	}
	t.Skip(why)
}

const npmConfig = `{
	"endpoints": [{"name": "north", "base_url": "NORTH", "keys": ["KEY"], "models": {
		"whole": "whole", "stream": "stream", "usage": "usage", "tool": "tool", "tool_stream": "tool_stream", "fallback": "fallback",
		"auth": "auth", "rate_limit": "rate_limit", "bad_request": "bad_request", "server": "server",
		"refused_stream": "refused_stream", "broken_stream": "broken_stream", "leave": "leave", "abort": "abort",
		"object": "object", "object_stream": "object_stream"
	}}],
	"retry": {"base_delay": "1ms"}
}`

// npmScript is the provider's part: a step for the model of each scenario.
func npmScript(left chan struct{}) []buoytest.Step {
	call := buoytest.ReplyWith(buoytest.Answer{ToolCalls: []buoytest.ToolCall{{ID: "call_1", Name: "look", Arguments: `{"at":"sea"}`}}})
	return []buoytest.Step{
		buoytest.ForModel("whole", buoytest.Fail(500), buoytest.Always(buoytest.Reply("Hello!"))),
		buoytest.ForModel("stream", buoytest.Stream("Hel", "lo", "!")),
		buoytest.ForModel("usage", buoytest.ReplyWith(buoytest.Answer{Tokens: []string{"Hel", "lo", "!"}, Usage: buoytest.Usage{PromptTokens: 4, CompletionTokens: 3}})),
		buoytest.ForModel("tool", call, buoytest.Reply("It floats.")),
		buoytest.ForModel("tool_stream", call, buoytest.Reply("It floats.")),
		buoytest.ForModel("object", buoytest.Always(buoytest.Reply(`{"at":"sea"}`))),
		buoytest.ForModel("object_stream", buoytest.Always(buoytest.Stream(`{"at"`, `:"sea"}`))),
		buoytest.ForModel("fallback", buoytest.Fail(404)),
		buoytest.ForModel("auth", buoytest.OpenAIError(401, "invalid_api_key", "Incorrect API key provided.")),
		buoytest.ForModel("rate_limit", buoytest.Always(buoytest.RetryAfter(2*time.Minute, buoytest.OpenAIError(429, "rate_limit_exceeded", "Too fast.")))),
		buoytest.ForModel("bad_request", buoytest.OpenAIError(400, "context_length_exceeded", "Too long.")),
		buoytest.ForModel("server", buoytest.Always(buoytest.OpenAIError(500, "server_error", "Broken."))),
		buoytest.ForModel("refused_stream", buoytest.Error(403, `{"error":{"message":"Not for you."}}`)),
		buoytest.ForModel("broken_stream", buoytest.Cut(2)),
		buoytest.ForModel("abort", buoytest.Hang(time.Hour)),
		buoytest.ForModel("leave", buoytest.Func(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/event-stream")
			io.WriteString(w, `data: {"choices":[{"index":0,"delta":{"content":"Hel"}}]}`+"\n\n")
			w.(http.Flusher).Flush()
			<-r.Context().Done()
			close(left)
		})),
	}
}

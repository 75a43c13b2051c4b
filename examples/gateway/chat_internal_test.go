package main

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/buoy-go/buoy/buoytest"
	"github.com/stretchr/testify/require"
)

type servers = map[string]*buoytest.Server

// oneProvider serves "small", whose name there is another.
const oneProvider = `{
	"endpoints": [{"name": "north", "base_url": "NORTH", "keys": ["KEY"], "models": {"small": "gpt-4o-mini"}}],
	"retry": {"base_delay": "1ms"}
}`

// twoProviders has a fallback for every model.
const twoProviders = `{
	"endpoints": [
		{"name": "north", "base_url": "NORTH", "keys": ["KEY"], "models": {"small": "gpt-4o-mini", "large": "gpt-4o"}},
		{"name": "south", "base_url": "SOUTH", "models": {"backup": "llama"}}
	],
	"fallbacks": {"*": ["backup"]},
	"retry": {"base_delay": "1ms"}
}`

func TestAWholeAnswer(t *testing.T) {
	north := buoytest.NewServer(t, buoytest.Fail(500), buoytest.ReplyWith(buoytest.Answer{
		Text: "Hello!", Extra: map[string]any{"x_new": []int{1}}, Message: map[string]any{"x_mood": "good"},
	}))
	d := newDesk(t, oneProvider, servers{"NORTH": north})
	r := d.post(hello + `}`)
	require.Equal(t, http.StatusOK, r.StatusCode, r.Text)
	require.Equal(t, "application/json", r.Header.Get("Content-Type"))
	require.Equal(t, "2", r.Header.Get("X-Buoy-Attempts"))
	require.Equal(t, "north", r.Header.Get("X-Buoy-Endpoint"))
	require.Equal(t, "gpt-4o-mini", r.Header.Get("X-Buoy-Model"))
	require.Equal(t, "req_2", r.Header.Get("X-Request-Id"))
	var got struct {
		Object  string
		XNew    []int `json:"x_new"`
		Choices []struct {
			Message struct {
				Content string
				XMood   string `json:"x_mood"`
			}
			FinishReason string `json:"finish_reason"`
		}
		Usage struct {
			TotalTokens int `json:"total_tokens"`
		}
	}
	require.NoError(t, json.Unmarshal([]byte(r.Text), &got))
	require.Equal(t, "chat.completion", got.Object)
	require.Equal(t, "Hello!", got.Choices[0].Message.Content)
	require.Equal(t, "stop", got.Choices[0].FinishReason)
	require.Equal(t, "good", got.Choices[0].Message.XMood)
	require.Equal(t, []int{1}, got.XNew)
	require.NotZero(t, got.Usage.TotalTokens)
	require.Equal(t, providerKey, north.Requests()[0].Key)
}

// What the gateway does not know is not its business: it reaches the provider as
// it was, at whatever depth.
func TestARequestArrivesAsItWas(t *testing.T) {
	const body = `{
		"model": "small",
		"messages": [
			{"role": "system", "content": "Be brief.", "x_weight": 3},
			{"role": "user", "name": "ann", "content": [
				{"type": "text", "text": "What is this?", "cache_control": {"type": "ephemeral"}},
				{"type": "image_url", "image_url": {"url": "https://example.com/a.png", "detail": "low"}},
				{"type": "x_smell", "x_smell": {"of": ["tar"]}}
			]},
			{"role": "assistant", "content": null, "tool_calls": [
				{"id": "call_1", "type": "function", "function": {"name": "look", "arguments": "{\"at\":1}"}, "x_signature": "abc"}
			]},
			{"role": "tool", "tool_call_id": "call_1", "content": "a buoy"}
		],
		"tools": [{"type": "function", "function": {"name": "look", "parameters": {"type": "object", "x_order": [2, 1]}, "strict": true}}],
		"tool_choice": {"type": "function", "function": {"name": "look"}},
		"temperature": 0.25, "top_p": 1, "seed": 12345678901234567, "stop": ["\n\n"], "max_completion_tokens": 100,
		"response_format": {"type": "json_schema", "json_schema": {"name": "a", "schema": {"type": "object"}, "strict": true}},
		"metadata": {"team": "a"}, "user": "ann", "n": 1, "logit_bias": {"50256": -100},
		"provider": {"sort": "price", "x_new": true}, "plugins": [{"id": "web", "x_depth": 2}],
		"x_new": {"deep": [1, 2.50, "three", null]}, "x_null": null, "x_big": 123456789012345678901234567890
	}`
	north := buoytest.NewServer(t)
	d := newDesk(t, oneProvider, servers{"NORTH": north})
	r := d.post(body)
	require.Equal(t, http.StatusOK, r.StatusCode, r.Text)
	want := strings.Replace(body, `"model": "small"`, `"model": "gpt-4o-mini"`, 1)
	require.JSONEq(t, want, string(north.Requests()[0].Body))
	require.Contains(t, string(north.Requests()[0].Body), "123456789012345678901234567890")
}

func TestAFallbackOfTheConfiguration(t *testing.T) {
	north := buoytest.NewServer(t, buoytest.Always(buoytest.Fail(500)))
	south := buoytest.NewServer(t, buoytest.Always(buoytest.Reply("South here.")))
	d := newDesk(t, twoProviders, servers{"NORTH": north, "SOUTH": south})
	r := d.post(hello + `}`)
	require.Equal(t, http.StatusOK, r.StatusCode, r.Text)
	require.Contains(t, r.Text, "South here.")
	require.Equal(t, "south", r.Header.Get("X-Buoy-Endpoint"))
	require.Equal(t, "4", r.Header.Get("X-Buoy-Attempts"), "one attempt in reserve for the fallback")
	require.Equal(t, "llama", south.Requests()[0].Model)
	require.Empty(t, south.Requests()[0].Key, "no key of another endpoint's")
}

func TestAFallbackOfTheRequest(t *testing.T) {
	north := buoytest.NewServer(t, buoytest.ForModel("gpt-4o-mini", buoytest.Always(buoytest.Fail(404))), buoytest.Always(buoytest.Reply("The large one.")))
	south := buoytest.NewServer(t)
	d := newDesk(t, twoProviders, servers{"NORTH": north, "SOUTH": south})
	for _, body := range []string{
		hello + `, "models": ["small", "large"]}`,
		strings.Replace(hello, `"model": "small", `, "", 1) + `, "models": ["small", "large"]}`, // OpenRouter's form
		hello + `, "fallbacks": [{"model": "small"}, {"model": "large"}]}`,                      // Anthropic's
	} {
		r := d.post(body)
		require.Equal(t, http.StatusOK, r.StatusCode, r.Text)
		require.Contains(t, r.Text, "The large one.")
		require.Equal(t, "gpt-4o", r.Header.Get("X-Buoy-Model"))
	}
	require.Empty(t, south.Requests(), "the request's list replaces the configuration's")
	for _, got := range north.Requests() {
		require.NotContains(t, string(got.Body), "models", "the provider must not fall back as well")
		require.NotContains(t, string(got.Body), "fallbacks")
	}
}

func TestARequestMayWantNoFallback(t *testing.T) {
	north := buoytest.NewServer(t, buoytest.Always(buoytest.Fail(404)))
	south := buoytest.NewServer(t)
	d := newDesk(t, twoProviders, servers{"NORTH": north, "SOUTH": south})
	require.Equal(t, http.StatusNotFound, d.post(hello+`, "models": []}`).StatusCode)
	require.Equal(t, http.StatusNotFound, d.post(hello+`, "fallbacks": []}`).StatusCode)
	require.Empty(t, south.Requests())
}

// Both endpoints have the model: the second is the first fallback, without a word
// in the configuration.
func TestTheSameModelAtTwoEndpoints(t *testing.T) {
	north := buoytest.NewServer(t, buoytest.Fail(401))
	south := buoytest.NewServer(t)
	d := newDesk(t, `{"endpoints": [
		{"name": "north", "base_url": "NORTH", "models": {"small": "gpt-4o-mini"}},
		{"name": "south", "base_url": "SOUTH", "models": {"small": "openai/gpt-4o-mini"}}
	]}`, servers{"NORTH": north, "SOUTH": south})
	require.Equal(t, http.StatusOK, d.post(hello+`}`).StatusCode)
	require.Equal(t, "openai/gpt-4o-mini", south.Requests()[0].Model)
}

func TestChatTravelsAsAStreamWhereThatIsSet(t *testing.T) {
	north := buoytest.NewServer(t, buoytest.Cut(3), buoytest.Reply("Hello!"))
	d := newDesk(t, strings.Replace(oneProvider, `"retry"`, `"streamed_chat": true, "retry"`, 1), servers{"NORTH": north})
	r := d.post(hello + `}`)
	require.Equal(t, http.StatusOK, r.StatusCode, r.Text)
	require.Contains(t, r.Text, `"content":"Hello!"`)
	require.True(t, north.Requests()[0].Stream)
}

// What is wrong with a request is said before anything is sent.
func TestRequestsThatTheGatewayRefuses(t *testing.T) {
	long := `"` + strings.Repeat("m", maxModelName+1) + `"`
	north := buoytest.NewServer(t)
	d := newDesk(t, strings.Replace(oneProvider, `"retry"`, `"max_body": 2000, "retry"`, 1), servers{"NORTH": north})
	for _, c := range []struct {
		name, body   string
		status       int
		code, naming string
	}{
		{"nothing", ``, 400, "invalid_json", ""},
		{"not JSON", `{"model": "small"`, 400, "invalid_json", ""},
		{"not an object", `["small"]`, 400, "invalid_json", ""},
		{"two objects", hello + `}{}`, 400, "invalid_json", ""},
		{"a model that is none", `{"model": 5, "messages": [{"role": "user", "content": "x"}]}`, 400, "invalid_type", ""},
		{"a stream that is neither", hello + `, "stream": "yes"}`, 400, "invalid_type", ""},
		{"models as a string", hello + `, "models": "large"}`, 400, "invalid_model", "models"},
		{"no model", `{"messages": [{"role": "user", "content": "x"}]}`, 400, "invalid_model", ""},
		{"an endless model", `{"model": ` + long + `, "messages": []}`, 400, "invalid_model", ""},
		{"an empty fallback", hello + `, "models": [""]}`, 400, "invalid_model", ""},
		{"too many fallbacks", hello + `, "models": ["1","2","3","4","5","6","7","8","9"]}`, 400, "invalid_model", ""},
		{"no messages", `{"model": "small"}`, 400, "invalid_request", "messages"},
		{"a tool result without its call", `{"model": "small", "messages": [{"role": "tool", "content": "x"}]}`, 400, "invalid_request", "messages[0].tool_call_id"},
		{"an unknown model", `{"model": "huge", "messages": [{"role": "user", "content": "x"}]}`, 404, "model_not_found", "model"},
		{"an unknown fallback", hello + `, "models": ["huge"]}`, 404, "model_not_found", "models"},
		{"an unknown fallback in the other form", hello + `, "fallbacks": [{"model": "huge"}]}`, 404, "model_not_found", "models"},
		{"a fallback with more than a model", hello + `, "fallbacks": [{"model": "small", "max_tokens": 5}]}`, 400, "invalid_model", "fallbacks"},
		{"fallbacks that are none", hello + `, "fallbacks": {"model": "huge"}}`, 400, "invalid_model", "fallbacks"},
		{"too large", hello + `, "user": "` + strings.Repeat("x", 2000) + `"}`, 413, "too_large", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := d.post(c.body)
			require.Equal(t, c.status, r.StatusCode, r.Text)
			e := r.Refused(t)
			require.Equal(t, c.code, *e.Code)
			require.Equal(t, "invalid_request_error", e.Type)
			if c.naming != "" {
				require.NotNil(t, e.Param)
				require.Equal(t, c.naming, *e.Param)
			}
			require.Equal(t, "false", r.Header.Get("X-Should-Retry"))
			require.NotContains(t, r.Text, prompt)
		})
	}
	r := d.post(hello+`}`, "Content-Type: text/plain")
	require.Equal(t, http.StatusUnsupportedMediaType, r.StatusCode)
	r = d.post("\x1f\x8b\x08", "Content-Encoding: gzip")
	require.Equal(t, http.StatusUnsupportedMediaType, r.StatusCode)
	require.Equal(t, "invalid_content_encoding", *r.Refused(t).Code)
	require.Empty(t, north.Requests())
}

package behaviour_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/internal/testdesk"
)

func replyWith(status int, h http.Header, body string) *http.Response {
	r := testdesk.Reply(status, "application/json", io.NopCloser(strings.NewReader(body)))
	maps.Copy(r.Header, h)
	return r
}

// refusal is the error of a request that a provider refuses with this reply.
func refusal(t testing.TB, req buoy.Request, status int, body string, header ...string) *buoy.APIError {
	h := http.Header{"Content-Type": {"application/json"}}
	for i := 0; i+1 < len(header); i += 2 {
		h.Set(header[i], header[i+1])
	}
	client, err := buoy.New(buoy.Endpoint{BaseURL: "https://provider.example/v1", Keys: []string{"sk-one-1234567890", "sk-two-1234567890"}},
		buoy.WithHTTPClient(&http.Client{Transport: testdesk.RoundTripper(func(*http.Request) (*http.Response, error) {
			return replyWith(status, h, body), nil
		})}), buoy.WithRetry(buoy.RetryPolicy{MaxAttempts: 1}))
	require.NoError(t, err)
	defer client.Close()
	_, err = client.Chat(t.Context(), req)
	api, ok := errors.AsType[*buoy.APIError](err)
	require.True(t, ok, "%v", err)
	for _, k := range client.Keys() {
		require.False(t, k.Disabled && api.Kind != buoy.ErrAuth, "%s", body)
	}
	return api
}

// echoes are errors that quote what the request said, of which %s is a JSON string
// without its quotes.
var echoes = []struct {
	status int
	body   string
	want   buoy.Kind
}{
	{400, `{"error":{"message":"Invalid value: '%s'. Supported values are: 'a' and 'b'.","type":"invalid_request_error"}}`, buoy.ErrInvalidRequest},
	{400, `{"error":{"message":"Invalid content: %s","type":"invalid_request_error","param":"messages[0]"}}`, buoy.ErrInvalidRequest},
	{422, `{"detail":[{"loc":["body","messages",0,"content"],"msg":"Input should be a valid list","input":"%s"}]}`, buoy.ErrInvalidRequest},
	{413, `{"error":{"message":"Message too big: \"%s\""}}`, buoy.ErrTooLarge},
	{400, `could not parse message '%s'`, buoy.ErrInvalidRequest},
}

// What a prompt says decides nothing: not the kind, not the wait, not the keys' state.
func TestAPromptDecidesNothing(t *testing.T) {
	for _, prompt := range []string{
		"Incorrect API key provided: please explain this message to me",
		"my provider says: insufficient balance, please top up your account",
		`{"error":{"code":"invalid_api_key","message":"Incorrect API key provided"}}`,
		`why do I get {"error":{"code":"insufficient_quota"}} from my server?`,
		"rate limit exceeded, try again in 3600 seconds, what does it mean?",
		"This model's maximum context length is 8192 tokens, why?",
		"Недостаточно средств на балансе, что делать?",
		"Ваш запрос нарушает правила модерации: переведите",
		"The content was flagged by our moderation system because of hate",
	} {
		quoted, err := json.Marshal(prompt)
		require.NoError(t, err)
		req := buoy.Request{Model: "m", Messages: []buoy.Message{buoy.User(prompt)}}
		for _, e := range echoes {
			body := strings.ReplaceAll(e.body, "%s", string(quoted[1:len(quoted)-1]))
			api := refusal(t, req, e.status, body)
			require.Equal(t, e.want, api.Kind, "%d %s", e.status, body)
			require.Zero(t, api.RetryAfter, body)
			require.NotContains(t, api.Error(), prompt)
		}
	}
}

// A prompt that quotes an error must not hide the real one.
func TestAQuotedErrorHidesNoRealOne(t *testing.T) {
	for _, e := range []struct {
		status int
		body   string
		want   buoy.Kind
	}{
		{401, `{"error":{"message":"Incorrect API key provided: sk-abc. You can find your API key at https://platform.openai.com/account/api-keys.","type":"invalid_request_error","param":null,"code":"invalid_api_key"}}`, buoy.ErrAuth},
		{429, `{"error":{"message":"You exceeded your current quota, please check your plan and billing details.","type":"insufficient_quota","param":null,"code":"insufficient_quota"}}`, buoy.ErrQuota},
		{402, `{"error":{"message":"Insufficient credits. Add more using https://openrouter.ai/credits","code":402}}`, buoy.ErrQuota},
		{400, `{"error":{"message":"This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens.","type":"invalid_request_error","param":"messages","code":"context_length_exceeded"}}`, buoy.ErrContextLength},
		{429, `{"error":{"message":"Rate limit reached for gpt-4o in organization org-1 on tokens per min (TPM): Limit 30000, Used 29000, Requested 2000. Please try again in 2s.","type":"tokens","code":"rate_limit_exceeded"}}`, buoy.ErrRateLimit},
	} {
		for _, prompt := range []string{"hello", "Explain: " + e.body, e.body} {
			api := refusal(t, buoy.Request{Model: "m", Messages: []buoy.Message{buoy.User(prompt)}}, e.status, e.body)
			require.Equal(t, e.want, api.Kind, prompt)
		}
	}
}

// Names decide nothing either, in whatever sentence of the provider's they stand.
func TestANameDecidesNothing(t *testing.T) {
	for _, name := range []string{"get_weather", "get_billing_info", "check_api_key", "content_filter", "moderation_tool", "insufficient_quota", "rate-limit-exceeded", "model_not_found", "context_length_exceeded2"} {
		req := buoy.Request{
			Model: name, Messages: []buoy.Message{buoy.User("hello")},
			Tools: []buoy.Tool{buoy.FunctionTool(name, "", json.RawMessage(`{"type":"object"}`))},
		}
		for _, sentence := range []string{
			"Invalid schema for function '%s': In context=(), object schema missing properties.",
			"Invalid schema for function %s: None is not of type 'object'.",
			"tool %s: unsupported parameter type",
			"The parameter `logprobs` cannot be used with the model `%s`.",
		} {
			body := fmt.Sprintf(`{"error":{"message":%q,"type":"invalid_request_error"}}`, fmt.Sprintf(sentence, name))
			require.Equal(t, buoy.ErrInvalidRequest, refusal(t, req, 400, body).Kind, body)
		}
	}
}

// Nor do they in a code that nobody knows, which is heard as words, nor do they name a wait or the time of a quota.
func TestANameInACodeDecidesNothing(t *testing.T) {
	for _, e := range []struct {
		name   string
		status int
		body   string
		want   buoy.Kind
	}{
		{"no_more_credit", 400, `{"error":{"message":"no such tool","code":"tool_%s_unknown"}}`, buoy.ErrInvalidRequest},
		{"no_more_credit", 400, `{"error":{"message":"no such tool","code":"%s"}}`, buoy.ErrInvalidRequest},
		{"recharge", 400, `{"error":{"message":"no such tool","type":"%s_not_there"}}`, buoy.ErrInvalidRequest},
		{"tokens per minute", 429, `{"error":{"message":"the user %s has used it up","code":"quota_exceeded"}}`, buoy.ErrQuota},
		{"Try again in 3600 seconds", 429, `{"error":{"message":"the user %s has to wait"}}`, buoy.ErrRateLimit},
		{"tokens per minute", 422, `{"detail":[{"loc":["body","tools",0],"msg":"bad %s"}]}`, buoy.ErrInvalidRequest},
	} {
		req := buoy.Request{
			Model: "m", Messages: []buoy.Message{buoy.User("hello")}, User: e.name,
			Tools: []buoy.Tool{buoy.FunctionTool(e.name, "", json.RawMessage(`{"type":"object"}`))},
		}
		t.Run(e.body, func(t *testing.T) {
			api := refusal(t, req, e.status, strings.ReplaceAll(e.body, "%s", e.name))
			require.Equal(t, e.want, api.Kind)
			require.Zero(t, api.RetryAfter)
		})
	}
}

// A sentence alone makes a key rest and never disables it.
func TestAGuessDisablesNoKey(t *testing.T) {
	body := `{"error":{"message":"Incorrect API key provided."}}`
	client, err := buoy.New(buoy.Endpoint{BaseURL: "https://provider.example/v1", Keys: []string{"sk-one-1234567890", "sk-two-1234567890"}},
		buoy.WithHTTPClient(&http.Client{Transport: testdesk.RoundTripper(func(*http.Request) (*http.Response, error) {
			return replyWith(400, nil, body), nil
		})}))
	require.NoError(t, err)
	defer client.Close()
	_, err = client.Chat(t.Context(), buoy.Request{Model: "m", Messages: []buoy.Message{buoy.User("hello")}})
	require.Equal(t, buoy.ErrAuth, buoy.KindOf(err))
	for _, k := range client.Keys() {
		require.False(t, k.Disabled, k.Label)
	}
}

// No prompt changes what the same error would mean with a harmless one.
func FuzzWords(f *testing.F) {
	for i := range echoes {
		f.Add(`{"error":{"code":"invalid_api_key"}}`, "get_billing_info", uint8(i))
		f.Add("insufficient balance, try again in 30 seconds", "api-key", uint8(i))
	}
	f.Fuzz(func(t *testing.T, prompt, name string, n uint8) {
		if len(prompt) < 24 || strings.TrimSpace(prompt) != prompt || strings.ContainsRune(prompt, '\uFFFD') {
			return // short texts are words that any sentence may share
		}
		e := echoes[int(n)%len(echoes)]
		quoted, err := json.Marshal(prompt)
		if err != nil {
			return
		}
		req := buoy.Request{Model: "m", Messages: []buoy.Message{buoy.User(prompt)}}
		api := refusal(t, req, e.status, strings.ReplaceAll(e.body, "%s", string(quoted[1:len(quoted)-1])))
		require.Equal(t, e.want, api.Kind, "%q", prompt)
		require.Zero(t, api.RetryAfter, "%q", prompt)
	})
}

// A megabyte of prompt makes no error slow.
func TestALongPromptIsComparedInLinearTime(t *testing.T) {
	prompt := strings.Repeat("The quick brown fox jumps over the lazy dog. ", 1<<15)
	body := errorWith("message", "Invalid value: '"+prompt[:60<<10]+"'")
	begun := time.Now()
	refusal(t, buoy.Request{Model: "m", Messages: []buoy.Message{buoy.User(prompt)}}, 400, body)
	require.Less(t, time.Since(begun), 30*time.Second)
}

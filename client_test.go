package buoy_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/stretchr/testify/require"
)

func TestChat(t *testing.T) {
	bubble(t, nil, func(t *testing.T, d desk) {
		resp, err := d.Chat(t.Context(), hello)
		require.NoError(t, err)
		require.Equal(t, "It scatters.", resp.Text())
		require.Equal(t, "gpt-4o-mini", resp.Model)
		require.Positive(t, resp.Usage.TotalTokens)
		require.Len(t, resp.Info.Attempts, 1)
		require.Equal(t, "desk", resp.Info.Endpoint)
		require.NotContains(t, resp.Info.Attempts[0].Key, "canary")

		got := d.Server.Requests()[0]
		require.Equal(t, "/v1/chat/completions", got.Path)
		require.Equal(t, "Bearer "+testKey, got.Header.Get("Authorization"))
		require.NotEmpty(t, got.Header.Get("Idempotency-Key"))
		require.Equal(t, "application/json", got.Header.Get("Content-Type"))
	}, buoytest.Reply("It scatters."))
}

func TestStream(t *testing.T) {
	bubble(t, nil, func(t *testing.T, d desk) {
		s, err := d.Stream(t.Context(), hello)
		require.NoError(t, err)
		text, err := read(s)
		require.NoError(t, err)
		require.Equal(t, "It scatters.", text)
		require.Equal(t, "It scatters.", s.Response().Text())
		require.Equal(t, "stop", s.Response().Choices[0].FinishReason)
		require.Positive(t, s.Response().Usage.TotalTokens, "usage is asked for by default")
		require.Len(t, s.Info().Attempts, 1)
		require.NoError(t, s.Close())
	}, buoytest.Stream("It", " scat", "ters."))
}

// The first promise of the quickstart: two failures that the caller never sees.
func TestTwoFailuresAreRecoveredFrom(t *testing.T) {
	bubble(t, nil, func(t *testing.T, d desk) {
		resp, err := d.Chat(t.Context(), hello)
		require.NoError(t, err)
		require.Equal(t, "fine", resp.Text())
		attempts := resp.Info.Attempts
		require.Len(t, attempts, 3)
		require.ErrorIs(t, attempts[0].Err, buoy.ErrServer)
		require.ErrorIs(t, attempts[1].Err, buoy.ErrRateLimit)
		require.NoError(t, attempts[2].Err)
		require.GreaterOrEqual(t, attempts[2].Wait, 2*time.Second, "Retry-After is a floor")

		keys := map[string]bool{}
		for _, r := range d.Server.Requests() {
			keys[r.Header.Get("Idempotency-Key")] = true
		}
		require.Len(t, keys, 1, "one key for all attempts of a call")
	}, buoytest.OpenAIError(500, "server_error", "boom"),
		buoytest.RetryAfter(2*time.Second, buoytest.OpenAIError(429, "rate_limit_exceeded", "slow down")),
		buoytest.Reply("fine"))
}

func TestEveryFailureIsACallError(t *testing.T) {
	bubble(t, []buoy.Option{noRetry}, func(t *testing.T, d desk) {
		_, err := d.Chat(t.Context(), hello)
		ce, ok := errors.AsType[*buoy.CallError](err)
		require.True(t, ok)
		require.Equal(t, "chat", ce.Op)
		require.Equal(t, buoy.StopNotRetryable, ce.Stop)
		require.Len(t, ce.Attempts, 1)
		api, ok := errors.AsType[*buoy.APIError](err)
		require.True(t, ok)
		require.Equal(t, 402, api.StatusCode)
		require.Equal(t, buoy.ErrQuota, buoy.KindOf(err))

		_, err = d.Stream(t.Context(), hello)
		ce, ok = errors.AsType[*buoy.CallError](err)
		require.True(t, ok)
		require.Equal(t, "stream", ce.Op)
		require.Equal(t, buoy.StopAttempts, ce.Stop)

		_, err = d.Chat(t.Context(), buoy.Request{Model: "m"})
		require.ErrorIs(t, err, buoy.ErrInvalidRequest)
		require.ErrorContains(t, err, "messages")
		require.NoError(t, d.Close())
		_, err = d.Chat(t.Context(), hello)
		require.ErrorIs(t, err, buoy.ErrClosed)
	}, buoytest.Error(402, `{"error":{"code":402,"message":"Insufficient credits"}}`), buoytest.Error(503, ""))
}

func TestNewRefusesWhatCannotWork(t *testing.T) {
	ok := buoy.Endpoint{BaseURL: "https://example.com/v1", Keys: []string{"k"}}
	with := func(change func(*buoy.Endpoint)) buoy.Endpoint {
		e := ok
		change(&e)
		return e
	}
	for name, tc := range map[string]struct {
		e    buoy.Endpoint
		opts []buoy.Option
		want string
	}{
		"nothing":               {buoy.Endpoint{}, nil, "BaseURL"},
		"no key":                {buoy.OpenAI(), nil, "OPENAI_API_KEY"},
		"an empty key":          {buoy.AITunnel(""), nil, "key 1"},
		"a line break in a key": {buoy.OpenAI("sk-1\r\nX-Evil: 1"), nil, "trim it"},
		"plain HTTP":            {with(func(e *buoy.Endpoint) { e.BaseURL = "http://example.com/v1" }), nil, "WithInsecureHTTP"},
		"plain HTTP to a host named like loopback": {with(func(e *buoy.Endpoint) { e.BaseURL = "http://127.0.0.1.example.com/v1" }), nil, "https"},
		"no scheme":                {with(func(e *buoy.Endpoint) { e.BaseURL = "example.com/v1" }), nil, "https://"},
		"credentials in the URL":   {with(func(e *buoy.Endpoint) { e.BaseURL = "https://u:pw@example.com/v1" }), nil, "Keys"},
		"the whole path":           {with(func(e *buoy.Endpoint) { e.BaseURL = "https://example.com/v1/chat/completions" }), nil, "/v1"},
		"a query":                  {with(func(e *buoy.Endpoint) { e.BaseURL = "https://example.com/v1?a=b" }), nil, "Query"},
		"header injection":         {with(func(e *buoy.Endpoint) { e.Header = http.Header{"X-A": {"b\r\nEvil: 1"}} }), nil, "line break"},
		"a header that is no name": {with(func(e *buoy.Endpoint) { e.Header = http.Header{"X A": {"b"}} }), nil, "not a header name"},
		"two credentials":          {with(func(e *buoy.Endpoint) { e.Header = http.Header{"authorization": {"x"}} }), nil, "Authorization"},
		"client timeout":           {ok, []buoy.Option{buoy.WithHTTPClient(&http.Client{Timeout: time.Second})}, "WithTimeouts"},
		"negative attempts":        {ok, []buoy.Option{buoy.WithRetry(buoy.RetryPolicy{MaxAttempts: -1})}, "MaxAttempts"},
		"a key twice":              {buoy.OpenAI("sk-1a", "sk-1b", "sk-1a"), nil, "key 3 of api.openai.com is key 1 again"},
		"OpenAI without /v1":       {with(func(e *buoy.Endpoint) { e.BaseURL = "https://api.openai.com/" }), nil, "https://api.openai.com/v1"},
		"OpenRouter without /api":  {with(func(e *buoy.Endpoint) { e.BaseURL = "https://OpenRouter.ai" }), nil, "https://openrouter.ai/api/v1"},
		"a model without a name":   {with(func(e *buoy.Endpoint) { e.Models = map[string]string{"m": ""} }), nil, "an empty name"},
		"Azure by hand":            {with(func(e *buoy.Endpoint) { e.BaseURL = "https://r.openai.azure.com" }), nil, "buoy.Azure"},
		"no deployment":            {buoy.Azure("https://r.openai.azure.com", "", "2024-10-21", "k"), nil, "deployment"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := buoy.New(tc.e, tc.opts...)
			require.ErrorContains(t, err, tc.want)
			require.NotContains(t, err.Error(), "sk-1")
			require.NotContains(t, err.Error(), "pw")
		})
	}
	for _, base := range []string{"http://localhost:1/v1", "http://127.0.0.1/v1", "http://[::1]:8/v1", "https://example.com", "https://api.deepseek.com", "https://r.openai.azure.com/openai/v1"} {
		_, err := buoy.New(buoy.Endpoint{BaseURL: base})
		require.NoError(t, err, base)
	}
	_, err := buoy.New(buoy.Endpoint{BaseURL: "http://10.0.0.1/v1"}, buoy.WithInsecureHTTP())
	require.NoError(t, err)
}

func TestFromEnv(t *testing.T) {
	for _, name := range []string{"AITUNNEL_API_KEY", "OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENROUTER_API_KEY"} {
		t.Setenv(name, "")
	}
	_, err := buoy.New(buoy.FromEnv())
	require.ErrorContains(t, err, "AITUNNEL_API_KEY")
	t.Setenv("OPENROUTER_API_KEY", "k1")
	require.Equal(t, "https://openrouter.ai/api/v1", buoy.FromEnv().BaseURL)
	t.Setenv("OPENAI_API_KEY", "k2")
	t.Setenv("OPENAI_BASE_URL", "https://proxy.example/v1")
	require.Equal(t, "https://proxy.example/v1", buoy.FromEnv().BaseURL)
	t.Setenv("AITUNNEL_API_KEY", "k3")
	require.Equal(t, "https://api.aitunnel.ru/v1", buoy.FromEnv().BaseURL)
	require.Equal(t, []string{"k3"}, buoy.FromEnv().Keys)
}

// A redirect would carry the key to where it points.
func TestRedirectsAreNotFollowed(t *testing.T) {
	bubble(t, nil, func(t *testing.T, d desk) {
		_, err := d.Chat(t.Context(), hello)
		api, ok := errors.AsType[*buoy.APIError](err)
		require.True(t, ok)
		require.Equal(t, 307, api.StatusCode)
		require.Equal(t, buoy.ErrNotFound, api.Kind)
		require.Len(t, d.Server.Requests(), 1)
	}, buoytest.Redirect("/elsewhere"))
}

func TestAzureSendsItsKeyItsOwnWay(t *testing.T) {
	var got *http.Request
	rt := roundTripper(func(r *http.Request) (*http.Response, error) {
		got = r
		return nil, errors.New("enough")
	})
	c, err := buoy.New(buoy.Azure("https://r.openai.azure.com/", "my dep", "2024-10-21", "az-key"),
		buoy.WithHTTPClient(&http.Client{Transport: rt}), noRetry)
	require.NoError(t, err)
	_, err = c.Chat(context.Background(), hello)
	require.ErrorIs(t, err, buoy.ErrConnection)
	require.Equal(t, "https://r.openai.azure.com/openai/deployments/my%20dep/chat/completions?api-version=2024-10-21", got.URL.String())
	require.Equal(t, "az-key", got.Header.Get("Api-Key"))
	require.Empty(t, got.Header.Get("Authorization"))
}

// Azure serves the deployment's model, whatever the request says, so it may say nothing.
func TestAzureNeedsNoModel(t *testing.T) {
	var body []byte
	rt := roundTripper(func(r *http.Request) (*http.Response, error) {
		body, _ = io.ReadAll(r.Body)
		return reply(200, "application/json", io.NopCloser(strings.NewReader(wholeFinishes("hey", `"stop"`)))), nil
	})
	c, err := buoy.New(buoy.Azure("https://r.openai.azure.com", "dep", "2024-10-21", "az-key"), buoy.WithHTTPClient(&http.Client{Transport: rt}))
	require.NoError(t, err)
	req := buoy.Request{Messages: hello.Messages}
	resp, err := c.Chat(t.Context(), req)
	require.NoError(t, err)
	require.Contains(t, string(body), `"model":"dep"`)
	require.Equal(t, "dep", resp.Info.Model)
	require.Empty(t, req.Model)

	c, err = buoy.New(buoy.OpenAI("k"))
	require.NoError(t, err)
	_, err = c.Chat(t.Context(), req)
	require.ErrorContains(t, err, "model: is missing")
}

// A server that has nothing at its root most likely has it below a path.
func TestANotFoundAtTheRootHasAHint(t *testing.T) {
	for base, hinted := range map[string]bool{"https://x.example": true, "https://x.example/": true, "https://x.example/v1": false} {
		rt := roundTripper(func(r *http.Request) (*http.Response, error) {
			return reply(404, "text/plain", io.NopCloser(strings.NewReader("404 page not found"))), nil
		})
		c, err := buoy.New(buoy.Endpoint{BaseURL: base}, buoy.WithHTTPClient(&http.Client{Transport: rt}))
		require.NoError(t, err)
		_, err = c.Chat(t.Context(), hello)
		require.ErrorIs(t, err, buoy.ErrNotFound)
		require.Equal(t, hinted, strings.Contains(err.Error(), "such as /v1"), err)
	}
}

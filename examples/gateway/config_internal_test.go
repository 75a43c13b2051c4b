package main

import (
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/stretchr/testify/require"
)

func TestConfigIsRefusedWithTheFix(t *testing.T) {
	const endpoint = `{"name": "north", "base_url": "https://north.example/v1", "keys": ["KEY"], "models": {"small": "gpt-4o-mini"}}`
	for _, c := range []struct{ name, text, want string }{
		{"not JSON", `endpoints:`, "invalid character"},
		{"a typo", `{"endpoint": []}`, `unknown field "endpoint"`},
		{"a typo in a fallback", `{"fallbacks": {"*": [{"name": "x"}]}}`, `unknown field "name"`},
		{"two objects", `{} {}`, "after the end"},
		{"no endpoint", `{}`, `"endpoints" is empty`},
		{"no name", `{"endpoints": [{"base_url": "https://x"}]}`, "endpoint 1 has no name"},
		{"the same name", `{"endpoints": [` + endpoint + `,` + endpoint + `]}`, `two endpoints are named "north"`},
		{"a key in the file", `{"endpoints": [{"name": "north", "base_url": "https://x", "keys": ["` + providerKey + `"]}]}`, "entry 1 is not the name of an environment variable"},
		{"an unset variable", `{"endpoints": [{"name": "north", "base_url": "https://x", "keys": ["KEY", "OTHER"]}]}`, "environment variable OTHER is not set"},
		{"an unset token", `{"client_tokens": ["OTHER"], "endpoints": [` + endpoint + `]}`, "client_tokens: the environment variable OTHER"},
		{"plain HTTP", `{"endpoints": [{"name": "north", "base_url": "http://north.example/v1"}]}`, "plain HTTP to north.example"},
		{"a fallback that nobody serves", `{"endpoints": [` + endpoint + `], "fallbacks": {"*": ["huge"]}}`, `no endpoint serves the model "huge"`},
		{"fallbacks of nobody", `{"endpoints": [` + endpoint + `], "fallbacks": {"huge": ["small"]}}`, `model "huge": no endpoint serves`},
		{"a number as duration", `{"drain": 30}`, "drain"},
		{"a duration without a unit", `{"drain": "30"}`, `"500ms"`},
		{"an unknown recovery", `{"recovery": "repeat"}`, `"none", "restart" or "continue"`},
		{"a negative limit", `{"limit": {"concurrent": -1}}`, "concurrent"},
		{"contradictory delays", `{"endpoints": [` + endpoint + `], "retry": {"base_delay": "2s", "max_delay": "1s"}}`, "MaxDelay (1s) is below BaseDelay"},
		{"an impossible breaker", `{"endpoints": [` + endpoint + `], "breaker": {"failure_ratio": 2}}`, "breaker.failure_ratio is 2"},
		{"open to the network", `{"endpoints": [` + endpoint + `], "listen": ":8080"}`, "set client_tokens"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := loadFile(t, c.text)
			require.ErrorContains(t, err, c.want)
			require.NotContains(t, err.Error(), providerKey)
		})
	}
}

func TestConfigSetsUpTheClient(t *testing.T) {
	g, err := loadFile(t, `{
		"listen": "0.0.0.0:80", "client_tokens": ["TOKEN"], "max_body": 1000, "drain": "5s", "insecure_http": true,
		"endpoints": [{"name": "north", "base_url": "http://north.example/v1", "keys": ["KEY"], "key_header": "api-key",
			"query": {"api-version": "1"}, "header": {"X-Team": "a"}, "trust_done": true, "prefill": true}],
		"timeouts": {"connect": "1s", "first_token": "2s", "idle": "3s", "attempt": "4s", "call": "-1s", "adaptive": true},
		"retry": {"max_attempts": 2, "base_delay": "10ms", "max_delay": "20ms", "max_server_delay": "30ms"},
		"breaker": {"failure_ratio": 0.4, "min_requests": 5, "consecutive": 6, "open_for": "1s", "max_open_for": "2s", "probes": 3},
		"recovery": "continue", "streamed_chat": true
	}`)
	require.NoError(t, err)
	require.Equal(t, "0.0.0.0:80", g.config.listen())
	require.EqualValues(t, 1000, g.config.maxBody())
	require.Equal(t, 5*time.Second, g.config.drain())
	require.Equal(t, buoy.Timeouts{Connect: time.Second, FirstToken: 2 * time.Second, Idle: 3 * time.Second, Attempt: 4 * time.Second, Call: -time.Second, Adaptive: true}, g.config.timeouts())
	require.Equal(t, buoy.RetryPolicy{MaxAttempts: 2, BaseDelay: 10 * time.Millisecond, MaxDelay: 20 * time.Millisecond, MaxServerDelay: 30 * time.Millisecond}, g.config.retry())
	require.Equal(t, buoy.BreakerPolicy{FailureRatio: 0.4, MinRequests: 5, Consecutive: 6, OpenFor: time.Second, MaxOpenFor: 2 * time.Second, Probes: 3}, g.config.breaker())
	require.Equal(t, recovery(buoy.RecoverContinue), g.config.Recovery)
	e := g.router.endpoints[0]
	require.Equal(t, []string{providerKey}, e.Keys)
	require.Equal(t, "api-key", e.KeyHeader)
	require.Equal(t, "1", e.Query.Get("api-version"))
	require.Equal(t, "a", e.Header.Get("X-Team"))
	require.True(t, e.TrustDone)
	require.True(t, e.Prefill)
}

func TestConfigDefaults(t *testing.T) {
	c := &config{}
	require.Equal(t, "127.0.0.1:8080", c.listen())
	require.EqualValues(t, 32<<20, c.maxBody())
	require.Equal(t, 30*time.Second, c.drain())
	require.Zero(t, c.timeouts())
	require.Zero(t, c.breaker())
}

// A long attempt needs a longer memory of the breakers, which the clients check.
func TestConfigWithLongAttempts(t *testing.T) {
	_, err := loadFile(t, `{"endpoints": [{"name": "north", "base_url": "https://north.example/v1"}], "timeouts": {"attempt": "10m"}}`)
	require.NoError(t, err)
}

func TestTheSampleConfigWorks(t *testing.T) {
	g, err := load("gateway.json", func(string) string { return "some-key" }, slog.New(slog.NewTextHandler(io.Discard, nil)))
	require.NoError(t, err)
	require.NotEmpty(t, g.router.names())
}

func TestWithoutAConfigTheEnvironmentDecides(t *testing.T) {
	t.Setenv("AITUNNEL_API_KEY", "")
	t.Setenv("OPENAI_API_KEY", providerKey)
	t.Setenv("OPENAI_BASE_URL", "http://127.0.0.1:11434/v1")
	g, err := load("", os.Getenv, slog.New(slog.NewTextHandler(io.Discard, nil)))
	require.NoError(t, err)
	require.Equal(t, "127.0.0.1:11434", g.router.endpoints[0].Name)
	require.Empty(t, g.router.names(), "any model is taken, none is listed")
}

// loadFile loads a configuration as the program does.
func loadFile(t *testing.T, text string) (*gateway, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "gateway.json")
	require.NoError(t, os.WriteFile(path, []byte(strings.TrimSpace(text)), 0o600))
	return load(path, getenv, slog.New(slog.NewTextHandler(io.Discard, nil)))
}

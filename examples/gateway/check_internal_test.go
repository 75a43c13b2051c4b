package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Whatever in the file would be taken for a default, or have no effect, is refused
// before anything is served, in an error that says what to write.
func TestOddSettingsAreRefusedWithTheFix(t *testing.T) {
	const (
		where    = `"name": "north", "base_url": "https://north.example/v1"`
		endpoint = `{` + where + `, "keys": ["KEY"], "models": {"small": "gpt-4o-mini", "large": "gpt-4o"}}`
		all      = `"endpoints": [` + endpoint + `]`
	)
	for _, c := range []struct{ text, naming, fix string }{
		{`"listen": "8080"`, "listen", "write host:port"},
		{`"listen": "127.0.0.1"`, "listen", "write host:port"},
		{`"listen": "http://127.0.0.1:8080"`, "listen", "write host:port"},
		{`"listen": "127.0.0.1:99999"`, "listen", "up to 65535"},
		{`"listen": "127.0.0.1:-1"`, "listen", "up to 65535"},
		{`"client_tokens": ["TOKEN", "TOKEN"]`, "client_tokens", "keep one"},
		{`"client_tokens": ["TOKEN", "SAME"]`, "TOKEN and SAME", "keep one"},
		{`"client_tokens": ["PADDED"]`, "PADDED", "trim it"},
		{`"max_body": -1`, "max_body", "leave it out for 32 MiB"},
		{`"max_body": 0`, "max_body", "leave it out for 32 MiB"},
		{`"max_body": 10`, "max_body", "in bytes"},
		{`"max_body": 100000000000`, "max_body", "in bytes"},
		{`"max_body": 1.5`, "max_body", "not a whole number"},
		{`"max_body": "32MB"`, "max_body", "not a whole number"},
		{`"drain": "-5s"`, "drain", "leave it out"},
		{`"drain": "0s"`, "drain", "leave it out"},
		{`"drain": "30us"`, "drain", "is the unit right"},
		{`"drain": "3000h"`, "drain", "is the unit right"},
		{`"drain": "soon"`, "drain", "write it as in Go"},
		{`"drain": 5`, "drain", "write it as in Go"},

		{`"timeouts": {"attempt": "0s"}`, "timeouts.attempt", "leave it out"},
		{`"timeouts": {"idle": "5ns"}`, "timeouts.idle", "is the unit right"},
		{`"timeouts": {"call": "1000h"}`, "timeouts.call", `"-1s" for no limit`},
		{`"timeouts": {"attempt": "5m", "call": "1m"}`, "timeouts.attempt (5m0s)", "lower it"},
		{`"timeouts": {"first_token": "2m", "attempt": "1m"}`, "timeouts.first_token", "lower it"},
		{`"timeouts": {"connect": "2m", "attempt": "1m"}`, "timeouts.connect", "lower it"},
		{`"timeouts": {"idle": "2m", "call": "1m"}`, "timeouts.idle", "lower it"},
		{`"retry": {"max_attempts": 0}`, "retry.max_attempts", "1 never retries"},
		{`"retry": {"max_attempts": -1}`, "retry.max_attempts", "1 never retries"},
		{`"retry": {"max_attempts": 100000}`, "retry.max_attempts", "leave it out"},
		{`"retry": {"base_delay": "-1s"}`, "retry.base_delay", "leave it out"},
		{`"retry": {"base_delay": "0s"}`, "retry.base_delay", "leave it out"},
		{`"retry": {"max_delay": "-1s"}`, "retry.max_delay", "leave it out"},
		{`"retry": {"max_server_delay": "-1s"}`, "retry.max_server_delay", "leave it out"},
		{`"retry": {"max_server_delay": "0s"}`, "retry.max_server_delay", "leave it out"},
		{`"breaker": {"consecutive": 0}`, "breaker.consecutive", "set breaker.disabled"},
		{`"breaker": {"consecutive": -3}`, "breaker.consecutive", "set breaker.disabled"},
		{`"breaker": {"min_requests": 0}`, "breaker.min_requests", "leave it out"},
		{`"breaker": {"probes": 0}`, "breaker.probes", "leave it out"},
		{`"breaker": {"failure_ratio": 0}`, "breaker.failure_ratio", "above 0"},
		{`"breaker": {"failure_ratio": -0.5}`, "breaker.failure_ratio", "above 0"},
		{`"breaker": {"failure_ratio": 50}`, "breaker.failure_ratio", "at most 1"},
		{`"breaker": {"open_for": "-1s"}`, "breaker.open_for", "leave it out"},
		{`"breaker": {"max_open_for": "0s"}`, "breaker.max_open_for", "leave it out"},
		{`"breaker": {"open_for": "20s", "max_open_for": "10s"}`, "MaxOpenFor", "raise it"},
		{`"breaker": {"disabled": true, "probes": 3}`, "breaker.disabled", "keep one"},
		{`"limit": {"requests_per_minute": 0}`, "limit.requests_per_minute", "leave it out"},
		{`"limit": {"tokens_per_minute": -1}`, "limit.tokens_per_minute", "leave it out"},
		{`"limit": {"concurrent": 99999999999}`, "limit.concurrent", "leave it out"},
		{`"recovery": "continue"`, "recovery", `"restart"`},
		{`"recovery": ""`, "recovery", `"none"`},
		{`"cache": {"ttl": "1h"}`, "cache", "memory_bytes"},
		{`"cache": {"memory_bytes": 1}`, "cache.memory_bytes", "leave it out"},
		{`"cache": {"memory_bytes": 65536, "ttl": "-1h"}`, "cache.ttl", ""},
		{`"drain": "5s", "drain": "6s"`, `"drain"`, "keep one"},

		{`"fallbacks": {"small": ["small"]}`, `"small"`, "take it out"},
		{`"fallbacks": {"small": ["large", {"model": "small", "larger_context": true}]}`, `"small"`, "take it out"},
		{`"fallbacks": {"small": ["large", "large"]}`, `"large"`, "keep one"},
		{`"fallbacks": {"small": ["*"]}`, `"*"`, "pattern"},
		{`"fallbacks": {"small": [""]}`, `"small"`, "empty"},
		{`"fallbacks": {"small": [{"larger_context": true}]}`, `"small"`, "empty"},
		{`"fallbacks": {"small": [null]}`, `"small"`, "empty"},
		{`"fallbacks": {"gpt-*": ["small"]}`, `"gpt-*"`, "pattern"},
		{`"fallbacks": {"": ["small"]}`, "fallbacks", "empty"},
		{`"fallbacks": {"small": ["large"], "small": []}`, `"small"`, "keep one"},

		{`"endpoints": [{"name": " north", "base_url": "https://north.example/v1"}]`, "name", "trim it"},
		{`"endpoints": [{"name": "no\nrth", "base_url": "https://north.example/v1"}]`, "name", "control character"},
		{`"endpoints": [{` + where + `, "keys": ["KEY", "KEY"]}]`, "keys", "keep one"},
		{`"endpoints": [{` + where + `, "keys": ["TOKEN", "SAME"]}]`, "TOKEN and SAME", "keep one"},
		{`"endpoints": [{` + where + `, "keys": ["PADDED"]}]`, "PADDED", "trim it"},
		{`"endpoints": [{` + where + `, "models": {}}]`, "models", "leave it out"},
		{`"endpoints": [{` + where + `, "models": {"small": ""}}]`, `"small"`, "repeat the name"},
		{`"endpoints": [{` + where + `, "models": {"": "gpt-4o"}}]`, "models", "empty"},
		{`"endpoints": [{` + where + `, "models": {"*": "gpt-4o"}}]`, `"*"`, "leave \"models\" out"},
		{`"endpoints": [{` + where + `, "models": {"small ": "gpt-4o"}}]`, `"small "`, "trim it"},
		{`"endpoints": [{` + where + `, "models": {"` + strings.Repeat("m", 300) + `": "gpt-4o"}}]`, "models", "longer than"},
		{`"endpoints": [{` + where + `, "models": {"a": "1", "a": "2"}}]`, `"a"`, "keep one"},
		{`"endpoints": [{` + where + `, "header": {"Authorization": "Bearer ` + providerKey + `"}}]`, "Authorization", "into keys"},
		{`"endpoints": [{` + where + `, "keys": ["KEY"], "header": {"authorization": "` + providerKey + `"}}]`, "Authorization", "into keys"},
		{`"endpoints": [{` + where + `, "header": {"x-api-key": "` + providerKey + `"}}]`, "X-Api-Key", "into keys"},
		{`"endpoints": [{` + where + `, "header": {"Cookie": "` + providerKey + `"}}]`, "Cookie", "into keys"},
		{`"endpoints": [{` + where + `, "header": {"X-Team": "Bearer ` + providerKey + `"}}]`, "X-Team", "into keys"},
		{`"endpoints": [{` + where + `, "keys": ["KEY"], "key_header": "x-mine", "header": {"X-Mine": "` + providerKey + `"}}]`, "X-Mine", "into keys"},
		{`"endpoints": [{` + where + `, "header": {"Accept": "text/html"}}]`, "Accept", "leave it out"},
		{`"endpoints": [{` + where + `, "header": {"Idempotency-Key": "1"}}]`, "Idempotency-Key", "leave it out"},
		{`"endpoints": [{` + where + `, "header": {"Host": "x"}}]`, "Host", "leave it out"},
		{`"endpoints": [{` + where + `, "header": {"Upgrade": "x"}}]`, "Upgrade", "leave it out"},
		{`"endpoints": [{` + where + `, "header": {"X-Team": ""}}]`, "X-Team", "leave it out"},
		{`"endpoints": [{` + where + `, "header": {"X-Team": " a"}}]`, "X-Team", "trim it"},
		{`"endpoints": [{` + where + `, "header": {"X-Team": "a", "x-team": "b"}}]`, "X-Team", "keep one"},
		{`"endpoints": [{` + where + `, "header": {"X Team": "a"}}]`, "X Team", "not a header name"},
		{`"endpoints": [{` + where + `, "query": {"api_key": "` + providerKey + `"}}]`, "api_key", "into keys"},
		{`"endpoints": [{` + where + `, "query": {"": "x"}}]`, "query", "without a name"},
		{`"endpoints": [{` + where + `, "key_header": "api-key"}]`, "key_header", "leave it out"},
		{`"endpoints": [{` + where + `, "keys": ["KEY"], "key_header": "Content-Type"}]`, "key_header", "left out for others"},
		{`"endpoints": [{` + where + `, "limit": {"concurrent": 0}}]`, `"north": limit.concurrent`, "leave it out"},
		{`"endpoints": [` + endpoint + `, ` + strings.Replace(endpoint, `"north"`, `"south"`, 1) + `]`, `"south"`, "take one out"},
		{`"endpoints": [{"name": "north", "base_url": "north.example/v1"}]`, "BaseURL", "https://"},
	} {
		t.Run(c.text, func(t *testing.T) {
			text := c.text
			if !strings.Contains(text, `"endpoints"`) {
				text += ", " + all
			}
			_, err := loadFile(t, `{`+text+`}`)
			require.ErrorContains(t, err, c.naming)
			require.ErrorContains(t, err, c.fix)
			require.NotContains(t, err.Error(), providerKey)
		})
	}
}

// Who has several mistakes in a file need not start it once for each.
func TestAllMistakesAreToldAtOnce(t *testing.T) {
	_, err := loadFile(t, `{"max_body": -1, "drain": "-5s", "retry": {"max_attempts": 0}, "endpoints": [{"name": "north", "base_url": "https://north.example/v1"}]}`)
	for _, name := range []string{"max_body", "drain", "retry.max_attempts"} {
		require.ErrorContains(t, err, name)
	}
}

func TestSettingsThatAreNotOdd(t *testing.T) {
	for _, text := range []string{
		`"listen": "localhost:0"`, `"listen": "[::1]:8080"`, `"client_tokens": []`,
		`"timeouts": {"call": "-1s", "attempt": "-1s", "idle": "10m"}`, `"timeouts": {"attempt": null}`,
		`"retry": {"max_attempts": 1}`, `"breaker": {"disabled": true}`, `"breaker": {"failure_ratio": 1}`,
		`"fallbacks": {"*": ["small"]}`, `"fallbacks": {"small": []}`,
		`"fallbacks": {"large": ["small"], "small": ["large"]}`,
	} {
		_, err := loadFile(t, `{`+text+`, "endpoints": [
			{"name": "north", "base_url": "https://north.example/v1", "keys": ["KEY"], "models": {"small": "gpt-4o-mini", "large": "gpt-4o"}},
			{"name": "tunnel", "base_url": "https://north.example/v1", "keys": ["TOKEN"], "models": {"small": "gpt-4o-mini"},
				"header": {"X-Title": "a b", "HTTP-Referer": "https://example.com"}, "query": {"api-version": "1"}},
			{"name": "туннель", "base_url": "https://south.example/v1", "models": {"умная": "gpt-4o"}}
		]}`)
		require.NoError(t, err, text)
	}
}

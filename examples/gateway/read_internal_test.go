package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A mistake in the file is told in the words of the file.
func TestMistakesOfFormAreToldInWordsOfTheFile(t *testing.T) {
	const endpoint = `"endpoints": [{"name": "n", "base_url": "https://n.example/v1"}]`
	for text, want := range map[string]string{
		"":                                       "the file is empty",
		" \n":                                    "the file is empty",
		"[]":                                     "the file is a list: it must be an object",
		`"x"`:                                    "the file is a string: it must be an object",
		`{"drain": "5s"`:                         "the file ends in the middle",
		"{\n\"drain\": \"5s\",\n}":               "line 3: ",
		"{\n// why\n}":                           "line 2: ",
		"{\n\n'drain': 1}":                       "line 3: ",
		`{"drain": "soon", ` + endpoint + `}`:    `drain is "soon": write it as in Go`,
		`{"listen": 8080}`:                       "listen is a number: it must be a string",
		`{"client_tokens": "TOKEN"}`:             "client_tokens is a string: it must be a list",
		`{"insecure_http": "yes"}`:               "insecure_http is a string: it must be true or false",
		`{"endpoints": {}}`:                      "endpoints is an object: it must be a list",
		`{"endpoints": ["north"]}`:               "endpoints is a string: it must be an object",
		`{"endpoints": [{"keys": "KEY"}]}`:       "endpoints.keys is a string: it must be a list",
		`{"timeouts": "5s"}`:                     "timeouts is a string: it must be an object",
		`{"breaker": {"failure_ratio": "half"}}`: "breaker.failure_ratio is a string: it must be a number",
		`{"breaker": {"failure_ratio": 1e400}}`:  "breaker.failure_ratio is out of range",
		`{"recovery": true}`:                     "recovery is true or false: it must be a string",
		`{"fallbacks": {"*": "small"}}`:          "fallbacks is a string: it must be a list",
		`{"fallbacks": {"*": [7]}}`:              `a model's name, or an object such as {"model": "large"}`,
		`{"Drain": "5s", "drain": "6s", ` + endpoint + `}`:                                       `"drain" stands twice`,
		`{"endpoints": [{"name": "n", "base_url": "https://n/v1", "BASE_URL": "https://o/v1"}]}`: `"BASE_URL" stands twice`,
	} {
		_, err := loadFile(t, text)
		require.ErrorContains(t, err, want, text)
		require.NotContains(t, err.Error(), "main.")
		require.NotContains(t, err.Error(), "struct")
	}
}

func TestAFileMayBeginWithAByteOrderMark(t *testing.T) {
	_, err := loadFile(t, "\ufeff"+`{"endpoints": [{"name": "n", "base_url": "https://n.example/v1", "models": {"A": "x", "a": "y"}}], "cache": {"memory_bytes": 65536, "ttl": "168h"}}`)
	require.NoError(t, err)
}

func TestAFileIsBounded(t *testing.T) {
	_, err := readConfig(strings.NewReader(strings.Repeat(" ", maxFile+1)))
	require.ErrorContains(t, err, "is it the right one?")
	_, err = loadFile(t, `{"drain": "`+strings.Repeat("x", 10_000)+`"}`)
	require.Less(t, len(err.Error()), 1000, "what is wrong is not told at any length")
}

// A gateway that asks itself would do so until nothing is left.
func TestTheGatewayIsNoEndpointOfItsOwn(t *testing.T) {
	for _, c := range []struct {
		listen, base string
		itself       bool
	}{
		{"127.0.0.1:8080", "http://127.0.0.1:8080/v1", true},
		{"127.0.0.1:8080", "http://localhost:8080/v1", true},
		{"localhost:8080", "http://[::1]:8080/v1", true},
		{":8080", "http://127.0.0.1:8080/v1", true},
		{"0.0.0.0:8080", "http://localhost:8080/v1", true},
		{"10.0.0.1:8080", "http://10.0.0.1:8080/v1", true},
		{"10.0.0.1:8080", "http://127.0.0.1:8080/v1", false},
		{"127.0.0.1:8080", "http://127.0.0.1:8081/v1", false},
		{"127.0.0.1:8080", "http://10.0.0.1:8080/v1", false},
		{"127.0.0.1:0", "http://127.0.0.1/v1", false},
		{"127.0.0.1:80", "http://127.0.0.1/v1", true},
		{"127.0.0.1:80", "https://127.0.0.1/v1", false},
		{":8080", "http://0.0.0.0:8080/v1", true},
		{"Gateway.internal:8080", "http://gateway.internal:8080/v1", true},
	} {
		require.Equal(t, c.itself, isItself(c.listen, c.base), "%s %s", c.listen, c.base)
	}
	_, err := loadFile(t, `{"endpoints": [{"name": "n", "base_url": "http://127.0.0.1:8080/v1"}]}`)
	require.ErrorContains(t, err, `endpoint "n" is the gateway itself`)
}

// Whoever has a client's token must not have a provider's key by that.
func TestATokenIsNoKey(t *testing.T) {
	_, err := loadFile(t, `{"client_tokens": ["TOKEN"], "endpoints": [{"name": "n", "base_url": "https://n.example/v1", "keys": ["SAME"]}]}`)
	require.ErrorContains(t, err, `TOKEN holds a key of endpoint "n"`)
}

func TestFlagsThatWouldBeOverlooked(t *testing.T) {
	require.ErrorContains(t, checkFlags("", false, false, []string{"gateway.json"}), "write -config in front")
	require.ErrorContains(t, checkFlags("gateway.json", false, true, nil), "exclude each other")
	require.ErrorContains(t, checkFlags("gateway.json", true, false, nil), "exclude each other")
	require.ErrorContains(t, checkFlags("", true, true, nil), "exclude each other")
	require.NoError(t, checkFlags("gateway.json", false, false, nil))
	require.NoError(t, checkFlags("", false, true, nil))
}

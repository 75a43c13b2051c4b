package main

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/buoy-go/buoy"
)

// endpointConfig is one provider.
type endpointConfig struct {
	Name    string   `json:"name"`
	BaseURL string   `json:"base_url"`
	Keys    []string `json:"keys"` // names of environment variables; none for a server that wants no key
	// Models are the names that clients use, and this endpoint's names for them.
	// Without it the endpoint takes every name as it is.
	Models    map[string]string `json:"models"`
	Header    map[string]string `json:"header"`
	Query     map[string]string `json:"query"`      // such as Azure's api-version
	KeyHeader string            `json:"key_header"` // "api-key" for Azure
	TrustDone bool              `json:"trust_done"` // for servers that send no finish reasons
	Prefill   bool              `json:"prefill"`    // its models continue an assistant message
	Limit     limitConfig       `json:"limit"`      // where it says something, it replaces the one of all
}

// endpoints makes the configured endpoints, with their keys from the environment.
func (c *config) endpoints(getenv func(string) string) ([]buoy.Endpoint, error) {
	if len(c.Endpoints) == 0 {
		return nil, errors.New(`config: "endpoints" is empty: name at least one`)
	}
	var out []buoy.Endpoint
	for i, e := range c.Endpoints {
		if e.Name == "" {
			return nil, fmt.Errorf("config: endpoint %d has no name: logs and headers need one", i+1)
		}
		for _, o := range out {
			if o.Name == e.Name {
				return nil, fmt.Errorf("config: two endpoints are named %q", e.Name)
			}
		}
		keys, err := fromEnv(e.Keys, getenv)
		if err != nil {
			return nil, fmt.Errorf("config: keys of endpoint %q: %w", e.Name, err)
		}
		endpoint := buoy.Endpoint{
			Name: e.Name, BaseURL: e.BaseURL, Keys: keys, Models: e.Models,
			KeyHeader: e.KeyHeader, TrustDone: e.TrustDone, Prefill: e.Prefill,
			Header: http.Header{}, Query: url.Values{},
		}
		for name, value := range e.Header {
			endpoint.Header.Set(name, value)
		}
		for name, value := range e.Query {
			endpoint.Query.Set(name, value)
		}
		out = append(out, endpoint)
	}
	return out, nil
}

var variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// fromEnv reads the variables. What does not look like a variable's name may be
// a key, so it is not repeated in the error.
func fromEnv(names []string, getenv func(string) string) ([]string, error) {
	var values []string
	for i, name := range names {
		if !variableName.MatchString(name) {
			return nil, fmt.Errorf("entry %d is not the name of an environment variable: secrets do not stand in this file", i+1)
		}
		value := getenv(name)
		if value == "" {
			return nil, fmt.Errorf("the environment variable %s is not set", name)
		}
		if strings.ContainsFunc(value, func(c rune) bool { return c <= ' ' || c >= 0x7f }) {
			return nil, fmt.Errorf("the environment variable %s holds a space, a line break or another character that cannot stand in a header: trim it", name)
		}
		if at := slices.Index(values, value); at >= 0 {
			return nil, fmt.Errorf("the environment variables %s and %s hold the same: keep one of them", names[at], name)
		}
		values = append(values, value)
	}
	return values, nil
}

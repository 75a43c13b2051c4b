package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"time"

	"github.com/buoy-go/buoy"
)

// config is what gateway.json says. Zero fields mean buoy's defaults, see
// [buoy.Timeouts], [buoy.RetryPolicy] and [buoy.BreakerPolicy].
type config struct {
	// Listen is where the gateway listens; default 127.0.0.1:8080. Anything but
	// loopback needs ClientTokens.
	Listen string `json:"listen"`
	// ClientTokens are names of environment variables, each with a token that
	// clients have to send as "Authorization: Bearer TOKEN". Without them whatever
	// the client sends there is ignored.
	ClientTokens []string `json:"client_tokens"`
	MaxBody      int64    `json:"max_body"` // bytes of a request; default 32 MiB
	Drain        duration `json:"drain"`    // how long a stop waits for what is being answered; default 30s
	InsecureHTTP bool     `json:"insecure_http"`

	Endpoints []endpointConfig `json:"endpoints"`
	// Fallbacks says where a model's calls go when its endpoints cannot answer;
	// "*" is for all models that are not named.
	Fallbacks map[string][]fallback `json:"fallbacks"`

	Timeouts timeoutsConfig `json:"timeouts"`
	Retry    retryConfig    `json:"retry"`
	Breaker  breakerConfig  `json:"breaker"`
	Limit    limitConfig    `json:"limit"` // for each key of each endpoint
	// Recovery is for streams that break after their first token: "none",
	// "restart" or "continue", see [buoy.WithStreamRecovery].
	Recovery recovery `json:"recovery"`
	// StreamedChat asks the providers for a stream where the client wants a whole
	// answer, so that a stall is noticed at once, see [buoy.WithStreamedChat].
	StreamedChat bool `json:"streamed_chat"`
}

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

// fallback is a model to go on to: its name, or an object with the name and what
// it is also good for (see [buoy.Target]).
type fallback struct {
	Model         string `json:"model"`
	LargerContext bool   `json:"larger_context"`
	OnModeration  bool   `json:"on_moderation"`
	Prefill       bool   `json:"prefill"`
}

// UnmarshalJSON reads a name or an object.
func (f *fallback) UnmarshalJSON(data []byte) error {
	*f = fallback{}
	if data[0] == '"' {
		return json.Unmarshal(data, &f.Model)
	}
	type plain fallback
	return strict(bytes.NewReader(data), (*plain)(f))
}

type timeoutsConfig struct {
	Connect    duration `json:"connect"`
	FirstToken duration `json:"first_token"`
	Idle       duration `json:"idle"`
	Attempt    duration `json:"attempt"`
	Call       duration `json:"call"`
	Adaptive   bool     `json:"adaptive"`
}

type retryConfig struct {
	MaxAttempts    int      `json:"max_attempts"`
	BaseDelay      duration `json:"base_delay"`
	MaxDelay       duration `json:"max_delay"`
	MaxServerDelay duration `json:"max_server_delay"`
}

type breakerConfig struct {
	FailureRatio float64  `json:"failure_ratio"`
	MinRequests  int      `json:"min_requests"`
	Consecutive  int      `json:"consecutive"`
	OpenFor      duration `json:"open_for"`
	MaxOpenFor   duration `json:"max_open_for"`
	Probes       int      `json:"probes"`
	Disabled     bool     `json:"disabled"`
}

// duration is written as in Go: "500ms", "2m".
type duration time.Duration

// UnmarshalText reads a duration.
func (d *duration) UnmarshalText(text []byte) error {
	v, err := time.ParseDuration(string(text))
	*d = duration(v)
	return err
}

// recovery is written as its name.
type recovery buoy.Recovery

// UnmarshalText reads a name.
func (r *recovery) UnmarshalText(text []byte) error {
	modes := map[string]buoy.Recovery{
		"none": buoy.RecoverNone, "restart": buoy.RecoverRestart, "continue": buoy.RecoverContinue,
	}
	mode, ok := modes[string(text)]
	*r = recovery(mode)
	if !ok {
		return fmt.Errorf(`recovery is %q: "none", "restart" or "continue"`, text)
	}
	return nil
}

func (c *config) listen() string {
	if c.Listen == "" {
		return "127.0.0.1:8080"
	}
	return c.Listen
}

func (c *config) maxBody() int64 {
	if c.MaxBody <= 0 {
		return 32 << 20
	}
	return c.MaxBody
}

func (c *config) drain() time.Duration {
	if c.Drain <= 0 {
		return 30 * time.Second
	}
	return time.Duration(c.Drain)
}

func (c *config) timeouts() buoy.Timeouts {
	t := c.Timeouts
	return buoy.Timeouts{
		Connect: time.Duration(t.Connect), FirstToken: time.Duration(t.FirstToken), Idle: time.Duration(t.Idle),
		Attempt: time.Duration(t.Attempt), Call: time.Duration(t.Call), Adaptive: t.Adaptive,
	}
}

func (c *config) retry() buoy.RetryPolicy {
	r := c.Retry
	return buoy.RetryPolicy{
		MaxAttempts: r.MaxAttempts, BaseDelay: time.Duration(r.BaseDelay),
		MaxDelay: time.Duration(r.MaxDelay), MaxServerDelay: time.Duration(r.MaxServerDelay),
	}
}

func (c *config) breaker() buoy.BreakerPolicy {
	b := c.Breaker
	var window time.Duration
	if c.Timeouts.Attempt != 0 {
		// The breakers are made apart from the clients that share them, so nobody
		// else makes their window fit the attempt timeout.
		window = max(2*time.Duration(c.Timeouts.Attempt), time.Minute)
	}
	return buoy.BreakerPolicy{
		FailureRatio: b.FailureRatio, MinRequests: b.MinRequests, Consecutive: b.Consecutive, Probes: b.Probes,
		OpenFor: time.Duration(b.OpenFor), MaxOpenFor: time.Duration(b.MaxOpenFor), Disabled: b.Disabled,
		Window: window,
	}
}

// readConfig reads gateway.json. A field that does not exist is an error: a typo
// would be a default in silence.
func readConfig(r io.Reader) (*config, error) {
	c := &config{}
	if err := strict(r, c); err != nil {
		return nil, fmt.Errorf("config: %w", err)
	}
	return c, nil
}

func strict(r io.Reader, v any) error {
	d := json.NewDecoder(r)
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("there is something after the end of the JSON object")
	}
	return nil
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
		values = append(values, value)
	}
	return values, nil
}

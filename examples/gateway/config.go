package main

import (
	"fmt"
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
	MaxBody      number   `json:"max_body"` // bytes of a request; default 32 MiB
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
	StreamedChat bool        `json:"streamed_chat"`
	Cache        cacheConfig `json:"cache"`
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
	MaxAttempts    number   `json:"max_attempts"`
	BaseDelay      duration `json:"base_delay"`
	MaxDelay       duration `json:"max_delay"`
	MaxServerDelay duration `json:"max_server_delay"`
}

type breakerConfig struct {
	FailureRatio *float64 `json:"failure_ratio"`
	MinRequests  number   `json:"min_requests"`
	Consecutive  number   `json:"consecutive"`
	OpenFor      duration `json:"open_for"`
	MaxOpenFor   duration `json:"max_open_for"`
	Probes       number   `json:"probes"`
	Disabled     bool     `json:"disabled"`
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
	if !c.MaxBody.set {
		return 32 << 20
	}
	return c.MaxBody.value
}

func (c *config) drain() time.Duration {
	if !c.Drain.set {
		return 30 * time.Second
	}
	return c.Drain.value
}

func (c *config) timeouts() buoy.Timeouts {
	t := c.Timeouts
	return buoy.Timeouts{
		Connect: t.Connect.value, FirstToken: t.FirstToken.value, Idle: t.Idle.value,
		Attempt: t.Attempt.value, Call: t.Call.value, Adaptive: t.Adaptive,
	}
}

func (c *config) retry() buoy.RetryPolicy {
	r := c.Retry
	return buoy.RetryPolicy{
		MaxAttempts: int(r.MaxAttempts.value), BaseDelay: r.BaseDelay.value,
		MaxDelay: r.MaxDelay.value, MaxServerDelay: r.MaxServerDelay.value,
	}
}

func (c *config) breaker() buoy.BreakerPolicy {
	b := c.Breaker
	p := buoy.BreakerPolicy{
		MinRequests: int(b.MinRequests.value), Consecutive: int(b.Consecutive.value), Probes: int(b.Probes.value),
		OpenFor: b.OpenFor.value, MaxOpenFor: b.MaxOpenFor.value, Disabled: b.Disabled,
	}
	if b.FailureRatio != nil {
		p.FailureRatio = *b.FailureRatio
	}
	return p
}

package main

import (
	"context"

	"github.com/buoy-go/buoy"
)

// limitConfig is how much may go to one key of an endpoint, see [buoy.RateLimit].
type limitConfig struct {
	RequestsPerMinute number `json:"requests_per_minute"`
	TokensPerMinute   number `json:"tokens_per_minute"`
	Concurrent        number `json:"concurrent"`
}

// limit is the endpoint's own, or else that of all; ok is false for none.
func (c *config) limit(e endpointConfig) (l buoy.RateLimit, ok bool) {
	own := e.Limit
	if own == (limitConfig{}) {
		own = c.Limit
	}
	return buoy.RateLimit{
		RequestsPerMinute: int(own.RequestsPerMinute.value), TokensPerMinute: int(own.TokensPerMinute.value), Concurrent: int(own.Concurrent.value),
	}, own != limitConfig{}
}

// limitedChain is the standard chain with limits that all clients share: a limit
// of each client's own would grant as many times as there are clients. It is
// made once.
func limitedChain(c *config) []buoy.Middleware {
	limits := map[string]buoy.Middleware{}
	for _, e := range c.Endpoints {
		if l, ok := c.limit(e); ok {
			limits[e.Name] = buoy.Limit(l)
		}
	}
	parts := buoy.StandardParts()
	if len(limits) > 0 {
		// The place of limits is where the endpoint and the key are known, and before
		// the breaker and the attempt's timers: waiting is not charged to the attempt,
		// and a probe of the breaker's must not queue.
		parts.Breaker = buoy.Chain(byEndpoint(limits), parts.Breaker)
	}
	return parts.List()
}

// byEndpoint asks the middleware of the endpoint that was chosen.
func byEndpoint(all map[string]buoy.Middleware) buoy.Middleware {
	return func(next buoy.Handler) buoy.Handler {
		handlers := map[string]buoy.Handler{}
		for name, m := range all {
			handlers[name] = m(next)
		}
		return func(ctx context.Context, call *buoy.Call) (*buoy.Reply, error) {
			if h, ok := handlers[call.Endpoint]; ok {
				return h(ctx, call)
			}
			return next(ctx, call)
		}
	}
}

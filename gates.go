package buoy

import (
	"github.com/buoy-go/buoy/internal/gate"
	"github.com/buoy-go/buoy/status"
)

// This file keeps the state of local limits, one gate per endpoint and key.

// gates has the gates of all keys, and how long answers were.
type gates struct {
	*gate.Registry
	lengths *gate.Lengths[targetKey]
}

func newGates() *gates {
	return &gates{gate.NewRegistry(), gate.NewLengths[targetKey](maxTargets)}
}

func newTenantGates() *gates {
	return &gates{gate.NewTenants(), gate.NewLengths[targetKey](maxTargets)}
}

// gateOf says which gate a call goes through. It has the key's label, never the key.
func gateOf(c *Call) gate.Key { return gate.Key{Endpoint: c.Endpoint, Label: c.Key} }

// quickerKey reports whether to leave this key: another one of the endpoint can
// be used now, would be quicker, and there is a retry that can go there. A key
// without a gate has not been used yet.
func quickerKey(c *Call, l limited, quicker func(*gate.Gate) bool) bool {
	for _, label := range c.otherKeys() {
		if k, ok := l.gates.Known(gate.Key{Endpoint: c.Endpoint, Label: label}); !ok || quicker(k) {
			return true
		}
	}
	return false
}

// Limits returns the state of the local limits of all keys in use; see [WithRateLimit].
// A key that was not used yet is left out.
func (c *Client) Limits() []status.Limit {
	var out []status.Limit
	for _, s := range c.sites {
		for _, label := range s.keys.Labels() {
			kg, ok := c.gates.Known(gate.Key{Endpoint: s.name, Label: label})
			if !ok {
				continue
			}
			rate, l := kg.Rate.Status(), c.limitOf(s)
			st := status.Limit{
				Endpoint: s.name, Key: label,
				Requests: int(rate.Requests), Tokens: int(rate.Tokens), Running: rate.Open, Waiting: rate.Waiting,
				RequestsPerMinute: l.RequestsPerMinute, TokensPerMinute: l.TokensPerMinute, Concurrent: l.Concurrent,
			}
			if kg.Permits != nil {
				running, waiting := kg.Permits.Status()
				st.Running, st.Waiting = running, st.Waiting+waiting
			}
			out = append(out, st)
		}
	}
	return out
}

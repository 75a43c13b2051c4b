package buoy

import (
	"sync"
	"time"

	"github.com/buoy-go/buoy/internal/gate"
	"github.com/buoy-go/buoy/internal/lru"
)

// This file keeps the state of local limits, one gate per endpoint and key.

// maxGates bounds them: a KeySource may bring ever new keys, and those that are
// gone are forgotten. It is so many that no key in use is.
const maxGates = 1024

// How the length of an answer is guessed.
const (
	minOutputs    = 20 // fewer answers tell less than the request's own limit
	outputShare   = 0.95
	defaultOutput = 1024
)

// gateKey says what a gate is for.
type gateKey struct{ endpoint, key string }

// String names it in errors; it has the key's label, never the key.
func (k gateKey) String() string {
	switch {
	case k.endpoint == "":
		return "this chain"
	case k.key == "":
		return k.endpoint
	}
	return k.endpoint + " (" + k.key + ")"
}

// gateOf says which gate a call goes through.
func gateOf(c *Call) gateKey { return gateKey{c.Endpoint, c.Key} }

// keyGate is the state of one key's limits.
type keyGate struct {
	permits *gate.Permits // nil for no limit
	rate    *gate.Rate
}

// gates is a registry of gates, and of how long answers were.
type gates struct {
	mu      sync.Mutex // guards the fields below
	byKey   *lru.Map[gateKey, *keyGate]
	outputs *lru.Map[targetKey, *gate.Recent] // tokens of each answer
}

func newGates() *gates {
	return &gates{
		byKey:   lru.New[gateKey, *keyGate](maxGates),
		outputs: lru.New[targetKey, *gate.Recent](maxTargets),
	}
}

// of returns a key's gate, a new one where there is none.
func (g *gates) of(key gateKey, l *RateLimit) *keyGate {
	g.mu.Lock()
	defer g.mu.Unlock()
	k, ok := g.byKey.Get(key)
	if !ok {
		k = &keyGate{rate: gate.NewRate(l.RequestsPerMinute, l.TokensPerMinute)}
		if l.Concurrent > 0 {
			k.permits = gate.NewPermits(l.Concurrent)
		}
		g.byKey.Put(key, k)
	}
	return k
}

// known returns a key's gate if there is one.
func (g *gates) known(key gateKey) (*keyGate, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.byKey.Get(key)
}

// expect guesses the length of one answer of a target, given the request's own
// limit or 0. It is asked for where the limit was the best guess.
func (g *gates) expect(target targetKey, limit int) (tokens int, asked bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if r, ok := g.outputs.Get(target); ok && r.Len() >= minOutputs {
		if usual := int(r.Quantile(outputShare)); limit == 0 || usual < limit {
			return usual, false
		}
	}
	if limit > 0 {
		return limit, true
	}
	return defaultOutput, false
}

// addOutput keeps the length of an answer.
func (g *gates) addOutput(target targetKey, tokens int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	r, ok := g.outputs.Get(target)
	if !ok {
		r = new(gate.Recent)
		g.outputs.Put(target, r)
	}
	r.Add(int64(tokens))
}

// quickerKey reports whether to leave this key: another one of the endpoint can
// be used now, would be quicker, and there is a retry that can go there. A key
// without a gate has not been used yet.
func quickerKey(c *Call, g *gates, quicker func(*keyGate) bool) bool {
	if c.Attempt == 0 || c.route.site == nil {
		return false
	}
	for _, label := range c.route.site.keys.Beside(time.Now(), c.route.key, c.Model, c.state.choice.refusedKeys()) {
		if k, ok := g.known(gateKey{c.Endpoint, label}); !ok || quicker(k) {
			return true
		}
	}
	return false
}

// LimitStatus is what is known of the local limits of one key.
type LimitStatus struct {
	Endpoint string
	Key      string // label, never the key
	Requests int    // how many may go at once
	// Tokens is how many may go at once; below 0 for a debt of answers that were
	// longer than estimated. It and Requests are 0 where there is no such limit.
	Tokens  int
	Running int // calls that went and have not ended, streams included
	Waiting int // calls in the queues
}

// Limits returns the state of the local limits of all keys in use; see
// [WithRateLimit]. A key that was not used yet is left out.
func (c *Client) Limits() []LimitStatus {
	var out []LimitStatus
	for _, s := range c.sites {
		for _, label := range s.keys.Labels() {
			kg, ok := c.gates.known(gateKey{s.name, label})
			if !ok {
				continue
			}
			rate := kg.rate.Status()
			st := LimitStatus{
				Endpoint: s.name, Key: label,
				Requests: int(rate.Requests), Tokens: int(rate.Tokens), Running: rate.Open, Waiting: rate.Waiting,
			}
			if kg.permits != nil {
				running, waiting := kg.permits.Status()
				st.Running, st.Waiting = running, st.Waiting+waiting
			}
			out = append(out, st)
		}
	}
	return out
}

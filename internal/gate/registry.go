package gate

import (
	"sync"

	"github.com/buoy-go/buoy/internal/lru"
)

// MaxKeys bounds a registry: ever new keys may come, and those that are gone are
// forgotten. It is so many that no key in use is.
const MaxKeys = 1024

// MaxTenants bounds a registry of tenants in the same way. Each has so few of the latest
// holds of its permits that ten thousand fit into little memory.
const (
	MaxTenants  = 1 << 14
	tenantHolds = 16
)

// Limits are the numbers of one key's gate; 0 is no limit.
type Limits struct{ RequestsPerMinute, TokensPerMinute, Concurrent int }

// Key says what a gate is for: one key of an endpoint, by its label, or a tenant.
type Key struct {
	Endpoint, Label string
	Tenant          string
	OfTenant        bool // "" may be a tenant, too
}

// String names it in errors, and no tenant: that may be a person's name.
func (k Key) String() string {
	switch {
	case k.OfTenant:
		return "this tenant"
	case k.Endpoint == "":
		return "this chain"
	case k.Label == "":
		return k.Endpoint
	}
	return k.Endpoint + " (" + k.Label + ")"
}

// Gate is the state of one key's limits.
type Gate struct {
	Permits *Permits // nil for no limit
	Rate    *Rate
}

// Busy reports whether a request would have to wait now.
func (g *Gate) Busy() bool {
	return g.Permits != nil && !g.Permits.Free() || !g.Rate.Free(1)
}

// Registry has a gate for each of the keys used last. It is safe for concurrent use.
type Registry struct {
	holds int // how many each gate's permits remember

	mu    sync.Mutex // guards the field below
	gates *lru.Map[Key, *Gate]
}

// NewRegistry makes an empty registry of MaxKeys.
func NewRegistry() *Registry {
	return &Registry{holds: recentLimit, gates: lru.New[Key, *Gate](MaxKeys)}
}

// NewTenants makes an empty registry of MaxTenants.
func NewTenants() *Registry {
	return &Registry{holds: tenantHolds, gates: lru.New[Key, *Gate](MaxTenants)}
}

// Of returns a key's gate, a new one where there is none.
func (r *Registry) Of(key Key, l Limits) *Gate {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.gates.GetOrMake(key, func() *Gate {
		g := &Gate{Rate: NewRate(l.RequestsPerMinute, l.TokensPerMinute)}
		if l.Concurrent > 0 {
			g.Permits = NewPermits(l.Concurrent)
			g.Permits.holds.limit = r.holds
		}
		return g
	})
}

// Known returns a key's gate if there is one.
func (r *Registry) Known(key Key) (*Gate, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.gates.Get(key)
}

package circuit

import (
	"maps"
	"slices"
	"sync"

	"github.com/buoy-go/buoy/internal/lru"
)

// Registry has a circuit for each key, for those used last. It is safe for concurrent
// use; make it with [NewRegistry].
type Registry[K comparable] struct {
	settings Settings
	changed  func(K, Change) // nil for nobody

	mu        sync.Mutex // guards the fields below
	circuits  *lru.Map[K, *Circuit]
	listeners map[*func(K, Change)]bool
}

// NewRegistry makes a registry of at most so many circuits. changed is called after each
// change of state, after the listeners, and outside any lock.
func NewRegistry[K comparable](s Settings, most int, changed func(K, Change)) *Registry[K] {
	return &Registry[K]{settings: s, changed: changed, circuits: lru.New[K, *Circuit](most)}
}

// Of returns the circuit of a key, a new one where there is none.
func (r *Registry[K]) Of(key K) *Circuit {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.circuits.GetOrMake(key, func() *Circuit {
		return New(r.settings, func(c Change) { r.tell(key, c) })
	})
}

// Known returns the circuit of a key, if there is one.
func (r *Registry[K]) Known(key K) (*Circuit, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.circuits.Get(key)
}

// All calls f with each circuit, the most recently used first, outside any lock.
func (r *Registry[K]) All(f func(K, *Circuit)) {
	r.mu.Lock()
	keys := make([]K, 0, r.circuits.Len())
	circuits := make([]*Circuit, 0, r.circuits.Len())
	r.circuits.All(func(key K, c *Circuit) {
		keys, circuits = append(keys, key), append(circuits, c)
	})
	r.mu.Unlock()
	for i, c := range circuits {
		f(keys[i], c)
	}
}

// Listen has f told of all changes until forget is called.
func (r *Registry[K]) Listen(f func(K, Change)) (forget func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.listeners == nil {
		r.listeners = make(map[*func(K, Change)]bool)
	}
	own := &f
	r.listeners[own] = true
	return func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		delete(r.listeners, own)
	}
}

// tell tells all who listen of one circuit's change.
func (r *Registry[K]) tell(key K, c Change) {
	r.mu.Lock()
	listeners := slices.Collect(maps.Keys(r.listeners))
	r.mu.Unlock()
	for _, f := range listeners {
		(*f)(key, c)
	}
	if r.changed != nil {
		r.changed(key, c)
	}
}

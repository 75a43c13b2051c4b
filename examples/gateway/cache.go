package main

import (
	"container/list"
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/buoy-go/buoy"
)

// cacheConfig says what the gateway remembers, see [buoy.CachePolicy].
type cacheConfig struct {
	MemoryBytes  number   `json:"memory_bytes"` // of answers that are kept; without it there is no cache
	TTL          duration `json:"ttl"`
	StaleOnError duration `json:"stale_on_error"`
	Coalesce     bool     `json:"coalesce"`
	// All remembers the answers to every request, not only to those with a temperature
	// of 0 or a seed.
	All bool `json:"all"`
}

// maxAge bounds how old an answer may be.
const maxAge = 366 * 24 * time.Hour

func (c cacheConfig) check(f *findings) {
	f.add("cache.memory_bytes", c.MemoryBytes.check(1<<10, 1<<36, "leave it out for no cache"))
	f.add("cache.ttl", c.TTL.checkUpTo(maxAge, negativeIsWrong))
	f.add("cache.stale_on_error", c.StaleOnError.checkUpTo(maxAge, negativeIsWrong))
	if !c.MemoryBytes.set && (c.TTL.set || c.StaleOnError.set || c.All && !c.Coalesce) {
		f.addf("cache has no effect without memory_bytes: set it, such as 67108864")
	}
}

// options are those of a client. All clients share one memory.
func (c cacheConfig) options() []buoy.Option {
	if !c.MemoryBytes.set && !c.Coalesce {
		return nil
	}
	p := buoy.CachePolicy{TTL: c.TTL.value, StaleOnError: c.StaleOnError.value, Coalesce: c.Coalesce, Namespace: tenant}
	if c.All {
		p.Accept = func(context.Context, *buoy.Request) bool { return true }
	}
	if !c.MemoryBytes.set {
		return []buoy.Option{buoy.WithCache(nil, p)}
	}
	return []buoy.Option{buoy.WithCache(newMemory(int(c.MemoryBytes.value)), p)}
}

type tokenKey struct{}

// noteToken keeps the token of a client that is known by it.
func noteToken(r *http.Request) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), tokenKey{}, r.Header.Get("Authorization")))
}

// tenant keeps the answers of each token's clients apart. It enters the key as a hash.
func tenant(ctx context.Context, _ *buoy.Request) string {
	token, _ := ctx.Value(tokenKey{}).(string)
	return token
}

// memory is a [buoy.Cache] in memory. What was not used for the longest goes first when
// the bound is reached. It is safe for concurrent use.
type memory struct {
	limit int

	mu      sync.Mutex // guards the fields below
	size    int
	order   *list.List // of *kept, the latest use first
	entries map[string]*list.Element
}

type kept struct {
	key   string
	value []byte
	until time.Time
}

// size is about what an entry takes, its places in the map and the list included.
func (k *kept) size() int { return len(k.key) + len(k.value) + 200 }

func newMemory(limit int) *memory {
	return &memory{limit: limit, order: list.New(), entries: make(map[string]*list.Element)}
}

// Peek answers at once, on the goroutine of the call.
func (m *memory) Peek(key string) (value []byte, level string, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	e := m.entries[key]
	if e == nil {
		return nil, "", false
	}
	k := e.Value.(*kept)
	if !time.Now().Before(k.until) {
		m.removeLocked(e)
		return nil, "", false
	}
	m.order.MoveToFront(e)
	return k.value, "memory", true
}

// Get implements [buoy.Cache].
func (m *memory) Get(_ context.Context, key string) (value []byte, ok bool, err error) {
	value, _, ok = m.Peek(key)
	return value, ok, nil
}

// Set implements [buoy.Cache].
func (m *memory) Set(_ context.Context, key string, value []byte, ttl time.Duration) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if e := m.entries[key]; e != nil {
		m.removeLocked(e)
	}
	k := &kept{key, append([]byte(nil), value...), time.Now().Add(ttl)}
	if k.size() > m.limit {
		return nil
	}
	m.entries[key] = m.order.PushFront(k)
	m.size += k.size()
	for m.size > m.limit {
		m.removeLocked(m.order.Back())
	}
	return nil
}

// removeLocked needs mu.
func (m *memory) removeLocked(e *list.Element) {
	k := m.order.Remove(e).(*kept)
	m.size -= k.size()
	delete(m.entries, k.key)
}

package buoycache

import (
	"context"
	"math"
	"time"

	"github.com/maypok86/otter/v2"
)

// DefaultMemoryBytes is the room of a [Memory] level that is given none.
const DefaultMemoryBytes = 64 << 20

// entryBytes is what an entry in memory takes beyond its key and value (measured).
const entryBytes = 256

// MemoryLevel keeps values in the memory of this process. Make one with [Memory]. It has
// no goroutine and needs no Close. It is safe for concurrent use.
type MemoryLevel struct {
	counters
	cache *otter.Cache[string, held]
	max   int64
	start time.Time // of the cache's clock, which no change of the wall clock moves
}

// held is a value in memory.
type held struct {
	value   []byte
	expires time.Duration // after the start
}

// Memory makes a level with room for maxBytes of keys and values. What is used seldom and
// not of late goes first (W-TinyLFU). Zero or less is [DefaultMemoryBytes]. A value larger
// than a quarter of the room is not stored, and counts as dropped.
func Memory(maxBytes int64) *MemoryLevel {
	if maxBytes <= 0 {
		maxBytes = DefaultMemoryBytes
	}
	m := &MemoryLevel{max: maxBytes, start: time.Now()}
	// Must panics only for options that contradict each other.
	m.cache = otter.Must(&otter.Options[string, held]{
		MaximumWeight:    uint64(maxBytes),
		Weigher:          func(key string, h held) uint32 { return uint32(weight(key, h.value)) },
		ExpiryCalculator: lifetimes{m},
		Clock:            clock{m},
		Executor:         func(f func()) { f() }, // a goroutine each would cost more than what it does
	})
	return m
}

func weight(key string, value []byte) int64 {
	return min(int64(len(key))+int64(len(value))+entryBytes, math.MaxUint32)
}

// Name is "memory".
func (m *MemoryLevel) Name() string { return "memory" }

// Get returns the value under a key. It belongs to the cache: do not change it. The error
// is always nil.
func (m *MemoryLevel) Get(ctx context.Context, key string) ([]byte, bool, error) {
	value, _, ok, err := m.GetTTL(ctx, key)
	return value, ok, err
}

// GetTTL is Get, and says for how long the value may still be used.
func (m *MemoryLevel) GetTTL(_ context.Context, key string) (value []byte, ttl time.Duration, ok bool, err error) {
	h, ok := m.cache.GetIfPresent(key)
	if ok {
		ttl = h.expires - time.Since(m.start)
	}
	if ttl <= 0 {
		m.misses.Add(1)
		return nil, 0, false, nil
	}
	m.hits.Add(1)
	return h.value, ttl, true, nil
}

// GetLevel is Get, with the name of the level.
func (m *MemoryLevel) GetLevel(ctx context.Context, key string) (value []byte, level string, ok bool, err error) {
	value, _, ok, err = m.GetTTL(ctx, key)
	return value, m.Name(), ok, err
}

// Peek is GetLevel for one who would ask on: a miss does not count.
func (m *MemoryLevel) Peek(key string) (value []byte, level string, ok bool) {
	h, ok := m.cache.GetIfPresent(key)
	if !ok || h.expires <= time.Since(m.start) {
		return nil, "", false
	}
	m.hits.Add(1)
	return h.value, m.Name(), true
}

// Set stores a copy of a value, which can be read at once. With a ttl of zero or less
// nothing is stored, and what was under the key goes. The error is always nil.
func (m *MemoryLevel) Set(_ context.Context, key string, value []byte, ttl time.Duration) error {
	if ttl > 0 && weight(key, value) <= m.max/4 {
		m.cache.Set(key, held{append(make([]byte, 0, len(value)), value...), later(time.Since(m.start), ttl)})
		return nil
	}
	if ttl > 0 {
		m.dropped.Add(1)
	}
	m.cache.Invalidate(key)
	return nil
}

// later is a sum that stops at the longest Duration.
func later(now, ttl time.Duration) time.Duration {
	if ttl > math.MaxInt64-now {
		return math.MaxInt64
	}
	return now + ttl
}

// Stats returns what has happened so far, and what is held. Bytes include what each entry
// takes beyond its key and value.
func (m *MemoryLevel) Stats() Stats {
	s := m.counters.stats("memory")
	m.cache.CleanUp() // what has expired is not held
	s.Bytes, s.Entries = int64(m.cache.WeightedSize()), int64(m.cache.EstimatedSize())
	return s
}

// lifetimes gives otter the expiry of each value: it is set when it is stored, and stays.
type lifetimes struct{ m *MemoryLevel }

func (l lifetimes) left(h held) time.Duration { return h.expires - time.Since(l.m.start) }

func (l lifetimes) ExpireAfterCreate(e otter.Entry[string, held]) time.Duration {
	return l.left(e.Value)
}

func (l lifetimes) ExpireAfterUpdate(e otter.Entry[string, held], _ held) time.Duration {
	return l.left(e.Value)
}

func (l lifetimes) ExpireAfterRead(e otter.Entry[string, held]) time.Duration {
	return e.ExpiresAfter()
}

// clock counts from the level's start.
type clock struct{ m *MemoryLevel }

func (c clock) NowNano() int64 { return int64(time.Since(c.m.start)) }

// Tick gives no ticks: otter removes what has expired when it is written to, and needs no
// goroutine for it.
func (clock) Tick(time.Duration) <-chan time.Time { return nil }

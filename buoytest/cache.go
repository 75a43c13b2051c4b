package buoytest

import (
	"bytes"
	"context"
	"sync"
	"time"
)

// Cache is a buoy.Cache in memory, for tests. Its level is "memory". It keeps at most
// 10,000 values; the oldest goes first. Use buoycache in programs.
//
// The zero value is empty and ready for use. It is safe for concurrent use and must not
// be copied.
type Cache struct {
	mu     sync.Mutex // guards the fields below
	values map[string]cached
	order  []string // of the keys, the oldest first
	fault  func(ctx context.Context) error
}

type cached struct {
	value []byte
	until time.Time
}

const maxCached = 10_000

// Fail makes each Get and Set call f first, and fail where that returns an error. f may
// wait. nil ends it.
func (c *Cache) Fail(f func(ctx context.Context) error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.fault = f
}

// Change replaces each stored value by what f returns: f may cut it or flip a bit.
// A value of nil is removed.
func (c *Cache) Change(f func(key string, value []byte) []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for key, e := range c.values {
		if e.value = f(key, bytes.Clone(e.value)); e.value == nil {
			delete(c.values, key)
			continue
		}
		c.values[key] = e
	}
}

// Len is how many values are stored.
func (c *Cache) Len() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.values)
}

// Peek returns a value. It finds nothing while Fail is in force.
func (c *Cache) Peek(key string) (value []byte, level string, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.fault != nil {
		return nil, "", false
	}
	value, ok = c.getLocked(key)
	return value, "memory", ok
}

// GetLevel is Get that names the level.
func (c *Cache) GetLevel(ctx context.Context, key string) (value []byte, level string, ok bool, err error) {
	value, ok, err = c.Get(ctx, key)
	return value, "memory", ok, err
}

// Get implements buoy.Cache.
func (c *Cache) Get(ctx context.Context, key string) (value []byte, ok bool, err error) {
	if err := c.meet(ctx); err != nil {
		return nil, false, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	value, ok = c.getLocked(key)
	return value, ok, nil
}

// getLocked needs mu.
func (c *Cache) getLocked(key string) ([]byte, bool) {
	e, ok := c.values[key]
	return e.value, ok && time.Now().Before(e.until)
}

// Set implements buoy.Cache.
func (c *Cache) Set(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	if err := c.meet(ctx); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, had := c.values[key]; !had {
		c.makeRoomLocked()
		c.order = append(c.order, key)
	}
	c.values[key] = cached{bytes.Clone(value), time.Now().Add(ttl)}
	return nil
}

// makeRoomLocked needs mu.
func (c *Cache) makeRoomLocked() {
	if c.values == nil {
		c.values = make(map[string]cached)
	}
	for len(c.order) >= maxCached {
		delete(c.values, c.order[0])
		c.order = c.order[1:]
	}
}

// meet calls what Fail was given.
func (c *Cache) meet(ctx context.Context) error {
	c.mu.Lock()
	f := c.fault
	c.mu.Unlock()
	if f == nil {
		return nil
	}
	return f(ctx)
}

package buoycache

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/buoy-go/buoy"
)

// fillFor is how long a value stays in the levels above one that does not say for how long
// it may be used.
const fillFor = time.Minute

// TieredCache is several levels as one cache. Make one with [Tiered]. It is safe for
// concurrent use if its levels are.
type TieredCache struct{ levels []level }

// level is a cache and what it can do beyond Get and Set.
type level struct {
	cache buoy.Cache
	name  string
	near  bool // it answers at once
	ttl   ttlGetter
}

var (
	_ buoy.Cache = (*TieredCache)(nil)
	_ buoy.Cache = (*MemoryLevel)(nil)
	_ buoy.Cache = (*DiskLevel)(nil)
)

type ttlGetter interface {
	GetTTL(ctx context.Context, key string) (value []byte, ttl time.Duration, ok bool, err error)
}

// Tiered makes one cache of several levels, the first to be asked first. A hit fills the
// levels above for the time that it has left, and a write goes to all.
//
// A level may be any cache. It is better with two more methods. Name() string is how
// [TieredCache.GetLevel] calls it, "level 2" without it. GetTTL, as [DiskLevel.GetTTL], says
// for how long a value may still be used; without it the levels above keep the value for
// a minute.
//
// A level that fails or panics is passed over. While the context has a deadline, a level
// other than Memory and Disk gets its share of the time that is left, so that a slow one
// leaves some to those below. Nil levels are left out, so that a program can go on with
// the nil of a Disk that could not be opened.
func Tiered(levels ...buoy.Cache) *TieredCache {
	t := &TieredCache{}
	for _, cache := range levels {
		l := level{cache: cache, name: fmt.Sprintf("level %d", len(t.levels)+1)}
		switch c := cache.(type) {
		case nil:
			continue
		case *DiskLevel:
			if c == nil {
				continue
			}
			l.near = true
		case *MemoryLevel:
			if c == nil {
				continue
			}
			l.near = true
		case *TieredCache:
			if c != nil {
				t.levels = append(t.levels, c.levels...)
			}
			continue
		}
		if named, ok := cache.(interface{ Name() string }); ok {
			l.name = named.Name()
		}
		l.ttl, _ = cache.(ttlGetter)
		t.levels = append(t.levels, l)
	}
	return t
}

// Get returns the value under a key, from the first level that has it. It belongs to the
// cache: do not change it. There is an error only if no level has it and one failed.
func (t *TieredCache) Get(ctx context.Context, key string) ([]byte, bool, error) {
	value, _, ok, err := t.GetLevel(ctx, key)
	return value, ok, err
}

// GetLevel is Get, and names the level that answered.
func (t *TieredCache) GetLevel(ctx context.Context, key string) (value []byte, name string, ok bool, err error) {
	var failed uint64 // bits of the levels above that did; the ones beyond 64 get what they get
	var errs []error
	for i := range t.levels {
		l := &t.levels[i]
		value, ttl, ok, err := l.get(ctx, key, len(t.levels)-i)
		if err != nil {
			failed |= 1 << i
			errs = append(errs, fmt.Errorf("%s: %w", l.name, err))
			if ctx.Err() != nil {
				break // nobody waits for the levels below
			}
			continue
		}
		if !ok {
			continue
		}
		for j := range i {
			if failed&(1<<j) == 0 { // one that failed would only cost the time once more
				_ = t.levels[j].set(ctx, key, value, ttl, i-j+1)
			}
		}
		return value, l.name, true, nil
	}
	return nil, "", false, errors.Join(errs...)
}

// Peek returns what the memory at the top has. A miss there does not count: whoever asks on
// with Get is counted then.
func (t *TieredCache) Peek(key string) (value []byte, name string, ok bool) {
	for i := range t.levels {
		m, memory := t.levels[i].cache.(*MemoryLevel)
		if !memory {
			break
		}
		if value, name, ok = m.Peek(key); ok {
			return value, name, true
		}
	}
	return nil, "", false
}

// Set stores a value in all levels, in those first that need no time for it. The error is
// that of the levels that failed; the others have it.
func (t *TieredCache) Set(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	var errs []error
	for _, near := range []bool{true, false} {
		for i := range t.levels {
			l := &t.levels[i]
			if l.near != near {
				continue
			}
			if err := l.set(ctx, key, value, ttl, len(t.levels)-i); err != nil {
				errs = append(errs, fmt.Errorf("%s: %w", l.name, err))
			}
		}
	}
	return errors.Join(errs...)
}

// Stats returns those of the levels that have them, the first first.
func (t *TieredCache) Stats() []Stats {
	var all []Stats
	for _, l := range t.levels {
		if s, ok := l.cache.(interface{ Stats() Stats }); ok {
			all = append(all, s.Stats())
		}
	}
	return all
}

// Close closes the levels that have a Close.
func (t *TieredCache) Close() error {
	var errs []error
	for _, l := range t.levels {
		if c, ok := l.cache.(io.Closer); ok {
			errs = append(errs, c.Close())
		}
	}
	return errors.Join(errs...)
}

// get asks a level, which may take its share of the time: it and those below are so many.
func (l *level) get(ctx context.Context, key string, shares int) (value []byte, ttl time.Duration, ok bool, err error) {
	if l.near {
		return l.ttl.GetTTL(ctx, key)
	}
	defer recovered(&err, &ok)
	ctx, cancel := share(ctx, shares)
	defer cancel()
	if l.ttl != nil {
		value, ttl, ok, err = l.ttl.GetTTL(ctx, key)
		return value, ttl, ok && ttl > 0, err
	}
	value, ok, err = l.cache.Get(ctx, key)
	return value, fillFor, ok, err
}

func (l *level) set(ctx context.Context, key string, value []byte, ttl time.Duration, shares int) (err error) {
	if l.near {
		return l.cache.Set(ctx, key, value, ttl)
	}
	ok := false
	defer recovered(&err, &ok)
	ctx, cancel := share(ctx, shares)
	defer cancel()
	return l.cache.Set(ctx, key, value, ttl)
}

// share gives a level its part of the time until the deadline, if there is one.
func share(ctx context.Context, shares int) (context.Context, context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	if !ok || shares < 2 {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, time.Until(deadline)/time.Duration(shares))
}

// recovered turns the panic of somebody else's level into an error. What it panicked with
// might hold a value of the cache, so only its type is told.
func recovered(err *error, ok *bool) {
	if r := recover(); r != nil {
		*err, *ok = fmt.Errorf("the level panicked with a %T", r), false
	}
}

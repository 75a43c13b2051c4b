package buoycache

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoycache/internal/frame"
)

// PackedLevel is a cache whose values are written as those of [Disk] are: compressed, and
// encrypted if there are keys. Make one with [Packed]. It is safe for concurrent use if the
// cache is.
type PackedLevel struct {
	counters
	cache buoy.Cache
	ttl   ttlGetter // nil for none
	name  string
	codec *frame.Codec
}

var _ buoy.Cache = (*PackedLevel)(nil)

// Packed wraps a cache that others can read, such as one in Redis:
//
//	shared, err := buoyredis.NewCache(rdb)
//	level, err := buoycache.Packed(shared, key)
//	cache := buoycache.Tiered(buoycache.Memory(64<<20), level)
//
// Values of 1 KB and more are compressed with zstd, if that saves an eighth. With keys all
// are encrypted with AES-GCM, each bound to its cache key; the keys are those of [WithKeys],
// and are rotated likewise. A value that is damaged, encrypted with none of the keys, or was
// not written through a PackedLevel, is a miss and counts as damaged.
func Packed(cache buoy.Cache, keys ...[]byte) (*PackedLevel, error) {
	if cache == nil {
		return nil, errors.New("buoycache: packed: there is no cache: give one to keep the values in")
	}
	codec, err := frame.New(keys...)
	if err != nil {
		return nil, fmt.Errorf("buoycache: packed: %w", err)
	}
	p := &PackedLevel{cache: cache, name: "packed", codec: codec}
	p.ttl, _ = cache.(ttlGetter)
	if named, ok := cache.(interface{ Name() string }); ok {
		p.name = named.Name()
	}
	return p, nil
}

// Name is that of the cache, or "packed".
func (p *PackedLevel) Name() string { return p.name }

// Get returns the value under a key. The caller may keep and change it.
func (p *PackedLevel) Get(ctx context.Context, key string) ([]byte, bool, error) {
	value, _, ok, err := p.GetTTL(ctx, key)
	return value, ok, err
}

// GetTTL is Get, and says for how long the value may still be used.
func (p *PackedLevel) GetTTL(ctx context.Context, key string) (value []byte, ttl time.Duration, ok bool, err error) {
	packed, ttl, ok, err := p.find(ctx, key)
	switch {
	case err != nil:
		p.errors.Add(1)
		return nil, 0, false, err
	case ok:
		var times frame.Times
		var unusable error
		if value, times, unusable = p.codec.Decode(key, packed); unusable != nil {
			p.damaged.Add(1)
			ok = false
			break
		}
		left := times.Left(time.Now())
		if p.ttl == nil || left < ttl || ttl == 0 { // 0 is a value without an end there
			ttl = left
		}
		ok = ttl > 0
	}
	if !ok {
		p.misses.Add(1)
		return nil, 0, false, nil
	}
	p.hits.Add(1)
	return value, ttl, true, nil
}

func (p *PackedLevel) find(ctx context.Context, key string) (packed []byte, ttl time.Duration, ok bool, err error) {
	if p.ttl != nil {
		return p.ttl.GetTTL(ctx, key)
	}
	packed, ok, err = p.cache.Get(ctx, key)
	return packed, 0, ok, err
}

// GetLevel is Get, with the name of the level.
func (p *PackedLevel) GetLevel(ctx context.Context, key string) (value []byte, level string, ok bool, err error) {
	value, _, ok, err = p.GetTTL(ctx, key)
	return value, p.name, ok, err
}

// Set stores a value for a time. With a ttl of zero or less the cache is given no value,
// and that ttl.
func (p *PackedLevel) Set(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	var packed []byte
	if ttl > 0 {
		now := time.Now()
		var err error
		if packed, err = p.codec.Encode(key, value, frame.Times{Born: now, Expires: now.Add(ttl)}); err != nil {
			p.dropped.Add(1)
			return fmt.Errorf("buoycache: packed: %w", err)
		}
	}
	if err := p.cache.Set(ctx, key, packed, ttl); err != nil {
		p.errors.Add(1)
		return err
	}
	return nil
}

// Stats returns what has happened so far. What is stored there is not known here.
func (p *PackedLevel) Stats() Stats { return p.counters.stats(p.name) }

// Close closes the cache, if it has a Close.
func (p *PackedLevel) Close() error {
	if c, ok := p.cache.(io.Closer); ok {
		return c.Close()
	}
	return nil
}

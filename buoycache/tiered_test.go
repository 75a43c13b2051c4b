package buoycache_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoycache"
	"github.com/stretchr/testify/require"
)

// other is a level of somebody else's: it has Get and Set, and does what it is told.
type other struct {
	mu     sync.Mutex
	values map[string]string
	ttls   map[string]time.Duration
	gets   int
	err    error
	slow   time.Duration
	panics bool
}

func (o *other) do(ctx context.Context) error {
	if o.slow > 0 {
		select {
		case <-time.After(o.slow):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if o.panics {
		panic("the answer")
	}
	return o.err
}

func (o *other) Get(ctx context.Context, key string) ([]byte, bool, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.gets++
	err := o.do(ctx)
	value, ok := o.values[key]
	return []byte(value), ok && err == nil, err
}

func (o *other) Set(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if err := o.do(ctx); err != nil {
		return err
	}
	if o.values == nil {
		o.values, o.ttls = map[string]string{}, map[string]time.Duration{}
	}
	o.values[key], o.ttls[key] = string(value), ttl
	return nil
}

// named also has a name, and tells how long its values are good.
type named struct{ other }

func (n *named) Name() string { return "redis" }

func (n *named) GetTTL(ctx context.Context, key string) ([]byte, time.Duration, bool, error) {
	value, ok, err := n.Get(ctx, key)
	return value, 10 * time.Second, ok, err
}

func level(t *testing.T, c *buoycache.TieredCache, key string) string {
	t.Helper()
	_, name, ok, err := c.GetLevel(t.Context(), key)
	require.NoError(t, err)
	require.Equal(t, ok, name != "")
	return name
}

func TestTiered(t *testing.T) {
	path := file(t)
	synctest.Test(t, func(t *testing.T) {
		d, _ := disk(t, path)
		first := buoycache.Memory(1 << 20)
		c := buoycache.Tiered(first, d)
		require.Empty(t, level(t, c, "a"))
		set(t, c, "a", "one", time.Minute)
		require.Equal(t, "memory", level(t, c, "a"))
		has(t, d, "a", "one")
		time.Sleep(20 * time.Second)

		c = buoycache.Tiered(buoycache.Memory(1<<20), nil, buoycache.Tiered(buoycache.Memory(1<<20), d), (*buoycache.DiskLevel)(nil))
		_, _, ok := c.Peek("a")
		require.False(t, ok, "that would be a read of the disk")
		require.Equal(t, "disk", level(t, c, "a"))
		require.Equal(t, "memory", level(t, c, "a"), "a hit fills the levels above")
		value, name, ok := c.Peek("a")
		require.True(t, ok)
		require.Equal(t, "memory", name)
		require.Equal(t, "one", string(value))
		time.Sleep(40 * time.Second)
		require.Empty(t, level(t, c, "a"), "for the time that is left, and no longer")

		s := c.Stats()
		require.Len(t, s, 3)
		require.Equal(t, []uint64{2, 0, 2}, []uint64{s[0].Hits, s[1].Hits, s[2].Hits})
		require.Equal(t, uint64(2), s[0].Misses, "a Peek that misses does not count")
		set(t, c, "b", "two", time.Minute)
		set(t, c, "b", "", 0)
		require.Empty(t, level(t, c, "b"))
		require.NoError(t, c.Close())
		require.NotEmpty(t, d.Stats().Off)
		require.NoError(t, c.Close())
	})
	require.Empty(t, level(t, buoycache.Tiered(), "a"))
}

func TestTieredOverOthers(t *testing.T) {
	top, plain, redis := buoycache.Memory(1<<20), &other{}, &named{}
	c := buoycache.Tiered(top, plain, redis)
	require.NoError(t, redis.Set(t.Context(), "a", []byte("one"), time.Hour))
	require.Equal(t, "redis", level(t, c, "a"))
	require.Equal(t, 10*time.Second, plain.ttls["a"])
	_, ttl, _, _ := top.GetTTL(t.Context(), "a")
	require.InDelta(t, 10, ttl.Seconds(), 1)

	require.NoError(t, plain.Set(t.Context(), "b", []byte("two"), time.Hour))
	require.Equal(t, "level 2", level(t, c, "b"))
	_, ttl, _, _ = top.GetTTL(t.Context(), "b")
	require.InDelta(t, 60, ttl.Seconds(), 1, "who knows for how long it is good")
	require.NotContains(t, redis.values, "b", "those below are not filled")
}

// A level that fails, in whatever way, hurts no other.
func TestTieredWithABadLevel(t *testing.T) {
	down := errors.New("connection refused")
	for name, bad := range map[string]*named{"down": {other{err: down}}, "panicking": {other{panics: true}}} {
		t.Run(name, func(t *testing.T) {
			for _, at := range []int{0, 1, 2} {
				top, low := buoycache.Memory(1<<20), &named{}
				levels := []buoy.Cache{top, low}
				levels = append(levels[:at:at], append([]buoy.Cache{bad}, levels[at:]...)...)
				c := buoycache.Tiered(levels...)
				err := c.Set(t.Context(), "a", []byte("one"), time.Minute)
				require.ErrorContains(t, err, "redis: ")
				require.NotContains(t, err.Error(), "answer")
				has(t, top, "a", "one")
				has(t, low, "a", "one")
				has(t, c, "a", "one")
				require.NoError(t, top.Set(t.Context(), "a", nil, 0))
				asked := bad.gets
				has(t, c, "a", "one")
				has(t, c, "a", "one")
				require.LessOrEqual(t, bad.gets, asked+2)

				_, ok, err := c.Get(t.Context(), "none")
				require.Error(t, err, "nobody knows whether it is there")
				require.False(t, ok)
			}
		})
	}
}

func TestTieredWithASlowLevel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow, low := &other{slow: time.Hour}, &named{}
		require.NoError(t, low.Set(t.Context(), "a", []byte("one"), time.Hour))
		c := buoycache.Tiered(buoycache.Memory(1<<20), slow, low)
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		begun := time.Now()
		value, name, ok, err := c.GetLevel(ctx, "a")
		require.NoError(t, err)
		require.True(t, ok)
		require.Equal(t, "redis", name)
		require.Equal(t, "one", string(value))
		require.Equal(t, 50*time.Millisecond, time.Since(begun), "half of the time, and none for filling it")
		has(t, c, "a", "one")

		gone, cancel := context.WithCancel(t.Context())
		cancel()
		_, _, _, err = c.GetLevel(gone, "b")
		require.ErrorIs(t, err, context.Canceled)
	})
}

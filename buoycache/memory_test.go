package buoycache_test

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoycache"
	"github.com/stretchr/testify/require"
)

// has checks what a cache has under a key. No value means that it has none.
func has(t testing.TB, c buoy.Cache, key string, value string) {
	t.Helper()
	got, ok, err := c.Get(t.Context(), key)
	require.NoError(t, err)
	require.Equal(t, value != "", ok)
	require.Equal(t, value, string(got))
}

func set(t testing.TB, c buoy.Cache, key, value string, ttl time.Duration) {
	t.Helper()
	require.NoError(t, c.Set(t.Context(), key, []byte(value), ttl))
}

func TestMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // fails if a goroutine is left
		m := buoycache.Memory(0)
		require.Equal(t, "memory", m.Name())
		has(t, m, "a", "")
		set(t, m, "a", "one", time.Minute)
		set(t, m, "b", "two", time.Hour)
		has(t, m, "a", "one")
		time.Sleep(59 * time.Second)
		_, ttl, ok, err := m.GetTTL(t.Context(), "a")
		require.NoError(t, err)
		require.True(t, ok)
		require.Equal(t, time.Second, ttl, "a read prolongs nothing")
		time.Sleep(time.Second)
		has(t, m, "a", "")
		has(t, m, "b", "two")
		set(t, m, "b", "three", time.Second)
		has(t, m, "b", "three")
		time.Sleep(time.Second)
		has(t, m, "b", "")

		s := m.Stats()
		require.Equal(t, uint64(4), s.Hits)
		require.Equal(t, uint64(3), s.Misses)
		require.Zero(t, s.Entries, "what has expired is not held")
		require.Zero(t, s.Bytes)
	})
}

func TestMemoryLifetimes(t *testing.T) {
	m := buoycache.Memory(1 << 20)
	for _, ttl := range []time.Duration{0, -1, math.MinInt64} {
		set(t, m, "a", "one", time.Hour)
		has(t, m, "a", "one")
		set(t, m, "a", "two", ttl)
		has(t, m, "a", "")
	}
	set(t, m, "a", "for ever", math.MaxInt64)
	has(t, m, "a", "for ever")
	require.Zero(t, m.Stats().Dropped, "to be forgotten is no loss")
}

func TestMemoryKeepsACopy(t *testing.T) {
	m := buoycache.Memory(1 << 20)
	value := []byte("one")
	require.NoError(t, m.Set(t.Context(), "a", value, time.Hour))
	copy(value, "two")
	has(t, m, "a", "one")
	got, _, err := m.Get(t.Context(), "a")
	require.NoError(t, err)
	_ = append(got, "more"...)
	set(t, m, "", "under the empty key", time.Hour)
	has(t, m, "", "under the empty key")
	require.NoError(t, m.Set(t.Context(), "nothing", nil, time.Hour))
	got, ok, err := m.Get(t.Context(), "nothing")
	require.NoError(t, err)
	require.True(t, ok)
	require.Empty(t, got)
}

func TestMemoryHoldsNoMoreThanItsRoom(t *testing.T) {
	const room = 4 << 20
	m := buoycache.Memory(room)
	value := string(bytes.Repeat([]byte{'x'}, 4000))
	heap := func() uint64 {
		var stats runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&stats)
		return stats.HeapAlloc
	}
	before := heap()
	for i := range 5_000 {
		set(t, m, fmt.Sprint(i), value, time.Hour)
	}
	s := m.Stats()
	require.LessOrEqual(t, s.Bytes, int64(room))
	require.Greater(t, s.Bytes, int64(room*9/10))
	held := heap() - before
	require.Less(t, held, uint64(room*5/4), "the room is that of the heap")
	runtime.KeepAlive(m)

	small := buoycache.Memory(room)
	require.NoError(t, small.Set(t.Context(), "a", make([]byte, room/4), time.Hour))
	has(t, small, "a", "")
	require.Equal(t, uint64(1), small.Stats().Dropped)
	set(t, small, "hot", "value", time.Hour)
	for range 100 {
		has(t, small, "hot", "value")
		require.NoError(t, small.Set(t.Context(), "large", make([]byte, room/5), time.Hour))
	}
	has(t, small, "hot", "value")
}

func TestMemoryFromManyGoroutines(t *testing.T) {
	m := buoycache.Memory(1 << 20)
	hammer(t, m, 1000)
}

// hammer uses a cache from so many goroutines. A value says under which key it was stored.
func hammer(t *testing.T, c buoy.Cache, goroutines int) {
	t.Helper()
	rounds := 50
	if testing.Short() {
		rounds = 10
	}
	var all sync.WaitGroup
	for g := range goroutines {
		all.Go(func() {
			r := rand.New(rand.NewPCG(uint64(g), 0))
			for range rounds {
				key := fmt.Sprint("key ", r.IntN(300))
				if r.IntN(3) == 0 {
					ttl := time.Duration(r.IntN(5)-1) * time.Minute
					if err := c.Set(t.Context(), key, bytes.Repeat([]byte(key), 1+r.IntN(500)), ttl); err != nil {
						t.Error(err)
					}
					continue
				}
				got, ok, err := c.Get(t.Context(), key)
				if err != nil {
					t.Error(err)
				}
				if ok && (len(got) == 0 || !bytes.Equal(got, bytes.Repeat([]byte(key), len(got)/len(key)))) {
					t.Errorf("%q has %.50q", key, got)
				}
			}
		})
	}
	all.Wait()
}

package buoycache_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/buoy-go/buoy/buoycache"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/stretchr/testify/require"
)

var (
	newKey, oldKey = bytes.Repeat([]byte{1}, 32), bytes.Repeat([]byte{2}, 32)
	tale           = []byte(strings.Repeat("All happy families are alike; ", 200))
)

func packed(t testing.TB, c *buoytest.Cache, keys ...[]byte) *buoycache.PackedLevel {
	t.Helper()
	p, err := buoycache.Packed(c, keys...)
	require.NoError(t, err)
	return p
}

// stored is the only value in a cache.
func stored(c *buoytest.Cache) (value []byte) {
	c.Change(func(_ string, v []byte) []byte { value = v; return v })
	return value
}

func TestPackedValues(t *testing.T) {
	for name, keys := range map[string][][]byte{"plain": nil, "encrypted": {newKey, oldKey}} {
		t.Run(name, func(t *testing.T) {
			c := new(buoytest.Cache)
			p := packed(t, c, keys...)
			require.NoError(t, p.Set(t.Context(), "k", tale, time.Hour))
			require.Less(t, len(stored(c)), len(tale)/4)
			got, ttl, ok, err := p.GetTTL(t.Context(), "k")
			require.NoError(t, err)
			require.True(t, ok)
			require.Equal(t, tale, got)
			require.InDelta(t, time.Hour, ttl, float64(time.Minute))
			require.NoError(t, p.Set(t.Context(), "k", []byte("families"), time.Hour))
			require.Equal(t, keys == nil, bytes.Contains(stored(c), []byte("families")))

			before := p.Stats().Damaged
			c.Change(func(_ string, v []byte) []byte { v[len(v)/2] ^= 1; return v })
			_, ok, err = p.Get(t.Context(), "k")
			require.NoError(t, err)
			require.False(t, ok)
			require.Equal(t, before+1, p.Stats().Damaged)
			require.NoError(t, p.Close())
		})
	}
}

func TestPackedKeysAreRotated(t *testing.T) {
	c := new(buoytest.Cache)
	require.NoError(t, packed(t, c, oldKey).Set(t.Context(), "k", tale, time.Hour))
	for _, tc := range []struct {
		name string
		keys [][]byte
		ok   bool
	}{{"both", [][]byte{newKey, oldKey}, true}, {"the new one", [][]byte{newKey}, false}, {"none", nil, false}} {
		_, ok, err := packed(t, c, tc.keys...).Get(t.Context(), "k")
		require.NoError(t, err)
		require.Equal(t, tc.ok, ok, tc.name)
	}
	require.NoError(t, c.Set(t.Context(), "k", tale, time.Hour))
	p := packed(t, c, newKey)
	_, ok, err := p.Get(t.Context(), "k")
	require.NoError(t, err)
	require.False(t, ok, "who can write there cannot put in answers")
	require.Equal(t, uint64(1), p.Stats().Damaged)
}

// A value knows for how long it is good, also where the cache keeps it for longer.
func TestPackedValuesExpire(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, err := buoycache.Packed(new(other))
		require.NoError(t, err)
		require.Equal(t, "packed", p.Name())
		require.NoError(t, p.Set(t.Context(), "k", tale, time.Minute))
		time.Sleep(time.Minute - time.Second)
		_, ttl, ok, _ := p.GetTTL(t.Context(), "k")
		require.True(t, ok)
		require.LessOrEqual(t, ttl, time.Second)
		time.Sleep(2 * time.Second)
		_, ok, err = p.Get(t.Context(), "k")
		require.NoError(t, err)
		require.False(t, ok)
		require.Equal(t, buoycache.Stats{Level: "packed", Hits: 1, Misses: 1}, p.Stats())
	})
}

func TestPackedErrors(t *testing.T) {
	_, err := buoycache.Packed(nil)
	require.ErrorContains(t, err, "give one")
	_, err = buoycache.Packed(new(buoytest.Cache), []byte("short"))
	require.ErrorContains(t, err, "openssl rand 32")

	c, away := new(buoytest.Cache), errors.New("away")
	c.Fail(func(context.Context) error { return away })
	p := packed(t, c)
	_, _, err = p.Get(t.Context(), "k")
	require.ErrorIs(t, err, away)
	require.ErrorIs(t, p.Set(t.Context(), "k", tale, time.Hour), away)
	require.Error(t, p.Set(t.Context(), "k", make([]byte, 33<<20), time.Hour))
	s := p.Stats()
	require.Equal(t, [2]uint64{2, 1}, [2]uint64{s.Errors, s.Dropped})
}

// A client over packed answers in another's cache: what it reads is what was asked for.
func TestPackedUnderAClient(t *testing.T) {
	c, srv := new(buoytest.Cache), buoytest.NewMemServer(t, buoytest.Reply(string(tale)))
	for range 2 {
		client := clientOf(t, srv, buoycache.Tiered(buoycache.Memory(1<<20), packed(t, c, newKey)))
		resp, err := client.Chat(t.Context(), question("a tale"))
		require.NoError(t, err)
		require.Equal(t, string(tale), resp.Text())
		require.NoError(t, client.Close())
	}
	require.Len(t, srv.Requests(), 1)
	require.NotContains(t, string(stored(c)), "families")
}

func BenchmarkPackedGet(b *testing.B) {
	for name, keys := range map[string][][]byte{"plain": nil, "encrypted": {newKey}} {
		b.Run(name, func(b *testing.B) {
			c, value := new(buoytest.Cache), tale[:4096]
			p := packed(b, c, keys...)
			require.NoError(b, p.Set(b.Context(), "k", value, time.Hour))
			b.ReportAllocs()
			for b.Loop() {
				if _, ok, _ := p.Get(b.Context(), "k"); !ok {
					b.Fatal("a miss")
				}
			}
		})
	}
}

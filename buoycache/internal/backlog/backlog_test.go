package backlog_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/buoy-go/buoy/buoycache/internal/backlog"
	"github.com/stretchr/testify/require"
)

func item(n int) backlog.Item { return backlog.Item{Value: make([]byte, n)} }

func put(b *backlog.Backlog, key string, n int) bool {
	ok, _ := b.Put(key, item(n))
	return ok
}

func TestRoom(t *testing.T) {
	b := backlog.New(3, 100)
	require.True(t, put(b, "a", 10))
	ok, urgent := b.Put("b", item(10))
	require.True(t, ok && urgent, "two of three")
	require.False(t, put(b, "c", 90), "bytes")
	require.True(t, put(b, "c", 10))
	require.False(t, put(b, "d", 10), "items")
	require.True(t, put(b, "c", 70), "one that waits is replaced")
	require.Len(t, b.Take(), 3)
	require.False(t, put(b, "d", 1), "what is being written takes room")
	require.False(t, put(b, "a", 1))
	b.Done()
	require.True(t, put(b, "a", 99))
	b.Close()
	require.False(t, put(b, "a", 1))
	require.Len(t, b.Take(), 1)
}

func TestReads(t *testing.T) {
	b := backlog.New(10, 1000)
	require.True(t, put(b, "a", 1))
	b.Take()
	require.True(t, put(b, "a", 2))
	got, ok := b.Get("a")
	require.True(t, ok)
	require.Len(t, got.Value, 2, "the newer one")
	b.Done()
	b.Take()
	got, ok = b.Get("a")
	require.True(t, ok, "while it is written")
	require.Len(t, got.Value, 2)
	b.Done()
	_, ok = b.Get("a")
	require.False(t, ok)
}

// A backlog behaves as two maps that are counted anew each time.
func TestModel(t *testing.T) {
	seeds := uint64(50)
	if testing.Short() {
		seeds = 5
	}
	for seed := range seeds {
		r := rand.New(rand.NewPCG(seed, 0))
		b := backlog.New(8, 200)
		waiting, writing := map[string]int{}, map[string]int{}
		for range 300 {
			switch r.IntN(10) {
			case 0:
				if len(writing) == 0 {
					require.Len(t, b.Take(), len(waiting))
					writing, waiting = waiting, map[string]int{}
				}
			case 1:
				b.Done()
				writing = map[string]int{}
			default:
				key, n := fmt.Sprint(r.IntN(12)), r.IntN(60)
				old, had := waiting[key]
				waiting[key] = n
				items, bytes := len(waiting)+len(writing), 0
				for _, m := range []map[string]int{waiting, writing} {
					for k, n := range m {
						bytes += len(k) + n
					}
				}
				fits := items <= 8 && bytes <= 200
				if !fits && had {
					waiting[key] = old
				} else if !fits {
					delete(waiting, key)
				}
				require.Equal(t, fits, put(b, key, n))
			}
			for i := range 12 {
				key := fmt.Sprint(i)
				want, ok := waiting[key]
				if !ok {
					want, ok = writing[key]
				}
				got, has := b.Get(key)
				require.Equal(t, ok, has)
				require.Len(t, got.Value, want)
			}
		}
	}
}

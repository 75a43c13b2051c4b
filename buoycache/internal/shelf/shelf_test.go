package shelf_test

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"

	"github.com/buoy-go/buoy/buoycache/internal/shelf"
	"github.com/stretchr/testify/require"
	bolt "go.etcd.io/bbolt"
)

const room = 1 << 20

func open(t testing.TB, path string, max int64) *shelf.Shelf {
	t.Helper()
	s, aside, err := shelf.Open(path, max)
	require.NoError(t, err)
	require.NoError(t, aside)
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// entry has n bytes behind its expiry, all of them fill.
func entry(key string, expires int64, n int, fill byte) shelf.Entry {
	record := make([]byte, 8+n)
	for i := range record {
		record[i] = fill
	}
	binary.BigEndian.PutUint64(record, uint64(expires))
	return shelf.Entry{Key: key, Record: record}
}

func put(t testing.TB, s *shelf.Shelf, now int64, entries ...shelf.Entry) {
	t.Helper()
	refused, err := s.Put(entries, now)
	require.NoError(t, err)
	require.Zero(t, refused)
}

func get(t testing.TB, s *shelf.Shelf, key string) (record []byte) {
	t.Helper()
	require.NoError(t, s.Get(key, func(r []byte) { record = append(record, r...) }))
	return record
}

func size(s *shelf.Shelf) [2]int64 {
	bytes, entries := s.Size()
	return [2]int64{bytes, entries}
}

// sound checks a closed file with bbolt's own means.
func sound(t testing.TB, path string) {
	t.Helper()
	db, err := bolt.Open(path, 0o600, nil)
	require.NoError(t, err)
	require.NoError(t, db.View(func(tx *bolt.Tx) error {
		for err := range tx.Check() {
			require.NoError(t, err)
		}
		values, expiry := tx.Bucket([]byte("values")), tx.Bucket([]byte("expiry"))
		n := 0
		require.NoError(t, values.ForEach(func(k, v []byte) error {
			n++
			require.NotNil(t, expiry.Get(append(append([]byte{}, v[:8]...), k...)), "each entry has its place in the order")
			return nil
		}))
		require.Equal(t, n, expiry.Stats().KeyN)
		require.Equal(t, uint64(n), binary.BigEndian.Uint64(tx.Bucket([]byte("buoycache")).Get([]byte("entries"))))
		return nil
	}))
	require.NoError(t, db.Close())
}

func TestEntriesOutliveTheShelf(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	s := open(t, path, room)
	require.Nil(t, get(t, s, "a"))
	put(t, s, 0, entry("a", 100, 10, 1), entry("b", 200, 10, 2))
	put(t, s, 0, entry("a", 300, 20, 3), shelf.Entry{Key: "b"}, shelf.Entry{Key: "none"})
	before := size(s)
	require.Equal(t, int64(1), before[1])
	require.NoError(t, s.Close())
	require.NoError(t, s.Close())
	require.ErrorIs(t, s.Get("a", func([]byte) {}), shelf.ErrClosed)
	_, err := s.Put(nil, 0)
	require.ErrorIs(t, err, shelf.ErrClosed)
	require.ErrorIs(t, s.Sweep(0), shelf.ErrClosed)
	require.ErrorIs(t, s.Compact(), shelf.ErrClosed)
	require.ErrorIs(t, s.Renew(), shelf.ErrClosed)

	sound(t, path)
	s = open(t, path, room)
	require.Equal(t, before, size(s))
	require.Equal(t, entry("a", 300, 20, 3).Record, get(t, s, "a"))
	require.Nil(t, get(t, s, "b"))
	if runtime.GOOS != "windows" {
		info, err := os.Stat(path)
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	}
}

func TestExpiredEntriesGo(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "file"), room)
	put(t, s, 0, entry("a", 100, 10, 1), entry("b", 200, 10, 1), entry("c", 300, 10, 1))
	require.NoError(t, s.Sweep(99))
	require.Equal(t, int64(3), size(s)[1])
	require.NoError(t, s.Sweep(100))
	require.Equal(t, int64(2), size(s)[1])
	put(t, s, 250, entry("d", 400, 10, 1)) // a write does it, too
	require.Equal(t, int64(2), size(s)[1])
	require.Nil(t, get(t, s, "b"))
	require.NoError(t, s.Sweep(1000))
	require.Equal(t, [2]int64{}, size(s))
}

func TestWhatExpiresFirstMakesRoom(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "file"), 10_000)
	for i := range 20 {
		put(t, s, 0, entry(fmt.Sprint(i), int64(1000-i), 900, 1))
		bytes, _ := s.Size()
		require.LessOrEqual(t, bytes, int64(10_000))
	}
	require.Equal(t, int64(10), size(s)[1])
	require.NotNil(t, get(t, s, "0"))
	require.Nil(t, get(t, s, "19"))

	refused, err := s.Put([]shelf.Entry{entry("0", 2000, 10_000, 1)}, 0)
	require.NoError(t, err)
	require.Equal(t, 1, refused)
	require.Nil(t, get(t, s, "0"), "the old answer does not stay in the place of a new one")
	require.Equal(t, int64(9), size(s)[1], "what is too large pushes nothing out")
}

// A shelf behaves as a map from which the first to expire are removed.
func TestModel(t *testing.T) {
	for seed := range uint64(3) {
		r := rand.New(rand.NewPCG(seed, 0))
		path := filepath.Join(t.TempDir(), "file")
		s := open(t, path, 30_000)
		model := map[string]shelf.Entry{}
		now := int64(0)
		expires := func(e shelf.Entry) int64 { return int64(binary.BigEndian.Uint64(e.Record)) }
		costs := func() (sum int64) {
			for k, e := range model {
				sum += int64(len(e.Record) + 2*len(k) + 44)
			}
			return sum
		}
		for step := range 60 {
			now += r.Int64N(50)
			var batch []shelf.Entry
			for range r.IntN(20) {
				// No two expire at once, so that the model need not know which is first.
				batch = append(batch, entry(fmt.Sprint(r.IntN(200)), now+r.Int64N(1000)*1000+int64(step*20+len(batch)), r.IntN(800), byte(step)))
			}
			if r.IntN(3) == 0 {
				batch = append(batch, shelf.Entry{Key: fmt.Sprint(r.IntN(200))})
			}
			put(t, s, now, batch...)
			for k, e := range model {
				if expires(e) <= now {
					delete(model, k)
				}
			}
			for _, e := range batch {
				model[e.Key] = e
				if e.Record == nil {
					delete(model, e.Key)
				}
			}
			for costs() > 30_000 {
				first := ""
				for k, e := range model {
					if first == "" || expires(e) < expires(model[first]) {
						first = k
					}
				}
				delete(model, first)
			}
			require.Equal(t, [2]int64{costs(), int64(len(model))}, size(s))
			for i := range 200 {
				k := fmt.Sprint(i)
				require.Equal(t, model[k].Record, get(t, s, k))
			}
			switch r.IntN(10) {
			case 0:
				require.NoError(t, s.Compact())
			case 1:
				require.NoError(t, s.Close())
				sound(t, path)
				s = open(t, path, 30_000)
			}
		}
	}
}

func TestTheFileShrinks(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	s := open(t, path, 32<<20)
	var batch []shelf.Entry
	for i := range 1500 {
		batch = append(batch, entry(fmt.Sprint(i), int64(i), 4000, byte(i)))
	}
	put(t, s, -1, batch...)
	require.False(t, s.Loose())
	require.NoError(t, s.Sweep(1400))
	require.NoError(t, s.Sweep(1400))
	require.True(t, s.Loose())
	before, err := os.Stat(path)
	require.NoError(t, err)

	stop := make(chan struct{})
	var readers sync.WaitGroup
	for range 2 {
		readers.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				k := 1401 + i%99
				require.Equal(t, entry("", int64(k), 4000, byte(k)).Record, get(t, s, fmt.Sprint(k)))
			}
		})
	}
	for range 3 {
		require.NoError(t, s.Compact())
	}
	close(stop)
	readers.Wait()

	after, err := os.Stat(path)
	require.NoError(t, err)
	require.Less(t, after.Size(), before.Size()/5)
	require.False(t, s.Loose())
	put(t, s, 0, entry("more", 5000, 10, 1))
	want := size(s)
	require.NoError(t, s.Close())
	sound(t, path)
	s = open(t, path, room)
	require.Equal(t, want, size(s))
	names, err := filepath.Glob(filepath.Join(filepath.Dir(path), "*"))
	require.NoError(t, err)
	require.Equal(t, []string{path, path + ".lock"}, names, "no copy is left")
}

// The file of a shelf that is always full stays below three times its room.
func TestSizeOfAFullFile(t *testing.T) {
	rounds := 1500
	if testing.Short() {
		rounds = 100
	}
	const full = 8 << 20
	path := filepath.Join(t.TempDir(), "file")
	s := open(t, path, full)
	r := rand.New(rand.NewPCG(1, 2))
	largest := int64(0)
	for i := range rounds {
		var batch []shelf.Entry
		for range 50 {
			batch = append(batch, entry(fmt.Sprintf("%016x", r.Uint64()), int64(i)*100+r.Int64N(10000), 500+r.IntN(4000), 1))
		}
		put(t, s, 0, batch...)
		if s.Loose() {
			require.NoError(t, s.Compact())
		}
		info, err := os.Stat(path)
		require.NoError(t, err)
		largest = max(largest, info.Size())
	}
	bytes, _ := s.Size()
	require.Greater(t, bytes, int64(full*9/10))
	t.Logf("the file had at most %.2f times the room", float64(largest)/full)
	require.Less(t, largest, int64(3*full))
}

package shelf_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/buoy-go/buoy/buoycache/internal/shelf"
	"github.com/stretchr/testify/require"
	bolt "go.etcd.io/bbolt"
)

func TestTaken(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	s := open(t, path, room)
	_, _, err := shelf.Open(path, room)
	require.ErrorIs(t, err, shelf.ErrTaken)
	require.NoError(t, s.Close())

	db, err := bolt.Open(path, 0o600, nil) // such as the command bbolt
	require.NoError(t, err)
	_, _, err = shelf.Open(path, room)
	require.ErrorIs(t, err, shelf.ErrTaken)
	require.NoError(t, db.Close())
	open(t, path, room)
}

func TestALinkStaysALink(t *testing.T) {
	dir := t.TempDir()
	file, link := filepath.Join(dir, "file"), filepath.Join(dir, "link")
	if err := os.Symlink(file, link); err != nil {
		t.Skip("no symbolic links: ", err)
	}
	s := open(t, link, room)
	_, _, err := shelf.Open(file, room)
	require.ErrorIs(t, err, shelf.ErrTaken)
	put(t, s, 0, entry("a", 1, 1, 1))
	require.NoError(t, s.Compact())
	require.NoError(t, s.Renew())
	require.NoError(t, s.Close())
	target, err := os.Readlink(link)
	require.NoError(t, err)
	require.Equal(t, file, target)
	require.FileExists(t, file)
}

func TestFilesOfOthers(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "users.db")
	db, err := bolt.Open(path, 0o600, nil)
	require.NoError(t, err)
	require.NoError(t, db.Update(func(tx *bolt.Tx) error {
		_, err := tx.CreateBucket([]byte("users"))
		return err
	}))
	require.NoError(t, db.Close())
	before, err := os.ReadFile(path)
	require.NoError(t, err)
	_, _, err = shelf.Open(path, room)
	require.ErrorIs(t, err, shelf.ErrForeign)
	after, err := os.ReadFile(path)
	require.NoError(t, err)
	require.True(t, bytes.Equal(before, after), "it is left alone")

	_, _, err = shelf.Open(dir, room)
	require.Error(t, err)
	require.NotErrorIs(t, err, shelf.ErrDamaged)
	_, _, err = shelf.Open(filepath.Join(dir, "no", "such", "file"), room)
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestSetAside(t *testing.T) {
	for name, damage := range map[string]func([]byte) []byte{
		"text":              func([]byte) []byte { return []byte("dear diary") },
		"one byte":          func([]byte) []byte { return []byte{0} },
		"cut in the header": func(b []byte) []byte { return b[:5000] },
		"no header":         func(b []byte) []byte { clear(b[:8192]); return b },
		"zeros":             func(b []byte) []byte { clear(b); return b },
		"another format":    func(b []byte) []byte { return bytes.ReplaceAll(b, []byte("format1"), []byte("format9")) },
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "file")
			s := open(t, path, room)
			put(t, s, 0, entry("a", 1000, 100, 1))
			require.NoError(t, s.Close())
			data, err := os.ReadFile(path)
			require.NoError(t, err)
			data = damage(data)
			require.NoError(t, os.WriteFile(path, data, 0o600))

			s, aside, err := shelf.Open(path, room)
			require.NoError(t, err)
			defer s.Close()
			require.ErrorIs(t, aside, shelf.ErrDamaged)
			kept, err := os.ReadFile(path + ".damaged")
			require.NoError(t, err)
			require.True(t, bytes.Equal(data, kept), "nothing is lost")
			require.Equal(t, [2]int64{}, size(s))
			require.False(t, s.Damaged())
			put(t, s, 0, entry("b", 1000, 100, 1))
			require.NotNil(t, get(t, s, "b"))
		})
	}
}

// A file that is cut or overwritten while it is open does not end the process.
func TestDamageWhileItIsOpen(t *testing.T) {
	for name, damage := range map[string]func(f *os.File) error{
		"cut":       func(f *os.File) error { return f.Truncate(8192) },
		"empty":     func(f *os.File) error { return f.Truncate(0) },
		"no header": func(f *os.File) error { _, err := f.WriteAt(make([]byte, 8192), 0); return err },
		"noise":     func(f *os.File) error { _, err := f.WriteAt(bytes.Repeat([]byte{0x5a}, 1<<20), 8192); return err },
	} {
		for _, first := range []string{"read", "write"} {
			t.Run(name+" "+first, func(t *testing.T) {
				path := filepath.Join(t.TempDir(), "file")
				s := open(t, path, room)
				var batch []shelf.Entry
				for i := range 100 {
					batch = append(batch, entry(fmt.Sprint(i), 1000, 4000, 1))
				}
				put(t, s, 0, batch...)
				f, err := os.OpenFile(path, os.O_RDWR, 0)
				require.NoError(t, err)
				require.NoError(t, damage(f))
				require.NoError(t, f.Close())
				if first == "read" {
					for i := 0; i < 100 && err == nil; i++ {
						err = s.Get(fmt.Sprint(i), func([]byte) {})
					}
				} else {
					for i := 0; i < 100 && err == nil; i++ {
						_, err = s.Put([]shelf.Entry{entry(fmt.Sprint(i), 1000, 400, 1)}, 0)
					}
				}
				require.Error(t, err)
				require.True(t, s.Damaged())
				require.NoError(t, s.Renew())
				require.False(t, s.Damaged())
				put(t, s, 0, entry("b", 1000, 100, 1))
				require.NotNil(t, get(t, s, "b"))
				require.FileExists(t, path+".damaged")
				require.NoError(t, s.Close())
				sound(t, path)
			})
		}
	}
}

// Of an entry whose flags are damaged bbolt says that it is a bucket.
func TestAnEntryThatIsABucket(t *testing.T) {
	path := filepath.Join(t.TempDir(), "flags")
	s := open(t, path, room)
	put(t, s, 0, entry("a", 1000, 10, 1))
	require.NoError(t, s.Close())
	db, err := bolt.Open(path, 0o600, nil)
	require.NoError(t, err)
	require.NoError(t, db.Update(func(tx *bolt.Tx) error {
		_, err := tx.Bucket([]byte("values")).CreateBucket([]byte("b"))
		return err
	}))
	require.NoError(t, db.Close())
	s = open(t, path, room)
	_, err = s.Put([]shelf.Entry{entry("b", 1000, 10, 1)}, 0)
	require.ErrorIs(t, err, shelf.ErrDamaged)
	require.True(t, s.Damaged())
	require.NoError(t, s.Renew())
	put(t, s, 0, entry("b", 1000, 10, 1))
}

// TestRandomDamage changes a file at random and uses it, in a process of its own: that may
// find nothing, or set the file aside, and must not crash.
func TestRandomDamage(t *testing.T) {
	if path := os.Getenv("BUOYCACHE_DAMAGED"); path != "" {
		s, _, err := shelf.Open(path, room)
		if errors.Is(err, shelf.ErrForeign) { // what is left of it might be anybody's
			return
		}
		require.NoError(t, err)
		for i := range 300 {
			_ = s.Get(fmt.Sprint(i), func([]byte) {})
		}
		for i := range 10 {
			var batch []shelf.Entry
			for j := range 30 {
				batch = append(batch, entry(fmt.Sprint(i*30+j), int64(i+1000), 400, 1))
			}
			_, err := s.Put(batch, 500)
			if err != nil {
				require.True(t, s.Damaged(), "%v", err)
				require.NoError(t, s.Renew())
			}
		}
		require.NoError(t, s.Close())
		return
	}
	path := filepath.Join(t.TempDir(), "whole")
	s := open(t, path, room)
	for i := range 10 {
		var batch []shelf.Entry
		for j := range 20 {
			batch = append(batch, entry(fmt.Sprint(i*20+j), int64(i*20+j), 4000, 1))
		}
		put(t, s, 0, batch...)
	}
	require.NoError(t, s.Sweep(100)) // so that there are free pages
	require.NoError(t, s.Close())
	whole, err := os.ReadFile(path)
	require.NoError(t, err)
	rounds := 200
	if testing.Short() {
		rounds = 4
	}
	for seed := range rounds {
		r := rand.New(rand.NewPCG(uint64(seed), 0))
		data := bytes.Clone(whole)
		for range 1 + r.IntN(20) {
			at := r.IntN(len(data))
			if r.IntN(2) == 0 { // most of what matters stands in the heads of pages
				at = at&^4095 + r.IntN(64)
			}
			for i := range min(1<<r.IntN(12), len(data)-at) {
				data[at+i] = byte(r.Uint32())
			}
		}
		damaged := filepath.Join(t.TempDir(), "damaged")
		require.NoError(t, os.WriteFile(damaged, data, 0o600))
		child := exec.Command(os.Args[0], "-test.run=^TestRandomDamage$", "-test.timeout=60s")
		// A program with the race detector sleeps a second before it ends otherwise.
		child.Env = append(os.Environ(), "BUOYCACHE_DAMAGED="+damaged, "GORACE=atexit_sleep_ms=0")
		out, err := child.CombinedOutput()
		if len(out) > 4000 {
			out = out[:4000]
		}
		require.NoError(t, err, "seed %d: %s", seed, out)
	}
}

package buoycache_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/buoy-go/buoy/buoycache"
	"github.com/stretchr/testify/require"
	bolt "go.etcd.io/bbolt"
)

// lines are what a level has said. It is a logger's handler.
type lines struct {
	mu   sync.Mutex
	text []string
	hold chan struct{} // if not nil, a line waits for it
}

func (l *lines) Enabled(context.Context, slog.Level) bool { return true }
func (l *lines) WithAttrs([]slog.Attr) slog.Handler       { return l }
func (l *lines) WithGroup(string) slog.Handler            { return l }
func (l *lines) Handle(_ context.Context, r slog.Record) error {
	text := r.Level.String() + " " + r.Message
	r.Attrs(func(a slog.Attr) bool { text += " " + a.String(); return true })
	l.mu.Lock()
	l.text = append(l.text, text)
	hold := l.hold
	l.mu.Unlock()
	if hold != nil {
		<-hold
	}
	return nil
}

func (l *lines) all() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]string(nil), l.text...)
}

func disk(t testing.TB, path string, opts ...buoycache.Option) (*buoycache.DiskLevel, *lines) {
	t.Helper()
	said := &lines{}
	d, err := buoycache.Disk(path, append([]buoycache.Option{buoycache.WithLogger(slog.New(said))}, opts...)...)
	require.NoError(t, err)
	t.Cleanup(func() { _ = d.Close() })
	return d, said
}

func file(t testing.TB) string { return filepath.Join(t.TempDir(), "cache", "answers") }

func TestDisk(t *testing.T) {
	path := file(t)
	synctest.Test(t, func(t *testing.T) {
		d, said := disk(t, path)
		require.Equal(t, "disk", d.Name())
		has(t, d, "a", "")
		set(t, d, "a", "one", time.Minute)
		set(t, d, "b", strings.Repeat("two ", 1000), time.Hour)
		has(t, d, "a", "one")
		require.Zero(t, d.Stats().Entries, "a call does not wait for the disk")
		time.Sleep(time.Second)
		synctest.Wait()
		require.Equal(t, int64(2), d.Stats().Entries)
		has(t, d, "a", "one")
		set(t, d, "c", "three", time.Hour)
		require.NoError(t, d.Close())
		require.NoError(t, d.Close())
		has(t, d, "a", "")
		set(t, d, "a", "four", time.Hour)
		require.NotEmpty(t, d.Stats().Off)
		require.Equal(t, uint64(1), d.Stats().Dropped)

		d, _ = disk(t, path)
		_, ttl, ok, err := d.GetTTL(t.Context(), "a")
		require.NoError(t, err)
		require.True(t, ok)
		require.Equal(t, 59*time.Second, ttl)
		has(t, d, "b", strings.Repeat("two ", 1000))
		has(t, d, "c", "three")
		set(t, d, "b", "", -1)
		has(t, d, "b", "")
		time.Sleep(59 * time.Second)
		has(t, d, "a", "")
		time.Sleep(5 * time.Second)
		synctest.Wait()
		require.Equal(t, int64(1), d.Stats().Entries, "what has expired is gone")
		require.NoError(t, d.Close())
		require.Empty(t, said.all())
	})
	if runtime.GOOS != "windows" {
		for path, want := range map[string]os.FileMode{path: 0o600, filepath.Dir(path): 0o700} {
			info, err := os.Stat(path)
			require.NoError(t, err)
			require.Equal(t, want, info.Mode().Perm())
		}
	}
}

// Whoever deletes the file wants its answers forgotten, or makes room: the level begins a
// new one, and does not go on in a file that nobody can see. One that takes its place is
// used.
func TestAFileThatGoes(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows keeps open files")
	}
	for name, tc := range map[string]struct {
		goes func(path string) error
		kept string // of what was stored before
	}{
		"the file":   {os.Remove, ""},
		"its folder": {func(path string) error { return os.RemoveAll(filepath.Dir(path)) }, ""},
		"its lock":   {func(path string) error { return os.Remove(path + ".lock") }, "one"},
		"for another": {func(path string) error {
			return errors.Join(os.Rename(path, path+".old"), os.Rename(path+".other", path))
		}, "another"},
	} {
		t.Run(name, func(t *testing.T) {
			path := file(t)
			synctest.Test(t, func(t *testing.T) {
				other, _ := disk(t, path+".other")
				set(t, other, "a", "another", time.Hour)
				require.NoError(t, other.Close())
				d, said := disk(t, path)
				set(t, d, "a", "one", time.Hour)
				time.Sleep(2 * time.Second)
				require.NoError(t, tc.goes(path))
				time.Sleep(5 * time.Second)
				synctest.Wait()
				has(t, d, "a", tc.kept)
				set(t, d, "b", "two", time.Hour)
				time.Sleep(time.Minute)
				second, _ := disk(t, path)
				require.NotEmpty(t, second.Stats().Off, "the lock is where others look for it")
				require.NoError(t, second.Close())
				require.NoError(t, d.Close())
				require.Len(t, said.all(), 1)
				require.Contains(t, said.all()[0], "deleted or replaced")
				d, said = disk(t, path)
				has(t, d, "a", tc.kept)
				has(t, d, "b", "two")
				require.NoError(t, d.Close())
				require.Empty(t, said.all())
			})
		})
	}
}

func TestDiskLifetimesAndSizes(t *testing.T) {
	path := file(t)
	d, _ := disk(t, path, buoycache.WithMaxBytes(1<<20))
	set(t, d, "for ever", "value", math.MaxInt64)
	for _, ttl := range []time.Duration{0, -1, math.MinInt64} {
		set(t, d, "a", "one", time.Hour)
		set(t, d, "a", "two", ttl)
		has(t, d, "a", "")
	}
	set(t, d, "empty", "", time.Hour)
	require.NoError(t, d.Set(t.Context(), "too large for a value", make([]byte, 33<<20), time.Hour))
	require.Equal(t, uint64(1), d.Stats().Dropped)
	noise := make([]byte, 2<<20)
	for i := range noise {
		noise[i] = byte(i * i >> 8)
	}
	for i := range noise { // something that does not get small
		noise[i] ^= byte((uint64(i)*2654435761)>>13) + byte((i*40503)>>5)*31
	}
	require.NoError(t, d.Set(t.Context(), "too large for the room", noise, time.Hour))
	require.NoError(t, d.Set(t.Context(), "small enough when compressed", make([]byte, 30<<20), time.Hour))
	require.ErrorContains(t, d.Set(t.Context(), "", nil, time.Hour), "give 1 to 1024")
	require.ErrorContains(t, d.Set(t.Context(), strings.Repeat("k", 1025), nil, time.Hour), "give 1 to 1024")
	has(t, d, strings.Repeat("k", 100_000), "")
	require.NoError(t, d.Close())
	t.Log(d.Stats())

	d, _ = disk(t, path, buoycache.WithMaxBytes(1<<20))
	has(t, d, "for ever", "value")
	has(t, d, "a", "")
	got, ok, err := d.Get(t.Context(), "empty")
	require.NoError(t, err)
	require.True(t, ok)
	require.Empty(t, got)
	got, ok, err = d.Get(t.Context(), "small enough when compressed")
	require.NoError(t, err)
	require.True(t, ok)
	require.Len(t, got, 30<<20)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, ok, err = d.Get(ctx, "for ever")
	require.ErrorIs(t, err, context.Canceled)
	require.False(t, ok)
}

func TestDiskOptions(t *testing.T) {
	path := file(t)
	for _, tc := range []struct {
		path string
		opt  buoycache.Option
		want string
	}{
		{path, buoycache.WithMaxBytes(0), "must be positive; leave the option out for 256 MiB"},
		{path, buoycache.WithMaxBytes(-1), "must be positive"},
		{path, buoycache.WithKeys(), "leave the option out to store without encryption"},
		{path, buoycache.WithKeys([]byte("password")), "openssl rand 32"},
		{"", nil, "name a file"},
		{t.TempDir(), nil, "is a directory"},
		{filepath.Join(os.Args[0], "below a file"), nil, "not a directory"},
	} {
		d, err := buoycache.Disk(tc.path, tc.opt)
		require.ErrorContains(t, err, tc.want)
		require.Nil(t, d)
		require.NotContains(t, err.Error(), "password")
	}
	db, err := bolt.Open(path, 0o600, nil)
	if err != nil { // its directory was not made for nothing
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
		db, err = bolt.Open(path, 0o600, nil)
	}
	require.NoError(t, err)
	require.NoError(t, db.Update(func(tx *bolt.Tx) error { _, err := tx.CreateBucket([]byte("users")); return err }))
	require.NoError(t, db.Close())
	_, err = buoycache.Disk(path)
	require.ErrorContains(t, err, "give the cache a file of its own")
}

func TestDiskEncrypts(t *testing.T) {
	path := file(t)
	key1, key2 := bytes.Repeat([]byte{1}, 32), bytes.Repeat([]byte{2}, 32)
	const secret = "the answer is forty-two"
	stored := func(opts ...buoycache.Option) string {
		d, _ := disk(t, path, opts...)
		set(t, d, "a", secret, time.Hour)
		require.NoError(t, d.Close())
		data, err := os.ReadFile(path)
		require.NoError(t, err)
		require.NoError(t, os.Remove(path))
		require.NoError(t, os.WriteFile(path, data, 0o600))
		return string(data)
	}
	read := func(value string, damaged uint64, opts ...buoycache.Option) {
		t.Helper()
		d, _ := disk(t, path, opts...)
		has(t, d, "a", value)
		require.Equal(t, damaged, d.Stats().Damaged)
		require.NoError(t, d.Close())
	}
	require.Contains(t, stored(), secret, "without keys the answers are there in plain text")
	read("", 1, buoycache.WithKeys(key1))
	require.NoError(t, os.Remove(path))
	require.NotContains(t, stored(buoycache.WithKeys(key1)), secret)
	read(secret, 0, buoycache.WithKeys(key2, key1))
	read("", 1, buoycache.WithKeys(key2))
	read("", 1)
}

// A value that was changed on the disk is a miss, and those beside it are not.
func TestDiskWithADamagedValue(t *testing.T) {
	path := file(t)
	d, _ := disk(t, path)
	set(t, d, "a", "one", time.Hour)
	set(t, d, "b", "two", time.Hour)
	set(t, d, "c", "three", time.Hour)
	require.NoError(t, d.Close())
	db, err := bolt.Open(path, 0o600, nil)
	require.NoError(t, err)
	require.NoError(t, db.Update(func(tx *bolt.Tx) error {
		b := tx.Bucket([]byte("values"))
		v := bytes.Clone(b.Get([]byte("a")))
		v[len(v)-1] ^= 1
		require.NoError(t, b.Put([]byte("c"), b.Get([]byte("b"))))
		return b.Put([]byte("a"), v)
	}))
	require.NoError(t, db.Close())
	d, said := disk(t, path)
	has(t, d, "a", "")
	has(t, d, "b", "two")
	has(t, d, "c", "") // that of another key
	require.Equal(t, uint64(2), d.Stats().Damaged)
	require.Equal(t, uint64(2), d.Stats().Misses)
	set(t, d, "a", "new", time.Hour)
	has(t, d, "a", "new")
	require.Empty(t, said.all())
}

func TestDiskSetsADamagedFileAside(t *testing.T) {
	path := file(t)
	synctest.Test(t, func(t *testing.T) {
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
		require.NoError(t, os.WriteFile(path, []byte("dear diary"), 0o600))
		d, said := disk(t, path)
		require.Len(t, said.all(), 1)
		require.Contains(t, said.all()[0], "WARN buoycache disk: the file was set aside, and a new one begun path="+path)
		kept, err := os.ReadFile(path + ".damaged")
		require.NoError(t, err)
		require.Equal(t, "dear diary", string(kept))
		require.Equal(t, uint64(1), d.Stats().Errors)

		set(t, d, "a", "one", time.Hour)
		time.Sleep(time.Minute + time.Millisecond) // between two looks at the file
		synctest.Wait()
		has(t, d, "a", "one")
		require.NoError(t, os.Truncate(path, 0)) // while it is in use
		_, ok, err := d.Get(t.Context(), "a")
		require.ErrorContains(t, err, "damaged")
		require.False(t, ok)
		synctest.Wait()
		require.Len(t, said.all(), 2)
		has(t, d, "a", "")
		set(t, d, "a", "two", time.Hour)
		time.Sleep(time.Minute)
		require.Equal(t, int64(1), d.Stats().Entries)
		has(t, d, "a", "two")
		require.NoError(t, d.Close())
		require.Len(t, said.all(), 2)
	})
}

// While the writer is held up, so much is kept and the rest dropped; nobody waits.
func TestDiskDropsWhatItCannotHold(t *testing.T) {
	path := file(t)
	synctest.Test(t, func(t *testing.T) {
		d, said := disk(t, path)
		said.hold = make(chan struct{})
		set(t, d, "a", "one", time.Hour)
		time.Sleep(time.Second)
		synctest.Wait()
		require.NoError(t, os.Truncate(path, 0))
		_, _, err := d.Get(t.Context(), "a")
		require.Error(t, err)
		synctest.Wait() // the writer is in the logger now
		for i := range 5000 {
			set(t, d, fmt.Sprint(i), "value", time.Hour)
		}
		require.Equal(t, uint64(5000-4096), d.Stats().Dropped)
		has(t, d, "4095", "value")
		has(t, d, "4096", "")
		close(said.hold)
		time.Sleep(time.Second)
		synctest.Wait()
		require.Equal(t, int64(4096), d.Stats().Entries)
		require.NoError(t, d.Close())
	})
}

func TestDiskTakesTheFileWhenItIsFree(t *testing.T) {
	path := file(t)
	synctest.Test(t, func(t *testing.T) {
		first, _ := disk(t, path)
		set(t, first, "a", "one", time.Hour)
		time.Sleep(2 * time.Second)
		second, said := disk(t, path)
		has(t, second, "a", "")
		set(t, second, "a", "two", time.Hour)
		require.Equal(t, uint64(1), second.Stats().Dropped)
		require.NotEmpty(t, second.Stats().Off)
		time.Sleep(time.Minute)
		require.Len(t, said.all(), 1, "it says so once")
		require.Contains(t, said.all()[0], "WARN buoycache disk: the level is not in use")
		require.NoError(t, first.Close())
		time.Sleep(5 * time.Second)
		synctest.Wait()
		has(t, second, "a", "one")
		require.Empty(t, second.Stats().Off)
		require.Len(t, said.all(), 2)
		require.NoError(t, second.Close())
	})
}

func TestDiskFromManyGoroutinesUntilItIsClosed(t *testing.T) {
	d, said := disk(t, file(t), buoycache.WithMaxBytes(1<<20))
	hammer(t, d, 1000)
	var all sync.WaitGroup
	all.Go(func() { hammer(t, d, 200) })
	for range 3 {
		all.Go(func() {
			if err := d.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	require.Empty(t, said.all())
}

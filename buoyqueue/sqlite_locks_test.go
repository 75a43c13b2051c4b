package buoyqueue_test

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/buoy-go/buoy/buoyqueue"
	"github.com/buoy-go/buoy/buoyqueue/sqlite"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/stretchr/testify/require"
)

// A lock whose file was removed keeps nobody out. Who gives it up leaves the file alone
// that somebody else has made meanwhile.
func TestALockWhoseFileIsRemoved(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "dir")
	require.NoError(t, os.Mkdir(dir, 0o700))
	path := filepath.Join(dir, "queue.db")
	engine, err := sqlite.Open(path)
	require.NoError(t, err)
	defer engine.Close()
	first, err := engine.Lock(t.Context(), "worker-1")
	require.NoError(t, err)
	require.True(t, first.Held(t.Context()))

	require.NoError(t, os.Rename(dir, dir+".aside"))
	require.NoError(t, os.WriteFile(dir, nil, 0o600))
	require.True(t, first.Held(t.Context()), "nothing is known of the file")
	require.NoError(t, os.Remove(dir))
	require.NoError(t, os.Rename(dir+".aside", dir))

	require.NoError(t, os.Remove(path+".lock-worker-1"))
	require.False(t, first.Held(t.Context()))
	second, err := engine.Lock(t.Context(), "worker-1")
	require.NoError(t, err)
	require.False(t, first.Held(t.Context()))
	first.Unlock()
	require.True(t, second.Held(t.Context()))
	_, err = engine.Lock(t.Context(), "worker-1")
	require.ErrorIs(t, err, buoyqueue.ErrTaken)
	second.Unlock()
	require.NoFileExists(t, path+".lock-worker-1")
}

// looking is an engine that counts who looks whether a worker is dead.
type looking struct {
	buoyqueue.Engine[*sql.Tx]
	looks atomic.Int32
}

func (e *looking) Lock(ctx context.Context, name string) (buoyqueue.Lock, error) {
	if strings.HasPrefix(name, "worker-") {
		e.looks.Add(1)
	}
	return e.Engine.Lock(ctx, name)
}

// A worker whose lock file is removed makes another before it is taken for dead, and its
// job is not done again. That holds too while its database has to be waited for.
func TestLockFilesThatAreRemoved(t *testing.T) {
	for name, waits := range map[string]bool{"free": false, "while the database is waited for": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "queue.db")
			srv, client := desk(t, buoytest.Always(buoytest.Hang(time.Hour)))
			engine, err := sqlite.Open(path)
			require.NoError(t, err)
			q, err := buoyqueue.Open(t.Context(), engine, client, buoyqueue.Options{Grace: -1})
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, q.Close()) })
			_, err = q.Enqueue(t.Context(), ask("hello"))
			require.NoError(t, err)
			running(t, q)
			require.True(t, srv.Await(1))
			files, err := filepath.Glob(path + ".lock-worker-*")
			require.NoError(t, err)
			require.Len(t, files, 1)

			second, err := sqlite.Open(path)
			require.NoError(t, err)
			other := &looking{Engine: second}
			watcher, err := buoyqueue.Open(t.Context(), other, client, buoyqueue.Options{Grace: -1})
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, watcher.Close()) })
			if waits { // the first one's only connection
				conn, err := engine.DB().Conn(t.Context())
				require.NoError(t, err)
				defer conn.Close()
			}
			require.NoError(t, os.Remove(files[0]))
			running(t, watcher)
			eventually(t, func() bool { return other.looks.Load() >= 2+3 }, "it takes its own lock and looks three times")
			require.Len(t, srv.Requests(), 1)
			require.FileExists(t, files[0])
		})
	}
}

// A process that opens a file a second time keeps the locks that SQLite has on it. Without
// them the next process that closes the file may take itself for the last one, and remove what
// this one still writes to (https://sqlite.org/howtocorrupt.html, 2.2).
func TestOpenedTwiceInOneProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "queue.db")
	open := func() *sqlite.Engine {
		e, err := sqlite.Open(path)
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, e.Close()) })
		return e
	}
	_, err := open().DB().ExecContext(t.Context(), "CREATE TABLE mine (n INTEGER)")
	require.NoError(t, err)
	locks := func() (n int) {
		all, err := os.ReadFile("/proc/locks")
		if err != nil {
			t.Skip("the locks of a process can be seen on Linux alone")
		}
		info, err := os.Stat(path)
		require.NoError(t, err)
		inode := fmt.Sprintf(":%d ", reflect.ValueOf(info.Sys()).Elem().FieldByName("Ino").Uint())
		return strings.Count(string(all), inode)
	}
	if locks() == 0 {
		t.Skip("the locks of a file cannot be seen here")
	}
	open()
	require.Equal(t, 1, locks())
}

// Open makes no file where it fails, and takes none for a queue that cannot be one.
func TestOpenFails(t *testing.T) {
	dir := t.TempDir()
	_, err := sqlite.Open(dir)
	require.ErrorContains(t, err, "is no file: give sqlite.Open the path of one")
	_, err = sqlite.Open(filepath.Join(dir, "none", "queue.db"))
	require.ErrorIs(t, err, fs.ErrNotExist)
	_, err = sqlite.Open(filepath.Join(dir, strings.Repeat("q", 250)))
	require.ErrorContains(t, err, "no lock file can be made")
	there, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, there)
}

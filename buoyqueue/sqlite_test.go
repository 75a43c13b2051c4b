package buoyqueue_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/buoy-go/buoy/buoyqueue"
	"github.com/buoy-go/buoy/buoyqueue/sqlite"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/stretchr/testify/require"
)

// A SQLite file that is deleted or replaced under a queue takes no more jobs, which nobody
// would find: that is an error, and no success.
func TestAFileThatIsDeletedOrReplaced(t *testing.T) {
	for name, goes := range map[string]func(string) error{
		"deleted": os.Remove,
		"replaced": func(path string) error {
			if err := os.WriteFile(path+".backup", nil, 0o600); err != nil {
				return err
			}
			return os.Rename(path+".backup", path)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := &fileBed{path: filepath.Join(t.TempDir(), "queue.db")}
			srv, client := desk(t, buoytest.Always(buoytest.Hang(time.Hour)))
			q := b.open(t, client, buoyqueue.Options{})
			_, err := q.Enqueue(t.Context(), ask("first"))
			require.NoError(t, err)
			done := make(chan error)
			go func() { done <- q.Run(t.Context()) }()
			require.True(t, srv.Await(1))
			require.NoError(t, goes(b.path))
			_, err = q.Enqueue(t.Context(), ask("second"))
			require.ErrorContains(t, err, "deleted or replaced")
			require.ErrorContains(t, <-done, "deleted or replaced")

			q = b.open(t, client, buoyqueue.Options{})
			ticket, err := q.Enqueue(t.Context(), ask("second"))
			require.NoError(t, err)
			require.False(t, ticket.Duplicate)
		})
	}
}

// Whoever gives a file its WAL mode reads it first, and SQLite then does not wait for
// another who writes: Open does. Nor does it wait longer than its context where SQLite would,
// for one who lets nobody read.
func TestOpenedWhileAnotherWrites(t *testing.T) {
	for _, begin := range []string{"BEGIN IMMEDIATE", "BEGIN EXCLUSIVE"} {
		t.Run(begin, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "queue.db")
			other, err := sql.Open("sqlite", "file:"+filepath.ToSlash(path))
			require.NoError(t, err)
			defer other.Close()
			other.SetMaxOpenConns(1)
			_, err = other.Exec("CREATE TABLE mine (n)")
			require.NoError(t, err)
			_, err = other.Exec(begin)
			require.NoError(t, err)

			engine, err := sqlite.Open(path)
			require.NoError(t, err)
			ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
			defer cancel()
			_, err = buoyqueue.Open(ctx, engine, nil, buoyqueue.Options{})
			require.ErrorIs(t, err, context.DeadlineExceeded)

			time.AfterFunc(200*time.Millisecond, func() { _, _ = other.Exec("ROLLBACK") })
			q, err := buoyqueue.Open(t.Context(), engine, nil, buoyqueue.Options{})
			require.NoError(t, err)
			var wait int
			require.NoError(t, engine.DB().QueryRow("PRAGMA busy_timeout").Scan(&wait))
			require.Equal(t, 30_000, wait, "statements wait as well")
			require.NoError(t, q.Close())
		})
	}
}

// endsWithin is an engine whose context ends while a transaction of it is open.
type endsWithin struct {
	buoyqueue.Engine[*sql.Tx]
	db  *sql.DB
	end context.CancelFunc
}

func (e endsWithin) Prepare(ctx context.Context) error {
	tx, err := e.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	e.end()
	for err == nil { // database/sql rolls it back, and says no more than that in the end
		_, err = tx.ExecContext(context.WithoutCancel(ctx), "SELECT 1")
	}
	return err
}

// Open names the context's end also where its transaction knows only that it is over.
func TestOpenWhoseContextEnds(t *testing.T) {
	engine, err := sqlite.Open(filepath.Join(t.TempDir(), "queue.db"))
	require.NoError(t, err)
	defer engine.Close()
	ctx, cancel := context.WithCancel(t.Context())
	_, err = buoyqueue.Open(ctx, endsWithin{engine, engine.DB(), cancel}, nil, buoyqueue.Options{})
	require.ErrorIs(t, err, sql.ErrTxDone)
	require.ErrorIs(t, err, context.Canceled)
}

// A process that can make no lock file, here since its name would be too long, must not go
// on without one: the others would take it for dead, and its jobs with it. Open says so, and
// not only Run, when jobs are there.
func TestNoRoomForALockFile(t *testing.T) {
	const longest = 255 - len(".lock-worker-") - 24
	dir := t.TempDir()
	_, err := sqlite.Open(filepath.Join(dir, strings.Repeat("q", longest+1)))
	require.ErrorContains(t, err, "no lock file can be made")
	require.ErrorContains(t, err, "a shorter name")

	_, client := desk(t)
	q := (&fileBed{path: filepath.Join(dir, strings.Repeat("q", longest))}).open(t, client, buoyqueue.Options{})
	running(t, q)
	ticket, err := q.Enqueue(t.Context(), ask("hello"))
	require.NoError(t, err)
	require.NoError(t, ignore(q.Wait(within(t), ticket.ID)))
}

// Workers that are killed leave their lock files, and whoever opens the queue next removes
// them, but not that of a worker that lives.
func TestLockFilesOfKilledWorkers(t *testing.T) {
	b := &fileBed{path: filepath.Join(t.TempDir(), "queue.db")}
	srv := buoytest.NewServer(t)
	files := func() int {
		names, err := filepath.Glob(b.path + ".lock-worker-*")
		require.NoError(t, err)
		return len(names)
	}
	first, second := spawn(t, b, srv), spawn(t, b, srv)
	q := b.open(t, nil, buoyqueue.Options{})
	for i := range 2 { // until both have run
		_, err := q.Enqueue(t.Context(), ask(fmt.Sprint(i)))
		require.NoError(t, err)
	}
	eventually(t, func() bool { c, err := q.Counts(t.Context()); return err == nil && c.Done == 2 && files() == 2 }, "both run")
	for _, p := range []*exec.Cmd{first, second} {
		require.NoError(t, p.Process.Kill())
		_ = p.Wait()
	}
	require.Equal(t, 2, files())
	_, client := desk(t)
	running(t, b.open(t, client, buoyqueue.Options{}))
	eventually(t, func() bool { return files() == 1 }, "that of the worker that runs now")
	b.open(t, nil, buoyqueue.Options{})
	require.Equal(t, 1, files())
}

// A worker that makes its lock file while others remove those of the dead has its lock
// all the same, and on the file that others find.
func TestLockFileThatIsMadeWhileOthersRemoveThem(t *testing.T) {
	path := filepath.Join(t.TempDir(), "queue.db")
	var others sync.WaitGroup
	stop := make(chan struct{})
	open := func() *sqlite.Engine {
		e, err := sqlite.Open(path)
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, e.Close()) })
		require.NoError(t, e.Prepare(t.Context()))
		return e
	}
	for range 3 {
		e := open()
		others.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					_ = e.Prepare(t.Context())
				}
			}
		})
	}
	defer others.Wait()
	defer close(stop)
	e := open()
	for i := range 400 {
		name := fmt.Sprint("worker-", i)
		lock, err := e.Lock(t.Context(), name)
		for errors.Is(err, buoyqueue.ErrTaken) {
			lock, err = e.Lock(t.Context(), name)
		}
		require.NoError(t, err)
		require.FileExists(t, path+".lock-"+name)
		_, err = e.Lock(t.Context(), name)
		require.ErrorIs(t, err, buoyqueue.ErrTaken)
		lock.Unlock()
	}
}

// takenOnce is an engine whose worker's lock somebody else has at first.
type takenOnce struct {
	buoyqueue.Engine[*sql.Tx]
	tries atomic.Int32
}

func (e *takenOnce) Lock(ctx context.Context, name string) (buoyqueue.Lock, error) {
	if strings.HasPrefix(name, "worker-") && e.tries.Add(1) == 1 {
		return nil, buoyqueue.ErrTaken
	}
	return e.Engine.Lock(ctx, name)
}

// Run waits for its own lock, which one that looks for dead workers may have for a moment.
func TestRunWaitsForItsLock(t *testing.T) {
	engine, err := sqlite.Open(filepath.Join(t.TempDir(), "queue.db"))
	require.NoError(t, err)
	_, client := desk(t)
	taken := &takenOnce{Engine: engine}
	q, err := buoyqueue.Open(t.Context(), taken, client, buoyqueue.Options{})
	require.NoError(t, err)
	defer q.Close()
	stop := running(t, q)
	eventually(t, func() bool { return taken.tries.Load() > 2 }, "it tries again")
	stop()
}

// Who opens the file over a symbolic link sees the locks of those who do not.
func TestAFileOfTwoNames(t *testing.T) {
	dir, other := t.TempDir(), t.TempDir()
	path, link := filepath.Join(dir, "q.db"), filepath.Join(other, "link.db")
	require.NoError(t, os.Symlink(path, link))
	direct, err := sqlite.Open(path)
	require.NoError(t, err)
	defer direct.DB().Close()
	linked, err := sqlite.Open(link)
	require.NoError(t, err)
	defer linked.DB().Close()
	mine, err := direct.Lock(t.Context(), "worker-1")
	require.NoError(t, err)
	defer mine.Unlock()
	_, err = linked.Lock(t.Context(), "worker-1")
	require.ErrorIs(t, err, buoyqueue.ErrTaken)
}

package buoyqueue_test

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"strings"
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
// on without one: the others would take it for dead, and its jobs with it.
func TestNoRoomForALockFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), strings.Repeat("q", 235)) // with -journal still below 255
	_, err := sqlite.Open(path)
	require.ErrorContains(t, err, "no lock file can be made")
	require.ErrorContains(t, err, "write to the folder")

	q := (&fileBed{path: path[:len(path)-40]}).open(t, nil, buoyqueue.Options{})
	_, err = q.Enqueue(t.Context(), ask("hello"))
	require.NoError(t, err)
}

// Package sqlite keeps a queue in one SQLite file, without a server. It is the engine
// for one computer: several processes may share the file, and they write in turns.
//
// River, under buoyqueue, says that its driver for SQLite is in early testing.
package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoyqueue"
	"github.com/buoy-go/buoy/internal/durable"
	"github.com/buoy-go/buoy/internal/pause"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	modernc "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// longestWait is for another process that writes.
const longestWait = 30 * time.Second

// Queue is a queue in a SQLite file.
type Queue = buoyqueue.Queue[*sql.Tx]

// Engine is a SQLite file. Get one from [Open]. It is safe for concurrent use.
type Engine struct {
	path   string
	file   fs.FileInfo // as it was opened
	db     *sql.DB
	driver *riversqlite.Driver
	locks  bool // the file's place has locks
}

// Open opens the file at path, or creates it for its owner alone. It is in WAL mode, so
// path-wal and path-shm stand beside it while it is open, and lock files of the workers:
// keep the file on a local disk, in a folder that this process may write to. Open is an
// error if no lock file can be made there. All processes must open it by one name there; a
// symbolic link is fine. By a hard link it would be a second queue, which overwrites this one.
//
// Each write is on the disk when it returns (PRAGMA synchronous = FULL). Another process
// that writes is waited for, at most 30 s or until the call's context ends.
func Open(path string) (*Engine, error) {
	if path == "" || strings.HasPrefix(path, ":memory:") {
		return nil, errors.New("buoyqueue: a queue in memory would not be durable: give sqlite.Open the path of a file")
	}
	path, err := durable.Resolve(path) // the locks stand beside the file, by whatever name it is opened
	if err != nil {
		return nil, fmt.Errorf("buoyqueue: %w", err)
	}
	locks, err := hasLocks(path) // first: where it fails there is no new file
	if err != nil {
		return nil, fmt.Errorf("buoyqueue: no lock file can be made beside the SQLite file, and without its lock others would take this process for dead: make room, let it write to the folder, or give the file a shorter name: %w", err)
	}
	info, err := create(path)
	if err != nil {
		return nil, fmt.Errorf("buoyqueue: %w", err)
	}
	source := url.URL{Scheme: "file", Path: filepath.ToSlash(path), RawQuery: url.Values{
		"_pragma": {"busy_timeout(0)", "journal_mode(WAL)", "synchronous(FULL)"},
		"_txlock": {"immediate"},
	}.Encode()}
	opener, err := modernc.NewConnector(source.String())
	if err != nil {
		return nil, fmt.Errorf("buoyqueue: %w", err)
	}
	db := sql.OpenDB(connector{opener})
	db.SetMaxOpenConns(1) // River: more would find the file locked by each other
	return &Engine{path: path, file: info, db: db, driver: riversqlite.New(db), locks: locks}, nil
}

// creating keeps Open from closing a file that another Open has given to SQLite meanwhile.
var creating sync.Mutex

// create makes the file where there is none: SQLite would let others read it. One that is
// there is not opened, since to close it would give up all locks that this process has on it,
// SQLite's as well (https://sqlite.org/howtocorrupt.html, 2.2).
func create(path string) (fs.FileInfo, error) {
	creating.Lock()
	defer creating.Unlock()
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		info, err := os.Stat(path)
		if err == nil && !info.Mode().IsRegular() {
			err = fmt.Errorf("%s is no file: give sqlite.Open the path of one", path)
		}
		return info, err
	}
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	return info, errors.Join(err, f.Close())
}

// hasLocks reports whether files beside this one can be locked. A file that cannot be made
// says nothing about that: it may be possible in a moment, and to others it is now. Its
// name is as long as that of a worker's, so where it can be made, those can.
func hasLocks(path string) (bool, error) {
	name := fmt.Sprintf("%s.lock-opener-%08x%016x", path, os.Getpid(), time.Now().UnixNano())
	first, err := durable.OpenLocked(name)
	if err != nil {
		return false, err
	}
	defer os.Remove(name)
	defer first.Close()
	second, err := durable.OpenLocked(name)
	if errors.Is(err, durable.ErrTaken) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	return false, second.Close()
}

// DB is the database, for [buoyqueue.Queue.EnqueueTx] and for tables of your own beside
// those of the queue. It has one connection: while a transaction of yours is open, the
// queue waits. Do not close it.
func (e *Engine) DB() *sql.DB { return e.db }

// Driver is River's.
func (e *Engine) Driver() riverdriver.Driver[*sql.Tx] { return e.driver }

// Schema is "": a file has one.
func (e *Engine) Schema() string { return "" }

// Prepare opens the file, and removes what killed workers have left beside it.
func (e *Engine) Prepare(ctx context.Context) error {
	if ctx == nil { // database/sql would panic with its lock held
		return &buoy.RequestError{Field: "context", Reason: "is nil: pass context.Background()"}
	}
	e.removeDead(ctx)
	if err := e.db.PingContext(ctx); err != nil {
		return fmt.Errorf("%s cannot be opened as a queue: %w", e.path, err)
	}
	return nil
}

// removeDead removes the lock files of workers that are dead. Those who give the jobs of
// one back do not need it.
func (e *Engine) removeDead(ctx context.Context) {
	dir, file := filepath.Split(e.path)
	there, _ := os.ReadDir(dir) // what cannot be seen stays
	for _, f := range there {
		name, ok := strings.CutPrefix(f.Name(), file+".lock-")
		if !ok || !strings.HasPrefix(name, ofWorker) {
			continue
		}
		if free, err := e.Lock(ctx, name); err == nil {
			free.Unlock()
		}
	}
}

// connector opens connections that wait for another process that writes. The driver does
// not heed the context while it opens one, so it does not wait there; this does. SQLite
// itself would not wait for all: a new file gets its WAL mode only when nobody else writes
// (in 6 of 480 runs one of four that opened it at once failed).
type connector struct{ driver.Connector }

func (c connector) Connect(ctx context.Context) (driver.Conn, error) {
	for deadline := time.Now().Add(longestWait); ; {
		conn, err := c.Connector.Connect(ctx)
		if err == nil {
			return patient(ctx, conn)
		}
		if !busy(err) || time.Now().After(deadline) {
			return nil, err
		}
		if !pause.Sleep(ctx, 20*time.Millisecond) {
			return nil, fmt.Errorf("%w while another process writes: %w", ctx.Err(), err)
		}
	}
}

// patient lets the statements of a connection wait, which heed their context.
func patient(ctx context.Context, conn driver.Conn) (driver.Conn, error) {
	_, err := conn.(driver.ExecerContext).ExecContext(ctx, fmt.Sprintf("PRAGMA busy_timeout = %d", longestWait.Milliseconds()), nil)
	if err != nil {
		_ = conn.Close()
		return nil, err
	}
	return conn, nil
}

// busy reports whether SQLite has found the file locked by another process.
func busy(err error) bool {
	failed, ok := errors.AsType[*modernc.Error](err)
	return ok && failed.Code()&0xff == sqlite3.SQLITE_BUSY
}

// Lost returns an error if the file was deleted or replaced while it was open. What is
// written is then found by nobody, so Enqueue returns that error and Run ends with it.
func (e *Engine) Lost() error {
	if stands, err := durable.StandsAt(e.path, e.file); !stands && err == nil {
		return errors.New("buoyqueue: the SQLite file was deleted or replaced while it was open: open it anew, and stop all processes that use it before you replace it")
	}
	return nil
}

// Lock locks a file beside the database's.
func (e *Engine) Lock(_ context.Context, name string) (buoyqueue.Lock, error) {
	if !e.locks {
		return nil, fmt.Errorf("no locks of files here: %w", errors.ErrUnsupported)
	}
	if strings.ContainsAny(name, `/\`) {
		return nil, errors.New("a lock's name is no path")
	}
	f, err := openLocked(e.path + ".lock-" + name)
	if errors.Is(err, durable.ErrTaken) {
		return nil, buoyqueue.ErrTaken
	}
	if err != nil {
		return nil, err
	}
	return lock{f, strings.HasPrefix(name, ofWorker)}, nil
}

// ofWorker begins the names of the locks that show that a worker lives.
const ofWorker = "worker-"

// openLocked locks a file that stands at its path. Between the opening and the locking
// somebody else may have locked and removed it, and the lock of such a file keeps nobody out.
func openLocked(path string) (*os.File, error) {
	for {
		f, err := durable.OpenLocked(path)
		if err != nil {
			return nil, err
		}
		there, err := stands(f)
		if there {
			return f, nil
		}
		_ = f.Close()
		if err != nil {
			return nil, err
		}
	}
}

// stands reports whether an open file is the one that others find by its name. After an
// error nothing is known.
func stands(f *os.File) (bool, error) {
	own, err := f.Stat()
	if err != nil {
		return false, err
	}
	return durable.StandsAt(f.Name(), own)
}

// Close closes the file.
func (e *Engine) Close() error { return e.db.Close() }

type lock struct {
	file *os.File
	once bool // it is of a worker, so its file goes with it
}

// Held reports whether the file still stands at its path: once it was removed, others lock
// a new one.
func (l lock) Held(context.Context) bool {
	there, err := stands(l.file)
	return there || err != nil
}

func (l lock) Unlock() {
	if l.once { // while it is locked: see openLocked
		if there, _ := stands(l.file); there { // else it is the file of somebody else
			_ = os.Remove(l.file.Name())
		}
	}
	_ = l.file.Close()
}

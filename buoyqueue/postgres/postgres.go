// Package postgres keeps a queue in a PostgreSQL database, for any number of computers.
// Requests can be enqueued within a transaction of the caller's.
package postgres

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"regexp"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoyqueue"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
)

// Queue is a queue in a PostgreSQL database.
type Queue = buoyqueue.Queue[pgx.Tx]

// DefaultSchema is where the tables are by default: apart from those of the program, and
// from those of another River, whose jobs are kept by other rules.
const DefaultSchema = "buoyqueue"

// Engine is a PostgreSQL database. Get one from [Open] or [New]. It is safe for
// concurrent use.
type Engine struct {
	pool   *pgxpool.Pool
	owned  bool
	schema string
	driver *riverpgxv5.Driver
}

// Open connects to the database at a URL such as postgres://user@host/name. It connects
// when it is first needed, so an unreachable server is an error of [buoyqueue.Open].
func Open(ctx context.Context, url string) (*Engine, error) {
	if ctx == nil {
		return nil, fmt.Errorf("buoyqueue: %w", errNilContext)
	}
	pool, err := pgxpool.New(ctx, url)
	if err != nil {
		// The text of pgx's error has the URL with its password masked; it is not
		// needed to see that it is wrong.
		return nil, errors.New("buoyqueue: this is no URL of a PostgreSQL database, such as postgres://user@host/name")
	}
	e, err := New(pool, "")
	if err != nil {
		pool.Close()
		return nil, err
	}
	e.owned = true
	return e, nil
}

// errNilContext names the fix.
var errNilContext = &buoy.RequestError{Field: "context", Reason: "is nil: pass context.Background()"}

// New uses a pool of yours, which you close after the queue. The tables are in a schema
// of that name; "" means [DefaultSchema]. The pool needs a connection for each worker
// process' lock and some more: at least 4.
func New(pool *pgxpool.Pool, schema string) (*Engine, error) {
	if pool == nil {
		return nil, errors.New("buoyqueue: the pool is nil: make one with pgxpool.New, and look at its error")
	}
	if pool.Config().MaxConns < 4 {
		return nil, errors.New("buoyqueue: the pool has fewer than 4 connections, one of which a worker's lock needs: raise MaxConns")
	}
	if schema == "" {
		schema = DefaultSchema
	}
	if !schemaName.MatchString(schema) {
		return nil, errors.New("buoyqueue: the schema's name is not made of letters, digits and underscores, at most 40")
	}
	return &Engine{pool: pool, schema: schema, driver: riverpgxv5.New(pool)}, nil
}

// schemaName is what River takes for a name, in the letters that need no quotes.
var schemaName = regexp.MustCompile(`^[a-z_][a-z0-9_]{0,39}$`)

// Driver is River's.
func (e *Engine) Driver() riverdriver.Driver[pgx.Tx] { return e.driver }

// Schema is where the tables are.
func (e *Engine) Schema() string { return e.schema }

// Prepare makes the schema if it is missing.
func (e *Engine) Prepare(ctx context.Context) error {
	if ctx == nil {
		return errNilContext
	}
	var there bool
	if err := e.pool.QueryRow(ctx, "SELECT EXISTS (SELECT 1 FROM pg_namespace WHERE nspname = $1)", e.schema).Scan(&there); err != nil {
		return err
	}
	if there {
		return nil
	}
	_, err := e.pool.Exec(ctx, "CREATE SCHEMA IF NOT EXISTS "+pgx.Identifier{e.schema}.Sanitize())
	// Two that make it at once: the second may fail although it is there now.
	if err != nil && e.pool.QueryRow(ctx, "SELECT EXISTS (SELECT 1 FROM pg_namespace WHERE nspname = $1)", e.schema).Scan(&there) == nil && there {
		return nil
	}
	return err
}

// Lock takes an advisory lock, on a connection of its own.
func (e *Engine) Lock(ctx context.Context, name string) (buoyqueue.Lock, error) {
	if ctx == nil {
		return nil, errNilContext
	}
	conn, err := e.pool.Acquire(ctx)
	if err != nil {
		return nil, err
	}
	h := fnv.New64a()
	_, _ = h.Write([]byte("buoyqueue\x00" + e.schema + "\x00" + name))
	l := &lock{conn: conn, key: int64(h.Sum64())}
	var got bool
	if err := conn.QueryRow(ctx, "SELECT pg_try_advisory_lock($1)", l.key).Scan(&got); err != nil {
		l.Unlock()
		return nil, err
	}
	if !got {
		conn.Release()
		return nil, buoyqueue.ErrTaken
	}
	return l, nil
}

// Close closes the connections, unless the pool is yours.
func (e *Engine) Close() error {
	if e.owned {
		e.pool.Close()
	}
	return nil
}

type lock struct {
	conn *pgxpool.Conn
	key  int64
}

// Held asks the server whether the connection has the lock.
func (l *lock) Held(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	var held bool
	err := l.conn.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM pg_locks
		WHERE locktype = 'advisory' AND pid = pg_backend_pid() AND granted AND objsubid = 1
		AND classid::bigint = ($1::bigint >> 32) & 4294967295 AND objid::bigint = $1::bigint & 4294967295)`, l.key).Scan(&held)
	return err == nil && held
}

// Unlock gives the lock back, or ends the connection, which does so, too.
func (l *lock) Unlock() {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	var was bool
	if err := l.conn.QueryRow(ctx, "SELECT pg_advisory_unlock($1)", l.key).Scan(&was); err != nil {
		_ = l.conn.Conn().Close(ctx)
	}
	l.conn.Release()
}

package buoyqueue_test

import (
	"context"
	"database/sql"
	"flag"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoyqueue"
	"github.com/buoy-go/buoy/buoyqueue/postgres"
	"github.com/buoy-go/buoy/buoyqueue/sqlite"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/buoy-go/buoy/internal/service"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"
)

// queue is a queue of either engine.
type queue interface {
	Enqueue(context.Context, buoyqueue.Item) (buoyqueue.Ticket, error)
	EnqueueMany(context.Context, []buoyqueue.Item) ([]buoyqueue.Ticket, error)
	Result(context.Context, int64) (*buoy.Response, error)
	Wait(context.Context, int64) (*buoy.Response, error)
	Job(context.Context, int64) (buoyqueue.Job, error)
	Jobs(context.Context, buoyqueue.Filter) iter.Seq2[buoyqueue.Job, error]
	Counts(context.Context) (buoyqueue.Counts, error)
	Requeue(context.Context, int64) error
	Cancel(context.Context, int64) error
	Delete(context.Context, int64) error
	Run(context.Context) error
	Close() error
}

var (
	_ queue = (*sqlite.Queue)(nil)
	_ queue = (*postgres.Queue)(nil)
)

// bed is a database, and opens queues in it.
type bed interface {
	open(t *testing.T, client *buoy.Client, o buoyqueue.Options) queue
	exec(t *testing.T, statement string)
	scan(t *testing.T, statement string) int
	environment() []string // of a worker process
	list(string) string    // as the database writes it
	jobs() string          // the name of River's table
}

// each runs a test over both engines.
func each(t *testing.T, test func(t *testing.T, b bed)) {
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, &fileBed{path: filepath.Join(t.TempDir(), "queue.db")})
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		test(t, newServerBed(t))
	})
}

type fileBed struct{ path string }

func (b *fileBed) jobs() string { return "river_job" }

func (b *fileBed) open(t *testing.T, client *buoy.Client, o buoyqueue.Options) queue {
	t.Helper()
	engine, err := sqlite.Open(b.path)
	require.NoError(t, err)
	q, err := buoyqueue.Open(t.Context(), engine, client, o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, q.Close()) })
	return q
}

func (b *fileBed) exec(t *testing.T, statement string) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+b.path+"?_pragma=busy_timeout(10000)")
	require.NoError(t, err)
	defer db.Close()
	_, err = db.ExecContext(t.Context(), statement)
	require.NoError(t, err)
}

// server is one PostgreSQL for all tests; each has a schema of its own.
var server struct {
	once    sync.Once
	started *service.Server
	err     error
	schemas atomic.Int64
}

func TestMain(m *testing.M) {
	if worker := os.Getenv("BUOYQUEUE_TEST_WORKER"); worker != "" {
		os.Exit(work(worker))
	}
	flag.Parse()
	_ = flag.Set("test.parallel", "4") // they mostly wait
	code := m.Run()
	if server.started != nil {
		_ = server.started.Close()
	}
	os.Exit(code)
}

type serverBed struct {
	url    string
	schema string
	pool   *pgxpool.Pool
}

func newServerBed(t *testing.T) *serverBed {
	t.Helper()
	service.Need(t, service.PostgresServer)
	server.once.Do(func() { server.started, server.err = service.Start(service.PostgresSpec()) })
	require.NoError(t, server.err)
	b := &serverBed{url: service.PostgresURL(server.started), schema: fmt.Sprintf("test_%d", server.schemas.Add(1))}
	config, err := pgxpool.ParseConfig(b.url)
	require.NoError(t, err)
	config.MaxConns = 8 // the server has 100
	b.pool, err = pgxpool.NewWithConfig(t.Context(), config)
	require.NoError(t, err)
	t.Cleanup(b.pool.Close)
	return b
}

func (b *serverBed) jobs() string { return b.schema + ".river_job" }

func (b *serverBed) open(t *testing.T, client *buoy.Client, o buoyqueue.Options) queue {
	t.Helper()
	engine, err := postgres.New(b.pool, b.schema)
	require.NoError(t, err)
	q, err := buoyqueue.Open(t.Context(), engine, client, o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, q.Close()) })
	return q
}

func (b *serverBed) exec(t *testing.T, statement string) {
	t.Helper()
	_, err := b.pool.Exec(t.Context(), statement, pgx.QueryExecModeSimpleProtocol)
	require.NoError(t, err)
}

// desk is a provider, and a client of it that neither waits nor breaks.
func desk(t *testing.T, steps ...buoytest.Step) (*buoytest.Server, *buoy.Client) {
	t.Helper()
	srv := buoytest.NewServer(t, steps...)
	client, err := buoy.New(srv.Endpoint(), buoy.WithHTTPClient(srv.Client()), buoy.WithBreaker(buoy.BreakerPolicy{Disabled: true}))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, client.Close()) })
	return srv, client
}

// running runs a queue until the test ends, or stop is called.
func running(t *testing.T, q queue) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- q.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		require.NoError(t, <-done)
	})
	t.Cleanup(stop)
	return stop
}

func ask(text string) buoyqueue.Item {
	return buoyqueue.Item{Request: buoy.Request{Model: "m", Messages: []buoy.Message{buoy.User(text)}}}
}

// once is a quick queue: what fails is tried again at once.
func once(o buoyqueue.Options) buoyqueue.Options {
	o.Backoff = func(int) time.Duration { return 0 }
	o.CallOptions = append(o.CallOptions, buoy.WithRetry(buoy.RetryPolicy{MaxAttempts: 1}))
	return o
}

// eventually polls a condition.
func eventually(t *testing.T, ok func() bool, what string) {
	t.Helper()
	require.Eventually(t, ok, time.Minute, 10*time.Millisecond, what)
}

func within(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// scan asks the database for one number.
func (b *fileBed) scan(t *testing.T, statement string) (n int) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+b.path+"?_pragma=busy_timeout(10000)")
	require.NoError(t, err)
	defer db.Close()
	require.NoError(t, db.QueryRowContext(t.Context(), statement).Scan(&n))
	return n
}

func (b *serverBed) scan(t *testing.T, statement string) (n int) {
	t.Helper()
	require.NoError(t, b.pool.QueryRow(t.Context(), statement).Scan(&n))
	return n
}

// aside is how many jobs wait aside.
func aside(t *testing.T, b bed, _ queue) int {
	t.Helper()
	return b.scan(t, "SELECT count(*) FROM "+b.jobs()+" WHERE queue LIKE 'buoy_aside%' AND state = 'available'")
}

package buoyqueue_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoyqueue"
	"github.com/buoy-go/buoy/buoyqueue/postgres"
	"github.com/buoy-go/buoy/buoyqueue/sqlite"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/buoy-go/buoy/event"
	"github.com/stretchr/testify/require"
)

// methods are all that take a context, by name.
func methods(q queue) map[string]func(context.Context) error {
	return map[string]func(context.Context) error{
		"Enqueue": func(ctx context.Context) error {
			_, err := q.Enqueue(ctx, ask("hello"))
			return err
		},
		"EnqueueMany": func(ctx context.Context) error {
			_, err := q.EnqueueMany(ctx, []buoyqueue.Item{ask("hello")})
			return err
		},
		"EnqueueTx": func(ctx context.Context) (err error) {
			switch q := q.(type) {
			case *sqlite.Queue:
				_, err = q.EnqueueTx(ctx, nil, ask("hello"))
			case *postgres.Queue:
				_, err = q.EnqueueTx(ctx, nil, ask("hello"))
			}
			return err
		},
		"Result": func(ctx context.Context) error { return ignore(q.Result(ctx, 1)) },
		"Wait":   func(ctx context.Context) error { return ignore(q.Wait(ctx, 1)) },
		"Job": func(ctx context.Context) error {
			_, err := q.Job(ctx, 1)
			return err
		},
		"Jobs": func(ctx context.Context) error {
			for _, err := range q.Jobs(ctx, buoyqueue.Filter{}) {
				return err
			}
			return nil
		},
		"Counts": func(ctx context.Context) error {
			_, err := q.Counts(ctx)
			return err
		},
		"Requeue": func(ctx context.Context) error { return q.Requeue(ctx, 1) },
		"Cancel":  func(ctx context.Context) error { return q.Cancel(ctx, 1) },
		"Delete":  func(ctx context.Context) error { return q.Delete(ctx, 1) },
		"Run":     q.Run,
	}
}

// A nil context is an error before the database is asked: database/sql would panic, and
// keep its lock for ever.
func TestNilContext(t *testing.T) {
	var none context.Context
	const fix = "context: is nil: pass context.Background()"
	each(t, func(t *testing.T, b bed) {
		_, client := desk(t)
		q := b.open(t, client, buoyqueue.Options{})
		for name, call := range methods(q) {
			err := call(none)
			require.ErrorContains(t, err, "buoyqueue: ", name)
			require.ErrorContains(t, err, fix, name)
			require.ErrorIs(t, err, buoy.ErrInvalidRequest, name)
		}
		counts, err := q.Counts(t.Context())
		require.NoError(t, err)
		require.Zero(t, counts)
	})
	engine, err := sqlite.Open(filepath.Join(t.TempDir(), "queue.db"))
	require.NoError(t, err)
	_, err = buoyqueue.Open(none, engine, nil, buoyqueue.Options{})
	require.ErrorContains(t, err, fix)
	require.ErrorContains(t, engine.Prepare(none), fix)
	require.NoError(t, engine.Close())
	_, err = postgres.Open(none, "postgres://user@host/name")
	require.ErrorContains(t, err, fix)
}

// The errors of a queue that is closed are one, whatever the driver says.
func TestClosedQueue(t *testing.T) {
	each(t, func(t *testing.T, b bed) {
		_, client := desk(t)
		q := b.open(t, client, buoyqueue.Options{})
		ticket, err := q.Enqueue(t.Context(), ask("hello"))
		require.NoError(t, err)
		waits := make(chan error, 2)
		for range cap(waits) {
			go func() { waits <- ignore(q.Wait(t.Context(), ticket.ID)) }()
		}
		var closers sync.WaitGroup
		for range 3 {
			closers.Go(func() {
				err := q.Close()
				_, after := q.Counts(t.Context())
				if err != nil || !errors.Is(after, buoyqueue.ErrClosed) {
					t.Error("a queue that was closed is not: ", err, after)
				}
			})
		}
		closers.Wait()
		for range cap(waits) {
			require.ErrorIs(t, <-waits, buoyqueue.ErrClosed)
		}
		for name, call := range methods(q) {
			require.ErrorIs(t, call(t.Context()), buoyqueue.ErrClosed, name)
		}
	})
}

// Close lets the running calls end first, and with them those who wait for their answers.
func TestCloseLetsWaitsEnd(t *testing.T) {
	each(t, func(t *testing.T, b bed) {
		begun, goOn := make(chan struct{}), make(chan struct{})
		srv := buoytest.NewServer(t, buoytest.Reply("fine"))
		client, err := buoy.New(srv.Endpoint(), buoy.WithHTTPClient(srv.Client()), buoy.WithMiddleware(func(next buoy.Handler) buoy.Handler {
			return func(ctx context.Context, call *buoy.Call) (*buoy.Reply, error) {
				close(begun)
				<-goOn
				return next(ctx, call)
			}
		}))
		require.NoError(t, err)
		defer client.Close()
		q := b.open(t, client, buoyqueue.Options{})
		ticket, err := q.Enqueue(t.Context(), ask("hello"))
		require.NoError(t, err)
		waits, closed := make(chan error, 1), make(chan error, 1)
		running(t, q)
		<-begun
		ctx := within(t)
		go func() { waits <- ignore(q.Wait(ctx, ticket.ID)) }()
		go func() { closed <- q.Close() }()
		eventually(t, func() bool { return errors.Is(q.Run(t.Context()), buoyqueue.ErrClosed) }, "it is being closed")
		_, err = q.Counts(t.Context())
		require.NoError(t, err, "until the call has ended")
		require.Empty(t, waits)
		close(goOn)
		if err := <-waits; err != nil { // it may be the last to hear of it
			require.ErrorIs(t, err, buoyqueue.ErrClosed)
		}
		require.NoError(t, <-closed)
		require.Len(t, srv.Requests(), 1)
	})
}

func TestOpenRefuses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "queue.db")
	engine, err := sqlite.Open(path)
	require.NoError(t, err)
	defer engine.Close()
	var missing *sqlite.Engine // as it comes with an error
	for name, c := range map[string]struct {
		engine buoyqueue.Engine[*sql.Tx]
		o      buoyqueue.Options
		says   string
	}{
		"no engine":         {nil, buoyqueue.Options{}, "the engine is nil: get one from sqlite.Open"},
		"an engine of none": {missing, buoyqueue.Options{}, "the engine is nil: get one from sqlite.Open"},
		"negative attempts": {engine, calls(buoy.WithRetry(buoy.RetryPolicy{MaxAttempts: -1})), "Options.CallOptions: invalid request: option: RetryPolicy.MaxAttempts is negative"},
		"a contradiction":   {engine, calls(buoy.WithRetry(buoy.RetryPolicy{BaseDelay: 10 * time.Second})), "BaseDelay"},
		"a priority":        {engine, calls(buoy.WithPriority("urgent")), `WithPriority got "urgent"`},
		"a header":          {engine, calls(nil, buoy.WithHeader("Authorization", "secret")), "use Endpoint.Keys"},
	} {
		_, err := buoyqueue.Open(t.Context(), c.engine, nil, c.o)
		require.ErrorContains(t, err, c.says, name)
		require.NotContains(t, err.Error(), "secret", name)
	}
	_, err = postgres.New(nil, "")
	require.ErrorContains(t, err, "the pool is nil")
	var tables int
	require.NoError(t, engine.DB().QueryRow("SELECT count(*) FROM sqlite_master").Scan(&tables))
	require.Zero(t, tables, "nothing was made before")
}

func calls(o ...buoy.CallOption) buoyqueue.Options { return buoyqueue.Options{CallOptions: o} }

// Open refuses nothing that the client would take.
func TestOpenTakesWhatTheClientTakes(t *testing.T) {
	srv := buoytest.NewServer(t, buoytest.Always(buoytest.Reply("fine")))
	client, err := buoy.New(srv.Endpoint(), buoy.WithHTTPClient(srv.Client()), buoy.WithRetry(buoy.RetryPolicy{BaseDelay: 100 * time.Millisecond}))
	require.NoError(t, err)
	defer client.Close()
	b := &fileBed{path: filepath.Join(t.TempDir(), "queue.db")}
	q := b.open(t, client, calls(buoy.WithRetry(buoy.RetryPolicy{MaxDelay: 500 * time.Millisecond}), buoy.WithPriority(buoy.Background), nil))
	running(t, q)
	ticket, err := q.Enqueue(t.Context(), ask("hello"))
	require.NoError(t, err)
	require.NoError(t, ignore(q.Wait(within(t), ticket.ID)))
}

// A worker that can do no job ends, and leaves the jobs as they are to others.
func TestWorkerThatCanDoNoJob(t *testing.T) {
	closed := func(t *testing.T, srv *buoytest.Server) *buoy.Client {
		client, err := buoy.New(srv.Endpoint(), buoy.WithHTTPClient(srv.Client()))
		require.NoError(t, err)
		require.NoError(t, client.Close())
		return client
	}
	slow := func(t *testing.T, srv *buoytest.Server) *buoy.Client { // its delay begins beyond the queue's longest
		client, err := buoy.New(srv.Endpoint(), buoy.WithHTTPClient(srv.Client()), buoy.WithRetry(buoy.RetryPolicy{BaseDelay: 10 * time.Second, MaxDelay: time.Minute}))
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, client.Close()) })
		return client
	}
	for _, c := range []struct {
		name   string
		client func(*testing.T, *buoytest.Server) *buoy.Client
		kind   error
		says   string
	}{
		{"a closed client", closed, buoy.ErrClosed, "the client is closed: close the queue first"},
		{"a client that refuses the options", slow, buoy.ErrInvalidRequest, "RetryPolicy.MaxDelay (5s) is below BaseDelay (10s): raise it"},
	} {
		t.Run(c.name, func(t *testing.T) {
			each(t, func(t *testing.T, b bed) {
				srv, client := desk(t, buoytest.Always(buoytest.Reply("fine")))
				var heard buoytest.Recorder
				q := b.open(t, c.client(t, srv), buoyqueue.Options{MaxAttempts: 1, Observer: &heard})
				var tickets []buoyqueue.Ticket
				for _, text := range []string{"one", "two", "three"} {
					ticket, err := q.Enqueue(t.Context(), ask(text))
					require.NoError(t, err)
					tickets = append(tickets, ticket)
				}
				err := q.Run(within(t))
				require.ErrorIs(t, err, c.kind)
				require.ErrorContains(t, err, "buoyqueue: this queue can do no job: ")
				require.ErrorContains(t, err, c.says)
				for _, j := range list(t, q, buoyqueue.Filter{}) {
					require.Equal(t, buoyqueue.StateWaiting, j.State)
					require.Zero(t, j.Attempts)
					require.Zero(t, j.Waits)
					require.Nil(t, j.Failure)
				}
				for _, e := range buoytest.Events[event.Queue](&heard) {
					require.Contains(t, []event.QueueMove{event.QueueEnqueued, event.QueueStarted, event.QueueSnoozed}, e.Move)
				}
				require.Empty(t, srv.Requests())

				other := b.open(t, client, buoyqueue.Options{MaxAttempts: 1})
				running(t, other)
				for _, ticket := range tickets {
					require.NoError(t, ignore(other.Wait(within(t), ticket.ID)))
				}
				require.Len(t, srv.Requests(), len(tickets))
			})
		})
	}
}

func TestFilterOfNoState(t *testing.T) {
	each(t, func(t *testing.T, b bed) {
		q := b.open(t, nil, buoyqueue.Options{})
		_, err := q.Enqueue(t.Context(), ask("hello"))
		require.NoError(t, err)
		for _, states := range [][]buoyqueue.State{{"junk"}, {buoyqueue.StateWaiting, "junk"}} {
			n := 0
			for _, err := range q.Jobs(t.Context(), buoyqueue.Filter{States: states}) {
				n++
				require.EqualError(t, err, `buoyqueue: Filter.States: "junk" is no state: waiting, running, done, dead or canceled`)
			}
			require.Equal(t, 1, n)
		}
	})
}

// lockedBuffer is safe for concurrent use.
type lockedBuffer struct {
	mu sync.Mutex // guards the field below
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// River asks for the wait where a panic ends the program: it is the default then.
func TestBackoffThatPanics(t *testing.T) {
	each(t, func(t *testing.T, b bed) {
		_, client := desk(t, buoytest.Fail(500), buoytest.Reply("fine"))
		var lines lockedBuffer
		o := once(buoyqueue.Options{Logger: slog.New(slog.NewTextHandler(&lines, nil))})
		o.Backoff = func(int) time.Duration { panic("hello") }
		q := b.open(t, client, o)
		ticket, err := q.Enqueue(t.Context(), ask("hello"))
		require.NoError(t, err)
		running(t, q)
		require.NoError(t, ignore(q.Wait(within(t), ticket.ID)))
		require.Equal(t, 1, strings.Count(lines.String(), "Options.Backoff has panicked"), lines.String())
		require.Contains(t, lines.String(), "level=ERROR")
		require.Contains(t, lines.String(), "type=string")
		require.NotContains(t, lines.String(), "hello")
	})
}

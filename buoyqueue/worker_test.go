package buoyqueue_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoyqueue"
	"github.com/buoy-go/buoy/buoyqueue/postgres"
	"github.com/buoy-go/buoy/buoyqueue/sqlite"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"
)

// work is the main function of a worker process of these tests.
func work(database string) int {
	ctx := context.Background()
	o := buoyqueue.Options{Concurrency: 4}
	o.TenantConcurrency, _ = strconv.Atoi(os.Getenv("BUOYQUEUE_TEST_TENANT_LIMIT"))
	client, err := buoy.New(buoy.Endpoint{BaseURL: os.Getenv("BUOYQUEUE_TEST_PROVIDER"), Keys: []string{"k"}})
	var q queue
	if schema := os.Getenv("BUOYQUEUE_TEST_SCHEMA"); err == nil && schema != "" {
		var pool *pgxpool.Pool
		if pool, err = pgxpool.New(ctx, database); err == nil {
			var e *postgres.Engine
			if e, err = postgres.New(pool, schema); err == nil {
				q, err = buoyqueue.Open(ctx, e, client, o)
			}
		}
	} else if err == nil {
		var e *sqlite.Engine
		if e, err = sqlite.Open(database); err == nil {
			q, err = buoyqueue.Open(ctx, e, client, o)
		}
	}
	if err == nil {
		err = q.Run(ctx)
	}
	fmt.Fprintln(os.Stderr, err)
	return 1
}

func (b *fileBed) environment() []string { return []string{"BUOYQUEUE_TEST_WORKER=" + b.path} }
func (b *serverBed) environment() []string {
	return []string{"BUOYQUEUE_TEST_WORKER=" + b.url + "&pool_max_conns=8", "BUOYQUEUE_TEST_SCHEMA=" + b.schema}
}

// spawn starts a worker process, which the test kills at its end.
func spawn(t *testing.T, b bed, srv *buoytest.Server, environment ...string) *exec.Cmd {
	t.Helper()
	exe, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.Command(exe)
	cmd.Env = append(append(os.Environ(), "BUOYQUEUE_TEST_PROVIDER="+srv.Endpoint().BaseURL), b.environment()...)
	cmd.Env = append(cmd.Env, environment...)
	cmd.Stderr = os.Stderr
	require.NoError(t, cmd.Start())
	var once sync.Once
	t.Cleanup(func() {
		once.Do(func() {
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
		})
	})
	return cmd
}

// A worker that is killed in mid-call loses no job: the next one does them within
// seconds, and pays again only for those that were being answered.
func TestKilledWorker(t *testing.T) {
	each(t, func(t *testing.T, b bed) {
		const n, concurrency = 20, 4
		srv := buoytest.NewServer(t)
		var steps []buoytest.Step
		for range 6 {
			steps = append(steps, buoytest.Reply("before"))
		}
		for range concurrency {
			steps = append(steps, buoytest.Hang(time.Hour))
		}
		srv.Script(steps...)
		q := b.open(t, nil, buoyqueue.Options{})
		var items []buoyqueue.Item
		for i := range n {
			items = append(items, ask(fmt.Sprint("question ", i)))
		}
		tickets, err := q.EnqueueMany(t.Context(), items)
		require.NoError(t, err)
		first := spawn(t, b, srv)
		eventually(t, func() bool { return len(srv.Requests()) == 6+concurrency }, "six are answered and four hang")
		eventually(t, func() bool {
			c, err := q.Counts(t.Context())
			return err == nil && c.Done == 6 && c.Running == concurrency
		}, "and are done")
		require.NoError(t, first.Process.Kill())
		spawn(t, b, srv)
		killed := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		for _, ticket := range tickets {
			require.NoError(t, ignore(q.Wait(ctx, ticket.ID)))
		}
		t.Logf("all are answered %v after the kill", time.Since(killed).Round(100*time.Millisecond))
		require.Len(t, srv.Requests(), n+concurrency, "the four that hung are paid twice, and no other")
		twice := 0
		for _, j := range list(t, q, buoyqueue.Filter{}) {
			require.Equal(t, buoyqueue.StateDone, j.State)
			if j.Attempts > 1 {
				twice++
			}
		}
		require.Equal(t, concurrency, twice)
	})
}

// A worker that dies after it has written the answer, and before the job is done, does
// not have it paid again.
func TestAnswerThatIsThereIsNotAskedFor(t *testing.T) {
	each(t, func(t *testing.T, b bed) {
		srv, client := desk(t, buoytest.Reply("fine"))
		q := b.open(t, client, once(buoyqueue.Options{}))
		stop := running(t, q)
		ticket, err := q.Enqueue(t.Context(), ask("hello"))
		require.NoError(t, err)
		require.NoError(t, ignore(q.Wait(within(t), ticket.ID)))
		stop()
		// As the dead worker left it.
		b.exec(t, "UPDATE "+b.jobs()+" SET state = 'running', finalized_at = NULL")
		q = b.open(t, client, once(buoyqueue.Options{}))
		running(t, q)
		resp, err := q.Wait(within(t), ticket.ID)
		require.NoError(t, err)
		require.Equal(t, "fine", resp.Text())
		require.Len(t, srv.Requests(), 1)
		job, err := q.Job(t.Context(), ticket.ID)
		require.NoError(t, err)
		require.Equal(t, 2, job.Attempts)
	})
}

// A job that kills each of its workers is a dead letter in the end.
func TestJobThatKillsItsWorkers(t *testing.T) {
	each(t, func(t *testing.T, b bed) {
		_, client := desk(t)
		q := b.open(t, client, once(buoyqueue.Options{MaxAttempts: 1}))
		ticket, err := q.Enqueue(t.Context(), ask("hello"))
		require.NoError(t, err)
		b.exec(t, "UPDATE "+b.jobs()+" SET state = 'running', attempt = 1, attempted_at = created_at, attempted_by = "+b.list("deadbeef"))
		running(t, q)
		_, err = q.Wait(within(t), ticket.ID)
		require.ErrorContains(t, err, "its worker died")
	})
}

func (b *fileBed) list(s string) string   { return `jsonb('["` + s + `"]')` }
func (b *serverBed) list(s string) string { return "ARRAY['" + s + "']" }

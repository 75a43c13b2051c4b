package buoyqueue_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoyqueue"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"
)

// newClockBed is a database whose clock differs from that of this computer.
func newClockBed(t *testing.T, by string) *serverBed {
	t.Helper()
	b := newServerBed(t)
	b.exec(t, fmt.Sprintf(`CREATE SCHEMA %[1]s; CREATE FUNCTION %[1]s.now() RETURNS timestamptz LANGUAGE sql STABLE AS
		$$ SELECT pg_catalog.now() + interval '%[2]s' $$`, b.schema, by))
	config, err := pgxpool.ParseConfig(b.url)
	require.NoError(t, err)
	config.MaxConns = 8
	config.ConnConfig.RuntimeParams["search_path"] = b.schema + ", pg_catalog" // its now goes first
	b.pool, err = pgxpool.NewWithConfig(t.Context(), config)
	require.NoError(t, err)
	t.Cleanup(b.pool.Close)
	return b
}

// A process whose clock is wrong by minutes enqueues and waits as the others do.
func TestAClockThatIsWrong(t *testing.T) {
	for name, by := range map[string]string{"ahead": "-5 minutes", "behind": "5 minutes"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newClockBed(t, by)
			_, client := desk(t, buoytest.Reply("fine"), buoytest.Fail(500), buoytest.RetryAfter(time.Minute, buoytest.Fail(429)))
			one := buoyqueue.Options{Concurrency: 1, CallOptions: []buoy.CallOption{buoy.WithRetry(buoy.RetryPolicy{MaxAttempts: 1})}}
			one.Backoff = func(int) time.Duration { return time.Minute }
			q := b.open(t, client, one)
			due := func(item buoyqueue.Item, as string) buoyqueue.Ticket {
				ticket, err := q.Enqueue(t.Context(), item)
				require.NoError(t, err)
				eventually(t, func() bool {
					return b.scan(t, fmt.Sprintf(`SELECT count(*) FROM %s WHERE id = %d AND %s AND scheduled_at
						BETWEEN pg_catalog.now() + interval '%[4]s 40 seconds' AND pg_catalog.now() + interval '%[4]s 80 seconds'`, b.jobs(), ticket.ID, as, by)) == 1
				}, as)
				return ticket
			}
			running(t, q)
			now, err := q.Enqueue(t.Context(), ask("now"))
			require.NoError(t, err)
			require.NoError(t, ignore(q.Wait(within(t), now.ID)))
			due(ask("fails"), "state = 'retryable' AND attempt = 1")
			due(ask("too fast"), "state = 'scheduled' AND attempt = 0 AND metadata ? 'buoy'")
			later := ask("later")
			later.NotBefore = time.Now().Add(time.Minute)
			due(later, "state = 'scheduled' AND attempt = 0")
		})
	}
}

// A process whose clock is ahead by more than a call may take does not take the running
// ones for stuck, whether it is the leader or not.
func TestAClockAheadAndCallsThatRun(t *testing.T) {
	if testing.Short() {
		t.Skip("River looks for stuck jobs every 30 s")
	}
	t.Parallel()
	b := newClockBed(t, "-5 minutes")
	srv, client := desk(t, buoytest.Always(buoytest.Hang(time.Hour)))
	q := b.open(t, client, buoyqueue.Options{Timeout: time.Minute, Grace: -1})
	_, err := q.Enqueue(t.Context(), ask("hello"))
	require.NoError(t, err)
	b.exec(t, "UPDATE "+b.jobs()+" SET scheduled_at = created_at - interval '10 minutes'")
	running(t, q)
	require.True(t, srv.Await(1))
	second := time.NewTicker(time.Second)
	defer second.Stop()
	for range 40 {
		<-second.C
		require.Equal(t, 1, b.scan(t, "SELECT count(*) FROM "+b.jobs()+" WHERE state = 'running' AND attempt = 1"))
	}
}

package buoyqueue_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoyqueue"
	"github.com/buoy-go/buoy/buoyqueue/postgres"
	"github.com/buoy-go/buoy/buoyqueue/sqlite"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/buoy-go/buoy/internal/service"
	"github.com/stretchr/testify/require"
)

// Rows that somebody has damaged become dead letters that say so, and hurt no other.
func TestDamagedRows(t *testing.T) {
	each(t, func(t *testing.T, b bed) {
		_, client := desk(t)
		q := b.open(t, client, once(buoyqueue.Options{MaxAttempts: 2}))
		var items []buoyqueue.Item
		for i := range 9 {
			items = append(items, ask(fmt.Sprint(i)))
		}
		tickets, err := q.EnqueueMany(t.Context(), items)
		require.NoError(t, err)
		damage := func(i int, set string) {
			b.exec(t, fmt.Sprintf("UPDATE %s SET %s WHERE id = %d", b.jobs(), set, tickets[i].ID))
		}
		damage(0, `args = '{"v":1,"request":"{\"model\":"}'`)
		damage(1, `args = '[]'`)
		damage(2, `args = '{"v":"one","tenant":7}'`)
		damage(3, `args = '{"v":1}'`)
		damage(4, `metadata = '[1, 2]'`)
		damage(5, `metadata = '{"buoy": {"waits": "many", "failure": 7}}'`)
		damage(6, `metadata = '{"buoy": {"waits": -5, "since": "0001-01-01T00:00:00Z"}, "snoozes": "x"}'`)
		if _, ok := b.(*fileBed); ok { // PostgreSQL takes no JSON that is none
			damage(0, `args = '{"v":1,'`)
			damage(4, `metadata = 'no JSON'`)
		}
		require.Len(t, list(t, q, buoyqueue.Filter{}), len(items))
		running(t, q)
		require.NoError(t, ignore(q.Wait(within(t), tickets[8].ID)))
		for i := range 4 {
			_, err := q.Wait(within(t), tickets[i].ID)
			require.IsType(t, (*buoyqueue.JobError)(nil), err, i)
			require.NotContains(t, err.Error(), "model")
		}
		for _, i := range []int{5, 6, 7} {
			require.NoError(t, ignore(q.Wait(within(t), tickets[i].ID)), i)
		}
		require.Len(t, list(t, q, buoyqueue.Filter{}), len(items))
	})
}

// An answer that somebody has damaged is an error, and quotes nothing.
func TestDamagedAnswers(t *testing.T) {
	each(t, func(t *testing.T, b bed) {
		_, client := desk(t)
		q := b.open(t, client, once(buoyqueue.Options{}))
		running(t, q)
		ticket, err := q.Enqueue(t.Context(), ask("hello"))
		require.NoError(t, err)
		require.NoError(t, ignore(q.Wait(within(t), ticket.ID)))
		for bad, says := range map[string]string{
			`private`: "damaged", `{"v":1,"answer":[]}`: "damaged", `{"v":2}`: "later version", `{}`: "damaged", `null`: "damaged",
		} {
			b.exec(t, "UPDATE "+strings.Replace(b.jobs(), "river_job", "buoyqueue_answer", 1)+" SET answer = '"+bad+"'")
			_, err = q.Result(t.Context(), ticket.ID)
			require.ErrorContains(t, err, says, bad)
			require.NotContains(t, err.Error(), "private")
		}
		b.exec(t, "DELETE FROM "+strings.Replace(b.jobs(), "river_job", "buoyqueue_answer", 1))
		_, err = q.Result(t.Context(), ticket.ID)
		require.ErrorIs(t, err, buoyqueue.ErrNotFound)
	})
}

// A job that a later version has written waits for that version, and costs no attempt.
func TestJobOfALaterVersion(t *testing.T) {
	each(t, func(t *testing.T, b bed) {
		srv, client := desk(t)
		q := b.open(t, client, once(buoyqueue.Options{MaxAttempts: 1}))
		ticket, err := q.Enqueue(t.Context(), ask("hello"))
		require.NoError(t, err)
		b.exec(t, `UPDATE `+b.jobs()+` SET args = '{"v":2,"something":"new"}'`)
		running(t, q)
		eventually(t, func() bool {
			j, err := q.Job(t.Context(), ticket.ID)
			return err == nil && b.scan(t, "SELECT count(*) FROM "+b.jobs()+" WHERE state = 'scheduled'") == 1 && j.State == buoyqueue.StateWaiting && j.Attempts == 0
		}, "it waits")
		require.Empty(t, srv.Requests())
	})
}

// An answer of 20 MB is kept and read, and does not weigh on lists.
func TestLargeAnswer(t *testing.T) {
	each(t, func(t *testing.T, b bed) {
		size := 20 << 20
		if testing.Short() {
			size = 2 << 20
		}
		text := strings.Repeat("Megabytes of an answer. ", size/24)
		_, client := desk(t, buoytest.Reply(text))
		q := b.open(t, client, once(buoyqueue.Options{}))
		running(t, q)
		ticket, err := q.Enqueue(t.Context(), ask("hello"))
		require.NoError(t, err)
		resp, err := q.Wait(within(t), ticket.ID)
		require.NoError(t, err)
		require.True(t, resp.Text() == text)
		require.NoError(t, q.Delete(t.Context(), ticket.ID))
	})
}

// Neither a refusal nor a panic of a middleware writes a secret to the database or to
// the log.
func TestSecretsStayOutside(t *testing.T) {
	each(t, func(t *testing.T, b bed) {
		const secret = "sk-secret-0123456789abcdef"
		srv := buoytest.NewServer(t)
		client, err := buoy.New(srv.Endpoint(), buoy.WithHTTPClient(srv.Client()), buoy.WithMiddleware(func(next buoy.Handler) buoy.Handler {
			return func(ctx context.Context, call *buoy.Call) (*buoy.Reply, error) {
				if call.Request.Model == "panic" {
					panic(secret)
				}
				return nil, fmt.Errorf("cannot ask with %s: %w", secret, &buoy.APIError{Kind: buoy.ErrAuth, Message: "no"})
			}
		}))
		require.NoError(t, err)
		defer client.Close()
		var log bytes.Buffer
		q := b.open(t, client, once(buoyqueue.Options{Logger: slog.New(slog.NewTextHandler(&locked{to: &log}, &slog.HandlerOptions{Level: slog.LevelDebug}))}))
		stop := running(t, q)
		for _, model := range []string{"panic", "error"} {
			item := ask("hello")
			item.Request.Model = model
			ticket, err := q.Enqueue(t.Context(), item)
			require.NoError(t, err)
			_, err = q.Wait(within(t), ticket.ID)
			require.IsType(t, (*buoyqueue.JobError)(nil), err)
			require.NotContains(t, err.Error(), secret)
		}
		stop()
		column := "errors::text || metadata::text"
		if _, ok := b.(*fileBed); ok {
			column = "json(errors) || json(metadata)"
		}
		require.Equal(t, 2, b.scan(t, "SELECT count(*) FROM "+b.jobs()+" WHERE "+column+" LIKE '%kind%'"))
		require.Zero(t, b.scan(t, "SELECT count(*) FROM "+b.jobs()+" WHERE "+column+" LIKE '%"+secret+"%'"))
		require.NotContains(t, log.String(), secret)
		require.NotContains(t, log.String(), "hello")
	})
}

type locked struct {
	mu sync.Mutex
	to *bytes.Buffer
}

func (l *locked) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.to.Write(p)
}

// Several processes over one database do each job once.
func TestTwoProcesses(t *testing.T) {
	each(t, func(t *testing.T, b bed) {
		srv := buoytest.NewServer(t)
		q := b.open(t, nil, buoyqueue.Options{})
		spawn(t, b, srv)
		spawn(t, b, srv)
		var tickets []buoyqueue.Ticket
		for batch := range 5 {
			var items []buoyqueue.Item
			for i := range 20 {
				items = append(items, ask(fmt.Sprint(batch, "/", i)))
			}
			more, err := q.EnqueueMany(t.Context(), items)
			require.NoError(t, err)
			tickets = append(tickets, more...)
		}
		for _, ticket := range tickets {
			require.NoError(t, ignore(q.Wait(within(t), ticket.ID)))
		}
		require.Len(t, srv.Requests(), len(tickets))
	})
}

// Processes that open a new database at the same time do not get in each other's way.
func TestOpenedAtOnce(t *testing.T) {
	each(t, func(t *testing.T, b bed) {
		var all sync.WaitGroup
		errs := make(chan error, 4)
		for range 4 {
			all.Go(func() { errs <- reopen(t, b) })
		}
		all.Wait()
		for range 4 {
			require.NoError(t, <-errs)
		}
	})
}

func reopen(t *testing.T, b bed) error {
	if file, ok := b.(*fileBed); ok {
		engine, err := sqlite.Open(file.path)
		if err != nil {
			return err
		}
		q, err := buoyqueue.Open(t.Context(), engine, nil, buoyqueue.Options{})
		if err != nil {
			return err
		}
		return q.Close()
	}
	server := b.(*serverBed)
	engine, err := postgres.New(server.pool, server.schema)
	if err != nil {
		return err
	}
	q, err := buoyqueue.Open(t.Context(), engine, nil, buoyqueue.Options{})
	if err != nil {
		return err
	}
	return q.Close()
}

// A disk that is full is an error of Enqueue, and the queue goes on when there is room
// again.
func TestDiskFull(t *testing.T) {
	_, client := desk(t)
	engine, err := sqlite.Open(filepath.Join(t.TempDir(), "queue.db"))
	require.NoError(t, err)
	q, err := buoyqueue.Open(t.Context(), engine, client, once(buoyqueue.Options{}))
	require.NoError(t, err)
	defer q.Close()
	before, err := q.Enqueue(t.Context(), ask("before"))
	require.NoError(t, err)
	var pages int
	require.NoError(t, engine.DB().QueryRow("PRAGMA page_count").Scan(&pages))
	_, err = engine.DB().Exec(fmt.Sprintf("PRAGMA max_page_count = %d", pages+2))
	require.NoError(t, err)
	large := ask(strings.Repeat("x", 1<<20))
	_, err = q.Enqueue(t.Context(), large)
	require.ErrorContains(t, err, "full")
	_, err = engine.DB().Exec("PRAGMA max_page_count = 1000000")
	require.NoError(t, err)
	running(t, q)
	require.NoError(t, ignore(q.Wait(within(t), before.ID)))
	after, err := q.Enqueue(t.Context(), large)
	require.NoError(t, err)
	require.NoError(t, ignore(q.Wait(within(t), after.ID)))
}

// A database that is away while an answer comes gets it when it is back.
func TestDatabaseThatIsAway(t *testing.T) {
	if testing.Short() {
		t.Skip("it starts a server of its own, and River waits for some seconds")
	}
	s := service.Postgres(t)
	engine, err := postgres.Open(t.Context(), service.PostgresURL(s))
	require.NoError(t, err)
	answer, srv := make(chan struct{}), buoytest.NewServer(t)
	asked := make(chan struct{}, 10)
	client, err := buoy.New(srv.Endpoint(), buoy.WithHTTPClient(srv.Client()), buoy.WithMiddleware(func(next buoy.Handler) buoy.Handler {
		return func(ctx context.Context, call *buoy.Call) (*buoy.Reply, error) {
			asked <- struct{}{}
			<-answer
			return next(ctx, call)
		}
	}))
	require.NoError(t, err)
	defer client.Close()
	q, err := buoyqueue.Open(t.Context(), engine, client, once(buoyqueue.Options{}))
	require.NoError(t, err)
	defer q.Close()
	ticket, err := q.Enqueue(t.Context(), ask("hello"))
	require.NoError(t, err)
	running(t, q)
	<-asked
	require.NoError(t, s.Kill())
	close(answer)
	require.True(t, srv.Await(1))
	require.NoError(t, s.Restart())
	eventually(t, func() bool {
		resp, err := q.Result(t.Context(), ticket.ID)
		return err == nil && resp.Text() != ""
	}, "the answer is there")
	require.Len(t, srv.Requests(), 1)
}

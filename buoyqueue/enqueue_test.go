package buoyqueue_test

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoyqueue"
	"github.com/buoy-go/buoy/buoyqueue/postgres"
	"github.com/buoy-go/buoy/buoyqueue/sqlite"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// Equal requests are one job: by tenant and key, and however they are spelled.
func TestDuplicates(t *testing.T) {
	each(t, func(t *testing.T, b bed) {
		q := b.open(t, nil, buoyqueue.Options{})
		with := func(f func(*buoyqueue.Item)) buoyqueue.Item {
			item := ask("hello")
			f(&item)
			return item
		}
		items := []buoyqueue.Item{
			ask("hello"), ask("hello"),
			with(func(i *buoyqueue.Item) { i.Tenant = "a" }),
			with(func(i *buoyqueue.Item) { i.Key = "a" }),
			with(func(i *buoyqueue.Item) { i.Request.Temperature = new(0.0) }),
			with(func(i *buoyqueue.Item) { i.Request.Extra = map[string]any{"x": 1} }),
			with(func(i *buoyqueue.Item) { i.Priority = buoyqueue.Low }), // says nothing of the answer
			with(func(i *buoyqueue.Item) { i.Request.Extra = map[string]any{"x": 1} }),
		}
		tickets, err := q.EnqueueMany(t.Context(), items)
		require.NoError(t, err)
		require.Len(t, tickets, len(items))
		var fresh []int
		ids := map[int64]bool{}
		for i, ticket := range tickets {
			ids[ticket.ID] = true
			if !ticket.Duplicate {
				fresh = append(fresh, i)
			}
		}
		require.Equal(t, []int{0, 2, 3, 4, 5}, fresh)
		require.Len(t, ids, 5)
		require.Equal(t, tickets[0].ID, tickets[1].ID)
		require.Equal(t, tickets[0].ID, tickets[6].ID)
		require.Equal(t, tickets[5].ID, tickets[7].ID)
		again, err := q.EnqueueMany(t.Context(), items)
		require.NoError(t, err)
		for i := range again {
			require.True(t, again[i].Duplicate)
			require.Equal(t, tickets[i].ID, again[i].ID)
		}
		require.ErrorContains(t, q.Run(t.Context()), "no client")
	})
}

// What cannot work is refused, and with it the whole batch.
func TestRefusedItems(t *testing.T) {
	each(t, func(t *testing.T, b bed) {
		q := b.open(t, nil, buoyqueue.Options{MaxRequest: 1000})
		for _, item := range []buoyqueue.Item{
			{},
			ask(strings.Repeat("x", 1000)),
			{Request: ask("x").Request, Tenant: "a\x00b"},
			{Request: ask("x").Request, Tenant: strings.Repeat("a", 257)},
			{Request: ask("x").Request, Key: "\xff"},
			{Request: ask("x").Request, Priority: 3},
			{Request: ask("x").Request, NotBefore: time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC)},
		} {
			_, err := q.EnqueueMany(t.Context(), []buoyqueue.Item{ask("fine"), item})
			require.ErrorIs(t, err, buoy.ErrInvalidRequest)
			require.ErrorContains(t, err, "item 1")
		}
		require.Empty(t, list(t, q, buoyqueue.Filter{}))
		tickets, err := q.EnqueueMany(t.Context(), nil)
		require.NoError(t, err)
		require.Empty(t, tickets)
	})
}

// A request comes out as it went in, whatever it says.
func TestRequestsAreKeptExactly(t *testing.T) {
	each(t, func(t *testing.T, b bed) {
		srv, client := desk(t)
		item := ask("NUL \x00, quotes \" ' \\, lines \n\r, \u2028, \U0001F600, $1 ?1")
		item.Request.Extra = map[string]any{"number": 12345678901234567.25, "big": 1e300, "zero": 0}
		item.Tenant = "Mötley 'Crüe'; DROP TABLE river_job"
		_, err := client.Chat(t.Context(), item.Request)
		require.NoError(t, err)
		q := b.open(t, client, once(buoyqueue.Options{}))
		running(t, q)
		ticket, err := q.Enqueue(t.Context(), item)
		require.NoError(t, err)
		require.NoError(t, ignore(q.Wait(within(t), ticket.ID)))
		sent := srv.Requests()
		require.Len(t, sent, 2)
		require.JSONEq(t, string(sent[0].Body), string(sent[1].Body))
		jobs := list(t, q, buoyqueue.Filter{Tenant: item.Tenant})
		require.Len(t, jobs, 1)
		require.Equal(t, item.Tenant, jobs[0].Tenant)
	})
}

func TestNotBefore(t *testing.T) {
	each(t, func(t *testing.T, b bed) {
		q := b.open(t, nil, buoyqueue.Options{})
		item := ask("later")
		item.NotBefore = time.Now().Add(time.Hour)
		ticket, err := q.Enqueue(t.Context(), item)
		require.NoError(t, err)
		job, err := q.Job(t.Context(), ticket.ID)
		require.NoError(t, err)
		require.Equal(t, buoyqueue.StateWaiting, job.State)
		require.WithinDuration(t, item.NotBefore, job.Due, time.Second)
		require.WithinDuration(t, time.Now(), job.Enqueued, time.Minute)
	})
}

// A thousand jobs and more are listed over several pages.
func TestPages(t *testing.T) {
	each(t, func(t *testing.T, b bed) {
		q := b.open(t, nil, buoyqueue.Options{})
		var items []buoyqueue.Item
		for i := range 1100 {
			items = append(items, ask(fmt.Sprint(i)))
		}
		tickets, err := q.EnqueueMany(t.Context(), items)
		require.NoError(t, err)
		jobs := list(t, q, buoyqueue.Filter{})
		require.Len(t, jobs, len(items))
		require.Equal(t, tickets[1099].ID, jobs[1099].ID)
		require.Len(t, list(t, q, buoyqueue.Filter{After: tickets[999].ID}), 100)
		for range q.Jobs(t.Context(), buoyqueue.Filter{}) {
			break
		}
		counts, err := q.Counts(t.Context())
		require.NoError(t, err)
		require.Equal(t, buoyqueue.Counts{Waiting: 1100}, counts)
	})
}

// Requests are in the queue if the caller's transaction commits.
func TestEnqueueInTheCallersTransaction(t *testing.T) {
	t.Run("postgres", func(t *testing.T) {
		b := newServerBed(t)
		engine, err := postgres.New(b.pool, b.schema)
		require.NoError(t, err)
		q, err := buoyqueue.Open(t.Context(), engine, nil, buoyqueue.Options{})
		require.NoError(t, err)
		defer q.Close()
		b.exec(t, "CREATE TABLE "+b.schema+".document (job bigint)")
		for i, commit := range []bool{false, true} {
			err = pgx.BeginFunc(t.Context(), b.pool, func(tx pgx.Tx) error {
				tickets, err := q.EnqueueTx(t.Context(), tx, ask("one"), ask("two"))
				require.NoError(t, err)
				require.Len(t, tickets, 2)
				_, err = tx.Exec(t.Context(), "INSERT INTO "+b.schema+".document VALUES ($1)", tickets[0].ID)
				require.NoError(t, err)
				if !commit {
					return pgx.ErrTxClosed
				}
				return nil
			})
			require.Equal(t, commit, err == nil)
			require.Len(t, list(t, q, buoyqueue.Filter{}), 2*i)
			require.Equal(t, i, b.scan(t, "SELECT count(*) FROM "+b.schema+".document"))
		}
	})
	t.Run("sqlite", func(t *testing.T) {
		engine, err := sqlite.Open(filepath.Join(t.TempDir(), "queue.db"))
		require.NoError(t, err)
		q, err := buoyqueue.Open(t.Context(), engine, nil, buoyqueue.Options{})
		require.NoError(t, err)
		defer q.Close()
		for i, end := range []func(*sql.Tx) error{(*sql.Tx).Rollback, (*sql.Tx).Commit} {
			tx, err := engine.DB().BeginTx(t.Context(), nil)
			require.NoError(t, err)
			_, err = q.EnqueueTx(t.Context(), tx, ask("one"), ask("two"))
			require.NoError(t, err)
			require.NoError(t, end(tx))
			require.Len(t, list(t, q, buoyqueue.Filter{}), 2*i)
		}
	})
}

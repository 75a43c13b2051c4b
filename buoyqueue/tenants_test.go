package buoyqueue_test

import (
	"bytes"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/buoy-go/buoy/buoyqueue"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/stretchr/testify/require"
)

// A tenant with many jobs leaves room for another with one, and never has more calls at a
// time than it may.
func TestTenants(t *testing.T) {
	each(t, func(t *testing.T, b bed) {
		const limit = 2
		n := 10_000
		if testing.Short() {
			n = 300
		}
		var mu sync.Mutex
		now, most, total := 0, 0, 0
		goOn := make(chan struct{})
		_, client := deskOf(t, func(next http.RoundTripper, r *http.Request) (*http.Response, error) {
			if r.Header.Get("X-Tenant") == "" {
				mu.Lock()
				now++
				total++
				most = max(most, now)
				mu.Unlock()
				defer func() { mu.Lock(); now--; mu.Unlock() }()
				select {
				case <-goOn:
				case <-r.Context().Done():
					return nil, r.Context().Err()
				}
			}
			return next.RoundTrip(r)
		}, buoytest.Reply("fine"))
		q := b.open(t, client, once(buoyqueue.Options{Concurrency: 4, TenantConcurrency: limit, Grace: -1}))
		var items []buoyqueue.Item
		for i := range n {
			item := ask(fmt.Sprint("question ", i))
			item.Tenant = "large"
			items = append(items, item)
		}
		large, err := q.EnqueueMany(t.Context(), items)
		require.NoError(t, err)
		item := ask("the only question")
		item.Tenant = "small"
		small, err := q.Enqueue(t.Context(), item)
		require.NoError(t, err)
		running(t, q)
		// All calls of the large tenant hang, and that of the small one, too, but it gets
		// there: three calls are running at the same time.
		eventually(t, func() bool { mu.Lock(); defer mu.Unlock(); return now == limit+1 }, "the small tenant's job runs beside those of the large one")
		job, err := q.Job(t.Context(), small.ID)
		require.NoError(t, err)
		require.Equal(t, buoyqueue.StateRunning, job.State)
		close(goOn)
		for _, ticket := range large[:20] {
			require.NoError(t, ignore(q.Wait(within(t), ticket.ID)))
		}
		mu.Lock()
		defer mu.Unlock()
		require.LessOrEqual(t, most, limit+1)
		require.GreaterOrEqual(t, total, 20)
	})
}

// questions enqueues jobs of one tenant, in their order.
func questions(t *testing.T, q queue, n int) []buoyqueue.Ticket {
	t.Helper()
	var items []buoyqueue.Item
	for i := range n {
		items = append(items, ofTenant(fmt.Sprint("question ", i)))
	}
	tickets, err := q.EnqueueMany(t.Context(), items)
	require.NoError(t, err)
	return tickets
}

// The jobs of a tenant at its limit go in their order, also those that a worker had fetched
// before they were put aside.
func TestATenantsJobsGoInTheirOrder(t *testing.T) {
	each(t, func(t *testing.T, b bed) {
		srv, client := desk(t, buoytest.Always(buoytest.Reply("fine")))
		q := b.open(t, client, once(buoyqueue.Options{Concurrency: 8, TenantConcurrency: 1}))
		tickets := questions(t, q, 40)
		running(t, q)
		for _, ticket := range tickets {
			require.NoError(t, ignore(q.Wait(within(t), ticket.ID)))
		}
		early := 0
		for _, r := range srv.Requests()[:20] {
			for i := range 8 {
				if bytes.Contains(r.Body, fmt.Appendf(nil, `question %d"`, i)) {
					early++
				}
			}
		}
		require.Equal(t, 8, early, "of the first eight")
	})
}

// A job that a worker has fetched before is due later than those that have only waited. It
// keeps its place among them all the same.
func TestAJobThatWasFetchedBeforeKeepsItsPlace(t *testing.T) {
	each(t, func(t *testing.T, b bed) {
		srv, client := desk(t, buoytest.Always(buoytest.Reply("fine")))
		q := b.open(t, client, once(buoyqueue.Options{Concurrency: 4, TenantConcurrency: 1}))
		tickets := questions(t, q, 1000)
		first := tickets[0].ID
		b.exec(t, fmt.Sprintf("UPDATE %s SET scheduled_at = '2026-01-01 00:00:00' WHERE id <> %d", b.jobs(), first))
		b.exec(t, fmt.Sprintf("UPDATE %s SET scheduled_at = '2026-01-01 00:00:01', attempted_at = '2026-01-01 00:00:00' WHERE id = %d", b.jobs(), first))
		running(t, q)
		require.NoError(t, ignore(q.Wait(within(t), first)))
		require.Less(t, len(srv.Requests()), 500, "calls before the first question is answered")
	})
}

// Jobs that wait aside come back where nobody has a limit any more.
func TestJobsAsideOutliveTheirProcess(t *testing.T) {
	each(t, func(t *testing.T, b bed) {
		srv, client := desk(t)
		srv.Script(buoytest.Hang(1<<40), buoytest.Hang(1<<40))
		q := b.open(t, client, once(buoyqueue.Options{Concurrency: 4, TenantConcurrency: 1, Grace: -1}))
		var items []buoyqueue.Item
		for i := range 20 {
			item := ask(fmt.Sprint("question ", i))
			item.Tenant = "one"
			items = append(items, item)
		}
		tickets, err := q.EnqueueMany(t.Context(), items)
		require.NoError(t, err)
		stop := running(t, q)
		require.True(t, srv.Await(1))
		eventually(t, func() bool { return aside(t, b, q) == 19 }, "the others are aside")
		stop()
		srv.Script()
		q = b.open(t, client, once(buoyqueue.Options{}))
		running(t, q)
		for _, ticket := range tickets {
			require.NoError(t, ignore(q.Wait(within(t), ticket.ID)))
		}
		for _, j := range list(t, q, buoyqueue.Filter{Tenant: "one"}) {
			require.Equal(t, 1, j.Attempts, "to wait aside is no attempt")
			require.Zero(t, j.Waits)
		}
	})
}

// Two processes share a tenant's places: together they never have more calls of it than one
// may, none is left over, and other tenants go past.
func TestProcessesShareATenantsPlaces(t *testing.T) {
	each(t, func(t *testing.T, b bed) {
		const limit = 2
		n := 40
		if testing.Short() {
			n = 16
		}
		var mu sync.Mutex
		now, most := 0, 0
		_, client := deskOf(t, func(next http.RoundTripper, r *http.Request) (*http.Response, error) {
			mu.Lock()
			now++
			most = max(most, now)
			mu.Unlock()
			defer func() { mu.Lock(); now--; mu.Unlock() }()
			timer := time.NewTimer(150 * time.Millisecond) // the length of a call
			defer timer.Stop()
			<-timer.C
			return next.RoundTrip(r)
		}, buoytest.Always(buoytest.Reply("fine")))
		o := once(buoyqueue.Options{Concurrency: 8, TenantConcurrency: limit})
		first, second := b.open(t, client, o), b.open(t, client, o)
		var items []buoyqueue.Item
		for i := range n {
			item := ask(fmt.Sprint("question ", i))
			item.Tenant = "one"
			items = append(items, item)
		}
		tickets, err := first.EnqueueMany(t.Context(), items)
		require.NoError(t, err)
		running(t, first)
		running(t, second)
		for _, ticket := range tickets {
			require.NoError(t, ignore(first.Wait(within(t), ticket.ID)))
		}
		mu.Lock()
		defer mu.Unlock()
		require.LessOrEqual(t, most, limit)
		for _, j := range list(t, first, buoyqueue.Filter{Tenant: "one"}) {
			require.Equal(t, 1, j.Attempts)
		}
	})
}

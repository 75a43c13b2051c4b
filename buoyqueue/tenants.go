package buoyqueue

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/buoy-go/buoy/buoyqueue/internal/record"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
)

// tenants counts the running jobs of each tenant. The zero value has no limit.
type tenants struct {
	limit int // set once

	mu      sync.Mutex // guards the fields below
	running map[string]int
	freed   chan struct{} // holds a token when a job of a tenant has ended
}

// enter takes a place for a job of a tenant, if there is one.
func (t *tenants) enter(tenant string) (leave func(), ok bool) {
	if t.limit == 0 || tenant == "" {
		return func() {}, true
	}
	name := tenantHash(tenant)
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.running[name] >= t.limit {
		return nil, false
	}
	if t.running == nil {
		t.running = map[string]int{}
	}
	t.running[name]++
	return func() { t.leave(name) }, true
}

func (t *tenants) leave(name string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.running[name]--; t.running[name] <= 0 {
		delete(t.running, name)
	}
	select {
	case t.signalLocked() <- struct{}{}:
	default:
	}
}

// signalLocked is the channel of freed places.
func (t *tenants) signalLocked() chan struct{} {
	if t.freed == nil {
		t.freed = make(chan struct{}, 1)
	}
	return t.freed
}

func (t *tenants) signal() <-chan struct{} {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.signalLocked()
}

// free is how many more jobs of a tenant may run, by its hash.
func (t *tenants) free(name string) int {
	if t.limit == 0 {
		return 1 << 20 // somebody else has a limit, or there was one
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return max(t.limit-t.running[name], 0)
}

// stepAside puts a job of a tenant that is at its limit aside, and all others of that
// tenant that are next. To snooze them one by one would keep all workers busy with
// that, while the jobs of other tenants wait behind.
func (q *Queue[TTx]) stepAside(ctx context.Context, job *river.Job[record.Args]) error {
	name := tenantHash(job.Args.Tenant)
	err := q.exec.Exec(ctx, q.tables.sql("UPDATE {jobs} SET queue = $1 WHERE id = $2"), asideQueue+name, job.ID)
	if err == nil {
		err = q.exec.Exec(ctx, q.tables.sql(`UPDATE {jobs} SET queue = $1 WHERE id IN (
			SELECT id FROM {jobs} WHERE state = 'available' AND queue = '`+mainQueue+`' AND {tenant} = $2 {skip})`), asideQueue+name, name)
	}
	if err != nil {
		q.log.WarnContext(ctx, "buoyqueue: jobs could not be put aside", slog.Any("error", err))
		return river.JobSnooze(time.Second)
	}
	return river.JobSnooze(0)
}

// bringBack brings jobs back from aside where their tenants have places: when a job has
// ended here, and every second, since another process may have put them there and died.
func (q *Queue[TTx]) bringBack(ctx context.Context) {
	freed := q.tenants.signal()
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-freed:
		case <-tick.C:
		}
		if err := q.bringAllBack(ctx); err != nil && ctx.Err() == nil {
			q.log.WarnContext(ctx, "buoyqueue: jobs could not be brought back from aside", slog.Any("error", err))
		}
	}
}

func (q *Queue[TTx]) bringAllBack(ctx context.Context) error {
	brought := false
	for at := asideQueue; ; {
		var next *string
		// It goes from one name to the next by the index of River's that begins with state
		// and queue, however many jobs there are.
		err := q.exec.QueryRow(ctx, q.tables.sql(`SELECT min(queue) FROM {jobs} WHERE state = 'available' AND queue > $1 AND queue < '`+asideQueue+`g'`), at).Scan(&next)
		if err != nil {
			return err
		}
		if next == nil {
			break
		}
		at = *next
		n := q.tenants.free(at[len(asideQueue):])
		if n == 0 {
			continue
		}
		// By id, since who was the first to step aside has been given a later time.
		err = q.exec.Exec(ctx, q.tables.sql(`UPDATE {jobs} SET queue = '`+mainQueue+`' WHERE id IN (
			SELECT id FROM {jobs} WHERE state = 'available' AND queue = $1 ORDER BY priority, id LIMIT $2 {skip})`), at, n)
		if err != nil {
			return err
		}
		brought = true
	}
	if brought {
		return q.exec.NotifyMany(ctx, &riverdriver.NotifyManyParams{
			Payload: []string{`{"queue":"` + mainQueue + `"}`}, Schema: q.engine.Schema(), Topic: "river_insert",
		})
	}
	return nil
}

package buoyqueue

import (
	"context"
	"log/slog"
	"strconv"
	"sync"
	"time"

	"github.com/buoy-go/buoy/buoyqueue/internal/record"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
)

// tenants counts the jobs of each tenant that run in this process. The zero value has no
// limit.
type tenants struct {
	limit    int           // set once
	claiming chan struct{} // holds a token while a job claims its place, see claim

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

// count is how many jobs of a tenant run here, by its hash.
func (t *tenants) count(name string) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.running[name]
}

// claimWithin bounds a claim. It takes milliseconds, unless another process has stopped in
// the midst of one of the same tenant: PostgreSQL then ends its session after as long.
const claimWithin = 5 * time.Second

// claim takes a place for a job among those that run in all processes. Its own process has
// counted it already. Claims of one tenant are made one after the other, and each sees those
// before it.
func (q *Queue[TTx]) claim(ctx context.Context, job *river.Job[record.Args]) (ok bool, err error) {
	if q.tenants.limit == 0 || job.Args.Tenant == "" {
		return true, nil
	}
	ctx, cancel := context.WithTimeout(ctx, claimWithin)
	defer cancel()
	name := tenantHash(job.Args.Tenant)
	if q.tables.sqlite {
		// A statement that writes is alone anyway. But what runs here is counted before it
		// begins: without a turn, the claim of a job that came later could overtake it, and
		// that of another process come between the two.
		select {
		case q.tenants.claiming <- struct{}{}:
			defer func() { <-q.tenants.claiming }()
		case <-ctx.Done():
			return false, ctx.Err()
		}
		return q.claimIn(ctx, q.exec, job.ID, name)
	}
	tx, err := q.exec.Begin(ctx)
	if err != nil {
		return false, err
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }()
	err = tx.Exec(ctx, "SELECT set_config('idle_in_transaction_session_timeout', $1, true), pg_advisory_xact_lock(hashtextextended($2, 0))",
		strconv.FormatInt(claimWithin.Milliseconds(), 10), "buoyqueue "+q.engine.Schema()+" "+name)
	if err != nil {
		return false, err
	}
	if ok, err = q.claimIn(ctx, tx, job.ID, name); err != nil || !ok {
		return false, err
	}
	err = tx.Commit(ctx)
	return err == nil, err
}

func (q *Queue[TTx]) claimIn(ctx context.Context, exec riverdriver.Executor, job int64, tenant string) (ok bool, err error) {
	var id int64
	err = exec.QueryRow(ctx, q.tables.sql("UPDATE {jobs} SET metadata = {claim} WHERE id = $1 AND ("+othersRun+") <= "+
		strconv.Itoa(q.tenants.limit-q.tenants.count(tenant))+" RETURNING id"), job, tenant, q.id).Scan(&id)
	if noRows(err) {
		return false, nil
	}
	return err == nil, err
}

// othersRun counts the jobs of a tenant that run in other processes.
const othersRun = "SELECT count(*) FROM {jobs} WHERE state = 'running' AND {tenant} = $2 AND {worker} <> cast($3 AS text) AND {claimed}"

// places is how many more jobs of a tenant may run here, by its hash.
func (q *Queue[TTx]) places(ctx context.Context, name string) (int, error) {
	if q.tenants.limit == 0 {
		return 1 << 20, nil // somebody else has a limit, or there was one
	}
	free := q.tenants.limit - q.tenants.count(name)
	if free <= 0 {
		return 0, nil // whoever else there is
	}
	var others int
	if err := q.exec.QueryRow(ctx, q.tables.sql("SELECT ("+othersRun+") WHERE $1 = 0"), 0, name, q.id).Scan(&others); err != nil {
		return 0, err
	}
	return max(free-others, 0), nil
}

// stepAside puts a job of a tenant that is at its limit aside, and all others of that
// tenant that are next. To snooze them one by one would keep all workers busy with
// that, while the jobs of other tenants wait behind.
func (q *Queue[TTx]) stepAside(ctx context.Context, job *river.Job[record.Args]) error {
	name := tenantHash(job.Args.Tenant)
	err := q.exec.Exec(ctx, q.tables.sql("UPDATE {jobs} SET queue = $1 WHERE id = $2"), asideQueue+name+asideFirst, job.ID)
	if err == nil {
		// Those that a worker has fetched before are due later than all that have waited
		// since, and would come last among them.
		err = q.exec.Exec(ctx, q.tables.sql(`UPDATE {jobs} SET queue = $1 || CASE WHEN attempted_at IS NULL THEN '' ELSE '`+asideFirst+`' END WHERE id IN (
			SELECT id FROM {jobs} WHERE state = 'available' AND queue = '`+mainQueue+`' AND {tenant} = $2 {skip})`), asideQueue+name, name)
	}
	if err != nil {
		q.log.WarnContext(ctx, "buoyqueue: jobs could not be put aside", slog.Any("error", err))
		return river.JobSnooze(time.Second)
	}
	return river.JobSnooze(0)
}

// lookedAt is how many more jobs are looked at than come back. Those aside are hardly more
// out of order than that.
const lookedAt = 200

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
		name := at[len(asideQueue):][:min(tenantLength, len(at)-len(asideQueue))]
		at = asideQueue + name + asideEnd
		n, err := q.places(ctx, name)
		if err != nil {
			return err
		}
		if n == 0 {
			continue
		}
		// Of each queue only the first ones are looked at, by that index, and of these go
		// those that were enqueued first.
		first := `SELECT * FROM (SELECT id, priority FROM {jobs} WHERE state = 'available' AND queue = $1`
		order := ` ORDER BY priority, scheduled_at, id LIMIT $3) `
		err = q.exec.Exec(ctx, q.tables.sql(`UPDATE {jobs} SET queue = '`+mainQueue+`' WHERE id IN (
			SELECT id FROM {jobs} WHERE state = 'available' AND id IN (
				SELECT id FROM (`+first+order+`a UNION ALL `+first+` || '`+asideFirst+`'`+order+`b) c ORDER BY priority, id LIMIT $2) {skip})`), asideQueue+name, n, n+lookedAt)
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

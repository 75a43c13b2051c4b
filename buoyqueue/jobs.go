package buoyqueue

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/buoy-go/buoy/buoyqueue/internal/record"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/rivertype"
)

// Filter is which jobs to list. The zero value is all.
type Filter struct {
	States []State // none means all
	Tenant string  // "" means all
	After  int64   // only jobs with a larger ID
}

// page is how many jobs are read at once.
const page = 200

// Jobs yields jobs in the order in which they were enqueued. It reads them in pages and
// holds no transaction meanwhile, so the loop may take its time and change jobs. What is
// enqueued meanwhile may come, too. An error ends the loop, as a state that there is not does.
func (q *Queue[TTx]) Jobs(ctx context.Context, f Filter) iter.Seq2[Job, error] {
	return func(yield func(Job, error) bool) {
		for _, s := range f.States {
			if _, ok := riverStates[s]; !ok {
				yield(Job{}, fmt.Errorf("buoyqueue: Filter.States: %q is no state: waiting, running, done, dead or canceled", clean(string(s), 100)))
				return
			}
		}
		for after := f.After; ; {
			rows, err := q.page(ctx, f, after)
			if err != nil {
				yield(Job{}, err)
				return
			}
			for i := range rows {
				after = rows[i].ID
				if j := rows[i].job(); len(f.States) == 0 || slices.Contains(f.States, j.State) {
					if !yield(j, nil) {
						return
					}
				}
			}
			if len(rows) < page {
				return
			}
		}
	}
}

func (q *Queue[TTx]) page(ctx context.Context, f Filter, after int64) ([]row, error) {
	where, params := "FROM {jobs} WHERE kind = '"+record.Kind+"' AND id > $1", []any{after}
	if len(f.States) > 0 {
		var in []string
		for _, s := range f.States {
			in = append(in, riverStates[s]...)
		}
		where += " AND state IN ('" + strings.Join(in, "', '") + "')"
	}
	if f.Tenant != "" {
		where += " AND {tenant} = $2"
		params = append(params, tenantHash(f.Tenant))
	}
	return q.rows(ctx, fmt.Sprintf("%s ORDER BY id LIMIT %d", where, page), params...)
}

// riverStates are River's states by those of a job. River says of a dead letter of a
// final kind that it is cancelled.
var riverStates = map[State][]string{
	StateWaiting:  {"available", "pending", "retryable", "scheduled"},
	StateRunning:  {"running"},
	StateDone:     {"completed"},
	StateDead:     {"discarded", "cancelled"},
	StateCanceled: {"cancelled"},
}

func (q *Queue[TTx]) rows(ctx context.Context, rest string, params ...any) ([]row, error) {
	if err := q.usable(ctx); err != nil {
		return nil, err
	}
	var list string
	if err := q.exec.QueryRow(ctx, q.tables.list(jobColumns, rest), params...).Scan(&list); err != nil {
		return nil, q.failed(err)
	}
	return rowsOf[row](list)
}

// Job returns one job, or [ErrNotFound].
func (q *Queue[TTx]) Job(ctx context.Context, id int64) (Job, error) {
	rows, err := q.rows(ctx, "FROM {jobs} WHERE kind = '"+record.Kind+"' AND id = $1", id)
	if err != nil {
		return Job{}, err
	}
	if len(rows) == 0 {
		return Job{}, ErrNotFound
	}
	return rows[0].job(), nil
}

// Counts are the numbers of jobs by where they stand.
type Counts struct {
	Waiting, Running, Done int
	Ended                  int // dead or canceled
}

// Counts counts the jobs. It takes some milliseconds for each ten thousand.
func (q *Queue[TTx]) Counts(ctx context.Context) (Counts, error) {
	if err := q.usable(ctx); err != nil {
		return Counts{}, err
	}
	by, err := q.exec.JobCountByAllStates(ctx, &riverdriver.JobCountByAllStatesParams{Schema: q.engine.Schema()})
	if err != nil {
		return Counts{}, q.failed(err)
	}
	var c Counts
	for state, n := range by {
		switch state {
		case rivertype.JobStateRunning:
			c.Running += n
		case rivertype.JobStateCompleted:
			c.Done += n
		case rivertype.JobStateDiscarded, rivertype.JobStateCancelled:
			c.Ended += n
		default:
			c.Waiting += n
		}
	}
	return c, nil
}

// ErrNotEnded is the error of Requeue for a job that has not ended, or is done.
// ErrSuperseded is that for a job whose request was enqueued again since: there is one
// job for a request. Cancel or delete that one first.
var (
	ErrNotEnded   = errors.New("buoyqueue: the job is neither dead nor canceled")
	ErrSuperseded = errors.New("buoyqueue: the same request has been enqueued again as another job")
)

// Requeue tries a dead or canceled job again, with all its attempts and patience.
func (q *Queue[TTx]) Requeue(ctx context.Context, id int64) error {
	if _, err := q.Job(ctx, id); err != nil {
		return err
	}
	tx, err := q.exec.Begin(ctx)
	if err != nil {
		return q.failed(err)
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }()
	var found int64
	// The row is locked from here on.
	err = tx.QueryRow(ctx, q.tables.sql("UPDATE {jobs} SET attempt = 0, queue = '"+mainQueue+"', metadata = {forget} WHERE id = $1 AND kind = '"+record.Kind+"' AND state IN ('cancelled', 'discarded') RETURNING id"), id).Scan(&found)
	if noRows(err) {
		return ErrNotEnded
	}
	if err == nil {
		_, err = q.river.JobRetryTx(ctx, q.driver.UnwrapTx(tx), id)
	}
	if err == nil {
		err = tx.Commit(ctx)
	}
	if err != nil && strings.Contains(strings.ToLower(err.Error()), "unique constraint") {
		return ErrSuperseded
	}
	if err != nil {
		return q.failed(err)
	}
	return nil
}

// Cancel takes a job back. One that runs, here or in another process, is cancelled soon
// after; what its call has cost is lost. A job that has ended stays as it is.
func (q *Queue[TTx]) Cancel(ctx context.Context, id int64) error {
	if _, err := q.Job(ctx, id); err != nil {
		return err
	}
	if _, err := q.river.JobCancel(ctx, id); err != nil {
		return q.failed(err)
	}
	return nil
}

// Delete deletes a job and its answer. A job that runs is an error: cancel it first.
func (q *Queue[TTx]) Delete(ctx context.Context, id int64) error {
	if _, err := q.Job(ctx, id); err != nil {
		return err
	}
	if _, err := q.river.JobDelete(ctx, id); err != nil {
		return q.failed(err)
	}
	if err := q.exec.Exec(ctx, q.tables.sql("DELETE FROM {answers} WHERE job = $1"), id); err != nil {
		return q.failed(err)
	}
	return nil
}

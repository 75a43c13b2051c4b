package buoyqueue

import (
	"context"
	"log/slog"
	"time"

	"github.com/buoy-go/buoy/internal/pause"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/rivertype"
)

// sweepEvery is how often answers are deleted whose jobs River's cleaner has deleted, and
// how often the clocks are compared.
const sweepEvery = time.Minute

// sweep deletes the answers of jobs that are gone.
func (q *Queue[TTx]) sweep(ctx context.Context) {
	for {
		if err := q.sweepOnce(ctx); err != nil && ctx.Err() == nil {
			q.log.WarnContext(ctx, "buoyqueue: old answers could not be deleted", slog.Any("error", err))
		}
		_ = q.compare(ctx) // else as before
		if !pause.Sleep(ctx, sweepEvery) {
			return
		}
	}
}

func (q *Queue[TTx]) sweepOnce(ctx context.Context) error {
	return q.exec.Exec(ctx, q.tables.sql(`DELETE FROM {answers} WHERE job IN (
		SELECT a.job FROM {answers} a LEFT JOIN {jobs} j ON j.id = a.job WHERE j.id IS NULL LIMIT 10000)`))
}

// watch returns when ctx ends, when a call has shown that this process can do no job, or
// when the database is lost.
func (q *Queue[TTx]) watch(ctx context.Context) (unfit, lost error) {
	tick := time.NewTicker(checkEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil, nil
		case err := <-q.unfit:
			return err, nil
		case <-tick.C:
			if err := q.lost(); err != nil {
				return nil, err
			}
		}
	}
}

// count counts the waiting jobs for the observer's events, if there is one.
func (q *Queue[TTx]) count(ctx context.Context) {
	if !q.listeners.Queues() {
		return
	}
	for {
		if n, err := q.waiting(ctx); err == nil {
			q.depth.Store(int64(n))
		}
		if !pause.Sleep(ctx, time.Second) {
			return
		}
	}
}

func (q *Queue[TTx]) waiting(ctx context.Context) (total int, err error) {
	for _, s := range []rivertype.JobState{rivertype.JobStateAvailable, rivertype.JobStateRetryable, rivertype.JobStateScheduled} {
		n, err := q.exec.JobCountByState(ctx, &riverdriver.JobCountByStateParams{State: s, Schema: q.engine.Schema()})
		if err != nil {
			return 0, err
		}
		total += n
	}
	return total, nil
}

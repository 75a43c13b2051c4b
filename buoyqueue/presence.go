package buoyqueue

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/buoy-go/buoy/buoyqueue/internal/record"
	"github.com/buoy-go/buoy/internal/pause"
)

// A process checks its own lock every second, and every two whether other workers are
// dead: who has lost a lock because the database was away, or because its file was
// removed, has it again before others have looked twice.
const (
	checkEvery = time.Second
	lookEvery  = 2 * time.Second
	// checkWithin bounds a check: connections to a server that was lost without a word hang.
	checkWithin = 10 * time.Second
)

// present takes the lock that shows that this process lives; nil where there are no
// locks. Without it, others would take this process for dead.
func (q *Queue[TTx]) present(ctx context.Context) (Lock, error) {
	name := "worker-" + q.id
	lock, err := q.engine.Lock(ctx, name)
	if err == nil {
		// A pooler between the process and the database may give the same session to
		// everybody, and then everybody has every lock.
		second, again := q.engine.Lock(ctx, name)
		if again != nil {
			return lock, nil
		}
		second.Unlock()
		lock.Unlock()
		err = errors.ErrUnsupported
	}
	if errors.Is(err, errors.ErrUnsupported) {
		q.log.InfoContext(ctx, "buoyqueue: there are no locks here, so the jobs of dead workers go on later", slog.Duration("after", q.options.rescueAfter()))
		return nil, nil
	}
	return nil, fmt.Errorf("buoyqueue: the lock of this process cannot be taken: %w", err)
}

// held is a job that a worker has.
type held struct {
	ID          int64   `json:"id"`
	Attempt     int     `json:"attempt"`
	MaxAttempts int     `json:"max_attempts"`
	Worker      *string `json:"worker"`
	Canceled    any     `json:"canceled"`
}

var heldColumns = []column{same("id"), number("attempt"), number("max_attempts"), {"worker", "{worker}", "{worker}"}, {"canceled", "{canceled}", "{canceled}"}}

// keepPresent keeps this process' own lock until ctx ends, and takes it anew once it is
// lost. It shares no loop with what asks the database, which may have to wait for it.
func (q *Queue[TTx]) keepPresent(ctx context.Context, own Lock) {
	for pause.Sleep(ctx, checkEvery) {
		check, done := context.WithTimeout(ctx, checkWithin)
		if own != nil && !own.Held(check) {
			own.Unlock()
			own = nil
		}
		if own == nil {
			var err error
			own, err = q.present(check)
			if errors.Is(err, ErrTaken) && pause.Sleep(check, takenFor) {
				own, err = q.present(check)
			}
			if err != nil && ctx.Err() == nil {
				q.log.WarnContext(ctx, err.Error())
			}
		}
		done()
	}
	if own != nil {
		own.Unlock()
	}
}

// watchDead gives the jobs of dead workers back. A worker is dead if its lock was free
// twice in a row. Between two looks is always the whole wait, so that each worker has
// checked its own lock meanwhile.
func (q *Queue[TTx]) watchDead(ctx context.Context) {
	before := map[string]bool{}
	for {
		look, done := context.WithTimeout(ctx, checkWithin)
		dead, err := q.giveBack(look, before)
		if err != nil && ctx.Err() == nil {
			q.log.WarnContext(ctx, "buoyqueue: jobs of dead workers could not be looked for", slog.Any("error", err))
		}
		before = dead
		done()
		if !pause.Sleep(ctx, lookEvery) {
			return
		}
	}
}

// giveBack gives the jobs of workers back that were dead before and are now, and
// returns who is dead now.
func (q *Queue[TTx]) giveBack(ctx context.Context, before map[string]bool) (map[string]bool, error) {
	var list string
	if err := q.exec.QueryRow(ctx, q.tables.list(heldColumns, "FROM {jobs} WHERE state = 'running' AND kind = '"+record.Kind+"' ORDER BY id LIMIT 10000")).Scan(&list); err != nil {
		return nil, err
	}
	jobs, err := rowsOf[held](list)
	if err != nil {
		return nil, err
	}
	dead, alive := map[string]bool{}, map[string]bool{q.id: true}
	for _, j := range jobs {
		worker := text(j.Worker)
		if worker == "" || len(worker) > 100 || alive[worker] {
			continue
		}
		if !dead[worker] {
			lock, err := q.engine.Lock(ctx, "worker-"+worker)
			if err != nil {
				alive[worker] = true // or not known to be dead
				continue
			}
			lock.Unlock()
			dead[worker] = true
		}
		if !before[worker] {
			continue
		}
		if err := q.giveJobBack(ctx, j); err != nil {
			return dead, err
		}
	}
	return dead, nil
}

// giveJobBack gives a job back, unless somebody else has just done so: each start has
// another number. The attempt counts, or a job that kills its workers would do so for
// ever.
func (q *Queue[TTx]) giveJobBack(ctx context.Context, j held) error {
	to := "state = 'available'"
	switch {
	case j.Canceled == true || j.Canceled == 1.0:
		to = "state = 'cancelled', finalized_at = {now}"
	case j.Attempt >= j.MaxAttempts:
		to = "state = 'discarded', finalized_at = {now}"
	}
	q.log.WarnContext(ctx, "buoyqueue: the worker of a job has died, and it is given to another", slog.Int64("job", j.ID), slog.Int("attempt", j.Attempt))
	if err := q.exec.Exec(ctx, q.tables.sql("UPDATE {jobs} SET "+to+" WHERE id = $1 AND attempt = $2 AND state = 'running'"), j.ID, j.Attempt); err != nil {
		return fmt.Errorf("job %d: %w", j.ID, err)
	}
	return nil
}

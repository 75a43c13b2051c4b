package buoyqueue

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoyqueue/internal/record"
	"github.com/buoy-go/buoy/internal/pause"
	"github.com/riverqueue/river/rivertype"
)

// keep writes an answer. It is paid for, so a database that is away for a moment, or
// was locked too long, is asked again for a while, whatever becomes of the job's
// context.
func (q *Queue[TTx]) keep(ctx context.Context, job int64, resp *buoy.Response) error {
	b, err := record.EncodeAnswer(resp)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), q.options.margin())
	defer cancel()
	for try := 0; ; try++ {
		err := q.insertAnswer(ctx, job, b)
		switch {
		case err == nil:
			return nil
		case noRows(err):
			q.log.WarnContext(ctx, "buoyqueue: a request was answered twice, and the first answer is kept", slog.Int64("job", job))
			return nil
		}
		if !pause.Sleep(ctx, min(100*time.Millisecond<<min(try, 5), 2*time.Second)) {
			return err
		}
	}
}

// insertAnswer writes an answer once. It has a part of the time: a connection to a server
// that was lost without a word hangs, and the next one may be to its successor.
func (q *Queue[TTx]) insertAnswer(ctx context.Context, job int64, b []byte) error {
	ctx, cancel := context.WithTimeout(ctx, max(q.options.margin()/6, time.Second))
	defer cancel()
	var id int64
	return q.exec.QueryRow(ctx, q.tables.sql("INSERT INTO {answers} (job, answer) VALUES ($1, $2) ON CONFLICT (job) DO NOTHING RETURNING job"), job, b).Scan(&id)
}

// answered reports whether a job has its answer.
func (q *Queue[TTx]) answered(ctx context.Context, job int64) (bool, error) {
	var n int64
	err := q.exec.QueryRow(ctx, q.tables.sql("SELECT count(*) FROM {answers} WHERE job = $1"), job).Scan(&n)
	return n > 0, err
}

// Result returns the answer of a job without a wait. The error is [ErrPending] while it
// is not done, a [*JobError] if it is dead or canceled, and [ErrNotFound] if there is no
// such job, or no longer ([Options].KeepAnswers).
//
// The Info of the answer has its endpoint, model and request id, and no attempts.
func (q *Queue[TTx]) Result(ctx context.Context, id int64) (*buoy.Response, error) {
	job, err := q.Job(ctx, id)
	if err != nil {
		return nil, err
	}
	switch job.State {
	case StateWaiting, StateRunning:
		return nil, ErrPending
	case StateDead, StateCanceled:
		return nil, &JobError{ID: id, State: job.State, Err: job.Failure}
	}
	var b []byte
	err = q.exec.QueryRow(ctx, q.tables.sql("SELECT answer FROM {answers} WHERE job = $1"), id).Scan(&b)
	if noRows(err) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, q.failed(err)
	}
	resp, err := record.DecodeAnswer(b)
	if err != nil {
		return nil, fmt.Errorf("buoyqueue: the answer of job %d: %w", id, err)
	}
	return resp, nil
}

// Wait returns the answer of a job as soon as it is there. Its errors are those of
// [Queue.Result], but for ErrPending, and that of ctx. A job of this process wakes it at
// once; for those of others it looks every second.
func (q *Queue[TTx]) Wait(ctx context.Context, id int64) (*buoy.Response, error) {
	woken, forget := q.waiters.wait(id)
	defer forget()
	for look := 10 * time.Millisecond; ; look = min(2*look, time.Second) {
		resp, err := q.Result(ctx, id)
		if !errors.Is(err, ErrPending) {
			return resp, err
		}
		t := time.NewTimer(look)
		select {
		case <-ctx.Done():
			t.Stop()
			return nil, context.Cause(ctx)
		case <-q.gone:
			t.Stop()
			return nil, ErrClosed
		case <-woken:
			look = 5 * time.Millisecond // River writes the job's state a moment later
		case <-t.C:
		}
		t.Stop()
	}
}

// The errors of Result and of what changes jobs. Ask with errors.Is.
var (
	ErrPending  = errors.New("buoyqueue: the job is not done yet")
	ErrNotFound = errors.New("buoyqueue: there is no such job, or no longer")
)

// JobError says that a job has no answer and will get none by itself. [Queue.Requeue]
// tries it again. It unwraps to the failure, so [buoy.KindOf] knows its kind.
type JobError struct {
	ID    int64
	State State    // dead or canceled
	Err   *Failure // never nil
}

// Error returns the job and its failure.
func (e *JobError) Error() string {
	return fmt.Sprintf("buoyqueue: job %d is %s: %v", e.ID, e.State, e.Err)
}

// Unwrap returns the failure.
func (e *JobError) Unwrap() error { return e.Err }

// noRows reports that a statement has returned nothing: each driver has an error of
// its own for it.
func noRows(err error) bool {
	if err == nil {
		return false
	}
	return errors.Is(err, rivertype.ErrNotFound) || err.Error() == "no rows in result set" || err.Error() == "sql: no rows in result set"
}

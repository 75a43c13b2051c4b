package buoyqueue

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoyqueue/internal/record"
	"github.com/buoy-go/buoy/event"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
)

// worker does jobs for River.
type worker[TTx any] struct {
	river.WorkerDefaults[record.Args]
	queue *Queue[TTx]
}

// NextRetry is when a job that has failed is tried again.
func (w *worker[TTx]) NextRetry(job *river.Job[record.Args]) time.Time {
	wait, panicked := w.queue.options.backoff(max(job.Attempt, 1))
	if panicked != nil {
		w.queue.log.Error("buoyqueue: Options.Backoff has panicked, and the wait is the default", slog.Int64("job", job.ID), slog.String("type", fmt.Sprintf("%T", panicked)))
	}
	return w.queue.clock.Now().Add(wait)
}

// Work does a job. What it returns is what River does next.
func (w *worker[TTx]) Work(ctx context.Context, job *river.Job[record.Args]) error {
	q := w.queue
	if job.Args.Version > record.Version {
		// A later version of this module wrote it, and a process of that may come.
		q.tell(ctx, event.Queue{Move: event.QueueSnoozed, Wait: time.Minute, Err: errLater}, job)
		return river.JobSnooze(time.Minute)
	}
	release, ok := q.tenants.enter(job.Args.Tenant)
	if !ok {
		return q.stepAside(ctx, job)
	}
	defer release()
	switch ok, err := q.claim(ctx, job); {
	case err != nil:
		q.log.WarnContext(ctx, "buoyqueue: it could not be seen how many jobs of a tenant run", slog.Any("error", err))
		return river.JobSnooze(time.Second)
	case !ok:
		return q.stepAside(ctx, job)
	}
	q.tell(ctx, event.Queue{Move: event.QueueStarted}, job)

	if job.Attempt > 1 { // an earlier try may have brought it and died
		switch found, err := q.answered(ctx, job.ID); {
		case err != nil:
			return w.storeFailed(ctx, job, err)
		case found:
			return w.done(ctx, job)
		}
	}
	resp, err := w.call(ctx, job)
	if err == nil {
		if err := q.keep(ctx, job.ID, resp); err != nil {
			return w.storeFailed(ctx, job, err)
		}
		return w.done(ctx, job)
	}
	return w.failed(ctx, job, err)
}

// call asks the provider. A panic, which a middleware of the client may have, is an
// error: River would write its text and its stack to the database.
func (w *worker[TTx]) call(ctx context.Context, job *river.Job[record.Args]) (resp *buoy.Response, err error) {
	defer func() {
		if v := recover(); v != nil {
			w.queue.log.ErrorContext(ctx, "buoyqueue: a call has panicked", slog.Int64("job", job.ID), slog.String("type", fmt.Sprintf("%T", v)))
			err = &Failure{Kind: buoy.ErrUnknown, Message: fmt.Sprintf("a panic with a %T", v), At: time.Now().UTC()}
		}
	}()
	req, err := job.Args.Decode()
	if err != nil {
		return nil, err
	}
	return w.queue.client.Chat(ctx, req, w.queue.options.callOptions()...)
}

// unfit is why this process can do no job, if the error of a call shows that: a closed
// client, or one that refuses the options of each call. It is nil for all other errors.
func unfit(err error) error {
	if errors.Is(err, buoy.ErrClosed) {
		return fmt.Errorf("buoyqueue: this queue can do no job: %w: close the queue first", buoy.ErrClosed)
	}
	if wrong := optionError(err); wrong != nil {
		return fmt.Errorf("buoyqueue: this queue can do no job: its client refuses the options of each call, which are the queue's own and Options.CallOptions: %w", wrong)
	}
	return nil
}

func (w *worker[TTx]) done(ctx context.Context, job *river.Job[record.Args]) error {
	if n := noteOf(job.JobRow); n.Failure != nil || n.Waits > 0 {
		w.write(ctx, note{})
	}
	w.queue.tell(ctx, event.Queue{Move: event.QueueDone}, job)
	w.queue.waiters.wake(job.ID)
	return nil
}

// failed says what becomes of a job whose call has failed.
func (w *worker[TTx]) failed(ctx context.Context, job *river.Job[record.Args], err error) error {
	q, now, n := w.queue, w.queue.clock.Now(), noteOf(job.JobRow)
	switch {
	case errors.Is(context.Cause(ctx), rivertype.ErrJobCancelledRemotely):
		n.Failure = &Failure{Kind: buoy.ErrCanceled, Message: "the job was canceled while it ran", At: now.UTC()}
		w.write(ctx, n)
		q.tell(ctx, event.Queue{Move: event.QueueCanceled, Err: n.Failure}, job)
		q.waiters.wake(job.ID)
		return river.JobCancel(n.Failure)
	case ctx.Err() != nil && q.stopping.Load():
		q.tell(ctx, event.Queue{Move: event.QueueSnoozed, Err: errClosing}, job)
		return river.JobSnooze(0)
	}
	if reason := unfit(err); reason != nil { // the job is for others, and Run ends
		select {
		case q.unfit <- reason:
		default:
		}
		q.tell(ctx, event.Queue{Move: event.QueueSnoozed, Err: reason}, job)
		return river.JobSnooze(0)
	}
	n.Failure = failureOf(err, now)
	since := now
	if n.Since != nil {
		since = *n.Since
	}
	v := verdictOn(err, n.Waits, q.left(since, now))
	switch {
	case v.move == event.QueueSnoozed:
		n.Since, n.Waits = &since, n.Waits+1
		w.write(ctx, n)
		q.tell(ctx, event.Queue{Move: v.move, Wait: v.wait, Err: n.Failure}, job)
		return river.JobSnooze(v.wait)
	case v.move == event.QueueRetried && job.Attempt < job.MaxAttempts:
		w.write(ctx, n)
		wait, _ := q.options.backoff(job.Attempt)
		q.tell(ctx, event.Queue{Move: v.move, Wait: wait, Err: n.Failure}, job)
		return n.Failure
	}
	w.write(ctx, n)
	q.tell(ctx, event.Queue{Move: event.QueueDead, Err: n.Failure}, job)
	q.waiters.wake(job.ID)
	if v.move == event.QueueRetried {
		return n.Failure // River discards it
	}
	return river.JobCancel(n.Failure)
}

// storeFailed is a try that failed since the database did. If it brought an answer,
// that is lost, and the next try pays again.
func (w *worker[TTx]) storeFailed(ctx context.Context, job *river.Job[record.Args], err error) error {
	w.queue.log.ErrorContext(ctx, "buoyqueue: an answer could not be written or looked for, and will be asked for again",
		slog.Int64("job", job.ID), slog.Any("error", err))
	f := &Failure{Kind: buoy.ErrUnknown, Message: "the database failed: " + clean(err.Error(), 300), At: time.Now().UTC()}
	if job.Attempt >= job.MaxAttempts {
		w.queue.tell(ctx, event.Queue{Move: event.QueueDead, Err: f}, job)
		return f
	}
	wait, _ := w.queue.options.backoff(job.Attempt)
	w.queue.tell(ctx, event.Queue{Move: event.QueueRetried, Wait: wait, Err: f}, job)
	return f
}

// write takes a note down; River writes it together with the job's state.
func (w *worker[TTx]) write(ctx context.Context, n note) {
	if err := river.MetadataSet(ctx, noteKey, n); err != nil { // a test without River
		w.queue.log.ErrorContext(ctx, "buoyqueue: a note could not be written", slog.Any("error", err))
	}
}

var (
	errLater   = errors.New("a later version of buoyqueue wrote this job: it waits for a process of that version")
	errClosing = errors.New("this process stops: another one will take the job, or this one when it is back")
)

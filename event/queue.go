package event

import (
	"context"
	"time"
)

// QueueMove is what has become of a job of a durable queue.
type QueueMove string

// The moves. A job is enqueued once and started as often as it is tried. Done, dead and
// canceled end it; a dead or canceled job may be requeued, which is told as enqueued.
const (
	QueueEnqueued QueueMove = "enqueued"
	QueueStarted  QueueMove = "started"
	QueueDone     QueueMove = "done"     // it has its answer
	QueueSnoozed  QueueMove = "snoozed"  // it waits for what will pass, and the attempt does not count
	QueueRetried  QueueMove = "retried"  // the attempt failed, and another will follow
	QueueDead     QueueMove = "dead"     // it will not be tried again by itself
	QueueCanceled QueueMove = "canceled" // somebody took it back while it ran
)

// Queue says that a job of a durable queue (module buoyqueue) has moved on. Only the
// process that moves it tells of it: of a job that another process works on, this one
// hears nothing.
type Queue struct {
	Move   QueueMove
	Job    int64
	Model  string
	Tenant string // who the job is for, as it was enqueued; no label for metrics, as there may be any number
	// Attempt is the number of the try, from 1, those that were snoozed not counted. It is 0
	// for "enqueued".
	Attempt int
	Age     time.Duration // since the job was enqueued
	Wait    time.Duration // for "snoozed" and "retried": until it is tried again
	Depth   int           // jobs that wait, as of the last seconds; -1 where it is not known
	// Err is why it was snoozed, retried, canceled or is dead. Ask buoy.KindOf for its
	// kind.
	Err error
}

// QueueObserver is told of the jobs of a queue. A client knows nothing of queues, so
// give it to buoyqueue.Options and not to buoy.WithObserver.
type QueueObserver interface {
	ObserveQueue(ctx context.Context, e Queue)
}

package buoyqueue

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"reflect"
	"sync"
	"sync/atomic"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoyqueue/internal/record"
	"github.com/buoy-go/buoy/event"
	"github.com/buoy-go/buoy/internal/audience"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
)

// The names of River's queues. Jobs wait aside in two for each tenant that is at its limit,
// which nobody fetches from: the name ends in the tenant's hash, and for those that a worker
// had fetched already in asideFirst. These have been given a later time, and would stand
// behind all the others.
const (
	mainQueue  = "buoy"
	asideQueue = "buoy_aside_"
	asideFirst = "_first"
	asideEnd   = "_g" // is behind both names of a tenant
)

// Queue is a durable queue of chat requests. Get one from [Open] and close it.
//
// It is safe for concurrent use.
type Queue[TTx any] struct {
	engine  Engine[TTx]
	driver  riverdriver.Driver[TTx]
	exec    riverdriver.Executor
	river   *river.Client[TTx]
	client  *buoy.Client
	options Options
	log     *slog.Logger
	id      string // River's name for this process, and of its lock
	tables  tables

	listeners *audience.Audience // nil for nobody
	depth     atomic.Int64
	clock     clock
	tenants   tenants
	waiters   waiters
	stopping  atomic.Bool   // the running calls are being cancelled
	gone      chan struct{} // closed before the engine is
	unfit     chan error    // why this process can do no job, once

	mu      sync.Mutex // guards the fields below
	end     context.CancelFunc
	running chan struct{} // closed when Run has returned; nil before it is called
	closed  bool
}

// Open opens a queue. It makes the tables that are missing. The queue then owns the
// engine, and closes it; if Open returns an error, the engine is the caller's.
//
// client answers the jobs. It may be nil for a program that enqueues, waits and lists
// only: Run is then an error.
func Open[TTx any](ctx context.Context, engine Engine[TTx], client *buoy.Client, o Options) (*Queue[TTx], error) {
	switch err := o.check(); {
	case ctx == nil:
		return nil, errNilContext
	case absent(engine):
		return nil, errors.New("buoyqueue: the engine is nil: get one from sqlite.Open or postgres.Open, and look at its error")
	case err != nil:
		return nil, err
	}
	q := &Queue[TTx]{
		engine: engine, driver: engine.Driver(), client: client, options: o, log: o.logger(), id: newID(),
		gone: make(chan struct{}), unfit: make(chan error, 1),
		tables: tablesOf(engine.Driver().ArgPlaceholder(), engine.Schema()),
	}
	q.exec = q.driver.GetExecutor()
	q.depth.Store(-1)
	q.tenants = tenants{limit: o.TenantConcurrency, claiming: make(chan struct{}, 1)}
	if o.Observer != nil {
		q.listeners = audience.Of([]event.QueueObserver{o.Observer}, func(v any) {
			q.log.Error("buoyqueue: the observer has panicked", slog.String("type", fmt.Sprintf("%T", v)))
		})
	}
	if err := q.prepare(ctx); err != nil {
		return nil, fmt.Errorf("buoyqueue: the database cannot be prepared: %w", ended(ctx, err))
	}
	if err := q.compare(ctx); err != nil {
		return nil, fmt.Errorf("buoyqueue: %w", ended(ctx, err))
	}
	config := &river.Config{
		ID:                          q.id,
		Schema:                      engine.Schema(),
		Logger:                      q.log,
		JobTimeout:                  o.jobTimeout(),
		RescueStuckJobsAfter:        o.rescueAfter() + max(q.clock.lead(), 0), // by this computer's clock
		MaxAttempts:                 o.maxAttempts(),
		CompletedJobRetentionPeriod: o.keepAnswers(),
		DiscardedJobRetentionPeriod: o.keepDead(),
		CancelledJobRetentionPeriod: o.keepDead(),
		FetchCooldown:               25 * time.Millisecond,  // jobs of a tenant come back one by one
		FetchPollInterval:           250 * time.Millisecond, // nothing notifies of jobs that come back from aside
		FetchOnlyKnownKinds:         true,
		Test:                        river.TestConfig{Time: &q.clock}, // River's only way to another clock
	}
	if client != nil {
		config.Workers = river.NewWorkers()
		river.AddWorker(config.Workers, &worker[TTx]{queue: q})
		config.Queues = map[string]river.QueueConfig{mainQueue: {MaxWorkers: o.concurrency()}}
	}
	var err error
	if q.river, err = river.NewClient(q.driver, config); err != nil {
		return nil, fmt.Errorf("buoyqueue: %w", err)
	}
	return q, nil
}

// absent reports whether an engine is nil, as one is that came with an error.
func absent(engine any) bool {
	v := reflect.ValueOf(engine)
	return !v.IsValid() || v.Kind() == reflect.Pointer && v.IsNil()
}

// errNilContext names the fix. database/sql panics over a nil context with its lock held.
var errNilContext = fmt.Errorf("buoyqueue: %w", &buoy.RequestError{Field: "context", Reason: "is nil: pass context.Background()"})

// usable refuses what must not get as far as the database.
func (q *Queue[TTx]) usable(ctx context.Context) error {
	if ctx == nil {
		return errNilContext
	}
	select {
	case <-q.gone:
		return ErrClosed
	default:
		return nil
	}
}

// failed is the error of a method. Each driver has its own for a database that was closed
// meanwhile, so that is said first.
func (q *Queue[TTx]) failed(err error) error {
	select {
	case <-q.gone:
		return fmt.Errorf("%w: %w", ErrClosed, err)
	default:
		return fmt.Errorf("buoyqueue: %w", err)
	}
}

// ended puts the context's error before one that has come of it: a transaction that is
// rolled back with its context says only that it is.
func ended(ctx context.Context, err error) error {
	if ctx.Err() == nil || errors.Is(err, ctx.Err()) {
		return err
	}
	return fmt.Errorf("%w: %w", ctx.Err(), err)
}

func newID() string {
	var b [12]byte
	_, _ = rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

// Run works on jobs until ctx ends or the queue is closed. Then it takes no more jobs,
// waits at most [Options].Grace for the running calls, cancels the rest and returns nil;
// the jobs of cancelled calls go back to the queue at once. It can be called once.
//
// It ends with an error if this process can do no job: the client is closed (the error wraps
// [buoy.ErrClosed]), the client refuses [Options].CallOptions, or a SQLite file was deleted or
// replaced while it was open. The jobs stay for others.
func (q *Queue[TTx]) Run(ctx context.Context) error {
	if err := q.usable(ctx); err != nil {
		return err
	}
	if q.client == nil {
		return errors.New("buoyqueue: this queue has no client to answer with: give one to Open")
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	done := make(chan struct{})
	defer close(done)
	if err := q.begin(cancel, done); err != nil {
		return err
	}
	work, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	present, err := soon(work, q.present) // one that looks for dead workers may have it for a moment
	if err != nil {
		return err
	}
	var chores sync.WaitGroup
	if present != nil {
		chores.Go(func() { q.keepPresent(work, present) })
		chores.Go(func() { q.watchDead(work) })
	}
	chores.Go(func() { q.bringBack(work) })
	chores.Go(func() { q.sweep(work) })
	chores.Go(func() { q.count(work) })
	defer chores.Wait()
	defer stop()
	if err := q.river.Start(work); err != nil {
		return fmt.Errorf("buoyqueue: %w", err)
	}
	unfit, lost := q.watch(ctx)
	if lost != nil {
		return errors.Join(lost, q.cancelAll(work)) // nobody would find the answers
	}
	grace, end := context.WithTimeout(work, q.options.grace())
	defer end()
	if q.river.Stop(grace) == nil {
		return unfit
	}
	return errors.Join(unfit, q.cancelAll(work))
}

// cancelAll ends Run with the calls that still run.
func (q *Queue[TTx]) cancelAll(work context.Context) error {
	q.stopping.Store(true)
	last, end := context.WithTimeout(work, 30*time.Second) // a call that does not heed its context is left behind
	defer end()
	if err := q.river.StopAndCancel(last); err != nil {
		return fmt.Errorf("buoyqueue: calls did not end when they were cancelled, and their jobs will be taken over: %w", err)
	}
	return nil
}

// begin notes that Run has begun.
func (q *Queue[TTx]) begin(end context.CancelFunc, done chan struct{}) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	case q.closed:
		return ErrClosed
	case q.running != nil:
		return errors.New("buoyqueue: Run was called before: open another queue")
	}
	q.end, q.running = end, done
	return nil
}

// Close ends Run, waits until it has returned, and closes the engine. The client stays
// open: close it later. It is safe to call it twice.
func (q *Queue[TTx]) Close() error {
	q.mu.Lock()
	closed, running := q.closed, q.running
	q.closed = true
	if q.end != nil {
		q.end()
	}
	q.mu.Unlock()
	if running != nil {
		<-running
	}
	if closed {
		<-q.gone
		return nil
	}
	close(q.gone)
	return q.engine.Close()
}

// ErrClosed is the error of each method of a queue that is closed, and of a method that is
// interrupted by Close. Ask with errors.Is.
var ErrClosed = errors.New("buoyqueue: the queue is closed")

// left is how long a job may wait yet that has waited since then.
func (q *Queue[TTx]) left(since, now time.Time) time.Duration {
	if q.options.patience() < 0 {
		return math.MaxInt64
	}
	return q.options.patience() - now.Sub(since)
}

// tell tells the observer.
func (q *Queue[TTx]) tell(ctx context.Context, e event.Queue, job *river.Job[record.Args]) {
	if !q.listeners.Queues() {
		return
	}
	e.Job, e.Model, e.Tenant, e.Attempt = job.ID, job.Args.Model, job.Args.Tenant, job.Attempt
	e.Age, e.Depth = max(q.clock.Now().Sub(job.CreatedAt), 0), int(q.depth.Load())
	q.listeners.Queue(ctx, e)
}

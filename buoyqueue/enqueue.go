package buoyqueue

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"github.com/buoy-go/buoy/event"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
)

// Ticket is what Enqueue returns for a request.
type Ticket struct {
	ID int64 // of the job, for Wait and Result
	// Duplicate says that an equal request was in the queue already, or has been
	// answered and is still kept. The ticket is that job's. A dead or canceled job is
	// no duplicate: the request gets a new one.
	Duplicate bool
}

// Enqueue puts a request into the queue. When it returns without an error, the request
// is in the database.
//
// A [buoy.RequestError] says that the request or the item cannot work.
func (q *Queue[TTx]) Enqueue(ctx context.Context, item Item) (Ticket, error) {
	tickets, err := q.EnqueueMany(ctx, []Item{item})
	if err != nil {
		return Ticket{}, err
	}
	return tickets[0], nil
}

// EnqueueMany puts requests into the queue, all of them or none. The tickets are in the
// order of the items. Use it for batches: a thousand requests at once take about as
// long as ten one by one.
func (q *Queue[TTx]) EnqueueMany(ctx context.Context, items []Item) ([]Ticket, error) {
	batch, err := q.batch(ctx, items)
	if err != nil {
		return nil, err
	}
	tx, err := q.exec.Begin(ctx)
	if err != nil {
		return nil, q.failed(err)
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }()
	tickets, err := q.insert(ctx, q.driver.UnwrapTx(tx), batch)
	if err != nil {
		return nil, err
	}
	if err := tx.Commit(ctx); err != nil {
		return nil, q.failed(err)
	}
	q.tellEnqueued(ctx, items, tickets)
	return tickets, nil
}

// EnqueueTx is [Queue.EnqueueMany] within a transaction of yours: the requests are in
// the queue if it commits, together with what you write. The observer is not told of
// them. With SQLite the transaction must be one of the engine's database, whose only
// connection it holds: end it before anything else is done with the queue.
func (q *Queue[TTx]) EnqueueTx(ctx context.Context, tx TTx, items ...Item) ([]Ticket, error) {
	batch, err := q.batch(ctx, items)
	if err != nil {
		return nil, err
	}
	return q.insert(ctx, tx, batch)
}

// batch is items on their way into the database: each job once, in portions.
type batch struct {
	portions [][]river.InsertManyParams
	place    []int // of each item, among the jobs
}

// A portion is one statement.
const (
	portionJobs  = 1000
	portionBytes = 8 << 20
)

// batch checks the items. A statement may not have the same job twice (PostgreSQL
// refuses that), so equal items are one here.
func (q *Queue[TTx]) batch(ctx context.Context, items []Item) (*batch, error) {
	if err := q.usable(ctx); err != nil {
		return nil, err
	}
	if err := q.lost(); err != nil {
		return nil, err
	}
	b := &batch{place: make([]int, len(items))}
	seen := make(map[string]int, len(items))
	size := 0
	for i := range items {
		a, err := items[i].args(q.options.maxRequest())
		if err != nil {
			if len(items) > 1 {
				err = fmt.Errorf("buoyqueue: item %d: %w", i, err)
			}
			return nil, err
		}
		at, again := seen[a.Hash]
		if !again {
			at = len(seen)
			seen[a.Hash] = at
			last := len(b.portions) - 1
			if last < 0 || len(b.portions[last]) == portionJobs || size+len(a.Request) > portionBytes {
				b.portions, last, size = append(b.portions, nil), last+1, 0
			}
			size += len(a.Request)
			b.portions[last] = append(b.portions[last], river.InsertManyParams{Args: a, InsertOpts: q.insertOptions(&items[i])})
		}
		b.place[i] = at
	}
	return b, nil
}

func (q *Queue[TTx]) insertOptions(it *Item) *river.InsertOpts {
	o := &river.InsertOpts{
		Queue:       mainQueue,
		Priority:    it.Priority.riverPriority(),
		MaxAttempts: q.options.maxAttempts(),
		UniqueOpts:  river.UniqueOpts{ByArgs: true, ByState: rivertype.UniqueOptsByStateDefault()},
	}
	if it.NotBefore.After(time.Now()) {
		o.ScheduledAt = it.NotBefore.Add(-q.clock.lead())
	}
	if it.Tenant != "" {
		o.Metadata, _ = json.Marshal(map[string]string{tenantKey: tenantHash(it.Tenant)})
	}
	return o
}

// tenantLength is how long a tenant's part of a name of River's is.
const tenantLength = 32

// tenantHash is a tenant's part of a name of River's, of letters and digits.
func tenantHash(tenant string) string {
	sum := sha256.Sum256([]byte(tenant))
	return hex.EncodeToString(sum[:16])
}

func (q *Queue[TTx]) insert(ctx context.Context, tx TTx, b *batch) ([]Ticket, error) {
	jobs := make([]Ticket, 0, len(b.place))
	for _, portion := range b.portions {
		results, err := q.river.InsertManyTx(ctx, tx, portion)
		if err != nil {
			return nil, q.failed(err)
		}
		for _, r := range results {
			jobs = append(jobs, Ticket{ID: r.Job.ID, Duplicate: r.UniqueSkippedAsDuplicate})
		}
	}
	tickets := make([]Ticket, len(b.place))
	first := make([]bool, len(jobs))
	for i, at := range b.place {
		tickets[i] = jobs[at]
		tickets[i].Duplicate = jobs[at].Duplicate || first[at]
		first[at] = true
	}
	return tickets, nil
}

func (q *Queue[TTx]) tellEnqueued(ctx context.Context, items []Item, tickets []Ticket) {
	if !q.listeners.Queues() {
		return
	}
	for i, t := range tickets {
		if !t.Duplicate {
			q.listeners.Queue(ctx, event.Queue{
				Move: event.QueueEnqueued, Job: t.ID, Model: clean(items[i].Request.Model, 200), Tenant: items[i].Tenant, Depth: int(q.depth.Load()),
			})
		}
	}
}

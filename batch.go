package buoy

import (
	"context"
	"errors"
	"iter"
	"math/rand/v2"
	"sync"
	"time"
)

// BatchOptions sets up a [Client.Batch]. The zero value is of use: eight calls at a
// time, results as they come, no journal.
type BatchOptions struct {
	Concurrency int // calls at the same time; default 8
	// Ordered yields the results in the order of the requests. Without it they
	// come as they are ready, which keeps no answer in memory.
	Ordered bool
	// Window is, with Ordered, how many requests may have been taken and not
	// yielded; default four times Concurrency. Answers that wait for an
	// earlier one are held in memory.
	Window int
	// Journal remembers answers over a crash or an interruption; nil for none.
	Journal *Journal
	// Patience is how long a request waits in all for refusals that pass by
	// themselves: an open breaker, a rate limit, a pause of the keys. Without it
	// an outage of a minute would fail every request that is left, each in no
	// time. Default 10 minutes, negative for not at all. What is merely failing
	// is retried by the call itself.
	Patience time.Duration
	// StopOn says which errors of requests end the batch; nil means those that
	// all others would meet as well: ErrAuth and ErrQuota. Calls under way are
	// then finished and yielded, and nothing new is begun. A client that was
	// closed ends the batch in any case.
	StopOn func(error) bool
	// Progress is told after each request that has ended, before its result is
	// yielded. Like StopOn it runs on the goroutine of the loop.
	Progress func(BatchProgress)
	Total    int // how many requests there are, for Progress; 0 for not known
	// CallOptions go to each call.
	CallOptions []CallOption
}

func (o *BatchOptions) concurrency() int        { return firstSet(o.Concurrency, 8) }
func (o *BatchOptions) window() int             { return max(firstSet(o.Window, 4*o.concurrency()), 1) }
func (o *BatchOptions) patience() time.Duration { return orDefault(o.Patience, 10*time.Minute) }

func (o *BatchOptions) check() error {
	if o.Concurrency < 0 || o.Window < 0 || o.Total < 0 {
		return &RequestError{Field: "batch options", Reason: "a number is negative: leave it at 0 for the default"}
	}
	return nil
}

func (o *BatchOptions) stopOn(err error) bool {
	if errors.Is(err, ErrClosed) {
		return true
	}
	if o.StopOn != nil {
		return o.StopOn(err)
	}
	kind := KindOf(err)
	return kind == ErrAuth || kind == ErrQuota
}

// BatchResult is what became of one request: Response or Err is set, and both for
// an answer that could not be written to the journal.
type BatchResult struct {
	Request  *Request
	Response *Response
	Err      error
	Resumed  bool // from the journal: nothing was sent or paid in this run
}

// BatchError says that a batch has stopped before its end. It is the last result,
// and stands at the first request that was not asked.
type BatchError struct{ Err error }

// Error names the reason.
func (e *BatchError) Error() string {
	return "buoy: the batch has stopped before this request: " + e.Err.Error()
}

// Unwrap returns the reason: the error of the request that ended the batch, the
// context's, or a [*JournalError].
func (e *BatchError) Unwrap() error { return e.Err }

// Batch makes many calls of Chat, several at a time, and yields each request's
// index with its result:
//
//	journal, err := buoy.OpenJournal("answers.jsonl")
//	...
//	for i, r := range client.Batch(ctx, requests, buoy.BatchOptions{Journal: journal}) {
//		if r.Err != nil {
//			log.Print(i, r.Err) // one failure does not end the others
//			continue
//		}
//		use(i, r.Response)
//	}
//
// A request is taken from the sequence when a call can begin, so a sequence may be
// longer than memory. It is asked on the goroutine of the loop, as iterators are:
// it needs no locks, and while it makes its caller wait no result is yielded.
//
// Leaving the loop cancels the calls under way and returns when all have ended; no
// goroutine is left behind. What they answer nevertheless is in the journal. When
// ctx ends, calls under way fail, are yielded, and the batch stops.
//
// A batch that stopped early says so in a last result, a [*BatchError], unless no
// request was left. With a journal the same requests, in the same order, resume
// it: what was answered is yielded from the journal, the rest is asked. Each range
// over the sequence runs the batch once.
func (c *Client) Batch(ctx context.Context, reqs iter.Seq[Request], opts BatchOptions) iter.Seq2[int, BatchResult] {
	return func(yield func(int, BatchResult) bool) {
		b := &batch{client: c, opts: opts, results: make(chan batchDone), begun: time.Now()}
		if b.stop = opts.check(); ctx == nil {
			ctx, b.stop = context.Background(), errNilContext
		}
		if opts.Journal != nil && b.stop == nil {
			if b.stop = opts.Journal.take(); b.stop == nil {
				defer opts.Journal.release()
			}
		}
		b.ctx, b.cancel = context.WithCancel(ctx)
		defer b.end()
		next, stop := iter.Pull(reqs)
		defer stop()
		b.run(next, yield)
	}
}

// batch is one run. Its fields belong to the goroutine of the loop; workers only
// send results.
type batch struct {
	client  *Client
	opts    BatchOptions
	ctx     context.Context
	cancel  context.CancelFunc
	results chan batchDone // not buffered: a worker holds its result until it is wanted
	workers sync.WaitGroup
	begun   time.Time

	taken    int // requests
	running  int // calls whose result was not received
	all      bool
	stop     error // why nothing new is begun
	held     map[int]BatchResult
	turn     int // of the next to be yielded, with Ordered
	progress BatchProgress
}

// batchDone is a request that has ended.
type batchDone struct {
	index int
	BatchResult
	spent      batchSpent
	journalErr error
}

// run is the loop. After each request begun it yields at most one result that is
// ready, so that neither waits for the other.
func (b *batch) run(next func() (Request, bool), yield func(int, BatchResult) bool) {
	for {
		if b.mayBegin() {
			req, ok := next()
			if !ok {
				b.all = true
				continue
			}
			done := b.begin(&req)
			if done == nil {
				select {
				case d := <-b.results:
					b.running--
					done = &d
				default:
					continue
				}
			}
			if !b.yield(done, yield) {
				return
			}
			continue
		}
		if b.running == 0 {
			break
		}
		d := <-b.results
		b.running--
		if !b.yield(&d, yield) {
			return
		}
	}
	if b.stop == nil || b.all {
		return
	}
	if req, ok := next(); ok {
		yield(b.taken, BatchResult{Request: &req, Err: &BatchError{b.stop}})
	}
}

// mayBegin reports whether a request may be taken now.
func (b *batch) mayBegin() bool {
	if b.stop == nil && b.ctx.Err() != nil {
		b.stop = b.ctx.Err()
	}
	return b.stop == nil && !b.all && b.running < b.opts.concurrency() &&
		(!b.opts.Ordered || b.taken-b.turn < b.opts.window())
}

// begin looks a request up in the journal, or starts its call.
func (b *batch) begin(req *Request) *batchDone {
	index := b.taken
	b.taken++
	var sum digest
	journal := b.opts.Journal
	if journal != nil {
		var err error
		if sum, err = digestOf(req); err != nil {
			journal = nil // the call will say what is wrong with it
		} else if resp, err := journal.find(index, sum); err != nil {
			b.stop, b.all = err, true // this is the last result
			return &batchDone{index: index, BatchResult: BatchResult{Request: req, Err: &BatchError{err}}}
		} else if resp != nil {
			return &batchDone{index: index, BatchResult: BatchResult{Request: req, Response: resp, Resumed: true}}
		}
	}
	b.running++
	b.workers.Go(func() {
		d := &batchDone{index: index, BatchResult: BatchResult{Request: req}}
		b.ask(d)
		if journal != nil {
			d.journalErr = d.record(journal, sum)
		}
		b.results <- *d
	})
	return nil
}

// ask makes the call, and makes it again while waiting is all that it needs.
func (b *batch) ask(d *batchDone) {
	until := time.Now().Add(b.opts.patience())
	for {
		d.Response, d.Err = b.client.Chat(b.ctx, *d.Request, b.opts.CallOptions...)
		d.spent.add(d.Response, d.Err)
		wait, ok := passes(d.Err)
		if !ok || !b.sleep(wait, until) {
			return
		}
	}
}

// passes reports whether a refusal passes by itself, and when.
func passes(err error) (wait time.Duration, ok bool) {
	switch KindOf(err) {
	case ErrCircuitOpen, ErrRateLimit:
		wait, _ = RetryAfter(err)
	case ErrLimit:
		if wait, ok = RetryAfter(err); !ok {
			return 0, false // no wait would help
		}
	default:
		return 0, false
	}
	wait = max(wait, time.Second)
	return wait + rand.N(min(wait/10, time.Second)+1), true
}

// sleep waits, at most until the patience is used up, and reports whether to ask
// again. It does not wait where the context would end first.
func (b *batch) sleep(wait time.Duration, until time.Time) bool {
	left := time.Until(until)
	if wait = min(wait, left); wait <= 0 {
		return false
	}
	if d, ok := b.ctx.Deadline(); ok && wait >= time.Until(d) {
		return false
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-b.ctx.Done():
		return false
	}
}

// record writes what became of a request. Substitutes of a fallback function cost
// nothing and are no answers; a resume asks again.
func (d *batchDone) record(j *Journal, sum digest) error {
	switch {
	case d.Err != nil && KindOf(d.Err) == ErrCanceled, d.Err == nil && d.Response.Info.Degraded:
		return nil
	case d.Err != nil:
		return j.failed(d.index, sum, d.Err)
	}
	return j.answered(d.index, sum, d.Response)
}

// yield accounts for a request that has ended and yields what is due.
func (b *batch) yield(d *batchDone, yield func(int, BatchResult) bool) bool {
	if _, stopped := errors.AsType[*BatchError](d.Err); !stopped {
		b.note(d)
	}
	if !b.opts.Ordered {
		return yield(d.index, d.BatchResult)
	}
	if b.held == nil {
		b.held = make(map[int]BatchResult)
	}
	b.held[d.index] = d.BatchResult
	for {
		r, ok := b.held[b.turn]
		if !ok {
			return true
		}
		delete(b.held, b.turn)
		b.turn++
		if !yield(b.turn-1, r) {
			return false
		}
	}
}

// note counts a request that has ended, and decides whether it ends the batch.
func (b *batch) note(d *batchDone) {
	if d.Err != nil && b.stop == nil && b.opts.stopOn(d.Err) {
		b.stop = d.Err
	}
	if d.journalErr != nil {
		if d.Err == nil {
			d.Err = d.journalErr
		}
		if b.stop == nil {
			b.stop = d.journalErr
		}
	}
	b.progress.count(d)
	if b.opts.Progress == nil {
		return
	}
	total := b.opts.Total
	if b.all {
		total = b.taken
	}
	b.opts.Progress(b.progress.at(time.Since(b.begun), b.running, total))
}

// end cancels what is under way and waits for it.
func (b *batch) end() {
	b.cancel()
	for ; b.running > 0; b.running-- {
		<-b.results
	}
	b.workers.Wait()
}

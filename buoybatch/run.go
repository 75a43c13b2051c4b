package buoybatch

import (
	"context"
	"errors"
	"iter"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/buoy-go/buoy"
)

// Run makes many calls of [buoy.Client.Chat], several at a time. It yields the index of
// each request with its result. A request is taken from reqs only when a call can
// start, so there may be more requests than fit into memory. reqs runs on the goroutine
// of the loop and needs no locks. While it blocks, no result is yielded.
//
// If you leave the loop early, the running calls are cancelled. The loop returns when
// all have ended, and leaves no goroutine behind. An answer that still arrives is
// written to the journal. If ctx ends, the running calls fail and are yielded, and the
// batch stops.
//
// A batch that stops early yields a last result with an [*Error], unless no request is
// left. Bad options, a nil client and a nil context also appear there, as a
// [*buoy.RequestError]. So does a nil reqs, in a result without a Request.
//
// With a journal, run the requests again to resume, in any order: answers in the journal
// are yielded from it, and the other requests are sent. Each range over the returned
// sequence runs the batch once.
func Run(ctx context.Context, client *buoy.Client, reqs iter.Seq[buoy.Request], opts Options) iter.Seq2[int, Result] {
	return func(yield func(int, Result) bool) {
		if reqs == nil {
			yield(0, Result{Err: &Error{&buoy.RequestError{Field: "requests", Reason: "are nil: pass an iterator, such as slices.Values of a list"}}})
			return
		}
		b := &batch{client: client, opts: opts, results: make(chan outcome), begun: time.Now()}
		b.opts.CallOptions = append([]buoy.CallOption{buoy.WithPriority(buoy.Background)}, opts.CallOptions...)
		b.stop = opts.check()
		if client == nil {
			b.stop = &buoy.RequestError{Field: "client", Reason: "is nil: make one with buoy.New"}
		}
		if ctx == nil {
			ctx, b.stop = context.Background(), &buoy.RequestError{Field: "context", Reason: "is nil: pass context.Background()"}
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
	client  *buoy.Client
	opts    Options
	ctx     context.Context
	cancel  context.CancelFunc
	results chan outcome // not buffered: a worker keeps its result until the loop takes it
	workers sync.WaitGroup
	begun   time.Time

	taken    int // requests
	running  int // calls whose result was not received
	all      bool
	stop     error // why nothing new is begun
	held     map[int]Result
	turn     int // of the next to be yielded, with Ordered
	progress Progress
}

// outcome is a request that has ended.
type outcome struct {
	index int
	Result
	spent      spent
	refused    bool // by Accept
	unjudged   bool // Accept has panicked
	canceled   bool // by the end of the context
	journalErr error
}

// run is the loop. After each request begun it yields at most one result that is
// ready, so that neither waits for the other.
func (b *batch) run(next func() (buoy.Request, bool), yield func(int, Result) bool) {
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
		yield(b.taken, Result{Request: &req, Err: &Error{b.stop}})
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
func (b *batch) begin(req *buoy.Request) *outcome {
	id := identity{index: b.taken}
	b.taken++
	journal := b.opts.Journal
	if journal != nil {
		var err error
		if id.request, err = digestOf(req); err != nil {
			journal = nil // the call will say what is wrong with it
		} else if d, err := b.resume(journal, &id, req); err != nil {
			b.stop, b.all = err, true // this is the last result
			return &outcome{index: id.index, Result: Result{Request: req, Err: &Error{err}}}
		} else if d != nil {
			return d
		}
	}
	b.running++
	b.workers.Go(func() {
		d := &outcome{index: id.index, Result: Result{Request: req}}
		defer func() { // also if a function of the caller's has ended the goroutine
			if journal != nil {
				d.journalErr = d.record(journal, id)
			}
			b.results <- *d
		}()
		b.answer(d)
	})
	return nil
}

// resume returns the first answer of the journal that Accept does not refuse, or nil.
func (b *batch) resume(journal *Journal, id *identity, req *buoy.Request) (*outcome, error) {
	if b.opts.Key != nil {
		id.key = b.opts.Key(req)
		if err := checkKey(id.key); err != nil {
			return nil, &JournalError{Index: id.index, Err: err}
		}
	}
	for {
		resp, err := journal.find(*id)
		if resp == nil || err != nil {
			return nil, err
		}
		d := &outcome{index: id.index, Result: Result{Request: req, Response: resp, Resumed: true}}
		if b.judge(d); !d.refused {
			return d, nil
		}
	}
}

// answer asks for an answer that is accepted.
func (b *batch) answer(d *outcome) {
	b.ask(d, d.Request)
	b.judge(d)
	if !d.refused || b.opts.Repair == nil || d.Response.Info.Degraded {
		return
	}
	before, refusal := d.Response, d.Err
	var again buoy.Request
	var ok bool
	var failed error
	guard("Options.Repair", &failed, func() { again, ok = b.opts.Repair(d.Request, before, refusal) })
	if failed != nil {
		d.Err = &unrepairedError{refusal: refusal, cause: failed}
		return
	}
	if !ok {
		return
	}
	b.ask(d, &again)
	if d.Err != nil { // the answer that is there, and why it got no better
		d.Response, d.Err = before, &unrepairedError{refusal: refusal, cause: d.Err}
		return
	}
	d.Response.Usage = before.Usage.Plus(d.Response.Usage)
	d.Response.Info.Attempts = slices.Concat(before.Info.Attempts, d.Response.Info.Attempts)
	b.judge(d)
}

// judge asks Accept. A panic is no verdict.
func (b *batch) judge(d *outcome) {
	d.refused = false
	if d.Err != nil || b.opts.Accept == nil {
		return
	}
	d.unjudged = true
	guard("Options.Accept", &d.Err, func() {
		d.Err = b.opts.Accept(d.Response)
		d.unjudged, d.refused = false, d.Err != nil
	})
}

// ask makes the call. It repeats it as long as the error is one that will pass.
func (b *batch) ask(d *outcome, req *buoy.Request) {
	until := time.Now().Add(b.opts.patience())
	for {
		// A middleware may panic, and other functions that the client was given.
		guard("the call", &d.Err, func() { d.Response, d.Err = b.client.Chat(b.ctx, *req, b.opts.CallOptions...) })
		d.spent.add(d.Response, d.Err)
		wait, ok := passes(d.Err)
		if !ok || !b.sleep(wait, until, buoy.KindOf(d.Err) == buoy.ErrCircuitOpen) {
			break
		}
	}
	d.canceled = d.Err != nil && b.ctx.Err() != nil &&
		(errors.Is(d.Err, context.Canceled) || errors.Is(d.Err, context.DeadlineExceeded))
}

// passes reports whether a refusal will pass, and how long to wait for that.
func passes(err error) (wait time.Duration, ok bool) {
	switch buoy.KindOf(err) {
	case buoy.ErrCircuitOpen, buoy.ErrRateLimit:
		wait, _ = buoy.RetryAfter(err)
	case buoy.ErrLimit:
		if wait, ok = buoy.RetryAfter(err); !ok {
			return 0, false // no wait would help
		}
	default:
		return 0, false
	}
	wait = max(wait, time.Second)
	return wait + rand.N(min(wait/10, time.Second)+1), true
}

// sleep waits, at most until the patience is used up, and reports whether to ask again.
// It does not wait if the context would end first, or if the provider names a longer
// time: a batch once slept its whole hour under a Retry-After of a day, and asked in
// vain. For a breaker it waits as long as the patience lasts, because an open breaker
// refuses all remaining requests at once.
func (b *batch) sleep(wait time.Duration, until time.Time, open bool) bool {
	left := time.Until(until)
	if left <= 0 || wait >= left && !open {
		return false
	}
	wait = min(wait, left)
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

// record writes the outcome of a request. The substitute of a fallback function costs
// nothing and is not an answer, so a later run asks again. An answer without a verdict is
// one, and is judged by the next run.
func (d *outcome) record(j *Journal, id identity) error {
	answer := d.Err == nil || d.unjudged
	switch {
	case d.canceled, buoy.KindOf(d.Err) == buoy.ErrCanceled, answer && d.Response.Info.Degraded:
		return nil
	case answer:
		return j.answered(id, d.Response)
	}
	return j.failed(id, d.Err)
}

// yield accounts for a request that has ended and yields what is due.
func (b *batch) yield(d *outcome, yield func(int, Result) bool) bool {
	if _, stopped := errors.AsType[*Error](d.Err); !stopped {
		b.note(d)
	}
	if !b.opts.Ordered {
		return yield(d.index, d.Result)
	}
	if b.held == nil {
		b.held = make(map[int]Result)
	}
	b.held[d.index] = d.Result
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
func (b *batch) note(d *outcome) {
	if d.Err != nil && !d.canceled && b.stop == nil && b.opts.stopOn(d.Err) {
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

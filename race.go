package buoy

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/buoy-go/buoy/event"
	"github.com/buoy-go/buoy/internal/keyring"
)

// This file runs an attempt and, where that is slow, a second one beside it. The
// first runs on the caller's goroutine. Both have returned when the race is over,
// so the call's account is complete and no goroutine is left.

// errLost is the cause of a context whose attempt lost a race.
var errLost = errors.New("another request of this call was quicker")

// errNobodyElse is a second attempt that would be the first again. Nobody sees it.
var errNobodyElse = errors.New("no other key is free any more")

// lane is what a race wants of one of its attempts.
type lane struct {
	hedge bool         // it is the second
	avoid *keyring.Key // the key of the first, for another one of the same endpoint
	begun func(*Call)
}

// isHedge reports whether the lane is that of a second attempt; nil is no lane.
func (l *lane) isHedge() bool { return l != nil && l.hedge }

// race is an attempt, and perhaps a second one beside it.
type race struct {
	ctx     context.Context // of both
	call    *Call
	st      *callState
	policy  HedgePolicy
	retry   RetryPolicy // whose cap and budget bound it
	budgets *budgets
	next    Handler
	lose    context.CancelCauseFunc // ends the first

	mu     sync.Mutex    // guards the fields below
	first  *Call         // as it was sent; nil until then
	wait   time.Duration // before the second
	timer  *time.Timer
	over   bool // the first has returned: nothing begins any more
	second *rival
}

// rival is the second attempt.
type rival struct {
	cancel context.CancelCauseFunc
	target *target
	paid   float64
	paidTo targetKey
	sent   atomic.Bool
	done   chan struct{} // closed when it has returned; the fields below are set then

	reply    *Reply
	err      error
	won      bool // it was there before the first; guarded by the race's mu
	panicked any
}

// run makes the first attempt and returns the reply of the one that succeeds
// first. Where none does, it is the first's error that counts: a second that was
// refused, or failed, never fails a call.
func (r *race) run() (*Reply, error) {
	ctx, lose := context.WithCancelCause(r.ctx)
	r.lose = lose
	c := *r.call
	c.Attempt = max(c.Attempt, 1)
	c.lane = &lane{begun: r.arm}
	if r.st.account.uncounted { // nobody below will say when it is sent
		r.arm(&c)
	}
	returned := false
	defer func() {
		if !returned { // a panic inside
			lose(nil)
			if second, _ := r.end(); second != nil {
				second.dismiss(r.ctx)
			}
		}
	}()
	reply, err := r.next(ctx, &c)
	returned = true

	second, won := r.end()
	if second == nil {
		return kept(reply, err, lose)
	}
	first := err == nil && !won
	if first || err != nil && !won && !second.helps(err) {
		second.dismiss(r.ctx)
	}
	<-second.done
	won = !first && second.err == nil
	r.forget()
	// A winner pays, too. Where all is slow nearly half of the second requests
	// win by chance: with their money back 49 % of the calls were hedged in a bad
	// minute, and 29 % without (measured).
	if r.st.hedged = second.sent.Load(); !r.st.hedged && second.paid > 0 {
		r.budgets.give(second.paidTo, r.retry.Budget, second.paid)
	}
	switch {
	case second.panicked != nil:
		discard(reply)
		lose(nil)
		panic(second.panicked)
	case won:
		discard(reply) // both were there at once
		lose(nil)
		return kept(second.reply, nil, second.cancel)
	}
	second.cancel(nil)
	return kept(reply, err, lose)
}

// kept returns what an attempt brought; its context lives until that has ended.
func kept(reply *Reply, err error, cancel context.CancelCauseFunc) (*Reply, error) {
	if err != nil || reply == nil || reply.Stream == nil {
		cancel(nil)
		return reply, err
	}
	reply.OnEnd(func(error) { cancel(nil) })
	return reply, nil
}

// discard ends an answer that nobody will read, and returns when all layers have
// heard of that: a cancelled context may be telling them already.
func discard(r *Reply) {
	if r != nil && r.Stream != nil {
		_ = r.Stream.Close()
		r.Stream.inner.telling.Wait()
	}
}

// arm sets the timer when the first is sent: waiting for a permit or a key is not
// slowness of the provider's.
func (r *race) arm(first *Call) {
	wait, ok := r.policy.delay(r.st.client, latencyKey{targetKey{first.Endpoint, first.Model}, first.Stream}, time.Now())
	r.mu.Lock()
	defer r.mu.Unlock()
	if !ok || r.over || r.timer != nil {
		return
	}
	r.first, r.wait = first, wait
	r.timer = time.AfterFunc(wait, r.widen)
}

// end lets nothing begin any more. It returns the second, if there is one, and
// whether that was there before the first.
func (r *race) end() (second *rival, won bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.over = true
	if r.timer != nil {
		r.timer.Stop()
	}
	return r.second, r.second != nil && r.second.won
}

// forget drops what only the race needed: what it has told the attempts refers to it
// until the answer has ended.
func (r *race) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.first, r.timer, r.second = nil, nil, nil
}

// widen makes the second attempt, on the timer's goroutine.
func (r *race) widen() {
	ctx, c, second := r.begin()
	if second == nil {
		return
	}
	defer close(second.done)
	defer func() {
		second.panicked = recover() // it is the caller's, and raised there
	}()
	r.tell(ctx, c)
	reply, err := r.next(ctx, c)
	if err == nil && reply == nil {
		err = errNoReply
	}
	second.reply, second.err = reply, err
	r.mu.Lock()
	second.won = err == nil && !r.over
	r.mu.Unlock()
	if second.won {
		r.lose(errLost)
	}
}

// tell tells those who listen that the second begins. What it reads does not change any
// more.
func (r *race) tell(ctx context.Context, c *Call) {
	e := event.Hedge{Call: r.st.id, Endpoint: r.first.Endpoint, Model: r.first.Model, ToEndpoint: r.first.Endpoint, ToModel: r.first.Model, Wait: r.wait}
	if t := c.target; t != nil && t.site != r.first.route.site {
		e.ToEndpoint, e.ToModel = t.site.name, t.site.model(c.Model)
	}
	r.st.client.audience.Hedge(ctx, e)
}

// begin prepares the second attempt where there is somebody to ask, and the cap
// and the budget allow it.
func (r *race) begin() (context.Context, *Call, *rival) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.over || r.ctx.Err() != nil {
		return nil, nil, nil
	}
	c := *r.call
	c.lane = &lane{hedge: true}
	if !r.aim(&c, time.Now()) {
		return nil, nil, nil
	}
	second := &rival{target: c.target, done: make(chan struct{}), err: errNoReply}
	second.paidTo = targetKey{r.first.Endpoint, r.first.Model}
	second.sent.Store(r.st.account.uncounted)
	var ok bool
	if second.paid, ok = r.pay(second.paidTo); !ok {
		return nil, nil, nil
	}
	c.Attempt = r.st.account.sent() + 1
	c.lane.begun = func(*Call) { second.sent.Store(true) }
	r.second = second
	var ctx context.Context
	ctx, second.cancel = context.WithCancelCause(r.ctx)
	return ctx, &c, second
}

// aim finds somebody else to ask: another key of the endpoint, or the next target
// whose breaker is closed. It waits for nobody, and spends no probe of a breaker. Over a
// handler of the user's own there is nothing else to ask.
func (r *race) aim(c *Call, now time.Time) bool {
	if r.st.account.uncounted {
		return true
	}
	client, refused := r.st.client, r.st.choice.refusedKeys()
	closed := func(s *site, model string) bool { return client.breakers.State(s.name, model) == BreakerClosed }
	if from := r.first.route; from.site != nil {
		if closed(from.site, r.first.Model) && from.site.keys.Another(now, r.first.Model, append(slices.Clip(refused), from.key)) {
			c.lane.avoid = from.key
			ownIdempotencyKey(c)
			return true
		}
	}
	if r.call.target != nil {
		return false // its name for the model is not the next one's
	}
	targets := client.plan.targets
	for _, t := range targets[max(0, len(targets)-r.st.choice.laterTargets()):] {
		model := t.site.model(cmp.Or(t.model, r.call.Model))
		if t.site == r.first.route.site && model == r.first.Model {
			continue
		}
		if closed(t.site, model) && t.site.keys.Another(now, model, refused) {
			t.take(c)
			ownIdempotencyKey(c)
			return true
		}
	}
	return false
}

// pay reports whether another request may be sent beside the attempt under way,
// and takes its cost from the bucket of the slow target, as a retry would.
func (r *race) pay(slow targetKey) (paid float64, ok bool) {
	sent := (r.st.account.sent() + 1) * weight(r.call)
	if sent > r.retry.mostRequests(len(r.st.client.plan.targets))-r.st.choice.laterTargets() {
		return 0, false
	}
	if r.retry.Budget.Disabled {
		return 0, true
	}
	paid = r.retry.Budget.retryCost()
	return paid, r.budgets.take(slow, r.retry.Budget, paid)
}

// chooseBeside is choose for the second attempt: another key than the first's, and
// no waiting for it. The retry is not told of the choice, which is not the one in
// use.
func chooseBeside(c *Call, s *site, model string) error {
	now := time.Now()
	k, _ := s.keys.Pick(now, askFor(c, s, model, append(c.state.choice.refusedKeys(), c.lane.avoid)))
	if k == nil || k == c.lane.avoid {
		s.keys.Done(k, c.route.affinity)
		return errNobodyElse
	}
	c.route, c.Key = route{site: s, key: k, affinity: c.route.affinity, begun: now}, k.Label()
	return nil
}

// ownIdempotencyKey gives a second request an Idempotency-Key of its own: with that
// of the first, a provider that honours it would let it wait for the first one's
// answer.
func ownIdempotencyKey(c *Call) {
	const name = "Idempotency-Key"
	h := c.Header.Clone()
	if h == nil {
		h = make(http.Header, 1)
	}
	key := h.Get(name)
	if key == "" {
		key = c.state.payload.Key()[0]
	}
	h[name] = []string{key + "-hedge"}
	c.Header = h
}

// helps reports whether the second may bring an answer after the first has failed
// with err. One that was not sent yet does not: the retry does that better.
func (s *rival) helps(err error) bool {
	select {
	case <-s.done:
		return true
	default:
	}
	v := verdictOf(KindOf(err))
	return s.sent.Load() && (IsRetryable(err) || v.key != keySame || s.target != nil && goesTo(KindOf(err), s.target))
}

// dismiss cancels the second, waits for its end and closes what it brought. Where
// the caller has ended both, that is what ended it.
func (s *rival) dismiss(caller context.Context) {
	if caller.Err() == nil {
		s.cancel(errLost)
	}
	<-s.done
	discard(s.reply)
	s.reply, s.err = nil, errLost
}

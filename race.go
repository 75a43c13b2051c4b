package buoy

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"sync/atomic"
	"time"

	"github.com/buoy-go/buoy/event"
	"github.com/buoy-go/buoy/internal/keyring"
	"github.com/buoy-go/buoy/internal/race"
)

// This file hedges: it says when a second attempt begins beside a slow one, and whom that
// asks. Both have returned at the end, so the call's account is complete.

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

// hedging is a call's first attempt and, where that is slow, a second one beside it.
// Package race runs the two; this says who is asked, and whether that may be.
type hedging struct {
	race    race.Race[*Reply, *Call] // the first call as it was sent
	ctx     context.Context          // of both
	call    *Call
	st      *callState
	policy  HedgePolicy
	retry   RetryPolicy // whose cap and budget bound it
	budgets *budgets
	next    Handler
	rival   *rival // the second; read once the race is over
	own     Call   // the first's
}

// rival is the second attempt.
type rival struct {
	target *target
	paid   float64
	paidTo targetKey
	sent   atomic.Bool
}

// run makes the first attempt and returns the reply of the one that succeeds first.
func (h *hedging) run() (*Reply, error) {
	h.own = *h.call
	h.own.Attempt = max(h.own.Attempt, 1)
	h.own.lane = &lane{begun: h.arm}
	result := h.race.Run(h.ctx, h)
	if result.Second {
		// A winner pays, too. Where all is slow nearly half of the second requests
		// win by chance: with their money back 49 % of the calls were hedged in a bad
		// minute, and 29 % without (measured).
		if h.st.account.hedged = h.rival.sent.Load(); !h.st.account.hedged && h.rival.paid > 0 {
			h.budgets.give(h.rival.paidTo, h.retry.Budget, h.rival.paid)
		}
		h.rival = nil
	}
	if result.Panicked != nil {
		panic(result.Panicked)
	}
	return kept(result.Reply, result.Err, result.Cancel)
}

// First makes the first attempt.
func (h *hedging) First(ctx context.Context) (*Reply, error) {
	if h.st.account.uncounted { // nobody below will say when it is sent
		h.arm(&h.own)
	}
	return h.next(ctx, &h.own)
}

// arm sets the timer when the first is sent: waiting for a permit or a key is not
// slowness of the provider's.
func (h *hedging) arm(first *Call) {
	key := latencyKey{targetKey{first.Endpoint, first.Model}, first.Stream}
	if wait, ok := h.policy.delay(h.st.client, key, time.Now()); ok {
		h.race.Arm(wait, first)
	}
}

// Second prepares the second attempt where there is somebody to ask, and the cap
// and the budget allow it.
func (h *hedging) Second(first *Call, wait time.Duration) func(context.Context) (*Reply, error) {
	c := *h.call
	second := &rival{paidTo: targetKey{first.Endpoint, first.Model}}
	c.lane = &lane{hedge: true, begun: func(*Call) { second.sent.Store(true) }}
	if !h.aim(&c, first, time.Now()) {
		return nil
	}
	var ok bool
	if second.paid, ok = h.pay(second.paidTo); !ok {
		return nil
	}
	second.target = c.target
	second.sent.Store(h.st.account.uncounted)
	c.Attempt = h.st.account.sent() + 1
	h.rival = second
	return func(ctx context.Context) (*Reply, error) {
		h.tell(ctx, first, &c, wait)
		reply, err := h.next(ctx, &c)
		if err == nil && reply == nil {
			err = errNoReply
		}
		return reply, err
	}
}

// tell tells those who listen that the second begins.
func (h *hedging) tell(ctx context.Context, first, second *Call, wait time.Duration) {
	e := event.Hedge{Call: h.st.id, Endpoint: first.Endpoint, Model: first.Model, ToEndpoint: first.Endpoint, ToModel: first.Model, Wait: wait}
	if t := second.target; t != nil && t.site != first.route.site {
		e.ToEndpoint, e.ToModel = t.site.name, t.site.model(second.Model)
	}
	h.st.client.audience.Hedge(ctx, e)
}

// Discard ends an answer that nobody will read.
func (h *hedging) Discard(r *Reply) { discard(r) }

// aim finds somebody else to ask: another key of the endpoint, or the next target
// whose breaker is closed. It waits for nobody, and spends no probe of a breaker. Over a
// handler of the user's own there is nothing else to ask.
func (h *hedging) aim(c, first *Call, now time.Time) bool {
	if h.st.account.uncounted {
		return true
	}
	client, refused := h.st.client, h.st.choice.refusedKeys()
	closed := func(s *site, model string) bool { return client.breakers.State(s.name, model) == BreakerClosed }
	if from := first.route; from.site != nil {
		if closed(from.site, first.Model) && from.site.keys.Another(now, first.Model, append(slices.Clip(refused), from.key)) {
			c.lane.avoid = from.key
			ownIdempotencyKey(c)
			return true
		}
	}
	if h.call.target != nil {
		return false // its name for the model is not the next one's
	}
	targets := client.plan.targets
	if few := h.st.seldom; few != nil && few.targets != nil {
		targets = few.targets // in the order of this call
	}
	for _, t := range targets[max(0, len(targets)-h.st.choice.laterTargets()):] {
		model := t.site.model(cmp.Or(t.model, h.call.Model))
		if t.site == first.route.site && model == first.Model {
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
func (h *hedging) pay(slow targetKey) (paid float64, ok bool) {
	sent := (h.st.account.sent() + 1) * weight(h.call)
	if sent > h.retry.mostRequests(len(h.st.client.plan.targets))-h.st.choice.laterTargets() {
		return 0, false
	}
	if h.retry.Budget.Disabled {
		return 0, true
	}
	paid = h.retry.Budget.retryCost()
	return paid, h.budgets.take(slow, h.retry.Budget, paid, false)
}

// chooseBeside is choose for the second attempt: another key than the first's, and
// no waiting for it. The retry is not told of the choice, which is not the one in use.
func chooseBeside(c *Call, s *site, model string) error {
	now := time.Now()
	k, _ := s.keys.Pick(now, askFor(c, s, model, c.lane.avoid))
	if k == nil || k == c.lane.avoid {
		s.keys.Done(k, c.route.affinity)
		return errNobodyElse
	}
	at := now.Sub(c.state.begun)
	c.route, c.Key = route{site: s, key: k, affinity: c.route.affinity, picked: at, begun: at}, k.Label()
	return nil
}

// ownIdempotencyKey gives a second request an Idempotency-Key of its own: with that
// of the first, a provider that honours it would let it wait for the first one's answer.
func ownIdempotencyKey(c *Call) {
	const name = "Idempotency-Key"
	h := c.Header.Clone()
	if h == nil {
		h = make(http.Header, 1)
	}
	key := h.Get(name)
	if key == "" {
		key = c.state.tries().payload.Key()[0]
	}
	h[name] = []string{key + "-hedge"}
	c.Header = h
}

// Helps reports whether the second may bring an answer after the first has failed
// with err. One that was not sent yet does not: the retry does that better.
func (h *hedging) Helps(err error) bool {
	v, second := verdictOf(KindOf(err)), h.rival
	return second.sent.Load() && (IsRetryable(err) || v.key != keySame || second.target != nil && goesTo(KindOf(err), second.target))
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

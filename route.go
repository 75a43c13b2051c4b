package buoy

import (
	"context"
	"sync"
	"time"

	"github.com/buoy-go/buoy/event"
	"github.com/buoy-go/buoy/internal/hint"
	"github.com/buoy-go/buoy/internal/keyring"
	"github.com/buoy-go/buoy/internal/pause"
)

// This file chooses the endpoint and the key of an attempt: a fresh choice for
// each, so that a retry takes another key by itself and skips what rests.

// route is the chosen endpoint and key.
type route struct {
	site     *site
	key      *keyring.Key
	affinity uint64        // of the call, as the key was picked with it
	picked   time.Duration // after the call's beginning, as all times here
	begun    time.Duration // when the attempt could be sent: chosen, and let through by the limits
}

// use is what the ring is told of the attempt.
func (r route) use(c *Call) keyring.Use {
	return keyring.Use{Key: r.key, Model: c.Model, Begun: c.state.at(r.begun)}
}

// overtaken is the refusal of a key that was told to pause, or refused, while the call
// waited for a local limit; nil where it may be used. Nothing was sent.
func (r route) overtaken(c *Call) error {
	if r.key == nil || r.begun <= r.picked {
		return nil
	}
	now := time.Now()
	wait := r.site.keys.Overtaken(now, keyring.Use{Key: r.key, Model: c.Model, Begun: c.state.at(r.picked)}).Sub(now)
	if wait <= 0 {
		return nil
	}
	return &overtakenError{&LimitError{Wait: wait, Limit: gateOf(c).String() + " was refused while the call waited for its turn"}}
}

// overtakenError sends a call back to the choice of its key.
type overtakenError struct{ limit *LimitError }

func (e *overtakenError) Error() string { return e.limit.Error() }
func (e *overtakenError) Unwrap() error { return e.limit }

// mostRoutes is how often an attempt chooses a key before it is sent.
const mostRoutes = 4

// choice is how a call chooses its route. It is safe for concurrent use: the two
// attempts of a hedge may meet refusals at the same time.
type choice struct {
	mu      sync.Mutex // guards the fields below
	refused *keyring.Refusals
	site    *site         // of the latest choice ...
	key     *keyring.Key  // ... nil while none was found ...
	model   string        // ... and the endpoint's name for the model
	waited  time.Duration // for keys, in all
	later   int32         // targets after the one in use
	handed  int32         // hand-overs to another key after a refusal for auth or quota
}

// note keeps the latest choice, so that the retry can ask for another.
func (c *choice) note(s *site, k *keyring.Key, model string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.site, c.key, c.model = s, k, model
}

// noteRefused keeps a key that has refused this call.
func (c *choice) noteRefused(k *keyring.Key, kind Kind) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.refused = c.refused.With(k, kind.forGood())
}

// endpoint is the one chosen last, "" for none.
func (c *choice) endpoint() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.site == nil {
		return ""
	}
	return c.site.name
}

func (c *choice) refusedKeys() []*keyring.Key { all, _ := c.refusals(); return all }

func (c *choice) refusals() (all, forGood []*keyring.Key) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.refused.All(), c.refused.ForGood()
}

// anotherKey reports whether the endpoint in use has a key for this call that
// has not refused it and may be used now. Where no key could be chosen at all,
// asking again at once would be a loop without an end.
func (c *choice) anotherKey() bool {
	c.mu.Lock()
	s, key, model, refused := c.site, c.key, c.model, c.refused.All()
	c.mu.Unlock()
	return key != nil && s.keys.Another(time.Now(), model, refused)
}

// rest says when the endpoint in use has a key for this call again, the zero value
// where it has one now, or where nothing was chosen.
func (c *choice) rest() keyring.Rest {
	c.mu.Lock()
	s, key, model := c.site, c.key, c.model
	c.mu.Unlock()
	if key == nil {
		return keyring.Rest{}
	}
	return s.keys.Rest(time.Now(), model)
}

// keyBack is [keyring.Ring.Back] for the endpoint in use.
func (c *choice) keyBack() (until time.Time, ok bool) {
	c.mu.Lock()
	s, key, model, forGood := c.site, c.key, c.model, c.refused.ForGood()
	c.mu.Unlock()
	if key == nil {
		return until, false
	}
	return s.keys.Back(time.Now(), model, forGood)
}

// maxHandOvers bounds how many keys that are refused as wrong or out of money a call
// leaves behind.
const maxHandOvers = 10

// handOver notes one of those hand-overs, which MaxAttempts does not count, and
// reports false where there were too many.
func (c *choice) handOver() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.handed == maxHandOvers {
		return false
	}
	c.handed++
	return true
}

func (c *choice) handOvers() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return int(c.handed)
}

// noteWaited adds to how long the call has waited for keys.
func (c *choice) noteWaited(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.waited += d
}

func (c *choice) waitedForKeys() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.waited
}

// noteLater sets how many targets follow the one in use.
func (c *choice) noteLater(n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.later = int32(n)
}

func (c *choice) laterTargets() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return int(c.later)
}

// chooseRoute sets endpoint, model and key of an attempt, and keeps what the
// attempt has shown of the key.
func chooseRoute(next Handler) Handler {
	return func(ctx context.Context, call *Call) (*Reply, error) {
		c := stateOf(call).changeable(call)
		for i := 1; ; i++ {
			if err := choose(ctx, c); err != nil {
				return nil, err
			}
			reply, err := takeRoute(ctx, c, next)
			overtaken, ok := err.(*overtakenError)
			if !ok {
				return reply, err
			}
			if i == mostRoutes {
				return nil, overtaken.limit
			}
		}
	}
}

func takeRoute(ctx context.Context, c *Call, next Handler) (*Reply, error) {
	if c.route.key == nil { // a user's chain over a user's handler
		return next(ctx, c)
	}
	defer c.route.site.keys.Done(c.route.key, c.route.affinity) // a panic, too
	reply, err := next(ctx, c)
	if _, ok := err.(*overtakenError); !ok {
		learn(ctx, c, reply, err)
	}
	return reply, err
}

// choose takes the call's target and the key whose turn it is. Where all keys
// rest it waits for the first, if that fits, and otherwise says when it will be.
func choose(ctx context.Context, c *Call) error {
	st := stateOf(c)
	if st.client.primary == nil { // a user's chain has nothing to choose from
		return nil
	}
	s, model := st.client.primary, c.Model
	if c.target != nil {
		s = c.target.site
	}
	if c.Request != nil && model == st.request.Model && (c.target == nil || c.target.model == "") {
		model = c.Request.Model // a middleware may have asked for another one there
	}
	model = s.model(model)
	c.Endpoint, c.Model = s.name, model
	if c.lane.isHedge() {
		return chooseBeside(c, s, model)
	}
	now := st.now()
	if err := s.keys.Refresh(ctx, now); err != nil {
		st.choice.note(s, nil, model) // without a key: a refusal here has no other to offer
		if ctx.Err() != nil {
			return st.waitError(ctx)
		}
		return &sourceError{err}
	}
	k, _ := s.keys.Pick(now, askFor(c, s, model))
	if k == nil {
		st.choice.note(s, nil, model)
		var err error
		if k, err = waitForKey(ctx, c, s, model); err != nil {
			return err
		}
		now = time.Now()
	}
	at := now.Sub(st.begun)
	c.route = route{site: s, key: k, affinity: c.route.affinity, picked: at, begun: at}
	c.Key = k.Label()
	st.choice.note(s, k, model)
	return nil
}

// waitForKey waits for a key in the order of coming, or says at once why it does not.
func waitForKey(ctx context.Context, c *Call, s *site, model string) (*keyring.Key, error) {
	st, begun := c.state, time.Now()
	place := s.keys.Join(model, st.who())
	defer place.Leave()
	for {
		now := time.Now()
		ask := askFor(c, s, model)
		k, rest, first := place.Pick(now, ask)
		if err := st.refuseRest(ctx, c, s, rest, begun); k == nil && err != nil {
			if k = s.keys.Dare(now, ask); k == nil {
				return nil, err
			}
		}
		if k != nil {
			st.account.addWait(now.Sub(begun))
			c.tellWait(ctx, event.WaitKey, k.Label(), now.Sub(begun))
			return k, nil
		}
		wait := rest.At.Sub(now)
		named := rest.Named && wait > 0
		if !first && !named {
			wait = st.patienceForKeys()
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-place.Moved():
		case <-ctx.Done():
			timer.Stop()
			return nil, st.waitError(ctx)
		}
		timer.Stop()
		if !named {
			st.choice.noteWaited(time.Since(now))
		}
	}
}

// refuseRest says why a call does not wait until a key is back; nil where it does.
func (st *callState) refuseRest(ctx context.Context, c *Call, s *site, rest keyring.Rest, begun time.Time) error {
	wait := max(time.Until(rest.At), 0)
	switch {
	case rest.Reason == keyring.Auth || rest.Reason == keyring.Quota:
		return &KeysError{Endpoint: s.name, Kind: keyKinds[rest.Reason], Keys: s.keys.Len(), Until: rest.At}
	case !st.waitsFor(rest) || !pause.Fits(ctx, wait) || c.sliceEnd != 0 && wait >= time.Until(st.at(c.sliceEnd)):
		return &LimitError{Wait: max(wait, time.Since(begun)), Limit: s.keys.Paused(time.Now(), s.name, rest)}
	}
	return nil
}

// waitsFor reports whether a call has the patience for a rest. What a provider asks
// for is bounded each time, what was learned without its word in all.
func (st *callState) waitsFor(rest keyring.Rest) bool {
	wait := time.Until(rest.At)
	if rest.Named && wait > 0 {
		return wait <= longestWait(st)
	}
	left := st.patienceForKeys()
	return left > 0 && wait <= left
}

// patienceForKeys is how long a call may yet wait for keys that rest without a wait
// that was named: with somebody else to ask, a target or the last resort, not long.
func (st *callState) patienceForKeys() time.Duration {
	limit := longestWait(st)
	if st.client.plan.last != nil {
		limit = min(limit, st.settings.retry.maxDelay())
	}
	return limit - st.choice.waitedForKeys()
}

// longestWait is the longest pause that a call waits for, for a key or a limit.
func longestWait(st *callState) time.Duration {
	if st.choice.laterTargets() > 0 {
		return st.settings.retry.maxDelay()
	}
	return st.settings.retry.maxServerDelay()
}

// learn tells the ring how the attempt went; what a stream shows after its
// beginning counts, too. Where a key was refused and no other is free, the source is
// asked for one before the call fails.
func learn(ctx context.Context, c *Call, reply *Reply, err error) {
	r := c.route
	switch {
	case err != nil:
		r.failed(ctx, c, err)
		kind := KindOf(err)
		v := verdictOf(kind).key
		if v != keySame {
			c.state.choice.noteRefused(r.key, kind)
		}
		if v == keyDisable && !c.state.choice.anotherKey() {
			r.site.keys.Renew(ctx, time.Now(), r.key)
		}
	case reply.Response != nil:
		r.answered(ctx, c, reply.Response.Info.RateLimit)
	default:
		r.answered(ctx, c, reply.Stream.inner.src.info().RateLimit)
		reply.Stream.inner.onEnd(&routed{ctx, c})
	}
}

// routed waits for the end of a stream, to tell the ring.
type routed struct {
	ctx  context.Context
	call *Call
}

func (o *routed) streamEnded(err error) {
	if err != nil {
		o.call.route.failed(o.ctx, o.call, err)
	}
}

// answered notes in the ring what a good answer says of the key.
func (r route) answered(ctx context.Context, c *Call, limits RateLimitInfo) {
	pause := hint.RateLimit{Requests: hint.Window(limits.Requests), Tokens: hint.Window(limits.Tokens)}.Pause()
	r.changed(ctx, c, r.site.keys.Answered(r.use(c), pause), nil)
}

// failed notes in the ring what a failure says of the key.
func (r route) failed(ctx context.Context, c *Call, err error) {
	wait, _ := RetryAfter(err)
	r.changed(ctx, c, r.site.keys.Learn(time.Now(), r.use(c), lessonOf(err), wait), err)
}

// changed tells those who listen what has become of the key.
func (r route) changed(ctx context.Context, c *Call, change keyring.Change, err error) {
	tellKey(ctx, c.state.client, event.Key{Endpoint: r.site.name, Key: r.key.Label(), Err: err, Call: c.state.id}, change)
}

package buoy

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/buoy-go/buoy/internal/keyring"
)

// This file chooses the endpoint and the key of an attempt: a fresh choice for
// each, so that a retry takes another key by itself and skips what rests.

// route is the chosen endpoint and key.
type route struct {
	site *site
	key  *keyring.Key
}

// choice is how a call chooses its route. It is safe for concurrent use: the two
// attempts of a hedge may meet refusals at the same time.
type choice struct {
	mu      sync.Mutex // guards the fields below
	later   int        // targets after the one in use
	refused []*keyring.Key
	route   route  // of the latest choice ...
	model   string // ... and its endpoint's name for the model
}

// note keeps the latest choice, so that the retry can ask for another.
func (c *choice) note(r route, model string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.route, c.model = r, model
}

// noteRefused keeps a key that has refused this call.
func (c *choice) noteRefused(k *keyring.Key) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !slices.Contains(c.refused, k) {
		c.refused = append(c.refused, k)
	}
}

func (c *choice) refusedKeys() []*keyring.Key {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clip(c.refused)
}

// anotherKey reports whether the endpoint in use has a key for this call that
// has not refused it and may be used now. Where no key could be chosen at all,
// asking again at once would be a loop without an end.
func (c *choice) anotherKey() bool {
	c.mu.Lock()
	r, model, refused := c.route, c.model, slices.Clip(c.refused)
	c.mu.Unlock()
	return r.key != nil && r.site.keys.Another(time.Now(), model, refused)
}

// noteLater sets how many targets follow the one in use.
func (c *choice) noteLater(n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.later = n
}

func (c *choice) laterTargets() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.later
}

// chooseRoute sets endpoint, model and key of an attempt, and keeps what the
// attempt has shown of the key.
func chooseRoute(next Handler) Handler {
	return func(ctx context.Context, call *Call) (*Reply, error) {
		c := stateOf(call).changeable(call)
		if err := choose(ctx, c); err != nil {
			return nil, err
		}
		reply, err := next(ctx, c)
		if c.route.key == nil { // a chain by hand, over a handler by hand
			return reply, err
		}
		learn(c, reply, err)
		return reply, err
	}
}

// choose takes the call's target and the key whose turn it is. Where all keys
// rest it waits for the first, if that fits, and otherwise says when it will be.
func choose(ctx context.Context, c *Call) error {
	st := stateOf(c)
	if st.client.primary == nil { // a chain by hand has nothing to choose from
		return nil
	}
	s, model := st.client.primary, c.Model
	if c.target != nil {
		s = c.target.site
	}
	if c.Request != nil && model == st.model && (c.target == nil || c.target.model == "") {
		model = c.Request.Model // a middleware may have asked for another one there
	}
	model = s.model(model)
	c.Endpoint, c.Model = s.name, model
	if c.lane.isHedge() {
		return chooseBeside(c, s, model)
	}
	st.choice.note(route{site: s}, model) // no key yet: a refusal here has no other key to offer
	for {
		now := st.now()
		if err := s.keys.Refresh(ctx, now); err != nil {
			if ctx.Err() != nil {
				return st.waitError(ctx)
			}
			return &sourceError{err}
		}
		k, soonest, reason := s.keys.Pick(now, model, st.choice.refusedKeys())
		if k != nil {
			c.route = route{site: s, key: k}
			c.Key = k.Label()
			st.choice.note(c.route, model)
			return nil
		}
		if err := waitForKey(ctx, st, s, soonest, keyKinds[reason]); err != nil {
			return err
		}
	}
}

// waitForKey sleeps until a key is back, or says at once why it would not.
func waitForKey(ctx context.Context, st *callState, s *site, soonest time.Time, reason Kind) error {
	wait := time.Until(soonest)
	if soonest.IsZero() || reason != ErrRateLimit || wait > longestWait(st) || !endsBefore(ctx, wait) {
		n := s.keys.Len()
		if reason == ErrRateLimit {
			return &LimitError{Wait: wait, Limit: fmt.Sprintf("%s has asked for a pause on all of its %d keys", s.name, n)}
		}
		return &KeysError{Endpoint: s.name, Kind: reason, Keys: n, Until: soonest}
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return st.waitError(ctx)
	}
}

// longestWait is the longest pause that a call waits for, for a key or a limit.
func longestWait(st *callState) time.Duration {
	if st.choice.laterTargets() > 0 {
		return st.settings.retry.maxDelay()
	}
	return st.settings.retry.maxServerDelay()
}

// endsBefore reports whether a wait ends before the context does.
func endsBefore(ctx context.Context, wait time.Duration) bool {
	d, ok := ctx.Deadline()
	return !ok || wait < time.Until(d)
}

// learn tells the ring how the attempt went; what a stream shows after its
// beginning counts, too.
func learn(c *Call, reply *Reply, err error) {
	r, model := c.route, c.Model
	switch {
	case err != nil:
		r.failed(model, err)
		if verdictOf(KindOf(err)).key != keySame {
			c.state.choice.noteRefused(r.key)
		}
	case reply.Response != nil:
		r.answered(model, reply.Response.Info.RateLimit)
	default:
		r.answered(model, reply.Stream.inner.src.info().RateLimit)
		reply.OnEnd(func(err error) {
			if err != nil {
				r.failed(model, err)
			}
		})
	}
}

// answered tells the ring what a good answer says of the key.
func (r route) answered(model string, limits RateLimitInfo) {
	r.site.keys.Answered(r.key, model, exhausted(limits))
}

// failed tells the ring what a failure says of the key.
func (r route) failed(model string, err error) {
	wait, _ := RetryAfter(err)
	r.site.keys.Learn(time.Now(), r.key, model, lessonOf(err), wait)
}

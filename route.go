package buoy

import (
	"context"
	"fmt"
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

// chooseRoute sets endpoint, model and key of an attempt, and keeps what the
// attempt has shown of the key.
func chooseRoute(next Handler) Handler {
	return func(ctx context.Context, call *Call) (*Reply, error) {
		c := call.common(ctx).changeable(call)
		if err := c.choose(ctx); err != nil {
			return nil, err
		}
		reply, err := next(ctx, c)
		if c.route.key == nil { // a chain by hand, over a handler by hand
			return reply, err
		}
		c.learn(reply, err)
		return reply, err
	}
}

// choose takes the call's target and the key whose turn it is. Where all keys
// rest it waits for the first, if that fits, and otherwise says when it will be.
func (c *Call) choose(ctx context.Context) error {
	sh := c.common(ctx)
	if sh.client.primary == nil { // a chain by hand has nothing to choose from
		return nil
	}
	s, model := sh.client.primary, c.Model
	if c.target != nil {
		s = c.target.site
	}
	if c.Request != nil && model == sh.model && (c.target == nil || c.target.model == "") {
		model = c.Request.Model // a middleware may have asked for another one there
	}
	model = s.model(model)
	c.Endpoint, c.Model = s.name, model
	if c.isHedge() {
		return c.chooseBeside(s, model)
	}
	sh.noteRoute(route{site: s}, model) // no key yet: a refusal here has no other key to offer
	for {
		now := sh.now()
		if err := s.keys.Refresh(ctx, now); err != nil {
			if ctx.Err() != nil {
				return sh.ended(ctx)
			}
			return &sourceError{err}
		}
		k, soonest, reason := s.keys.Pick(now, model, sh.refusedKeys())
		if k != nil {
			c.route = route{site: s, key: k}
			c.Key = k.Label()
			sh.noteRoute(c.route, model)
			return nil
		}
		if err := sh.waitForKey(ctx, s, soonest, keyKinds[reason]); err != nil {
			return err
		}
	}
}

// waitForKey sleeps until a key is back, or says at once why it would not.
func (sh *shared) waitForKey(ctx context.Context, s *site, soonest time.Time, reason Kind) error {
	wait := time.Until(soonest)
	p := sh.settings.retry
	longest := p.maxServerDelay()
	if sh.laterTargets() > 0 {
		longest = p.maxDelay()
	}
	if soonest.IsZero() || reason != ErrRateLimit || wait > longest || !sh.fits(ctx, wait) {
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
		return sh.ended(ctx)
	}
}

// learn tells the ring how the attempt went; what a stream shows after its
// beginning counts, too.
func (c *Call) learn(reply *Reply, err error) {
	r, model := c.route, c.Model
	switch {
	case err != nil:
		r.failed(model, err)
		if verdictOf(KindOf(err)).key != keySame {
			c.shared.noteRefused(r.key)
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

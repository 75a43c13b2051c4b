package buoy

import (
	"context"
	"fmt"
	"time"
)

// This file chooses the endpoint and the key of an attempt: a fresh choice for
// each, so that a retry takes another key by itself and skips what rests.

// route is the chosen endpoint and key.
type route struct {
	site *site
	key  *apiKey
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
	if sh.client == nil {
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
		if err := s.keys.refresh(ctx, now); err != nil {
			if ctx.Err() != nil {
				return sh.ended(ctx)
			}
			return err
		}
		k, soonest, reason := s.keys.pick(now, model, sh.refusedKeys())
		if k != nil {
			c.route = route{site: s, key: k}
			c.Key = k.label
			sh.noteRoute(c.route, model)
			return nil
		}
		if err := sh.waitForKey(ctx, s, soonest, reason); err != nil {
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
		s.keys.mu.Lock()
		n := len(s.keys.keys)
		s.keys.mu.Unlock()
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
	ring, k, model, sh := c.route.site.keys, c.route.key, c.Model, c.shared
	if err != nil {
		ring.learn(time.Now(), k, model, err)
		if verdictOf(KindOf(err)).key != keySame {
			sh.noteRefused(k)
		}
		return
	}
	if reply.Response != nil {
		ring.answered(k, model, reply.Response.Info.RateLimit)
		return
	}
	ring.answered(k, model, reply.Stream.inner.src.info().RateLimit)
	reply.OnEnd(func(err error) {
		if err != nil && verdictOf(KindOf(err)).key != keySame {
			ring.learn(time.Now(), k, model, err)
		}
	})
}

// KeyStatus is what is known of one key of a client.
type KeyStatus struct {
	Endpoint string
	Label    string // as in Attempt.Key; never the key
	Disabled bool   // refused as wrong or expired; see Client.EnableKey
	// Until is when a key that is out of money may be tried again.
	Until  time.Time
	Reason Kind // why it is disabled or rests
}

// Keys returns what is known of the keys of all endpoints.
func (c *Client) Keys() []KeyStatus {
	var out []KeyStatus
	now := time.Now()
	for _, s := range c.sites {
		s.keys.mu.Lock()
		for _, k := range s.keys.keys {
			st := KeyStatus{Endpoint: s.name, Label: k.label, Disabled: k.disabled}
			if k.until.After(now) {
				st.Until = k.until
			}
			if st.Disabled || !st.Until.IsZero() {
				st.Reason = k.reason
			}
			out = append(out, st)
		}
		s.keys.mu.Unlock()
	}
	return out
}

// EnableKey lets a key be used again that was disabled or rests: after it was
// unlocked or its account topped up. It reports whether there is such a key.
func (c *Client) EnableKey(endpoint, label string) bool {
	for _, s := range c.sites {
		if s.name != endpoint {
			continue
		}
		s.keys.mu.Lock()
		defer s.keys.mu.Unlock()
		for _, k := range s.keys.keys {
			if k.label == label {
				k.disabled, k.until, k.reason, k.rests = false, time.Time{}, "", nil
				return true
			}
		}
	}
	return false
}

// SetKeys replaces the keys of an endpoint while the program runs. Keys that
// stay keep what is known of them; calls under way end with the key they have.
func (c *Client) SetKeys(endpoint string, keys ...string) error {
	if len(keys) == 0 {
		return fmt.Errorf("buoy: SetKeys for %s got no key", endpoint)
	}
	if err := checkKeys(endpoint, keys); err != nil {
		return fmt.Errorf("buoy: %w", err)
	}
	for _, s := range c.sites {
		if s.name == endpoint {
			s.keys.mu.Lock()
			defer s.keys.mu.Unlock()
			s.keys.replaceLocked(keys)
			return nil
		}
	}
	return fmt.Errorf("buoy: no endpoint is named %q", endpoint)
}

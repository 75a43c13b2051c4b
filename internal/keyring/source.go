package keyring

import (
	"context"
	"time"
)

// Source gives the keys. It returns at least one, or an error; it must be safe for
// concurrent use and obey its context.
type Source func(ctx context.Context) ([]string, error)

// How often a source is asked.
const (
	sourceEvery  = time.Minute
	sourceAtOnce = time.Second // after a refusal
)

// Refresh asks the source where it is time. While there are no keys its error is
// returned; later the old ones stay in use. One call asks, and the others wait for
// that, as long as their context allows.
func (r *Ring) Refresh(ctx context.Context, now time.Time) error {
	if r.source == nil || !r.due(now) {
		return nil
	}
	select {
	case r.asking <- struct{}{}:
		defer func() { <-r.asking }()
	case <-ctx.Done():
		return ctx.Err()
	}
	if !r.due(now) { // somebody else was quicker
		return nil
	}
	secrets, err := r.source(ctx)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asked, r.stale = time.Now(), false
	if err == nil {
		r.replaceLocked(secrets)
	}
	if len(r.keys) > 0 {
		return nil
	}
	return err
}

// due reports whether it is time to ask the source.
func (r *Ring) due(now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	age := now.Sub(r.asked)
	return len(r.keys) == 0 || age >= sourceEvery || r.stale && age >= sourceAtOnce
}

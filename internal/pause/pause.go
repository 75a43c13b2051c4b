// Package pause has the waits between attempts: how they grow, and how they are cut
// short.
package pause

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/cenkalti/backoff/v4"
)

// fullJitter makes backoff's growth draw from U[0, min(limit, base*2^k)]: a
// factor of 1 spreads an interval over [0, 2*interval], so both are halved. The
// cap comes before the jitter; after it, it would synchronise clients.
func fullJitter(base, limit time.Duration) *backoff.ExponentialBackOff {
	return backoff.NewExponentialBackOff(
		backoff.WithInitialInterval(base/2),
		backoff.WithRandomizationFactor(1),
		backoff.WithMultiplier(2),
		backoff.WithMaxInterval(limit/2),
		backoff.WithMaxElapsedTime(0),
	)
}

// Growth is how the waits of a call grow. The zero value is at the beginning. It is
// not safe for concurrent use.
type Growth struct {
	usual *backoff.ExponentialBackOff
	vain  *backoff.ExponentialBackOff
}

// Next is the next wait, of U[0, min(limit, base*2^k)]. Where it was asked in vain, of
// a model that loads or says nothing, it is three times as long.
func (g *Growth) Next(base, limit time.Duration, vain bool) time.Duration {
	if vain {
		if g.vain == nil {
			g.vain = fullJitter(3*base, max(limit, 3*base))
		}
		return g.vain.NextBackOff()
	}
	if g.usual == nil {
		g.usual = fullJitter(base, limit)
	}
	return g.usual.NextBackOff()
}

// Jitter is what to add to a wait that somebody named, so that not all clients come back
// at its end: of U[0, min(wait/10, 1s)].
func Jitter(wait time.Duration) time.Duration {
	return time.Duration(rand.Int64N(int64(min(wait/10, time.Second)) + 1))
}

// Fits reports whether a wait ends before the context does.
func Fits(ctx context.Context, wait time.Duration) bool {
	d, ok := ctx.Deadline()
	return !ok || wait < time.Until(d)
}

// Sleep waits and reports true, or false as soon as the context ends.
func Sleep(ctx context.Context, wait time.Duration) bool {
	if wait <= 0 {
		return ctx.Err() == nil
	}
	t := time.NewTimer(wait)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

package buoyredis

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/internal/gate"
	"github.com/buoy-go/buoy/internal/lru"
	"github.com/buoy-go/buoy/internal/queue"
)

// maxAlone bounds the buckets that an instance has without Redis: a customer each. One takes
// 780 bytes with a limit of tokens and 630 without, so all of them at most 13 MB.
const maxAlone = 1 << 14

// alone has the limits of this instance for the time without Redis: for each bucket a gate
// as the standard local limit has, with this instance's part of the allowance. The buckets
// are those in Redis, and all middlewares of a Limiter have the same. It is safe for
// concurrent use.
type alone struct {
	mu    sync.Mutex // guards the fields below
	among int
	rates *lru.Map[string, *gate.Rate] // by the bucket's key; nil before the first
}

// rate returns the gate of a bucket. The one that was not asked for longest makes room: a
// bucket fills up in six seconds, and is then what a new one is.
func (a *alone) rate(key string, limit buoy.RateLimit, among int) *gate.Rate {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.rates == nil || a.among != among {
		a.among, a.rates = among, lru.New[string, *gate.Rate](maxAlone)
	}
	return a.rates.GetOrMake(key, func() *gate.Rate {
		return gate.NewRate(limit.RequestsPerMinute, limit.TokensPerMinute)
	})
}

// known returns the gate of a bucket if there is one.
func (a *alone) known(key string) (*gate.Rate, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.rates.Get(key)
}

// goAlone carries a call out by the part of this instance.
func (l *Limiter) goAlone(ctx context.Context, call *buoy.Call, ch *charge, next buoy.Handler) (*buoy.Reply, error) {
	pass, err := l.enterAlone(ctx, call, ch)
	if err != nil {
		return nil, err
	}
	returned := false
	defer func() {
		if !returned { // a panic: nobody knows what was sent
			pass.Keep()
		}
	}()
	reply, err := next(ctx, call)
	returned = true
	whenEnded(reply, err, func(err error, began bool, u buoy.Usage) {
		if requests, tokens, known := l.used(ch, err, began, u); known {
			pass.Settle(requests, tokens)
		} else {
			pass.Keep()
		}
	})
	return reply, err
}

// enterAlone waits for the call's turn.
func (l *Limiter) enterAlone(ctx context.Context, call *buoy.Call, ch *charge) (*gate.Pass, error) {
	among, begun := l.fleet.number(), time.Now()
	limit := buoy.RateLimit{RequestsPerMinute: part(l.limit.RequestsPerMinute, among), TokensPerMinute: part(l.limit.TokensPerMinute, among)}
	tokens := ch.prompt + ch.output
	if all := limit.TokensPerMinute; all > 0 {
		if err := ch.fits(all, fromThis); err != nil {
			return nil, err
		}
		tokens = min(tokens, all)
	}
	rate := l.alone.rate(ch.key, limit, among)
	if pass := rate.Try(tokens); pass != nil {
		return pass, nil
	}
	who := whoIs(call)
	late := func(e gate.TooLate) error { return ch.late(limit, fromThis, e.Wait, e.Tokens) }
	until, labels := call.Patience(ctx)
	if wait := rate.Wait(who, tokens); ch.label != "" && l.quickerAlone(call.Endpoint, labels, who, tokens, wait.Wait) {
		return nil, late(wait)
	}
	pass, err := rate.Enter(ctx, who, tokens, until)
	if e, ok := errors.AsType[*gate.TooLate](err); ok {
		return nil, late(*e)
	}
	if err != nil {
		return nil, err
	}
	call.Waited(ctx, begun)
	return pass, nil
}

// quickerAlone reports whether one of these keys would let a call go sooner, as one does
// that was not used yet.
func (l *Limiter) quickerAlone(endpoint string, labels []string, who queue.Who, tokens int, wait time.Duration) bool {
	for _, label := range labels {
		rate, known := l.alone.known(l.key("key", endpoint, label))
		if !known || rate.Wait(who, tokens).Wait < wait {
			return true
		}
	}
	return false
}

// part is that of one instance, and never 0, which would be no limit.
func part(n, among int) int {
	if n == 0 {
		return 0
	}
	return max(1, n/among)
}

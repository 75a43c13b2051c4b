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
	mu    sync.Mutex // guards the field below
	gates *lru.Map[string, portion]
}

// portion is an instance's part of a bucket.
type portion struct {
	rate  *gate.Rate
	among int       // how many instances
	told  time.Time // Redis told how full the bucket was, when it was last lowered to that
}

func newAlone() alone { return alone{gates: lru.New[string, portion](maxAlone)} }

// rate returns the gate of a bucket. It is no fuller than the bucket was when Redis last told:
// else a Redis that fails every few seconds would give each instance a full part each time.
// One for another number of instances is no fuller than the one before it. The one that was
// not asked for longest makes room: a bucket fills up in six seconds, and is then what a new
// one is.
func (a *alone) rate(key string, limit buoy.RateLimit, among int, last fill) *gate.Rate {
	a.mu.Lock()
	defer a.mu.Unlock()
	p, known := a.gates.Get(key)
	if !known || p.among != among {
		before := p.rate
		p = portion{rate: gate.NewRate(limit.RequestsPerMinute, limit.TokensPerMinute), among: among}
		if known {
			p.rate.Lower(before.Levels())
		}
	}
	if last.at.After(p.told) {
		p.rate.Lower(last.levels)
		p.told = last.at
	}
	a.gates.Put(key, p)
	return p.rate
}

// known returns the gate of a bucket if there is one.
func (a *alone) known(key string) (*gate.Rate, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	p, ok := a.gates.Get(key)
	return p.rate, ok
}

// goAlone carries a call out by the part of this instance.
func (l *Limiter) goAlone(ctx context.Context, call *buoy.Call, ch *charge, next buoy.Handler) (*buoy.Reply, error) {
	begun := time.Now()
	pass, waited, err := l.enterAlone(ctx, call, ch)
	if err != nil {
		return nil, err
	}
	var t turn
	if waited {
		t = l.tellOf(ctx, ch)
		call.Waited(ctx, begun)
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
		requests, tokens, known := l.used(ch, err, began, u)
		if !known {
			pass.Keep()
			return
		}
		pass.Settle(requests, tokens)
		if t.at > 0 {
			l.correct(ctx, ch, t.at, l.requests.cost(requests)-ch.requests, l.tokens.cost(tokens)-ch.tokens)
		}
	})
	return reply, err
}

// tellOf charges Redis with a call that has waited for its turn here, if it is back. Else it
// would let others go at the same time, for as long as callers wait here.
func (l *Limiter) tellOf(ctx context.Context, ch *charge) turn {
	if !l.link.health.here() {
		return turn{}
	}
	a, err := l.ask(ctx, ch, longestWait)
	if err != nil || !a.went {
		return turn{}
	}
	return turn{at: a.at}
}

// enterAlone waits for the call's turn.
func (l *Limiter) enterAlone(ctx context.Context, call *buoy.Call, ch *charge) (pass *gate.Pass, waited bool, err error) {
	among := l.fleet.number()
	limit := buoy.RateLimit{RequestsPerMinute: part(l.limit.RequestsPerMinute, among), TokensPerMinute: part(l.limit.TokensPerMinute, among)}
	tokens := ch.prompt + ch.output
	if all := limit.TokensPerMinute; all > 0 {
		if err := ch.fits(all, fromThis); err != nil {
			return nil, false, err
		}
		tokens = min(tokens, all)
	}
	rate := l.alone.rate(ch.key, limit, among, l.fill(ch.key))
	if pass := rate.Try(tokens); pass != nil {
		return pass, false, nil
	}
	who := whoIs(call)
	late := func(e gate.TooLate) error { return ch.late(limit, fromThis, e.Wait, e.Tokens) }
	until, labels := patience(ctx, call)
	if wait := rate.Wait(who, tokens); ch.label != "" && l.quickerAlone(call.Endpoint, labels, who, tokens, wait.Wait) {
		return nil, false, late(wait)
	}
	pass, err = rate.Enter(ctx, who, tokens, until)
	if e, ok := errors.AsType[*gate.TooLate](err); ok {
		return nil, false, late(*e)
	}
	return pass, true, err
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

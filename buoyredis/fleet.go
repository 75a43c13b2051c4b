package buoyredis

import (
	"context"
	"sync"
	"time"

	"github.com/buoy-go/buoy"
)

// This file is for the time without Redis: how many instances share a limit, and the
// part of each.

// How instances know of each other.
const (
	tellEvery = 5 * time.Second
	goneAfter = 30 * time.Second
)

var presentScript = newScript(`
local clock = redis.call('TIME')
redis.call('ZADD', KEYS[1], clock[1], ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', clock[1] - ARGV[2])
redis.call('EXPIRE', KEYS[1], ARGV[2])
return redis.call('ZCARD', KEYS[1])`)

// fleet counts the instances that used a limit lately. It is safe for concurrent use.
type fleet struct {
	link  *link
	key   string
	id    string
	fixed int // by WithInstances; 0 for none

	mu    sync.Mutex // guards the fields below
	told  time.Time
	known int
}

// tell says now and then that this instance is there, and hears how many are.
func (f *fleet) tell(ctx context.Context) {
	if f.fixed > 0 {
		return
	}
	f.mu.Lock()
	now := time.Now()
	due := now.Sub(f.told) >= tellEvery
	if due {
		f.told = now
	}
	f.mu.Unlock()
	if !due {
		return
	}
	got, err := f.link.run(ctx, presentScript, []string{f.key}, f.id, int(goneAfter.Seconds()))
	if n, ok := got.(int64); ok && err == nil && n > 0 {
		f.mu.Lock()
		f.known = int(n)
		f.mu.Unlock()
	}
}

// number is among how many the limit is divided.
func (f *fleet) number() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return max(f.fixed, f.known, 1)
}

// alone has the limits of this instance for the time without Redis: the standard local
// limit with this instance's part of the allowance, for each key of each endpoint, or for
// each value of WithPer. It is safe for concurrent use.
type alone struct {
	limiter *Limiter
	next    buoy.Handler

	mu     sync.Mutex // guards the fields below
	among  int
	limits map[string]buoy.Handler
}

func newAlone(l *Limiter, next buoy.Handler) *alone { return &alone{limiter: l, next: next} }

// handler returns the limit of a bucket.
func (a *alone) handler(key string, among int) buoy.Handler {
	l := a.limiter
	if l.per == nil {
		key = "" // it tells endpoints and keys apart by itself
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.among != among {
		a.among, a.limits = among, map[string]buoy.Handler{}
	}
	h, known := a.limits[key]
	if !known {
		if len(a.limits) >= maxBuckets {
			makeRoom(a.limits)
		}
		h = buoy.Limit(buoy.RateLimit{
			RequestsPerMinute: part(l.limit.RequestsPerMinute, among), TokensPerMinute: part(l.limit.TokensPerMinute, among),
			Estimate: l.limit.Estimate,
		})(a.next)
		a.limits[key] = h
	}
	return h
}

// part is that of one instance, and never 0, which would be no limit.
func part(n, among int) int {
	if n == 0 {
		return 0
	}
	return max(1, n/among)
}

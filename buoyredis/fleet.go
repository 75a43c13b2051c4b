package buoyredis

import (
	"context"
	"sync"
	"time"
)

// This file counts the instances that share a limit: without Redis each has its part.

// How instances know of each other. Those that start together count too few at first, and
// so do those who are the first to find an empty Redis: for some times they count again
// soon. With 5 s from the beginning, six instances whose Redis died after 3 s sent 290
// where 120 were allowed.
const (
	tellEvery = 5 * time.Second
	goneAfter = 30 * time.Second
	soonAgain = time.Second
	soonTimes = 5
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
	sure  int // how often in a row it counted no fewer than before
	known int
}

// tell says now and then that this instance is there, and hears how many are.
func (f *fleet) tell(ctx context.Context) {
	if f.fixed > 0 {
		return
	}
	f.mu.Lock()
	now := time.Now()
	every := tellEvery
	if f.sure <= soonTimes {
		every = soonAgain
	}
	due := now.Sub(f.told) >= every
	if due {
		f.told = now
	}
	f.mu.Unlock()
	if !due {
		return
	}
	got, err := f.link.run(ctx, presentScript, []string{f.key}, f.id, int(goneAfter.Seconds()))
	n, ok := got.(int64)
	f.mu.Lock()
	defer f.mu.Unlock()
	if !ok || err != nil || n <= 0 {
		f.sure = 0
		return
	}
	if f.sure++; int(n) < f.known {
		f.sure = 1
	}
	f.known = int(n)
}

// number is among how many the limit is divided.
func (f *fleet) number() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return max(f.fixed, f.known, 1)
}

package buoyredis

import (
	"context"
	"sync"
	"time"
)

// This file counts the instances that share a limit: without Redis each has its part.

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

// Package caching has the words of a cache: what stores bytes, and what is remembered,
// for whom and how long. Package buoy has second names for them: buoy.Cache and
// buoy.CachePolicy.
package caching

import (
	"context"
	"errors"
	"time"

	"github.com/buoy-go/buoy/chat"
)

// Cache is a store of bytes, for buoy.WithCache. Keys are 64 hexadecimal digits, a hash:
// neither they nor errors tell a prompt, but values hold answers. Set must store value
// under key for ttl, or longer: a value knows itself how long it is good. Get must return
// the value unchanged, or ok false. Neither may change or keep a value that it was given
// or has returned without a copy of its own.
//
// A Cache may have three more methods:
//
//	// Name is the name of a cache of one level, for chat.CallInfo.Cache; "cache" without it.
//	Name() string
//	// GetLevel is Get that also names the level that had the value, for chat.CallInfo.Cache.
//	GetLevel(ctx context.Context, key string) (value []byte, level string, ok bool, err error)
//	// Peek returns what can be had at once, from memory. It must not wait or do I/O.
//	Peek(key string) (value []byte, level string, ok bool)
//
// Where there is a Peek it is asked first, on the goroutine of the call. All else runs on
// goroutines of its own and is waited for only so long (see [Policy]).
//
// Package buoycache has caches in memory, on disk and in several levels, package buoyredis
// one in Redis; buoytest.Cache is for tests. Implementations must be safe for concurrent
// use. A panic counts as an error.
type Cache interface {
	Get(ctx context.Context, key string) (value []byte, ok bool, err error)
	Set(ctx context.Context, key string, value []byte, ttl time.Duration) error
}

// Policy says what is remembered, for whom and for how long. The zero value
// remembers the answers to requests that ask for the same answer each time, for an hour.
type Policy struct {
	// TTL is how long an answer is good, less up to a tenth by chance, so that answers
	// that were made together do not expire together. 0 means 1h.
	TTL time.Duration
	// StaleOnError is how long after its TTL an answer is still given in place of an
	// error, with chat.CallInfo.Degraded and Cause set. 0 means never. It goes before the
	// answer of buoy.WithFallbackFunc. It is not given for the caller's own mistakes,
	// moderation and cancellation.
	StaleOnError time.Duration
	// Coalesce lets equal calls that run at the same time share one request. It goes on
	// while one of them waits, whichever began it, and ends with the last. Each gets a
	// copy of its own, and its own error. Streams share with streams, also one that has
	// begun, which they read from its start. The options of the first call count, its
	// context's values and its Timeouts.Call, but not its deadline.
	Coalesce bool
	// Namespace keeps answers apart: requests share an answer only where it returns the
	// same text. Return the tenant, the user, or whoever must not see another's answers.
	// It enters the key as a hash. nil means that all calls of all clients that use the
	// store share.
	Namespace func(ctx context.Context, req *chat.Request) string
	// Accept says which requests are looked up, stored and coalesced. nil means those
	// with Temperature 0 or a Seed. Must not change the request.
	Accept func(ctx context.Context, req *chat.Request) bool
	// MaxWait bounds the wait for the cache; after it the call goes on without it. 0
	// means 100ms, negative means no bound. Storing never delays a call.
	MaxWait time.Duration
}

// Check returns an error that names the fix for a policy that cannot work with c.
func (p *Policy) Check(c Cache) error {
	switch {
	case c == nil && !p.Coalesce:
		return errors.New("WithCache got no cache and does not coalesce: pass a Cache, or set CachePolicy.Coalesce")
	case p.TTL < 0 || p.StaleOnError < 0:
		return errors.New("CachePolicy.TTL and StaleOnError must not be negative: 0 is the default")
	}
	return nil
}

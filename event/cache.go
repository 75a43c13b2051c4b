package event

import (
	"context"
	"time"

	"github.com/buoy-go/buoy/chat"
)

// CacheResult is what a cache was good for.
type CacheResult string

// The results.
const (
	CacheHit       CacheResult = "hit"       // it had the answer
	CacheMiss      CacheResult = "miss"      // it had none, or one that is too old
	CacheStale     CacheResult = "stale"     // its old answer was given in place of an error
	CacheCoalesced CacheResult = "coalesced" // the call shared the request of another
	CacheStored    CacheResult = "stored"    // an answer was written to it
	CacheError     CacheResult = "error"     // it failed, was too slow, or held garbage; the call went on without it
)

// Cache says what the cache did for a call (buoy.WithCache). A call that asks it has one
// hit, miss or error. What comes of a miss follows: coalesced, stale, stored, or an error
// of the writing.
type Cache struct {
	Call   uint64
	Model  string // as requested
	Result CacheResult
	Level  string // the level that had the answer: "memory", "redis" ...; for hits and stale answers
	// Wait is how long the cache took, or for "coalesced" how long the call waited for
	// the other's answer.
	Wait time.Duration
	// Saved is what the answer had cost when it was made, for hits and stale answers,
	// and for whole answers that were coalesced.
	Saved chat.Usage
	Err   error // for "error": why; for "stale": the failure that it stands in for
}

// CacheObserver is told what caches do. Of what is written it hears on a goroutine of
// its own, perhaps after the end of the call.
type CacheObserver interface {
	ObserveCache(ctx context.Context, e Cache)
}

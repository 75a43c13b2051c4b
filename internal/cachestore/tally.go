package cachestore

import (
	"sync"

	"github.com/buoy-go/buoy/event"
	"github.com/buoy-go/buoy/internal/saturate"
	"github.com/buoy-go/buoy/status"
)

// Tally counts what a cache was good for. The zero value is ready, and it is safe for
// concurrent use.
type Tally struct {
	mu     sync.Mutex // guards the field below
	counts status.Cache
}

// Add counts an event.
func (t *Tally) Add(e *event.Cache) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch e.Result {
	case event.CacheHit:
		t.counts.Hits++
	case event.CacheMiss:
		t.counts.Misses++
	case event.CacheStale:
		t.counts.Stale++
	case event.CacheCoalesced:
		t.counts.Coalesced++
	case event.CacheStored:
		t.counts.Stored++
		return // its usage was paid for
	case event.CacheError:
		t.counts.Errors++
	}
	saved := saturate.Tokens(e.Saved.TotalTokens, e.Saved.PromptTokens, e.Saved.CompletionTokens)
	t.counts.SavedTokens = saturate.Sum(t.counts.SavedTokens, int64(saved))
}

// Status returns the counts.
func (t *Tally) Status() status.Cache {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.counts
}

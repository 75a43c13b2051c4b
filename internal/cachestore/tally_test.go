package cachestore

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/buoy-go/buoy/chat"
	"github.com/buoy-go/buoy/event"
	"github.com/buoy-go/buoy/status"
)

func TestTally(t *testing.T) {
	var tally Tally
	for result, n := range map[event.CacheResult]int{
		event.CacheHit: 1, event.CacheMiss: 2, event.CacheStale: 3, event.CacheCoalesced: 4, event.CacheStored: 5, event.CacheError: 6, "": 7,
	} {
		for range n {
			e := event.Cache{Result: result}
			if result == event.CacheHit || result == event.CacheStored {
				e.Saved = chat.Usage{PromptTokens: 70, CompletionTokens: 30}
			}
			tally.Add(&e)
		}
	}
	want := status.Cache{Hits: 1, Misses: 2, Stale: 3, Coalesced: 4, Stored: 5, Errors: 6, SavedTokens: 100}
	require.Equal(t, want, tally.Status())
	tally.counts.SavedTokens = math.MaxInt64 - 2*math.MaxInt32 // or it would take for ever where an int has 32 bits
	for range 3 {                                              // a provider may tell any number
		tally.Add(&event.Cache{Result: event.CacheHit, Saved: chat.Usage{TotalTokens: math.MaxInt}})
	}
	require.EqualValues(t, int64(math.MaxInt64), tally.Status().SavedTokens)
}

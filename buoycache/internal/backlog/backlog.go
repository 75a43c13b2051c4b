// Package backlog holds what waits to be written: one entry for each key, at most so many
// entries and bytes. What is there can be read.
package backlog

import (
	"sync"
	"time"
)

// Item is a value that waits. No value means that the entry under the key goes.
type Item struct {
	Value         []byte
	Born, Expires time.Time
}

// Backlog is the place where entries wait. Make one with [New]. It is safe for concurrent
// use.
type Backlog struct {
	maxItems, maxBytes int

	mu      sync.Mutex
	waiting map[string]Item // for the next batch
	writing map[string]Item // a batch that is being written
	bytes   int             // of both
	closed  bool
}

// New makes a Backlog with room for so many entries and bytes of keys and values.
func New(maxItems, maxBytes int) *Backlog {
	return &Backlog{maxItems: maxItems, maxBytes: maxBytes, waiting: map[string]Item{}}
}

// Put adds an item, or takes the place of one that waits under the same key. It is refused
// where there is no room, or after Close. Urgent means that half the room is used: it is
// time to write.
func (b *Backlog) Put(key string, item Item) (ok, urgent bool) {
	size := len(key) + len(item.Value)
	b.mu.Lock()
	defer b.mu.Unlock()
	old, again := b.waiting[key]
	items, bytes := len(b.waiting)+len(b.writing), b.bytes+size
	if again {
		bytes -= len(key) + len(old.Value)
	} else {
		items++
	}
	if b.closed || items > b.maxItems || bytes > b.maxBytes {
		return false, false
	}
	b.waiting[key], b.bytes = item, bytes
	return true, items > b.maxItems/2 || bytes > b.maxBytes/2
}

// Get returns what waits under a key.
func (b *Backlog) Get(key string) (Item, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if item, ok := b.waiting[key]; ok {
		return item, true
	}
	item, ok := b.writing[key]
	return item, ok
}

// Take returns all that waits. It can be read, and takes its room, until Done is called.
func (b *Backlog) Take() map[string]Item {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.writing, b.waiting = b.waiting, map[string]Item{}
	return b.writing
}

// Done forgets what was taken.
func (b *Backlog) Done() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for key, item := range b.writing {
		b.bytes -= len(key) + len(item.Value)
	}
	b.writing = nil
}

// Close refuses all that comes from now on. What waits can still be taken.
func (b *Backlog) Close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
}

package history

import "sync"

// Last keeps the last 32 values. The zero value is ready, and it is safe for concurrent
// use.
type Last[T any] struct {
	mu   sync.Mutex // guards the fields below
	next int
	size int
	ring [32]T
}

// Add keeps a value, in place of the oldest.
func (l *Last[T]) Add(v T) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ring[l.next] = v
	l.next = (l.next + 1) % len(l.ring)
	l.size = min(l.size+1, len(l.ring))
}

// All returns the values, the newest first.
func (l *Last[T]) All() []T {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := make([]T, l.size)
	for i := range out {
		out[i] = l.ring[(l.next-1-i+len(l.ring))%len(l.ring)]
	}
	return out
}

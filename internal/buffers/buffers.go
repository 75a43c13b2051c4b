// Package buffers keeps memory to read a reply into. What a decoder makes of a reply is
// copied out of it, so that it can be used again at once.
package buffers

import (
	"bytes"
	"sync"
)

// largest is what is kept: a rare giant is left to the collector.
const largest = 1 << 20

var pool = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// Get returns an empty buffer. Give it back with Put.
func Get() *bytes.Buffer { return pool.Get().(*bytes.Buffer) }

// Put takes a buffer back. Nobody may have a part of it any more.
func Put(b *bytes.Buffer) {
	if b.Cap() <= largest {
		b.Reset()
		pool.Put(b)
	}
}

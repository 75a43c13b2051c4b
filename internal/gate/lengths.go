package gate

import (
	"sync"

	"github.com/buoy-go/buoy/internal/lru"
)

// How the length of an answer is guessed.
const (
	minOutputs  = 20 // fewer answers tell less than the request's own limit
	outputShare = 0.95
	// DefaultOutput is the guess where nothing is known.
	DefaultOutput = 1024
)

// Lengths keeps how long answers were. It is safe for concurrent use.
type Lengths[K comparable] struct {
	mu      sync.Mutex // guards the field below
	outputs *lru.Map[K, *Recent]
}

// NewLengths makes a registry of at most so many keys.
func NewLengths[K comparable](keys int) *Lengths[K] {
	return &Lengths[K]{outputs: lru.New[K, *Recent](keys)}
}

// Expect guesses the length of one answer, given the request's own limit or 0. It is
// asked for where the limit was the best guess.
func (l *Lengths[K]) Expect(key K, limit int) (tokens int, asked bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if r, ok := l.outputs.Get(key); ok && r.Len() >= minOutputs {
		if usual := int(r.Quantile(outputShare)); limit == 0 || usual < limit {
			return usual, false
		}
	}
	if limit > 0 {
		return limit, true
	}
	return DefaultOutput, false
}

// Add keeps the length of an answer.
func (l *Lengths[K]) Add(key K, tokens int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.outputs.GetOrMake(key, func() *Recent { return new(Recent) }).Add(int64(tokens))
}

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
	// longestAnswer bounds what an answer can have been: estimates of the next ones rest
	// on it, and a provider may tell any number.
	longestAnswer = 1 << 24
	// most is the longest guess of all answers together: a caller may ask for any number,
	// and the sum with a prompt must be a number, too, also on 32 bits.
	most = 1 << 30
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

// Expect guesses how long all answers of a request are together, of which there is at least
// one, given its own limit of each or 0. It is asked for where the limit was the best guess.
func (l *Lengths[K]) Expect(key K, limit, answers int) (tokens int, asked bool) {
	one, asked := l.expectOne(key, limit)
	if one > most/answers {
		return most, asked
	}
	return one * answers, asked
}

func (l *Lengths[K]) expectOne(key K, limit int) (tokens int, asked bool) {
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

// Add keeps the length of one answer, where so many had those tokens together.
func (l *Lengths[K]) Add(key K, tokens, answers int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.outputs.GetOrMake(key, func() *Recent { return new(Recent) }).Add(int64(min(max(tokens, 0), longestAnswer) / answers))
}

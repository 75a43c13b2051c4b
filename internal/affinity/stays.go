package affinity

import (
	"sync"
	"sync/atomic"

	"github.com/buoy-go/buoy/internal/lru"
)

// MaxStays is how many conversations [Stays] remembers: those that came last.
const MaxStays = 1 << 14

// Stays remembers with which fallback target a conversation goes on that has left its
// first one. It is safe for concurrent use; its zero value cannot be used, see
// [NewStays].
type Stays struct {
	n  atomic.Int64 // most of the time there is none, and nobody has to look
	mu sync.Mutex   // guards the field below
	at *lru.Map[uint64, int]
}

// NewStays makes an empty memory.
func NewStays() *Stays { return &Stays{at: lru.New[uint64, int](MaxStays)} }

// None reports whether no conversation has left its first target.
func (s *Stays) None() bool { return s.n.Load() == 0 }

// Target is where a conversation stays, counted from 0; ok is false where it has not
// left its first target.
func (s *Stays) Target(conversation uint64) (target int, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.at.Get(conversation)
}

// Left notes that a target has answered a conversation in place of its first.
func (s *Stays) Left(conversation uint64, target int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.at.Put(conversation, target)
	s.n.Store(int64(s.at.Len()))
}

// Back notes that its first target has answered a conversation again.
func (s *Stays) Back(conversation uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.at.Delete(conversation)
	s.n.Store(int64(s.at.Len()))
}

package billing

import (
	"math"
	"slices"
	"sync"
)

// Account is whose balance it is.
type Account struct{ Endpoint, Key string }

// maxAccounts bounds what is remembered where ever new keys come.
const maxAccounts = 1024

// Marks are balances to warn of. They are safe for concurrent use.
type Marks struct {
	at []float64 // the highest first

	mu  sync.Mutex // guards the field below
	low map[Account][]bool
}

// NewMarks sorts the marks; nil is what it returns for none.
func NewMarks(at []float64) *Marks {
	if len(at) == 0 {
		return nil
	}
	at = slices.Clone(at)
	slices.Sort(at)
	slices.Reverse(at)
	return &Marks{at: slices.Compact(at), low: make(map[Account][]bool)}
}

// Passed returns the marks that a balance has fallen below for the first time since it
// was a tenth above them: answers that overtake each other must not warn twice.
func (m *Marks) Passed(of Account, balance float64) (marks []float64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	low := m.low[of]
	if low == nil {
		if len(m.low) >= maxAccounts {
			clear(m.low)
		}
		low = make([]bool, len(m.at))
		m.low[of] = low
	}
	for i, mark := range m.at {
		switch {
		case balance < mark && !low[i]:
			low[i] = true
			marks = append(marks, mark)
		case balance >= mark+math.Abs(mark)/10:
			low[i] = false
		}
	}
	return marks
}

// Package history remembers what happened lately, in memory that does not grow: how much
// in each of the last minutes, and the last of a kind of thing.
package history

import (
	"sync"
	"time"
)

// Length is how many minutes are remembered, the current one included.
const Length = 60

// Minute is what happened in a minute.
type Minute struct {
	Done   int           // attempts that ended
	Failed int           // those of them that failed
	Time   time.Duration // that they took together
}

// Minutes counts attempts by the minute in which they ended. The zero value is ready, and
// it is safe for concurrent use.
type Minutes struct {
	mu     sync.Mutex // guards the fields below
	latest int64      // the minute, since 1970, of the newest count
	ring   [Length]Minute
}

// Add counts an attempt that ended now.
func (m *Minutes) Add(now time.Time, took time.Duration, failed bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	at := minuteOf(now)
	m.turnLocked(at)
	if at <= m.latest-Length { // a clock that was set back by more than is remembered
		return
	}
	c := &m.ring[at%Length]
	c.Done++
	c.Time += took
	if failed {
		c.Failed++
	}
}

// Last returns the last minutes, the oldest first and the current one last.
func (m *Minutes) Last(now time.Time) []Minute {
	m.mu.Lock()
	defer m.mu.Unlock()
	at := minuteOf(now)
	m.turnLocked(at)
	out := make([]Minute, Length)
	for i := range out {
		if minute := at - int64(Length-1-i); minute > m.latest-Length {
			out[i] = m.ring[minute%Length]
		}
	}
	return out
}

// turnLocked empties the minutes between the newest count and now. It needs mu.
func (m *Minutes) turnLocked(at int64) {
	if at <= m.latest {
		return
	}
	for i := max(m.latest+1, at-Length+1); i <= at; i++ {
		m.ring[i%Length] = Minute{}
	}
	m.latest = at
}

// minuteOf is never negative, however wrong a clock is.
func minuteOf(t time.Time) int64 { return max(t.Unix()/60, 0) }

// Package bucket limits how many events each issue may send.
package bucket

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// What an issue may send if nothing else is asked for: an hour of a storm is 70 events of
// a process, so that a hundred processes stay within 7,000 of a month's allowance.
const (
	Burst    = 10
	Interval = time.Minute
)

// most is how many issues have a bucket of their own. A caller may choose the names of
// models, so without a bound they would take any amount of memory, and each would have a
// full burst.
const most = 1000

// Buckets has one token bucket per issue. It is safe for concurrent use.
type Buckets struct {
	burst    int // negative: no limit
	interval time.Duration

	mu     sync.Mutex
	issues map[string]*issue
	others issue // shared by all that came when the table was full
	swept  time.Time
	held   uint64
}

type issue struct {
	tokens *rate.Limiter
	held   int // since the last event that was sent
}

// New makes buckets. Zeros mean Burst and Interval; a negative burst means no limit.
func New(burst int, interval time.Duration) *Buckets {
	if burst == 0 {
		burst = Burst
	}
	if interval <= 0 {
		interval = Interval
	}
	b := &Buckets{burst: burst, interval: interval, issues: make(map[string]*issue)}
	b.others.tokens = b.full()
	return b
}

func (b *Buckets) full() *rate.Limiter { return rate.NewLimiter(rate.Every(b.interval), b.burst) }

// Take asks whether an event of this issue may go now. heldBack is how many of it may not
// have gone since the last one that did.
func (b *Buckets) Take(name string, now time.Time) (heldBack int, ok bool) {
	if b.burst < 0 {
		return 0, true
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	i := b.of(name, now)
	if !i.tokens.AllowN(now, 1) {
		i.held++
		b.held++
		return 0, false
	}
	heldBack, i.held = i.held, 0
	return heldBack, true
}

// of finds the bucket of an issue. b.mu is held.
func (b *Buckets) of(name string, now time.Time) *issue {
	if i := b.issues[name]; i != nil {
		return i
	}
	if len(b.issues) >= most {
		if now.Sub(b.swept) < b.interval { // a sweep walks the whole table
			return &b.others
		}
		b.swept = now
		for name, i := range b.issues {
			if i.held == 0 && i.tokens.TokensAt(now) >= float64(b.burst) {
				delete(b.issues, name)
			}
		}
		if len(b.issues) >= most {
			return &b.others
		}
	}
	i := &issue{tokens: b.full()}
	b.issues[name] = i
	return i
}

// HeldBack returns how many events were held back so far.
func (b *Buckets) HeldBack() uint64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.held
}

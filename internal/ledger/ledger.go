// Package ledger keeps counts and claims under keys until they expire.
package ledger

import "time"

// Count is what can be added up; its zero value is nothing.
type Count[C any] interface {
	comparable
	Plus(C) C
}

// Entry is one count.
type Entry[C Count[C]] struct {
	Count   C
	Expires time.Time
}

// Ledger is a set of counts and claims. The zero value is empty and ready for use.
// It is not safe for concurrent use.
type Ledger[C Count[C]] struct {
	Counts map[string]Entry[C]
	Claims map[string]time.Time // when each expires
	pruned time.Time
}

// Add adds to a key's count and returns the sum; from now on the count expires when
// the latest call says. A zero delta reads.
func (l *Ledger[C]) Add(now time.Time, key string, delta C, expires time.Time) C {
	l.prune(now)
	e := l.Counts[key]
	var zero C
	if delta == zero {
		return e.Count
	}
	e.Count, e.Expires = e.Count.Plus(delta), expires
	if l.Counts == nil {
		l.Counts = make(map[string]Entry[C])
	}
	l.Counts[key] = e
	return e.Count
}

// Claim notes a claim and reports whether it is new.
func (l *Ledger[C]) Claim(now time.Time, key string, expires time.Time) bool {
	l.prune(now)
	if _, taken := l.Claims[key]; taken {
		return false
	}
	if l.Claims == nil {
		l.Claims = make(map[string]time.Time)
	}
	l.Claims[key] = expires
	return true
}

// prune forgets what has expired, at most once a minute: it looks at everything.
func (l *Ledger[C]) prune(now time.Time) {
	if now.Sub(l.pruned) < time.Minute {
		return
	}
	l.pruned = now
	for key, e := range l.Counts {
		if now.After(e.Expires) {
			delete(l.Counts, key)
		}
	}
	for key, expires := range l.Claims {
		if now.After(expires) {
			delete(l.Claims, key)
		}
	}
}

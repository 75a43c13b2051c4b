package buoyredis

import (
	"sync"
	"time"

	"github.com/buoy-go/buoy/internal/gate"
)

// This file keeps what an instance knows of the buckets without asking: enough to
// refuse a flood of hopeless calls, and to see which key would be quicker.

// fresh is for how long a sight is good enough to refuse by: others may have given
// something back since.
const fresh = 50 * time.Millisecond

// maxBuckets bounds what is kept of buckets: a tenant each.
const maxBuckets = 1024

// sight is a bucket as Redis last said: in how many microseconds it would be full.
type sight struct {
	asked, at        time.Time
	requests, tokens int64
	past             bool // something was given back since; at is when
}

// view has the latest sight of each bucket. It is safe for concurrent use.
type view struct {
	mu   sync.Mutex // guards the field below
	seen map[string]sight
}

// keep keeps a sight, unless something was given back after it was asked for.
func (v *view) keep(key string, s sight) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if old := v.seen[key]; old.past && s.asked.Before(old.at) {
		return
	}
	v.storeLocked(key, s)
}

// forget is told that something was given back: who comes now need not hear what the wait
// was before.
func (v *view) forget(key string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	now := time.Now()
	s := v.seen[key].by(now)
	s.at, s.past = now, true
	v.storeLocked(key, s)
}

// storeLocked needs mu.
func (v *view) storeLocked(key string, s sight) {
	if _, known := v.seen[key]; !known && len(v.seen) >= maxBuckets {
		makeRoom(v.seen)
	}
	v.seen[key] = s
}

// of is what may be said of a bucket.
func (v *view) of(key string) (sight, bool) {
	s, ok := v.last(key)
	return s, ok && !s.past
}

// last is the latest sight, also where something was given back since.
func (v *view) last(key string) (sight, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	s, ok := v.seen[key]
	return s, ok
}

// by is the sight some time later, if nothing was taken since.
func (s sight) by(now time.Time) sight {
	age := now.Sub(s.at).Microseconds()
	s.requests, s.tokens = max(s.requests-age, 0), max(s.tokens-age, 0)
	return s
}

// fill is how full a bucket is by what Redis last said, and when that was. Of one that it
// said nothing of lately it is full.
type fill struct {
	at     time.Time
	levels gate.Levels
}

func (l *Limiter) fill(key string) fill {
	s, _ := l.view.last(key)
	now := s.by(time.Now())
	return fill{s.at, gate.Levels{Requests: l.requests.level(now.requests), Tokens: l.tokens.level(now.tokens)}}
}

// waitAt is how long a charge would have to wait by a sight.
func (l *Limiter) waitAt(s sight, ch *charge, now time.Time) (wait time.Duration, byTokens bool) {
	s = s.by(now)
	requests, tokens := l.requests.wait(s.requests, ch.requests), l.tokens.wait(s.tokens, ch.tokens)
	return time.Duration(max(requests, tokens)) * time.Microsecond, tokens > requests
}

// hopeless reports that a call would have to wait too long by what Redis said a moment
// ago.
func (l *Limiter) hopeless(ch *charge, most time.Duration) (wait time.Duration, byTokens, ok bool) {
	s, known := l.view.of(ch.key)
	now := time.Now()
	if !known || now.Sub(s.at) > fresh {
		return 0, false, false
	}
	wait, byTokens = l.waitAt(s, ch, now)
	return wait, byTokens, wait > most
}

// quicker reports whether one of these keys would probably let a charge go sooner. Of
// one that was not used lately that is taken for granted.
func (l *Limiter) quicker(endpoint string, labels []string, ch *charge, wait time.Duration) bool {
	now := time.Now()
	for _, label := range labels {
		s, known := l.view.of(l.key("key", endpoint, label))
		if !known {
			return true
		}
		if w, _ := l.waitAt(s, ch, now); w < wait {
			return true
		}
	}
	return false
}

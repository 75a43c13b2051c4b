// Package latency estimates how long a provider takes, from the recent past: a
// bounded sample of attempts, its quantiles, and how the time grows with the size
// of a request.
package latency

import (
	"math"
	"time"
)

// What a Series keeps. With 512 samples the five slowest are above the 99th
// percentile: as many failures in a row as open a breaker do not move it.
const (
	size   = 512
	maxAge = time.Hour // a provider is another one at night
)

// A model is made again after one sample in eight, or when it is so old.
const (
	changed   = 8
	staleness = time.Second
	expiry    = time.Minute // without new samples: to forget old ones
)

// Sample is one attempt.
type Sample struct {
	Wait   time.Duration // to the first token of a stream, to the end of a whole answer
	Input  int           // tokens of the request, estimated
	Output int           // tokens generated within Wait; 0 when unknown, and for streams
	Limit  int           // the request's own bound on the output; 0 for none
	Cut    bool          // a timer ended it: it would have taken longer than Wait
}

// entry is a Sample in a ring of many.
type entry struct {
	at                   time.Duration // after the series began
	wait                 time.Duration
	input, output, limit int32
	cut                  bool
}

// Series is the recent past of one provider. It is not safe for concurrent use.
// The zero value is empty and ready.
type Series struct {
	began   time.Time
	ring    []entry
	next    int // where the oldest stands, once the ring is full
	added   int // since the model was made
	made    time.Time
	current model
}

// Add notes an attempt that ended at now. Of one that was cut only successes tell
// how much it would have generated, so Output is not read.
func (s *Series) Add(now time.Time, x Sample) {
	if s.began.IsZero() {
		s.began = now
	}
	if x.Cut {
		x.Output = int(s.model(now).expected(x.Limit))
	}
	e := entry{
		at: now.Sub(s.began), wait: x.Wait, cut: x.Cut,
		input: tokens(x.Input), output: tokens(x.Output), limit: tokens(x.Limit),
	}
	s.added++
	if len(s.ring) < size {
		s.ring = append(s.ring, e)
		return
	}
	s.ring[s.next] = e
	s.next = (s.next + 1) % size
}

func tokens(n int) int32 { return int32(min(max(n, 0), 1<<30)) }

// Quantile returns the wait that a share q of the recent successes did not
// exceed, and how many successes there were.
func (s *Series) Quantile(now time.Time, q float64) (wait time.Duration, n int) {
	m := s.model(now)
	if len(m.waits) == 0 {
		return 0, 0
	}
	return seconds(nearest(m.waits, q)), len(m.waits)
}

// Bound returns how long an attempt of this size may take before something is
// wrong, and how many attempts that was told from. limit is the request's own
// bound on the output, 0 for none.
//
// It is twice what 99 of 100 took: 2 * (p99 + the time for the output expected) +
// the time for input beyond the usual. Attempts that were cut count as at least
// as long as they lasted, or the bound would sink lower and lower.
func (s *Series) Bound(now time.Time, input, limit int) (wait time.Duration, n int) {
	m := s.model(now)
	if m.n == 0 {
		return 0, 0
	}
	excess := max(float64(input)-m.usualInput, 0)
	return seconds(2*(m.tail+m.perOutput*m.expected(limit)) + m.perInput*excess), m.n
}

// model is what the samples show, made again if they have changed enough: a
// call reads it and sorts nothing.
func (s *Series) model(now time.Time) *model {
	age := now.Sub(s.made)
	if s.added*changed > len(s.ring) || s.added > 0 && age >= staleness || age >= expiry {
		s.current = s.learn(now)
		s.made, s.added = now, 0
	}
	return &s.current
}

// seconds converts, staying clear of overflow.
func seconds(s float64) time.Duration {
	return time.Duration(math.Round(min(s, 1e9) * float64(time.Second)))
}

package buoy

import (
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/buoy-go/buoy/internal/latency"
	"github.com/buoy-go/buoy/internal/lru"
)

// This file keeps what was seen of each provider's speed: the one truth of
// hedging and of adaptive timeouts.

// latencyKey is what it is kept per. Whole answers and streams do not mix: the
// one is timed to its end, the other to its first token.
type latencyKey struct {
	targetKey
	stream bool
}

// latencies is a registry of samples. It is idle until somebody asks.
type latencies struct {
	wanted atomic.Bool // somebody asks: observe

	mu     sync.Mutex // guards series; each has a lock of its own
	series *lru.Map[latencyKey, *latencySeries]
}

type latencySeries struct {
	mu      sync.Mutex // guards samples
	samples latency.Series
}

func newLatencies() *latencies {
	return &latencies{series: lru.New[latencyKey, *latencySeries](maxTargets)}
}

// of returns the samples of a key, and has them collected from now on.
func (l *latencies) of(key latencyKey) *latencySeries {
	if !l.wanted.Load() {
		l.wanted.Store(true)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	s, ok := l.series.Get(key)
	if !ok {
		s = new(latencySeries)
		l.series.Put(key, s)
	}
	return s
}

// known is the 99th percentile of the samples of a key and their number, where
// somebody has asked for them. It does not ask.
func (l *latencies) known(key latencyKey, now time.Time) (p99 time.Duration, n int) {
	if !l.wanted.Load() {
		return 0, 0
	}
	l.mu.Lock()
	s, ok := l.series.Get(key)
	l.mu.Unlock()
	if !ok {
		return 0, 0
	}
	return s.quantile(now, 0.99)
}

// quantile is the wait that a share q of the recent successes did not exceed.
func (s *latencySeries) quantile(now time.Time, q float64) (wait time.Duration, n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.samples.Quantile(now, q)
}

// bound is how long a request of this size may take before something is wrong.
func (s *latencySeries) bound(now time.Time, input, limit int) (wait time.Duration, n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.samples.Bound(now, input, limit)
}

// observe keeps how long an attempt took. Failures are
// mostly quick and would teach that the provider is; only one of our timers says
// something, namely that it takes longer. The loser of a hedge was not at its
// end: it is a cancellation like any other, and leaves no trace.
func (l *latencies) observe(now time.Time, x *exchange, reply *Reply, err error) {
	call := x.call
	key := latencyKey{targetKey{call.Endpoint, call.Model}, call.Stream}
	s := latency.Sample{Wait: now.Sub(x.start), Input: call.timers.inputTokens(call.Request), Limit: outputLimit(call.Request)}
	switch {
	case err != nil:
		te, ok := errors.AsType[*TransportError](err)
		if !ok || te.Timer != timerFirstToken && te.Timer != timerAttempt {
			return
		}
		if x.st.client.breakers.State(call.Endpoint, call.Model) != BreakerClosed {
			return // it is known to be down, which says nothing of how fast it is
		}
		s.Cut, s.Wait = true, max(s.Wait, x.clock.Bound(x.clock.Fired()))
	case reply.Response != nil:
		s.Output = reply.Response.Usage.CompletionTokens / max(len(reply.Response.Choices), 1)
	}
	series := l.of(key)
	series.mu.Lock()
	defer series.mu.Unlock()
	series.samples.Add(now, s)
}

// outputLimit is the request's own bound on the output; 0 for none.
func outputLimit(r *Request) int {
	for _, n := range [...]*int{r.MaxCompletionTokens, r.MaxTokens} {
		if n != nil {
			return *n
		}
	}
	return 0
}

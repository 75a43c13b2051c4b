package buoy

import (
	"errors"
	"time"

	"github.com/buoy-go/buoy/internal/demand"
	"github.com/buoy-go/buoy/internal/latency"
)

// This file keeps what was seen of each provider's speed: the one truth of
// hedging and of adaptive timeouts.

// latencyKey is what it is kept per. Whole answers and streams do not mix: the
// one is timed to its end, the other to its first token.
type latencyKey struct {
	targetKey
	stream bool
}

// observeLatency keeps how long an attempt took. Failures are
// mostly quick and would teach that the provider is; only one of our timers says
// something, namely that it takes longer. The loser of a hedge was not at its
// end: it is a cancellation like any other, and leaves no trace.
func observeLatency(l *latency.Registry[latencyKey], now time.Time, x *exchange, reply *Reply, err error) {
	call := x.call
	key := latencyKey{targetKey{call.Endpoint, call.Model}, call.Stream}
	s := latency.Sample{Wait: now.Sub(x.start), Input: call.timers.inputTokens(call.Request), Limit: demand.OutputLimit(call.Request)}
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
	l.Of(key).Add(now, s)
}

package buoy

import (
	"fmt"
	"time"
)

// This file lets timeouts follow what a provider was seen to need.

// minAdaptive is how many samples tell more than a setting does.
const minAdaptive = 50

// adapted lowers the timer of an attempt's beginning (FirstToken for a stream,
// Attempt for a whole answer) to what an answer of this size may take, and
// returns the static one; 0 where nothing was changed.
//
// While the breaker is not closed the static one holds: an estimate that was
// frozen too low would cut every probe of a provider that came back slower, and
// the breaker would never close again.
//
// Idle does not adapt. The gaps of a stream have no tail that could be learnt: a
// model that thinks between two tools is silent for a minute after a thousand gaps
// of 20 ms.
func (t *Timeouts) adapt(call *Call, now time.Time) (static time.Duration) {
	sh := call.shared
	if sh == nil || sh.client == nil || call.Request == nil {
		return 0
	}
	timer := &t.Attempt
	if static = t.attempt(); call.Stream {
		timer, static = &t.FirstToken, t.firstToken()
	}
	if static <= 0 {
		return 0
	}
	samples := sh.client.latencies.of(latencyKey{targetKey{call.Endpoint, call.Model}, call.Stream})
	need, n := samples.bound(now, inputTokens(call.Request), outputLimit(call.Request))
	need = need.Round(time.Millisecond) // it is read by people, in the error
	if n < minAdaptive || need >= static || sh.client.breakers.State(call.Endpoint, call.Model) != BreakerClosed {
		return 0
	}
	*timer = max(need, static/4)
	return static
}

// explain is the sentence of the timer that fired, and says where an adapted
// limit came from.
func (c *clock) explain(timer string) error {
	limit := c.limitOf(timer)
	err := timeoutText(timer, limit, c.stream)
	if limit < c.static && (timer == timerFirstToken || timer == timerAttempt && !c.stream) {
		return fmt.Errorf("%w; Timeouts.Adaptive made that of %v, from the latest answers", err, c.static)
	}
	return err
}

package buoy

import (
	"fmt"
	"time"
)

// This file lets timeouts follow what a provider was seen to need.

// minAdaptive is how many samples tell more than a setting does.
const minAdaptive = 50

// adapt lowers the timer of the attempt's beginning (FirstToken for a stream,
// Attempt for a whole answer) to what an answer of this size may take.
//
// While the breaker is not closed the setting holds, and what is cut teaches
// nothing: an estimate frozen too low would cut every probe of a provider that came
// back slower, and the breaker would never close again.
//
// Idle does not adapt. The gaps of a stream have no tail that could be learnt: a
// model that thinks between two tools is silent for a minute after a thousand gaps
// of 20 ms.
func (c *clock) adapt(call *Call, t Timeouts, now time.Time) Timeouts {
	client, timer, static := call.shared.client, &t.Attempt, t.attempt()
	if call.Stream {
		timer, static = &t.FirstToken, t.firstToken()
	}
	if static <= 0 || client == nil || call.Request == nil {
		return t
	}
	c.input = max(EstimateTokens(call.Request), 1)
	samples := client.latencies.of(latencyKey{targetKey{call.Endpoint, call.Model}, call.Stream})
	need, n := samples.bound(now, c.input, outputLimit(call.Request))
	need = need.Round(time.Millisecond) // it is read by people, in the error
	if n < minAdaptive || need >= static || client.breakers.State(call.Endpoint, call.Model) != BreakerClosed {
		return t
	}
	*timer, c.static = max(need, static/4), static
	return t
}

// inputTokens is about how long a request is, guessed once an attempt.
func (c *clock) inputTokens(r *Request) int {
	if c != nil && c.input > 0 {
		return c.input
	}
	return EstimateTokens(r)
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

package buoyqueue

import (
	"math/rand/v2"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/event"
)

// verdict is what becomes of a job after its call has failed.
type verdict struct {
	move event.QueueMove // snoozed, retried or dead
	wait time.Duration   // for snoozed
}

// verdictOn judges the error of a call. waits is how often the job has waited before, and
// left how long it may wait yet.
//
// The table of package buoy says what passes. What differs here is time: a queue can
// wait for minutes, so a limit and an open breaker pass, and so does a call that took
// too long, and a certificate is renewed.
func verdictOn(err error, waits int, left time.Duration) verdict {
	hint, hinted := buoy.RetryAfter(err)
	kind := buoy.KindOf(err)
	retryable := buoy.IsRetryable(err) || kind.Retryable()
	switch {
	case kind == buoy.ErrRateLimit, kind == buoy.ErrCircuitOpen,
		hinted && (kind == buoy.ErrLimit || kind == buoy.ErrQuota || retryable):
		// The hint is a floor; the jitter only adds. Who has waited often waits longer,
		// or an outage of an hour would have each job look every few seconds.
		wait := max(hint+rand.N(hint/10+1), growing(5*time.Second, waits))
		if hint > left || left <= 0 {
			return verdict{move: event.QueueDead}
		}
		return verdict{move: event.QueueSnoozed, wait: wait}
	case retryable, kind == buoy.ErrTimeout, kind == buoy.ErrConnection, kind == buoy.ErrCanceled:
		return verdict{move: event.QueueRetried}
	}
	return verdict{move: event.QueueDead}
}

package clock

import (
	"io"
	"time"
)

// Bounded is a wait that [Clock.Bounding] bounds.
type Bounded struct {
	clock *Clock
	timer *time.Timer // where there is no clock
}

// Stop takes the bound back.
func (b Bounded) Stop() {
	if b.timer != nil {
		b.timer.Stop()
		return
	}
	b.clock.Linger(0)
}

// Bounding is Linger until its Stop. A nil Clock has no body and closes this one.
func (c *Clock) Bounding(body io.Closer, d time.Duration) Bounded {
	if c.Linger(d) {
		return Bounded{clock: c}
	}
	return Bounded{timer: time.AfterFunc(d, func() { _ = body.Close() })}
}

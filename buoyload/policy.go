package buoyload

import (
	"fmt"
	"time"
)

// Policy configures a [Limiter]. The zero value has all defaults.
type Policy struct {
	Min     int // lowest limit; default 1
	Max     int // highest limit; default 1000
	Initial int // limit at the start; default 20, or the nearest that Min and Max allow

	// Tolerance is how many times its normal value the time to the first token may
	// reach before the limit goes down. The default is 2, the minimum 1.2. A smaller
	// value reacts sooner, and also to chance.
	Tolerance float64
	// Samples is the number of calls under one limit after which that limit may change
	// because of latency. The default is 20. A limit smaller than that needs only as
	// many calls as it admits, but at least 10.
	Samples int
	// MaxWait is how long a call may wait for its turn. The default is 5 s; negative
	// means no wait. The deadline of the context also bounds it.
	MaxWait time.Duration
}

func (p Policy) lowest() int         { return orDefault(p.Min, 1) }
func (p Policy) highest() int        { return orDefault(p.Max, max(1000, p.lowest())) }
func (p Policy) initial() int        { return orDefault(p.Initial, min(max(20, p.lowest()), p.highest())) }
func (p Policy) tolerance() float64  { return orDefault(p.Tolerance, 2) }
func (p Policy) samples() int        { return orDefault(p.Samples, 20) }
func (p Policy) wait() time.Duration { return max(orDefault(p.MaxWait, 5*time.Second), 0) }

func orDefault[T comparable](v, def T) T {
	var zero T
	if v == zero {
		return def
	}
	return v
}

// check refuses what cannot work.
func (p Policy) check() error {
	switch {
	case p.Min < 0 || p.Max < 0 || p.Initial < 0 || p.Samples < 0:
		return fmt.Errorf("buoyload: Min, Max, Initial and Samples are not negative")
	case p.lowest() > p.highest():
		return fmt.Errorf("buoyload: Min (%d) is larger than Max (%d)", p.lowest(), p.highest())
	case p.initial() < p.lowest() || p.initial() > p.highest():
		return fmt.Errorf("buoyload: Initial (%d) is not between Min (%d) and Max (%d)", p.initial(), p.lowest(), p.highest())
	case !(p.tolerance() >= 1.2):
		return fmt.Errorf("buoyload: Tolerance (%v) must be at least 1.2: first tokens vary by more than that without any load", p.Tolerance)
	}
	return nil
}

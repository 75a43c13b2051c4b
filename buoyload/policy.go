package buoyload

import (
	"fmt"
	"time"
)

// Policy says how a [Limiter] learns and waits. Zero fields are the defaults.
type Policy struct {
	Min     int // the limit never goes below it; default 1
	Max     int // nor above it; default 1000
	Initial int // where it begins; default 20

	// Tolerance is how many times its normal value the time to the first token
	// may reach before the limit goes down; default 2. Smaller reacts sooner and
	// to more noise. At least 1.2.
	Tolerance float64
	// Samples is how many calls must have been seen under one limit before it
	// changes for their latency; default 20. A limit below that many waits for
	// as many calls as it admits, at least 10.
	Samples int
	// MaxWait is how long a call may wait for its turn; default 5 s, negative for
	// not at all. The context's deadline bounds it, too.
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

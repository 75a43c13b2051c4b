package buoyredis

import (
	"math"
	"time"

	"github.com/buoy-go/buoy/internal/gate"
)

// pace is an allowance a minute as the script has it: in the time, in microseconds, in
// which so much comes back.
type pace struct {
	perMinute int
	every     float64 // for one
	size      int64   // of the bucket: what may go at once
}

const minute = float64(time.Minute / time.Microsecond)

// newPace makes a pace of a bucket of so many. Where it is strict, no minute has more
// than the allowance: what the bucket gives at once is missing from what comes back.
func newPace(perMinute, burst int, strict bool) pace {
	if perMinute == 0 {
		return pace{}
	}
	p, back := pace{perMinute: perMinute}, perMinute
	if strict {
		back -= burst - 1
	}
	p.every = minute / float64(back)
	p.size = p.cost(burst)
	if strict { // they come one by one, and each is rounded up
		p.size = int64(burst) * p.cost(1)
	}
	return p
}

// requestPace has small bursts, a hundredth of the allowance, and is strict: requests
// are counted, not estimated.
func requestPace(perMinute int) pace { return newPace(perMinute, max(1, perMinute/100), true) }

// tokenPace has the bursts of buoy.RateLimit, a tenth of the allowance: a request takes
// thousands at once.
func tokenPace(perMinute int) pace { return newPace(perMinute, max(1, perMinute/10), false) }

// cost is that of so many, rounded up.
func (p pace) cost(n int) int64 { return int64(math.Ceil(float64(n) * p.every)) }

// wait is how long a cost has to wait with a bucket that is full after a time, all in
// microseconds.
func (p pace) wait(full, cost int64) int64 {
	if cost == 0 {
		return 0
	}
	return max(0, max(full, 0)+min(cost, p.size)-p.size)
}

// level is how full a bucket is that is full after so many microseconds. What is beyond its
// size is taken already: by turns that are yet to come, or by a debt.
func (p pace) level(full int64) gate.Level {
	if p.size == 0 {
		return gate.Level{Share: 1}
	}
	return gate.Level{
		Share: max(0, 1-float64(full)/float64(p.size)),
		Debt:  time.Duration(max(0, full-p.size)) * time.Microsecond,
	}
}

package buoyredis

import (
	"math"
	"time"
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

// level is how full a gate of the same allowance is that has what is left of a bucket, see
// [gate.Levels]. A bucket that is full after so many microseconds is as empty as its size
// says. What is beyond that is taken already, by turns to come or a debt.
func (p pace) level(full int64) float64 {
	switch {
	case p.size == 0:
		return 1
	case full <= p.size:
		return 1 - float64(full)/float64(p.size)
	}
	return -float64(full-p.size) / (minute / 10) // a gate has a tenth
}

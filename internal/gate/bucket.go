// Package gate lets calls through as fast, and as many at a time, as a limit
// allows: a token bucket that is settled afterwards, a queue before two of them,
// and permits.
package gate

import (
	"math"
	"slices"
	"time"

	"golang.org/x/time/rate"
)

// Bucket is an allowance per minute whose calls are charged an estimate and
// settled when the real amount is known. Its level is at any time what it would
// be had each call been charged the smaller of the two when it went, so what is
// let through in any window stays within rate*window + burst. What a call used
// beyond its estimate is charged when it is settled.
//
// The level lives in x/time/rate. That cannot be given anything back: a
// reservation's Cancel does nothing once its time has come, and ReserveN(-k)
// corrupts a later Cancel. So what comes back is kept beside it and taken first.
//
// Its owner has a lock, and its times do not go backwards. The zero value is of
// no use; make one with [NewBucket]; a nil Bucket lets everything through.
type Bucket struct {
	limiter   *rate.Limiter
	perMinute int
	burst     int
	credit    float64   // given back and not yet taken again
	open      []*Charge // taken and not settled, oldest first
}

// Charge is what one call took of a [Bucket].
type Charge struct {
	n int
	// room is the smallest distance between level and burst since then. More
	// than this cannot come back: it would have run over.
	room float64
}

// dust is the error of x/time/rate's arithmetic, in tokens.
const dust = 1e-6

// NewBucket makes a full bucket, nil for an allowance of 0. Its burst is a tenth
// of the allowance: with a whole minute's, twice the allowance would go in the
// first minute.
func NewBucket(perMinute int) *Bucket {
	if perMinute == 0 {
		return nil
	}
	burst := max(1, perMinute/10)
	return &Bucket{
		limiter:   rate.NewLimiter(rate.Limit(float64(perMinute)/time.Minute.Seconds()), burst),
		perMinute: perMinute,
		burst:     burst,
	}
}

// Level is what may be taken at once; negative for a debt.
func (b *Bucket) Level(now time.Time) float64 {
	tokens := b.limiter.TokensAt(now)
	b.credit = min(b.credit, float64(b.burst)-tokens)
	return tokens + b.credit
}

// Level is how full a bucket is.
type Level struct {
	Share float64       // of its burst
	Debt  time.Duration // until it is empty and no more than that
}

// look is the level.
func (b *Bucket) look(now time.Time) Level {
	if b == nil {
		return Level{Share: 1}
	}
	n := b.Level(now)
	return Level{max(0, n/float64(b.burst)), time.Duration(max(0, -n/float64(b.perMinute)) * float64(time.Minute))}
}

// lower takes what is above a level.
func (b *Bucket) lower(now time.Time, to Level) {
	if b == nil {
		return
	}
	n := b.Level(now) - to.Share*float64(b.burst) + to.Debt.Minutes()*float64(b.perMinute)
	if n > 0 {
		whole := math.Ceil(n)
		b.pay(now, int(whole))
		b.credit += whole - n
	}
}

// Wait is how long it takes until n can be taken, after the calls ahead have
// taken what they need. More than the burst goes when the bucket is full, and
// leaves a debt: the burst is in effect at least the largest request.
func (b *Bucket) Wait(now time.Time, ahead, n int) time.Duration {
	if b == nil {
		return 0
	}
	missing := float64(ahead+min(n, b.burst)) - b.Level(now)
	if missing <= dust {
		return 0
	}
	return time.Duration(math.Round(missing / float64(b.perMinute) * float64(time.Minute)))
}

// Take charges n to c, which stays open until it is settled. The caller has
// asked Wait before.
func (b *Bucket) Take(now time.Time, n int, c *Charge) {
	if b == nil {
		return
	}
	b.peak(b.Level(now))
	*c = Charge{n: n, room: math.Inf(1)}
	b.open = append(b.open, c)
	b.pay(now, n)
}

// Settle ends a charge with what was used. A debt is cut at a minute's
// allowance: by then a provider has forgotten, too.
func (b *Bucket) Settle(now time.Time, c *Charge, used int) {
	if b == nil {
		return
	}
	i := slices.Index(b.open, c)
	if i < 0 {
		return
	}
	b.open = slices.Delete(b.open, i, i+1)
	level := b.Level(now)
	if used > c.n {
		b.peak(level)
		b.pay(now, max(0, min(used-c.n, b.perMinute+int(level))))
		return
	}
	room := min(c.room, float64(b.burst)-level)
	back := min(float64(c.n-used), room)
	b.credit += back
	// Since this charge the level has been higher than it was thought.
	for _, later := range b.open[i:] {
		later.room -= back
	}
	for _, earlier := range b.open[:i] {
		earlier.room = min(earlier.room, room-back)
	}
}

// peak notes a level from which something is about to be taken.
func (b *Bucket) peak(level float64) {
	for _, c := range b.open {
		c.room = min(c.room, float64(b.burst)-level)
	}
}

// pay takes n, whatever the level. The limiter refuses more than its burst at a
// time.
func (b *Bucket) pay(now time.Time, n int) {
	back := int(min(b.credit, float64(n)))
	b.credit -= float64(back)
	for n -= back; n > 0; n -= b.burst {
		b.limiter.ReserveN(now, min(n, b.burst))
	}
}

package keyring

import "time"

// How long a key rests. The provider's own word comes first, up to longestRest.
const (
	longestRest = 24 * time.Hour // for a wait that is too long to be believed

	firstPause   = time.Second // too fast, without a wait; doubling ...
	longestPause = 16 * time.Second

	// Wrong, expired, or out of money: long enough not to ask in vain all the time,
	// and short enough that a key that was unlocked or an account that was topped up
	// is noticed. Doubling, too.
	firstAbsence   = 5 * time.Minute
	longestAbsence = time.Hour
)

// How those who waited come back when a pause is over: 1, 2, 4 ... of them, each
// number spread over a step. Until a first answer has come a step is long enough for
// a refusal to arrive; afterwards it is short. Forty calls that were told 429 for
// three seconds then need 83 requests; all at once needed 140 and none was answered.
const (
	blindStep = time.Second
	goodStep  = 250 * time.Millisecond
	lastStep  = 10 // two thousand have gone, and it is the usual state again

	// probePatience is how long one probe of a key that was absent has it for
	// itself.
	probePatience = time.Minute
)

// rest is a pause of a key, or of one model on it. When it is over, probes go
// first, until a success ends it. The zero value is no rest.
type rest struct {
	since   time.Time // of the latest refusal that counted; what began before it is no news
	until   time.Time
	reason  Reason
	named   bool // the provider named the wait
	strikes int  // refusals in a row that named no wait
	doubt   bool // no rest: another key was refused at since; see doubt.go
	free    int  // how many may go in a doubt before they count

	// The way back, and the way on to a key in doubt.
	good bool      // one was answered since
	step int       // how often the number has doubled
	left int       // how many may still go in this step
	next time.Time // when the next may go; before until it is not looked at
}

// resting reports whether there is a rest whose end was not proven.
func (s *rest) resting() bool { return s.reason != None }

// absent reports that the rest is a key's and not a model's pace.
func (s *rest) absent() bool { return s.reason == Auth || s.reason == Quota }

// freeAt is when somebody may go, and whether the provider has named that time.
func (s *rest) freeAt() (at time.Time, named bool) {
	if s.next.After(s.until) {
		return s.next, false
	}
	return s.until, s.named
}

// news reports whether what an attempt was told is later than the latest refusal. All
// that was sent before is one event with that.
func (s *rest) news(begun time.Time) bool { return !s.resting() || begun.After(s.since) }

// extend is a refusal that named its wait. It never shortens a rest.
func (s *rest) extend(now time.Time, reason Reason, wait time.Duration) {
	until := now.Add(min(wait, longestRest))
	if s.resting() && !until.After(s.until) {
		return
	}
	if s.reason != reason {
		s.strikes = 0
	}
	*s = rest{since: now, until: until, reason: reason, named: true, strikes: s.strikes}
}

// strike is a refusal that named no wait, or one that is used only where it is shorter
// than the rest that is due. It never shortens a rest.
func (s *rest) strike(now time.Time, reason Reason, first, longest, wait time.Duration) {
	if s.reason != reason {
		s.strikes = 0
	}
	due, strikes := min(first<<min(s.strikes, 10), longest), s.strikes+1
	named := wait > 0 && wait <= due
	if named {
		due, strikes = wait, s.strikes
	}
	until := now.Add(due)
	if s.resting() && !until.After(s.until) {
		until, named = s.until, s.named
	}
	*s = rest{since: now, until: until, reason: reason, named: named, strikes: strikes}
}

// leave lets one go.
func (s *rest) leave(now time.Time) {
	if s.absent() {
		s.next = now.Add(probePatience)
		return
	}
	if s.doubt && s.free > 0 {
		s.free--
		return
	}
	if s.left == 0 {
		s.left = 1 << s.step
	}
	d := blindStep
	if s.good {
		d = goodStep
	}
	s.next = now.Add(d >> s.step)
	if s.left--; s.left == 0 {
		s.step++
	}
}

// undecided gives back the place of one that went and was told nothing of its key.
func (s *rest) undecided(now time.Time) {
	if (s.resting() || s.doubt) && !s.good && s.next.After(now) {
		s.next = now
	}
}

// answered ends the rest, or lets those who wait go in growing numbers. It reports
// whether the rest is over.
func (s *rest) answered(now time.Time, waiting bool) (over bool) {
	if s.absent() || !waiting || s.good && s.step >= lastStep {
		return true
	}
	if !s.good {
		s.good, s.step, s.left, s.next = true, 1, 0, now
		s.until, s.strikes, s.named = minTime(s.until, now), 0, false
	}
	return false
}

func minTime(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

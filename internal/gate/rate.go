package gate

import (
	"context"
	"sync"
	"time"

	"github.com/buoy-go/buoy/internal/queue"
)

// Rate lets calls through in the order of a [queue.Queue], each when there is room for
// one request and its tokens.
//
// Only the first of the queue looks at the buckets, and takes from both at the
// moment when it goes. Were each waiter to hold a reservation of x/time/rate,
// then those who leave could not hand theirs on: cancelling reservations in the
// middle let up to half a burst too much through (9 of 3000 random runs,
// measured), and one limit's slot would be used at the other's time.
type Rate struct {
	mu       sync.Mutex // guards the fields below
	requests *Bucket    // nil for no limit
	tokens   *Bucket    // nil for no limit
	open     int
	queue    queue.Queue // weighed in tokens
}

// Pass is one call's way through a [Rate]. It is settled once.
type Pass struct {
	rate     *Rate
	requests Charge
	tokens   Charge
	settled  bool // guarded by the rate's mu
}

// TooLate is a wait that does not end in time.
type TooLate struct {
	Wait   time.Duration
	Tokens bool // of the limits of a Rate, the one that it waits for longest
}

func (e *TooLate) Error() string { return "the wait would be " + e.Wait.String() }

// NewRate makes a gate for requests and tokens per minute; 0 is no limit.
func NewRate(requests, tokens int) *Rate {
	return &Rate{requests: NewBucket(requests), tokens: NewBucket(tokens)}
}

// Try lets a call with that many tokens through if it need not wait, else it
// returns nil. The tokens must not exceed a minute's allowance.
func (r *Rate) Try(tokens int) *Pass {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now() // under the lock: a bucket's time must not go backwards
	if !r.freeLocked(now, tokens) {
		return nil
	}
	return r.takeLocked(now, tokens)
}

// Free reports whether a call with that many tokens need not wait.
func (r *Rate) Free(tokens int) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.freeLocked(time.Now(), tokens)
}

// Enter is Try for a call that waits. It returns a [*TooLate] as soon as it knows
// that its turn would not come before latest, and the context's error when that
// ends.
func (r *Rate) Enter(ctx context.Context, who queue.Who, tokens int, latest time.Time) (*Pass, error) {
	r.mu.Lock()
	now := time.Now()
	wait, byTokens := r.queuedLocked(now, who, tokens)
	if !now.Add(wait).Before(latest) {
		r.mu.Unlock()
		return nil, &TooLate{Wait: wait, Tokens: byTokens}
	}
	place := r.queue.Join(now, who, tokens)
	r.mu.Unlock()
	for {
		until, p, err := r.look(ctx, place, who, tokens, latest)
		if p != nil || err != nil {
			return p, err
		}
		place.Wait(ctx, until)
	}
}

// look is one look of somebody who waits: it goes, leaves, or is told when to look
// again.
func (r *Rate) look(ctx context.Context, place *queue.Place, who queue.Who, tokens int, latest time.Time) (until time.Time, p *Pass, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	if ctx.Err() != nil {
		r.queue.Leave(now, place, false)
		return until, nil, ctx.Err()
	}
	if r.queue.First(now) == place {
		wait, byTokens := r.waitLocked(now, 0, 0, tokens)
		switch until = now.Add(wait); {
		case wait == 0:
			r.queue.Leave(now, place, true)
			return until, r.takeLocked(now, tokens), nil
		case !until.Before(latest): // others used more than they were charged
			r.queue.Leave(now, place, false)
			return until, nil, &TooLate{Wait: wait, Tokens: byTokens}
		}
		return until, nil, nil
	}
	if d, ok := ctx.Deadline(); now.Before(latest) || ok && !latest.Before(d) {
		return latest, nil, nil
	}
	r.queue.Leave(now, place, false) // others have overtaken it
	wait, byTokens := r.queuedLocked(now, who, tokens)
	return until, nil, &TooLate{Wait: wait, Tokens: byTokens}
}

// Wait is how long a call that came now would wait, and for which limit.
func (r *Rate) Wait(who queue.Who, tokens int) TooLate {
	r.mu.Lock()
	defer r.mu.Unlock()
	wait, byTokens := r.queuedLocked(time.Now(), who, tokens)
	return TooLate{Wait: wait, Tokens: byTokens}
}

// RateStatus is what a [Rate] would let through at once, and its queue.
type RateStatus struct {
	Requests, Tokens float64 // 0 where there is no limit
	Open             int     // went and are not settled
	Waiting          int
}

// Status looks without taking anything.
func (r *Rate) Status() (s RateStatus) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	if r.requests != nil {
		s.Requests = r.requests.Level(now)
	}
	if r.tokens != nil {
		s.Tokens = r.tokens.Level(now)
	}
	s.Open, s.Waiting = r.open, r.queue.Len()
	return s
}

// Levels are how full the buckets of a [Rate] are.
type Levels struct{ Requests, Tokens Level }

// Levels looks without taking anything.
func (r *Rate) Levels() Levels {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	return Levels{r.requests.look(now), r.tokens.look(now)}
}

// Lower takes what is above other levels: somebody else has used it.
func (r *Rate) Lower(to Levels) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	r.requests.lower(now, to.Requests)
	r.tokens.lower(now, to.Tokens)
}

// Settle says what the call was in the end: 1 request or, if it was not sent, 0,
// and its tokens. Only the first time counts.
func (p *Pass) Settle(requests, tokens int) {
	r := p.rate
	r.mu.Lock()
	defer r.mu.Unlock()
	if p.settled {
		return
	}
	p.settled = true
	r.open--
	now := time.Now()
	r.requests.Settle(now, &p.requests, requests)
	r.tokens.Settle(now, &p.tokens, tokens)
	r.queue.WakeFirst()
}

// Keep settles the call with what it was charged.
func (p *Pass) Keep() { p.Settle(p.requests.n, p.tokens.n) }

// freeLocked needs mu.
func (r *Rate) freeLocked(now time.Time, tokens int) bool {
	if r.queue.Len() > 0 {
		return false
	}
	wait, _ := r.waitLocked(now, 0, 0, tokens)
	return wait == 0
}

// queuedLocked is the wait of a call that comes now. It needs mu.
func (r *Rate) queuedLocked(now time.Time, who queue.Who, tokens int) (wait time.Duration, byTokens bool) {
	ahead, wanted := r.queue.Ahead(who)
	wait, byTokens = r.waitLocked(now, ahead, wanted, tokens)
	if n, more := r.queue.Aging(who, now.Add(wait)); n > 0 {
		return r.waitLocked(now, ahead+n, wanted+more, tokens)
	}
	return wait, byTokens
}

// waitLocked is the wait after others that go before. It needs mu.
func (r *Rate) waitLocked(now time.Time, waiting, wanted, tokens int) (wait time.Duration, byTokens bool) {
	byRequests := r.requests.Wait(now, waiting, 1)
	wait = r.tokens.Wait(now, wanted, tokens)
	if byRequests >= wait {
		return byRequests, false
	}
	return wait, true
}

// takeLocked needs mu.
func (r *Rate) takeLocked(now time.Time, tokens int) *Pass {
	p := &Pass{rate: r}
	r.open++
	r.requests.Take(now, 1, &p.requests)
	r.tokens.Take(now, tokens, &p.tokens)
	return p
}

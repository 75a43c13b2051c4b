package buoyredis

import (
	"errors"
	"net"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

// When a Redis counts as away.
const (
	// rest is how long a Redis that is away is left alone. Then one call asks again.
	rest = time.Second
	// doubtFor is how long a command without an answer is held against the next one that
	// gets none. It is also how often such a one alone is logged.
	doubtFor = time.Minute
)

// health is what is known of whether Redis is there. One answer that did not come in time
// is no outage: a fork, a long command or a lost connection is over with the next one. So
// Redis is away when two commands in a row got no answer, the second begun after the first
// was given up. What Redis refuses, or a port that nobody listens on, needs no second.
// The zero value is a Redis that is there. It is safe for concurrent use.
type health struct {
	mu      sync.Mutex // guards the fields below
	away    bool
	since   time.Time
	restsTo time.Time
	doubt   time.Time // when a command got no answer, and none has come since; zero for never
	said    time.Time // when a doubt was last logged
	odd     bool      // a key that cannot be used was reported
}

// news is what somebody should be told; several may be set.
type news struct {
	away, doubt, odd bool
	back             time.Duration // after which Redis is back; 0 where it is not
}

// asks reports whether to ask Redis now. Of those who come when its rest is over, one
// asks.
func (h *health) asks(now time.Time) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.away {
		return true
	}
	if now.Before(h.restsTo) {
		return false
	}
	h.restsTo = now.Add(rest)
	return true
}

// learn keeps how a command ended that was begun at a time.
func (h *health) learn(err error, begun, now time.Time) (n news) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case err == nil || errors.Is(err, redis.Nil) || redis.HasErrorPrefix(err, "NOSCRIPT"):
		n.back = h.hereLocked(now)
	case ofKey(err):
		n.back = h.hereLocked(now)
		n.odd, h.odd = !h.odd, true
	case errors.Is(err, errBusy) && !h.away: // our own haste says nothing of Redis
	case h.away:
		h.restsTo = now.Add(rest)
	case certain(err), !h.doubt.IsZero() && begun.After(h.doubt) && now.Sub(h.doubt) < doubtFor:
		n.away, h.away = true, true
		h.since, h.restsTo = now, now.Add(rest)
	case h.doubt.IsZero() || now.Sub(h.doubt) >= doubtFor:
		h.doubt = now
		if h.said.IsZero() || now.Sub(h.said) >= doubtFor {
			n.doubt, h.said = true, now
		}
	}
	return n
}

// hereLocked returns after how long Redis is back. It needs mu.
func (h *health) hereLocked(now time.Time) (back time.Duration) {
	if h.away {
		back = max(now.Sub(h.since), 1)
	}
	h.away, h.doubt = false, time.Time{}
	return back
}

// certain reports an error that leaves no doubt: a server that refuses (it loads its data,
// is a replica, is out of memory) or is not there.
func certain(err error) bool {
	if _, ok := errors.AsType[redis.Error](err); ok {
		return true
	}
	op, ok := errors.AsType[*net.OpError](err)
	return ok && op.Op == "dial" && !op.Timeout()
}

// ofKey reports an error of one key, with a Redis that is well: somebody else uses it,
// or wrote into it.
func ofKey(err error) bool {
	if !redis.HasErrorPrefix(err, "WRONGTYPE") && !redis.HasErrorPrefix(err, "ERR") {
		return false
	}
	return !redis.HasErrorPrefix(err, "ERR max number of clients") && !redis.HasErrorPrefix(err, "ERR unknown command")
}

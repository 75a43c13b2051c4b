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
	// gets none. It is also how often such a one alone is logged, and an outage.
	doubtFor = time.Minute
)

// health is what is known of whether Redis is there. One answer that did not come in time
// is no outage: a fork, a long command or a lost connection is over with the next one. So
// Redis is away when two commands in a row got no answer, the second begun after the first
// was given up. What Redis refuses, or a port that nobody listens on, needs no second.
//
// A Redis that takes no data, such as a replica or one without memory, is away for commands
// that store: the others go on, and none of them says that it is back.
// The zero value is a Redis that is there. It is safe for concurrent use.
type health struct {
	mu      sync.Mutex // guards the fields below
	away    bool
	reads   bool // it is away for commands that store, and answers others
	since   time.Time
	restsTo time.Time
	doubt   time.Time // when a command got no answer, and none has come since; zero for never
	said    time.Time // when a doubt was last logged
	told    bool      // that it is away was logged
	gone    time.Time // when that was last logged
	odd     bool      // a key that cannot be used was reported
}

// news is what somebody should be told; several may be set.
type news struct {
	away, doubt, odd bool
	back             time.Duration // after which Redis is back; 0 where it is not
}

// asks reports whether to ask Redis now. Of those who come when its rest is over, one
// asks.
func (h *health) asks(now time.Time, stores bool) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.away || h.reads && !stores {
		return true
	}
	if now.Before(h.restsTo) {
		return false
	}
	h.restsTo = now.Add(rest)
	return true
}

// goneSince reports that Redis has gone away after a command was let through by asks: who
// waited for a slot meanwhile need not try it.
func (h *health) goneSince(asked time.Time, stores bool) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.away && (!h.reads || stores) && !h.since.Before(asked)
}

// here reports whether Redis is there for commands that store.
func (h *health) here() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return !h.away
}

// learn keeps how a command ended that was begun at a time.
func (h *health) learn(err error, stores bool, begun, now time.Time) (n news) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case err == nil || errors.Is(err, redis.Nil):
		n.back = h.hereLocked(now, stores)
	case redis.HasErrorPrefix(err, "NOSCRIPT"): // it has not looked whether it may store
		n.back = h.hereLocked(now, false)
	case ofKey(err):
		n.back = h.hereLocked(now, stores)
		n.odd, h.odd = !h.odd, true
	case errors.Is(err, errBusy) && (!h.away || h.reads): // our own haste says nothing of Redis
	case ofData(err, stores):
		h.doubt = time.Time{}
		n.away = h.goneLocked(now)
		h.reads = true
	case h.away && !h.reads:
		n.away = h.goneLocked(now)
	case certain(err), !h.doubt.IsZero() && begun.After(h.doubt) && now.Sub(h.doubt) < doubtFor:
		n.away = h.goneLocked(now)
		h.reads = false
	case h.doubt.IsZero() || now.Sub(h.doubt) >= doubtFor:
		h.doubt = now
		if h.said.IsZero() || now.Sub(h.said) >= doubtFor {
			n.doubt, h.said = true, now
		}
	}
	return n
}

// goneLocked reports whether to tell that Redis is away: once, and once a minute at most
// where it comes and goes, as a cluster does of which one server is down. It needs mu.
func (h *health) goneLocked(now time.Time) (tell bool) {
	if !h.away {
		h.away, h.told, h.since = true, false, now
	}
	h.restsTo = now.Add(rest)
	if h.told || !h.gone.IsZero() && now.Sub(h.gone) < doubtFor {
		return false
	}
	h.told, h.gone = true, now
	return true
}

// hereLocked returns after how long Redis is back, if that is to be told. It needs mu.
func (h *health) hereLocked(now time.Time, stores bool) (back time.Duration) {
	h.doubt = time.Time{}
	if h.away && h.reads && !stores {
		return 0
	}
	if h.away && h.told {
		back = max(now.Sub(h.since), 1)
	}
	h.away, h.reads = false, false
	return back
}

// ofData reports that a Redis which is there takes no data.
func ofData(err error, stores bool) bool {
	for _, prefix := range [...]string{"READONLY", "OOM", "MISCONF", "NOREPLICAS"} {
		if redis.HasErrorPrefix(err, prefix) {
			return true
		}
	}
	return stores && redis.HasErrorPrefix(err, "NOPERM")
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

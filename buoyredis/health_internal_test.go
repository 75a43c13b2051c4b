package buoyredis

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
)

// reply is an error that a server sent.
type reply string

func (r reply) Error() string { return string(r) }
func (reply) RedisError()     {}

var (
	refusedDial = &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}
	lost        = &net.OpError{Op: "read", Err: io.EOF}
)

func TestHowLongItTakesToBeAway(t *testing.T) {
	type end struct {
		begun, now float64 // seconds
		err        error
	}
	ok := func(at float64) end { return end{at, at, nil} }
	for name, tc := range map[string]struct {
		ends []end
		away bool
	}{
		"one slow answer":                  {[]end{{0, 0.1, errSlow}}, false},
		"two in a row":                     {[]end{{0, 0.1, errSlow}, {0.2, 0.3, errSlow}}, true},
		"two at a time":                    {[]end{{0, 0.1, errSlow}, {0.05, 0.15, errSlow}}, false},
		"a third, begun after the first":   {[]end{{0, 0.1, errSlow}, {0.05, 0.15, errSlow}, {0.12, 0.22, context.DeadlineExceeded}}, true},
		"an answer in between":             {[]end{{0, 0.1, errSlow}, ok(0.2), {0.3, 0.4, errSlow}}, false},
		"no such key is an answer":         {[]end{{0, 0.1, errSlow}, {0.2, 0.2, redis.Nil}, {0.3, 0.4, errSlow}}, false},
		"so is a key that cannot be used":  {[]end{{0, 0.1, errSlow}, {0.2, 0.2, reply("WRONGTYPE x")}, {0.3, 0.4, errSlow}}, false},
		"long ago":                         {[]end{{0, 0.1, errSlow}, {70, 70.1, errSlow}}, false},
		"long ago, and then two":           {[]end{{0, 0.1, errSlow}, {70, 70.1, errSlow}, {71, 71.1, errSlow}}, true},
		"haste":                            {[]end{{0, 0.1, errBusy}, {0.2, 0.3, errBusy}}, false},
		"a connection is lost":             {[]end{{0, 0.1, lost}}, false},
		"a connection is lost, and no new": {[]end{{0, 0.1, lost}, {0.2, 0.2, refusedDial}}, true},
		"nobody is there":                  {[]end{{0, 0, refusedDial}}, true},
		"a replica":                        {[]end{{0, 0, reply("READONLY You can't write")}}, true},
		"it loads":                         {[]end{{0, 0, reply("LOADING Redis is loading")}}, true},
		"too many clients":                 {[]end{{0, 0, reply("ERR max number of clients reached")}}, true},
		"back":                             {[]end{{0, 0, refusedDial}, ok(1)}, false},
		"back, and one slow answer":        {[]end{{0, 0, refusedDial}, ok(1), {2, 2.1, errSlow}}, false},
	} {
		t.Run(name, func(t *testing.T) {
			var h health
			for _, e := range tc.ends {
				h.learn(e.err, at(e.begun), at(e.now))
			}
			require.Equal(t, tc.away, h.away)
			require.True(t, h.asks(at(100)))
			require.Equal(t, !tc.away, h.asks(at(100.1)), "one asks of those who come when its rest is over")
		})
	}
}

func at(seconds float64) time.Time {
	return time.Unix(1_800_000_000, 0).Add(time.Duration(seconds * float64(time.Second)))
}

// Whatever happens: it goes away and comes back in turns, and is told once each; a doubt is
// logged once a minute; while it is away one command a second is sent.
func TestHealthModel(t *testing.T) {
	outcomes := []error{nil, nil, errSlow, errSlow, lost, refusedDial, errBusy, redis.Nil, reply("WRONGTYPE"), errors.New("odd")}
	for seed := range uint64(200) {
		rng := rand.New(rand.NewPCG(seed, 0))
		var h health
		now, away, asked, doubts := 0.0, false, -10.0, -100.0
		for range 300 {
			now += rng.Float64() * []float64{0.01, 1, 20}[rng.IntN(3)]
			sent := h.asks(at(now))
			require.Equal(t, !away || now-asked >= rest.Seconds()-1e-6, sent)
			if !sent {
				continue
			}
			asked = now
			begun := now - rng.Float64()*0.2
			err := outcomes[rng.IntN(len(outcomes))]
			n := h.learn(err, at(begun), at(now))
			require.False(t, n.away && n.back > 0)
			if n.away {
				require.False(t, away)
				away = true
			}
			if n.back > 0 {
				require.True(t, away)
				away = false
			}
			if n.doubt {
				require.GreaterOrEqual(t, now-doubts, doubtFor.Seconds()-1e-6)
				doubts = now
			}
			require.Equal(t, away, h.away)
			switch err {
			case nil, redis.Nil:
				require.False(t, away)
			case refusedDial:
				require.True(t, away)
			}
		}
	}
}

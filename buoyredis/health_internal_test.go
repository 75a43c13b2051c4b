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
				h.learn(e.err, true, at(e.begun), at(e.now))
			}
			require.Equal(t, tc.away, h.away)
			require.True(t, h.asks(at(100), true))
			require.Equal(t, !tc.away, h.asks(at(100.1), true), "one asks of those who come when its rest is over")
		})
	}
}

func at(seconds float64) time.Time {
	return time.Unix(1_800_000_000, 0).Add(time.Duration(seconds * float64(time.Second)))
}

// A Redis that takes no data is away for what stores. What reads goes on, and only what was
// stored says that it is back.
func TestARedisThatOnlyReads(t *testing.T) {
	for _, refusal := range []error{
		reply("READONLY You can't write"), reply("OOM command not allowed"), reply("MISCONF Redis is configured"), reply("NOREPLICAS Not enough"), reply("NOPERM this user"),
	} {
		var h health
		require.True(t, h.learn(refusal, true, at(0), at(0)).away)
		for i := range 50 {
			now := at(float64(i) / 10)
			require.True(t, h.asks(now, false), refusal)
			for _, err := range []error{nil, redis.Nil, reply("WRONGTYPE x")} {
				require.Zero(t, h.learn(err, false, now, now).back)
			}
			require.Zero(t, h.learn(reply("NOSCRIPT x"), true, now, now).back)
			if h.asks(now, true) {
				require.Zero(t, h.learn(refusal, true, now, now))
			}
		}
		require.False(t, h.asks(at(4.95), true), "one a second")
		require.Equal(t, news{back: 7 * time.Second}, h.learn(nil, true, at(7), at(7)))
		require.True(t, h.asks(at(7), true))

		h = health{}
		h.learn(refusal, true, at(0), at(0))
		for i := range 3 {
			now := at(0.5 + float64(i)/10)
			require.Zero(t, h.learn(errBusy, false, now, now), "our own haste says nothing of Redis")
			require.True(t, h.asks(now, false))
		}
		require.Zero(t, h.learn(refusedDial, false, at(1), at(1)), "what reads fails, too: that was told")
		require.False(t, h.asks(at(1.5), false))
		require.NotZero(t, h.learn(nil, false, at(2), at(2)).back)
	}
	var h health
	require.True(t, h.learn(reply("NOPERM this user"), false, at(0), at(0)).away)
	require.False(t, h.asks(at(0.5), false), "it may not even read")
}

// Whatever happens: that it is away and back is told in turns, once a minute at most, and
// an outage that lasts is always told; so is a doubt; while it is away one command a second
// is sent.
func TestHealthModel(t *testing.T) {
	full, readonly := reply("OOM x"), reply("READONLY x")
	outcomes := []error{nil, nil, errSlow, errSlow, lost, refusedDial, errBusy, redis.Nil, reply("WRONGTYPE"), errors.New("odd"), full, readonly}
	for seed := range uint64(200) {
		rng := rand.New(rand.NewPCG(seed, 0))
		var h health
		now, told, asked, doubts, gone := 0.0, false, -10.0, -100.0, -100.0
		for range 300 {
			now += rng.Float64() * []float64{0.01, 1, 20}[rng.IntN(3)]
			stores := rng.IntN(2) == 0
			free := !h.away || h.reads && !stores
			sent := h.asks(at(now), stores)
			require.Equal(t, free || now-asked >= rest.Seconds()-1e-6, sent)
			if !sent {
				continue
			}
			if !free || stores {
				asked = now
			}
			begun := now - rng.Float64()*0.2
			err := outcomes[rng.IntN(len(outcomes))]
			was := h.away && !h.reads
			n := h.learn(err, stores, at(begun), at(now))
			require.False(t, n.away && n.back > 0)
			if n.away {
				require.False(t, told)
				require.GreaterOrEqual(t, now-gone, doubtFor.Seconds()-1e-6)
				told, gone = true, now
			}
			if n.back > 0 {
				require.True(t, told)
				require.False(t, h.away)
			}
			if !h.away {
				told = false
			}
			if n.doubt {
				require.GreaterOrEqual(t, now-doubts, doubtFor.Seconds()-1e-6)
				doubts = now
			}
			switch err {
			case nil, redis.Nil:
				require.False(t, h.away && (stores || !h.reads))
			case full, readonly:
				require.True(t, h.away && h.reads)
				asked = now
			case refusedDial:
				require.True(t, h.away && !h.reads)
				asked = now
			default:
				if h.away && !h.reads && (!was || err != errBusy) {
					asked = now
				}
			}
			if err == full || err == readonly || err == refusedDial {
				require.True(t, told || now-gone < doubtFor.Seconds(), "an outage is told")
			}
		}
	}
}

package buoyredis

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
)

// roll is a Redis that only keeps who is there.
type roll struct {
	redis.UniversalClient
	there map[any]bool
	tells int
	gone  bool
}

func (r *roll) Process(_ context.Context, cmd redis.Cmder) error {
	if r.gone {
		return refusedDial
	}
	c := cmd.(once).Cmder.(*redis.Cmd)
	r.tells++
	r.there[c.Args()[4]] = true
	c.SetVal(int64(len(r.there)))
	return nil
}

// fleetOf are so many instances.
func fleetOf(r *roll, n int) []*fleet {
	s := settings{log: slog.New(slog.DiscardHandler)}
	all := make([]*fleet, n)
	for i := range all {
		all[i] = &fleet{link: newLink(r, &s, "limit", ""), key: "k", id: fmt.Sprint(i)}
	}
	return all
}

// Instances that start together know of each other after a second, and tell each other all
// five seconds in the end. So it is with those whose Redis comes back empty.
func TestInstancesThatStartTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &roll{there: map[any]bool{}}
		all := fleetOf(r, 6)
		tell := func() (least int) {
			least = len(all)
			for _, f := range all {
				f.tell(t.Context())
				least = min(least, f.number())
			}
			return least
		}
		require.Equal(t, 1, tell(), "the first knows of no other")
		time.Sleep(time.Second)
		require.Equal(t, 6, tell())

		for range 60 {
			time.Sleep(time.Second)
			require.Equal(t, 6, tell())
		}
		r.tells = 0
		for range 60 {
			time.Sleep(time.Second)
			tell()
		}
		require.Equal(t, 6*60/5, r.tells)

		for more := range 5 { // whenever they told each other last
			r.gone = true
			for range 10 + more {
				time.Sleep(time.Second)
				require.Equal(t, 6, tell(), "what it knew")
			}
			r.gone, r.there = false, map[any]bool{}
			for range 2 { // away, it is asked once a second
				time.Sleep(time.Second)
				tell()
			}
			require.Len(t, r.there, 6)
			for range 10 {
				time.Sleep(time.Second)
				require.Equal(t, 6, tell())
			}
		}
		r.there = map[any]bool{} // flushed: nobody saw it away
		for tell() == 6 {
			time.Sleep(time.Second)
		}
		time.Sleep(time.Second)
		require.Equal(t, 6, tell())
	})
}

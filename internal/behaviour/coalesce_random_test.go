package behaviour_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/stretchr/testify/require"
)

// Callers of one stream, or of one whole answer, come and leave at random moments: by their
// context, by Close, half-way or before the first token. Who stays has all of it, who leaves
// hears why at once, and in the end nobody holds a request.
func TestCallersComeAndLeaveAtRandom(t *testing.T) {
	runs := uint64(40)
	if testing.Short() {
		runs = 6
	}
	for seed := range runs {
		opts := []buoy.Option{buoy.WithCache(nil, buoy.CachePolicy{Coalesce: true})}
		bubble(t, opts, func(t *testing.T, d desk) {
			var done sync.WaitGroup
			for i := range 40 {
				rng := rand.New(rand.NewPCG(seed, uint64(i)))
				done.Go(func() {
					time.Sleep(time.Duration(rng.IntN(6000)) * time.Millisecond)
					ctx, leave := context.WithCancel(t.Context())
					defer leave()
					stays := rng.IntN(2) == 0
					if !stays {
						time.AfterFunc(time.Duration(rng.IntN(4000))*time.Millisecond, leave)
					}
					if rng.IntN(3) == 0 {
						resp, err := d.Chat(ctx, fixed())
						if err == nil {
							require.Equal(t, "abcd", resp.Text())
						} else {
							require.False(t, stays, "%v", err)
							require.ErrorIs(t, err, context.Canceled)
						}
						return
					}
					s, err := d.Stream(ctx, fixed())
					if err != nil {
						require.False(t, stays, "%v", err)
						require.ErrorIs(t, err, context.Canceled)
						return
					}
					defer s.Close()
					text, closes := "", rng.IntN(8)
					for n := 0; s.Next(); n++ {
						text += s.Chunk().Text()
						if !stays && n == closes {
							_ = s.Close()
							require.False(t, s.Next())
							return
						}
					}
					switch {
					case s.Err() == nil:
						require.Equal(t, "abcd", text)
						require.Equal(t, "abcd", s.Response().Text())
					default:
						require.False(t, stays, "%v", s.Err())
						require.True(t, errors.Is(s.Err(), context.Canceled), s.Err())
					}
				})
			}
			done.Wait()
			synctest.Wait()
			resp, err := d.Chat(t.Context(), fixed())
			require.NoError(t, err)
			require.Empty(t, resp.Info.Cache, "nothing is under way that could be joined")
		}, buoytest.Always(buoytest.Slow(time.Second, "a", "b", "c", "d")))
	}
}

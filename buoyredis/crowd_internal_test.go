package buoyredis

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/buoy-go/buoy"
)

// standIn is a Redis that takes some time for each command, of which it carries out many at
// once. It heeds no context, as a client of a cluster by default. It lets one call go after
// another, in the order of coming, and counts.
type standIn struct {
	redis.UniversalClient
	takes, each  time.Duration
	given, back  atomic.Int64 // turns
	neverAnswers atomic.Bool
}

func (s *standIn) Process(ctx context.Context, cmd redis.Cmder) error {
	if s.neverAnswers.Load() {
		<-ctx.Done()
		return ctx.Err()
	}
	time.Sleep(s.takes)
	c := cmd.(once).Cmder.(*redis.Cmd)
	switch c.Args()[6] {
	case "leave":
		s.back.Add(int64(len(c.Args())-7) / 3)
	case "take":
		n := s.given.Add(1)
		c.SetVal([]any{int64(1), n * s.each.Microseconds(), int64(0), n, n, int64(0), "", "a turn"})
	}
	return nil
}

// crowd is a limiter with a stand-in, and a handler below it that counts the calls.
func crowd(t *testing.T, s *standIn, limit buoy.RateLimit) (h buoy.Handler, went *atomic.Int64) {
	l, err := NewLimiter(s, limit, WithInstances(1), WithLogger(slog.New(slog.DiscardHandler)))
	require.NoError(t, err)
	went = new(atomic.Int64)
	limited := l.Middleware()(func(context.Context, *buoy.Call) (*buoy.Reply, error) {
		went.Add(1)
		return &buoy.Reply{Response: &buoy.Response{}}, nil
	})
	return func(ctx context.Context, _ *buoy.Call) (*buoy.Reply, error) {
		return limited(ctx, &buoy.Call{Endpoint: "desk", Key: "k", Request: &buoy.Request{Model: "m"}})
	}, went
}

// So many come at once that most wait for a slot for longer than the patience. All of them
// get their turn from Redis none the less, for as long as they have time.
func TestACrowdStaysWithTheSharedLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &standIn{takes: 50 * time.Millisecond, each: 10 * time.Millisecond}
		h, went := crowd(t, s, buoy.RateLimit{RequestsPerMinute: int(time.Minute / s.each)})
		var wg sync.WaitGroup
		for range 1500 {
			wg.Go(func() {
				_, err := h(t.Context(), nil)
				require.NoError(t, err)
			})
		}
		wg.Wait()
		require.EqualValues(t, 1500, s.given.Load())
		require.EqualValues(t, 1500, went.Load())
	})
}

// Who has no time left leaves or is refused.
func TestACrowdWithoutTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &standIn{takes: 90 * time.Millisecond, each: time.Second}
		h, went := crowd(t, s, buoy.RateLimit{RequestsPerMinute: int(time.Minute / s.each)})
		var wg sync.WaitGroup
		var refused atomic.Int64
		begun := time.Now()
		for range 1500 {
			wg.Go(func() {
				ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
				defer cancel()
				_, err := h(ctx, nil)
				require.Error(t, err)
				if buoy.KindOf(err) == buoy.ErrLimit {
					refused.Add(1)
				}
			})
		}
		wg.Wait()
		require.Less(t, time.Since(begun), time.Second)
		require.Less(t, s.given.Load(), int64(1500))
		require.Positive(t, refused.Load())
		require.Zero(t, went.Load(), "none of them by the part of this instance")
		time.Sleep(time.Minute) // until commands that were given up have ended
	})
}

// With a Redis that hangs a crowd goes on by the part of this instance once two commands in a
// row got no answer. Here those may be the first and the third, since a second one begins in
// the very moment in which the first is given up. One more patience is for those who had a
// slot before the third had ended.
func TestACrowdWithoutRedis(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &standIn{}
		s.neverAnswers.Store(true)
		h, went := crowd(t, s, buoy.RateLimit{RequestsPerMinute: 60_000})
		var wg sync.WaitGroup
		begun := time.Now()
		for range 1500 {
			wg.Go(func() { _, _ = h(t.Context(), nil) })
		}
		wg.Wait()
		require.EqualValues(t, 1500, went.Load())
		require.LessOrEqual(t, time.Since(begun), 4*defaultPatience)
	})
}

// A batch is cancelled, and its callers return at once. All their turns are given back, also
// those of whom most find no slot; nothing stays behind for that, even without Redis.
func TestACrowdThatLeaves(t *testing.T) {
	for name, goes := range map[string]bool{"with Redis": false, "without": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &standIn{takes: 50 * time.Millisecond, each: 10 * time.Millisecond}
				h, went := crowd(t, s, buoy.RateLimit{RequestsPerMinute: 6000})
				ctx, leave := context.WithCancel(t.Context())
				var wg sync.WaitGroup
				for range 1500 {
					wg.Go(func() { _, _ = h(ctx, nil) })
				}
				time.Sleep(5 * time.Second)
				s.neverAnswers.Store(goes)
				leave()
				begun := time.Now()
				wg.Wait()
				require.Less(t, time.Since(begun), 3*defaultPatience)
				require.EqualValues(t, 1500, s.given.Load())
				time.Sleep(time.Minute) // the bubble fails if a goroutine is left
				if !goes {
					require.EqualValues(t, 1500, went.Load()+s.back.Load())
					require.Less(t, went.Load(), int64(1000))
				}
			})
		})
	}
}

// A client that returns before Redis has answered, since the caller has left, would leave a
// turn that nobody knows of.
func TestACallThatLeavesBeforeTheAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &standIn{takes: 60 * time.Millisecond, each: time.Second}
		h, went := crowd(t, s, buoy.RateLimit{RequestsPerMinute: int(time.Minute / s.each)})
		for name, end := range map[string]func() (context.Context, context.CancelFunc){
			"cancelled": func() (context.Context, context.CancelFunc) {
				ctx, cancel := context.WithCancel(t.Context())
				time.AfterFunc(20*time.Millisecond, cancel)
				return ctx, cancel
			},
			"its deadline": func() (context.Context, context.CancelFunc) {
				return context.WithTimeout(t.Context(), 20*time.Millisecond)
			},
		} {
			s.given.Store(0)
			s.back.Store(0)
			ctx, cancel := end()
			begun := time.Now()
			_, err := h(ctx, nil)
			cancel()
			require.ErrorIs(t, err, ctx.Err(), name)
			require.LessOrEqual(t, time.Since(begun), 2*defaultPatience, name)
			require.EqualValues(t, 1, s.given.Load(), name)
			require.EqualValues(t, 1, s.back.Load(), name)
		}
		require.Zero(t, went.Load())
	})
}

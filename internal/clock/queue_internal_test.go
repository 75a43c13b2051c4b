package clock

import (
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// ages are those of the clocks in a queue, both ways through it.
func ages(t *testing.T, q *Queue) (all []time.Duration) {
	q.mu.Lock()
	defer q.mu.Unlock()
	back := 0
	for c := q.first; c != nil; c = c.next {
		all = append(all, time.Since(c.start))
	}
	for c := q.last; c != nil; c = c.prev {
		back++
	}
	require.Equal(t, len(all), back)
	return all
}

// Attempts come and go in any order: a clock is in the queue until it stops or comes of
// age, and then it watches its parent.
func TestQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, random := new(Queue), rand.New(rand.NewPCG(1, 2))
		var running []*Clock
		for range 500 {
			if len(running) > 0 && random.IntN(5) < 2 {
				i := random.IntN(len(running))
				running[i].Stop()
				running[i] = running[len(running)-1]
				running = running[:len(running)-1]
			} else {
				c := new(Clock)
				c.Run(t.Context(), Bounds{Attempt: time.Hour}, false, time.Now(), q)
				running = append(running, c)
			}
			time.Sleep(time.Duration(random.IntN(int(3 * time.Millisecond))))
			synctest.Wait()
			for _, age := range ages(t, q) {
				require.Less(t, age, watchAfter)
			}
			young := 0
			for _, c := range running {
				c.mu.Lock()
				old := time.Since(c.start) >= watchAfter
				require.Equal(t, old, c.unwatch != nil)
				require.Equal(t, !old, c.young)
				c.mu.Unlock()
				if !old {
					young++
				}
			}
			require.Len(t, ages(t, q), young)
		}
		for _, c := range running {
			c.Stop()
		}
		require.Empty(t, ages(t, q))
		time.Sleep(watchAfter)
		synctest.Wait()
		require.False(t, q.set, "nothing is left to ring for")
	})
}

// What is due before the queue rings has a timer, and what is not due any more then has
// none.
func TestYoungClocks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := new(Queue)
		c := new(Clock)
		ctx := c.Run(t.Context(), Bounds{Attempt: watchAfter / 2}, false, time.Now(), q)
		time.Sleep(watchAfter / 2)
		synctest.Wait()
		require.Equal(t, Attempt, c.Fired())
		require.Error(t, ctx.Err())
		c.Stop()
		require.Empty(t, ages(t, q))

		c = new(Clock)
		c.Run(t.Context(), Bounds{Connect: time.Millisecond, Attempt: time.Hour}, true, time.Now(), q)
		require.Nil(t, c.timer)
		c.GetConn("")
		require.NotNil(t, c.timer)
		c.mu.Lock()
		c.connecting = false
		c.armLocked(time.Now())
		c.mu.Unlock()
		require.False(t, c.timer.Stop(), "it was still set")
		c.Stop()
	})
}

// The timer of a bubble that has ended never runs, and the time is the same in each: a
// client that was used in one goes on.
func TestNoQueueInBubbles(t *testing.T) {
	q := new(Queue)
	require.Same(t, q, q.In(time.Now()))
	require.Nil(t, (*Queue)(nil).In(time.Now()))
	for _, wait := range []time.Duration{0, 0, 10 * time.Millisecond, 2 * time.Hour, time.Millisecond} {
		synctest.Test(t, func(t *testing.T) {
			time.Sleep(wait)
			c := new(Clock)
			c.Run(t.Context(), Bounds{Attempt: time.Minute}, false, time.Now(), q.In(time.Now()))
			time.Sleep(time.Minute)
			synctest.Wait()
			require.Equal(t, Attempt, c.Fired())
			c.Stop()
		})
		synctest.Test(t, func(t *testing.T) {
			time.Sleep(wait)
			c := new(Clock)
			c.Run(t.Context(), Bounds{Attempt: time.Minute}, false, time.Now(), q.In(time.Now()))
			c.Stop() // the bubble ends before anything is due
		})
	}
}

package clock

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// A stream without Idle has no timer from its first event on: nothing wakes up for
// it any more.
func TestATimerThatNobodyNeedsIsStopped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := new(Clock)
		c.Run(t.Context(), Bounds{FirstToken: time.Hour}, true, time.Now(), nil)
		defer c.Stop()
		time.Sleep(time.Second)
		c.Commit()
		require.False(t, c.timer.Stop(), "it was still set")
	})
}

// A timer that fires at the very moment when something else happens finds the
// clock's lock taken, and runs afterwards.
func TestARingThatComesTooLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := func() *Clock {
			c := new(Clock)
			c.Run(t.Context(), Bounds{FirstToken: time.Second, Idle: time.Second}, true, time.Now(), nil)
			return c
		}
		c := begin()
		time.Sleep(time.Second - 1)
		c.Stop()
		time.Sleep(time.Nanosecond)
		c.ring()
		require.Equal(t, None, c.Fired(), "the attempt was over")

		c = begin()
		closed := 0
		c.Own(closer(func() error { closed++; return nil }))
		time.Sleep(time.Second)
		synctest.Wait() // it has rung
		c.ring()
		require.Equal(t, FirstToken, c.Fired())
		require.Equal(t, 1, closed)
		c.Commit()
		require.False(t, c.timer.Stop(), "nothing is left to be timed")
		c.Stop()
	})
}

type closer func() error

func (c closer) Close() error { return c() }

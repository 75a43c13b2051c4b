package clock_test

import (
	"context"
	"fmt"
	"net/http/httptrace"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/buoy-go/buoy/internal/clock"
	"github.com/stretchr/testify/require"
)

// body is closed by the clock or not.
type body struct{ closed atomic.Int32 }

func (b *body) Close() error { b.closed.Add(1); return nil }

// attempt is one that a clock runs, in a bubble.
type attempt struct {
	*clock.Clock
	ctx   context.Context
	body  body
	begun time.Time
	leave context.CancelFunc // the caller goes away
	trace *httptrace.ClientTrace
}

// inBubble runs f with an attempt that has begun and owns its body, with a queue and
// without: nobody sees the difference.
func inBubble(t *testing.T, b clock.Bounds, stream bool, f func(t *testing.T, a *attempt)) {
	for _, queue := range []*clock.Queue{nil, new(clock.Queue)} {
		synctest.Test(t, func(t *testing.T) {
			a := &attempt{Clock: new(clock.Clock), begun: time.Now()}
			parent, leave := context.WithCancel(t.Context())
			a.leave = leave
			a.ctx = a.Run(parent, b, stream, time.Now(), queue)
			a.trace = httptrace.ContextClientTrace(new(clock.Traced).Begin(a.ctx, a))
			a.Own(&a.body)
			f(t, a)
			a.Stop()
			leave()
		})
	}
}

// at waits until so long after the beginning.
func (a *attempt) at(d time.Duration) {
	time.Sleep(time.Until(a.begun.Add(d)))
	synctest.Wait()
}

// requireFires checks that a timer fires then and not before, and what it does.
func (a *attempt) requireFires(t *testing.T, timer clock.Timer, after time.Duration) {
	t.Helper()
	a.at(after - 1)
	require.Equal(t, clock.None, a.Fired())
	require.NoError(t, a.ctx.Err())
	require.Zero(t, a.body.closed.Load())
	a.at(after)
	require.Equal(t, timer, a.Fired())
	require.ErrorIs(t, a.ctx.Err(), context.Canceled)
	require.EqualValues(t, 1, a.body.closed.Load())
	require.NoError(t, a.Outer(a.ctx).Err(), "only the attempt has ended")
	late := new(body)
	a.Own(late)
	require.EqualValues(t, 1, late.closed.Load(), "a body that comes too late is closed at once")
}

// requireLives checks that nothing fires any more.
func (a *attempt) requireLives(t *testing.T) {
	t.Helper()
	time.Sleep(24 * time.Hour)
	synctest.Wait()
	require.Equal(t, clock.None, a.Fired())
	require.Zero(t, a.body.closed.Load())
}

var all = clock.Bounds{Connect: 2 * time.Second, FirstToken: 10 * time.Second, Idle: 5 * time.Second, Attempt: 20 * time.Second}

func TestTheSoonestTimerFires(t *testing.T) {
	long := all
	long.FirstToken = time.Minute
	for name, tc := range map[string]struct {
		bounds clock.Bounds
		stream bool
		do     func(a *attempt)
		want   clock.Timer
		after  time.Duration
	}{
		"a whole answer":                   {all, false, nil, clock.Attempt, 20 * time.Second},
		"a stream":                         {all, true, nil, clock.FirstToken, 10 * time.Second},
		"a stream whose Attempt is sooner": {long, true, nil, clock.Attempt, 20 * time.Second},
		"sooner than the watch": {clock.Bounds{Attempt: 30 * time.Millisecond}, false, nil,
			clock.Attempt, 30 * time.Millisecond},
		"no connection": {all, false, func(a *attempt) { a.at(time.Second); a.trace.GetConn("") },
			clock.Connect, 3 * time.Second},
		"a connection": {all, false, func(a *attempt) { a.trace.GetConn(""); a.trace.GotConn(httptrace.GotConnInfo{}) },
			clock.Attempt, 20 * time.Second},
		"a second connection, for a replay": {all, false, func(a *attempt) {
			a.trace.GetConn("")
			a.trace.GotConn(httptrace.GotConnInfo{})
			a.at(time.Second)
			a.trace.GetConn("")
		}, clock.Connect, 3 * time.Second},
		"a connection that nobody asked for": {all, false, func(a *attempt) { a.trace.GotConn(httptrace.GotConnInfo{}) },
			clock.Attempt, 20 * time.Second},
		"idle": {all, true, func(a *attempt) { a.at(8 * time.Second); a.Commit(); a.Wait() },
			clock.Idle, 13 * time.Second},
		"a slow reader": {all, true, func(a *attempt) { a.Commit(); a.at(time.Hour); a.Wait() },
			clock.Idle, time.Hour + 5*time.Second},
		"waiting twice is waiting": {all, true, func(a *attempt) { a.at(time.Second); a.Commit(); a.Wait(); a.at(3 * time.Second); a.Wait() },
			clock.Idle, 6 * time.Second},
		"progress": {all, true, func(a *attempt) {
			a.Commit()
			a.Wait()
			a.at(4 * time.Second)
			a.Progress()
			a.at(6 * time.Second)
			a.Wait()
		}, clock.Idle, 11 * time.Second},
		"an event without meaning is no progress": {all, true, func(a *attempt) {
			a.at(2 * time.Second)
			a.Commit()
			a.Wait()
			a.at(6 * time.Second)
			a.Pause()
			a.at(time.Hour) // the reader's own
			a.Wait()
		}, clock.Idle, time.Hour + time.Second},
		"progress forgives the silence": {all, true, func(a *attempt) {
			a.Commit()
			a.Wait()
			a.at(4 * time.Second)
			a.Pause()
			a.Progress()
			a.Wait()
		}, clock.Idle, 9 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, tc.bounds, tc.stream, func(t *testing.T, a *attempt) {
				if tc.do != nil {
					tc.do(a)
				}
				a.requireFires(t, tc.want, tc.after)
				a.at(24 * time.Hour)
				require.Equal(t, tc.want, a.Fired(), "one fires, and once")
				require.EqualValues(t, 1, a.body.closed.Load())
			})
		})
	}
}

func TestWhereNoTimerFires(t *testing.T) {
	for name, tc := range map[string]struct {
		bounds clock.Bounds
		do     func(a *attempt)
	}{
		"no bounds":       {clock.Bounds{}, func(*attempt) {}},
		"nobody waits":    {all, func(a *attempt) { a.Commit() }},
		"a paused reader": {all, func(a *attempt) { a.Commit(); a.Wait(); a.Pause() }},
		"after the answer": {all, func(a *attempt) {
			a.Stop()
			a.trace.GetConn("") // net/http dials on in the background
			a.Commit()
			a.Wait()
		}},
		"no Idle":    {clock.Bounds{FirstToken: time.Second}, func(a *attempt) { a.Commit(); a.Wait() }},
		"no Connect": {clock.Bounds{FirstToken: time.Second}, func(a *attempt) { a.Commit(); a.Stop() }},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, tc.bounds, true, func(t *testing.T, a *attempt) {
				tc.do(a)
				a.requireLives(t)
			})
		})
	}
}

// A caller that goes away ends the attempt's context, and, once the clock watches,
// closes a body that does not look at the context. It is no timer.
func TestTheCallerGoesAway(t *testing.T) {
	inBubble(t, all, false, func(t *testing.T, a *attempt) {
		a.at(time.Second)
		a.leave()
		synctest.Wait()
		require.Error(t, a.Outer(a.ctx).Err())
		require.ErrorIs(t, a.ctx.Err(), context.Canceled)
		require.EqualValues(t, 1, a.body.closed.Load())
		require.Equal(t, clock.None, a.Fired())
		late := new(body)
		a.Own(late)
		require.EqualValues(t, 1, late.closed.Load(), "a body that comes too late is closed at once")
	})
}

func TestNobodyWatchesAfterTheEnd(t *testing.T) {
	inBubble(t, all, false, func(t *testing.T, a *attempt) {
		a.at(time.Second)
		a.Stop()
		a.Stop()
		require.ErrorIs(t, a.ctx.Err(), context.Canceled)
		a.leave()
		synctest.Wait()
		require.Zero(t, a.body.closed.Load(), "whoever reads it closes it")
	})
}

// The trace is one, however often and by how many it is asked for, and adds itself to one
// that is there.
func TestTraced(t *testing.T) {
	inBubble(t, all, false, func(t *testing.T, a *attempt) {
		told := 0
		ctx := httptrace.WithClientTrace(context.WithValue(a.ctx, key{}, 1), &httptrace.ClientTrace{
			GetConn: func(string) { told++ }, WroteHeaders: func() { told++ },
		})
		own := new(clock.Traced)
		traced := own.Begin(ctx, a)
		require.Equal(t, 1, traced.Value(key{}))
		require.Nil(t, traced.Value("key"))
		deadline, ok := traced.Deadline()
		require.Zero(t, deadline)
		require.False(t, ok)
		require.Equal(t, "buoy.traced", fmt.Sprint(traced))

		var wg sync.WaitGroup
		traces := make([]*httptrace.ClientTrace, 4)
		for i := range traces {
			wg.Go(func() { traces[i] = httptrace.ContextClientTrace(context.WithValue(traced, key{}, 2)) })
		}
		wg.Wait()
		for _, trace := range traces {
			require.Same(t, traces[0], trace)
		}
		traces[0].GetConn("")
		traces[0].WroteHeaders()
		require.Equal(t, 2, told)
		a.requireFires(t, clock.Connect, all.Connect)
	})
}

type key struct{}

// A context that is made of a Traced ends with the attempt, and needs no goroutine.
func TestTracedIsNoMore(t *testing.T) {
	inBubble(t, all, false, func(t *testing.T, a *attempt) {
		before := runtime.NumGoroutine()
		ctx, cancel := context.WithCancel(new(clock.Traced).Begin(a.ctx, a))
		defer cancel()
		require.Equal(t, before, runtime.NumGoroutine())
		a.Stop()
		require.ErrorIs(t, ctx.Err(), context.Canceled)
	})
}

func TestBound(t *testing.T) {
	inBubble(t, all, false, func(t *testing.T, a *attempt) {
		var bounds []time.Duration
		for _, timer := range []clock.Timer{clock.None, clock.Connect, clock.FirstToken, clock.Idle, clock.Attempt} {
			bounds = append(bounds, a.Bound(timer))
		}
		require.Equal(t, []time.Duration{0, all.Connect, all.FirstToken, all.Idle, all.Attempt}, bounds)
	})
}

// An attempt without timers has no clock.
func TestNoClock(t *testing.T) {
	var c *clock.Clock
	require.Equal(t, t.Context(), c.Outer(t.Context()))
	c.GetConn("")
	c.GotConn(httptrace.GotConnInfo{})
	require.Equal(t, clock.None, c.Fired())
	require.Zero(t, c.Bound(clock.Attempt))
	var b body
	c.Own(&b)
	c.Commit()
	c.Wait()
	c.Pause()
	c.Progress()
	c.Stop()
	require.Zero(t, b.closed.Load())
}

package circuit_test

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/buoy-go/buoy/internal/circuit"
	"github.com/stretchr/testify/require"
)

// usual are the defaults of buoy.BreakerPolicy.
var usual = circuit.Settings{
	FailureRatio: 0.5, MinRequests: 20, Consecutive: 5, Window: time.Minute,
	OpenFor: 10 * time.Second, MaxOpenFor: 15 * time.Second, Probes: 2,
}

var errDown = errors.New("the other side is down")

// rig drives one circuit.
type rig struct {
	t *testing.T
	c *circuit.Circuit
}

// calls gives each call a number of its own.
var calls atomic.Uint64

// lasting is the patience with a probe.
func lasting(d time.Duration) func() time.Duration { return func() time.Duration { return d } }

// another is a call that was not seen before.
func another() uint64 { return calls.Add(1) }

func newRig(t *testing.T, s circuit.Settings) rig { return rig{t, circuit.New(s, nil)} }

func (r rig) enter() *circuit.Ticket { return r.enterFor(time.Minute) }

func (r rig) enterFor(patience time.Duration) *circuit.Ticket {
	r.t.Helper()
	return r.enterAs(another(), patience)
}

// enterAs is an attempt of a call.
func (r rig) enterAs(call uint64, patience time.Duration) *circuit.Ticket {
	r.t.Helper()
	ticket := new(circuit.Ticket)
	_, ok := r.c.Enter(ticket, call, time.Now(), lasting(patience))
	require.True(r.t, ok)
	return ticket
}

func (r rig) refused() circuit.Refusal {
	r.t.Helper()
	refusal, ok := r.c.Enter(new(circuit.Ticket), another(), time.Now(), lasting(time.Minute))
	require.False(r.t, ok, "want a refusal")
	return refusal
}

func (r rig) fail(n int) {
	for range n {
		r.enter().Done(circuit.Failure, errDown)
	}
}

func (r rig) succeed(n int) {
	for range n {
		r.enter().Done(circuit.Success, nil)
	}
}

func (r rig) is(want circuit.State) {
	r.t.Helper()
	require.Equal(r.t, want, r.c.Status(time.Now()).State)
}

// untilHalfOpen waits until the circuit says it lets a probe through.
func (r rig) untilHalfOpen() { time.Sleep(time.Until(r.refused().Until)) }

func TestOpensAfterFiveInARow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, usual)
		r.fail(4)
		r.succeed(1) // breaks the row
		r.fail(4)
		r.is(circuit.Closed)
		r.fail(1)
		require.Equal(t, errDown, r.refused().Cause)
		status := r.c.Status(time.Now())
		require.Equal(t, circuit.Status{State: circuit.Open, Until: r.refused().Until, Cause: errDown}, status)
	})
}

func TestOpensAtHalfOfTwenty(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, usual)
		for range 9 {
			r.fail(1)
			r.succeed(1)
		}
		r.succeed(1)
		r.is(circuit.Closed) // 9 of 19
		r.fail(1)
		r.refused() // 10 of 20
	})
}

func TestExcludedOutcomesNeverOpenIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, usual)
		r.fail(4)
		for range 100 {
			r.enter().Done(circuit.Excluded, nil)
		}
		r.is(circuit.Closed)
		require.Equal(t, errDown, r.c.Status(time.Now()).Cause)
		r.fail(1) // they do not break a row either
		r.refused()
	})
}

// Open for 10 s, doubled after a failed probe to 15 s and no further, each time
// jittered by U[0.8, 1.2], so 18 s at most; Until is the moment the next probe goes through.
func TestOpenTimesGrow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, usual)
		r.fail(5)
		for _, base := range []time.Duration{10, 15, 15, 15} {
			base *= time.Second
			d := time.Until(r.refused().Until)
			require.GreaterOrEqual(t, d, base*8/10)
			require.LessOrEqual(t, d, base*12/10)
			time.Sleep(d - 1)
			r.refused()
			time.Sleep(time.Nanosecond)
			r.is(circuit.HalfOpen)
			r.fail(1) // the probe
		}
		r.untilHalfOpen()
		r.succeed(2)
		require.Equal(t, circuit.Status{State: circuit.Closed, Cause: errDown}, r.c.Status(time.Now()))
		r.fail(5)
		require.LessOrEqual(t, time.Until(r.refused().Until), 12*time.Second, "the open time begins anew")
	})
}

func TestLetsTwoProbesThrough(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, usual)
		r.fail(5)
		r.untilHalfOpen()
		first, second := r.enter(), r.enter()
		require.True(t, r.refused().Until.After(time.Now()), "an Until in the past would send callers into a spin")
		first.Done(circuit.Excluded, nil) // gives its place back
		third := r.enter()
		second.Done(circuit.Success, nil)
		third.Done(circuit.Success, nil)
		r.is(circuit.Closed)
	})
}

// In gobreaker a half-open call that never reports blocks for ever: the watchdog
// writes it off.
func TestSurvivesAbandonedProbes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, usual)
		r.fail(5)
		r.untilHalfOpen()
		lost := []*circuit.Ticket{r.enter(), r.enter()}
		r.refused()
		time.Sleep(time.Minute + time.Second)
		r.succeed(1)
		for _, ticket := range lost {
			ticket.Done(circuit.Failure, errDown) // too late: it has been counted
		}
		r.is(circuit.HalfOpen)
		r.succeed(1)
		r.is(circuit.Closed)
	})
}

func TestCountsATicketOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, usual)
		ticket := r.enter()
		for range 10 {
			ticket.Done(circuit.Failure, errDown)
		}
		r.is(circuit.Closed)
	})
}

// gobreaker drops results of calls that are older than its window, so streams
// that fail late would never open it.
func TestHearsOfLateFailures(t *testing.T) {
	for _, length := range []time.Duration{time.Minute, 2 * time.Minute} {
		synctest.Test(t, func(t *testing.T) {
			r := newRig(t, usual)
			refused := 0
			var streams sync.WaitGroup
			for range 60 { // a stream every 5 s, each fails at its end
				ticket := new(circuit.Ticket)
				if _, ok := r.c.Enter(ticket, another(), time.Now(), lasting(time.Hour)); ok {
					streams.Go(func() {
						time.Sleep(length)
						ticket.Done(circuit.Failure, errDown)
					})
				} else {
					refused++
				}
				time.Sleep(5 * time.Second)
			}
			streams.Wait()
			require.Greater(t, refused, 20, "of 60 streams of %v", length)
		})
	}
}

// A late result is one result, of its own kind: a success breaks a row of failures,
// and what is excluded does nothing.
func TestALateResultCountsOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, usual)
		var late []*circuit.Ticket
		for range 6 {
			late = append(late, r.enter())
		}
		time.Sleep(2 * time.Minute)
		for _, ticket := range late[:4] {
			ticket.Done(circuit.Failure, errDown)
		}
		r.is(circuit.Closed)
		late[4].Done(circuit.Excluded, nil)
		late[5].Done(circuit.Success, nil)
		r.fail(4)
		r.is(circuit.Closed)
		r.fail(1)
		r.refused()
	})
}

// A result from before the last change of state changes nothing.
func TestIgnoresStaleResults(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, usual)
		var stale []*circuit.Ticket
		for range 20 {
			stale = append(stale, r.enter())
		}
		r.fail(5)
		for _, ticket := range stale[:10] {
			ticket.Done(circuit.Success, nil)
		}
		r.refused()
		r.untilHalfOpen()
		r.succeed(2)
		for _, ticket := range stale[10:] {
			ticket.Done(circuit.Failure, errDown)
		}
		r.is(circuit.Closed)
	})
}

// The same where the result is older than the window, too: it must not be counted
// as one of now.
func TestIgnoresStaleResultsOfLateCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, usual)
		var stale []*circuit.Ticket
		for range 20 {
			stale = append(stale, r.enter())
		}
		r.fail(5)
		r.untilHalfOpen()
		r.succeed(2)
		time.Sleep(2 * usual.Window)
		for _, ticket := range stale {
			ticket.Done(circuit.Failure, errDown)
		}
		r.is(circuit.Closed)
	})
}

// Probes may take longer than the window. Their places are taken until they report,
// so nothing else could be counted in their stead.
func TestProbesMayOutliveTheWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, usual)
		r.fail(5)
		r.untilHalfOpen()
		first, second := r.enterFor(time.Hour), r.enterFor(time.Hour)
		time.Sleep(2 * usual.Window)
		first.Done(circuit.Success, nil)
		second.Done(circuit.Success, nil)
		r.is(circuit.Closed)
	})
}

// A result that comes late makes gobreaker half-open before the time. Nobody is let
// through by that, and the change is told once, when a probe goes.
func TestTellsEachChangeOnce(t *testing.T) {
	for name, early := range map[string]bool{"as it is due": false, "gobreaker is early": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var seen []circuit.Change
				r := rig{t, circuit.New(usual, func(c circuit.Change) { seen = append(seen, c) })}
				stale := r.enter()
				r.fail(5)
				until := r.refused().Until
				if early {
					time.Sleep(time.Second)
					stale.Done(circuit.Failure, errDown)
					r.refused()
					require.Len(t, seen, 1)
				}
				r.untilHalfOpen()
				probe := r.enter()
				require.Len(t, seen, 2, "at once, and not when the probe ends")
				probe.Done(circuit.Success, nil)
				r.succeed(1)
				require.Equal(t, []circuit.Change{
					{From: circuit.Closed, To: circuit.Open, Until: until, Cause: errDown},
					{From: circuit.Open, To: circuit.HalfOpen},
					{From: circuit.HalfOpen, To: circuit.Closed},
				}, seen)
			})
		})
	}
}

// Whoever is told of a change may ask the circuit, and call through it.
func TestTellsOutsideLocks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c *circuit.Circuit
		told := 0
		c = circuit.New(usual, func(change circuit.Change) {
			told++
			require.Equal(t, change.To, c.Status(time.Now()).State)
			if ticket := new(circuit.Ticket); told == 1 {
				_, ok := c.Enter(ticket, another(), time.Now(), lasting(time.Minute))
				require.False(t, ok)
			}
		})
		r := rig{t, c}
		r.fail(5)
		r.untilHalfOpen()
		r.succeed(2)
		require.Equal(t, 3, told)
	})
}

package circuit_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/buoy-go/buoy/internal/circuit"
)

// Five in a row open it whenever they come: gobreaker's own row is that of its
// window, in which one failure a minute never gets beyond one.
func TestARowHasNoWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, usual)
		for range 4 {
			r.fail(1)
			time.Sleep(10 * usual.Window)
			r.is(circuit.Closed)
		}
		r.fail(1)
		r.is(circuit.Open)
	})
}

// One caller's attempts do not shut the door for all, alone or mixed with those of
// others, beside each other or one after the other.
func TestACallCountsOnceInARow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, usual)
		calls := []uint64{another(), another(), another(), another()}
		for range 4 {
			for _, call := range calls {
				r.enterAs(call, time.Minute).Done(circuit.Failure, errDown)
			}
		}
		r.is(circuit.Closed) // sixteen attempts of four calls
		r.fail(1)
		r.is(circuit.Open)
	})
}

// They are sixteen results all the same: in the share of failures each counts.
func TestEachAttemptCountsInTheShare(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, usual)
		call := another()
		for range 19 {
			r.enterAs(call, time.Minute).Done(circuit.Failure, errDown)
		}
		r.is(circuit.Closed)
		r.enterAs(call, time.Minute).Done(circuit.Failure, errDown)
		r.is(circuit.Open)
	})
}

// A row begins anew with a success, and after each change of state.
func TestARowBeginsAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, usual)
		r.fail(5)
		r.untilHalfOpen()
		r.succeed(2)
		r.fail(4)
		r.is(circuit.Closed)
		r.succeed(1)
		r.fail(4)
		r.is(circuit.Closed)
	})
}

// The memory of a row is bounded also where it may be as long as it likes.
func TestALongRowIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := usual
		s.Consecutive, s.MinRequests = 5000, 1<<30
		r := newRig(t, s)
		r.fail(4999)
		r.is(circuit.Closed)
		r.fail(1)
		r.is(circuit.Open)
	})
}

// A result counts when its call ends, however old that is: with ten buckets gobreaker
// drops those of calls aged between nine tenths of its window and all of it.
func TestResultsCountWhenTheyEnd(t *testing.T) {
	for _, tenths := range []time.Duration{1, 5, 9, 10, 11, 100} {
		synctest.Test(t, func(t *testing.T) {
			s := usual
			s.Consecutive = 1 << 30 // the share alone
			r := newRig(t, s)
			time.Sleep(usual.Window / 20) // not at the edge of a bucket
			var running []*circuit.Ticket
			for range usual.MinRequests {
				running = append(running, r.enter())
			}
			time.Sleep(tenths*usual.Window/10 - time.Second)
			for _, ticket := range running {
				r.is(circuit.Closed)
				ticket.Done(circuit.Failure, errDown)
			}
			r.is(circuit.Open)
		})
	}
}

// One that was silent until somebody outside ended it may just have been longer:
// it is a failure where nobody else was answered meanwhile.
func TestSilence(t *testing.T) {
	for name, tc := range map[string]struct {
		meanwhile func(r rig, other *circuit.Ticket)
		want      circuit.State
	}{
		"nobody was answered": {func(rig, *circuit.Ticket) {}, circuit.Open},
		"another has ended":   {func(_ rig, other *circuit.Ticket) { other.Done(circuit.Success, nil) }, circuit.Closed},
		"another has begun":   {func(_ rig, other *circuit.Ticket) { other.Alive() }, circuit.Closed},
		"another has failed":  {func(_ rig, other *circuit.Ticket) { other.Done(circuit.Excluded, nil) }, circuit.Open},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t, usual)
				r.succeed(1) // before they began
				time.Sleep(time.Nanosecond)
				other := r.enter()
				var silent []*circuit.Ticket
				for range 5 {
					silent = append(silent, r.enter())
				}
				time.Sleep(5 * time.Second)
				tc.meanwhile(r, other)
				time.Sleep(5 * time.Second)
				for _, ticket := range silent {
					ticket.Done(circuit.Silence, errDown)
				}
				r.is(tc.want)
			})
		})
	}
}

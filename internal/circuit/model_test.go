package circuit_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/buoy-go/buoy/internal/circuit"
	"github.com/stretchr/testify/require"
)

// model says what a circuit that opens after 5 failures in a row must do.
type model struct {
	state    circuit.State
	gen      int
	fails    int // in a row
	admitted int // probes that hold or have used a place
	good     int // probes that succeeded
	until    time.Time
}

func (m *model) admits(now time.Time) bool {
	if m.state == circuit.Open && !now.Before(m.until) {
		m.state, m.admitted, m.good = circuit.HalfOpen, 0, 0
		m.gen++
	}
	switch m.state {
	case circuit.Open:
		return false
	case circuit.HalfOpen:
		if m.admitted >= 2 {
			return false
		}
		m.admitted++
	}
	return true
}

// ended counts a result; one from before the last change changes nothing.
func (m *model) ended(gen int, o circuit.Outcome) (opened bool) {
	if gen != m.gen {
		return false
	}
	switch {
	case o == circuit.Excluded && m.state == circuit.HalfOpen:
		m.admitted--
	case o == circuit.Failure && (m.state == circuit.HalfOpen || m.fails == 4):
		m.state = circuit.Open
		m.gen++
		return true
	case o == circuit.Failure:
		m.fails++
	case o == circuit.Success && m.state == circuit.HalfOpen:
		if m.good++; m.good == 2 {
			m.state, m.fails = circuit.Closed, 0
			m.gen++
		}
	case o == circuit.Success:
		m.fails = 0
	}
	return false
}

// Invariant 6: under random starts, results, cancellations, losses and waiting
// the circuit and its model agree; no more than two probes are in flight; no lost
// probe wedges it; stale results change nothing; each ticket counts once.
func TestAgreesWithItsModel(t *testing.T) {
	for seed := range uint64(300) {
		synctest.Test(t, func(t *testing.T) { modelRun(t, seed) })
	}
}

func modelRun(t *testing.T, seed uint64) {
	const patience = 40 * time.Second
	type held struct {
		ticket *circuit.Ticket
		gen    int
		probe  bool
		since  time.Time
	}
	rng := rand.New(rand.NewPCG(seed, 3))
	settings := usual
	settings.Window, settings.MinRequests = 24*time.Hour, 1<<30
	c := circuit.New(settings, nil)
	m := &model{state: circuit.Closed}
	var running []held
	var trace []string
	expire := func() { // what the watchdog has written off
		kept := running[:0]
		for _, h := range running {
			if h.probe && time.Since(h.since) >= patience {
				m.ended(h.gen, circuit.Excluded)
				h.ticket.Done(circuit.Failure, errDown) // too late: counted already
				continue
			}
			kept = append(kept, h)
		}
		running = kept
	}
	for range 400 {
		switch op := rng.IntN(10); {
		case op < 4:
			ticket := new(circuit.Ticket)
			_, ok := c.Enter(ticket, another(), time.Now(), lasting(patience))
			want := m.admits(time.Now())
			trace = append(trace, fmt.Sprintf("start=%v", ok))
			require.Equal(t, want, ok, "seed %d: %v", seed, trace)
			if ok {
				running = append(running, held{ticket, m.gen, m.state == circuit.HalfOpen, time.Now()})
			}
		case op < 8 && len(running) > 0:
			i := rng.IntN(len(running))
			h := running[i]
			running = append(running[:i], running[i+1:]...)
			// Failures come in bouts, or five in a row would be rare.
			o := circuit.Outcome(rng.IntN(3))
			if seed%2 == 0 && rng.IntN(3) > 0 {
				o = circuit.Failure
			}
			h.ticket.Done(o, nil)
			h.ticket.Done(circuit.Failure, errDown) // a second report must not count
			trace = append(trace, fmt.Sprint("end=", o))
			if m.ended(h.gen, o) {
				m.until, m.fails = c.Status(time.Now()).Until, 0
			}
		default:
			d := time.Duration(rng.Int64N(int64(15 * time.Second)))
			time.Sleep(d)
			synctest.Wait()
			expire()
			trace = append(trace, fmt.Sprint("wait=", d))
		}
		probes := 0
		for _, h := range running {
			if h.probe && h.gen == m.gen {
				probes++
			}
		}
		require.LessOrEqual(t, probes, 2)
	}
	// Whatever has happened: left alone, it lets a call through again.
	time.Sleep(patience + 25*time.Second)
	synctest.Wait()
	_, ok := c.Enter(new(circuit.Ticket), another(), time.Now(), lasting(patience))
	require.True(t, ok, "seed %d: wedged after %v", seed, trace)
	for _, h := range running {
		h.ticket.Done(circuit.Success, nil)
	}
	time.Sleep(patience)
}

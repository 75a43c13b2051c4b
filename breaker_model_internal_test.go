package buoy

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// breakerModel says what a breaker that opens after 5 failures in a row must do.
type breakerModel struct {
	state    BreakerState
	gen      int
	fails    int // in a row
	admitted int // probes that hold or have used a place
	good     int // probes that succeeded
	until    time.Time
}

func (m *breakerModel) admits(now time.Time) bool {
	if m.state == BreakerOpen && !now.Before(m.until) {
		m.state, m.admitted, m.good = BreakerHalfOpen, 0, 0
		m.gen++
	}
	switch m.state {
	case BreakerOpen:
		return false
	case BreakerHalfOpen:
		if m.admitted >= 2 {
			return false
		}
		m.admitted++
	}
	return true
}

// ended counts a result; one from before the last change changes nothing.
func (m *breakerModel) ended(gen int, o outcome) (opened bool) {
	if gen != m.gen {
		return false
	}
	switch {
	case o == excluded && m.state == BreakerHalfOpen:
		m.admitted--
	case o == failure && (m.state == BreakerHalfOpen || m.fails == 4):
		m.state = BreakerOpen
		m.gen++
		return true
	case o == failure:
		m.fails++
	case o == success && m.state == BreakerHalfOpen:
		if m.good++; m.good == 2 {
			m.state, m.fails = BreakerClosed, 0
			m.gen++
		}
	case o == success:
		m.fails = 0
	}
	return false
}

// Invariant 6: under random starts, results, cancellations, losses and waiting
// the breaker and its model agree; no more than two probes are in flight; no lost
// probe wedges it; stale results change nothing; each permit counts once.
func TestBreakerAgreesWithItsModel(t *testing.T) {
	for seed := range uint64(300) {
		synctest.Test(t, func(t *testing.T) { modelRun(t, seed) })
	}
}

func modelRun(t *testing.T, seed uint64) {
	const patience = 40 * time.Second
	type held struct {
		permit *permit
		gen    int
		probe  bool
		since  time.Time
	}
	rng := rand.New(rand.NewPCG(seed, 3))
	r := newRig(t, BreakerPolicy{Window: 24 * time.Hour, MinRequests: 1 << 30})
	m := &breakerModel{state: BreakerClosed}
	var running []held
	var trace []string
	expire := func() { // what the watchdog has written off
		kept := running[:0]
		for _, h := range running {
			if h.probe && time.Since(h.since) >= patience {
				m.ended(h.gen, excluded)
				h.permit.done(ErrServer) // too late: counted already
				continue
			}
			kept = append(kept, h)
		}
		running = kept
	}
	for range 400 {
		switch op := rng.IntN(10); {
		case op < 4:
			p := new(permit)
			err := r.c.allow(p, patience)
			want := m.admits(time.Now())
			trace = append(trace, fmt.Sprintf("start=%v", err == nil))
			require.Equal(t, want, err == nil, "seed %d: %v", seed, trace)
			if err == nil {
				running = append(running, held{p, m.gen, m.state == BreakerHalfOpen, time.Now()})
			}
		case op < 8 && len(running) > 0:
			i := rng.IntN(len(running))
			h := running[i]
			running = append(running[:i], running[i+1:]...)
			// Failures come in bouts, or five in a row would be rare.
			o := outcome(rng.IntN(3))
			if seed%2 == 0 && rng.IntN(3) > 0 {
				o = failure
			}
			h.permit.done([]error{excluded: errStreamClosed, success: nil, failure: ErrServer}[o])
			h.permit.done(ErrServer) // a second report must not count
			trace = append(trace, fmt.Sprint("end=", o))
			if m.ended(h.gen, o) {
				r.c.mu.Lock()
				m.until, m.fails = r.c.until, 0
				r.c.mu.Unlock()
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
	err := r.c.allow(new(permit), patience)
	require.NoError(t, err, "seed %d: wedged after %v", seed, trace)
	for _, h := range running {
		h.permit.done(nil)
	}
	time.Sleep(patience)
}

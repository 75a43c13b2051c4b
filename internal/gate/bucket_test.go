package gate_test

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"strconv"
	"testing"
	"time"

	"github.com/buoy-go/buoy/internal/gate"
	"github.com/stretchr/testify/require"
)

var start = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func at(seconds float64) time.Time {
	return start.Add(time.Duration(seconds * float64(time.Second)))
}

// 60 a minute: one a second, a burst of six.
func TestBucket(t *testing.T) {
	type step struct {
		at    float64 // seconds
		ahead int
		n     int     // to be taken ...
		wait  float64 // ... after this wait; it is taken at once when 0
		level float64 // afterwards
	}
	for name, steps := range map[string][]step{
		"a burst, then one a second": {{0, 0, 6, 0, 0}, {0, 0, 1, 1, 0}, {0.25, 0, 1, 0.75, 0.25}, {1, 0, 1, 0, 0}, {1, 0, 2, 2, 0}},
		"it never holds more":        {{0, 0, 4, 0, 2}, {1000, 0, 6, 0, 0}, {1000, 0, 1, 1, 0}},
		"those ahead count":          {{0, 0, 5, 0, 1}, {0, 3, 1, 3, 1}, {0, 3, 6, 8, 1}},
		"more than the burst goes when it is full and leaves a debt": {{0, 0, 20, 0, -14}, {0, 0, 1, 15, -14}, {15, 0, 1, 0, 0}, {15, 0, 20, 6, 0}},
	} {
		t.Run(name, func(t *testing.T) {
			b := gate.NewBucket(60)
			for _, s := range steps {
				wait := b.Wait(at(s.at), s.ahead, s.n)
				require.Equal(t, time.Duration(s.wait*float64(time.Second)), wait, "%+v", s)
				if wait == 0 {
					b.Take(at(s.at), s.n, new(gate.Charge))
				}
				require.InDelta(t, s.level, b.Level(at(s.at)), 1e-6, "%+v", s)
			}
		})
	}
}

// What comes back is worth what it would be had it never been taken. The other
// call takes its part between the first one's start and its end.
func TestSettle(t *testing.T) {
	for _, tc := range []struct {
		name  string
		n     int     // taken at 0 of a full burst of 6
		other int     // taken ...
		when  float64 // ... by another call at this second
		end   float64
		used  int
		level float64 // at the end
	}{
		{"at once: as if nothing had been", 6, 0, 0, 0, 0, 6},
		{"a part", 6, 0, 0, 0, 4, 2},
		{"exactly what was charged", 4, 0, 0, 0, 4, 2},
		{"nothing runs over", 4, 0, 0, 3, 0, 6},
		{"what has run over meanwhile is lost", 4, 6, 10, 11, 0, 1},
		{"what would have run over meanwhile is lost, too", 4, 3, 3, 3, 0, 3},
		{"more: a debt", 4, 0, 0, 0, 10, -4},
		{"a debt of a minute at most", 4, 0, 0, 0, 1000, -60},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := gate.NewBucket(60)
			var first, second gate.Charge
			b.Take(at(0), tc.n, &first)
			if tc.other > 0 {
				require.Zero(t, b.Wait(at(tc.when), 0, tc.other))
				b.Take(at(tc.when), tc.other, &second)
			}
			b.Settle(at(tc.end), &first, tc.used)
			require.InDelta(t, tc.level, b.Level(at(tc.end)), 1e-6)
			b.Settle(at(tc.end), &first, 0) // only once
			require.InDelta(t, tc.level, b.Level(at(tc.end)), 1e-6)
		})
	}
}

func TestNoBucket(t *testing.T) {
	b := gate.NewBucket(0)
	require.Nil(t, b)
	require.Zero(t, b.Wait(start, 5, 1e9))
	var c gate.Charge
	b.Take(start, 1e9, &c)
	b.Settle(start, &c, 0)
}

// grant is a call in the model: what it was charged, and what it used once that
// is known.
type grant struct {
	at      time.Time
	n       int
	charge  *gate.Charge
	used    int
	settled bool
}

// counts is what is known of the call's use.
func (g *grant) counts() int {
	if g.settled {
		return min(g.n, g.used)
	}
	return g.n
}

// debt is what a call had used beyond its charge when it was settled.
type debt struct {
	at time.Time
	n  int
}

// model is a bucket that is replayed from its beginning with what is known now.
type model struct {
	perMinute int
	grants    []*grant
	debts     []debt
}

// level charges each call at once what it used, and debts when they were known.
func (m *model) level(now time.Time) float64 {
	burst := float64(max(1, m.perMinute/10))
	level, last := burst, start
	pay := func(at time.Time, n int) {
		level = min(burst, level+at.Sub(last).Seconds()*float64(m.perMinute)/60) - float64(n)
		last = at
	}
	debts := m.debts
	for _, g := range m.grants {
		for len(debts) > 0 && debts[0].at.Before(g.at) {
			pay(debts[0].at, debts[0].n)
			debts = debts[1:]
		}
		pay(g.at, g.counts())
	}
	for _, d := range debts {
		pay(d.at, d.n)
	}
	pay(now, 0)
	return level
}

// excess is by how much a window let through more than its rate and a burst.
func (m *model) excess(burst int) (most float64) {
	for i, first := range m.grants {
		sum := 0
		for _, g := range m.grants[i:] {
			sum += g.counts()
			most = max(most, float64(sum-burst)-float64(m.perMinute)/60*g.at.Sub(first.at).Seconds())
		}
	}
	return most
}

// replay drives a bucket and its model through calls, waits, settlements and
// cancellations, four bytes for each step. At every step the level has to be what
// it would be had each call been charged what it used, and in the end no window
// may have let through more than rate*window and a burst.
func replay(t *testing.T, perMinute int, steps []byte) {
	t.Helper()
	m := &model{perMinute: perMinute}
	burst := max(1, perMinute/10)
	b := gate.NewBucket(perMinute)
	now, largest := start, burst
	for ; len(steps) >= 4; steps = steps[4:] {
		kind, which, amount := steps[0], int(steps[1]), int(steps[2])<<8|int(steps[3])
		// No two things happen at the same time.
		pause := []time.Duration{time.Millisecond, time.Second, 10 * time.Second}[kind%3]
		now = now.Add(1 + pause*time.Duration(which)/256)
		if g := m.underWay(which); g != nil && kind&0x40 != 0 {
			g.used = amount % (g.n + 1)
			if kind&0x30 == 0 {
				g.used = g.n + amount%(2*burst)
				m.debts = append(m.debts, debt{now, max(0, min(g.used-g.n, perMinute+int(m.level(now))))})
			}
			g.settled = true
			b.Settle(now, g.charge, g.used)
		} else {
			n := 1 + amount%burst
			if kind&0x38 == 0 {
				n = 1 + amount%perMinute
			}
			now = now.Add(b.Wait(now, 0, n))
			g := &grant{at: now, n: n, charge: new(gate.Charge)}
			b.Take(now, n, g.charge)
			m.grants = append(m.grants, g)
			largest = max(largest, n)
		}
		require.InDelta(t, m.level(now), b.Level(now), 1e-3)
	}
	require.LessOrEqual(t, m.excess(largest), 1e-3)
}

// underWay picks one of the latest calls, nil where it has ended.
func (m *model) underWay(which int) *grant {
	if len(m.grants) == 0 {
		return nil
	}
	if g := m.grants[len(m.grants)-1-which%min(len(m.grants), 8)]; !g.settled {
		return g
	}
	return nil
}

var allowances = []int{1, 5, 60, 600, 1000}

func TestNeverMoreThanRateAndBurst(t *testing.T) {
	for seed := range 300 {
		var key [32]byte
		binary.LittleEndian.PutUint64(key[:], uint64(seed))
		steps := make([]byte, 4*120)
		_, _ = rand.NewChaCha8(key).Read(steps)
		t.Run(strconv.Itoa(seed), func(t *testing.T) { replay(t, allowances[seed%len(allowances)], steps) })
	}
}

func FuzzBucket(f *testing.F) {
	// Taken, given back, and taken again; with another call in between.
	f.Add(uint8(2), []byte{0x08, 0, 0, 5, 0x50, 0, 0, 2, 0x08, 0, 0, 5})
	f.Add(uint8(2), []byte{0x08, 0, 0, 3, 0x08, 0, 0, 1, 0x0a, 255, 0, 2, 0x50, 1, 0, 0, 0x50, 1, 0, 0})
	f.Fuzz(func(t *testing.T, allowance uint8, steps []byte) {
		replay(t, allowances[int(allowance)%len(allowances)], steps[:min(len(steps), 4*200)])
	})
}

func TestRecent(t *testing.T) {
	var r gate.Recent
	require.Zero(t, r.Quantile(0.95))
	for i := range int64(20) {
		r.Add(20 - i)
	}
	require.Equal(t, 20, r.Len())
	require.Equal(t, []int64{1, 10, 19, 20}, []int64{r.Quantile(0), r.Quantile(0.5), r.Quantile(0.95), r.Quantile(1)})
	for range 127 {
		r.Add(7)
	}
	require.Equal(t, 128, r.Len())
	require.Equal(t, int64(1), r.Quantile(0), "the newest of the first twenty is still there")
	r.Add(7)
	require.Equal(t, []int64{7, 7, 7}, []int64{r.Quantile(0), r.Quantile(0.95), r.Quantile(1)})
	r.Add(math.MaxInt64)
	require.Equal(t, int64(math.MaxInt64), r.Quantile(1))
}

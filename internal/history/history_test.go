package history

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestMinutes(t *testing.T) {
	var m Minutes
	at := time.Date(2026, 1, 1, 12, 0, 30, 0, time.UTC)
	require.Equal(t, make([]Minute, Length), m.Last(at))
	m.Add(at, time.Second, false)
	m.Add(at.Add(10*time.Second), 3*time.Second, true)
	m.Add(at.Add(2*time.Minute), time.Second, false)
	last := m.Last(at.Add(3 * time.Minute))
	require.Equal(t, []Minute{{2, 1, 4 * time.Second}, {}, {1, 0, time.Second}, {}}, last[Length-4:])
	require.Equal(t, make([]Minute, Length-4), last[:Length-4])
	require.Equal(t, make([]Minute, Length), m.Last(at.Add(63*time.Minute)), "an hour later all is forgotten")
}

// The ring is compared with a map of all minutes, by clocks that jump.
func TestMinutesAreThoseOfAMap(t *testing.T) {
	for seed := range uint64(50) {
		r := rand.New(rand.NewPCG(seed, 1))
		var m Minutes
		all := map[int64]Minute{}
		now := time.Unix(1<<30, 0)
		newest := minuteOf(now)
		for range 300 {
			now = now.Add(time.Duration(r.IntN(90)-5) * time.Second * time.Duration(1+r.IntN(50)*r.IntN(2)))
			newest = max(newest, minuteOf(now))
			if minuteOf(now) > newest-Length {
				c := all[minuteOf(now)]
				c.Done++
				all[minuteOf(now)] = c
			}
			m.Add(now, 0, false)
			last := m.Last(now)
			for i, got := range last {
				minute := minuteOf(now) - int64(Length-1-i)
				want := all[minute]
				if minute <= newest-Length {
					want = Minute{}
				}
				if got != want {
					t.Fatalf("seed %d, minute %d: %v is not %v", seed, i, got, want)
				}
			}
		}
	}
}

func TestLast(t *testing.T) {
	var l Last[int]
	require.Empty(t, l.All())
	for i := range 100 {
		l.Add(i)
		require.Equal(t, i, l.All()[0])
	}
	all := l.All()
	require.Len(t, all, 32)
	require.Equal(t, 68, all[31], "the oldest that is left")
}

package latency_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/buoy-go/buoy/internal/latency"
	"github.com/stretchr/testify/require"
)

var start = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// fill adds the same sample n times, one a second, and returns the time after it.
func fill(s *latency.Series, now time.Time, n int, x latency.Sample) time.Time {
	for range n {
		now = now.Add(time.Second)
		s.Add(now, x)
	}
	return now
}

func TestQuantileIsTheNearestRank(t *testing.T) {
	for _, tc := range []struct {
		name string
		add  func(s *latency.Series, now time.Time) time.Time
		q    float64
		want time.Duration
		n    int
	}{
		{"nothing yet", func(_ *latency.Series, now time.Time) time.Time { return now }, 0.95, 0, 0},
		{"one", func(s *latency.Series, now time.Time) time.Time {
			return fill(s, now, 1, latency.Sample{Wait: time.Second})
		}, 0.95, time.Second, 1},
		{"one slow in twenty is above the 95th", func(s *latency.Series, now time.Time) time.Time {
			now = fill(s, now, 19, latency.Sample{Wait: time.Second})
			return fill(s, now, 1, latency.Sample{Wait: time.Minute})
		}, 0.95, time.Second, 20},
		{"two slow in twenty are not", func(s *latency.Series, now time.Time) time.Time {
			now = fill(s, now, 18, latency.Sample{Wait: time.Second})
			return fill(s, now, 2, latency.Sample{Wait: time.Minute})
		}, 0.95, time.Minute, 20},
		{"what was cut is no success", func(s *latency.Series, now time.Time) time.Time {
			now = fill(s, now, 5, latency.Sample{Wait: time.Second})
			return fill(s, now, 50, latency.Sample{Wait: time.Minute, Cut: true})
		}, 0.95, time.Second, 5},
		{"more than it keeps: the latest count", func(s *latency.Series, now time.Time) time.Time {
			now = fill(s, now, 1000, latency.Sample{Wait: time.Minute})
			return fill(s, now, 512, latency.Sample{Wait: time.Second})
		}, 1, time.Second, 512},
		{"an hour later they are forgotten", func(s *latency.Series, now time.Time) time.Time {
			return fill(s, now, 60, latency.Sample{Wait: time.Second}).Add(2 * time.Hour)
		}, 0.95, 0, 0},
		{"half of them are", func(s *latency.Series, now time.Time) time.Time {
			now = fill(s, now, 60, latency.Sample{Wait: time.Minute})
			return fill(s, now.Add(40*time.Minute), 60, latency.Sample{Wait: time.Second}).Add(30 * time.Minute)
		}, 0.95, time.Second, 60},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var s latency.Series
			now := tc.add(&s, start)
			got, n := s.Quantile(now.Add(time.Second), tc.q)
			require.Equal(t, tc.want, got)
			require.Equal(t, tc.n, n)
		})
	}
}

// Whatever is added, a quantile is that of a sort of the recent past, up to the
// few samples since the model was made.
func TestQuantileAgainstASort(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var s latency.Series
	var all []time.Duration
	now := start
	for range 3000 {
		w := time.Duration(rng.ExpFloat64() * float64(time.Second))
		all = append(all, w)
		s.Add(now, latency.Sample{Wait: w})
		now = now.Add(time.Millisecond)
		if len(all)%37 != 0 {
			continue
		}
		now = now.Add(time.Second)
		recent := slices.Clone(all[max(0, len(all)-512):])
		slices.Sort(recent)
		for _, q := range []float64{0.5, 0.95, 0.99} {
			got, n := s.Quantile(now, q)
			require.Equal(t, len(recent), n)
			require.Equal(t, recent[int(math.Ceil(q*float64(n)))-1], got)
		}
	}
}

// A model is made of new samples now and then, never for each read.
func TestReadsDoNotSort(t *testing.T) {
	var s latency.Series
	now := fill(&s, start, 512, latency.Sample{Wait: time.Second, Output: 100})
	require.Zero(t, testing.AllocsPerRun(100, func() {
		s.Quantile(now, 0.95)
		s.Bound(now, 1000, 500)
	}))
}

func BenchmarkSeries(b *testing.B) {
	var s latency.Series
	rng := rand.New(rand.NewPCG(1, 2))
	now := start
	b.ReportAllocs()
	for b.Loop() {
		now = now.Add(10 * time.Millisecond)
		s.Add(now, latency.Sample{Wait: time.Duration(rng.Int64N(int64(time.Second))), Input: 1000, Output: 100, Limit: 500})
		s.Bound(now, 1000, 500)
	}
}

package latency_test

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/buoy-go/buoy/internal/latency"
	"github.com/stretchr/testify/require"
)

// provider answers as fast as its parameters say, give or take a tenth.
type provider struct {
	overhead  time.Duration
	perInput  time.Duration
	perOutput time.Duration
}

func (p provider) wait(rng *rand.Rand, input, output int) time.Duration {
	exact := p.overhead + time.Duration(input)*p.perInput + time.Duration(output)*p.perOutput
	return time.Duration(float64(exact) * (0.9 + 0.2*rng.Float64()))
}

// What is given to a request of each size, told from samples of a provider. It
// must be enough for the answer and, where that can be known, not much more.
func TestBoundGrowsWithTheRequest(t *testing.T) {
	fast := provider{overhead: 500 * time.Millisecond, perOutput: 20 * time.Millisecond}
	local := provider{overhead: time.Second, perInput: 5 * time.Millisecond}
	upTo := func(n int) func(*rand.Rand) int { return func(rng *rand.Rand) int { return 1 + rng.IntN(n) } }
	always := func(n int) func(*rand.Rand) int { return func(*rand.Rand) int { return n } }
	for _, tc := range []struct {
		name          string
		p             provider
		input, output func(*rand.Rand) int
		limit         func(output int) int
		askInput      int
		askLimit      int
		atLeast       time.Duration
		atMost        time.Duration
	}{
		{"the usual", fast, always(100), upTo(200), func(int) int { return 0 }, 100, 0, 5 * time.Second, 12 * time.Second},
		{"a short one after all sorts", fast, always(100), upTo(2000), func(int) int { return 0 }, 100, 10, time.Second, 20 * time.Second},
		{"a long one after short ones that used their limits", fast, always(100), upTo(200), func(out int) int { return out + 10 }, 100, 4000, 80 * time.Second, 200 * time.Second},
		{"the same limit as always, which is never used", fast, always(100), upTo(200), func(int) int { return 4096 }, 100, 4096, 5 * time.Second, 14 * time.Second},
		{"a limit, where there was none before", fast, always(100), upTo(200), func(int) int { return 0 }, 100, 1000, 20 * time.Second, 50 * time.Second},
		{"answers of one length tell no speed: safe", fast, always(100), always(100), func(int) int { return 0 }, 100, 1000, 20 * time.Second, 60 * time.Second},
		{"a long prompt at a slow server", local, upTo(2000), always(0), func(int) int { return 0 }, 10000, 0, 50 * time.Second, 100 * time.Second},
		{"a long prompt after short ones", fast, always(100), always(0), func(int) int { return 0 }, 20100, 0, 10 * time.Second, 13 * time.Second},
	} {
		t.Run(tc.name, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(3, 4))
			var s latency.Series
			now := start
			for range 300 {
				in, out := tc.input(rng), tc.output(rng)
				s.Add(now, latency.Sample{Wait: tc.p.wait(rng, in, out), Input: in, Output: out, Limit: tc.limit(out)})
				now = now.Add(time.Second)
			}
			got, n := s.Bound(now, tc.askInput, tc.askLimit)
			require.Equal(t, 300, n)
			require.GreaterOrEqual(t, got, tc.atLeast)
			require.LessOrEqual(t, got, tc.atMost)
		})
	}
}

// A bound that cuts what it has made too slow itself would sink lower and lower.
// Here a provider becomes four times as slow, and every attempt is cut at the
// bound, until it fits again.
func TestTheBoundDoesNotRatchetDown(t *testing.T) {
	var s latency.Series
	now := fill(&s, start, 200, latency.Sample{Wait: 2 * time.Second})
	before, _ := s.Bound(now, 0, 0)
	require.Equal(t, 4*time.Second, before)
	cuts := 0
	for {
		now = now.Add(time.Second)
		bound, _ := s.Bound(now, 0, 0)
		require.GreaterOrEqual(t, bound, before)
		if bound >= 8*time.Second {
			break
		}
		cuts++
		require.Less(t, cuts, 20)
		s.Add(now, latency.Sample{Wait: bound, Cut: true})
	}
}

// Five in a row open a breaker. They do not move the bound of a provider that is
// asked often.
func TestABreakersWorthOfFailuresDoesNotMoveIt(t *testing.T) {
	var s latency.Series
	now := fill(&s, start, 600, latency.Sample{Wait: time.Second})
	now = fill(&s, now, 5, latency.Sample{Wait: 15 * time.Second, Cut: true})
	got, _ := s.Bound(now.Add(time.Second), 0, 0)
	require.Equal(t, 2*time.Second, got)
}

func TestNoSamplesNoBound(t *testing.T) {
	var s latency.Series
	got, n := s.Bound(start, 1000, 1000)
	require.Zero(t, got)
	require.Zero(t, n)
	s.Add(start, latency.Sample{Wait: 1 << 62, Input: math.MaxInt, Output: -1, Limit: math.MaxInt / 2})
	got, _ = s.Bound(start.Add(time.Minute), math.MaxInt, math.MaxInt)
	require.Positive(t, got, "no overflow")
}

package buoyload

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// desk feeds a gradient by hand.
type desk struct {
	*gradient
	now time.Time
}

func newDesk(p Policy) *desk {
	g := newGradient(p)
	g.sure = true // no probe soon
	return &desk{&g, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
}

// window plays one window, with as many calls in flight as the limit allows.
func (d *desk) window(seconds float64) *desk {
	for d.inFlight < d.size() {
		d.admit()
	}
	for d.inFlight > d.size() {
		d.leave(1)
	}
	d.calls(1, seconds)
	for !d.begun.IsZero() {
		d.calls(1, seconds)
	}
	return d
}

// calls plays calls whose first tokens come after so many seconds, 100 ms apart.
func (d *desk) calls(n int, seconds float64) *desk {
	for range n {
		d.now = d.now.Add(100 * time.Millisecond)
		d.first(d.now, d.epoch, seconds)
	}
	return d
}

// limits plays windows and returns the limit after each.
func (d *desk) limits(windows ...float64) (limits []int) {
	for _, seconds := range windows {
		limits = append(limits, d.window(seconds).size())
	}
	return limits
}

func TestGradientMoves(t *testing.T) {
	for _, c := range []struct {
		name    string
		initial int
		windows []float64 // seconds to the first token
		want    []int     // limit after each
	}{
		{"grows by half as long as nothing was ever wrong", 20, []float64{.3, .3, .3}, []int{30, 45, 67}},
		{"then by the root, the less the later", 16, []float64{.3, .4, .3, .54, .6}, []int{24, 27, 32, 33, 33}},
		{"shrinks with the root of the excess", 100, []float64{.3, .3, .9}, []int{150, 225, 183}},
		{"by half at most", 100, []float64{.3, 30}, []int{150, 75}},
		{"goes on while it helps", 100, []float64{.3, 6, 3, 1.5, .5}, []int{150, 75, 37, 23, 25}},
		{"is careful where it was too much", 100, []float64{.3, .3, .7, .3, .3, .3, .3, .3}, []int{150, 225, 208, 212, 215, 218, 219, 221}},
		{"takes back what does not help", 100, []float64{.3, .9, .9, .9, .9, .9, .9, .9}, []int{150, 122, 100, 81, 66, 54, 150, 162}},
		{"judges anew what gets worse", 100, []float64{.3, 1, 2, 5, 5, 5}, []int{150, 116, 63, 31, 150, 162}},
		{"does not take noise for trouble", 20, []float64{.3, .35, .25, .38, .3}, []int{30, 45, 67, 72, 80}},
		{"learns what is normal where it cannot be less", 1, []float64{.3, .9, .9, .9, .9, .9}, []int{2, 1, 1, 1, 1, 2}},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.Equal(t, c.want, newDesk(Policy{Initial: c.initial}).limits(c.windows...))
		})
	}
}

func TestGradientKeepsItsBounds(t *testing.T) {
	d := newDesk(Policy{Min: 5, Max: 25, Initial: 10})
	require.Equal(t, []int{15, 22, 25, 25}, d.limits(.3, .3, .3, .3))
	require.Equal(t, []int{12, 6, 5}, d.limits(30, 60, 120))
}

func TestGradientGrowsOnlyWhereItIsReached(t *testing.T) {
	d := newDesk(Policy{})
	for range 19 {
		d.admit()
	}
	require.Equal(t, 20, d.calls(100, .3).size())
	d.admit()
	require.Equal(t, 30, d.calls(20, .3).size())
}

func TestGradientWaitsForItsWindow(t *testing.T) {
	d := newDesk(Policy{Initial: 100, Samples: 30})
	for d.inFlight < 100 {
		d.admit()
	}
	require.Equal(t, 100, d.calls(29, .3).size())
	require.Equal(t, 150, d.calls(1, .3).size())
	for range 200 { // many calls at once are still no window
		d.first(d.now, d.epoch, .3)
	}
	require.Equal(t, 150, d.size())
}

// Calls that were let in under another limit tell nothing of this one.
func TestGradientHearsOnlyItsEpoch(t *testing.T) {
	d := newDesk(Policy{})
	old := d.epoch
	d.window(.3)
	require.Equal(t, 30, d.size())
	require.NotEqual(t, old, d.epoch)
	for range 100 {
		d.now = d.now.Add(time.Second)
		d.first(d.now, old, 60)
		d.whole(d.now, old)
		d.overload(old)
	}
	require.Equal(t, 30, d.size())
	require.InDelta(t, .3, d.normal, 1e-9)
}

func TestGradientAndOverload(t *testing.T) {
	d := newDesk(Policy{Initial: 40})
	for range 40 {
		d.admit()
	}
	for range 3 {
		d.overload(d.epoch)
	}
	require.Equal(t, 40, d.size(), "three of forty are an accident")
	burst := d.epoch
	for range 37 { // a burst is one event
		d.overload(burst)
	}
	require.Equal(t, 28, d.size())

	// In a row they go on, and the way back is quick up to the first of them.
	for d.size() > 1 {
		for d.inFlight > d.size() {
			d.leave(1)
		}
		d.overload(d.epoch)
	}
	var back []int
	for d.size() < 30 {
		back = append(back, d.window(.3).size())
	}
	require.Equal(t, []int{3, 6, 12, 25, 30}, back)

	d = newDesk(Policy{Initial: 1000})
	for range 50 {
		d.admit()
	}
	for range 100 {
		d.overload(d.epoch)
	}
	require.Equal(t, 35, d.size(), "a limit that nobody reached is not what was too much")
}

func TestGradientForgetsAccidentsWithTheWindow(t *testing.T) {
	d := newDesk(Policy{Initial: 40})
	d.calls(1, .3)
	for range 20 {
		d.overload(d.epoch)
		d.overload(d.epoch)
		d.overload(d.epoch)
		d.calls(20, .3)
	}
	require.GreaterOrEqual(t, d.size(), 40)
}

// Whole answers only tell that they came.
func TestGradientOfWholeAnswers(t *testing.T) {
	d := newDesk(Policy{})
	for range 20 {
		d.admit()
	}
	for range 20 {
		d.now = d.now.Add(time.Second)
		d.whole(d.now, d.epoch)
	}
	require.Equal(t, 30, d.size())
	require.Zero(t, d.normal)
}

// While the limit is always reached, it is halved for a window now and then, to
// see how long the first token takes without load.
func TestGradientProbes(t *testing.T) {
	d := newDesk(Policy{Initial: 50, Max: 50})
	begun := d.now
	for d.size() == 50 {
		d.window(.5)
	}
	require.Equal(t, 25, d.size())
	require.InDelta(t, 2*time.Minute, d.now.Sub(begun), float64(10*time.Second))
	require.Equal(t, 12, d.window(.3).size(), "it was load, and maybe still is")
	require.Equal(t, 50, d.window(.3).size(), "it was not any more")
	require.InDelta(t, .3, d.normal, 1e-9)

	// A limit that was far too high does not come back.
	d = newDesk(Policy{Initial: 50, Max: 50})
	for d.size() == 50 {
		d.window(2)
	}
	require.Equal(t, []int{12, 6, 3, 6}, d.limits(1, .5, .2, .2))

	// And a beginning under load is found out soon.
	d = newDesk(Policy{Initial: 40, Max: 40})
	d.sure = false
	for range 3 {
		d.calls(1, .3) // who came first had no queue before them
	}
	require.Equal(t, []int{40, 40, 40, 20, 10, 5, 10}, d.limits(3, 3, 3, 3, 1, .3, .3))

	// Where nobody streams any more, there is nothing to see.
	d = newDesk(Policy{Initial: 50, Max: 50})
	for d.size() == 50 {
		d.window(.5)
	}
	for range 20 {
		d.now = d.now.Add(time.Second)
		d.whole(d.now, d.epoch)
	}
	require.Equal(t, 50, d.size())

	// What gets worse in the middle of a probe is no news of the time without load.
	d = newDesk(Policy{Initial: 50, Max: 50})
	for d.size() == 50 {
		d.window(.5)
	}
	require.Less(t, d.window(5).size(), 25)
	require.InDelta(t, .5, d.normal, 1e-9)

	d = newDesk(Policy{Initial: 50, Max: 50})
	d.admit() // never reached
	for range 300 {
		require.Equal(t, 50, d.calls(20, .5).size())
	}
}

func TestGradientTakesAnyTime(t *testing.T) {
	d := newDesk(Policy{})
	for _, seconds := range []float64{0, 0, 0, 1e-9, 1e9, 0, 1e9} {
		d.window(seconds)
		require.GreaterOrEqual(t, d.size(), 1)
		require.LessOrEqual(t, d.size(), 1000)
	}
}

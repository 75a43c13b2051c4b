package buoyload

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// changing is a provider of 40 slots that loses 30 of them and then has 80, and
// callers who want 12 answers a second: at 5.3 s each it can give 7.5, 1.9 and 15.
func changing() []*phase {
	slots := func(n int) func(*provider) { return func(p *provider) { p.slots = n } }
	return []*phase{
		{name: "40 slots", length: 5 * time.Minute, rate: 12, tokens: 220, change: slots(40)},
		{name: "10 slots", length: 5 * time.Minute, rate: 12, tokens: 220, change: slots(10)},
		{name: "80 slots", length: 5 * time.Minute, rate: 12, tokens: 220, change: slots(80)},
	}
}

// TestLimitFollowsCapacity prints the table of the README: go test -v -run Capacity.
func TestLimitFollowsCapacity(t *testing.T) {
	results := map[string][]*phase{}
	guards := []struct {
		name string
		make func() guard
	}{
		{"no limit", func() guard { return none{} }},
		{"failsafe-go, windows of 50", newReference(50)},
		{"failsafe-go, windows of 10", newReference(10)},
		{"buoyload", newLearned},
	}
	var table strings.Builder
	table.WriteString("\n| answers in time a second (median wait for the first token; median limit) | 40 slots | then 10 | then 80 |\n|---|---|---|---|\n")
	for _, g := range guards {
		phases := changing()
		simulate(t, 1, new(provider), g.make, phases...)
		results[g.name] = phases
		fmt.Fprintf(&table, "| %s ", g.name)
		for _, ph := range phases {
			fmt.Fprintf(&table, "| %.1f (%.1f s; %d) ", ph.perSecond(ph.inTime), ph.firstToken(), ph.limit())
		}
		table.WriteString("|\n")
	}
	t.Log(table.String())

	own := results["buoyload"]
	for i, want := range []struct{ low, high int }{{34, 48}, {7, 14}, {70, 100}} {
		require.GreaterOrEqual(t, own[i].limit(), want.low, own[i].name)
		require.LessOrEqual(t, own[i].limit(), want.high, own[i].name)
	}
	require.Greater(t, own[0].perSecond(own[0].inTime), 6.0)
	require.Less(t, own[0].firstToken(), 0.7)
	require.Greater(t, own[2].perSecond(own[2].inTime), 8.0)
	// What the library would have done instead, so that the reason is looked at
	// again when it changes.
	for i := range own[:2] { // the third has room for all
		require.Greater(t, own[i].inTime, 10*results["no limit"][i].inTime, own[i].name)
	}
	for _, name := range []string{"failsafe-go, windows of 50", "failsafe-go, windows of 10"} {
		require.Greater(t, own[1].inTime, 3*results[name][1].inTime, "%s has found the new capacity", name)
	}
}

// Whatever the seed: near the capacity, and never stuck in a wrong belief.
func TestLimitFollowsCapacityForManySeeds(t *testing.T) {
	seeds := uint64(8)
	if testing.Short() {
		seeds = 2
	}
	for seed := range seeds {
		phases := changing()
		simulate(t, seed, new(provider), newLearned, phases...)
		for i, want := range []float64{5, 0.4, 8} { // answers in time a second
			require.Greater(t, phases[i].perSecond(phases[i].inTime), want, "seed %d, %s", seed, phases[i].name)
		}
		last := phases[1].limits[len(phases[1].limits)*4/5:]
		require.LessOrEqual(t, median(floats(last)), 14.0, "seed %d: the limit has not found 10 slots", seed)
	}
}

func floats(of []int) (out []float64) {
	for _, n := range of {
		out = append(out, float64(n))
	}
	return out
}

// A moving average of everything takes a queue for normal after a while.
func TestLimitDoesNotCreep(t *testing.T) {
	hour := &phase{name: "an hour of too much", length: time.Hour, rate: 12, tokens: 220}
	if testing.Short() {
		hour.length /= 4
	}
	simulate(t, 3, &provider{slots: 40}, newLearned, hour)
	last := hour.limits[len(hour.limits)*9/10:]
	require.InDelta(t, 40, median(floats(last)), 8)
	require.Greater(t, hour.perSecond(hour.inTime), 6.0)
	require.Less(t, hour.firstToken(), 0.7)

	// The reference does. Should it stop to, the README wants a change.
	first := &phase{name: "first", length: 2 * time.Minute, rate: 12, tokens: 220}
	later := &phase{name: "later", length: 8 * time.Minute, rate: 12, tokens: 220}
	end := &phase{name: "end", length: 2 * time.Minute, rate: 12, tokens: 220}
	simulate(t, 3, &provider{slots: 40}, newReference(10), first, later, end)
	t.Logf("failsafe-go, windows of 10: limit %d and first token after %.1f s in the beginning, %d and %.1f s after ten minutes",
		first.limit(), first.firstToken(), end.limit(), end.firstToken())
	require.Greater(t, end.firstToken(), 3*first.firstToken())
}

// Other customers of the provider make the first token three times as slow: to
// ask less is no use and would only cost answers.
func TestLoadOfOthersIsNotOurs(t *testing.T) {
	slow := func(f float64) func(*provider) { return func(p *provider) { p.slow = f } }
	phases := []*phase{
		{name: "before", length: 3 * time.Minute, rate: 6, tokens: 220},
		{name: "found out", length: 2 * time.Minute, rate: 6, tokens: 220, change: slow(3)},
		{name: "others' load", length: 5 * time.Minute, rate: 6, tokens: 220, change: slow(3)},
		{name: "after", length: 3 * time.Minute, rate: 6, tokens: 220, change: slow(1)},
	}
	simulate(t, 4, &provider{slots: 60}, newLearned, phases...)
	for _, i := range []int{0, 2, 3} {
		require.Less(t, phases[i].perSecond(phases[i].refused), 0.4, phases[i].name)
	}
	require.Less(t, phases[1].perSecond(phases[1].refused), 4.0)
}

// Long answers need more calls at a time for the same number of answers. Their
// first tokens are as quick as ever, so nothing is held against them.
func TestLongAnswersDoNotShrinkTheLimit(t *testing.T) {
	phases := []*phase{
		{name: "short", length: 5 * time.Minute, rate: 6, tokens: 100},
		{name: "long", length: 5 * time.Minute, rate: 6, tokens: 2000},
		{name: "long still", length: 5 * time.Minute, rate: 6, tokens: 2000},
	}
	simulate(t, 5, &provider{slots: 500}, newLearned, phases...)
	least := phases[0].limit()
	for _, ph := range phases[1:] {
		for minute := range slices.Chunk(ph.limits, 360) { // probes take a few seconds of it
			require.GreaterOrEqual(t, median(floats(minute)), float64(least), ph.name)
		}
	}
	require.Greater(t, phases[2].perSecond(phases[2].inTime), 5.0)
}

// A provider that sheds load with 503s is heard at once, and asked more again
// when it can.
func TestOverloadShrinksTheLimit(t *testing.T) {
	set := func(slots int) func(*provider) { return func(p *provider) { p.slots, p.shed = slots, 4 } }
	run := func(g func() guard) []*phase {
		phases := []*phase{
			{name: "before", length: 4 * time.Minute, rate: 12, tokens: 220, change: set(40)},
			{name: "burst", length: time.Minute, rate: 12, tokens: 220, change: set(5)},
			{name: "recovery", length: time.Minute, rate: 12, tokens: 220, change: set(40)},
			{name: "after", length: 4 * time.Minute, rate: 12, tokens: 220},
		}
		simulate(t, 6, new(provider), g, phases...)
		return phases
	}
	with, without := run(newLearned), run(func() guard { return none{} })
	for i, ph := range with {
		t.Logf("%-8s  503s a second: %.2f with, %.2f without; in time: %.1f with, %.1f without",
			ph.name, ph.perSecond(ph.failed), without[i].perSecond(without[i].failed), ph.perSecond(ph.inTime), without[i].perSecond(without[i].inTime))
	}
	require.Less(t, with[1].limit(), 14)
	require.Less(t, 5*with[1].failed, without[1].failed)
	require.Greater(t, with[3].perSecond(with[3].inTime), 5.5)
	require.Less(t, 10*with[3].failed, without[3].failed)
}

package buoyredis

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/internal/queue"
)

// large and small calls, of a limit that gives 10 requests and 3,333 tokens a second.
var (
	mixed        = buoy.RateLimit{RequestsPerMinute: 600, TokensPerMinute: 200_000}
	inBackground = []buoy.CallOption{buoy.WithPriority(buoy.Background)}
)

// every has so many calls come in the background, one after another.
func every(d time.Duration, n int, c visit) (calls []visit) {
	for i := range n {
		c.at, c.options = time.Duration(i)*d, inBackground
		calls = append(calls, c)
	}
	return calls
}

// Small calls that go before large ones have the requests that came back before the turns of
// those: 10 a second, as with the local limit, and not one with each large turn.
func TestSmallCallsBeforeLargeOnes(t *testing.T) {
	inFakeTime(t, func(t *testing.T, f *fakeTime) {
		calls := every(300*time.Millisecond, 30, visit{name: "large", tokens: 10_000})
		for range 20 {
			calls = append(calls, visit{at: 4 * time.Second, within: 20 * time.Second, name: "small", tokens: 100})
		}
		var v visits
		v.come(t, f, mixed, calls)
		require.Zero(t, v.late["small"])
		require.Less(t, v.last("small"), 9*time.Second, "a large turn comes due after 6 s, and lets the first go")
		require.LessOrEqual(t, v.most(time.Second), 15)
	})
}

// A large call that goes before small ones stops them only where what it waits for is theirs.
func TestALargeCallBeforeSmallOnes(t *testing.T) {
	large := func(tokens int, tenant string) visit {
		return visit{at: 10 * time.Second, name: "large", tokens: tokens, tenant: tenant}
	}
	for name, tc := range map[string]struct {
		small     int // tokens of each
		large     []visit
		goes      time.Duration // the large one, at the latest
		silence   time.Duration
		instances int
	}{
		// 2,333 tokens a second come back that nobody needs, or half of that.
		"what is needed comes back":            {100, []visit{large(60_000, "b")}, 36 * time.Second, 500 * time.Millisecond, 1},
		"two of them":                          {100, []visit{large(15_000, "b"), large(15_000, "c")}, 23 * time.Second, 500 * time.Millisecond, 1},
		"two instances have half of it":        {100, []visit{large(60_000, "b")}, 62 * time.Second, 500 * time.Millisecond, 2},
		"nothing comes back that nobody needs": {330, []visit{large(60_000, "b")}, 29 * time.Second, 19 * time.Second, 1},
	} {
		t.Run(name, func(t *testing.T) {
			inFakeTime(t, func(t *testing.T, f *fakeTime) {
				f.takes = time.Millisecond
				var v visits
				var wg sync.WaitGroup
				for i := range tc.instances {
					calls := every(time.Duration(10*tc.instances)*time.Millisecond, 900/tc.instances, visit{name: "small", tokens: tc.small})
					if i == 0 {
						calls = append(calls, tc.large...)
					}
					wg.Go(func() { v.come(t, f, mixed, calls) })
				}
				wg.Wait()
				require.Zero(t, v.late["large"])
				require.LessOrEqual(t, v.last("large"), tc.goes)
				require.LessOrEqual(t, v.silence(), tc.silence)
				require.LessOrEqual(t, v.most(time.Second), 16)
				require.LessOrEqual(t, v.most(time.Minute), 600)
			})
		})
	}
}

// Who would be too late, since calls of the background become old before it goes, hears that at
// once.
func TestNobodyWaitsInVain(t *testing.T) {
	batch := visit{name: "batch", tokens: 1200}
	for name, tc := range map[string]struct {
		others   []visit
		each     time.Duration // a chat comes
		n, least int           // how many come, and at least go
	}{
		"behind a large call":    {append(every(0, 30, batch), visit{at: time.Second, name: "large", tokens: 100_000}), 50 * time.Millisecond, 100, 0},
		"a batch of ten seconds": {append(every(0, 48, batch), every(400*time.Millisecond, 100, batch)...), 650 * time.Millisecond, 60, 34},
	} {
		t.Run(name, func(t *testing.T) {
			inFakeTime(t, func(t *testing.T, f *fakeTime) {
				f.takes = time.Millisecond
				calls := tc.others
				for i := range tc.n {
					calls = append(calls, visit{at: time.Second + time.Duration(i)*tc.each, within: 10 * time.Second, name: "chat", tokens: 200})
				}
				var v visits
				v.come(t, f, mixed, calls)
				require.Zero(t, v.late["batch"]+v.late["large"])
				require.NotZero(t, v.late["chat"])
				require.LessOrEqual(t, v.vain["chat"], 1)
				require.GreaterOrEqual(t, tc.n-v.late["chat"], tc.least)
			})
		})
	}
}

// What comes back in gaps is no burst of each instance: it goes as it comes, or to somebody
// who waits for it.
func TestGapsAreNoBurst(t *testing.T) {
	inFakeTime(t, func(t *testing.T, f *fakeTime) {
		var v visits
		var wg sync.WaitGroup
		for i := range 10 {
			var calls []visit
			for range 3 { // of all instances 30 s of tokens, of which 6 s are there
				calls = append(calls, visit{name: "large", tokens: 3333})
			}
			for range 7 {
				calls = append(calls, visit{at: 22 * time.Second, name: "small", tokens: 2})
			}
			for n := range 660 / 10 {
				calls = append(calls, visit{at: 24*time.Second + time.Duration(n)*time.Second + time.Duration(i)*90*time.Millisecond, name: "next", tokens: 2})
			}
			wg.Go(func() { v.come(t, f, mixed, calls) })
		}
		wg.Wait()
		require.Empty(t, v.late)
		require.LessOrEqual(t, v.most(time.Minute), 600)
		require.LessOrEqual(t, v.most(time.Second), 16)
	})
}

// Who may go while a large call waits does so as soon as the pace lets it, and not only when
// that one looks again.
func TestWhoPassesGoesInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWaiters()
		request := (100 * time.Millisecond).Microseconds()
		after := map[string]float64{}
		come := func(name, tenant string, tokens int64, at time.Duration, gap cost) {
			w.wg.Go(func() {
				_, err := w.turns.wait(t.Context(), "k", tenantOf(tenant), grant{w.began.Add(at), name, cost{request, tokens}, gap}, w.began.Add(time.Hour))
				require.NoError(t, err)
				w.mu.Lock()
				defer w.mu.Unlock()
				after[name] = time.Since(w.began).Seconds()
			})
			synctest.Wait()
		}
		come("large", "a", 30_000_000, time.Minute, cost{tokens: 59_000_000})
		for i := range 4 { // held up until one second has gone
			come(string(rune('s'+i)), "b", 10, time.Second, cost{})
		}
		w.wg.Wait()
		require.Equal(t, map[string]float64{"s": 1, "t": 1.1, "u": 1.2, "v": 1.3, "large": 60}, after)
	})
}

// What was held up, as in a process that was stopped, goes as fast as the limit, and not all
// at once.
func TestWhatWasHeldUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWaiters()
		second := time.Second.Microseconds()
		w.turns.size = 3 * second
		var wg sync.WaitGroup
		begun := time.Now()
		var went []int
		for range 10 {
			wg.Go(func() {
				left, err := w.turns.wait(t.Context(), "k", someone, grant{at: begun.Add(time.Second), turn: "a", cost: cost{requests: second}}, begun.Add(time.Hour))
				require.NoError(t, err)
				require.Empty(t, left)
				w.mu.Lock()
				defer w.mu.Unlock()
				went = append(went, int(time.Since(begun).Seconds()))
			})
		}
		wg.Wait()
		require.Equal(t, []int{1, 1, 1, 1, 2, 3, 4, 5, 6, 7}, went)
	})
}

// What comes back in a gap is the first's, as it comes, as far as it needs that. What came
// back before the turn was given is nobody's.
func TestGaps(t *testing.T) {
	now := time.Now()
	us := func(n int64) time.Time { return now.Add(time.Duration(n) * time.Microsecond) }
	l := newLine(0)
	l.add(now, grant{at: us(100), cost: cost{1, 1}, gap: cost{requests: 400, tokens: 30}})
	require.Equal(t, cost{100, 30}, l.grants[0].gap)
	l.ripen(us(10))
	require.Zero(t, l.spare, "nobody waits")
	place := l.join(us(10), queue.Who{}, waiter{cost: cost{50, 20}})
	for _, tc := range []struct {
		at         int64
		due, spare cost
	}{
		{10, cost{}, cost{}},
		{30, cost{}, cost{20, 0}},
		{70, cost{}, cost{50, 0}},
		{80, cost{}, cost{50, 10}},
		{80, cost{}, cost{50, 10}},
		{100, cost{1, 1}, cost{49, 19}},
		{900, cost{1, 1}, cost{49, 19}},
	} {
		l.ripen(us(tc.at))
		require.Equal(t, tc.due, l.due, tc.at)
		require.Equal(t, tc.spare, l.spare, tc.at)
	}
	l.leave(us(900), place, false)
	l.join(us(900), queue.Who{}, waiter{cost: cost{1, 200}})
	l.add(us(900), grant{at: us(1000), cost: cost{0, 5}, gap: cost{0, 5}})
	l.add(us(900), grant{at: us(1100), cost: cost{0, 0}, gap: cost{0, 10}})
	at, _ := l.when(us(900), cost{1, 35}, 0, 0)
	require.Equal(t, us(1095), at, "20, a grant of 5 with a gap of 5, and 5 of the next gap")
	l.ripen(us(1100))
	require.Equal(t, cost{0, 34}, l.spare)
	l.add(us(1100), grant{at: us(1400), cost: cost{0, 0}, gap: cost{0, 300}})
	at, _ = l.when(us(1100), cost{1, 200}, 0, 0)
	require.Equal(t, us(1260), at)
	l.ripen(us(1390))
	require.Equal(t, cost{0, 194}, l.spare, "6 have come due")
}

// Who needs more than those behind have been given asks Redis for no later turn than it has
// time for: one that it must leave stands in everybody's way.
func TestExpected(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWaiters()
		ctx, leave := context.WithCancel(t.Context())
		for range 3 {
			w.come(ctx, "a", background, 2, time.Hour)
		}
		for _, tc := range []struct {
			tokens int64
			wait   time.Duration
			ok     bool
		}{{1, 2 * time.Second, true}, {4, 4 * time.Second, true}, {6, 6 * time.Second, true}, {7, 0, false}} {
			wait, ok := w.turns.expected("k", someone, cost{1, tc.tokens})
			require.Equal(t, tc.ok, ok, tc)
			require.Equal(t, tc.wait, wait, tc)
		}
		_, ok := w.turns.expected("k", background, cost{1, 1})
		require.False(t, ok, "nobody is behind")
		leave()
		w.wg.Wait()
	})
}

// When those go who wait: what comes back while nobody can use it is lost, but for what one
// of them needs.
func TestWhenDue(t *testing.T) {
	now := time.Now()
	us := func(n int64) time.Time { return now.Add(time.Duration(n) * time.Microsecond) }
	l := newLine(0)
	for i := range int64(3) { // each 1000 µs 10 requests and 1,000 tokens, and before them 500 requests one by one
		l.add(now, grant{at: us(1000 * (i + 1)), cost: cost{10, 1000}, gap: cost{requests: 500}})
	}
	for _, tc := range []struct {
		each cost
		n    int64
		at   int64
	}{
		{cost{10, 10}, 1, 1000},
		{cost{10, 10}, 2, 1000},   // one of the grant, one of the gap
		{cost{10, 10}, 3, 1510},   // of the next gap
		{cost{10, 10}, 52, 2000},  // all of that, and of the next grant
		{cost{10, 10}, 53, 2000},  // and that grant
		{cost{10, 10}, 60, 2570},  // and of the third gap
		{cost{10, 100}, 10, 1580}, // the tokens are those of the first grant
		{cost{10, 100}, 11, 2000},
		{cost{10, 1000}, 3, 3000},
		{cost{0, 1500}, 1, 2000},
		{cost{10, 1000}, 9, 3000}, // no more is known
	} {
		at, ok := l.whenDue(now, cost{}, tc.each, tc.n)
		require.Equal(t, us(tc.at), at, tc)
		require.Equal(t, tc.n*tc.each.tokens <= 3000, ok, tc)
	}
}

// A small call passes a large one that waits for tokens where that goes no later, or in time
// and in at most twice the time by what comes back in gaps alone.
func TestWhoPasses(t *testing.T) {
	begun := time.Now()
	at := func(s float64) time.Time { return begun.Add(time.Duration(s * float64(time.Second))) }
	for name, tc := range map[string]struct {
		gap, own int64 // tokens of each second, in microseconds
		small    int64 // tokens of the small one
		latest   float64
		passes   bool
	}{
		"gaps bring half of it":      {11, 9, 9, 60, true},
		"more than has come due":     {11, 9, 10, 60, false},
		"less than half":             {9, 11, 11, 60, false},
		"it would be too late":       {11, 9, 9, 9, false},
		"it needs less than is left": {0, 35, 5, 60, true},
		"it needs more":              {0, 35, 6, 60, false},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLine(100)
			for i := range 20 {
				l.add(begun, grant{at: at(float64(i)), cost: cost{1, tc.own}, gap: cost{tokens: tc.gap}})
			}
			first := l.join(begun, tenantOf("a"), waiter{cost{1, 100 + tc.own}, at(tc.latest)})
			small := l.join(begun, tenantOf("b"), waiter{cost{1, tc.small}, at(60)})
			l.ripen(begun)
			require.Equal(t, cost{1, tc.own}, l.due)
			require.Equal(t, first, l.queue.First(begun))
			place, _ := l.passing(begun)
			if tc.passes {
				require.Same(t, small, place)
			} else {
				require.Nil(t, place)
			}
		})
	}
}

func TestWhenAGapBrings(t *testing.T) {
	at := time.Now()
	g := grant{at: at, gap: cost{requests: 100, tokens: 30}}
	for _, tc := range []struct {
		cost
		early int64
		ok    bool
	}{
		{cost{10, 0}, 90, true},
		{cost{100, 0}, 0, true},
		{cost{101, 0}, 0, false},
		{cost{0, 10}, 20, true},
		{cost{95, 10}, 5, true},
		{cost{10, 30}, 0, true},
		{cost{10, 31}, 0, false},
	} {
		back, ok := g.brings(tc.cost)
		require.Equal(t, tc.ok, ok, tc)
		if ok {
			require.Equal(t, at.Add(-time.Duration(tc.early)*time.Microsecond), back, tc)
		}
	}
}

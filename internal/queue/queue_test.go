package queue_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/buoy-go/buoy/internal/queue"
	"github.com/stretchr/testify/require"
)

var epoch = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// at is a time, in seconds.
func at(s int) time.Time { return epoch.Add(time.Duration(s) * time.Second) }

// coming is somebody who comes.
type coming struct {
	second int
	name   string // its first letter is the tenant, a capital one for the background
}

func who(name string) queue.Who {
	background := name[0] < 'a'
	return queue.Who{Tenant: string(name[0] | 0x20), Background: background}
}

// The order in which those are served who have come by then.
func TestOrder(t *testing.T) {
	for _, tc := range []struct {
		why    string
		come   []coming
		served int // second of the first service; one a second
		want   []string
	}{
		{"one tenant: in the order of coming", []coming{{0, "a1"}, {0, "a2"}, {1, "a3"}}, 2, []string{"a1", "a2", "a3"}},
		{"tenants take turns", []coming{{0, "a1"}, {0, "a2"}, {0, "a3"}, {0, "b1"}, {0, "b2"}, {0, "c1"}}, 1, []string{"a1", "b1", "c1", "a2", "b2", "a3"}},
		{"a turn that was served begins at the end", []coming{{0, "a1"}, {0, "b1"}, {2, "a2"}, {2, "c1"}}, 1, []string{"a1", "b1", "a2", "c1"}},
		{"the background comes last", []coming{{0, "A1"}, {0, "B1"}, {0, "a2"}, {0, "c1"}}, 1, []string{"a2", "c1", "A1", "B1"}},
		{"tenants take turns in the background, too", []coming{{0, "A1"}, {0, "A2"}, {0, "B1"}}, 1, []string{"A1", "B1", "A2"}},
		{"after ten seconds it has its place by age", []coming{{0, "A1"}, {1, "a2"}, {2, "A3"}, {3, "a4"}}, 10, []string{"A1", "a2", "A3", "a4"}},
		{"before that it has not", []coming{{0, "A1"}, {1, "a2"}}, 9, []string{"a2", "A1"}},
		{"an old one is its tenant's, among others", []coming{{0, "A1"}, {5, "b1"}, {5, "b2"}, {5, "c1"}}, 10, []string{"b1", "c1", "A1", "b2"}},
	} {
		t.Run(tc.why, func(t *testing.T) {
			var q queue.Queue
			names := map[*queue.Place]string{}
			var got []string
			for s := 0; s < tc.served || q.Len() > 0; s++ {
				for _, c := range tc.come {
					if c.second == s {
						names[q.Join(at(s), who(c.name), 1)] = c.name
					}
				}
				if first := q.First(at(s)); first != nil && s >= tc.served {
					got = append(got, names[first])
					q.Leave(at(s), first, true)
				}
			}
			require.Equal(t, tc.want, got)
		})
	}
}

// A tenant with a thousand places has one turn before that of somebody who has one.
func TestACrowdDoesNotStopASingleCall(t *testing.T) {
	var q queue.Queue
	for range 1000 {
		q.Join(at(0), queue.Who{Tenant: "crowd"}, 100)
	}
	n, weight := q.Ahead(queue.Who{Tenant: "quiet"})
	require.Equal(t, []int{1, 100}, []int{n, weight})
	n, weight = q.Ahead(queue.Who{Tenant: "crowd"})
	require.Equal(t, []int{1000, 100_000}, []int{n, weight})
	n, _ = q.Ahead(queue.Who{Tenant: "quiet", Background: true})
	require.Equal(t, 1000, n)
	quiet := q.Join(at(0), queue.Who{Tenant: "quiet"}, 1)
	q.Leave(at(0), q.First(at(0)), true)
	require.Same(t, quiet, q.First(at(0)))
}

// Who comes now goes behind those in the background of its tenant, if one becomes old before.
func TestAging(t *testing.T) {
	var q queue.Queue
	aging := func(who queue.Who, s int) []int {
		n, weight := q.Aging(who, at(s))
		return []int{n, weight}
	}
	a := queue.Who{Tenant: "a", Background: true}
	q.Join(at(1), a, 20)
	q.Join(at(3), a, 20)
	q.Join(at(0), queue.Who{Tenant: "b", Background: true}, 20)
	require.Equal(t, []int{0, 0}, aging(queue.Who{Tenant: "a"}, 10))
	require.Equal(t, []int{2, 40}, aging(queue.Who{Tenant: "a"}, 11))
	require.Equal(t, []int{1, 20}, aging(queue.Who{Tenant: "b"}, 10))
	require.Equal(t, []int{0, 0}, aging(queue.Who{Tenant: "c"}, 99), "it has its turns with the others")
	require.Equal(t, []int{0, 0}, aging(a, 99), "Ahead has them")
	q.First(at(12))
	require.Equal(t, []int{0, 0}, aging(queue.Who{Tenant: "a"}, 12), "one is old, and the other is not yet")
	require.Equal(t, []int{1, 20}, aging(queue.Who{Tenant: "a"}, 13))
}

// Who becomes the first is woken, once; who was passed is not.
func TestTheFirstIsWoken(t *testing.T) {
	var q queue.Queue
	woken := func(p *queue.Place) bool {
		select {
		case <-p.Moved():
			return true
		default:
			return false
		}
	}
	late := q.Join(at(0), queue.Who{Background: true}, 0)
	require.True(t, woken(late))
	urgent := q.Join(at(1), queue.Who{}, 0)
	require.True(t, woken(urgent))
	next := q.Join(at(2), queue.Who{}, 0)
	require.False(t, woken(next))
	require.Same(t, urgent, q.First(at(9)))
	require.False(t, woken(late))
	require.Same(t, late, q.First(at(10)), "it is older")
	require.True(t, woken(late))
	q.Leave(at(10), late, false)
	q.Leave(at(10), late, true) // counts once
	require.True(t, woken(urgent))
	q.WakeFirst()
	require.True(t, woken(urgent))
	q.WakeAll()
	q.WakeAll()
	require.True(t, woken(urgent))
	require.True(t, woken(next))
	require.False(t, woken(next))
}

func TestWaitEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var q queue.Queue
		p := q.Join(time.Now(), queue.Who{}, 0)
		begun := time.Now()
		p.Wait(t.Context(), begun.Add(time.Second))
		require.Zero(t, time.Since(begun), "it is the first")
		p.Wait(t.Context(), begun.Add(time.Second))
		require.Equal(t, time.Second, time.Since(begun))
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		p.Wait(ctx, begun.Add(2*time.Second))
		require.Equal(t, 2*time.Second, time.Since(begun))
		require.Error(t, ctx.Err())
	})
}

// waiter is one place of the model.
type waiter struct {
	who    queue.Who
	number int
	since  time.Time
	place  *queue.Place
	weight int
}

// model is a queue of slices that are searched.
type model struct {
	waiting []*waiter
	turns   [2][]string // of each class
}

// class is 0 for those that go as interactive.
func (w *waiter) class(now time.Time) int {
	if w.who.Background && now.Sub(w.since) < queue.Patience {
		return 1
	}
	return 0
}

// settle lets the turns of each class be those of the tenants in it.
func (m *model) settle(now time.Time) {
	for class := range m.turns {
		in := func(tenant string) bool {
			return slices.ContainsFunc(m.waiting, func(w *waiter) bool { return w.class(now) == class && w.who.Tenant == tenant })
		}
		m.turns[class] = slices.DeleteFunc(m.turns[class], func(t string) bool { return !in(t) })
		for _, w := range m.waiting { // in the order of coming
			if w.class(now) == class && !slices.Contains(m.turns[class], w.who.Tenant) {
				m.turns[class] = append(m.turns[class], w.who.Tenant)
			}
		}
	}
}

func (m *model) first(now time.Time) *waiter {
	m.settle(now)
	for class, turns := range m.turns {
		for _, w := range m.waiting {
			if len(turns) > 0 && w.class(now) == class && w.who.Tenant == turns[0] {
				return w
			}
		}
	}
	return nil
}

func (m *model) leave(now time.Time, w *waiter, served bool) {
	if t := &m.turns[w.class(now)]; served {
		*t = append((*t)[1:], w.who.Tenant)
	}
	m.waiting = slices.DeleteFunc(m.waiting, func(o *waiter) bool { return o == w })
	m.settle(now)
}

// Random joins, services and departures: the queue and the model agree on who is the
// first. Within tenant and class nobody overtakes, nobody waits while another tenant of
// its class is served twice, and what is left in the end is nothing.
func TestQueueAgreesWithItsModel(t *testing.T) {
	runs := uint64(120)
	if testing.Short() {
		runs = 20
	}
	for seed := range runs {
		rng := rand.New(rand.NewPCG(seed, 1))
		var q queue.Queue
		m := &model{}
		now, number := epoch, 0
		for range 250 {
			now = now.Add(time.Duration(rng.IntN(1500)) * time.Millisecond)
			first := m.first(now)
			if got := q.First(now); first == nil {
				require.Nil(t, got)
			} else {
				require.Same(t, first.place, got, "seed %d", seed)
				for _, w := range m.waiting {
					sameLine := w.who == first.who
					require.False(t, sameLine && w.number < first.number, "seed %d: %d overtook %d", seed, first.number, w.number)
				}
			}
			require.Equal(t, len(m.waiting), q.Len())
			switch n := len(m.waiting); {
			case n == 0 || rng.IntN(100) < 55:
				number++
				w := &waiter{who: queue.Who{Tenant: fmt.Sprint(rng.IntN(1 + rng.IntN(5))), Background: rng.IntN(2) == 0}, number: number, since: now, weight: rng.IntN(9)}
				w.place = q.Join(now, w.who, w.weight)
				m.waiting = append(m.waiting, w)
				m.settle(now)
			case rng.IntN(100) < 70:
				q.Leave(now, first.place, true)
				m.leave(now, first, true)
			default:
				w := m.waiting[rng.IntN(n)]
				q.Leave(now, w.place, false)
				m.leave(now, w, false)
			}
		}
		for _, w := range slices.Clone(m.waiting) {
			q.Leave(now, w.place, false)
		}
		require.Zero(t, q.Len())
		require.Nil(t, q.First(now))
		n, weight := q.Ahead(queue.Who{Background: true})
		require.Zero(t, n+weight)
	}
}

// With one service a second and ever more interactive calls of other tenants, whatever
// they are, one in the background is served by the time that was promised: after
// Patience, once each tenant that was there has had its turn.
func TestTheBackgroundDoesNotStarve(t *testing.T) {
	for seed := range uint64(50) {
		rng := rand.New(rand.NewPCG(seed, 2))
		tenants := 1 + rng.IntN(8)
		var q queue.Queue
		for i := range 40 { // a queue is there
			q.Join(epoch, queue.Who{Tenant: fmt.Sprint(i % tenants)}, 0)
		}
		late := q.Join(epoch, queue.Who{Tenant: "batch", Background: true}, 0)
		s := 0
		for first := q.First(epoch); first != late; first = q.First(at(s)) {
			q.Leave(at(s), first, true)
			s++
			for range 2 { // twice as many come as go
				q.Join(at(s), queue.Who{Tenant: fmt.Sprint(rng.IntN(tenants))}, 0)
			}
			require.LessOrEqual(t, s, int(queue.Patience/time.Second)+tenants, "seed %d", seed)
		}
		require.GreaterOrEqual(t, s, int(queue.Patience/time.Second))
	}
}

func BenchmarkQueue(b *testing.B) {
	for _, tenants := range []int{1, 1000} {
		b.Run(fmt.Sprintf("%d_tenants", tenants), func(b *testing.B) {
			var q queue.Queue
			names := make([]string, tenants)
			for i := range names {
				names[i] = fmt.Sprint(i)
			}
			for i := range 10_000 { // wait already
				q.Join(epoch, queue.Who{Tenant: names[i%tenants]}, 1)
			}
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				who := queue.Who{Tenant: names[i%tenants]}
				q.Ahead(who)
				q.Join(epoch, who, 1)
				q.Leave(epoch, q.First(epoch), true)
			}
		})
	}
}

// The fronts are the next of each tenant of a class, each the one that came first, and then
// those of the background.
func TestFronts(t *testing.T) {
	var q queue.Queue
	now := time.Now()
	require.Empty(t, slices.Collect(q.Fronts()))
	a := q.Join(now, queue.Who{Tenant: "a"}, 0)
	q.Join(now, queue.Who{Tenant: "a"}, 0)
	require.Equal(t, []*queue.Place{a}, slices.Collect(q.Fronts()), "its own tenant's wait with it")
	slow := q.Join(now, queue.Who{Tenant: "a", Background: true}, 0)
	other := q.Join(now, queue.Who{Tenant: "b", Background: true}, 0)
	b := q.Join(now, queue.Who{Tenant: "b"}, 0)
	next := q.Join(now, queue.Who{Tenant: "b"}, 0)
	require.Equal(t, []*queue.Place{a, b, slow, other}, slices.Collect(q.Fronts()))
	q.Leave(now, b, true)
	require.Equal(t, []*queue.Place{a, next, slow, other}, slices.Collect(q.Fronts()), "who has gone has its next one there")
	for place := range q.Fronts() {
		require.Equal(t, q.First(now), place)
		break
	}
}

// Who has become old is of the interactive ones, and those of its tenant in the background
// came after it.
func TestFrontsOfATenantOfWhomOneIsOld(t *testing.T) {
	var q queue.Queue
	a := q.Join(at(0), queue.Who{Tenant: "a", Background: true}, 0)
	old := q.Join(at(1), queue.Who{Tenant: "a", Background: true}, 0)
	q.Join(at(8), queue.Who{Tenant: "a", Background: true}, 0)
	b := q.Join(at(8), queue.Who{Tenant: "b", Background: true}, 0)
	q.First(at(12))
	require.Equal(t, []*queue.Place{a, b}, slices.Collect(q.Fronts()))
	q.Leave(at(12), a, true)
	require.Equal(t, []*queue.Place{old, b}, slices.Collect(q.Fronts()))
}

// Who has become old has the first look, since it may be who goes while that one waits on.
func TestWhoBecomesOldWakesTheFirst(t *testing.T) {
	var q queue.Queue
	q.Join(at(0), queue.Who{Tenant: "a", Background: true}, 0)
	first := q.Join(at(1), queue.Who{Tenant: "b"}, 0)
	<-first.Moved()
	q.First(at(9))
	require.Empty(t, first.Moved())
	q.First(at(10))
	require.NotEmpty(t, first.Moved())
	require.Equal(t, first, q.First(at(10)))
}

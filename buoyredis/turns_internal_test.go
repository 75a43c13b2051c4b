package buoyredis

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/buoy-go/buoy/internal/queue"
)

// waiters are those who wait in a test, and who went, in their order.
type waiters struct {
	turns turns
	wg    sync.WaitGroup
	began time.Time
	given time.Duration // when Redis lets the latest go
	mu    sync.Mutex
	went  []string
	left  []string // the names of those whose turns are given back
}

func newWaiters() *waiters {
	return &waiters{turns: turns{lines: map[string]*line{}}, began: time.Now()}
}

// come has somebody wait whom Redis lets go a second after the last, or after so many of
// them as its cost has.
func (w *waiters) come(ctx context.Context, name string, who queue.Who, n int64, latest time.Duration) {
	w.given = max(w.given, time.Since(w.began)) + time.Duration(n)*time.Second
	after := w.given - time.Since(w.began)
	end := time.Now().Add(latest)
	w.wg.Go(func() {
		left, err := w.turns.wait(ctx, "k", who, grant{at: time.Now().Add(after), turn: name, cost: cost{requests: 1, tokens: n}}, end)
		w.mu.Lock()
		defer w.mu.Unlock()
		for _, g := range left {
			w.left = append(w.left, g.turn)
		}
		switch {
		case err == nil:
			w.went = append(w.went, fmt.Sprintf("%s@%d", name, int(time.Since(w.began).Seconds())))
		default:
			w.went = append(w.went, fmt.Sprintf("-%s@%d", name, int(time.Since(w.began).Seconds())))
		}
	})
	synctest.Wait()
}

func (w *waiters) all() string {
	w.wg.Wait()
	return strings.Join(w.went, " ")
}

var (
	someone    = queue.Who{}
	background = queue.Who{Background: true}
)

func tenantOf(tenant string) queue.Who { return queue.Who{Tenant: tenant} }

func TestWhoGoesAtWhichTime(t *testing.T) {
	const ever = time.Hour
	for name, tc := range map[string]struct {
		come func(w *waiters, ctx context.Context)
		want string
	}{
		"in the order of coming": {func(w *waiters, ctx context.Context) {
			w.come(ctx, "a", someone, 1, ever)
			w.come(ctx, "b", someone, 1, ever)
		}, "a@1 b@2"},
		"interactive before background": {func(w *waiters, ctx context.Context) {
			w.come(ctx, "a", background, 1, ever)
			w.come(ctx, "b", background, 1, ever)
			w.come(ctx, "c", someone, 1, ever)
		}, "c@1 a@2 b@3"},
		"not before those who have waited for long": {func(w *waiters, ctx context.Context) {
			for i := range 12 {
				w.come(ctx, fmt.Sprint(i), background, 1, ever)
			}
			time.Sleep(10500 * time.Millisecond)
			w.come(ctx, "c", someone, 1, ever)
		}, "0@1 1@2 2@3 3@4 4@5 5@6 6@7 7@8 8@9 9@10 10@11 11@12 c@13"},
		"tenants in turns": {func(w *waiters, ctx context.Context) {
			for i := range 4 {
				w.come(ctx, fmt.Sprint("a", i), tenantOf("a"), 1, ever)
			}
			w.come(ctx, "b", tenantOf("b"), 1, ever)
		}, "a0@1 b@2 a1@3 a2@4 a3@5"},
		"a large one waits for what covers it": {func(w *waiters, ctx context.Context) {
			for i := range 4 {
				w.come(ctx, fmt.Sprint(i), background, 1, ever)
			}
			w.come(ctx, "large", someone, 3, ever)
		}, "large@3 0@4 1@7 2@7 3@7"},
		"who would be too late hears it at once": {func(w *waiters, ctx context.Context) {
			for i := range 4 {
				w.come(ctx, fmt.Sprint(i), someone, 1, ever)
			}
			w.come(ctx, "late", someone, 1, 4*time.Second)
		}, "-late@0 0@1 1@2 2@3 3@4"},
		"who is overtaken goes when that is too late": {func(w *waiters, ctx context.Context) {
			w.come(ctx, "a", background, 1, 2500*time.Millisecond)
			for i := range 4 {
				w.come(ctx, fmt.Sprint(i), someone, 1, ever)
			}
		}, "0@1 1@2 -a@2 2@3 3@4"},
		"who leaves leaves the last time": {func(w *waiters, ctx context.Context) {
			gone, leave := context.WithCancel(ctx)
			w.come(gone, "a", someone, 1, ever)
			w.come(ctx, "b", someone, 1, ever)
			w.come(ctx, "c", someone, 1, ever)
			leave()
		}, "-a@0 b@1 c@2"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWaiters()
				tc.come(w, t.Context())
				require.Equal(t, tc.want, w.all())
				require.Empty(t, w.turns.lines)
			})
		})
	}
}

// The last time is what those who stay do not need, so it is what somebody who leaves gives
// back, whoever got it from Redis: of several where it costs as much as they do together.
func TestWhatIsLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWaiters()
		gone, leave := context.WithCancel(t.Context())
		w.come(gone, "a", someone, 2, time.Hour)
		w.come(t.Context(), "b", someone, 1, time.Hour)
		w.come(t.Context(), "c", someone, 1, time.Hour)
		leave()
		require.Equal(t, "-a@0 b@2 c@3", w.all())
		require.Equal(t, []string{"c", "b"}, w.left)
	})
}

// A large call goes before small ones of another tenant. It has its tokens of the gaps before
// their turns and needs one request of theirs. Until then they go on, as soon as they may.
// Without gaps it waits until its own turn or for what theirs bring, and they go on where it
// goes no later for that.
func TestALargeCallAmongSmallOnes(t *testing.T) {
	for name, tc := range map[string]struct {
		gap  int64
		want string
		left []grant
	}{
		"gaps":    {9, "s0@1 s1@2 s2@3 s3@4 large@5 s4@6 s5@7 s6@8 s7@9 s8@10 s9@11", []grant{{turn: "large", cost: cost{tokens: 29}}}},
		"no gaps": {0, "s0@1 s1@2 s2@3 s3@4 s4@5 s5@6 s6@7 s7@8 s8@9 s9@10 large@11", nil},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWaiters()
				w.turns.size = 100
				come := func(name string, who queue.Who, after time.Duration, tokens, gap int64) {
					w.wg.Go(func() {
						left, err := w.turns.wait(t.Context(), "k", who, grant{time.Now().Add(after), name, cost{1, tokens}, cost{tokens: gap}}, time.Now().Add(time.Hour))
						require.NoError(t, err)
						w.mu.Lock()
						defer w.mu.Unlock()
						for i := range left {
							left[i].at = time.Time{}
						}
						if name == "large" {
							require.Equal(t, tc.left, left)
						} else {
							require.Empty(t, left)
						}
						w.went = append(w.went, fmt.Sprintf("%s@%d", name, int(time.Since(w.began).Seconds())))
					})
					synctest.Wait()
				}
				for i := range 10 {
					come(fmt.Sprint("s", i), tenantOf("a"), time.Duration(i+1)*time.Second, 1, tc.gap)
				}
				come("large", tenantOf("b"), 11*time.Second, 30, 0)
				require.Equal(t, tc.want, w.all())
				require.Empty(t, w.turns.lines)
			})
		})
	}
}

// Random calls of random cost that come, leave and are refused: never has more gone than
// Redis has let go, all who stay go, and nothing is left over.
func TestTurnsModel(t *testing.T) {
	runs := uint64(300)
	if testing.Short() {
		runs = 60
	}
	for seed := range runs {
		synctest.Test(t, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(seed, 7))
			tt := turns{lines: map[string]*line{}, size: int64(rng.IntN(3)) * 300_000}
			began := time.Now()
			type event struct {
				at time.Duration
				cost
				gap cost
			}
			var mu sync.Mutex
			var due, went []event // what Redis let go and was not given back; what went
			var wg sync.WaitGroup
			var waiting, full = cost{}, time.Duration(0)
			for range 60 {
				synctest.Wait()
				mu.Lock()
				tt.mu.Lock()
				if l := tt.lines["k"]; l != nil {
					all := l.due
					for _, g := range l.grants {
						all = all.plus(g.cost)
					}
					require.Equal(t, waiting, all, "what is left is what those need who are left")
				} else {
					require.Equal(t, cost{}, waiting)
				}
				tt.mu.Unlock()
				mu.Unlock()
				time.Sleep(time.Duration(rng.IntN(700)) * time.Millisecond)
				c := cost{requests: 300_000, tokens: int64(rng.IntN(3)) * int64(rng.IntN(900_000))}
				who := queue.Who{Tenant: fmt.Sprint(rng.IntN(3)), Background: rng.IntN(3) == 0}
				now := time.Since(began)
				full = max(full, now) + time.Duration(max(c.requests, c.tokens))*time.Microsecond
				mine := event{full, c, cost{int64(rng.IntN(400_000)), int64(rng.IntN(400_000))}}
				ctx, leave := context.WithCancel(t.Context())
				if rng.IntN(4) == 0 {
					time.AfterFunc(time.Duration(rng.IntN(5000))*time.Millisecond, leave)
				}
				latest := time.Now().Add(time.Duration(1+rng.IntN(20)) * time.Second)
				mu.Lock()
				due, waiting = append(due, mine), waiting.plus(c)
				mu.Unlock()
				wg.Go(func() {
					defer leave()
					left, err := tt.wait(ctx, "k", who, grant{at: time.Now().Add(mine.at - now), turn: "a turn", cost: c, gap: mine.gap}, latest)
					mu.Lock()
					defer mu.Unlock()
					waiting = waiting.less(c)
					for back := c; err != nil; left = left[1:] { // all of it, and no more
						if back = back.less(left[0].cost); back == (cost{}) {
							require.Len(t, left, 1)
							break
						}
					}
					if err == nil {
						require.False(t, time.Now().After(latest))
						went = append(went, event{time.Since(began), c, cost{}})
						var back cost
						for _, g := range left {
							back = back.plus(g.cost)
						}
						require.True(t, c.covers(back), "it had that of gaps, and gives its own back")
					}
				})
			}
			wg.Wait()
			require.Empty(t, tt.lines, "seed %d", seed)
			for _, e := range went {
				var gone, let cost
				for _, o := range went {
					if o.at <= e.at {
						gone = gone.plus(o.cost)
					}
				}
				for _, o := range due {
					if o.at <= e.at {
						let = let.plus(o.cost)
					}
					ahead := max(o.at-e.at, 0).Microseconds()
					let = let.plus(o.gap.beyond(cost{ahead, ahead}))
				}
				require.True(t, let.covers(gone), "seed %d: at %v", seed, e.at)
			}
			require.True(t, slices.IsSortedFunc(went, func(a, b event) int { return int(a.at - b.at) }))
		})
	}
}

package gate_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/buoy-go/buoy/internal/gate"
	"github.com/buoy-go/buoy/internal/queue"
	"github.com/stretchr/testify/require"
)

// grantOf is a call that came to a gate and what became of it.
type grantOf struct {
	who       queue.Who
	number    int
	came, got time.Time // got is zero for one that left
}

// crowd sends random callers to a gate, one an instant: of some tenants, in both classes,
// that leave after a while or when their time is up. It returns those that came, in the
// order of coming, and in that of going. It calls check whenever all is at rest.
func crowd(t *testing.T, rng *rand.Rand, calls int, check func(), enter func(ctx context.Context, who queue.Who, latest time.Time) (release func(), err error)) (came, went []*grantOf) {
	var mu sync.Mutex
	var wg sync.WaitGroup
	for i := range calls {
		time.Sleep(time.Duration(1 + rng.Int64N(int64(400*time.Millisecond))))
		g := &grantOf{who: queue.Who{Tenant: fmt.Sprint(rng.IntN(1 + rng.IntN(4))), Background: rng.IntN(3) == 0}, number: i, came: time.Now()}
		came = append(came, g)
		patience, hold, leaves := time.Duration(rng.Int64N(int64(40*time.Second))), time.Duration(rng.Int64N(int64(time.Second))), rng.IntN(2) == 0
		wg.Go(func() {
			ctx, latest := t.Context(), g.came.Add(patience)
			if leaves {
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeout(ctx, patience)
				defer cancel()
				latest = never()
			}
			release, err := enter(ctx, g.who, latest)
			if err != nil {
				return
			}
			mu.Lock()
			g.got = time.Now()
			went = append(went, g)
			mu.Unlock()
			time.Sleep(hold)
			release()
		})
		synctest.Wait()
		check()
	}
	wg.Wait()
	return came, went
}

// keepsOrder checks what every queue promises: within tenant and class who came first
// goes first, and nobody in the background goes before an interactive call that came
// within its Patience.
func keepsOrder(t *testing.T, came, went []*grantOf, why string) {
	for i, g := range went {
		for _, later := range went[i+1:] {
			require.False(t, later.who == g.who && later.number < g.number, "%s: %d went before %d of the same", why, g.number, later.number)
		}
		if !g.who.Background || g.got.Sub(g.came) >= queue.Patience {
			continue
		}
		for _, o := range came {
			waits := o.came.Before(g.got) && o.got.After(g.got)
			require.False(t, waits && !o.who.Background, "%s: %d of the background went at %v before %d", why, g.number, g.got, o.number)
		}
	}
}

// Random callers at permits: never more than there are run, all come back, nobody waits
// beside a free permit, and the order is kept.
func TestPermitsOfManyTenants(t *testing.T) {
	for seed := range uint64(rounds(60)) {
		synctest.Test(t, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(seed, 3))
			size := 1 + rng.IntN(3)
			p := gate.NewPermits(size)
			var mu sync.Mutex
			running := 0
			busy := func() {
				if held, waiting := p.Status(); waiting > 0 {
					require.Equal(t, size, held, "seed %d: a permit is free, and %d wait", seed, waiting)
				}
			}
			came, went := crowd(t, rng, 150, busy, func(ctx context.Context, who queue.Who, latest time.Time) (func(), error) {
				permit := p.Try()
				if permit == nil {
					var err error
					if permit, err = p.Acquire(ctx, who, latest); err != nil {
						return nil, err
					}
				}
				mu.Lock()
				defer mu.Unlock()
				running++
				require.LessOrEqual(t, running, size, "seed %d", seed)
				return func() {
					mu.Lock()
					running--
					mu.Unlock()
					permit.Release(true)
				}, nil
			})
			require.Greater(t, len(went), 20)
			keepsOrder(t, came, went, fmt.Sprint("seed ", seed))
			held, waiting := p.Status()
			require.Equal(t, []int{0, 0}, []int{held, waiting})
			for range size {
				require.NotNil(t, p.Try(), "seed %d: a permit is lost", seed)
			}
			require.Nil(t, p.Try())
		})
	}
}

// The same at a rate.
func TestARateOfManyTenants(t *testing.T) {
	for seed := range uint64(rounds(60)) {
		synctest.Test(t, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(seed, 4))
			r := gate.NewRate(100+rng.IntN(300), 0)
			came, went := crowd(t, rng, 150, func() {}, func(ctx context.Context, who queue.Who, latest time.Time) (func(), error) {
				pass := r.Try(0)
				if pass == nil {
					var err error
					if pass, err = r.Enter(ctx, who, 0, latest); err != nil {
						return nil, err
					}
				}
				return pass.Keep, nil
			})
			keepsOrder(t, came, went, fmt.Sprint("seed ", seed))
			s := r.Status()
			require.Equal(t, []int{0, 0}, []int{s.Open, s.Waiting})
		})
	}
}

// Two tenants that always have calls waiting have the same share, whatever one of them
// has waiting.
func TestTenantsShareAlike(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := gate.NewPermits(2)
		ctx, cancel := context.WithCancel(t.Context())
		var mu sync.Mutex
		served := map[string]int{}
		var wg sync.WaitGroup
		for tenant, n := range map[string]int{"many": 500, "few": 4} {
			for range n {
				wg.Go(func() {
					for {
						permit, err := p.Acquire(ctx, queue.Who{Tenant: tenant}, never())
						if err != nil {
							return
						}
						mu.Lock()
						served[tenant]++
						mu.Unlock()
						time.Sleep(time.Second)
						permit.Release(true)
					}
				})
			}
		}
		time.Sleep(100 * time.Second)
		cancel()
		wg.Wait()
		require.InDelta(t, 100, served["few"], 3)
		require.InDelta(t, 100, served["many"], 3)
	})
}

// Who overtakes gets what there is, and who was overtaken is told when its time is up.
func TestWhoIsOvertakenLeavesInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := gate.NewRate(10, 0)
		require.NotNil(t, r.Try(0))
		begun := time.Now()
		var wg sync.WaitGroup
		var at [3]time.Duration
		for i := range 3 {
			who, latest := queue.Who{}, never()
			if i == 0 {
				who, latest = queue.Who{Background: true}, begun.Add(7*time.Second)
			}
			wg.Go(func() {
				_, err := r.Enter(t.Context(), who, 0, latest)
				require.Equal(t, i == 0, err != nil)
				at[i] = time.Since(begun)
			})
			synctest.Wait()
		}
		wg.Wait()
		require.Equal(t, [3]time.Duration{7 * time.Second, 6 * time.Second, 12 * time.Second}, at)
	})
}

// rounds is how many seeds a test tries.
func rounds(n int) int {
	if testing.Short() {
		return n / 6
	}
	return n
}

// Who would be too late, since calls of the background become old before it goes, hears that at
// once.
func TestNobodyWaitsInVain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const chats = 60
		r := gate.NewRate(0, 200_000)
		var wg sync.WaitGroup
		batch := func(at time.Duration) {
			wg.Go(func() {
				time.Sleep(at)
				_, err := r.Enter(t.Context(), queue.Who{Background: true}, 1200, time.Now().Add(time.Hour))
				require.NoError(t, err)
			})
		}
		for range 56 {
			batch(0)
		}
		for i := range 100 { // come nearly as fast as they go
			batch(time.Duration(i) * 400 * time.Millisecond)
		}
		var went, inVain atomic.Int32
		for i := range chats {
			wg.Go(func() {
				time.Sleep(time.Second + time.Duration(i)*650*time.Millisecond)
				begun := time.Now()
				_, err := r.Enter(t.Context(), queue.Who{}, 200, begun.Add(10*time.Second))
				if err == nil {
					went.Add(1)
				} else if time.Since(begun) > 500*time.Millisecond {
					inVain.Add(1)
				}
			})
		}
		wg.Wait()
		require.Equal(t, int32(14), went.Load(), "as many as when they had waited")
		require.Zero(t, inVain.Load(), "there were 46")
	})
}

package buoyload

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/buoy-go/buoy"
)

// full makes a gate for n calls and lets n in.
func full(t *testing.T, n int, maxWait time.Duration) (*gate, []*pass) {
	t.Helper()
	g := newGate("e", "m", Policy{Min: n, Max: n, Initial: n, MaxWait: maxWait})
	var passes []*pass
	for range n {
		p, err := g.enter(t.Context())
		require.NoError(t, err)
		passes = append(passes, p)
	}
	return g, passes
}

func TestGateLetsInWhoCameFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, passes := full(t, 1, time.Hour)
		var mu sync.Mutex
		var order []int
		for i := range 5 {
			go func() {
				p, err := g.enter(t.Context())
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				order = append(order, i)
				mu.Unlock()
				time.Sleep(time.Second)
				p.end(nothing)
			}()
			synctest.Wait()
		}
		require.Equal(t, Status{Endpoint: "e", Model: "m", Limit: 1, InFlight: 1, Waiting: 5}, g.status())
		passes[0].end(nothing)
		time.Sleep(10 * time.Second)
		mu.Lock()
		defer mu.Unlock()
		require.Equal(t, []int{0, 1, 2, 3, 4}, order)
		require.Zero(t, g.status().InFlight)
	})
}

func TestGateRefuses(t *testing.T) {
	for _, c := range []struct {
		name     string
		maxWait  time.Duration
		deadline time.Duration // 0 for none
		hold     time.Duration // how long calls were in flight before
		after    time.Duration // when the refusal comes
		want     error         // what it is
		wait     time.Duration // what it says
	}{
		{"at once where nobody may wait", -1, 0, 8 * time.Second, 0, buoy.ErrLimit, 2 * time.Second},
		{"at once where the wait would be longer than MaxWait", time.Second, 0, 8 * time.Second, 0, buoy.ErrLimit, 2 * time.Second},
		{"at once where it would outlast the deadline", time.Minute, time.Second, 8 * time.Second, 0, buoy.ErrLimit, 2 * time.Second},
		{"after MaxWait where it took longer than expected", 3 * time.Second, 0, 8 * time.Second, 3 * time.Second, buoy.ErrLimit, 3 * time.Second},
		{"at the caller's deadline", time.Minute, 3 * time.Second, 8 * time.Second, 3 * time.Second, context.DeadlineExceeded, 0},
		{"after 5 s by default", 0, 0, time.Second, 5 * time.Second, buoy.ErrLimit, 5 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g, passes := full(t, 4, c.maxWait)
				time.Sleep(c.hold)
				passes[0].end(nothing)
				_, err := g.enter(t.Context()) // and is never back
				require.NoError(t, err)
				ctx := t.Context()
				if c.deadline > 0 {
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, c.deadline)
					defer cancel()
				}
				begun := time.Now()
				p, err := g.enter(ctx)
				require.Nil(t, p)
				require.ErrorIs(t, err, c.want)
				require.Equal(t, c.after, time.Since(begun))
				if limit, ok := errors.AsType[*buoy.LimitError](err); ok {
					require.Equal(t, c.wait, limit.Wait)
					require.Equal(t, "4 calls at a time, as learned of m at e", limit.Limit)
				} else {
					require.Equal(t, buoy.ErrTimeout, buoy.KindOf(err))
				}
				require.Zero(t, g.status().Waiting)
			})
		})
	}
}

func TestGateAndContexts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, _ := full(t, 1, time.Hour)
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		for range 2 { // while it waits, and before
			_, err := g.enter(ctx)
			require.ErrorIs(t, err, context.Canceled)
			require.Equal(t, buoy.ErrCanceled, buoy.KindOf(err))
		}
		// What a layer above has ended, the layers below can name.
		by, stop := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Second, func() { stop(errors.New("a target's share")) })
		p, err := g.enter(by)
		require.NoError(t, err)
		require.Nil(t, p)
		require.Zero(t, g.status().Waiting)
	})
}

// A permit that is handed over at the very moment when its owner gives up must
// reach somebody.
func TestGateLosesNoPermit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, passes := full(t, 1, time.Second)
		var wg sync.WaitGroup
		for range 50 {
			wg.Go(func() {
				if p, err := g.enter(t.Context()); err == nil {
					p.end(nothing)
				}
			})
		}
		time.Sleep(time.Second) // MaxWait and this end at the same time
		passes[0].end(nothing)
		wg.Wait()
		require.Zero(t, g.status().InFlight)
		require.Zero(t, g.status().Waiting)
		p, err := g.enter(t.Context())
		require.NoError(t, err)
		p.end(nothing)
		p.end(overload) // only the first time counts
		require.Zero(t, g.status().InFlight)
	})
}

// Random callers, with random patience, outcomes and changes of the limit: nobody
// is let in over the limit, and in the end everything has been given back.
func TestGateUnderRandomCallers(t *testing.T) {
	for seed := range uint64(20) {
		synctest.Test(t, func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 0))
			g := newGate("e", "m", Policy{Initial: 1 + r.IntN(10), MaxWait: time.Duration(1+r.IntN(3000)) * time.Millisecond})
			var wg sync.WaitGroup
			for range 300 {
				time.Sleep(time.Duration(r.IntN(100)) * time.Millisecond)
				timeout := time.Duration(1+r.IntN(4000)) * time.Millisecond
				hold, fate := time.Duration(r.IntN(2000))*time.Millisecond, r.IntN(5)
				wg.Go(func() {
					ctx, cancel := context.WithTimeout(t.Context(), timeout)
					defer cancel()
					g.mu.Lock()
					size, inFlight := g.load.size(), g.load.inFlight
					g.mu.Unlock()
					begun := time.Now()
					p, err := g.enter(ctx)
					if err != nil {
						return
					}
					if time.Since(begun) == 0 && inFlight > size {
						t.Errorf("let in beside %d calls under a limit of %d", inFlight, size)
					}
					defer p.end(outcome(min(fate, 2)))
					time.Sleep(hold)
					p.first()
					time.Sleep(hold)
				})
			}
			wg.Wait()
			st := g.status()
			require.Zero(t, st.InFlight)
			require.Zero(t, st.Waiting)
			require.GreaterOrEqual(t, st.Limit, 1)
		})
	}
}

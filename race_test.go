package buoy_test

import (
	"context"
	"testing"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/stretchr/testify/require"
)

// Both are there at the same instant: one answer is delivered, and the other one's
// end stands in the account before the call goes on.
func TestADeadHeat(t *testing.T) {
	heat := []buoytest.Step{buoytest.ForKey("a", buoytest.Always(buoytest.Stall(0, 3*time.Second))), buoytest.ForKey("b", buoytest.Always(buoytest.Stall(0, time.Second)))}
	for _, stream := range []bool{false, true} {
		boundless := buoy.WithRetry(buoy.RetryPolicy{Budget: buoy.RetryBudget{Disabled: true}})
		keyed(t, []string{"a", "b"}, heat, []buoy.Option{after2s, boundless, buoy.WithStreamedChat()}, func(t *testing.T, d desk) {
			for range 300 {
				text, attempts, err := textOf(t.Context(), d.Client, stream)
				require.NoError(t, err)
				require.Equal(t, buoytest.DefaultText, text)
				require.Len(t, attempts, 2)
				require.True(t, (attempts[0].Err == nil) != (attempts[1].Err == nil), "%v, %v", attempts[0].Err, attempts[1].Err)
			}
		})
	}
}

// Invariant 12: losers are neutral. Forty that lost open no breaker, and the time
// after which the next hedge starts is what it was.
func TestLosersAreNeutral(t *testing.T) {
	keyed(t, []string{"a", "b"}, nil, []buoy.Option{buoy.WithHedge(buoy.HedgePolicy{})}, func(t *testing.T, d desk) {
		d.Server.Script(buoytest.Always(late(2 * time.Second)))
		answered(t, d, 60, hello, true)
		for range 40 {
			n := len(d.Server.Requests())
			d.Server.Script(buoytest.Hang(0), late(time.Second))
			start := time.Now()
			require.NoError(t, call(t.Context(), d, true))
			require.Equal(t, 3*time.Second, time.Since(start))
			got := d.Server.Requests()[n:]
			require.Equal(t, 2*time.Second, got[1].At.Sub(got[0].At))
		}
		require.Equal(t, buoy.BreakerClosed, d.Breakers().State("desk", hello.Model))
		require.NoError(t, d.Breakers().Snapshot()[0].Cause)
	})
	// Nor are they successes: four calls that failed, a loser, and one more that
	// failed are five in a row.
	four := buoytest.Times(4*2, buoytest.Error(500, ""))
	twoProviders(t, []buoytest.Step{four, buoytest.Hang(0), buoytest.Times(2, buoytest.Error(500, ""))}, nil, nil, []buoy.Option{after2s}, func(t *testing.T, p pair) {
		once := buoy.WithRetry(buoy.RetryPolicy{MaxAttempts: 3})
		for i := range 6 {
			require.Equal(t, buoy.BreakerClosed, p.Breakers().State("desk", hello.Model))
			_, err := p.Chat(t.Context(), hello, once)
			require.NoError(t, err, "call %d", i)
		}
		require.Equal(t, buoy.BreakerOpen, p.Breakers().State("desk", hello.Model))
	})
}

// A hedge costs what a retry does, and no call that was hedged earns anything. The
// money comes back only where it was not even sent.
func TestWhoPaysForAHedge(t *testing.T) {
	keptBack := 0
	poor := buoy.WithRetry(buoy.RetryPolicy{Budget: buoy.RetryBudget{Capacity: 10, SuccessCredit: 0.001}})
	for _, tc := range []struct {
		name   string
		a, b   buoytest.Step
		opts   []buoy.Option
		hedges int // of 20 calls
	}{
		{"losers pay", late(5 * time.Second), late(5 * time.Second), nil, 2},
		{"so do winners", late(50 * time.Second), late(time.Second), nil, 2},
		{"not those that were kept back", late(50 * time.Second), late(time.Second), []buoy.Option{buoy.WithAttemptMiddleware(func(next buoy.Handler) buoy.Handler {
			return func(ctx context.Context, c *buoy.Call) (*buoy.Reply, error) {
				if c.Attempt == 2 && keptBack < 15 {
					keptBack++
					return nil, buoy.ErrLimit
				}
				return next(ctx, c)
			}
		})}, 2},
	} {
		t.Run(tc.name, func(t *testing.T) {
			keyed(t, []string{"a", "b"}, nil, append(tc.opts, after2s, poor), func(t *testing.T, d desk) {
				hedges := 0
				for range 20 {
					d.Server.Script(tc.a, tc.b)
					_, attempts, err := textOf(t.Context(), d.Client, true)
					require.NoError(t, err)
					hedges += len(attempts) - 1
				}
				require.Equal(t, tc.hedges, hedges)
			})
		})
	}
}

// A loser gives back its permit, or a key would be lost to all further calls.
func TestLosersGiveTheirPermitsBack(t *testing.T) {
	steps := []buoytest.Step{buoytest.Always(buoytest.Hang(0), late(time.Second))}
	for _, stream := range []bool{false, true} {
		keyed(t, []string{"a", "b"}, steps, []buoy.Option{after2s, buoy.WithRateLimit(buoy.RateLimit{Concurrent: 1})}, func(t *testing.T, d desk) {
			for range 50 {
				start := time.Now()
				_, attempts, err := textOf(t.Context(), d.Client, stream)
				require.NoError(t, err)
				require.Len(t, attempts, 2)
				require.Equal(t, 3*time.Second, time.Since(start))
			}
		})
	}
}

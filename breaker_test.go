package buoy_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/stretchr/testify/require"
)

// allowing makes n calls side by side that each allow so long, and waits for them.
func allowing(t *testing.T, c *buoy.Client, n int, d time.Duration, stream bool) {
	t.Helper()
	var calls sync.WaitGroup
	for range n {
		calls.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), d)
			defer cancel()
			_ = call(ctx, desk{Client: c}, stream)
		})
	}
	calls.Wait()
}

// A provider that is silent never counted where the callers' deadlines were sooner
// than our timers: twenty in parallel of 10 s each left the breaker closed.
func TestASilentProviderCountsForCallersWithDeadlines(t *testing.T) {
	for _, tc := range []struct {
		name  string
		allow time.Duration
		calls int
		opts  []buoy.Option
		want  buoy.BreakerState
	}{
		{"twenty calls of 10 s", 10 * time.Second, 20, nil, buoy.BreakerOpen},
		{"a few are not enough", 10 * time.Second, 4, nil, buoy.BreakerClosed},
		{"8 s may just be too short", 8 * time.Second, 20, nil, buoy.BreakerClosed},
		{"the call timer is such a deadline", hour, 20, []buoy.Option{buoy.WithTimeouts(buoy.Timeouts{Call: 12 * time.Second})}, buoy.BreakerOpen},
	} {
		for _, stream := range []bool{false, true} {
			t.Run(tc.name, func(t *testing.T) {
				bubble(t, tc.opts, func(t *testing.T, d desk) {
					allowing(t, d.Client, tc.calls, tc.allow, stream)
					require.Equal(t, tc.want, d.Breakers().State("desk", hello.Model))
				}, buoytest.Always(buoytest.Hang(0)))
			})
		}
	}
}

// While the target answers others its silence is that of a long answer.
func TestADeadlineIsNeutralWhileOthersAreAnswered(t *testing.T) {
	for name, other := range map[string]buoytest.Step{
		"whole": buoytest.Delay(5*time.Second, buoytest.Reply("fine")),
		"begun": buoytest.Stall(0, 5*time.Second), // its stream goes on
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, nil, func(t *testing.T, d desk) {
				first := make(chan error)
				go func() { first <- call(t.Context(), d, name == "begun") }()
				synctest.Wait() // the script's first step is its
				allowing(t, d.Client, 20, 10*time.Second, false)
				require.NoError(t, <-first)
				require.Equal(t, buoy.BreakerClosed, d.Breakers().State("desk", hello.Model))
			}, other, buoytest.Always(buoytest.Hang(0)))
		})
	}
}

// A stream that goes on when its caller's deadline passes is not silent.
func TestAStreamThatGoesOnIsNotSilent(t *testing.T) {
	bubble(t, nil, func(t *testing.T, d desk) {
		allowing(t, d.Client, 20, 12*time.Second, true)
		require.Equal(t, buoy.BreakerClosed, d.Breakers().State("desk", hello.Model))
	}, buoytest.Always(buoytest.Slow(time.Second, twenty...)))
}

// Where it is known how long answers take, twice the 99th percentile decides.
func TestSilenceIsJudgedByWhatAnswersTook(t *testing.T) {
	for answer, want := range map[time.Duration]buoy.BreakerState{
		time.Second:      buoy.BreakerOpen,   // 5 s are five times as long
		20 * time.Second: buoy.BreakerClosed, // and here 12 s are nothing
	} {
		t.Run(answer.String(), func(t *testing.T) {
			bubble(t, []buoy.Option{buoy.WithTimeouts(buoy.Timeouts{Adaptive: true})}, func(t *testing.T, d desk) {
				d.Server.Script(buoytest.Always(late(answer)))
				answered(t, d, 60, hello, false)
				d.Server.Script(buoytest.Always(buoytest.Hang(0)))
				allow := 12 * time.Second
				if want == buoy.BreakerOpen {
					allow = 5 * time.Second
				}
				allowing(t, d.Client, 20, allow, false)
				require.Equal(t, want, d.Breakers().State("desk", hello.Model))
			})
		})
	}
}

// Without timers the watchdog dropped each probe at once, and the breaker never
// closed again.
func TestABreakerWithoutTimersCloses(t *testing.T) {
	none := buoy.Timeouts{Connect: -1, FirstToken: -1, Idle: -1, Attempt: -1, Call: -1}
	for _, stream := range []bool{false, true} {
		bubble(t, []buoy.Option{noRetry, buoy.WithTimeouts(none)}, func(t *testing.T, d desk) {
			for range 5 {
				require.Error(t, call(t.Context(), d, stream))
			}
			require.Equal(t, buoy.BreakerOpen, d.Breakers().State("desk", hello.Model))
			time.Sleep(20 * time.Second)
			for range 2 {
				require.NoError(t, call(t.Context(), d, stream))
			}
			require.Equal(t, buoy.BreakerClosed, d.Breakers().State("desk", hello.Model))
		}, buoytest.Times(5, buoytest.Error(500, "")), buoytest.Always(late(time.Second)))
	}
}

// With gobreaker's own row, which is that of its window, ten calls of one a minute
// never opened it; and one call's attempts with another's first did.
func TestFiveCallsInARow(t *testing.T) {
	bubble(t, nil, func(t *testing.T, d desk) {
		for range 4 {
			require.Error(t, call(t.Context(), d, false))
			require.Equal(t, buoy.BreakerClosed, d.Breakers().State("desk", hello.Model))
			time.Sleep(time.Minute)
		}
		require.ErrorIs(t, call(t.Context(), d, false), buoy.ErrOverloaded)
		require.Equal(t, buoy.BreakerOpen, d.Breakers().State("desk", hello.Model))
	}, buoytest.Always(buoytest.Error(503, "")))
}

// A primary that is back is in use within 20 s, whatever the jitter.
func TestAPrimaryThatIsBackIsInUseWithin20s(t *testing.T) {
	for range 20 {
		down := buoytest.For(47*time.Second, buoytest.Error(503, ""))
		twoProviders(t, []buoytest.Step{down}, nil, nil, nil, func(t *testing.T, p pair) {
			begun := time.Now()
			for time.Since(begun) < 47*time.Second+20*time.Second {
				require.NoError(t, call(t.Context(), p.Client, false))
				time.Sleep(500 * time.Millisecond)
			}
			all := p.First.Requests()
			require.Greater(t, all[len(all)-1].At.Sub(begun), 47*time.Second)
		})
	}
}

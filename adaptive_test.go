package buoy_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/stretchr/testify/require"
)

var adaptive = buoy.WithTimeouts(buoy.Timeouts{Adaptive: true})

// words answers with n tokens, 50 a second.
func words(n int) buoytest.Step {
	return buoytest.Delay(time.Second+time.Duration(n)*20*time.Millisecond,
		buoytest.ReplyWith(buoytest.Answer{Text: "fine", Usage: buoytest.Usage{CompletionTokens: n}}))
}

// answered makes n calls that have to succeed.
func answered(t *testing.T, d desk, n int, req buoy.Request, stream bool) {
	t.Helper()
	for range n {
		require.NoError(t, callWith(t.Context(), d, req, stream))
		time.Sleep(time.Second)
	}
}

func asking(tokens int) buoy.Request {
	req := hello
	req.MaxTokens = new(tokens)
	return req
}

// How long a provider that has died keeps a call waiting, after so many answers.
func TestADeadProviderIsNoticedInSeconds(t *testing.T) {
	long := hello
	long.Messages = []buoy.Message{buoy.User(strings.Repeat("word ", 40_000))} // 50,000 tokens
	for _, tc := range []struct {
		name   string
		set    buoy.Timeouts
		stream bool
		usual  buoytest.Step
		n      int
		req    buoy.Request
		after  time.Duration
	}{
		{"stream: a quarter of the static at least", buoy.Timeouts{Adaptive: true}, true, late(time.Second), 60, hello, 30 * time.Second},
		{"stream: twice what it needs", buoy.Timeouts{Adaptive: true}, true, late(20 * time.Second), 60, hello, 40 * time.Second},
		{"stream: never more than the static", buoy.Timeouts{Adaptive: true}, true, late(70 * time.Second), 60, hello, 120 * time.Second},
		{"stream: a long prompt gets more", buoy.Timeouts{Adaptive: true}, true, late(10 * time.Second), 60, long, 44997 * time.Millisecond},
		{"stream: cold", buoy.Timeouts{Adaptive: true}, true, late(time.Second), 49, hello, 120 * time.Second},
		{"stream: off", buoy.Timeouts{}, true, late(time.Second), 60, hello, 120 * time.Second},
		{"stream: its own static", buoy.Timeouts{Adaptive: true, FirstToken: 20 * time.Second}, true, late(time.Second), 60, hello, 5 * time.Second},
		{"stream: no FirstToken, nothing to adapt", buoy.Timeouts{Adaptive: true, FirstToken: -1}, true, late(time.Second), 60, hello, 300 * time.Second},
		{"whole: a quarter of the static at least", buoy.Timeouts{Adaptive: true}, false, late(time.Second), 60, hello, 75 * time.Second},
		{"whole: twice what it needs", buoy.Timeouts{Adaptive: true}, false, words(2000), 60, hello, 82 * time.Second},
		{"whole: for twice the tokens", buoy.Timeouts{Adaptive: true}, false, words(1000), 60, asking(2000), 84 * time.Second},
		{"whole: never more than the static", buoy.Timeouts{Adaptive: true}, false, words(1000), 60, asking(16_000), 300 * time.Second},
		{"whole: cold", buoy.Timeouts{Adaptive: true}, false, late(time.Second), 49, hello, 300 * time.Second},
	} {
		t.Run(tc.name, func(t *testing.T) {
			bubble(t, []buoy.Option{noRetry, buoy.WithTimeouts(tc.set)}, func(t *testing.T, d desk) {
				answered(t, d, tc.n, hello, tc.stream)
				d.Server.Script(buoytest.Always(buoytest.Hang(0)))
				start := time.Now()
				err := callWith(t.Context(), d, tc.req, tc.stream)
				require.Equal(t, buoy.ErrTimeout, buoy.KindOf(err))
				require.Equal(t, tc.after, time.Since(start).Round(time.Millisecond))
				require.Contains(t, timerOf(t, err).Error(), "within "+tc.after.String())
			}, buoytest.Always(tc.usual))
		})
	}
}

// The text says which timer it was, how long, and that nobody has set that.
func TestTheTextTellsAnAdaptedLimit(t *testing.T) {
	bubble(t, []buoy.Option{noRetry, adaptive}, func(t *testing.T, d desk) {
		answered(t, d, 60, hello, true)
		d.Server.Script(buoytest.Always(buoytest.Hang(0)))
		te := timerOf(t, callWith(t.Context(), d, hello, true))
		require.Equal(t, "first_token", te.Timer)
		require.Equal(t, "desk: timeout (await): no meaningful event within 30s (Timeouts.FirstToken); Timeouts.Adaptive made that of 2m0s, from the latest answers", te.Error())
	})
}

// A long answer gets the time it needs, at the speed that short ones have shown.
func TestLongAnswersGetTheirTime(t *testing.T) {
	bubble(t, []buoy.Option{noRetry, adaptive}, func(t *testing.T, d desk) {
		for range 20 {
			for _, n := range []int{40, 70, 100} {
				d.Server.Script(words(n))
				answered(t, d, 1, asking(n+10), false)
			}
		}
		d.Server.Script(words(4000)) // 81 s, where all others took 3
		answered(t, d, 1, asking(4000), false)
	})
}

// Each endpoint, model and way of asking learns for itself.
func TestWhatOneModelNeedsSaysNothingOfAnother(t *testing.T) {
	bubble(t, []buoy.Option{noRetry, adaptive}, func(t *testing.T, d desk) {
		answered(t, d, 60, hello, true)
		d.Server.Script(buoytest.Always(buoytest.Hang(0)))
		other := hello
		other.Model = "another"
		start := time.Now()
		require.Error(t, callWith(t.Context(), d, other, true))
		require.Equal(t, 120*time.Second, time.Since(start))
		require.Error(t, callWith(t.Context(), d, hello, false))
		require.Equal(t, (120+300)*time.Second, time.Since(start))
	})
}

// Failures are quick, and quick failures are no reason to be impatient.
func TestFailuresDoNotMakeImpatient(t *testing.T) {
	bubble(t, []buoy.Option{noRetry, adaptive}, func(t *testing.T, d desk) {
		for range 200 {
			require.Error(t, callWith(t.Context(), d, hello, true))
		}
		d.Server.Script(buoytest.Always(late(50 * time.Second)))
		answered(t, d, 20, hello, true)
	}, buoytest.Times(200, buoytest.OpenAIError(400, "invalid_value", "no")))
}

// A provider that lives but has become slower than the estimate is found again:
// what was cut counts as at least that long, and probes have the static time.
func TestASlowerProviderIsNotCutForEver(t *testing.T) {
	for _, n := range []int{60, 600} {
		bubble(t, []buoy.Option{noRetry, adaptive}, func(t *testing.T, d desk) {
			answered(t, d, n, hello, true)
			d.Server.Script(buoytest.Always(late(40 * time.Second)))
			start, good := time.Now(), 0
			for good < 10 {
				if callWith(t.Context(), d, hello, true) == nil {
					good++
				} else {
					good = 0
				}
				time.Sleep(time.Second)
				require.Less(t, time.Since(start), 20*time.Minute, "cut for ever")
			}
		})
	}
}

// An outage of ten minutes does not teach patience: afterwards the next one is
// noticed as quickly.
func TestAnOutageDoesNotTeachPatience(t *testing.T) {
	bubble(t, []buoy.Option{noRetry, adaptive}, func(t *testing.T, d desk) {
		dead := func() (waited time.Duration) {
			d.Server.Script(buoytest.Always(buoytest.Hang(0)))
			start := time.Now()
			require.Error(t, callWith(t.Context(), d, hello, true))
			return time.Since(start)
		}
		answered(t, d, 600, hello, true)
		require.Equal(t, 30*time.Second, dead())
		for end := time.Now().Add(10 * time.Minute); time.Now().Before(end); {
			_ = callWith(t.Context(), d, hello, true)
			time.Sleep(100 * time.Millisecond)
		}
		d.Server.Script()
		time.Sleep(30 * time.Second)
		answered(t, d, 20, hello, true)
		require.Equal(t, 30*time.Second, dead())
	})
}

// What a call alone asks for is learnt from then on.
func TestAdaptiveForOneCall(t *testing.T) {
	bubble(t, []buoy.Option{noRetry}, func(t *testing.T, d desk) {
		for range 60 {
			s, err := d.Stream(t.Context(), hello, adaptive)
			require.NoError(t, err)
			_, err = read(s)
			require.NoError(t, err)
		}
		d.Server.Script(buoytest.Always(buoytest.Hang(0)))
		start := time.Now()
		_, err := d.Stream(t.Context(), hello, adaptive)
		require.Error(t, err)
		require.Equal(t, 30*time.Second, time.Since(start))
		_, err = d.Stream(t.Context(), hello)
		require.Error(t, err)
		require.Equal(t, (30+120)*time.Second, time.Since(start))
	})
}

// A day in the life of a model: quick at night, slow at noon, and each answer
// takes what chance gives it. No answer is cut, and at any hour a provider that
// dies is noticed sooner than the static 120 s.
func TestADayOfAdaptiveTimeouts(t *testing.T) {
	bubble(t, []buoy.Option{noRetry, adaptive}, func(t *testing.T, d desk) {
		rng := rand.New(rand.NewPCG(1, 1))
		var noticed []time.Duration
		for hour := range 24 {
			usual := 0.5 + 4*(1-math.Cos(2*math.Pi*float64(hour)/24)) // 0.5 s at midnight, 8.5 s at noon
			for range 90 {
				took := usual * math.Exp(0.25*rng.NormFloat64())
				d.Server.Script(late(time.Duration(took * float64(time.Second))))
				require.NoError(t, callWith(t.Context(), d, hello, true), "hour %d", hour)
				time.Sleep(20 * time.Second)
			}
			d.Server.Script(buoytest.Always(buoytest.Hang(0)))
			start := time.Now()
			require.Error(t, callWith(t.Context(), d, hello, true))
			noticed = append(noticed, time.Since(start).Round(time.Second))
		}
		t.Logf("noticed after %v", noticed)
		require.Equal(t, 30*time.Second, noticed[0])
		require.Equal(t, 30*time.Second, noticed[23])
		require.Less(t, slices.Max(noticed), 120*time.Second)
	})
}

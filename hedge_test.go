package buoy_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/stretchr/testify/require"
)

// after2s hedges after a fixed wait, so that tests need no samples.
var after2s = buoy.WithHedge(buoy.HedgePolicy{After: 2 * time.Second})

// keySays answers with its key's name, d after it was asked.
func keySays(key string, d time.Duration) buoytest.Step {
	return buoytest.ForKey(key, buoytest.Always(buoytest.Delay(d, buoytest.Reply("from "+key))))
}

func keyFails(key string, d time.Duration, status int) buoytest.Step {
	return buoytest.ForKey(key, buoytest.Always(buoytest.Delay(d, buoytest.Error(status, ""))))
}

// The first attempt goes to key a, the second, 2 s later, to key b. Who answers,
// when, and after how many requests; "" where the call fails with kind.
func TestWhoWinsTheRace(t *testing.T) {
	once := buoy.WithRetry(buoy.RetryPolicy{MaxAttempts: 2})
	for _, tc := range []struct {
		name  string
		a, b  buoytest.Step
		text  string
		kind  buoy.Kind
		after time.Duration
		sent  int
	}{
		{"a quick first is alone", keySays("a", time.Second), keySays("b", 0), "from a", "", time.Second, 1},
		{"a quicker second wins", keySays("a", 10*time.Second), keySays("b", time.Second), "from b", "", 3 * time.Second, 2},
		{"a slower second loses", keySays("a", 3*time.Second), keySays("b", 10*time.Second), "from a", "", 3 * time.Second, 2},
		{"a first that hangs loses", buoytest.ForKey("a", buoytest.Hang(0)), keySays("b", time.Second), "from b", "", 3 * time.Second, 2},
		{"a second that fails fails nothing", keySays("a", 10*time.Second), keyFails("b", time.Second, 500), "from a", "", 10 * time.Second, 2},
		{"nor one whose key is dead", keySays("a", 10*time.Second), keyFails("b", 0, 401), "from a", "", 10 * time.Second, 2},
		{"nor one that is refused for the request", keySays("a", 10*time.Second), keyFails("b", 0, 400), "from a", "", 10 * time.Second, 2},
		{"a first that fails waits for the second", keyFails("a", 3*time.Second, 500), keySays("b", 5*time.Second), "from b", "", 7 * time.Second, 2},
		{"also where only its key is bad", keyFails("a", 3*time.Second, 401), keySays("b", 5*time.Second), "from b", "", 7 * time.Second, 2},
		{"the request's own fault ends both", keyFails("a", 3*time.Second, 400), keySays("b", 5*time.Second), "", buoy.ErrInvalidRequest, 3 * time.Second, 2},
		{"both fail: the first's error", keyFails("a", 3*time.Second, 503), keyFails("b", 5*time.Second, 500), "", buoy.ErrOverloaded, 7 * time.Second, 2},
		{"a first that fails early is the retry's", keyFails("a", time.Second, 400), keySays("b", 0), "", buoy.ErrInvalidRequest, time.Second, 1},
	} {
		for _, stream := range []bool{false, true} {
			t.Run(tc.name, func(t *testing.T) {
				keyed(t, []string{"a", "b"}, []buoytest.Step{tc.a, tc.b}, []buoy.Option{after2s, once}, func(t *testing.T, d desk) {
					start := time.Now()
					text, attempts, err := textOf(t.Context(), d.Client, stream)
					require.Equal(t, tc.kind, buoy.KindOf(err), "%v", err)
					require.Equal(t, tc.text, text)
					require.Equal(t, tc.after, time.Since(start))
					require.Len(t, d.Server.Requests(), tc.sent)
					require.Len(t, attempts, tc.sent)
					for i, a := range attempts {
						require.Equal(t, i == 1, a.Hedge)
						require.Equal(t, tc.text == "from "+string("ab"[i]), a.Err == nil, "the loser has an error, the winner none: %v", a.Err)
					}
				})
			})
		}
	}
}

// The loser is no failure of anybody's: it is cancelled, though not by the
// caller, at once, and both have an Idempotency-Key of their own.
func TestTheLoserIsCancelledAtOnce(t *testing.T) {
	for _, stream := range []bool{false, true} {
		keyed(t, []string{"a", "b"}, []buoytest.Step{keySays("a", 10*time.Second), keySays("b", time.Second)}, []buoy.Option{after2s}, func(t *testing.T, d desk) {
			_, attempts, err := textOf(t.Context(), d.Client, stream)
			require.NoError(t, err)
			lost := attempts[0]
			require.ErrorIs(t, lost.Err, buoy.ErrCanceled)
			require.NotErrorIs(t, lost.Err, context.Canceled, "that would be the caller's")
			require.Contains(t, lost.Err.Error(), "another request of this call was quicker")
			require.True(t, timerOf(t, lost.Err).Sent, "it may be billed")
			require.Equal(t, 3*time.Second, lost.Duration)
			require.NotEqual(t, lost.Key, attempts[1].Key)
			got := d.Server.Requests()
			require.NotEqual(t, got[0].Header.Get("Idempotency-Key"), got[1].Header.Get("Idempotency-Key"))
		})
	}
}

// Where there is no hedge, though the first attempt is slow.
func TestNoHedge(t *testing.T) {
	two := []string{"a", "b"}
	for _, tc := range []struct {
		name string
		keys []string
		opts []buoy.Option
	}{
		{"off by default", two, nil},
		{"nobody else to ask", []string{"a"}, []buoy.Option{after2s}},
		{"cold", two, []buoy.Option{buoy.WithHedge(buoy.HedgePolicy{})}},
		{"one attempt in all", two, []buoy.Option{after2s, noRetry}},
		{"no budget", two, []buoy.Option{after2s, buoy.WithRetry(buoy.RetryPolicy{Budget: buoy.RetryBudget{Capacity: 4}})}},
		{"disabled later", two, []buoy.Option{after2s, buoy.WithHedge(buoy.HedgePolicy{Disabled: true})}},
		{"the answer is there by then", two, []buoy.Option{buoy.WithHedge(buoy.HedgePolicy{After: 5 * time.Second})}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			keyed(t, tc.keys, []buoytest.Step{buoytest.Always(late(4 * time.Second))}, tc.opts, func(t *testing.T, d desk) {
				require.NoError(t, call(t.Context(), d, true))
				require.NoError(t, call(t.Context(), d, false))
				require.Len(t, d.Server.Requests(), 2)
			})
		})
	}
}

func TestHedgeForOneCall(t *testing.T) {
	keyed(t, []string{"a", "b"}, []buoytest.Step{keySays("a", 10*time.Second), keySays("b", 0)}, nil, func(t *testing.T, d desk) {
		text, _, err := textOf(t.Context(), d.Client, false, after2s)
		require.NoError(t, err)
		require.Equal(t, "from b", text)
	})
	keyed(t, []string{"a", "b"}, []buoytest.Step{keySays("a", 10*time.Second), keySays("b", 0)}, []buoy.Option{after2s}, func(t *testing.T, d desk) {
		text, _, err := textOf(t.Context(), d.Client, false, buoy.WithHedge(buoy.HedgePolicy{Disabled: true}))
		require.NoError(t, err)
		require.Equal(t, "from a", text)
	})
}

// Without another key the second request goes to the next target that is well.
func TestAHedgeAtTheNextTarget(t *testing.T) {
	slow := []buoytest.Step{buoytest.Always(late(10 * time.Second))}
	for _, stream := range []bool{false, true} {
		twoProviders(t, slow, nil, nil, []buoy.Option{after2s}, func(t *testing.T, p pair) {
			start := time.Now()
			_, attempts, err := textOf(t.Context(), p.Client, stream)
			require.NoError(t, err)
			require.Equal(t, 2*time.Second, time.Since(start))
			require.Equal(t, []int{1, 1}, p.Sent())
			require.Equal(t, "second", attempts[1].Endpoint)
		})
		// The attempt that is reserved for the target is not the hedge's.
		twoProviders(t, slow, nil, nil, []buoy.Option{after2s, buoy.WithRetry(buoy.RetryPolicy{MaxAttempts: 2})}, func(t *testing.T, p pair) {
			require.NoError(t, call(t.Context(), desk{Client: p.Client}, stream))
			require.Equal(t, []int{1, 0}, p.Sent())
		})
	}
}

// A target that is known to be down is not asked, nor is a second key of a
// provider that is.
func TestNoHedgeWhereABreakerIsOpen(t *testing.T) {
	breakers, err := buoy.NewBreakers(buoy.BreakerPolicy{})
	require.NoError(t, err)
	slow := []buoytest.Step{buoytest.Always(late(10 * time.Second))}
	twoProviders(t, slow, []buoytest.Step{buoytest.Always(buoytest.Error(500, ""))}, nil, []buoy.Option{after2s, buoy.WithBreakers(breakers)}, func(t *testing.T, p pair) {
		second := endpointOf(p.Second)
		second.Name = "second"
		other, err := buoy.New(second, noRetry, buoy.WithHTTPClient(p.Second.Client()), buoy.WithBreakers(breakers))
		require.NoError(t, err)
		for range 5 {
			require.Error(t, call(t.Context(), desk{Client: other}, true))
		}
		require.Equal(t, buoy.BreakerOpen, breakers.State("second", hello.Model))
		require.NoError(t, call(t.Context(), desk{Client: p.Client}, true))
		require.Equal(t, []int{1, 5}, p.Sent())
	})
}

// A winner's stream lives as long as its reader wants, whoever won.
func TestTheWinnersStreamLives(t *testing.T) {
	for name, steps := range map[string][]buoytest.Step{
		"second": {buoytest.ForKey("a", buoytest.Hang(0)), buoytest.ForKey("b", buoytest.Slow(5*time.Second))},
		"first":  {buoytest.ForKey("a", buoytest.Slow(5*time.Second)), buoytest.ForKey("b", buoytest.Hang(0))},
	} {
		t.Run(name, func(t *testing.T) {
			keyed(t, []string{"a", "b"}, steps, []buoy.Option{after2s}, func(t *testing.T, d desk) {
				text, attempts, err := textOf(t.Context(), d.Client, true)
				require.NoError(t, err)
				require.Equal(t, buoytest.DefaultText, text)
				require.Len(t, attempts, 2)
			})
		})
	}
}

// The caller's cancellation ends both, and is the caller's.
func TestACallerLeavesARace(t *testing.T) {
	for _, stream := range []bool{false, true} {
		keyed(t, []string{"a", "b"}, []buoytest.Step{buoytest.Always(buoytest.Hang(0))}, []buoy.Option{after2s}, func(t *testing.T, d desk) {
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(5*time.Second, cancel)
			start := time.Now()
			_, attempts, err := textOf(ctx, d.Client, stream)
			require.Equal(t, 5*time.Second, time.Since(start))
			require.ErrorIs(t, err, context.Canceled)
			require.Len(t, attempts, 2)
			for _, a := range attempts {
				require.ErrorIs(t, a.Err, context.Canceled)
			}
		})
	}
}

// Chat as a stream is hedged until its first token: what follows may take as long
// as it wants.
func TestAHedgedStreamedChat(t *testing.T) {
	keyed(t, []string{"a", "b"}, []buoytest.Step{buoytest.Always(buoytest.Slow(time.Second))}, []buoy.Option{after2s, buoy.WithStreamedChat()}, func(t *testing.T, d desk) {
		_, attempts, err := textOf(t.Context(), d.Client, false)
		require.NoError(t, err)
		require.Len(t, attempts, 1)
		require.Equal(t, 9*time.Second, attempts[0].Duration)
	})
}

// Hedge in a chain of the user's own shares the policy of the Retry around it,
// and works over a handler by hand.
func TestHedgeInAChainOfOnesOwn(t *testing.T) {
	for _, tc := range []struct {
		attempts int
		sent     int
	}{{1, 1}, {2, 2}} {
		chain := buoy.WithChain(buoy.Retry(buoy.RetryPolicy{MaxAttempts: tc.attempts}), buoy.Hedge(buoy.HedgePolicy{After: time.Second}))
		keyed(t, []string{"a"}, []buoytest.Step{buoytest.Always(late(5 * time.Second))}, []buoy.Option{chain}, func(t *testing.T, d desk) {
			require.NoError(t, call(t.Context(), d, false))
			require.Len(t, d.Server.Requests(), 1, "one key, no target")
		})
		withChoice := buoy.WithChain(buoy.Fallback(), buoy.Retry(buoy.RetryPolicy{MaxAttempts: tc.attempts + 1}), buoy.Hedge(buoy.HedgePolicy{After: time.Second}))
		twoProviders(t, []buoytest.Step{buoytest.Always(late(5 * time.Second))}, nil, nil, []buoy.Option{withChoice}, func(t *testing.T, p pair) {
			require.NoError(t, call(t.Context(), desk{Client: p.Client}, false))
			require.Equal(t, []int{1, tc.sent - 1}, p.Sent())
		})
	}
	buoytest.TestMiddleware(t, func() buoy.Middleware { return buoy.Hedge(buoy.HedgePolicy{After: time.Hour}) })
	buoytest.TestMiddleware(t, func() buoy.Middleware { return buoy.Hedge(buoy.HedgePolicy{}) })
}

// Over a handler by hand the second asks the same again. Its panic is the
// caller's, not that of a goroutine nobody watches.
func TestHedgeByHand(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var asked atomic.Int32
		below := func(ctx context.Context, _ *buoy.Call) (*buoy.Reply, error) {
			if asked.Add(1) == 1 {
				<-ctx.Done()
				return nil, ctx.Err()
			}
			return &buoy.Reply{Response: new(buoy.Response)}, nil
		}
		start := time.Now()
		reply, err := buoy.Hedge(buoy.HedgePolicy{After: time.Second})(below)(t.Context(), &buoy.Call{Request: &hello})
		require.NoError(t, err)
		require.NotNil(t, reply.Response)
		require.Equal(t, time.Second, time.Since(start))

		for _, nobody := range []buoy.Handler{
			func(context.Context, *buoy.Call) (*buoy.Reply, error) { return nil, nil },
			func(context.Context, *buoy.Call) (*buoy.Reply, error) { return nil, buoy.ErrServer },
		} {
			asked.Store(0)
			reply, err := buoy.Hedge(buoy.HedgePolicy{After: time.Second})(func(ctx context.Context, c *buoy.Call) (*buoy.Reply, error) {
				if asked.Add(1) == 1 {
					time.Sleep(3 * time.Second)
					return &buoy.Reply{Response: new(buoy.Response)}, nil
				}
				return nobody(ctx, c)
			})(t.Context(), &buoy.Call{Request: &hello})
			require.NoError(t, err)
			require.NotNil(t, reply)
			require.EqualValues(t, 2, asked.Load())
		}

		asked.Store(0)
		require.PanicsWithValue(t, "ouch", func() {
			_, _ = buoy.Hedge(buoy.HedgePolicy{After: time.Second})(func(context.Context, *buoy.Call) (*buoy.Reply, error) {
				if asked.Add(1) == 1 {
					time.Sleep(3 * time.Second)
					return nil, buoy.ErrServer
				}
				panic("ouch")
			})(t.Context(), &buoy.Call{Request: &hello})
		})
		asked.Store(0)
		require.PanicsWithValue(t, "ouch", func() {
			_, _ = buoy.Hedge(buoy.HedgePolicy{After: time.Second})(func(ctx context.Context, _ *buoy.Call) (*buoy.Reply, error) {
				if asked.Add(1) == 1 {
					time.Sleep(3 * time.Second)
					panic("ouch")
				}
				<-ctx.Done()
				return nil, ctx.Err()
			})(t.Context(), &buoy.Call{Request: &hello})
		})
	})
}

func TestHedgePolicyIsChecked(t *testing.T) {
	for _, p := range []buoy.HedgePolicy{{After: -1}, {MinDelay: -1}, {MinSamples: -1}, {Quantile: 1}, {Quantile: -0.1}} {
		_, err := buoy.New(buoy.Endpoint{BaseURL: "http://localhost/v1"}, buoy.WithHedge(p))
		require.ErrorContains(t, err, "HedgePolicy")
		_, err = buoy.Hedge(p)(nil)(t.Context(), &buoy.Call{})
		require.Equal(t, buoy.ErrInvalidRequest, buoy.KindOf(err))
	}
}

package buoy_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/stretchr/testify/require"
)

// atOnce starts n chats, each when the one before waits or has been answered, and
// returns their errors.
func atOnce(t *testing.T, d desk, n int) []error {
	t.Helper()
	errs := make([]error, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { _, errs[i] = d.Chat(t.Context(), hello) })
		synctest.Wait()
	}
	wg.Wait()
	return errs
}

// A limit is each key's own, and a call takes the key that is quicker.
func TestEachKeyHasItsOwnLimit(t *testing.T) {
	for name, tc := range map[string]struct {
		limit buoy.RateLimit
		keys  []string
		want  []float64
	}{
		"one key":             {buoy.RateLimit{RequestsPerMinute: 10}, []string{"a"}, []float64{0, 6, 12, 18}},
		"two keys":            {buoy.RateLimit{RequestsPerMinute: 10}, []string{"a", "b"}, []float64{0, 0, 6, 6}},
		"one key, permits":    {buoy.RateLimit{Concurrent: 1}, []string{"a"}, []float64{0, 1, 2, 3}},
		"three keys, permits": {buoy.RateLimit{Concurrent: 1}, []string{"a", "b", "c"}, []float64{0, 0, 0, 1}},
	} {
		t.Run(name, func(t *testing.T) {
			slow := buoytest.Always(buoytest.Delay(time.Second, buoytest.Reply("fine")))
			keyed(t, tc.keys, []buoytest.Step{slow}, []buoy.Option{buoy.WithRateLimit(tc.limit)}, func(t *testing.T, d desk) {
				begun := time.Now()
				for _, err := range atOnce(t, d, 4) {
					require.NoError(t, err)
				}
				require.Equal(t, tc.want, sentAt(d, begun))
				require.Len(t, d.Limits(), len(tc.keys))
			})
		})
	}
}

// The rotation would take the first key, whose answers were long; the second is
// free.
func TestTheQuickerKeyIsTaken(t *testing.T) {
	steps := []buoytest.Step{buoytest.ForKey("a", buoytest.Always(used(5000, 5000))), buoytest.ForKey("b", buoytest.Always(used(10, 10)))}
	limit := buoy.WithRateLimit(buoy.RateLimit{TokensPerMinute: 60000, Estimate: fixed(10)})
	never := buoy.WithRetry(buoy.RetryPolicy{RetryOn: func(error) bool { return false }})
	for name, opts := range map[string][]buoy.Option{"with a retry": {limit}, "a single attempt": {limit, noRetry}, "no retry of the caller's": {limit, never}} {
		t.Run(name, func(t *testing.T) {
			keyed(t, []string{"a", "b"}, steps, opts, func(t *testing.T, d desk) {
				begun := time.Now()
				for range 5 {
					_, err := d.Chat(t.Context(), hello)
					require.NoError(t, err)
				}
				require.Equal(t, []string{"a", "b", "b", "b", "b"}, keysUsed(d))
				require.Zero(t, time.Since(begun))
				require.Less(t, d.Limits()[0].Tokens, 0)
			})
		})
	}
}

// Where no key is free the one with the shortest wait is waited for.
func TestTheShortestWaitIsWaitedFor(t *testing.T) {
	var steps []buoytest.Step
	for i, key := range []string{"a", "b", "c"} {
		steps = append(steps, buoytest.ForKey(key, buoytest.Always(used(1000*(9-3*i), 0))))
	}
	limit := buoy.WithRateLimit(buoy.RateLimit{TokensPerMinute: 6000, Estimate: fixed(10)})
	keyed(t, []string{"a", "b", "c"}, steps, []buoy.Option{limit}, func(t *testing.T, d desk) {
		for range 3 {
			_, err := d.Chat(t.Context(), hello)
			require.NoError(t, err)
		}
		begun := time.Now()
		_, err := d.Chat(t.Context(), hello)
		require.NoError(t, err)
		require.Equal(t, []string{"a", "b", "c", "c"}, keysUsed(d))
		require.Equal(t, 30*time.Second, time.Since(begun).Round(time.Second), "2,400 owed and 600 needed, 100 a second")
	})
}

// A key that would let a call through by its rate is no quicker while its permit is
// held.
func TestAKeyWhosePermitIsHeldIsNotQuicker(t *testing.T) {
	limit := buoy.WithRateLimit(buoy.RateLimit{RequestsPerMinute: 30, TokensPerMinute: 6000, Concurrent: 1, Estimate: fixed(10)})
	steps := []buoytest.Step{
		buoytest.ForKey("a", buoytest.Always(used(1000, 0))), // owes 400, and needs 20 for the next
		buoytest.ForKey("b", buoytest.Always(buoytest.Delay(time.Minute, used(10, 0)))),
	}
	keyed(t, []string{"a", "b"}, steps, []buoy.Option{limit}, func(t *testing.T, d desk) {
		short := buoy.Request{Model: "m", Messages: hello.Messages, MaxTokens: new(10)}
		_, err := d.Chat(t.Context(), short)
		require.NoError(t, err)
		begun := time.Now()
		go func() { _, _ = d.Chat(t.Context(), short) }()
		synctest.Wait()
		_, err = d.Chat(t.Context(), short)
		require.NoError(t, err)
		require.Equal(t, []string{"a", "b", "a"}, keysUsed(d))
		require.Equal(t, 4*time.Second, time.Since(begun).Round(time.Second))
		time.Sleep(time.Minute)
	})
}

// Where all permits are held a call stays with the key whose turn it is.
func TestNoKeyIsLeftForOneThatIsHeldToo(t *testing.T) {
	steps := []buoytest.Step{
		buoytest.ForKey("a", buoytest.Always(buoytest.Delay(time.Second, used(10, 10)))),
		buoytest.ForKey("b", buoytest.Always(buoytest.Delay(time.Minute, used(10, 10)))),
	}
	keyed(t, []string{"a", "b"}, steps, []buoy.Option{oneAtATime}, func(t *testing.T, d desk) {
		begun := time.Now()
		for _, err := range atOnce(t, d, 3) {
			require.NoError(t, err)
		}
		require.Equal(t, []string{"a", "b", "a"}, keysUsed(d))
		require.Equal(t, []float64{0, 0, 1}, sentAt(d, begun))
	})
}

// What the headers of a success say slows the next call before a 429 does.
func TestHeadersSlowTheNextCall(t *testing.T) {
	spent := buoytest.Headers(buoytest.Reply("the last"), "x-ratelimit-limit-requests: 100", "x-ratelimit-remaining-requests: 0", "x-ratelimit-reset-requests: 300s")
	within := func(d time.Duration) func(*testing.T) (context.Context, context.CancelFunc) {
		return func(t *testing.T) (context.Context, context.CancelFunc) { return context.WithTimeout(t.Context(), d) }
	}
	for name, tc := range map[string]struct {
		keys  []string
		bound func(*testing.T) (context.Context, context.CancelFunc)
		after time.Duration
		fails bool
	}{
		"it waits":                       {[]string{"a"}, within(time.Minute), 3 * time.Second, false},
		"another key goes at once":       {[]string{"a", "b"}, within(time.Minute), 0, false},
		"no time to wait":                {[]string{"a"}, within(2 * time.Second), 0, true},
		"no time, but there is a key":    {[]string{"a", "b"}, within(2 * time.Second), 0, false},
		"no time at all: not even begun": {[]string{"a"}, within(3 * time.Second), 0, true},
	} {
		for _, limited := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, limited %v", name, limited), func(t *testing.T) {
				var opts []buoy.Option
				if limited {
					opts = append(opts, buoy.WithRateLimit(buoy.RateLimit{RequestsPerMinute: 6000, Concurrent: 2}))
				}
				keyed(t, tc.keys, []buoytest.Step{spent}, opts, func(t *testing.T, d desk) {
					_, err := d.Chat(t.Context(), hello)
					require.NoError(t, err)
					begun := time.Now()
					ctx, cancel := tc.bound(t)
					defer cancel()
					_, err = d.Chat(ctx, hello)
					require.Equal(t, tc.after, time.Since(begun))
					if !tc.fails {
						require.NoError(t, err)
						return
					}
					require.Equal(t, 3*time.Second, limitError(t, err).Wait)
					require.Len(t, d.Server.Requests(), 1)
				})
			})
		}
	}
}

// A 429's own wait pauses that key only.
func TestARefusalPausesItsKeyBesideTheLimit(t *testing.T) {
	limit := buoy.WithRateLimit(buoy.RateLimit{RequestsPerMinute: 60})
	refusal := buoytest.ForKey("a", buoytest.RetryAfter(20*time.Second, tooFast))
	keyed(t, []string{"a", "b"}, []buoytest.Step{refusal}, []buoy.Option{limit}, func(t *testing.T, d desk) {
		begun := time.Now()
		for range 3 {
			_, err := d.Chat(t.Context(), hello)
			require.NoError(t, err)
		}
		require.Zero(t, time.Since(begun))
		require.Equal(t, []string{"a", "b", "b", "b"}, keysUsed(d))
		time.Sleep(20 * time.Second)
		_, err := d.Chat(t.Context(), hello)
		require.NoError(t, err)
		require.Equal(t, "a", keysUsed(d)[4])
	})
}

// Keys that are replaced while calls run: those calls give back what they hold,
// the new key has an allowance of its own, and a key that returns has not been
// given a new one.
func TestLimitsWhileKeysAreReplaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := buoytest.NewMemServer(t, buoytest.Always(buoytest.Delay(time.Second, buoytest.Reply("fine"))))
		defer srv.Close()
		e := endpointOf(srv)
		e.Keys, e.Limit = []string{"old"}, buoy.RateLimit{RequestsPerMinute: 5, Concurrent: 1}
		c, err := buoy.New(e, buoy.WithHTTPClient(srv.Client()))
		require.NoError(t, err)
		defer c.Close()
		begun := time.Now()
		go func() { _, _ = c.Chat(t.Context(), hello) }()
		synctest.Wait()
		old := c.Limits()[0]
		require.Equal(t, 1, old.Running)
		require.NoError(t, c.SetKeys("desk", "new"))
		require.Empty(t, c.Limits())
		_, err = c.Chat(t.Context(), hello)
		require.NoError(t, err)
		require.Equal(t, time.Second, time.Since(begun))
		require.NotEqual(t, old.Key, c.Limits()[0].Key)
		synctest.Wait()
		require.NoError(t, c.SetKeys("desk", "old"))
		require.Zero(t, c.Limits()[0].Running)
		_, err = c.Chat(t.Context(), hello)
		require.NoError(t, err)
		require.Equal(t, 13*time.Second, time.Since(begun), "twelve after its first request")
	})
}

// An endpoint's own limit takes the client's place, also for a fallback target.
func TestAnEndpointsOwnLimit(t *testing.T) {
	client := buoy.WithRateLimit(buoy.RateLimit{RequestsPerMinute: 1})
	own := func(to *buoy.Target) { to.Endpoint.Limit = buoy.RateLimit{RequestsPerMinute: 600, Concurrent: 3} }
	twoProviders(t, nil, nil, own, []buoy.Option{client}, func(t *testing.T, p pair) {
		begun := time.Now()
		for range 6 {
			_, err := p.Chat(t.Context(), hello)
			require.NoError(t, err)
		}
		require.Zero(t, time.Since(begun))
		require.Equal(t, []int{1, 5}, p.Sent())
	})
}

func TestNewRefusesLimitsThatCannotBe(t *testing.T) {
	e := buoy.Endpoint{BaseURL: "http://localhost/v1"}
	limited := e
	limited.Limit = buoy.RateLimit{Concurrent: 2}
	for name, tc := range map[string]struct {
		endpoint buoy.Endpoint
		option   buoy.Option
		want     string
	}{
		"negative":                        {e, buoy.WithRateLimit(buoy.RateLimit{TokensPerMinute: -1}), "RateLimit has a negative number: leave it at 0"},
		"negative, of an endpoint":        {buoy.Endpoint{BaseURL: e.BaseURL, Limit: buoy.RateLimit{Concurrent: -1}}, nil, "localhost: RateLimit has a negative number"},
		"two limits for one endpoint":     {e, buoy.WithFallback(buoy.Target{Endpoint: limited, Model: "m"}), "two different endpoints"},
		"a target that is only a limit":   {e, buoy.WithFallback(buoy.Target{Endpoint: buoy.Endpoint{Limit: limited.Limit}, Model: "m"}), "no BaseURL"},
		"the same limit is the same":      {limited, buoy.WithFallback(buoy.Target{Endpoint: limited, Model: "m"}), ""},
		"an Estimate alone limits nobody": {e, buoy.WithRateLimit(buoy.RateLimit{Estimate: fixed(1 << 30)}), ""},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := buoy.New(tc.endpoint, tc.option)
			if tc.want != "" {
				require.ErrorContains(t, err, tc.want)
				return
			}
			require.NoError(t, err)
			require.Empty(t, c.Limits())
		})
	}
}

// Limit in a chain by hand: below the choice it limits each key, above it the
// whole chain, and without a client whatever it is put around.
func TestLimitByHand(t *testing.T) {
	limit := func() buoy.Middleware { return buoy.Limit(buoy.RateLimit{RequestsPerMinute: 10, Concurrent: 1}) }
	for name, tc := range map[string]struct {
		opts []buoy.Option
		want []float64
	}{
		"for each attempt": {[]buoy.Option{buoy.WithAttemptMiddleware(limit())}, []float64{0, 0, 6, 6}},
		"for each call":    {[]buoy.Option{buoy.WithMiddleware(limit())}, []float64{0, 6, 12, 18}},
		"a short chain":    {[]buoy.Option{buoy.WithChain(limit(), buoy.Retry(buoy.RetryPolicy{}))}, []float64{0, 6, 12, 18}},
	} {
		t.Run(name, func(t *testing.T) {
			keyed(t, []string{"a", "b"}, nil, tc.opts, func(t *testing.T, d desk) {
				begun := time.Now()
				for _, err := range atOnce(t, d, 4) {
					require.NoError(t, err)
				}
				require.Equal(t, tc.want, sentAt(d, begun))
			})
		})
	}
	t.Run("its promises", func(t *testing.T) {
		buoytest.TestMiddleware(t, func() buoy.Middleware {
			return buoy.Limit(buoy.RateLimit{RequestsPerMinute: 60000, TokensPerMinute: 60000000, Concurrent: 1000})
		})
	})
	t.Run("a negative number", func(t *testing.T) {
		refusing := buoy.Limit(buoy.RateLimit{Concurrent: -1})(nil)
		_, err := refusing(t.Context(), &buoy.Call{Request: &hello})
		require.ErrorIs(t, err, buoy.ErrInvalidRequest)
	})
}

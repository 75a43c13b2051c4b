package buoy_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/stretchr/testify/require"
)

// The next key is used at once: no wait, no budget, within the attempts' cap.
func TestTheNextKeyIsUsedAtOnce(t *testing.T) {
	for name, refusal := range map[string]buoytest.Step{
		"auth": badKey, "quota": noMoney, "rate limit": buoytest.RetryAfter(20*time.Second, tooFast), "permission": forbidden,
	} {
		t.Run(name, func(t *testing.T) {
			empty := buoy.WithRetry(buoy.RetryPolicy{Budget: buoy.RetryBudget{Capacity: 1}}) // no retry is affordable
			keyed(t, []string{"a", "b"}, []buoytest.Step{buoytest.ForKey("a", buoytest.Always(refusal))}, []buoy.Option{empty}, func(t *testing.T, d desk) {
				start := time.Now()
				resp, err := d.Chat(t.Context(), hello)
				require.NoError(t, err)
				require.Zero(t, time.Since(start))
				require.Equal(t, []string{"a", "b"}, keysUsed(d))
				require.Len(t, resp.Info.Attempts, 2)
				require.NotEqual(t, resp.Info.Attempts[0].Key, resp.Info.Attempts[1].Key)
			})
		})
	}
}

// A key that was refused is out, but for a probe after five minutes, ten, twenty, up
// to an hour.
func TestADisabledKeyIsProbed(t *testing.T) {
	keyed(t, []string{"a", "b"}, []buoytest.Step{buoytest.ForKey("a", buoytest.Times(3, badKey))}, nil, func(t *testing.T, d desk) {
		ask := func(n int) {
			for range n {
				_, err := d.Chat(t.Context(), hello)
				require.NoError(t, err)
			}
		}
		ask(3)
		require.Equal(t, []string{"a", "b", "b", "b"}, keysUsed(d))
		time.Sleep(5*time.Minute - 1)
		ask(1)
		time.Sleep(time.Nanosecond)
		ask(1)
		require.Equal(t, []string{"b", "a", "b"}, keysUsed(d)[4:])

		status := d.Keys()
		require.True(t, status[0].Disabled)
		require.EqualValues(t, buoy.ErrAuth, status[0].Reason)
		require.Equal(t, 10*time.Minute, time.Until(status[0].Until))
		require.True(t, d.EnableKey("desk", status[0].Label))
		require.False(t, d.EnableKey("desk", "key-unknown"))
		ask(2)
		require.Equal(t, []string{"a", "b", "b"}, keysUsed(d)[7:], "its third refusal, and at once another key")
		time.Sleep(5 * time.Minute)
		ask(2)
		require.False(t, d.Keys()[0].Disabled, "the probe was answered")
	})
}

func TestAKeyWithoutMoneyRests(t *testing.T) {
	keyed(t, []string{"a", "b"}, []buoytest.Step{buoytest.ForKey("a", buoytest.Times(2, noMoney))}, nil, func(t *testing.T, d desk) {
		for _, rest := range []time.Duration{5 * time.Minute, 10 * time.Minute} {
			for range 3 {
				_, err := d.Chat(t.Context(), hello)
				require.NoError(t, err)
			}
			time.Sleep(rest)
		}
		_, err := d.Chat(t.Context(), hello)
		require.NoError(t, err)
		require.Equal(t, []string{"a", "b", "b", "b", "a", "b", "b", "b", "a"}, keysUsed(d), "a top-up is noticed")
	})
}

// A 402 that only max_tokens caused says nothing of the key.
func TestARefusalForMaxTokensRestsNoKey(t *testing.T) {
	reserved := buoytest.OpenAIError(402, "insufficient_credits", "This request requires more credits, or fewer max_tokens. You requested up to 65536 tokens, but can only afford 4000.")
	keyed(t, []string{"a", "b"}, []buoytest.Step{buoytest.Times(2, reserved)}, nil, func(t *testing.T, d desk) {
		_, err := d.Chat(t.Context(), hello)
		require.ErrorIs(t, err, buoy.ErrQuota)
		api, ok := errors.AsType[*buoy.APIError](err)
		require.True(t, ok && api.Reserved())
		for _, k := range d.Keys() {
			require.Zero(t, k.Reason)
		}
		_, err = d.Chat(t.Context(), hello)
		require.NoError(t, err)
	})
}

// Nor does a request that is above the whole minute's allowance.
func TestARequestThatIsTooLargeRestsNoKey(t *testing.T) {
	oversized := buoytest.OpenAIError(429, "rate_limit_exceeded", "Request too large for gpt-4o on tokens per min (TPM): Limit 30000, Requested 60000.")
	keyed(t, []string{"a"}, []buoytest.Step{oversized}, nil, func(t *testing.T, d desk) {
		begun := time.Now()
		_, err := d.Chat(t.Context(), hello)
		require.ErrorIs(t, err, buoy.ErrRateLimit)
		_, err = d.Chat(t.Context(), hello)
		require.NoError(t, err)
		require.Zero(t, time.Since(begun))
	})
}

// All keys without money is one typed error, without a request, that says when the
// first is back and what brings it back sooner.
func TestAllKeysDown(t *testing.T) {
	keyed(t, []string{"a", "b"}, []buoytest.Step{buoytest.Always(noMoney)}, nil, func(t *testing.T, d desk) {
		_, err := d.Chat(t.Context(), hello)
		require.Equal(t, buoy.ErrQuota, buoy.KindOf(err))
		require.Len(t, d.Server.Requests(), 2)
		time.Sleep(time.Minute)
		_, err = d.Chat(t.Context(), hello)
		down, ok := errors.AsType[*buoy.KeysError](err)
		require.True(t, ok, "%v", err)
		require.Equal(t, buoy.ErrQuota, down.Kind)
		require.Equal(t, 2, down.Keys)
		require.ErrorContains(t, err, "EnableKey")
		wait, ok := buoy.RetryAfter(err)
		require.True(t, ok)
		require.Equal(t, 4*time.Minute, wait)
		require.Len(t, d.Server.Requests(), 2, "nothing was sent")
	})
}

// One 401 on each of two keys left a client dead a day later: the last that may go is
// asked on, however many there are.
func TestTheLastKeyThatMayGoIsAskedOn(t *testing.T) {
	for _, keys := range [][]string{{"a", "b"}, {"a", "b", "c", "d"}} {
		var once []buoytest.Step
		for _, k := range keys {
			once = append(once, buoytest.ForKey(k, badKey))
		}
		keyed(t, keys, once, nil, func(t *testing.T, d desk) {
			_, err := d.Chat(t.Context(), hello)
			require.ErrorIs(t, err, buoy.ErrAuth)
			require.Equal(t, keys, keysUsed(d))
			_, err = d.Chat(t.Context(), hello)
			require.NoError(t, err, "it works again")
			time.Sleep(24 * hour)
			for range keys {
				_, err = d.Chat(t.Context(), hello)
				require.NoError(t, err)
			}
			require.Len(t, keysUsed(d), 2*len(keys)+1)
		})
	}
}

// Six keys, five of them used up: leaving a key costs no attempt. Ten are left at most.
func TestHandOversCostNoAttempt(t *testing.T) {
	many := strings.Split("a b c d e f g h i j k l m n", " ")
	for name, tc := range map[string]struct {
		refusal buoytest.Step
		bad     int
		sent    int
		want    error
	}{
		"auth":          {badKey, 5, 6, nil},
		"quota":         {noMoney, 5, 6, nil},
		"ten":           {noMoney, 10, 11, nil},
		"more than ten": {badKey, 12, 11, buoy.ErrAuth},
		"too fast":      {buoytest.RetryAfter(time.Minute, tooFast), 5, 2, buoy.ErrRateLimit},
	} {
		t.Run(name, func(t *testing.T) {
			var steps []buoytest.Step
			for _, k := range many[:tc.bad] {
				steps = append(steps, buoytest.ForKey(k, buoytest.Always(tc.refusal)))
			}
			two := buoy.WithRetry(buoy.RetryPolicy{MaxAttempts: 2})
			keyed(t, many, steps, []buoy.Option{two}, func(t *testing.T, d desk) {
				_, err := d.Chat(t.Context(), hello)
				require.ErrorIs(t, err, tc.want)
				require.Equal(t, many[:tc.sent], keysUsed(d), "each once")
			})
		})
	}
}

// RetryOn decides about retries, and the hand-over to a free key is none; and where no
// wait helps nothing is repeated, whatever it says.
func TestRetryOnIsNotAskedAboutHandOvers(t *testing.T) {
	for name, refusal := range map[string]buoytest.Step{"auth": badKey, "quota": noMoney, "rate limit": tooFast, "permission": forbidden} {
		t.Run(name, func(t *testing.T) {
			never := buoy.WithRetry(buoy.RetryPolicy{RetryOn: func(err error) bool { t.Error("asked", err); return false }})
			keyed(t, []string{"a", "b"}, []buoytest.Step{buoytest.ForKey("a", refusal)}, []buoy.Option{never}, func(t *testing.T, d desk) {
				_, err := d.Chat(t.Context(), hello)
				require.NoError(t, err)
				require.Equal(t, []string{"a", "b"}, keysUsed(d))
			})
		})
	}
	t.Run("no wait helps", func(t *testing.T) {
		always := buoy.WithRetry(buoy.RetryPolicy{RetryOn: func(error) bool { return true }})
		small := buoy.WithRateLimit(buoy.RateLimit{TokensPerMinute: 10, Estimate: fixed(100)})
		keyed(t, []string{"a", "b"}, nil, []buoy.Option{always, small}, func(t *testing.T, d desk) {
			begun := time.Now()
			_, err := d.Chat(t.Context(), hello)
			require.Zero(t, limitError(t, err).Wait)
			require.Zero(t, time.Since(begun))
		})
	})
}

// The first that may go, the others are backups.
func TestKeysInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := buoytest.NewMemServer(t, buoytest.ForKey("a", buoytest.Times(2, buoytest.Reply("x")), noMoney))
		defer srv.Close()
		e := endpointOf(srv)
		e.Keys, e.KeyOrder = []string{"a", "b", "c"}, buoy.KeysInOrder
		c, err := buoy.New(e, buoy.WithHTTPClient(srv.Client()))
		require.NoError(t, err)
		for range 4 {
			_, err := c.Chat(t.Context(), hello)
			require.NoError(t, err)
		}
		time.Sleep(5 * time.Minute)
		_, err = c.Chat(t.Context(), hello)
		require.NoError(t, err)
		require.Equal(t, []string{"a", "a", "a", "b", "b", "a"}, keysUsed(desk{Client: c, Server: srv}))
		e.KeyOrder = "random"
		_, err = buoy.New(e)
		require.ErrorContains(t, err, "use KeysSticky, KeysSpread or KeysInOrder")
	})
}

// The only key is never disabled: an account that was topped up works at once.
func TestTheOnlyKeyStaysInUse(t *testing.T) {
	keyed(t, []string{"a"}, []buoytest.Step{badKey, noMoney}, nil, func(t *testing.T, d desk) {
		_, err := d.Chat(t.Context(), hello)
		require.ErrorIs(t, err, buoy.ErrAuth)
		_, err = d.Chat(t.Context(), hello)
		require.ErrorIs(t, err, buoy.ErrQuota)
		_, err = d.Chat(t.Context(), hello)
		require.NoError(t, err)
	})
}

// A 429 with a hint pauses the key for all calls; without one it rests 1 s, doubling
// to 16 s.
func TestARateLimitPausesTheKey(t *testing.T) {
	once := buoy.WithRetry(buoy.RetryPolicy{MaxAttempts: 1})
	keyed(t, []string{"a"}, []buoytest.Step{buoytest.RetryAfter(30*time.Second, tooFast)}, []buoy.Option{once}, func(t *testing.T, d desk) {
		_, err := d.Chat(t.Context(), hello)
		require.ErrorIs(t, err, buoy.ErrRateLimit)

		short, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		_, err = d.Chat(short, hello)
		limit, ok := errors.AsType[*buoy.LimitError](err)
		require.True(t, ok, "%v", err)
		require.Equal(t, 30*time.Second, limit.Wait)
		require.Len(t, d.Server.Requests(), 1)

		start := time.Now()
		_, err = d.Chat(t.Context(), hello)
		require.NoError(t, err)
		require.Equal(t, 30*time.Second, time.Since(start))

		other := hello
		other.Model = "another-model"
		start = time.Now()
		_, err = d.Chat(t.Context(), other)
		require.NoError(t, err)
		require.Zero(t, time.Since(start), "a limit is mostly a model's")
	})
	keyed(t, []string{"a", "b"}, []buoytest.Step{buoytest.ForKey("a", buoytest.Always(tooFast))}, nil, func(t *testing.T, d desk) {
		uses := map[string][]time.Duration{}
		start := time.Now()
		for time.Since(start) < 5*time.Minute {
			_, err := d.Chat(t.Context(), hello)
			require.NoError(t, err)
			time.Sleep(100 * time.Millisecond)
		}
		for _, r := range d.Server.Requests() {
			k := r.Header.Get("Authorization")
			uses[k] = append(uses[k], r.At.Sub(start))
		}
		for i, want := range []time.Duration{1, 2, 4, 8, 16, 16} {
			gap := uses["Bearer a"][i+1] - uses["Bearer a"][i]
			require.InDelta(t, want*time.Second, gap, float64(300*time.Millisecond), "rest %d", i)
		}
	})
}

// What a success says of the limits slows the next call before a 429 does: until one
// request is back, and no longer than a minute (24 h shut an only key for a day).
func TestAnExhaustedAllowanceIsWaitedFor(t *testing.T) {
	for name, tc := range map[string]struct {
		headers []string
		want    time.Duration
	}{
		"a day, whole again":     {[]string{"x-ratelimit-limit-requests: 14400", "x-ratelimit-remaining-requests: 0", "x-ratelimit-reset-requests: 24h"}, 6 * time.Second},
		"a day, one request":     {[]string{"x-ratelimit-limit-requests: 1", "x-ratelimit-remaining-requests: 0", "x-ratelimit-reset-requests: 24h"}, time.Minute},
		"a day, without a limit": {[]string{"x-ratelimit-remaining-requests: 0", "x-ratelimit-reset-requests: 24h"}, time.Minute},
		"tokens":                 {[]string{"x-ratelimit-limit-tokens: 60000", "x-ratelimit-remaining-tokens: 0", "x-ratelimit-reset-tokens: 60s"}, 6 * time.Second},
		"past":                   {[]string{"x-ratelimit-remaining-requests: 0", "x-ratelimit-reset-requests: 0s"}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			keyed(t, []string{"a"}, []buoytest.Step{buoytest.Always(buoytest.Headers(buoytest.Reply("x"), tc.headers...))}, nil, func(t *testing.T, d desk) {
				for range 3 {
					_, err := d.Chat(t.Context(), hello)
					require.NoError(t, err)
				}
				sent := d.Server.Requests()
				require.Equal(t, []time.Duration{tc.want, tc.want}, []time.Duration{sent[1].At.Sub(sent[0].At), sent[2].At.Sub(sent[1].At)})
			})
		})
	}
	last := buoytest.Headers(buoytest.Reply("last"), "x-ratelimit-limit-requests: 10",
		"x-ratelimit-remaining-requests: 0", "x-ratelimit-reset-requests: 7s")
	keyed(t, []string{"a"}, []buoytest.Step{last}, nil, func(t *testing.T, d desk) {
		resp, err := d.Chat(t.Context(), hello)
		require.NoError(t, err)
		require.Equal(t, buoy.Allowance{Known: true, Limit: 10, Remaining: 0, Reset: 7 * time.Second}, resp.Info.RateLimit.Requests)
		start := time.Now()
		_, err = d.Chat(t.Context(), hello)
		require.NoError(t, err)
		require.Equal(t, 700*time.Millisecond, time.Since(start), "one of ten is back")
	})
}

func TestRotationIsFair(t *testing.T) {
	keyed(t, []string{"a", "b", "c"}, nil, nil, func(t *testing.T, d desk) {
		var calls sync.WaitGroup
		for range 300 {
			calls.Go(func() {
				_, err := d.Chat(t.Context(), hello)
				require.NoError(t, err)
			})
		}
		calls.Wait()
		n := map[string]int{}
		for _, k := range keysUsed(d) {
			n[k]++
		}
		require.Equal(t, map[string]int{"a": 100, "b": 100, "c": 100}, n)
	})
}

func TestKeysCanBeReplacedWhileRunning(t *testing.T) {
	keyed(t, []string{"a", "b"}, []buoytest.Step{buoytest.ForKey("b", badKey)}, nil, func(t *testing.T, d desk) {
		for range 2 {
			_, err := d.Chat(t.Context(), hello)
			require.NoError(t, err)
		}
		require.NoError(t, d.SetKeys("desk", "b", "c"))
		_, err := d.Chat(t.Context(), hello)
		require.NoError(t, err)
		require.Equal(t, []string{"a", "b", "a", "c"}, keysUsed(d), "b is still known as bad")
		require.Error(t, d.SetKeys("desk"))
		require.Error(t, d.SetKeys("elsewhere", "x"))
		require.ErrorContains(t, d.SetKeys("desk", "x\ny"), "trim it")
	})
}

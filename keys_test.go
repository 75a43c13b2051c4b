package buoy_test

import (
	"context"
	"errors"
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

func TestADisabledKeyIsNotUsedAgain(t *testing.T) {
	keyed(t, []string{"a", "b"}, []buoytest.Step{buoytest.ForKey("a", badKey)}, nil, func(t *testing.T, d desk) {
		for range 3 {
			_, err := d.Chat(t.Context(), hello)
			require.NoError(t, err)
		}
		time.Sleep(1000 * hour)
		_, err := d.Chat(t.Context(), hello)
		require.NoError(t, err)
		require.Equal(t, []string{"a", "b", "b", "b", "b"}, keysUsed(d))

		status := d.Keys()
		require.True(t, status[0].Disabled)
		require.Equal(t, buoy.ErrAuth, status[0].Reason)
		require.True(t, d.EnableKey("desk", status[0].Label))
		require.False(t, d.EnableKey("desk", "key-unknown"))
		_, err = d.Chat(t.Context(), hello)
		require.NoError(t, err)
		require.Equal(t, "a", keysUsed(d)[5])
	})
}

func TestAKeyWithoutMoneyRests(t *testing.T) {
	keyed(t, []string{"a", "b"}, []buoytest.Step{buoytest.ForKey("a", noMoney)}, nil, func(t *testing.T, d desk) {
		for range 3 {
			_, err := d.Chat(t.Context(), hello)
			require.NoError(t, err)
		}
		time.Sleep(hour + time.Second)
		_, err := d.Chat(t.Context(), hello)
		require.NoError(t, err)
		require.Equal(t, []string{"a", "b", "b", "b", "a"}, keysUsed(d), "back after an hour")
	})
}

// All keys down is one typed error, without a request, that says when the first
// is back.
func TestAllKeysDown(t *testing.T) {
	keyed(t, []string{"a", "b"}, []buoytest.Step{buoytest.Always(noMoney)}, nil, func(t *testing.T, d desk) {
		_, err := d.Chat(t.Context(), hello)
		require.Equal(t, buoy.ErrQuota, buoy.KindOf(err))
		require.Len(t, d.Server.Requests(), 2)
		time.Sleep(10 * time.Minute)
		_, err = d.Chat(t.Context(), hello)
		down, ok := errors.AsType[*buoy.KeysError](err)
		require.True(t, ok, "%v", err)
		require.Equal(t, buoy.ErrQuota, down.Kind)
		require.Equal(t, 2, down.Keys)
		wait, ok := buoy.RetryAfter(err)
		require.True(t, ok)
		require.Equal(t, 50*time.Minute, wait)
		require.Len(t, d.Server.Requests(), 2, "nothing was sent")
	})
	keyed(t, []string{"a", "b"}, []buoytest.Step{buoytest.Always(badKey)}, nil, func(t *testing.T, d desk) {
		_, err := d.Chat(t.Context(), hello)
		require.Equal(t, buoy.ErrAuth, buoy.KindOf(err))
		_, err = d.Chat(t.Context(), hello)
		down, ok := errors.AsType[*buoy.KeysError](err)
		require.True(t, ok, "%v", err)
		require.Equal(t, buoy.ErrAuth, down.Kind)
		require.True(t, down.Until.IsZero())
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

// A 429 with a hint pauses the key for all calls; without one a second key rests
// 5 s, doubling to a minute.
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
		for i, want := range []time.Duration{5, 10, 20, 40, 60, 60} {
			gap := uses["Bearer a"][i+1] - uses["Bearer a"][i]
			require.InDelta(t, want*time.Second, gap, float64(300*time.Millisecond), "rest %d", i)
		}
	})
}

// What a success says of the limits slows the next call before a 429 does.
func TestAnExhaustedAllowanceIsWaitedFor(t *testing.T) {
	last := buoytest.Headers(buoytest.Reply("last"), "x-ratelimit-limit-requests: 10",
		"x-ratelimit-remaining-requests: 0", "x-ratelimit-reset-requests: 7s")
	keyed(t, []string{"a"}, []buoytest.Step{last}, nil, func(t *testing.T, d desk) {
		resp, err := d.Chat(t.Context(), hello)
		require.NoError(t, err)
		require.Equal(t, buoy.Allowance{Known: true, Limit: 10, Remaining: 0, Reset: 7 * time.Second}, resp.Info.RateLimit.Requests)
		start := time.Now()
		_, err = d.Chat(t.Context(), hello)
		require.NoError(t, err)
		require.Equal(t, 7*time.Second, time.Since(start))
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

func TestKeySource(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := buoytest.NewMemServer(t, buoytest.ForKey("old", buoytest.Times(2, buoytest.Reply("x")), buoytest.Always(badKey)))
		var mu sync.Mutex
		asked, current, fail := 0, "old", false
		e := endpointOf(srv)
		e.Keys = nil
		e.KeySource = func(context.Context) ([]string, error) {
			mu.Lock()
			defer mu.Unlock()
			asked++
			if fail {
				return nil, errors.New("the vault is sealed")
			}
			return []string{current}, nil
		}
		c, err := buoy.New(e, buoy.WithHTTPClient(srv.Client()))
		require.NoError(t, err)
		d := desk{Client: c, Server: srv}
		ask := func() error { _, err := d.Chat(t.Context(), hello); return err }

		fail = true
		err = ask()
		require.ErrorIs(t, err, buoy.ErrAuth)
		require.ErrorContains(t, err, "the vault is sealed")
		fail = false
		require.NoError(t, ask())
		require.NoError(t, ask())
		require.Equal(t, 2, asked, "not on every call")

		current = "new"
		require.ErrorIs(t, ask(), buoy.ErrAuth, "the old key was revoked")
		time.Sleep(2 * time.Second)
		require.NoError(t, ask(), "a refusal asks the source again")
		require.Equal(t, []string{"old", "old", "old", "new"}, keysUsed(d))

		fail = true
		time.Sleep(2 * time.Minute)
		require.NoError(t, ask(), "old keys stay in use while the source fails")
		srv.Close()
	})
}

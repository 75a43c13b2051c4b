package buoyredis_test

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoyredis"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/buoy-go/buoy/event"
)

const (
	goodKey = "sk-cooldown-good-0001"
	badKey  = "sk-cooldown-poor-0002"
)

// sharing is an instance with cooldowns; its endpoint has the name "desk".
func sharing(t *testing.T, r *rig, e buoy.Endpoint, opts ...buoy.Option) *buoy.Client {
	t.Helper()
	cooldowns, err := buoyredis.NewCooldowns(r.client, r.options()...)
	require.NoError(t, err)
	parts := buoy.StandardParts()
	parts.Route = buoy.Chain(parts.Route, cooldowns.Middleware())
	e.Name = "desk"
	c, err := buoy.New(e, append([]buoy.Option{buoy.WithChain(parts.List()...), buoy.WithObserver(cooldowns)}, opts...)...)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.Close()) })
	return c
}

func twoKeys(srv *buoytest.Server) buoy.Endpoint {
	e := srv.Endpoint()
	e.Keys, e.KeyOrder = []string{badKey, goodKey}, buoy.KeysInOrder
	return e
}

// asked is how often each key was sent.
func asked(srv *buoytest.Server) map[string]int {
	n := map[string]int{}
	for _, r := range srv.Requests() {
		n[r.Header.Get("Authorization")[len("Bearer "):]]++
	}
	return n
}

func TestTheCooldownsKeepAMiddlewaresPromises(t *testing.T) {
	r := newRig(t)
	buoytest.TestMiddleware(t, func() buoy.Middleware {
		c, err := buoyredis.NewCooldowns(r.client, r.options()...)
		require.NoError(t, err)
		return c.Middleware()
	})
}

// What one instance was told of a key the other need not be told; the keys themselves
// stay out of Redis.
func TestARefusalToOneIsKnownToAll(t *testing.T) {
	for name, refusal := range map[string]buoytest.Step{
		"auth":       buoytest.OpenAIError(401, "invalid_api_key", "wrong"),
		"quota":      buoytest.OpenAIError(429, "insufficient_quota", "no money"),
		"rate limit": buoytest.RetryAfter(30*time.Second, buoytest.Fail(429)),
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			srv := provider(t, buoytest.ForKey(badKey, buoytest.Always(refusal)), buoytest.Always(buoytest.Reply("fine")))
			a, b := sharing(t, r, twoKeys(srv)), sharing(t, r, twoKeys(srv))
			_, err := a.Chat(t.Context(), hello)
			require.NoError(t, err)
			require.Equal(t, map[string]int{badKey: 1, goodKey: 1}, asked(srv))
			for range 3 {
				resp, err := b.Chat(t.Context(), hello)
				require.NoError(t, err)
				require.Len(t, resp.Info.Attempts, 1)
			}
			require.Equal(t, map[string]int{badKey: 1, goodKey: 4}, asked(srv))
			members, err := r.client.ZRange(t.Context(), "{buoy:default}:rests", 0, -1).Result()
			require.NoError(t, err)
			require.Len(t, members, 1)
			require.NotContains(t, members[0], badKey)
			require.NotContains(t, members[0], badKey[len("sk-"):])
			require.Positive(t, r.client.PTTL(t.Context(), "{buoy:default}:rests").Val())
		})
	}
}

// A call waits for the turn of a good key, and asks none that another instance was refused.
func TestNobodyIsQuickerWithAKeyThatRests(t *testing.T) {
	const poorKey = "sk-cooldown-poor-0003"
	for name, down := range map[string]bool{"shared": false, "alone": true} {
		t.Run(name, func(t *testing.T) {
			r, limits := newRig(t), newRig(t)
			srv := provider(t, buoytest.ForKey(badKey, buoytest.Always(buoytest.Fail(401))), buoytest.ForKey(poorKey, buoytest.Always(buoytest.Fail(402))),
				buoytest.Always(buoytest.Reply("fine")))
			e := srv.Endpoint()
			e.Keys, e.KeyOrder = []string{badKey, poorKey, goodKey}, buoy.KeysInOrder // so a finds both
			a := sharing(t, r, e)
			limiter, err := buoyredis.NewLimiter(limits.client, buoy.RateLimit{RequestsPerMinute: 600}, buoyredis.WithLogger(slog.New(slog.DiscardHandler)))
			require.NoError(t, err)
			cooldowns, err := buoyredis.NewCooldowns(r.client, r.options()...)
			require.NoError(t, err)
			parts := buoy.StandardParts()
			parts.Route, parts.Rate = buoy.Chain(parts.Route, cooldowns.Middleware()), limiter.Middleware()
			e.Name, e.KeyOrder = "desk", buoy.KeysSticky
			b, err := buoy.New(e, buoy.WithChain(parts.List()...))
			require.NoError(t, err)
			defer b.Close()
			for _, c := range []*buoy.Client{a, b} { // one call of b looks for all
				_, err = c.Chat(t.Context(), hello)
				require.NoError(t, err)
			}
			require.Equal(t, map[string]int{badKey: 1, poorKey: 1, goodKey: 2}, asked(srv))
			if down {
				require.NoError(t, limits.Kill())
			}
			var wg sync.WaitGroup
			for range 12 { // six go at once, then one each 0.1 s
				wg.Go(func() {
					_, err := b.Chat(t.Context(), hello)
					require.NoError(t, err)
				})
			}
			wg.Wait()
			require.Equal(t, map[string]int{badKey: 1, poorKey: 1, goodKey: 14}, asked(srv))
		})
	}
}

// The first calls of an instance wait for what the others know.
func TestTheFirstCallsLook(t *testing.T) {
	r := newRig(t)
	srv := provider(t, buoytest.ForKey(badKey, buoytest.Always(buoytest.OpenAIError(401, "invalid_api_key", "wrong"))), buoytest.Always(buoytest.Reply("fine")))
	a, b := sharing(t, r, twoKeys(srv)), sharing(t, r, twoKeys(srv))
	_, err := a.Chat(t.Context(), hello)
	require.NoError(t, err)
	var wg sync.WaitGroup
	for range 12 {
		wg.Go(func() {
			_, err := b.Chat(t.Context(), hello)
			require.NoError(t, err)
		})
	}
	wg.Wait()
	require.Equal(t, map[string]int{badKey: 1, goodKey: 13}, asked(srv))
}

// A key that is enabled by hand on one instance is back on all.
func TestAKeyThatIsBackIsBackForAll(t *testing.T) {
	r := newRig(t)
	srv := provider(t, buoytest.ForKey(badKey, buoytest.Error(401, "{}")), buoytest.Always(buoytest.Reply("fine")))
	a, b := sharing(t, r, twoKeys(srv)), sharing(t, r, twoKeys(srv))
	for _, c := range []*buoy.Client{a, b} {
		_, err := c.Chat(t.Context(), hello)
		require.NoError(t, err)
	}
	require.Equal(t, 1, asked(srv)[badKey])
	require.True(t, a.EnableKey("desk", a.Keys()[0].Label))
	eventually(t, func() bool {
		_, err := b.Chat(t.Context(), hello)
		require.NoError(t, err)
		return asked(srv)[badKey] == 2
	}, "a second later")
}

// With one key only there is nothing to turn to: a call waits out a pause that another
// instance was asked for, asks again after a refusal of the key, and is told at once what
// would take too long.
func TestTheOnlyKey(t *testing.T) {
	r, srv := newRig(t), provider(t)
	e := srv.Endpoint()
	e.Keys = []string{goodKey}
	c := sharing(t, r, e)
	label := c.Keys()[0].Label
	teller, err := buoyredis.NewCooldowns(r.client, r.options()...)
	require.NoError(t, err)
	tell := func(state event.KeyState, reason string, d time.Duration) {
		teller.ObserveKey(t.Context(), event.Key{Endpoint: "desk", Key: label, State: state, Reason: reason, Model: map[bool]string{true: hello.Model}[reason == "rate_limit"], Until: time.Now().Add(d)})
	}
	tell(event.KeyCooled, "rate_limit", 1500*time.Millisecond)
	begun := time.Now()
	resp, err := c.Chat(t.Context(), hello)
	require.NoError(t, err)
	require.Greater(t, time.Since(begun), 1300*time.Millisecond)
	require.Greater(t, resp.Info.Attempts[0].Wait, 1300*time.Millisecond)

	tell(event.KeyCooled, "rate_limit", 5*time.Minute)
	eventually(t, func() bool {
		begun = time.Now()
		_, err = c.Chat(within(t, 2*time.Second), hello)
		return err != nil
	}, "a second later")
	require.ErrorIs(t, err, buoy.ErrLimit)
	require.Less(t, time.Since(begun), time.Second)
	wait, _ := buoy.RetryAfter(err)
	require.Greater(t, wait, 4*time.Minute)

	tell(event.KeyBack, "rate_limit", 0)
	tell(event.KeyDisabled, "auth", 5*time.Minute)
	eventually(t, func() bool { _, err = c.Chat(t.Context(), hello); return err == nil }, "the last key is asked")
}

// A target whose provider failed for one instance is left for the next by all. What may be
// the fault of one's own network is not passed on.
func TestATargetThatFailsForOneFailsForAll(t *testing.T) {
	for name, tc := range map[string]struct {
		step  buoytest.Step
		known bool
	}{"answers": {buoytest.Fail(500), true}, "connections": {buoytest.Drop(), false}} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			first, second := provider(t, buoytest.Always(tc.step)), provider(t)
			to := second.Endpoint()
			to.Name = "second"
			opts := []buoy.Option{
				buoy.WithFallback(buoy.Target{Endpoint: to}), buoy.WithBreaker(buoy.BreakerPolicy{Consecutive: 2}),
				buoy.WithRetry(buoy.RetryPolicy{MaxAttempts: 2}),
			}
			a, b := sharing(t, r, first.Endpoint(), opts...), sharing(t, r, first.Endpoint(), opts...)
			for range 3 {
				_, err := a.Chat(t.Context(), hello)
				require.NoError(t, err)
			}
			before := len(first.Requests())
			resp, err := b.Chat(t.Context(), hello)
			require.NoError(t, err)
			require.Equal(t, "second", resp.Info.Endpoint)
			require.Equal(t, tc.known, len(first.Requests()) == before)
		})
	}
}

// Without Redis what is known stays known, nobody waits, and it is over by itself.
func TestCooldownsWithoutRedis(t *testing.T) {
	r := newRig(t)
	srv := provider(t, buoytest.ForKey(badKey, buoytest.Always(buoytest.Error(401, "{}"))), buoytest.Always(buoytest.Reply("fine")))
	a, b := sharing(t, r, twoKeys(srv)), sharing(t, r, twoKeys(srv))
	_, err := a.Chat(t.Context(), hello)
	require.NoError(t, err)
	_, err = b.Chat(t.Context(), hello)
	require.NoError(t, err)
	require.NoError(t, r.Pause())
	ctx, cancel := context.WithTimeout(t.Context(), 3500*time.Millisecond) // two looks that get no answer
	defer cancel()
	n := 0
	for ; ctx.Err() == nil; n++ {
		_, err = b.Chat(ctx, hello)
		if ctx.Err() == nil {
			require.NoError(t, err)
		}
	}
	require.Greater(t, n, 20)
	require.Equal(t, 1, asked(srv)[badKey])
	require.Equal(t, 1, r.log.count("Redis is away"))
	require.NoError(t, r.Resume())
	eventually(t, func() bool {
		_, err := b.Chat(t.Context(), hello)
		require.NoError(t, err)
		return r.log.count("Redis is back") == 1
	}, "it is back")
}

// What others write there is left alone, and of what there is a bounded part is read.
func TestForeignRests(t *testing.T) {
	r, srv := newRig(t), provider(t)
	soon := float64(time.Now().Add(time.Hour).UnixMilli())
	for _, member := range []string{"", "x", "[1,2]", `["desk"]`, `["desk","","","",""]`, `{"a":1}`} {
		require.NoError(t, r.client.ZAdd(t.Context(), "{buoy:default}:rests", z(soon, member)).Err())
	}
	c := sharing(t, r, srv.Endpoint())
	_, err := c.Chat(t.Context(), hello)
	require.NoError(t, err)
	teller, err := buoyredis.NewCooldowns(r.client, r.options()...)
	require.NoError(t, err)
	pipe := r.client.Pipeline()
	for i := range 10_000 {
		pipe.ZAdd(t.Context(), "{buoy:default}:rests", z(soon+float64(i), string(rune(i))+"x"))
	}
	_, err = pipe.Exec(t.Context())
	require.NoError(t, err)
	teller.ObserveKey(t.Context(), event.Key{Endpoint: "desk", Key: "k", State: event.KeyDisabled, Reason: "auth", Until: time.Now().Add(2 * time.Hour)})
	require.EqualValues(t, 4096, r.client.ZCard(t.Context(), "{buoy:default}:rests").Val())
}

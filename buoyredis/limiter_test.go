package buoyredis_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoyredis"
	"github.com/buoy-go/buoy/buoytest"
)

func TestTheLimiterKeepsAMiddlewaresPromises(t *testing.T) {
	r := newRig(t)
	buoytest.TestMiddleware(t, func() buoy.Middleware {
		return r.limiter(t, buoy.RateLimit{RequestsPerMinute: 6_000_000, TokensPerMinute: 600_000_000}).Middleware()
	})
}

// Two instances have one allowance, wait in one queue, and refuse at once what does not
// fit.
func TestInstancesShareALimit(t *testing.T) {
	r, srv := newRig(t), provider(t)
	a := instance(t, r.limiter(t, buoy.RateLimit{RequestsPerMinute: 1200}), srv.Endpoint())
	b := instance(t, r.limiter(t, buoy.RateLimit{RequestsPerMinute: 1200}), srv.Endpoint())
	begun := time.Now()
	var wg sync.WaitGroup
	for i := range 24 {
		wg.Go(func() {
			_, err := []*buoy.Client{a, b}[i%2].Chat(t.Context(), hello)
			require.NoError(t, err)
		})
	}
	wg.Wait()
	// 12 at once, then one each 50.5 ms.
	require.GreaterOrEqual(t, time.Since(begun), 12*50*time.Millisecond)
	require.Less(t, time.Since(begun), 5*time.Second)

	// A queue of a second, and a call that has less.
	ctx, leave := context.WithCancel(t.Context())
	for range 40 {
		wg.Go(func() { _, _ = a.Chat(ctx, hello) })
	}
	defer wg.Wait()
	defer leave()
	eventually(t, func() bool {
		_, err := b.Chat(within(t, 500*time.Millisecond), hello)
		return buoy.KindOf(err) == buoy.ErrLimit
	}, "it is refused")
	begun = time.Now()
	_, err := b.Chat(within(t, 300*time.Millisecond), hello)
	require.ErrorIs(t, err, buoy.ErrLimit)
	require.ErrorContains(t, err, "1200 requests per minute from all instances")
	require.Less(t, time.Since(begun), 200*time.Millisecond, "at once")
	wait, _ := buoy.RetryAfter(err)
	require.Positive(t, wait)
}

// Observers hear of the wait, which is no part of the attempt.
func TestAWaitIsTold(t *testing.T) {
	r, srv := newRig(t), provider(t)
	c := instance(t, r.limiter(t, buoy.RateLimit{RequestsPerMinute: 120}), srv.Endpoint())
	_, err := c.Chat(t.Context(), hello)
	require.NoError(t, err)
	resp, err := c.Chat(t.Context(), hello)
	require.NoError(t, err)
	require.Greater(t, resp.Info.Attempts[0].Wait, 300*time.Millisecond)
	require.Less(t, resp.Info.Attempts[0].Duration, 300*time.Millisecond)
}

// The allowance is that of a key, and a call takes the one that lets it go sooner.
func TestTheQuickerKeyIsTaken(t *testing.T) {
	r, srv := newRig(t), provider(t)
	e := srv.Endpoint()
	e.Keys, e.KeyOrder = []string{"sk-key-number-one-0001", "sk-key-number-two-0002"}, buoy.KeysInOrder
	c := instance(t, r.limiter(t, buoy.RateLimit{RequestsPerMinute: 60}), e)
	used := map[string]int{}
	begun := time.Now()
	for range 2 {
		resp, err := c.Chat(t.Context(), hello)
		require.NoError(t, err)
		require.Len(t, resp.Info.Attempts, 1)
		used[resp.Info.Attempts[0].Key]++
	}
	require.Len(t, used, 2)
	require.Less(t, time.Since(begun), 900*time.Millisecond)
	_, err := c.Chat(within(t, 100*time.Millisecond), hello)
	require.ErrorIs(t, err, buoy.ErrLimit)
	resp, err := c.Chat(t.Context(), hello)
	require.NoError(t, err, "with both busy it waits")
	require.Positive(t, resp.Info.Attempts[0].Wait)
}

// The trap of limiters that report a finite wait for ever: what is larger than a minute's
// allowance is refused at once, and no wait is named.
func TestWhatCanNeverGoIsRefusedAtOnce(t *testing.T) {
	r, srv := newRig(t), provider(t)
	c := instance(t, r.limiter(t, buoy.RateLimit{TokensPerMinute: 500}), srv.Endpoint())
	large := hello
	large.MaxTokens = new(600)
	begun := time.Now()
	_, err := c.Chat(t.Context(), large)
	require.ErrorIs(t, err, buoy.ErrLimit)
	require.ErrorContains(t, err, "raise TokensPerMinute")
	_, waits := buoy.RetryAfter(err)
	require.False(t, waits)
	require.Less(t, time.Since(begun), time.Second)
	require.Empty(t, srv.Requests())

	// More than the burst of a tenth goes from a full bucket.
	large.MaxTokens = new(300)
	_, err = c.Chat(t.Context(), large)
	require.NoError(t, err)
	_, err = c.Chat(within(t, time.Second), large)
	require.ErrorIs(t, err, buoy.ErrLimit)
	require.ErrorContains(t, err, "500 tokens per minute")
}

// full is after what time the only bucket will be full of requests or tokens again.
func full(t *testing.T, r *rig, of string) time.Duration {
	t.Helper()
	keys, err := r.client.Keys(t.Context(), "*:limit").Result()
	require.NoError(t, err)
	require.Len(t, keys, 1)
	at, err := r.client.HGet(t.Context(), keys[0], of).Int64()
	require.NoError(t, err)
	now, err := r.client.Time(t.Context()).Result()
	require.NoError(t, err)
	return time.Duration(at-now.UnixMicro()) * time.Microsecond
}

// Three hundred small calls wait for requests, and tokens come back that nobody is charged. A
// large call of another tenant goes with those, and not when it has collected their tokens.
func TestALargeCallOfAnotherTenant(t *testing.T) {
	type tenant struct{}
	r, srv := newRig(t), provider(t)
	limit := buoy.RateLimit{RequestsPerMinute: 6000, TokensPerMinute: 600_000, Estimate: func(r *buoy.Request) int {
		if r.Model == "large" {
			return 3000
		}
		return 9
	}}
	c := instance(t, r.limiter(t, limit, buoyredis.WithPatience(5*time.Second)), srv.Endpoint(),
		buoy.WithTenantLimit(func(ctx context.Context, _ *buoy.Request) string {
			name, _ := ctx.Value(tenant{}).(string)
			return name
		}, buoy.RateLimit{}))
	ask := func(tenantName, model string) error {
		_, err := c.Chat(context.WithValue(t.Context(), tenant{}, tenantName), buoy.Request{Model: model, MaxTokens: new(1), Messages: hello.Messages})
		return err
	}
	var wg sync.WaitGroup
	var served atomic.Int64
	for range 300 { // sixty go at once, and the others within two and a half seconds
		wg.Go(func() {
			if ask("batch", "small") == nil {
				served.Add(1)
			}
		})
	}
	defer wg.Wait()
	eventually(t, func() bool { return served.Load() > 60 }, "the burst has gone")
	require.NoError(t, ask("another", "large"))
	require.Less(t, served.Load(), int64(250))
}

// Those of one instance who wait exchange their turns: somebody who waits for an answer
// goes before a batch, and one tenant's queue does not stop another tenant.
func TestWhoGoesFirst(t *testing.T) {
	type tenant struct{}
	r, srv := newRig(t), provider(t)
	c := instance(t, r.limiter(t, buoy.RateLimit{RequestsPerMinute: 300}, buoyredis.WithPatience(5*time.Second)), srv.Endpoint(),
		buoy.WithTenantLimit(func(ctx context.Context, _ *buoy.Request) string {
			name, _ := ctx.Value(tenant{}).(string)
			return name
		}, buoy.RateLimit{}))
	for range 3 { // the burst
		_, err := c.Chat(t.Context(), hello)
		require.NoError(t, err)
	}
	batch, leave := context.WithCancel(context.WithValue(t.Context(), tenant{}, "batch"))
	var wg sync.WaitGroup
	var served atomic.Int64
	for range 150 { // thirty seconds of the limit
		wg.Go(func() {
			if _, err := c.Chat(batch, hello, buoy.WithPriority(buoy.Background)); err == nil {
				served.Add(1)
			}
		})
	}
	defer wg.Wait()
	defer leave()
	eventually(t, func() bool {
		soon, cancel := context.WithTimeout(batch, 500*time.Millisecond)
		defer cancel()
		_, err := c.Chat(soon, hello, buoy.WithPriority(buoy.Background))
		return buoy.KindOf(err) == buoy.ErrLimit
	}, "there is a queue")
	for range 3 {
		resp, err := c.Chat(within(t, 8*time.Second), hello)
		require.NoError(t, err)
		require.Positive(t, resp.Info.Attempts[0].Wait)
	}
	resp, err := c.Chat(context.WithValue(within(t, 8*time.Second), tenant{}, "another"), hello, buoy.WithPriority(buoy.Background))
	require.NoError(t, err)
	require.Positive(t, resp.Info.Attempts[0].Wait)
	require.Less(t, served.Load(), int64(120), "the batch waits yet")
}

// What was used takes the place of the estimate, for whole answers and streams; what was
// refused or never sent costs as little as it did.
func TestTheUsageTakesThePlaceOfTheEstimate(t *testing.T) {
	asked := hello
	asked.MaxTokens = new(40)
	answer := func(prompt, output int) buoytest.Step {
		return buoytest.ReplyWith(buoytest.Answer{Text: "fine so far", Usage: buoytest.Usage{PromptTokens: prompt, CompletionTokens: output}})
	}
	for name, tc := range map[string]struct {
		step buoytest.Step
		call func(*buoy.Client) error
		want int // tokens
	}{
		"whole":   {answer(10, 20), chat(asked), 30},
		"stream":  {answer(10, 20), stream(asked), 30},
		"refused": {buoytest.Fail(400), chat(asked), buoy.EstimateTokens(&asked)},
		"more":    {answer(100, 20), chat(asked), 120},
	} {
		t.Run(name, func(t *testing.T) {
			r, srv := newRig(t), provider(t, tc.step)
			// A token comes back in a second.
			c := instance(t, r.limiter(t, buoy.RateLimit{TokensPerMinute: 60}), srv.Endpoint(), buoy.WithRetry(buoy.RetryPolicy{MaxAttempts: 1}))
			_ = tc.call(c)
			require.InDelta(t, time.Duration(tc.want)*time.Second, full(t, r, "tokens"), float64(4*time.Second))
		})
	}
}

func chat(r buoy.Request) func(*buoy.Client) error {
	return func(c *buoy.Client) error { _, err := c.Chat(context.Background(), r); return err }
}

func stream(r buoy.Request) func(*buoy.Client) error {
	return func(c *buoy.Client) error {
		s, err := c.Stream(context.Background(), r)
		if err != nil {
			return err
		}
		defer s.Close()
		for _, err = range s.Chunks() {
			if err != nil {
				return err
			}
		}
		return nil
	}
}

// Each customer has an allowance, whatever they are called, and ten thousand of them cost
// this program no more than a thousand do.
func TestEachValueOfAFunctionIsLimitedByItself(t *testing.T) {
	r, srv := newRig(t), provider(t)
	type who struct{}
	limiter := r.limiter(t, buoy.RateLimit{RequestsPerMinute: 60}, buoyredis.WithPer(func(ctx context.Context, _ *buoy.Request) string {
		return ctx.Value(who{}).(string)
	}))
	c, err := buoy.New(srv.Endpoint(), buoy.WithMiddleware(limiter.Middleware()))
	require.NoError(t, err)
	defer c.Close()
	names := []string{"", "a", "A", "{x}:y", "naïve\x00\n", string(make([]byte, 10_000))}
	for _, name := range names {
		_, err := c.Chat(context.WithValue(t.Context(), who{}, name), hello)
		require.NoError(t, err)
	}
	for _, name := range names {
		_, err := c.Chat(context.WithValue(within(t, 200*time.Millisecond), who{}, name), hello)
		require.ErrorIs(t, err, buoy.ErrLimit)
	}
	keys, err := r.client.Keys(t.Context(), "*:limit").Result()
	require.NoError(t, err)
	require.Len(t, keys, len(names))
	for _, key := range keys {
		require.Less(t, len(key), 80)
		ttl, err := r.client.PTTL(t.Context(), key).Result()
		require.NoError(t, err)
		require.Positive(t, ttl, "nothing stays for ever")
		require.Less(t, ttl, 3*time.Minute)
	}
}

// Two programs with different numbers under one name do not get more than the larger, and
// say so once.
func TestTwoLimitsOfOneName(t *testing.T) {
	r, srv := newRig(t), provider(t)
	a := instance(t, r.limiter(t, buoy.RateLimit{RequestsPerMinute: 600}), srv.Endpoint())
	b := instance(t, r.limiter(t, buoy.RateLimit{RequestsPerMinute: 1200}), srv.Endpoint())
	ctx := within(t, 2*time.Second)
	var wg sync.WaitGroup
	begun := time.Now()
	for i := range 8 {
		wg.Go(func() {
			for ctx.Err() == nil {
				_, _ = []*buoy.Client{a, b}[i%2].Chat(ctx, hello)
			}
		})
	}
	wg.Wait()
	require.LessOrEqual(t, len(srv.Requests()), 12+int(20*time.Since(begun).Seconds())+1)
	require.GreaterOrEqual(t, len(srv.Requests()), 20)
	require.Positive(t, r.log.count("different numbers"))
	require.LessOrEqual(t, r.log.count("different numbers"), 2)
}

func TestALimiterRefusesWhatCannotWork(t *testing.T) {
	r := newRig(t)
	for _, tc := range []struct {
		limit buoy.RateLimit
		opt   buoyredis.LimiterOption
		want  string
	}{
		{buoy.RateLimit{}, nil, "set one of them"},
		{buoy.RateLimit{RequestsPerMinute: -1}, nil, "negative"},
		{buoy.RateLimit{RequestsPerMinute: 1, Concurrent: 1}, nil, "WithRateLimit"},
		{buoy.RateLimit{RequestsPerMinute: 1}, buoyredis.WithName("a:b"), "colons"},
		{buoy.RateLimit{RequestsPerMinute: 1}, buoyredis.WithName(""), "empty"},
		{buoy.RateLimit{RequestsPerMinute: 1}, buoyredis.WithPatience(-1), "negative"},
		{buoy.RateLimit{RequestsPerMinute: 1}, buoyredis.WithInstances(-1), "negative"},
	} {
		_, err := buoyredis.NewLimiter(r.client, tc.limit, tc.opt)
		require.ErrorContains(t, err, tc.want, fmt.Sprint(tc.limit))
	}
	_, err := buoyredis.NewCache(nil)
	require.ErrorContains(t, err, "NewUniversalClient")
	_, err = buoyredis.NewQuota(r.client, buoyredis.WithName("{}"))
	require.Error(t, err)
	_, err = buoyredis.NewCooldowns(nil)
	require.Error(t, err)
}

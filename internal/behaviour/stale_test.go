package behaviour_test

import (
	"context"
	"testing"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/buoy-go/buoy/event"
	"github.com/stretchr/testify/require"
)

// An answer is fresh for its time, less up to a tenth, and then of use in place of an
// error.
func TestCacheTimes(t *testing.T) {
	p := buoy.CachePolicy{TTL: time.Hour, StaleOnError: time.Hour}
	remembering(t, p, func(t *testing.T, d desk, _ *buoytest.Cache, r *buoytest.Recorder) {
		ask(t, d, fixed(), false)
		time.Sleep(53 * time.Minute)
		_, info := ask(t, d, fixed(), false)
		require.Equal(t, "memory", info.Cache)
		time.Sleep(8 * time.Minute)
		r.Reset()
		for _, stream := range []bool{false, true} {
			text, info := ask(t, d, fixed(), stream)
			require.Equal(t, "old", text)
			require.True(t, info.Degraded)
			require.Equal(t, "memory", info.Cache)
			require.ErrorIs(t, info.Cause, buoy.ErrServer)
			require.Len(t, info.Attempts, 1, "the failure is on record")
		}
		require.Equal(t, []event.CacheResult{event.CacheMiss, event.CacheStale, event.CacheMiss, event.CacheStale}, results(r))
		require.ErrorIs(t, buoytest.Events[event.Cache](r)[1].Err, buoy.ErrServer)

		text, info := ask(t, d, fixed(), false)
		require.Equal(t, "new", text)
		require.Empty(t, info.Cache)
		_, err := d.Chat(t.Context(), fixed(), buoy.WithCacheRefresh())
		require.ErrorIs(t, err, buoy.ErrServer, "a refresh wants no old answer")
		time.Sleep(3 * time.Hour)
		_, err = d.Chat(t.Context(), fixed())
		require.ErrorIs(t, err, buoy.ErrServer)
	}, buoytest.Reply("old"), buoytest.Error(500, ""), buoytest.Error(500, ""), buoytest.Reply("new"), buoytest.Error(500, ""), buoytest.Error(500, ""))
}

// A stale answer stands in for failures, not for mistakes, and goes before a canned one.
func TestStaleAnswers(t *testing.T) {
	canned := buoy.WithFallbackFunc(func(context.Context, buoy.Request, error) (*buoy.Response, error) {
		return &buoy.Response{Choices: []buoy.Choice{{Message: buoy.Assistant("sorry"), FinishReason: "stop"}}}, nil
	})
	for name, tc := range map[string]struct {
		step buoytest.Step
		opts []buoy.Option
		ctx  func(context.Context) (context.Context, context.CancelFunc)
		want error // of the call; nil for the old answer
	}{
		"auth":                    {step: buoytest.Error(401, "")},
		"rate limit":              {step: buoytest.Error(429, "")},
		"down, with a canned one": {step: buoytest.Error(503, ""), opts: []buoy.Option{canned}},
		"its deadline": {step: buoytest.Hang(time.Hour), ctx: func(ctx context.Context) (context.Context, context.CancelFunc) {
			return context.WithTimeout(ctx, time.Second)
		}},
		"cancelled": {step: buoytest.Hang(time.Hour), want: context.Canceled, ctx: func(ctx context.Context) (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancel(ctx)
			return ctx, context.CancelFunc(func() { time.AfterFunc(time.Second, cancel) })
		}},
		"a mistake":  {step: buoytest.Error(400, ""), want: buoy.ErrInvalidRequest},
		"moderation": {step: buoytest.OpenAIError(400, "content_filter", "no"), want: buoy.ErrModeration},
	} {
		for _, coalesce := range []bool{false, true} {
			for _, stream := range []bool{false, true} {
				t.Run(name, func(t *testing.T) {
					var c buoytest.Cache
					opts := append([]buoy.Option{buoy.WithCache(&c, buoy.CachePolicy{StaleOnError: time.Hour, Coalesce: coalesce}), noRetry}, tc.opts...)
					bubble(t, opts, func(t *testing.T, d desk) {
						ask(t, d, fixed(), stream)
						time.Sleep(90 * time.Minute)
						ctx, cancel := t.Context(), func() {}
						if tc.ctx != nil {
							var c context.CancelFunc
							ctx, c = tc.ctx(ctx)
							if tc.want != nil {
								c()
							} else {
								cancel = c
							}
						}
						resp, err := askFor(ctx, d, fixed(), stream)
						cancel()
						if tc.want != nil {
							require.ErrorIs(t, err, tc.want)
							return
						}
						require.NoError(t, err)
						require.Equal(t, "old", resp.Text())
						require.True(t, resp.Info.Degraded)
						require.Error(t, resp.Info.Cause)
					}, buoytest.Reply("old"), tc.step)
				})
			}
		}
	}
}

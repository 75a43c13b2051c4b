package behaviour_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/buoy-go/buoy/event"
	"github.com/stretchr/testify/require"
)

// fixed is a request that asks for the same answer each time.
func fixed(change ...func(*buoy.Request)) buoy.Request {
	r := hello
	r.Temperature = new(0.0)
	for _, f := range change {
		f(&r)
	}
	return r
}

// remembering runs f with a client that has a cache, and a recorder.
func remembering(t *testing.T, p buoy.CachePolicy, f func(t *testing.T, d desk, c *buoytest.Cache, r *buoytest.Recorder), steps ...buoytest.Step) {
	t.Helper()
	var c buoytest.Cache
	watched(t, []buoy.Option{buoy.WithCache(&c, p), noRetry}, func(t *testing.T, d desk, r *buoytest.Recorder) { f(t, d, &c, r) }, steps...)
}

// results are what the cache did, in order.
func results(r *buoytest.Recorder) (out []event.CacheResult) {
	for _, e := range buoytest.Events[event.Cache](r) {
		out = append(out, e.Result)
	}
	return out
}

// ask calls Chat or Stream and returns the text and where it is from.
func ask(t *testing.T, d desk, req buoy.Request, stream bool, opts ...buoy.CallOption) (string, buoy.CallInfo) {
	t.Helper()
	resp, err := askFor(t.Context(), d, req, stream, opts...)
	require.NoError(t, err)
	synctest.Wait() // what is written behind the call has arrived
	return resp.Text(), resp.Info
}

func askFor(ctx context.Context, d desk, req buoy.Request, stream bool, opts ...buoy.CallOption) (*buoy.Response, error) {
	if !stream {
		return d.Chat(ctx, req, opts...)
	}
	s, err := d.Stream(ctx, req, opts...)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	for s.Next() {
	}
	return s.Response(), s.Err()
}

// The second time nobody is asked, whichever way the answer came and is wanted.
func TestCacheAnswers(t *testing.T) {
	for _, first := range []bool{false, true} {
		for _, second := range []bool{false, true} {
			remembering(t, buoy.CachePolicy{}, func(t *testing.T, d desk, c *buoytest.Cache, r *buoytest.Recorder) {
				text, info := ask(t, d, fixed(), first)
				require.Equal(t, "Rayleigh.", text)
				require.Empty(t, info.Cache)
				require.Len(t, info.Attempts, 1)
				text, again := ask(t, d, fixed(), second)
				require.Equal(t, "Rayleigh.", text)
				require.Equal(t, buoy.CallInfo{Endpoint: info.Endpoint, Model: info.Model, RequestID: info.RequestID, Cache: "memory"}, again)
				require.Len(t, d.Server.Requests(), 1)
				require.Equal(t, 1, c.Len())
				require.Equal(t, []event.CacheResult{event.CacheMiss, event.CacheStored, event.CacheHit}, results(r))
				calls := buoytest.Events[buoy.CallEvent](r)
				require.NotZero(t, calls[0].Usage)
				require.Zero(t, calls[1].Usage, "a hit costs nothing")
				require.Equal(t, calls[0].Usage.TotalTokens, buoytest.Events[event.Cache](r)[2].Saved.TotalTokens)
			}, buoytest.ReplyWith(buoytest.Answer{Text: "Rayleigh.", Usage: buoytest.Usage{PromptTokens: 11, CompletionTokens: 3}}))
		}
	}
}

// Each caller may change what it gets.
func TestCacheHandsOutCopies(t *testing.T) {
	remembering(t, buoy.CachePolicy{}, func(t *testing.T, d desk, _ *buoytest.Cache, _ *buoytest.Recorder) {
		for range 3 {
			resp, err := d.Chat(t.Context(), fixed())
			require.NoError(t, err)
			require.Equal(t, "one", resp.Text())
			resp.Choices[0].Message.Content = "changed"
			synctest.Wait()
		}
	}, buoytest.Reply("one"))
}

// What does not ask for the same answer is not remembered, unless the policy says so.
func TestCacheTakesFixedRequests(t *testing.T) {
	remembering(t, buoy.CachePolicy{Coalesce: true}, func(t *testing.T, d desk, c *buoytest.Cache, r *buoytest.Recorder) {
		ask(t, d, hello, false)
		ask(t, d, hello, false)
		require.Len(t, d.Server.Requests(), 2)
		require.Zero(t, c.Len())
		require.Empty(t, results(r))
		ask(t, d, fixed(func(r *buoy.Request) { r.Temperature, r.Seed = nil, new(1) }), false)
		require.Equal(t, 1, c.Len())
	}, buoytest.Reply("x"))
	remembering(t, buoy.CachePolicy{Accept: func(_ context.Context, r *buoy.Request) bool { return r.User == "" }}, func(t *testing.T, d desk, c *buoytest.Cache, _ *buoytest.Recorder) {
		ask(t, d, hello, false)
		ask(t, d, fixed(func(r *buoy.Request) { r.User = "u" }), false)
		require.Equal(t, 1, c.Len())
	}, buoytest.Reply("x"))
}

func TestCachePerCall(t *testing.T) {
	remembering(t, buoy.CachePolicy{Coalesce: true}, func(t *testing.T, d desk, c *buoytest.Cache, _ *buoytest.Recorder) {
		text, _ := ask(t, d, fixed(), false, buoy.WithoutCache())
		require.Equal(t, "1", text)
		require.Zero(t, c.Len())
		text, _ = ask(t, d, fixed(), false)
		require.Equal(t, "2", text)
		text, info := ask(t, d, fixed(), false, buoy.WithCacheRefresh())
		require.Equal(t, "3", text)
		require.Empty(t, info.Cache)
		text, _ = ask(t, d, fixed(), false)
		require.Equal(t, "3", text)
		text, _ = ask(t, d, fixed(), false, buoy.WithoutCache())
		require.Equal(t, "4", text)
	}, buoytest.Reply("1"), buoytest.Reply("2"), buoytest.Reply("3"), buoytest.Reply("4"))
}

// One tenant's answer is never another's; nor is that of another header or model.
func TestCacheNamespaces(t *testing.T) {
	type tenant struct{}
	p := buoy.CachePolicy{Coalesce: true, Namespace: func(ctx context.Context, _ *buoy.Request) string { s, _ := ctx.Value(tenant{}).(string); return s }}
	remembering(t, p, func(t *testing.T, d desk, c *buoytest.Cache, _ *buoytest.Recorder) {
		for range 2 {
			for _, name := range []string{"a", "b", ""} {
				resp, err := d.Chat(context.WithValue(t.Context(), tenant{}, name), fixed())
				require.NoError(t, err)
				require.NotEmpty(t, resp.Text())
				synctest.Wait()
			}
		}
		require.Len(t, d.Server.Requests(), 3)
		ask(t, d, fixed(), false, buoy.WithHeader("OpenAI-Beta", "x"))
		ask(t, d, fixed(func(r *buoy.Request) { r.Model = "gpt-4o" }), false)
		require.Len(t, d.Server.Requests(), 5)
		ask(t, d, fixed(), false, buoy.WithHeader("traceparent", "00-1"))
		require.Len(t, d.Server.Requests(), 5)

		// A store that mixes up its keys is found out.
		values := map[string][]byte{}
		c.Change(func(key string, value []byte) []byte { values[key] = value; return value })
		c.Change(func(key string, _ []byte) []byte {
			for other, value := range values {
				if other != key {
					return value
				}
			}
			return nil
		})
		_, info := ask(t, d, fixed(), false)
		require.Empty(t, info.Cache)
	}, buoytest.Reply("x"))
}

// Only whole answers are worth remembering.
func TestCacheStoresCompleteAnswersAlone(t *testing.T) {
	for name, step := range map[string]buoytest.Step{
		"length":          buoytest.ReplyWith(buoytest.Answer{Text: "half", FinishReason: "length"}),
		"content_filter":  buoytest.ReplyWith(buoytest.Answer{Text: "half", FinishReason: "content_filter"}),
		"an unknown end":  buoytest.ReplyWith(buoytest.Answer{Text: "half", FinishReason: "surprise"}),
		"refusal":         buoytest.ReplyWith(buoytest.Answer{Refusal: "no"}),
		"error":           buoytest.Error(500, "no"),
		"an in-band one":  buoytest.InBand(`{"error":{"message":"no","code":500}}`),
		"nothing":         buoytest.Empty(),
		"a broken stream": buoytest.Cut(2),
	} {
		for _, stream := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				remembering(t, buoy.CachePolicy{}, func(t *testing.T, d desk, c *buoytest.Cache, r *buoytest.Recorder) {
					_, _ = askFor(t.Context(), d, fixed(), stream)
					synctest.Wait()
					require.Zero(t, c.Len())
					require.Equal(t, []event.CacheResult{event.CacheMiss}, results(r))
				}, step)
			})
		}
	}
	t.Run("a stream that its reader leaves", func(t *testing.T) {
		remembering(t, buoy.CachePolicy{}, func(t *testing.T, d desk, c *buoytest.Cache, _ *buoytest.Recorder) {
			s, err := d.Stream(t.Context(), fixed())
			require.NoError(t, err)
			require.True(t, s.Next())
			_ = s.Close()
			synctest.Wait()
			require.Zero(t, c.Len())
		}, buoytest.Stream("a", "b", "c"))
	})
	t.Run("fewer choices than asked for", func(t *testing.T) {
		remembering(t, buoy.CachePolicy{}, func(t *testing.T, d desk, c *buoytest.Cache, _ *buoytest.Recorder) {
			_, _ = askFor(t.Context(), d, fixed(func(r *buoy.Request) { r.N = new(2) }), false)
			synctest.Wait()
			require.Zero(t, c.Len())
		}, buoytest.Raw(200, "application/json", []byte(`{"choices":[{"index":0,"message":{"role":"assistant","content":"only one"},"finish_reason":"stop"}]}`)))
	})
}

// The answers of a fallback, and a canned one, are not the primary's.
func TestCacheStoresThePrimaryAlone(t *testing.T) {
	var c buoytest.Cache
	opts := []buoy.Option{buoy.WithCache(&c, buoy.CachePolicy{}), noRetry}
	down, up := []buoytest.Step{buoytest.Error(500, ""), buoytest.Error(500, "")}, []buoytest.Step{buoytest.Reply("second"), buoytest.Reply("second")}
	twoProviders(t, down, up, nil, opts, func(t *testing.T, p pair) {
		for range 2 {
			resp, err := p.Chat(t.Context(), fixed())
			require.NoError(t, err)
			require.Equal(t, "second", resp.Text())
			synctest.Wait()
		}
		require.Equal(t, []int{2, 2}, p.Sent())
		require.Zero(t, c.Len())
	})
	canned := buoy.WithFallbackFunc(func(context.Context, buoy.Request, error) (*buoy.Response, error) {
		return &buoy.Response{Choices: []buoy.Choice{{Message: buoy.Assistant("sorry"), FinishReason: "stop"}}}, nil
	})
	bubble(t, append(opts, canned), func(t *testing.T, d desk) {
		text, info := ask(t, d, fixed(), false)
		require.Equal(t, "sorry", text)
		require.True(t, info.Degraded)
		require.Zero(t, c.Len())
	}, down...)
	made := buoy.WithMiddleware(func(buoy.Handler) buoy.Handler {
		return func(context.Context, *buoy.Call) (*buoy.Reply, error) {
			return &buoy.Reply{Response: &buoy.Response{Choices: []buoy.Choice{{Message: buoy.Assistant("made up"), FinishReason: "stop"}}}}, nil
		}
	})
	bubble(t, append(opts, made), func(t *testing.T, d desk) {
		ask(t, d, fixed(), false)
		require.Zero(t, c.Len())
	})
}

// A recovered stream was put together of two answers.
func TestCacheDoesNotStoreRecoveredStreams(t *testing.T) {
	var c buoytest.Cache
	opts := []buoy.Option{buoy.WithCache(&c, buoy.CachePolicy{}), buoy.WithStreamRecovery(buoy.RecoverRestart)}
	bubble(t, opts, func(t *testing.T, d desk) {
		text, info := ask(t, d, fixed(), true)
		require.Equal(t, "whole answer", text)
		require.Len(t, info.Attempts, 2)
		require.Zero(t, c.Len())
	}, buoytest.Cut(2), buoytest.Stream("whole", " answer"))
	bubble(t, opts, func(t *testing.T, d desk) {
		ask(t, d, fixed(), true)
		require.Equal(t, 1, c.Len(), "there was nothing to recover")
	}, buoytest.Stream("whole", " answer"))
}

// Whatever becomes of the cache, calls are answered and lose no more than the bound.
func TestABadCacheCostsNoCall(t *testing.T) {
	damage := func(f func(value []byte) []byte) func(*buoytest.Cache) {
		return func(c *buoytest.Cache) { c.Change(func(_ string, value []byte) []byte { return f(value) }) }
	}
	for name, tc := range map[string]struct {
		break_ func(c *buoytest.Cache)
		took   time.Duration
		events []event.CacheResult // of the second call
	}{
		"down": {func(c *buoytest.Cache) { c.Fail(func(context.Context) error { return errors.New("refused") }) }, 0,
			[]event.CacheResult{event.CacheError, event.CacheError}},
		"silent": {func(c *buoytest.Cache) { c.Fail(func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }) }, 100 * time.Millisecond,
			[]event.CacheResult{event.CacheError, event.CacheError}},
		"deaf": {func(c *buoytest.Cache) { c.Fail(func(context.Context) error { time.Sleep(time.Minute); return nil }) }, 100 * time.Millisecond,
			[]event.CacheResult{event.CacheError, event.CacheStored}},
		"panics": {func(c *buoytest.Cache) { c.Fail(func(context.Context) error { panic("at the disco") }) }, 0,
			[]event.CacheResult{event.CacheError, event.CacheError}},
		"cut short":    {damage(func(v []byte) []byte { return v[:len(v)/2] }), 0, []event.CacheResult{event.CacheError, event.CacheStored}},
		"a bit is off": {damage(func(v []byte) []byte { v[len(v)/2] ^= 1; return v }), 0, []event.CacheResult{event.CacheError, event.CacheStored}},
		"empty values": {damage(func([]byte) []byte { return []byte{} }), 0, []event.CacheResult{event.CacheError, event.CacheStored}},
		"garbage":      {damage(func([]byte) []byte { return []byte(`{"buoy":7}`) }), 0, []event.CacheResult{event.CacheError, event.CacheStored}},
		"gone":         {damage(func([]byte) []byte { return nil }), 0, []event.CacheResult{event.CacheMiss, event.CacheStored}},
	} {
		for _, stream := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				remembering(t, buoy.CachePolicy{}, func(t *testing.T, d desk, c *buoytest.Cache, r *buoytest.Recorder) {
					ask(t, d, fixed(), stream)
					tc.break_(c)
					r.Reset()
					begun := time.Now()
					resp, err := askFor(t.Context(), d, fixed(), stream)
					require.NoError(t, err)
					require.Equal(t, tc.took, time.Since(begun))
					require.Empty(t, resp.Info.Cache)
					time.Sleep(2 * time.Minute)
					synctest.Wait()
					require.Equal(t, tc.events, results(r))
					c.Fail(nil)
				}, buoytest.Reply("x"))
			})
		}
	}
}

// Close waits a moment for what is being stored, and no longer.
func TestCloseStoresWhatIsPending(t *testing.T) {
	for wait, want := range map[time.Duration]int{500 * time.Millisecond: 1, time.Hour: 0} {
		remembering(t, buoy.CachePolicy{}, func(t *testing.T, d desk, c *buoytest.Cache, _ *buoytest.Recorder) {
			c.Fail(func(context.Context) error { time.Sleep(wait); return nil })
			_, err := d.Chat(t.Context(), fixed())
			require.NoError(t, err)
			begun := time.Now()
			_ = d.Close()
			require.Equal(t, min(wait, time.Second), time.Since(begun))
			require.Equal(t, want, c.Len())
			time.Sleep(2 * time.Hour)
		}, buoytest.Reply("x"))
	}
}

// New refuses what cannot work.
func TestCacheThatCannotWork(t *testing.T) {
	for _, o := range []buoy.Option{
		buoy.WithCache(nil, buoy.CachePolicy{}),
		buoy.WithCache(new(buoytest.Cache), buoy.CachePolicy{TTL: -1}),
		buoy.WithCache(new(buoytest.Cache), buoy.CachePolicy{StaleOnError: -1}),
	} {
		_, err := buoy.New(buoy.OpenAI("k"), o)
		require.ErrorContains(t, err, "Cache")
	}
	_, err := buoy.New(buoy.OpenAI("k"), buoy.WithCache(nil, buoy.CachePolicy{Coalesce: true}))
	require.NoError(t, err)
}

// Above a handler of one's own the middleware works alone.
func TestCacheWithAHandlerOfOnesOwn(t *testing.T) {
	var c buoytest.Cache
	calls := 0
	h := buoy.CacheWith(&c, buoy.CachePolicy{})(func(context.Context, *buoy.Call) (*buoy.Reply, error) {
		calls++
		return &buoy.Reply{Response: &buoy.Response{Choices: []buoy.Choice{{Message: buoy.Assistant("mine"), FinishReason: "stop"}}}}, nil
	})
	req := fixed()
	for range 3 {
		reply, err := h(t.Context(), &buoy.Call{Request: &req, Model: "m", Header: http.Header{}})
		require.NoError(t, err)
		require.Equal(t, "mine", reply.Response.Text())
	}
	require.Equal(t, 1, calls)
}

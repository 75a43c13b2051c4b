package behaviour_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/buoy-go/buoy/event"
	"github.com/stretchr/testify/require"
)

// watched runs f with a recorder at hand.
func watched(t *testing.T, opts []buoy.Option, f func(t *testing.T, d desk, r *buoytest.Recorder), steps ...buoytest.Step) {
	t.Helper()
	var r buoytest.Recorder
	bubble(t, append(opts, buoy.WithObserver(&r)), func(t *testing.T, d desk) { f(t, d, &r) }, steps...)
}

// names are the types of all events, in order.
func names(r *buoytest.Recorder) (out []string) {
	for _, e := range r.All() {
		out = append(out, fmt.Sprintf("%T", e))
	}
	return out
}

// The beginning and the end of a call and of each attempt, with one ID and their times.
func TestEventsOfACall(t *testing.T) {
	for _, stream := range []bool{false, true} {
		watched(t, nil, func(t *testing.T, d desk, r *buoytest.Recorder) {
			begun := time.Now()
			require.NoError(t, call(t.Context(), d, stream))
			want := []string{"event.CallStart", "event.AttemptStart", "buoy.AttemptEvent", "event.AttemptStart", "event.FirstToken", "buoy.AttemptEvent", "buoy.CallEvent"}
			if !stream {
				want = append(want[:4:4], want[5:]...)
			}
			require.Equal(t, want, slices.DeleteFunc(names(r), func(name string) bool { return name == "event.Chunk" }))
			start, end := buoytest.Events[event.CallStart](r)[0], buoytest.Events[buoy.CallEvent](r)[0]
			require.Equal(t, begun, start.Start)
			require.Equal(t, start.Start, end.Start)
			require.Equal(t, start.ID, end.ID)
			require.Equal(t, stream, start.Stream)
			require.Equal(t, hello.Messages, start.Request.Messages)
			require.Same(t, start.Request, end.Request)
			require.Equal(t, "ok", end.Outcome())
			require.ErrorIs(t, end.Repaired, buoy.ErrOverloaded)
			attempts, ends := buoytest.Events[event.AttemptStart](r), buoytest.Events[buoy.AttemptEvent](r)
			for i, a := range attempts {
				require.Equal(t, start.ID, a.Call)
				require.Equal(t, a.Call, ends[i].Call)
				require.Equal(t, i+1, a.Number)
				require.Equal(t, a.Number, ends[i].Number)
				require.Equal(t, a.Start, ends[i].Start)
				require.Equal(t, []string{"desk", "gpt-4o-mini"}, []string{a.Endpoint, a.Model})
				require.Equal(t, a.Key, ends[i].Key)
				require.Contains(t, a.URL, "/v1/chat/completions")
			}
			require.Equal(t, begun, attempts[0].Start)
			require.Equal(t, begun.Add(attempts[1].Wait), attempts[1].Start)
			require.Equal(t, []string{"overloaded", "ok"}, []string{ends[0].Outcome(), ends[1].Outcome()})
		}, buoytest.Error(503, ""), buoytest.Reply("fine"))
	}
}

// Each call that begins ends once, also one that nobody sent.
func TestEachCallThatBeginsEnds(t *testing.T) {
	watched(t, nil, func(t *testing.T, d desk, r *buoytest.Recorder) {
		_, _ = d.Chat(nilContext, hello)
		_, _ = d.Chat(t.Context(), buoy.Request{})
		_, _ = d.Balance(t.Context())
		s := streamOf(t, d)
		_ = s.Close()
		_ = d.Close()
		_ = call(t.Context(), d, true)
		starts, ends := buoytest.Events[event.CallStart](r), buoytest.Events[buoy.CallEvent](r)
		require.Len(t, starts, 5)
		require.Len(t, ends, 5)
		outcomes := []string{}
		for i := range starts {
			require.Equal(t, starts[i].ID, ends[i].ID)
			outcomes = append(outcomes, ends[i].Outcome())
		}
		require.Equal(t, []string{"invalid_request", "invalid_request", "not_found", "canceled", "canceled"}, outcomes)
		require.Nil(t, starts[2].Request)
		require.Equal(t, "desk", ends[2].Info.Endpoint)
	})
}

// Where a call failed is known to those who watch.
func TestInfoOfAFailure(t *testing.T) {
	var r buoytest.Recorder
	first := []buoytest.Step{buoytest.Always(buoytest.Headers(buoytest.Error(400, ""), "X-Request-Id: req-1"))}
	twoProviders(t, first, nil, func(to *buoy.Target) { to.Model = "other" }, []buoy.Option{buoy.WithObserver(&r)}, func(t *testing.T, p pair) {
		require.Error(t, call(t.Context(), p, false))
		info := buoytest.Events[buoy.CallEvent](&r)[0].Info
		require.Equal(t, []string{"desk", "gpt-4o-mini", "req-1"}, []string{info.Endpoint, info.Model, info.RequestID})
		require.Len(t, info.Attempts, 1)
	})
}

type tag string

// tagging gives calls and attempts a context, and a header.
type tagging struct {
	buoytest.Recorder
	seen func(where string, ctx context.Context)
}

func (g *tagging) CallStarted(ctx context.Context, e event.CallStart) context.Context {
	return context.WithValue(ctx, tag("call"), e.ID)
}

func (g *tagging) AttemptStarted(ctx context.Context, e event.AttemptStart) context.Context {
	for name, value := range map[string]string{"Traceparent": "00-1", "Authorization": "mine", "Content-Type": "text/plain", "Idempotency-Key": "mine", "bad name": "x"} {
		e.Header.Set(name, value)
	}
	return context.WithValue(ctx, tag("attempt"), e.Number)
}

func (g *tagging) ObserveAttempt(ctx context.Context, _ buoy.AttemptEvent) { g.seen("attempt", ctx) }
func (g *tagging) ObserveCall(ctx context.Context, _ buoy.CallEvent)       { g.seen("call", ctx) }
func (g *tagging) ObserveFirstToken(ctx context.Context, _ event.FirstToken) {
	g.seen("token", ctx)
}
func (g *tagging) ObserveChunk(ctx context.Context, _ event.Chunk) { g.seen("chunk", ctx) }

// The contexts of the hooks go down the chain and back to the events, and a header with
// the request; nothing of buoy's can be set.
func TestContextsOfTheHooks(t *testing.T) {
	for _, stream := range []bool{false, true} {
		var mu sync.Mutex
		seen := map[string][2]any{}
		g := &tagging{seen: func(where string, ctx context.Context) {
			mu.Lock()
			defer mu.Unlock()
			seen[where] = [2]any{ctx.Value(tag("call")) != nil, ctx.Value(tag("attempt"))}
		}}
		look := func(next buoy.Handler) buoy.Handler {
			return func(ctx context.Context, call *buoy.Call) (*buoy.Reply, error) {
				g.seen("middleware", ctx)
				return next(ctx, call)
			}
		}
		bubble(t, []buoy.Option{buoy.WithObserver(g), buoy.WithMiddleware(look)}, func(t *testing.T, d desk) {
			require.NoError(t, call(t.Context(), d, stream))
			h := d.Server.Requests()[0].Header
			require.Equal(t, "00-1", h.Get("Traceparent"))
			require.Equal(t, "Bearer "+testKey, h.Get("Authorization"))
			require.Equal(t, "application/json", h.Get("Content-Type"))
			require.NotEqual(t, "mine", h.Get("Idempotency-Key"))
			require.Equal(t, [2]any{true, nil}, seen["middleware"])
			require.Equal(t, [2]any{true, 1}, seen["attempt"])
			require.Equal(t, [2]any{true, nil}, seen["call"])
			if stream {
				require.Equal(t, [2]any{true, 1}, seen["token"])
				require.Equal(t, [2]any{true, nil}, seen["chunk"])
			}
		})
	}
}

// rogue returns contexts that are none of the call's.
type rogue struct {
	buoytest.Recorder
	made func(context.Context) context.Context
}

func (r *rogue) CallStarted(ctx context.Context, _ event.CallStart) context.Context {
	return r.made(ctx)
}
func (r *rogue) AttemptStarted(ctx context.Context, _ event.AttemptStart) context.Context {
	return r.made(ctx)
}

// A listener cannot end a call, nor keep one from ending.
func TestAListenersContextEndsNothing(t *testing.T) {
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	for name, made := range map[string]func(context.Context) context.Context{
		"none":       func(context.Context) context.Context { return nil },
		"background": func(context.Context) context.Context { return context.Background() },
		"ended":      func(context.Context) context.Context { return ended },
	} {
		for _, stream := range []bool{false, true} {
			t.Run(fmt.Sprint(name, stream), func(t *testing.T) {
				bubble(t, []buoy.Option{buoy.WithObserver(&rogue{made: made})}, func(t *testing.T, d desk) {
					require.NoError(t, call(t.Context(), d, stream))
					ctx, cancel := context.WithTimeout(t.Context(), time.Second)
					defer cancel()
					begun := time.Now()
					require.ErrorIs(t, call(ctx, d, stream), context.DeadlineExceeded)
					require.Equal(t, time.Second, time.Since(begun))
				}, buoytest.Reply("fine"), buoytest.Always(buoytest.Hang(0)))
			})
		}
	}
}

// faulty panics wherever it is called.
type faulty struct{}

func (faulty) ObserveAttempt(context.Context, buoy.AttemptEvent)                  { panic("a") }
func (faulty) ObserveCall(context.Context, buoy.CallEvent)                        { panic("b") }
func (faulty) CallStarted(context.Context, event.CallStart) context.Context       { panic("c") }
func (faulty) AttemptStarted(context.Context, event.AttemptStart) context.Context { panic("d") }
func (faulty) ObserveFirstToken(context.Context, event.FirstToken)                { panic("e") }
func (faulty) ObserveBreaker(event.Breaker)                                       { panic("f") }
func (faulty) ObserveKey(context.Context, event.Key)                              { panic("g") }
func (faulty) ObserveLimit(context.Context, event.LimitWait)                      { panic("h") }
func (faulty) ObserveFallback(context.Context, event.Fallback)                    { panic("i") }
func (faulty) ObserveHedge(context.Context, event.Hedge)                          { panic("j") }
func (faulty) ObserveRecovery(context.Context, event.Recovery)                    { panic("k") }
func (faulty) ObserveQuota(context.Context, event.QuotaReached)                   { panic("l") }
func (faulty) ObserveChunk(context.Context, event.Chunk)                          { panic("m") }

// A panic of a listener is a line in the log, and neither the call nor the other
// listeners notice.
func TestAListenerThatPanics(t *testing.T) {
	for _, stream := range []bool{false, true} {
		var b book
		watched(t, []buoy.Option{buoy.WithObserver(faulty{}), buoy.WithLogger(b.logger()), buoy.WithBreaker(buoy.BreakerPolicy{Consecutive: 1}),
			buoy.WithQuota(buoy.Quota{Tokens: 1}), buoy.WithRateLimit(buoy.RateLimit{RequestsPerMinute: 60}),
		}, func(t *testing.T, d desk, r *buoytest.Recorder) {
			for range 8 {
				require.NoError(t, call(t.Context(), d, stream))
			}
			_ = call(t.Context(), d, stream)
			require.Len(t, buoytest.Events[buoy.CallEvent](r), 9)
			require.Equal(t, "open", buoytest.Events[event.Breaker](r)[0].To)
			require.Len(t, buoytest.Events[event.QuotaReached](r), 3)
			require.NotEmpty(t, buoytest.Events[event.LimitWait](r))
			for _, e := range b.lines(t, "buoy observer", loud) {
				require.Equal(t, "string", e["panic"])
			}
			require.NotEmpty(t, b.lines(t, "buoy observer", loud))
		}, buoytest.Times(8, buoytest.Reply("fine")), buoytest.Always(buoytest.Error(500, "")))
	}
}

// What the chain does on the way.
func TestEventsOfTheChain(t *testing.T) {
	t.Run("limits", func(t *testing.T) {
		watched(t, []buoy.Option{buoy.WithRateLimit(buoy.RateLimit{Concurrent: 1})}, func(t *testing.T, d desk, r *buoytest.Recorder) {
			together(t, d, 2)
			waits := buoytest.Events[event.LimitWait](r)
			require.Len(t, waits, 1)
			require.Equal(t, []any{event.WaitPermit, time.Second, "desk"}, []any{waits[0].For, waits[0].Wait, waits[0].Endpoint})
			require.NotZero(t, waits[0].Call)
		}, buoytest.Always(late(time.Second)))
	})
	t.Run("keys", func(t *testing.T) {
		var r buoytest.Recorder
		keyed(t, []string{"sk-1"}, []buoytest.Step{buoytest.RetryAfter(3*time.Second, tooFast), buoytest.Reply("fine")}, []buoy.Option{buoy.WithObserver(&r)}, func(t *testing.T, d desk) {
			require.NoError(t, call(t.Context(), d, false))
			keys := buoytest.Events[event.Key](&r)
			require.Len(t, keys, 2)
			require.Equal(t, []any{event.KeyCooled, "rate_limit", "gpt-4o-mini"}, []any{keys[0].State, keys[0].Reason, keys[0].Model})
			require.ErrorIs(t, keys[0].Err, buoy.ErrRateLimit)
			require.Equal(t, []any{event.KeyBack, "rate_limit"}, []any{keys[1].State, keys[1].Reason})
			waits := buoytest.Events[event.LimitWait](&r)
			require.Len(t, waits, 1)
			require.Equal(t, event.WaitKey, waits[0].For)
			require.False(t, d.EnableKey("desk", "key-none"))
		})
	})
	t.Run("a key that is enabled", func(t *testing.T) {
		var r buoytest.Recorder
		keyed(t, []string{"sk-1", "sk-2"}, []buoytest.Step{buoytest.ForKey("sk-1", badKey)}, []buoy.Option{buoy.WithObserver(&r)}, func(t *testing.T, d desk) {
			require.NoError(t, call(t.Context(), d, false))
			out := buoytest.Events[event.Key](&r)[0]
			require.Equal(t, event.KeyDisabled, out.State)
			require.True(t, d.EnableKey("desk", out.Key))
			require.True(t, d.EnableKey("desk", out.Key), "once more is no news")
			require.Len(t, buoytest.Events[event.Key](&r), 2)
			require.Equal(t, event.KeyBack, buoytest.Events[event.Key](&r)[1].State)
		})
	})
	t.Run("fallback", func(t *testing.T) {
		var r buoytest.Recorder
		last := buoy.WithFallbackFunc(func(context.Context, buoy.Request, error) (*buoy.Response, error) { return new(buoy.Response), nil })
		missing := []buoytest.Step{buoytest.Always(buoytest.OpenAIError(404, "model_not_found", "no"))}
		twoProviders(t, missing, missing, func(to *buoy.Target) { to.Model = "other" }, []buoy.Option{buoy.WithObserver(&r), last}, func(t *testing.T, p pair) {
			require.NoError(t, call(t.Context(), p, false))
			moves := buoytest.Events[event.Fallback](&r)
			require.Len(t, moves, 2)
			require.Equal(t, []any{"desk", "gpt-4o-mini", "second", "other", false}, []any{moves[0].Endpoint, moves[0].Model, moves[0].ToEndpoint, moves[0].ToModel, moves[0].LastResort})
			require.ErrorIs(t, moves[0].Err, buoy.ErrNotFound)
			require.Equal(t, []any{"second", "other", "", true}, []any{moves[1].Endpoint, moves[1].Model, moves[1].ToEndpoint, moves[1].LastResort})
		})
	})
	t.Run("hedge", func(t *testing.T) {
		var r buoytest.Recorder
		twoProviders(t, []buoytest.Step{late(time.Minute)}, nil, nil, []buoy.Option{buoy.WithObserver(&r), buoy.WithHedge(buoy.HedgePolicy{After: 2 * time.Second})}, func(t *testing.T, p pair) {
			require.NoError(t, call(t.Context(), p, false))
			hedges := buoytest.Events[event.Hedge](&r)
			require.Len(t, hedges, 1)
			require.Equal(t, []any{"desk", "second", 2 * time.Second}, []any{hedges[0].Endpoint, hedges[0].ToEndpoint, hedges[0].Wait})
			require.Nil(t, buoytest.Events[buoy.CallEvent](&r)[0].Repaired, "nothing was wrong")
		})
	})
	t.Run("recovery", func(t *testing.T) {
		watched(t, []buoy.Option{buoy.WithStreamRecovery(buoy.RecoverRestart)}, func(t *testing.T, d desk, r *buoytest.Recorder) {
			require.NoError(t, call(t.Context(), d, true))
			again := buoytest.Events[event.Recovery](r)
			require.Len(t, again, 1)
			require.ErrorIs(t, again[0].Err, buoy.ErrStreamInterrupted)
			require.Equal(t, []any{"desk", false}, []any{again[0].Endpoint, again[0].Continued})
			require.ErrorIs(t, buoytest.Events[buoy.CallEvent](r)[0].Repaired, buoy.ErrStreamInterrupted)
		}, buoytest.Cut(2), buoytest.Reply("It scatters."))
	})
	t.Run("breaker", func(t *testing.T) {
		watched(t, []buoy.Option{buoy.WithBreaker(buoy.BreakerPolicy{Consecutive: 1, Probes: 1}), noRetry}, func(t *testing.T, d desk, r *buoytest.Recorder) {
			require.Error(t, call(t.Context(), d, false))
			time.Sleep(time.Minute)
			require.NoError(t, call(t.Context(), d, false))
			var states []string
			for _, e := range buoytest.Events[event.Breaker](r) {
				states = append(states, e.From+" "+e.To)
			}
			require.Equal(t, []string{"closed open", "open half_open", "half_open closed"}, states)
			require.ErrorIs(t, buoytest.Events[event.Breaker](r)[0].Err, buoy.ErrServer)
		}, buoytest.Error(500, ""))
	})
}

// A registry of breakers that is shared tells each client that listens, until that is
// closed.
func TestSharedBreakersTellAllWhoListen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shared, err := buoy.NewBreakers(buoy.BreakerPolicy{Consecutive: 1})
		require.NoError(t, err)
		srv := buoytest.NewMemServer(t, buoytest.Always(buoytest.Error(500, "")))
		var rs [3]buoytest.Recorder
		var cs [3]*buoy.Client
		for i := range cs {
			cs[i], err = buoy.New(endpointOf(srv), buoy.WithHTTPClient(srv.Client()), buoy.WithBreakers(shared), buoy.WithObserver(&rs[i]), noRetry)
			require.NoError(t, err)
		}
		require.NoError(t, cs[2].Close())
		require.Error(t, call(t.Context(), cs[0], false))
		for i, want := range []int{1, 1, 0} {
			require.Len(t, buoytest.Events[event.Breaker](&rs[i]), want, "client %d", i)
		}
		for _, c := range cs {
			require.NoError(t, c.Close())
		}
		srv.Close()
	})
}

// Where nobody listens, nothing is allocated for it.
func TestEventsCostNothingUnheard(t *testing.T) {
	body := `{"choices":[{"index":0,"message":{"role":"assistant","content":"fine"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}`
	allocs := func(opts ...buoy.Option) float64 {
		hc := &http.Client{Transport: roundTripper(func(*http.Request) (*http.Response, error) {
			return reply(200, "application/json", io.NopCloser(strings.NewReader(body))), nil
		})}
		c, err := buoy.New(buoy.Endpoint{BaseURL: "http://localhost/v1"}, append(opts, buoy.WithHTTPClient(hc))...)
		require.NoError(t, err)
		defer c.Close()
		return testing.AllocsPerRun(200, func() { _, _ = c.Chat(t.Context(), hello) })
	}
	bare := allocs()
	require.LessOrEqual(t, allocs(buoy.WithObserver(silent{})), bare+3, "an observer of ends alone")
}

type silent struct{}

func (silent) ObserveAttempt(context.Context, buoy.AttemptEvent) {}
func (silent) ObserveCall(context.Context, buoy.CallEvent)       {}

// Where only the words of a refusal say that the key is wrong, it rests and is not said to be
// disabled.
func TestAKeyInDoubtRests(t *testing.T) {
	var r buoytest.Recorder
	doubtful := buoytest.ForKey("sk-1", buoytest.Error(400, `{"error":{"message":"Incorrect API key provided"}}`))
	keyed(t, []string{"sk-1", "sk-2"}, []buoytest.Step{doubtful}, []buoy.Option{buoy.WithObserver(&r)}, func(t *testing.T, d desk) {
		require.NoError(t, call(t.Context(), d, false))
		told := buoytest.Events[event.Key](&r)
		require.Len(t, told, 1)
		require.Equal(t, []any{event.KeyCooled, "auth", hello.Model}, []any{told[0].State, told[0].Reason, told[0].Model})
		require.Positive(t, time.Until(told[0].Until))
		require.False(t, d.Keys()[0].Disabled || d.Keys()[1].Disabled)
	})
}

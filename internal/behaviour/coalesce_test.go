package behaviour_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/buoy-go/buoy/event"
	"github.com/stretchr/testify/require"
)

// outcome is what became of one of many calls.
type outcome struct {
	resp *buoy.Response
	err  error
	took time.Duration
}

// many makes n equal calls at once.
func many(ctx context.Context, d desk, n int, stream bool, req func() buoy.Request) []outcome {
	all := make([]outcome, n)
	var done sync.WaitGroup
	for i := range all {
		done.Go(func() {
			begun := time.Now()
			all[i].resp, all[i].err = askFor(ctx, d, req(), stream)
			all[i].took = time.Since(begun)
		})
	}
	done.Wait()
	return all
}

// Ten thousand equal calls are one request, whole or streamed, with a cache or without
// one, and each gets a copy of its own.
func TestTenThousandEqualCallsAreOneRequest(t *testing.T) {
	n := 10_000
	if testing.Short() {
		n = 500
	}
	for _, stream := range []bool{false, true} {
		for _, c := range []buoy.Cache{nil, new(buoytest.Cache)} {
			var r buoytest.Recorder
			opts := []buoy.Option{buoy.WithCache(c, buoy.CachePolicy{Coalesce: true}), buoy.WithObserver(&r)}
			bubble(t, opts, func(t *testing.T, d desk) {
				first, shared := 0, 0
				for _, o := range many(t.Context(), d, n, stream, func() buoy.Request { return fixed() }) {
					require.NoError(t, o.err)
					require.Equal(t, "one two three", o.resp.Text())
					require.Equal(t, 7, o.resp.Usage.CompletionTokens)
					switch o.resp.Info.Cache {
					case "":
						first++
						require.Len(t, o.resp.Info.Attempts, 1)
					case "coalesced":
						shared++
						require.Empty(t, o.resp.Info.Attempts)
					default:
						t.Fatal(o.resp.Info.Cache)
					}
					o.resp.Choices[0].Message.Content = "mine"
				}
				require.Equal(t, []int{1, n - 1}, []int{first, shared})
				require.Len(t, d.Server.Requests(), 1)
				paid := 0
				for _, e := range buoytest.Events[buoy.CallEvent](&r) {
					paid += e.Usage.CompletionTokens
				}
				require.Equal(t, 7, paid)
				synctest.Wait()
				if c != nil {
					require.Equal(t, 1, c.(*buoytest.Cache).Len())
				}
			}, buoytest.Delay(time.Second, buoytest.ReplyWith(buoytest.Answer{Tokens: []string{"one", " two", " three"}, Usage: buoytest.Usage{CompletionTokens: 7}})))
		}
	}
}

// A call that leaves takes nobody with it; the last one ends the request.
func TestWhoLeavesTakesNobodyAlong(t *testing.T) {
	for _, stream := range []bool{false, true} {
		var c buoytest.Cache
		bubble(t, []buoy.Option{buoy.WithCache(&c, buoy.CachePolicy{Coalesce: true})}, func(t *testing.T, d desk) {
			ctx, leave := context.WithCancelCause(t.Context())
			mine := errors.New("had enough")
			first, second := make(chan outcome, 1), make(chan outcome, 1)
			req := fixed()
			req.Messages = []buoy.Message{buoy.User("?")}
			go func() {
				resp, err := askFor(ctx, d, req, stream)
				first <- outcome{resp: resp, err: err}
			}()
			synctest.Wait()
			go func() {
				again := req
				again.Messages = []buoy.Message{buoy.User("?")}
				resp, err := askFor(t.Context(), d, again, stream)
				second <- outcome{resp: resp, err: err}
			}()
			synctest.Wait()
			leave(mine)
			gone := <-first
			require.ErrorIs(t, gone.err, context.Canceled)
			require.ErrorIs(t, gone.err, buoy.ErrCanceled)
			require.ErrorIs(t, gone.err, mine)
			req.Messages[0].Content = "the caller's own again" // the race detector looks
			o := <-second
			require.NoError(t, o.err)
			require.Equal(t, "fine", o.resp.Text())
			require.Len(t, d.Server.Requests(), 2, "the first attempt failed, and was made again after its caller had left")
			synctest.Wait()
			require.Equal(t, 1, c.Len())
		}, buoytest.Delay(time.Second, buoytest.Error(503, "")), buoytest.Reply("fine"))
	}
}

func TestLastCallerEndsTheRequest(t *testing.T) {
	for _, stream := range []bool{false, true} {
		bubble(t, []buoy.Option{buoy.WithCache(nil, buoy.CachePolicy{Coalesce: true})}, func(t *testing.T, d desk) {
			ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
			defer cancel()
			begun := time.Now()
			for _, o := range many(ctx, d, 3, stream, func() buoy.Request { return fixed() }) {
				require.ErrorIs(t, o.err, context.DeadlineExceeded)
				require.ErrorIs(t, o.err, buoy.ErrTimeout)
				var te *buoy.TransportError
				require.ErrorAs(t, o.err, &te)
				require.Equal(t, "deadline", te.Timer)
				require.True(t, te.Sent)
			}
			require.Equal(t, 3*time.Second, time.Since(begun))
			synctest.Wait()
			require.Len(t, d.Server.Requests(), 1)
			// Nothing is left of it: the next call asks anew.
			text, info := ask(t, d, fixed(), stream)
			require.Equal(t, "fine", text)
			require.Empty(t, info.Cache)
		}, buoytest.Hang(time.Hour), buoytest.Reply("fine"))
	}
}

// A failure reaches all, each in an error of its own.
func TestSharedFailures(t *testing.T) {
	for _, stream := range []bool{false, true} {
		bubble(t, []buoy.Option{buoy.WithCache(nil, buoy.CachePolicy{Coalesce: true}), noRetry}, func(t *testing.T, d desk) {
			seen := map[*buoy.CallError]bool{}
			attempts := 0
			for _, o := range many(t.Context(), d, 20, stream, func() buoy.Request { return fixed() }) {
				require.ErrorIs(t, o.err, buoy.ErrQuota)
				ce, ok := errors.AsType[*buoy.CallError](o.err)
				require.True(t, ok)
				require.False(t, seen[ce])
				seen[ce] = true
				attempts += len(ce.Attempts)
			}
			require.Equal(t, 1, attempts, "one of them made the request")
			require.Len(t, d.Server.Requests(), 1)
		}, buoytest.Delay(time.Second, buoytest.Error(402, "")))
	}
}

// A stream that breaks off breaks off for all, and each has the part that it has read.
func TestSharedInterruption(t *testing.T) {
	bubble(t, []buoy.Option{buoy.WithCache(nil, buoy.CachePolicy{Coalesce: true}), noRetry}, func(t *testing.T, d desk) {
		for _, o := range many(t.Context(), d, 20, true, func() buoy.Request { return fixed() }) {
			require.ErrorIs(t, o.err, buoy.ErrStreamInterrupted)
			te, ok := errors.AsType[*buoy.TransportError](o.err)
			require.True(t, ok)
			require.Equal(t, "The quick", te.Partial.Text())
			te.Partial.Choices[0].Message.Content = "mine"
		}
	}, buoytest.Delay(time.Second, buoytest.Cut(2)))
}

// A stream can be joined when it has begun; who joins reads it from its start, and who
// reads slowly holds nobody up.
func TestStreamsShareAtTheirOwnPace(t *testing.T) {
	remembering(t, buoy.CachePolicy{Coalesce: true}, func(t *testing.T, d desk, c *buoytest.Cache, _ *buoytest.Recorder) {
		var done sync.WaitGroup
		for i := range 4 {
			done.Go(func() {
				time.Sleep(time.Duration(i) * 1500 * time.Millisecond) // the stream takes 5 s
				s, err := d.Stream(t.Context(), fixed())
				require.NoError(t, err)
				defer s.Close()
				waits := 0
				s.OnWait(func() { waits++ })
				texts := 0
				for chunk, err := range s.Chunks() {
					require.NoError(t, err)
					if chunk.Text() != "" {
						require.NotNil(t, chunk.Raw())
						texts++
						chunk.Choices[0].Delta.Content = "changed"
					}
					time.Sleep(time.Duration(i%2) * time.Minute)
				}
				require.Equal(t, 5, texts)
				require.Equal(t, "a b c d e", s.Response().Text())
				require.Equal(t, i > 0, s.Info().Cache == "coalesced")
				require.Equal(t, i%2 == 0, waits > 0)
			})
		}
		done.Wait()
		require.Len(t, d.Server.Requests(), 1)
		_, info := ask(t, d, fixed(), true)
		require.Equal(t, "memory", info.Cache)
	}, buoytest.Slow(time.Second, "a", " b", " c", " d", " e"))
}

// Readers that leave a stream half-way, by closing it or with their context, leave it
// to the others. When all have left, the request ends.
func TestLeavingASharedStream(t *testing.T) {
	bubble(t, []buoy.Option{buoy.WithCache(new(buoytest.Cache), buoy.CachePolicy{Coalesce: true})}, func(t *testing.T, d desk) {
		ctx, cancel := context.WithCancel(t.Context())
		a, err := d.Stream(t.Context(), fixed())
		require.NoError(t, err)
		b, err := d.Stream(ctx, fixed())
		require.NoError(t, err)
		last, err := d.Stream(t.Context(), fixed())
		require.NoError(t, err)
		require.True(t, a.Next())
		_ = a.Close()
		require.NoError(t, a.Err())
		require.False(t, a.Next())
		cancel()
		synctest.Wait()
		require.False(t, b.Next())
		require.ErrorIs(t, b.Err(), context.Canceled)
		for range 3 {
			require.True(t, last.Next())
		}
		go func() { time.Sleep(time.Second / 2); _ = last.Close() }()
		begun := time.Now()
		for last.Next() {
		}
		require.Less(t, time.Since(begun), 2*time.Second)
		synctest.Wait()
		require.Len(t, d.Server.Requests(), 1)
		// Nobody reads it any more, so it cannot be joined.
		text, info := ask(t, d, fixed(), true)
		require.Equal(t, "again", text)
		require.Empty(t, info.Cache)
	}, buoytest.Slow(time.Second, "a", "b", "c", "d", "e", "f"), buoytest.Reply("again"))
}

// A panic of a middleware reaches all that wait, and nobody else.
func TestSharedPanic(t *testing.T) {
	var boom atomic.Bool
	boom.Store(true)
	inner := buoy.WithAttemptMiddleware(func(next buoy.Handler) buoy.Handler {
		return func(ctx context.Context, call *buoy.Call) (*buoy.Reply, error) {
			if boom.Load() {
				time.Sleep(time.Second)
				panic("boom")
			}
			return next(ctx, call)
		}
	})
	bubble(t, []buoy.Option{buoy.WithCache(nil, buoy.CachePolicy{Coalesce: true}), inner}, func(t *testing.T, d desk) {
		var done sync.WaitGroup
		for range 3 {
			done.Go(func() {
				defer func() { require.Contains(t, fmt.Sprint(recover()), "boom") }()
				_, _ = d.Chat(t.Context(), fixed())
				t.Error("no panic")
			})
		}
		done.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		_, err := d.Chat(ctx, fixed())
		require.ErrorIs(t, err, context.DeadlineExceeded)
		time.Sleep(time.Minute) // the panic that nobody waits for does not end the program
		boom.Store(false)
		ask(t, d, fixed(), false)
	}, buoytest.Reply("fine"))
}

// The request that is shared has everything that its first caller asked for.
func TestSharedRequestIsTheSame(t *testing.T) {
	req := fixed(func(r *buoy.Request) {
		r.Messages = append([]buoy.Message{}, buoy.UserParts(buoy.Text("a"), buoy.ImageData("image/png", []byte{1, 2})))
		r.Tools = []buoy.Tool{buoy.FunctionTool("f", "d", map[string]any{"type": "object", "b": 1, "a": 2.50})}
		r.N, r.Logprobs, r.Stop = new(2), new(true), []string{"."}
		r.Extra = map[string]any{"z": nil, "a": []any{1, "x", map[string]any{"q": true}}}
	})
	var bodies []string
	for _, coalesce := range []bool{false, true} {
		for _, stream := range []bool{false, true} {
			bubble(t, []buoy.Option{buoy.WithCache(new(buoytest.Cache), buoy.CachePolicy{Coalesce: coalesce})}, func(t *testing.T, d desk) {
				resp, err := askFor(t.Context(), d, req, stream)
				require.NoError(t, err)
				require.Len(t, resp.Choices, 2)
				bodies = append(bodies, string(d.Server.Requests()[0].Body))
			}, buoytest.Reply("fine"))
		}
	}
	require.JSONEq(t, bodies[0], bodies[2])
	require.JSONEq(t, bodies[1], bodies[3])
}

// Tool calls, several choices and log probabilities come out of the cache as they went in.
func TestCacheKeepsAllOfAnAnswer(t *testing.T) {
	const body = `{"id":"x","object":"chat.completion","created":7,"model":"gpt-4o-mini","zeta":{"b":1.50,"a":null},"system_fingerprint":null,"choices":[` +
		`{"index":0,"message":{"role":"assistant","content":null,"tool_calls":[{"id":"call_1","type":"function","function":{"name":"f","arguments":"{\"a\": 1}"}}]},"logprobs":null,"finish_reason":"tool_calls"},` +
		`{"index":1,"message":{"role":"assistant","content":"Hi","annotations":[]},"logprobs":{"content":[{"token":"Hi","logprob":-0.10,"bytes":[72,105],"top_logprobs":[]}]},"finish_reason":"stop"}],` +
		`"usage":{"prompt_tokens":0,"completion_tokens":3,"total_tokens":3,"cost":0.00}}`
	for _, coalesce := range []bool{false, true} {
		remembering(t, buoy.CachePolicy{Coalesce: coalesce}, func(t *testing.T, d desk, c *buoytest.Cache, _ *buoytest.Recorder) {
			two := func(r *buoy.Request) { r.N = new(2) }
			came, err := d.Chat(t.Context(), fixed(two))
			require.NoError(t, err)
			synctest.Wait()
			again, err := d.Chat(t.Context(), fixed(two))
			require.NoError(t, err)
			require.Equal(t, "memory", again.Info.Cache)
			again.Info = came.Info
			require.Equal(t, came, again)
			c.Change(func(_ string, value []byte) []byte {
				require.Contains(t, string(value), body, "not a byte is changed")
				return value
			})
		}, buoytest.Raw(http.StatusOK, "application/json", []byte(body)))
	}
}

// What a call that shares is told.
func TestCoalescedEvents(t *testing.T) {
	remembering(t, buoy.CachePolicy{Coalesce: true}, func(t *testing.T, d desk, _ *buoytest.Cache, r *buoytest.Recorder) {
		many(t.Context(), d, 2, false, func() buoy.Request { return fixed() })
		synctest.Wait()
		counts := map[event.CacheResult]int{}
		for _, e := range buoytest.Events[event.Cache](r) {
			counts[e.Result]++
			if e.Result == event.CacheCoalesced {
				require.Equal(t, time.Second, e.Wait)
				require.NotZero(t, e.Saved.TotalTokens)
			}
		}
		require.Equal(t, map[event.CacheResult]int{event.CacheMiss: 2, event.CacheCoalesced: 1, event.CacheStored: 1}, counts)
	}, buoytest.Delay(time.Second, buoytest.Reply("x")))
}

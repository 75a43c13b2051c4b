package behaviour_test

import (
	"context"
	"testing"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/buoy-go/buoy/internal/testdesk"
	"github.com/stretchr/testify/require"
)

// meant is an answer that says nothing, for which tokens were generated.
func meant() buoytest.Step {
	return buoytest.ReplyWith(buoytest.Answer{Usage: buoytest.Usage{PromptTokens: 9, CompletionTokens: 1}})
}

func withheld() buoytest.Step {
	return buoytest.ReplyWith(buoytest.Answer{FinishReason: "content_filter", Usage: buoytest.Usage{PromptTokens: 9, CompletionTokens: 4}})
}

// ways are the forms in which an answer can be asked for.
var ways = map[string]func(context.Context, testdesk.Caller) (*buoy.Response, error){
	"whole": func(ctx context.Context, c testdesk.Caller) (*buoy.Response, error) {
		return c.Chat(ctx, hello)
	},
	"streamed chat": func(ctx context.Context, c testdesk.Caller) (*buoy.Response, error) {
		return c.Chat(ctx, hello, buoy.WithStreamedChat())
	},
	"stream": func(ctx context.Context, c testdesk.Caller) (*buoy.Response, error) {
		return readWhole(c.Stream(ctx, hello))
	},
	"stream, recovered": func(ctx context.Context, c testdesk.Caller) (*buoy.Response, error) {
		return readWhole(c.Stream(ctx, hello, buoy.WithStreamRecovery(buoy.RecoverRestart)))
	},
}

func readWhole(s *buoy.Stream, err error) (*buoy.Response, error) {
	if err != nil {
		return nil, err
	}
	for s.Next() {
	}
	return s.Response(), s.Err()
}

func TestAnAnswerThatIsMeantToBeEmpty(t *testing.T) {
	down := buoytest.Error(503, `{"error":{"message":"overloaded"}}`)
	once := []buoy.Option{noRetry}
	last := []buoy.Option{buoy.WithFallbackFunc(func(context.Context, buoy.Request, error) (*buoy.Response, error) {
		panic("asked for an answer that is there")
	})}
	for _, tc := range []struct {
		name     string
		steps    []buoytest.Step
		opts     []buoy.Option
		text     string
		kind     buoy.Kind // of the call
		check    buoy.Kind
		requests int
	}{
		{name: "twice", steps: []buoytest.Step{meant(), meant(), buoytest.Reply("late")}, check: buoy.ErrNoContent, requests: 2},
		{name: "an accident", steps: []buoytest.Step{meant(), buoytest.Reply("hey")}, text: "hey", requests: 2},
		{name: "then a failure", steps: []buoytest.Step{meant(), down, buoytest.Reply("late")}, check: buoy.ErrNoContent, requests: 2},
		{name: "then a refusal", steps: []buoytest.Step{meant(), badKey}, check: buoy.ErrNoContent, requests: 2},
		{name: "then nothing at all", steps: []buoytest.Step{meant(), buoytest.Empty()}, check: buoy.ErrNoContent, requests: 2},
		{name: "after a failure", steps: []buoytest.Step{down, meant(), meant(), buoytest.Reply("late")}, check: buoy.ErrNoContent, requests: 3},
		{name: "never asked again", steps: []buoytest.Step{meant(), buoytest.Reply("late")}, opts: once, check: buoy.ErrNoContent, requests: 1},
		{name: "before the last resort", steps: []buoytest.Step{meant(), meant()}, opts: last, check: buoy.ErrNoContent, requests: 2},
		{name: "no token was generated", steps: []buoytest.Step{buoytest.Empty(), buoytest.Empty(), buoytest.Empty(), buoytest.Reply("late")}, kind: buoy.ErrNoContent, requests: 3},
		{name: "withheld", steps: []buoytest.Step{withheld(), buoytest.Reply("late")}, kind: buoy.ErrModeration, requests: 1},
		{name: "withheld the second time", steps: []buoytest.Step{meant(), withheld()}, check: buoy.ErrNoContent, requests: 2},
	} {
		for name, ask := range ways {
			t.Run(tc.name+", "+name, func(t *testing.T) {
				bubble(t, tc.opts, func(t *testing.T, d desk) {
					resp, err := ask(t.Context(), d)
					require.Equal(t, tc.kind, buoy.KindOf(err), "%v", err)
					require.Len(t, d.Server.Requests(), tc.requests)
					if err != nil {
						require.Len(t, callError(t, err).Attempts, tc.requests)
						return
					}
					require.Equal(t, tc.text, resp.Text())
					require.Equal(t, tc.check, buoy.KindOf(resp.Check()))
					require.Len(t, resp.Info.Attempts, tc.requests)
					require.Equal(t, "desk", resp.Info.Endpoint)
					require.Equal(t, "gpt-4o-mini", resp.Info.Model)
					if tc.check != "" {
						require.Equal(t, 10, resp.Usage.TotalTokens)
						require.Equal(t, "stop", resp.Choices[0].FinishReason)
					}
				}, tc.steps...)
			})
		}
	}
}

// With another target the one request more goes there.
func TestAnEmptyAnswerAsksTheNextTarget(t *testing.T) {
	down := buoytest.Error(503, `{"error":{"message":"overloaded"}}`)
	for _, tc := range []struct {
		name          string
		first, second []buoytest.Step
		text          string
		kind, check   buoy.Kind
		sent          []int
		moderation    bool
	}{
		{name: "which answers", first: []buoytest.Step{meant()}, second: []buoytest.Step{buoytest.Reply("hey")}, text: "hey", sent: []int{1, 1}},
		{name: "which says nothing, too", first: []buoytest.Step{meant()}, second: []buoytest.Step{meant(), buoytest.Reply("late")}, check: buoy.ErrNoContent, sent: []int{1, 1}},
		{name: "which is down", first: []buoytest.Step{meant()}, second: []buoytest.Step{down, buoytest.Reply("late")}, check: buoy.ErrNoContent, sent: []int{1, 1}},
		{name: "withheld", first: []buoytest.Step{withheld()}, second: []buoytest.Step{buoytest.Reply("late")}, kind: buoy.ErrModeration, sent: []int{1, 0}},
		{name: "withheld, the next wants those", first: []buoytest.Step{withheld()}, second: []buoytest.Step{buoytest.Reply("hey")}, text: "hey", sent: []int{1, 1}, moderation: true},
	} {
		for name, ask := range ways {
			t.Run(tc.name+", "+name, func(t *testing.T) {
				twoProviders(t, tc.first, tc.second, func(to *buoy.Target) { to.OnModeration = tc.moderation }, nil, func(t *testing.T, p pair) {
					resp, err := ask(t.Context(), p)
					require.Equal(t, tc.kind, buoy.KindOf(err), "%v", err)
					require.Equal(t, tc.sent, p.Sent())
					if err == nil {
						require.Equal(t, tc.text, resp.Text())
						require.Equal(t, tc.check, buoy.KindOf(resp.Check()))
					}
				})
			})
		}
	}
}

// A stream that broke has said something: an empty answer does not replace it, and one
// before it does not keep it from being mended.
func TestAnEmptyAnswerMendsNoStream(t *testing.T) {
	restart := []buoy.Option{buoy.WithStreamRecovery(buoy.RecoverRestart)}
	bubble(t, restart, func(t *testing.T, d desk) {
		resp, err := readWhole(d.Stream(t.Context(), hello))
		require.ErrorIs(t, err, buoy.ErrStreamInterrupted)
		require.Equal(t, "The quick", resp.Text())
		require.LessOrEqual(t, len(d.Server.Requests()), 4)
	}, buoytest.Cut(2), meant(), meant(), meant(), meant(), meant())
	bubble(t, restart, func(t *testing.T, d desk) {
		resp, err := readWhole(d.Stream(t.Context(), hello))
		require.NoError(t, err)
		require.Equal(t, "mended", resp.Text())
		require.Len(t, d.Server.Requests(), 3)
	}, meant(), buoytest.Cut(2), buoytest.Reply("mended"))
}

// Nobody waits for an answer any more: there is none to give.
func TestAnEmptyAnswerAfterACancellation(t *testing.T) {
	bubble(t, nil, func(t *testing.T, d desk) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(10*time.Minute, cancel)
		_, err := d.Chat(ctx, hello, buoy.WithTimeouts(buoy.Timeouts{Attempt: -1, Call: -1}))
		require.ErrorIs(t, err, context.Canceled)
	}, meant(), buoytest.Hang(time.Hour))
	// The caller's time being up is another matter: the answer is here.
	bubble(t, nil, func(t *testing.T, d desk) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		resp, err := d.Chat(ctx, hello)
		require.NoError(t, err)
		require.ErrorIs(t, resp.Check(), buoy.ErrNoContent)
	}, meant(), buoytest.Hang(time.Hour))
}

// A middleware of the caller's sees what the caller gets, and the observer the attempts.
func TestWhoSeesAnEmptyAnswer(t *testing.T) {
	var seen []buoy.Kind
	outer := func(next buoy.Handler) buoy.Handler {
		return func(ctx context.Context, call *buoy.Call) (*buoy.Reply, error) {
			reply, err := next(ctx, call)
			seen = append(seen, buoy.KindOf(err))
			return reply, err
		}
	}
	bubble(t, []buoy.Option{buoy.WithMiddleware(outer)}, func(t *testing.T, d desk) {
		resp, err := d.Chat(t.Context(), hello)
		require.NoError(t, err)
		require.Equal(t, []buoy.Kind{""}, seen)
		for _, at := range resp.Info.Attempts {
			require.ErrorIs(t, at.Err, buoy.ErrNoContent)
			require.Equal(t, 10, at.Usage.TotalTokens)
		}
	}, meant(), meant())
	// A chain of the caller's own has the rule as well.
	bubble(t, []buoy.Option{buoy.WithChain(buoy.Retry(buoy.RetryPolicy{MaxAttempts: 4}))}, func(t *testing.T, d desk) {
		resp, err := d.Chat(t.Context(), hello)
		require.NoError(t, err)
		require.ErrorIs(t, resp.Check(), buoy.ErrNoContent)
		require.Len(t, d.Server.Requests(), 2)
	}, meant(), meant(), meant())
}

// What was withheld names the endpoint and the request, and never the prompt.
func TestAWithheldAnswerIsARefusal(t *testing.T) {
	for name, ask := range ways {
		t.Run(name, func(t *testing.T) {
			bubble(t, nil, func(t *testing.T, d desk) {
				_, err := ask(t.Context(), d)
				api := apiError(t, err)
				require.Equal(t, "content_filter", api.Code)
				require.Equal(t, "desk", api.Endpoint)
				require.Equal(t, 200, api.StatusCode)
				require.False(t, buoy.IsRetryable(err))
				require.Equal(t, 13, callError(t, err).Attempts[0].Usage.TotalTokens, "it is paid for")
			}, withheld())
		})
	}
}

package buoy_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/buoy-go/buoy/internal/testdesk"
	"github.com/stretchr/testify/require"
)

// Where each failure of the primary leads: how many requests each provider gets,
// and what the caller sees.
func TestWhereFailuresLead(t *testing.T) {
	larger := func(to *buoy.Target) { to.LargerContext = true }
	moderated := func(to *buoy.Target) { to.OnModeration = true }
	tooLong := buoytest.OpenAIError(400, "context_length_exceeded", "too long")
	filtered := buoytest.OpenAIError(400, "content_filter", "filtered")
	for _, tc := range []struct {
		name   string
		step   buoytest.Step
		target func(*buoy.Target)
		sent   []int
		want   buoy.Kind // "" for an answer of the second
	}{
		{"exhausted retries leave one attempt for the later target", buoytest.Error(500, ""), nil, []int{3, 1}, ""},
		{"a short rate limit is waited for", buoytest.RetryAfter(time.Second, tooFast), nil, []int{3, 1}, ""},
		{"a long rate limit is not", buoytest.RetryAfter(30*time.Second, tooFast), nil, []int{1, 1}, ""},
		{"a dead key", badKey, nil, []int{1, 1}, ""},
		{"no money", noMoney, nil, []int{1, 1}, ""},
		{"not permitted", forbidden, nil, []int{1, 1}, ""},
		{"no such model", buoytest.OpenAIError(404, "model_not_found", "no such model"), nil, []int{1, 1}, ""},
		{"silence: the next target at once", buoytest.Hang(0), nil, []int{1, 1}, ""},
		{"their timeout", buoytest.Error(504, ""), nil, []int{1, 1}, ""},
		{"a reset", buoytest.Drop(), nil, []int{3, 1}, ""},
		{"an HTML page", buoytest.HTML(200), nil, []int{3, 1}, ""},
		{"the caller's own mistake", buoytest.OpenAIError(400, "invalid_value", "bad"), nil, []int{1, 0}, buoy.ErrInvalidRequest},
		{"too large", buoytest.Error(413, ""), nil, []int{1, 0}, buoy.ErrTooLarge},
		{"too long for an equal target", tooLong, nil, []int{1, 0}, buoy.ErrContextLength},
		{"too long, with a larger target", tooLong, larger, []int{1, 1}, ""},
		{"moderation", filtered, nil, []int{1, 0}, buoy.ErrModeration},
		{"moderation, opted in", filtered, moderated, []int{1, 1}, ""},
	} {
		for _, stream := range []bool{false, true} {
			t.Run(tc.name, func(t *testing.T) {
				twoProviders(t, []buoytest.Step{buoytest.Always(tc.step)}, nil, tc.target, nil, func(t *testing.T, p pair) {
					err := call(t.Context(), desk{Client: p.Client}, stream)
					require.Equal(t, tc.want, buoy.KindOf(err), "%v", err)
					require.Equal(t, tc.sent, p.Sent())
				})
			})
		}
	}
}

// If all fail, the first target's error leads and every attempt is named.
func TestTheFirstTargetsErrorLeads(t *testing.T) {
	twoProviders(t, []buoytest.Step{buoytest.Always(buoytest.Error(503, ""))}, []buoytest.Step{buoytest.Always(badKey)}, nil, nil, func(t *testing.T, p pair) {
		_, err := p.Chat(t.Context(), hello)
		require.Equal(t, buoy.ErrOverloaded, buoy.KindOf(err))
		ce, _ := errors.AsType[*buoy.CallError](err)
		require.Equal(t, buoy.StopAttempts, ce.Stop)
		require.Len(t, ce.Attempts, 4)
		require.Equal(t, "second", ce.Attempts[3].Endpoint)
		require.ErrorIs(t, ce.Attempts[3].Err, buoy.ErrAuth)
	})
}

// MaxAttempts 1 must not forbid fallback: each target gets one.
func TestOneAttemptForEachTarget(t *testing.T) {
	twoProviders(t, []buoytest.Step{buoytest.Always(buoytest.Error(503, ""))}, nil, nil, []buoy.Option{noRetry}, func(t *testing.T, p pair) {
		_, err := p.Chat(t.Context(), hello)
		require.NoError(t, err)
		require.Equal(t, []int{1, 1}, p.Sent())
	})
}

// A hanging primary must not eat all the time.
func TestTheDeadlineIsSliced(t *testing.T) {
	for _, stream := range []bool{false, true} {
		twoProviders(t, []buoytest.Step{buoytest.Always(buoytest.Hang(0))}, nil, nil, nil, func(t *testing.T, p pair) {
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			start := time.Now()
			require.NoError(t, call(ctx, desk{Client: p.Client}, stream))
			require.Equal(t, 5*time.Second, time.Since(start))
			require.Equal(t, []int{1, 1}, p.Sent())
		})
	}
}

// A target's share ends when its answer begins: a stream may then go on.
func TestAStreamOutlivesItsTargetsShare(t *testing.T) {
	twoProviders(t, []buoytest.Step{buoytest.Slow(time.Second, "a", "b", "c", "d", "e", "f", "g", "h")}, nil, nil, nil, func(t *testing.T, p pair) {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		require.NoError(t, call(ctx, desk{Client: p.Client}, true))
		require.Equal(t, []int{1, 0}, p.Sent())
	})
}

// An open breaker means the next target, and traffic returns when the primary
// does, within one breaker period.
func TestTrafficFollowsTheBreaker(t *testing.T) {
	outage := buoytest.For(60*time.Second, buoytest.Error(500, ""))
	twoProviders(t, []buoytest.Step{outage}, nil, nil, nil, func(t *testing.T, p pair) {
		start := time.Now()
		for time.Since(start) < 90*time.Second {
			_, err := p.Chat(t.Context(), hello)
			require.NoError(t, err, "the caller sees nothing of the outage")
			time.Sleep(200 * time.Millisecond)
		}
		asked := len(p.First.Requests())
		backAfter := time.Duration(0)
		duringOutage := 0
		for _, r := range p.First.Requests() {
			switch at := r.At.Sub(start); {
			case at < 60*time.Second:
				duringOutage++
			case backAfter == 0:
				backAfter = at - 60*time.Second
			}
		}
		require.Less(t, duringOutage, 25, "a dead primary costs a few probes")
		require.Positive(t, backAfter)
		require.Less(t, backAfter, 25*time.Second)
		require.Greater(t, asked, duringOutage+20, "it is the primary again")
	})
}

func TestTheLastResort(t *testing.T) {
	canned := buoy.WithFallbackFunc(func(_ context.Context, req buoy.Request, cause error) (*buoy.Response, error) {
		if req.User == "none" {
			return nil, errors.New("nothing to say")
		}
		return &buoy.Response{Choices: []buoy.Choice{{Message: buoy.Assistant("please try later"), FinishReason: "stop"}}}, nil
	})
	down := []buoytest.Step{buoytest.Always(buoytest.Error(503, ""))}
	twoProviders(t, down, down, nil, []buoy.Option{canned}, func(t *testing.T, p pair) {
		resp, err := p.Chat(t.Context(), hello)
		require.NoError(t, err)
		require.Equal(t, "please try later", resp.Text())
		require.True(t, resp.Info.Degraded)
		require.ErrorIs(t, resp.Info.Cause, buoy.ErrOverloaded)
		require.Len(t, resp.Info.Attempts, 5)

		s, err := p.Stream(t.Context(), hello)
		require.NoError(t, err)
		text, err := read(s)
		require.NoError(t, err)
		require.Equal(t, "please try later", text)
		require.True(t, s.Info().Degraded)

		silent := hello
		silent.User = "none"
		_, err = p.Chat(t.Context(), silent)
		require.Error(t, err)
		require.NotContains(t, err.Error(), "nothing to say")

		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err = p.Chat(ctx, hello)
		require.ErrorIs(t, err, context.Canceled)
	})
}

// The last resort is what silence calls for: it is asked a moment before the caller's
// deadline or the call timer ends the call, and nobody is asked twice before it.
func TestTheLastResortBeforeTheDeadline(t *testing.T) {
	silent := []buoytest.Step{buoytest.Always(buoytest.Hang(0))}
	role := []buoytest.Step{buoytest.Always(buoytest.Slow(200*time.Millisecond, "", "", "", ""))}
	for _, tc := range []struct {
		name     string
		steps    []buoytest.Step
		deadline time.Duration // the caller's
		opts     []buoy.Option
		targets  bool
		at       time.Duration
		sent     int
		cause    error
	}{
		{name: "a deadline", steps: silent, deadline: 10 * time.Second, at: 9500 * time.Millisecond, sent: 1, cause: context.DeadlineExceeded},
		{name: "a long deadline", steps: silent, deadline: 60 * time.Second, at: 59 * time.Second, sent: 1, cause: context.DeadlineExceeded},
		{name: "a short deadline", steps: silent, deadline: 100 * time.Millisecond, at: 95 * time.Millisecond, sent: 1, cause: context.DeadlineExceeded},
		{name: "a deadline and targets", steps: silent, deadline: 10 * time.Second, targets: true, at: 9500 * time.Millisecond, sent: 2, cause: buoy.ErrTimeout},
		{name: "the call timer", steps: silent, opts: []buoy.Option{buoy.WithTimeouts(buoy.Timeouts{Call: 10 * time.Second})}, at: 9500 * time.Millisecond, sent: 1, cause: buoy.ErrTimeout},
		{name: "the call timer and targets", steps: silent, opts: []buoy.Option{buoy.WithTimeouts(buoy.Timeouts{Call: 10 * time.Second})}, targets: true, at: 9500 * time.Millisecond, sent: 2, cause: buoy.ErrTimeout},
		{name: "no timers but the call's", steps: silent, opts: []buoy.Option{buoy.WithTimeouts(buoy.Timeouts{FirstToken: -1, Idle: -1, Attempt: -1, Call: 10 * time.Second})}, at: 9500 * time.Millisecond, sent: 1, cause: buoy.ErrTimeout},
		{name: "an attempt's timer comes first", steps: silent, deadline: 10 * time.Second, opts: []buoy.Option{buoy.WithTimeouts(buoy.Timeouts{FirstToken: time.Second, Attempt: time.Second})}, at: time.Second, sent: 1, cause: buoy.ErrTimeout},
		{name: "a chat that travels as a stream", steps: silent, deadline: 10 * time.Second, opts: []buoy.Option{buoy.WithStreamedChat()}, at: 9500 * time.Millisecond, sent: 1, cause: context.DeadlineExceeded},
		{name: "roles and nothing said", steps: role, deadline: 500 * time.Millisecond, at: 475 * time.Millisecond, sent: 1, cause: context.DeadlineExceeded},
		{name: "a refusal whose wait is too long", steps: []buoytest.Step{buoytest.Always(buoytest.RetryAfter(20*time.Second, tooFast))}, deadline: 10 * time.Second, at: 0, sent: 1, cause: buoy.ErrRateLimit},
		{name: "a refusal whose wait would leave nothing", steps: []buoytest.Step{buoytest.Always(buoytest.RetryAfter(9600*time.Millisecond, tooFast))}, deadline: 10 * time.Second, at: 0, sent: 1, cause: buoy.ErrRateLimit},
	} {
		for _, stream := range []bool{false, true} {
			t.Run(tc.name, func(t *testing.T) {
				var asked []error
				opts := append(tc.opts, buoy.WithFallbackFunc(func(ctx context.Context, _ buoy.Request, cause error) (*buoy.Response, error) {
					require.NoError(t, ctx.Err())
					asked = append(asked, cause)
					return &buoy.Response{Choices: []buoy.Choice{{Message: buoy.Assistant("please try later"), FinishReason: "stop"}}}, nil
				}))
				run := func(t *testing.T, c testdesk.Caller, sent func() int) {
					ctx := t.Context()
					if tc.deadline > 0 {
						var cancel context.CancelFunc
						ctx, cancel = context.WithTimeout(ctx, tc.deadline)
						defer cancel()
					}
					start := time.Now()
					text, _, err := textOf(ctx, c, stream)
					require.NoError(t, err)
					require.Equal(t, "please try later", text)
					require.InDelta(t, tc.at, time.Since(start), float64(time.Millisecond))
					require.Equal(t, tc.sent, sent())
					require.Len(t, asked, 1)
					require.ErrorIs(t, asked[0], tc.cause)
				}
				if tc.targets {
					twoProviders(t, tc.steps, tc.steps, nil, opts, func(t *testing.T, p pair) {
						run(t, p, func() int { return len(p.First.Requests()) + len(p.Second.Requests()) })
					})
					return
				}
				bubble(t, opts, func(t *testing.T, d desk) { run(t, d, func() int { return len(d.Server.Requests()) }) }, tc.steps...)
			})
		}
	}
}

// Where it has nothing to say the call ends as it would have without it, but for the
// moment that was kept back.
func TestALastResortThatFailsBeforeTheDeadline(t *testing.T) {
	none := buoy.WithFallbackFunc(func(context.Context, buoy.Request, error) (*buoy.Response, error) { return nil, errors.New("no") })
	bubble(t, []buoy.Option{none}, func(t *testing.T, d desk) {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		_, err := d.Chat(ctx, hello)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Equal(t, buoy.ErrTimeout, buoy.KindOf(err))
		require.Equal(t, buoy.StopDeadline, callError(t, err).Stop)
		require.Equal(t, "deadline", timerOf(t, err).Timer)

		_, err = d.Chat(t.Context(), hello, buoy.WithTimeouts(buoy.Timeouts{Call: 10 * time.Second}))
		require.NotErrorIs(t, err, context.DeadlineExceeded)
		require.Equal(t, "call", timerOf(t, err).Timer)
		require.ErrorContains(t, err, "longer than 10s (Timeouts.Call)")
	}, buoytest.Always(buoytest.Hang(0)))
}

// Nobody is to answer who left, was wrong, or was refused for what he said; and an
// answer that has begun keeps the time that would have been kept back.
func TestWhenTheLastResortIsNotAsked(t *testing.T) {
	never := buoy.WithFallbackFunc(func(_ context.Context, _ buoy.Request, cause error) (*buoy.Response, error) {
		t.Errorf("asked after %v", cause)
		return nil, errors.New("no")
	})
	for name, step := range map[string]buoytest.Step{
		"a mistake":           buoytest.OpenAIError(400, "invalid_value", "bad"),
		"moderation":          buoytest.OpenAIError(400, "content_filter", "filtered"),
		"a caller who leaves": buoytest.Hang(0),
		"an answer":           buoytest.Slow(900*time.Millisecond, "a", "b", "c", "d", "e", "f", "g", "h", "i"),
	} {
		for _, stream := range []bool{false, true} {
			if name == "an answer" && !stream {
				continue
			}
			t.Run(name, func(t *testing.T) {
				bubble(t, []buoy.Option{never}, func(t *testing.T, d desk) {
					ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
					defer cancel()
					if name == "a caller who leaves" {
						time.AfterFunc(9499*time.Millisecond, cancel)
					}
					err := call(ctx, d, stream)
					require.Equal(t, name == "an answer", err == nil, "%v", err)
				}, buoytest.Always(step))
			})
		}
	}
}

// A model of another name on the same endpoint: the request's own list of models
// would make the server ignore it.
func TestAnotherModelOfTheSameEndpoint(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := buoytest.NewMemServer(t, buoytest.ForModel("gpt-4o-mini", buoytest.Always(buoytest.OpenAIError(404, "model_not_found", "gone"))))
		c, err := buoy.New(endpointOf(srv), buoy.WithHTTPClient(srv.Client()), buoy.WithFallback(buoy.Target{Model: "other"}))
		require.NoError(t, err)
		req := hello
		req.Models = []string{"gpt-4o-mini", "x"}
		resp, err := c.Chat(t.Context(), req)
		require.NoError(t, err)
		require.Equal(t, "other", resp.Info.Model)
		require.Contains(t, string(srv.Requests()[0].Body), `"models"`)
		require.NotContains(t, string(srv.Requests()[1].Body), `"models"`)
		srv.Close()
	})
}

// After auth or quota another model on the same key does not pay the bill.
func TestASpentAccountSkipsItsOtherModels(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := buoytest.NewMemServer(t, buoytest.Always(noMoney))
		c, err := buoy.New(endpointOf(srv), buoy.WithHTTPClient(srv.Client()), buoy.WithFallback(buoy.Target{Model: "other"}))
		require.NoError(t, err)
		_, err = c.Chat(t.Context(), hello)
		require.ErrorIs(t, err, buoy.ErrQuota)
		require.Len(t, srv.Requests(), 1)
		srv.Close()
	})
}

// A server-side list of models and buoy's targets must not multiply.
func TestModelsCountAsAttempts(t *testing.T) {
	twoProviders(t, []buoytest.Step{buoytest.Always(buoytest.Error(502, ""))}, nil, nil, nil, func(t *testing.T, p pair) {
		req := hello
		req.Models = []string{"a", "b", "c"}
		_, err := p.Chat(t.Context(), req)
		require.NoError(t, err)
		require.Equal(t, []int{1, 1}, p.Sent(), "one request to the primary is three attempts")
	})
}

func TestNewRefusesTargetsThatCannotWork(t *testing.T) {
	primary := buoy.OpenAI("k")
	for name, tc := range map[string]struct {
		to   buoy.Target
		want string
	}{
		"the primary once more": {buoy.Target{}, "repeat the primary"},
		"a bad endpoint":        {buoy.Target{Endpoint: buoy.Endpoint{BaseURL: "http://x/v1"}}, "fallback target 1"},
		"the same name":         {buoy.Target{Endpoint: buoy.Endpoint{Name: "api.openai.com", BaseURL: "https://x/v1"}}, "Endpoint.Name"},
		"no key":                {buoy.Target{Endpoint: buoy.AITunnel()}, "AITUNNEL_API_KEY"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := buoy.New(primary, buoy.WithFallback(tc.to))
			require.ErrorContains(t, err, tc.want)
		})
	}
	_, err := buoy.New(primary, buoy.WithFallback(buoy.Target{Endpoint: buoy.OpenAI("k"), Model: "gpt-4o"}))
	require.NoError(t, err, "the same endpoint is one endpoint")
}

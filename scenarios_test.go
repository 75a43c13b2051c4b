package buoy_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/stretchr/testify/require"
)

// The sixteen faults of the public failoverbench v0.1, in our own words: a
// provider that misbehaves, a healthy one as the fallback, and what a correct
// client does. Every call is a stream.

// sixty is the whole answer: sixty tokens.
var sixty = func() (tokens []string) {
	for range 60 {
		tokens = append(tokens, "word ")
	}
	return tokens
}()

const sixtyText = 60 * len("word ")

// told is what a reader of a stream was told in the end.
type told struct {
	text  string
	model string
	usage int
	took  time.Duration
	err   error
}

// ask makes a streamed call as a user would: a restart begins the text anew.
func ask(ctx context.Context, c *buoy.Client) (r told) {
	start := time.Now()
	defer func() { r.took = time.Since(start) }()
	s, err := c.Stream(ctx, hello)
	if err != nil {
		return told{err: err}
	}
	for chunk, err := range s.Chunks() {
		if err != nil {
			r.err = err
			return r
		}
		if chunk.Restarted {
			r.text = ""
		}
		r.text += chunk.Text()
	}
	r.model, r.usage = s.Response().Model, s.Response().Usage.TotalTokens
	return r
}

func (r told) whole(t *testing.T) {
	t.Helper()
	require.NoError(t, r.err)
	require.Len(t, r.text, sixtyText)
}

// A careful user's settings: silence is not waited for, a cut stream begins anew.
var careful = []buoy.Option{
	buoy.WithTimeouts(buoy.Timeouts{FirstToken: 10 * time.Second, Idle: 10 * time.Second}),
	buoy.WithStreamRecovery(buoy.RecoverRestart),
}

func TestFailoverScenarios(t *testing.T) {
	answer := buoytest.Stream(sixty...)
	times := func(p pair) (at []time.Duration) {
		for _, r := range p.First.Requests() {
			at = append(at, r.At.Sub(p.First.Requests()[0].At))
		}
		return at
	}
	larger := func(to *buoy.Target) { to.LargerContext, to.Model = true, "large" }
	prefill := func(to *buoy.Target) { to.Prefill = true }
	badChunk := buoytest.Malformed(10)
	for _, tc := range []struct {
		name   string
		first  []buoytest.Step
		second []buoytest.Step
		target func(*buoy.Target)
		opts   []buoy.Option
		check  func(t *testing.T, p pair, r told)
	}{
		{name: "S01 429 with Retry-After", first: []buoytest.Step{buoytest.RetryAfter(2*time.Second, tooFast), answer},
			check: func(t *testing.T, p pair, r told) {
				r.whole(t)
				require.GreaterOrEqual(t, times(p)[1], 2*time.Second)
				require.Equal(t, []int{2, 0}, p.Sent())
			}},
		{name: "S02 429 without Retry-After, for ever", first: []buoytest.Step{buoytest.Always(tooFast)},
			check: func(t *testing.T, p pair, r told) {
				r.whole(t)
				require.LessOrEqual(t, len(p.First.Requests()), 4)
			}},
		{name: "S03 500 once", first: []buoytest.Step{buoytest.Error(500, ""), answer},
			check: func(t *testing.T, p pair, r told) {
				r.whole(t)
				require.Equal(t, []int{2, 0}, p.Sent(), "the same provider is asked again")
			}},
		{name: "S04 503 for ever", first: []buoytest.Step{buoytest.Always(buoytest.Error(503, ""))},
			check: func(t *testing.T, p pair, r told) {
				r.whole(t)
				require.LessOrEqual(t, len(p.First.Requests()), 4)
			}},
		{name: "S05 reset before the headers", first: []buoytest.Step{buoytest.Reset(), answer},
			check: func(t *testing.T, p pair, r told) { r.whole(t) }},
		{name: "S06 no answer at all", first: []buoytest.Step{buoytest.Always(buoytest.Hang(0))},
			check: func(t *testing.T, p pair, r told) {
				r.whole(t)
				require.LessOrEqual(t, r.took, 30*time.Second)
				require.Equal(t, []int{1, 1}, p.Sent(), "a silent route is not asked again")
			}},
		{name: "S07 slow first token", first: []buoytest.Step{buoytest.Stall(0, 20*time.Second)},
			check: func(t *testing.T, p pair, r told) {
				r.whole(t)
				require.LessOrEqual(t, r.took, 15*time.Second)
			}},
		{name: "S08 stream cut", first: []buoytest.Step{buoytest.Always(buoytest.Cut(40))},
			check: func(t *testing.T, p pair, r told) { r.whole(t) }},
		{name: "S09 stream stall", first: []buoytest.Step{buoytest.Always(buoytest.Stall(20, 30*time.Second))},
			check: func(t *testing.T, p pair, r told) {
				r.whole(t)
				require.LessOrEqual(t, r.took, 45*time.Second)
				ask(t.Context(), p.Client).whole(t)
			}},
		{name: "S10 malformed chunk", first: []buoytest.Step{badChunk, answer},
			check: func(t *testing.T, p pair, r told) {
				r.whole(t)
				ask(t.Context(), p.Client).whole(t)
			}},
		{name: "S11 no [DONE]", first: []buoytest.Step{buoytest.ReplyWith(buoytest.Answer{Tokens: sixty, OmitDone: true})},
			check: func(t *testing.T, p pair, r told) {
				r.whole(t)
				require.Less(t, r.took, time.Second)
				require.Positive(t, r.usage)
			}},
		{name: "S12 context length", first: []buoytest.Step{buoytest.Always(buoytest.OpenAIError(400, "context_length_exceeded", "too long"))}, target: larger,
			check: func(t *testing.T, p pair, r told) {
				r.whole(t)
				require.Equal(t, []int{1, 1}, p.Sent())
			}},
		{name: "S13 content filter", first: []buoytest.Step{buoytest.Always(buoytest.OpenAIError(400, "content_policy_violation", "refused by our policy"))},
			check: func(t *testing.T, p pair, r told) {
				require.ErrorIs(t, r.err, buoy.ErrModeration)
				require.ErrorContains(t, r.err, "refused by our policy")
				require.Equal(t, []int{1, 0}, p.Sent())
			}},
		{name: "S14 the fallback rejects prefill", first: []buoytest.Step{buoytest.Always(buoytest.Cut(40))}, second: []buoytest.Step{buoytest.Always(noPrefill())}, target: prefill,
			opts: []buoy.Option{buoy.WithStreamRecovery(buoy.RecoverContinue)},
			check: func(t *testing.T, p pair, r told) {
				if r.err != nil { // the first failure, never the refused prefill
					require.ErrorIs(t, r.err, buoy.ErrStreamInterrupted)
					require.NotContains(t, r.err.Error(), "prefill")
					t.Fatalf("not rescued: %v", r.err)
				}
				r.whole(t)
			}},
		{name: "S16 accounting", first: []buoytest.Step{buoytest.Always(buoytest.Error(503, ""))}, target: func(to *buoy.Target) { to.Model = "the-other" },
			check: func(t *testing.T, p pair, r told) {
				r.whole(t)
				require.Equal(t, "the-other", r.model)
				require.Positive(t, r.usage)
			}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			second := tc.second
			if second == nil {
				second = []buoytest.Step{buoytest.Always(answer)}
			}
			first := append(tc.first, buoytest.Always(answer))
			opts := append(append([]buoy.Option{}, careful...), tc.opts...)
			twoProviders(t, first, second, tc.target, opts, func(t *testing.T, p pair) {
				tc.check(t, p, ask(t.Context(), p.Client))
			})
		})
	}
}

// noPrefill answers well, but refuses a request that ends with an assistant's message.
func noPrefill() buoytest.Step {
	return buoytest.Func(func(w http.ResponseWriter, r *http.Request) {
		var body struct{ Messages []struct{ Role string } }
		raw, _ := io.ReadAll(r.Body)
		_ = json.Unmarshal(raw, &body)
		if n := len(body.Messages); n > 0 && body.Messages[n-1].Role == "assistant" {
			w.WriteHeader(400)
			_, _ = io.WriteString(w, `{"error":{"message":"This model does not support assistant message prefill.","type":"invalid_request_error","param":null,"code":null}}`)
			return
		}
		for _, token := range sixty {
			_, _ = io.WriteString(w, `data: {"id":"c","choices":[{"index":0,"delta":{"content":"`+token+`"},"finish_reason":null}]}`+"\n\n")
		}
		_, _ = io.WriteString(w, stop+done)
	})
}

// S15, a primary that flaps: 503 for a minute, then healthy; twenty requests, one
// every 4 s. All are served, and within 30 s of its return the primary is used.
func TestFailoverScenarioFlap(t *testing.T) {
	down := buoytest.For(60*time.Second, buoytest.Error(503, ""))
	twoProviders(t, []buoytest.Step{down}, nil, nil, careful, func(t *testing.T, p pair) {
		start := time.Now()
		for range 23 { // three more than the benchmark's, to see the primary's return
			r := ask(t.Context(), p.Client)
			require.NoError(t, r.err)
			time.Sleep(4*time.Second - r.took)
		}
		back := time.Duration(-1)
		for _, r := range p.First.Requests() {
			if at := r.At.Sub(start); at >= 60*time.Second {
				back = at - 60*time.Second
				break
			}
		}
		require.GreaterOrEqual(t, back, time.Duration(0), "never back")
		require.LessOrEqual(t, back, 30*time.Second)
	})
}

// What no peer passes: a refusal inside a 200, comments that hide a stall, and a
// long Retry-After against a short deadline.
func TestBeyondTheScenarios(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := buoytest.NewMemServer(t, buoytest.InBand(`{"error":{"code":402,"message":"Insufficient credits"}}`),
			buoytest.CommentsAfter(20, time.Second, 0), buoytest.RetryAfter(30*time.Second, tooFast))
		c, err := buoy.New(endpointOf(srv), append(careful, buoy.WithHTTPClient(srv.Client()), buoy.WithStreamRecovery(buoy.RecoverNone))...)
		require.NoError(t, err)
		require.ErrorIs(t, ask(t.Context(), c).err, buoy.ErrQuota)
		r := ask(t.Context(), c)
		require.ErrorIs(t, r.err, buoy.ErrTimeout)
		require.Equal(t, 10*time.Second, r.took.Round(time.Millisecond))
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		r = ask(ctx, c)
		require.ErrorIs(t, r.err, buoy.ErrRateLimit)
		require.Zero(t, r.took)
		ce, ok := errors.AsType[*buoy.CallError](r.err)
		require.True(t, ok)
		require.Equal(t, buoy.StopDeadline, ce.Stop)
		srv.Close()
	})
}

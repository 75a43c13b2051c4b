package buoy_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/stretchr/testify/require"
)

// chatBoth asks two providers with the same script, one of them by a stream.
func chatBoth(t *testing.T, req buoy.Request, dialect buoytest.Dialect, steps ...buoytest.Step) (whole, streamed *buoy.Response) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		for _, opts := range [][]buoy.CallOption{nil, {buoy.WithStreamedChat()}} {
			srv := buoytest.NewMemServer(t, steps...)
			srv.Speak(dialect)
			c, err := buoy.New(endpointOf(srv), buoy.WithHTTPClient(srv.Client()))
			require.NoError(t, err)
			resp, err := c.Chat(t.Context(), req, opts...)
			require.NoError(t, err)
			require.Equal(t, opts != nil, srv.Requests()[0].Stream)
			whole, streamed = streamed, resp
			require.NoError(t, c.Close())
			srv.Close()
		}
	})
	return whole, streamed
}

// Chat brings the same, whichever way it travels.
func TestStreamedChatBringsTheSame(t *testing.T) {
	for _, tc := range []struct {
		name   string
		change func(*buoy.Request)
		answer buoytest.Answer
	}{
		{"text", nil, buoytest.Answer{Text: "Ünder the 🙂 sea."}},
		{"length", nil, buoytest.Answer{Text: "cut off", FinishReason: "length"}},
		{"tool calls", nil, buoytest.Answer{ToolCalls: []buoytest.ToolCall{{ID: "a", Name: "f", Arguments: `{"x":[1,2,3],"long":"argument"}`}, {ID: "b", Name: "g", Arguments: `{}`}}}},
		{"text and tool calls", nil, buoytest.Answer{Text: "Let me see.", ToolCalls: []buoytest.ToolCall{{Name: "f", Arguments: `{}`}}}},
		{"reasoning", nil, buoytest.Answer{Reasoning: "Hm, well ...", Text: "Yes."}},
		{"a refusal", nil, buoytest.Answer{Refusal: "I cannot do that."}},
		{"three choices", func(r *buoy.Request) { r.N = new(3) }, buoytest.Answer{Text: "one of three"}},
		{"structured output", func(r *buoy.Request) { r.ResponseFormat = buoy.JSONObject() }, buoytest.Answer{Text: `{"a":1}`}},
		{"further fields", nil, buoytest.Answer{Text: "x", Message: map[string]any{"annotations": []any{map[string]any{"type": "file", "file": map[string]any{"hash": "h"}}}}}},
		{"unknown fields", nil, buoytest.Answer{Text: "x", Extra: map[string]any{"novel": 7}, Message: map[string]any{"novel": map[string]any{"y": 1}}}},
		{"details of the usage", nil, buoytest.Answer{Text: "x", Usage: buoytest.Usage{PromptTokens: 9, CompletionTokens: 8, TotalTokens: 17, CachedTokens: 4, ReasoningTokens: 3}}},
	} {
		for _, dialect := range []buoytest.Dialect{buoytest.OpenAI, buoytest.AITunnel} {
			t.Run(tc.name, func(t *testing.T) {
				req := hello
				if tc.change != nil {
					tc.change(&req)
				}
				whole, streamed := chatBoth(t, req, dialect, buoytest.ReplyWith(tc.answer))
				require.Len(t, streamed.Info.Attempts, 1)
				require.Equal(t, whole.Info.Endpoint, streamed.Info.Endpoint)
				require.Equal(t, whole.Info.Model, streamed.Info.Model)
				require.Equal(t, streamed.Usage, streamed.Info.Attempts[0].Usage)
				whole.Info, streamed.Info = buoy.CallInfo{}, buoy.CallInfo{}
				// How many bytes the request had, which differs, is in the derived usage.
				if tc.answer.Usage.PromptTokens == 0 {
					whole.Usage, streamed.Usage = buoy.Usage{}, buoy.Usage{}
				}
				require.Equal(t, whole, streamed)
			})
		}
	}
}

// A server that answers whole all the same is taken at its word.
func TestStreamedChatOfAWholeAnswer(t *testing.T) {
	body := `{"id":"x","choices":[{"index":0,"message":{"role":"assistant","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]},"finish_reason":"stop"}],"novel":1}`
	whole, streamed := chatBoth(t, hello, buoytest.OpenAI, buoytest.Raw(200, "application/json", []byte(body)))
	require.Len(t, streamed.Choices[0].Message.Parts, 2)
	whole.Info, streamed.Info = buoy.CallInfo{}, buoy.CallInfo{}
	require.Equal(t, whole, streamed)
}

// Nothing has been shown to anybody, so whatever breaks off is asked for again.
func TestStreamedChatRetriesWhatBreaks(t *testing.T) {
	for _, tc := range interruptions {
		t.Run(tc.name, func(t *testing.T) {
			bubble(t, []buoy.Option{buoy.WithStreamedChat(), another}, func(t *testing.T, d desk) {
				resp, err := d.Chat(t.Context(), hello)
				require.NoError(t, err)
				require.Equal(t, "another answer", resp.Text())
				require.Len(t, resp.Info.Attempts, 2)
				require.ErrorIs(t, resp.Info.Attempts[0].Err, tc.kind)
				require.NoError(t, resp.Info.Attempts[1].Err)
				for _, r := range d.Server.Requests() {
					require.True(t, r.Stream)
					require.True(t, r.IncludeUsage)
				}
			}, tc.step, buoytest.Reply("another answer"))
		})
	}
}

// It fails as other calls do, with the part that came in the error.
func TestStreamedChatFails(t *testing.T) {
	opts := []buoy.Option{buoy.WithStreamedChat(), buoy.WithBreaker(buoy.BreakerPolicy{Disabled: true})}
	bubble(t, opts, func(t *testing.T, d desk) {
		_, err := d.Chat(t.Context(), hello)
		ce := callError(t, err)
		require.Equal(t, "chat", ce.Op)
		require.Equal(t, buoy.StopAttempts, ce.Stop)
		require.Len(t, ce.Attempts, 5)
		require.ErrorIs(t, err, buoy.ErrStreamInterrupted)
	}, buoytest.Always(buoytest.Cut(3)))

	bubble(t, opts, func(t *testing.T, d desk) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		start := time.Now()
		_, err := d.Chat(ctx, hello)
		require.Equal(t, time.Second, time.Since(start))
		require.ErrorIs(t, err, context.Canceled)
		require.Equal(t, buoy.StopCanceled, callError(t, err).Stop)
	}, buoytest.Stall(3, 0))
}

// A stall is seen after Idle, and a long answer is not cut off by Attempt.
func TestStreamedChatWatchesTokens(t *testing.T) {
	timeouts := buoy.WithTimeouts(buoy.Timeouts{FirstToken: 20 * time.Second, Idle: 10 * time.Second, Attempt: 30 * time.Second})
	slow := buoytest.Slow(9*time.Second, "one", " two", " three", " four", " five", " six", " seven")
	bubble(t, []buoy.Option{timeouts, buoy.WithStreamedChat(), another}, func(t *testing.T, d desk) {
		resp, err := d.Chat(t.Context(), hello)
		require.NoError(t, err)
		require.Equal(t, "one two three four five six seven", resp.Text())
		require.Len(t, resp.Info.Attempts, 1)
		require.Equal(t, 9*time.Second, resp.Info.Attempts[0].FirstToken)
		require.Equal(t, 63*time.Second, resp.Info.Attempts[0].Duration)

		resp, err = d.Chat(t.Context(), hello)
		require.NoError(t, err)
		require.InDelta(t, 10*time.Second, resp.Info.Attempts[0].Duration, float64(time.Microsecond), "a stall")

		resp, err = d.Chat(t.Context(), hello)
		require.NoError(t, err)
		require.Equal(t, 20*time.Second, resp.Info.Attempts[0].Duration, "no first token")
	}, slow, buoytest.Stall(3, 0), buoytest.Reply("fine"), buoytest.Hang(0), buoytest.Reply("fine"))
	bubble(t, []buoy.Option{timeouts}, func(t *testing.T, d desk) {
		_, err := d.Chat(t.Context(), hello)
		require.ErrorIs(t, err, buoy.ErrTimeout)
	}, buoytest.Always(slow))
}

// With a fallback a stalled target is left at once.
func TestStreamedChatFallsBack(t *testing.T) {
	opts := []buoy.Option{buoy.WithStreamedChat(), buoy.WithFallback(buoy.Target{Model: "b"})}
	bubble(t, opts, func(t *testing.T, d desk) {
		resp, err := d.Chat(t.Context(), hello)
		require.NoError(t, err)
		require.Equal(t, "from b", resp.Text())
		require.Equal(t, []string{primary, "b"}, modelsAsked(d))
	}, buoytest.ForModel(primary, buoytest.Stall(3, 0)), buoytest.Reply("from b"))
}

// Calls of Stream are left alone.
func TestStreamedChatIsForChat(t *testing.T) {
	bubble(t, []buoy.Option{buoy.WithStreamedChat()}, func(t *testing.T, d desk) {
		w := watch(t, streamOf(t, d))
		require.ErrorIs(t, w.Err, buoy.ErrStreamInterrupted)
		require.Equal(t, brown, w.Text)
	}, buoytest.Cut(3))
}

package buoy_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/stretchr/testify/require"
)

// continuing runs f against a provider whose models take a prefill.
func continuing(t *testing.T, opts []buoy.Option, f func(t *testing.T, d desk), steps ...buoytest.Step) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		srv := buoytest.NewMemServer(t, steps...)
		e := endpointOf(srv)
		e.Prefill = true
		c, err := buoy.New(e, append([]buoy.Option{buoy.WithHTTPClient(srv.Client()), buoy.WithStreamRecovery(buoy.RecoverContinue)}, opts...)...)
		require.NoError(t, err)
		f(t, desk{Client: c, Server: srv})
		require.NoError(t, c.Close())
		srv.Close()
	})
}

// prefillOf is the assistant's text at the end of a request, "" for none.
func prefillOf(t *testing.T, r buoytest.Received) string {
	t.Helper()
	var body struct {
		Messages []struct{ Role, Content string }
	}
	require.NoError(t, json.Unmarshal(r.Body, &body))
	if last := body.Messages[len(body.Messages)-1]; last.Role == "assistant" {
		return last.Content
	}
	return ""
}

func prefills(t *testing.T, d desk) (out []string) {
	for _, r := range d.Server.Requests() {
		out = append(out, prefillOf(t, r))
	}
	return out
}

const brown = "The quick brown"

// A prefill asks only for the rest, and the reader has the text whole and once.
func TestRecoverContinue(t *testing.T) {
	for _, tc := range []struct {
		name     string
		step     buoytest.Step
		want     string
		restarts int
	}{
		{"the rest", buoytest.Stream(" fox", " jumps."), brown + " fox jumps.", 0},
		{"with the last word", buoytest.Stream("brown", " fox", " jumps."), brown + " fox jumps.", 0},
		{"all of it again", buoytest.Stream("The", " quick", " brown", " fox"), brown + " fox", 0},
		{"another beginning", buoytest.Stream("The", " quick", " red", " fox"), "The quick red fox", 1},
		{"one token", buoytest.Stream("."), brown + ".", 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			continuing(t, nil, func(t *testing.T, d desk) {
				s := streamOf(t, d)
				w := watch(t, s)
				require.NoError(t, w.Err)
				require.Equal(t, tc.want, w.Text)
				require.Equal(t, tc.restarts, w.Restarts)
				require.Equal(t, []string{"", brown}, prefills(t, d))
				require.Equal(t, "stop", s.Response().Choices[0].FinishReason)
			}, buoytest.Cut(3), tc.step)
		})
	}
}

// Each interruption adds to the prefill.
func TestRecoverContinueAgainAndAgain(t *testing.T) {
	continuing(t, nil, func(t *testing.T, d desk) {
		s := streamOf(t, d)
		w := watch(t, s)
		require.NoError(t, w.Err)
		require.Equal(t, "one two three four five", w.All)
		require.Equal(t, []string{"", "one two", "one two three", "one two three four"}, prefills(t, d))
		require.Len(t, s.Info().Attempts, 4)
	}, cutAfter("one", " two"), cutAfter(" three"), cutAfter(" four"), buoytest.Stream(" five"))
}

// cutAfter streams these tokens and ends without a finish reason.
func cutAfter(tokens ...string) buoytest.Step {
	var body []byte
	for _, token := range tokens {
		content, _ := json.Marshal(token)
		body = append(body, `data: {"choices":[{"index":0,"delta":{"content":`+string(content)+`}}]}`+"\n\n"...)
	}
	return buoytest.Raw(200, "text/event-stream", body)
}

// The usage of a text that several attempts made is their sum.
func TestRecoverContinueAddsUp(t *testing.T) {
	first := buoytest.Raw(200, "text/event-stream", []byte(
		`data: {"choices":[{"index":0,"delta":{"content":"one"}}],"usage":{"prompt_tokens":10,"completion_tokens":1,"total_tokens":11,"cost_rub":0.5,"balance":9}}`+"\n\n"))
	second := buoytest.ReplyWith(buoytest.Answer{Text: " two", Usage: buoytest.Usage{PromptTokens: 12, CompletionTokens: 2, TotalTokens: 14, CostRUB: new(0.25), Balance: new(8.75)}})
	continuing(t, nil, func(t *testing.T, d desk) {
		s := streamOf(t, d)
		require.NoError(t, watch(t, s).Err)
		u := s.Response().Usage
		require.Equal(t, 22, u.PromptTokens)
		require.Equal(t, 3, u.CompletionTokens)
		require.Equal(t, 25, u.TotalTokens)
		require.InDelta(t, 0.75, *u.CostRUB, 1e-9)
		require.InDelta(t, 8.75, *u.Balance, 0, "a balance is not added")
		attempts := s.Info().Attempts
		require.Equal(t, 11, attempts[0].Usage.TotalTokens)
		require.Equal(t, 14, attempts[1].Usage.TotalTokens, "each attempt has its own")
	}, first, second)
	parts := buoytest.Raw(200, "text/event-stream", []byte(`data: {"choices":[{"index":0,"delta":{"content":" two"}}],"usage":{"input_tokens":12}}`+"\n\n"+
		`data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":{"output_tokens":2}}`+"\n\ndata: [DONE]\n\n"))
	continuing(t, nil, func(t *testing.T, d desk) {
		s := streamOf(t, d)
		require.NoError(t, watch(t, s).Err)
		u := s.Response().Usage
		require.Equal(t, []int{22, 3, 25}, []int{u.PromptTokens, u.CompletionTokens, u.TotalTokens}, "one comes after the other, without a total")
	}, first, parts)
	restarted := buoytest.ReplyWith(buoytest.Answer{Text: "other", Usage: buoytest.Usage{PromptTokens: 12, CompletionTokens: 2, TotalTokens: 14}})
	bubble(t, []buoy.Option{restart}, func(t *testing.T, d desk) {
		s := streamOf(t, d)
		require.NoError(t, watch(t, s).Err)
		require.Equal(t, 14, s.Response().Usage.TotalTokens, "the lost attempt stands in Info")
		require.Equal(t, 11, s.Info().Attempts[0].Usage.TotalTokens)
	}, first, restarted)
}

// Where a prefill is refused the answer begins again, at once and as another
// attempt; the refusal hides nothing.
func TestRecoverContinueRefused(t *testing.T) {
	refusal := buoytest.Error(400, `{"error":{"message":"This model does not support assistant message prefill.","type":"invalid_request_error"}}`)
	continuing(t, nil, func(t *testing.T, d desk) {
		s := streamOf(t, d)
		w := watch(t, s)
		require.NoError(t, w.Err)
		require.Equal(t, buoytest.DefaultText, w.Text)
		require.Equal(t, []string{"", brown, ""}, prefills(t, d))
		attempts := s.Info().Attempts
		require.Len(t, attempts, 3)
		require.ErrorIs(t, attempts[1].Err, buoy.ErrInvalidRequest)
		require.Zero(t, attempts[2].Wait)
	}, buoytest.Cut(3), refusal)

	continuing(t, nil, func(t *testing.T, d desk) {
		w := watch(t, streamOf(t, d))
		require.Equal(t, buoy.ErrStreamInterrupted, buoy.KindOf(w.Err))
		require.Equal(t, buoy.StopAttempts, callError(t, w.Err).Stop)
		require.Equal(t, brown, w.Text)
		require.Equal(t, []string{"", brown, "", "", ""}, prefills(t, d), "it is not asked for twice")
		require.Equal(t, buoy.ErrInvalidRequest, buoy.KindOf(callError(t, w.Err).Attempts[1].Err))
	}, buoytest.Cut(3), refusal, buoytest.Always(buoytest.Fail(500)))

	continuing(t, []buoy.Option{buoy.WithRetry(buoy.RetryPolicy{MaxAttempts: 2})}, func(t *testing.T, d desk) {
		w := watch(t, streamOf(t, d))
		require.Equal(t, buoy.ErrStreamInterrupted, buoy.KindOf(w.Err))
		require.Equal(t, buoy.StopAttempts, callError(t, w.Err).Stop)
		require.Len(t, d.Server.Requests(), 2, "the cap holds")
	}, buoytest.Cut(3), refusal)
}

// A continuation of nothing proves nothing: it begins again.
func TestRecoverContinueWithNothing(t *testing.T) {
	continuing(t, nil, func(t *testing.T, d desk) {
		w := watch(t, streamOf(t, d))
		require.NoError(t, w.Err)
		require.Equal(t, buoytest.DefaultText, w.Text)
		require.Equal(t, []string{"", brown, ""}, prefills(t, d))
	}, buoytest.Cut(3), buoytest.Empty())
}

// The reader gets no more than the caller asked for: what came is taken off the limits.
func TestRecoverContinueKeepsTheLimits(t *testing.T) {
	text := strings.Repeat("word ", 40)[:199] // with an x 200 bytes, 50 tokens
	event := func(content, usage string) string {
		return `data: {"choices":[{"index":0,"delta":{"content":"` + content + `"}}]` + usage + "}\n\n"
	}
	for _, tc := range []struct {
		name, usage string
		limit       int
		want        int
	}{
		{"estimated", "", 100, 50},
		{"as the usage says", `,"usage":{"prompt_tokens":9,"completion_tokens":41,"total_tokens":50}`, 100, 59},
		{"a usage of before the text", `,"usage":{"prompt_tokens":9,"completion_tokens":1,"total_tokens":10}`, 100, 50},
		{"never under one", "", 20, 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			continuing(t, nil, func(t *testing.T, d desk) {
				req := hello
				req.MaxTokens, req.MaxCompletionTokens = &tc.limit, &tc.limit
				s, err := d.Stream(t.Context(), req)
				require.NoError(t, err)
				require.NoError(t, watch(t, s).Err)
				for i, want := range []int{tc.limit, tc.want} {
					var body struct {
						MaxTokens           int `json:"max_tokens"`
						MaxCompletionTokens int `json:"max_completion_tokens"`
					}
					require.NoError(t, json.Unmarshal(d.Server.Requests()[i].Body, &body))
					require.Equal(t, want, body.MaxTokens)
					require.Equal(t, want, body.MaxCompletionTokens)
				}
				require.Equal(t, tc.limit, *req.MaxTokens, "the request is not changed")
			}, buoytest.Raw(200, "text/event-stream", []byte(event(text+"x", tc.usage))), buoytest.Stream(" end"))
		})
	}
}

// What is more than the text of one answer cannot be continued.
func TestRecoverContinueOnlyText(t *testing.T) {
	event := func(delta string) string { return `data: {"choices":[{"index":0,"delta":` + delta + `}]}` + "\n\n" }
	raw := func(body string) buoytest.Step { return buoytest.Raw(200, "text/event-stream", []byte(body)) }
	for _, tc := range []struct {
		name   string
		change func(*buoy.Request)
		step   buoytest.Step
	}{
		{"several choices", func(r *buoy.Request) { r.N = new(2) }, buoytest.Cut(3)},
		{"structured output", func(r *buoy.Request) { r.ResponseFormat = buoy.JSONObject() }, buoytest.Cut(3)},
		{"structured output in Extra", func(r *buoy.Request) {
			r.Extra = map[string]any{"response_format": map[string]any{"type": "json_object"}}
		}, buoytest.Cut(3)},
		{"reasoning", nil, raw(event(`{"reasoning":"hm"}`) + event(`{"content":"a"}`))},
		{"a tool call", nil, raw(event(`{"content":"a"}`) + event(`{"tool_calls":[{"index":0,"id":"x","function":{"name":"f","arguments":""}}]}`))},
		{"a refusal", nil, raw(event(`{"refusal":"no"}`))},
		{"audio", nil, raw(event(`{"audio":{"data":"QQ=="}}`))},
		{"white space", nil, raw(event(`{"content":"\n "}`))},
		{"a prefill of several parts", func(r *buoy.Request) {
			r.Messages = append(r.Messages, buoy.Message{Role: "assistant", Parts: []buoy.Part{buoy.Text("a")}})
		}, buoytest.Cut(3)},
	} {
		t.Run(tc.name, func(t *testing.T) {
			continuing(t, nil, func(t *testing.T, d desk) {
				req := hello
				req.Messages = slices.Clone(req.Messages)
				if tc.change != nil {
					tc.change(&req)
				}
				s, err := d.Stream(t.Context(), req)
				require.NoError(t, err)
				require.NoError(t, watch(t, s).Err)
				got := d.Server.Requests()
				require.Len(t, got, 2)
				require.Equal(t, string(got[0].Body), string(got[1].Body), "the same request, from the start")
			}, tc.step)
		})
	}
}

// A caller's own prefill is continued, not followed by a second message.
func TestRecoverContinueTheCallersPrefill(t *testing.T) {
	continuing(t, nil, func(t *testing.T, d desk) {
		req := hello
		req.Messages = append(slices.Clone(req.Messages), buoy.Assistant("Once upon a time "))
		s, err := d.Stream(t.Context(), req)
		require.NoError(t, err)
		require.NoError(t, watch(t, s).Err)
		require.Equal(t, []string{"Once upon a time ", "Once upon a time there was"}, prefills(t, d))
		require.Equal(t, "there was a buoy", s.Response().Text())
		require.Equal(t, "Once upon a time ", req.Messages[1].Content, "the request is not changed")
	}, cutAfter("there", " was "), buoytest.Stream(" a", " buoy"))
}

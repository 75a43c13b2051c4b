package buoytest_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/buoy-go/buoy/buoytest"
)

// reasons are the finish reasons in the events of a stream, in order.
func reasons(t *testing.T, body string) []string {
	t.Helper()
	var rs []string
	for _, p := range payloads(body) {
		if p == "[DONE]" {
			continue
		}
		for _, c := range parse(t, p).Choices {
			if c.FinishReason != nil {
				rs = append(rs, *c.FinishReason)
			}
		}
	}
	return rs
}

func TestReplyWhole(t *testing.T) {
	networks(t, func(t *testing.T, start func(...buoytest.Step) (*buoytest.Server, *http.Client)) {
		srv, client := start(buoytest.Reply("Привет, \"мир\"\n"))
		got := post(t, client, srv.URL, askWhole)
		require.NoError(t, got.err)
		require.Equal(t, 200, got.resp.StatusCode)
		require.Equal(t, "application/json", got.resp.Header.Get("Content-Type"))
		require.Equal(t, "req_1", got.resp.Header.Get("X-Request-Id"))
		require.Equal(t, int64(len(got.body)), got.resp.ContentLength)

		r := parse(t, got.body)
		require.Equal(t, "chatcmpl-1", r.ID)
		require.Equal(t, "chat.completion", r.Object)
		require.Equal(t, "m", r.Model)
		require.NotZero(t, r.Created)
		require.Len(t, r.Choices, 1)
		require.Equal(t, "assistant", r.Choices[0].Message.Role)
		require.Equal(t, "Привет, \"мир\"\n", r.Choices[0].Message.Content)
		require.Equal(t, "stop", *r.Choices[0].FinishReason)
		require.Equal(t, r.Usage.PromptTokens+r.Usage.CompletionTokens, r.Usage.TotalTokens)
		require.Nil(t, r.Usage.CostRUB)
		require.Contains(t, got.body, `"logprobs":null`)
		require.Contains(t, got.body, `"refusal":null`)
	})
}

func TestReplyStreamed(t *testing.T) {
	networks(t, func(t *testing.T, start func(...buoytest.Step) (*buoytest.Server, *http.Client)) {
		srv, client := start(buoytest.Reply("one two  three\nfour"))
		got := post(t, client, srv.URL, askStream)
		require.NoError(t, got.err)
		require.Equal(t, 200, got.resp.StatusCode)
		require.Equal(t, "text/event-stream; charset=utf-8", got.resp.Header.Get("Content-Type"))
		require.Equal(t, int64(-1), got.resp.ContentLength)
		require.Equal(t, "one two  three\nfour", text(t, got.body))

		ps := payloads(got.body)
		require.Len(t, ps, 8, "role, four words, finish reason, usage, [DONE]")
		role := parse(t, ps[0])
		require.Equal(t, "chat.completion.chunk", role.Object)
		require.Equal(t, "assistant", role.Choices[0].Delta.Role)
		require.Contains(t, ps[0], `"usage":null`)
		require.Equal(t, " two", parse(t, ps[2]).Choices[0].Delta.Content)
		require.Equal(t, "stop", *parse(t, ps[5]).Choices[0].FinishReason)
		usage := parse(t, ps[6])
		require.Empty(t, usage.Choices)
		require.Contains(t, ps[6], `"choices":[]`)
		require.Equal(t, 4, usage.Usage.CompletionTokens)
		require.Equal(t, "[DONE]", ps[7])
	})
}

func TestReplyUsageOnlyWhenAsked(t *testing.T) {
	srv := buoytest.NewServer(t)
	ask := strings.Replace(askStream, `,"stream_options":{"include_usage":true}`, "", 1)
	require.NotContains(t, post(t, srv.Client(), srv.URL, ask).body, "usage")
	srv.Speak(buoytest.AITunnel)
	require.Contains(t, post(t, srv.Client(), srv.URL, ask).body, `"choices":[],"usage":{"prompt_tokens"`)
}

func TestReplyInTheDialectOfAITunnel(t *testing.T) {
	srv := buoytest.NewServer(t, buoytest.Reply("a b"), buoytest.Reply("a b"),
		buoytest.ReplyWith(buoytest.Answer{Usage: buoytest.Usage{CostRUB: new(1.5), Balance: new(7.25)}}),
		buoytest.Speaking(buoytest.OpenAI, buoytest.Reply("x")))
	srv.Speak(buoytest.AITunnel)

	whole := post(t, srv.Client(), srv.URL, askWhole)
	r := parse(t, whole.body)
	require.InDelta(t, float64(r.Usage.TotalTokens)/100, *r.Usage.CostRUB, 1e-9)
	require.InDelta(t, 1000, *r.Usage.Balance, 0)
	require.Contains(t, whole.body, `"native_finish_reason":"stop"`)

	streamed := post(t, srv.Client(), srv.URL, askStream)
	require.Equal(t, "text/event-stream", streamed.resp.Header.Get("Content-Type"))
	require.Equal(t, 1, strings.Count(streamed.body, `"usage"`), "once, in the last chunk")

	r = parse(t, post(t, srv.Client(), srv.URL, askWhole).body)
	require.InDelta(t, 1.5, *r.Usage.CostRUB, 0)
	require.InDelta(t, 7.25, *r.Usage.Balance, 0)
	require.Nil(t, parse(t, post(t, srv.Client(), srv.URL, askWhole).body).Usage.CostRUB, "a step may speak another dialect")
}

func TestStreamKeepsItsTokens(t *testing.T) {
	srv := buoytest.NewServer(t, buoytest.Times(2, buoytest.Stream("tok", "en", "s и ", "")))
	got := post(t, srv.Client(), srv.URL, askStream)
	require.Equal(t, "tokens и ", text(t, got.body))
	require.Len(t, payloads(got.body), 1+4+3)
	require.Equal(t, "tokens и ", text(t, post(t, srv.Client(), srv.URL, askWhole).body))
}

func TestReplyWithEverything(t *testing.T) {
	a := buoytest.Answer{
		Reasoning: "let me think",
		ToolCalls: []buoytest.ToolCall{
			{Name: "weather", Arguments: `{"city":"Москва"}`},
			{ID: "mine", Name: "time", Arguments: `{}`},
		},
		Model:   "m-2024",
		Message: map[string]any{"annotations": []any{}},
		Extra:   map[string]any{"provider": "P"},
	}
	srv := buoytest.NewServer(t, buoytest.Times(2, buoytest.ReplyWith(a)))

	whole := post(t, srv.Client(), srv.URL, askWhole)
	r := parse(t, whole.body)
	m := r.Choices[0].Message
	require.Equal(t, "m-2024", r.Model)
	require.Equal(t, "let me think", m.Reasoning)
	require.Equal(t, "tool_calls", *r.Choices[0].FinishReason)
	require.Len(t, m.ToolCalls, 2)
	require.Equal(t, "call_0", m.ToolCalls[0].ID)
	require.Equal(t, "function", m.ToolCalls[0].Type)
	require.Equal(t, "mine", m.ToolCalls[1].ID)
	require.Contains(t, whole.body, `"content":null`)
	require.Contains(t, whole.body, `"annotations":[]`)
	require.Contains(t, whole.body, `"provider":"P"`)

	streamed := post(t, srv.Client(), srv.URL, askStream)
	var reasoning, names string
	args := map[int]string{}
	for _, p := range payloads(streamed.body) {
		if p == "[DONE]" {
			continue
		}
		chunk := parse(t, p)
		require.Contains(t, p, `"provider":"P"`)
		for _, c := range chunk.Choices {
			reasoning += c.Delta.Reasoning
			for _, call := range c.Delta.ToolCalls {
				names += call.ID + call.Function.Name
				args[call.Index] += call.Function.Arguments
			}
		}
	}
	require.Equal(t, "let me think", reasoning)
	require.Equal(t, "call_0weathermine"+"time", names, "id and name come once")
	require.Equal(t, map[int]string{0: `{"city":"Москва"}`, 1: `{}`}, args)
	require.Contains(t, streamed.body, `"delta":{"annotations":[]}`)
	require.Equal(t, []string{"tool_calls"}, reasons(t, streamed.body))
}

func TestReplyRefuses(t *testing.T) {
	srv := buoytest.NewServer(t, buoytest.Times(2, buoytest.ReplyWith(buoytest.Answer{Refusal: "I will not."})))
	whole := post(t, srv.Client(), srv.URL, askWhole).body
	require.Contains(t, whole, `"content":null,"refusal":"I will not."`)
	require.Contains(t, post(t, srv.Client(), srv.URL, askStream).body, `"refusal":" will"`)
}

func TestReplyGivesAsManyChoicesAsAskedFor(t *testing.T) {
	srv := buoytest.NewServer(t)
	ask := strings.Replace(askStream, `"model"`, `"n":3,"model"`, 1)
	require.Equal(t, []string{"stop", "stop", "stop"}, reasons(t, post(t, srv.Client(), srv.URL, ask).body))
	ask = strings.Replace(askWhole, `"model"`, `"n":3,"model"`, 1)
	require.Len(t, parse(t, post(t, srv.Client(), srv.URL, ask).body).Choices, 3)
}

func TestReplyOmits(t *testing.T) {
	srv := buoytest.NewServer(t, buoytest.Times(2, buoytest.ReplyWith(buoytest.Answer{
		Text: "x", FinishReason: "length", OmitDone: true, OmitUsage: true})))
	streamed := post(t, srv.Client(), srv.URL, askStream)
	require.NoError(t, streamed.err)
	require.NotContains(t, streamed.body, "[DONE]")
	require.NotContains(t, streamed.body, "prompt_tokens")
	require.Equal(t, []string{"length"}, reasons(t, streamed.body))
	require.NotContains(t, post(t, srv.Client(), srv.URL, askWhole).body, "usage")
}

func TestEmpty(t *testing.T) {
	srv := buoytest.NewServer(t, buoytest.Times(2, buoytest.Empty()))
	require.Contains(t, post(t, srv.Client(), srv.URL, askWhole).body, `"content":"","refusal":null`)
	streamed := post(t, srv.Client(), srv.URL, askStream)
	require.Empty(t, text(t, streamed.body))
	require.Equal(t, []string{"stop"}, reasons(t, streamed.body))
}

func TestEcho(t *testing.T) {
	srv := buoytest.NewServer(t, buoytest.Always(buoytest.Echo()))
	require.Equal(t, "hi", text(t, post(t, srv.Client(), srv.URL, askStream).body))
	ask := strings.Replace(askWhole, `"hi"`, `[{"type":"text","text":"part"}]`, 1)
	require.Equal(t, "part", text(t, post(t, srv.Client(), srv.URL, ask).body))
	require.Empty(t, text(t, post(t, srv.Client(), srv.URL, `{}`).body))
}

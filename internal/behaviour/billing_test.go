package behaviour_test

import (
	"testing"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/stretchr/testify/require"
)

// What a failure may have cost: the usage where the provider tells it, else one
// that is unknown, unless it refused before it began.
func TestWhatAFailureMayHaveCost(t *testing.T) {
	const (
		begins = `data: {"choices":[{"index":0,"delta":{"role":"assistant","content":"Half"}}]}` + "\n\n"
		role   = `data: {"choices":[{"index":0,"delta":{"role":"assistant"}}]}` + "\n\n"
		usage  = `,"usage":{"prompt_tokens":7,"completion_tokens":3,"total_tokens":10}`
	)
	event := func(body string) buoytest.Step { return buoytest.Raw(200, "text/event-stream", []byte(body)) }
	fails := func(more string) string {
		return `data: {"error":{"code":502,"message":"the model broke"}` + more + "}\n\n"
	}
	for _, tc := range []struct {
		name    string
		step    buoytest.Step
		chat    bool // asked for whole; else as a stream
		unknown int64
		tokens  int64
	}{
		{name: "an error in the middle", step: event(begins + fails("")), unknown: 1},
		{name: "an error with a usage", step: event(begins + fails(usage)), tokens: 10},
		{name: "a usage before the error", step: event(begins + `data: {"choices":[]` + usage + "}\n\n" + fails("")), tokens: 10},
		{name: "an error in a choice", step: event(begins + `data: {"choices":[{"index":0,"delta":{},"finish_reason":"error","error":{"code":502,"message":"gone"}}]}` + "\n\n"), unknown: 1},
		{name: "a rate limit in the middle", step: event(begins + `data: {"error":{"code":429,"message":"slow down"}}` + "\n\n"), unknown: 1},
		{name: "moderation in the middle", step: event(begins + `data: {"error":{"code":"content_filter","message":"filtered"}}` + "\n\n"), unknown: 1},
		{name: "event: error", step: event(begins + "event: error\ndata: {\"message\":\"gone\"}\n\n"), unknown: 1},
		{name: "finish reason error", step: event(begins + `data: {"choices":[{"index":0,"delta":{},"finish_reason":"error"}]}` + "\n\n"), unknown: 1},
		{name: "an error after the role", step: event(role + fails("")), unknown: 1},
		{name: "an error first", step: event(fails("")), unknown: 1},
		{name: "an error first, with a usage", step: event(fails(usage)), tokens: 10},
		{name: "a refusal first", step: event(`data: {"error":{"code":429,"message":"slow down"}}` + "\n\n")},
		{name: "no money, first", step: event(`data: {"error":{"code":402,"message":"no balance"}}` + "\n\n")},
		{name: "a mistake, first", step: event(`data: {"error":{"code":400,"message":"bad"}}` + "\n\n")},
		{name: "a cut", step: buoytest.Cut(2), unknown: 1},
		{name: "their timeout", step: buoytest.Error(504, ""), unknown: 1},
		{name: "Cloudflare's timeout", step: buoytest.HTML(524), chat: true, unknown: 1},
		{name: "a 500", step: buoytest.Error(500, "")},
		{name: "a 503", step: buoytest.Error(503, ""), chat: true},
		{name: "whole: an error", step: buoytest.InBand(`{"error":{"code":502,"message":"gone"}}`), chat: true, unknown: 1},
		{name: "whole: a refusal", step: buoytest.InBand(`{"error":{"code":402,"message":"no balance"}}`), chat: true},
		{name: "whole: half an answer and an error", step: buoytest.InBand(`{"choices":[{"index":0,"message":{"role":"assistant","content":"Half"},"finish_reason":"error","error":{"code":502,"message":"gone"}}]}`), chat: true, unknown: 1},
		{name: "whole: the same with a usage", step: buoytest.InBand(`{"choices":[{"index":0,"message":{"role":"assistant","content":"Half"},"finish_reason":"error","error":{"code":502,"message":"gone"}}]` + usage + `}`), chat: true, tokens: 10},
	} {
		t.Run(tc.name, func(t *testing.T) {
			opts := []buoy.Option{noRetry, buoy.WithQuota(buoy.Quota{Tokens: 1000})}
			bubble(t, opts, func(t *testing.T, d desk) {
				require.Error(t, call(t.Context(), d, !tc.chat))
				s := status(t, d.Client)
				require.Equal(t, tc.unknown, s.Unknown)
				require.Equal(t, tc.tokens, s.Tokens)
			}, tc.step)
			if tc.chat {
				return
			}
			bubble(t, append(opts, buoy.WithStreamedChat()), func(t *testing.T, d desk) {
				require.Error(t, call(t.Context(), d, false))
				s := status(t, d.Client)
				require.Equal(t, tc.unknown, s.Unknown, "a chat that travels as a stream")
				require.Equal(t, tc.tokens, s.Tokens)
			}, tc.step)
		})
	}
}

// A quota that counts tokens alone says nothing of money.
func TestAQuotaSaysWhatItDoesNotKnow(t *testing.T) {
	prices := buoy.PriceTable{"gpt-4o-mini": {Prompt: 1, Completion: 1, Currency: buoy.RUB}}.Price
	for want, q := range map[string]buoy.Quota{
		"quota month-tokens: nobody told how many tokens an answer of desk for gpt-4o-mini took: it is not counted":   {Tokens: 1000},
		"quota month-cost-RUB: nobody told what an answer of desk for gpt-4o-mini has cost: it is not counted":        {Cost: 10, Currency: buoy.RUB, Prices: prices},
		"quota month-tokens-cost-RUB: nobody told what an answer of desk for gpt-4o-mini has cost: it is not counted": {Cost: 10, Currency: buoy.RUB, Prices: prices, Tokens: 1000},
	} {
		var told []string
		q.OnError = func(err error) { told = append(told, err.Error()) }
		bubble(t, []buoy.Option{buoy.WithQuota(q), noRetry}, func(t *testing.T, d desk) {
			require.Error(t, call(t.Context(), d, false))
		}, buoytest.Error(504, ""))
		require.Equal(t, []string{want}, told)
	}
}

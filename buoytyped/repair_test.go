package buoytyped_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"testing"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/buoy-go/buoy/buoytyped"
	"github.com/stretchr/testify/require"
)

const wrong = `{"name":"Soup","minutes":"twenty","vegan":true,"ingredients":[]}`

func TestRepairShowsTheModelItsMistake(t *testing.T) {
	usage := func(n int) buoytest.Usage {
		return buoytest.Usage{
			PromptTokens: n, CompletionTokens: 10 * n, TotalTokens: 11 * n, CachedTokens: n, ReasoningTokens: 2 * n,
			CostRUB: new(float64(n)), Balance: new(100 - float64(n)),
		}
	}
	srv, client := provider(t,
		buoytest.ReplyWith(buoytest.Answer{Text: wrong, Usage: usage(1)}),
		buoytest.Fail(503), // the repair is retried like any other call
		buoytest.ReplyWith(buoytest.Answer{Text: dinner, Usage: usage(2)}),
	)
	req := question()
	got, resp, err := buoytyped.ChatAs[recipe](t.Context(), client, req, buoytyped.WithRepair())
	require.NoError(t, err)
	require.Equal(t, soup(), got)
	require.Len(t, req.Messages, 2)

	require.Len(t, resp.Info.Attempts, 3)
	require.Equal(t, 3, resp.Usage.PromptTokens)
	require.Equal(t, 30, resp.Usage.CompletionTokens)
	require.Equal(t, 33, resp.Usage.TotalTokens)
	require.Equal(t, 3, resp.Usage.PromptTokensDetails.CachedTokens)
	require.Equal(t, 6, resp.Usage.CompletionTokensDetails.ReasoningTokens)
	require.Equal(t, new(3.0), resp.Usage.CostRUB)
	require.Equal(t, new(98.0), resp.Usage.Balance)

	sent := bodyOf(t, srv.Requests()[2])
	require.Equal(t, "json_schema", sent.ResponseFormat.Type)
	require.Len(t, sent.Messages, 4)
	require.Equal(t, "assistant", sent.Messages[2].Role)
	require.Equal(t, wrong, sent.Messages[2].Content)
	require.Equal(t, "user", sent.Messages[3].Role)
	require.Equal(t, "Your answer does not follow the JSON Schema: minutes: is a string where an integer is due.\n"+
		"Answer again, completely, with the corrected JSON and nothing else.", sent.Messages[3].Content)
}

// What the decoder says may quote the answer. That is for the model, and for
// nobody else.
func TestRepairTellsTheDecodersReason(t *testing.T) {
	srv, client := provider(t, buoytest.Reply(`{"scores":{},"any":1,"own":"x"}`), buoytest.Reply(`{"scores":{},"any":1,"own":1}`))
	_, _, err := buoytyped.ChatAs[open](t.Context(), client, question(), buoytyped.WithRepair())
	require.NoError(t, err)
	require.Contains(t, bodyOf(t, srv.Requests()[1]).Messages[3].Content, `its type refuses it (secret "x")`)
}

func TestRepairIsTriedOnce(t *testing.T) {
	srv, client := provider(t, buoytest.Always(buoytest.Reply(wrong)))
	_, resp, err := buoytyped.ChatAs[recipe](t.Context(), client, question(), buoytyped.WithRepair(), buoytyped.WithJSONMode())
	bad, ok := errors.AsType[*buoytyped.MismatchError](err)
	require.True(t, ok)
	require.NoError(t, bad.Repair)
	require.Same(t, resp, bad.Response)
	require.Len(t, resp.Info.Attempts, 2)
	require.Len(t, srv.Requests(), 2)
}

func TestWithoutRepairOneCallIsMade(t *testing.T) {
	srv, client := provider(t, buoytest.Always(buoytest.Reply(wrong)))
	_, _, err := buoytyped.ChatAs[recipe](t.Context(), client, question())
	require.ErrorIs(t, err, buoy.ErrMalformed)
	require.Len(t, srv.Requests(), 1)
}

func TestRepairThatFails(t *testing.T) {
	_, client := provider(t, buoytest.Reply(wrong), buoytest.Fail(402))
	_, resp, err := buoytyped.ChatAs[recipe](t.Context(), client, question(), buoytyped.WithRepair())
	bad, ok := errors.AsType[*buoytyped.MismatchError](err)
	require.True(t, ok)
	require.Equal(t, wrong, bad.Text)
	require.Same(t, resp, bad.Response)
	require.ErrorIs(t, err, buoy.ErrMalformed)
	require.ErrorIs(t, err, buoy.ErrQuota)
	require.Equal(t, buoy.ErrQuota, buoy.KindOf(err))
	require.ErrorContains(t, err, "minutes: is a string where an integer is due; the repair failed: buoy: chat m: ")

	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	_, client = provider(t, buoytest.Reply(wrong), buoytest.Func(func(_ http.ResponseWriter, r *http.Request) { cancel(); <-r.Context().Done() }))
	_, _, err = buoytyped.ChatAs[recipe](ctx, client, question(), buoytyped.WithRepair())
	require.ErrorIs(t, err, context.Canceled)
}

func TestToolCallsAreNotRepaired(t *testing.T) {
	srv, client := provider(t, buoytest.ReplyWith(buoytest.Answer{ToolCalls: []buoytest.ToolCall{{Name: "f", Arguments: "{}"}}}))
	_, resp, err := buoytyped.ChatAs[recipe](t.Context(), client, question(), buoytyped.WithRepair())
	require.EqualError(t, err, "the answer is no recipe: it calls a tool")
	require.Len(t, resp.ToolCalls(), 1)
	require.Len(t, srv.Requests(), 1)
}

// A reasoning model wants back what it thought, in the form in which it came.
func TestRepairSendsTheWholeMessageBack(t *testing.T) {
	srv, client := provider(t,
		buoytest.ReplyWith(buoytest.Answer{Text: wrong, Message: map[string]any{"reasoning_details": []any{map[string]any{"type": "x", "data": "signed"}}}}),
		buoytest.Reply(dinner))
	_, _, err := buoytyped.ChatAs[recipe](t.Context(), client, question(), buoytyped.WithRepair())
	require.NoError(t, err)
	var sent struct {
		Messages []map[string]json.RawMessage `json:"messages"`
	}
	require.NoError(t, json.Unmarshal(srv.Requests()[1].Body, &sent))
	require.JSONEq(t, `[{"type":"x","data":"signed"}]`, string(sent.Messages[2]["reasoning_details"]))
}

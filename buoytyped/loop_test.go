package buoytyped_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/buoy-go/buoy/buoytyped"
	"github.com/stretchr/testify/require"
)

type place struct {
	City string `json:"city" jsonschema:"in English"`
	Unit string `json:"unit,omitempty" enum:"celsius,fahrenheit"`
}

type report struct {
	City    string  `json:"city"`
	Degrees float64 `json:"degrees"`
}

var errNoCity = errors.New("no such city: try Paris or Oslo")

func weather(_ context.Context, p place) (report, error) {
	switch p.City {
	case "Paris":
		return report{"Paris", 21}, nil
	case "Oslo":
		return report{"Oslo", 12.5}, nil
	}
	return report{}, errNoCity
}

func weatherTool() buoytyped.Function {
	return buoytyped.Tool("get_weather", "The weather in a city.", weather)
}

// call is a call that a model writes.
func call(name, arguments string) buoytest.ToolCall {
	return buoytest.ToolCall{Name: name, Arguments: arguments}
}

// turn is an answer with calls; their ids are call_0, call_1 ...
func turn(calls ...buoytest.ToolCall) buoytest.Step {
	return buoytest.ReplyWith(buoytest.Answer{ToolCalls: calls, Usage: buoytest.Usage{PromptTokens: 10, CompletionTokens: 5, TotalTokens: 15, CostRUB: new(0.5)}})
}

// sentMessage is a message as a provider got it.
type sentMessage struct {
	Role       string  `json:"role"`
	Content    *string `json:"content"`
	Name       string  `json:"name"`
	ToolCallID string  `json:"tool_call_id"`
	ToolCalls  []struct {
		ID       string `json:"id"`
		Type     string `json:"type"`
		Function struct {
			Name      string `json:"name"`
			Arguments string `json:"arguments"`
		} `json:"function"`
		Custom *buoy.CustomCall `json:"custom"`
	} `json:"tool_calls"`
	FunctionCall *struct{ Name, Arguments string } `json:"function_call"`
}

type sentBody struct {
	Messages   []sentMessage   `json:"messages"`
	Tools      []buoy.Tool     `json:"tools"`
	ToolChoice json.RawMessage `json:"tool_choice"`
	Stream     bool            `json:"stream"`
}

func sentTo(t *testing.T, srv *buoytest.Server) (all []sentBody) {
	t.Helper()
	for _, r := range srv.Requests() {
		var b sentBody
		require.NoError(t, json.Unmarshal(r.Body, &b))
		all = append(all, b)
	}
	return all
}

// answered checks that each call has its result right behind it, and that both can be
// sent again.
func answered(t *testing.T, messages []buoy.Message) {
	t.Helper()
	for i, m := range messages {
		for n, c := range m.ToolCalls {
			require.Less(t, i+1+n, len(messages), "a call has no result")
			require.Equal(t, c.ID, messages[i+1+n].ToolCallID)
			require.NotEmpty(t, c.ID)
			require.True(t, c.Custom != nil || json.Valid([]byte(c.Function.Arguments)), "%q", c.Function.Arguments)
			require.True(t, c.Custom != nil || strings.HasPrefix(strings.TrimSpace(c.Function.Arguments), "{"), "%q", c.Function.Arguments)
		}
	}
	req := buoy.Request{Model: "m", Messages: messages}
	require.NoError(t, req.Validate())
}

func TestRunTools(t *testing.T) {
	srv, client := provider(t,
		turn(call("get_weather", `{"city":"Paris"}`), call("get_weather", `{"city":"Oslo","unit":"celsius"}`)),
		buoytest.ReplyWith(buoytest.Answer{Text: "Paris.", Usage: buoytest.Usage{PromptTokens: 30, CompletionTokens: 2, TotalTokens: 32, CostRUB: new(0.25)}}))
	req := question()
	conv, err := buoytyped.RunTools(t.Context(), client, req, weatherTool())
	require.NoError(t, err)
	require.Equal(t, "Paris.", conv.Text())
	require.Len(t, conv.Responses, 2)
	require.Same(t, conv.Responses[1], conv.Response())
	require.Equal(t, []int{40, 7, 47}, []int{conv.Usage.PromptTokens, conv.Usage.CompletionTokens, conv.Usage.TotalTokens})
	require.Equal(t, 0.75, *conv.Usage.CostRUB)
	require.Len(t, req.Messages, 2, "the request is the caller's")
	require.Empty(t, req.Tools)

	require.Len(t, conv.Messages, 6)
	answered(t, conv.Messages)
	for i := range conv.Runs {
		require.GreaterOrEqual(t, conv.Runs[i].Duration, time.Duration(0))
		conv.Runs[i].Duration = 0
	}
	require.Equal(t, []buoytyped.ToolRun{
		{Round: 1, ID: "call_0", Tool: "get_weather", Arguments: `{"city":"Paris"}`, Result: `{"city":"Paris","degrees":21}`},
		{Round: 1, ID: "call_1", Tool: "get_weather", Arguments: `{"city":"Oslo","unit":"celsius"}`, Result: `{"city":"Oslo","degrees":12.5}`},
	}, conv.Runs)

	sent := sentTo(t, srv)
	require.Len(t, sent, 2)
	require.Len(t, sent[0].Messages, 2)
	require.Len(t, sent[1].Messages, 5)
	require.Equal(t, `{"city":"Paris","degrees":21}`, *sent[1].Messages[3].Content)
	require.Equal(t, "call_1", sent[1].Messages[4].ToolCallID)
	tool := sent[0].Tools[0]
	require.Equal(t, "get_weather", tool.Function.Name)
	require.Equal(t, "The weather in a city.", tool.Function.Description)
	require.True(t, *tool.Function.Strict)
	require.JSONEq(t, `{"type":"object","properties":{"city":{"type":"string","description":"in English"},
		"unit":{"anyOf":[{"type":"string","enum":["celsius","fahrenheit"]},{"type":"null"}]}},
		"required":["city","unit"],"additionalProperties":false}`, string(tool.Function.Parameters.(json.RawMessage)))
}

// The caller goes on with what was said.
func TestConversationGoesOn(t *testing.T) {
	srv, client := provider(t, turn(call("get_weather", `{"city":"Paris"}`)), buoytest.Reply("21."), turn(call("get_weather", `{"city":"Oslo"}`)), buoytest.Reply("12.5."))
	conv, err := buoytyped.RunTools(t.Context(), client, question(), weatherTool())
	require.NoError(t, err)
	req := question()
	req.Messages = append(conv.Messages, buoy.User("And Oslo?"))
	next, err := buoytyped.RunTools(t.Context(), client, req, weatherTool())
	require.NoError(t, err)
	require.Equal(t, "12.5.", next.Text())
	require.Len(t, conv.Messages, 5)
	require.Len(t, next.Messages, 9)
	answered(t, next.Messages)
	require.Len(t, sentTo(t, srv)[3].Messages, 8)
}

// sleeper takes a second, and counts how many do so at the same time.
type sleeper struct{ now, most atomic.Int64 }

func (s *sleeper) tool() buoytyped.Function {
	return buoytyped.Tool("sleep", "", func(ctx context.Context, _ struct{}) (string, error) {
		n := s.now.Add(1)
		defer s.now.Add(-1)
		for most := s.most.Load(); n > most && !s.most.CompareAndSwap(most, n); most = s.most.Load() {
		}
		select {
		case <-time.After(time.Second):
			return "rested", nil
		case <-ctx.Done():
			return "", ctx.Err()
		}
	})
}

func many(n int) (all []buoytest.ToolCall) {
	for range n {
		all = append(all, call("sleep", "{}"))
	}
	return all
}

func TestCallsRunInParallel(t *testing.T) {
	for _, tc := range []struct {
		loop     buoytyped.Loop
		parallel *bool
		most     int64
		took     time.Duration
	}{
		{buoytyped.Loop{}, nil, 8, 3 * time.Second},
		{buoytyped.Loop{Parallel: 20}, new(true), 20, time.Second},
		{buoytyped.Loop{Parallel: 3}, nil, 3, 7 * time.Second},
		{buoytyped.Loop{}, new(false), 1, 20 * time.Second},
	} {
		synctest.Test(t, func(t *testing.T) {
			_, client := provider(t, turn(many(20)...), buoytest.Reply("done"))
			req := question()
			req.ParallelToolCalls = tc.parallel
			var s sleeper
			begun := time.Now()
			conv, err := tc.loop.Run(t.Context(), client, req, s.tool())
			require.NoError(t, err)
			require.Equal(t, tc.most, s.most.Load())
			require.Equal(t, tc.took, time.Since(begun).Truncate(100*time.Millisecond))
			require.Len(t, conv.Runs, 20)
			require.Equal(t, time.Second, conv.Runs[0].Duration)
		})
	}
}

func TestRoundsAreBounded(t *testing.T) {
	for _, tc := range []struct{ set, want int }{{0, 10}, {3, 3}, {1, 1}} {
		srv, client := provider(t, buoytest.Always(turn(call("get_weather", `{"city":"Paris"}`))))
		conv, err := buoytyped.Loop{MaxRounds: tc.set}.Run(t.Context(), client, question(), weatherTool())
		bad, ok := errors.AsType[*buoytyped.RoundsError](err)
		require.True(t, ok)
		require.Equal(t, tc.want, bad.Rounds)
		require.Equal(t, buoy.ErrIncomplete, buoy.KindOf(err))
		require.Len(t, srv.Requests(), tc.want)
		require.Len(t, conv.Runs, tc.want, "the calls of the last round are carried out, so that the caller can go on")
		require.Equal(t, 15*tc.want, conv.Usage.TotalTokens)
		answered(t, conv.Messages)
	}
}

// A choice that forces a call holds for the first round: otherwise there is no end.
func TestToolChoice(t *testing.T) {
	for _, tc := range []struct {
		choice       *buoy.ToolChoice
		first, later string
	}{
		{nil, "", ""},
		{buoy.ChooseRequired(), `"required"`, ""},
		{buoy.ChooseFunction("get_weather"), `{"type":"function","function":{"name":"get_weather"}}`, ""},
		{buoy.ChooseAuto(), `"auto"`, `"auto"`},
		{buoy.ChooseNone(), `"none"`, `"none"`},
		{buoy.ChooseAllowed("required", "get_weather"), `{"type":"allowed_tools","allowed_tools":{"mode":"required","tools":[{"type":"function","function":{"name":"get_weather"}}]}}`,
			`{"type":"allowed_tools","allowed_tools":{"mode":"auto","tools":[{"type":"function","function":{"name":"get_weather"}}]}}`},
		{&buoy.ToolChoice{Raw: json.RawMessage(`{"type":"any"}`)}, `{"type":"any"}`, ""},
	} {
		srv, client := provider(t, buoytest.Times(2, turn(call("get_weather", `{"city":"Paris"}`))), buoytest.Reply("done"))
		req := question()
		req.ToolChoice = tc.choice
		_, err := buoytyped.RunTools(t.Context(), client, req, weatherTool())
		require.NoError(t, err)
		for i, want := range []string{tc.first, tc.later, tc.later} {
			got := string(sentTo(t, srv)[i].ToolChoice)
			if want == "" {
				require.Empty(t, got)
			} else {
				require.JSONEq(t, want, got)
			}
		}
	}
}

// The end of the context ends the tools; what was carried out until then is kept.
func TestCancellationStopsTheTools(t *testing.T) {
	errWhy := errors.New("the user left")
	for name, end := range map[string]func(context.Context) (context.Context, func()){
		"canceled": func(ctx context.Context) (context.Context, func()) {
			ctx, cancel := context.WithCancelCause(ctx)
			time.AfterFunc(1500*time.Millisecond, func() { cancel(errWhy) })
			return ctx, func() { cancel(nil) }
		},
		"out of time": func(ctx context.Context) (context.Context, func()) {
			ctx, cancel := context.WithTimeout(ctx, 1500*time.Millisecond)
			return ctx, cancel
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				srv, client := provider(t, turn(many(6)...), buoytest.Reply("never"))
				ctx, cancel := end(t.Context())
				defer cancel()
				var s sleeper
				begun := time.Now()
				conv, err := buoytyped.Loop{Parallel: 2}.Run(ctx, client, question(), s.tool())
				require.Equal(t, 1500*time.Millisecond, time.Since(begun).Truncate(100*time.Millisecond))
				require.ErrorIs(t, err, ctx.Err())
				require.Zero(t, s.now.Load(), "no tool is left running")
				if name == "canceled" {
					require.ErrorIs(t, err, errWhy)
					require.Equal(t, buoy.ErrCanceled, buoy.KindOf(err))
				} else {
					require.Equal(t, buoy.ErrTimeout, buoy.KindOf(err))
				}
				require.Len(t, srv.Requests(), 1)
				require.Len(t, conv.Runs, 6)
				for i, r := range conv.Runs {
					require.Equal(t, i < 2, r.Err == nil, "run %d: %v", i, r.Err)
				}
				answered(t, conv.Messages)
			})
		})
	}
}

// What is canceled by its first tool runs no second one, in the last round, too.
func TestCanceledToolsAreNotBegun(t *testing.T) {
	_, client := provider(t, turn(call("f", ""), call("f", ""), call("f", "")))
	ctx, cancel := context.WithCancel(t.Context())
	ran := 0
	f := buoytyped.Tool("f", "", func(context.Context, struct{}) (string, error) { ran++; cancel(); return "done", nil })
	conv, err := buoytyped.Loop{MaxRounds: 1, Parallel: 1}.Run(ctx, client, question(), f)
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorContains(t, err, "the tools of round 1 were stopped: context canceled")
	require.Equal(t, 1, ran)
	require.Equal(t, "done", conv.Runs[0].Result)
	require.ErrorIs(t, conv.Runs[1].Err, context.Canceled)
	answered(t, conv.Messages)
}

func TestErrorsOfTheClientEndTheLoop(t *testing.T) {
	_, client := provider(t, turn(call("get_weather", `{"city":"Paris"}`)), buoytest.Fail(402))
	conv, err := buoytyped.RunTools(t.Context(), client, question(), weatherTool())
	require.ErrorIs(t, err, buoy.ErrQuota)
	require.Len(t, conv.Responses, 1)
	require.Equal(t, 15, conv.Usage.TotalTokens)
	answered(t, conv.Messages)
	require.Len(t, conv.Messages, 4, "what was carried out is kept")
}

func TestCallOptionsReachEachRound(t *testing.T) {
	srv, client := provider(t, turn(call("get_weather", `{"city":"Paris"}`)), buoytest.Reply("done"))
	loop := buoytyped.Loop{CallOptions: []buoy.CallOption{buoy.WithHeader("X-Trace", "7")}}
	_, err := loop.Run(t.Context(), client, question(), weatherTool())
	require.NoError(t, err)
	for _, r := range srv.Requests() {
		require.Equal(t, "7", r.Header.Get("X-Trace"))
	}
}

// Streamed rounds bring the same conversation, and their chunks.
func TestStreamedRounds(t *testing.T) {
	script := []buoytest.Step{
		turn(call("get_weather", `{"city":"Paris"}`), call("get_weather", `{"city":"Oslo"}`)),
		buoytest.Reply("It is warmer in Paris."), buoytest.Cut(3),
	}
	srv, client := provider(t, script...)
	var text strings.Builder
	loop := buoytyped.Loop{Stream: func(c *buoy.Chunk) { text.WriteString(c.Text()) }}
	conv, err := loop.Run(t.Context(), client, question(), weatherTool())
	require.NoError(t, err)
	require.Equal(t, "It is warmer in Paris.", text.String())
	require.Equal(t, "It is warmer in Paris.", conv.Text())
	require.Len(t, conv.Runs, 2)
	require.Positive(t, conv.Usage.TotalTokens)
	answered(t, conv.Messages)
	for _, b := range sentTo(t, srv) {
		require.True(t, b.Stream)
	}
	conv, err = loop.Run(t.Context(), client, question(), weatherTool())
	require.ErrorIs(t, err, buoy.ErrStreamInterrupted)
	require.Len(t, conv.Messages, 2)
}

// A conversation that many tools work on at once is one conversation each.
func TestLoopsRunAtTheSameTime(t *testing.T) {
	_, client := provider(t, buoytest.Always(buoytest.Func(func(w http.ResponseWriter, r *http.Request) {
		var b sentBody
		_ = json.NewDecoder(r.Body).Decode(&b)
		w.Header().Set("Content-Type", "application/json")
		last := b.Messages[len(b.Messages)-1]
		if last.Role == "user" {
			fmt.Fprintf(w, `{"choices":[{"index":0,"message":{"role":"assistant","content":null,"tool_calls":[{"id":"c","type":"function","function":{"name":"echo","arguments":%q}}]},"finish_reason":"tool_calls"}]}`, `{"value":"`+*last.Content+`"}`)
			return
		}
		fmt.Fprintf(w, `{"choices":[{"index":0,"message":{"role":"assistant","content":%q},"finish_reason":"stop"}]}`, *last.Content)
	})))
	echo := buoytyped.Tool("echo", "", func(_ context.Context, text string) (string, error) { return text, nil })
	done := make(chan error)
	for i := range 16 {
		go func() {
			req := buoy.Request{Model: "m", Messages: []buoy.Message{buoy.User(fmt.Sprint("number ", i))}}
			conv, err := buoytyped.RunTools(t.Context(), client, req, echo)
			if err == nil && conv.Text() != fmt.Sprint("number ", i) {
				err = errors.New(conv.Text())
			}
			done <- err
		}()
	}
	for range 16 {
		require.NoError(t, <-done)
	}
}

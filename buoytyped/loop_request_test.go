package buoytyped_test

import (
	"context"
	"testing"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/buoy-go/buoy/buoytyped"
	"github.com/stretchr/testify/require"
)

const noClient = "invalid request: client: is nil: make one with buoy.New"

// What cannot work is refused before anything is sent, with the fix.
func TestRequestsThatCannotWork(t *testing.T) {
	srv, client := provider(t)
	ok := weatherTool()
	for name, tc := range map[string]struct {
		change func(*buoy.Request)
		loop   buoytyped.Loop
		tools  []buoytyped.Function
		want   string
	}{
		"two choices":        {change: func(r *buoy.Request) { r.N = new(2) }, want: "n: is not 1: a conversation goes on with one answer, so leave it out"},
		"two in extra":       {change: func(r *buoy.Request) { r.Extra = map[string]any{"n": 3} }, want: "n: is not 1"},
		"functions":          {change: func(r *buoy.Request) { r.Functions = []buoy.FunctionDefinition{{Name: "f"}} }, want: "functions: is the deprecated form of tools"},
		"tools in extra":     {change: func(r *buoy.Request) { r.Extra = map[string]any{"tools": []any{}} }, want: "tools: is in Extra"},
		"a choice in extra":  {change: func(r *buoy.Request) { r.Extra = map[string]any{"tool_choice": "required"} }, want: "tool_choice: is in Extra"},
		"a tool of its own":  {change: func(r *buoy.Request) { r.Tools = []buoy.Tool{buoy.FunctionTool("f", "", nil)} }, want: "tools[0]: has no Go function to run: make it with buoytyped.Tool"},
		"a custom tool":      {change: func(r *buoy.Request) { r.Tools = []buoy.Tool{buoy.CustomTool("f", "")} }, want: "tools[0]: has no Go function to run"},
		"negative":           {loop: buoytyped.Loop{MaxRounds: -1}, want: "loop: a number is negative"},
		"an empty function":  {tools: []buoytyped.Function{ok, {}}, want: "tools[1]: has a Function that is empty: make it with buoytyped.Tool"},
		"the same name":      {tools: []buoytyped.Function{ok, ok}, want: "tools[1]: is the second tool with the name get_weather"},
		"no function":        {tools: []buoytyped.Function{buoytyped.Tool[place, string]("f", "", nil)}, want: "tools[0]: f has no function: it is nil"},
		"a name with spaces": {tools: []buoytyped.Function{buoytyped.Tool("get weather", "", weather)}, want: `tools[0]: the name "get weather" is not one that models can call: use up to 64 letters, digits, _ and -`},
		"no name":            {tools: []buoytyped.Function{buoytyped.Tool("", "", weather)}, want: `tools[0]: the name "" is not one`},
		"a recursive type": {tools: []buoytyped.Function{buoytyped.Tool("f", "", func(context.Context, tree) (string, error) { return "", nil })},
			want: "tools[0]: buoytyped_test.tree cannot be the arguments of f: buoytyped_test.tree.Children: buoytyped_test.tree contains itself"},
	} {
		t.Run(name, func(t *testing.T) {
			req := question()
			if tc.change != nil {
				tc.change(&req)
			}
			conv, err := tc.loop.Run(t.Context(), client, req, tc.tools...)
			require.ErrorContains(t, err, tc.want)
			require.ErrorIs(t, err, buoy.ErrInvalidRequest)
			require.Equal(t, req.Messages, conv.Messages)
		})
	}
	var none context.Context
	_, err := buoytyped.RunTools(none, client, question())
	require.ErrorContains(t, err, "context: is nil")
	_, err = buoytyped.RunTools(t.Context(), nil, question())
	require.EqualError(t, err, noClient)
	require.Empty(t, srv.Requests())

	var empty *buoytyped.Conversation
	require.Empty(t, empty.Text())
	require.Nil(t, (&buoytyped.Conversation{}).Response())
}

// Tools that the provider runs itself stay in the request, and without any tool of one's
// own it is a chat.
func TestServerToolsStay(t *testing.T) {
	srv, client := provider(t, buoytest.Times(2, buoytest.Reply("done")))
	req := question()
	own := []buoy.Tool{buoy.ServerTool("aitunnel:web_search", nil), buoy.ServerTool("the caller's", nil)}
	req.Tools = own[:1]
	_, err := buoytyped.RunTools(t.Context(), client, req, weatherTool())
	require.NoError(t, err)
	require.Len(t, req.Tools, 1)
	require.Equal(t, "the caller's", own[1].Type, "the memory behind the request's tools is not used")
	require.Equal(t, "aitunnel:web_search", sentTo(t, srv)[0].Tools[0].Type)
	require.Equal(t, "get_weather", sentTo(t, srv)[0].Tools[1].Function.Name)
	conv, err := buoytyped.RunTools(t.Context(), client, question())
	require.NoError(t, err)
	require.Equal(t, "done", conv.Text())
}

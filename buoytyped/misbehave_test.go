package buoytyped_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/buoy-go/buoy/buoytyped"
	"github.com/stretchr/testify/require"
)

// Ways in which models, and the servers before them, get tool calls wrong. Each was seen
// somewhere. docs/typed.md says what becomes of them.

// raw answers with this message.
func raw(message, finish string) buoytest.Step {
	return buoytest.Func(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"id":"a","model":"m","choices":[{"index":0,"message":%s,"finish_reason":%q}]}`, message, finish)
	})
}

// 1. It calls a tool that does not exist, with a name that no provider takes back.
func TestUnknownTool(t *testing.T) {
	for wrote, back := range map[string]string{
		"get_wether":               "get_wether",
		"multi_tool_use.parallel":  "multi_tool_use_parallel",
		"":                         "unknown",
		"погода":                   "______",
		strings.Repeat("long", 40): "", // cut
		"functions.get_wether":     "functions_get_wether",
		"a \"quoted\" name\n":      "a__quoted__name_",
	} {
		srv, client := provider(t, turn(call(wrote, `{"city":"Paris"}`)), turn(call("get_weather", `{"city":"Paris"}`)), buoytest.Reply("done"))
		conv, err := buoytyped.RunTools(t.Context(), client, question(), weatherTool(), buoytyped.Tool("other", "", weather))
		require.NoError(t, err, wrote)
		require.Equal(t, "done", conv.Text())
		sent := sentTo(t, srv)[1].Messages
		require.Contains(t, *sent[3].Content, "there are: get_weather, other")
		require.LessOrEqual(t, len(*sent[3].Content), 200)
		name := sent[2].ToolCalls[0].Function.Name
		require.True(t, back == name || back == "" && len(name) <= 64, "%q became %q", wrote, name)
		_, unknown := errors.AsType[*buoytyped.UnknownToolError](conv.Runs[0].Err)
		require.True(t, unknown)
		require.NotContains(t, conv.Runs[0].Err.Error(), "wether")
		answered(t, conv.Messages)
	}
}

func TestUnknownToolWhereThereIsNone(t *testing.T) {
	srv, client := provider(t, turn(call("zzz", "{}")), buoytest.Reply("done"))
	conv, err := buoytyped.RunTools(t.Context(), client, question())
	require.NoError(t, err)
	require.Equal(t, "done", conv.Text())
	require.JSONEq(t, `{"error":"there is no tool \"zzz\", nor any other function: answer without a call"}`, *sentTo(t, srv)[1].Messages[3].Content)
}

// 2. It puts the namespace of its chat template before the name.
func TestNameWithANamespace(t *testing.T) {
	srv, client := provider(t, turn(call("functions.get_weather", `{"city":"Paris"}`), call(" default_api.get_weather\n", `{"city":"Oslo"}`)), buoytest.Reply("done"))
	conv, err := buoytyped.RunTools(t.Context(), client, question(), weatherTool())
	require.NoError(t, err)
	require.NoError(t, conv.Runs[0].Err)
	require.NoError(t, conv.Runs[1].Err)
	require.Equal(t, "get_weather", sentTo(t, srv)[1].Messages[2].ToolCalls[1].Function.Name)
}

// 3. Its arguments are no JSON, or not those of the schema: it is told where, once.
func TestWrongArgumentsAreAskedForAgainOnce(t *testing.T) {
	for _, tc := range []struct{ arguments, path, reason, named string }{
		{`{"city":"Osl`, "", "they are not valid JSON", ""},
		{`{"unit":"celsius"}`, "city", "is missing", ""},
		{`{"city":"Oslo","unit":"kelvin"}`, "unit", "is none of the allowed values: \"celsius\", \"fahrenheit\"", ""},
		{`{"city":null}`, "city", "is null where a string is due", ""},
		{`{"city":"Oslo","day":"today"}`, "", "has a property that the schema does not know", ": \"day\""},
	} {
		srv, client := provider(t, turn(call("get_weather", tc.arguments), call("get_weather", `{"city":"Paris"}`)), turn(call("get_weather", `{"city":"Oslo"}`)),
			turn(call("get_weather", tc.arguments)), buoytest.Reply("done"))
		conv, err := buoytyped.RunTools(t.Context(), client, question(), weatherTool())
		require.NoError(t, err, "between the two was a good one")
		answered(t, conv.Messages)
		bad, ok := errors.AsType[*buoytyped.ArgumentsError](conv.Runs[0].Err)
		require.True(t, ok)
		own := *bad
		own.Mistakes = nil
		require.Equal(t, buoytyped.ArgumentsError{Tool: "get_weather", ID: "call_0", Round: 1, Path: tc.path, Reason: tc.reason, Arguments: tc.arguments}, own)
		require.NoError(t, conv.Runs[1].Err, "the good one of the same answer runs")
		sent := sentTo(t, srv)[1].Messages
		var told struct{ Error, Arguments string }
		require.NoError(t, json.Unmarshal([]byte(*sent[3].Content), &told))
		require.Contains(t, told.Error, tc.reason+tc.named+". Call it again with corrected arguments.")
		require.Equal(t, tc.arguments, told.Arguments)
		require.Equal(t, tc.arguments, conv.Responses[0].ToolCalls()[0].Function.Arguments, "the answer is as it came")

		// Twice in a row is an error that names the call and the place.
		_, client = provider(t, turn(call("get_weather", tc.arguments)), turn(call("get_weather", `{"city":"Paris"}`), call("get_weather", tc.arguments)), buoytest.Reply("never"))
		conv, err = buoytyped.RunTools(t.Context(), client, question(), weatherTool())
		bad, ok = errors.AsType[*buoytyped.ArgumentsError](err)
		require.True(t, ok)
		require.Equal(t, []any{"get_weather", "call_1", 2, tc.path, tc.reason}, []any{bad.Tool, bad.ID, bad.Round, bad.Path, bad.Reason})
		require.Equal(t, buoy.ErrMalformed, buoy.KindOf(err))
		require.ErrorContains(t, err, "the model's arguments for get_weather are wrong: ")
		for _, verb := range []string{"%v", "%+v", "%#v", "%q", "%s"} {
			require.NotContains(t, fmt.Sprintf(verb, err), "Osl", "arguments are private")
		}
		require.Len(t, conv.Runs, 3)
		require.NoError(t, conv.Runs[1].Err, "what can be carried out is, so that the caller can go on")
		answered(t, conv.Messages)
	}
}

// All mistakes are told at once, and what was repaired is none: a model that mends what it
// is told of is right the second time.
func TestAModelThatObeys(t *testing.T) {
	f := buoytyped.Tool("f", "", func(_ context.Context, in struct {
		City string `json:"city"`
		Days int    `json:"days"`
	}) (string, error) {
		return fmt.Sprint(in.City, " ", in.Days), nil
	})
	for _, tc := range []struct{ first, told, second, result string }{
		{`{"days":2.5}`, "city: is missing; days: is a number where an integer is due", `{"city":"Oslo","days":3}`, "Oslo 3"},
		{`{"city":5,"days":2.5}`, "days: is a number where an integer is due", `{"city":5,"days":3}`, "5 3"},
		{`{"City":5,"days":"two"}`, "days: is a string where an integer is due", `{"City":5,"days":"2"}`, "5 2"},
		{`{"city":"Oslo","days":1e20}`, "days: is outside of the range -9223372036854775808 to 9223372036854775807", `{"city":"Oslo","days":1e1}`, "Oslo 10"},
		{`{"city":"Oslo","days":1,"a\nb":2}`, `has a property that the schema does not know: "a\nb"`, `{"city":"Oslo","days":1.0}`, "Oslo 1"},
	} {
		srv, client := provider(t, turn(call("f", tc.first)), turn(call("f", tc.second)), buoytest.Reply("done"))
		conv, err := buoytyped.RunTools(t.Context(), client, question(), f)
		require.NoError(t, err, tc.first)
		var told struct{ Error string }
		require.NoError(t, json.Unmarshal([]byte(*sentTo(t, srv)[1].Messages[3].Content), &told))
		require.Equal(t, "the arguments do not follow the JSON Schema of f: "+tc.told+". Call it again with corrected arguments.", told.Error)
		require.Equal(t, tc.result, conv.Runs[1].Result)
	}
}

// Two tools are two: each may be wrong once.
func TestWrongArgumentsOfDifferentTools(t *testing.T) {
	_, client := provider(t, turn(call("a", `{`)), turn(call("b", `{`)), turn(call("c", `{}`)), turn(call("a", `{`)))
	var tools []buoytyped.Function
	for _, name := range []string{"a", "b", "c"} {
		tools = append(tools, buoytyped.Tool(name, "", func(context.Context, struct{}) (string, error) { return "ok", nil }))
	}
	_, err := buoytyped.RunTools(t.Context(), client, question(), tools...)
	bad, ok := errors.AsType[*buoytyped.ArgumentsError](err)
	require.True(t, ok)
	require.Equal(t, "a", bad.Tool, "it was not right in between")
	require.Equal(t, 4, bad.Round)
}

// 4. It is cut off in the middle of the arguments. Nothing is run: what looks whole may
// not be.
func TestCutOffCalls(t *testing.T) {
	for _, cut := range []string{`{"city":"Par`, `{"city":"Paris"}`, ``} {
		srv, client := provider(t, buoytest.ReplyWith(buoytest.Answer{ToolCalls: []buoytest.ToolCall{call("get_weather", `{"city":"Oslo"}`), call("get_weather", cut)}, FinishReason: "length"}))
		conv, err := buoytyped.RunTools(t.Context(), client, question(), weatherTool())
		bad, ok := errors.AsType[*buoytyped.TruncatedError](err)
		require.True(t, ok)
		require.Equal(t, "get_weather", bad.Tool)
		require.EqualError(t, err, "a call of get_weather was cut off at its token limit: raise MaxCompletionTokens or MaxTokens")
		require.Same(t, conv.Response(), bad.Response)
		require.Empty(t, conv.Runs)
		require.Len(t, conv.Messages, 2, "the same request can be sent with a higher limit")
		require.Len(t, srv.Requests(), 1)
	}
	for _, finish := range []string{"max_tokens", "MAX_TOKENS", "model_length"} { // in other words
		_, client := provider(t, buoytest.ReplyWith(buoytest.Answer{ToolCalls: []buoytest.ToolCall{call("get_weather", `{"city":"Oslo"}`)}, FinishReason: finish}))
		conv, err := buoytyped.RunTools(t.Context(), client, question(), weatherTool())
		_, ok := errors.AsType[*buoytyped.TruncatedError](err)
		require.True(t, ok, finish)
		require.Empty(t, conv.Runs)
		_, client = provider(t, buoytest.ReplyWith(buoytest.Answer{Text: `{"value":`, FinishReason: finish}))
		_, _, err = buoytyped.ChatAs[int](t.Context(), client, question())
		_, ok = errors.AsType[*buoytyped.TruncatedError](err)
		require.True(t, ok, finish)
	}
	_, client := provider(t, buoytest.ReplyWith(buoytest.Answer{Text: "It is war", FinishReason: "length"}))
	conv, err := buoytyped.RunTools(t.Context(), client, question(), weatherTool())
	bad, ok := errors.AsType[*buoytyped.TruncatedError](err)
	require.True(t, ok)
	require.Equal(t, "It is war", bad.Text)
	require.Len(t, conv.Messages, 3)
}

// 5. It declines, or a filter withholds what it said, calls included.
func TestRefusedCalls(t *testing.T) {
	_, client := provider(t, buoytest.ReplyWith(buoytest.Answer{Refusal: "I will not."}))
	conv, err := buoytyped.RunTools(t.Context(), client, question(), weatherTool())
	declined, ok := errors.AsType[*buoytyped.RefusalError](err)
	require.True(t, ok)
	require.Equal(t, "I will not.", declined.Refusal)
	require.Equal(t, buoy.ErrModeration, buoy.KindOf(err))
	require.Len(t, conv.Messages, 3)
	answered(t, conv.Messages)

	for _, finish := range []string{"content_filter", "SAFETY", "refusal"} {
		_, client = provider(t, buoytest.ReplyWith(buoytest.Answer{ToolCalls: []buoytest.ToolCall{call("get_weather", `{"city":"Oslo"}`)}, FinishReason: finish}))
		conv, err = buoytyped.RunTools(t.Context(), client, question(), weatherTool())
		require.ErrorIs(t, err, buoy.ErrModeration)
		require.EqualError(t, err, "a content filter withheld the answer")
		require.Empty(t, conv.Runs)
		require.Len(t, conv.Messages, 2)
	}
}

// 6. It gives several calls the same id, or none.
func TestIDsThatTellNothingApart(t *testing.T) {
	one := func(id, city string) string {
		return fmt.Sprintf(`{"id":%q,"type":"function","function":{"name":"get_weather","arguments":"{\"city\":\"%s\"}"}}`, id, city)
	}
	srv, client := provider(t, raw(`{"role":"assistant","content":null,"tool_calls":[`+strings.Join([]string{one("x", "Paris"), one("x", "Oslo"), one("", "Paris"), one("call_1_3", "Oslo")}, ",")+`]}`, "tool_calls"), buoytest.Reply("done"))
	conv, err := buoytyped.RunTools(t.Context(), client, question(), weatherTool())
	require.NoError(t, err)
	answered(t, conv.Messages)
	ids := map[string]string{}
	for i, m := range sentTo(t, srv)[1].Messages[3:] {
		require.NotContains(t, ids, m.ToolCallID)
		ids[m.ToolCallID] = *m.Content
		require.Contains(t, *m.Content, []string{"Paris", "Oslo", "Paris", "Oslo"}[i])
	}
	require.Contains(t, ids["x"], "Paris")
	require.Len(t, ids, 4)
}

// 7. It says that it has stopped, and calls all the same, with a text beside.
func TestCallsUnderAnotherFinishReason(t *testing.T) {
	for _, finish := range []string{"stop", "function_call", "end_turn"} {
		_, client := provider(t, raw(`{"role":"assistant","content":"Let me look.","tool_calls":[{"id":"x","type":"function","function":{"name":"get_weather","arguments":"{\"city\":\"Oslo\"}"}}]}`, finish), buoytest.Reply("done"))
		conv, err := buoytyped.RunTools(t.Context(), client, question(), weatherTool())
		require.NoError(t, err)
		require.Equal(t, "done", conv.Text())
		require.Equal(t, "Let me look.", conv.Messages[2].Text())
		require.Len(t, conv.Runs, 1)
	}
}

// 8. It writes its calls as text, or says tool_calls and calls nothing. A text is a text:
// nobody can say whether it is an example.
func TestCallsWrittenAsText(t *testing.T) {
	for _, text := range []string{
		`<tool_call>{"name":"get_weather","arguments":{"city":"Oslo"}}</tool_call>`,
		"```json\n{\"name\": \"get_weather\", \"parameters\": {\"city\": \"Oslo\"}}\n```",
	} {
		for _, finish := range []string{"stop", "tool_calls"} {
			_, client := provider(t, buoytest.ReplyWith(buoytest.Answer{Text: text, FinishReason: finish}))
			conv, err := buoytyped.RunTools(t.Context(), client, question(), weatherTool())
			require.NoError(t, err)
			require.Equal(t, text, conv.Text())
			require.Empty(t, conv.Runs)
		}
	}
}

// 9. It calls in another form: the deprecated one, or as a custom tool.
func TestCallsInAnotherForm(t *testing.T) {
	srv, client := provider(t, raw(`{"role":"assistant","content":null,"function_call":{"name":"get_weather","arguments":"{\"city\":\"Oslo\"}"}}`, "function_call"),
		raw(`{"role":"assistant","content":null,"function_call":{"name":"get weather","arguments":"Oslo"}}`, "function_call"), buoytest.Reply("done"))
	conv, err := buoytyped.RunTools(t.Context(), client, question(), weatherTool())
	require.NoError(t, err)
	sent := sentTo(t, srv)[2].Messages
	require.Equal(t, []any{"function", "get_weather", `{"city":"Oslo","degrees":12.5}`}, []any{sent[3].Role, sent[3].Name, *sent[3].Content})
	require.Equal(t, "get_weather", sent[4].FunctionCall.Name)
	require.Equal(t, "{}", sent[4].FunctionCall.Arguments)
	require.Contains(t, *sent[5].Content, "there is no tool")
	answered(t, conv.Messages)

	srv, client = provider(t, raw(`{"role":"assistant","content":null,"tool_calls":[{"id":"x","type":"custom","custom":{"name":"get_weather","input":"{\"city\":\"Oslo\"}"}}]}`, "tool_calls"), buoytest.Reply("done"))
	conv, err = buoytyped.RunTools(t.Context(), client, question(), weatherTool())
	require.NoError(t, err)
	require.NoError(t, conv.Runs[0].Err)
	require.Equal(t, "get_weather", sentTo(t, srv)[1].Messages[2].ToolCalls[0].Custom.Name)
	answered(t, conv.Messages)
}

// 10. It writes the same call again and again until it is cut off: a part is run.
func TestTooManyCallsInOneAnswer(t *testing.T) {
	srv, client := provider(t, turn(many(200)...), buoytest.Reply("done"))
	ran := 0
	f := buoytyped.Tool("sleep", "", func(context.Context, struct{}) (string, error) { ran++; return "", nil })
	conv, err := buoytyped.Loop{Parallel: 1}.Run(t.Context(), client, question(), f)
	require.NoError(t, err)
	require.Equal(t, 64, ran)
	require.Len(t, conv.Runs, 200)
	require.Error(t, conv.Runs[64].Err)
	require.Contains(t, *sentTo(t, srv)[1].Messages[3+64].Content, "only the first 64 calls")
	answered(t, conv.Messages)
}

// 11. It calls the same tool with the same arguments for ever: the rounds end it, see
// TestRoundsAreBounded. 12. Its arguments are long: what is told of them is not.
func TestLongArguments(t *testing.T) {
	srv, client := provider(t, turn(call("get_weather", `{"city":"`+strings.Repeat("x", 1<<20))), buoytest.Reply("done"))
	_, err := buoytyped.RunTools(t.Context(), client, question(), weatherTool())
	require.NoError(t, err)
	require.Less(t, len(*sentTo(t, srv)[1].Messages[3].Content), 1400)
	require.Less(t, len(srv.Requests()[1].Body), 4000, "and it is not sent back either")
}

// 13. An UnmarshalJSON of the caller's own fails, or panics. The model is told why.
func TestArgumentsThatDecodeThemselves(t *testing.T) {
	srv, client := provider(t, turn(call("f", `{"own":"x"}`), call("g", `{"own":1}`)), buoytest.Reply("done"))
	f := buoytyped.Tool("f", "", func(context.Context, struct {
		Own ownJSON `json:"own"`
	}) (string, error) {
		return "", nil
	})
	g := buoytyped.Tool("g", "", func(context.Context, struct {
		Own panicking `json:"own"`
	}) (string, error) {
		return "", nil
	})
	conv, err := buoytyped.RunTools(t.Context(), client, question(), f, g)
	require.NoError(t, err)
	sent := sentTo(t, srv)[1].Messages
	require.Contains(t, *sent[3].Content, `(secret \"x\")`)
	require.NotContains(t, conv.Runs[0].Err.Error(), "secret")
	require.Contains(t, *sent[4].Content, "the tool panicked: no")
}

type panicking struct{}

func (*panicking) UnmarshalJSON([]byte) error { panic("no") }

package chat

import (
	"encoding/json"
	"math"
	"reflect"
	"testing"

	"github.com/stretchr/testify/require"
)

// notEmpty fails when a field of a struct is empty, so that a sample which is
// meant to have every field cannot fall behind the type.
func notEmpty(t *testing.T, v any) {
	r := reflect.ValueOf(v)
	for i := range r.NumField() {
		if name := r.Type().Field(i).Name; r.Type().Field(i).IsExported() {
			require.False(t, r.Field(i).IsZero(), "%s.%s is empty in the sample", r.Type(), name)
		}
	}
}

func TestAppendRequestWithEveryField(t *testing.T) {
	r := fullRequest()
	notEmpty(t, *r)
	notEmpty(t, *r.Provider)
	require.NoError(t, r.Validate())
	body, err := r.AppendBody(nil, r.Model, true)
	require.NoError(t, err)
	require.Equal(t, fullBody, string(body))

	// And back.
	var again Request
	require.NoError(t, json.Unmarshal(body, &again))
	require.NoError(t, again.Validate())
	sent, err := again.AppendBody([]byte("prefix "), again.Model, true)
	require.NoError(t, err)
	require.Equal(t, "prefix "+fullBody, string(sent))
}

func TestRequestIsStoredWhole(t *testing.T) {
	r := fullRequest()
	stored, err := json.Marshal(r)
	require.NoError(t, err)
	var again Request
	require.NoError(t, json.Unmarshal(stored, &again))
	require.Equal(t, r.Messages[3].Audio, again.Messages[3].Audio)
	require.Equal(t, r.Messages[3].Annotations, again.Messages[3].Annotations)
	require.Equal(t, r.StreamOptions, again.StreamOptions)
	restored, err := json.Marshal(again)
	require.NoError(t, err)
	require.Equal(t, string(stored), string(restored))
	require.NotContains(t, string(stored), `"stream":`)
}

func TestAppendRequest(t *testing.T) {
	hi := []Message{User("hi")}
	const head = `{"model":"m","messages":[{"role":"user","content":"hi"}]`
	for _, test := range []struct {
		name   string
		r      Request
		stream bool
		want   string
	}{
		{"plain", Request{Messages: hi}, false, head + `}`},
		{"a stream asks for its usage", Request{Messages: hi}, true, head + `,"stream":true,"stream_options":{"include_usage":true}}`},
		{"unless told not to", Request{Messages: hi, StreamOptions: &StreamOptions{IncludeUsage: new(false)}}, true, head + `,"stream":true}`},
		{"padding is another matter", Request{Messages: hi, StreamOptions: &StreamOptions{IncludeUsage: new(false), IncludeObfuscation: new(true)}}, true, head + `,"stream":true,"stream_options":{"include_obfuscation":true}}`},
		{"no stream, no stream options", Request{Messages: hi, StreamOptions: &StreamOptions{IncludeUsage: new(true)}}, false, head + `}`},
		{"Extra replaces and adds", Request{Messages: hi, User: "u", MaxTokens: new(1), Extra: map[string]any{"user": 7, "a<b>": "<&>", "max_tokens": nil}}, false, head + `,"a<b>":"<&>","max_tokens":null,"user":7}`},
		{"Extra messages", Request{Extra: map[string]any{"messages": json.RawMessage(`[ ]`)}}, false, `{"model":"m","messages":[ ]}`},
		{"Extra prompt", Request{Extra: map[string]any{"prompt": "p"}}, false, `{"model":"m","prompt":"p"}`},
		{"Extra stream options", Request{Messages: hi, Extra: map[string]any{"stream_options": nil}}, true, head + `,"stream":true,"stream_options":null}`},
		{"zero is a value", Request{Messages: hi, Temperature: new(0.0), Seed: new(0), Store: new(false)}, false, head + `,"temperature":0,"seed":0,"store":false}`},
		{"small and large numbers", Request{Messages: hi, Temperature: new(1e-7), TopP: new(1e21)}, false, head + `,"temperature":1e-07,"top_p":1e+21}`},
		{"tool choice", Request{Messages: hi, ToolChoice: ChooseFunction("f")}, false, head + `,"tool_choice":{"type":"function","function":{"name":"f"}}}`},
		{"custom tool choice", Request{Messages: hi, ToolChoice: ChooseCustom("f")}, false, head + `,"tool_choice":{"type":"custom","custom":{"name":"f"}}}`},
		{"raw tool choice", Request{Messages: hi, ToolChoice: &ToolChoice{Raw: json.RawMessage(`{"type":"x"}`)}}, false, head + `,"tool_choice":{"type":"x"}}`},
		{"word tool choices", Request{Messages: hi, ToolChoice: ChooseRequired(), FunctionCall: "none"}, false, head + `,"tool_choice":"required","function_call":"none"}`},
		{"kinds of tools are plain", Request{Messages: hi, Tools: []Tool{{Function: &FunctionDefinition{Name: "f"}}, {Custom: &CustomDefinition{Name: "c"}}}}, false, head + `,"tools":[{"type":"function","function":{"name":"f"}},{"type":"custom","custom":{"name":"c"}}]}`},
		{"schema from a Go value", Request{Messages: hi, ResponseFormat: JSONSchema("s", map[string]any{"type": "object"}, false)}, false, head + `,"response_format":{"type":"json_schema","json_schema":{"name":"s","schema":{"type":"object"},"strict":false}}}`},
		{"formats", Request{Messages: hi, ResponseFormat: JSONObject()}, false, head + `,"response_format":{"type":"json_object"}}`},
		{"own format", Request{Messages: hi, ResponseFormat: &ResponseFormat{Type: "grammar", Extra: map[string]any{"grammar": "g"}}}, false, head + `,"response_format":{"type":"grammar","grammar":"g"}}`},
		{"prediction of parts", Request{Messages: hi, Prediction: &Prediction{Parts: []Part{Text("p")}}}, false, head + `,"prediction":{"type":"content","content":[{"type":"text","text":"p"}]}}`},
		{"own voice", Request{Messages: hi, Audio: &AudioOptions{VoiceID: "v", Format: "wav"}}, false, head + `,"audio":{"voice":{"id":"v"},"format":"wav"}}`},
		{"an option that Extra replaces", Request{Messages: hi, Plugins: []Plugin{{ID: "web", MaxResults: new(3), Extra: map[string]any{"max_results": 5}}}}, false, head + `,"plugins":[{"id":"web","max_results":5}]}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			body, err := test.r.AppendBody(nil, "m", test.stream)
			require.NoError(t, err)
			require.Equal(t, test.want, string(body))

			var again Request
			require.NoError(t, json.Unmarshal(body, &again))
			sent, err := again.AppendBody(nil, "m", false)
			require.NoError(t, err)
			var want, got map[string]any
			require.NoError(t, json.Unmarshal(body, &want))
			require.NoError(t, json.Unmarshal(sent, &got))
			delete(want, "stream")
			delete(want, "stream_options")
			delete(got, "stream_options")
			require.Equal(t, want, got)
		})
	}
}

func TestAppendRequestRefuses(t *testing.T) {
	for field, r := range map[string]Request{
		"temperature":       {Temperature: new(math.NaN())},
		"top_p":             {TopP: new(math.Inf(1))},
		"logit_bias":        {LogitBias: map[string]float64{"1": math.NaN()}},
		"parameters":        {Tools: []Tool{FunctionTool("f", "", json.RawMessage(`{`))}},
		"schema":            {ResponseFormat: JSONSchema("s", make(chan int), true)},
		"reasoning_details": {Messages: []Message{{Role: RoleAssistant, ReasoningDetails: json.RawMessage(`[`)}}},
		"x":                 {Extra: map[string]any{"x": []any{math.NaN()}}},
		"plugins":           {Plugins: []Plugin{{ID: "p", Extra: map[string]any{"x": math.NaN()}}}},
	} {
		_, err := r.AppendBody(nil, "m", false)
		var refused *FieldError
		require.ErrorAs(t, err, &refused, field)
		require.Equal(t, field, refused.Field)

	}
}

package chat

import (
	"encoding/json"
	"errors"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

const promptText = "the secret text of the prompt"

func TestValidate(t *testing.T) {
	ok := []Message{User(promptText)}
	loop := map[string]any{}
	loop["loop"] = loop
	for _, test := range []struct {
		field string // "" for a request that is fine
		r     Request
	}{
		{"", Request{Model: "m", Messages: ok}},
		{"", Request{Models: []string{"a"}, Messages: ok}},
		{"model", Request{Messages: ok}},
		{"messages", Request{Model: "m"}},
		{"", Request{Model: "m", Extra: map[string]any{"prompt": "p"}}},
		{"", Request{Model: "m", Extra: map[string]any{"messages": []any{}}}},
		{"messages[1].role", Request{Model: "m", Messages: []Message{User("a"), {Content: promptText}}}},
		{"messages[1].tool_call_id", Request{Model: "m", Messages: []Message{User("a"), ToolResult("", promptText)}}},
		{"messages[0].name", Request{Model: "m", Messages: []Message{{Role: RoleFunction, Content: promptText}}}},
		{"messages[0].content", Request{Model: "m", Messages: []Message{{Role: RoleUser, Content: promptText, Parts: []Part{Text("b")}}}}},
		{"", Request{Model: "m", Messages: []Message{{Role: RoleUser, Content: "ab", Parts: []Part{Text("a"), Text("b")}}}}},
		{"messages[0].content[1].type", Request{Model: "m", Messages: []Message{UserParts(Text("a"), Part{})}}},
		{"messages[0].content[0].image_url.url", Request{Model: "m", Messages: []Message{UserParts(ImageURL(""))}}},
		{"messages[0].content[0].image_url.url", Request{Model: "m", Messages: []Message{UserParts(Part{Type: PartImageURL})}}},
		{"messages[0].content[0].input_audio.data", Request{Model: "m", Messages: []Message{UserParts(InputAudio("wav", nil))}}},
		{"messages[0].content[0].file", Request{Model: "m", Messages: []Message{UserParts(FileID(""))}}},
		{"messages[0].content[0].video_url.url", Request{Model: "m", Messages: []Message{UserParts(VideoURL(""))}}},
		{"messages[0].content[0].a", Request{Model: "m", Messages: []Message{UserParts(Part{Type: "a", Extra: map[string]json.RawMessage{"a": json.RawMessage(promptText)}})}}},
		{"messages[0].reasoning_details", Request{Model: "m", Messages: []Message{{Role: RoleAssistant, ReasoningDetails: json.RawMessage(promptText)}}}},
		{"messages[0].reasoning", Request{Model: "m", Messages: []Message{{Role: RoleAssistant, Reasoning: "r", ReasoningField: "content"}}}},
		{"messages[0].tool_calls[1].function.name", Request{Model: "m", Messages: []Message{{Role: RoleAssistant, ToolCalls: []ToolCall{{Function: FunctionCall{Name: "f"}}, {}}}}}},
		{"messages[0].tool_calls[0].custom.name", Request{Model: "m", Messages: []Message{{Role: RoleAssistant, ToolCalls: []ToolCall{{Type: ToolCustom}}}}}},
		{"messages[0].function_call.name", Request{Model: "m", Messages: []Message{{Role: RoleAssistant, FunctionCall: &FunctionCall{}}}}},
		{"messages[0].x", Request{Model: "m", Messages: []Message{{Role: RoleUser, Extra: map[string]json.RawMessage{"x": json.RawMessage(`{"a":` + promptText)}}}}},
		{"temperature", Request{Model: "m", Messages: ok, Temperature: new(math.NaN())}},
		{"repetition_penalty", Request{Model: "m", Messages: ok, RepetitionPenalty: new(math.Inf(-1))}},
		{"logit_bias", Request{Model: "m", Messages: ok, LogitBias: map[string]float64{"a": 1, "b": math.Inf(1)}}},
		{"n", Request{Model: "m", Messages: ok, N: new(0)}},
		{"top_logprobs", Request{Model: "m", Messages: ok, TopLogprobs: new(-1)}},
		{"reasoning", Request{Model: "m", Messages: ok, Reasoning: &Reasoning{Effort: "high", MaxTokens: new(1)}}},
		{"reasoning", Request{Model: "m", Messages: ok, Reasoning: &Reasoning{Extra: map[string]any{"x": math.NaN()}}}},
		{"provider", Request{Model: "m", Messages: ok, Provider: &ProviderPreferences{MaxPrice: &MaxPrice{Prompt: new(math.NaN())}}}},
		{"fallbacks[0].model", Request{Model: "m", Messages: ok, Fallbacks: []ModelFallback{{}}}},
		{"plugins[1].id", Request{Model: "m", Messages: ok, Plugins: []Plugin{{ID: "a"}, {}}}},
		{"tools[0].type", Request{Model: "m", Messages: ok, Tools: []Tool{{}}}},
		{"tools[0].function", Request{Model: "m", Messages: ok, Tools: []Tool{{Type: ToolFunction}}}},
		{"tools[1].function.name", Request{Model: "m", Messages: ok, Tools: []Tool{FunctionTool("f", "", nil), FunctionTool("", promptText, nil)}}},
		{"tools[0].function.parameters", Request{Model: "m", Messages: ok, Tools: []Tool{FunctionTool("f", "", json.RawMessage(`{`))}}},
		{"tools[0].function.parameters", Request{Model: "m", Messages: ok, Tools: []Tool{FunctionTool("f", "", map[string]any{"f": func() {}})}}},
		{"tools[0].custom.name", Request{Model: "m", Messages: ok, Tools: []Tool{CustomTool("", "")}}},
		{"", Request{Model: "m", Messages: ok, Tools: []Tool{ServerTool("openrouter:web_search", nil)}}},
		{"functions[0].name", Request{Model: "m", Messages: ok, Functions: []FunctionDefinition{{}}}},
		{"tool_choice.type", Request{Model: "m", Messages: ok, ToolChoice: &ToolChoice{}}},
		{"tool_choice.function.name", Request{Model: "m", Messages: ok, ToolChoice: ChooseFunction("")}},
		{"tool_choice.allowed_tools.tools", Request{Model: "m", Messages: ok, ToolChoice: ChooseAllowed("auto")}},
		{"tool_choice", Request{Model: "m", Messages: ok, ToolChoice: &ToolChoice{Raw: json.RawMessage(`{`)}}},
		{"response_format.type", Request{Model: "m", Messages: ok, ResponseFormat: &ResponseFormat{}}},
		{"response_format.json_schema", Request{Model: "m", Messages: ok, ResponseFormat: &ResponseFormat{Type: "json_schema"}}},
		{"response_format.json_schema.name", Request{Model: "m", Messages: ok, ResponseFormat: JSONSchema("", nil, true)}},
		{"response_format.json_schema.schema", Request{Model: "m", Messages: ok, ResponseFormat: JSONSchema("s", json.RawMessage(`nope`), true)}},
		{"prediction.content", Request{Model: "m", Messages: ok, Prediction: &Prediction{Content: promptText, Parts: []Part{Text("p")}}}},
		{"stream", Request{Model: "m", Messages: ok, Extra: map[string]any{"stream": true}}},
		{"model", Request{Model: "m", Messages: ok, Extra: map[string]any{"model": "n"}}},
		{"a", Request{Model: "m", Messages: ok, Extra: map[string]any{"a": math.NaN(), "b": math.NaN()}}},
		{"a", Request{Model: "m", Messages: ok, Extra: map[string]any{"a": json.RawMessage(promptText)}}},
		{"a", Request{Model: "m", Messages: ok, Extra: map[string]any{"a": loop}}},
		{"a", Request{Model: "m", Messages: ok, Extra: map[string]any{"a": leaky{}}}},
		{"trace", Request{Model: "m", Messages: ok, Trace: map[string]any{"a": make(chan int)}}},
	} {
		err := test.r.Validate()
		if test.field == "" {
			require.NoError(t, err)
			continue
		}
		var refused *FieldError
		require.ErrorAs(t, err, &refused)
		require.Equal(t, test.field, refused.Field, "%v", err)
		require.NotEmpty(t, refused.Reason)
		require.NotContains(t, err.Error(), "secret")
	}
}

// leaky is a value whose own error repeats what it was given.
type leaky struct{}

func (leaky) MarshalJSON() ([]byte, error) { return nil, errors.New(promptText) }

func TestRequestErrorText(t *testing.T) {
	err := (&Request{Model: "m", Messages: []Message{ToolResult("", "x")}}).Validate()
	require.EqualError(t, err, "invalid request: messages[0].tool_call_id: is missing")
	err = (&Request{Model: "m", Messages: []Message{User("x")}, Tools: []Tool{FunctionTool("f", "", map[string]any{"f": func() {}})}}).Validate()
	require.EqualError(t, err, "invalid request: tools[0].function.parameters: cannot be encoded: it holds a func()")
}

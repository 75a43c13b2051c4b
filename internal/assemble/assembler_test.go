package assemble

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/buoy-go/buoy/chat"
	"github.com/buoy-go/buoy/internal/jprint"
	"github.com/stretchr/testify/require"
)

// assembled puts chunks together, taking the response after each of them.
func assembled(t *testing.T, chunks ...string) (*Assembler, *chat.Response) {
	var a Assembler
	var d chat.ChunkDecoder
	for _, text := range chunks {
		data := []byte(text)
		c, _, err := d.Decode(data)
		require.NoError(t, err)
		a.Add(c)
		a.Response()
		clear(data) // nothing may be kept of it
	}
	return &a, a.Response()
}

// lines are the samples of package chat.
func lines(kind string) (list []string) {
	text, err := os.ReadFile("../../chat/testdata/" + kind + ".jsonl")
	if err != nil {
		panic(err)
	}
	for line := range strings.Lines(string(text)) {
		list = append(list, strings.TrimSuffix(line, "\n"))
	}
	return list
}

func delta(delta string) string { return `{"choices":[{"index":0,"delta":` + delta + `}]}` }

func TestAssemble(t *testing.T) {
	a, r := assembled(t,
		`{"id":"c","model":"","choices":[],"prompt_filter_results":[1]}`,
		`{"id":"c","created":7,"model":"m","system_fingerprint":"fp","choices":[{"index":1,"delta":{"role":"assistant","content":""},"logprobs":null}]}`,
		`{"id":"c","model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":"Hel"},"logprobs":{"content":[{"token":"Hel","logprob":-1,"bytes":[72],"top_logprobs":[]}],"refusal":null}}]}`,
		`{"id":"c","model":"m","choices":[{"index":1,"delta":{"refusal":"no"},"finish_reason":"stop"}]}`,
		`{"id":"c","model":"m","choices":[{"index":0,"delta":{"content":"lo"},"logprobs":{"content":[{"token":"lo","logprob":-2,"bytes":[108],"top_logprobs":[]}],"refusal":null}}]}`,
		`{"id":"c","model":"m","choices":[{"index":0,"delta":{},"finish_reason":"length","native_finish_reason":"max","x":1}],"usage":{"total_tokens":1}}`,
		`{"id":"c","model":"m","choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3,"cost_rub":0.5,"new":[1]},"service_tier":"default"}`,
	)
	require.Len(t, r.Choices, 2)
	require.True(t, a.Finished())
	require.Equal(t, &chat.Response{
		ID: "c", Model: "m", Created: 7, SystemFingerprint: "fp", ServiceTier: "default",
		Choices: []chat.Choice{
			{Index: 0, Message: chat.Message{Role: chat.RoleAssistant, Content: "Hello"}, FinishReason: chat.FinishLength, NativeFinishReason: "max",
				Logprobs: &chat.Logprobs{Content: []chat.TokenLogprob{{Token: "Hel", Logprob: -1, Bytes: []int{72}, TopLogprobs: []chat.TopLogprob{}}, {Token: "lo", Logprob: -2, Bytes: []int{108}, TopLogprobs: []chat.TopLogprob{}}}},
				Extra:    map[string]json.RawMessage{"x": json.RawMessage("1")}},
			{Index: 1, Message: chat.Message{Role: chat.RoleAssistant, Refusal: "no"}, FinishReason: chat.FinishStop},
		},
		Usage: chat.Usage{PromptTokens: 1, CompletionTokens: 2, TotalTokens: 3, CostRUB: new(0.5), Extra: map[string]json.RawMessage{"new": json.RawMessage("[1]")}},
		Extra: map[string]json.RawMessage{"prompt_filter_results": json.RawMessage("[1]")},
	}, r)
}

func TestAssembleBeganAndFinished(t *testing.T) {
	for _, test := range []struct {
		name     string
		chunks   []string
		began    int
		finished bool
	}{
		{"nothing", nil, 0, false},
		{"no choices", []string{`{"choices":[]}`}, 0, false},
		{"filter results alone", []string{`{"choices":[{"index":0,"content_filter_results":{}}]}`}, 0, false},
		{"a role", []string{delta(`{"role":"assistant"}`)}, 1, false},
		{"an empty delta", []string{delta(`{}`)}, 1, false},
		{"text", []string{delta(`{"content":"x"}`)}, 1, false},
		{"a finish reason alone", []string{`{"choices":[{"finish_reason":"stop"}]}`}, 1, true},
		{"one of two", []string{delta(`{"content":"x"}`), `{"choices":[{"index":1,"delta":{},"finish_reason":"stop"}]}`}, 2, false},
		{"both", []string{`{"choices":[{"index":0,"finish_reason":"stop"},{"index":1,"finish_reason":"stop"}]}`}, 2, true},
		{"filter results afterwards", []string{`{"choices":[{"finish_reason":"stop","delta":{}}]}`, `{"choices":[{"index":0,"content_filter_offsets":{}}]}`}, 1, true},
	} {
		a, r := assembled(t, test.chunks...)
		require.Equal(t, test.began > 0, a.tally.Began(), test.name)
		require.Equal(t, test.finished, a.Finished(), test.name)
		require.Len(t, r.Choices, test.began, test.name)
	}
}

func TestAssembleToolCalls(t *testing.T) {
	call := func(id, name, arguments string) chat.ToolCall {
		return chat.ToolCall{ID: id, Type: chat.ToolFunction, Function: chat.FunctionCall{Name: name, Arguments: arguments}}
	}
	for _, test := range []struct {
		name   string
		deltas []string
		want   []chat.ToolCall
	}{
		{"OpenAI", []string{
			`{"tool_calls":[{"index":0,"id":"a","type":"function","function":{"name":"f","arguments":""}}]}`,
			`{"tool_calls":[{"index":0,"function":{"arguments":"{\"x\""}}]}`,
			`{"tool_calls":[{"index":1,"id":"b","type":"function","function":{"name":"g","arguments":""}}]}`,
			`{"tool_calls":[{"index":0,"function":{"arguments":":1}"}},{"index":1,"function":{"arguments":"{}"}}]}`,
		}, []chat.ToolCall{call("a", "f", `{"x":1}`), call("b", "g", `{}`)}},
		{"out of order", []string{
			`{"tool_calls":[{"index":1,"id":"b","function":{"name":"g"}}]}`, `{"tool_calls":[{"index":0,"id":"a","function":{"name":"f"}}]}`,
		}, []chat.ToolCall{call("a", "f", ""), call("b", "g", "")}},
		{"id and name with every piece", []string{
			`{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{"}}]}`, `{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"}"}}]}`,
		}, []chat.ToolCall{call("a", "f", "{}")}},
		{"a new id with every piece", []string{
			`{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{"}}]}`, `{"tool_calls":[{"index":0,"id":"b","function":{"arguments":"}"}}]}`,
		}, []chat.ToolCall{call("a", "f", "{}")}},
		{"Gemini: whole calls, all with index 0", []string{
			`{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{}"}}]}`, `{"tool_calls":[{"index":0,"id":"b","function":{"name":"f","arguments":"[]"}}]}`,
		}, []chat.ToolCall{call("a", "f", "{}"), call("b", "f", "[]")}},
		{"no index", []string{
			`{"tool_calls":[{"id":"a","function":{"name":"f","arguments":"{}"}},{"id":"b","function":{"name":"g","arguments":"{}"}}]}`,
		}, []chat.ToolCall{call("a", "f", "{}"), call("b", "g", "{}")}},
		{"a name in pieces", []string{
			`{"tool_calls":[{"index":0,"id":"a","function":{"name":"get_","arguments":""}}]}`, `{"tool_calls":[{"index":0,"function":{"name":"weather","arguments":"{}"}}]}`,
		}, []chat.ToolCall{call("a", "get_weather", "{}")}},
		{"custom", []string{
			`{"tool_calls":[{"index":0,"id":"a","type":"custom","custom":{"name":"c","input":"x"}}]}`, `{"tool_calls":[{"index":0,"custom":{"name":"","input":"y"}}]}`,
		}, []chat.ToolCall{{ID: "a", Type: chat.ToolCustom, Custom: &chat.CustomCall{Name: "c", Input: "xy"}}}},
		{"unknown fields", []string{
			`{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"","k":1},"extra_content":{"s":1}}]}`,
		}, []chat.ToolCall{{ID: "a", Type: chat.ToolFunction, Function: chat.FunctionCall{Name: "f", Extra: map[string]json.RawMessage{"k": json.RawMessage("1")}}, Extra: map[string]json.RawMessage{"extra_content": json.RawMessage(`{"s":1}`)}}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			var chunks []string
			for _, d := range test.deltas {
				chunks = append(chunks, delta(d))
			}
			_, r := assembled(t, chunks...)
			require.Equal(t, test.want, r.ToolCalls())
		})
	}
}

func TestAssembleReasoningDetails(t *testing.T) {
	_, r := assembled(t,
		delta(`{"reasoning":"a","reasoning_details":[{"type":"reasoning.text","text":"a","format":"f","index":0}]}`),
		delta(`{"reasoning":"b","reasoning_details":[{"type":"reasoning.text","text":"b\"","format":"f","index":0}]}`),
		delta(`{"reasoning_details":[{"type":"reasoning.text","signature":"sig","format":"f","index":0}]}`),
		delta(`{"reasoning_details":[{"type":"reasoning.encrypted","data":"x","index":1},{"type":"reasoning.encrypted","data":"y","index":1}]}`),
		delta(`{"reasoning_details":[{"type":"reasoning.summary","summary":"s"}]}`),
		delta(`{"reasoning_details":[{"type":"reasoning.summary","summary":"t"}]}`),
		delta(`{"reasoning_details":[{"type":"reasoning.server_tool_call","id":1},{"type":"reasoning.server_tool_call","id":2}]}`),
	)
	m := r.Choices[0].Message
	require.Equal(t, "ab", m.Reasoning)
	require.Equal(t, `[{"type":"reasoning.text","text":"ab\"","format":"f","index":0,"signature":"sig"},`+
		`{"type":"reasoning.encrypted","data":"x","index":1},{"type":"reasoning.encrypted","data":"y","index":1},`+
		`{"type":"reasoning.summary","summary":"st"},{"type":"reasoning.server_tool_call","id":1},{"type":"reasoning.server_tool_call","id":2}]`, string(m.ReasoningDetails))
}

func TestAssembleTheRest(t *testing.T) {
	_, r := assembled(t,
		delta(`{"reasoning_content":"h","audio":{"id":"a","transcript":"o"},"images":[{"n":1}],"function_call":{"name":"f","arguments":"{"},"annotations":[{"type":"x"}],"k":1}`),
		delta(`{"reasoning_content":"m","audio":{"data":"QQ==","transcript":"h"},"images":[{"n":2}],"function_call":{"arguments":"}"},"annotations":[{"type":"y"}],"k":2,"content":5}`),
		delta(`{"audio":{"data":"QkM=","expires_at":9}}`),
	)
	require.Equal(t, chat.Message{
		Role: chat.RoleAssistant, Reasoning: "hm", ReasoningField: "reasoning_content",
		Audio:        &chat.Audio{ID: "a", Data: "QUJD", Transcript: "oh", ExpiresAt: 9},
		FunctionCall: &chat.FunctionCall{Name: "f", Arguments: "{}"},
		Annotations:  []chat.Annotation{{Type: "x"}, {Type: "y"}},
		Extra:        map[string]json.RawMessage{"images": json.RawMessage(`[{"n":1},{"n":2}]`), "k": json.RawMessage("2"), "content": json.RawMessage("5")},
	}, r.Choices[0].Message)

	_, r = assembled(t, delta(`{"audio":{"data":"QQ=="}}`), delta(`{"audio":{"data":"not base64"}}`), delta(`{"audio":{"data":"QQ=="}}`))
	require.Equal(t, "QQ==not base64QQ==", r.Choices[0].Message.Audio.Data)
}

// However an answer is cut into pieces, it is the same.
func TestAssembleCutAnywhere(t *testing.T) {
	const text, arguments = "Привет, \"мир\" 😀\n", `{"city":"Paris","days":[1,2]}`
	quote := func(s string) string { return string(jprint.AppendString(nil, s)) }
	piece := func(text, arguments string) string {
		return delta(`{"content":` + quote(text) + `,"reasoning":` + quote(text) + `,"refusal":` + quote(text) +
			`,"reasoning_details":[{"type":"reasoning.text","index":0,"text":` + quote(text) + `}]` +
			`,"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":` + quote(arguments) + `}}]}`)
	}
	_, want := assembled(t, piece(text, arguments))
	for i := range text { // between characters: JSON has no halves of them
		j := i * len(arguments) / len(text)
		_, got := assembled(t, piece(text[:i], arguments[:j]), piece(text[i:], arguments[j:]))
		require.Equal(t, want, got)
	}
	var chunks []string
	for _, r := range text {
		chunks = append(chunks, piece(string(r), ""))
	}
	for i := range arguments {
		chunks = append(chunks, piece("", arguments[i:i+1]))
	}
	_, got := assembled(t, chunks...)
	require.Equal(t, want, got)
}

// A response that was taken does not change, and stays its own when changed.
func TestAssembleSnapshot(t *testing.T) {
	var a Assembler
	var d chat.ChunkDecoder
	events := lines("events")
	for _, text := range append(events, events...) {
		c, _, err := d.Decode([]byte(text))
		require.NoError(t, err)
		a.Add(c)
		before := a.Response()
		stored, err := json.Marshal(before)
		require.NoError(t, err)
		spoiled := a.Response()
		for i := range spoiled.Choices {
			m := &spoiled.Choices[i].Message
			clear(m.ToolCalls)
			clear(m.Annotations)
			clear(m.Extra)
			clear(m.ReasoningDetails)
		}
		clear(spoiled.Extra)
		clear(spoiled.Usage.Extra)
		again, err := json.Marshal(before)
		require.NoError(t, err)
		require.Equal(t, string(stored), string(again))
		fresh, err := json.Marshal(a.Response())
		require.NoError(t, err)
		require.Equal(t, string(stored), string(fresh))
	}
}

// A whole answer as one chunk comes out of the Assembler as it went in.
func TestChunkFromResponse(t *testing.T) {
	for _, text := range lines("replies") {
		var r chat.Response
		if _, err := chat.DecodeResponse([]byte(text), &r); err != nil || len(r.Choices) > 1 {
			continue
		}
		c := r.Chunk()
		require.Equal(t, r.Text(), c.Text())
		var a Assembler
		a.Add(c)
		require.Len(t, a.Response().Choices, len(r.Choices))
		got := a.Response()
		require.Equal(t, r.Usage, got.Usage)
		require.Equal(t, r.Text(), got.Text())
		require.Len(t, got.ToolCalls(), len(r.ToolCalls()))
	}
}

func BenchmarkAssemble(b *testing.B) {
	const token = `{"id":"chatcmpl-AbCdEfGhIjKlMnOpQrStUvWxYz012","object":"chat.completion.chunk","created":1700000000,"model":"gpt-4o-mini-2024-07-18","service_tier":"default","system_fingerprint":"fp_0123456789","choices":[{"index":0,"delta":{"content":" weather"},"logprobs":null,"finish_reason":null}],"usage":null,"obfuscation":"h3ll0w0r1d"}`
	c, _, err := new(chat.ChunkDecoder).Decode([]byte(token))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		var a Assembler
		for range 1000 {
			a.Add(c)
		}
		if len(a.Response().Text()) != 8000 {
			b.Fatal("lost text")
		}
	}
}

// Any chunk can be assembled, and the result can be stored.
func FuzzAssemble(f *testing.F) {
	for _, text := range append(lines("events"), lines("replies")...) {
		f.Add([]byte(text), []byte(text))
	}
	f.Fuzz(func(t *testing.T, one, two []byte) {
		var a Assembler
		var d chat.ChunkDecoder
		for _, data := range [][]byte{one, two} {
			c, _, err := d.Decode(data)
			if err != nil {
				return
			}
			kept := c.Clone()
			a.Add(c)
			a.Add(kept)
		}
		_, err := json.Marshal(a.Response())
		require.NoError(t, err)
	})
}

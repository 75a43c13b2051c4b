package behaviour_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/buoy-go/buoy"
	"github.com/stretchr/testify/require"
)

// callRow is what a model calls. What comes whole and what comes as a stream say the same.
type callRow struct {
	name   string
	calls  string   // of the message
	pieces []string // tool_calls of one delta each; nil: all in one
	beside string   // further members of the message, with a comma at the end
	want   string   // id,name,arguments of functions, with ; between
	back   string   // what is sent back; "": the calls as they came
	kind   string   // of the error, or of Check
}

const (
	realCall = `{"id":"r","type":"function","function":{"name":"g","arguments":"{\"x\":1}"}}`
	realWant = `r,g,{"x":1}`
	ghost    = `{"id":"","type":"function","function":{"name":"","arguments":""}}`
)

func function(id, name, arguments string) string {
	quoted, _ := json.Marshal(arguments)
	return `{"id":"` + id + `","type":"function","function":{"name":"` + name + `","arguments":` + string(quoted) + `}}`
}

var callRows = []callRow{
	// As the documentation has it.
	{name: "a function", calls: function("a", "f", `{"x":1}`), want: `a,f,{"x":1}`},
	{name: "a function without arguments", calls: `{"id":"a","type":"function","function":{"name":"f"}}`, want: "a,f,", back: function("a", "f", "{}")},
	{name: "a custom tool", calls: `{"id":"a","type":"custom","custom":{"name":"f","input":"hi"}}`, want: "a,,"},
	{name: "a custom tool without input", calls: `{"id":"a","type":"custom","custom":{"name":"f","input":""}}`, want: "a,,"},
	{name: "a custom tool without a type", calls: `{"id":"a","custom":{"name":"f","input":"hi"}}`, want: "a,,", back: `{"id":"a","type":"custom","custom":{"name":"f","input":"hi"}}`},
	{name: "a function beside an empty custom tool", calls: `{"id":"a","type":"function","function":{"name":"f","arguments":"{}"},"custom":{"name":"","input":""}}`, want: "a,f,{}", back: function("a", "f", "{}")},
	// Flat.
	{name: "flat", calls: `{"id":"a","name":"f","arguments":"{\"x\":1}"}`, want: `a,f,{"x":1}`, back: function("a", "f", `{"x":1}`)},
	{name: "flat, typed", calls: `{"id":"a","type":"function","name":"f","arguments":"{}"}`, want: "a,f,{}", back: function("a", "f", "{}")},
	{name: "flat, an object", calls: `{"id":"a","name":"f","arguments":{"x":1}}`, want: `a,f,{"x":1}`, back: function("a", "f", `{"x":1}`)},
	{name: "flat, the object first", calls: `{"arguments":{"x":1},"id":"a","name":"f"}`, want: `a,f,{"x":1}`, back: function("a", "f", `{"x":1}`)},
	{name: "flat, parameters", calls: `{"id":"a","name":"f","parameters":{"x":1}}`, want: `a,f,{"x":1}`, back: function("a", "f", `{"x":1}`)},
	{name: "flat, a list", calls: `{"id":"a","name":"f","arguments":[1]}`, want: `a,f,[1]`, back: function("a", "f", `[1]`)},
	{name: "flat, no arguments", calls: `{"id":"a","type":"function","name":"f"}`, want: "a,f,", back: function("a", "f", "{}")},
	{name: "flat, null arguments", calls: `{"id":"a","name":"f","arguments":null}`, want: "a,f,", back: function("a", "f", "{}")},
	{name: "flat beside a null", calls: `{"id":"a","function":null,"name":"f","arguments":"{}"}`, want: "a,f,{}", back: function("a", "f", "{}")},
	{name: "flat beside an empty function", calls: `{"id":"a","function":{},"name":"f","arguments":"{}"}`, want: "a,f,{}", back: function("a", "f", "{}")},
	{name: "flat, signed", calls: `{"id":"a","name":"f","arguments":"{}","thought_signature":"s"}`, want: "a,f,{}", back: `{"id":"a","type":"function","function":{"name":"f","arguments":"{}"},"thought_signature":"s"}`},
	{name: "flat, a number for an id", calls: `{"id":7,"name":"f","arguments":"{}"}`, want: "7,f,{}", back: function("7", "f", "{}")},
	{name: "flat, two", calls: `{"id":"a","name":"f","arguments":"{}"},{"id":"b","name":"f","arguments":"{}"}`, want: "a,f,{};b,f,{}", back: function("a", "f", "{}") + "," + function("b", "f", "{}")},
	{name: "flat, said twice", calls: `{"id":"a","name":"f","arguments":"{}"},{"id":"a","name":"f","arguments":"{}"}`, want: "a,f,{}", back: function("a", "f", "{}")},
	{name: "a function beside a name", calls: `{"id":"a","type":"function","function":{"name":"f","arguments":"{}"},"name":"shown"}`, want: "a,f,{}"},
	{name: "flat, in pieces", calls: `{"id":"a","name":"f","arguments":"{\"x\":1}"}`, pieces: []string{`{"index":0,"id":"a","name":"f","arguments":""}`, `{"index":0,"arguments":"{\"x\""}`, `{"index":0,"arguments":":1}"}`}, want: `a,f,{"x":1}`, back: function("a", "f", `{"x":1}`)},
	{name: "flat, in pieces, no index", calls: `{"id":"a","name":"f","arguments":"{\"x\":1}"}`, pieces: []string{`{"id":"a","name":"f"}`, `{"arguments":"{\"x\""}`, `{"arguments":":1}"}`}, want: `a,f,{"x":1}`, back: function("a", "f", `{"x":1}`)},
	{name: "flat, after another", calls: realCall + `,{"id":"a","name":"f","arguments":"{}"}`, pieces: []string{`{"index":0,` + realCall[1:], `{"index":1,"id":"a","name":"f","arguments":"{}"}`}, want: realWant + ";a,f,{}", back: realCall + "," + function("a", "f", "{}")},
	{name: "flat, before another", calls: `{"id":"a","name":"f","arguments":"{}"},` + realCall, pieces: []string{`{"index":0,"id":"a","name":"f","arguments":"{}"}`, `{"index":1,` + realCall[1:]}, want: "a,f,{};" + realWant, back: function("a", "f", "{}") + "," + realCall},
	// Other types keep what they have.
	{name: "Responses' custom tool", calls: `{"id":"a","type":"custom","name":"f","input":"hi"}`, want: "a,,"},
	{name: "Kimi's builtin function", calls: `{"id":"a","type":"builtin_function","function":{"name":"$web_search","arguments":"{}"}}`, want: "a,$web_search,{}"},
	{name: "an MCP call", calls: `{"id":"a","type":"mcp","name":"x","arguments":"{\"a\":1}","server_label":"s"}`, want: "a,,"},
	{name: "an MCP call in pieces", calls: `{"id":"a","type":"mcp","name":"x","arguments":"{\"a\":1}"}`, pieces: []string{`{"index":0,"id":"a","type":"mcp","name":"x","arguments":"{\"a\""}`, `{"index":0,"arguments":":1}"}`}, want: "a,,"},
	{name: "a custom tool in pieces", calls: `{"id":"a","type":"custom","custom":{"name":"f","input":"hello"}}`, pieces: []string{`{"index":0,"id":"a","type":"custom","custom":{"name":"f","input":"he"}}`, `{"index":0,"custom":{"input":"llo"}}`}, want: "a,,"},
	{name: "Responses' custom tool in pieces", calls: `{"id":"a","type":"custom","name":"f","input":"hello"}`, pieces: []string{`{"index":0,"id":"a","type":"custom","name":"f","input":"he"}`, `{"index":0,"input":"llo"}`}, want: "a,,"},
	{name: "a web search", calls: `{"id":"a","type":"web_search_call","status":"completed"}`, want: "a,,"},
	{name: "a web search that says nothing", calls: `{"id":"a","type":"web_search"}`, want: "a,,"},
	{name: "Anthropic's", calls: `{"id":"a","type":"tool_use","name":"f","input":{"x":1}}`, want: "a,,"},
	{name: "a web search before a function", calls: `{"id":"a","type":"web_search"},` + realCall, pieces: []string{`{"index":0,"id":"a","type":"web_search"}`, `{"index":1,` + realCall[1:]}, want: "a,,;" + realWant},
	{name: "an MCP call after a function", calls: realCall + `,{"id":"a","type":"mcp","name":"x","arguments":"{}"}`, pieces: []string{`{"index":0,` + realCall[1:], `{"index":1,"id":"a","type":"mcp","name":"x","arguments":"{}"}`}, want: realWant + ";a,,"},
	// Nothing alone.
	{name: "a ghost", calls: ghost, kind: "no_content"},
	{name: "a ghost with an id", calls: `{"id":"a","type":"function"}`, kind: "no_content"},
	{name: "a ghost of nulls", calls: `{"id":null,"type":null,"function":{"name":null,"arguments":null}}`, kind: "no_content"},
	{name: "a ghost of unknown nulls", calls: `{"id":"a","name":null,"arguments":null}`, kind: "no_content"},
	{name: "a ghost of a null function", calls: `{"id":"a","type":"function","function":null,"custom":null}`, kind: "no_content"},
	{name: "a ghost of a custom tool", calls: `{"id":"a","type":"custom","custom":{"name":"","input":""}}`, kind: "no_content"},
	{name: "two ghosts", calls: ghost + "," + ghost, kind: "no_content"},
	{name: "a null", calls: `null`, kind: "no_content"},
	{name: "an empty object", calls: `{}`, kind: "no_content"},
	{name: "no call", calls: ``, kind: "no_content"},
	{name: "a ghost and thought", beside: `"reasoning":"hm",`, calls: ghost, kind: "no_content"},
	{name: "flat, of nothing", calls: `{"id":"a","name":"","arguments":""}`, kind: "no_content"},
	// Nothing beside something.
	{name: "a ghost before", calls: ghost + "," + realCall, want: realWant, back: realCall},
	{name: "a ghost after", calls: realCall + "," + ghost, want: realWant, back: realCall},
	{name: "a ghost before, in pieces", calls: ghost + "," + realCall, pieces: []string{`{"index":0,` + ghost[1:], `{"index":1,` + realCall[1:]}, want: realWant, back: realCall},
	{name: "a ghost after, in pieces", calls: realCall + "," + ghost, pieces: []string{`{"index":0,` + realCall[1:], `{"index":1,` + ghost[1:]}, want: realWant, back: realCall},
	{name: "a ghost of unknown nulls after", calls: realCall + `,{"id":"a","name":null,"arguments":null}`, want: realWant, back: realCall},
	{name: "a ghost of a custom tool before", calls: `{"id":"a","type":"custom","custom":{"name":"","input":""}},` + realCall, want: realWant, back: realCall},
	{name: "a ghost and a text", beside: `"content":"hey",`, calls: ghost, want: "", back: "-"},
	// No name.
	{name: "no name", calls: `{"id":"a","type":"function","function":{"arguments":"{\"x\":1}"}}`, want: `a,,{"x":1}`, kind: "incomplete", back: "-"},
	{name: "no name, flat", calls: `{"id":"a","type":"function","arguments":"{\"x\":1}"}`, want: `a,,{"x":1}`, kind: "incomplete", back: "-"},
	{name: "no name, flat, an object", calls: `{"id":"a","type":"function","name":"","arguments":{"x":1}}`, want: `a,,{"x":1}`, kind: "incomplete", back: "-"},
	{name: "no name, custom", calls: `{"id":"a","type":"custom","custom":{"input":"hi"}}`, want: "a,,", kind: "incomplete", back: "-"},
	{name: "no name, after another", calls: realCall + `,{"id":"a","type":"function","function":{"arguments":"{}"}}`, want: realWant + ";a,,{}", kind: "incomplete", back: "-"},
}

// sentBack is what the next request has of the calls.
func sentBack(t *testing.T, body []byte) string {
	var req struct {
		Messages []struct {
			Role  string            `json:"role"`
			Calls []json.RawMessage `json:"tool_calls"`
		} `json:"messages"`
	}
	require.NoError(t, json.Unmarshal(body, &req))
	for _, m := range req.Messages {
		if m.Role == "assistant" {
			list, err := json.Marshal(m.Calls)
			require.NoError(t, err)
			return string(list)
		}
	}
	return ""
}

func TestCallsComeTheSameWholeAndStreamed(t *testing.T) {
	for _, r := range callRows {
		for _, mode := range []string{"whole", "one piece", "pieces"} {
			if mode == "pieces" && r.pieces == nil {
				continue
			}
			t.Run(r.name+"/"+mode, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { r.judge(t, mode) })
			})
		}
	}
}

func (r *callRow) judge(t *testing.T, mode string) {
	text := `"content":null,`
	if strings.Contains(r.beside, `"content"`) {
		text = ""
	}
	message := `{"role":"assistant",` + text + r.beside + `"tool_calls":[` + r.calls + `]}`
	body := w(message, `"tool_calls"`)
	switch mode {
	case "one piece":
		body = ev(d(message), f("tool_calls"), "[DONE]")
	case "pieces":
		events := []string{d(`{"role":"assistant","content":null}`)}
		for _, piece := range r.pieces {
			events = append(events, d(`{"tool_calls":[`+piece+`]}`))
		}
		body = ev(append(events, f("tool_calls"), "[DONE]")...)
	}
	var sent []byte
	c := clientOf(t, false, func(req *http.Request) (*http.Response, error) {
		sent, _ = io.ReadAll(req.Body)
		ct := "application/json"
		if mode != "whole" {
			ct = "text/event-stream"
		}
		return reply(200, ct, io.NopCloser(strings.NewReader(body))), nil
	}, buoy.WithRetry(buoy.RetryPolicy{MaxAttempts: 1}))
	resp, _, err := answerOf(t, c, hello, mode != "whole")
	if err == nil {
		err = resp.Check()
	}
	require.Equal(t, r.kind, string(buoy.KindOf(err)), "%v", err)
	if r.kind == "no_content" {
		return
	}
	_, rest, _ := strings.Cut(sums(resp), "|")
	_, rest, _ = strings.Cut(rest, "|")
	got, _, _ := strings.Cut(rest, "|")
	require.Equal(t, r.want, got)
	if r.back == "-" {
		return
	}
	req := hello
	req.Messages = append(append([]buoy.Message{}, hello.Messages...), resp.Choices[0].Message)
	for _, call := range resp.ToolCalls() {
		req.Messages = append(req.Messages, buoy.ToolResult(call.ID, "ok"))
	}
	_, _ = c.Chat(t.Context(), req)
	back := r.back
	if back == "" {
		back = r.calls
	}
	require.JSONEq(t, "["+back+"]", sentBack(t, sent))
}

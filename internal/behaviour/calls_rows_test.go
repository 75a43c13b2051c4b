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
	// In events without an index, or with one for all.
	{name: "two MCP calls without an index", calls: `{"id":"a","type":"mcp","name":"x","arguments":"{}"}` + `,` + `{"id":"b","type":"mcp","name":"y","arguments":"{}"}`, pieces: []string{`{"id":"a","type":"mcp","name":"x","arguments":"{}"}`, `{"id":"b","type":"mcp","name":"y","arguments":"{}"}`}, want: "a,,;b,,"},
	{name: "two web searches without an index", calls: `{"id":"a","type":"web_search"}` + `,` + `{"id":"b","type":"web_search"}`, pieces: []string{`{"id":"a","type":"web_search"}`, `{"id":"b","type":"web_search"}`}, want: "a,,;b,,"},
	{name: "a web search, then flat, without an index", calls: `{"id":"a","type":"web_search"}` + `,` + `{"id":"b","name":"f","arguments":"{}"}`, pieces: []string{`{"id":"a","type":"web_search"}`, `{"id":"b","name":"f","arguments":"{}"}`}, want: "a,,;b,f,{}", back: `{"id":"a","type":"web_search"},` + function("b", "f", "{}")},
	{name: "a function, then a web search, without an index", calls: realCall + `,` + `{"id":"b","type":"web_search"}`, pieces: []string{realCall, `{"id":"b","type":"web_search"}`}, want: realWant + ";b,,"},
	{name: "a web search, then a function, of one index", calls: `{"id":"a","type":"web_search"}` + `,` + realCall, pieces: []string{`{"index":0,"id":"a","type":"web_search"}`, `{"index":0,` + realCall[1:]}, want: "a,,;" + realWant},
	{name: "two web searches of one index", calls: `{"id":"a","type":"web_search","status":"done"}` + `,` + `{"id":"b","type":"web_search","status":"done"}`, pieces: []string{`{"index":0,"id":"a","type":"web_search","status":"done"}`, `{"index":0,"id":"b","type":"web_search","status":"done"}`}, want: "a,,;b,,"},
	{name: "two custom tools of one index", calls: `{"id":"a","type":"custom","custom":{"name":"f","input":"x"}}` + `,` + `{"id":"b","type":"custom","custom":{"name":"g","input":"y"}}`, pieces: []string{`{"index":0,"id":"a","type":"custom","custom":{"name":"f","input":"x"}}`, `{"index":0,"id":"b","type":"custom","custom":{"name":"g","input":"y"}}`}, want: "a,,;b,,"},
	{name: "two custom tools without an index", calls: `{"id":"a","type":"custom","custom":{"name":"f","input":"x"}}` + `,` + `{"id":"b","type":"custom","custom":{"name":"f","input":"x"}}`, pieces: []string{`{"id":"a","type":"custom","custom":{"name":"f","input":"x"}}`, `{"id":"b","type":"custom","custom":{"name":"f","input":"x"}}`}, want: "a,,;b,,"},
	{name: "a custom tool, then a function, without an index", calls: `{"id":"a","type":"custom","custom":{"name":"f","input":"x"}}` + `,` + realCall, pieces: []string{`{"id":"a","type":"custom","custom":{"name":"f","input":"x"}}`, realCall}, want: "a,,;" + realWant},
	{name: "two flat without an index", calls: `{"id":"a","name":"f","arguments":"{}"}` + `,` + `{"id":"b","name":"f","arguments":"{}"}`, pieces: []string{`{"id":"a","name":"f","arguments":"{}"}`, `{"id":"b","name":"f","arguments":"{}"}`}, want: "a,f,{};b,f,{}", back: function("a", "f", "{}") + "," + function("b", "f", "{}")},
	{name: "two flat of one index", calls: `{"id":"a","name":"f","arguments":"{\"x\":1}"}` + `,` + `{"id":"b","name":"f","arguments":"{\"x\":2}"}`, pieces: []string{`{"index":0,"id":"a","name":"f","arguments":"{\"x\":1}"}`, `{"index":0,"id":"b","name":"f","arguments":"{\"x\":2}"}`}, want: `a,f,{"x":1};b,f,{"x":2}`, back: function("a", "f", `{"x":1}`) + "," + function("b", "f", `{"x":2}`)},
	{name: "a search that is said in each event", calls: `{"id":"a","type":"web_search","status":"completed"}`, pieces: []string{`{"index":0,"id":"a","type":"web_search","status":"running"}`, `{"index":0,"id":"a","type":"web_search","status":"completed"}`}, want: "a,,"},
	{name: "flat beside an empty text for a type", calls: `{"id":"a","type":"","name":"f","arguments":"{}"}`, pieces: []string{`{"id":"a","type":"","name":"f","arguments":"{}"}`}, want: "a,f,{}", back: function("a", "f", "{}")},
	{name: "a custom tool with an id for every piece", calls: `{"id":"a","type":"custom","custom":{"name":"f","input":"hello"}}`, pieces: []string{`{"index":0,"id":"a","type":"custom","custom":{"name":"f","input":"he"}}`, `{"index":0,"id":"b","type":"custom","custom":{"input":"llo"}}`}, want: "a,,"},
	{name: "a builtin function with an id for every piece", calls: `{"id":"a","type":"builtin_function","function":{"name":"$s","arguments":"{\"x\":1}"}}`, pieces: []string{`{"index":0,"id":"a","type":"builtin_function","function":{"name":"$s","arguments":"{\"x\""}}`, `{"index":0,"id":"b","type":"builtin_function","function":{"arguments":":1}"}}`}, want: `a,$s,{"x":1}`},
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

// A second choice has the calls that a first one would have.
func TestCallsOfASecondChoice(t *testing.T) {
	for _, r := range callRows {
		if r.kind == "no_content" {
			continue
		}
		t.Run(r.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				message := `{"role":"assistant",` + r.beside + `"tool_calls":[` + r.calls + `]}`
				of := func(streamed bool, body string, n int) string {
					c := clientOf(t, false, func(*http.Request) (*http.Response, error) {
						ct := "application/json"
						if strings.HasPrefix(body, "data:") {
							ct = "text/event-stream"
						}
						return reply(200, ct, io.NopCloser(strings.NewReader(body))), nil
					})
					req := hello
					req.N = new(n)
					resp, _, err := answerOf(t, c, req, streamed)
					require.NoError(t, err)
					calls := resp.Choices[n-1].Message.ToolCalls
					for i := range calls {
						if calls[i].ID == "" || len(calls[i].ID) > 1 {
							calls[i].ID = "made up"
						}
						calls[i].Type = strings.TrimPrefix(calls[i].Type, "function")
					}
					list, err := json.Marshal(calls)
					require.NoError(t, err)
					return string(list)
				}
				want := of(false, w(message, `"tool_calls"`), 1)
				second := strings.NewReplacer(`"index":0,"delta"`, `"index":1,"delta"`)
				text := `{"id":"c","choices":[{"index":0,"delta":{"role":"assistant","content":"hey"},"finish_reason":null}]}`
				stop := `{"id":"c","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}`
				require.JSONEq(t, want, of(false, `{"id":"c","choices":[{"index":0,"message":{"content":"hey"},"finish_reason":"stop"},{"index":1,"message":`+message+`,"finish_reason":"tool_calls"}]}`, 2))
				require.JSONEq(t, want, of(true, ev(text, second.Replace(d(message)), stop, second.Replace(f("tool_calls")), "[DONE]"), 2))
				if r.pieces == nil {
					return
				}
				events := []string{text}
				for _, piece := range r.pieces {
					events = append(events, second.Replace(d(`{"tool_calls":[`+piece+`]}`)), text)
				}
				require.JSONEq(t, want, of(true, ev(append(events, second.Replace(f("tool_calls")), stop, "[DONE]")...), 2))
			})
		})
	}
}

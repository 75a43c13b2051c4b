package behaviour_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/buoy-go/buoy"
	"github.com/stretchr/testify/require"
)

// sums is what a reply says, in a line: text | reasoning | calls | finish reason | tokens.
func sums(r *buoy.Response) string {
	if r == nil || len(r.Choices) == 0 {
		return ""
	}
	m := &r.Choices[0].Message
	out := m.Text() + "|" + m.Reasoning + "|"
	for i, c := range m.ToolCalls {
		if i > 0 {
			out += ";"
		}
		out += c.ID + "," + c.Function.Name + "," + c.Function.Arguments
	}
	out += "|" + r.Choices[0].FinishReason
	if u := r.Usage; u.TotalTokens+u.PromptTokens+u.CompletionTokens > 0 {
		out += fmt.Sprintf("|%d/%d", u.PromptTokens, u.CompletionTokens)
	}
	return out
}

func ev(s ...string) string { return "data: " + strings.Join(s, "\n\ndata: ") + "\n\n" }

func d(delta string) string {
	return `{"id":"c","choices":[{"index":0,"delta":` + delta + `,"finish_reason":null}]}`
}

func f(reason string) string {
	return `{"id":"c","choices":[{"index":0,"delta":{},"finish_reason":"` + reason + `"}]}`
}

func w(message, finish string) string {
	return `{"id":"c","choices":[{"index":0,"message":` + message + `,"finish_reason":` + finish + `}]}`
}

const end = "[DONE]"

// Answers as public reports have them.
var reportedAnswers = []struct {
	name, body string
	want       string // as sums has it
	kind       buoy.Kind
	back       string    // what the message must have when it is sent back
	check      buoy.Kind // of Response.Check
}{
	{name: "OCI: each piece of a call has another id, index 0, an empty name", body: ev(
		d(`{"tool_calls":[{"id":"t1","function":{"arguments":"","name":"get_weather"},"type":"function","index":0}]}`),
		d(`{"tool_calls":[{"id":"t2","function":{"arguments":"{\"city\": \"","name":""},"type":"function","index":0}]}`),
		d(`{"tool_calls":[{"id":"t3","function":{"arguments":"Paris\"}","name":""},"type":"function","index":0}]}`),
		`{"choices":[{"finish_reason":"stop","index":0,"delta":{"tool_calls":[{"id":"t4","function":{"arguments":"","name":""},"type":"function","index":0}]}}]}`, end),
		want: `||t1,get_weather,{"city": "Paris"}|stop`},
	{name: "vLLM GLM: the rest of the arguments comes with id and name again", body: ev(
		d(`{"tool_calls":[{"index":0,"id":"a","type":"function","function":{"name":"f","arguments":"{\"x\":"}}]}`),
		`{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"a","type":"function","function":{"name":"f","arguments":"1}"}}]},"finish_reason":"tool_calls"}]}`, end),
		want: `||a,f,{"x":1}|tool_calls`},
	{name: "a name that comes in pieces", body: ev(
		d(`{"tool_calls":[{"index":0,"id":"a","function":{"name":"get_","arguments":""}}]}`),
		d(`{"tool_calls":[{"index":0,"function":{"name":"weather","arguments":""}}]}`),
		d(`{"tool_calls":[{"index":0,"function":{"arguments":"{}"}}]}`), f("tool_calls"), end),
		want: `||a,get_weather,{}|tool_calls`},
	{name: "an index that begins at one", body: ev(
		d(`{"tool_calls":[{"index":1,"id":"a","function":{"name":"f","arguments":"{}"}}]}`),
		d(`{"tool_calls":[{"index":2,"id":"b","function":{"name":"g","arguments":"{}"}}]}`), f("tool_calls"), end),
		want: `||a,f,{};b,g,{}|tool_calls`},
	{name: "an index in quotes", body: ev(
		d(`{"tool_calls":[{"index":"0","id":"a","function":{"name":"f","arguments":"{\"x\""}}]}`),
		d(`{"tool_calls":[{"index":"0","function":{"arguments":":1}"}}]}`), f("tool_calls"), end),
		want: `||a,f,{"x":1}|tool_calls`},
	{name: "index null, pieces by order", body: ev(
		d(`{"tool_calls":[{"index":null,"id":"a","function":{"name":"f","arguments":"{\"x\""}}]}`),
		d(`{"tool_calls":[{"index":null,"id":null,"function":{"name":null,"arguments":":1}"}}]}`), f("tool_calls"), end),
		want: `||a,f,{"x":1}|tool_calls`},
	{name: "two calls interleaved by index", body: ev(
		d(`{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":""}},{"index":1,"id":"b","function":{"name":"g","arguments":""}}]}`),
		d(`{"tool_calls":[{"index":1,"function":{"arguments":"{\"y\":2}"}}]}`),
		d(`{"tool_calls":[{"index":0,"function":{"arguments":"{\"x\":1}"}}]}`), f("tool_calls"), end),
		want: `||a,f,{"x":1};b,g,{"y":2}|tool_calls`},
	{name: "arguments as an object in a stream", body: ev(
		d(`{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":{"x":1}}}]}`), f("tool_calls"), end),
		want: `||a,f,{"x":1}|tool_calls`},
	{name: "arguments as an object in a whole answer", body: w(`{"role":"assistant","content":null,"tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":{"x":1}}}]}`, `"tool_calls"`),
		want: `||a,f,{"x":1}|tool_calls`},
	{name: "a call as one object, no list", body: w(`{"role":"assistant","content":null,"tool_calls":{"id":"a","type":"function","function":{"name":"f","arguments":"{}"}}}`, `"tool_calls"`),
		want: `||a,f,{}|tool_calls`},
	{name: "tool_calls is an empty list in each piece", body: ev(
		d(`{"role":"assistant","reasoning_content":"hm","tool_calls":[]}`), d(`{"reasoning_content":"m","tool_calls":[]}`), d(`{"content":"hi","tool_calls":[]}`), f("stop"), end),
		want: `hi|hmm||stop`},
	{name: "tool_calls is null in a whole answer", body: w(`{"role":"assistant","content":"hi","tool_calls":null,"function_call":null,"refusal":null,"audio":null}`, `"stop"`), want: `hi|||stop`},
	{name: "both keys in each delta, one of them empty", body: ev(
		d(`{"content":"","reasoning_content":"think"}`), d(`{"content":"he","reasoning_content":""}`), d(`{"content":"y","reasoning_content":""}`), f("stop"), end),
		want: `hey|think||stop`},
	{name: "reasoning under both names, the same text", body: ev(
		d(`{"content":"","reasoning":"think","reasoning_content":"think"}`), d(`{"content":"hey"}`), f("stop"), end), want: `hey|think||stop`},
	{name: "delta is null in the last chunk", body: ev(d(`{"content":"hey"}`), `{"choices":[{"index":0,"delta":null,"finish_reason":"stop"}]}`, end), want: `hey|||stop`},
	{name: "no delta in the last chunk", body: ev(d(`{"content":"hey"}`), `{"choices":[{"index":0,"finish_reason":"stop"}]}`, end), want: `hey|||stop`},
	{name: "choices is null in the usage chunk", body: ev(d(`{"content":"hey"}`), f("stop"), `{"choices":null,"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}`, end), want: `hey|||stop|3/2`},
	{name: "no choices in the usage chunk", body: ev(d(`{"content":"hey"}`), f("stop"), `{"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}`, end), want: `hey|||stop|3/2`},
	{name: "usage in each chunk", body: ev(
		`{"choices":[{"index":0,"delta":{"content":"he"},"finish_reason":null}],"usage":{"prompt_tokens":3,"completion_tokens":1,"total_tokens":4}}`,
		`{"choices":[{"index":0,"delta":{"content":"y"},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}`, end), want: `hey|||stop|3/2`},
	{name: "usage after [DONE]", body: ev(d(`{"content":"hey"}`), f("stop"), end), want: `hey|||stop`},
	{name: "the first chunk has a role and text null", body: ev(d(`{"role":"assistant","content":null}`), d(`{"content":"hey"}`), f("stop"), end), want: `hey|||stop`},
	{name: "every chunk has the role", body: ev(d(`{"role":"assistant","content":"he"}`), d(`{"role":"assistant","content":"y"}`), f("stop"), end), want: `hey|||stop`},
	{name: "finish reason stop beside calls", body: ev(d(`{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{}"}}]}`), f("stop"), end), want: `||a,f,{}|stop`},
	{name: "the finish reason in each later chunk as well", body: ev(d(`{"content":"hey"}`), f("stop"), f("stop"), end), want: `hey|||stop`},
	{name: "Ollama: an empty finish reason until the end", body: ev(
		`{"choices":[{"index":0,"delta":{"role":"assistant","content":"he"},"finish_reason":""}]}`, `{"choices":[{"index":0,"delta":{"content":"y"},"finish_reason":""}]}`, f("stop"), end), want: `hey|||stop`},
	{name: "the finish reason in capitals", body: w(`{"role":"assistant","content":"hey"}`, `"STOP"`), want: `hey|||STOP`},
	{name: "Anthropic's end_turn", body: ev(d(`{"content":"hey"}`), f("end_turn"), end), want: `hey|||end_turn`},
	{name: "Gemini's MAX_TOKENS", body: w(`{"role":"assistant","content":"hey"}`, `"MAX_TOKENS"`), want: `hey|||MAX_TOKENS`, check: buoy.ErrIncomplete},
	{name: "eos", body: w(`{"role":"assistant","content":"hey"}`, `"eos_token"`), want: `hey|||eos_token`},
	{name: "an Azure chunk of a filter without a delta", body: ev(
		`{"choices":[],"prompt_filter_results":[{"prompt_index":0,"content_filter_results":{}}]}`,
		d(`{"content":"hey"}`), `{"choices":[{"index":0,"finish_reason":null,"content_filter_results":{"hate":{"filtered":false}},"content_filter_offsets":{"check_offset":1}}]}`, f("stop"), end), want: `hey|||stop`},
	{name: "Azure: a filter's error without a delta, then the end", body: ev(
		d(`{"content":"hey"}`), `{"choices":[{"index":0,"finish_reason":null,"content_filter_result":{"error":{"code":"content_filter_error","message":"The contents are not filtered"}}}]}`, f("stop"), end), want: `hey|||stop`},
	{name: "Mistral: thinking in parts", body: ev(
		d(`{"role":"assistant","content":[{"type":"thinking","thinking":[{"type":"text","text":"hm"}],"closed":true}]}`), d(`{"content":[{"type":"text","text":"hey"}]}`), d(`{"content":"!"}`), f("stop"), end), want: `hey!|hm||stop`},
	{name: "Mistral: references between texts", body: w(`{"role":"assistant","content":[{"type":"text","text":"It is "},{"type":"reference","reference_ids":[1]},{"type":"text","text":"so"}]}`, `"stop"`), want: `It is so|||stop`},
	{name: "a BOM before the stream", body: "\ufeff" + ev(d(`{"content":"hey"}`), f("stop"), end), want: `hey|||stop`},
	{name: "CR alone between lines", body: strings.ReplaceAll(ev(d(`{"content":"hey"}`), f("stop"), end), "\n", "\r"), want: `hey|||stop`},
	{name: "no space after the colon", body: strings.ReplaceAll(ev(d(`{"content":"hey"}`), f("stop"), end), "data: ", "data:"), want: `hey|||stop`},
	{name: "ids and event names beside the data", body: "id: 1\nevent: message\nretry: 3000\n" + ev(d(`{"content":"hey"}`)) + "id: 2\nevent: completion\n" + ev(f("stop"), end), want: `hey|||stop`},
	{name: "comments between", body: ": OPENROUTER PROCESSING\n\n" + ev(d(`{"content":"hey"}`)) + ": keep-alive\n\n" + ev(f("stop")) + ":\n\n" + ev(end), want: `hey|||stop`},
	{name: "the prefix twice", body: "data: data: " + d(`{"content":"hey"}`) + "\n\n" + "data: data: " + f("stop") + "\n\ndata: data: [DONE]\n\n", want: `hey|||stop`},
	{name: "[DONE] with blanks", body: ev(d(`{"content":"hey"}`), f("stop"), " [DONE] "), want: `hey|||stop`},
	{name: "[DONE] in quotes", body: ev(d(`{"content":"hey"}`), f("stop"), `"[DONE]"`), want: `hey|||stop`},
	{name: "DONE without brackets", body: ev(d(`{"content":"hey"}`), f("stop"), `DONE`), want: `hey|||stop`},
	{name: "JSON over several data lines", body: "data: {\"choices\":[{\"index\":0,\ndata: \"delta\":{\"content\":\"hey\"},\ndata: \"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n", want: `hey|||stop`},
	{name: "blank lines within a pretty-printed whole answer", body: "\n\n  {\n\n \"choices\": [ {\n \"message\": {\"role\": \"assistant\",\n\n \"content\": \"hey\"}, \"finish_reason\": \"stop\" } ] }\n\n", want: `hey|||stop`},
	{name: "NDJSON of chunks", body: d(`{"content":"he"}`) + "\n" + d(`{"content":"y"}`) + "\n" + f("stop") + "\n", want: `hey|||stop`},
	{name: "an error among the chunks, after the text", body: ev(d(`{"content":"he"}`), `{"error":{"message":"Internal server error","type":"server_error","code":500}}`), kind: buoy.ErrServer},
	{name: "error null in each chunk", body: ev(`{"error":null,"choices":[{"index":0,"delta":{"content":"hey"},"finish_reason":null}]}`, `{"error":null,"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}`, end), want: `hey|||stop`},
	{name: "error false", body: `{"error":false,"choices":[{"index":0,"message":{"content":"hey"},"finish_reason":"stop"}]}`, want: `hey|||stop`},
	{name: "an error object with code 0", body: `{"error":{"code":0,"message":""},"choices":[{"index":0,"message":{"content":"hey"},"finish_reason":"stop"}]}`, want: `hey|||stop`},
	{name: "MiniMax: a base_resp of success", body: `{"choices":[{"index":0,"message":{"content":"hey"},"finish_reason":"stop"}],"base_resp":{"status_code":0,"status_msg":""}}`, want: `hey|||stop`},
	{name: "MiniMax: a base_resp of failure in a chunk", body: ev(d(`{"content":"he"}`), `{"choices":null,"base_resp":{"status_code":1002,"status_msg":"rate limit exceeded(RPM)"}}`), kind: buoy.ErrRateLimit},
	{name: "DeepSeek: usage with hits and reasoning", body: `{"choices":[{"index":0,"message":{"role":"assistant","content":"hey","reasoning_content":"hm"},"finish_reason":"stop"}],"usage":{"prompt_tokens":10,"completion_tokens":4,"total_tokens":14,"prompt_tokens_details":{"cached_tokens":8},"completion_tokens_details":{"reasoning_tokens":2},"prompt_cache_hit_tokens":8,"prompt_cache_miss_tokens":2}}`, want: `hey|hm||stop|10/4`, back: `"reasoning_content":"hm"`},
	{name: "usage in quotes", body: `{"choices":[{"index":0,"message":{"content":"hey"},"finish_reason":"stop"}],"usage":{"prompt_tokens":"10","completion_tokens":"4","total_tokens":"14"}}`, want: `hey|||stop|10/4`},
	{name: "usage as floats", body: `{"choices":[{"index":0,"message":{"content":"hey"},"finish_reason":"stop"}],"usage":{"prompt_tokens":10.0,"completion_tokens":4.0,"total_tokens":14.0}}`, want: `hey|||stop|10/4`},
	{name: "usage of Anthropic's names in a stream", body: ev(d(`{"content":"hey"}`), `{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":{"input_tokens":10,"output_tokens":4}}`, end), want: `hey|||stop|10/4`},
	{name: "Groq: x_groq has the usage", body: ev(d(`{"content":"hey"}`), `{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"x_groq":{"id":"r","usage":{"prompt_tokens":10,"completion_tokens":4,"total_tokens":14}}}`, end), want: `hey|||stop|10/4`},
	{name: "Gemini: a call's signature in extra_content goes back", body: w(`{"role":"assistant","content":null,"tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{}"},"extra_content":{"google":{"thought_signature":"SIG"}}}]}`, `"tool_calls"`), want: `||a,f,{}|tool_calls`, back: `"thought_signature":"SIG"`},
	{name: "Gemini: the same in a stream", body: ev(d(`{"role":"assistant","tool_calls":[{"index":0,"id":"a","type":"function","function":{"name":"f","arguments":"{}"},"extra_content":{"google":{"thought_signature":"SIG"}}}]}`), f("tool_calls"), end), want: `||a,f,{}|tool_calls`, back: `"thought_signature":"SIG"`},
	{name: "OpenRouter: signed details of a stream go back", body: ev(
		d(`{"role":"assistant","content":"","reasoning":"hm","reasoning_details":[{"type":"reasoning.text","text":"hm","index":0}]}`),
		d(`{"reasoning_details":[{"type":"reasoning.text","signature":"SIG","index":0}]}`), d(`{"content":"hey"}`), f("stop"), end), want: `hey|hm||stop`, back: `"signature":"SIG"`},
	{name: "a refusal in pieces", body: ev(d(`{"role":"assistant","refusal":"I "}`), d(`{"refusal":"cannot"}`), f("stop"), end), want: `|||stop`, back: `"refusal":"I cannot"`, check: buoy.ErrModeration},
	{name: "created as a string, id as a number", body: `{"id":7,"created":"1700000000","object":null,"model":null,"choices":[{"index":0,"message":{"content":"hey"},"finish_reason":"stop"}]}`, want: `hey|||stop`},
	{name: "logprobs of a wrong type", body: `{"choices":[{"index":0,"logprobs":[],"message":{"content":"hey"},"finish_reason":"stop"}]}`, want: `hey|||stop`},
	{name: "an answer of text in place of message", body: `{"choices":[{"index":0,"text":"hey","finish_reason":"stop"}]}`, want: `hey|||stop`},
	{name: "a stream of text in place of delta", body: ev(`{"choices":[{"index":0,"text":"hey","finish_reason":null}]}`, `{"choices":[{"index":0,"text":"","finish_reason":"stop"}]}`, end), want: `hey|||stop`},
	{name: "deltas as message", body: ev(`{"choices":[{"index":0,"message":{"role":"assistant","content":"he"},"finish_reason":null}]}`, `{"choices":[{"index":0,"message":{"content":"y"},"finish_reason":"stop"}]}`, end), want: `hey|||stop`},
	{name: "an image in images", body: w(`{"role":"assistant","content":"","images":[{"type":"image_url","image_url":{"url":"data:image/png;base64,aGk="}}]}`, `"stop"`), want: `|||stop`, back: `aGk=`},
	{name: "content null, reasoning only, stop", body: w(`{"role":"assistant","content":null,"reasoning_content":"all of it"}`, `"stop"`), want: `|all of it||stop`, check: "no_content"},
	{name: "n missing, one choice with index 1", body: `{"choices":[{"index":1,"message":{"content":"hey"},"finish_reason":"stop"}]}`, want: `hey|||stop`},
	{name: "an event of several chunks in an array", body: ev(`[`+d(`{"content":"he"}`)+`,`+d(`{"content":"y"}`)+`]`, f("stop"), end), want: `hey|||stop`},
	{name: "a call's id only in its last piece", body: ev(
		d(`{"tool_calls":[{"index":0,"function":{"name":"f","arguments":"{\"x\":"}}]}`), d(`{"tool_calls":[{"index":0,"id":"a","function":{"arguments":"1}"}}]}`), f("tool_calls"), end), want: `||a,f,{"x":1}|tool_calls`},
	{name: "two calls in one piece without indexes", body: ev(
		d(`{"tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{}"}},{"id":"b","type":"function","function":{"name":"g","arguments":"{}"}}]}`), f("tool_calls"), end), want: `||a,f,{};b,g,{}|tool_calls`},
	{name: "two calls one after the other, same index, other ids", body: ev(
		d(`{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{\"x\":1}"}}]}`), d(`{"tool_calls":[{"index":0,"id":"b","function":{"name":"f","arguments":"{\"x\":2}"}}]}`), f("tool_calls"), end), want: `||a,f,{"x":1};b,f,{"x":2}|tool_calls`},
	{name: "cumulative arguments", body: ev(
		d(`{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{\"x\""}}]}`), d(`{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{\"x\":1"}}]}`), d(`{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{\"x\":1}"}}]}`), f("tool_calls"), end), want: `||a,f,{"x":1}|tool_calls`},
	{name: "arguments null at first", body: ev(
		d(`{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":null}}]}`), d(`{"tool_calls":[{"index":0,"function":{"arguments":"{\"x\":1}"}}]}`), f("tool_calls"), end), want: `||a,f,{"x":1}|tool_calls`},
	{name: "text between two calls", body: ev(
		d(`{"content":"first "}`), d(`{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{}"}}]}`), d(`{"content":"second"}`), d(`{"tool_calls":[{"index":1,"id":"b","function":{"name":"g","arguments":"{}"}}]}`), f("tool_calls"), end), want: `first second||a,f,{};b,g,{}|tool_calls`},
	{name: "a call with the type after everything", body: ev(
		d(`{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{}"}}]}`), d(`{"tool_calls":[{"index":0,"type":"function"}]}`), f("tool_calls"), end), want: `||a,f,{}|tool_calls`},
	{name: "the old function_call in pieces", body: ev(d(`{"function_call":{"name":"f","arguments":""}}`), d(`{"function_call":{"arguments":"{\"x\":1}"}}`), f("function_call"), end), want: `|||function_call`, back: `"function_call":{"name":"f","arguments":"{\"x\":1}"}`},
	{name: "arguments in pieces within an escape", body: ev(
		d(`{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{\"x\":\"\\u00"}}]}`), d(`{"tool_calls":[{"index":0,"function":{"arguments":"e9\"}"}}]}`), f("tool_calls"), end), want: `||a,f,{"x":"\u00e9"}|tool_calls`},
	{name: "the finish reason length within a call", body: ev(d(`{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{\"x\":"}}]}`), f("length"), end), want: `||a,f,{"x":|length`, check: buoy.ErrIncomplete},
	{name: "Bedrock: thinking and its signature", body: ev(
		d(`{"reasoning_content":{"text":"hm"}}`), d(`{"reasoning_content":{"signature":"SIG"}}`), d(`{"content":"hey"}`), f("stop"), end), want: `hey|hm||stop`},
	{name: "reasoning null until it is there", body: ev(d(`{"content":"","reasoning":null}`), d(`{"content":"","reasoning":"hm"}`), d(`{"content":"hey","reasoning":null}`), f("stop"), end), want: `hey|hm||stop`},
	{name: "thinking as a field of its own", body: ev(d(`{"thinking":"hm"}`), d(`{"content":"hey"}`), f("stop"), end), want: `hey|||stop`, back: `"thinking":"hm"`},
	{name: "usage null in each chunk", body: ev(`{"usage":null,"choices":[{"index":0,"delta":{"content":"hey"},"finish_reason":null}]}`, `{"usage":null,"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}`, `{"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5},"choices":[]}`, end), want: `hey|||stop|3/2`},
	{name: "usage of zeros after a real one", body: ev(d(`{"content":"hey"}`), `{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}`, `{"choices":[],"usage":{"prompt_tokens":0,"completion_tokens":0,"total_tokens":0}}`, end), want: `hey|||stop|3/2`},
	{name: "two usages, prompt first", body: ev(`{"choices":[],"usage":{"prompt_tokens":3}}`, d(`{"content":"hey"}`), f("stop"), `{"choices":[],"usage":{"completion_tokens":2}}`, end), want: `hey|||stop|3/2`},
	{name: "usageMetadata of Gemini", body: `{"choices":[{"index":0,"message":{"content":"hey"},"finish_reason":"stop"}],"usageMetadata":{"promptTokenCount":3,"candidatesTokenCount":2,"totalTokenCount":5}}`, want: `hey|||stop|3/2`},
	{name: "counts of Ollama beside the choices", body: `{"choices":[{"index":0,"message":{"content":"hey"},"finish_reason":"stop"}],"prompt_eval_count":3,"eval_count":2}`, want: `hey|||stop|3/2`},
	{name: "an event field with spaces, data in the next line", body: "event:  chunk \ndata:   " + d(`{"content":"hey"}`) + "  \n\n" + ev(f("stop"), end), want: `hey|||stop`},
	{name: "no blank line before [DONE]", body: "data: " + d(`{"content":"hey"}`) + "\ndata: " + f("stop") + "\ndata: [DONE]\n", want: `hey|||stop`},
	{name: "no line end at all after the last", body: strings.TrimRight(ev(d(`{"content":"hey"}`), f("stop")), "\n"), want: `hey|||stop`},
	{name: "an error event of words after the text", body: ev(d(`{"content":"he"}`)) + "event: error\ndata: upstream connect error or disconnect/reset before headers\n\n", kind: buoy.ErrUpstream},
	{name: "event: done", body: ev(d(`{"content":"hey"}`), f("stop")) + "event: done\ndata: {}\n\n", want: `hey|||stop`},
	{name: "event: close and nothing", body: ev(d(`{"content":"hey"}`), f("stop")) + "event: close\ndata:\n\n", want: `hey|||stop`},
	{name: "a ping object", body: ev(`{"type":"ping"}`, d(`{"content":"hey"}`), `{"type":"ping"}`, f("stop"), end), want: `hey|||stop`},
	{name: "a chunk of an other object", body: ev(`{"object":"chat.completion.debug","debug":{"echo":1},"choices":[]}`, d(`{"content":"hey"}`), f("stop"), end), want: `hey|||stop`},
	{name: "an answer as text in result", body: `{"success":true,"result":{"response":"hey","usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}},"errors":[],"messages":[]}`, kind: buoy.ErrMalformed},
	{name: "finish reason in the message", body: `{"choices":[{"index":0,"message":{"role":"assistant","content":"hey","finish_reason":"stop"}}]}`, kind: buoy.ErrStreamInterrupted},
	{name: "choices as an object", body: `{"choices":{"0":{"message":{"content":"hey"},"finish_reason":"stop"}}}`, kind: buoy.ErrMalformed},
	{name: "a refusal's text beside an empty content", body: w(`{"role":"assistant","content":"","refusal":"no"}`, `"stop"`), want: `|||stop`, check: buoy.ErrModeration},
	{name: "annotations and an empty audio", body: w(`{"role":"assistant","content":"hey","audio":null,"annotations":[{"type":"url_citation","url_citation":{"url":"https://x","title":"t","start_index":0,"end_index":3}}]}`, `"stop"`), want: `hey|||stop`, back: `hey`},
	{name: "a surrogate that is never completed", body: ev(d(`{"content":"a\ud83d"}`), f("stop"), end), want: "a\ufffd|||stop"},
	{name: "text with a raw line separator", body: ev(d("{\"content\":\"a\u2028b\"}"), f("stop"), end), want: "a\u2028b|||stop"},
	{name: "a control byte within a string", body: ev(d("{\"content\":\"a\tb\"}"), f("stop"), end), want: "a\tb|||stop"},
	{name: "NaN in logprobs", body: ev(`{"choices":[{"index":0,"delta":{"content":"hey"},"logprobs":{"content":[{"token":"hey","logprob":NaN,"top_logprobs":[]}]},"finish_reason":null}]}`, f("stop"), end), want: `hey|||stop`},
	{name: "a stream cut within a character's escape", body: "data: " + d(`{"content":"h\u00e9"}`) + "\n\ndata: " + `{"choices":[{"index":0,"delta":{"content":"\ud83d`, kind: buoy.ErrStreamInterrupted},
}

func TestReportedAnswers(t *testing.T) {
	for _, tc := range reportedAnswers {
		for _, streamed := range []bool{false, true} {
			t.Run(tc.name, func(t *testing.T) {
				contentType := "application/json"
				if strings.Contains(tc.body, "data:") && !strings.HasPrefix(tc.body, "{") {
					contentType = "text/event-stream"
				}
				var sent []byte
				c := clientOf(t, false, func(r *http.Request) (*http.Response, error) {
					sent, _ = io.ReadAll(r.Body)
					return reply(200, contentType, io.NopCloser(strings.NewReader(tc.body))), nil
				})
				var resp *buoy.Response
				var err error
				if streamed {
					var s *buoy.Stream
					if s, err = c.Stream(t.Context(), hello); err == nil {
						for s.Next() {
						}
						resp, err = s.Response(), s.Err()
					}
				} else {
					resp, err = c.Chat(t.Context(), hello)
				}
				require.Equal(t, tc.kind, buoy.KindOf(err), "%v", err)
				if tc.kind != "" {
					return
				}
				require.Equal(t, tc.want, sums(resp))
				require.Equal(t, tc.check, buoy.KindOf(resp.Check()))
				if tc.back == "" {
					return
				}
				again := hello
				again.Messages = append(append([]buoy.Message{}, hello.Messages...), resp.Choices[0].Message)
				for _, call := range resp.Choices[0].Message.ToolCalls {
					again.Messages = append(again.Messages, buoy.ToolResult(call.ID, "ok"))
				}
				if len(resp.Choices[0].Message.ToolCalls) == 0 {
					again.Messages = append(again.Messages, buoy.User("go on"))
				}
				_, err = c.Chat(t.Context(), again)
				_, mistake := errors.AsType[*buoy.RequestError](err)
				require.False(t, mistake, "%v", err)
				require.True(t, json.Valid(sent))
				require.Contains(t, string(sent), tc.back)
			})
		}
	}
}

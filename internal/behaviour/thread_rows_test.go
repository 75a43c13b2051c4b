package behaviour_test

import "strings"

// threadRow is an answer that a public thread tells of, in bytes of our own.
type threadRow struct {
	name, body string
	want       string   // as sums has it; an id of ? is any that is there once, * any text
	usage      string   // prompt/completion/total/cached/reasoning, - for any
	kinds      string   // of the error, any of these between |
	retried    string   // "yes", "no", or no matter
	check      string   // kind of Response.Check
	back, not  []string // in what is sent back, and not in it
	second     string   // the text of the second choice
	n          int
	ct         string    // the content type, if it is not the usual one
	header     [2]string // another header
	status     int       // 0: 200
	oneByte    bool      // a read
	partial    string    // what a stream keeps beside its error
}

func tc(calls string) string { return d(`{"tool_calls":[` + calls + `]}`) }

func u(usage string) string { return `{"choices":[],"usage":` + usage + `}` }

var longText = strings.Repeat("abcdefghij", 30000)

// The classes are those of ways in which servers differ: identity of streamed calls,
// repeated arguments, the way back, delta and message, other types, ends, usage, events
// and HTTP, refusals.
var threadRows = []threadRow{
	// Class 1.
	{name: "zed 54058 Mistral: the id of a later piece is the word null", body: ev(
		tc(`{"id":"WcG8xhSs1","function":{"name":"read_file","arguments":""},"index":0}`), tc(`{"function":{"name":"","arguments":"{\""},"index":0}`), tc(`{"id":"null","function":{"name":"","arguments":"p\":1}"},"index":0}`), f("tool_calls"), end),
		want: `||WcG8xhSs1,read_file,{"p":1}|tool_calls`},
	{name: "mistral client-js 69: whole, two calls, both ids are the word null", body: w(`{"role":"assistant","content":"","tool_calls":[{"id":"null","type":"function","function":{"name":"f","arguments":"{}"}},{"id":"null","type":"function","function":{"name":"g","arguments":"{}"}}]}`, `"tool_calls"`),
		want: `||?,f,{};?,g,{}|tool_calls`, not: []string{`"null"`}},
	{name: "zed 54872 DashScope: id and name are empty in later pieces", body: ev(
		tc(`{"index":0,"id":"call_1","type":"function","function":{"name":"f","arguments":""}}`), tc(`{"index":0,"id":"","type":"function","function":{"name":"","arguments":"{\"a\""}}`), tc(`{"index":0,"id":"","type":"function","function":{"name":"","arguments":":1}"}}`), f("tool_calls"), end),
		want: `||call_1,f,{"a":1}|tool_calls`},
	{name: "sglang 35542: id and name are null in later pieces", body: ev(
		tc(`{"index":0,"id":"c1","type":"function","function":{"name":"f","arguments":""}}`), tc(`{"index":0,"id":null,"type":"function","function":{"name":null,"arguments":"{\"a\":"}}`), tc(`{"index":0,"id":null,"type":"function","function":{"name":null,"arguments":"1}"}}`),
		tc(`{"index":1,"id":"c2","type":"function","function":{"name":"f","arguments":""}}`), tc(`{"index":1,"id":null,"type":"function","function":{"name":null,"arguments":"{\"a\":2}"}}`), f("tool_calls"), end),
		want: `||c1,f,{"a":1};c2,f,{"a":2}|tool_calls`},
	{name: "atlas 33: a call is opened twice under two ids", body: ev(
		tc(`{"id":"call_2","function":{"arguments":"","name":"web_search"},"type":"function","index":0}`), tc(`{"id":"call_3","function":{"arguments":"","name":"web_search"},"type":"function","index":0}`), tc(`{"function":{"arguments":"{\"query\":\"x\"}"},"type":"function","index":0}`), f("tool_calls"), end),
		want: `||?,web_search,{"query":"x"}|tool_calls`},
	{name: "lmdeploy 3412, of vLLM: all index 0, an id begins, empty ids go on", body: ev(
		tc(`{"index":0,"id":"t1","type":"function","function":{"name":"f","arguments":""}}`), tc(`{"index":0,"id":"","type":"function","function":{"name":null,"arguments":"{\"x\":1}"}}`),
		tc(`{"index":0,"id":"t2","type":"function","function":{"name":"f","arguments":""}}`), tc(`{"index":0,"id":"","type":"function","function":{"name":null,"arguments":"{\"x\":2}"}}`), f("tool_calls"), end),
		want: `||t1,f,{"x":1};t2,f,{"x":2}|tool_calls`},
	{name: "lmdeploy 3412, of sglang: all index 0, ids 0 and 1 in each piece", body: ev(
		tc(`{"index":0,"id":"0","type":"function","function":{"name":"f","arguments":""}}`), tc(`{"index":0,"id":"0","type":"function","function":{"name":null,"arguments":"{\"x\":1}"}}`),
		tc(`{"index":0,"id":"1","type":"function","function":{"name":"f","arguments":""}}`), tc(`{"index":0,"id":"1","type":"function","function":{"name":null,"arguments":"{\"x\":2}"}}`), f("tool_calls"), end),
		want: `||0,f,{"x":1};1,f,{"x":2}|tool_calls`},
	{name: "open-webui/computer 224 Gemini: no index, arguments in pieces, a signature in a delta of its own", body: ev(
		tc(`{"id":"fc1","type":"function","function":{"name":"get_weather","arguments":"{\"location\":"}}`), tc(`{"function":{"arguments":"\"Sydney\"}"}}`), d(`{"extra_content":{"google":{"thought_signature":"SIG"}}}`), f("stop"), end),
		want: `||fc1,get_weather,{"location":"Sydney"}|stop`, back: []string{`"thought_signature":"SIG"`}},
	{name: "open-webui/computer 224: a signature in a piece of the call that has nothing else", body: ev(
		tc(`{"id":"fc1","type":"function","function":{"name":"get_weather","arguments":"{}"}}`), tc(`{"id":"fc1","extra_content":{"google":{"thought_signature":"SIG"}}}`), f("stop"), end),
		want: `||fc1,get_weather,{}|stop`, back: []string{`"extra_content":{"google":{"thought_signature":"SIG"}}`}},
	{name: "gcli2api 406: three whole calls of one function, all index 0", body: ev(
		tc(`{"index":0,"id":"c1","type":"function","function":{"name":"w","arguments":"{\"city\":\"A\"}"}}`), tc(`{"index":0,"id":"c2","type":"function","function":{"name":"w","arguments":"{\"city\":\"B\"}"}}`), tc(`{"index":0,"id":"c3","type":"function","function":{"name":"w","arguments":"{\"city\":\"C\"}"}}`), f("tool_calls"), end),
		want: `||c1,w,{"city":"A"};c2,w,{"city":"B"};c3,w,{"city":"C"}|tool_calls`},
	{name: "litellm 11407: the index begins at one, role and empty text in each piece", body: ev(
		`{"choices":[{"index":0,"delta":{"content":"","role":"assistant","tool_calls":[{"id":"tooluse_B","function":{"arguments":"","name":"worklog"},"type":"function","index":1}]}}],"provider_specific_fields":{}}`,
		`{"choices":[{"index":0,"delta":{"content":"","role":"assistant","tool_calls":[{"function":{"arguments":""},"type":"function","index":1}]}}]}`,
		`{"choices":[{"index":0,"delta":{"content":"","role":"assistant","tool_calls":[{"function":{"arguments":"{\"k\":1}"},"type":"function","index":1}]}}]}`, f("tool_calls"), end),
		want: `||tooluse_B,worklog,{"k":1}|tool_calls`},
	{name: "llama.cpp 13800: the id stands in the function, the name comes with each piece", body: ev(
		tc(`{"index":0,"function":{"arguments":"{\"","name":"get_w","id":"x1"}}`), tc(`{"index":0,"function":{"arguments":"loc","name":"get_w","id":"x1"}}`), tc(`{"index":0,"function":{"arguments":"\":1}","name":"get_w","id":"x1"}}`), f("tool_calls"), end),
		want: `||?,get_w,{"loc":1}|tool_calls`},
	{name: "term-llm 314: begun without an index, gone on with one", body: ev(
		tc(`{"id":"a","type":"function","function":{"name":"f","arguments":"{\"x\":"}}`), tc(`{"index":0,"function":{"arguments":"1}"}}`), f("tool_calls"), end),
		want: `||a,f,{"x":1}|tool_calls`},
	{name: "term-llm 314: no index, two calls a delta, in pieces by their place", body: ev(
		tc(`{"id":"a","type":"function","function":{"name":"f","arguments":""}},{"id":"b","type":"function","function":{"name":"g","arguments":""}}`), tc(`{"function":{"arguments":"{\"x\":"}},{"function":{"arguments":"{\"y\":"}}`), tc(`{"function":{"arguments":"1}"}},{"function":{"arguments":"2}"}}`), f("tool_calls"), end),
		want: `||a,f,{"x":1};b,g,{"y":2}|tool_calls`},
	{name: "vercel/ai 15879 SGLang: no index, arguments before the name, by id", body: ev(
		tc(`{"id":"a","function":{"arguments":"{\"x\":"}}`), tc(`{"id":"a","function":{"name":"f","arguments":"1}"}}`), f("tool_calls"), end),
		want: `||a,f,{"x":1}|tool_calls`},
	{name: "AutoAgents 99 Volcengine: a head without arguments, then pieces of an empty type", body: ev(
		d(`{"role":"assistant","tool_calls":[{"index":0,"id":"call_6","type":"function","function":{"name":"read_file"}}]}`), tc(`{"index":0,"type":"","function":{"arguments":"{\"filepath\": \""}}`), tc(`{"index":0,"type":"","function":{"arguments":"a\"}"}}`), f("tool_calls"), end),
		want: `||call_6,read_file,{"filepath": "a"}|tool_calls`, back: []string{`"type":"function"`}},
	{name: "gptel 1550 SiliconFlow: the first name is empty", body: ev(
		tc(`{"index":0,"id":"a","type":"function","function":{"name":"","arguments":""}}`), tc(`{"index":0,"id":"","type":"function","function":{"name":"f","arguments":""}}`), tc(`{"index":0,"id":"","type":"function","function":{"name":"","arguments":"{}"}}`), f("tool_calls"), end),
		want: `||a,f,{}|tool_calls`},
	{name: "async-openai 329 Mistral: a whole call with the finish reason in one event", body: ev(
		d(`{"role":"assistant","content":""}`), `{"choices":[{"index":0,"delta":{"content":"","tool_calls":[{"id":"q1","function":{"name":"w","arguments":"{\"city\": \"Berlin\"}"},"index":0}]},"finish_reason":"tool_calls"}],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}`, end),
		want: `||q1,w,{"city": "Berlin"}|tool_calls|3/2`},
	{name: "pi 9443: thoughtSignature on the call itself", body: ev(
		tc(`{"index":0,"id":"a","type":"function","function":{"name":"f","arguments":"{}"},"thoughtSignature":"SIG"}`), f("tool_calls"), end),
		want: `||a,f,{}|tool_calls`, back: []string{`"thoughtSignature":"SIG"`}},
	{name: "anthropic-sdk-csharp 53, of gateways: each event has all calls so far", body: ev(
		tc(`{"index":0,"id":"a","type":"function","function":{"name":"f","arguments":"{\"x\":1}"}}`),
		tc(`{"index":0,"id":"a","type":"function","function":{"name":"f","arguments":"{\"x\":1}"}},{"index":1,"id":"b","type":"function","function":{"name":"g","arguments":"{\"y\":2}"}}`), f("tool_calls"), end),
		want: `||a,f,{"x":1};b,g,{"y":2}|tool_calls`},
	{name: "nanobot 3943: two calls under one id are refused on the way in", body: ev(
		tc(`{"index":0,"id":"call_00","type":"function","function":{"name":"f","arguments":"{\"x\":1}"}}`), tc(`{"index":1,"id":"call_00","type":"function","function":{"name":"f","arguments":"{\"x\":2}"}}`), f("tool_calls"), end),
		want: `||?,f,{"x":1};?,f,{"x":2}|tool_calls`},
	{name: "OpenRouter ai-sdk 160: the same in a whole answer", body: w(`{"role":"assistant","content":null,"tool_calls":[{"id":"tool_0","type":"function","function":{"name":"f","arguments":"{\"x\":1}"}},{"id":"tool_0","type":"function","function":{"name":"f","arguments":"{\"x\":2}"}}]}`, `"tool_calls"`),
		want: `||?,f,{"x":1};?,f,{"x":2}|tool_calls`},

	// Class 2.
	{name: "sglang 23071 MiniMax: the pieces go to the next index, without id and name, and begin again", body: ev(
		tc(`{"index":0,"id":"call_x","type":"function","function":{"name":"bash","arguments":""}}`), tc(`{"index":1,"id":null,"function":{"name":null,"arguments":"{\"command\": \"head\""}}`), tc(`{"index":1,"id":null,"function":{"name":null,"arguments":"{\"command\": \"head\", \"description\": \"Run\"}"}}`), f("tool_calls"), end),
		want: `||call_x,bash,{"command": "head", "description": "Run"}|tool_calls`},
	{name: "vllm 51697: the whole once more at the end", body: ev(
		tc(`{"index":0,"id":"a","type":"function","function":{"name":"w","arguments":""}}`), tc(`{"index":0,"function":{"arguments":"{\"city\": \"Sea"}}`), tc(`{"index":0,"function":{"arguments":"ttle\"}"}}`), tc(`{"index":0,"function":{"arguments":"{\"city\": \"Seattle\"}"}}`), f("tool_calls"), end),
		want: `||a,w,{"city": "Seattle"}|tool_calls`},
	{name: "vllm 51697: a brace, then the whole", body: ev(
		tc(`{"index":0,"id":"a","type":"function","function":{"name":"w","arguments":""}}`), tc(`{"index":0,"function":{"arguments":"{"}}`), tc(`{"index":0,"function":{"arguments":"{\"city\": \"Orlando\"}"}}`), f("tool_calls"), end),
		want: `||a,w,{"city": "Orlando"}|tool_calls`},
	{name: "vllm 51697: a beginning in pieces, then the whole", body: ev(
		tc(`{"index":0,"id":"a","type":"function","function":{"name":"w","arguments":"{\"ci"}}`), tc(`{"index":0,"function":{"arguments":"ty\": \"Or"}}`), tc(`{"index":0,"function":{"arguments":"{\"city\": \"Orlando\"}"}}`), f("tool_calls"), end),
		want: `||a,w,{"city": "Orlando"}|tool_calls`},
	{name: "codex-lb 284: a whole answer has the arguments three times", body: w(`{"role":"assistant","content":null,"tool_calls":[{"id":"a","type":"function","function":{"name":"w","arguments":"{\"city\":\"Zurich\",\"unit\":\"C\"}{\"city\":\"Zurich\",\"unit\":\"C\"}{\"city\":\"Zurich\",\"unit\":\"C\"}"}}]}`, `"tool_calls"`),
		want: `||a,w,{"city":"Zurich","unit":"C"}|tool_calls`},
	{name: "codex-lb 284: pieces, then twice the whole", body: ev(
		tc(`{"index":0,"id":"a","type":"function","function":{"name":"w","arguments":""}}`), tc(`{"index":0,"function":{"arguments":"{\"city\":"}}`), tc(`{"index":0,"function":{"arguments":"\"Z\"}"}}`), tc(`{"index":0,"function":{"arguments":"{\"city\":\"Z\"}"}}`), tc(`{"index":0,"function":{"arguments":"{\"city\":\"Z\"}"}}`), f("tool_calls"), end),
		want: `||a,w,{"city":"Z"}|tool_calls`},
	{name: "litellm 20480: a summary at the end whose arguments are encoded twice", body: ev(
		tc(`{"index":0,"id":"call_abc","type":"function","function":{"name":"search","arguments":"{\"qu"}}`), tc(`{"index":0,"id":"call_abc","type":"function","function":{"arguments":"ery\":"}}`), tc(`{"index":0,"id":"call_abc","type":"function","function":{"arguments":"\"hello\"}"}}`),
		tc(`{"index":0,"id":"call_abc","type":"function","function":{"name":"search","arguments":"\"{\\\"query\\\":\\\"hello\\\"}\""}}`), f("tool_calls"), end),
		want: `||call_abc,search,{"query":"hello"}|tool_calls`},
	{name: "eliza 16973: a summary with id, name and blanks", body: ev(
		tc(`{"index":0,"id":"a","type":"function","function":{"name":"sh","arguments":""}}`), tc(`{"index":0,"function":{"arguments":"{\"command\":\"ls\"}"}}`), tc(`{"index":0,"id":"a","type":"function","function":{"name":"sh","arguments":"{\"command\": \"ls\"}"}}`), f("tool_calls"), end),
		want: `||a,sh,{"command": "ls"}|tool_calls`},
	{name: "litellm 21482: pieces, then the whole call", body: ev(
		tc(`{"index":0,"id":"call_Q","type":"function","function":{"name":"web","arguments":""}}`), tc(`{"index":0,"function":{"arguments":"{\""}}`), tc(`{"index":0,"function":{"arguments":"query\":\"澳\"}"}}`), tc(`{"index":0,"id":"call_Q","type":"function","function":{"name":"web","arguments":"{\"query\":\"澳\"}"}}`), f("tool_calls"), end),
		want: `||call_Q,web,{"query":"澳"}|tool_calls`},
	{name: "kimi-cli 1378: a raw line end in the arguments stays as it is", body: ev(
		tc(`{"index":0,"id":"a","type":"function","function":{"name":"sh","arguments":"{\"m\":\"a\nb\"}"}}`), f("tool_calls"), end),
		want: "||a,sh,{\"m\":\"a\nb\"}|tool_calls"},
	{name: "hermes 57939 Gemini: calls of one function, same index, no ids, in whole", body: ev(
		tc(`{"index":0,"function":{"name":"cal","arguments":"{\"d\":1}"},"type":"function"}`), tc(`{"index":0,"function":{"name":"cal","arguments":"{\"d\":2}"},"type":"function"}`), tc(`{"index":0,"function":{"name":"cal","arguments":"{\"d\":2,\"e\":1}"},"type":"function"}`), f("stop"), end),
		want: `||?,cal,{"d":1};?,cal,{"d":2};?,cal,{"d":2,"e":1}|stop`},

	// Class 3.
	{name: "agno 8794 OpenRouter: one signed thought in three details", body: ev(
		d(`{"role":"assistant","content":"","reasoning":"Let","reasoning_details":[{"type":"reasoning.text","text":"Let","format":"anthropic-claude-v1","index":0}]}`), d(`{"content":"","reasoning":" me","reasoning_details":[{"type":"reasoning.text","text":" me","format":"anthropic-claude-v1","index":0}]}`), d(`{"content":"","reasoning_details":[{"type":"reasoning.text","signature":"Et8","format":"anthropic-claude-v1","index":0}]}`),
		tc(`{"index":0,"id":"a","type":"function","function":{"name":"f","arguments":"{}"}}`), f("tool_calls"), end),
		want: `|Let me|a,f,{}|tool_calls`, back: []string{`"text":"Let me"`, `"signature":"Et8"`}, not: []string{`"text":"Let"`}},
	{name: "OpenRouter ai-sdk 519: a summary in pieces and a sealed thought, both index 0", body: ev(
		d(`{"content":"","reasoning":"Plan","reasoning_details":[{"type":"reasoning.summary","summary":"Plan","format":"openai-responses-v1","index":0}]}`), d(`{"content":"","reasoning":"ning","reasoning_details":[{"type":"reasoning.summary","summary":"ning","format":"openai-responses-v1","index":0}]}`),
		d(`{"content":"","reasoning_details":[{"type":"reasoning.encrypted","data":"ENC","format":"openai-responses-v1","id":"rs_1","index":0}]}`), d(`{"content":"hey"}`), f("stop"), end),
		want: `hey|Planning||stop`, back: []string{`"summary":"Planning"`, `"type":"reasoning.encrypted"`, `"data":"ENC"`, `"id":"rs_1"`}, not: []string{`"summary":"Plan"`}},
	{name: "agentscope-java 3127: two sealed thoughts in two chunks", body: ev(
		d(`{"reasoning_details":[{"type":"reasoning.encrypted","id":"rs_0","data":"A"}]}`), d(`{"reasoning_details":[{"type":"reasoning.encrypted","id":"rs_1","data":"B"}]}`), d(`{"content":"hey"}`), f("stop"), end),
		want: `hey|||stop`, back: []string{`{"type":"reasoning.encrypted","id":"rs_0","data":"A"}`, `{"type":"reasoning.encrypted","id":"rs_1","data":"B"}`}},
	{name: "litellm 33035: a thinking block without a signature", body: ev(
		d(`{"reasoning_content":"Let me ","thinking_blocks":[{"type":"thinking","thinking":"Let me "}]}`), d(`{"reasoning_content":"reason","thinking_blocks":[{"type":"thinking","thinking":"reason"}]}`), d(`{"content":"hey"}`), f("stop"), end),
		want: `hey|Let me reason||stop`, back: []string{`"thinking":"Let me reason"`}},
	{name: "litellm 33035: a redacted block between signed ones", body: ev(
		d(`{"thinking_blocks":[{"type":"thinking","thinking":"a"}]}`), d(`{"thinking_blocks":[{"type":"thinking","thinking":"","signature":"S1"}]}`), d(`{"thinking_blocks":[{"type":"redacted_thinking","data":"abc"}]}`), d(`{"content":"hey"}`), f("stop"), end),
		want: `hey|*||stop`, back: []string{`{"type":"thinking","thinking":"a","signature":"S1"}`, `{"type":"redacted_thinking","data":"abc"}`}},
	{name: "copilot-sdk 2469 Azure: an empty turn goes back with a text", body: w(`{"role":"assistant","content":null,"reasoning_content":"hm"}`, `"stop"`), want: `|hm||stop`, check: "no_content", back: []string{`"content":""`}, not: []string{`"content":null`}},
	{name: "litellm 39268: calls without a content key get one", body: w(`{"role":"assistant","tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{}"}}]}`, `"tool_calls"`), want: `||a,f,{}|tool_calls`, back: []string{`"content":`}},
	{name: "copilot-sdk 2061: nulls of an answer do not go back", body: w(`{"role":"assistant","content":"hey","refusal":null,"audio":null,"function_call":null,"tool_calls":null,"reasoning_content":null}`, `"stop"`), want: `hey|||stop`, not: []string{`"refusal"`, `"audio"`, `"function_call"`, `"tool_calls":null`, `"reasoning_content":null`}},
	{name: "Reasonix 8902 DeepSeek: content with a thinking part of plain text", body: w(`{"role":"assistant","content":[{"type":"thinking","thinking":"hm"},{"type":"text","text":"hey"}]}`, `"stop"`), want: `hey|hm||stop`, back: []string{`"thinking":"hm"`}},
	{name: "Reasonix 8902: the same in a stream, in pieces", body: ev(d(`{"content":[{"type":"thinking","thinking":"h"}]}`), d(`{"content":[{"type":"thinking","thinking":"m"}]}`), d(`{"content":[{"type":"text","text":"he"}]}`), d(`{"content":[{"type":"text","text":"y"}]}`), f("stop"), end), want: `hey|hm||stop`, back: []string{`"thinking":"hm"`, `"hey"`}},
	{name: "Effect 7763 OpenRouter: a call, then the sealed thought, stop", body: ev(
		tc(`{"index":0,"id":"tool_0_f","type":"function","function":{"name":"f","arguments":"{}"}}`), d(`{"reasoning_details":[{"type":"reasoning.encrypted","data":"ENC","id":"tool_0_f","format":"google-gemini-v1","index":0}]}`), f("stop"), end),
		want: `||tool_0_f,f,{}|stop`, back: []string{`"data":"ENC"`, `"id":"tool_0_f","format"`}},
	{name: "gigachat 77: functions_state_id goes back", body: w(`{"role":"assistant","content":"","function_call":{"name":"f","arguments":{"x":1}},"functions_state_id":"S-1"}`, `"function_call"`), want: `|||function_call`, back: []string{`"functions_state_id":"S-1"`, `"name":"f"`}},
	{name: "openagent 2206 DeepSeek: a stream's thoughts beside calls go back", body: ev(d(`{"role":"assistant","content":null,"reasoning_content":"h"}`), d(`{"content":null,"reasoning_content":"m"}`), d(`{"content":"","reasoning_content":null}`), tc(`{"index":0,"id":"a","type":"function","function":{"name":"f","arguments":"{}"}}`), f("tool_calls"), end), want: `|hm|a,f,{}|tool_calls`, back: []string{`"reasoning_content":"hm"`}},
	{name: "ComparIA 330: who sends reasoning gets reasoning", body: ev(d(`{"role":"assistant","content":"","reasoning":"h"}`), d(`{"reasoning":"m"}`), d(`{"content":"hey"}`), f("stop"), end), want: `hey|hm||stop`, back: []string{`"reasoning":"hm"`}, not: []string{`"reasoning_content"`}},
	{name: "OpenAI's documentation: of an audio answer the id goes back", body: w(`{"role":"assistant","content":null,"audio":{"id":"audio_1","data":"aGk=","transcript":"hi","expires_at":1}}`, `"stop"`), want: `*|||stop`, back: []string{`"audio":{"id":"audio_1"}`}, not: []string{`aGk=`}},
	{name: "the same in a stream", body: ev(d(`{"role":"assistant","audio":{"id":"audio_1","transcript":"h"}}`), d(`{"audio":{"transcript":"i"}}`), d(`{"audio":{"data":"aGk="}}`), d(`{"audio":{"expires_at":1}}`), f("stop"), end), want: `*|||stop`, back: []string{`"audio":{"id":"audio_1"}`}, not: []string{`aGk=`}},
	{name: "a call whose type is null (litellm 11528) goes back with one", body: w(`{"role":"assistant","content":"","tool_calls":[{"id":"a","type":null,"function":{"name":"f","arguments":"{}"}}]}`, `"tool_calls"`), want: `||a,f,{}|tool_calls`, back: []string{`"type":"function"`}},
	{name: "eva 206: provider_specific_fields of a call", body: ev(tc(`{"index":0,"id":"a","type":"function","function":{"name":"f","arguments":""},"provider_specific_fields":{"thought_signature":"S"}}`), tc(`{"index":0,"function":{"arguments":"{}"}}`), f("tool_calls"), end), want: `||a,f,{}|tool_calls`, back: []string{`"provider_specific_fields":{"thought_signature":"S"}`}},
	{name: "gwenflow 123: arguments of blanks go back as an object", body: w(`{"role":"assistant","content":"","tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"  "}}]}`, `"tool_calls"`), want: `||a,f,*|tool_calls`, back: []string{`"arguments":"{}"`}},

	{name: "found by the rows of class 7: a message without a role goes back", body: w(`{"content":"hey"}`, `"stop"`), want: `hey|||stop`, back: []string{`{"role":"assistant","content":"hey"}`}},

	// Class 4.
	{name: "hermes-browser-extension 11: a whole message in the last event, beside an empty delta", body: ev(d(`{"role":"assistant","content":"One "}`), d(`{"content":"two"}`), `{"choices":[{"index":0,"delta":{},"message":{"role":"assistant","content":"One two"},"finish_reason":"stop"}]}`, end), want: `One two|||stop`},
	{name: "perplexity 209: the message grows beside each delta, no [DONE]", body: ev(
		`{"id":"p","usage":{"prompt_tokens":3,"completion_tokens":1,"total_tokens":4},"citations":["https://a"],"choices":[{"index":0,"finish_reason":null,"message":{"role":"assistant","content":"He"},"delta":{"role":"assistant","content":"He"}}]}`,
		`{"id":"p","usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5},"citations":["https://a"],"choices":[{"index":0,"finish_reason":null,"message":{"role":"assistant","content":"Hello"},"delta":{"role":"assistant","content":"llo"}}]}`,
		`{"id":"p","usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5},"citations":["https://a"],"choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":"Hello"},"delta":{"role":"assistant","content":""}}]}`), want: `Hello|||stop|3/2`},
	{name: "litellm 38180: n = 2, interleaved", n: 2, body: ev(`{"choices":[{"index":0,"delta":{"content":"re"}}]}`, `{"choices":[{"index":1,"delta":{"content":"bl"}}]}`, `{"choices":[{"index":0,"delta":{"content":"d"}}]}`, `{"choices":[{"index":1,"delta":{"content":"ue"}}]}`, `{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}`, `{"choices":[{"index":1,"delta":{},"finish_reason":"stop"}]}`, end), want: `red|||stop`, second: "blue"},
	{name: "sglang 8417: n = 2, only the last choice is ended", n: 2, body: ev(`{"choices":[{"index":0,"delta":{"content":"re"}}]}`, `{"choices":[{"index":1,"delta":{"content":"bl"}}]}`, `{"choices":[{"index":1,"delta":{},"finish_reason":"stop"}]}`, end), kinds: "stream_interrupted"},
	{name: "litellm 3276: n = 2 and both choices are index 0, in one event each", n: 2, body: `{"choices":[{"index":0,"message":{"role":"assistant","content":"red"},"finish_reason":"stop"},{"index":0,"message":{"role":"assistant","content":"blue"},"finish_reason":"stop"}]}`, want: `red|||stop`, second: "blue"},
	{name: "cline 9432: the usage comes beside an empty choice", body: ev(d(`{"content":"hey"}`), f("stop"), `{"choices":[{}],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}`, end), want: `hey|||stop|3/2`},
	{name: "req_llm 781 Azure: the usage comes after the end, beside an empty delta", body: ev(d(`{"content":"hey"}`), f("stop"), `{"choices":[{"index":0,"delta":{}}],"usage":{"prompt_tokens":12,"completion_tokens":7,"total_tokens":19}}`, end), want: `hey|||stop|12/7`},
	{name: "vercel/ai 4031 Cloudflare: choices without index and finish reason", body: ev(`{"id":"id-1","object":"chat.completion.chunk","choices":[{"delta":{"content":"**"}}]}`, `{"id":"id-1","choices":[{"delta":{"content":"b"}}]}`, `{"id":"id-1","choices":[{"delta":{},"finish_reason":"stop"}]}`, end), want: `**b|||stop`},
	{name: "Copilot: text and two calls in three choices of one answer", body: `{"choices":[{"finish_reason":"tool_calls","message":{"content":"I look","role":"assistant"}},{"finish_reason":"tool_calls","message":{"role":"assistant","tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{}"}}]}},{"finish_reason":"tool_calls","message":{"role":"assistant","tool_calls":[{"id":"b","type":"function","function":{"name":"g","arguments":"{}"}}]}}]}`, want: `I look||a,f,{};b,g,{}|tool_calls`},
	{name: "Copilot: the same with indexes 0 and 1", body: `{"choices":[{"index":0,"finish_reason":"stop","message":{"content":"I look","role":"assistant"}},{"index":1,"finish_reason":"tool_calls","message":{"role":"assistant","content":null,"tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{}"}}]}}]}`, want: `I look||a,f,{}|*`},
	{name: "OmniRoute 3112: role, text, thoughts and calls in one delta", body: ev(d(`{"role":"assistant","content":"hey","reasoning_content":"hm","tool_calls":[{"index":0,"id":"a","type":"function","function":{"name":"f","arguments":"{}"}}]}`), f("tool_calls"), end), want: `hey|hm|a,f,{}|tool_calls`},

	// Class 5.
	{name: "hermes 104711 Grok: reasoning_content is a list of parts", body: ev(d(`{"reasoning_content":[{"type":"text","text":"h"}]}`), d(`{"reasoning_content":[{"type":"text","text":"m"}]}`), d(`{"content":"hey"}`), f("stop"), end), want: `hey|hm||stop`},
	{name: "hermes 104711: the same in a whole answer", body: w(`{"role":"assistant","content":"hey","reasoning_content":[{"type":"text","text":"h"},{"type":"text","text":"m"}]}`, `"stop"`), want: `hey|hm||stop`},
	{name: "langchain-snowflake 40: type, content and content_list in a delta", body: ev(`{"choices":[{"delta":{"type":"text","content":"Let me","content_list":[{"type":"text","text":"Let me"}],"text":"Let me"}}],"usage":{}}`, `{"choices":[{"delta":{"type":"text","content":" look","content_list":[{"type":"text","text":" look"}],"text":" look"}}],"usage":{}}`, `{"choices":[{"delta":{"type":"text","content":""},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}`), want: `Let me look|||stop|3/2`},
	{name: "MiniMax-M2.5 2: an empty role, a usage of zeros with characters", body: ev(
		`{"choices":[{"index":0,"delta":{"role":"","reasoning_content":""}}],"created":1771279826,"object":"chat.completion.chunk","usage":{"total_tokens":0,"total_characters":0},"input_sensitive":false,"output_sensitive":false}`,
		`{"choices":[{"index":0,"delta":{"role":"assistant","content":"hey"}}],"usage":{"total_tokens":0,"total_characters":0},"input_sensitive":false,"output_sensitive":false}`,
		`{"choices":[{"index":0,"delta":{"role":"","content":""},"finish_reason":"stop"}],"usage":{"total_tokens":30,"total_characters":0,"prompt_tokens":20,"completion_tokens":10},"input_sensitive":false,"output_sensitive":false}`, end), want: `hey|||stop|20/10`, back: []string{`"role":"assistant"`}},
	{name: "claude-code-router 1439 Bifrost: the thoughts stand in reasoning_details alone", body: ev(d(`{"reasoning_details":[{"type":"reasoning.text","text":"h","index":0}]}`), d(`{"reasoning_details":[{"type":"reasoning.text","text":"m","index":0}]}`), d(`{"content":"hey"}`), f("stop"), end), want: `hey|hm||stop`},
	{name: "claude-code-router 1439: the same in a whole answer", body: w(`{"role":"assistant","content":"hey","reasoning_details":[{"type":"reasoning.text","text":"hm","index":0}]}`, `"stop"`), want: `hey|hm||stop`},
	{name: "ai-sdk 519: a whole answer with a summary in its details alone", body: w(`{"role":"assistant","content":"hey","reasoning_details":[{"type":"reasoning.summary","summary":"hm","index":0},{"type":"reasoning.encrypted","data":"ENC","index":1}]}`, `"stop"`), want: `hey|hm||stop`, back: []string{`"data":"ENC"`}},
	{name: "QwenPaw 3560 llama.cpp: __verbose and timings in each chunk", body: ev(`{"choices":[{"index":0,"delta":{"content":"hey"},"finish_reason":null}],"__verbose":{"index":0,"content":"hey","tokens":[1],"stop":false}}`, `{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5},"timings":{"prompt_n":3,"predicted_ms":1.5},"__verbose":{"content":"","stop":true,"stop_type":"eos","timings":{}}}`, end), want: `hey|||stop|3/2`},
	{name: "GLM 146, vLLM: prompt_token_ids null, stop_reason a number, token_ids", body: ev(`{"choices":[{"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}],"prompt_token_ids":null}`, `{"choices":[{"index":0,"delta":{"content":"hey"},"logprobs":null,"finish_reason":null,"token_ids":null}]}`, `{"choices":[{"index":0,"delta":{"content":""},"logprobs":null,"finish_reason":"stop","stop_reason":151336,"token_ids":null}]}`, end), want: `hey|||stop`},
	{name: "litellm 10686: logprobs with bytes beside the finish reason", body: ev(`{"choices":[{"index":0,"delta":{"content":" "},"logprobs":{"content":[{"token":" ","logprob":-0.00035041390219703317,"bytes":[32],"top_logprobs":[{"token":" ","logprob":-0.00035041390219703317,"bytes":[32]}]}]},"finish_reason":null}]}`, `{"choices":[{"index":0,"delta":{"content":"2"},"logprobs":{"content":[{"token":"2","logprob":-9999.0,"bytes":null,"top_logprobs":[]}]},"finish_reason":"stop","stop_reason":null}]}`, end), want: ` 2|||stop`},
	{name: "langchain 32252 vLLM: nulls all over a whole answer", body: `{"choices":[{"finish_reason":"stop","index":0,"logprobs":null,"message":{"content":"<label>x</label>","reasoning_content":null,"role":"assistant","tool_calls":[]},"stop_reason":null}],"created":1753518740,"id":"c","kv_transfer_params":null,"model":"m","object":"chat.completion","prompt_logprobs":null,"usage":{"completion_tokens":129,"prompt_tokens":2037,"prompt_tokens_details":null,"total_tokens":2166}}`, want: `<label>x</label>|||stop|2037/129`},

	// Class 6.
	{name: "vllm 57082: abort, then [DONE]", body: ev(d(`{"content":"he"}`), f("abort"), end), kinds: "stream_interrupted", partial: "he"},
	{name: "Rapid-MLX 1450: a whole answer that was aborted", body: w(`{"role":"assistant","content":"he"}`, `"abort"`), kinds: "stream_interrupted|upstream"},
	{name: "hermes 80498: a clean end after a call's name", body: ev(tc(`{"index":0,"id":"a","type":"function","function":{"name":"f","arguments":""}}`)), kinds: "stream_interrupted"},
	{name: "mastra 20302: finish reason error and nothing else", body: ev(d(`{"role":"assistant","content":""}`), f("error"), end), kinds: "upstream", retried: "yes"},
	{name: "local-operator 223 OpenRouter: an error beside the finish reason error", body: ev(d(`{"content":"he"}`), `{"id":"g","object":"chat.completion.chunk","provider":"X","error":{"code":502,"message":"Provider disconnected","metadata":{"error_type":"provider_unavailable"}},"choices":[{"index":0,"delta":{"content":""},"finish_reason":"error"}]}`), kinds: "upstream", partial: "he"},
	{name: "garak 1525: choices null under a 200", body: `{"id":"c","object":"chat.completion","choices":null,"usage":{"prompt_tokens":3,"completion_tokens":0,"total_tokens":3}}`, kinds: "no_content"},
	{name: "ECC 1976: content_filter and a message of null", body: `{"choices":[{"index":0,"finish_reason":"content_filter","message":null}]}`, kinds: "moderation", retried: "no"},
	{name: "semantic-kernel 5240 Azure: content_filter and a message of a role alone", body: `{"choices":[{"finish_reason":"content_filter","index":0,"message":{"role":"assistant"},"content_filter_results":{"hate":{"filtered":true,"severity":"high"}}}],"usage":{"completion_tokens":0,"prompt_tokens":3,"total_tokens":3}}`, kinds: "moderation", retried: "no"},
	{name: "semantic-kernel 5289: the same in a stream", body: ev(d(`{"role":"assistant"}`), f("content_filter"), end), kinds: "moderation", retried: "no"},
	{name: "opencode 44092: sensitive, with text", body: ev(d(`{"content":"he"}`), f("sensitive"), end), want: `he|||sensitive`, check: "moderation"},
	{name: "cherry-studio 16079: content_filter with a text and native refusal", body: ev(d(`{"content":"he"}`), `{"choices":[{"index":0,"delta":{},"finish_reason":"content_filter","native_finish_reason":"refusal"}]}`, end), want: `he|||content_filter`, check: "moderation"},
	{name: "GenieX 1246: the finish reason is empty to the end", body: ev(`{"choices":[{"index":0,"delta":{"role":"assistant","content":"he"},"finish_reason":""}]}`, `{"choices":[{"index":0,"delta":{"content":"y"},"finish_reason":""}]}`, end), kinds: "stream_interrupted", partial: "hey"},
	{name: "mini-sglang 51: [DONE] after finish reasons of null", body: ev(`{"id":"cmpl-1","object":"text_completion.chunk","choices":[{"delta":{"content":"你好"},"index":0,"finish_reason":null}]}`, end), kinds: "stream_interrupted"},
	{name: "opencrabs 1499: empty finish reasons among the pieces of a call", body: ev(`{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{\"x\""}}]},"finish_reason":""}]}`, `{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":":1}"}}]},"finish_reason":""}]}`, f("tool_calls"), end), want: `||a,f,{"x":1}|tool_calls`},
	{name: "litellm 12481: tool_use beside calls", body: w(`{"role":"assistant","content":null,"tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{}"}}]}`, `"tool_use"`), want: `||a,f,{}|tool_use`},
	{name: "Anthropic's stop_sequence", body: w(`{"role":"assistant","content":"hey"}`, `"stop_sequence"`), want: `hey|||stop_sequence`},
	{name: "Cohere's COMPLETE", body: w(`{"role":"assistant","content":"hey"}`, `"COMPLETE"`), want: `hey|||COMPLETE`},
	{name: "ayai 2: endturn", body: ev(d(`{"content":"hey"}`), f("endturn"), end), want: `hey|||endturn`},
	{name: "Anthropic's max_tokens", body: w(`{"role":"assistant","content":"he"}`, `"max_tokens"`), want: `he|||max_tokens`, check: "incomplete"},
	{name: "Mistral's model_length", body: w(`{"role":"assistant","content":"he"}`, `"model_length"`), want: `he|||model_length`, check: "incomplete"},
	{name: "DeepSeek's insufficient_system_resource", body: ev(d(`{"content":"he"}`), f("insufficient_system_resource"), end), kinds: "stream_interrupted|overloaded|upstream|server"},
	{name: "Gemini's SAFETY", body: w(`{"role":"assistant","content":"he"}`, `"SAFETY"`), want: `he|||SAFETY`, check: "moderation"},
	{name: "Gemini's PROHIBITED_CONTENT and nothing", body: w(`{"role":"assistant"}`, `"PROHIBITED_CONTENT"`), kinds: "moderation", retried: "no"},
	{name: "Gemini's RECITATION", body: w(`{"role":"assistant","content":"he"}`, `"RECITATION"`), want: `he|||RECITATION`, check: "moderation"},
	{name: "litellm 22673: guardrail_intervened", body: w(`{"role":"assistant","content":"I cannot"}`, `"guardrail_intervened"`), want: `I cannot|||guardrail_intervened`, check: "moderation"},
	{name: "litellm 22673: malformed_function_call and nothing", body: w(`{"role":"assistant","content":null}`, `"malformed_function_call"`), kinds: "no_content|upstream|malformed", retried: "yes"},
	{name: "Anthropic's refusal with text", body: w(`{"role":"assistant","content":"he"}`, `"refusal"`), want: `he|||refusal`, check: "moderation"},
	{name: "vllm 46303: length within a call", body: w(`{"role":"assistant","content":null,"tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{\"a\":"}}]}`, `"length"`), want: `||a,f,{"a":|length`, check: "incomplete"},
	{name: "litellm 37710: length and an empty message", body: w(`{"role":"assistant","content":null}`, `"length"`), want: `|||length`, check: "incomplete"},

	// Class 7.
	{name: "pi 8075 Kimi: cached_tokens beside the counts", body: ev(d(`{"content":"hey"}`), f("stop"), u(`{"prompt_tokens":19,"completion_tokens":13,"total_tokens":32,"cached_tokens":12}`), end), want: `hey|||stop|19/13`, usage: "19/13/32/12/0"},
	{name: "axonhub 2237 SGLang: reasoning_tokens beside the counts", body: `{"choices":[{"index":0,"message":{"role":"assistant","content":"hey"},"finish_reason":"stop"}],"usage":{"prompt_tokens":10,"completion_tokens":70,"total_tokens":80,"prompt_tokens_details":null,"reasoning_tokens":60}}`, want: `hey|||stop|10/70`, usage: "10/70/80/0/60"},
	{name: "livekit 6595: the last usage has nulls", body: ev(d(`{"content":"hey"}`), f("stop"), u(`{"prompt_tokens":10,"completion_tokens":null,"total_tokens":null}`), end), want: `hey|||stop|10/0`, usage: "10/0/10/0/0"},
	{name: "openfox 236: nulls after numbers", body: ev(d(`{"content":"hey"}`), `{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15}}`, u(`{"prompt_tokens":null,"completion_tokens":null,"total_tokens":null}`), end), want: `hey|||stop|10/5`, usage: "10/5/15/0/0"},
	{name: "vercel/ai 2763 litellm: no completion_tokens at first", body: ev(`{"choices":[{"index":0,"delta":{"content":"","role":"assistant"}}],"usage":{"prompt_tokens":11,"total_tokens":11}}`, `{"choices":[{"index":0,"delta":{"content":"hey"}}],"usage":{"prompt_tokens":11,"total_tokens":12,"completion_tokens":1}}`, `{"choices":[{"index":0,"delta":{"content":""},"finish_reason":"stop"}],"usage":{"prompt_tokens":11,"total_tokens":15,"completion_tokens":4}}`, end), want: `hey|||stop|11/4`, usage: "11/4/15/0/0"},
	{name: "openai-agents 2126 xAI: the usage in a chunk before the last", body: ev(d(`{"content":"hey"}`), `{"choices":[{"index":0,"delta":{"content":""},"finish_reason":null}],"usage":{"prompt_tokens":11,"completion_tokens":4,"total_tokens":15}}`, `{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":null}`, end), want: `hey|||stop|11/4`, usage: "11/4/15/0/0"},
	{name: "CLIProxyAPI 3077: zeros until the end", body: ev(`{"choices":[{"index":0,"delta":{"content":"hey"},"finish_reason":null}],"usage":{"prompt_tokens":0,"completion_tokens":0,"total_tokens":0}}`, `{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":11,"completion_tokens":4,"total_tokens":15}}`, end), want: `hey|||stop|11/4`, usage: "11/4/15/0/0"},
	{name: "odysseus 1703: beside a role and a null", body: ev(d(`{"content":"hey"}`), `{"choices":[{"delta":{"role":"assistant","content":null},"finish_reason":"stop"}],"usage":{"prompt_tokens":11,"completion_tokens":4,"total_tokens":15}}`, end), want: `hey|||stop|11/4`, usage: "11/4/15/0/0"},
	{name: "async-openai 404 o3: a negative count is none", body: `{"choices":[{"index":0,"message":{"role":"assistant","content":"hey"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1151,"completion_tokens":-35,"total_tokens":1116}}`, want: `hey|||stop|1151/0`, usage: "1151/0/-/0/0"},
	{name: "llmgateway 412 Gemini: a total with more than the sum stays", body: `{"choices":[{"index":0,"message":{"role":"assistant","content":"hey"},"finish_reason":"stop"}],"usage":{"prompt_tokens":4,"completion_tokens":10,"total_tokens":407}}`, want: `hey|||stop|4/10`, usage: "4/10/407/0/0"},
	{name: "neurolink 1244: no total", body: `{"choices":[{"index":0,"message":{"role":"assistant","content":"hey"},"finish_reason":"stop"}],"usage":{"prompt_tokens":4,"completion_tokens":10}}`, want: `hey|||stop|4/10`, usage: "4/10/14/0/0"},
	{name: "agents-at-scale-ark 2841, litellm: cache_read_input_tokens beside the counts", body: `{"choices":[{"index":0,"message":{"role":"assistant","content":"hey"},"finish_reason":"stop"}],"usage":{"prompt_tokens":100,"completion_tokens":5,"total_tokens":105,"cache_read_input_tokens":80,"cache_creation_input_tokens":10}}`, want: `hey|||stop|100/5`, usage: "100/5/105/80/0"},
	{name: "langchain 39924 Perplexity: search_context_size, and a cost that is an object", body: ev(`{"choices":[{"index":0,"delta":{"content":"hey"},"finish_reason":null}],"usage":{"prompt_tokens":3,"completion_tokens":1,"total_tokens":4,"search_context_size":"low","cost":{"input_tokens_cost":0.1,"total_cost":0.2}}}`, `{"choices":[{"index":0,"delta":{"content":""},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5,"search_context_size":"low","num_search_queries":1,"cost":{"input_tokens_cost":0.1,"total_cost":0.2}}}`, end), want: `hey|||stop|3/2`, usage: "3/2/5/0/0"},
	{name: "pi 6057: thinking_tokens in output_tokens_details", body: `{"choices":[{"index":0,"message":{"role":"assistant","content":"hey"},"finish_reason":"stop"}],"usage":{"input_tokens":10,"output_tokens":4,"output_tokens_details":{"thinking_tokens":3}}}`, want: `hey|||stop|10/4`, usage: "10/4/14/0/3"},
	{name: "moon-bridge 113: reasoning tokens in the details", body: `{"choices":[{"index":0,"message":{"role":"assistant","content":"hey"},"finish_reason":"stop"}],"usage":{"prompt_tokens":60,"completion_tokens":284,"total_tokens":344,"completion_tokens_details":{"reasoning_tokens":182}}}`, want: `hey|||stop|60/284`, usage: "60/284/344/0/182"},
	{name: "databricks-ai-bridge 176: the usage grows with each chunk", body: ev(`{"choices":[{"index":0,"delta":{"content":"J"},"finish_reason":null}],"usage":{"prompt_tokens":32,"completion_tokens":1,"total_tokens":33}}`, `{"choices":[{"index":0,"delta":{"content":"a"},"finish_reason":null}],"usage":{"prompt_tokens":32,"completion_tokens":2,"total_tokens":34}}`, `{"choices":[{"index":0,"delta":{"content":""},"finish_reason":"stop"}],"usage":{"prompt_tokens":32,"completion_tokens":2,"total_tokens":34}}`, end), want: `Ja|||stop|32/2`, usage: "32/2/34/0/0"},
	// Class 8.
	{name: "9router 3492: a whole answer, and [DONE] at its end", ct: "text/event-stream", body: `{"id":"c","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"OK"},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}` + "data: [DONE]\n\n", want: `OK|||stop|3/2`},
	{name: "9router 3492: the same with a line end between", ct: "text/event-stream", body: `{"id":"c","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"OK"},"finish_reason":"stop"}]}` + "\n\ndata: [DONE]\n\n", want: `OK|||stop`},
	{name: "openai-python 2722: events of retry, id and event alone", body: "retry: 3000\n\n" + ev(d(`{"content":"he"}`)) + "id: 7\n\nevent: ping\n\n" + ev(d(`{"content":"y"}`), f("stop"), end), want: `hey|||stop`},
	{name: "omnigent 1474: empty data lines as heartbeats", body: "data:\n\n" + ev(d(`{"content":"he"}`)) + "data: \n\ndata:\n\n" + ev(d(`{"content":"y"}`), f("stop"), end), want: `hey|||stop`},
	{name: "llmgateway 2334: comments between events with ids", body: "id: 1\n" + ev(d(`{"content":"he"}`)) + ": ping\n\n: ping\n" + "id: 2\n" + ev(d(`{"content":"y"}`)) + ": ping\n\n" + ev(f("stop"), end), want: `hey|||stop`},
	{name: "lemonade 2975: a bare error as the whole stream", ct: "text/event-stream", body: `{"error":{"code":400,"message":"request (6009 tokens) exceeds the available context size (4096 tokens), try increasing it","type":"exceed_context_size_error","n_prompt_tokens":6009,"n_ctx":4096}}`, kinds: "context_length", retried: "no"},
	{name: "js-genai 1973: a bare line of a refusal after the first event", ct: "text/event-stream", body: ev(d(`{"role":"assistant"}`)) + `{"error":{"message":"The request was blocked by the content filter.","code":"prohibited_content"}}` + "\n", kinds: "moderation", retried: "no"},
	{name: "fms-guardrails 436: an error event with code and details", body: "event: error\n" + ev(`{"code":400,"details":"Requested sample logprobs of 21, which is greater than max allowed: 20"}`, end), kinds: "invalid_request", retried: "no"},
	{name: "guidellm 743: a timeout in the stream, then [DONE]", body: ev(`{"error": {"message": "TimeoutError", "type": "GatewayTimeout", "code": 504}}`, end), kinds: "timeout", retried: "yes"},
	{name: "litellm 41777: a cut in transit told as an error event", body: ev(d(`{"content":"he"}`)) + "event: error\n" + ev(`{"type":"error","sequence_number":2,"error":{"type":"invalid_request_error","code":"request_timeout","param":null,"message":"stream disconnected before completion: stream closed before response.completed"}}`), kinds: "timeout|stream_interrupted|upstream", partial: "he"},
	{name: "OmniRoute 8210: no choices, a capacity limit of the provider", body: ev(`{"id":"g","object":"chat.completion.chunk","choices":[],"error":{"code":502,"message":"Worker local total request limit reached (33/32)","metadata":{"error_type":"provider_unavailable","provider_name":"Nvidia"}}}`), kinds: "upstream|overloaded", retried: "yes"},
	{name: "TokenLedger 16 Z.ai: 401 in a 200", body: `{"code":401,"msg":"token expired or incorrect","success":false}`, kinds: "auth"},
	{name: "openchamber 3509 Zhipu: the same in Chinese", body: `{"code":401,"msg":"令牌已过期或验证不正确","success":false}`, kinds: "auth"},
	{name: "glm-for-copilot 29: code 1001 in a 200", body: `{"code":1001,"msg":"Authentication parameter not received in Header, unable to authenticate","success":false}`, kinds: "auth"},
	{name: "agentgateway 3040: plain JSON under Content-Encoding: br", header: [2]string{"Content-Encoding", "br"}, body: w(`{"role":"assistant","content":"hey"}`, `"stop"`), want: `hey|||stop`},
	{name: "agentgateway 1620: plain JSON under Content-Encoding: gzip", header: [2]string{"Content-Encoding", "gzip"}, body: w(`{"role":"assistant","content":"hey"}`, `"stop"`), want: `hey|||stop`},
	{name: "agent-vision-toolkit 36: gzip nobody asked for", header: [2]string{"Content-Encoding", "gzip"}, body: gzipped(w(`{"role":"assistant","content":"hey"}`, `"stop"`)), ct: "application/json", want: `hey|||stop`},
	{name: "agent-vision-toolkit 36: a gzipped stream", header: [2]string{"Content-Encoding", "gzip"}, body: gzipped(ev(d(`{"content":"hey"}`), f("stop"), end)), ct: "text/event-stream", want: `hey|||stop`},
	{name: "term-llm 454: an error event over several data lines", body: "event: error\ndata: {\"error\":\ndata: {\"message\":\"Overloaded\",\"type\":\"overloaded_error\"}}\n\n", kinds: "overloaded", retried: "yes"},
	{name: "CLIProxyAPI 5657: CR and LF arrive apart", oneByte: true, body: "data: {\"choices\":[{\"index\":0,\r\ndata: \"delta\":{\"content\":\"hey\"}}]}\r\n\r\ndata: " + f("stop") + "\r\n\r\ndata: [DONE]\r\n\r\n", want: `hey|||stop`},
	{name: "gigachat-js 14: characters cut between reads", oneByte: true, body: ev(d(`{"content":"Привет 😀"}`), f("stop"), end), want: `Привет 😀|||stop`},
	{name: "genoffice 191: a whole answer that is cut", body: `{"id":"c","choices":[{"index":0,"message":{"role":"assistant","content":"he`, kinds: "stream_interrupted|malformed", retried: "yes"},
	{name: "altimate 1119: a page under a 200", ct: "application/json", body: "<html><head><title>Sign in</title></head><body>Sign in to continue</body></html>", kinds: "malformed"},
	{name: "langchain 32252: an error object with null choices", body: `{"object":"error","message":"Internal server error","type":"InternalServerError","param":null,"code":500,"choices":null}`, kinds: "server", retried: "yes"},
	{name: "openai-agents 604: an error with null choices", body: `{"id":null,"choices":null,"created":null,"model":null,"object":null,"error":{"message":"Rate limit exceeded: free-models-per-min","code":429}}`, kinds: "rate_limit", retried: "yes"},
	{name: "odysseus 736 LM Studio: a template error in the stream", body: "event: error\n" + ev(`{"error":{"message":"Error rendering prompt with jinja template: \"Cannot call something that is not a function: got UndefinedValue\". This is usually an issue with the model's prompt template."}}`), kinds: "invalid_request|server"},
	{name: "bamboo 98: an error that is a text", body: ev(`{"error":"rate limit exceeded"}`), kinds: "rate_limit", retried: "yes"},
	{name: "go-openai 1057 Groq: a failed generation as an error event", body: "event: error\n" + ev(`{"error":{"message":"Failed to call a function. Please adjust your prompt. See 'failed_generation' for more details.","type":"invalid_request_error","code":"tool_use_failed","failed_generation":"<f>","status_code":400}}`), kinds: "upstream|malformed"},
	{name: "QwenPaw 3560: a model's call that llama.cpp cannot read", body: ev(d(`{"content":"he"}`), `{"error":{"code":500,"message":"Failed to parse input at pos 12: <tool_call>","type":"server_error"}}`), kinds: "server|upstream|malformed", partial: "he"},
	{name: "octopus 73: an event of 300 KB", body: ev(d(`{"content":"`+longText+`"}`), f("stop"), end), want: longText + `|||stop`},
	{name: "sub2api 2826: a stream under application/json", ct: "application/json", body: ev(d(`{"content":"hey"}`), f("stop"), end), want: `hey|||stop`},
	{name: "ChatGPTBox 294: a whole answer under text/plain", ct: "text/plain", body: w(`{"role":"assistant","content":"hey"}`, `"stop"`), want: `hey|||stop`},
	{name: "anything-llm 1475: blank lines twice between events, keys in another order", body: "data: " + `{"choices":[{"delta":{"content":"","role":"assistant"},"index":0}],"created":1716326479,"id":"c","object":"chat.completion.chunk"}` + "\n\n\ndata: " + `{"choices":[{"delta":{"content":"hey"},"index":0}],"id":"c"}` + "\n\n\ndata: " + `{"choices":[{"delta":{},"finish_reason":"stop","index":0}],"id":"c"}` + "\n\n\ndata: [DONE]\n\n\n", want: `hey|||stop`},
	{name: "autogen 6465 Azure: a last chunk of offsets without id, object and delta", body: ev(`{"choices":[],"created":0,"id":"","model":"","object":"","prompt_filter_results":[{"prompt_index":0,"content_filter_results":{}}]}`, d(`{"content":"hey"}`), f("stop"), `{"id":"","object":"","created":0,"model":"","choices":[{"index":0,"finish_reason":null,"content_filter_results":{},"content_filter_raw":[],"content_filter_offsets":{"check_offset":44,"start_offset":44,"end_offset":198}}],"usage":null}`, end), want: `hey|||stop`},

	// Class 9.
	{name: "zafiro 100 Gemini: no thought_signature", status: 400, body: `[{"error":{"code":400,"message":"Function call is missing a thought_signature in functionCall parts. This is required for tools to work correctly, and missing thought_signature may lead to degraded model performance. Additional data, function call default_api:terminal , position 2. Please refer to https://ai.google.dev/gemini-api/docs/thought-signatures for more details.","status":"INVALID_ARGUMENT"}}]`, kinds: "invalid_request", retried: "no"},
	{name: "zed 53034 Mistral: the form of an id", status: 400, body: `{"object":"error","message":"Tool call id was toolu_01 but must be a-z, A-Z, 0-9, with a length of 9.","type":"invalid_function_call","param":null,"code":"3280","raw_status_code":400}`, kinds: "invalid_request", retried: "no"},
	{name: "deepseek: reasoning_content must be passed back", status: 400, body: `{"error":{"message":"The reasoning_content in the thinking mode must be passed back to the API.","type":"invalid_request_error","param":null,"code":"invalid_request_error"}}`, kinds: "invalid_request", retried: "no"},
	{name: "oh-my-pi 2055 MiniMax: 2013", status: 400, body: `{"type":"error","error":{"type":"bad_request_error","message":"invalid params, tool call result does not follow tool call (2013)"}}`, kinds: "invalid_request", retried: "no"},
	{name: "Portkey 995: an empty content", status: 400, body: `{"error":{"message":"bedrock error: The content field in the Message object at messages.2 is empty. Add a ContentBlock object to the content field and try again.","type":null,"param":null,"code":null},"provider":"bedrock"}`, kinds: "invalid_request", retried: "no"},
	{name: "php-mistral 76: message is a list", status: 422, body: `{"object":"Error","detail":[{"type":"extra_forbidden","loc":["body","tools"],"msg":"Extra inputs are not permitted","input":[]}],"message":[{"type":"extra_forbidden","loc":["body","tools"],"msg":"Extra inputs are not permitted","input":[]}],"type":"invalid_request_error","code":3001}`, kinds: "invalid_request", retried: "no"},
	{name: "vscode-unify 286: upstream request failed, of the caller's making", status: 400, body: `{"type":"error","error":{"type":"invalid_request_error","message":"Error from provider (Console): Upstream request failed: [invalid_request_error] The reasoning_content in the thinking mode must be passed back to the API."}}`, kinds: "invalid_request", retried: "no"},
	{name: "nanobot 3943: a duplicate id", status: 400, body: `{"error":{"message":"Duplicate value for 'tool_call_id' of call_1 in message[2]","type":"invalid_request_error"}}`, kinds: "invalid_request", retried: "no"},
	{name: "cheetahclaws 71 Ollama: nil content", status: 400, body: `{"error":{"message":"invalid message content type: \u003cnil\u003e","type":"invalid_request_error","param":null,"code":null}}`, kinds: "invalid_request", retried: "no"},
	{name: "hermes 31175 Bedrock: an empty text", status: 400, body: `{"error":{"message":"messages: text content blocks must be non-empty","type":"invalid_request_error"}}`, kinds: "invalid_request", retried: "no"},
	{name: "litellm 13825: litellm's wrapping of an extra input", status: 400, body: `{"error":{"message":"litellm.BadRequestError: BedrockException - {\"message\":\"The model returned the following errors: guardrails: Extra inputs are not permitted\"}. Received Model Group=us.anthropic.claude-sonnet-4-20250514-v1:0\nAvailable Model Group Fallbacks=None","type":null,"param":null,"code":"400"}}`, kinds: "invalid_request", retried: "no"},
	{name: "vercel/ai 4220 Azure: the prompt was filtered", status: 400, body: `{"error":{"message":"The response was filtered due to the prompt triggering Azure OpenAI's content management policy. Please modify your prompt and retry. To learn more about our content filtering policies please read our documentation: https://go.microsoft.com/fwlink/?linkid=2198766","type":null,"param":"prompt","code":"content_filter","status":400}}`, kinds: "moderation", retried: "no"},
	{name: "openhands 8685: litellm, Mistral", status: 400, body: `{"error":{"message":"litellm.BadRequestError: MistralException - Assistant message must have either content or tool_calls, but not none.","type":"invalid_request_error","param":null,"code":"400"}}`, kinds: "invalid_request", retried: "no"},
	{name: "copilot-api 145: 400 of a cache_control", status: 400, body: `{"error":{"message":"system.1.cache_control.ephemeral.scope: Extra inputs are not permitted","code":"invalid_request_body"}}`, kinds: "invalid_request", retried: "no"},
}

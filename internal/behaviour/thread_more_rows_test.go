package behaviour_test

var moreThreadRows = []threadRow{
	// Class 1.
	{name: "new-api 3326 DashScope: a last piece whose arguments are null", body: ev(
		tc(`{"index":0,"id":"call_1","type":"function","function":{"name":"exec","arguments":"{\"command\":"}}`), tc(`{"index":0,"id":"","type":"function","function":{"arguments":" \"date\"}"}}`), `{"choices":[{"delta":{"tool_calls":[{"function":{"arguments":null},"index":0,"id":"","type":"function"}]},"index":0}]}`, `{"choices":[{"finish_reason":"tool_calls","delta":{},"index":0}]}`, end),
		want: `||call_1,exec,{"command": "date"}|tool_calls`},
	{name: "garudust 16 Qwen: id and name without arguments, then arguments alone", body: ev(
		tc(`{"index":0,"id":"a","type":"function","function":{"name":"f"}}`), tc(`{"index":0,"function":{"arguments":"{\"q\": "}}`), tc(`{"index":0,"function":{"arguments":"1}"}}`), f("tool_calls"), end),
		want: `||a,f,{"q": 1}|tool_calls`},
	{name: "qwen-ai-provider 7: a type of null in later pieces, usage in each", body: ev(
		`{"choices":[{"index":0,"delta":{"content":null,"reasoning_content":null,"tool_calls":[{"index":0,"id":"a","type":"function","function":{"name":"f","arguments":""}}]},"finish_reason":null}],"usage":{"prompt_tokens":294,"completion_tokens":1,"total_tokens":295}}`,
		`{"choices":[{"index":0,"delta":{"content":null,"reasoning_content":null,"tool_calls":[{"index":0,"id":null,"type":null,"function":{"arguments":" {\""}}]},"finish_reason":null}],"system_fingerprint":"","usage":{"prompt_tokens":294,"completion_tokens":3,"total_tokens":297}}`,
		`{"choices":[{"index":0,"delta":{"content":null,"tool_calls":[{"index":0,"id":null,"type":null,"function":{"arguments":"x\":1}"}}]},"finish_reason":"tool_calls"}],"usage":{"prompt_tokens":294,"completion_tokens":5,"total_tokens":299}}`, end),
		want: `||a,f, {"x":1}|tool_calls|294/5`, back: []string{`"type":"function"`}},
	// Class 2.
	{name: "OpenManus 989 Qwen: arguments that are encoded twice", body: w(`{"role":"assistant","content":"","tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"\"{\\\"shop\\\": \\\"A店\\\"}\""}}]}`, `"tool_calls"`), want: `||a,f,{"shop": "A店"}|tool_calls`, back: []string{`"arguments":"{\"shop\": \"A店\"}"`}},
	{name: "quarkus-langchain4j 2642: the same in pieces", body: ev(
		tc(`{"index":0,"id":"a","type":"function","function":{"name":"f","arguments":""}}`), tc(`{"index":0,"function":{"arguments":"\"{ \\\"n\\\""}}`), tc(`{"index":0,"function":{"arguments":": 2 }\""}}`), f("tool_calls"), end), want: `||a,f,{ "n": 2 }|tool_calls`},
	{name: "qwen-code 6249: a call of no arguments is a call", body: ev(tc(`{"index":0,"id":"a","type":"function","function":{"name":"task_list","arguments":""}}`), f("tool_calls"), end), want: `||a,task_list,|tool_calls`, back: []string{`"arguments":"{}"`}},
	// Class 3.
	{name: "copilot-api 230: Claude's reasoning_text and its seal", body: ev(d(`{"role":"assistant","content":null,"reasoning_text":"h"}`), d(`{"reasoning_text":"m"}`), d(`{"reasoning_opaque":"SEAL"}`), d(`{"content":"hey"}`), f("stop"), end), want: `hey|hm||stop`, back: []string{`"reasoning_text":"hm"`, `"reasoning_opaque":"SEAL"`}},
	{name: "copilot-api 230: the same in a whole answer", body: w(`{"role":"assistant","content":"hey","reasoning_text":"hm","reasoning_opaque":"SEAL"}`, `"stop"`), want: `hey|hm||stop`, back: []string{`"reasoning_text":"hm"`, `"reasoning_opaque":"SEAL"`}},
	// Class 4.
	{name: "CLIProxyAPI 561 Copilot: no indexes, the end has content of null", body: ev(`{"choices":[{"delta":{"content":"Hi","role":"assistant"}}]}`, `{"choices":[{"delta":{"content":" there!"}}]}`, `{"choices":[{"finish_reason":"stop","delta":{"content":null}}]}`, end), want: `Hi there!|||stop`},
	// Class 5.
	{name: "sglang 9657: nulls in every field of every delta", body: ev(`{"choices":[{"index":0,"delta":{"role":null,"content":null,"reasoning_content":"h","tool_calls":null},"logprobs":null,"finish_reason":null,"matched_stop":null}],"usage":null}`, `{"choices":[{"index":0,"delta":{"role":null,"content":null,"reasoning_content":"m","tool_calls":null},"logprobs":null,"finish_reason":null,"matched_stop":null}],"usage":null}`, `{"choices":[{"index":0,"delta":{"role":null,"content":"hey","reasoning_content":null,"tool_calls":null},"logprobs":null,"finish_reason":"stop","matched_stop":200002}],"usage":null}`, end), want: `hey|hm||stop`},
	{name: "OmniRoute 771 NIM: thoughts, text and the end in one chunk", body: ev(d(`{"reasoning":"think "}`), `{"choices":[{"index":0,"delta":{"content":" Деревня","reasoning":"clearly. "},"finish_reason":"stop"}]}`, end), want: ` Деревня|think clearly. ||stop`},
	// Class 6.
	{name: "mlx-serve 287: stop, and nothing", body: ev(d(`{"role":"assistant","content":""}`), f("stop"), end), kinds: "no_content"},
	// Class 7.
	{name: "pi 6592: cached_tokens of 0 beside hits", body: ev(d(`{"content":"hey"}`), f("stop"), u(`{"prompt_tokens":100,"completion_tokens":5,"total_tokens":105,"prompt_tokens_details":{"cached_tokens":0},"prompt_cache_hit_tokens":80}`), end), want: `hey|||stop|100/5`, usage: "100/5/105/80/0"},
	{name: "OxyGent 139: Gemini's own counts with thoughts and a cache", body: `{"choices":[{"index":0,"message":{"role":"assistant","content":"hey"},"finish_reason":"stop"}],"usageMetadata":{"promptTokenCount":30,"candidatesTokenCount":2,"thoughtsTokenCount":10,"totalTokenCount":42,"cachedContentTokenCount":20}}`, want: `hey|||stop|30/12`, usage: "30/12/42/20/10"},
	// Class 8.
	{name: "an answer in Anthropic's form", body: `{"id":"msg_1","type":"message","role":"assistant","content":[{"type":"text","text":"hey"}],"model":"m","stop_reason":"end_turn","usage":{"input_tokens":10,"output_tokens":20}}`, kinds: "malformed"},
	{name: "a stream in the form of the Responses API", body: "event: response.created\ndata: {\"type\":\"response.created\",\"response\":{\"id\":\"r\",\"status\":\"in_progress\"}}\n\nevent: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\",\"delta\":\"hey\"}\n\nevent: response.completed\ndata: {\"type\":\"response.completed\",\"response\":{\"id\":\"r\",\"status\":\"completed\"}}\n\n", kinds: "malformed|stream_interrupted|no_content"},
	// Class 9.
	{name: "Reasonix 4778: a missing field", status: 422, body: "Failed to deserialize the JSON body into the target type: messages[1]: missing field `name` at line 1 column 500", kinds: "invalid_request", retried: "no"},
	{name: "koog 2095 DashScope: InternalError that is none", status: 400, body: `{"error":{"message":"<400> InternalError.Algo.InvalidParameter: The \"function.arguments\" parameter of the code model must be in JSON format.","type":"invalid_request_error","param":null,"code":"invalid_parameter_error"}}`, kinds: "invalid_request", retried: "no"},
	{name: "AstrBot 9691 DeepSeek: insufficient tool messages", status: 400, body: `{"error":{"message":"An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. (insufficient tool messages following tool_calls message)","type":"invalid_request_error","param":null,"code":"invalid_request_error"}}`, kinds: "invalid_request", retried: "no"},
	{name: "oh-my-pi 4781 Anthropic: calls without results", status: 400, body: "{\"type\":\"error\",\"error\":{\"type\":\"invalid_request_error\",\"message\":\"messages.63: `tool_use` ids were found without `tool_result` blocks immediately after: toolu_01HU. Each `tool_use` block must have a corresponding `tool_result` block in the next message.\"}}", kinds: "invalid_request", retried: "no"},
	{name: "lmstudio 830: try again", status: 400, body: `{"error":"Invalid 'messages' in payload. Please check the structure of your 'messages' and try again"}`, kinds: "invalid_request", retried: "no"},
	{name: "quarkus and others: a body that is no JSON for the gateway", status: 400, body: `{"error":{"type":"invalid_request_error","code":"invalid_json","message":"Request body must be valid JSON."}}`, kinds: "invalid_request", retried: "no"},
}

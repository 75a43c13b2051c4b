package behaviour_test

// Streams and calls of a later look through the threads, in the classes of threadRows.
var streamThreadRows = []threadRow{
	// Class 1.
	{name: "dirac 215 Nebius: each piece of one call has the next index, no id and no name", body: ev(
		tc(`{"index":0,"id":"a","type":"function","function":{"name":"read","arguments":""}}`), tc(`{"index":1,"function":{"arguments":"{\"p"}}`), tc(`{"index":2,"function":{"arguments":"ath\":"}}`), tc(`{"index":3,"function":{"arguments":"\"x\"}"}}`), f("tool_calls"), end),
		want: `||a,read,{"path":"x"}|tool_calls`},
	{name: "dirac 215, of its review: a first call is whole, the second's pieces have an index of their own", body: ev(
		tc(`{"index":0,"id":"a","type":"function","function":{"name":"read","arguments":"{\"p\":1}"}}`), tc(`{"index":1,"id":"b","type":"function","function":{"name":"write","arguments":""}}`), tc(`{"index":5,"function":{"arguments":"{\"q\":"}}`), tc(`{"index":5,"function":{"arguments":"2}"}}`), f("tool_calls"), end),
		want: `||a,read,{"p":1};b,write,{"q":2}|tool_calls`},
	{name: "GLM-4 194: a fresh id in each piece, names of null", body: ev(
		tc(`{"index":0,"id":"call_D","type":"function","function":{"name":"w","arguments":""}}`), tc(`{"index":0,"id":"call_L","type":"function","function":{"name":null,"arguments":"{\""}}`), tc(`{"index":0,"id":"call_6","type":"function","function":{"name":null,"arguments":"loc\":"}}`), tc(`{"index":0,"id":"call_a","type":"function","function":{"name":null,"arguments":"1}"}}`), f("tool_calls"), end),
		want: `||call_D,w,{"loc":1}|tool_calls`},
	{name: "hermes 11984 NIM MiniMax: the name in each piece, the id in the first", body: ev(
		tc(`{"index":0,"id":"a","type":"function","function":{"name":"read_file","arguments":""}}`), tc(`{"index":0,"function":{"name":"read_file","arguments":"{\"p\":"}}`), tc(`{"index":0,"function":{"name":"read_file","arguments":"1}"}}`), tc(`{"index":0,"function":{"name":"read_file","arguments":""}}`), f("tool_calls"), end),
		want: `||a,read_file,{"p":1}|tool_calls`},
	{name: "vllm 18412: a named choice, the name in each piece and never an id", body: ev(
		tc(`{"index":0,"type":"function","function":{"name":"w","arguments":"{\""}}`), tc(`{"index":0,"type":"function","function":{"name":"w","arguments":"c\": \"P"}}`), tc(`{"index":0,"type":"function","function":{"name":"w","arguments":"\"}"}}`), f("stop"), end),
		want: `||?,w,{"c": "P"}|stop`},
	{name: "langchain (Elixir) 174: the same event twice", body: ev(
		tc(`{"index":0,"id":"call-img","type":"function","function":{"name":"img","arguments":"{\"prompt\":\"a dog\"}"}}`), tc(`{"index":0,"id":"call-img","type":"function","function":{"name":"img","arguments":"{\"prompt\":\"a dog\"}"}}`), f("tool_calls"), end),
		want: `||call-img,img,{"prompt":"a dog"}|tool_calls`},
	{name: "TGI 2794: calls is an object, a name in each token, id 0", body: ev(
		d(`{"role":"assistant","tool_calls":{"index":0,"id":"","type":"function","function":{"name":"w","arguments":"{"}}}`), d(`{"role":"assistant","tool_calls":{"index":0,"id":"","type":"function","function":{"name":"w","arguments":" \"a\": 1"}}}`), d(`{"role":"assistant","tool_calls":{"index":0,"id":"","type":"function","function":{"name":"w","arguments":"}"}}}`), `{"choices":[{"index":0,"delta":{"role":"assistant","tool_calls":{"index":0,"id":"","type":"function","function":{"name":"w","arguments":""}}},"finish_reason":"eos_token"}]}`, end),
		want: `||?,w,{ "a": 1}|eos_token`},
	{name: "haystack 9581 qwen-plus: a piece with neither name nor arguments", body: ev(
		tc(`{"index":0,"id":"a","type":"function","function":{"name":"w","arguments":"{\"c\": 1}"}}`), tc(`{"index":0,"id":"","type":"function","function":{"name":null,"arguments":null}}`), f("tool_calls"), end),
		want: `||a,w,{"c": 1}|tool_calls`},
	{name: "open-interpreter 254: a piece whose function is null, in the middle", body: ev(
		tc(`{"index":0,"id":"a","type":"function","function":{"name":"w","arguments":"{\"c\":"}}`), tc(`{"index":0,"function":null}`), tc(`{"index":0,"function":{"arguments":" 1}"}}`), f("tool_calls"), end),
		want: `||a,w,{"c": 1}|tool_calls`},
	{name: "vmlx 219: empty deltas with a mark of their own, then the call with the end", body: ev(
		`{"choices":[{"index":0,"delta":{},"tool_call_generating":true,"finish_reason":null}]}`, d(`{"tool_call_generating":true}`), `{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"call_x","type":"function","function":{"name":"glob","arguments":"{\"p\":\"*\"}"}}]},"finish_reason":"tool_calls"}]}`, end),
		want: `||call_x,glob,{"p":"*"}|tool_calls`},
	{name: "batpred 4904 Gemini: no index, parallel, each whole in its event, signed, one function", body: ev(
		tc(`{"id":"f1","type":"function","function":{"name":"get_log","arguments":"{}"},"extra_content":{"google":{"thought_signature":"S1"}}}`), tc(`{"id":"f2","type":"function","function":{"name":"get_log","arguments":"{}"}}`), f("tool_calls"), end),
		want: `||f1,get_log,{};f2,get_log,{}|tool_calls`, back: []string{`"thought_signature":"S1"`}},
	// Class 2.
	{name: "open-webui 22235 GPT-5.4: two whole objects of one function under one index", body: ev(
		tc(`{"index":0,"id":"a","type":"function","function":{"name":"search","arguments":"{\"query\":\"A\",\"count\":5}"}}`), tc(`{"index":0,"function":{"name":"search","arguments":"{\"query\":\"B\",\"count\":5}"}}`), f("tool_calls"), end),
		want: `||a,search,{"query":"A","count":5};?,search,{"query":"B","count":5}|tool_calls`},
	{name: "open-webui 22177: the name and all arguments once more", body: ev(
		tc(`{"index":0,"id":"a","type":"function","function":{"name":"my_search","arguments":""}}`), tc(`{"index":0,"function":{"arguments":"{\"q\":\"A\"}"}}`), tc(`{"index":0,"function":{"name":"my_search","arguments":"{\"q\":\"A\"}"}}`), f("tool_calls"), end),
		want: `||a,my_search,{"q":"A"}|tool_calls`},
	{name: "claux 43: arguments after the finish reason", body: ev(
		tc(`{"index":0,"id":"a","type":"function","function":{"name":"w","arguments":"{\"c\":"}}`), f("tool_calls"), tc(`{"index":0,"function":{"arguments":"1}"}}`), end),
		want: `||a,w,{"c":1}|tool_calls`},
	// Class 3.
	{name: "litellm 8964: thinking blocks in pieces, the seal as signature_delta, nulls before", body: ev(
		d(`{"role":"assistant","content":"","reasoning_content":"The ","thinking_blocks":[{"type":"thinking","thinking":"The ","signature_delta":null}]}`), d(`{"content":"","reasoning_content":"user","thinking_blocks":[{"type":"thinking","thinking":"user","signature_delta":null}]}`), d(`{"content":"","reasoning_content":"","thinking_blocks":[{"type":"thinking","thinking":"","signature_delta":"SIG"}]}`), d(`{"content":"hey"}`), f("stop"), end),
		want: `hey|The user||stop`, back: []string{`"thinking":"The user"`, `"signature_delta":"SIG"`}},
	{name: "litellm 13834: thoughts, text, thoughts, text, two seals", body: ev(
		d(`{"role":"assistant","content":"","reasoning_content":"a","thinking_blocks":[{"type":"thinking","thinking":"a","signature":""}]}`), d(`{"content":"","thinking_blocks":[{"type":"thinking","thinking":"","signature":"S1"}]}`), d(`{"content":"x"}`), d(`{"content":"","reasoning_content":"b","thinking_blocks":[{"type":"thinking","thinking":"b","signature":""}]}`), d(`{"content":"","thinking_blocks":[{"type":"thinking","thinking":"","signature":"S2"}]}`), d(`{"content":"y"}`), f("stop"), end),
		want: `xy|ab||stop`, back: []string{`"thinking":"a"`, `"thinking":"b"`, `"signature":"S1"`, `"signature":"S2"`}},
	{name: "free-claude-code 1274 Kilo: thoughts, then the same once more as a detail", body: ev(
		d(`{"role":"assistant","content":"","reasoning":"hm"}`), d(`{"content":"","reasoning_details":[{"type":"reasoning.text","text":"hm","index":0}]}`), d(`{"content":"hey"}`), f("stop"), end),
		want: `hey|hm||stop`},
	{name: "rig 2191: thoughts in pieces, the whole of them in the details at the end", body: ev(
		d(`{"role":"assistant","content":"","reasoning":"I "}`), d(`{"reasoning":"see"}`), d(`{"content":"hey"}`), d(`{"reasoning_details":[{"type":"reasoning.text","text":"I see","signature":"SIG","index":0}]}`), f("stop"), end),
		want: `hey|I see||stop`, back: []string{`"signature":"SIG"`, `"text":"I see"`}},
	{name: "OpenAI audio: the id in each piece", body: ev(
		d(`{"role":"assistant","audio":{"id":"audio_7","transcript":"he"}}`), d(`{"audio":{"id":"audio_7","data":"AAAA"}}`), d(`{"audio":{"id":"audio_7","transcript":"y","data":"BBBB"}}`), d(`{"audio":{"id":"audio_7","expires_at":1757000000}}`), f("stop"), end),
		want: `*|||stop`, back: []string{`"audio":{"id":"audio_7"}`}, not: []string{"audio_7audio_7"}},
	{name: "litellm 34029: a custom tool's call in a whole answer", body: w(`{"role":"assistant","content":null,"tool_calls":[{"id":"call_1","type":"custom","custom":{"name":"ApplyPatch","input":"*** Begin Patch"}}]}`, `"tool_calls"`),
		want: `||call_1,*,*|tool_calls`, back: []string{`"type":"custom"`, `"custom":{"name":"ApplyPatch","input":"*** Begin Patch"}`}},
	{name: "OmniRoute 4350: nulls and empty lists of OpenAI's answer do not go back to Mistral", body: w(`{"role":"assistant","content":"hey","refusal":null,"annotations":[],"audio":null,"function_call":null,"tool_calls":null}`, `"stop"`),
		want: `hey|||stop`, not: []string{`"refusal"`, `"audio"`, `"function_call"`, `"tool_calls"`, `"annotations"`}},
	{name: "the same in a stream", body: ev(d(`{"role":"assistant","content":"hey","refusal":null,"annotations":[],"audio":null,"function_call":null,"tool_calls":null}`), f("stop"), end),
		want: `hey|||stop`, not: []string{`"refusal"`, `"audio"`, `"function_call"`, `"tool_calls"`, `"annotations"`}},
	{name: "GigaChat: a function_call whose arguments are an object, in a stream, with its state", body: ev(d(`{"role":"assistant","content":"","function_call":{"name":"w","arguments":{"city":"Москва"}},"functions_state_id":"77d3"}`), f("function_call"), end),
		want: `|||function_call`, back: []string{`"functions_state_id":"77d3"`, `"name":"w"`}},
	{name: "oh-my-pi 1692: function_call, the name in one piece, an empty text in each", body: ev(d(`{"role":"assistant","content":"","function_call":{"name":"w"}}`), d(`{"content":"","function_call":{"arguments":"{\"a\":"}}`), d(`{"content":"","function_call":{"name":"","arguments":"1}"}}`), f("function_call"), end),
		want: `|||function_call`, back: []string{`"function_call":{"name":"w","arguments":"{\"a\":1}"}`}},
	// Class 4.
	{name: "n = 2: a call in each choice, both index 0, interleaved", n: 2, body: ev(
		`{"choices":[{"index":0,"delta":{"role":"assistant","tool_calls":[{"index":0,"id":"a","type":"function","function":{"name":"w","arguments":"{\"c\":"}}]}},{"index":1,"delta":{"role":"assistant","content":"y"}}]}`, `{"choices":[{"index":1,"delta":{"content":"o","tool_calls":[{"index":0,"id":"b","type":"function","function":{"name":"g","arguments":"{}"}}]}}]}`, `{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"1}"}}]}}]}`, `{"choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"},{"index":1,"delta":{},"finish_reason":"tool_calls"}]}`, end),
		want: `||a,w,{"c":1}|tool_calls`, second: "yo"},
	{name: "rig and others: the last event has all of it once more as a message, calls too", body: ev(
		d(`{"role":"assistant","reasoning_content":"hm"}`), tc(`{"index":0,"id":"a","type":"function","function":{"name":"w","arguments":"{\"c\":"}}`), tc(`{"index":0,"function":{"arguments":"1}"}}`), `{"object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"","reasoning_content":"hm","tool_calls":[{"id":"a","type":"function","function":{"name":"w","arguments":"{\"c\":1}"}}]},"finish_reason":"tool_calls"}],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}`, end),
		want: `|hm|a,w,{"c":1}|tool_calls|3/2`},
	// Class 5.
	{name: "freellmapi 166: the content in a delta is a list of parts, a call beside it", body: ev(
		d(`{"role":"assistant","content":[{"type":"text","text":"Let me "}]}`), d(`{"content":[{"type":"text","text":"look"}],"tool_calls":[{"index":0,"id":"a","type":"function","function":{"name":"w","arguments":"{}"}}]}`), f("tool_calls"), end),
		want: `Let me look||a,w,{}|tool_calls`},
	{name: "pi 2466: values among the chunks that are no objects", body: ev(d(`{"content":"he"}`), `true`, `[]`, `0`, `""`, d(`{"content":"y"}`), f("stop"), end), want: `hey|||stop`},
	{name: "litellm 23662 OpenRouter: annotations beside the delta", body: ev(d(`{"content":"hey"}`), `{"choices":[{"index":0,"delta":{"content":""},"annotations":[{"type":"url_citation","url_citation":{"url":"https://a","title":"t"}}],"finish_reason":"stop"}]}`, end), want: `hey|||stop`},
	// Class 6.
	{name: "jcode 1326 Open WebUI: an event that says stop after each of the others", body: ev(
		d(`{"reasoning_content":"hm"}`), f("stop"), tc(`{"index":0,"id":"a","type":"function","function":{"name":"bash","arguments":""}}`), f("stop"), tc(`{"index":0,"function":{"arguments":"{\"c\":"}}`), f("stop"), tc(`{"index":0,"function":{"arguments":"1}"}}`), f("stop"), f("tool_calls"), end),
		want: `|hm|a,bash,{"c":1}|tool_calls`},
	{name: "open-webui 23921: stop in the first event, whose text is empty", body: ev(`{"choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":"stop"}]}`, d(`{"reasoning_content":"hm"}`), d(`{"content":"hey"}`), f("stop"), u(`{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}`), end), want: `hey|hm||stop|3/2`},
	{name: "ChatMock 114: tool_calls, then stop", body: ev(d(`{"role":"assistant","content":"so"}`), tc(`{"index":0,"id":"a","type":"function","function":{"name":"w","arguments":"{}"}}`), f("tool_calls"), f("stop"), end), want: `so||a,w,{}|*`},
	{name: "opencode 49167 SenseNova: the last text after the finish reason", body: ev(d(`{"reasoning":"hm"}`), d(`{"content":"he"}`), f("stop"), d(`{"content":"y"}`), end), want: `hey|hm||stop`},
	{name: "cc-switch 5093: a finish reason of blanks among the pieces of a call", body: ev(`{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"a","type":"function","function":{"name":"w","arguments":"{\"c\":"}}]},"finish_reason":"  "}]}`, `{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"1}"}}]},"finish_reason":" "}]}`, f("tool_calls"), end), want: `||a,w,{"c":1}|tool_calls`},
	{name: "cc-switch 5093: blanks to the end", body: ev(`{"choices":[{"index":0,"delta":{"content":"he"},"finish_reason":"  "}]}`, end), kinds: "stream_interrupted", partial: "he"},
	{name: "unsloth 10362: calls, and function_call at the end", body: ev(tc(`{"index":0,"id":"a","type":"function","function":{"name":"w","arguments":"{}"}}`), f("function_call"), end), want: `||a,w,{}|function_call`},
	{name: "grok2api 626: an error, then stop and [DONE]", body: ev(d(`{"content":"he"}`), `{"error":{"message":"upstream failed","type":"server_error"}}`, f("stop"), end), kinds: "server|upstream"},
	{name: "litellm 39288: a call's head, then an error of a gateway", body: ev(tc(`{"index":0,"id":"a","type":"function","function":{"name":"w","arguments":""}}`), `{"error":{"message":"litellm.APIConnectionError: APIConnectionError: OpenAIException - Error parsing chunk: Chat provider: Invalid function argument delta","type":null,"param":null,"code":"500"}}`), kinds: "server|upstream"},
	{name: "command-code 785: a 500 in a wrapping of its own", status: 500, body: `{"success":false,"error":{"code":"INTERNAL_SERVER_ERROR","status":500,"message":"An unexpected error occurred. Please try again later.","docs":"https://a/docs"}}`, kinds: "server", retried: "yes"},
	{name: "SHTUCodeProxy 4 vLLM: a flat error of the context as an event", body: ev(`{"object":"error","message":"This model's maximum context length is 128000 tokens. However, you requested 130000 tokens.","type":"BadRequestError","code":400}`, end), kinds: "context_length", retried: "no"},
	{name: "SHTUCodeProxy 4: a detail as an event", body: ev(`{"detail":"This model's maximum context length is 128000 tokens. However, you requested 130000 tokens."}`, end), kinds: "context_length", retried: "no"},
	{name: "pi 6226 NIM GLM: a whole call and a clean end, no reason", body: ev(tc(`{"index":0,"id":"a","type":"function","function":{"name":"w","arguments":"{}"}}`), end), kinds: "stream_interrupted"},
	// Class 8.
	{name: "hermes 100705: events of a gateway's own between the chunks", body: ev(d(`{"content":"he"}`)) + "event: hermes.tool.progress\ndata: {\"tool\":\"web_search\",\"emoji\":\"x\",\"label\":\"q\",\"toolCallId\":\"call_9\",\"status\":\"running\"}\n\n" + ev(d(`{"content":"y"}`), f("stop"), end), want: `hey|||stop`},
	{name: "the same before the first chunk, status failed", body: "event: hermes.tool.progress\ndata: {\"tool\":\"web_search\",\"toolCallId\":\"call_9\",\"status\":\"failed\"}\n\n" + ev(d(`{"content":"hey"}`), f("stop"), end), want: `hey|||stop`},
	{name: "Crane 121: a data line that begins with error:", body: ev(d(`{"content":"he"}`), `error: model forward failed: out of memory`), kinds: "server|upstream"},
	{name: "Portkey 55 Anyscale: a bare [DONE]", body: ev(d(`{"content":"hey"}`), f("stop")) + "[DONE]\n\n", want: `hey|||stop`},
	{name: "openai-node 2422: [DONE] with something behind it is none", body: ev(d(`{"content":"he"}`), `[DONE]x`, d(`{"content":"y"}`), f("stop"), end), want: `hey|||stop`},
	{name: "GigaChat's documentation: pretty JSON below an empty data line, object chat.completion", body: "data:\n{\n\"choices\":\n[\n{\n\"delta\":\n{\n\"content\": \"he\",\n\"role\": \"assistant\"\n},\n\"index\": 0\n}\n],\n\"object\": \"chat.completion\"\n}\n\ndata:\n{\n\"choices\":\n[\n{\n\"delta\":\n{\n\"content\": \"y\"\n},\n\"index\": 0,\n\"finish_reason\": \"stop\"\n}\n]\n}\n\ndata: [DONE]\n\n", want: `hey|||stop`},
	{name: "Spark: code 0 and Success in each chunk, no finish reason", body: ev(`{"code":0,"message":"Success","sid":"cha1","choices":[{"delta":{"role":"assistant","content":"he"},"index":0}]}`, `{"code":0,"message":"Success","sid":"cha1","choices":[{"delta":{"role":"assistant","content":"y"},"index":0}],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}`, end), kinds: "stream_interrupted", partial: "hey"},
	{name: "Hunyuan: a note and empty finish reasons", body: ev(`{"id":"h","note":"以上内容为AI生成","choices":[{"index":0,"delta":{"role":"assistant","content":"he"},"finish_reason":""}],"usage":{"prompt_tokens":3,"completion_tokens":1,"total_tokens":4}}`, `{"id":"h","note":"以上内容为AI生成","choices":[{"index":0,"delta":{"role":"assistant","content":"y"},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}`, end), want: `hey|||stop|3/2`},
	{name: "Spark: the same in a whole answer", body: `{"code":0,"message":"Success","sid":"cha1","choices":[{"message":{"role":"assistant","content":"hey"},"index":0,"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}`, want: `hey|||stop|3/2`},
	{name: "Spark: a refusal in the same form", body: ev(`{"code":10013,"message":"InputAuditError:(input content audit failed)","sid":"cha2"}`), kinds: "moderation", retried: "no"},
	// Brothers of these that nobody has told of yet.
	{name: "a tool of the gateway's failed with an error of its own", body: ev(d(`{"content":"he"}`)) + "event: agent.tool\ndata: {\"tool_name\":\"web\",\"error\":{\"message\":\"rate limit\",\"code\":429}}\n\n" + ev(d(`{"content":"y"}`), f("stop"), end), want: `hey|||stop`},
	{name: "a gateway's own event with code and message", body: ev(d(`{"content":"he"}`)) + "event: status\ndata: {\"code\":503,\"message\":\"search is slow\",\"success\":false}\n\n" + ev(d(`{"content":"y"}`), f("stop"), end), want: `hey|||stop`},
	{name: "a tool's failure in an event without a name", body: ev(d(`{"content":"he"}`), `{"type":"tool_progress","tool":"web","status":"failed"}`, d(`{"content":"y"}`), f("stop"), end), want: `hey|||stop`},
	{name: "an error in a gateway's own event", body: ev(d(`{"content":"he"}`)) + "event: upstream\ndata: {\"error\":{\"message\":\"Rate limit reached\",\"code\":\"rate_limit_exceeded\"}}\n\n", kinds: "rate_limit"},
	{name: "a failure in an event whose name says so", body: ev(d(`{"content":"he"}`)) + "event: stream_failed\ndata: {\"code\":503,\"message\":\"overloaded\"}\n\n", kinds: "overloaded"},
	{name: "arrays of nothing among the chunks", body: ev(d(`{"content":"he"}`), `[ ]`, `[null]`, `[[]]`, d(`{"content":"y"}`), f("stop"), end), want: `hey|||stop`},
	{name: "Vercel's tool-calls", body: ev(tc(`{"index":0,"id":"a","type":"function","function":{"name":"w","arguments":"{}"}}`), f("tool-calls"), end), want: `||a,w,{}|tool-calls`},
	{name: "an enumeration's FinishReason.MAX_TOKENS", body: w(`{"role":"assistant","content":"he"}`, `"FinishReason.MAX_TOKENS"`), want: `he|||FinishReason.MAX_TOKENS`, check: "incomplete"},
	{name: "Watsonx: not_finished until the end", body: ev(`{"choices":[{"index":0,"delta":{"content":"he"},"finish_reason":"not_finished"}]}`, `{"choices":[{"index":0,"delta":{"content":"y"},"finish_reason":"eos_token"}]}`, end), want: `hey|||eos_token`},
	{name: "Watsonx: not_finished, and cut", body: ev(`{"choices":[{"index":0,"delta":{"content":"he"},"finish_reason":"not_finished"}]}`), kinds: "stream_interrupted", partial: "he"},
}

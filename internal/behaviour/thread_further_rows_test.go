package behaviour_test

var furtherThreadRows = []threadRow{
	// Class 1.
	{name: "vllm 19425 Mistral: the function is null at first, the id later", body: ev(
		tc(`{"id":"4189fdfaG","index":0,"type":"function","function":null}`), d(`{"role":"assistant","content":"","tool_calls":[]}`), tc(`{"id":null,"index":0,"type":"function","function":{"name":"wiki","arguments":"{\""}}`), tc(`{"id":null,"index":0,"type":"function","function":{"name":null,"arguments":"q\":1}"}}`), f("tool_calls"), end),
		want: `||4189fdfaG,wiki,{"q":1}|tool_calls`},
	{name: "vercel/ai 16507 Command A: the name is empty, arguments come, then the name", body: ev(
		tc(`{"index":0,"id":"a","type":"function","function":{"name":"","arguments":"{\"x\""}}`), tc(`{"index":0,"function":{"name":"f","arguments":":1}"}}`), f("tool_calls"), end),
		want: `||a,f,{"x":1}|tool_calls`},
	{name: "openai-python 3232: name and first arguments are two entries of one index", body: ev(
		tc(`{"index":0,"id":"a","type":"function","function":{"name":"f","arguments":""}},{"index":0,"function":{"arguments":"{\"x\":"}}`), tc(`{"index":0,"function":{"arguments":"1}"}}`), f("tool_calls"), end),
		want: `||a,f,{"x":1}|tool_calls`},
	{name: "opencodex 3702: the id first, then with an index, then the index alone, two calls", body: ev(
		tc(`{"id":"a","type":"function","function":{"name":"f","arguments":""}}`), tc(`{"id":"b","type":"function","function":{"name":"g","arguments":""}}`), tc(`{"id":"a","index":0,"function":{"arguments":"{\"x\":"}}`), tc(`{"id":"b","index":1,"function":{"arguments":"{\"y\":"}}`), tc(`{"index":0,"function":{"arguments":"1}"}}`), tc(`{"index":1,"function":{"arguments":"2}"}}`), f("tool_calls"), end),
		want: `||a,f,{"x":1};b,g,{"y":2}|tool_calls`},
	{name: "pipecat 5342: text, then a call whose index is one", body: ev(
		d(`{"role":"assistant","content":"so"}`), tc(`{"index":1,"id":"a","type":"function","function":{"name":"f","arguments":"{\"x\""}}`), tc(`{"index":1,"function":{"arguments":":1}"}}`), f("tool_calls"), end),
		want: `so||a,f,{"x":1}|tool_calls`},
	{name: "anvia 262: the index is a text", body: ev(
		tc(`{"index":"0","id":"a","type":"function","function":{"name":"f","arguments":"{\"x\""}},{"index":"1","id":"b","type":"function","function":{"name":"g","arguments":"{\"y\""}}`), tc(`{"index":"1","function":{"arguments":":2}"}}`), tc(`{"index":"0","function":{"arguments":":1}"}}`), f("tool_calls"), end),
		want: `||a,f,{"x":1};b,g,{"y":2}|tool_calls`},
	{name: "vllm 42683 Kimi: id and name, then arguments, all entries of one delta, two calls", body: ev(
		tc(`{"index":0,"id":"functions.f:0","type":"function","function":{"name":"f"}},{"index":0,"function":{"arguments":"{\"x\":1}"}},{"index":1,"id":"functions.g:1","type":"function","function":{"name":"g"}},{"index":1,"function":{"arguments":"{\"y\":"}}`), tc(`{"index":1,"function":{"arguments":"2}"}}`), f("tool_calls"), end),
		want: `||functions.f:0,f,{"x":1};functions.g:1,g,{"y":2}|tool_calls`},
	{name: "pi 8504: an empty custom object in each piece of a function's call", body: ev(
		tc(`{"index":0,"id":"a","type":"function","function":{"name":"f","arguments":""},"custom":{}}`), tc(`{"index":0,"function":{"arguments":"{\"x\":"},"custom":{}}`), tc(`{"index":0,"function":{"arguments":"1}"},"custom":{}}`), f("tool_calls"), end),
		want: `||a,f,{"x":1}|tool_calls`, back: []string{`"type":"function"`, `"arguments":"{\"x\":1}"`}},
	{name: "pi 8504: the same in a whole answer", body: w(`{"role":"assistant","content":null,"tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{\"x\":1}"},"custom":{}}]}`, `"tool_calls"`),
		want: `||a,f,{"x":1}|tool_calls`, back: []string{`"type":"function"`}, not: []string{`"custom"`}},
	{name: "openai-python 2530: a call of a custom tool, its input in pieces", body: ev(
		tc(`{"index":0,"id":"a","type":"custom","custom":{"name":"code","input":""}}`), tc(`{"index":0,"custom":{"input":"print("}}`), tc(`{"index":0,"custom":{"input":"1)"}}`), f("tool_calls"), end),
		want: `*|*|a,*,*|tool_calls`, back: []string{`"type":"custom"`, `"custom":{"name":"code","input":"print(1)"}`}},
	{name: "grok2api 239: no index, whole calls in two chunks", body: ev(
		tc(`{"id":"call_1","type":"function","function":{"name":"f","arguments":"{\"v\": \"all\"}"}}`), tc(`{"id":"call_2","type":"function","function":{"name":"f","arguments":"{\"v\": \"one\"}"}}`), f("tool_calls"), end),
		want: `||call_1,f,{"v": "all"};call_2,f,{"v": "one"}|tool_calls`},
	// Class 2.
	{name: "vllm 28806: a call without parameters, no arguments at all", body: ev(
		tc(`{"index":0,"id":"a","type":"function","function":{"name":"switch"}}`), f("tool_calls"), end),
		want: `||a,switch,|tool_calls`, back: []string{`"arguments":"{}"`}},
	{name: "vllm 55082: null arguments beside the name, whole ones later", body: ev(
		tc(`{"index":0,"id":"a","type":"function","function":{"name":"f","arguments":null}}`), tc(`{"index":0,"function":{"arguments":"{\"x\": 1}"}}`), f("tool_calls"), end),
		want: `||a,f,{"x": 1}|tool_calls`},
	{name: "litellm 24095 Ollama: arguments are an object, no id and no type", body: w(`{"role":"assistant","content":"","tool_calls":[{"function":{"name":"w","arguments":{"location":"Paris","n":[1]}}}]}`, `"tool_calls"`),
		want: `||?,w,{"location":"Paris","n":[1]}|tool_calls`, back: []string{`"type":"function"`, `"arguments":"{\"location\":\"Paris\",\"n\":[1]}"`}},
	// Class 3.
	{name: "openai-agents-js 1495: a refusal beside an empty text", body: w(`{"role":"assistant","content":"","refusal":"I cannot."}`, `"stop"`), want: `|||stop`, check: "moderation", back: []string{`"refusal":"I cannot."`}},
	{name: "langchain4j 5813: a refusal in pieces", body: ev(d(`{"role":"assistant","content":null,"refusal":""}`), d(`{"refusal":"I "}`), d(`{"refusal":"cannot."}`), f("stop"), end), want: `|||stop`, check: "moderation", back: []string{`"refusal":"I cannot."`}},
	{name: "openai-agents-js 1617: an annotation in a delta of its own, then again", body: ev(d(`{"content":"hey"}`), d(`{"annotations":[{"type":"url_citation","url_citation":{"url":"https://a","title":"t","start_index":0,"end_index":3}}]}`), d(`{"content":"","annotations":[{"type":"url_citation","url_citation":{"url":"https://a","title":"t","start_index":0,"end_index":3}}]}`), f("stop"), end), want: `hey|||stop`},
	{name: "twilight 45: two signed thoughts stay two", body: ev(d(`{"role":"assistant","reasoning_details":[{"type":"reasoning.text","text":"a","format":"anthropic-claude-v1","index":0}]}`), d(`{"reasoning_details":[{"type":"reasoning.text","signature":"S1","format":"anthropic-claude-v1","index":0}]}`), d(`{"reasoning_details":[{"type":"reasoning.text","text":"b","format":"anthropic-claude-v1","index":1}]}`), d(`{"reasoning_details":[{"type":"reasoning.text","signature":"S2","format":"anthropic-claude-v1","index":1}]}`), d(`{"content":"hey"}`), f("stop"), end),
		want: `hey|ab||stop`, back: []string{`"text":"a"`, `"signature":"S1"`, `"text":"b"`, `"signature":"S2"`}, not: []string{`"text":"ab"`, `S1S2`}},
	{name: "pi 1878: an encrypted thought without a text", body: w(`{"role":"assistant","content":"hey","reasoning":null,"reasoning_details":[{"type":"reasoning.encrypted","data":"XYZ","id":"rs_1","format":"openai-responses-v1","index":0}]}`, `"stop"`), want: `hey|||stop`, back: []string{`"reasoning_details":[{"type":"reasoning.encrypted","data":"XYZ","id":"rs_1","format":"openai-responses-v1","index":0}]`}},
	{name: "litellm 27277: an image and no content", body: w(`{"role":"assistant","content":null,"images":[{"type":"image_url","image_url":{"url":"data:image/png;base64,QUJD"},"index":0}]}`, `"stop"`), want: `|||stop`},
	{name: "LibreChat 9514: an image in a delta, text before it", body: ev(d(`{"role":"assistant","content":"Here: "}`), d(`{"content":"","images":[{"type":"image_url","image_url":{"url":"data:image/png;base64,QUJD"},"index":0}]}`), f("stop"), end), want: `Here: |||stop`},
	{name: "mistral client-python 252: thinking, text, an empty thinking, text", body: w(`{"role":"assistant","content":[{"type":"thinking","thinking":[{"type":"text","text":"hm"}]},{"type":"text","text":"he"},{"type":"thinking","thinking":[]},{"type":"text","text":"y"}]}`, `"stop"`), want: `hey|hm||stop`},
	{name: "litellm 16272 Mistral: thinking chunks, then texts in plain strings", body: ev(d(`{"role":"assistant","content":""}`), d(`{"content":[{"type":"thinking","thinking":[{"type":"text","text":"h"}]}]}`), d(`{"content":[{"type":"thinking","thinking":[{"type":"text","text":"m"}]}]}`), d(`{"content":"he"}`), d(`{"content":"y"}`), f("stop"), end), want: `hey|hm||stop`},
	{name: "vercel/ai 4747 Mistral: a reference among the texts", body: ev(d(`{"role":"assistant","content":"he"}`), d(`{"content":[{"type":"reference","reference_ids":[1]}]}`), d(`{"content":"y"}`), f("stop"), end), want: `hey|||stop`},
	// Class 4.
	{name: "open-webui 9927 Perplexity: message has all so far, delta what is new", body: ev(`{"choices":[{"index":0,"finish_reason":null,"message":{"role":"assistant","content":"he"},"delta":{"role":"assistant","content":"he"}}]}`, `{"choices":[{"index":0,"finish_reason":null,"message":{"role":"assistant","content":"hey"},"delta":{"role":"assistant","content":"y"}}]}`, `{"choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":"hey"},"delta":{"role":"assistant","content":""}}]}`, end), want: `hey|||stop`},
	{name: "vscode-unify 29: the last choice has no delta", body: ev(d(`{"content":"hey"}`), `{"choices":[{"index":0,"finish_reason":"stop"}]}`, end), want: `hey|||stop`},
	{name: "openai-dotnet 219 Azure: after the stop a choice without a delta, its reason null", body: ev(d(`{"content":"hey"}`), `{"choices":[{"delta":{},"finish_reason":"stop","index":0,"logprobs":null}]}`, `{"choices":[{"content_filter_offsets":{"check_offset":2275,"start_offset":2185,"end_offset":2420},"content_filter_results":{"hate":{"filtered":false,"severity":"safe"}},"finish_reason":null,"index":0}],"created":0,"id":"","model":"","object":""}`, end), want: `hey|||stop`},
	{name: "bagofwords 742 Azure: a delta of null among the texts", body: ev(d(`{"content":"he"}`), `{"choices":[{"index":0,"delta":null,"finish_reason":null}]}`, d(`{"content":"y"}`), f("stop"), end), want: `hey|||stop`},
	{name: "langchain_dart 778 LongCat: a content beside the choices, no space after data", body: "data:" + `{"id":"d","object":"chat.completion.chunk","choices":[{"delta":{"role":"assistant","content":"he","function_call":null},"index":0,"finish_reason":null,"logprobs":null}],"content":"","lastOne":false}` + "\n\ndata:" + `{"choices":[{"delta":{"content":"y"},"index":0,"finish_reason":null}],"content":"","lastOne":false}` + "\n\ndata:" + `{"choices":[{"delta":{"content":""},"index":0,"finish_reason":"stop"}],"content":"hey","lastOne":true,"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}` + "\n\ndata:[DONE]\n\n", want: `hey|||stop|3/2`},
	// Class 5.
	{name: "modelbench 1287 SambaNova: created has a fraction", body: `{"id":"c","created":1757876416.5661082,"choices":[{"index":0,"message":{"role":"assistant","content":"hey"},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5,"time_to_first_token":0.13,"completion_tokens_per_sec":410.5}}`, want: `hey|||stop|3/2`},
	{name: "go-openai 1003: created is a text", body: `{"id":"c","created":"1757876416","choices":[{"index":0,"message":{"role":"assistant","content":"hey"},"finish_reason":"stop"}]}`, want: `hey|||stop`},
	{name: "fms-guardrails 452 vLLM: stop_reason is a number", body: w(`{"role":"assistant","reasoning_content":null,"content":"hey","tool_calls":[]}`, `"stop","stop_reason":13`), want: `hey|||stop`},
	{name: "easyllm 42: counts with fractions", body: `{"choices":[{"index":0,"message":{"role":"assistant","content":"hey"},"finish_reason":"stop"}],"usage":{"prompt_tokens":11.0,"completion_tokens":37.0,"total_tokens":48.0}}`, want: `hey|||stop|11/37`},
	{name: "SillyTavern 4680: logprobs without top_logprobs, bytes of null", body: `{"choices":[{"index":0,"message":{"role":"assistant","content":"hey"},"finish_reason":"stop","logprobs":{"content":[{"token":"hey","bytes":null,"logprob":-0.1}]}}]}`, want: `hey|||stop`},
	{name: "inference 5252: a logprob of null", body: ev(`{"choices":[{"index":0,"delta":{"content":"hey"},"finish_reason":null,"logprobs":{"content":[{"token":"hey","bytes":[104,101,121],"logprob":null,"top_logprobs":null}]}}]}`, f("stop"), end), want: `hey|||stop`},
	{name: "animachat 129: reasoning is a list of objects, then an object", body: ev(d(`{"reasoning":[{"text":"h"}]}`), d(`{"reasoning":{"text":"m"}}`), d(`{"content":"hey"}`), f("stop"), end), want: `hey|hm||stop`},
	{name: "KohakuTerrarium 48: a lone low surrogate", body: ev(d(`{"content":"he\udcaf"}`), d(`{"content":"y"}`), f("stop"), end), want: "he\ufffdy|||stop"},
	// Class 6.
	{name: "pi 2107 LM Studio: end", body: ev(d(`{"content":"hey"}`), f("end"), end), want: `hey|||end`},
	{name: "LocalAI 5102: an empty finish reason until the last", body: ev(`{"choices":[{"index":0,"delta":{"content":"he"},"finish_reason":""}]}`, `{"choices":[{"index":0,"delta":{"content":"y"},"finish_reason":""}]}`, f("stop"), end), want: `hey|||stop`},
	{name: "ai-gateway 142 Cohere: COMPLETE", body: w(`{"role":"assistant","content":"hey"}`, `"COMPLETE"`), want: `hey|||COMPLETE`},
	{name: "ai-gateway 142 Cohere: MAX_TOKENS", body: w(`{"role":"assistant","content":"he"}`, `"MAX_TOKENS"`), want: `he|||MAX_TOKENS`, check: "incomplete"},
	{name: "claude-code-mux 11 Cerebras: the connection is closed after a call, without an end", body: ev(tc(`{"index":0,"id":"a","type":"function","function":{"name":"f","arguments":"{}"}}`)), kinds: "stream_interrupted"},
	// Class 7.
	{name: "sub2api 5771 xAI: reasoning beside the completion", body: `{"choices":[{"index":0,"message":{"role":"assistant","content":"hey"},"finish_reason":"stop"}],"usage":{"prompt_tokens":10120,"completion_tokens":1499,"total_tokens":14428,"prompt_tokens_details":{"cached_tokens":128},"completion_tokens_details":{"reasoning_tokens":2809}}}`, want: `hey|||stop|10120/4308`, usage: "10120/4308/14428/128/2809"},
	{name: "vercel/ai 12425 xAI: more reasoning than completion, in a stream", body: ev(d(`{"content":"hey"}`), f("stop"), u(`{"prompt_tokens":12,"completion_tokens":1,"total_tokens":399,"completion_tokens_details":{"reasoning_tokens":386}}`), end), want: `hey|||stop|12/387`, usage: "12/387/399/0/386"},
	{name: "pi 8119 Kimi: cached_tokens beside the counts", body: `{"choices":[{"index":0,"message":{"role":"assistant","content":"hey"},"finish_reason":"stop"}],"usage":{"prompt_tokens":19,"completion_tokens":13,"total_tokens":32,"cached_tokens":12}}`, want: `hey|||stop|19/13`, usage: "19/13/32/12/0"},
	{name: "litellm 13777 Perplexity: details of null", body: `{"id":"c","choices":[{"index":0,"message":{"role":"assistant","content":"hey"},"finish_reason":"stop"}],"usage":{"total_tokens":233,"prompt_tokens":4,"completion_tokens":229,"prompt_tokens_details":null,"completion_tokens_details":{"audio_tokens":null,"reasoning_tokens":0,"accepted_prediction_tokens":null,"rejected_prediction_tokens":null}}}`, want: `hey|||stop|4/229`, usage: "4/229/233/0/0"},
	{name: "brainlid/langchain 288 DeepSeek: the usage in the choice's last chunk", body: ev(d(`{"content":"hey"}`), `{"choices":[{"index":0,"delta":{"content":""},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":11,"completion_tokens":11,"total_tokens":22,"prompt_tokens_details":{"cached_tokens":0},"prompt_cache_hit_tokens":0,"prompt_cache_miss_tokens":11}}`, end), want: `hey|||stop|11/11`, usage: "11/11/22/0/0"},
	// Class 8.
	{name: "openai-python 3819: a byte-order mark at the beginning", oneByte: true, ct: "text/event-stream", body: "\ufeff" + ev(d(`{"content":"he"}`), d(`{"content":"y"}`), f("stop"), end), want: `hey|||stop`},
	{name: "llama.cpp 10694: an empty object before the last event", body: ev(d(`{"content":"hey"}`), `{}`, `{"choices":[{"finish_reason":"stop","index":0,"delta":{}}],"usage":{"completion_tokens":2,"prompt_tokens":3,"total_tokens":5}}`, end), want: `hey|||stop|3/2`},
	{name: "NeoGraph 124: an error of one word, then [DONE]", body: ev(`{"error":"STREAM_EXPLODED"}`, end), kinds: "unknown|upstream|server"},
	{name: "ccLoad 69: pings in data, then an error without an event line", body: ev(`{"type": "ping"}`, `{"type": "ping"}`, `{"type":"error","error":{"type":"rate_limit_error","message":"Concurrency limit exceeded for account, please retry later"}}`), kinds: "rate_limit", retried: "yes"},
	{name: "vercel/ai 13506: a code in capitals in the stream", body: ev(`{"error": {"message": "Context length exceeded", "code": "CONTEXT_LENGTH_EXCEEDED"}}`), kinds: "context_length", retried: "no"},
	{name: "litellm 29833 Cloudflare: a completion within result", body: `{"result":{"id":"c","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"hey"},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}},"success":true,"errors":[],"messages":[]}`, want: `hey|||stop|3/2`},
	{name: "OmniRoute 4937: [DONE] twice", body: ev(d(`{"content":"he"}`), d(`{"content":"y"}`), f("stop"), end, end), want: `hey|||stop`},
	{name: "CLIProxyAPI 2190: an answer of zeros", body: `{"id":"","object":"chat.completion","created":0,"model":"","choices":[],"usage":{"prompt_tokens":0,"completion_tokens":0,"total_tokens":0}}`, kinds: "no_content"},
	// Class 9.
	{name: "hermes 106205 Novita: server overload under 429", status: 429, body: `{"code":429,"reason":"","message":"server overload, please try again later","type":"server_overload","metadata":{}}`, kinds: "overloaded", retried: "yes"},
	{name: "openclaw 98101 Z.ai: 1305 under 429", status: 429, body: `{"error":{"code":"1305","message":"The service may be temporarily overloaded, please try again later"}}`, kinds: "overloaded", retried: "yes"},
	{name: "sub2api 890: an empty account under 403", status: 403, body: `{"code":"INSUFFICIENT_BALANCE","message":"Insufficient account balance"}`, kinds: "quota"},
	{name: "modelscope 1691 MiniMax: an empty account under 429", status: 429, body: `{"error":{"http_code":"429","message":"insufficient balance (1008)","type":"insufficient_balance_error"},"request_id":"x"}`, kinds: "quota"},
	{name: "CLIProxyAPI 3859 Anthropic: credit too low under 400", status: 400, body: `{"type":"error","error":{"type":"invalid_request_error","message":"Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits."}}`, kinds: "quota"},
	{name: "pi 1878 Azure: an item without its reasoning", status: 400, body: `{"error":{"message":"Item 'msg_01' of type 'message' was provided without its required 'reasoning' item: 'rs_01'.","type":"invalid_request_error","param":"input","code":null}}`, kinds: "invalid_request", retried: "no"},
	{name: "smolagents 1158 DeepSeek: a list where a text is wanted", status: 422, body: "Failed to deserialize the JSON body into the target type: messages[2]: invalid type: sequence, expected a string at line 1 column 9340", kinds: "invalid_request", retried: "no"},
	{name: "pi 9100 Gemini: a corrupted signature", status: 400, body: `{"error":{"code":400,"message":"Corrupted thought signature.","status":"INVALID_ARGUMENT"}}`, kinds: "invalid_request", retried: "no"},
	{name: "modelgauge 285 Together: Cloudflare's page under 502", status: 502, ct: "text/html", body: "<!DOCTYPE html><html><head><title>api.together.xyz | 502: Bad gateway</title></head><body><h1>Bad gateway</h1><p>The web server reported a bad gateway error.</p></body></html>", kinds: "upstream|server", retried: "yes"},
}

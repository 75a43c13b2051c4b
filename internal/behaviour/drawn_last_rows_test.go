package behaviour_test

var lastDrawnRows = []drawnRow{
	// 13. empty response from chat completions
	no(13, "13.1 ragflow 13166", 0, "no_content", "", ev(`{"id":"c","choices":[{"delta":{"content":null,"role":"assistant","function_call":null,"tool_calls":null,"reasoning_content":null},"finish_reason":"stop","index":0,"logprobs":null}],"created":1,"model":"model","object":"chat.completion.chunk","system_fingerprint":"","usage":{"prompt_tokens":5,"completion_tokens":0,"total_tokens":5}}`, end)),
	no(13, "13.2 9router 226", 0, "no_content", "", ev(`{"id":"chatcmpl-cursor-1772370289795","object":"chat.completion.chunk","created":1772370289,"model":"claude-4.5-sonnet","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}`, `{"id":"chatcmpl-cursor-1772370289795","object":"chat.completion.chunk","created":1772370289,"model":"claude-4.5-sonnet","choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":2026,"completion_tokens":0,"total_tokens":2026,"estimated":true}}`, end, end)),
	re(13, "13.3 chatlas 95", w(`{"role":"assistant","content":""}`, `"stop"`), `|||stop`).or("no_content", "").checked("no_content"),
	no(13, "13.4 mike 379", 0, "no_content", "yes", ": OPENROUTER PROCESSING\n\n"+ev(d(`{"role":"assistant","content":""}`), f("stop"), end)),
	re(13, "13.5 CopilotChat 619", ev(`{"choices":[],"created":0,"id":"","prompt_filter_results":[{"content_filter_results":{"hate":{"filtered":false,"severity":"safe"}},"prompt_index":0}]}`,
		`{"choices":[{"index":0,"content_filter_offsets":{"check_offset":36972,"start_offset":36922,"end_offset":37027},"content_filter_results":{"error":{"code":"","message":""},"hate":{"filtered":false,"severity":"safe"},"self_harm":{"filtered":false,"severity":"safe"},"sexual":{"filtered":false,"severity":"safe"},"violence":{"filtered":false,"severity":"safe"}},"delta":{"content":" asking"}}],"created":1732657164,"id":"chatcmpl-AXxZEKJj4MoCfYMuFc74JR3zhdtyY","model":"gpt-4o-2024-05-13","system_fingerprint":"fp_04751d0b65"}`,
		`{"choices":[{"index":0,"content_filter_offsets":{"check_offset":36972,"start_offset":36922,"end_offset":37027},"content_filter_results":{"error":{"code":"","message":""},"hate":{"filtered":false,"severity":"safe"}},"delta":{"content":" questions"}}],"created":1732657164,"id":"chatcmpl-AXxZEKJj4MoCfYMuFc74JR3zhdtyY","model":"gpt-4o-2024-05-13","system_fingerprint":"fp_04751d0b65"}`,
		`{"choices":[{"finish_reason":"stop","index":0,"content_filter_offsets":{"check_offset":37000,"start_offset":36977,"end_offset":37084},"content_filter_results":{"error":{"code":"","message":""}},"delta":{"content":null}}],"created":1732657164,"id":"chatcmpl-AXxZEKJj4MoCfYMuFc74JR3zhdtyY","usage":{"completion_tokens":2,"prompt_tokens":3,"total_tokens":5},"model":"gpt-4o-2024-05-13","system_fingerprint":"fp_04751d0b65"}`, end), ` asking questions|||stop|3/2`),
	re(13, "13.6 dotnet extensions 7114", w(`{"role":"assistant","content":"","refusal":null,"annotations":[]}`, `"stop"`), `|||stop`).or("no_content", "").checked("no_content"),
	re(13, "13.7 gpt-pilot 85", ev(`{"id":"","object":"","created":0,"model":"","prompt_annotations":[{"prompt_index":0,"content_filter_results":{"hate":{"filtered":false,"severity":"safe"},"self_harm":{"filtered":false,"severity":"safe"},"sexual":{"filtered":false,"severity":"safe"},"violence":{"filtered":false,"severity":"safe"}}}],"choices":[],"usage":null}`, d(`{"role":"assistant"}`), d(`{"content":"hey"}`), f("stop"), end), `hey|||stop`),
	no(13, "13.8 9router 2229", 0, "malformed|no_content", "", "{\n \"text\": \"\"\n}"),
	// 14. invalid JSON response chat completions
	re(14, "14.1 vllm-mlx 538", w(`{"role":"assistant","content":"Sure, here is the JSON: ok"}`, `"stop"`), `Sure, here is the JSON: ok|||stop`),
	re(14, "14.2 Codex-Manager 249", w(`{"role":"assistant","content":"{\"ok\":true}{\"ok\":true}"}`, `"stop"`), `{"ok":true}{"ok":true}|||stop`),
	no(14, "14.3 cherry-studio 10816", 0, "malformed|upstream|server", "", "<!DOCTYPE html><html><head><title>One API</title></head><body><div id=\"root\"></div></body></html>"),
	{query: 14, threadRow: threadRow{name: "14.4 genai-bench 170", body: ev(d(`{"role":"assistant"}`), f("stop"), u(`{"prompt_tokens":12,"completion_tokens":1,"total_tokens":13}`), end)}, wants: []string{`|||stop|12/1`}, anyTurn: "no_content", asked: 2},
	func() drawnRow {
		r := re(14, "14.5 ChatGPT_Client_For_Arduino 10", `{"id":"chatcmpl-9","object":"chat.completion","created":1721205402,"model":"gpt-3.5-turbo-0125","choices":[{"index":0,"message":{"role":"assistant","content":"Hey there"},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":18,"completion_tokens":9,"total_tokens":27},"system_fingerprint":null}`, `Hey there|||stop|18/9`)
		r.headers = []string{"openai-organization", "user-x", "openai-processing-ms", "952", "openai-version", "2020-10-01", "x-ratelimit-limit-requests", "10000", "x-ratelimit-limit-tokens", "10000", "x-ratelimit-remaining-requests", "9999", "x-ratelimit-remaining-tokens", "9594", "x-ratelimit-reset-requests", "8.64s", "x-ratelimit-reset-tokens", "2.436s", "x-request-id", "req_b3096fbb7647b93f6e34613ac64d4e58", "CF-Cache-Status", "DYNAMIC", "Server", "cloudflare"}
		return r
	}(),
	no(14, "14.6 browser-use web-ui 682", 400, "invalid_request", "no", `{"error":"Invalid JSON format inside chat api "}`),
	// 15. structured output json_schema response_format error
	re(15, "15.1 meridian 898", w(`{"content":"Here's a person for you:\n\n**Name:** Sarah Johnson\n**Age:** 32"}`, `"stop"`), "Here's a person for you:\n\n*Name:* Sarah Johnson\n*Age:* 32|||stop"),
	no(15, "15.2 meridian 930", 500, "server", "", `{"type":"error","error":{"type":"api_error","message":"Claude Code returned an error result: Reached maximum number of turns (2)"}}`),
	// 16. response_format json_object not supported
	no(16, "16.1 lmdeploy 4079", 500, "server", "", "Internal Server Error"),
	no(16, "16.2 mlx-vlm 1171", 400, "invalid_request", "no", `{"detail":"Unsupported response_format type: 'json_object'"}`),
	no(16, "16.3 openai-php 265", 400, "invalid_request", "no", `{"error":{"message":"'json_object' is not of type 'object' - 'response_format'","type":"invalid_request_error","param":null,"code":null}}`),
	no(16, "16.4 openai-php 259", 400, "invalid_request", "no", `{"error":{"message":"Invalid parameter: 'response_format' of type 'json_object' is not supported with this model.","type":"invalid_request_error","param":"response_format","code":null}}`),
	no(16, "16.5 llm 373", 400, "invalid_request", "no", `{"error":{"message":"'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.","type":"invalid_request_error","param":"messages","code":null}}`),
	no(16, "16.6 openai-php 371", 400, "invalid_request", "no", `{"error":{"message":"Invalid value: 'json_format'. Supported values are: 'text' and 'json_object'.","type":"invalid_request_error","param":"response_format.type","code":"invalid_value"}}`),
	// 17. vision image_url error openai compatible api
	no(17, "17.1 gpt4free 2249", 422, "invalid_request", "no", `{"detail":[{"type":"string_type","loc":["body","messages",0,"content"],"msg":"Input should be a valid string","input":[{"type":"text","text":"hi"}]}]}`),
	no(17, "17.2 openclaude 1663", 400, "invalid_request", "no", `{"error":{"code":"400","message":"Param Incorrect","param":"text is not set","type":""}}`),
	no(17, "17.3 skales 190", 404, "not_found", "no", "<!DOCTYPE html><html><head><title>404: This page could not be found</title></head><body>404</body></html>"),
	no(17, "17.4 openedai-vision 4", 500, "server", "", "Internal Server Error"),
	// 18. none. 19. error in the middle of stream openai api
	no(19, "19.1 openai-python 1160", 0, "invalid_request", "no", ev(`{"error":{"object":"error","message":"logprobs are not supported by this model","type":"BadRequestError","param":"logprobs","code":400}}`, end)),
	no(19, "19.2 Bamboo-agent 383", 0, "server|upstream|stream_interrupted", "", ev(d(`{"role":"assistant","content":"he"}`), `{"error":{"message":"upstream stream failed: connection reset","type":"api_error"}}`, end)).keeps("he"),
	no(19, "19.3 octo-agent 910", 0, "server|upstream", "", ev(d(`{"content":"he"}`), `{"error":{"message":"Internal error occurred, please retry","type":"internal_error","code":"internal_error"}}`)).keeps("he"),
	no(19, "19.4 mistral.rs fork 57", 0, "stream_interrupted", "", ev(d(`{"content":"he"}`))).keeps("he"),
	no(19, "19.5 vercel ai 2720", 0, "upstream|server", "", ev(`{"error":{"message":"Provider returned error","code":502}}`)),
	// 20. validation error parsing chat completion response openai client
	no(20, "20.1 FastChat 1075", 400, "invalid_request|not_found", "no", `{"object":"error","message":"Only vicuna-7b-v1.1 allowed now, your model vicuna-7b-v1.0","code":40301}`),
	re(20, "20.2 openai-python 1763", w(`{"role":"assistant","content":"\n   \n\n \n   \n\n ","refusal":null}`, `"length"`), "\n   \n\n \n   \n\n |||length").or("no_content", "no").checked("incomplete|no_content"),
	no(20, "20.3 agentlily 276", 0, "no_content|malformed", "", `{"id":"c","object":"chat.completion","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":0,"total_tokens":3}}`),
	no(20, "20.4 gpt4all 1317", 500, "server", "yes", "Internal Server Error"),
	no(20, "20.5 mlc-llm 581", 500, "server", "yes", "Internal Server Error"),
	re(20, "20.6 openai-dotnet 350", w(`{"role":"assistant","content":"hey"}`, `"stop"`)+"\n"+w(`{"role":"assistant","content":"hey"}`, `"stop"`), `hey|||stop`).or("malformed", ""),
}

package behaviour_test

// besideClientAnswerRows are threads that looking up the others brought; nobody drew them.
var besideClientAnswerRows = []answerRow{
	st("zed 63137", ev(d(`{"role":"assistant","content":"hey"}`), f("stop"), `{"id":"chatcmpl-RmGAY4pSPaObni2zbKNI0dFb","object":"chat.completion.chunk","created":1787572480,"model":"deepseek-v4-flash","choices":[],"usage":{"prompt_tokens":67860,"completion_tokens":1281,"total_tokens":69141,"prompt_tokens_details":{"cached_tokens":61952,"cache_write_tokens":null}}}`, end), `hey|||stop|67860/1281`).counting("67860/1281/69141/61952/0"),
	st("litellm 29286", ev(d(`{"role":"assistant","content":"he","tool_calls":[]}`), d(`{"content":"y","tool_calls":[]}`), f("stop"), end), `hey|||stop`),
	both("localforge 32", w(`{"role":"assistant","content":"I will create it.","tool_calls":[{"type":"function","id":"123456789","function":{"name":"bash","arguments":"{\"command\":\"ls\"}"}}]}`, `"tool_calls"`), ev(d(`{"role":"assistant","content":"I will create it."}`), tc(`{"index":0,"id":"123456789","type":"function","function":{"name":"bash","arguments":""}}`), tc(`{"index":0,"type":"function","function":{"name":"","arguments":"{\"command\":"}}`), tc(`{"index":0,"type":"function","function":{"name":"","arguments":"\"ls\"}"}}`), f("tool_calls"), end), `I will create it.||123456789,bash,{"command":"ls"}|tool_calls`),
	st("python-genai 2868", ev(`{"choices":[{"delta":{"role":"assistant","tool_calls":[{"function":{"arguments":"{\"city\":\"Paris\"}","name":"get_weather"},"id":"function-call-1","index":0,"type":"function"}]},"index":0}],"model":"gemini-2.5-flash","object":"chat.completion.chunk"}`, `{"choices":[{"delta":{"role":"assistant"},"finish_reason":"stop","index":0}],"model":"gemini-2.5-flash","object":"chat.completion.chunk"}`, end), `||function-call-1,get_weather,{"city":"Paris"}|stop`),
	func() answerRow {
		r := st("spring-ai 3964", ev(d(`{"role":"assistant","reasoning_content":"hm"}`))).or("stream_interrupted|connection", "")
		r.cut = "eof"
		return r
	}(),
	st("spring-ai 6374", ev(tc(`{"index":0,"id":"call_1d70a7ee36be43c286e4ddc7","type":"function","function":{"name":"show_options","arguments":""}}`), tc(`{"index":0,"id":"","type":"function","function":{"name":"","arguments":"{"}}`), tc(`{"index":0,"id":"","type":"function","function":{"name":"","arguments":"\"options\": [\"美人\"]}"}}`), f("tool_calls"), end), `||call_1d70a7ee36be43c286e4ddc7,show_options,{"options": ["美人"]}|tool_calls`),
	st("langchain4j 4573", ev(tc(`{"index":null,"id":"f1","type":"function","function":{"name":"a","arguments":"{}"}}`), tc(`{"index":null,"id":"f2","type":"function","function":{"name":"b","arguments":"{\"x\":1}"}}`), f("tool_calls"), end), `||f1,a,{};f2,b,{"x":1}|tool_calls`),
	wh("kilocode 12541", `{"object":"billing.summary","model":"m","usage":{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15},"cost":{"total":0.001}}`).or("malformed|no_content", ""),
	st("kilocode 12541 in a stream", ev(d(`{"role":"assistant","content":"hey"}`), f("stop"), `{"object":"billing.summary","model":"m","usage":{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15},"cost":{"total":0.001}}`, end), `hey|||stop|10/5`),
	er("pydantic-ai 527", 200, `{"error":{"message":"Provider returned error","code":429,"metadata":{"raw":"{\n  \"error\": {\n    \"code\": 429,\n    \"message\": \"Quota exceeded for aiplatform.googleapis.com/generate_content_requests_per_minute_per_project_per_base_model with base model: gemini-experimental. Please submit a quota increase request. https://cloud.google.com/vertex-ai/docs/generative-ai/quotas-genai.\",\n    \"status\": \"RESOURCE_EXHAUSTED\"\n  }\n}\n","provider_name":"Google"}},"user_id":"user_2"}`, "rate_limit", "yes"),
	er("pydantic-ai 2323", 200, `{"error":{"message":"Internal Server Error","code":500},"user_id":"u"}`, "server|upstream", "yes"),
	er("llama.cpp 25515", 400, `{"error":{"code":400,"message":"Field 'temperature': [json.exception.type_error.302] type must be number, but is null","type":"invalid_request_error"}}`, "invalid_request", "no"),
	er("n8n 30693", 400, ``, "invalid_request|malformed", "no"),
	er("n8n 30693 detail", 400, `{"detail":"'NoneType' object has no attribute 'startswith'"}`, "invalid_request|server", ""),
	er("hass_local_openai_llm 18", 500, `{"error":{"code":500,"message":"Message has tool role, but there was no previous assistant message with a tool call! at row 319, column 120:\n {%- if last_tool_call.name is none %}\n {{- raise_exception(\"Message has tool role, but there was no previous assistant message with a tool call!\") }}\n ^\n {%- endif %}\n","type":"server_error"}}`, "invalid_request", "no"),
	st("unmute 80", ev(d(`{"role":"assistant","content":null}`), d(`{"content":"Hi"}`), d(`{"content":" "}`), d(`{"content":"you"}`), f("stop"), end), `Hi you|||stop`),
	st("apogee 139", "data: "+d(`{"role":"assistant","content":null}`)+"\n\ndata: "+d(`{"content":" "}`)+"\n\ndata: "+d(`{"content":"x"}`)+"\n\ndata: "+f("stop")+"\n\ndata: [DONE]", ` x|||stop`),
	st("lemonade 3440", ev(d(`{"role":"assistant","content":null}`), d(`{"role":null,"content":"hey"}`), d(`{"role":null,"content":"!"}`), f("stop"), end), `hey!|||stop`),
	st("harness-sdk 3955", ev(d(`{"role":"assistant","content":"hey"}`), f("stop"), `{"usage":{"prompt_tokens":4,"completion_tokens":1,"total_tokens":5}}`, end), `hey|||stop|4/1`),
	both("llama-cpp-python 1195", `{"id":"chatcmpl-1","object":"chat.completion","created":1708000000,"model":"mixtral","choices":[{"index":0,"message":{"content":"","role":"assistant"},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":33,"completion_tokens":1,"total_tokens":34}}`, ev(d(`{"role":"assistant"}`), d(`{"content":""}`), f("stop"), end), `|||stop`, `|||stop|33/1`).upTo(2).checked("no_content").or("no_content", "yes"),
	er("ai_agent_ha 32", 405, `405 method not allowed`, "invalid_request|not_found", "no"),
	er("django-chatbot 8", 400, `{"error":{"message":"you must provide a model parameter","type":"invalid_request_error","param":null,"code":null}}`, "invalid_request", "no"),
	er("lmstudio-bug-tracker 169", 400, `{"error":"'response_format.type' must be 'json_schema'"}`, "invalid_request", "no"),
	er("letta 1876", 404, `{"error":{"message":"Model \"local model\" not found. Please specify a valid model.\n\nYour models:\n\ntext-embedding-nomic-embed-text-v1.5\nh...-7b@q6_k","type":"invalid_request_error","param":"model","code":"model_not_found"}}`, "not_found", "no"),
	er("azure-openai-ha 146", 400, `{"error":{"message":"Invalid schema for function 'HassStartTimer': schema must have type 'object' and not have 'oneOf'/'anyOf'/'allOf'/'enum'/'not' at the top level.","type":"invalid_request_error","param":"tools[4].parameters","code":"invalid_function_parameters"}}`, "invalid_request", "no"),
	er("razorpay-mcp-server 43", 400, `{"error":{"message":"{\"error\":{\"message\":\"Invalid schema for function 'fetch_all_orders': In context=('properties', 'expand'), array schema missing items.\",\"code\":\"invalid_function_parameters\"}}\n","type":"error"}}`, "invalid_request", "no"),
	st("explyt 83", ev(`{"id":"c","choices":[{"index":0,"delta":null,"finish_reason":null}]}`, d(`{"role":"assistant","content":"hey"}`), `{"id":"c","choices":[{"index":0,"delta":null,"finish_reason":"stop"}]}`, end), `hey|||stop`),
	wh("explyt 71", `{"id":"c","choices":[{"index":0,"message":null,"finish_reason":"stop"}]}`).or("no_content|malformed", ""),
	er("letta 1108", 404, `{"detail":"Not Found"}`, "not_found", "no"),
	er("deepseek4j 9", 422, `Failed to deserialize the JSON body into the target type: missing field `+"`model`"+` at line 10 column 1`, "invalid_request", "no"),
	func() answerRow {
		r := wh("spring-ai 5022", `{"id":"c","choices":[{"index":0,"message":{"role":"assistant","content":"The`).or("connection|stream_interrupted|malformed", "")
		r.cut = "reset"
		return r
	}(),
	er("spring-ai 5963", 400, `{"error":{"message":"The `+"`reasoning_content`"+` in the thinking mode must be passed back to the API.","type":"invalid_request_error","param":null,"code":"invalid_request_error"}}`, "invalid_request", "no"),
	er("langchain4j 5107", 200, `{"error":"invalid character '\\n' in string literal"}`, "server|upstream|malformed|invalid_request|unknown", ""),
	er("instructor 155", 400, `{"error":{"message":"Unrecognized request argument supplied: functions","type":"invalid_request_error","param":null,"code":null}}`, "invalid_request", "no"),
	er("BetterChatGPT 248", 422, `{"detail":[{"loc":["body","max_tokens"],"msg":"none is not an allowed value","type":"type_error.none.not_allowed"}]}`, "invalid_request", "no"),
	wh("spring-ai 827", `{"id":"c","object":"chat.completion","model":"gpt-4","choices":null}`).or("no_content|malformed", ""),
	both("litellm 15233", w(`{"role":"assistant","content":"Hi.","reasoning_content":"**Initiating**\n\nOkay"}`, `"stop"`), ev(d(`{"role":"assistant","content":"<think>**Initiating**\n\nOkay"}`), d(`{"content":"</think>Hi."}`), f("stop"), end), "Hi.|**Initiating**\n\nOkay||stop", "<think>**Initiating**\n\nOkay</think>Hi.|||stop"),
	both("n8n 12714", `{"id":"chatcmpl-ArZStEFgqUjpXKQSEzlthubVcdi","object":"chat.completion","created":1737331075,"model":"gpt-3.5-turbo-0125","choices":[{"index":0,"message":{"role":"assistant","content":"Hello! How can I assist you today?","refusal":null},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":8,"completion_tokens":10,"total_tokens":18,"prompt_tokens_details":{"cached_tokens":0,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":0,"audio_tokens":0,"accepted_prediction_tokens":0,"rejected_prediction_tokens":0}},"service_tier":"default","system_fingerprint":null}`, ev(d(`{"role":"assistant","content":"Hello! How can I assist you today?","refusal":null}`), f("stop"), u(`{"prompt_tokens":8,"completion_tokens":10,"total_tokens":18}`), end), `Hello! How can I assist you today?|||stop|8/10`),
	// What the model wrote decides nothing.
	er("ogx 4807, about a quota", 400, `{"error":{"message":"unexpected tokens remaining in message header: Some(\"tell them: You exceeded your current quota, please check your plan and billing details.\")","type":"BadRequestError","param":null,"code":400}}`, "invalid_request", "no"),
	st("ogx 4807, about a limit, in a stream", ev(d(`{"role":"assistant","content":"he"}`), `{"error":{"message":"unexpected tokens remaining in message header: Some(\"This model's maximum context length is 4096 tokens, reduce the length of the messages\")","type":"InternalServerError","param":null,"code":500}}`)).or("server|upstream|stream_interrupted", "").keeps("he"),
	er("QwenPaw 3560, about a wait", 500, `{"error":{"code":500,"message":"Failed to parse input at pos 12: <tool_call>{\"error\":{\"code\":\"insufficient_quota\",\"message\":\"try again in 3h\"}}","type":"server_error"}}`, "server", "yes"),
}

package behaviour_test

var doorAnswerRows = []answerRow{
	// 1 Cloudflare AI Gateway Workers AI chat completions reply shape streaming
	er("01 cloudflare-docs 15116", 502, `{"result":null,"success":false,"errors":[{"code":7009,"message":"Upstream service unavailable"}],"messages":[]}`, "upstream", "yes"),
	both("01 Portkey gateway 1691", `{"id":"c","object":"chat.completion","created":1781400000,"model":"@cf/meta/llama-4-scout-17b-16e-instruct","provider":"workers-ai","choices":[{"index":0,"message":{"role":"assistant","content":"Hello!","refusal":null,"reasoning_content":null,"tool_calls":[]},"logprobs":null,"finish_reason":"stop","stop_reason":null}],"usage":{"prompt_tokens":11,"completion_tokens":3,"total_tokens":14}}`,
		ev(d(`{"role":"assistant","content":""}`), d(`{"content":"Hello!"}`), f("stop"), u(`{"prompt_tokens":11,"completion_tokens":3,"total_tokens":14}`), end), `Hello!|||stop|11/3`).counting("11/3/14/0/0"),
	// 2 Vercel AI Gateway chat completions response usage or tool calls problem
	er("02 vercel ai 8815", 400, `{"error":{"message":"Invalid input","type":"invalid_request_error","param":null,"code":null}}`, "invalid_request", "no"),
	er("02 LibreChat 9743", 405, ``, "invalid_request", "no"),
	er("02 hermes-agent 32330", 400, `{"error":{"message":"Please ensure that the number of function response parts is equal to the number of function call parts of the function call turn.","type":"invalid_request_error","param":null,"code":"400"}}`, "invalid_request", "no"),
	both("02 vercel ai 12218", w(`{"role":"assistant","content":null,"tool_calls":[`+callOf("call_1", "getWeather", `{\"city\":\"Seoul\"}`)+`]}`, `"stop"`), ev(tc(callOf("call_1", "getWeather", `{\"city\":\"Seoul\"}`)), f("stop"), end),
		`||call_1,getWeather,{"city":"Seoul"}|stop`),
	st("02 vercel ai 10717", ev(d(`{"role":"assistant","content":""}`), tc(callOf("call_1", "search", `{\"q\":\"a\"}`)))).or("stream_interrupted", "no"),
	// 3 Portkey gateway streamed chunk missing or changed
	st("03 Portkey gateway 1072", ev(d(`{"role":"assistant","content":"One"}`),
		`{"id":"chatcmpl-e7ebbb57-834f-48fa-bc73-5abb960c78b5","object":"chat.completion.chunk","created":1745935006,"model":"llama-3.3-70b-versatile","system_fingerprint":"fp_3f3b593e33","choices":[{"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"}],"x_groq":{"id":"req_01jt0xby4ffanamrs6m40mv0fy","usage":{"queue_time":0.09,"prompt_tokens":45,"prompt_time":0.002,"completion_tokens":61,"completion_time":0.22,"total_tokens":106,"total_time":0.224}}}`,
		`{"id":"chatcmpl-e7ebbb57-834f-48fa-bc73-5abb960c78b5","object":"chat.completion.chunk","created":1745935006,"model":"llama-3.3-70b-versatile","system_fingerprint":"fp_3f3b593e33","choices":[],"usage":{"queue_time":0.09,"prompt_tokens":45,"prompt_time":0.002,"completion_tokens":61,"completion_time":0.22,"total_tokens":106,"total_time":0.224}}`, end), `One|||stop|45/61`).counting("45/61/106/0/0"),
	st("03 adaline gateway 29", ": OPENROUTER PROCESSING\n\n: OPENROUTER PROCESSING\n\n"+ev(d(`{"role":"assistant","content":"Hel"}`), d(`{"role":"assistant","content":"lo"}`), f("stop"), end), `Hello|||stop`).bytewise(),
	st("03 Portkey gateway 1627", ev(d(`{"role":"assistant"}`), d(`{"content":"Hi"}`), f("stop"), `{"id":"c","object":"chat.completion.chunk","model":"accounts/fireworks/models/kimi","choices":[]}`, `{"id":"c","object":"chat.completion.chunk","model":"accounts/fireworks/models/kimi","usage":{"prompt_tokens":9,"completion_tokens":2,"total_tokens":11}}`, end), `Hi|||stop|9/2`),
	// 4 new-api one-api channel converts Claude or Gemini reply wrongly
	er("04 new-api 1854", 400, `{"error":{"message":"Error from provider(claude,claude-neptune-v5: 400): {\"error\":{\"message\":\"messages: text content blocks must be non-empty\",\"type\":\"invalid_request_error\",\"param\":\"\",\"code\":null}}Error: Error from provider(claude,claude-neptune-v5: 400): {\"error\":{\"message\":\"messages: text content blocks must be non-empty\",\"type\":\"invalid_request_error\",\"param\":\"\",\"code\":null}}\n    at nt (/app/cli.js:77797:11)\n    at l0 (/app/cli.js:77855:11)\n    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)\n    at async a0 (/app/cli.js:77822:96)","type":"api_error","code":"provider_response_error"}}`, "invalid_request", "no"),
	plain("04 new-api 5530", `<think>\nLet me `, `see.\n</think>\n\nFour.`, "<think>\nLet me see.\n</think>\n\nFour.|||stop"),
	er("04 lobehub 9103", 400, `{"error":{"message":"Invalid JSON payload received. Unknown name \"$schema\" at 'tools[0].function_declarations[0].parameters': Cannot find field.\nInvalid JSON payload received. Unknown name \"additionalProperties\" at 'tools[0].function_declarations[0].parameters': Cannot find field. (request id: 20250905164107174226118WE63ecvr)","type":"gemini_error","param":"INVALID_ARGUMENT","code":400}}`, "invalid_request", "no"),
	// 5 Vertex AI endpoints/openapi chat completions stream extra_content thought_signature
	st("05 pi 294", ev(tc(`{"index":0,"id":"function-call-1394817398","type":"function","function":{"name":"bash","arguments":"{\"command\":\"ls\"}"},"extra_content":{"google":{"thought_signature":"CiQBjz1rX"}}}`), f("tool_calls"), end), `||function-call-1394817398,bash,{"command":"ls"}|tool_calls`).sendingBack(`"thought_signature":"CiQBjz1rX"`),
	both("05 pi 6733", w(`{"role":"assistant","content":null,"tool_calls":[{"id":"call_v","type":"function","function":{"name":"bash","arguments":"{\"command\":\"ls\"}"},"extra_content":{"vertex":{"thought_signature":"AY89a18IwQsQ8in"}}}]}`, `"tool_calls"`),
		ev(tc(`{"index":0,"id":"call_v","type":"function","function":{"name":"bash","arguments":"{\"command\":\"ls\"}"},"extra_content":{"vertex":{"thought_signature":"AY89a18IwQsQ8in"}}}`), f("tool_calls"), end), `||call_v,bash,{"command":"ls"}|tool_calls`).sendingBack(`"vertex":{"thought_signature":"AY89a18IwQsQ8in"}`),
	er("05 9router 388", 400, `[{"error":{"code":400,"message":"Unable to submit request because Thought signature is not valid.. Learn more: https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/gemini","status":"INVALID_ARGUMENT"}}]`, "invalid_request", "no"),
	// 6 NVIDIA NIM chat completions response tool call or reasoning
	both("06 hermes-agent 92359", w(`{"role":"assistant","content":"","reasoning_content":"I should list.","tool_calls":[`+callOf("chatcmpl-tool-1", "ls", `{}`)+`]}`, `"tool_calls"`),
		ev(d(`{"role":"assistant","reasoning_content":"I should "}`), d(`{"reasoning_content":"list."}`), tc(callOf("chatcmpl-tool-1", "ls", `{}`)), f("tool_calls"), end), `|I should list.|chatcmpl-tool-1,ls,{}|tool_calls`).sendingBack(`"reasoning_content":"I should list."`),
	both("06 hermes-agent 19888", w(`{"role":"assistant","content":"4","reasoning_content":null,"tool_calls":[]}`, `"stop"`), ev(d(`{"role":"assistant","content":null,"reasoning_content":null}`), d(`{"content":"4","reasoning_content":null}`), f("stop"), end), `4|||stop`),
	plain("06 Roo-Code 10349", `I'll examine the Agent class file.\n\n<function_calls>\n<invoke name=\"read_file\">{\n\"files\": [\n{\n\"path\": `, `\"core/agent.py\"\n}\n]\ninvoke>\n</function_calls>`, "I'll examine the Agent class file.\n\n<function_calls>\n<invoke name=\"read_file\">{\n\"files\": [\n{\n\"path\": \"core/agent.py\"\n}\n]\ninvoke>\n</function_calls>|||stop"),
	// 7 Cerebras or SambaNova or Groq chat answer malformed chunk
	er("07 SillyTavern 3058", 404, `Not Found`, "not_found", "no"),
	er("07 rlm 54", 400, `{"error":{"message":"Tool choice is none, but model called a tool","type":"invalid_request_error","code":"tool_use_failed","failed_generation":"{\"name\": \"repl\", \"arguments\": {\"code\":\"print(1)\"}}"}}`, "upstream", "yes"),
	// 8, 9: nothing
	// 10 TensorRT-LLM trtllm-serve openai server chat response incorrect
	plain("10 TensorRT 4855", `10`, `0`, `100|||stop`),
	er("10 jan 2834", 500, ``, "server", "yes"),
	// 11 model answer stops in the middle of a word without error
	func() answerRow {
		r := st("11 alma-releases 24", ev(d(`{"role":"assistant","content":"首先，我们"}`), d(`{"content":"需要"}`))).or("stream_interrupted", "no").keeps("首先，我们需要")
		r.cut = "eof"
		return r
	}(),
	// 12 assistant message has both text and function call, client loses one
	both("12 langchaingo 251", w(`{"role":"assistant","content":null,"function_call":{"name":"getCurrentWeather","arguments":"{\"location\":\"Boston\"}"}}`, `"function_call"`),
		ev(d(`{"role":"assistant","content":null,"function_call":{"name":"getCurrentWeather","arguments":""}}`), d(`{"function_call":{"arguments":"{\"location\":"}}`), d(`{"function_call":{"arguments":"\"Boston\"}"}}`), f("function_call"), end), `|||function_call`).sendingBack(`"function_call":{"name":"getCurrentWeather","arguments":"{\"location\":\"Boston\"}"}`),
	both("12 xuan 152", w(`{"role":"assistant","content":"Let me check.","tool_calls":[`+callOf("call_1", "ls", `{}`)+`]}`, `"tool_calls"`), ev(d(`{"role":"assistant","content":"Let me "}`), d(`{"content":"check."}`), tc(callOf("call_1", "ls", `{}`)), f("tool_calls"), end), `Let me check.||call_1,ls,{}|tool_calls`).sendingBack(`"content":"Let me check."`, `"tool_calls":[`),
	plain("12 command-code 820", `The blue `, `whale.`, `The blue whale.|||stop`).sendingBack(`"content":"The blue whale."`),
	both("12 openclaw 92199", w(`{"role":"assistant","content":"我来克隆项目。","tool_calls":[`+callOf("call_00_x", "exec", `{\"cmd\":\"git clone\"}`)+`]}`, `"tool_calls"`), ev(d(`{"role":"assistant","content":""}`), d(`{"content":"我来克隆"}`), d(`{"content":"项目。"}`), tc(callOf("call_00_x", "exec", "")), tc(`{"index":0,"function":{"arguments":"{\"cmd\":\"git clone\"}"}}`), f("tool_calls"), end), `我来克隆项目。||call_00_x,exec,{"cmd":"git clone"}|tool_calls`),
	// 13 arguments of function call come back as empty string or object
	calling("13 simple-openai 166", "now", ``, `||call_1,now,|tool_calls`),
	// 14 number of completion tokens is higher than what was shown, reasoning_tokens
	countedOf("14 llmgateway 571", `{"prompt_tokens":10,"completion_tokens":20,"total_tokens":60,"completion_tokens_details":{"reasoning_tokens":30}}`, `10/50`, `10/50/60/0/30`),
	both("14 vllm 28266", w(`{"role":"assistant","content":null,"reasoning_content":"Okay, so"}`, `"length"`), ev(d(`{"role":"assistant","content":""}`), d(`{"reasoning_content":"Okay, so"}`), f("length"), end), `|Okay, so||length`).checked("incomplete"),
	wh("14 litellm-docs 559", `{"id":"c","model":"kimi-k2.5","choices":[{"index":0,"message":{"role":"assistant","content":"","reasoning_content":"The user"},"finish_reason":"length"}],"usage":{"prompt_tokens":14,"completion_tokens":200,"total_tokens":214,"completion_tokens_details":{"reasoning_tokens":199}}}`, `|The user||length|14/200`).checked("incomplete").counting("14/200/214/0/199"),
	countedOf("14 clarifai-python 978", `{"prompt_tokens":20,"completion_tokens":424,"total_tokens":1016}`, `20/424`, `20/424/1016/0/0`),
	st("14 sglang 17156", ev(`{"id":"adedbdab43f44588b8578f75c6f7741e","object":"chat.completion.chunk","created":1768483467,"model":"base-model","choices":[{"index":0,"delta":{"role":null,"content":null,"reasoning_content":"中立的","tool_calls":null},"logprobs":null,"finish_reason":null,"matched_stop":null}],"usage":{"prompt_tokens":29,"total_tokens":134,"completion_tokens":105,"prompt_tokens_details":null,"reasoning_tokens":105}}`,
		`{"id":"adedbdab43f44588b8578f75c6f7741e","object":"chat.completion.chunk","created":1768483468,"model":"base-model","choices":[{"index":0,"delta":{"role":null,"content":"好","reasoning_content":null,"tool_calls":null},"logprobs":null,"finish_reason":null,"matched_stop":null}],"usage":{"prompt_tokens":29,"total_tokens":136,"completion_tokens":107,"prompt_tokens_details":null,"reasoning_tokens":105}}`,
		`{"id":"adedbdab43f44588b8578f75c6f7741e","object":"chat.completion.chunk","created":1768483468,"model":"base-model","choices":[{"index":0,"delta":{"role":null,"content":null,"reasoning_content":null,"tool_calls":null},"logprobs":null,"finish_reason":"stop","matched_stop":151645}],"usage":null}`,
		`{"id":"adedbdab43f44588b8578f75c6f7741e","object":"chat.completion.chunk","created":1768483468,"model":"base-model","choices":[],"usage":{"prompt_tokens":29,"total_tokens":136,"completion_tokens":107,"prompt_tokens_details":null,"reasoning_tokens":105}}`, end), `好|中立的||stop|29/107`).counting("29/107/136/0/105"),
	// 15 TypeError NoneType object is not subscriptable choices chat answer
	er("15 QAnything 225", 400, `{"object":"error","message":"This model's maximum context length is 4096 tokens. However, your messages resulted in 5012 tokens. Please reduce the length of the messages.","code":40303}`, "context_length", "no"),
	st("15 ChatGPT-Telegram-Bot 26", ev(`{"id":"c","object":"chat.completion.chunk","choices":null}`, d(`{"role":"assistant","content":"你好"}`), f("stop"), end), `你好|||stop`),
	wh("15 sublime-nano-bots 4", `{"id":"chatcmpl-1","object":"chat.completion","created":1708400000,"model":"mistral","choices":null}`).or("no_content", "yes"),
	// 16 picture sent as base64 data url, model says it cannot see image
	plain("16 cursor-api 34", `抱歉，我无法`, `查看图片。`, `抱歉，我无法查看图片。|||stop`),
	er("16 cline-based-code-generator 195", 400, `{"error":"'url' field must be a base64 encoded image."}`, "invalid_request", "no"),
	// 17, 18, 19, 20: nothing
	// 21 GitHub Models or Copilot proxy chat reply first chunk empty choices
	st("21 any-llm 515", ev(d(`{"role":"assistant","content":"Hi"}`), f("stop"), `{"id":"c","object":"chat.completion.chunk","choices":[]}`, end), `Hi|||stop`),
	st("21 ai-dial-adapter-openai 82", ev(`{"id":"","object":"","created":0,"model":"","prompt_annotations":[{"prompt_index":0,"content_filter_results":{}}],"choices":[],"usage":null}`, d(`{"role":"assistant"}`), d(`{"content":"Hi"}`), f("stop"), end), `Hi|||stop`),
	st("21 opencode 43585", ev(`{"object":"chat.completion.chunk","choices":[]}`, `{"object":"chat.completion.chunk","choices":[]}`, `{"choices":[{"index":0,"delta":{"content":"Hello!"}}]}`, `{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}`, end), `Hello!|||stop`),
	st("21 CopilotChat.nvim 12", ev(`{"choices":[],"created":0,"id":"","prompt_filter_results":[{"content_filter_results":{"hate":{"filtered":false,"severity":"safe"}},"prompt_index":0}]}`, `{"choices":[{"index":0,"delta":{"content":"","role":"assistant"}}],"created":1704700000,"id":"chatcmpl-8"}`, `{"choices":[{"index":0,"delta":{"content":"Yes"}}],"created":1704700000,"id":"chatcmpl-8"}`, `{"choices":[{"index":0,"finish_reason":"stop","delta":{"content":null}}],"created":1704700000,"id":"chatcmpl-8"}`, end), `Yes|||stop`),
	st("21 CopilotChat.nvim 619", ev(`{"choices":[{"index":0,"content_filter_offsets":{"check_offset":37000,"start_offset":37192,"end_offset":37293},"content_filter_results":{"error":{"code":"","message":""},"hate":{"filtered":false,"severity":"safe"},"self_harm":{"filtered":false,"severity":"safe"},"sexual":{"filtered":false,"severity":"safe"},"violence":{"filtered":false,"severity":"safe"}},"delta":{"content":" integrating"}}],"created":1732657164,"id":"chatcmpl-AXxZEKJj4MoCfYMuFc74JR3zhdtyY","model":"gpt-4o-2024-05-13","system_fingerprint":"fp_04751d0b65"}`,
		`{"choices":[{"index":0,"content_filter_offsets":{"check_offset":37000,"start_offset":37192,"end_offset":37293},"content_filter_results":{"error":{"code":"","message":""},"hate":{"filtered":false,"severity":"safe"}},"delta":{"content":" Git"}}],"created":1732657164,"id":"chatcmpl-AXxZEKJj4MoCfYMuFc74JR3zhdtyY","model":"gpt-4o-2024-05-13","system_fingerprint":"fp_04751d0b65"}`,
		`{"choices":[{"finish_reason":"stop","index":0,"content_filter_offsets":{"check_offset":37000,"start_offset":37192,"end_offset":37293},"content_filter_results":{"error":{"code":"","message":""},"hate":{"filtered":false,"severity":"safe"}},"delta":{"content":null}}],"created":1732657164,"id":"chatcmpl-AXxZEKJj4MoCfYMuFc74JR3zhdtyY","usage":{"completion_tokens":2,"prompt_tokens":9000,"total_tokens":9002},"model":"gpt-4o-2024-05-13","system_fingerprint":"fp_04751d0b65"}`, end), ` integrating Git|||stop|9000/2`),
	// 22 Ollama cloud gpt-oss chat reply thinking field
	plain("22 granite-guardian 35", `<score> `, `no </score>`, `<score> no </score>|||stop`),
	// 23: nothing
	// 24 Bedrock OpenAI-compatible endpoint reasoning tags in reply
	both("24 lightspeed-service 3084", w(`{"role":"assistant","content":"Four.","reasoning":"2 plus 2."}`, `"stop"`), ev(d(`{"role":"assistant","content":""}`), d(`{"reasoning":"2 plus "}`), d(`{"reasoning":"2."}`), d(`{"content":"Four."}`), f("stop"), end), `Four.|2 plus 2.||stop`),
	// 25 llama-server reasoning_format thinking lost after function result
	plain("25 millionaire-bench 3", `Okay, it is A.`, `</think>\n\nA`, "Okay, it is A.</think>\n\nA|||stop"),
	both("25 immich-video-memory-generator 600", w(`{"role":"assistant","content":"<think>The user wants"}`, `"length"`), ev(d(`{"role":"assistant","content":"<think>The user "}`), d(`{"content":"wants"}`), f("length"), end), `<think>The user wants|||length`).checked("incomplete"),
	both("25 openwhispr 2200", w(`{"role":"assistant","content":"","reasoning_content":"Thinking Process: 1. **Analyze the Request:**"}`, `"length"`), ev(d(`{"role":"assistant","content":null}`), d(`{"reasoning_content":"Thinking Process: 1. "}`), d(`{"reasoning_content":"**Analyze the Request:**"}`), f("length"), end), `|Thinking Process: 1. **Analyze the Request:**||length`).checked("incomplete"),
	wh("25 lmstudio-bug-tracker 1602", `{"id":"chatcmpl-x","object":"chat.completion","created":1772900000,"model":"qwen/qwen3.5-35b-a3b","choices":[{"index":0,"message":{"role":"assistant","content":"","reasoning_content":"Okay, I'll finalize on <plan>","tool_calls":[]},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":0,"completion_tokens":0,"total_tokens":0},"stats":{},"system_fingerprint":"qwen/qwen3.5-35b-a3b"}`, `|Okay, I'll finalize on <plan>||stop`).checked("no_content"),
	st("25 ellmer 674", ev(`{"id":"e671950f-5a26-4803-8884-9e4b28e7a36b","object":"chat.completion.chunk","created":1752865779,"model":"deepseek-reasoner","system_fingerprint":"fp_393bca965e_prod0623_fp8_kvcache","choices":[{"index":0,"delta":{"content":null,"reasoning_content":"3"},"logprobs":null,"finish_reason":null}]}`,
		`{"id":"e671950f-5a26-4803-8884-9e4b28e7a36b","object":"chat.completion.chunk","created":1752865779,"model":"deepseek-reasoner","system_fingerprint":"fp_393bca965e_prod0623_fp8_kvcache","choices":[{"index":0,"delta":{"content":null,"reasoning_content":", b="},"logprobs":null,"finish_reason":null}]}`,
		`{"id":"e671950f-5a26-4803-8884-9e4b28e7a36b","object":"chat.completion.chunk","created":1752865779,"model":"deepseek-reasoner","system_fingerprint":"fp_393bca965e_prod0623_fp8_kvcache","choices":[{"index":0,"delta":{"content":"7","reasoning_content":null},"logprobs":null,"finish_reason":null}]}`,
		`{"id":"e671950f-5a26-4803-8884-9e4b28e7a36b","object":"chat.completion.chunk","created":1752865779,"model":"deepseek-reasoner","system_fingerprint":"fp_393bca965e_prod0623_fp8_kvcache","choices":[{"index":0,"delta":{"content":"","reasoning_content":null},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":12,"completion_tokens":40,"total_tokens":52,"prompt_tokens_details":{"cached_tokens":0},"completion_tokens_details":{"reasoning_tokens":38},"prompt_cache_hit_tokens":0,"prompt_cache_miss_tokens":12}}`, end), `7|3, b=||stop|12/40`).counting("12/40/52/0/38"),
	// 26 SGLang function call parser separate_reasoning stream
	plain("26 sglang 14866", `<|action_start|> <|plugin|>\n{\"name\": \"get_weather\", `, `\"parameters\": {\"city\": \"Paris\"}}<|action_end|>`, "<|action_start|> <|plugin|>\n"+`{"name": "get_weather", "parameters": {"city": "Paris"}}<|action_end|>|||stop`),
	both("26 sglang 11764", w(`{"role":"assistant","content":null,"reasoning_content":"I call.<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>ls<｜tool▁sep｜>{}<｜tool▁call▁end｜><｜tool▁calls▁end｜>","tool_calls":null}`, `"stop"`), ev(d(`{"role":"assistant","reasoning_content":"I call."}`), d(`{"reasoning_content":"<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>ls<｜tool▁sep｜>{}<｜tool▁call▁end｜><｜tool▁calls▁end｜>"}`), f("stop"), end),
		`|I call.<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>ls<｜tool▁sep｜>{}<｜tool▁call▁end｜><｜tool▁calls▁end｜>||stop`).checked("no_content"),
	plain("26 sglang 7678", `<think>\nhm\n</think>\n<answer>\n`, `42\n</answer>`, "<think>\nhm\n</think>\n<answer>\n42\n</answer>|||stop"),
	plain("26 vllm-mlx 250", `<|tool_call>call:get_weather`, `{city:<|\"|>Paris<|\"|>}<tool_call|>`, `<|tool_call>call:get_weather{city:<|"|>Paris<|"|>}<tool_call|>|||stop`),
	// 27 LM Studio response usage stats or function call incomplete
	st("27 lmstudio-bug-tracker 676", ev(`{"id":"chatcmpl-um3b2l9t12bzrtha63q8","object":"chat.completion.chunk","created":1747835957,"model":"gemma-2-2b-it-abliterated","system_fingerprint":"gemma-2-2b-it-abliterated","choices":[{"index":0,"delta":{"role":"assistant","content":"Hello"},"logprobs":null,"finish_reason":null}]}`,
		`{"id":"chatcmpl-um3b2l9t12bzrtha63q8","object":"chat.completion.chunk","created":1747835957,"model":"gemma-2-2b-it-abliterated","system_fingerprint":"gemma-2-2b-it-abliterated","choices":[{"index":0,"delta":{"role":"assistant","content":"\n"},"logprobs":null,"finish_reason":null}]}`,
		`{"id":"chatcmpl-um3b2l9t12bzrtha63q8","object":"chat.completion.chunk","created":1747835957,"model":"gemma-2-2b-it-abliterated","system_fingerprint":"gemma-2-2b-it-abliterated","choices":[{"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"}]}`, end), "Hello\n|||stop"),
	wh("27 lmstudio-bug-tracker 601", `{"id":"chatcmpl-l","object":"chat.completion","created":1745000000,"model":"qwen2.5","choices":[{"index":0,"logprobs":null,"finish_reason":"stop","message":{"role":"assistant","content":"Hi"}}],"usage":{"prompt_tokens":10,"completion_tokens":2,"total_tokens":12},"stats":{},"system_fingerprint":"qwen2.5"}`, `Hi|||stop|10/2`),
	both("27 lmstudio-bug-tracker 1318", w(`{"role":"assistant","content":"Hello! It looks like...","tool_calls":[]}`, `"stop"`), ev(d(`{"role":"assistant","content":"Hello! ","tool_calls":[]}`), d(`{"content":"It looks like...","tool_calls":[]}`), f("stop"), end), `Hello! It looks like...|||stop`),
	plain("27 lmstudio-bug-tracker 126", `{\"name\": \"get_weather\", `, `\"parameters\": {\"city\": \"Paris\"}}`, `{"name": "get_weather", "parameters": {"city": "Paris"}}|||stop`),
	st("27 lmstudio-bug-tracker 649", ev(tc(`{"index":0,"id":"363920218","type":"function","function":{"name":"search_web","arguments":""}}`), tc(`{"index":0,"type":"function","function":{"name":"","arguments":"{\""}}`), tc(`{"index":0,"type":"function","function":{"name":"","arguments":"count"}}`), tc(`{"index":0,"type":"function","function":{"name":"","arguments":"\":"}}`), tc(`{"index":0,"type":"function","function":{"name":"","arguments":"5}"}}`), f("tool_calls"), end), `||363920218,search_web,{"count":5}|tool_calls`),
	// 28: nothing
	// 29 Portkey gateway bug response finish_reason or tool_calls provider
	both("29 llmgateway 581", w(`{"role":"assistant","content":null,"tool_calls":[`+callOf("toolu_1", "ls", `{}`)+`]}`, `"tool_use"`), ev(tc(callOf("toolu_1", "ls", `{}`)), f("tool_use"), end), `||toolu_1,ls,{}|tool_use`),
	plain("29 Portkey gateway 1555", `I would call `, `get_weather.`, `I would call get_weather.|||stop`),
	both("29 Portkey gateway 1269", w(`{"role":"assistant","content":null,"tool_calls":[`+callOf("call_1", "Report", `{\"title\": \"Quarter`)+`]}`, `"length"`), ev(tc(callOf("call_1", "Report", "")), tc(`{"index":0,"function":{"arguments":"{\"title\": \"Quarter"}}`), f("length"), end), `||call_1,Report,{"title": "Quarter|length`).checked("incomplete"),
	wh("29 llmgateway 3492", w(`{"role":"assistant","content":"Hi"}`, `"end_turn"`), `Hi|||end_turn`),
	// 30 new-api 流式 tool_calls usage 转换 bug
	er("30 new-api 2291", 400, `{"error":{"message":"\"messages\" in request are illegal.","type":"bad_response_status_code","param":"","code":"bad_response_status_code"}}`, "invalid_request", "no"),
	st("30 vllm 41182", ev(d(`{"role":"assistant","content":""}`), d(`{"content":"I will look it up."}`), f("tool_calls"), end), `I will look it up.|||tool_calls`),
	st("30 vercel ai 981", ev(d(`{"role":"assistant","content":null}`), tc(callOf("call_1", "draw", `{\"location\":\"corgi,solo,cutest dog,brown fur,black eyes\"}`)), f("tool_calls"), end), `||call_1,draw,{"location":"corgi,solo,cutest dog,brown fur,black eyes"}|tool_calls`),
	// 31 LiteLLM proxy /v1/chat/completions wrong reasoning_content Vertex
	er("31 litellm 29298", 400, `{"error":{"message":"litellm.UnsupportedParamsError: vertex_ai does not support parameters: ['reasoning_effort'], for model=gemini-3.5-flash. To drop these, set `+"`litellm.drop_params=True`"+` or for proxy:\n\n`+"`litellm_settings:\\n drop_params: true`"+`\n. \n If you want to use these params dynamically send allowed_openai_params=['reasoning_effort'] in your request.. Received Model Group=gemini-3.5-flash\nAvailable Model Group Fallbacks=None","type":"None","param":null,"code":"400"}}`, "invalid_request", "no"),
	er("31 litellm 2766", 400, `{"error":{"message":"VertexAIException - 400 The text content is empty.","type":"None","param":"None","code":"400"}}`, "invalid_request", "no"),
	er("31 litellm 12717", 500, `{"error":{"message":"litellm.InternalServerError: VertexAIException InternalServerError - 400 Request contains an invalid argument.. Received Model Group=deepseek-ai/deepseek-r1-0528-maas\nAvailable Model Group Fallbacks=None","type":null,"param":null,"code":"500"}}`, "invalid_request", "no"),
	// 32 Cerebras inference API tool call response error
	both("32 chatwise-releases 1105", w(`{"role":"assistant","content":"好的","reasoning":"想一想"}`, `"stop"`), ev(d(`{"role":"assistant"}`), d(`{"reasoning":"想一想"}`), d(`{"content":"好的"}`), f("stop"), end), `好的|想一想||stop`),
	er("32 livekit agents 2403", 400, `{"message":"'NoneType' object is not iterable","type":"invalid_request_error","param":"messages","code":"wrong_api_format"}`, "invalid_request", "no"),
	// 33: nothing
	// 34 NVIDIA NIM integrate.api.nvidia.com streaming response bug
	st("34 kilocode 12775", ev(d(`{"role":"assistant","content":""}`), d(`{"content":"Now I"}`))).or("stream_interrupted", "no").keeps("Now I"),
	st("34 hermes-agent 12233", ev(tc(`{"index":0,"id":"call_1","type":"function","function":{"name":"read_file","arguments":""}}`), tc(`{"index":0,"id":"call_1","type":"function","function":{"name":"read_file","arguments":"{\"path\":"}}`), tc(`{"index":0,"id":"call_1","type":"function","function":{"name":"read_file","arguments":"\"a\"}"}}`), f("tool_calls"), end), `||call_1,read_file,{"path":"a"}|tool_calls`),
	st("34 OmniRoute 3758", ``).typed("text/event-stream").or("stream_interrupted", "yes"),
	func() answerRow {
		r := st("34 opencode 38051", ev(d(`{"role":"assistant","content":"I'll"}`), d(`{"content":" analyze"}`))).or("stream_interrupted", "no").keeps("I'll analyze")
		r.cut = "reset"
		return r
	}(),
	// 35 mlx_lm.server chat completion tool_calls bug
	er("35 mlxstudio 6", 500, `Internal Server Error`, "server", "yes"),
	both("35 omlx 1992", w(`{"role":"assistant","content":""}`, `"stop"`), ev(d(`{"role":"assistant","content":""}`), f("stop"), u(`{"prompt_tokens":120,"completion_tokens":0,"total_tokens":120}`), end)).or("no_content", "yes"),
	both("35 mlx-lm 1262", w(`{"role":"assistant","content":"","reasoning":"The user asks.<|tool_calls_section_begin|><|tool_call_begin|>functions.get_weather:0<|tool_call_argument_begin|>{\"city\": \"Tokyo\"}<|tool_call_end|><|tool_calls_section_end|>","tool_calls":[]}`, `"stop"`),
		ev(d(`{"role":"assistant","content":"","reasoning":"The user asks."}`), d(`{"content":"","reasoning":"<|tool_calls_section_begin|><|tool_call_begin|>functions.get_weather:0<|tool_call_argument_begin|>{\"city\": \"Tokyo\"}<|tool_call_end|><|tool_calls_section_end|>"}`), f("stop"), end),
		`|The user asks.<|tool_calls_section_begin|><|tool_call_begin|>functions.get_weather:0<|tool_call_argument_begin|>{"city": "Tokyo"}<|tool_call_end|><|tool_calls_section_end|>||stop`).checked("no_content"),
	wh("35 mlx 3460", w(`{"role":"assistant","tool_calls":null,"content":"<|tool_call>call:calculator{expression:\"2+2\"}<tool_call|>"}`, `"stop"`), `<|tool_call>call:calculator{expression:"2+2"}<tool_call|>|||stop`),
	// 36 trtllm-serve chat completion tool_calls streaming bug
	st("36 litellm 936", ev(`{"id":"","object":"","created":0,"model":"","choices":[],"prompt_filter_results":[{"prompt_index":0,"content_filter_results":{}}]}`, d(`{"role":"assistant","content":null}`), tc(callOf("call_1", "get_current_weather", "")), tc(`{"index":0,"function":{"arguments":"{\"location\":\"SF\"}"}}`), f("tool_calls"), end), `||call_1,get_current_weather,{"location":"SF"}|tool_calls`),
	st("36 TensorRT-LLM 3280", ev(d(`{"role":"assistant","content":""}`), d(`{"content":" the","tool_calls":[]}`), d(`{"content":" city","tool_calls":[]}`), d(`{"content":" the city of","tool_calls":[]}`), f("length"), end), ` the city the city of|||length`).checked("incomplete"),
	st("36 vllm 10589", ev(d(`{"role":"assistant","content":""}`), tc(`{"id":"chatcmpl-tool-1b5f49b78bfe4095bdcf4788c1ecb307","type":"function","index":0,"function":{"name":"voice_to_text"}}`), tc(`{"index":0,"function":{"arguments":"{\"AudioPath\": \""}}`), tc(`{"index":0,"function":{"arguments":"https://example.com/real_audio.mp3"}}`), tc(`{"index":0,"function":{"arguments":"\"}"}}`), f("tool_calls"), end), `||chatcmpl-tool-1b5f49b78bfe4095bdcf4788c1ecb307,voice_to_text,{"AudioPath": "https://example.com/real_audio.mp3"}|tool_calls`),
	st("36 vllm 26573", ev(d(`{"role":"assistant","content":"","tool_calls":null}`), d(`{"content":"<seed:tool_call>","tool_calls":null}`), d(`{"content":"<function=ls></function></seed:tool_call>","tool_calls":null}`), f("stop"), end), `<seed:tool_call><function=ls></function></seed:tool_call>|||stop`),
}

var doorSampleRows = []sampleRow{
	{name: "34 DeepTutor 420", fails: "hangs", kinds: "timeout"},
	{name: "35 mlx-lm 897", fails: "eof", kinds: "connection", retried: "yes"},
}

package behaviour_test

const (
	azureSafe   = `{"hate":{"filtered":false,"severity":"safe"},"self_harm":{"filtered":false,"severity":"safe"},"sexual":{"filtered":false,"severity":"safe"},"violence":{"filtered":false,"severity":"safe"}}`
	azureBefore = `{"id":"","object":"","created":0,"model":"","prompt_filter_results":[{"prompt_index":0,"content_filter_results":` + azureSafe + `}],"choices":[]}`
	azureBeside = `{"id":"","object":"","created":0,"model":"","choices":[{"finish_reason":null,"index":0,"content_filter_results":` + azureSafe + `,"content_filter_offsets":{"check_offset":4522,"start_offset":4522,"end_offset":4686}}]}`
)

var clientAnswerRows = []answerRow{
	// 1 LangChain ChatOpenAI custom base_url AIMessage content blank
	nothing("01 langchain-azure 19", w(`{"role":"assistant","tool_calls":null}`, `"stop"`), ev(d(`{"role":"assistant","tool_calls":null}`), f("stop"), end)),
	er("01 langchain 24531", 400, `{"error":{"message":"Invalid value for 'content': expected a string, got null. (request id: 2024072315)","type":"invalid_request_error","param":"messages.[3].content","code":null}}`, "invalid_request", "no"),
	// 2 LlamaIndex OpenAILike astream_chat delta attribute error
	st("02 llama_index 7657", ev(azureBefore, d(`{"role":"assistant"}`), d(`{"content":"Hello"}`), d(`{"content":"!"}`), f("stop"), end), `Hello!|||stop`),
	er("02 LaVague 67", 429, `{"error":{"message":"You exceeded your current quota, please check your plan and billing details. For more information on this error, read the docs: https://platform.openai.com/docs/guides/error-codes/api-errors.","type":"insufficient_quota","param":null,"code":"insufficient_quota"}}`, "quota", "no"),
	st("02 LlamaIndexTS 2118", ev(azureBefore, `{"id":"c","choices":[{"delta":{"content":"","refusal":null,"role":"assistant"},"finish_reason":null,"index":0,"logprobs":null}]}`, `{"id":"c","choices":[{"delta":{"content":"Hello"},"finish_reason":null,"index":0,"logprobs":null}]}`,
		`{"id":"c","choices":[{"delta":{"content":"! I'm just a computer program"},"finish_reason":null,"index":0,"logprobs":null}]}`, `{"id":"c","choices":[{"delta":{},"finish_reason":"stop","index":0,"logprobs":null}]}`, azureBeside, end), `Hello! I'm just a computer program|||stop`),
	st("02 any-llm 540", ev(`{"id":"o9","object":"chat.completion.chunk","created":1760300000,"choices":[{"index":0,"text":"Hello","logprobs":null,"finish_reason":null,"seed":null,"delta":{"token_id":9906,"role":"assistant","content":"Hello"}}],"model":"m","usage":null}`,
		`{"id":"o9","object":"chat.completion.chunk","created":1760300000,"choices":[{"index":0,"text":"","logprobs":null,"finish_reason":"stop","seed":7013,"delta":{"token_id":128009,"role":"assistant","content":""}}],"model":"m","usage":{"prompt_tokens":11,"completion_tokens":2,"total_tokens":13}}`, end), `Hello|||stop|11/2`),
	// 3 Vercel AI SDK openai-compatible provider type validation failed response
	st("03 opencode 1298", ev(d(`{"role":"assistant","content":"hey"}`), f("stop"), `{"id":"usage-1753417795","provider_id":"or","model":"qwen3-coder","usage":{"prompt_tokens":5186,"completion_tokens":35,"total_tokens":5221,"multiplier_applied":2,"prompt_tokens_details":{"cached_tokens":0,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":0,"audio_tokens":0,"accepted_prediction_tokens":0,"rejected_prediction_tokens":0},"zj_usage":{"multiplier":2,"prompt_cost":10372,"completion_cost":70,"total_cost":10442,"credits_remaining":282833.449999981}},"request_id":"zj-v1cc-fbf09f7e-8f1d-4d50-b7ae-a1f268cb2d48"}`, end), `hey|||stop|5186/35`),
	plain("03 ai 3779", `{\"category\":\"thrilling\",`, `\"reasoning\":\"r\"}`, `{"category":"thrilling","reasoning":"r"}|||stop`),
	both("03 ai 4035", `{"id":"c","choices":[{"message":{"role":"assistant","content":"hey you"},"finish_reason":"stop"}]}`, ev(`{"id":"c","choices":[{"delta":{"role":"assistant","content":"hey"},"finish_reason":null}]}`, `{"id":"c","choices":[{"delta":{"content":" you"},"finish_reason":null}]}`, `{"id":"c","choices":[{"delta":{},"finish_reason":"stop"}]}`, end), `hey you|||stop`),
	er("03 ai 144", 400, `{"error":{"message":"Additional properties are not allowed ('message' was unexpected) - 'messages.0'","type":"invalid_request_error","param":null,"code":null}}`, "invalid_request", "no"),
	// 4 PydanticAI unexpected model behavior self-hosted OpenAI endpoint
	er("04 gpt4free 3241", 200, `Lara Croft est un personnage de jeu`, "malformed", "yes"),
	wh("04 pydantic-ai 2996", `{"created":1758712345,"model":"gpt-oss:120b","choices":[{"message":{"role":"assistant","content":"Rayleigh scattering."},"finish_reason":"stop"}],"usage":{"prompt_tokens":73,"completion_tokens":40,"total_tokens":113}}`, `Rayleigh scattering.|||stop|73/40`),
	plain("04 pydantic-ai 576", "I'll spin the wheel", " for you.", `I'll spin the wheel for you.|||stop`),
	wh("04 pydantic-ai 822", w(`{"role":"assistant","content":"","refusal":null,"tool_calls":[{"id":"call_9","index":0,"type":"function","function":{"name":"final_result","arguments":null}}]}`, `"tool_calls"`), `||call_9,final_result,|tool_calls`),
	// 5 Semantic Kernel OpenAI connector streaming function call content
	plain("05 semantic-kernel 9752", `{\"name\": \"EmbeddingPlugin-get_vector\", `, `\"parameters\": {\"text\": \"example text\"}}`, `{"name": "EmbeddingPlugin-get_vector", "parameters": {"text": "example text"}}|||stop`),
	// 6 Spring AI OpenAI compatible stream NullPointerException chunk
	st("06 spring-ai 3118", ev(`{"choices":[{"delta":{"content":"Hi","role":"assistant"},"index":0}],"created":1747000000,"model":"gemini-2.5-flash-preview-04-17","object":"chat.completion.chunk"}`, `{"choices":[{"delta":{"content":" there","role":"assistant"},"finish_reason":"stop","index":0}],"created":1747000000,"model":"gemini-2.5-flash-preview-04-17","object":"chat.completion.chunk"}`, end), `Hi there|||stop`),
	st("06 spring-ai 465", ev(azureBefore, d(`{"role":"assistant","content":""}`), d(`{"content":"Hi"}`), f("stop"), end), `Hi|||stop`),
	st("06 spring-ai 2765", ev(`{"id":null,"object":"chat.completion.chunk","choices":[{"index":0,"delta":{"role":"assistant","content":null,"reasoning_content":"hm"},"finish_reason":null}]}`, `{"id":null,"object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"Hey","reasoning_content":null},"finish_reason":null}]}`, `{"id":null,"object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":""},"finish_reason":"stop"}]}`, end), `Hey|hm||stop`),
	st("06 spring-ai 7007", ev(azureBefore, d(`{"role":"assistant","content":""}`), d(`{"content":"How can"}`), azureBeside, d(`{"content":" I assist?"}`), f("stop"), azureBeside, u(`{"prompt_tokens":9,"completion_tokens":5,"total_tokens":14}`), end), `How can I assist?|||stop|9/5`),
	// 7 crewAI AutoGen agent local LLM server reply None
	wh("07 crewAI 400", `{"id":"c","object":"chat.completion","model":"NA","choices":[{"index":0,"message":{"role":"assistant","content":"Ahoy matey! I be the Influencer.\n\nThought: This be the summary"},"finish_reason":"stop"}],"usage":{"completion_tokens":80,"prompt_tokens":240,"total_tokens":320}}`, "Ahoy matey! I be the Influencer.\n\nThought: This be the summary|||stop|240/80"),
	// 8 dify openai_api_compatible plugin thinking output token usage
	both("08 dify 13621", w(`{"role":"assistant","content":"Hi.","reasoning_content":"The user greets."}`, `"stop"`), ev(d(`{"role":"assistant","content":null,"reasoning_content":"The user"}`), d(`{"content":null,"reasoning_content":" greets."}`), d(`{"content":"Hi.","reasoning_content":null}`), f("stop"), end), `Hi.|The user greets.||stop`),
	// 9 Open WebUI direct connection model reply missing or repeated
	er("09 computer 48", 503, `{"detail":"No model connections configured. Add a connection in cptr settings."}`, "overloaded", "yes"),
	er("09 open-webui 27340", 404, `{"detail":"Model 'kimi-k2.7-code:cloud' was not found"}`, "not_found", "no"),
	// 10 LibreChat custom endpoint reply cut off or undefined
	both("10 ChatGPT-to-API 65", w(`{"role":"assistant","content":"A long story about"}`, `"length"`), ev(d(`{"role":"assistant","content":"A long"}`), d(`{"content":" story about"}`), f("length"), end), `A long story about|||length`).checked("incomplete"),
	st("10 LibreChat 8520", w(`{"role":"assistant","content":"The answer"}`, `"stop"`), `The answer|||stop`),
	st("10 LibreChat 1794", ev(`{"id":"chatcmpl-1","object":"chat.completions.chunk","created":1707800000,"model":"miqu","choices":[{"index":0,"finish_reason":null,"message":{"role":"assistant","content":"Hello"},"delta":{"role":"assistant","content":"Hello"}}]}`,
		`{"id":"chatcmpl-1","object":"chat.completions.chunk","created":1707800000,"model":"miqu","choices":[{"index":0,"finish_reason":null,"message":{"role":"assistant","content":" there"},"delta":{"role":"assistant","content":" there"}}]}`,
		`{"id":"chatcmpl-1","object":"chat.completions.chunk","created":1707800000,"model":"miqu","choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":""},"delta":{"role":"assistant","content":""}}],"usage":{"prompt_tokens":25,"completion_tokens":3,"total_tokens":28}}`), `Hello there|||stop|25/3`),
	func() answerRow {
		r := er("10 LibreChat 1910", 200, ev(`{"error":{"message":"custom stop words are not implemented for completions.","type":"unsupported_parameter","code":400}}`), "invalid_request", "no")
		r.mode = "stream"
		return r
	}(),
	// 11 Continue Cline Roo aider provider returned no assistant messages
	er("11 9router 763", 401, `{"error":{"message":"[cline/kwaipilot/kat-coder-pro] [401]: {\"error\":\"Unauthorized: Please make sure you're using the latest version of Cline and re-authenticate your Cline account.\"} (reset after 2m)","type":"authentication_error","code":"invalid_api_key"}}`, "auth", "no"),
	func() answerRow {
		r := nothing("11 cline 5719", "", ev(`{"id":"gen-1","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}`, `{"id":"gen-1","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":"stop"}],"usage":{"prompt_tokens":15000,"completion_tokens":0,"total_tokens":15000}}`, end))
		r.mode = "stream"
		return r
	}(),
	er("11 cline 13029", 400, `{"error":{"message":"Assistant messages must contain text, reasoning content, or tool_calls","type":"invalid_request_error","param":"messages","code":null}}`, "invalid_request", "no"),
	func() answerRow {
		r := er("11 cline 4773", 200, ev(end), "no_content", "yes")
		r.mode = "stream"
		return r
	}(),
	// 12 LiteLLM streaming wrapper drops content or usage
	st("12 litellm 4823", ev(`{"id":"chatcmpl-1","choices":[{"finish_reason":null,"index":0,"delta":{"content":null,"role":null,"function_call":null,"tool_calls":null},"logprobs":null}],"created":1721667333,"model":"gemini-pro","object":"chat.completion.chunk","system_fingerprint":null}`,
		`{"id":"chatcmpl-1","choices":[{"finish_reason":null,"index":0,"delta":{"content":null,"role":null,"function_call":null,"tool_calls":null},"logprobs":null}],"created":1721667333,"model":"gemini-pro","object":"chat.completion.chunk","system_fingerprint":null,"usage":{"completion_tokens":305,"prompt_tokens":10,"total_tokens":315}}`, end)).or("no_content", "yes"),
	st("12 litellm 29491", ev(`{"id":"c","choices":[{"index":0,"delta":{"content":"","role":"assistant","tool_calls":[{"id":"functions.Write:0","function":{"arguments":"","name":"Write"},"type":"function","index":0}]}}]}`, `{"id":"c","choices":[{"index":0,"delta":{"tool_calls":[{"id":null,"function":{"arguments":"{\"path\": ","name":null},"type":"function","index":0}]}}]}`,
		`{"id":"c","choices":[{"index":0,"delta":{"tool_calls":[{"id":null,"function":{"arguments":"\"a\"}","name":null},"type":"function","index":0}]}}]}`, `{"id":"c","choices":[{"finish_reason":"tool_calls","index":0,"delta":{}}]}`, `{"id":"c","choices":[{"index":0,"delta":{}}],"usage":{"completion_tokens":20,"prompt_tokens":900,"total_tokens":920}}`, end), `||functions.Write:0,Write,{"path": "a"}|tool_calls|900/20`),
	st("12 lmnr-python 324", ev(d(`{"role":"assistant","content":""}`), d(`{"reasoning_content":"I should look."}`), d(`{"content":"Looking."}`), tc(callOf("ls:0", "ls", `{}`)), f("tool_calls"), u(`{"prompt_tokens":800,"completion_tokens":30,"total_tokens":830,"prompt_tokens_details":{"cached_tokens":256}}`), end), `Looking.|I should look.|ls:0,ls,{}|tool_calls|800/30`).counting("800/30/830/256/0"),
	st("12 litellm 11915", ev(d(`{"provider_specific_fields":null,"refusal":null,"content":"Hello","role":"assistant","function_call":null,"tool_calls":null,"audio":null}`), d(`{"provider_specific_fields":null,"refusal":null,"content":"! How can","role":null,"function_call":null,"tool_calls":null,"audio":null}`),
		`{"id":"c","choices":[{"index":0,"delta":{"provider_specific_fields":null,"content":null,"role":null,"function_call":null,"tool_calls":null,"audio":null},"finish_reason":"stop"}]}`, end), `Hello! How can|||stop`),
	// 13: nothing
	// 14 Mistral vLLM tool parser streamed arguments duplicated or lost
	st("14 vllm 13622", ev(d(`{"role":"assistant","content":""}`), tc(`{"index":0,"id":"chatcmpl-tool-1","type":"function","function":{"name":"add"}}`), f("tool_calls"), end), `||chatcmpl-tool-1,add,|tool_calls`),
	st("14 vllm 17585", ev(d(`{"role":"assistant","content":""}`), tc(callOf("b8Ax1k2Lm", "mcp_confluence", "")), tc(`{"index":0,"function":{"arguments":"{\"query\": \"Conf"}}`), f("tool_calls"), end), `||b8Ax1k2Lm,mcp_confluence,{"query": "Conf|tool_calls`),
	calling("14 vllm 5649", "get_weather", `{\"city\": , \"unit\": }`, `||call_1,get_weather,{"city": , "unit": }|tool_calls`),
	calling("14 vllm-mlx 631", "f", `{\"a\":1}[TOOL_CALLS]g[ARGS]{\"b\":2}`, `||call_1,f,{"a":1}[TOOL_CALLS]g[ARGS]{"b":2}|tool_calls`),
	// 15: nothing
	// 16 Kimi K2 GLM-4.5 MiniMax response tool id or reasoning field
	both("16 webbrain 143", w(`{"role":"assistant","content":"","reasoning_content":"I should look.","tool_calls":[{"index":0,"id":"open:0","type":"function","function":{"name":"open","arguments":"{\"u\":1}"}}]}`, `"tool_calls"`),
		ev(d(`{"role":"assistant","content":""}`), d(`{"reasoning_content":"I should"}`), d(`{"reasoning_content":" look."}`), tc(callOf("open:0", "open", "")), tc(`{"index":0,"function":{"arguments":"{\"u\":1}"}}`), f("tool_calls"), end), `|I should look.|open:0,open,{"u":1}|tool_calls`).sendingBack(`"reasoning_content":"I should look."`),
	both("16 droidproxy 207", `{"id":"c","choices":[{"index":0,"message":{"role":"assistant","content":"Done.","reasoning_content":"[reasoning unavailable]"},"finish_reason":"stop"}],"usage":{"prompt_tokens":50,"completion_tokens":8,"total_tokens":58,"completion_tokens_details":{"reasoning_tokens":6}}}`,
		ev(d(`{"role":"assistant","reasoning_content":"[reasoning unavailable]"}`), d(`{"content":"Done."}`), f("stop"), u(`{"prompt_tokens":50,"completion_tokens":8,"total_tokens":58,"completion_tokens_details":{"reasoning_tokens":6}}`), end), `Done.|[reasoning unavailable]||stop|50/8`).counting("50/8/58/0/6"),
	// 17: nothing
	// 18 Azure OpenAI stream first event no choices prompt_filter_results
	st("18 archive-old-cli-mentat 429", ev(`{"id":"","choices":[],"created":0,"model":"","object":"","system_fingerprint":null,"prompt_filter_results":[{"prompt_index":0,"content_filter_results":`+azureSafe+`}]}`, d(`{"role":"assistant","content":""}`), d(`{"content":"hey"}`), f("stop"), end), `hey|||stop`),
	st("18 go-openai 448", ev(`{"id":"","object":"","created":0,"model":"","prompt_annotations":[{"prompt_index":0,"content_filter_results":`+azureSafe+`}],"choices":[],"usage":null}`, `{"id":"chatcmpl-7e5ItVD5q11G4RCkPDfVbautcdoqZ","object":"chat.completion.chunk","created":1689787863,"model":"gpt-35-turbo-16k","choices":[{"index":0,"finish_reason":null,"delta":{"role":"assistant"},"content_filter_results":{}}],"usage":null}`,
		`{"id":"chatcmpl-7e5ItVD5q11G4RCkPDfVbautcdoqZ","object":"chat.completion.chunk","created":1689787863,"model":"gpt-35-turbo-16k","choices":[{"index":0,"finish_reason":null,"delta":{"content":"Hello"},"content_filter_results":`+azureSafe+`}],"usage":null}`, `{"id":"chatcmpl-7e5ItVD5q11G4RCkPDfVbautcdoqZ","object":"chat.completion.chunk","created":1689787863,"model":"gpt-35-turbo-16k","choices":[{"index":0,"finish_reason":"stop","delta":{},"content_filter_results":{}}],"usage":null}`, end), `Hello|||stop`),
	st("18 azure-sdk-for-go 21086", ev(`{"id":"","object":"","created":0,"model":"","choices":[]}`, d(`{"role":"assistant"}`), d(`{"content":"hey"}`), f("stop"), end), `hey|||stop`),
	st("18 node-chatgpt-api 486", ev(`{"id":"","object":"","created":0,"model":"","choices":[],"usage":null}`, d(`{"role":"assistant","content":"hey"}`), `{"id":"","object":"","created":0,"model":"","choices":[]}`, d(`{"content":" you"}`), f("stop"), end), `hey you|||stop`),
}

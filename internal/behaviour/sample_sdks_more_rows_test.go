package behaviour_test

var moreClientAnswerRows = []answerRow{
	// 19 OpenRouter SSE comment keepalive reasoning_details response
	st("19 dots-hyprland 1329", ": OPENROUTER PROCESSING\n\n: OPENROUTER PROCESSING\n\n"+ev(d(`{"role":"assistant","content":"The"}`), `{"id":"c","choices":[{"index":0,"delta":{"role":"assistant","content":" end."},"finish_reason":"stop","native_finish_reason":"STOP"}]}`, end), `The end.|||stop`),
	st("19 Roo-Code 9125", ev(d(`{"role":"assistant","content":"","reasoning":"I look.","reasoning_details":[{"type":"reasoning.text","text":"I look.","format":"unknown","index":0}]}`), tc(callOf("call_1", "read", `{\"p\":1}`)), f("tool_calls"), end), `|I look.|call_1,read,{"p":1}|tool_calls`).sendingBack(`"reasoning_details":[`, `"text":"I look."`),
	st("19 SwiftOpenAI 168", ev(d(`{"role":"assistant","content":"","reasoning":"The project"}`), d(`{"role":"assistant","content":"","reasoning":" was secret."}`), d(`{"role":"assistant","content":"It was","reasoning":null}`), f("stop"), end), `It was|The project was secret.||stop`),
	// 20 finish_reason unknown value enum deserialize Rust Java Go client
	both("20 copilot-gpt4-service 239", `{"id":"c","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"Hello there"}}]}`, ev(`{"id":"c","choices":[{"index":0,"delta":{"role":"assistant","content":"Hello"}}]}`, `{"id":"c","choices":[{"index":0,"delta":{"content":" there"}}]}`, end)).or("stream_interrupted", "").keeps("Hello there"),
	both("20 tensorzero 1255", w(`{"role":"assistant","content":"Hello there"}`, `""`), ev(`{"id":"c","choices":[{"index":0,"delta":{"role":"assistant","content":"Hello"},"finish_reason":""}]}`, `{"id":"c","choices":[{"index":0,"delta":{"content":" there"},"finish_reason":""}]}`, end)).or("stream_interrupted", "").keeps("Hello there"),
	both("20 ai 1832", w(`{"role":"assistant","content":"Hello there"}`, `"eos"`), ev(d(`{"role":"assistant","content":"Hello"}`), d(`{"content":" there"}`), f("eos"), end), `Hello there|||eos`),
	// 21 go-openai async-openai openai-java openai-dotnet response deserialization
	wh("21 OpenAI-DotNet 72", w(`{"role":"assistant","content":"hey"}`, `"stop"`), `hey|||stop`).withHeader("Openai-Organization", "user-x", "Openai-Processing-Ms", "512.3417", "Openai-Version", "2020-10-01", "X-Request-Id", "req_1").with("request=req_1"),
	wh("21 spring-ai 1682", `{"id":"chatcmpl-123456","object":"chat.completion","created":1728933352,"model":"gpt-4o-2024-08-06","choices":[{"index":0,"message":{"role":"assistant","content":"Hi there!","refusal":null},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":19,"completion_tokens":10,"total_tokens":29,"prompt_tokens_details":{"cached_tokens":4,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":2,"audio_tokens":0,"accepted_prediction_tokens":0,"rejected_prediction_tokens":0}},"service_tier":"scale","system_fingerprint":"fp_6b68a8204b"}`, `Hi there!|||stop|19/10`).counting("19/10/29/4/2"),
	// 22 réponse du modèle tronquée ou mal décodée serveur compatible OpenAI
	nothing("22 server 7868", `{"id":"cmpl-1","choices":[{"finish_reason":"stop","index":0,"message":{"content":"","tool_calls":null,"role":"assistant","function_call":null},"logprobs":null}],"created":1734000000,"model":"ensemble","system_fingerprint":null,"object":"chat.completion","usage":null}`, ev(`{"id":"cmpl-1","choices":[{"delta":{"content":"","role":"assistant"},"logprobs":null,"finish_reason":null,"index":0}],"object":"chat.completion.chunk"}`, `{"id":"cmpl-1","choices":[{"delta":{"content":""},"logprobs":null,"finish_reason":"stop","index":0}],"object":"chat.completion.chunk"}`, end)),
	func() answerRow {
		r := st("22 opencode 41582", ev(d(`{"role":"assistant","content":""}`), d(`{"reasoning_content":"Let me"}`), d(`{"content":"I will now write"}`))).or("stream_interrupted", "").keeps("I will now write")
		r.cut = "eof"
		return r
	}(),
	both("22 vllm 9310", `{"id":"c","choices":[{"index":0,"message":{"role":"assistant","content":"def quick_sort(arr):","tool_calls":[]},"logprobs":null,"finish_reason":"length","stop_reason":null}],"usage":{"prompt_tokens":12,"total_tokens":28,"completion_tokens":16}}`, ev(d(`{"role":"assistant","content":"def quick"}`), d(`{"content":"_sort(arr):"}`), `{"id":"c","choices":[{"index":0,"delta":{"content":""},"logprobs":null,"finish_reason":"length","stop_reason":null}]}`, u(`{"prompt_tokens":12,"total_tokens":28,"completion_tokens":16}`), end), `def quick_sort(arr):|||length|12/16`).checked("incomplete"),
	// 23 Antwort als Stream doppelt oder leer lokales Modell LM Studio
	nothing("23 Dive 21", w(`{"role":"assistant","content":""}`, `"stop"`), ev(d(`{"role":"assistant"}`), f("stop"), end)),
	// 24 resposta do modelo com JSON inválido chamada de função
	wh("24 bobtail.dev 4", w(`{"role":"assistant","content":null,"function_call":{"name":"w","arguments":"{\"city\": \"Paris\","}}`, `"function_call"`), `|||function_call`),
	er("24 jev-ultrafast 88", 200, `<html><head><title>Service</title></head><body>Welcome</body></html>`, "malformed", "yes"),
	calling("24 Cursor-Azure-GPT-5 35", "todo_write", `{\"merge\":false,\"todos\":[{\"content\":\"a\",\"status\":\"pending\",\"id\":\"todo-report-results\"}]}{\"command\":\"ls\",\"is_background\":false,\"explanation\":\"b\"}`,
		`||call_1,todo_write,{"merge":false,"todos":[{"content":"a","status":"pending","id":"todo-report-results"}]}{"command":"ls","is_background":false,"explanation":"b"}|tool_calls`),
	plain("24 gpt-codegen 19", "Sure! Here is the JSON:", ` {\"a\": 1,}`, `Sure! Here is the JSON: {"a": 1,}|||stop`),
	// 25 返回的 usage 字段 total_tokens 为 0 兼容接口
	both("25 Autosearch 97", wu(`{"prompt_tokens":0,"completion_tokens":0,"total_tokens":0}`), su(`{"prompt_tokens":0,"completion_tokens":0,"total_tokens":0}`), `hey|||stop`),
	st("25 cpa-usage-keeper 60", ev(d(`{"role":"assistant","content":"你好"}`), f("stop"), end), `你好|||stop`),
	wh("25 copilot-gpt4-service 296", wu(`null`), `hey|||stop`),
	both("25 new-api 1630", wu(`{"prompt_tokens":0,"completion_tokens":0,"total_tokens":0,"prompt_tokens_details":{"cached_tokens":0,"text_tokens":0,"audio_tokens":0,"image_tokens":0},"completion_tokens_details":{"text_tokens":0,"audio_tokens":0,"reasoning_tokens":0},"input_tokens":0,"output_tokens":0,"input_tokens_details":null}`),
		su(`{"prompt_tokens":0,"completion_tokens":0,"total_tokens":0,"prompt_tokens_details":{"cached_tokens":0,"text_tokens":0,"audio_tokens":0,"image_tokens":0},"completion_tokens_details":{"text_tokens":0,"audio_tokens":0,"reasoning_tokens":0},"input_tokens":0,"output_tokens":0,"input_tokens_details":null}`), `hey|||stop`),
	// 26 encoding UTF-8 characters garbled in streamed chat answer
	st("26 chatbot-ui 716", ev(d(`{"role":"assistant","content":"안녕"}`), d(`{"content":"하세요 🌸"}`), f("stop"), end), `안녕하세요 🌸|||stop`).bytewise(),
	st("26 CodeWebChat 379", ev(d(`{"role":"assistant","content":"Привет"}`), d(`{"content":", мир"}`), f("stop"), end), `Привет, мир|||stop`).bytewise(),
	// 27 Haystack OpenAIChatGenerator vLLM response parsing failure
	er("27 ogx 4807", 500, `{"error":{"message":"unexpected tokens remaining in message header: Some(\"need most recent U.S. CPI release and its MoM value. Provide citations. Need to open the page to capture snippet. Let's open\")","type":"InternalServerError","param":null,"code":500}}`, "server", "yes"),
	plain("27 SkyrimNet-GamePlugin 455", "The memory is", " as follows: none", `The memory is as follows: none|||stop`),
	st("27 haystack 9408", ev(d(`{"role":"assistant","content":""}`), tc(`{"index":0,"id":"chatcmpl-tool-d021f0d8aa58470eb41d68a746bad735","type":"function","function":{"name":"get_weather"}}`), tc(`{"index":0,"function":{"arguments":""}}`), f("tool_calls"), end), `||chatcmpl-tool-d021f0d8aa58470eb41d68a746bad735,get_weather,|tool_calls`),
	both("27 TaskWeaver 467", w(`{"role":"assistant","content":"<think>\nOkay.\n</think>\n\n{\"response\": {}}"}`, `"stop"`), ev(d(`{"role":"assistant","content":"<t"}`), d(`{"content":"hink>\nOkay."}`), d(`{"content":"\n</think>\n\n{\"response\": {}}"}`), f("stop"), end), "<think>\nOkay.\n</think>\n\n{\"response\": {}}|||stop"),
	// 28 instructor structured extraction local OpenAI server wrong answer
	plain("28 obsidian-llm-wiki 463", `{\"ent`, `itieſ\": [], \"\\u0000concepts\": []}`, `{"entitieſ": [], "\u0000concepts": []}|||stop`),
	er("28 rig 1031", 400, `{"error":"Invalid tool_choice type: 'object'. Supported string values: none, auto, required"}`, "invalid_request", "no"),
	plain("28 gbrain 4968", `{\"facts\": [{\"text\": \"a\",`, `}`, `{"facts": [{"text": "a",}|||stop`),
	er("28 tensorlake 130", 400, `{"error":{"message":"Invalid schema for response_format 'BankStatement': ['null', 'null'] is not valid under any of the given schemas.","type":"invalid_request_error","param":"response_format","code":null}}`, "invalid_request", "no"),
	// 29: nothing
	// 30 opencode custom OpenAI provider tool call arguments schema mismatch
	calling("30 opencode 29142", "write", `{\"fileContent\": \"x\", \"path\": \"a.txt\"}`, `||call_1,write,{"fileContent": "x", "path": "a.txt"}|tool_calls`),
	er("30 opencode 24158", 400, `{"error":{"message":"Invalid request: tools.function.parameters is not a valid moonshot flavored json schema, details: <At path 'properties.variantOptions': conflicting keywords found after $ref expansion: description>","type":"invalid_request_error"}}`, "invalid_request", "no"),
	er("30 waidrin 29", 400, `{"error":{"message":"Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.","type":"invalid_request_error","param":"max_tokens","code":"invalid_parameter_combination"}}`, "invalid_request", "no"),
	er("30 opencode 441", 400, `{"error":{"message":"Invalid schema for function 'bash': In context=(), 'required' is required to be supplied and to be an array including every key in properties. Missing 'timeout'.","type":"invalid_request_error","param":"tools[0].function.parameters","code":"invalid_function_parameters"}}`, "invalid_request", "no"),
	// 31 Zed or JetBrains assistant OpenAI API failed to parse stream line
	st("31 zed 42584", ev(`{"id":"chatcmpl-CbG","object":"chat.completion.chunk","created":1762997927,"model":"claude-4.5-sonnet","choices":[{"index":0,"delta":{"role":"assistant","content":"I'll edit."},"finish_reason":null}]}`, `{"id":"chatcmpl-CbG","object":"chat.completion.chunk","created":1762997927,"model":"claude-4.5-sonnet","choices":[{"delta":{"role":"assistant","tool_calls":[{"id":"toolu_01","type":"function","function":{"name":"edit_file"}}]},"finish_reason":null}]}`,
		`{"id":"chatcmpl-CbG","object":"chat.completion.chunk","created":1762997927,"model":"claude-4.5-sonnet","choices":[{"delta":{"tool_calls":[{"function":{"arguments":"{\"path\":\"a\"}"}}]},"finish_reason":null}]}`, `{"id":"chatcmpl-CbG","object":"chat.completion.chunk","created":1762997927,"model":"claude-4.5-sonnet","choices":[{"delta":{},"finish_reason":"tool_calls"}],"usage":{"completion_tokens":60,"prompt_tokens":4000,"total_tokens":4060}}`, end), `I'll edit.||toolu_01,edit_file,{"path":"a"}|tool_calls|4000/60`),
	st("31 zed 52714", ev(d(`{"role":"assistant","content":"","reasoning":"The user","reasoning_details":[{"type":"reasoning.text","text":"The user","format":"unknown","index":0}]}`), d(`{"content":"","reasoning":" wants","reasoning_details":[{"type":"reasoning.text","text":" wants","format":"unknown","index":0}]}`), d(`{"content":"fn main() {}"}`), f("stop"), end), `fn main() {}|The user wants||stop`),
	st("31 zed 28850", ev(d(`{"role":"assistant","content":"hey"}`), f("stop"), `{"id":"c","object":"chat.completion.chunk","choices":[],"usage":{"prompt_tokens":8,"completion_tokens":1,"total_tokens":9}}`, end), `hey|||stop|8/1`),
}

package behaviour_test

const calledThenStopped = `{"role":"assistant","content":null,"tool_calls":[{"id":"call_1","type":"function","function":{"name":"get_weather","arguments":"{\"city\":\"Paris\"}"}}]}`

var stoppedStream = ev(d(`{"role":"assistant","content":null,"tool_calls":[{"index":0,"id":"call_1","type":"function","function":{"name":"get_weather","arguments":""}}]}`), tc(`{"index":0,"function":{"arguments":"{\"city\":\"Paris\"}"}}`), f("stop"), end)

const (
	paris      = `||call_1,get_weather,{"city":"Paris"}|stop`
	parisCalls = `||call_1,get_weather,{"city":"Paris"}|tool_calls`
)

var moreAnswerRows = []answerRow{
	// 14 token counts wrong cached_tokens prompt_tokens_details
	countedOf("14 instructor 1252", `{"prompt_tokens":6025,"completion_tokens":30,"total_tokens":6055,"prompt_tokens_details":{"cached_tokens":5888,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":0,"audio_tokens":0,"accepted_prediction_tokens":0,"rejected_prediction_tokens":0}}`, `6025/30`, "6025/30/6055/5888/0"),
	countedOf("14 fantasy 272", `{"prompt_tokens":40000,"completion_tokens":162,"total_tokens":40162,"prompt_tokens_details":{"cached_tokens":18981}}`, `40000/162`, "40000/162/40162/18981/0"),
	countedOf("14 laravel ai 924", `{"prompt_tokens":10339,"completion_tokens":60,"total_tokens":10399,"cost":0.0011,"prompt_tokens_details":{"cached_tokens":10318,"cache_write_tokens":0}}`, `10339/60`, "10339/60/10399/10318/0"),
	countedOf("14 tokenyst-copilot 16", `{"prompt_tokens":57768,"completion_tokens":669,"total_tokens":58437,"prompt_tokens_details":{"cached_tokens":57029,"cache_creation_input_tokens":738,"anthropic_cache_creation":{"ephemeral_1h_input_tokens":0,"ephemeral_5m_input_tokens":738}}}`, `57768/669`, "57768/669/58437/57029/0"),
	// 15 stream_options include_usage last chunk choices empty crash
	st("15 quotio 460", ev(d(`{"role":"assistant","content":"hey"}`), f("stop"), u(`{"prompt_tokens":9,"completion_tokens":2,"total_tokens":11}`), end), `hey|||stop|9/2`),
	st("15 pixeltable 1234", ev(d(`{"role":"assistant"}`), d(`{"content":"hey"}`), f("stop"), `{"id":"c","object":"chat.completion.chunk","created":1775100000,"model":"accounts/fireworks/models/x","choices":[],"usage":{"prompt_tokens":20,"total_tokens":25,"completion_tokens":5}}`, end), `hey|||stop|20/5`),
	st("15 apfel 100", ev(d(`{"role":"assistant"}`), d(`{"content":"Hi!"}`), f("stop"), `{"choices":[],"created":1776289254,"id":"chatcmpl-x","model":"apple-foundationmodel","object":"chat.completion.chunk","usage":{"completion_tokens":8,"prompt_tokens":1,"total_tokens":9}}`, end), `Hi!|||stop|1/8`).counting("1/8/9/0/0"),
	st("15 ATOM 1711", ev(d(`{"role":"assistant","content":"hey"}`), f("stop"), `{"id":"c","object":"chat.completion.chunk","created":1785200000,"model":"m","usage":{"prompt_tokens":4,"completion_tokens":1,"total_tokens":5}}`, end), `hey|||stop|4/1`),
	st("15 Portkey gateway 1629", ev(d(`{"role":"assistant","content":"hey"}`), f("stop"), `{"id":"c","object":"chat.completion.chunk","created":1777700000,"model":"m","choices":[]}`, `{"id":"c","object":"chat.completion.chunk","created":1777700000,"model":"m","usage":{"prompt_tokens":4,"completion_tokens":1,"total_tokens":5}}`, end), `hey|||stop|4/1`),
	// 16 finish_reason stop although tools were called
	st("16 log10 152", stoppedStream, paris, parisCalls),
	both("16 LocalAI 4771", w(`{"role":"assistant","content":"Hello"}`, `""`), ev(`{"id":"c","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":""}]}`, `{"id":"c","choices":[{"index":0,"delta":{"content":"Hello"},"finish_reason":""}]}`, `{"id":"c","choices":[{"index":0,"delta":{},"finish_reason":""}]}`, end), `Hello|||`, `Hello|||stop`).checked("*").or("stream_interrupted", ""),
	both("16 GoModel 124", w(calledThenStopped, `"stop"`), stoppedStream, paris, parisCalls),
	wh("16 FastDeploy 3858", `{"id":"chatcmpl-1","object":"chat.completion","created":1756890000,"model":"default","choices":[{"index":0,"message":{"role":"assistant","content":"","multimodal_content":null,"reasoning_content":"","tool_calls":[{"id":"call_1","type":"function","function":{"name":"get_weather","arguments":"{\"city\":\"Paris\"}"}}],"prompt_token_ids":null,"completion_token_ids":null},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":100,"total_tokens":120,"completion_tokens":20,"prompt_tokens_details":{"cached_tokens":0}}}`, paris+"|100/20", parisCalls+"|100/20"),
	both("16 openai-dotnet 64", w(calledThenStopped, `"stop"`), stoppedStream, paris, parisCalls),
	// 17 model returns JSON wrapped in markdown code fence
	plain("17 pi-extensions 59", "```json\\n{\\\"a\\\"", ": 1}\\n```", "```json\n{\"a\": 1}\n```|||stop"),
	plain("17 nixmac 522", "```json\\n{\\n  \\\"title\\\": \\\"Fix\\\"", "\\n}\\n```", "```json\n{\n  \"title\": \"Fix\"\n}\n```|||stop"),
	plain("17 MoviePilot-Plugins 763", "```json\\n{\\\"title\\\": \\\"流浪地球\\\",", " \\\"season\\\": null}\\n```\\n", "```json\n{\"title\": \"流浪地球\", \"season\": null}\n```\n|||stop"),
	// 18 response_format schema ignored extra text around JSON
	wh("18 mistral-inference 146", `{"id":"0ef53d7c6c3a4a5ebbaf43aa96c0f5d9","object":"chat.completion","created":1713366257,"model":"mistral-small","choices":[{"index":0,"message":{"role":"assistant","content":"[\n{\n\"title\": \"How do you like it?\",\n\"type\": \"rating\"\n}\n]\n\nThis is a rating question."},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":210,"total_tokens":240,"completion_tokens":30}}`, "[\n{\n\"title\": \"How do you like it?\",\n\"type\": \"rating\"\n}\n]\n\nThis is a rating question.|||stop|210/30"),
	plain("18 webai-at-home 191", `Sure! Rome is the `, `capital of Italy.`, `Sure! Rome is the capital of Italy.|||stop`),
	// 19 KeyError choices response from model API
	er("19 swarms 223", 200, `{"error":"Model Error"}`, "server|upstream|unknown|malformed", ""),
	st("19 Langchain-Chatchat 1771", ev(`{"error_code":336003,"text":"the role of message with even index in the messages must be assistant"}`, end)).or("invalid_request|server|upstream|unknown|malformed", ""),
	er("19 ChatGPT-weBot 79", 401, badKeyBody("sk-abc***xyz"), "auth", "no"),
	er("19 LangGraphChatBot 4", 500, `{"detail":"Internal Server Error"}`, "server", "yes"),
	er("19 jar3d_meta_expert 2", 401, badKeyBody("your-api*****here"), "auth", "no"),
	// 20 multimodal image message answer null or hallucinated vLLM
	er("20 vllm 23402", 400, `{"error":{"message":"internlm/Intern-S1 is not a multimodal model","type":"BadRequestError","param":null,"code":400}}`, "invalid_request", "no"),
	plain("20 tingly-box 549", `The picture shows `, `a cat.`, `The picture shows a cat.|||stop`),
	both("20 vllm 23423", `{"id":"chatcmpl-1","object":"chat.completion","created":1755820000,"model":"qwen-vl-32b-awq","choices":[{"index":0,"message":{"role":"assistant","reasoning_content":null,"content":"","tool_calls":[]},"logprobs":null,"finish_reason":"stop","stop_reason":null}],"usage":{"prompt_tokens":1200,"total_tokens":1201,"completion_tokens":1,"prompt_tokens_details":null}}`,
		ev(d(`{"role":"assistant","content":""}`), f("stop"), u(`{"prompt_tokens":1200,"total_tokens":1201,"completion_tokens":1}`), end), `|||stop|1200/1`).checked("no_content").or("no_content", "").upTo(2),
	// 21 and 22: nothing
	// 23 Mistral API content list chunks thinking
	wh("23 brainlid langchain 418", w(`{"role":"assistant","tool_calls":null,"content":[{"type":"thinking","thinking":[{"type":"text","text":"Okay."}]},{"type":"text","text":"Hi"}]}`, `"stop"`), `Hi|Okay.||stop`),
	both("23 req_llm 742", w(`{"role":"assistant","tool_calls":null,"content":[{"type":"thinking","thinking":[{"type":"text","text":"Okay, so"}]},{"type":"text","text":"Hi!"}]}`, `"stop"`),
		ev(d(`{"role":"assistant","content":""}`), d(`{"content":[{"type":"thinking","thinking":[{"type":"text","text":"Okay"}]}]}`), d(`{"content":[{"type":"thinking","thinking":[{"type":"text","text":", so"}]}]}`), d(`{"content":"Hi"}`), d(`{"content":"!"}`), f("stop"), end), `Hi!|Okay, so||stop`),
	st("23 mistral client-python 16", ev(`{"id": "cmpl-82b4ad8d22b44757a7a2d3e3ae6fb6a0", "model": "mistral-tiny", "choices": [{"index": 0, "delta": {"role": "assistant"}, "finish_reason": null}]}`, `{"id": "cmpl-82b4ad8d22b44757a7a2d3e3ae6fb6a0", "object": "chat.completion.chunk", "created": 1702637377, "model": "mistral-tiny", "choices": [{"index": 0, "delta": {"role": null, "content": "It"}, "finish_reason": null}]}`,
		`{"id": "cmpl-82b4ad8d22b44757a7a2d3e3ae6fb6a0", "object": "chat.completion.chunk", "created": 1702637377, "model": "mistral-tiny", "choices": [{"index": 0, "delta": {"role": null, "content": " is"}, "finish_reason": null}]}`, `{"id": "cmpl-82b4ad8d22b44757a7a2d3e3ae6fb6a0", "object": "chat.completion.chunk", "created": 1702637377, "model": "mistral-tiny", "choices": [{"index": 0, "delta": {"role": null, "content": ""}, "finish_reason": "stop"}]}`, end), `It is|||stop`),
	// 24 data: prefix missing newline SSE parser fails LLM
	st("24 odysseus 1701", narrow(ev(d(`{"role":"assistant","content":"he"}`), d(`{"content":"y"}`), f("stop"), u(`{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}`), end)), `hey|||stop|3/2`),
	st("24 Clawith 106", narrow(ev(d(`{"role":"assistant","content":"he"}`), d(`{"content":"y"}`), f("stop"), end)), `hey|||stop`),
	st("24 term-llm 487", narrow(ev(d(`{"role":"assistant","content":"hey"}`)))+"event:error\ndata:{\"error\":{\"message\":\"boom\",\"type\":\"server_error\"}}\n\n").or("server|upstream|stream_interrupted", "").keeps("hey"),
	st("24 freellmapi 1087", narrow(ev(d(`{"role":"assistant","content":"你"}`), d(`{"content":"好"}`), f("stop"), end)), `你好|||stop`),
	st("24 openai-python 559", narrow(ev(d(`{"role":"assistant","content":"he"}`), d(`{"content":" y"}`), f("stop"), end)), `he y|||stop`),
	// 25 unexpected token in JSON at position stream LLM chunk
	st("25 anything-llm 416", ev(d(`{"role":"assistant","content":"Hel"}`))+`data: {"id":"c","choices":[{"index":0,"delta":{"content":"lo, how are`).or("stream_interrupted|malformed|connection", "").keeps("Hel"),
	st("25 jan 13", ev(d(`{"role":"assistant","content":"he"}`), d(`{"content":"y"}`), f("stop"), end), `hey|||stop`).bytewise(),
	st("25 Agently 4", ev(d(`{"role":"assistant"}`), d(`{"content":"嘿"}`), d(`{"content":"，"}`), d(`{"content":"你好!"}`), f("stop"), end), `嘿，你好!|||stop`),
	st("25 chatgpt-nuxt 16", ev(`{"id":"chatcmpl-6wbHdXzs8Cgh4arATBF53vGOV1YmB","object":"chat.completion.chunk","created":1679424361,"model":"gpt-3.5-turbo-0301","choices":[{"delta":{"role":"assistant"},"index":0,"finish_reason":null}]}`, `{"id":"chatcmpl-6wbHdXzs8Cgh4arATBF53vGOV1YmB","object":"chat.completion.chunk","created":1679424361,"model":"gpt-3.5-turbo-0301","choices":[{"delta":{"content":"H"},"index":0,"finish_reason":null}]}`,
		`{"id":"chatcmpl-6wbHdXzs8Cgh4arATBF53vGOV1YmB","object":"chat.completion.chunk","created":1679424361,"model":"gpt-3.5-turbo-0301","choices":[{"delta":{"content":"el"},"index":0,"finish_reason":null}]}`, `{"id":"chatcmpl-6wbHdXzs8Cgh4arATBF53vGOV1YmB","object":"chat.completion.chunk","created":1679424361,"model":"gpt-3.5-turbo-0301","choices":[{"delta":{},"index":0,"finish_reason":"stop"}]}`, end), `Hel|||stop`).bytewise(),
	// 26 logprobs null missing chat response
	st("26 vscode-copilot-chat 325", ev(`{"id":"c","choices":[{"index":0,"delta":{"role":"assistant","content":"he"},"logprobs":null,"finish_reason":null}]}`, d(`{"content":"y"}`), f("stop"), end), `hey|||stop`),
	wh("26 vllm 47838", `{"id":"c","object":"chat.completion","created":1783300000,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"Hi"},"logprobs":null,"finish_reason":"stop","stop_reason":null,"token_ids":null}],"usage":{"prompt_tokens":9,"total_tokens":11,"completion_tokens":2,"prompt_tokens_details":null},"prompt_logprobs":null}`, `Hi|||stop|9/2`).with("logprobs=0"),
	st("26 fw-ai benchmark 28", ev(`{"id":"c","choices":[{"index":0,"delta":{"role":"assistant","content":"hey"},"logprobs":null,"finish_reason":null}]}`, `{"id":"c","choices":[{"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"}]}`, end), `hey|||stop`).with("logprobs=0"),
	st("26 lmdeploy 2802", ev(`{"id":"3","object":"chat.completion.chunk","created":1732704550,"model":"/mnt/140/llama3/Meta-Llama-3-8B-Instruct","choices":[{"index":0,"delta":{"role":"assistant","content":"Hello"},"logprobs":{"content":[{"token":"Hello","bytes":[72,101,108,108,111],"logprob":-0.00005777091791969724,"top_logprobs":[{"token":"Hi","bytes":[72,105],"logprob":-9.852066040039062},{"token":"ĠHello","bytes":[196,160,72,101,108,108,111],"logprob":-12.198531150817871}]}]},"finish_reason":null}],"usage":null}`,
		`{"id":"3","object":"chat.completion.chunk","created":1732704550,"model":"/mnt/140/llama3/Meta-Llama-3-8B-Instruct","choices":[{"index":0,"delta":{"role":"assistant","content":"!"},"logprobs":{"content":[{"token":"!","bytes":[33],"logprob":-0.000011514188372530043,"top_logprobs":[]}]},"finish_reason":null}],"usage":null}`,
		`{"id":"3","object":"chat.completion.chunk","created":1732704550,"model":"/mnt/140/llama3/Meta-Llama-3-8B-Instruct","choices":[{"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":"stop"}],"usage":null}`, end), `Hello!|||stop`).with("logprobs=2"),
	st("26 tjardoo openai-client 96", ev(`{"id":"c","choices":[{"index":0,"delta":{"role":"assistant","content":"Hi"},"logprobs":{"content":[{"token":"Hi","logprob":-0.5,"bytes":[72,105],"top_logprobs":[]}],"refusal":null},"finish_reason":null}]}`, f("stop"), end), `Hi|||stop`).with("logprobs=1"),
	// 27 respuesta vacía del modelo API compatible con OpenAI
	wh("27 proxypal 3", `{"choices":[{"message":{"content":null}}]}`).or("no_content|stream_interrupted", ""),
	er("27 FusionAI 44", 200, ``, "no_content|malformed|stream_interrupted", "yes").typed("application/json"),
	st("27 shell_gpt 470", ev(d(`{"role":"assistant","content":"Hello"}`), f("stop"), `{"id":"c","object":"chat.completion.chunk","created":1707400000,"model":"llama2-7b","choices":[]}`, end), `Hello|||stop`),
	wh("27 9router 173", `{"choices":[{"message":{"role":"assistant","content":""},"finish_reason":"stop"}]}`).or("no_content", ""),
	st("27 llm-openrouter 5", ev(`{"id":"gen-43e4","model":"gpt-3.5-turbo-instruct","choices":[{"index":0,"text":"7, 11, 13","finish_reason":null}]}`, `{"id":"gen-43e4","model":"gpt-3.5-turbo-instruct","choices":[{"index":0,"text":", 17, 19, 23","finish_reason":null}]}`, end), `7, 11, 13, 17, 19, 23|||`, `7, 11, 13, 17, 19, 23|||stop`).checked("*").or("stream_interrupted", "").keeps("7, 11, 13, 17, 19, 23"),
	// 28 refusal field or message.content array instead of string
	refused("28 opencompany 1779", "I can't help with that.", w(`{"role":"assistant","content":[{"type":"refusal","refusal":"I can't help with that."}],"reasoning":"They ask for a bomb."}`, `"stop"`), `|They ask for a bomb.||stop`, `I can't help with that.|They ask for a bomb.||stop`),
	er("28 openzot 52", 500, `{"error":{"code":500,"message":"item['content'] is not an array at row 12, column 30:\n{%- for item in messages %}\n                             ^\n","type":"server_error"}}`, "invalid_request|server", ""),
	refused("28 agent-framework 7992", "I can't do the rest.", w(`{"role":"assistant","content":"Here is the first part.","refusal":"I can't do the rest."}`, `"stop"`), `Here is the first part.*|||stop`),
	refused("28 claude-code-hub 1132", "I can't help with that.", w(`{"role":"assistant","content":null,"refusal":"I can't help with that."}`, `"stop"`), `|||stop`, `I can't help with that.|||stop`),
}

package behaviour_test

var answerRows = []answerRow{
	// 1 流式输出 内容不完整 chat/completions 返回
	both("01 litellm 34352", `{"id":"c","choices":[{"index":0,"message":{"role":"assistant","content":"Once upon"},"finish_reason":"length"}],"usage":{"prompt_tokens":12,"completion_tokens":16,"total_tokens":28}}`,
		ev(d(`{"role":"assistant","content":"Once"}`), d(`{"content":" upon"}`), f("length"), u(`{"prompt_tokens":12,"completion_tokens":16,"total_tokens":28}`), end), `Once upon|||length|12/16`).checked("incomplete").counting("12/16/28/0/0"),
	st("01 cf-openai-azure-proxy 61", ev(`{"id":"","object":"","created":0,"model":"","prompt_filter_results":[{"prompt_index":0,"content_filter_results":{"hate":{"filtered":false,"severity":"safe"},"self_harm":{"filtered":false,"severity":"safe"},"sexual":{"filtered":false,"severity":"safe"},"violence":{"filtered":false,"severity":"safe"}}}],"choices":[],"usage":null}`,
		d(`{"role":"assistant"}`), d(`{"content":"你好"}`), d(`{"content":"！"}`), f("stop"), end), `你好！|||stop`).bytewise(),
	st("01 ragflow 15196", ev(d(`{"role":"assistant","content":"<think>"}`), d(`{"content":"Here's"}`), d(`{"content":"</think>"}`), d(`{"content":"The answer."}`), f("stop"), end), `<think>Here's</think>The answer.|||stop`, `The answer.|Here's||stop`),
	both("01 Langchain-Chatchat 1495", w(`{"role":"assistant","content":"import tkinter as"}`, `"length"`), ev(d(`{"role":"assistant","content":"import"}`), d(`{"content":" tkinter as"}`), f("length"), end), `import tkinter as|||length`).checked("incomplete"),
	// 2 стриминг ответа обрывается chat completions
	st("02 billion-context-omp 105", ev(d(`{"role":"assistant","content":"Let"}`), d(`{"content":" me"}`))).or("stream_interrupted", "").keeps("Let me"),
	st("02 NextChat 4359", ev(d(`{"role":"assistant","content":""}`), d(`{"content":"春天来了，"}`), d(`{"content":"花"}`))).or("stream_interrupted|connection", "").keeps("春天来了，花"),
	st("02 OpenCursor 88", ev(
		`{"id":"chatcmpl-2Qo2IqU7T8RRv8Qb9j1D8tNYLQCm","created":1712892245051,"object":"chat.completion.chunk","model":"gpt-3.5-turbo","choices":[{"delta":{"content":"这是一个相当大的乘法运算，让我来计算一下。稍等片刻。"},"index":0,"finish_reason":null}]}`,
		`{"id":"chatcmpl-2Qo2IqU7T8RRv8Qb9j1D8tNYLQCm","created":1712892245051,"object":"chat.completion.chunk","model":"gpt-3.5-turbo","choices":[{"delta":{"content":""},"index":0,"finish_reason":"stop"}]}`,
		`{"id":"chatcmpl-2Qo2IqU7T8RRv8Qb9j1D8tNYLQCm","created":1712892245051,"object":"chat.completion.chunk","model":"gpt-3.5-turbo","choices":[{"delta":{"content":"计"},"index":0,"finish_reason":null}]}`,
		`{"id":"chatcmpl-2Qo2IqU7T8RRv8Qb9j1D8tNYLQCm","created":1712892245051,"object":"chat.completion.chunk","model":"gpt-3.5-turbo","choices":[{"delta":{"content":"算完了。"},"index":0,"finish_reason":null}]}`,
		`{"id":"chatcmpl-2Qo2IqU7T8RRv8Qb9j1D8tNYLQCm","created":1712892245051,"object":"chat.completion.chunk","model":"gpt-3.5-turbo","choices":[{"delta":{"content":""},"index":0,"finish_reason":"stop"}]}`, end),
		`这是一个相当大的乘法运算，让我来计算一下。稍等片刻。计算完了。|||stop`),
	func() answerRow {
		r := st("02 hermes-agent 30988", ev(d(`{"role":"assistant","content":"I'll"}`), d(`{"content":" now"}`))).or("stream_interrupted|connection", "").keeps("I'll now")
		r.cut = "eof"
		return r
	}(),
	// 3: nothing
	// 4 스트리밍 응답 오류 OpenAI 호환 API
	st("04 xinference 523", `{"id":"chatcmpl-346fc892","model":"my_code_llama","created":1696932753,"object":"chat.completion.chunk","choices":[{"index":0,"delta":{"role":"assistant"},"finish_reason":null}]}`+"\n"+
		`{"id":"chatcmpl-346fc892","model":"my_code_llama","created":1696932753,"object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"Hello"},"finish_reason":null}]}`+"\n"+
		`{"id":"chatcmpl-346fc892","model":"my_code_llama","created":1696932753,"object":"chat.completion.chunk","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}`+"\n", `Hello|||stop`).or("malformed|stream_interrupted", ""),
	er("04 FastChat 3366", 400, `{"object":"error","message":"This model's maximum context length is 4096 tokens. However, you requested 5000 tokens (4488 in the messages, 512 in the completion). Please reduce the length of the messages or completion.","code":40303}`, "context_length", "no"),
	er("04 dust 5418", 404, notChat, "not_found|invalid_request", "no"),
	st("04 claude-code-best 1361", ev(d(`{"role":"assistant","content":"好的"}`), d(`{"content":"，我先"}`))).or("stream_interrupted", "").keeps("好的，我先"),
	// 5 tool_calls 参数 解析失败 openai 接口
	func() answerRow {
		r := st("05 ds-free-api 26", ev(d(`{"role":"assistant","content":""}`))).or("stream_interrupted|connection", "")
		r.cut = "eof"
		return r
	}(),
	both("05 cecli 417", w(`{"role":"assistant","content":"","tool_calls":[{"id":"call_1","index":0,"type":"function","function":{"name":"UpdateTodoList","arguments":"{\"content\":\"1. a\\n2. b\"}"}}]}`, `"tool_calls"`),
		ev(d(`{"role":"assistant","content":"","tool_calls":[{"id":"call_1","index":0,"type":"function","function":{"name":"UpdateTodoList","arguments":"{\"content\":\"1. a\\n2. b\"}"}}]}`), f("tool_calls"), end), `||call_1,UpdateTodoList,{"content":"1. a\n2. b"}|tool_calls`),
	st("05 forgecode 461", ev(tc(`{"index":0,"id":"toolu_017seav7Ng1vXMKrXdqmRh8b","type":"function","function":{"name":"tool_forge_event_dispatch","arguments":""}}`), tc(`{"index":0,"type":"function","function":{"arguments":""}}`),
		tc(`{"index":0,"type":"function","function":{"arguments":"{\"id\": \""}}`), tc(`{"index":0,"type":"function","function":{"arguments":"time_ret"}}`), tc(`{"index":0,"type":"function","function":{"arguments":"rieval"}}`), tc(`{"index":0,"type":"function","function":{"arguments":"\""}}`),
		f("tool_calls"), u(`{"prompt_tokens":4502,"completion_tokens":87,"total_tokens":4589}`), end), `||toolu_017seav7Ng1vXMKrXdqmRh8b,tool_forge_event_dispatch,{"id": "time_retrieval"|tool_calls|4502/87`).checked("*").or("malformed|stream_interrupted", ""),
	er("05 GhidrAssist 45", 400, `{"error":{"message":"Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.","type":"invalid_request_error","param":"messages.[3].role","code":null}}`, "invalid_request", "no"),
	st("05 continue 7491", ev(d(`{"role":"assistant","content":null}`), tc(`{"index":0,"id":"5Fh2","type":"function","function":{"name":"read_file","arguments":"{\"fi"}}`), tc(`{"index":0,"function":{"arguments":"lepath\":\"a.py\"}"}}`), f("tool_calls"), end), `||5Fh2,read_file,{"filepath":"a.py"}|tool_calls`),
	// 6 model does not call function, answers with XML or text instead
	plain("06 data-machine 2309", `<function_calls><invoke name=\"workspace_`, `list\"></invoke></function_calls>`, `<function_calls><invoke name="workspace_list"></invoke></function_calls>|||stop`).either(`||?,workspace_list,{}|*`),
	plain("06 gpt4all 3317", `<note><to>`, `Tove</to></note>`, `<note><to>Tove</to></note>|||stop`),
	plain("06 docker-agent 2732", `<tool_call>\n{\"name\": \"read_file\", `, `\"arguments\": {\"path\": \"go.mod\"}}\n</tool_call>`, "<tool_call>\n"+`{"name": "read_file", "arguments": {"path": "go.mod"}}`+"\n</tool_call>|||stop").either(`||?,read_file,{"path": "go.mod"}|*`, `||?,read_file,{"path":"go.mod"}|*`),
	// 7 parallel tool calls index wrong in SSE deltas
	func() answerRow {
		r := st("07 dayu-agent 57", ev(tc(`{"id":"eaifhb3y","function":{"name":"search_web","arguments":"{\"query\":\"ARM Holdings short interest\"}"},"type":"function","extra_content":{"google":{"thought_signature":"EjQKMg"}}}`),
			tc(`{"id":"mw4fnecu","function":{"name":"search_web","arguments":"{\"query\":\"ARM news\"}"},"type":"function"}`), f("tool_calls"), end), `||eaifhb3y,search_web,{"query":"ARM Holdings short interest"};mw4fnecu,search_web,{"query":"ARM news"}|tool_calls`)
		r.back = []string{"EjQKMg"}
		return r
	}(),
	st("07 continue 13278", ev(tc(`{"index":0,"id":"call_A","type":"function","function":{"name":"tool_a","arguments":""}}`), tc(`{"index":1,"id":"call_B","type":"function","function":{"name":"tool_b","arguments":""}}`),
		tc(`{"index":0,"function":{"arguments":"{\"target\":\"A_ONLY\"}"}}`), tc(`{"index":1,"function":{"arguments":"{\"target\":\"B_ONLY\"}"}}`), f("tool_calls"), end), `||call_A,tool_a,{"target":"A_ONLY"};call_B,tool_b,{"target":"B_ONLY"}|tool_calls`),
	st("07 OmniRoute 11144", ev(tc(`{"index":0,"id":"call_a","type":"function","function":{"name":"run_a","arguments":""}}`), tc(`{"index":0,"id":"call_b","type":"function","function":{"name":"run_b","arguments":""}}`),
		tc(`{"index":0,"function":{"arguments":"{\"a\":1}"}}`), tc(`{"index":1,"function":{"arguments":"{\"b\":2}"}}`), f("tool_calls"), end), `||call_a,run_a,{"a":1};call_b,run_b,{"b":2}|tool_calls`).or("malformed|stream_interrupted", ""),
	st("07 dynamo 4723", ev(
		`{"id":"chatcmpl-ce4e8629","choices":[{"index":0,"delta":{"content":null,"function_call":null,"tool_calls":[{"index":0,"id":"call-1","type":"function","function":{"name":"add_numbers","arguments":"{\"a\":2,\"b\":2}"}}],"role":"assistant","refusal":null,"reasoning_content":null},"finish_reason":null,"logprobs":null}],"created":1764752531,"model":"Qwen/Qwen3-0.6B","system_fingerprint":null,"object":"chat.completion.chunk","usage":null}`,
		`{"id":"chatcmpl-ce4e8629","choices":[{"index":0,"delta":{"content":null,"function_call":null,"tool_calls":[{"index":0,"id":"call-2","type":"function","function":{"name":"get_weather","arguments":"{\"location\":\"Tokyo\",\"unit\":\"celsius\"}"}}],"role":"assistant","refusal":null,"reasoning_content":null},"finish_reason":null,"logprobs":null}],"created":1764752531,"model":"Qwen/Qwen3-0.6B","system_fingerprint":null,"object":"chat.completion.chunk","usage":null}`,
		f("tool_calls"), end), `||call-1,add_numbers,{"a":2,"b":2};call-2,get_weather,{"location":"Tokyo","unit":"celsius"}|tool_calls`),
	st("07 langchain 40538", ev(tc(`{"id":"c1","type":"function","function":{"name":"get_weather","arguments":"{\"city\":\"Rome\"}"}}`), tc(`{"id":"c2","type":"function","function":{"name":"get_weather","arguments":"{\"city\":\"Oslo\"}"}}`), f("tool_calls"), end), `||c1,get_weather,{"city":"Rome"};c2,get_weather,{"city":"Oslo"}|tool_calls`),
	// 8 qwen3 enable_thinking reasoning output mixed up
	wh("08 vllm 19839", `{"id":"chatcmpl-8fd7068f","object":"chat.completion","created":1750236511,"model":"matrix-local-llm-reason","choices":[{"index":0,"message":{"role":"assistant","reasoning_content":"我是Qwen3。","content":null,"tool_calls":[]},"logprobs":null,"finish_reason":"stop","stop_reason":null}]}`, `|我是Qwen3。||stop`, `我是Qwen3。|||stop`).checked("*").or("no_content", "").upTo(2),
	wh("08 xinference 3647", w(`{"role":"assistant","content":"<think>\n\n</think>\n\n你好"}`, `"stop"`), `*你好|*||stop`),
	wh("08 LlamaFactory 9765", w(`{"role":"assistant","content":"<think>\n好的，用户打招呼。\n</think>\n\n您好！","tool_calls":null}`, `"stop"`), `*您好！|*||stop`),
	plain("08 omlx 2367", `Thinking Process:\n1. Add.\n\n`, `The answer is 4.`, "Thinking Process:\n1. Add.\n\nThe answer is 4.|||stop"),
	// 9 deepseek-reasoner answer empty only reasoning
	both("09 DeepSeek-R1 313", w(`{"role":"assistant","content":null,"reasoning_content":null}`, `"stop"`), ev(d(`{"role":"assistant","content":null,"reasoning_content":null}`), f("stop"), end)).or("no_content", ""),
	func() answerRow {
		r := st("09 llm-rosetta 356", ev(d(`{"role":"assistant","content":null,"reasoning_content":""}`), d(`{"content":null,"reasoning_content":"I should "}`), d(`{"content":null,"reasoning_content":"look."}`), tc(`{"index":0,"id":"call_00","type":"function","function":{"name":"ls","arguments":""}}`), tc(`{"index":0,"function":{"arguments":"{}"}}`), f("tool_calls"), end), `|I should look.|call_00,ls,{}|tool_calls`)
		r.back = []string{`"reasoning_content":"I should look."`}
		return r
	}(),
	st("09 BoltAI 275", ": keep-alive\n\n: keep-alive\n\n").or("no_content|stream_interrupted|malformed|connection|overloaded", "yes"),
	st("09 openrouter ai-sdk-provider 163", ev(d(`{"role":"assistant","content":"","reasoning":""}`), d(`{"role":"assistant","content":"Hmm, the user is asking for my name. "}`), d(`{"role":"assistant","content":"I am DeepSeek."}`), f("stop"), end), `Hmm, the user is asking for my name. I am DeepSeek.|||stop`),
	st("09 chatwise-releases 93", ev(d(`{"role":"assistant","content":""}`), f("stop"), end)).or("no_content", ""),
	// 10 sglang chat completion wrong output fields
	wh("10 modelz-llm 83", `{"id":"1306c25e-968f-4a02-adcb-5bcfbd19524a","object":"chat","created":"2023-06-20T19:58:12.437203","model":"bigscience/bloomz-560m","usage":{"prompt_tokens":7,"completion_tokens":5,"total_tokens":12},"choices":[{"message":{"content":" The Dark Knight Rises","role":"assistant","name":""},"index":0,"finish_reason":"stop"}]}`, ` The Dark Knight Rises|||stop|7/5`).counting("7/5/12/0/0"),
	st("10 evalscope 260", ev(`{"id":"a8","created":1735100000,"model":"qwen","choices":[{"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null,"matched_stop":null}]}`, `{"id":"a8","created":1735100000,"model":"qwen","choices":[{"index":0,"delta":{"content":"Hi"},"logprobs":null,"finish_reason":null,"matched_stop":null}]}`,
		`{"id":"a8","created":1735100000,"model":"qwen","choices":[{"index":0,"delta":{},"logprobs":null,"finish_reason":"stop","matched_stop":151645}]}`, `{"id":"a8","created":1735100000,"model":"qwen","choices":[],"usage":{"prompt_tokens":5,"total_tokens":7,"completion_tokens":2}}`, end), `Hi|||stop|5/2`).counting("5/2/7/0/0"),
	plain("10 CoGPT 28", `Hel`, `lo`, `Hello|||stop`).counting("0/0/0/0/0"),
	wh("10 sglang 2216", `{"id":"b1","object":"chat.completion","created":1732700000,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"{\"name\": \"Anna\", \"age\": 30}","tool_calls":null},"logprobs":null,"finish_reason":"stop","matched_stop":128009}],"usage":{"prompt_tokens":60,"total_tokens":75,"completion_tokens":15,"prompt_tokens_details":null}}`, `{"name": "Anna", "age": 30}|||stop|60/15`).counting("60/15/75/0/0"),
	// 11 TGI text-generation-inference /v1/chat/completions response format
	wh("11 huggingface_hub 2383", `{"object":"chat.completion","id":"","created":1721890000,"model":"meta-llama/Meta-Llama-3.1-70B-Instruct","system_fingerprint":"2.2.0","choices":[{"index":0,"message":{"role":"assistant","content":"It seems like you're ready to start a conversation. 😊criptions? 🤔 I'M HERE T"},"logprobs":null,"finish_reason":"length"}],"usage":{"prompt_tokens":36,"completion_tokens":100,"total_tokens":136}}`, `It seems like you're ready to start a conversation. 😊criptions? 🤔 I'M HERE T|||length|36/100`).checked("incomplete"),
	// 12 LocalAI chat completions response differs from OpenAI
	st("12 LocalAI 648", ev(`{"object":"chat.completion.chunk","model":"ggml-gpt4all-j-v1.3-groovy.bin","choices":[{"delta":{"role":"assistant"}}],"usage":{"prompt_tokens":0,"completion_tokens":0,"total_tokens":0}}`, `{"object":"chat.completion.chunk","model":"ggml-gpt4all-j-v1.3-groovy.bin","choices":[{"delta":{"content":" Hall"}}],"usage":{"prompt_tokens":0,"completion_tokens":0,"total_tokens":0}}`,
		`{"model":"ggml-gpt4all-j-v1.3-groovy.bin","choices":[{"finish_reason":"stop"}],"usage":{"prompt_tokens":0,"completion_tokens":0,"total_tokens":0}}`, end), ` Hall|||stop`),
	er("12 langchain 17596", 404, `404 page not found`, "not_found", "no"),
	wh("12 LocalAI 5789", `{"created":1751540000,"object":"chat.completion","id":"7d","model":"Qwen2.5-Omni-7B-Q4_K_M.gguf","choices":[{"index":0,"finish_reason":"length","message":{"role":"assistant","content":" I was wondering if you could"}}],"usage":{"prompt_tokens":5,"completion_tokens":128,"total_tokens":133}}`, ` I was wondering if you could|||length|5/128`).checked("incomplete"),
	wh("12 FastChat 2549", `{"id":"chatcmpl-3k","object":"chat.completion","created":1697100000,"model":"vicuna-7b-v1.5","choices":[{"index":0,"message":{"role":"assistant","content":"中国的首都是北京。"},"finish_reason":"stop"}],"usage":{"prompt_tokens":48,"total_tokens":56,"completion_tokens":8}}`, `中国的首都是北京。|||stop|48/8`),
	wh("12 extended_openai_conversation 85", `{"created":1704814397,"object":"chat.completion","id":"3c5b","model":"luna-ai-llama2-uncensored","choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":"Turn Computer On"}}],"usage":{"prompt_tokens":0,"completion_tokens":0,"total_tokens":0}}`, `Turn Computer On|||stop`),
	// 13 Gemini OpenAI compat layer stream chunk missing field
	st("13 MacPaw 283", ev(`{"choices":[{"delta":{"content":"Hello","role":"assistant"},"index":0}],"created":1743446000,"model":"gemini-2.0-flash","object":"chat.completion.chunk"}`, `{"choices":[{"delta":{"content":" there","role":"assistant"},"finish_reason":"stop","index":0}],"created":1743446000,"model":"gemini-2.0-flash","object":"chat.completion.chunk"}`, end), `Hello there|||stop`).typed("text/plain; charset=utf-8"),
	st("13 hermes-agent 25788", ev(d(`{"role":"assistant","reasoning":"think"}`), d(`{"role":"assistant","content":"hey"}`), f("stop"), end), `hey|think||stop`),
	st("13 LocalAI 8341", ev(`{"created":1770000000,"object":"chat.completion.chunk","id":"x","model":"m","choices":[{"index":0,"delta":{"role":"assistant"}}]}`, `{"created":1770000000,"object":"chat.completion.chunk","id":"x","model":"m","choices":[{"index":0,"finish_reason":null,"delta":{"content":"hey"}}]}`, `{"created":1770000000,"object":"chat.completion.chunk","id":"x","model":"m","choices":[{"index":0,"finish_reason":"stop","delta":{}}]}`, end), `hey|||stop`),
	st("13 litellm 4339", ev(d(`{"role":"assistant","content":"The"}`), `{"id":"c","choices":[{"index":0,"delta":{"content":null},"finish_reason":"stop"}]}`, end), `The|||stop`),
	st("13 envoy ai-gateway 1503", ev(d(`{"role":"assistant","content":"Hi"}`), `{"id":"c","choices":[{"index":0,"delta":{"content":" there","role":"assistant"},"finish_reason":"stop"}],"object":"chat.completion.chunk","usage":{"prompt_tokens":12,"completion_tokens":17,"total_tokens":29}}`, end), `Hi there|||stop|12/17`).counting("12/17/29/0/0"),
}

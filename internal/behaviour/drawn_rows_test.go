package behaviour_test

const plainCall = `{"index":0,"id":"a","type":"function","function":{"name":"w","arguments":""}}`

func arg(s string) string { return tc(`{"index":0,"function":{"arguments":"` + s + `"}}`) }

var drawnRows = []drawnRow{
	// 1. streaming response never ends openai compatible
	no(1, "1.1 openhuman 4233", 0, "no_content", "", ev(d(`{"role":"assistant","content":""}`), f("stop"), end)),
	re(1, "1.2 r1_reasoning_effort 2", ev(d(`{"role":"assistant","content":""}`), d(`{"reasoning_content":"h"}`), d(`{"reasoning_content":"m"}`), d(`{"content":"hey"}`), f("stop"), end), `hey|hm||stop`),
	re(1, "1.3 NeMo-Agent-Toolkit 818", ev(
		`{"id":"c","choices":[{"message":{"content":"he","role":null},"delta":null,"finish_reason":null,"index":0}],"created":"2025-09-18T00:00:00Z","model":"unknown-model","object":"chat.completion.chunk"}`,
		`{"id":"c","choices":[{"message":{"content":"y","role":null},"delta":null,"finish_reason":null,"index":0}],"created":"2025-09-18T00:00:00Z","model":"unknown-model","object":"chat.completion.chunk"}`,
		`{"id":"c","choices":[{"message":{"content":null,"role":null},"delta":null,"finish_reason":"stop","index":0}],"created":"2025-09-18T00:00:00Z","model":"unknown-model","object":"chat.completion.chunk"}`, end), `hey|||stop`),
	// 2. streaming chunk parse error openai compatible server
	no(2, "2.1 openai-streams 13", 0, "server", "yes", ev(`{"error":{"message":"The server had an error while processing your request. Sorry about that!","type":"server_error","param":null,"code":null}}`)),
	func() drawnRow {
		r := re(2, "2.2 tambo 1189", ev(d(`{"role":"assistant","content":"he"}`), d(`{"content":"y"}`), f("stop"), end), `hey|||stop`)
		r.oneByte = true
		return r
	}(),
	no(2, "2.3 vercel ai 1835", 0, "server", "yes", ev(`{"error":{"message":"The server had an error processing your request. Sorry about that! You can retry your request, or contact us through our help center at help.openai.com if you keep seeing this error.","type":"server_error","param":null,"code":null}}`, end)),
	no(2, "2.4 goai 110", 0, "server|upstream", "", "event: error\ndata: {\"error\":{\"message\":\"Compute error.\"},\"message\":\"Compute error.\"}\n\n"),
	no(2, "2.5 litellm 40578", 0, "rate_limit|overloaded", "yes", ev(`{"error":{"message":"The request queue of the engine is full, please retry later","type":"TooManyRequestsError","param":null,"code":429}}`, end)),
	func() drawnRow {
		r := re(2, "2.6 ruby-openai 338", ev(d(`{"role":"assistant","content":"he"}`), d(`{"content":"y \"q\"\n"}`), f("stop"), end), "hey \"q\"\n|||stop")
		r.oneByte = true
		return r
	}(),
	no(2, "2.7 openclaude 1174", 0, "server|upstream|timeout", "", ev(d(`{"role":"assistant","content":"he"}`), `{"error":{"message":"The upstream failed after the headers were sent","type":"server_error"}}`)).keeps("he"),
	re(2, "2.8 dify 2144", `{"object":"chat.completion","model":"rwkv-5-h-world-1b5","usage":{"prompt_tokens":0,"completion_tokens":500,"total_tokens":500},"choices":[{"message":{"role":"assistant","content":"xxx"},"index":0,"finish_reason":"stop"}]}`, `xxx|||stop|0/500`),
	func() drawnRow {
		r := re(2, "2.9 openai-fetch 22", strings_(`data: {"id":"c","choices":[{"index":0,"delta":{"content":"hey"},"finish_reason":null}]}`, `data: {"id":"c","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}`, `data: [DONE]`), `hey|||stop`)
		r.oneByte = true
		return r
	}(),
	re(2, "2.10 open-webui 7726", ev(`{"id": "chatcmpl-81ac59df-6615-4967-9462-a0d4bcb002dd", "model": "llama3.2-3b-it-q6", "created": 1733773199, "object": "chat.completion.chunk", "choices": [{"index": 0, "delta": {"role": "assistant"}, "logprobs": null, "finish_reason": null}]}`,
		`{"id": "chatcmpl-81ac59df-6615-4967-9462-a0d4bcb002dd", "model": "llama3.2-3b-it-q6", "created": 1733773199, "object": "chat.completion.chunk", "choices": [{"index": 0, "delta": {"content": " delighted"}, "logprobs": null, "finish_reason": null}]}`,
		`{"id": "chatcmpl-81ac59df-6615-4967-9462-a0d4bcb002dd", "model": "llama3.2-3b-it-q6", "created": 1733773199, "object": "chat.completion.chunk", "choices": [{"index": 0, "delta": {"content": " to"}, "logprobs": null, "finish_reason": null}]}`,
		`{"id": "chatcmpl-81ac59df-6615-4967-9462-a0d4bcb002dd", "model": "llama3.2-3b-it-q6", "created": 1733773199, "object": "chat.completion.chunk", "choices": [{"index": 0, "delta": {}, "logprobs": null, "finish_reason": "stop"}]}`, end), ` delighted to|||stop`),
	// 3. tool calls streaming arguments broken
	no(3, "3.1 hermes-agent 92360", 0, "stream_interrupted|timeout", "", ev(tc(plainCall), arg(`{\"path\":\"a`))),
	re(3, "3.2 langchain 35528", ev(tc(plainCall), arg(`{`), arg(`\"ci`), arg(`ty\":`), arg(` \"Paris\"`), arg(`}`), f("tool_calls"), end), `||a,w,{"city": "Paris"}|tool_calls`),
	re(3, "3.3 genkit-plugins 171", ev(d(`{"role":"assistant","content":null,"tool_calls":[`+plainCall+`]}`), arg(`{\"a\"`), arg(`:1}`), f("tool_calls"), end), `||a,w,{"a":1}|tool_calls`),
	re(3, "3.5 ai-dial-sdk 239", ev(tc(plainCall), tc(`{"index":0,"type":"function","function":{"arguments":"{\"a\""}}`), tc(`{"index":0,"type":"function","function":{"arguments":":1}"}}`), f("tool_calls"), end), `||a,w,{"a":1}|tool_calls`),
	re(3, "3.6 req_llm 718", ev(tc(plainCall), arg(`{\"city\":\"Par`), f("tool_calls"), end), `||a,w,{"city":"Par|tool_calls`).or("malformed|stream_interrupted", "").checked("*"),
	no(3, "3.7 codebuddy2api 6", 0, "malformed|no_content|stream_interrupted|upstream", "", ev(d(`{"role":"assistant","content":""}`), tc(`{"index":0,"id":"call_1","type":"function","function":{"name":"","arguments":""}}`), f("tool_calls"), end)),
	re(3, "3.8 sglang 37634", ev(tc(`{"index":0,"id":"a","type":"function","function":{"name":"gw","arguments":"{\"city\":\"Paris\"}"}},{"index":1,"id":"b","type":"function","function":{"name":"gw","arguments":""}}`), f("tool_calls"), end), `||a,gw,{"city":"Paris"};b,gw,|tool_calls`),
	re(3, "3.9 halogen 36", ": keepalive\n\n"+ev(tc(plainCall))+": keepalive\n\n: keepalive\n\n"+ev(arg(`{\"command\":\"ls -la\"}`), f("tool_calls"), end), `||a,w,{"command":"ls -la"}|tool_calls`),
	re(3, "3.10 vllm 47901", ev(tc(`{"index":0,"id":"a","type":"function","function":{"name":"a","arguments":"{}"}}`), tc(`{"index":1,"id":"b","type":"function","function":{"name":"b","arguments":"{}"}}`), f("tool_calls"), end), `||a,a,{};b,b,{}|tool_calls`),
	re(3, "3.11 Rapid-MLX 579", ev(tc(`{"index":0,"id":"","type":"function","function":{"name":"\"}","arguments":"[ARGS]{\""}}`), f("tool_calls"), end), `||?,"},[ARGS]{"|tool_calls`).or("malformed|no_content", "").checked("*"),
	// 4. tool call returned as text in content instead of tool_calls
	re(4, "4.1 BotSharp 816", w(`{"role":"assistant","content":"I look.","tool_calls":[{"id":"a","type":"function","function":{"name":"w","arguments":"{}"}}]}`, `"tool_calls"`), `I look.||a,w,{}|tool_calls`),
	re(4, "4.2 safety-tooling 113", w(`{"role":"assistant","content":null,"tool_calls":[{"id":"a","type":"function","function":{"name":"w","arguments":"{\"a\":1}"}}]}`, `"tool_calls"`), `||a,w,{"a":1}|tool_calls`),
	re(4, "4.3 promptfoo 2741", w(`{"role":"assistant","content":"Let me see","tool_calls":[{"id":"a","type":"function","function":{"name":"w","arguments":"{}"}}],"refusal":null}`, `"tool_calls"`), `Let me see||a,w,{}|tool_calls`),
	re(4, "4.4 ccx 60", ev(d(`{"role":"assistant","content":"<function_calls>\n<invoke name=\"w\">"}`), d(`{"content":"<parameter name=\"a\">1</parameter></invoke></function_calls>"}`), f("stop"), end), "<function_calls>\n<invoke name=\"w\"><parameter name=\"a\">1</parameter></invoke></function_calls>|||stop"),
	re(4, "4.5 puter 2458", w(`{"role":"assistant","content":"","tool_calls":[{"id":"a","type":"function","function":{"name":"w","arguments":"{}"}}]}`, `"tool_calls"`), `||a,w,{}|tool_calls`),
	// 5. tool_calls finish_reason wrong
	re(5, "5.1 mlx-vlm 1014", w(`{"role":"assistant","content":"","tool_calls":[{"id":"a","type":"function","index":0,"function":{"name":"w","arguments":"{}"}}]}`, `"stop"`), `||a,w,{}|stop`, `||a,w,{}|tool_calls`),
	re(5, "5.2 mistral client-python 59", w(`{"role":"assistant","content":"","tool_calls":[{"id":"D681PevKs","type":"null","function":{"name":"w","arguments":"{}"}}]}`, `"tool_calls"`), `||D681PevKs,w,{}|tool_calls`),
	re(5, "5.3 sglang 2877", `{"created":1736822678,"usage":{"completion_tokens":75,"prompt_tokens":43,"total_tokens":118},"model":"Qwen/Qwen2.5-14B-Instruct-GPTQ-Int4","id":"a82af6309caf48a0994c77acbedbc846","choices":[{"finish_reason":"stop","matched_stop":151645,"index":0,"message":{"role":"assistant","content":"I don't have real-time data access","tool_calls":null}}]}`, `I don't have real-time data access|||stop|43/75`),
	re(5, "5.4 LocalAI 6243", w(`{"role":"assistant","content":"hey"}`, `"tool_calls"`), `hey|||*`).checked("*"),
	re(5, "5.5 tjardoo openai-client 31", w(`{"role":"assistant","content":null,"tool_calls":[{"id":"a","type":"function","function":{"name":"w","arguments":"{}"}}]}`, `"tool_calls"`), `||a,w,{}|tool_calls`),
	re(5, "5.6 sonar 1257", ev(d(`{"role":"assistant"}`), tc(`{"index":0,"id":"a","type":"function","function":{"name":"w","arguments":"{}"}}`), f("stop"), end), `||a,w,{}|stop`, `||a,w,{}|tool_calls`),
	re(5, "5.7 mirascope 257", ev(tc(plainCall), arg(`{}`), f("stop"), end), `||a,w,{}|stop`, `||a,w,{}|tool_calls`),
	re(5, "5.8 openai-cookbook 496", w(`{"role":"assistant","content":null,"function_call":{"name":"w","arguments":"{}"}}`, `"function_call"`), `|||function_call`),
	re(5, "5.9 LocalAI 6218", `{"created":1757322665,"object":"chat.completion","id":"80bf24d7-da74-4631-9070-c7af34a47126","model":"gemma-3-12b-it","choices":[{"index":0,"finish_reason":"tool_calls","message":{"role":"assistant","content":"Absolutely! Here's a simple recipe"}}],"usage":{"prompt_tokens":20,"completion_tokens":80,"total_tokens":100}}`, `Absolutely! Here's a simple recipe|||*|20/80`).checked("*"),
	re(5, "5.10 ai-gateway 1486", w(`{"role":"assistant","tool_calls":[{"id":"a","type":"function","function":{"name":"w","arguments":"{\"l\":\"x\"}"}}]}`, `"stop"`), `||a,w,{"l":"x"}|stop`, `||a,w,{"l":"x"}|tool_calls`),
	re(5, "5.11 writer-framework 636", ev(tc(plainCall), arg(`{}`), d(`{"content":""}`), `{"choices":[{"index":0,"delta":{"content":null},"finish_reason":"tool_calls"}]}`, end), `||a,w,{}|tool_calls`),
	// 6. reasoning_content missing in response
	re(6, "6.1 AIClient2API 557", w(`{"role":"assistant","content":"hey"}`, `"stop"`), `hey|||stop`),
	re(6, "6.2 litellm 8193", ev(`{"id":"gen-1738520971-svZjag48VXWwp0RfBi2z","provider":"Nebius","model":"deepseek/deepseek-r1","object":"chat.completion.chunk","created":1738520971,"choices":[{"index":0,"delta":{"role":"assistant","content":null,"reasoning":"The"},"finish_reason":null,"logprobs":null}]}`,
		`{"id":"gen-1738520971-svZjag48VXWwp0RfBi2z","provider":"Nebius","model":"deepseek/deepseek-r1","object":"chat.completion.chunk","created":1738520971,"choices":[{"index":0,"delta":{"role":"assistant","content":null,"reasoning":" user"},"finish_reason":null,"logprobs":null}]}`,
		`{"id":"gen-1738520971-svZjag48VXWwp0RfBi2z","provider":"Nebius","model":"deepseek/deepseek-r1","object":"chat.completion.chunk","created":1738520971,"choices":[{"index":0,"delta":{"role":"assistant","content":"hey","reasoning":null},"finish_reason":null,"logprobs":null}]}`,
		`{"id":"gen-1738520971-svZjag48VXWwp0RfBi2z","provider":"Nebius","model":"deepseek/deepseek-r1","object":"chat.completion.chunk","created":1738520971,"choices":[{"index":0,"delta":{"role":"assistant","content":"","reasoning":null},"finish_reason":"stop","logprobs":null}]}`, end), `hey|The user||stop`),
	re(6, "6.3 ridges 267", w(`{"role":"assistant","content":"","reasoning_content":"hm"}`, `"stop"`), `|hm||stop`).or("no_content", "").checked("no_content|incomplete"),
	re(6, "6.4 picoclaw 992", w(`{"role":"assistant","content":"","reasoning_content":"The answer is 4"}`, `"stop"`), `|The answer is 4||stop`).or("no_content", "").checked("no_content|incomplete"),
	re(6, "6.5 FastGPT 3785", "event: flowNodeStatus\ndata: {\"status\":\"running\",\"name\":\"AI 对话\"}\n\nevent: answer\ndata: {\"id\":\"\",\"object\":\"\",\"created\":0,\"model\":\"\",\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"hey\"},\"index\":0,\"finish_reason\":null}]}\n\nevent: answer\ndata: {\"id\":\"\",\"object\":\"\",\"created\":0,\"model\":\"\",\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":null},\"index\":0,\"finish_reason\":\"stop\"}]}\n\nevent: answer\ndata: [DONE]\n\nevent: flowResponses\ndata: [{\"nodeId\":\"x\",\"moduleName\":\"AI 对话\",\"totalPoints\":0}]\n\n", `hey|||stop`),
	re(6, "6.6 fw-ai benchmark 32", ev(d(`{"role":"assistant"}`), d(`{"reasoning_content":"hm"}`), d(`{"content":"hey"}`), `{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}`, end), `hey|hm||stop|3/2`),
	// 7. reasoning think tags in content
	re(7, "7.1 lmstudio 1602", w(`{"role":"assistant","content":"","reasoning_content":"Let me think","tool_calls":[]}`, `"stop"`), `|Let me think||stop`).or("no_content", "").checked("no_content|incomplete"),
	re(7, "7.2 Yuxi 168", ev(d(`{"role":"assistant","content":"<think>"}`), d(`{"content":"hm"}`), d(`{"content":"</think>"}`), d(`{"content":"hey"}`), f("stop"), end), `<think>hm</think>hey|||stop`, `hey|hm||stop`),
	re(7, "7.3 AstrBot 10116", w(`{"role":"assistant","content":"<thinking>hm</thinking>hey"}`, `"stop"`), `<thinking>hm</thinking>hey|||stop`, `hey|hm||stop`),
	re(7, "7.4 candela 361", w(`{"role":"assistant","content":"<think>hm</think>\n\nhey"}`, `"stop"`), "<think>hm</think>\n\nhey|||stop", "*hey|*hm*||stop"),
	re(7, "7.5 gpustack-ui 349", w(`{"role":"assistant","content":"hm\n</think>\n\nhey"}`, `"stop"`), "hm\n</think>\n\nhey|||stop", "*hey|*hm*||stop"),
}

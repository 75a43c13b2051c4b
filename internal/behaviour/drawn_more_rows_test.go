package behaviour_test

import "strings"

// strings_ are lines, each ended by one newline alone.
func strings_(lines ...string) string { return strings.Join(lines, "\n\n") + "\n" }

var (
	useTail  = u(`{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}`)
	shortEnd = `{"id":"c","choices":[{"index":0,"delta":{"content":"y"},"finish_reason":"length"}]}`
)

var moreDrawnRows = []drawnRow{
	// 8. usage missing in streaming response
	re(8, "8.1 ChatGPTSwift 28", ev(d(`{"role":"assistant","content":""}`), d(`{"content":"Here"}`), d(`{"content":" are"}`), d(`{"content":" the"}`), d(`{"content":" pieces"}`), d(`{"content":"."}`), f("stop"), end), `Here are the pieces.|||stop`),
	re(8, "8.2 azure-rest-api-specs 32078", ev(`{"choices":[],"created":0,"id":"","model":"","object":"","prompt_filter_results":[{"prompt_index":0,"content_filter_results":{}}]}`, `{"choices":[{"content_filter_results":{},"delta":{"content":"","refusal":null,"role":"assistant"},"finish_reason":null,"index":0,"logprobs":null}],"created":1,"id":"c","model":"gpt-4o","object":"chat.completion.chunk"}`, `{"choices":[{"content_filter_results":{},"delta":{"content":"hey"},"finish_reason":null,"index":0,"logprobs":null}],"created":1,"id":"c","model":"gpt-4o","object":"chat.completion.chunk"}`, `{"choices":[{"content_filter_results":{},"delta":{},"finish_reason":"stop","index":0,"logprobs":null}],"created":1,"id":"c","model":"gpt-4o","object":"chat.completion.chunk"}`, end), `hey|||stop`),
	re(8, "8.3 simpliml 6", ev(d(`{"content":"hey"}`), f("stop"), useTail, end), `hey|||stop|3/2`),
	re(8, "8.4 omniai-openai 96", ev(`{"id":"c","choices":[{"index":0,"delta":{"role":"assistant","content":"hey"},"finish_reason":null}],"usage":null}`, `{"id":"c","choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":null}`, useTail, end), `hey|||stop|3/2`),
	re(8, "8.5 litellm 9657", ev(d(`{"role":"assistant","content":"hey"}`), f("stop"), `{"id":"c","choices":[{"index":0,"delta":{},"finish_reason":null}],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}`, end), `hey|||stop|3/2`),
	re(8, "8.6 go-openai 211", ev(d(`{"role":"assistant"}`), d(`{"content":"hey"}`), f("stop"), end), `hey|||stop`),
	no(8, "8.7 mistral client-ts 75", 0, "stream_interrupted", "", ev(`{"id":"574144f5f706403aacf9ecc1ae3d79ed","object":"chat.completion.chunk","created":1750257525,"model":"mistral-large-2411","choices":[{"index":0,"delta":{"content":" and"},"finish_reason":null}]}`, `{"id":"574144f5f706403aacf9ecc1ae3d79ed","object":"chat.completion.chunk","created":1750257525,"model":"mistral-large-2411","choices":[{"index":0,"delta":{"content":" what"},"finish_reason":null}]}`)).keeps(" and what"),
	re(8, "8.8 CLIProxyAPI 1279", ev(d(`{"role":"assistant","content":"hey","reasoning_content":null}`), f("stop"), end), `hey|||stop`),
	re(8, "8.9 midscene 3117", ev(d(`{"content":"hey"}`), f("stop"), useTail, end), `hey|||stop|3/2`),
	// 9. usage tokens null or zero chat completions
	re(9, "9.1 foundry-local 173", `{"id":"c","model":"phi","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"hey","tool_calls":null},"finish_reason":"stop"}],"usage":null}`, `hey|||stop`),
	re(9, "9.2 AiNiee 25", `{"id":"c","choices":[{"index":0,"message":{"role":"assistant","content":"hey"},"finish_reason":"stop"}],"usage":{"prompt_tokens":null,"completion_tokens":null,"total_tokens":null}}`, `hey|||stop`),
	no(9, "9.3 vllm 1996", 500, "server", "yes", "Internal Server Error"),
	re(9, "9.4 chat_gpt_sdk 49", ev(d(`{"role":"assistant","content":""}`), d(`{"content":"hey"}`), f("stop"), end), `hey|||stop`),
	re(9, "9.5 betalgo openai 404", ev(`{"id":"c","object":"chat.completion.chunk","created":1699000000,"model":"gpt-3.5-turbo-0613","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}`, d(`{"content":"hey"}`), f("stop"), end), `hey|||stop`),
	re(9, "9.6 windmill 10688", ev(d(`{"content":"hey"}`), f("stop"), u(`{"prompt_tokens":0,"completion_tokens":0,"total_tokens":0}`), end), `hey|||stop`),
	// 10. finish_reason null or empty
	re(10, "10.1 ai00_server 90", ev(`{"choices":[{"index":0,"delta":{"content":"he"},"finish_reason":"null"}]}`, `{"choices":[{"index":0,"delta":{"content":"y"},"finish_reason":"null"}]}`, f("stop"), end), `hey|||stop`),
	re(10, "10.2 sglang 3391", ev(`{"choices":[{"index":0,"delta":{"role":"assistant","content":"he"},"finish_reason":""}]}`, `{"choices":[{"index":0,"delta":{"content":"y"},"finish_reason":""}]}`, f("stop"), end), `hey|||stop`),
	re(10, "10.3 vscode-nes 1", ev(d(`{"content":"he"}`), d(`{"content":"y"}`), f("stop"), end), `hey|||stop`),
	re(10, "10.4 together openapi 29", ev(`{"id":"c","object":"chat.completion.chunk","created":1,"choices":[{"index":0,"text":"he","logprobs":null,"finish_reason":null,"seed":null,"delta":{"token_id":128000,"role":"assistant","content":"he","tool_calls":null}}],"model":"m","usage":null}`, `{"id":"c","object":"chat.completion.chunk","created":1,"choices":[{"index":0,"text":"y","logprobs":null,"finish_reason":"eos","seed":1,"delta":{"token_id":128009,"role":"assistant","content":"y","tool_calls":null}}],"model":"m","usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}`, end), `hey|||*|3/2`),
	re(10, "10.5 maria 203", ev(d(`{"role":"assistant","content":"hey"}`), f("stop"), end), `hey|||stop`),
	re(10, "10.6 together-python 239", ev(`{"id":"c","choices":[{"index":0,"delta":{"content":"hey"},"finish_reason":""}]}`, `{"id":"c","choices":[{"index":0,"delta":{"content":""},"finish_reason":"stop"}]}`, end), `hey|||stop`),
	re(10, "10.7 ollama 7547", w(`{"role":"assistant","content":"hey"}`, `null`), `hey|||*`).or("stream_interrupted", "").checked("*"),
	re(10, "10.8 go-openai 677", ev(`{"id":"cmpl-096176162ed84f0e85e6b5aece29f27b","object":"chat.completion.chunk","created":8209815,"model":"public/qwen1-5-72b-chat-int4@main","choices":[{"index":0,"delta":{"content":"Hello"},"finish_reason":null}]}`, `{"id":"cmpl-096176162ed84f0e85e6b5aece29f27b","object":"chat.completion.chunk","created":8209815,"model":"public/qwen1-5-72b-chat-int4@main","choices":[{"index":0,"delta":{"content":"\n"},"finish_reason":null}]}`, `{"id":"cmpl-096176162ed84f0e85e6b5aece29f27b","object":"chat.completion.chunk","created":8209815,"model":"public/qwen1-5-72b-chat-int4@main","choices":[{"index":0,"delta":{"content":""},"finish_reason":"stop"}],"usage":{"prompt_tokens":12,"total_tokens":55,"completion_tokens":43}}`, end), "Hello\n|||stop|12/43"),
	re(10, "10.9 react-native-openai 6", ev(d(`{"content":"h"}`), d(`{"content":"ey"}`), f("length"), end), `hey|||length`).checked("incomplete"),
	re(10, "10.10 chat_gpt_sdk 17", `{"id":"chatcmpl-1","object":"chat.completion","created":1678500000,"model":"gpt-3.5-turbo-0301","usage":{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15},"choices":[{"message":{"role":"assistant","content":"\n\nhey"},"finish_reason":null,"index":0}]}`, "\n\nhey|||*|10/5").or("stream_interrupted", "").checked("*"),
	// 11. finish_reason length content truncated
	re(11, "11.1 llm-d-inference-sim 33", ev(d(`{"content":"he"}`), shortEnd, end), `hey|||length`).checked("incomplete"),
	re(11, "11.2 MiqroForge 1100", ev(tc(plainCall), arg(`{\"path\":\"a`), f("length"), end), `||a,w,{"path":"a|length`).or("incomplete|malformed|stream_interrupted", "no").checked("incomplete"),
	re(11, "11.3 omlx 2860", w(`{"role":"assistant","content":"hm, so the user","reasoning_content":"hm"}`, `"length"`), `hm, so the user|hm||length`).checked("incomplete"),
	re(11, "11.4 Invoker 4", w(`{"role":"assistant","content":"hey"}`, `"length"`), `hey|||length`).checked("incomplete"),
	re(11, "11.5 llm-d-inference-sim 29", ev(d(`{"content":"he"}`), d(`{"content":"y"}`), f("stop"), end), `hey|||stop`),
	re(11, "11.6 omlx 2607", w(`{"role":"assistant","content":"hm so","reasoning_content":"hm so"}`, `"length"`), `hm so|hm so||length`, `|hm so||length`).checked("incomplete"),
	re(11, "11.7 OpenAI-DotNet 106", ev(d(`{"role":"assistant"}`), d(`{"content":"hey"}`), f("stop"), end), `hey|||stop`),
	re(11, "11.8 llama.cpp 28711", `{"choices":[{"finish_reason":"length","index":0,"message":{"role":"assistant","content":"hey"}}],"created":1,"model":"m","system_fingerprint":"b1","object":"chat.completion","usage":{"completion_tokens":2,"prompt_tokens":3,"total_tokens":5},"id":"c","timings":{"prompt_n":3,"prompt_ms":10.5,"predicted_n":2}}`, `hey|||length|3/2`).checked("incomplete"),
	re(11, "11.10 write-assist-ai 32", `{"id":"c","choices":[{"index":0,"message":{"role":"assistant","content":"","refusal":null},"finish_reason":"length"}],"usage":{"prompt_tokens":50,"completion_tokens":200,"total_tokens":250,"completion_tokens_details":{"reasoning_tokens":200}}}`, `|||length|50/200`).or("no_content|incomplete", "no").checked("incomplete|no_content"),
	re(11, "11.11 wippy 115", `{"id":"c","choices":[{"index":0,"message":{"role":"assistant","content":""},"finish_reason":"length"}],"usage":{"prompt_tokens":50,"completion_tokens":8000,"total_tokens":8050}}`, `|||length|50/8000`).or("no_content|incomplete", "no").checked("incomplete|no_content"),
	re(11, "11.12 Rapid-MLX 875", w(`{"role":"assistant","content":"[truncated — reasoning incomplete; raise max_tokens]\n\nso 4","reasoning_content":"hm so 4"}`, `"length"`), "[truncated — reasoning incomplete; raise max_tokens]\n\nso 4|hm so 4||length").checked("incomplete"),
	// 12. content is null in chat completion message
	re(12, "12.1 chatbox 1158", ev(d(`{"role":"assistant","content":null}`), d(`{"content":"hey"}`), d(`{"content":null}`), f("stop"), end), `hey|||stop`),
	re(12, "12.2 openai-openapi 140", w(`{"role":"assistant","content":null,"tool_calls":[{"id":"call_abc","type":"function","function":{"name":"w","arguments":"{}"}}]}`, `"tool_calls"`), `||call_abc,w,{}|tool_calls`),
	re(12, "12.3 mlx-lm 1739", w(`{"role":"assistant","reasoning":"hm"}`, `"length"`), `|hm||length`).or("no_content", "no").checked("incomplete|no_content"),
	no(12, "12.4 dspy 9579", 0, "no_content", "", w(`{"role":"assistant","tool_calls":null}`, `"stop"`)),
	no(12, "12.5 llmgateway 1616", 400, "invalid_request", "no", `{"success":false,"error":{"issues":[{"code":"invalid_union","unionErrors":[],"path":["messages",1,"content"],"message":"Invalid input"}],"name":"ZodError"}}`),
	re(12, "12.6 perf_analyzer 386", ev(`{"id":"chatcmpl-1b167de57f3941d394b8fbfad61bd5a6","object":"chat.completion.chunk","created":1747424128,"model":"xx","choices":[{"index":0,"delta":{"content":null,"role":"assistant"},"finish_reason":null}],"usage":null}`, `{"id":"chatcmpl-1b167de57f3941d394b8fbfad61bd5a6","object":"chat.completion.chunk","created":1747424128,"model":"xxx","choices":[{"index":0,"delta":{"content":"Hello! I'd be happy ","role":null},"finish_reason":null}],"usage":null}`, `{"id":"chatcmpl-1b167de57f3941d394b8fbfad61bd5a6","object":"chat.completion.chunk","created":1747424128,"model":"xxx","choices":[{"index":0,"delta":{"content":null,"role":null},"finish_reason":"stop"}],"usage":null}`, end), `Hello! I'd be happy |||stop`),
	re(12, "12.7 vllm 17609", `{"id":"chatcmpl-17f8a28f909b464f91bd2855e5f1de37","object":"chat.completion","created":1746261650,"model":"helium","choices":[{"index":0,"message":{"role":"assistant","reasoning_content":"十字花科","content":null,"tool_calls":[]},"logprobs":null,"finish_reason":"stop","stop_reason":null}],"usage":{"prompt_tokens":34,"total_tokens":534,"completion_tokens":500,"prompt_tokens_details":null},"prompt_logprobs":null}`, `|十字花科||stop|34/500`).or("no_content", "").checked("no_content|incomplete"),
	no(12, "12.8 lmstudio 261", 400, "invalid_request", "no", `{"error":"Invalid 'content': 'content' field must be a string or an array of objects."}`),
}

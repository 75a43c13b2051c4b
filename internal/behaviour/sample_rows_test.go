package behaviour_test

const (
	quotaBody = `{"error":{"message":"You exceeded your current quota, please check your plan and billing details. For more information on this error, read the docs: https://platform.openai.com/docs/guides/error-codes/api-errors.","type":"insufficient_quota","param":null,"code":"insufficient_quota"}}`
	notChat   = `{"error":{"message":"This is not a chat model and thus not supported in the v1/chat/completions endpoint. Did you mean to use v1/completions?","type":"invalid_request_error","param":"model","code":null}}`
	maxTokens = `{"error":{"message":"Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.","type":"invalid_request_error","param":"max_tokens","code":"unsupported_parameter"}}`
)

func badKeyBody(key string) string {
	return `{"error":{"message":"Incorrect API key provided: ` + key + `. You can find your API key at https://platform.openai.com/account/api-keys.","type":"invalid_request_error","param":null,"code":"invalid_api_key"}}`
}

var sampleRows = []sampleRow{
	// 1 OpenAI API error 429 rate limit reached
	{name: "01 shell_gpt 21", status: 429, body: `{"error":{"message":"Rate limit reached for requests","type":"requests","param":null,"code":null}}`, kinds: "rate_limit", retried: "yes"},
	{name: "01 VideoLingo 34", status: 429, body: `{"error":{"message":"Rate limit reached for gpt-4o in organization org-x on requests per min (RPM): Limit 3, Used 3, Requested 1. Please try again in 20s. Visit https://platform.openai.com/account/rate-limits to learn more. You can increase your rate limit by adding a payment method to your account at https://platform.openai.com/account/billing.","type":"requests","param":null,"code":"rate_limit_exceeded"}}`, kinds: "rate_limit", retried: "yes"},
	{name: "01 AutoGPT 9676", status: 429, body: quotaBody, kinds: "quota", retried: "no"},
	{name: "01 knowledge_gpt 5", status: 429, body: `{"error":{"message":"Rate limit reached for default-global-with-image-limits in organization xxx on requests per min. Limit: 60.000000 / min. Current: 70.000000 / min. Contact support@openai.com if you continue to have issues. Please add a payment method to your account to increase your rate limit. Visit https://platform.openai.com/account/billing to add a payment method.","type":"requests","param":null,"code":null}}`, kinds: "rate_limit", retried: "yes"},
	{name: "01 whatsapp-chatgpt 189", status: 429, body: `{"error":{"message":"You exceeded your current quota, please check your plan and billing details.","type":"insufficient_quota","param":null,"code":null}}`, kinds: "quota", retried: "no"},
	// 2 insufficient quota error chat completions
	{name: "02 chatgpt-plugin 504", status: 429, body: `{"error":{"message":"You exceeded your current quota, please check your plan and billing details.","type":"insufficient_quota","param":null,"code":"insufficient_quota"}}`, kinds: "quota", retried: "no"},
	{name: "02 GPT_API_free 229", status: 429, body: quotaBody, kinds: "quota", retried: "no"},
	{name: "02 simonw/llm 494", status: 429, body: quotaBody, kinds: "quota", retried: "no"},
	{name: "02 RouteLLM 14", status: 500, body: `Internal Server Error`, kinds: "server", retried: "yes"},
	{name: "02 langchainjs 1929", status: 429, body: quotaBody, header: []string{"Server", "cloudflare", "Vary", "Origin", "X-Request-Id", "4ff1d3b5"}, kinds: "quota", retried: "no"},
	// 3 401 invalid api key openai compatible server
	{name: "03 continue 9634", status: 401, body: badKeyBody("sk-proj-*****MxYA"), kinds: "auth", retried: "no"},
	{name: "03 continue 10250", status: 401, body: badKeyBody("https://****lETQ"), kinds: "auth", retried: "no"},
	{name: "03 continue 10088", status: 401, body: badKeyBody("You are ******tep."), kinds: "auth", retried: "no"},
	{name: "03 claude-code-router 1069", status: 401, body: `Invalid API key`, kinds: "auth", retried: "no"},
	{name: "03 continue 10078", status: 401, body: badKeyBody("sk-proj-*****21sA"), kinds: "auth", retried: "no"},
	// 4 maximum context length exceeded error
	{name: "04 specreason 4", status: 400, body: `{"object":"error","message":"This model's maximum context length is 8192 tokens. However, you requested 8203 tokens (7691 in the messages, 512 in the completion). Please reduce the length of the messages or completion.","type":"BadRequestError","param":null,"code":400}`, kinds: "context_length", retried: "no"},
	{name: "04 continue 6080", status: 400, body: "{\"type\":\"error\",\"error\":{\"type\":\"invalid_request_error\",\"message\":\"input length and `max_tokens` exceed context limit: 199759 + 8192 > 200000, decrease input length or `max_tokens` and try again\"}}", kinds: "context_length", retried: "no"},
	{name: "04 crewAI-examples 121", status: 400, body: `{"error":{"message":"This model's maximum context length is 8192 tokens. However, your messages resulted in 8227 tokens. Please reduce the length of the messages.","type":"invalid_request_error","param":"messages","code":"context_length_exceeded"}}`, kinds: "context_length", retried: "no"},
	{name: "04 Verba 4", status: 400, body: `{"error":{"message":"This model's maximum context length is 4097 tokens. However, your messages resulted in 5747 tokens. Please reduce the length of the messages.","type":"invalid_request_error","param":"messages","code":"context_length_exceeded"}}`, kinds: "context_length", retried: "no"},
	{name: "04 dify 8360", status: 400, body: `{"error":{"message":"context length exceeded","type":"invalid_request_error","param":null,"code":null}}`, kinds: "context_length", retried: "no"},
	// 5 request timed out chat completions
	{name: "05 zhuweiyou/chatgpt-api 29", status: 500, body: `{"message":"ChatGPT timed out waiting for response"}`, kinds: "server|timeout|upstream", retried: "yes"},
	{name: "05 copilot-api 221", status: 408, body: `{"error":{"message":"Timed out reading request body. Try again, or use a smaller request size.","code":"user_request_timeout"}}`, kinds: "timeout", retried: "yes"},
	{name: "05 open-webui 11329", status: 504, body: "<html>\r\n<head><title>504 Gateway Time-out</title></head>\r\n<body>\r\n<center><h1>504 Gateway Time-out</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n", kinds: "timeout|server|upstream", retried: "yes"},
	// 6 502 bad gateway openai compatible endpoint
	{name: "06 OpenOats 171", status: 400, body: maxTokens, kinds: "invalid_request", retried: "no"},
	{name: "06 github/app 1409", status: 404, body: `<!DOCTYPE html><html lang="en"><head><title>404 | OpenCode</title></head><body><h1>404</h1><p>Page not found. Check the URL or try using the search bar.</p></body></html>`, kinds: "not_found", retried: "no"},
	{name: "06 ai_automation_suggester 122", status: 405, body: `{"detail":"Method Not Allowed"}`, header: []string{"Allow", "GET"}, kinds: "invalid_request|not_found", retried: "no"},
	{name: "06 open-historia 158", status: 502, body: ``, kinds: "upstream|server", retried: "yes"},
	// 7 litellm proxy error response
	{name: "07 litellm 4970", status: 400, body: `{"error":{"message":"litellm.BadRequestError: BedrockException - {\"message\":\"1 validation error detected: Value 'my.function' at 'toolConfig.tools.1.member.toolSpec.name' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z][a-zA-Z0-9_]*\"}","type":null,"param":null,"code":400}}`, kinds: "invalid_request", retried: "no"},
	{name: "07 litellm 6667", status: 500, body: `{"error":{"message":"litellm.APIError: APIError: Litellm_proxyException - Connection error.","type":null,"param":null,"code":"500"}}`, kinds: "server|upstream|connection", retried: "yes"},
	// 8 model not found 404 chat completions
	{name: "08 node-chatgpt-api 131", status: 404, body: "{\n    \"error\": {\n        \"message\": \"That model does not exist\",\n        \"type\": \"invalid_request_error\",\n        \"param\": null,\n        \"code\": null\n    }\n}\n", kinds: "not_found", retried: "no"},
	{name: "08 chatgpt-web 1428", status: 404, body: notChat, kinds: "not_found|invalid_request", retried: "no"},
	{name: "08 chatgpt-web 1440", status: 404, body: notChat, kinds: "not_found|invalid_request", retried: "no"},
	{name: "08 truefoundry/models 846", status: 404, body: `{"status":"failure","message":"openai error: This is not a chat model and thus not supported in the v1/chat/completions endpoint. Did you mean to use v1/completions?","error":{"message":"openai error: This is not a chat model and thus not supported in the v1/chat/completions endpoint. Did you mean to use v1/completions?","type":"APIError","code":"404"}}`, kinds: "not_found|invalid_request", retried: "no"},
	{name: "08 openai-node 136", status: 404, body: "{\n  \"error\": {\n    \"message\": \"The model: `code-davinci-002` does not exist\",\n    \"type\": \"invalid_request_error\",\n    \"param\": null,\n    \"code\": \"model_not_found\"\n  }\n}\n", header: []string{"X-Request-Id", "622966fb6783fe3d61c1906253b71879", "Server", "cloudflare"}, kinds: "not_found", retried: "no"},
	// 9 content filter blocked response
	{name: "09 github/app 4081", body: w(`{"role":"assistant","content":null}`, `"content_filter"`), stream: ev(d(`{"role":"assistant","content":""}`), f("content_filter"), end), want: "|||content_filter", check: "moderation", kinds: "moderation", retried: "no"},
	{name: "09 coder 27118", body: w(`{"role":"assistant","content":""}`, `"refusal"`), stream: ev(d(`{"role":"assistant","content":""}`), f("refusal"), end), want: "|||refusal", check: "moderation", kinds: "moderation|no_content"},
	{name: "09 vscode 273683", body: w(`{"role":"assistant","content":"Here is the"}`, `"content_filter"`), stream: ev(d(`{"role":"assistant","content":"Here is"}`), d(`{"content":" the"}`), f("content_filter"), end), want: "Here is the|||content_filter", check: "moderation"},
	{name: "09 semantic-kernel 6328", status: 400, body: `{"error":{"message":"The response was filtered due to the prompt triggering Azure OpenAI's content management policy. Please modify your prompt and retry. To learn more about our content filtering policies please read our documentation: https://go.microsoft.com/fwlink/?linkid=2198766","type":null,"param":"prompt","code":"content_filter","status":400,"innererror":{"code":"ResponsibleAIPolicyViolation","content_filter_result":{"hate":{"filtered":false,"severity":"safe"},"violence":{"filtered":true,"severity":"medium"}}}}}`, kinds: "moderation", retried: "no"},
	// 10 server overloaded 503 error
	{name: "10 ollama 15934", status: 503, body: `{"error":"Server overloaded, please retry shortly (ref: aaa65c70-cfa0-446b-86f1-4ab0e2deb9e4)"}`, kinds: "overloaded", retried: "yes"},
	{name: "10 gemini-cli 12932", status: 503, body: `[{"error":{"code":503,"message":"The model is overloaded. Please try again later.","status":"UNAVAILABLE"}}]`, kinds: "overloaded", retried: "yes"},
	// 12 connection reset by peer streaming chat completions
	{name: "12 chat-with-mlx 69", mode: "stream", body: ev(d(`{"role":"assistant","content":"Hel"}`), d(`{"content":"lo"}`)), cut: "reset", kinds: "stream_interrupted|connection", partial: "Hello"},
	{name: "12 litellm 33222", mode: "stream", body: ev(d(`{"role":"assistant","content":""}`), f("stop"), end), kinds: "no_content", retried: "yes"},
	{name: "12 Langchain-Chatchat 4383", mode: "stream", body: ev(d(`{"role":"assistant"}`)), cut: "eof", kinds: "stream_interrupted|connection", retried: "yes"},
	{name: "12 dify 21968", fails: "reset", kinds: "connection", retried: "yes"},
	{name: "12 free-claude-code 225", mode: "stream", body: ev(d(`{"role":"assistant","content":"The mod"}`), d(`{"content":"ules"}`)) + `data: {"id":"c","choices":[{"index":0,"del`, cut: "eof", kinds: "stream_interrupted|connection", partial: "The modules"},
	// 13 stream ended unexpectedly SSE incomplete
	{name: "13 maxx 879", mode: "stream", body: ev(d(`{"role":"assistant","content":"Hel"}`), `{"error":{"message":"Upstream response stream ended before completion","type":"upstream_error"}}`), kinds: "stream_interrupted|server|upstream|connection", partial: "Hel"},
	{name: "13 axonhub 2185", mode: "stream", body: ev(d(`{"role":"assistant","content":"Hel"}`), d(`{"content":"lo"}`)), kinds: "stream_interrupted", partial: "Hello"},
	// 14 vllm server error 500 chat completions
	{name: "14 ms-swift 4862", status: 500, body: `Internal Server Error`, kinds: "server", retried: "yes"},
	{name: "14 vllm 9193", status: 500, body: `Internal Server Error`, header: []string{"Server", "uvicorn"}, kinds: "server", retried: "yes"},
	{name: "14 vllm 749", status: 500, body: `Internal Server Error`, ct: "text/plain; charset=utf-8", kinds: "server", retried: "yes"},
	{name: "14 vllm 18157", fails: "eof", kinds: "connection", retried: "yes"},
	{name: "14 vllm 11654", status: 500, body: `{"object":"error","message":"Internal server error","type":"InternalServerError","param":null,"code":500}`, kinds: "server", retried: "yes"},
	// 15 openrouter error provider returned error
	{name: "15 byterover-cli 43", status: 400, body: `{"error":{"message":"Provider returned error","code":400}}`, kinds: "invalid_request|upstream"},
	{name: "15 chatwise 307", body: w(`{"role":"assistant","content":"{\"action\":\"proceed\",\"searchOptions\":null,\"retrieveOptions\":null}"}`, `"stop"`), stream: ev(d(`{"role":"assistant","content":"{\"action\":\"proceed\",\"searchOptions\":null"}`), d(`{"content":",\"retrieveOptions\":null}"}`), f("stop"), end), want: `{"action":"proceed","searchOptions":null,"retrieveOptions":null}|||stop`},
	{name: "15 cc-switch 464", status: 400, body: `{"error":{"message":"Provider returned error","code":400,"metadata":{"raw":"{\"error\":{\"code\":\"400\",\"message\":\"Param Incorrect\",\"param\":\"messages[2] assistant content must contain at least one part\",\"type\":\"\"}}","provider_name":"Xiaomi"}}}`, kinds: "invalid_request", retried: "no"},
	{name: "15 openrouter-runner 110", status: 400, body: `{"error":{"message":"Provider returned error","code":400,"metadata":{"raw":"ERROR","provider_name":"Together"}},"user_id":"user_2x"}`, kinds: "invalid_request|upstream"},
	{name: "15 go-openrouter 21", status: 400, body: `{"error":{"message":"Provider returned error","code":400,"metadata":{"raw":"{\n  \"error\": {\n    \"message\": \"Response input messages must contain the word 'json' in some form to use 'text.format' of type 'json_object'.\",\n    \"type\": \"invalid_request_error\",\n    \"param\": \"input\",\n    \"code\": null\n  }\n}","provider_name":"OpenAI"}},"user_id":"org_2x...f5"}`, kinds: "invalid_request", retried: "no"},
	// 16 ollama openai compatible endpoint error
	{name: "16 ollama 2474", status: 404, body: `404 page not found`, kinds: "not_found", retried: "no"},
	{name: "16 litellm 7504", status: 500, body: `{"error":{"message":"litellm.APIConnectionError: OllamaException - [Errno 111] Connection refused","type":null,"param":null,"code":"500"}}`, kinds: "server|upstream|connection", retried: "yes"},
	{name: "16 ollama 5830", status: 400, body: `{"error":{"message":"EOF","type":"invalid_request_error","param":null,"code":null}}`, kinds: "invalid_request", retried: "no"},
	{name: "16 ollama 3444", body: `{"id":"chatcmpl-508","object":"chat.completion","created":1712050361,"model":"mixtral:instruct","system_fingerprint":"fp_ollama","choices":[{"index":0,"message":{"role":"assistant","content":" Hello! I'm here to assist you today. How can I help you?"},"finish_reason":"stop"}],"usage":{"prompt_tokens":0,"completion_tokens":33,"total_tokens":33}}` + "\n", mode: "chat", want: ` Hello! I'm here to assist you today. How can I help you?|||stop|0/33`, usage: "0/33/33/0/0"},
	{name: "16 mlcommons/endpoints 133", body: `{"choices":[{"finish_reason":"stop","index":0,"message":{"role":"assistant","content":"Hi"}}],"created":1771900000,"model":"llama","system_fingerprint":"b7000-abc","object":"chat.completion","usage":{"completion_tokens":2,"prompt_tokens":10,"total_tokens":12},"id":"chatcmpl-x","timings":{"prompt_n":10,"predicted_n":2,"predicted_per_second":90.1}}`, mode: "chat", want: `Hi|||stop|10/2`, usage: "10/2/12/0/0"},
	// 17 unsupported parameter error max_tokens temperature
	{name: "17 9router 560", status: 400, body: `{"error":{"message":"[openai/gpt-5.4] [400]: Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead. (reset after 23s)","type":"invalid_request_error","code":"bad_request"}}`, kinds: "invalid_request", retried: "no"},
	{name: "17 MaiBot 1406", status: 400, body: `{"error":{"message":"Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead. (tid: 2025120401482440582258876384808)","type":"invalid_request_error","param":"max_tokens","code":"unsupported_parameter"}}`, kinds: "invalid_request", retried: "no"},
	{name: "17 hermes-agent 78305", status: 400, body: `{"error":{"message":"Unsupported parameter: 'temperature' is not supported with this model.","type":"invalid_request_error","param":"temperature","code":null}}`, kinds: "invalid_request", retried: "no"},
	{name: "17 eva-agent 83", status: 400, body: "{\n  \"error\": {\n    \"message\": \"Unsupported parameter: 'temperature' is not supported with this model.\",\n    \"type\": \"invalid_request_error\",\n    \"param\": \"temperature\",\n    \"code\": \"unsupported_parameter\"\n  }\n}", kinds: "invalid_request", retried: "no"},
	{name: "17 clarity-agent 59", status: 400, body: maxTokens, kinds: "invalid_request", retried: "no"},
	// 18 tool calls error openai compatible api
	{name: "18 home-llm 349", body: w(`{"role":"assistant","content":null,"tool_calls":[{"name":"assist__HassTurnOn","arguments":"{\"name\": \"Kitchen Light\"}"}]}`, `"tool_calls"`), stream: ev(d(`{"role":"assistant","tool_calls":[{"index":0,"name":"assist__HassTurnOn","arguments":"{\"name\": \"Kitchen Light\"}"}]}`), f("tool_calls"), end), want: `||?,assist__HassTurnOn,{"name": "Kitchen Light"}|tool_calls`},
	{name: "18 sub2api 1342", status: 400, body: `{"error":{"type":"invalid_request_error","message":"function_call_output requires item_reference ids matching each call_id, or previous_response_id/tool_call context; if relying on history, ensure store=true and reuse previous_response_id"}}`, kinds: "invalid_request", retried: "no"},
	{name: "18 brainlid/langchain 289", status: 400, body: `{"error":{"message":"No call message found for call_830a6dbe8c1d4ca5b39a04caf053aa3d None","type":"BadRequestError","param":null,"code":400}}`, kinds: "invalid_request", retried: "no"},
	{name: "18 dify 25427", status: 500, body: `{"message":"Internal Server Error","code":"unknown"}`, kinds: "server", retried: "yes"},
	{name: "18 aichat 1454", body: w(`{"role":"assistant","content":"I'll use the fs tools.\n\n<thinking>\nList it first.\n</thinking>\n\n{\n  \"name\": \"fs_ls\",\n  \"arguments\": {\n    \"path\": \".\"\n  }\n}"}`, `"stop"`), stream: ev(d(`{"role":"assistant","content":"I'll use the fs tools.\n\n<thin"}`), d(`{"content":"king>\nList it first.\n</thinking>\n\n{\n  \"name\": \"fs_ls\",\n  \"arguments\": {\n    \"path\": \".\"\n  }\n}"}`), f("stop"), end), want: "I'll use the fs tools.\n\n<thinking>\nList it first.\n</thinking>\n\n{\n  \"name\": \"fs_ls\",\n  \"arguments\": {\n    \"path\": \".\"\n  }\n}|||stop"},
	// 19 JSON decode error parsing chat completion response
	{name: "19 TaskingAI 82", mode: "stream", body: ev(d(`{"role":"assistant","content":"Hello"}`), f("stop"), end), want: "Hello|||stop"},
	{name: "19 openai-python 3763", body: w(`{"role":"assistant","content":"{\"steps\":[{\"expl","refusal":null}`, `"length"`), stream: ev(d(`{"role":"assistant","content":"{\"steps\":[{\"expl"}`), f("length"), end), want: `{"steps":[{"expl|||length`, check: "incomplete"},
	{name: "19 openai-rs 20", mode: "stream", body: ev(`{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1730400000,"model":"gpt-3.5-turbo-0125","system_fingerprint":null,"choices":[{"index":0,"delta":{"role":"assistant","content":"","refusal":null},"logprobs":null,"finish_reason":null}]}`, d(`{"content":"Hello"}`), f("stop"), end), want: "Hello|||stop"},
	{name: "19 textgen 2516", mode: "stream", body: "data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completions.chunk\",\"created\":1685870000,\"model\":\"m\",\"choices\":[{\"index\":0,\"finish_reason\":null,\"message\":{\"role\":\"assistant\",\"content\":\"\"},\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\r\n\r\n" +
		"data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completions.chunk\",\"created\":1685870000,\"model\":\"m\",\"choices\":[{\"index\":0,\"finish_reason\":null,\"message\":{\"role\":\"assistant\",\"content\":\"Hel\"},\"delta\":{\"role\":\"assistant\",\"content\":\"Hel\"}}]}\r\n\r\n" +
		"data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completions.chunk\",\"created\":1685870000,\"model\":\"m\",\"choices\":[{\"index\":0,\"finish_reason\":null,\"message\":{\"role\":\"assistant\",\"content\":\"lo\"},\"delta\":{\"role\":\"assistant\",\"content\":\"lo\"}}]}\r\n\r\n" +
		"data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completions.chunk\",\"created\":1685870000,\"model\":\"m\",\"choices\":[{\"index\":0,\"finish_reason\":\"stop\",\"message\":{\"role\":\"assistant\",\"content\":\"\"},\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}],\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":2,\"total_tokens\":7}}\r\n\r\ndata: [DONE]\r\n\r\n", want: "Hello|||stop|5/2", usage: "5/2/7/0/0"},
	// 20 empty response from chat completions api
	{name: "20 ragflow 13166", mode: "stream", body: ev(d(`{"role":"assistant","content":null}`), f("stop"), end), kinds: "no_content"},
	{name: "20 9router 226", mode: "stream", body: ev(`{"id":"chatcmpl-cursor-1","object":"chat.completion.chunk","created":1772370289,"model":"claude-4.5-sonnet","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}`, `{"id":"chatcmpl-cursor-1","object":"chat.completion.chunk","created":1772370289,"model":"claude-4.5-sonnet","choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":2026,"completion_tokens":0,"total_tokens":2026,"estimated":true}}`, end, end), kinds: "no_content"},
	{name: "20 gpt-pilot 85", mode: "stream", body: ev(`{"id":"","object":"","created":0,"model":"","prompt_annotations":[{"prompt_index":0,"content_filter_results":{"hate":{"filtered":false,"severity":"safe"},"self_harm":{"filtered":false,"severity":"safe"},"sexual":{"filtered":false,"severity":"safe"},"violence":{"filtered":false,"severity":"safe"}}}],"choices":[],"usage":null}`, d(`{"role":"assistant"}`), d(`{"content":"Hello"}`), f("stop"), end), want: "Hello|||stop"},
	{name: "20 dotnet/extensions 7114", mode: "chat", body: w(`{"role":"assistant","content":"","refusal":null,"annotations":[]}`, `"stop"`), kinds: "no_content"},
	{name: "20 9router 2229", mode: "chat", body: `{"text": ""}`, kinds: "no_content|malformed"},
}

var secondSampleRows = []sampleRow{
	// 21 openai api server overloaded or not ready yet
	{name: "21 sub2api 6631", mode: "stream", body: "event: error\ndata: {\"error\":{\"code\":\"server_is_overloaded\",\"message\":\"Our servers are currently overloaded. Please try again later.\",\"param\":null,\"type\":\"service_unavailable_error\"},\"sequence_number\":2,\"type\":\"error\"}\n\n", kinds: "overloaded", retried: "yes"},
	{name: "21 openai-python 414", status: 429, body: `{"error":{"message":"That model is currently overloaded with other requests. You can retry your request, or contact us through our help center at help.openai.com if the error persists. (Please include the request ID fac8b65ed1c009c456a00410c4f6c376 in your message.)","type":"server_error","param":null,"code":null}}`, kinds: "overloaded|rate_limit", retried: "yes"},
	{name: "21 chatgpt-web-api 1", status: 503, body: `{"error":{"message":"The server is overloaded or not ready yet.","type":"server_error","param":null,"code":null}}`, kinds: "overloaded", retried: "yes"},
	{name: "21 claude-code 3628", status: 529, body: `{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}`, kinds: "overloaded", retried: "yes"},
	{name: "21 ChatGPT-Official 5", status: 503, body: `{"error":{"message":"That model is currently overloaded with other requests. You can retry your request, or contact us through our help center at help.openai.com if the error persists.","type":"server_error","param":null,"code":null}}`, kinds: "overloaded", retried: "yes"},
	// 22 azure openai content management policy error
	{name: "22 DecodingTrust 60", status: 400, body: `{"error":{"message":"The response was filtered due to the prompt triggering Azure OpenAI's content management policy. Please modify your prompt and retry. To learn more about our content filtering policies please read our documentation: https://***.com/***?linkid=***","type":null,"param":"prompt","code":"content_filter","status":400}}`, kinds: "moderation", retried: "no"},
	{name: "22 comic-translate 416", status: 400, body: `{"error":{"message":"The response was filtered due to the prompt triggering Azure OpenAI's content management policy. Please modify your prompt and retry."}}`, kinds: "moderation", retried: "no"},
	{name: "22 g4f.dev 81", status: 400, body: "{\n    \"error\": {\n        \"message\": \"The response was filtered due to the prompt triggering Microsoft's content management policy. Please modify your prompt and retry.\",\n        \"type\": null,\n        \"param\": \"prompt\",\n        \"code\": \"content_filter\",\n        \"status\": 400\n    }\n}", kinds: "moderation", retried: "no"},
	{name: "22 openclaude 273", status: 400, body: `{"error":{"message":"The response was filtered due to the prompt triggering Azure OpenAI's content management policy. Please modify your prompt and retry. To learn more about our content filtering policies please read our documentation: https://go.microsoft.com/fwlink/?linkid=2198766","type":null,"param":"prompt","code":"content_filter","status":400,"innererror":{"code":"ResponsibleAIPolicyViolation","content_filter_result":{"hate":{"filtered":false,"severity":"safe"},"jailbreak":{"filtered":true,"detected":true},"self_harm":{"filtered":false,"severity":"safe"},"sexual":{"filtered":false,"severity":"safe"},"violence":{"filtered":false,"severity":"safe"}}}}}`, kinds: "moderation", retried: "no"},
	{name: "22 openai-python 331", status: 400, body: `{"error":{"message":"The response was filtered due to the prompt triggering Azure OpenAI’s content management policy. Please modify your prompt and retry. To learn more about our content filtering policies please read our documentation: https://go.microsoft.com/fwlink/?linkid=2198766","type":null,"param":"prompt","code":"content_filter","status":400}}`, kinds: "moderation", retried: "no"},
	// 23 openai BadRequestError 400 invalid_request_error
	{name: "23 Qwen3-VL 238", status: 400, body: `{"object":"error","message":"","type":"BadRequestError","param":null,"code":400}`, kinds: "invalid_request", retried: "no"},
	{name: "23 langchainjs 2798", status: 400, body: `{"error":{"message":"'content' is a required property - 'messages.1'","type":"invalid_request_error","param":null,"code":null}}`, kinds: "invalid_request", retried: "no"},
	{name: "23 doge-code 5", status: 400, body: `{"error":{"message":"Invalid max_tokens value, the valid range of max_tokens is [1, 8192]","type":"invalid_request_error","param":null,"code":"invalid_request_error"}}`, kinds: "invalid_request", retried: "no"},
	{name: "23 backstage-chatgpt 6", status: 400, body: ``, kinds: "invalid_request", retried: "no"},
	{name: "23 OpenHands 4880", status: 400, body: `bad request`, kinds: "invalid_request", retried: "no"},
	// 24 gemini openai compatibility error response
	{name: "24 obsidian-bmo 129", status: 429, body: quotaBody, kinds: "quota", retried: "no"},
	{name: "24 chatbox 1618", status: 404, body: `<!DOCTYPE html><html lang=en><meta charset=utf-8><title>Error 404 (Not Found)!!1</title><p><b>404.</b> <ins>That’s an error.</ins><p>The requested URL <code>/v1/chat/completions</code> was not found on this server. <ins>That’s all we know.</ins>`, kinds: "not_found", retried: "no"},
	{name: "24 PromptFuzz 42", status: 400, body: "[\n  {\n    \"error\": {\n      \"code\": 400,\n      \"message\": \"Invalid JSON payload received. Unknown name \\\"web_search_options\\\": Cannot find field.\",\n      \"status\": \"INVALID_ARGUMENT\",\n      \"details\": [{\"@type\": \"type.googleapis.com/google.rpc.BadRequest\",\"fieldViolations\": [{\"description\": \"Invalid JSON payload received. Unknown name \\\"web_search_options\\\": Cannot find field.\"}]}]\n    }\n  }\n]\n", kinds: "invalid_request", retried: "no"},
	{name: "24 simple-one-api 38", status: 500, body: `{"error":"status 400: {\n  \"error\": {\n    \"code\": 400,\n    \"message\": \"Please use a valid role: user, model.\",\n    \"status\": \"INVALID_ARGUMENT\"\n  }\n}\n"}`, kinds: "invalid_request|server"},
	{name: "24 ai-manus 101", status: 400, body: `[{"error":{"code":400,"message":"Function calling with a response mime type: 'application/json' is unsupported","status":"INVALID_ARGUMENT"}}]`, kinds: "invalid_request", retried: "no"},
	// 25 deepseek api error chat completions
	{name: "25 NyarchAssistant 152", status: 400, body: `{"error":{"message":"An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. (insufficient tool messages following tool_calls message)","type":"invalid_request_error","param":null,"code":"invalid_request_error"}}`, kinds: "invalid_request", retried: "no"},
	{name: "25 gptpdf 41", status: 422, body: `Failed to deserialize the JSON body into the target type: messages[1]: invalid type: sequence, expected a string at line 1 column 486954`, kinds: "invalid_request", retried: "no"},
	{name: "25 oai-compatible-copilot 202", status: 400, body: `{"error":{"message":"The reasoning_content in the thinking mode must be passed back to the API.","type":"invalid_request_error","param":null,"code":"invalid_request_error"}}`, kinds: "invalid_request", retried: "no"},
	{name: "25 cc-switch-cli 166", status: 400, body: `{"error":{"message":"The reasoning_content in the thinking mode must be passed back to the API.","type":"invalid_request_error","param":null,"code":"invalid_request_error"}}`, kinds: "invalid_request", retried: "no"},
	{name: "25 Roo-Code 674", body: "\n\n\n\n", ct: "application/json", stream: ": keep-alive\n\n: keep-alive\n\n: keep-alive\n\n", kinds: "no_content|stream_interrupted|malformed|connection", retried: "yes"},
	// 26 llama.cpp server chat completions error
	{name: "26 llama-cpp-agent 80", mode: "chat", body: `{"id":"chatcmpl-64ea1c64","object":"chat.completion","created":1726667242,"model":"qwen2","choices":[{"index":0,"message":{"content":"Hello! How can I assist you today?","role":"assistant"},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":20,"completion_tokens":9,"total_tokens":29}}`, want: "Hello! How can I assist you today?|||stop|20/9", usage: "20/9/29/0/0"},
	{name: "26 llama-cpp-python 113", status: 500, body: `{"error":{"message":"[{'type': 'missing', 'loc': ('response', 'CreateChatCompletionResponse', 'choices', 0, 'message', 'refusal'), 'msg': 'Field required', 'input': {'role': 'assistant', 'content': \"Hello! I'm Qwen, a large-scale language model independently developed by the Tongyi Lab under Alibaba Group. Do you have any questions or need help?\"}}, {'type': 'string_type', 'loc': ('response', 'str'), 'msg': 'Input should be a valid string'}]","type":"internal_server_error","param":null,"code":null}}`, kinds: "server", retried: "yes"},
	{name: "26 continue 11012", fails: "refused", kinds: "connection", retried: "yes"},
	{name: "26 ai-lab-recipes 547", status: 500, body: `{"error":{"message":"Invalid chat handler: None (valid formats: ['llama-2', 'llama-3', 'alpaca', 'qwen', 'vicuna'])","type":"internal_server_error","param":null,"code":null}}`, kinds: "server|invalid_request"},
	{name: "26 llama.cpp 5936", fails: "hangs", kinds: "timeout"},
	// 27 groq api error
	{name: "27 g1 14", status: 400, body: `{"error":{"message":"Failed to generate JSON. Please adjust your prompt. See 'failed_generation' for more details.","type":"invalid_request_error","code":"json_validate_failed","failed_generation":""}}`, kinds: "invalid_request|server|upstream|malformed"},
	{name: "27 lingo.dev 889", status: 401, body: `{"error":{"message":"Invalid API Key","type":"invalid_request_error","code":"invalid_api_key"}}`, kinds: "auth", retried: "no"},
	{name: "27 llms 17", status: 400, body: `{"error":{"message":"'messages.0' : for 'role:user' the following must be satisfied[('messages.0' : property 'timestamp' is unsupported)]","type":"invalid_request_error"}}`, kinds: "invalid_request", retried: "no"},
	{name: "27 chatbot 21", status: 400, body: `{"error":{"message":"property 'store' is unsupported, did you mean 'stop'?","type":"invalid_request_error"}}`, kinds: "invalid_request", retried: "no"},
	{name: "27 chatwise 269", body: `{"error":{"message":"Not Found"}}`, kinds: "not_found|unknown|server|malformed|invalid_request"},
	// 28 html error page instead of json from openai compatible api
	{name: "28 betalgo 447", status: 502, body: "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>cloudflare</center>\r\n</body>\r\n</html>\r\n", kinds: "upstream|server", retried: "yes"},
	{name: "28 nanobot 2289", body: `unsupported model: MiniMax/MiniMax-M2.7`, kinds: "not_found|malformed|invalid_request", says: "unsupported"},
	{name: "28 picoclaw 1075", body: `<!doctype html><html><head><title>Login</title></head><body>Please sign in</body></html>`, kinds: "malformed"},
	{name: "28 betalgo 408", status: 502, body: "{\n  \"error\": {\n    \"code\": 502,\n    \"message\": \"Bad gateway.\",\n    \"param\": null,\n    \"type\": \"cf_bad_gateway\"\n  }\n}\n", kinds: "upstream|server", retried: "yes"},
	// 29 openai client APIConnectionError connection error
	{name: "29 litellm 3415", fails: "refused", kinds: "connection", retried: "yes"},
	{name: "29 write-the 16", fails: "dial", kinds: "connection|timeout", retried: "yes"},
	{name: "29 OpenHands 1008", fails: "unreachable", kinds: "connection", retried: "yes"},
	// 30 openai client request timed out
	{name: "30 langchain 21919", fails: "hangs", kinds: "timeout"},
}

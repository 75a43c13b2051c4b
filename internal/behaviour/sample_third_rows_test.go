package behaviour_test

const (
	region   = `{"error":{"code":"unsupported_country_region_territory","message":"Country, region, or territory not supported","param":null,"type":"request_forbidden"}}`
	azureDay = `Requests to the ChatCompletions_Create Operation under Azure OpenAI API version 2024-05-01-preview have exceeded token rate limit of your current OpenAI S0 pricing tier. Please retry after 86400 seconds.`
	cf524    = "<!DOCTYPE html>\n<!--[if lt IE 7]> <html class=\"no-js ie6 oldie\" lang=\"en-US\"> <![endif]-->\n<head>\n\n<title>283892.xyz | 524: A timeout occurred</title>\n<meta charset=\"UTF-8\" />\n</head>\n<body>\n<div id=\"cf-wrapper\"><h1><span class=\"inline-block\">A timeout occurred</span>\n<span class=\"code-label\">Error code 524</span></h1></div></body></html>"
)

var thirdSampleRows = []sampleRow{
	// 31 langchain ChatOpenAI error response
	{name: "31 langchain 19898", body: `{"error":{"message":"This model's maximum context length is 16385 tokens. However, your messages resulted in 20012 tokens. Please reduce the length of the messages.","type":"invalid_request_error","param":"messages","code":"context_length_exceeded"}}`, kinds: "context_length", retried: "no"},
	{name: "31 langchain 39731", body: `<!doctype html><html><body><div id="root"></div></body></html>`, kinds: "malformed"},
	{name: "31 langchainjs 1547", status: 500, body: `{"error":{"message":"The server had an error while processing your request. Sorry about that!","type":"server_error","param":null,"code":null}}`, kinds: "server", retried: "yes"},
	{name: "31 langchain 6762", fails: "refused", kinds: "connection", retried: "yes"},
	// 32 azure openai 429 exceeded call rate limit
	{name: "32 dify 12709", status: 429, body: `{"error":{"code":"429","message":"Rate limit is exceeded. Try again in 2 seconds."}}`, kinds: "rate_limit", retried: "yes"},
	{name: "32 dbchatprov2 2", status: 429, body: `{"error":{"code":"429","message":"` + azureDay + ` Please go here: https://aka.ms/oai/quotaincrease if you would like to further increase the default rate limit."}}`, header: []string{"Retry-After", "86400"}, kinds: "rate_limit|quota", retried: "no"},
	{name: "32 TinyLLM 17", status: 429, body: `{"error":{"message":"litellm.RateLimitError: AzureException RateLimitError - Error code: 429 - {'error': {'code': '429', 'message': 'Requests to the ChatCompletions_Create Operation under Azure OpenAI API version 2023-05-15 have exceeded token rate limit of your current AIServices S0 pricing tier. Please retry after 86400 seconds. Please contact Azure support service if you would like to further increase the default rate limit.'}}\nReceived Model Group=azure-gpt-4o-mini\nAvailable Model Group Fallbacks=None","type":"throttling_error","param":null,"code":"429"}}`, kinds: "rate_limit|quota", retried: "no"},
	{name: "32 azure-search-openai-demo 177", status: 429, body: `{"error":{"code":"429","message":"Rate limit is exceeded. Try again in 30 seconds."}}`, kinds: "rate_limit", retried: "yes"},
	{name: "32 computer-use 24", status: 429, body: `{"error":{"code":"429","message":"Rate limit is exceeded. Try again in 10 seconds."}}`, kinds: "rate_limit", retried: "yes"},
	// 33 streaming response stops midway openai compatible api
	{name: "33 openai-workflow 38", mode: "stream", body: ev(`{"id":"c","object":"chat.completion.chunk","created":1718345898,"model":"tencent-hunyuan","choices":[{"index":0,"delta":{"content":"I"}}]}`, `{"id":"c","object":"chat.completion.chunk","created":1718345898,"model":"tencent-hunyuan","choices":[{"index":0,"delta":{"content":" am"}}]}`, `{"id":"c","object":"chat.completion.chunk","created":1718345898,"model":"tencent-hunyuan","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}`, end), want: "I am|||stop"},
	{name: "33 ChatGPT-to-API 14", mode: "stream", body: "data: " + d(`{"role":"assistant","content":"Hel"}`) + "\ndata: " + d(`{"content":"lo"}`) + "\ndata: [DONE]\n", want: "Hello|||*", kinds: "stream_interrupted", partial: "Hello"},
	{name: "33 sample-app-aoai 979", mode: "stream", body: ev(d(`{"role":"assistant"}`), d(`{"content":"The docu"}`)), kinds: "stream_interrupted", partial: "The docu"},
	// 34 function call arguments invalid json openai
	{name: "34 Sam 108", body: w(`{"role":"assistant","content":null,"tool_calls":[{"id":"call_1","type":"function","function":{"name":"send_email","arguments":"{\"to\": \"a\", \"body\": \"x\ny\",}"}}]}`, `"tool_calls"`), stream: ev(tc(`{"index":0,"id":"call_1","type":"function","function":{"name":"send_email","arguments":""}}`), tc(`{"index":0,"function":{"arguments":"{\"to\": \"a\", \"body\": \"x\ny\",}"}}`), f("tool_calls"), end), want: "||call_1,send_email,{\"to\": \"a\", \"body\": \"x\ny\",}|tool_calls", check: "|malformed|incomplete"},
	{name: "34 free-claude-code 911", status: 400, body: `{"error":{"message":"Responses function_call arguments are invalid JSON: Expecting ',' delimiter","type":"invalid_request_error","param":null,"code":null}}`, kinds: "invalid_request", retried: "no"},
	{name: "34 LightAgent 31", body: w(`{"role":"assistant","content":null,"tool_calls":[{"id":"call_1","type":"function","function":{"name":"search","arguments":"{\"query\": \"what is \\\"AI\\\"?\"}"}}]}`, `"tool_calls"`), stream: ev(tc(`{"index":0,"id":"call_1","type":"function","function":{"name":"search","arguments":"{\"query\": \"what is \\"}}`), tc(`{"index":0,"function":{"arguments":"\"AI\\\"?\"}"}}`), f("tool_calls"), end), want: `||call_1,search,{"query": "what is \"AI\"?"}|tool_calls`},
	{name: "34 semantic-kernel 7968", status: 400, body: `{"error":{"message":"Invalid 'messages[3].tool_calls[0].function.name': string does not match pattern. Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'.","type":"invalid_request_error","param":"messages[3].tool_calls[0].function.name","code":"invalid_value"}}`, kinds: "invalid_request", retried: "no"},
	{name: "34 langchain-qwq 30", body: w(`{"role":"assistant","content":"","tool_calls":[{"id":"call_1","type":"function","index":0,"function":{"name":"get_weather","arguments":"{\"city\": \"Paris\"}}"}}]}`, `"tool_calls"`), stream: ev(tc(`{"index":0,"id":"call_1","type":"function","function":{"name":"get_weather","arguments":"{\"city\": \"Par"}}`), tc(`{"index":0,"id":"","type":"function","function":{"arguments":"is\"}}"}}`), f("tool_calls"), end), want: `||call_1,get_weather,{"city": "Paris"}*|tool_calls`, check: "|malformed|incomplete"},
	// 35 mistral api error chat completions
	{name: "35 LibreChat 2005", status: 400, body: `{"object":"error","message":"The model mistral-tiny does not support the /v1/completions API","type":"invalid_request_error","param":null,"code":null}`, kinds: "invalid_request|not_found", retried: "no"},
	{name: "35 elasticsearch 128538", status: 404, body: `{"detail":"Not Found"}`, kinds: "not_found", retried: "no"},
	{name: "35 eca 231", status: 422, body: `{"object":"error","message":{"detail":[{"type":"extra_forbidden","loc":["body","max_completion_tokens"],"msg":"Extra inputs are not permitted","input":32000}]},"type":"invalid_request_error","param":null,"code":null}`, kinds: "invalid_request", retried: "no", says: "max_completion_tokens"},
	{name: "35 free-claude-code 130", status: 400, body: `{"error":{"message":"chat_template is not supported for Mistral tokenizers.","type":"BadRequestError","param":null,"code":400}}`, kinds: "invalid_request", retried: "no"},
	{name: "35 meilisearch 5664", status: 401, body: badKeyBody("your-mis*******-key"), kinds: "auth", retried: "no"},
	// 36 lm studio server error chat completions
	{name: "36 lmstudio-bug-tracker 377", status: 500, body: `{"error":"_0x48eeaf is not iterable"}`, kinds: "server|invalid_request"},
	{name: "36 lmstudio-bug-tracker 407", mode: "stream", body: "event: error\ndata: {\"error\":{\"message\":\"received prediction-error\"}}\n\n", kinds: "server|upstream", retried: "yes"},
	{name: "36 lms 169", body: `{"error":"Unexpected endpoint or method. (POST /chat/completions)"}`, kinds: "not_found|invalid_request", retried: "no"},
	{name: "36 llm-multitool 2", status: 400, body: `{"error":"'messages' array must only contain objects with a 'content' field."}`, kinds: "invalid_request", retried: "no"},
	{name: "36 lmstudio-bug-tracker 2218", status: 500, body: `{"error":{"message":"Jinja Exception: After the optional system message, conversation roles must alternate user and assistant roles except for tool calls and results.","type":"internal_server_error"}}`, kinds: "invalid_request|server"},
	// 37 one-api new-api relay error
	{name: "37 one-api 1345", status: 500, body: `{"error":{"message":" (request id: 2024042206151621434039839743267)","type":"upstream_error","param":"","code":"bad_response_status_code"}}`, kinds: "server|upstream", retried: "yes"},
	// 38 cloudflare 524 timeout openai api
	{name: "38 gpt4-openai-api 13", status: 524, body: cf524, kinds: "timeout|server|upstream"},
	{name: "38 pandora 1009", status: 524, body: cf524, kinds: "timeout|server|upstream"},
	{name: "38 gcli2api 354", status: 524, body: cf524, kinds: "timeout|server|upstream"},
	{name: "38 search2ai 12", status: 522, body: `error code: 522`, kinds: "timeout|connection|upstream|server", retried: "yes"},
	{name: "38 chatgptProxyAPI 11", status: 524, body: `error code: 524`, kinds: "timeout|server|upstream"},
	// 39 country region not supported openai api error
	{name: "39 home-assistant 120072", status: 403, body: region, kinds: "permission", retried: "no"},
	{name: "39 vercel-reverse-fast 45", status: 403, body: region, kinds: "permission", retried: "no"},
	{name: "39 raycast_api_proxy 43", status: 403, body: region, kinds: "permission", retried: "no"},
	{name: "39 chatgpt_telegram_bot 462", status: 403, body: region, kinds: "permission", retried: "no"},
	{name: "39 one-api 1692", status: 403, body: "{\n  \"error\": {\n    \"message\": \"Country, region, or territory not supported (request id: 2024072510422562564674066306279)\",\n    \"type\": \"request_forbidden\",\n    \"param\": \"\",\n    \"code\": \"unsupported_country_region_territory\"\n  }\n}", kinds: "permission", retried: "no"},
	// 40 chunk parsing error openai compatible streaming
	{name: "40 tambo 1189", mode: "stream", oneByte: true, body: ev(d(`{"role":"assistant","content":"Hé"}`), d(`{"content":"llo"}`), f("stop"), end), want: "Héllo|||stop"},
	{name: "40 vercel/ai 1835", mode: "stream", body: ev(`{"error":{"message":"The server had an error processing your request. Sorry about that! You can retry your request, or contact us through our help center at help.openai.com if you keep seeing this error.","type":"server_error","param":null,"code":null}}`, end), kinds: "server", retried: "yes"},
	{name: "40 ruby-openai 338", mode: "stream", oneByte: true, body: ev(`{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1697000000,"model":"gpt-3.5-turbo-0613","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}`, d(`{"content":"Hi"}`), f("stop"), end), want: "Hi|||stop"},
	{name: "40 openclaude 1174", mode: "stream", body: ev(d(`{"role":"assistant","content":"Hel"}`), `{"error":{"message":"upstream connect error","type":"server_error","code":502}}`), kinds: "server|upstream|stream_interrupted", partial: "Hel"},
	{name: "40 dify 2144", mode: "chat", body: "{\n    \"object\": \"chat.completion\",\n    \"model\": \"rwkv-5-h-world-1b5\",\n    \"usage\": {\n        \"prompt_tokens\": 0,\n        \"completion_tokens\": 500,\n        \"total_tokens\": 500\n    },\n    \"choices\": [\n        {\n            \"message\": {\n                \"role\": \"assistant\",\n                \"content\": \"xxx\"\n            },\n            \"index\": 0,\n            \"finish_reason\": \"stop\"\n        }\n    ]\n}\n", want: "xxx|||stop|0/500", usage: "0/500/500/0/0"},
}

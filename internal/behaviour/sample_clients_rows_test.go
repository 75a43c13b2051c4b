package behaviour_test

const (
	bareQuota    = `{"error":{"message":"You exceeded your current quota, please check your plan and billing details.","type":"insufficient_quota","param":null,"code":null}}`
	notResource  = `{"error":{"code":"404","message":"Resource not found"}}`
	deadEngine   = `{"error":{"message":"EngineCore encountered an issue. See stack trace (above) for the root cause.","type":"InternalServerError","param":null,"code":500}}`
	unanswered   = `{"error":{"message":"An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The following tool_call_ids did not have response messages: call_OTNdB9zMnNa1V7U8G5Omt7Jr","type":"invalid_request_error","param":"messages.[2].role","code":null}}`
	tpmReached   = `{"message":"Request was rejected due to rate limiting. Details: TPM limit reached.","data":null}`
	overloadedBy = `{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}`
)

// clientSampleRows and agentSampleRows are about SDKs and agents, and what their servers sent. 116 of the 120 were right at
// the first run; one label was too narrow, and a 523 is a timeout here, as 522 and 524 are.
var clientSampleRows = []sampleRow{
	// 1 LiteLLM BadRequestError OpenAIException raised by custom base url
	{name: "01 bytebot 70", body: `{"error":"Unexpected endpoint or method. (POST /chat/completions). Returning 200 anyway"}`, kinds: "not_found|invalid_request|malformed", retried: "no"},
	{name: "01 farfalle 57", status: 401, body: badKeyBody("sk-1234"), kinds: "auth", retried: "no"},
	{name: "01 litellm 8869", status: 404, body: "{\"object\":\"error\",\"message\":\"The model `/data/granite-3.2-8b-instruct` does not exist.\",\"type\":\"NotFoundError\",\"param\":null,\"code\":404}", kinds: "not_found", retried: "no"},
	{name: "01 AutoGPT 4869", status: 401, body: badKeyBody("custom-key"), kinds: "auth", retried: "no"},
	{name: "01 open-agent-platform 267", status: 400, body: `{"detail":"Unable to infer model provider for model='openai:gpt-4o', please specify model_provider directly."}`, kinds: "invalid_request|not_found", retried: "no"},
	// 2 LlamaIndex OpenAILike exception from server status code
	{name: "02 litellm 10511", status: 500, body: `{"error":{"message":"Internal Server Error","code":500}}`, kinds: "server", retried: "yes"},
	// 3 Vercel AI SDK AI_APICallError openai compatible provider
	{name: "03 ChatGPT-Telegram-Workers 351", status: 400, body: `{"error":{"message":"Assistant message must have either content or tool_calls","type":"invalid_request_error"}}`, kinds: "invalid_request", retried: "no"},
	// 4 PydanticAI UnexpectedModelBehavior or ModelHTTPError from OpenAI compatible backend
	{name: "04 pydantic-ai 576", body: `{"id":"chatcmpl-1","object":"chat.completion","created":1735500000,"model":"llama3.2","system_fingerprint":"fp_ollama","choices":[{"index":0,"message":{"role":"assistant","content":"","tool_calls":[{"id":"call_a1","index":0,"type":"function","function":{"name":"roulette_wheel","arguments":"{\"square\":\"18\"}"}}]},"finish_reason":"tool_calls"}],"usage":{"prompt_tokens":180,"completion_tokens":18,"total_tokens":198}}`,
		stream: ev(d(`{"role":"assistant","content":"","tool_calls":[{"id":"call_a1","index":0,"type":"function","function":{"name":"roulette_wheel","arguments":"{\"square\":\"18\"}"}}]}`), f("tool_calls"), u(`{"prompt_tokens":180,"completion_tokens":18,"total_tokens":198}`), end), want: `||call_a1,roulette_wheel,{"square":"18"}|tool_calls|180/18`},
	{name: "04 gpt4free 3241", body: `<!DOCTYPE html><html><head><title>g4f</title></head><body></body></html>`, kinds: "malformed", retried: ""},
	{name: "04 pydantic-ai 822", body: w(`{"role":"assistant","content":"The capital of Germany is Berlin.","refusal":null}`, `"stop"`), stream: ev(d(`{"role":"assistant","content":"The capital of Germany"}`), d(`{"content":" is Berlin."}`), f("stop"), end), want: `The capital of Germany is Berlin.|||stop`},
	{name: "04 pydantic-ai 2323", body: `{"error":{"message":"Internal Server Error","code":500},"user_id":"user_2x"}`, kinds: "server|upstream", retried: "yes"},
	{name: "04 mistralai/client-python 278", status: 400, body: `{"object":"error","message":"Invalid model: invalid model name","type":"invalid_model","param":null,"code":"1500"}`, kinds: "not_found|invalid_request", retried: "no"},
	// 5 Semantic Kernel HttpOperationException service request failed status OpenAI
	{name: "05 semantic-kernel 3700", status: 500, body: `{"error":{"message":"The server had an error processing your request. Sorry about that! You can retry your request, or contact us through our help center at help.openai.com if you keep seeing this error. (Please include the request ID 94b02f53d7316c40e81e519f408556ba in your email.)","type":"server_error","param":null,"code":null}}`, kinds: "server", retried: "yes"},
	{name: "05 semantic-kernel 9912", status: 500, body: `{"error":{"message":"The server had an error processing your request. Sorry about that! You can retry your request, or contact us through an Azure support request at: https://go.microsoft.com/fwlink/?linkid=2213926 if you keep seeing this error. (Please include the request ID 0e2f2ad5-23ca-4fc8-8001-f5aadfe940a8 in your email.)","type":"server_error","param":null,"code":null}}`, kinds: "server", retried: "yes"},
	{name: "05 semantic-kernel 1287", status: 401, body: `{"error":{"message":"","type":"invalid_request_error","param":null,"code":null}}`, kinds: "auth", retried: "no"},
	{name: "05 semantic-kernel 1274", status: 401, body: `{"error":{"message":"","type":"invalid_request_error","param":null,"code":"invalid_organization"}}`, kinds: "auth|permission", retried: "no"},
	{name: "05 semantic-kernel 12672", status: 500, body: `{"error":{"code":"InternalServerError","message":"Backend returned unexpected response. Please contact Microsoft for help."}}`, kinds: "server|upstream", retried: "yes"},
	// 6 Spring AI NonTransientAiException OpenAI base url
	{name: "06 ai-openai-helloworld 5", status: 404, body: `{"error":{"type":"invalid_request_error","code":"unknown_url","message":"Unknown request URL: POST /v1/v1/chat/completions. Please check the URL for typos, or see the docs at https://platform.openai.com/docs/api-reference/.","param":null}}`, kinds: "not_found|invalid_request", retried: "no"},
	{name: "06 spring-ai 2877", status: 400, body: `Bad Request`, kinds: "invalid_request", retried: "no"},
	{name: "06 rag-with-java-springai-elasticsearch 3", status: 404, body: "404 page not found\n", kinds: "not_found", retried: "no"},
	// 7 crewAI LLM call failed provider error
	{name: "07 crewAI 3609", fails: "unreachable", kinds: "connection", retried: "yes"},
	// 8 AutoGen model client raised exception from openai endpoint
	{name: "08 autogen 5583", body: `{"error":{"message":"Provider returned error","code":400,"metadata":{"raw":"{\"type\":\"error\",\"error\":{\"type\":\"invalid_request_error\",\"message\":\"tools.0.input_schema: Field required\"}}","provider_name":"Anthropic"}},"user_id":"user_2x"}`, kinds: "invalid_request", retried: "no"},
	{name: "08 autogen 6502", body: `{"error":{"message":"Provider returned error","code":400,"metadata":{"raw":"{\n  \"error\": {\n    \"message\": \"Invalid 'messages[2].name': string does not match pattern. Expected a string that matches the pattern '^[^\\\\s<|\\\\\\\\/>]+$'.\",\n    \"type\": \"invalid_request_error\",\n    \"param\": \"messages[2].name\",\n    \"code\": \"invalid_value\"\n  }\n}","provider_name":"OpenAI"}},"user_id":"user_2x"}`, kinds: "invalid_request", retried: "no"},
	// 9 dify invoke error openai_api_compatible credentials validate failed
	{name: "09 dify 13560", status: 403, body: "<html>\r\n<head><title>403 Forbidden</title></head>\r\n<body>\r\n<center><h1>403 Forbidden</h1></center>\r\n<hr><center>cloudflare</center>\r\n</body>\r\n</html>\r\n", kinds: "permission|auth", retried: "no"},
	{name: "09 dify 36085", fails: "refused", kinds: "connection", retried: "yes"},
	{name: "09 dify 6027", status: 404, body: `{"detail":"Not Found"}`, kinds: "not_found", retried: "no"},
	{name: "09 dify 3720", body: `{"id":"chatcmpl-9","object":"","created":1713852000,"model":"gpt-3.5-turbo","choices":[{"index":0,"message":{"role":"assistant","content":"pong"},"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":1,"total_tokens":10}}`, mode: "chat", want: "pong|||stop|9/1"},
	{name: "09 dify 5419", status: 404, body: `{"error":{"message":"This is a chat model and not supported in the v1/completions endpoint. Did you mean to use v1/chat/completions?","type":"invalid_request_error","param":"model","code":null}}`, kinds: "not_found|invalid_request", retried: "no"},
	// 10 Open WebUI shows server error from external OpenAI connection
	{name: "10 open-webui/desktop 29", status: 400, body: `{"detail":"Open WebUI: Server Connection Error"}`, kinds: "invalid_request|upstream|connection|server", retried: ""},
	{name: "10 open-webui 9685", status: 403, body: `{"status":403,"title":"Forbidden","detail":"Authorization failed"}`, kinds: "permission|auth", retried: "no"},
	{name: "10 open-webui 9502", status: 503, body: ``, kinds: "server|overloaded", retried: "yes"},
	{name: "10 open-webui 12212", fails: "dial", kinds: "connection|timeout", retried: "yes"},
	// 11 LibreChat custom endpoint terminated something went wrong api reply
	{name: "11 LibreChat 1626", status: 404, body: `{"error":{"code":404,"message":"Resource not found","type":""}}`, kinds: "not_found", retried: "no"},
	{name: "11 LibreChat 8520", body: w(`{"role":"assistant","content":"hey"}`, `"stop"`), mode: "stream", want: "hey|||stop"},
	{name: "11 LibreChat 3454", fails: "plain", kinds: "connection", retried: ""},
	{name: "11 LibreChat 4924", status: 422, body: ``, kinds: "invalid_request", retried: "no"},
	{name: "11 LibreChat 4756", mode: "chat", body: `{"choices": [{"content_filter_results": {"hate": {"filtered": false, "severity": "safe"}, "self_harm": {"filtered": false, "severity": "safe"}, "sexual": {"filtered": false, "severity": "safe"}, "violence": {"filtered": false, "severity": "safe"}}, "finish_reason": "stop", "index": 0, "logprobs": null, "message": {"content": "The Maria field has wells.", "role": "assistant", "function_call": null, "tool_calls": null}}], "created": 1732000000, "id": "chatcmpl-AV", "model": "gpt-4o-2024-05-13", "object": "chat.completion", "prompt_filter_results": [{"prompt_index": 0, "content_filter_results": {"hate": {"filtered": false, "severity": "safe"}}}], "system_fingerprint": "fp_67", "usage": {"completion_tokens": 12, "prompt_tokens": 30, "total_tokens": 42}}`, want: "The Maria field has wells.|||stop|30/12"},
	// 12 Continue extension HTTP status error from openai provider
	{name: "12 continue 8878", status: 400, body: `{"detail":"'NoneType' object has no attribute 'startswith'"}`, kinds: "invalid_request|server", retried: ""},
	{name: "12 continue 8347", status: 400, body: `{"error":{"message":"Provider returned error","code":400}}`, kinds: "invalid_request|server|upstream", retried: ""},
	{name: "12 continue 3703", status: 401, body: ``, kinds: "auth", retried: "no"},
	{name: "12 continue 1874", status: 401, body: `{"message":"Unauthorized","request_id":"7f1c"}`, kinds: "auth", retried: "no"},
	{name: "12 continue 5421", status: 500, body: `Error in Continue server: {"type":"error","error":{"type":"invalid_request_error","message":"You have reached your specified API usage limits. You will regain access on 2025-05-01 at 00:00 UTC."}}`, kinds: "quota|rate_limit", retried: "no"},
	// 13 Cline API request failed openai compatible
	{name: "13 cline 2165", fails: "refused", kinds: "connection", retried: "yes"},
	{name: "13 cline 3414", fails: "reset", kinds: "connection", retried: "yes"},
	{name: "13 cline 5134", status: 403, body: `{"error":{"mess`, cut: "eof", kinds: "permission|auth|moderation", retried: "no"},
	{name: "13 cline 1790", fails: "nohost", kinds: "connection", retried: ""},
	{name: "13 cline 4915", status: 403, body: ``, cut: "eof", kinds: "permission|auth|moderation", retried: "no"},
	// 14 aider litellm error retrying overloaded
	{name: "14 mini-swe-agent 184", status: 529, body: overloadedBy, kinds: "overloaded", retried: "yes"},
	{name: "14 llm 850", status: 503, body: `[{"error":{"code":503,"message":"The model is overloaded. Please try again later.","status":"UNAVAILABLE"}}]`, kinds: "overloaded", retried: "yes"},
	{name: "14 litellm 9007", status: 503, body: `{"error":{"code":503,"message":"The model is overloaded. Please try again later.","status":"UNAVAILABLE"}}`, kinds: "overloaded", retried: "yes"},
	{name: "14 OpenKB 164", status: 503, body: `{"error":{"code":503,"message":"This model is currently experiencing high demand. Spikes in demand are usually temporary. Please try again later.","status":"UNAVAILABLE"}}`, kinds: "overloaded", retried: "yes"},
	{name: "14 aider 957", mode: "stream", body: "event: error\ndata: {\"type\":\"error\",\"error\":{\"details\":null,\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}\n\n", kinds: "overloaded", retried: "yes"},
	// 15 Fireworks Cerebras SambaNova chat request failed: nothing
	// 16 NVIDIA NIM or Databricks model serving chat bad request
	{name: "16 nvidia-nim-provider 2", status: 400, body: `{"error":{"message":"\"auto\" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set","type":"BadRequestError","param":null,"code":400}}`, kinds: "invalid_request", retried: "no"},
	{name: "16 autogen 4761", status: 400, body: `{"error_code":"BAD_REQUEST","message":"Bad request: json: unknown field \"name\"\n"}`, kinds: "invalid_request", retried: "no"},
	{name: "16 free-claude-code 1021", status: 404, body: `{"status":404,"title":"Not Found","detail":"Function '23d4f03a-b8a6-4adb-a183-7daa083a09cc': Not found for account 'Qawmu2vUw3rdcREnubcAVqe1c55nUTb1hCogKQx4BCA'"}`, kinds: "not_found", retried: "no"},
	{name: "16 kilocode 12064", status: 500, body: `{"error":{"message":"Internal server error","type":"internal_server_error","param":null,"code":500}}`, kinds: "server", retried: "yes"},
	{name: "16 free-claude-code 349", fails: "hangs", kinds: "timeout", retried: ""},
	// 17 error de cuota excedida clave API modelo chat
	{name: "17 ab007shetty/chatGPT 2", status: 429, body: bareQuota, kinds: "quota", retried: "no"},
	{name: "17 jcrodriguez1989/chatgpt 28", status: 429, body: bareQuota, kinds: "quota", retried: "no"},
	{name: "17 obiscr/ChatGPT 160", status: 429, body: bareQuota, kinds: "quota", retried: "no"},
	{name: "17 interview-coder 91", status: 429, body: quotaBody, kinds: "quota", retried: "no"},
	{name: "17 chatgpt-clone 11", status: 429, body: `{ "error": { "message": "You exceeded your current quota, please check your plan and billing details.", "type": "insufficient_quota", "param": null, "code": null } }` + "\n", kinds: "quota", retried: "no"},
	// 18 erro ao chamar API OpenAI compatível requisição inválida
	{name: "18 sub2api 3071", status: 400, body: `{"error":{"type":"invalid_request_error","message":"Invalid request"}}`, kinds: "invalid_request", retried: "no"},
	{name: "18 openinterpreter 115", status: 400, body: `{"error":{"message":"'content' is a required property - 'messages.2'","type":"invalid_request_error","param":null,"code":null}}`, kinds: "invalid_request", retried: "no"},
	{name: "18 OpenAI-Unity 63", status: 401, body: `{"error":{"message":"No such organization: org-abc.","type":"invalid_request_error","param":null,"code":"invalid_organization"}}`, kinds: "auth|permission|invalid_request", retried: "no"},
	{name: "18 doge-code 16", status: 400, body: "[{\n  \"error\": {\n    \"code\": 400,\n    \"message\": \"Invalid JSON payload received. Unknown name \\\"enable_thinking\\\": Cannot find field.\",\n    \"status\": \"INVALID_ARGUMENT\",\n    \"details\": [\n      {\n        \"@type\": \"type.googleapis.com/google.rpc.BadRequest\",\n        \"fieldViolations\": [\n          {\n            \"description\": \"Invalid JSON payload received. Unknown name \\\"enable_thinking\\\": Cannot find field.\"\n          }\n        ]\n      }\n    ]\n  }\n}\n]", kinds: "invalid_request", retried: "no"},
	{name: "18 openai-python 263", status: 404, body: `{"error":{"message":"Invalid URL (POST /v1/chat/completions)","type":"invalid_request_error","param":null,"code":null}}`, kinds: "not_found|invalid_request", retried: "no"},
	// 19 API 서버 호출 실패 토큰 한도 초과 LLM
	{name: "19 Openaibot 158", status: 500, body: serverError, kinds: "server", retried: "yes"},
	{name: "19 hypebard 9", status: 429, body: bareQuota, kinds: "quota", retried: "no"},
	{name: "19 lybic/agent 72", status: 400, body: `{"error":{"code":"InvalidParameter","message":"Total tokens of image and text exceed max message tokens. Request id: 0217635","param":"","type":"BadRequest"}}`, kinds: "context_length", retried: "no"},
	// 20 TPM RPM limit hit please wait seconds organization tier
	{name: "20 cc-switch 240", status: 429, body: `{"error":{"message":"Your account org-a<ak-b> request reached organization TPD rate limit, current: 1508351, limit: 1500000","type":"rate_limit_reached_error"}}`, kinds: "rate_limit|quota", retried: ""},
	{name: "20 aider 236", status: 429, body: `{"error":{"message":"Rate limit reached for 10KTPM-200RPM in organization org-xlxSEXU9Luxu23sByyOjFXb2 on tokens per min. Limit: 10000 / min. Please try again in 6ms. Contact us through our help center at help.openai.com if you continue to have issues.","type":"tokens","param":null,"code":"rate_limit_exceeded"}}`, kinds: "rate_limit", retried: "yes"},
	{name: "20 ragflow 6542", status: 429, body: tpmReached, kinds: "rate_limit", retried: "yes"},
	// 21 vLLM EngineDeadError internal server error while requests running
	{name: "21 vllm 2281", status: 500, body: `Internal Server Error`, kinds: "server", retried: "yes"},
	{name: "21 vllm 5060", status: 500, body: `Internal Server Error`, kinds: "server", retried: "yes"},
	{name: "21 vllm 10925", status: 500, body: `Internal Server Error`, kinds: "server", retried: "yes"},
	{name: "21 vllm 27194", status: 500, body: deadEngine, kinds: "server", retried: "yes"},
	{name: "21 vllm 21466", mode: "stream", body: ev(d(`{"role":"assistant","content":""}`), d(`{"content":"Hel"}`), `{"error":{"message":"EngineCore encountered an issue. See stack trace (above) for the root cause.","type":"BadRequestError","param":null,"code":400}}`, end), kinds: "server|stream_interrupted", retried: "", partial: "Hel"},
	// 22 Cohere AI21 StepFun Baichuan MiniMax chat completions returns error code
	{name: "22 cohere-developer-experience 189", status: 498, body: `{"message":"your request was blocked due to potential violations of the Usage Guidelines"}`, kinds: "moderation", retried: "no"},
	{name: "22 xllm-go/bypass 44", status: 500, body: `{"error":{"message":"response is not 'text/event-stream'","type":"server_error"}}`, kinds: "server|upstream", retried: "yes"},
	{name: "22 vscode-copilot-release 1021", status: 503, body: `Service Unavailable`, kinds: "server|overloaded", retried: "yes"},
	{name: "22 uni-api 6", status: 400, body: `{"message":"invalid request: message must be at least 1 token long or tool results must be specified."}`, kinds: "invalid_request", retried: "no"},
	{name: "22 jupyter-ai 509", status: 404, body: `{"message":"model 'medium' not found, make sure the correct model ID was used and that you have access to the model."}`, kinds: "not_found", retried: "no"},
	// 23 Copilot or Zed or Roo Code agent provider returned 5xx
	{name: "23 zed 30517", status: 429, body: `too many requests`, kinds: "rate_limit", retried: "yes"},
	{name: "23 zed 41697", status: 400, body: `{"error":{"message":"model gpt-5-codex is not accessible via the /chat/completions endpoint","code":"unsupported_api_for_model"}}`, kinds: "invalid_request|not_found", retried: "no"},
	// 24 Helicone Portkey Cloudflare AI gateway upstream error
	{name: "24 helicone 510", status: 523, body: "<!DOCTYPE html>\n<html lang=\"en-US\"><head><title>oai.hconeai.com | 523: Origin is unreachable</title></head><body><h1>Origin is unreachable</h1><p>Check your DNS Settings. A 523 error means that Cloudflare could not reach your host web server. The most common cause is that your DNS settings are incorrect.</p></body></html>", kinds: "server|upstream|connection|overloaded|timeout", retried: "yes"},
}

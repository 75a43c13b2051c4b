package behaviour_test

// agentSampleRows are as clientSampleRows; that the model produced invalid content is the upstream's failure by definition.
var agentSampleRows = []sampleRow{
	// 25 openai.BadRequestError Error code: 400 langchain agent tool messages
	{name: "25 langchain 20492", status: 400, body: `{"error":{"message":"Bad Request","type":"invalid_request_error","param":null,"code":null}}`, kinds: "invalid_request", retried: "no"},
	{name: "25 langchain 24196", status: 400, body: unanswered, kinds: "invalid_request", retried: "no"},
	{name: "25 langchain-mcp-adapters 61", status: 400, body: `{"error":{"message":"Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'. (request id: 20250402162238365911184hjhKuPzB) (request id: 20250402162238352981541HzZS7piM)","type":"invalid_request_error","param":"messages.[3].role","code":null}}`, kinds: "invalid_request", retried: "no"},
	{name: "25 xorbitsai/inference 1235", status: 400, body: `{"detail":"Only ['chatglm3', 'gorilla-openfunctions-v1', 'qwen-chat'] support tool messages"}`, kinds: "invalid_request", retried: "no"},
	{name: "25 openai-python 1571", status: 400, body: `{"error":{"message":"Invalid value for 'content': expected a string, got null. (request id: 20240723090211496742562ZksEJFx0) (request id: 2024072301021136579144958040285)","type":"invalid_request_error","param":"messages.[2].content","code":null}}`, kinds: "invalid_request", retried: "no"},
	// 26 litellm.RateLimitError provider exception 429 agent run
	{name: "26 OpenHands 4167", status: 429, body: "{\"error\":{\"message\":\"Rate limit reached for model `llama-3.2-90b-text-preview` in organization `org_01hw3vhh15fzp94dj7n1w3nfm9` on tokens per minute (TPM): Limit 7000, Used 0, Requested 7895. Please try again in 7.671428571s. Visit https://console.groq.com/docs/rate-limits for more information.\",\"type\":\"tokens\",\"code\":\"rate_limit_exceeded\"}}", kinds: "rate_limit|context_length|too_large", retried: ""},
	{name: "26 marketing-dashboard 11", status: 429, body: `{"error":{"code":"rate_limit_exceeded","message":"output_tokens rate limit exceeded — retry after 2s","type":"rate_limit_exceeded"}}`, kinds: "rate_limit", retried: "yes"},
	{name: "26 hermes-agent-evolution 514", status: 429, body: `{"error":{"message":"Rate limit exceeded","type":"rate_limit","code":429}}`, kinds: "rate_limit", retried: "yes"},
	{name: "26 QwenPaw 747", status: 429, body: tpmReached, kinds: "rate_limit", retried: "yes"},
	{name: "26 langroid 80", status: 429, body: `{"error":{"message":"Rate limit reached for default-gpt-3.5-turbo in organization org-a on requests per min. Limit: 3 / min. Please try again in 20s. Contact us through our help center at help.openai.com if you continue to have issues. Please add a payment method to your account to increase your rate limit. Visit https://platform.openai.com/account/billing to add a payment method.","type":"requests","param":null,"code":null}}`, kinds: "rate_limit", retried: "yes"},
	// 27 litellm.APIError OpenAIException streaming agent
	{name: "27 ogx 2496", status: 307, body: `{"id":"","model":"","choices":[],"created":0,"object":""}`, kinds: "server|upstream|unknown|not_found|invalid_request|malformed|no_content", retried: ""},
	{name: "27 openai-python 1625", mode: "stream", body: ev(`{"error":{"message":"The server had an error processing your request. Sorry about that! You can retry your request, or contact us through our help center at help.openai.com if you keep seeing this error.","type":"server_error","param":null,"code":null}}`), kinds: "server", retried: "yes"},
	// 28 ModelHTTPError status_code body pydantic ai: nothing
	// 29 AI_APICallError statusCode responseBody isRetryable
	{name: "29 pi 9722", status: 400, body: ``, kinds: "invalid_request", retried: ""},
	// 30 litellm.ContextWindowExceededError input length agent conversation
	{name: "30 agent-zero 1102", status: 400, body: `{"error":{"message":"This model's maximum context length is 16384 tokens. However, your request has 19427 input tokens. Please reduce the length of the input messages. (parameter=input_tokens, value=19427)","type":"BadRequestError","param":"input_tokens","code":400}}`, kinds: "context_length", retried: "no"},
	{name: "30 suna 172", status: 400, body: "{\"type\":\"error\",\"error\":{\"type\":\"invalid_request_error\",\"message\":\"input length and `max_tokens` exceed context limit: 174167 + 64000 > 200000, decrease input length or `max_tokens` and try again\"}}", kinds: "context_length", retried: "no"},
	{name: "30 llmmllab-api 56", status: 400, body: `{"error":{"code":400,"message":"request (53192 tokens) exceeds context size (50176 tokens)","type":"invalid_request_error"}}`, kinds: "context_length", retried: "no"},
	{name: "30 openhands-resolver 336", status: 400, body: `{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 200150 tokens > 200000 maximum"}}`, kinds: "context_length", retried: "no"},
	{name: "30 openai-agents-python 111", status: 400, body: `{"error":{"message":"This request exceeds the context size limit. Please reduce the size of the prompt and try again.","type":"invalid_request_error","param":null,"code":null}}`, kinds: "context_length", retried: "no"},
	// 31 openai.NotFoundError Error code: 404 autogen
	{name: "31 autogen 4936", status: 404, body: notResource, kinds: "not_found", retried: "no"},
	{name: "31 agent-zero 349", status: 404, body: `{"error":{"message":"Not Found","code":404}}`, kinds: "not_found", retried: "no"},
	{name: "31 autogen 1797", status: 404, body: `{"statusCode":404,"message":"Resource not found"}`, kinds: "not_found", retried: "no"},
	{name: "31 crewAI 511", status: 404, body: "{\"error\":{\"message\":\"The model `gpt-4` does not exist or you do not have access to it.\",\"type\":\"invalid_request_error\",\"param\":null,\"code\":\"model_not_found\"}}", kinds: "not_found", retried: "no"},
	{name: "31 code-cli 131", status: 404, body: `Not Found`, kinds: "not_found", retried: "no"},
	// 32 TransientAiException HTTP 5 spring ai
	{name: "32 spring-ai-alibaba 2402", status: 500, body: `{"code":"SystemError","status_code":500,"message":"An system error has occured, please try again later.","request_id":"a5c89ee3-ae4e-46b5-b809-94ae529262a3"}`, kinds: "server", retried: "yes"},
	{name: "32 rootjs 1421", status: 503, body: `[{"error":{"code":503,"message":"This model is currently experiencing high demand. Spikes in demand are usually temporary. Please try again later.","status":"UNAVAILABLE"}}]`, kinds: "overloaded", retried: "yes"},
	// 33 Roo Code 400 status code provider tool_call_id messages
	{name: "33 Roo-Code 1065", status: 404, body: ``, kinds: "not_found", retried: "no"},
	{name: "33 Kimi-K2.5 13", status: 400, body: `{"error":{"message":"thinking is enabled but reasoning_content is missing in assistant tool call message at index 3","type":"invalid_request_error"}}`, kinds: "invalid_request", retried: "no"},
	{name: "33 done-hub 33", status: 400, body: `{"type":"400","error":{"type":"system_error","message":"Provider API error: {\"type\":\"error\",\"error\":{\"type\":\"invalid_request_error\",\"message\":\"tools.0.custom.input_schema: JSON schema is invalid. It must match JSON Schema draft 2020-12 (https://json-schema.org/draft/2020-12). Learn more about tool use at https://docs.claude.com/en/docs/tool-use.\"},\"request_id\":\"req_vrtx_011CWRk3b3AvGmyYC92XWBT2\"} (request id: 20251224232359869588675rZDzlduk)"}}`, kinds: "invalid_request", retried: "no"},
	{name: "33 aibridge 68", status: 400, body: `{"error":{"code":"","message":"An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The following tool_call_ids did not have response messages:\ncall_Jp7zbvAXmPHRp4OZFT1DcTNM","param":"","type":"invalid_request_error"}}data: [DONE]` + "\n\n", kinds: "invalid_request", retried: "no", says: "tool_call_ids"},
	// 34 OpenHands litellm.InternalServerError
	{name: "34 OpenHands 8832", status: 503, body: `{"error":{"code":503,"message":"Loading model","type":"unavailable_error"}}`, kinds: "overloaded", retried: "yes"},
	{name: "34 OpenHands 6754", status: 500, body: ``, kinds: "server", retried: "yes"},
	{name: "34 OpenHands 7094", status: 404, body: "404 page not found\n", kinds: "not_found", retried: "no"},
	{name: "34 OpenHands 6808", status: 500, body: `{"error":{"message":"The model produced invalid content. Consider modifying your prompt if you are seeing this error persistently.","type":"model_error","param":null,"code":null}}`, kinds: "server|upstream", retried: "yes"},
	{name: "34 OpenHands 7840", status: 404, body: `{"detail":"Not Found"}`, kinds: "not_found", retried: "no"},
}

// What mended the rows of these samples that were wrong, and what is like them.
var likeClientSampleRows = []sampleRow{
	{name: "a dead engine, as 400 in an event", mode: "stream", body: ev(badRequestOf("EngineCore encountered an issue. See stack trace (above) for the root cause."), end), kinds: "server", retried: "yes"},
	{name: "a dead engine, as 400", status: 400, body: badRequestOf("EngineDeadError('EngineCore encountered an issue.')"), kinds: "server", retried: "yes"},
	{name: "a dead loop", status: 400, body: badRequestOf("Background loop has errored already."), kinds: "server", retried: "yes"},
	{name: "a dead process", status: 400, body: badRequestOf("Engine process (pid 76) died."), kinds: "server", retried: "yes"},
	{name: "a dead worker", mode: "stream", body: ev(d(`{"content":"Hel"}`), badRequestOf("Worker failed with error 'list index out of range', please check the stack trace above for the root cause"), end), kinds: "server|stream_interrupted", partial: "Hel"},
	{name: "a dead task", mode: "stream", body: ev(badRequestOf("Task finished unexpectedly. This should never happen! Please open an issue on GitHub."), end), kinds: "server", retried: "yes"},
	{name: "Ray's actor", status: 400, body: badRequestOf("The actor died unexpectedly before finishing this task."), kinds: "server", retried: "yes"},
	{name: "NCCL", status: 400, body: badRequestOf("NCCL error: unhandled system error"), kinds: "server", retried: "yes"},
	{name: "a field called so", status: 400, body: badRequestOf("tools.0.name: 'runner process' does not match pattern"), kinds: "invalid_request", retried: "no"},
	{name: "a parameter called so", status: 400, body: badRequestOf("engine loop must be positive"), kinds: "invalid_request", retried: "no"},
	{name: "a value called so", status: 400, body: badRequestOf("Invalid value: 'engine process'. Supported values are: 'a' and 'b'."), kinds: "invalid_request", retried: "no"},
	{name: "Cohere: an unsafe request", status: 498, body: `{"message":"Unsafe Request"}`, kinds: "moderation", retried: "no"},
	{name: "Groq: no room for flex", status: 498, body: `{"error":{"message":"The flex tier is at capacity and the request won't be processed. You can try again later.","type":"capacity"}}`, kinds: "overloaded", retried: "yes"},
	{name: "community guidelines", status: 400, body: errorOf("Request rejected as it violates community guidelines"), kinds: "moderation", retried: "no"},
	{name: "prohibited use", status: 403, body: errorOf("The prompt violates Google's Generative AI Prohibited Use policy"), kinds: "moderation", retried: "no"},
	{name: "the account is shut for what it sent", status: 403, body: errorOf("Your account has been suspended for violating our usage policies"), kinds: "permission|auth", retried: "no"},
	{name: "the organization is", status: 400, body: errorOf("Your organization has been disabled for violating our usage guidelines"), kinds: "permission|auth", retried: "no"},
	{name: "a filter of the account's", status: 403, body: errorOf("Blocked by your organization's content policy"), kinds: "moderation", retried: "no"},
}

func badRequestOf(message string) string {
	return `{"error":{"message":"` + message + `","type":"BadRequestError","param":null,"code":400}}`
}

package behaviour_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/stretchr/testify/require"
)

// Refusals as public reports have them, in bytes of our own.
var reportedRefusals = []struct {
	name   string
	status int
	body   string
	kind   buoy.Kind
	wait   time.Duration // 0: none, or not looked at
}{
	{"new-api: the group's upstream is saturated, with a status of the channel", 429, `{"error":{"message":"当前分组上游负载已饱和，请稍后再试 (request id: 20260521174921838127707Fxe)","type":"upstream_error","param":"404","code":"bad_response_status_code"}}`, buoy.ErrRateLimit, 0},
	{"new-api: the same, with no code", 429, `{"error":{"message":"当前分组上游负载已饱和，请稍后再试","type":"new_api_error","param":"","code":null}}`, buoy.ErrRateLimit, 0},
	{"new-api: no channel for the model", 503, `{"error":{"message":"当前分组 default 下对于模型 gpt-9 无可用渠道","type":"new_api_error","code":"model_not_found"}}`, buoy.ErrNotFound, 0},
	{"one-api: the token is used up", 403, `{"error":{"message":"该令牌额度已用尽","type":"one_api_error"}}`, buoy.ErrQuota, 0},
	{"new-api: the user's balance is too small", 403, `{"error":{"message":"用户额度不足, 剩余额度: ＄0.012340","type":"new_api_error","code":"insufficient_user_quota"}}`, buoy.ErrQuota, 0},
	{"new-api: an invalid token", 401, `{"error":{"message":"无效的令牌 (request id: 2026)","type":"new_api_error","code":""}}`, buoy.ErrAuth, 0},
	{"new-api: sensitive words", 400, `{"error":{"message":"sensitive words detected","type":"new_api_error","code":"sensitive_words_detected"}}`, buoy.ErrModeration, 0},
	{"Groq: this request alone is too large for the minute", 413, `{"error":{"message":"Request too large for model ` + "`llama-3.1-8b-instant`" + ` in organization ` + "`org_01`" + ` service tier ` + "`on_demand`" + ` on tokens per minute (TPM): Limit 6000, Requested 6294, please reduce your message size and try again.","type":"tokens","code":"rate_limit_exceeded"}}`, buoy.ErrRateLimit, 0},
	{"Groq: seven digits of a second", 429, `{"error":{"message":"Rate limit reached for model ` + "`llama3-70b`" + ` in organization ` + "`org`" + ` on tokens per minute (TPM): Limit 7000, Used 6148, Requested 7895. Please try again in 1m0.363142857s.","type":"tokens","code":"rate_limit_exceeded"}}`, buoy.ErrRateLimit, 60363142857},
	{"Groq: tokens per day", 429, `{"error":{"message":"Rate limit reached for model ` + "`x`" + ` on tokens per day (TPD): Limit 100000, Used 99934, Requested 1202. Please try again in 16m21.4s.","type":"tokens","code":"rate_limit_exceeded"}}`, buoy.ErrRateLimit, 16*time.Minute + 21400*time.Millisecond},
	{"Groq: the model was taken out of service", 400, `{"error":{"message":"The model ` + "`llama3-8b`" + ` has been decommissioned and is no longer supported. Please refer to the docs for a recommendation.","type":"invalid_request_error","code":"model_decommissioned"}}`, buoy.ErrNotFound, 0},
	{"Groq: terms must be accepted", 400, `{"error":{"message":"The model ` + "`x`" + ` requires terms acceptance. Please have the org admin accept the terms at https://console.groq.com","type":"invalid_request_error","code":"model_terms_required"}}`, buoy.ErrPermission, 0},
	{"Groq: blocked at the organisation", 403, `{"error":{"message":"The model ` + "`x`" + ` is blocked at the organization level.","type":"permissions_error","code":"model_permission_blocked_org"}}`, buoy.ErrPermission, 0},
	{"Gemini: a missing thought signature", 400, `[{"error":{"code":400,"message":"Function call is missing a thought_signature in functionCall parts. This is required for tools to work correctly. Additional data, function call ` + "`default_api:write_file`" + ` , position 8.","status":"INVALID_ARGUMENT"}}]`, buoy.ErrInvalidRequest, 0},
	{"Gemini: overloaded", 503, `[{"error":{"code":503,"message":"The model is overloaded. Please try again later.","status":"UNAVAILABLE"}}]`, buoy.ErrOverloaded, 0},
	{"Gemini: the region", 400, `[{"error":{"code":400,"message":"User location is not supported for the API use.","status":"FAILED_PRECONDITION"}}]`, buoy.ErrPermission, 0},
	{"Gemini: an expired key", 400, `[{"error":{"code":400,"message":"API key expired. Please renew the API key.","status":"INVALID_ARGUMENT","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"API_KEY_INVALID","domain":"googleapis.com"}]}}]`, buoy.ErrAuth, 0},
	{"Gemini: the service is off in the project", 403, `[{"error":{"code":403,"message":"Generative Language API has not been used in project 123 before or it is disabled.","status":"PERMISSION_DENIED","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"SERVICE_DISABLED"}]}}]`, buoy.ErrPermission, 0},
	{"Gemini: a minute's quota with a delay", 429, `[{"error":{"code":429,"message":"You exceeded your current quota, please check your plan and billing details.","status":"RESOURCE_EXHAUSTED","details":[{"@type":"type.googleapis.com/google.rpc.QuotaFailure","violations":[{"quotaId":"GenerateContentInputTokensPerModelPerMinute-FreeTier"}]},{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"23s"}]}}]`, buoy.ErrRateLimit, 23 * time.Second},
	{"Gemini: the deadline", 504, `[{"error":{"code":504,"message":"The request timed out. Please try again.","status":"DEADLINE_EXCEEDED"}}]`, buoy.ErrTimeout, 0},
	{"a gateway before Gemini: a corrupted signature", 400, `{"error":{"message":"Corrupted thought signature.","type":"api_error","upstreamStatus":400,"upstreamStatusText":"Bad Request","upstreamResponse":{"error":{"code":400,"message":"Corrupted thought signature.","status":"INVALID_ARGUMENT"}}}}`, buoy.ErrInvalidRequest, 0},
	{"vLLM: longer than the model", 400, `{"object":"error","message":"This model's maximum context length is 4096 tokens. However, you requested 5000 tokens (4000 in the messages, 1000 in the completion). Please reduce the length of the messages or completion.","type":"BadRequestError","param":null,"code":400}`, buoy.ErrContextLength, 0},
	{"vLLM: max_tokens is too large", 400, `{"error":{"message":"'max_tokens' or 'max_completion_tokens' is too large: 32768. This model's maximum context length is 32768 tokens and your request has 120 input tokens (32768 > 32768 - 120).","type":"BadRequestError","param":null,"code":400}}`, buoy.ErrContextLength, 0},
	{"vLLM: automatic tool choice is off", 400, `{"object":"error","message":"\"auto\" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set","type":"BadRequestError","param":null,"code":400}`, buoy.ErrInvalidRequest, 0},
	{"vLLM: no such model", 404, `{"object":"error","message":"The model ` + "`x`" + ` does not exist.","type":"NotFoundError","param":null,"code":404}`, buoy.ErrNotFound, 0},
	{"vLLM: the engine died", 500, `{"object":"error","message":"EngineCore encountered an issue. See stack trace (above) for the root cause.","type":"InternalServerError","param":null,"code":500}`, buoy.ErrServer, 0},
	{"vLLM: unauthorized", 401, `{"error":"Unauthorized"}`, buoy.ErrAuth, 0},
	{"llama.cpp: loading", 503, `{"error":{"code":503,"message":"Loading model","type":"unavailable_error"}}`, buoy.ErrOverloaded, 0},
	{"llama.cpp: no slot", 503, `{"error":{"code":503,"message":"no slot available","type":"unavailable_error"}}`, buoy.ErrOverloaded, 0},
	{"llama.cpp: larger than the context", 400, `{"error":{"code":400,"message":"the request exceeds the available context size, try increasing it","type":"exceed_context_size_error","n_prompt_tokens":5000,"n_ctx":4096}}`, buoy.ErrContextLength, 0},
	{"llama.cpp: a grammar that does not parse", 400, `{"error":{"code":400,"message":"Failed to parse grammar","type":"invalid_request_error"}}`, buoy.ErrInvalidRequest, 0},
	{"Ollama: no such model", 404, `{"error":{"message":"model \"x\" not found, try pulling it first","type":"api_error","param":null,"code":null}}`, buoy.ErrNotFound, 0},
	{"Ollama: no tools", 400, `{"error":{"message":"registry.ollama.ai/library/gemma:2b does not support tools","type":"api_error","param":null,"code":null}}`, buoy.ErrInvalidRequest, 0},
	{"Ollama: more memory than there is", 500, `{"error":{"message":"model requires more system memory (9.8 GiB) than is available (5.4 GiB)","type":"api_error","param":null,"code":null}}`, buoy.ErrServer, 0},
	{"Ollama: busy", 503, `{"error":{"message":"server busy, please try again.  maximum pending requests exceeded","type":"api_error"}}`, buoy.ErrOverloaded, 0},
	{"Ollama cloud: the week's allowance", 429, `{"error":"you have reached your weekly usage limit, upgrade for higher limits"}`, buoy.ErrQuota, 0},
	{"LiteLLM: no healthy deployment, cooling down", 429, `{"error":{"message":"No deployments available for selected model, Try again in 60 seconds. Passed model=gpt-4. pre-call-checks=False, cooldown_list=['a1']","type":"None","param":"None","code":"429"}}`, buoy.ErrRateLimit, 60 * time.Second},
	{"LiteLLM: a budget", 400, `{"error":{"message":"Budget has been exceeded! Current cost: 10.2, Max budget: 10.0","type":"budget_exceeded","param":null,"code":"400"}}`, buoy.ErrQuota, 0},
	{"LiteLLM: a key without access", 401, `{"error":{"message":"key not allowed to access model. This key can only access models=['a']. Tried to access b","type":"key_model_access_denied","param":"model","code":"401"}}`, buoy.ErrPermission, 0},
	{"LiteLLM: an unknown token", 401, `{"error":{"message":"Authentication Error, Invalid proxy server token passed. Received API Key = sk-...1234, Key Hash (Token) =88dc28. Unable to find token in cache or ` + "`LiteLLM_VerificationTokenTable`" + `","type":"token_not_found_in_db","param":"key","code":"401"}}`, buoy.ErrAuth, 0},
	{"LiteLLM: a context error of a provider", 400, `{"error":{"message":"litellm.ContextWindowExceededError: litellm.BadRequestError: AnthropicException - prompt is too long: 210000 tokens > 200000 maximum","type":null,"param":null,"code":"400"}}`, buoy.ErrContextLength, 0},
	{"LiteLLM: a connection of its own", 500, `{"error":{"message":"litellm.InternalServerError: OpenAIException - Connection error.","type":null,"param":null,"code":"500"}}`, buoy.ErrServer, 0},
	{"Azure: no such deployment", 404, `{"error":{"code":"DeploymentNotFound","message":"The API deployment for this resource does not exist. If you created the deployment within the last 5 minutes, please wait a moment and try again."}}`, buoy.ErrNotFound, 0},
	{"Azure: the wrong version", 404, `{"error":{"code":"404","message":"Resource not found"}}`, buoy.ErrNotFound, 0},
	{"Azure: a rate with a wait", 429, `{"error":{"code":"RateLimitReached","message":"Requests to the ChatCompletions_Create Operation under Azure OpenAI API version 2024-10-21 have exceeded token rate limit of your current OpenAI S0 pricing tier. Please retry after 17 seconds."}}`, buoy.ErrRateLimit, 17 * time.Second},
	{"Azure: the filter timed out", 500, `{"error":{"code":"content_filter_error","message":"The contents are not filtered"}}`, buoy.ErrServer, 0},
	{"Azure: no capacity", 503, `{"error":{"code":"NoCapacity","message":"The system is currently experiencing high demand and cannot process your request."}}`, buoy.ErrOverloaded, 0},
	{"Azure: a network rule", 403, `{"error":{"code":"AccessDenied","message":"Access denied due to Virtual Network/Firewall rules."}}`, buoy.ErrPermission, 0},
	{"Azure: a spilled policy", 400, `{"error":{"inner_error":{"code":"ResponsibleAIPolicyViolation","content_filter_results":{"hate":{"filtered":true,"severity":"high"}}},"code":"content_filter","message":"The response was filtered due to the prompt triggering Azure OpenAI's content management policy."}}`, buoy.ErrModeration, 0},
	{"Mistral: too many", 429, `{"object":"error","message":"Service tier capacity exceeded for this model.","type":"service_tier_capacity_exceeded","param":null,"code":"3505"}`, buoy.ErrRateLimit, 0},
	{"Mistral: an invalid model", 400, `{"object":"error","message":"Invalid model: mistral-huge","type":"invalid_model","param":null,"code":"1500"}`, buoy.ErrNotFound, 0},
	{"Mistral: the order of messages", 400, `{"object":"error","message":"Expected last role User or Tool (or Assistant with prefix True) for serving but got assistant","type":"invalid_request_message_order","param":null,"code":"3230"}`, buoy.ErrInvalidRequest, 0},
	{"Mistral: unauthorized, flat", 401, `{"detail":"Unauthorized"}`, buoy.ErrAuth, 0},
	{"DeepSeek: no balance", 402, `{"error":{"message":"Insufficient Balance","type":"unknown_error","param":null,"code":"invalid_request_error"}}`, buoy.ErrQuota, 0},
	{"DeepSeek: the key", 401, `{"error":{"message":"Authentication Fails, Your api key: ****1234 is invalid","type":"authentication_error","param":null,"code":"invalid_request_error"}}`, buoy.ErrAuth, 0},
	{"DeepSeek: a body that does not parse", 422, `Failed to deserialize the JSON body into the target type: messages[0]: missing field ` + "`content`" + ` at line 1 column 80`, buoy.ErrInvalidRequest, 0},
	{"Together: longer than the model", 422, `{"id":"x","error":{"message":"Input validation error: ` + "`inputs`" + ` tokens + ` + "`max_new_tokens`" + ` must be <= 8193. Given: 8000 ` + "`inputs`" + ` tokens and 512 ` + "`max_new_tokens`" + `","type":"invalid_request_error","param":null,"code":null}}`, buoy.ErrContextLength, 0},
	{"Together: not a serverless model", 400, `{"id":"x","error":{"message":"Unable to access non-serverless model x. Please visit https://api.together.ai/models/x to create and start a new dedicated endpoint for the model.","type":"invalid_request_error","param":null,"code":"model_not_available"}}`, buoy.ErrNotFound, 0},
	{"Fireworks: no such model", 404, `{"error":{"object":"error","type":"invalid_request_error","code":"NOT_FOUND","message":"Model not found, inaccessible, and/or not deployed"}}`, buoy.ErrNotFound, 0},
	{"Fireworks: the prompt", 400, `{"error":{"object":"error","type":"invalid_request_error","code":"invalid_request_error","message":"The prompt is too long: 140000, model maximum context length: 131071"}}`, buoy.ErrContextLength, 0},
	{"Fireworks: suspended", 412, `{"error":"Account x is suspended, possibly due to reaching the monthly spending limit or failure to pay past invoices."}`, buoy.ErrQuota, 0},
	{"OpenRouter: no endpoints for the policy", 404, `{"error":{"message":"No endpoints found matching your data policy (Free model publication). Configure: https://openrouter.ai/settings/privacy","code":404}}`, buoy.ErrNotFound, 0},
	{"OpenRouter: fewer tokens can be afforded", 402, `{"error":{"message":"This request requires more credits, or fewer max_tokens. You requested up to 65536 tokens, but can only afford 1234.","code":402,"metadata":{"provider_name":null}}}`, buoy.ErrQuota, 0},
	{"OpenRouter: the day of the free models", 429, `{"error":{"message":"Rate limit exceeded: free-models-per-day. Add 10 credits to unlock 1000 free model requests per day","code":429,"metadata":{"headers":{"X-RateLimit-Limit":"50","X-RateLimit-Remaining":"0"},"provider_name":null}}}`, buoy.ErrQuota, 0},
	{"OpenRouter: an upstream's rate", 429, `{"error":{"message":"Provider returned error","code":429,"metadata":{"raw":"deepseek/x:free is temporarily rate-limited upstream. Please retry shortly, or add your own key","provider_name":"Chutes"}}}`, buoy.ErrRateLimit, 0},
	{"xAI: a key that is wrong", 400, `{"code":"Client specified an invalid argument","error":"Incorrect API key provided: xa***89. You can obtain an API key from https://console.x.ai."}`, buoy.ErrAuth, 0},
	{"xAI: no credits", 403, `{"code":"The caller does not have permission to execute the specified operation","error":"Your newly created team doesn't have any credits yet. You can purchase credits on https://console.x.ai."}`, buoy.ErrQuota, 0},
	{"xAI: a violation", 403, `{"code":"The caller does not have permission to execute the specified operation","error":"Content violates usage guidelines. Team: x, Failed check: SAFETY_CHECK_TYPE_DATA_LEAKAGE"}`, buoy.ErrModeration, 0},
	{"Cohere: a trial key", 429, `{"id":"x","message":"You are using a Trial key, which is limited to 1000 API calls / month. You can continue to use the Trial key for free or upgrade to a Production key."}`, buoy.ErrQuota, 0},
	{"Cohere: too long", 400, `{"id":"x","message":"too many tokens: size limit exceeded by 1200 tokens. Try using shorter or fewer inputs. The limit for this model is 128000 tokens."}`, buoy.ErrContextLength, 0},
	{"Cohere: the model is gone", 404, `{"id":"x","message":"model 'command' was removed on September 15, 2025. See https://docs.cohere.com for available models"}`, buoy.ErrNotFound, 0},
	{"Bedrock gateway: throttled", 400, `{"detail":"An error occurred (ThrottlingException) when calling the ConverseStream operation (reached max retries: 4): Too many requests, please wait before trying again."}`, buoy.ErrRateLimit, 0},
	{"Bedrock gateway: throttled for the day", 429, `{"detail":"An error occurred (ThrottlingException) when calling the Converse operation: Too many tokens per day, please wait before trying again."}`, buoy.ErrRateLimit, 0},
	{"Bedrock gateway: on demand is not supported", 400, `{"detail":"An error occurred (ValidationException) when calling the Converse operation: Invocation of model ID x with on-demand throughput isn’t supported. Retry your request with the ID or ARN of an inference profile."}`, buoy.ErrInvalidRequest, 0},
	{"Bedrock gateway: no access", 403, `{"detail":"An error occurred (AccessDeniedException) when calling the Converse operation: You don't have access to the model with the specified model ID."}`, buoy.ErrPermission, 0},
	{"DashScope: arrears", 400, `{"error":{"code":"Arrearage","param":null,"message":"Access denied, please make sure your account is in good standing.","type":"Arrearage"},"request_id":"x"}`, buoy.ErrQuota, 0},
	{"DashScope: inspection", 400, `{"error":{"code":"data_inspection_failed","param":null,"message":"Input data may contain inappropriate content.","type":"data_inspection_failed"}}`, buoy.ErrModeration, 0},
	{"DashScope: the range of the input", 400, `{"error":{"code":"invalid_parameter_error","param":null,"message":"Range of input length should be [1, 98304]","type":"invalid_request_error"}}`, buoy.ErrContextLength, 0},
	{"DashScope: the allocated quota", 429, `{"error":{"code":"limit_requests","param":null,"message":"You exceeded your current requests list limit. For details, see: https://help.aliyun.com","type":"limit_requests"}}`, buoy.ErrRateLimit, 0},
	{"Zhipu: arrears", 429, `{"error":{"code":"1113","message":"余额不足或无可用资源包,请充值。"}}`, buoy.ErrQuota, 0},
	{"Zhipu: concurrency", 429, `{"error":{"code":"1302","message":"您当前使用该API的并发数过高，请降低并发，或联系客服增加限额。"}}`, buoy.ErrRateLimit, 0},
	{"Zhipu: sensitive", 400, `{"contentFilter":[{"level":1,"role":"user"}],"error":{"code":"1301","message":"系统检测到输入或生成内容可能包含不安全或敏感内容，请您避免输入易产生敏感内容的提示语，感谢您的配合。"}}`, buoy.ErrModeration, 0},
	{"Moonshot: the engine is overloaded", 429, `{"error":{"message":"The engine is currently overloaded, please try again later","type":"engine_overloaded_error"}}`, buoy.ErrOverloaded, 0},
	{"Moonshot: concurrency", 429, `{"error":{"message":"Your account org-x<ak-y> request reached organization max concurrency: 1, please try again after 1 seconds","type":"rate_limit_reached_error"}}`, buoy.ErrRateLimit, time.Second},
	{"Moonshot: suspended", 429, `{"error":{"message":"Your account org-x<ak-y> is suspended, please check your plan and billing details","type":"exceeded_current_quota_error"}}`, buoy.ErrQuota, 0},
	{"Moonshot: high risk", 400, `{"error":{"message":"The request was rejected because it was considered high risk","type":"content_filter"}}`, buoy.ErrModeration, 0},
	{"YandexGPT: the token", 401, `{"error":{"grpcCode":16,"httpCode":401,"message":"Unknown api key 'AQ***'","httpStatus":"Unauthorized","details":[]}}`, buoy.ErrAuth, 0},
	{"YandexGPT: the rate", 429, `{"error":{"grpcCode":8,"httpCode":429,"message":"ai.textGenerationCompletionSessionsCount.count gauge quota limit exceed: allowed 10 requests","httpStatus":"Too Many Requests","details":[]}}`, buoy.ErrRateLimit, 0},
	{"GigaChat: the token expired", 401, `{"status":401,"message":"Token has expired"}`, buoy.ErrAuth, 0},
	{"GigaChat: money", 402, `{"status":402,"message":"Payment Required"}`, buoy.ErrQuota, 0},
	{"GigaChat: no such model", 404, `{"status":404,"message":"No such model"}`, buoy.ErrNotFound, 0},
	{"Cloudflare: capacity", 429, `{"errors":[{"message":"AiError: Capacity temporarily exceeded, please try again.","code":3040}],"success":false,"result":{},"messages":[]}`, buoy.ErrRateLimit, 0},
	{"Cloudflare: the day's neurons", 429, `{"errors":[{"message":"you have used up your daily free allocation of 10,000 neurons, please upgrade to Cloudflare's Workers Paid plan","code":4006}],"success":false,"result":{},"messages":[]}`, buoy.ErrQuota, 0},
	{"Cloudflare: no such model", 400, `{"errors":[{"message":"AiError: No such model @cf/x","code":5007}],"success":false,"result":{},"messages":[]}`, buoy.ErrNotFound, 0},
	{"Cloudflare: the host is down", 521, `<!DOCTYPE html><html><head><title>example.com | 521: Web server is down</title></head><body></body></html>`, buoy.ErrServer, 0},
	{"nginx: too large", 413, "<html>\r\n<head><title>413 Request Entity Too Large</title></head>\r\n<body>\r\n<center><h1>413 Request Entity Too Large</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n", buoy.ErrTooLarge, 0},
	{"nginx: a client that left", 499, ``, buoy.ErrInvalidRequest, 0},
	{"Anthropic: overloaded", 529, `{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"},"request_id":"req_1"}`, buoy.ErrOverloaded, 0},
	{"Anthropic: the limit of the organisation", 400, `{"type":"error","error":{"type":"invalid_request_error","message":"You have reached your specified API usage limits. You will regain access on 2026-12-01 at 00:00 UTC."}}`, buoy.ErrQuota, 0},
	{"OpenAI: verification is due", 403, `{"error":{"message":"Your organization must be verified to stream this model. Please go to: https://platform.openai.com/settings/organization/general","type":"invalid_request_error","param":"stream","code":"unsupported_value"}}`, buoy.ErrPermission, 0},
	{"OpenAI: the slow-down", 503, `{"error":{"message":"Slow down","type":"server_error","code":"slow_down"}}`, buoy.ErrRateLimit, 0},
	{"OpenAI: Cloudflare's country", 403, `{"error":{"code":"unsupported_country_region_territory","message":"Country, region, or territory not supported","param":null,"type":"request_forbidden"}}`, buoy.ErrPermission, 0},
	{"MiniMax: under a 200", 200, `{"base_resp":{"status_code":1004,"status_msg":"login fail: Please carry the API secret key in the 'Authorization' field of the request header"}}`, buoy.ErrAuth, 0},
	{"Perplexity: no credits", 401, `{"error":{"message":"You exceeded your current quota, please check your plan and billing details","type":"insufficient_quota","code":401}}`, buoy.ErrQuota, 0},
	{"SiliconFlow: the balance", 403, `{"code":30001,"message":"Sorry, your account balance is insufficient","data":null}`, buoy.ErrQuota, 0},
	{"SiliconFlow: no such model", 400, `{"code":20012,"message":"Model does not exist. Please check it carefully.","data":null}`, buoy.ErrNotFound, 0},
	{"Hugging Face: the month's credits", 402, `{"error":"You have exceeded your monthly included credits for Inference Providers. Subscribe to PRO to get 20x more monthly included credits."}`, buoy.ErrQuota, 0},
	{"Hugging Face: loading", 503, `{"error":"Model x is currently loading","estimated_time":20.0}`, buoy.ErrOverloaded, 20 * time.Second},
	{"TGI: overloaded", 429, `{"error":"Model is overloaded","error_type":"overloaded"}`, buoy.ErrOverloaded, 0},
	{"SGLang: too long", 400, `{"object":"error","message":"Requested token count exceeds the model's maximum context length of 32768 tokens. You requested a total of 33000 tokens: 32000 tokens from the input messages and 1000 tokens for the completion.","type":"BadRequestError","param":null,"code":400}`, buoy.ErrContextLength, 0},
	{"LM Studio: not loaded", 404, `{"error":{"message":"Model \"x\" not found. Please specify a valid model.","type":"invalid_request_error","param":"model","code":"model_not_found"}}`, buoy.ErrNotFound, 0},
	{"LM Studio: the context overflowed", 400, `{"error":"Trying to keep the first 5000 tokens when context the overflows. However, the model is loaded with context length of only 4096 tokens, which is not enough."}`, buoy.ErrContextLength, 0},
	{"llama.cpp router: the model is not loaded", 503, `{"error":{"code":503,"message":"model is loading, please retry in a moment","type":"unavailable_error"}}`, buoy.ErrOverloaded, 0},
	{"vLLM: an image where none is understood", 400, `{"object":"error","message":"At most 0 image(s) may be provided in one request.","type":"BadRequestError","param":null,"code":400}`, buoy.ErrInvalidRequest, 0},
	{"vLLM: the template raised", 400, `{"object":"error","message":"Conversation roles must alternate user/assistant/user/assistant/...","type":"BadRequestError","param":null,"code":400}`, buoy.ErrInvalidRequest, 0},
	{"vLLM behind pydantic: an extra field", 400, `{"object":"error","message":"[{'type': 'extra_forbidden', 'loc': ('body', 'foo'), 'msg': 'Extra inputs are not permitted', 'input': 1}]","type":"BadRequestError","param":null,"code":400}`, buoy.ErrInvalidRequest, 0},
	{"Triton: inflight", 429, `{"error":"Exceeds maximum queue size"}`, buoy.ErrRateLimit, 0},
	{"Databricks: the endpoint is scaling", 503, `{"error_code":"TEMPORARILY_UNAVAILABLE","message":"The endpoint is scaling up from zero, please retry."}`, buoy.ErrOverloaded, 0},
	{"Databricks: tokens of a workspace", 429, `{"error_code":"REQUEST_LIMIT_EXCEEDED","message":"REQUEST_LIMIT_EXCEEDED: Exceeded workspace input tokens per minute rate limit for x."}`, buoy.ErrRateLimit, 0},
	{"SambaNova: a queue", 429, `{"error":{"code":null,"message":"Rate limit exceeded","param":null,"type":"rate_limit_exceeded"}}`, buoy.ErrRateLimit, 0},
	{"Cerebras: the day's tokens", 429, `{"message":"Tokens per day limit exceeded - too many tokens processed.","type":"too_many_tokens_error","param":"quota","code":"token_quota_exceeded"}`, buoy.ErrRateLimit, 0},
	{"Cerebras: a queue that is full", 429, `{"message":"We're experiencing high traffic right now! Please try again soon.","type":"too_many_requests_error","param":"queue","code":"queue_exceeded"}`, buoy.ErrRateLimit, 0},
	{"Cerebras: the context", 400, `{"message":"Please reduce the length of the messages or completion. Current length is 9000 while limit is 8192","type":"invalid_request_error","param":"messages","code":"context_length_exceeded"}`, buoy.ErrContextLength, 0},
	{"NVIDIA: credits", 402, `{"detail":"Account 'x': Cloud credits expired - Please contact NVIDIA representatives"}`, buoy.ErrQuota, 0},
	{"NVIDIA: no function", 404, `{"status":404,"title":"Not Found","detail":"Function '00': Not found for account 'x'"}`, buoy.ErrNotFound, 0},
	{"GitHub Models: a day", 429, `{"error":{"code":"RateLimitReached","message":"Rate limit of 50 per 86400s exceeded for UserByModelByDay. Please wait 36120 seconds before retrying.","details":"x"}}`, buoy.ErrRateLimit, 36120 * time.Second},
	{"GitHub Models: tokens", 413, `{"error":{"code":"tokens_limit_reached","message":"Request body too large for gpt-4o model. Max size: 8000 tokens.","details":"x"}}`, buoy.ErrContextLength, 0},
	{"GitHub Models: no such model", 400, `{"error":{"code":"unknown_model","message":"Unknown model: x","details":"Unknown model: x"}}`, buoy.ErrNotFound, 0},
	{"Copilot: not on the plan", 400, `{"error":{"message":"The requested model is not supported.","code":"model_not_supported","param":"model","type":"invalid_request_error"}}`, buoy.ErrNotFound, 0},
	{"Copilot: the premium requests", 402, `{"error":{"message":"You have exceeded your premium request allowance. Please enable overages or upgrade.","code":"quota_exceeded"}}`, buoy.ErrQuota, 0},
	{"Vertex: a resource", 429, `[{"error":{"code":429,"message":"Resource exhausted. Please try again later. Please refer to https://cloud.google.com/vertex-ai/docs/error-code-429 for more details.","status":"RESOURCE_EXHAUSTED"}}]`, buoy.ErrRateLimit, 0},
	{"Vertex: unauthenticated", 401, `[{"error":{"code":401,"message":"Request had invalid authentication credentials. Expected OAuth 2 access token.","status":"UNAUTHENTICATED","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"ACCESS_TOKEN_EXPIRED"}]}}]`, buoy.ErrAuth, 0},
	{"Vertex: a publisher model", 404, `[{"error":{"code":404,"message":"Publisher Model ` + "`projects/x/models/y`" + ` was not found or your project does not have access to it.","status":"NOT_FOUND"}}]`, buoy.ErrNotFound, 0},
	{"Volcengine: the set limit", 429, `{"error":{"code":"SetLimitExceeded","message":"Your account [1] has reached the set inference limit for the [x] model, and the model service has been paused.","param":"","type":"TooManyRequests"}}`, buoy.ErrQuota, 0},
	{"Volcengine: the server is overloaded", 429, `{"error":{"code":"ServerOverloaded","message":"The server is currently overloaded","type":"TooManyRequests"}}`, buoy.ErrOverloaded, 0},
	{"Volcengine: arrears", 403, `{"error":{"code":"AccountOverdueError","message":"The request failed because your account has an overdue balance.","type":"Forbidden"}}`, buoy.ErrQuota, 0},
	{"Hunyuan: concurrency", 429, `{"error":{"message":"请求限频，请稍后重试","type":"runtime_error","code":"2003"}}`, buoy.ErrRateLimit, 0},
	{"Qianfan: the day", 429, `{"error":{"code":"daily_quota_exceeded","message":"已达到每日免费额度上限","type":"rate_limit"}}`, buoy.ErrQuota, 0},
	{"StepFun: blocked", 451, `{"error":{"message":"The content you provided or machine outputted is blocked.","type":"censorship_blocked"}}`, buoy.ErrModeration, 0},
	{"AITUNNEL: moderation", 403, `{"error":{"code":403,"message":"Запрос отклонён модерацией провайдера","metadata":{"reasons":["violence"],"flagged_input":"x","provider_name":"OpenAI","model_slug":"y"}}}`, buoy.ErrModeration, 0},
	{"AITUNNEL: the key's budget", 402, `{"error":{"code":402,"message":"Превышен бюджет ключа"}}`, buoy.ErrQuota, 0},
	{"ProxyAPI: the balance", 402, `{"detail":"Недостаточно средств на балансе. Пожалуйста, пополните баланс."}`, buoy.ErrQuota, 0},
	{"VseGPT: too often", 429, `{"error":{"message":"Слишком частые запросы: не более 1 запроса в секунду","type":"rate_limit"}}`, buoy.ErrRateLimit, 0},
	{"Cloud.ru: the key", 401, `{"error":{"message":"Неверный API-ключ","type":"auth"}}`, buoy.ErrAuth, 0},
	{"an ALB without targets", 503, "<html>\r\n<head><title>503 Service Temporarily Unavailable</title></head>\r\n<body>\r\n<center><h1>503 Service Temporarily Unavailable</h1></center>\r\n</body>\r\n</html>\r\n", buoy.ErrOverloaded, 0},
	{"an ALB whose target timed out", 504, "<html><head><title>504 Gateway Time-out</title></head><body><center><h1>504 Gateway Time-out</h1></center></body></html>", buoy.ErrTimeout, 0},
	{"Envoy: no upstream", 503, "no healthy upstream", buoy.ErrOverloaded, 0},
	{"Envoy: a reset before headers", 503, "upstream connect error or disconnect/reset before headers. reset reason: connection termination", buoy.ErrOverloaded, 0},
	{"Traefik", 404, "404 page not found\n", buoy.ErrNotFound, 0},
	{"Kong: the key", 401, `{"message":"No API key found in request","request_id":"x"}`, buoy.ErrAuth, 0},
	{"Kong: the rate", 429, `{"message":"API rate limit exceeded","request_id":"x"}`, buoy.ErrRateLimit, 0},
	{"Portkey: a guardrail", 446, `{"error":{"message":"The guardrail checks defined in the config failed.","type":"hooks_failed","param":null,"code":null},"hook_results":{}}`, buoy.ErrModeration, 0},
	{"Helicone: a rate", 429, `{"message":"Rate limit reached. Please wait before making more requests.","error":"rate_limited"}`, buoy.ErrRateLimit, 0},
}

func TestReportedRefusals(t *testing.T) {
	for _, tc := range reportedRefusals {
		t.Run(tc.name, func(t *testing.T) {
			err := refusalOf(t, tc.status, tc.body)
			require.Equal(t, tc.kind, buoy.KindOf(err), "%v", err)
			if tc.wait != 0 {
				wait, _ := buoy.RetryAfter(err)
				require.Equal(t, tc.wait, wait)
			}
		})
	}
}

// refusalOf is the error of a call that is refused with these bytes.
func refusalOf(t *testing.T, status int, body string) error {
	contentType := "application/json"
	if strings.HasPrefix(body, "<") {
		contentType = "text/html"
	}
	c := clientOf(t, false, func(*http.Request) (*http.Response, error) {
		return reply(status, contentType, io.NopCloser(strings.NewReader(body))), nil
	})
	_, err := c.Chat(t.Context(), hello)
	return err
}

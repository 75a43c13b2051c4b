package behaviour_test

import (
	"testing"

	"github.com/buoy-go/buoy"
	"github.com/stretchr/testify/require"
)

// Refusals written from the documentation of providers, labelled before they were run.
var documentedRefusals = []struct {
	name   string
	status int
	body   string
	kind   buoy.Kind
}{
	{"Mistral: unauthorized", 401, `{"detail":"Unauthorized"}`, buoy.ErrAuth},
	{"Mistral: a wrong role", 422, `{"object":"error","message":{"detail":[{"type":"literal_error","loc":["body","messages",0,"role"],"msg":"Input should be 'system', 'user', 'assistant' or 'tool'","input":"bot"}]},"type":"invalid_request_error","param":null,"code":null}`, buoy.ErrInvalidRequest},
	{"Mistral: service tier capacity", 429, `{"object":"error","message":"Service tier capacity exceeded for this model.","type":"service_tier_capacity_exceeded","param":null,"code":"3505"}`, buoy.ErrRateLimit},
	{"DeepSeek: balance", 402, `{"error":{"message":"Insufficient Balance","type":"unknown_error","param":null,"code":"invalid_request_error"}}`, buoy.ErrQuota},
	{"DeepSeek: busy", 503, `{"error":{"message":"Service is too busy. We advise users to temporarily switch to alternative LLM API service providers.","type":"service_unavailable_error","param":null,"code":"service_unavailable_error"}}`, buoy.ErrOverloaded},
	{"Anthropic's compatible door: overloaded", 529, `{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"},"request_id":"req_1"}`, buoy.ErrOverloaded},
	{"Anthropic: credits", 400, `{"type":"error","error":{"type":"invalid_request_error","message":"Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits."}}`, buoy.ErrQuota},
	{"Anthropic: a prompt too long", 400, `{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 209532 tokens > 200000 maximum"}}`, buoy.ErrContextLength},
	{"Anthropic: request too large", 413, `{"type":"error","error":{"type":"request_too_large","message":"Request exceeds the maximum size"}}`, buoy.ErrTooLarge},
	{"Anthropic: permission", 403, `{"type":"error","error":{"type":"permission_error","message":"Your API key does not have permission to use the specified resource."}}`, buoy.ErrPermission},
	{"xAI: an incorrect key under 400", 400, `{"code":"Client specified an invalid argument","error":"Incorrect API key provided: xa***yz. You can obtain an API key from https://console.x.ai."}`, buoy.ErrAuth},
	{"xAI: no credits", 403, `{"code":"The caller does not have permission to execute the specified operation","error":"Your newly created team doesn't have any credits yet. You can purchase credits on https://console.x.ai/team/1."}`, buoy.ErrQuota},
	{"xAI: exhausted", 429, `{"code":"Some resource has been exhausted","error":"Too many requests for team. Your team's rate limit is 60 requests per minute."}`, buoy.ErrRateLimit},
	{"Cohere: trial key", 429, `{"message":"You are using a Trial key, which is limited to 10 API calls / minute. You can continue to use the Trial key for free or upgrade to a Production key with higher rate limits."}`, buoy.ErrRateLimit},
	{"Cohere: invalid token", 401, `{"message":"invalid api token"}`, buoy.ErrAuth},
	{"Together: model", 404, `{"id":"x","error":{"message":"Unable to access model meta/none. Please visit https://api.together.ai/models to view the list of supported models.","type":"invalid_request_error","param":"model","code":"model_not_available"}}`, buoy.ErrNotFound},
	{"Together: too long", 422, `{"error":{"message":"Input validation error: ` + "`inputs` tokens + `max_new_tokens`" + ` must be <= 8193. Given: 9000 ` + "`inputs` tokens and 512 `max_new_tokens`" + `","type":"invalid_request_error","param":null,"code":null}}`, buoy.ErrContextLength},
	{"Fireworks: not found", 404, `{"error":{"object":"error","type":"invalid_request_error","code":"NOT_FOUND","message":"Model not found, inaccessible, and/or not deployed"}}`, buoy.ErrNotFound},
	{"Fireworks: suspended", 412, `{"error":{"object":"error","type":"error","code":"PRECONDITION_FAILED","message":"Account x is suspended, possibly due to reaching the monthly spending limit or failure to pay past invoices. Please go to https://fireworks.ai/account/billing for more information."}}`, buoy.ErrQuota},
	{"Perplexity: html", 401, `<html><head><title>401 Authorization Required</title></head><body><center><h1>401 Authorization Required</h1></center><hr><center>openresty</center></body></html>`, buoy.ErrAuth},
	{"Azure: content filter", 400, `{"error":{"message":"The response was filtered due to the prompt triggering Azure OpenAI's content management policy.","type":null,"param":"prompt","code":"content_filter","status":400,"innererror":{"code":"ResponsibleAIPolicyViolation","content_filter_result":{"hate":{"filtered":true,"severity":"high"}}}}}`, buoy.ErrModeration},
	{"Azure: deployment", 404, `{"error":{"code":"DeploymentNotFound","message":"The API deployment for this resource does not exist. If you created the deployment within the last 5 minutes, please wait a moment and try again."}}`, buoy.ErrNotFound},
	{"Azure: network rules", 403, `{"error":{"code":"403","message":"Access denied due to Virtual Network/Firewall rules."}}`, buoy.ErrPermission},
	{"Bedrock: throttled", 429, `{"message":"Too many tokens, please wait before trying again."}`, buoy.ErrRateLimit},
	{"Bedrock: on-demand", 400, `{"message":"Invocation of model ID anthropic.claude with on-demand throughput isn’t supported. Retry your request with the ID or ARN of an inference profile that contains this model."}`, buoy.ErrInvalidRequest},
	{"Vertex: resource exhausted", 429, `{"error":{"code":429,"message":"Resource exhausted. Please try again later. Please refer to https://cloud.google.com/vertex-ai/generative-ai/docs/error-code-429 for more details.","status":"RESOURCE_EXHAUSTED"}}`, buoy.ErrRateLimit},
	{"Gemini: tokens", 400, `{"error":{"code":400,"message":"The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).","status":"INVALID_ARGUMENT"}}`, buoy.ErrContextLength},
	{"OpenRouter: no endpoints", 404, `{"error":{"message":"No endpoints found for x/y:free.","code":404},"user_id":"u"}`, buoy.ErrNotFound},
	{"OpenRouter: moderation", 403, `{"error":{"code":403,"message":"x/y requires moderation on OpenInference. Your input was flagged for \"violence\".","metadata":{"reasons":["violence"],"flagged_input":"...","provider_name":"X","model_slug":"x/y"}}}`, buoy.ErrModeration},
	{"OpenRouter: user not found", 401, `{"error":{"message":"User not found.","code":401}}`, buoy.ErrAuth},
	{"OpenRouter: key limit", 403, `{"error":{"message":"Key limit exceeded (total limit). Manage it using https://openrouter.ai/settings/keys","code":403}}`, buoy.ErrQuota},
	{"vLLM: context", 400, `{"object":"error","message":"This model's maximum context length is 4096 tokens. However, you requested 5000 tokens (4500 in the messages, 500 in the completion). Please reduce the length of the messages or completion.","type":"BadRequestError","param":null,"code":400}`, buoy.ErrContextLength},
	{"Zhipu: balance", 429, `{"error":{"code":"1113","message":"您的账户已欠费，请充值后重试。"}}`, buoy.ErrQuota},
	{"Zhipu: concurrency", 429, `{"error":{"code":"1302","message":"您当前使用该API的并发数过高，请降低并发，或联系客服增加限额。"}}`, buoy.ErrRateLimit},
	{"Zhipu: sensitive", 400, `{"error":{"code":"1301","message":"系统检测到输入或生成内容可能包含不安全或敏感内容，请您避免输入易产生敏感内容的提示语，感谢您的配合。"},"contentFilter":[{"level":1,"role":"user"}]}`, buoy.ErrModeration},
	{"Moonshot: overloaded", 429, `{"error":{"message":"The engine is currently overloaded, please try again later","type":"engine_overloaded_error"}}`, buoy.ErrOverloaded},
	{"Moonshot: suspended", 429, `{"error":{"message":"Your account org-1 is suspended, please check your plan and billing details","type":"exceeded_current_quota_error"}}`, buoy.ErrQuota},
	{"Moonshot: high risk", 400, `{"error":{"message":"The request was rejected because it was considered high risk","type":"content_filter"}}`, buoy.ErrModeration},
	{"DashScope: arrears", 400, `{"error":{"code":"Arrearage","message":"Access denied, please make sure your account is in good standing.","type":"Arrearage"},"request_id":"r"}`, buoy.ErrQuota},
	{"DashScope: inspection", 400, `{"error":{"code":"data_inspection_failed","message":"Input data may contain inappropriate content.","type":"data_inspection_failed","param":null}}`, buoy.ErrModeration},
	{"DashScope: throttling", 429, `{"error":{"code":"limit_requests","message":"You exceeded your current requests list.","type":"limit_requests"}}`, buoy.ErrRateLimit},
	{"SiliconFlow: disabled model", 403, `{"code":30003,"message":"Model disabled.","data":null}`, buoy.ErrNotFound}, // the first label was permission, which helps nobody: another model does,
	{"SiliconFlow: balance", 403, `{"code":30001,"message":"Sorry, your account balance is insufficient","data":null}`, buoy.ErrQuota},
	{"Ark: overdue", 403, `{"error":{"code":"AccountOverdueError","message":"The request failed because your account has an overdue balance. Request id: 1","param":"","type":"Forbidden"}}`, buoy.ErrQuota},
	{"Ark: server overloaded", 429, `{"error":{"code":"ServerOverloaded","message":"The service is currently unable to process additional requests due to insufficient capacity.","param":"","type":"TooManyRequests"}}`, buoy.ErrOverloaded},
	{"GigaChat: token", 401, `{"status":401,"message":"Token has expired"}`, buoy.ErrAuth},
	{"GigaChat: money", 402, `{"status":402,"message":"Payment Required"}`, buoy.ErrQuota},
	{"YandexGPT: folder", 403, `{"error":{"grpcCode":7,"httpCode":403,"message":"Permission to [resource-manager.folder b1g] denied","httpStatus":"Forbidden","details":[]}}`, buoy.ErrPermission},
	{"YandexGPT: quota of requests", 429, `{"error":{"grpcCode":8,"httpCode":429,"message":"ai.textGenerationCompletionSessionsCount.count gauge quota limit exceed: allowed 1 requests","httpStatus":"Too Many Requests","details":[]}}`, buoy.ErrRateLimit},
	{"AITUNNEL: balance, Russian", 402, `{"error":{"message":"На балансе недостаточно средств. Пополните баланс.","code":402}}`, buoy.ErrQuota},
	{"a proxy: moderation, Russian", 400, `{"error":{"message":"Запрос отклонён: содержимое нарушает политику безопасности","type":"invalid_request_error"}}`, buoy.ErrModeration},
	{"a proxy: blocked key, Russian", 401, `{"error":{"message":"Ключ заблокирован администратором"}}`, buoy.ErrAuth},
	{"a proxy: too many, Russian", 429, `{"error":{"message":"Слишком много запросов, повторите попытку позже"}}`, buoy.ErrRateLimit},
	{"a proxy: context, Russian", 400, `{"error":{"message":"Превышена максимальная длина контекста модели: 32768 токенов"}}`, buoy.ErrContextLength},
	{"Cloudflare Workers AI: auth", 401, `{"result":null,"success":false,"errors":[{"code":10000,"message":"Authentication error"}],"messages":[]}`, buoy.ErrAuth},
	{"Cloudflare Workers AI: daily allocation", 429, `{"errors":[{"message":"AiError: you have used up your daily free allocation of 10,000 neurons, please upgrade to Cloudflare's Workers Paid plan if you would like to continue usage.","code":4006}],"success":false,"result":{},"messages":[]}`, buoy.ErrQuota},
	{"Hugging Face: credits", 402, `{"error":"You have exceeded your monthly included credits for Inference Providers. Subscribe to PRO to get 20x more monthly included credits."}`, buoy.ErrQuota},
	{"Hugging Face: loading", 503, `{"error":"Model meta-llama/x is currently loading","estimated_time":20.0}`, buoy.ErrOverloaded},
	{"Ollama: no such model", 404, `{"error":{"message":"model \"llama9\" not found, try pulling it first","type":"api_error","param":null,"code":null}}`, buoy.ErrNotFound},
	{"llama.cpp: context", 400, `{"error":{"code":400,"message":"the request exceeds the available context size, try increasing it","type":"exceed_context_size_error","n_prompt_tokens":9000,"n_ctx":4096}}`, buoy.ErrContextLength},
}

func TestDocumentedRefusals(t *testing.T) {
	for _, tc := range documentedRefusals {
		t.Run(tc.name, func(t *testing.T) {
			err := refusalOf(t, tc.status, tc.body)
			require.Equal(t, tc.kind, buoy.KindOf(err), "%v", err)
		})
	}
}

package behaviour_test

const (
	cloudflareBlocked = "<!DOCTYPE html><html lang=\"en-US\"><head><title>Just a moment...</title><meta http-equiv=\"refresh\" content=\"390\"></head><body><noscript>Enable JavaScript and cookies to continue</noscript></body></html>"
	squidDenied       = "<html><head><title>ERROR: The requested URL could not be retrieved</title></head><body><h1>ERROR</h1><p>Access Denied.</p><p>Access control configuration prevents your request from being allowed at this time. Please contact your service provider if you feel this is incorrect.</p></body></html>"
	wallForbidden     = "<html>\n<head><title>403 Forbidden</title></head>\n<body>\n<h1>Web Page Blocked</h1>\n<p>Access to the web page you were trying to visit has been blocked in accordance with company policy. Category: generative-ai</p>\n</body>\n</html>\n"
	degraded          = `Function id '87ea0ddc-cff1-4bca-bf8b-3bd98a35ddd0': DEGRADED function cannot be invoked`
	noContinueCredits = `You have no credits remaining on your Continue account. Please go to https://hub.continue.dev/settings/billing to add credits. You can also add your own ANTHROPIC_API_KEY secret at https://continue.dev/settings/secrets%3FsecretName=ANTHROPIC_API_KEY`
	tokenExpired      = `{"detail":{"message":"Your authentication token has expired. Please try signing in again.","type":"invalid_request_error","param":null,"code":"token_expired"}}`
	highRisk          = `{"error":{"code":400,"message":"The request was rejected because it was considered high risk","param":"prompt","type":"content_filter"}}`
	unavailable       = "overloaded|server|upstream"
)

var serverRows = []answerRow{
	// 2 Cloudflare AI Gateway compat chat/completions returns error from upstream provider
	er("02 cloudflare-docs 15116", 503, `{"result":null,"success":false,"errors":[{"code":7009,"message":"Upstream service unavailable"}],"messages":[]}`, unavailable, "yes"),
	er("02 ai-gateway 302", 401, `{"result":null,"success":false,"errors":[{"code":10000,"message":"Authentication error"}],"messages":[]}`, "auth", "no"),
	er("02 opencode 44827", 400, `{"success":false,"result":[],"messages":[],"error":[{"code":2008,"message":"Invalid provider"}]}`, "invalid_request|not_found", "no"),
	er("02 one-api 717", 404, `{"error":{"message":"Invalid URL (POST /v1/v1/chat/completions)","type":"invalid_request_error","param":null,"code":null}}`, "not_found|invalid_request", "no"),
	onlyStream(er("02 ai 18303", 200, ev(`{"id":"gen_01KYX5","object":"chat.completion.chunk","created":1785537645,"model":"alibaba/qwen-3-14b","choices":[{"index":0,"delta":{"role":"assistant"},"finish_reason":null}]}`,
		`{"id":"gen_01KYX5","object":"chat.completion.chunk","created":1785537645,"model":"alibaba/qwen-3-14b","error":{"code":"error","message":"Stream error occurred","name":"AI_TypeValidationError","cause":{"name":"ZodError","message":"[ { \"code\": \"invalid_union\", \"path\": [], \"message\": \"Invalid input\" } ]"},"value":{"error_type":"validation_error","error_message":"{\"error\":{\"message\":\"This model's maximum context length is 40960 tokens. However, you requested 100 output tokens and your prompt contains at least 40861 input tokens. Please reduce the length of the input prompt.\"}}"}}}`, end), "context_length|invalid_request", "no")),
	// 3 Vercel AI Gateway chat completions request failed status
	er("03 LibreChat 9743", 405, ``, "invalid_request|not_found", "no"),
	er("03 langchainjs 9435", 405, ``, "invalid_request|not_found", "no"),
	er("03 ai 15481", 500, `{"error":{"message":"Internal Server Error","type":"internal_server_error"}}`, "server|upstream", "yes"),
	er("03 eliza 14035", 404, `{"error":{"message":"Model 'openai/gpt-9' not found","type":"model_not_found","param":{"modelId":"openai/gpt-9"}}}`, "not_found", "no"),
	er("03 ai 9579", 200, `{}`, "malformed|no_content", "yes"),
	// 4 Portkey gateway wrong status code or message returned for chat completion
	er("04 gateway 267", 200, `{"html-message":"Network connection lost."}`, "malformed|upstream|connection|server", "yes"),
	er("04 gateway 166", 429, `{"error":{"message":"Rate limit reached for gpt-4 in organization org-x on tokens per min (TPM): Limit 10000, Used 9000, Requested 2000. Please try again in 6s. Visit https://platform.openai.com/account/rate-limits to learn more.","type":"tokens","param":null,"code":"rate_limit_exceeded"}}`, "rate_limit", "yes"),
	er("04 evalscope 1673", 200, `{"id":"","object":"chat.completion","created":0,"model":"m","choices":null,"error":{"message":"Upstream request failed","type":"upstream_error","code":502}}`, "upstream|server", "yes"),
	wh("04 bounty-challenge 16336", `{"id":"chatcmpl-7","object":"chat.completion","created":1771500000,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"Chat completions API endpoint is temporarily disabled."},"finish_reason":"stop"}],"usage":{"prompt_tokens":0,"completion_tokens":0,"total_tokens":0}}`, `Chat completions API endpoint is temporarily disabled.|||stop`),
	onlyStream(er("04 experiential 531", 200, ev(d(`{"role":"assistant","content":"par"}`), `{"error":{"message":"the backend failed","type":"server_error","param":null,"code":"failed"}}`, end), "server|upstream|stream_interrupted", "no")).keeps("par"),
	// 5 new-api channel upstream error status code 中转 渠道 模型无可用渠道
	er("05 one-api 1548", 503, `{"error":{"message":"当前分组 default 下对于模型 gpt-4 无可用渠道 (request id: 2024062010101010)","type":"one_api_error"}}`, "not_found|"+unavailable, ""),
	er("05 new-api 982", 503, `{"error":{"message":"当前分组 default 下对于模型 gpt-4o-upstream 无可用渠道","type":"new_api_error"}}`, "not_found|"+unavailable, ""),
	er("05 new-api 7399", 200, `{"error":{"message":"Our servers are currently overloaded. Please try again later.","type":"service_unavailable_error","param":null,"code":"server_is_overloaded"}}`, "overloaded", "yes").streaming(ev(`{"error":{"message":"Our servers are currently overloaded. Please try again later.","type":"service_unavailable_error","param":null,"code":"server_is_overloaded"}}`)),
	er("05 claude-code-hub 1290", 503, `{"error":{"code":"model_not_found","message":"No available channel for model gpt-5.5 under group codex (distributor) (request id: 202606240035378086644568268d9d6AsuclAOv)","type":"new_api_error"}}`, "not_found|"+unavailable, ""),
	er("05 new-api 164", 422, `{"detail":[{"loc":["body","messages"],"msg":"field required","type":"value_error.missing"}]}`, "invalid_request", "no"),
	// 6 Vertex AI openai compatible endpoint chat completions 400 or 429 RESOURCE_EXHAUSTED
	er("06 page-assist 406", 429, "[{\n  \"error\": {\n    \"code\": 429,\n    \"message\": \"Resource has been exhausted (e.g. check quota).\",\n    \"status\": \"RESOURCE_EXHAUSTED\"\n  }\n}\n]", "rate_limit|overloaded", "yes"),
	// 7 Amazon Bedrock openai chat completions endpoint gpt-oss validation exception
	er("07 ai 7825", 200, `{"Output":{"__type":"com.amazon.coral.service#UnknownOperationException"},"Version":"1.0"}`, "not_found|malformed|invalid_request", ""),
	er("07 langchain 356", 400, `{"error":{"message":"The 'frequency_penalty' parameter is not supported","type":"invalid_request_error","param":null,"code":"validation_error"}}`, "invalid_request", "no"),
	both("07 ogx 3748", wu(`{"prompt_tokens":72,"completion_tokens":25,"total_tokens":97}`), su(`{"prompt_tokens":72,"completion_tokens":25,"total_tokens":97}`), `hey|||stop|72/25`),
	// 8 NVIDIA integrate.api.nvidia.com chat request fails 500 or degraded function
	er("08 9router 2527", 400, `{"error":{"message":"[nvidia/minimaxai/minimax-m3] [400]: {\"status\":400,\"title\":\"Bad Request\",\"detail\":\"`+degraded+`\"} (reset after 27s)","type":"invalid_request_error","code":"bad_request"}}`, unavailable, "yes"),
	er("08 open-design 5054", 400, `{"status":400,"title":"Bad Request","detail":"DEGRADED function id='87ea0ddc-cff1-4bca-bf8b-3bd98a35ddd0'"}`, unavailable, "yes"),
	er("08 freellmapi 522", 400, `{"status":400,"title":"Bad Request","detail":"`+degraded+`"}`, unavailable, "yes").typed("application/problem+json"),
	er("08 OmniRoute 8248", 400, `{"status":400,"title":"Bad Request","detail":"Function id '3f1c1f4e-5a3d-4d5a-9b0e-0c6a3f1f2a11': DEGRADED function cannot be invoked"}`, unavailable, "yes"),
	er("08 opencode 39534", 500, `{"status":500,"title":"Internal Server Error","detail":"Internal server error"}`, "server|upstream", "yes"),
	// 9 SambaNova Cerebras Hyperbolic Nebius inference returns error status
	er("09 NemoClaw 10709", 503, `Service Unavailable`, unavailable, "yes"),
	// 10 Ollama cloud model turbo limit reached 429 weekly usage
	er("10 continue 11444", 429, `{"error":{"message":"you (ae2055838) have reached your session usage limit, upgrade for higher limits: https://ollama.com/upgrade","type":"api_error","param":null,"code":null}}`, "quota|rate_limit", ""),
	er("10 Scylla 346", 429, `{"error":{"message":"you've reached your weekly usage limit, please wait or upgrade to continue","type":"api_error","param":null,"code":null}}`, "quota", "no"),
	er("10 ollama 13028", 429, `{"error":{"message":"usage limit reached, upgrade for higher limits: https://ollama.com/upgrade","type":"api_error","param":null,"code":null}}`, "quota|rate_limit", ""),
	er("10 OmniRoute 3709", 429, `{"error":"you (acme) have reached your weekly usage limit, upgrade for higher limits: https://ollama.com/upgrade"}`, "quota", "no"),
	er("10 continue 9233", 429, `{"StatusCode":429,"Status":"429 Too Many Requests","error":"you've reached your hourly usage limit, please wait or upgrade to continue"}`, "quota|rate_limit", ""),
	// 11 mlx_lm.server or mlx-vlm server chat completions crash broken response
	noAnswer("11 mlx-lm 897", "eof", "connection", "yes"),
	cutOff("11 mlxstudio 78", ``, ev(d(`{"role":"assistant"}`)), "stream_interrupted|connection", "yes"),
	noAnswer("11 mlx-lm 1179", "reset", "connection", "yes"),
	plain("11 mlxstudio 91", "!!!!", "!!!!", `!!!!!!!!|||stop`),
	noAnswer("11 mlxstudio 6", "reset", "connection", "yes"),
	// 12 TensorRT-LLM trtllm-serve openai server request error
	noAnswer("12 TensorRT-LLM 6329", "eof", "connection", "yes"),
	er("12 jan 2834", 500, `{"statusCode":500,"error":"Internal Server Error","message":"fetch failed"}`, "server|upstream", "yes"),
	// 13 Client hung waiting for completion, ETIMEDOUT no reply from gpt endpoint
	noAnswer("13 openai-python 3054", "hangs", "timeout", ""),
	noAnswer("13 gpt4free 393", "late", "timeout|connection", ""),
	func() answerRow {
		r := plain("13 LiLittleCat/ChatGPT 3", "hey", " you", `hey you|||stop`)
		r.fails, r.want = "slow", r.wants[0]
		return r
	}(),
	noAnswer("13 gptme 614", "hangs", "timeout", ""),
	noAnswer("13 together-python 180", "hangs", "timeout", ""),
	// 14 you have run out of credits, top up to continue, llm api
	er("14 continue 10053", 402, `{"error":"`+noContinueCredits+`"}`, "quota", "no"),
	er("14 continue 11038", 402, `{"error":{"message":"`+noContinueCredits+`"}}`, "quota", "no"),
	er("14 continue 10470", 402, `"`+noContinueCredits+`"`, "quota", "no"),
	er("14 continue 11351", 402, `{"message":"`+noContinueCredits+`"}`, "quota", "no"),
	er("14 rUv-dev 4", 429, `{"error":{"message":"You exceeded your current quota, please check your plan and billing details.","type":"insufficient_quota","param":null,"code":"insufficient_quota"}}`, "quota", "no"),
	// 15 expired or revoked token when calling chat completion
	er("15 acheong08/ChatGPT 29", 401, tokenExpired, "auth", "no"),
	er("15 LiLittleCat/ChatGPT 1", 403, cloudflareBlocked, "permission|auth", "no"),
	er("15 obiscr/ChatGPT 13", 401, `{"error":{"message":"Token has expired","type":"invalid_request_error","param":null,"code":null}}`, "auth", "no"),
	er("15 PyChatGPT 85", 401, tokenExpired, "auth", "no"),
	er("15 acheong08/ChatGPT 1490", 401, tokenExpired, "auth", "no"),
	// 16 conversation too long, prompt exceeds window, model refuses
	er("16 sd-webui-chatgpt 8", 400, `{"error":{"message":"This model's maximum context length is 4097 tokens. However, your messages resulted in 4112 tokens (3992 in the messages, 120 in the functions). Please reduce the length of the messages or functions.","type":"invalid_request_error","param":"messages","code":"context_length_exceeded"}}`, "context_length", "no"),
	// 17 el servidor del modelo devuelve error 503 servicio no disponible API de chat
	er("17 ChatGPT-wechat-bot 14", 503, `Service Unavailable`, unavailable, "yes"),
	er("17 agentic 49", 503, ``, unavailable, "yes"),
	er("17 ChatGPT-wechat-bot 153", 503, `{"error":{"message":"That model is currently overloaded with other requests. You can retry your request, or contact us through our help center at help.openai.com if the error persists. (Please include the request ID e5185ae89d44dc7377a5831eb0560ee6 in your message.)","type":"server_error","param":null,"code":null}}`, "overloaded", "yes"),
	er("17 matrix-chatgpt-bot 249", 503, `{"error":{"code":503,"message":"Service Unavailable.","param":null,"type":"cf_service_unavailable"}}`, unavailable, "yes"),
	er("17 sub2api 1475", 503, `{"error":{"type":"api_error","message":"Service temporarily unavailable"}}`, unavailable, "yes"),
	// 18 requête refusée clé invalide ou modèle introuvable API LLM
	er("18 continue 11010", 401, `{"error":{"message":"Invalid API Key","type":"invalid_request_error","code":"invalid_api_key"}}`, "auth", "no"),
	er("18 ragflow 513", 401, `{"code":"InvalidApiKey","message":"Invalid API-key provided.","request_id":"fb53c4ec-1c12-4fc4-a580-cdb7c3261fc1"}`, "auth", "no"),
	er("18 mateclaw 89", 400, `{"object":"error","message":"[{'type': 'missing', 'loc': ('body', 'model'), 'msg': 'Field required', 'input': {}}]","type":"BadRequestError","param":null,"code":400}`, "invalid_request", "no"),
	er("18 luthien-proxy 713", 401, `{"error":{"message":"litellm.AuthenticationError: AnthropicException - {\"type\":\"error\",\"error\":{\"type\":\"authentication_error\",\"message\":\"invalid x-api-key\"}}","type":"authentication_error","param":null,"code":"401"}}`, "auth", "no"),
	er("18 genlayer-studio 488", 500, `{"error":{"message":"Error submitting job heurist-llm-gatewayrpqhveqsls: Unhandled rejection: CustomError { message: \"Invalid auth_key format\" }","type":null,"param":null,"code":null}}`, "auth|server|upstream", ""),
	// 19 corporate http proxy blocks or alters LLM api call 407 or 403
	er("19 amx 299", 403, squidDenied, "permission|auth", "no"),
	er("19 ai-hedge-fund 205", 404, `{"error":{"message":"Not Found"}}`, "not_found", "no"),
	noAnswer("19 n8n 16171", "reset", "connection", "yes"),
	er("19 agentgateway 1084", 503, `upstream call failed: Connect: deadline has elapsed`, "timeout|"+unavailable, "yes"),
	er("19 gptel 1111", 403, wallForbidden, "permission|auth", "no"),
	// 20 my prompt was rejected as harmful, sensitive content, risk control, LLM provider
	er("20 BettaFish 228", 400, highRisk, "moderation", "no"),
	er("20 awesome-deepseek-integration 13", 400, `{"error":{"message":"Content Exists Risk","type":"invalid_request_error","param":null,"code":"invalid_request_error"}}`, "moderation", "no"),
	er("20 vm0 33072", 400, `{"error":{"message":"Content Exists Risk (request id: 20260909133105)","type":"invalid_request_error","param":"","code":"invalid_request_error"}}`, "moderation", "no"),
	er("20 gentle-ai 4440", 400, `{"error":{"code":400,"message":"The prompt could not be submitted. The prompt contains sensitive words that violate Google's Generative AI Prohibited Use policy. Please rephrase the prompt and try again.","status":"INVALID_ARGUMENT"}}`, "moderation", "no"),
	er("20 BettaFish 437", 400, highRisk, "moderation", "no"),
}

// besideServerRows are of the sort of the two that were wrong.
var besideServerRows = []answerRow{
	er("a model named like a span of time", 400, `{"error":{"message":"minimax/minimax-m2: This model's maximum context length is 40960 tokens. However, your prompt contains 40861 input tokens.","code":400}}`, "context_length", "no"),
	er("another", 400, `{"error":{"message":"mistralai/ministral-8b: the request has a message without content","code":400}}`, "invalid_request", "no"),
	er("a rate of such a model", 400, `{"error":{"message":"minimax/minimax-m2 takes 20 requests/min","code":400}}`, "rate_limit", "yes"),
	er("an unread value, whole", 200, unreadValue(`{"error_type":"validation_error","error_message":"{\"error\":{\"message\":\"Unsupported parameter: top_k\"}}"}`), "invalid_request", "no"),
	er("an unread value, under a status", 500, unreadValue(`{"error":{"message":"This model's maximum context length is 40960 tokens. However, your prompt contains 40861 input tokens.","code":400}}`), "context_length", "no"),
	er("an unread value of a key", 200, unreadValue(`{"error":{"message":"Incorrect API key provided","code":"invalid_api_key"}}`), "server|upstream", "yes"),
	er("an unread answer", 200, unreadValue(`{"content":"maximum context length exceeded","error":"maximum context length exceeded"}`), "server|upstream", "yes"),
}

// unreadValue is an error of Vercel's gateway, which could not read what its upstream sent.
func unreadValue(value string) string {
	return `{"error":{"code":"error","message":"Stream error occurred","name":"AI_TypeValidationError","cause":{"name":"ZodError","message":"[ { \"code\": \"invalid_union\" } ]"},"value":` + value + `}}`
}

func onlyStream(r answerRow) answerRow { r.mode = "stream"; return r }

func (r answerRow) streaming(body string) answerRow { r.stream = body; return r }

func noAnswer(name, how, kinds, retried string) answerRow {
	return answerRow{sampleRow: sampleRow{name: name, fails: how, kinds: kinds, retried: retried}}
}

func cutOff(name, body, stream, kinds, retried string) answerRow {
	return answerRow{sampleRow: sampleRow{name: name, body: body, stream: stream, cut: "eof", kinds: kinds, retried: retried}}
}

const overloaded503 = `{"error":{"message":"That model is currently overloaded with other requests. You can retry your request, or contact us through our help center at help.openai.com if the error persists. (Please include the request ID 169bee8d in your message.)","type":"server_error","param":null,"code":null}}`

var spareServerRows = []answerRow{
	// 21 Scaleway OVH generative endpoints chat completion failure
	er("21 docs-content 3636", 401, `{"error":"Unauthorized","status":401,"message":"The authorization header is missing."}`, "auth", "no"),
	st("21 hass_local_openai_llm 4", ev(d(`{"role":"assistant","content":null}`), tc(`{"index":0,"id":"call_a","type":"function","function":{"name":"HassTurnOn","arguments":null}}`), tc(`{"index":0,"id":null,"type":null,"function":{"name":null,"arguments":"{\"name\":\"couch\"}"}}`),
		tc(`{"index":1,"id":"call_b","type":"function","function":{"name":"HassTurnOn","arguments":null}}`), tc(`{"index":1,"id":null,"type":null,"function":{"name":null,"arguments":"{\"name\":\"kitchen\"}"}}`), f("tool_calls"), end), `||call_a,HassTurnOn,{"name":"couch"};call_b,HassTurnOn,{"name":"kitchen"}|tool_calls`),
	er("21 opencode 7524", 500, `{"error":"Internal Server Error","status":500,"message":"An error occurred"}`, "server|upstream", "yes"),
	nothing("21 vscode 253126", w(`{"role":"assistant","content":""}`, `"stop"`), ev(d(`{"role":"assistant","content":""}`), f("stop"), end)),
	// 22 llama-server slot unavailable or decode failed while answering chat
	er("22 gpustack 1442", 500, `{"error":{"code":500,"message":"Server error: failed to decode","type":"server_error"}}`, "server|overloaded", "yes"),
	plain("22 llama.cpp 12137", "Hello", "", `Hello|||stop`),
	er("22 deep-research-at-home 14", 500, `{"error":{"message":"llama runner process no longer running: 2 ","type":"api_error","param":null,"code":null}}`, "server|upstream|overloaded", "yes"),
	er("22 LlamaEdge 271", 500, `Failed to get chat completions. Reason: Backend Error: evaluateTokens: failed to llama_decode`, "server|upstream", "yes"),
	er("22 llama.cpp 17316", 500, `{"error":{"code":500,"message":"Invalid input batch.","type":"server_error"}}`, "server", "yes"),
	// 23 ошибка сервера модель перегружена попробуйте позже чат апи
	er("23 node-chatgpt-api 34", 503, overloaded503, "overloaded", "yes"),
	er("23 waggle-dance 53", 503, overloaded503, "overloaded", "yes"),
	er("23 NeuroAPI 58", 500, `{"Error":"An error occurred while generating the response: list index out of range. Please try again later."}`, unavailable, "yes"),
	// 24 peer closed connection without sending complete message body llm stream
	onlyStream(cutOff("24 deer-flow 1923", "", ev(d(`{"role":"assistant","content":"half"}`)), "stream_interrupted|connection", "no")).keeps("half"),
	onlyStream(cutOff("24 free-claude-code 300", "", ev(d(`{"role":"assistant","content":"half"}`), d(`{"content":" of it"}`)), "stream_interrupted|connection", "no")).keeps("half of it"),
	onlyStream(cutOff("24 kai 622", "", ev(d(`{"role":"assistant","content":"half"}`))+`data: {"id":"c","choices":[{"ind`, "stream_interrupted|connection", "no")).keeps("half"),
	cutOff("24 sub2api 6410", `{"id":"c","choices":[{"index":0,"message":{"role":"assistant","content":"ha`, ev(d(`{"role":"assistant","content":""}`)), "stream_interrupted|connection", "yes"),
	onlyStream(cutOff("24 BettaFish 229", "", ev(d(`{"role":"assistant","reasoning_content":"hm","content":null}`), d(`{"content":"half"}`)), "stream_interrupted|connection", "no")).keeps("half"),
	// 25 LM Studio the model has crashed or no models loaded response
	er("25 crush 2546", 400, `{"error":"Failed to load model \"qwen/qwen3-coder-30b\". Error: Operation canceled."}`, "overloaded|server|upstream|not_found", ""),
	// 26 one of the parameters is not accepted by this model, reasoning effort or top_k
	er("26 AutoResearchClaw 319", 400, `{"error":{"message":"Unrecognized request argument supplied: reasoning","type":"invalid_request_error","param":null,"code":null}}`, "invalid_request", "no"),
	er("26 deep-research 89", 400, `{"error":{"message":"Unsupported parameter: 'reasoning_effort' is not supported with this model.","type":"invalid_request_error","param":"reasoning_effort","code":"unsupported_parameter"}}`, "invalid_request", "no"),
	er("26 eval-connections 12", 400, `{"error":{"message":"Reasoning is mandatory for this endpoint and cannot be disabled.","code":400}}`, "invalid_request", "no"),
	er("26 llm-subtrans 388", 400, `{"error":{"message":"Unsupported value: 'reasoning_effort' does not support 'none' with this model. Supported values are: 'minimal', 'low', 'medium', and 'high'.","type":"invalid_request_error","param":"reasoning_effort","code":"unsupported_value"}}`, "invalid_request", "no"),
}

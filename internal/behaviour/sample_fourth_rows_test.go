package behaviour_test

const (
	balance402  = `{"error":{"message":"Insufficient Balance","type":"unknown_error","param":null,"code":"invalid_request_error"}}`
	noDeploy    = `{"error":{"code":"DeploymentNotFound","message":"The API deployment for this resource does not exist. If you created the deployment within the last 5 minutes, please wait a moment and try again."}}`
	nginx504    = "<html>\r\n<head><title>504 Gateway Time-out</title></head>\r\n<body>\r\n<center><h1>504 Gateway Time-out</h1></center>\r\n<hr><center>nginx/1.27.0</center>\r\n</body>\r\n</html>\r\n"
	challenge   = "<html>\n  <head>\n    <style global>body{font-family:Arial,Helvetica,sans-serif}.container{align-items:center;display:flex;flex-direction:column;gap:2rem;height:100%;justify-content:center;width:100%}</style>\n  <meta http-equiv=\"refresh\" content=\"390\">\n</head>\n  <body>\n    <div class=\"container\">\n      <div class=\"data\"><noscript>Enable JavaScript and cookies to continue</noscript></div></div></body></html>"
	serverError = `{"error":{"message":"The server had an error while processing your request. Sorry about that!","type":"server_error","param":null,"code":null}}`
	envoyReset  = `upstream connect error or disconnect/reset before headers. reset reason: `
)

var fourthSampleRows = []sampleRow{
	// 1 unprocessable entity 422 chat/completions request rejected
	{name: "01 gpt4free 1623", status: 422, body: `{"detail":[{"type":"missing","loc":["body","messages"],"msg":"Field required","input":{}}]}`, kinds: "invalid_request", retried: "no"},
	{name: "01 open-webui 14613", status: 422, body: `{"detail":[{"type":"string_type","loc":["body","messages",0,"content"],"msg":"Input should be a valid string","input":[{"type":"text","text":"hi"}]}]}`, kinds: "invalid_request", retried: "no"},
	{name: "01 huggingface_hub 2257", status: 422, body: `{"error":"Template error: unknown function: Jinja2 ` + "`raise_exception`" + `","error_type":"template_error"}`, kinds: "invalid_request", retried: "no"},
	{name: "01 chatgpt2api 29", status: 422, body: `{"detail":[{"type":"literal_error","loc":["body","thinking_effort"],"msg":"Input should be 'standard', 'extended' or 'max'","input":"high","ctx":{"expected":"'standard', 'extended' or 'max'"}}]}`, kinds: "invalid_request", retried: "no"},
	{name: "01 one-api 2004", status: 422, body: `{"error":{"message":" (request id: 2024122804010230320694224119416)","type":"","param":"","code":null}}`, kinds: "invalid_request", retried: "no"},
	// 2 запрос к openai api возвращает ошибку 403
	{name: "02 pollinations 10394", status: 403, body: `{"status":403,"success":false,"error":{"code":"FORBIDDEN","message":"Access denied"}}`, kinds: "permission|auth|moderation", retried: "no"},
	{name: "02 ai-research-assistant 109", status: 403, body: challenge, kinds: "permission|auth", retried: "no"},
	{name: "02 Qwen 732", status: 403, body: "<html>\n<head><title>403 Forbidden</title></head>\n<body>\n<center><h1>403 Forbidden</h1></center>\n<hr><center>openresty/1.19.3.1</center>\n</body>\n</html>\n", kinds: "permission|auth", retried: "no"},
	{name: "02 chatbox 1033", status: 403, body: `Forbidden`, kinds: "permission|auth", retried: "no"},
	{name: "02 Langchain-Chatchat 1512", status: 403, body: `<html><title>403: Forbidden</title><body>403: Forbidden</body></html>`, kinds: "permission|auth", retried: "no"},
	// 3 调用大模型接口报错 429 请求过于频繁
	{name: "03 claude-code 1332", status: 429, body: `{"error":{"code":"1305","message":"该模型当前访问量过大，请您稍后再试"}}`, kinds: "rate_limit|overloaded", retried: "yes"},
	{name: "03 comfyui-openrouter-ai 9", status: 429, body: `{"code":429,"message":"请求过于频繁,请稍后再试","data":null}`, kinds: "rate_limit", retried: "yes"},
	{name: "03 MaxKB 2240", status: 429, body: `{"error":{"code":"1302","message":"您的账户已达到速率限制，请您控制请求频率"}}`, kinds: "rate_limit", retried: "yes"},
	{name: "03 WaLiCode 35", status: 429, body: `{"error":{"message":"请求过于频繁，请稍后再试","type":"rate_limit_error","param":null,"code":null}}`, kinds: "rate_limit", retried: "yes"},
	{name: "03 business2api 15", status: 429, body: `{"error":{"code":429,"message":"Resource has been exhausted (e.g. check quota).","status":"RESOURCE_EXHAUSTED"}}`, kinds: "rate_limit|overloaded", retried: "yes"},
	// 4 余额不足 账户欠费 chat/completions 调用失败
	{name: "04 continue 9853", status: 402, body: balance402, kinds: "quota", retried: "no"},
	{name: "04 continue 11387", status: 402, body: balance402, kinds: "quota", retried: "no"},
	{name: "04 GPT_API_free 495", status: 403, body: `{"error":{"message":"余额不足","type":"chatanywhere_error","param":null,"code":"403 FORBIDDEN"}}`, kinds: "quota", retried: "no"},
	{name: "04 awesome-phone-call-agents 224", status: 429, body: `{"error":{"message":"Your credit balance is exhausted.","type":"insufficient_quota","param":null,"code":"credit_balance_exhausted"}}`, kinds: "quota", retried: "no"},
	{name: "04 bobrchat 143", status: 402, body: `{"error":{"message":"This request requires more credits, or fewer max_tokens. You requested up to 64000 tokens, but can only afford 61586. To increase, visit https://openrouter.ai/settings/credits and add more credits","code":402,"metadata":{"provider_name":null}}}`, kinds: "quota", retried: "no"},
	// 5 OpenAI API キー 認証エラー リクエスト失敗
	{name: "05 AI-Vtuber 40", status: 401, body: `{"error":{"message":"You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth (i.e. Authorization: Bearer YOUR_KEY), or as the password field (with blank username) if you're accessing the API from your browser and are prompted for a username and password. You can obtain an API key from https://platform.openai.com/account/api-keys.","type":"invalid_request_error","param":null,"code":null}}`, kinds: "auth", retried: "no"},
	{name: "05 auto-code-rover 63", status: 401, body: badKeyBody("OPENAI_A**_KEY"), kinds: "auth", retried: "no"},
	{name: "05 FREE-openai-api-keys 48", status: 401, body: badKeyBody("sk-uvwx5*******************************5678"), kinds: "auth", retried: "no"},
	{name: "05 simple-chat 9", status: 401, body: `{"error":{"message":"","type":"invalid_request_error","param":null,"code":"invalid_api_key"}}`, kinds: "auth", retried: "no"},
	{name: "05 llama_index 11061", status: 401, body: badKeyBody("fake"), kinds: "auth", retried: "no"},
	// 6 erreur openai limite dépassée chat completion
	{name: "06 extended_openai_conversation 346", status: 429, body: quotaBody, kinds: "quota", retried: "no"},
	{name: "06 chathub 1235", status: 429, body: `{"detail":{"message":"You have sent too many messages to the model. Please try again later.","code":"model_cap_exceeded","clears_in":11461}}`, kinds: "rate_limit|quota", retried: "no"},
	{name: "06 continue 11821", status: 429, body: quotaBody, kinds: "quota", retried: "no"},
	{name: "06 OpenHands 998", status: 429, body: quotaBody, kinds: "quota", retried: "no"},
	{name: "06 home-assistant 135203", status: 429, body: quotaBody, kinds: "quota", retried: "no"},
	// 7 Fehlermeldung OpenAI API Anfrage Server antwortet nicht
	{name: "07 go-cqhttp-python-server 2", fails: "dial", kinds: "timeout|connection", retried: "yes"},
	{name: "07 Openaibot 177", status: 500, body: serverError, kinds: "server", retried: "yes"},
	{name: "07 Goopt 9", status: 500, body: serverError, kinds: "server", retried: "yes"},
	{name: "07 codel 45", status: 500, body: `{"error":{"message":"Internal server error","type":"server_error","param":null,"code":null}}`, kinds: "server", retried: "yes"},
	{name: "07 chatgpt-bot-dingding 6", status: 500, body: `{"error":{"message":"The server had an error processing your request. Sorry about that! You can retry your request, or contact us through our help center at help.openai.com if you keep seeing this error. (Please include the request ID 3104cde4914d796f3c556956b6e25960 in your email.)","type":"server_error","param":null,"code":null}}`, kinds: "server", retried: "yes"},
	// 8 sglang server rejects prompt too many tokens
	{name: "08 verifiers 474", status: 400, body: `{"object":"error","message":"The input (9000 tokens) is longer than the model's context length (8192 tokens).","type":"BadRequestError","param":null,"code":400}`, kinds: "context_length", retried: "no"},
	{name: "08 continue 5896", status: 500, body: `{"error":{"message":"prompt is too long: 200348 tokens > 200000 maximum","type":"internal_server_error","param":null,"code":null}}`, kinds: "context_length", retried: "no"},
	{name: "08 sglang 3955", body: `{"id":"c","object":"chat.completion","created":1740700000,"model":"qwen","choices":[{"index":0,"message":{"role":"assistant","content":"The answer is","tool_calls":null},"logprobs":null,"finish_reason":"length","matched_stop":null}],"usage":{"prompt_tokens":20,"total_tokens":120,"completion_tokens":100,"prompt_tokens_details":null}}`, stream: ev(d(`{"role":"assistant","content":"The answer"}`), d(`{"content":" is"}`), f("length"), u(`{"prompt_tokens":20,"total_tokens":120,"completion_tokens":100}`), end), want: "The answer is|||length|20/100", check: "incomplete"},
	{name: "08 pi 102", status: 400, body: `{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 219898 tokens > 200000 maximum"},"request_id":"req_011CVjxiYzEFcAQC4Fk87zw2"}`, kinds: "context_length", retried: "no"},
	{name: "08 gemini-cli 4692", status: 400, body: `[{"error":{"code":400,"message":"The input token count (2845475) exceeds the maximum number of tokens allowed (1048576).","errors":[{"message":"The input token count (2845475) exceeds the maximum number of tokens allowed (1048576).","domain":"global","reason":"badRequest"}],"status":"INVALID_ARGUMENT"}}]`, kinds: "context_length", retried: "no"},
	// 9 koboldcpp openai endpoint request fails
	{name: "09 koboldcpp 546", mode: "chat", body: `{"id":"chatcmpl-1","object":"chat.completion","created":1,"model":"koboldcpp/mistral","usage":{"prompt_tokens":100,"completion_tokens":100,"total_tokens":200},"choices":[{"index":0,"message":{"role":"assistant","content":"Hello"},"finish_reason":"length"}]}`, want: "Hello|||length|100/100", check: "incomplete"},
	{name: "09 koboldcpp 643", fails: "eof", kinds: "connection", retried: "yes"},
	{name: "09 morphic 96", body: `{"id":"chatcmpl-1","object":"chat.completion","created":1,"model":"koboldcpp/x","choices":[{"index":0,"message":{"role":"assistant","content":""},"finish_reason":"stop"}]}`, stream: ev(d(`{"role":"assistant","content":""}`), f("stop"), end), kinds: "no_content"},
	{name: "09 VPet.Plugin.Demo 15", mode: "chat", body: `{"id":"cmpl-A1","object":"text_completion","created":1736000000,"model":"koboldcpp/x","usage":{"prompt_tokens":1,"completion_tokens":32,"total_tokens":33},"choices":[{"text":"QP = Q4P","index":0,"finish_reason":"stop","logprobs":null}]}`, want: "QP = Q4P|||stop|1/32", kinds: "no_content|malformed"},
	{name: "09 anything-llm 513", mode: "stream", body: kobold("Hello") + kobold("! How can") + kobold(" I help you today?") + "data: [DONE]\n\n", want: "Hello! How can I help you today?|||length", check: "incomplete"},
	// 10 text-generation-webui api chat request exception
	{name: "10 textgen 5232", mode: "stream", ct: "text/event-stream", cut: "eof", kinds: "connection|stream_interrupted"},
	{name: "10 textgen 5916", status: 500, body: `Internal Server Error`, kinds: "server", retried: "yes"},
	// 11 huggingface TGI messages api error
	{name: "11 huggingface_hub 2514", mode: "stream", body: ev("{\"error\":\"Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. Given: 10 `inputs` tokens and 4091 `max_new_tokens`\",\"error_type\":\"validation\"}"), kinds: "context_length|invalid_request", retried: "no"},
	{name: "11 text-generation-inference 2749", ct: "text/event-stream", kinds: "no_content|malformed|stream_interrupted|connection"},
	{name: "11 huggingface.js 574", status: 422, body: "Failed to deserialize the JSON body into the target type: missing field `model` at line 1 column 60", kinds: "invalid_request", retried: "no"},
	{name: "11 llmperf 33", mode: "stream", body: `data:{"id":"","object":"text_completion","created":1707300000,"model":"mistral","system_fingerprint":"1.4.0-native","choices":[{"index":0,"delta":{"role":"assistant","content":"Deep"},"logprobs":null,"finish_reason":null}]}` + "\n\n" + `data:{"id":"","object":"text_completion","created":1707300000,"model":"mistral","system_fingerprint":"1.4.0-native","choices":[{"index":0,"delta":{"role":"assistant","content":" learning"},"logprobs":null,"finish_reason":"eos_token"}]}` + "\n\n", want: "Deep learning|||*"},
	{name: "11 text-generation-inference 1743", status: 422, body: `{"error":"Template error: template not found","error_type":"template_error"}`, kinds: "invalid_request|server", retried: "no"},
	// 12 LocalAI chat completion rpc error
	{name: "12 LocalAI 1946", status: 500, body: `{"error":{"code":500,"message":"rpc error: code = Unknown desc = unimplemented","type":""}}`, kinds: "server|invalid_request"},
	{name: "12 autogpt4all 20", status: 500, body: `{"error":{"code":500,"message":"rpc error: code = Unavailable desc = connection error: desc = \"transport: Error while dialing: dial tcp 127.0.0.1:52431: connect: connection refused\"","type":""}}`, kinds: "server|overloaded|upstream|connection", retried: "yes"},
	{name: "12 LocalAI 771", status: 500, body: `{"error":{"code":500,"message":"rpc error: code = Unavailable desc = connection error: desc = \"transport: Error while dialing: dial tcp 127.0.0.1:37785: connect: connection refused\"","type":""}}`, kinds: "server|overloaded|upstream|connection", retried: "yes"},
	{name: "12 LocalAI 6053", mode: "stream", body: ev(`{"created":1755106404,"object":"chat.completion.chunk","id":"6d9345bc","model":"fastllama-3.2-1b-instruct","choices":[{"index":0,"finish_reason":"","delta":{"content":"#!/bin/"}}],"usage":{"prompt_tokens":0,"completion_tokens":0,"total_tokens":0}}`, `{"created":1755106404,"object":"chat.completion.chunk","id":"6d9345bc","model":"fastllama-3.2-1b-instruct","choices":[{"index":0,"finish_reason":"","delta":{"content":"bash"}}],"usage":{"prompt_tokens":0,"completion_tokens":0,"total_tokens":0}}`), cut: "eof", kinds: "stream_interrupted", partial: "#!/bin/bash"},
	{name: "12 LocalAI 2692", status: 500, body: `{"error":{"code":500,"message":"could not load model: rpc error: code = Unavailable desc = error reading from server: EOF","type":""}}`, kinds: "server|overloaded|upstream", retried: "yes"},
	// 13 together ai api throttled requests
	{name: "13 oumi 1474", status: 429, body: `{"id":"917","error":{"message":"You have reached the rate limit specific to this model deepseek-ai/DeepSeek-R1. The maximum rate limit for this model is 1.0 queries per second. This limit differs from the general rate limits published at Together AI rate limits documentation.","type":"model_rate_limit","param":null,"code":null}}`, kinds: "rate_limit", retried: "yes"},
	{name: "13 MoA 27", status: 429, body: `{"error":{"message":"You have been rate limited. Your rate limit is 60 queries per minute. Please navigate to https://api.together.xyz/settings/billing to upgrade to a paid plan.","type":"credit_limit","param":null,"code":null}}`, kinds: "rate_limit", retried: "yes"},
	// 14 bedrock access gateway throttling exception
	{name: "14 bedrock-access-gateway 91", status: 429, body: `{"detail":"An error occurred (ThrottlingException) when calling the Converse operation (reached max retries: 4): Too many requests, please wait before trying again."}`, kinds: "rate_limit", retried: "yes"},
	{name: "14 bedrock-access-gateway 88", status: 500, body: `{"detail":"An error occurred (ThrottlingException) when calling the ConverseStream operation (reached max retries: 4): Too many requests, please wait before trying again. You have sent too many requests.  Wait before trying again."}`, kinds: "rate_limit|server|overloaded", retried: "yes"},
	// 15 perplexity api unauthorized
	{name: "15 api-discussion 281", status: 401, body: "<html>\n<head><title>401 Authorization Required</title></head>\n<body>\n<center><h1>401 Authorization Required</h1></center>\n<hr><center>openresty/1.27.4</center>\n<script>(function(){function c(){var b=a.contentDocument||a.contentWindow.document;if(b){var d=b.createElement('script');d.innerHTML=\"window.__CF$cv$params={r:'930dc0abc8f136da'};\"}}})();</script></body>\n</html>", kinds: "auth", retried: "no"},
	{name: "15 litellm 2584", status: 401, body: "<html>\n<head><title>401 Authorization Required</title></head>\n<body>\n<center><h1>401 Authorization Required</h1></center>\n<hr><center>openresty/1.21.4.3</center>\n</body>\n</html>", kinds: "auth", retried: "no"},
	{name: "15 smithery-cli 98", status: 401, body: "<html>\n<head><title>401 Authorization Required</title></head>\n<body>\n<center><h1>401 Authorization Required</h1></center>\n<hr><center>cloudflare</center>\n</body>\n</html>", kinds: "auth", retried: "no"},
	{name: "15 obsidian-copilot 1752", status: 401, body: `{"error":{"message":"Invalid API key provided. You can find your API key at https://www.perplexity.ai/settings/api.","type":"invalid_api_key","code":401}}`, kinds: "auth", retried: "no"},
	{name: "15 pplx-proxy 4", status: 403, body: challenge, kinds: "permission|auth", retried: "no"},
	// 16 xai grok api returns an error
	{name: "16 AIWriteX 26", status: 404, body: `{"code":"Some requested entity was not found","error":"No handler found on route. Please double check your URL and consult https://api.x.ai/docs for more information."}`, kinds: "not_found", retried: "no"},
	{name: "16 lobehub 7336", status: 400, body: `{"code":"Client specified an invalid argument","error":"Argument not supported: stream_options"}`, kinds: "invalid_request"},
	{name: "16 freellmapi 39", status: 401, body: `{"error":{"message":"Invalid API Key","type":"invalid_request_error","code":"invalid_api_key"}}`, kinds: "auth", retried: "no"},
	{name: "16 vibecad 4", status: 400, body: `{"code":"400","error":"Argument not supported: instructions and previous_response_id together"}`, kinds: "invalid_request", retried: "no"},
	// 17 moonshot kimi api 报错
	{name: "17 folotoy-server 248", status: 400, body: `{"error":{"message":"invalid temperature: only 1 is allowed for this model","type":"invalid_request_error"}}`, kinds: "invalid_request", retried: "no"},
	{name: "17 Kimi-K2 62", fails: "eof", kinds: "connection", retried: "yes"},
	{name: "17 kimi-free-api 165", body: `{"code":-1000,"message":"getaddrinfo EAI_AGAIN kimi.moonshot.cn","data":null}`, kinds: "server|upstream|overloaded|connection", retried: "yes"},
	{name: "17 sgo 1", mode: "chat", body: `{"id":"c","object":"chat.completion","created":1774500000,"model":"kimi-k2.5","choices":[{"index":0,"message":{"role":"assistant","content":"","reasoning_content":"The user wants"},"finish_reason":"length"}],"usage":{"prompt_tokens":50,"completion_tokens":512,"total_tokens":562}}`, want: "|The user wants||length|50/512", check: "incomplete|no_content", kinds: "no_content|incomplete", retried: "no"},
	{name: "17 dify 39778", status: 404, body: `{"error":{"message":"Not found the model kimi-k2-0711-preview or Permission denied","type":"resource_not_found_error"}}`, kinds: "not_found|permission", retried: "no"},
	// 18 dashscope qwen compatible mode error code
	{name: "18 cline 926", status: 404, kinds: "not_found", retried: "no"},
	{name: "18 MarkiNote 6", status: 400, body: `{"error":{"code":"invalid_parameter_error","param":null,"message":"<400> InternalError.Algo.InvalidParameter: The \"function.arguments\" parameter of the code model must be in JSON format.","type":"invalid_request_error"},"id":"chatcmpl-1","request_id":"1"}`, kinds: "invalid_request", retried: "no"},
	{name: "18 qwen-code 11590", status: 400, body: `{"error":{"code":"1210","message":"API 调用参数有误，请检查文档。"}}`, kinds: "invalid_request", retried: "no"},
	{name: "18 dify 5383", body: `{"id":"c","object":"chat.completion","created":1718700000,"model":"Qwen2-72B-Instruct","choices":[{"index":0,"message":{"role":"assistant","content":""},"finish_reason":"stop"}],"usage":{"prompt_tokens":10,"completion_tokens":0,"total_tokens":10}}`, stream: ev(d(`{"role":"assistant","content":""}`), f("stop"), end), kinds: "no_content"},
	{name: "18 FAROS 134", status: 400, body: `{"error":{"message":"model not found","type":"invalid_request_error","param":null,"code":null}}`, kinds: "not_found|invalid_request", retried: "no"},
	// 19 github models endpoint too many requests copilot
	{name: "19 opencode 430", status: 429, body: "Too Many Requests\n", kinds: "rate_limit", retried: "yes"},
	{name: "19 vscode-copilot-release 2627", status: 429, body: `{"error":{"message":"Sorry, your request was rate-limited. Please wait 5 minutes before trying again.","code":"rate_limited"}}`, kinds: "rate_limit"},
	{name: "19 zed 30994", status: 429, body: "too many concurrent vision requests. Please try again later\n", kinds: "rate_limit", retried: "yes"},
	{name: "19 copilot-cli 2696", status: 429, body: `{"error":{"message":"Sorry, you've hit a rate limit that restricts the number of Copilot model requests you can make within a specific time period. Please try again in 58 hours. Please review our Terms of Service (https://docs.github.com/site-policy/github-terms/github-terms-of-service).","code":"rate_limited"}}`, kinds: "rate_limit|quota", retried: "no"},
	{name: "19 vscode-copilot-release 5795", status: 429, body: `{"error":{"message":"Sorry, you have exceeded your Copilot token usage. Please review our Terms of Service.","code":"rate_limited"}}`, kinds: "rate_limit|quota"},
	// 20 nginx gateway time-out llm api reverse proxy
	{name: "20 Omega 351", status: 504, body: nginx504, kinds: "timeout|upstream", retried: "yes"},
	{name: "20 litellm 9551", status: 504, body: nginx504, kinds: "timeout|upstream", retried: "yes"},
	{name: "20 anything-llm 1722", status: 504, body: "<html><body><h1>504 Gateway Time-out</h1>\nThe server didn't respond in time.\n</body></html>\n", kinds: "timeout|upstream", retried: "yes"},
	{name: "20 copilot2api-go 10", status: 504, body: nginx504, kinds: "timeout|upstream", retried: "yes"},
	{name: "20 logdetective 530", status: 504, body: nginx504, kinds: "timeout|upstream", retried: "yes"},
	// 21 azure openai deployment does not exist DeploymentNotFound
	{name: "21 azure-docs 114013", status: 404, body: noDeploy, kinds: "not_found", retried: "no"},
	{name: "21 azure-search-openai-demo 391", status: 404, body: noDeploy, kinds: "not_found", retried: "no"},
	{name: "21 chatbox 861", status: 404, body: noDeploy, kinds: "not_found", retried: "no"},
	{name: "21 azure-search-openai-demo 645", status: 404, body: noDeploy, kinds: "not_found", retried: "no"},
	{name: "21 chatbox 646", status: 404, body: noDeploy, kinds: "not_found", retried: "no"},
	// 23 prompt flagged by safety system openai provider
	{name: "23 agentscope 171", status: 400, body: `{"error":{"code":"content_policy_violation","message":"Your request was rejected as a result of our safety system. Your prompt may contain text that is not allowed by our safety system.","param":null,"type":"invalid_request_error"}}`, kinds: "moderation", retried: "no"},
	{name: "23 codex 9229", status: 400, body: `{"error":{"message":"Invalid prompt: your prompt was flagged as potentially violating our usage policy. Please try again with a different prompt: https://platform.openai.com/docs/guides/reasoning#advice-on-prompting","type":"invalid_request_error","param":null,"code":"invalid_prompt"}}`, kinds: "moderation", retried: "no"},
	// 24 conversation roles must alternate template exception
	{name: "24 SkyrimNet-GamePlugin 309", status: 400, body: `{"error":"Error rendering prompt with jinja template: \"Conversation roles must alternate user/assistant/user/assistant/...\".\n\nThis is usually an issue with the model's prompt template."}`, kinds: "invalid_request", retried: "no"},
	{name: "24 raycast-openai-translator 34", status: 500, body: `{"error":{"code":500,"message":"\n------------\nWhile executing CallExpression at line 19, column 27 in source:\n...% 2 == 0) -%}↵        {{ raise_exception(\"Conversation roles must alternate user...\n                                           ^\nError: Jinja Exception: Conversation roles must alternate user/assistant/user/assistant/...","type":"server_error"}}`, kinds: "invalid_request", retried: "no"},
	{name: "24 generic-copilot 43", status: 400, body: `{"error":"Error rendering prompt with jinja template: \"After the optional system message, conversation roles must alternate user and assistant roles except for tool calls and results.\"."}`, kinds: "invalid_request", retried: "no"},
	{name: "24 ragflow 6880", status: 400, body: `{"object":"error","message":"Conversation roles must alternate user/assistant/user/assistant/...","type":"BadRequestError","param":null,"code":400}`, kinds: "invalid_request", retried: "no"},
	// 25 upstream connect error disconnect before headers openai gateway
	{name: "25 sub2api 4742", mode: "stream", body: "event: error\ndata: {\"error\":{\"type\":\"upstream_error\",\"message\":\"Upstream request failed\"}}\n\n", kinds: "upstream|server|overloaded", retried: "yes"},
	{name: "25 sub2api 5303", status: 502, body: `{"error":{"type":"upstream_error","message":"Upstream request failed"}}`, kinds: "upstream|server|overloaded", retried: "yes"},
	{name: "25 aibrix 750", status: 502, body: envoyReset + "protocol error", kinds: "upstream|server|overloaded|connection", retried: "yes"},
	{name: "25 claude-code 8803", status: 503, body: envoyReset + "remote connection failure, transport failure reason: delayed connect error: Connection refused", kinds: "upstream|server|overloaded|connection", retried: "yes"},
	{name: "25 BettaFish 253", status: 503, body: envoyReset + "connection termination", kinds: "upstream|server|overloaded|connection", retried: "yes"},
	// 26 self signed certificate base url openai client fails
	{name: "26 mlflow 14190", fails: "certificate", kinds: "connection", retried: "no"},
	{name: "26 ragas 1637", fails: "certificate", kinds: "connection", retried: "no"},
	{name: "26 openai-python 73", fails: "certificate", kinds: "connection", retried: "no"},
	{name: "26 openai-node 654", fails: "certificate", kinds: "connection", retried: "no"},
	{name: "26 chatblade 58", fails: "certificate", kinds: "connection", retried: "no"},
}

func kobold(s string) string {
	return "event: message\ndata: {\"id\":\"koboldcpp\",\"object\":\"chat.completion.chunk\",\"created\":1704200000,\"model\":\"koboldcpp/x\",\"choices\":[{\"index\":0,\"finish_reason\":\"length\",\"delta\":{\"role\":\"assistant\",\"content\":\"" + s + "\"}}]}\n\n"
}

// Threads that the same queries brought behind the first five. They were never counted.
var besideSampleRows = []sampleRow{
	{name: "03 CLIProxyAPI 2018", status: 429, body: `{"error":{"code":"model_cooldown","message":"All credentials for model coder-model are cooling down","model":"coder-model","reset_seconds":25803,"reset_time":"7h10m2s"}}`, kinds: "rate_limit|quota|overloaded", retried: "no"},
	{name: "03 CLIProxyAPI 2018 without the time", status: 429, body: `{"error":{"code":"model_cooldown","message":"All credentials for model coder-model are cooling down","model":"coder-model","reset_seconds":25803}}`, kinds: "rate_limit|quota|overloaded", retried: "no"},
	{name: "03 cherry-studio 2959", status: 429, body: `{"error":{"message":"Rate limit exceeded, please try again after 1 seconds","type":"rate_limit_reached_error"}}`, kinds: "rate_limit", retried: "yes"},
	{name: "03 costrict 136", status: 429, body: `{"error":{"message":"当前分组上游负载已饱和，请稍后再试 (request id: 2025051910334187258811298942008)","type":"new_api_error","param":"","code":""}}`, kinds: "rate_limit|overloaded", retried: "yes"},
	{name: "04 new-api 3045", status: 403, body: `{"error":{"message":"用户额度不足, 剩余额度: ¥0.00 (request id: 20260227)","type":"new_api_error","param":"","code":"insufficient_user_quota"}}`, kinds: "quota", retried: "no"},
	{name: "06 chathub 1235 for a moment", status: 429, body: `{"detail":{"clears_in":2,"code":"model_cap_exceeded","message":"You have sent too many messages to the model. Please try again later."}}`, kinds: "rate_limit|quota", retried: "yes"},
	{name: "17 kimi-cli 1903", status: 400, body: `{"error":{"message":"Invalid request: tools.function.parameters is not a valid moonshot flavored json schema, details: <At path 'properties.variantOptions': conflicting keywords found after $ref expansion: description>","type":"invalid_request_error"}}`, kinds: "invalid_request", retried: "no"},
	{name: "18 agentscope 425", status: 400, body: `{"error":{"code":"invalid_parameter_error","param":null,"message":"<400> InternalError.Algo.InvalidParameter: The messages list should not contain only one message with role \"system\". Please include at least one other role in the messages.","type":"invalid_request_error"},"id":"chatcmpl-649c5acb"}`, kinds: "invalid_request", retried: "no"},
	{name: "18 Qwen3-VL 238", status: 400, body: `{"object":"error","message":"","type":"BadRequestError","param":null,"code":400}`, kinds: "invalid_request", retried: "no"},
	{name: "18 ponytail 296", status: 400, body: `{"detail":"{\"error\":{\"message\":\"System message must be at the beginning.\",\"type\":\"BadRequestError\",\"param\":null,\"code\":400}}"}`, kinds: "invalid_request", retried: "no"},
}

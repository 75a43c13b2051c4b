package envelope

// phrases are what kindFromText listens for, in lower case. Each was seen in a reply or stands in a provider's
// documentation. None is shorter than three bytes.
var phrases = newMatcher(map[mentions][]string{
	// emptied is an answer of nothing, told as an error in a 200. What may have been the reason is said behind it.
	emptied: {"empty stream", "empty response", "empty reply", "empty completion", "no content was produced", "returned no content", "produced no content", "пустой ответ", "пустой поток", "空响应", "空回复", "返回为空"},
	// garbled is an answer of the upstream that a gateway could not read, told as an error in a 200.
	garbled: {
		"invalid response", "malformed response", "unexpected response", "unparseable response", "unrecognized response", "bad response", "parse response", "parse the response", "parsing response",
		"decode response", "decode the response", "decoding response", "unmarshal", "unexpected end of json", "looking for beginning of value", "unexpected token <", "unexpected token '<'", "no candidates",
	},
	// crashed is a death of theirs. Local servers call it the caller's mistake.
	crashed: {
		"has crashed", "model crashed", "context canceled", "context cancelled", "channel error", "failed to load model", "failed to load the model", "could not load model", "unable to load model",
		"insufficient system resources", "exited unexpectedly", "unexpectedly exited", "process exited", "process has exited", "process has terminated", "process terminated", "core dumped", "segmentation fault",
		"out of memory", "cuda error", "cublas_status", "cudnn error", "nccl error", "hip error", "device-side assert",
		// vLLM says 400 of every failure in a stream, its engine's death included.
		"enginecore", "enginedead", "engine is dead", "engine loop", "background loop", "engine process", "task finished unexpectedly", "worker failed with error", "worker died", "actor died",
		"actordied", "scheduler hit an exception", "runner process", "server is shutting down",
	},

	longContext: {
		"maximum context length", "context length exceeded", "context_length_exceeded", "context window exceeded",
		"context window exceeds", "exceed context window", "exceeds the context window", "exceeds context window",
		"exceed context limit", "exceeds the model's context", "exceeds model context", "context size has been exceeded",
		"exceeds the available context size", "longer than the model's context", "greater than the context length",
		"exceeds context length", "exceed the context length", "exceeds the context length", "context overflow", "context length of only", "exceeds the context size", "exceeds the maximum context", "exceeded the maximum context", "exceeds maximum context", "exceed the maximum context", "exceeds context limit", "over the context limit", "exceeds the limit of the model's context", "too long for the context", "larger than the context", "does not fit in the context", "context shift is disabled",
		"maximum context limit", "maximum context size", "slot context", "prompt does not fit", "does not fit the context", "does not fit the model", "maximum model length", "prompt is too long",
		"prompt too long", "input is too long for requested model", "exceeded model token limit", "maximum prompt length is",
		"exceeds the maximum number of tokens allowed", "prompt exceeds max length", "prompt tokens too long", "too large to process. increase the physical batch size", "tokens in request more than max tokens",
		"превышает контекст", "лимит контекста", "размер контекста", "длины контекста", "окно контекста", "слишком длинное для модели", "превышен контекст", "контекст модели превышен", "длину контекста", "длина контекста", "контекстного окна", "контекстное окно",
		"上下文长度", "上下文超", "超出上下文", "超过上下文", "超出模型上下文", "最大上下文", "prompt 超长", "prompt超长", "输入超长",
	},
	// engineLimit is a setting of an engine: beside a number of tokens it is told of a prompt.
	longPrompt | engineLimit: {"max_seq_len", "maximum sequence length", "max_model_len"},
	// longPrompt needs a word of beyond in the same text.
	longPrompt: {
		"input token count", "prompt token count", "context length", "context window", "context size", "input tokens exceed",
		"input length", "prompt length", "total tokens", "number of input tokens", "number of tokens", "token count",
		"input token", "prompt contains", "requested tokens", "requested token", "current length is", "sequence length", "text length", "sequence too",
		"количество токенов", "количество запрашиваемых токенов", "число токенов", "токенов в запросе", "токенов при", "токенов, лимит", "токенов, максимум", "длина запроса", "длина промпта",
		"上下文", "输入长度", "输入的长度", "token 数", "token数", "tokens 数", "tokens数",
	},
	beyond: {
		"exceed", "too large", "too long", "larger than", "longer than", "greater than", "over the limit", "out of range",
		"no more than", "while limit is", "outside the range", "must be less", "does not fit", "is only", "but the configured", "but the model", "but the context", "out of room", "ran out of", "fewer than", "at most",
		"превыша", "превышен", "больше максимальн", "слишком", "超过", "超出", "超限", "过长", "太长", "压缩", "溢出", "大于",
	},
	// longInput is about the prompt unless the status or the text speaks of a rate or of money.
	longInput: {
		"reduce the length of the messages", "reduce the length of the prompt", "reduce the length of the input", "reduce your prompt",
		"total length of all messages is too long", "total length of the messages is too long", "too many tokens", "token limit exceeded", "tokens limit exceeded", "input is too long", "input too long",
		"range of input length should be", "inputs must have less than", "`inputs` must have less than", "`max_new_tokens` must be",
		"+ `max_new_tokens`", "maximum input length is", "max input characters", "shorter or fewer inputs", "shorten your prompt",
		"truncate your input", "maximum allowed number of input tokens", "prompt is too large",
		"слишком длинн", "сократите запрос", "лимит токенов на запрос",
		"输入过长", "内容过长", "文本过长", "超过最大长度", "超出最大长度", "超过了模型最大", "长度超限",
	},
	negative: {"got -", "is negative"},

	perTime:   {"per minute", "per min", "per second", "per hour", "per day", "/min", "/ min", "rpm", "tpm", "rate limit", "ratelimit", "try again", "please wait", "每分钟", "每秒", "в минуту", "в секунду"},
	perMinute: {"/ minute", "/minute", "/ second", "/second", "/ min", "per minute", "per min", "per second", "per sec", "/min", "/sec", "rpm", "tpm", "qps", "every minute", "每分钟", "每秒", "в минуту", "в секунду"},

	moderated: {
		"content management policy", "content policy", "content_policy", "content_filter", "content filter", "content filtering",
		"safety system", "safety filter", "safety reasons", "safety guidelines", "usage policies", "usage policy", "usage guidelines", "community guidelines", "content guidelines", "violates our guidelines", "violate our guidelines", "violation of our guidelines", "violations of our guidelines", "prohibited use policy", "unsafe request", "acceptable use policy",
		"flagged", "moderation", "inappropriate content", "content exists risk", "responsible ai", "guardrail", "prohibited content",
		"harmful content", "unsafe content", "sensitive content", "sensitive information", "sensitive words", "prompt injection",
		"pii detected", "personal data detected", "is unsafe", "url unsafe", "content unsafe", "safety policy", "safety policies", "safety check", "safety concern", "due to safety", "prohibited_content", "prompt pattern is blocked", "prompt is blocked", "prompt was blocked", "prompt has been blocked", "content is blocked", "content was blocked", "content has been blocked", "blocked due to security", "blocked by security", "jailbreak",
		"цензур", "модерац", "запрещенн", "недопустимое содержание", "недопустимый контент", "недопустимое содержимое", "нарушение политики", "нарушает политику", "нарушает правила", "неприемлемый контент", "персональных данных", "персональные данные",
		"敏感", "违规", "审核未通过", "风控", "涉嫌违", "不合规", "不安全", "内容安全", "安全审核", "审核不通过", "没有通过安全", "未通过安全", "未通过审核", "没有通过审核", "安全策略", "安全检测", "安全检查", "策略阻止", "策略拦截", "内容被拦截", "内容审查", "faq rule", "data is blocked", "guard rule", "blocked by guard", "toxicity", "toxic content", "不当内容",
	},

	badKey: {
		"invalid api key", "invalid api-key", "invalid api_key", "invalid apikey", "invalid_api_key", "incorrect api key", "api key not valid",
		"api key is not valid", "api key is invalid", "api key invalid", "api key expired", "api key has expired", "api key is expired",
		"api key is missing", "missing api key", "api key missing", "no api key", "check the api-key", "check the api key", "check your api key", "api key required", "api key is required", "api key not found",
		"api key does not exist", "api key has been disabled", "api key is disabled", "api key was disabled", "api key has been revoked", "api key is not active",
		"provide an api key", "provide a valid api key", "wrong api key", "unknown api key", "malformed api key", "bad api key",
		"invalid access token", "invalid bearer",
		"invalid authentication", "invalid authorization", "missing authorization", "authorization header is missing", "authorization header missing",
		"missing authentication", "authentication token", "not pass an authentication", "invalid credentials", "incorrect credentials", "bad credentials",
		"security token included in the request", "request signature we calculated", "unregistered callers", "validate certification failed",
		"unable to authenticate", "not authenticated", "unauthenticated",
		"reported as leaked", "key is blocked", "key has been blocked", "key was revoked", "key has been rotated", "key was rotated", "key is rotated", "key rotated", "token refresh failed", "certification failed", "header of type `authorization`", "authorization` was missing", "authorization was missing", "访问密码", "refresh token is invalid", "refresh token has expired", "refresh token expired", "failed to refresh token", "failed to refresh the token", "re-authenticate", "reauthenticate", "log in again", "sign in again", "signing in again", "logging in again", "resolve authentication method", "key is revoked", "key was deleted", "key has been deleted",
		"api key revoked", "api key disabled", "api key is inactive", "api key has been deactivated", "deactivated api key", "carry the api secret key",
		"invalid subscription key", "invalid access key", "invalid auth token", "invalid api token", "invalid secret key", "invalid token provided", "get the authorization header", "no authorization header", "authorization header is required", "authorization header required", "authorization required", "authentication error", "authentication failure", "not logged in", "please log in", "please sign in", "login required",
		"no auth credentials", "no valid credentials", "credentials were not found", "no cookie auth", "credentials have expired", "credential has expired",
		"неверный ключ", "неверный api", "срок действия токена", "срок действия ключа", "срок действия api", "токен просрочен", "просроченный токен",
		"ключ истек", "ключ просрочен", "ключ отозван", "токен отозван", "ключ заблокирован", "ключ api заблокирован", "api-ключ заблокирован", "api ключ заблокирован",
		"недействительный api", "недействителен ключ", "некорректный токен", "некорректный ключ", "некорректный api", "невалидный токен", "невалидный ключ",
		"недопустимый ключ", "не указан ключ", "отсутствует ключ", "не передан ключ", "ключ не активен", "ключ деактивирован", "ошибка аутентификации",
		"не удалось авторизовать", "аутентификация не", "недействительный ключ", "недействительный токен", "неверный токен", "ключ недействителен",
		"токен недействителен", "не авторизован", "ошибка авторизации", "требуется авторизация",
		"token已过期", "token 已过期", "token已失效", "token 已失效", "token无效", "key已失效", "key 已失效", "key已过期", "key 已过期", "key无效", "key 无效", "密钥已过期", "密钥已失效", "令牌已失效", "令牌不存在", "身份验证", "无效的令牌", "无效的 api", "无效的api", "令牌已过期", "令牌无效", "令牌状态不可用", "未提供令牌", "密钥无效", "密钥错误", "api key 无效", "apikey 无效", "鉴权失败", "认证失败", "身份验证失败", "无效的密钥",
	},

	// borrowed are said of other things than the caller's key too, which a part of the request has: the seal of a
	// reasoning block, the password of a file, the token of a tool's server. A word of elsewhere tells which.
	borrowed: {
		"wrong password", "incorrect password", "неверный пароль", "密码不正确", "密码错误", "signature expired", "signature not yet current", "signature has expired", "signature is invalid",
		"invalid signature", "signature does not match", "session expired", "session has expired", "token is invalid", "token is expired", "token expired", "token has expired", "authentication required",
		"authentication failed", "missing credentials", "no credentials", "credentials are missing", "credentials missing", "credentials not found", "could not validate credentials",
		"ключ не найден", "токен истек",
	},
	attached: {
		"thinking", "thought", "reasoning", "function", "schema", " call ", "pdf", " file", "document is", "archive", "image", "file upload", "upload session", "download", "fetch image", "fetch the", "mcp", "tool ", "conversation", "cache", "page token", "pagination", "continuation",
		"at position", "in json", "im json", "en json", "json at", "json schema", "grammar", "stop sequence", "logit_bias", "in prompt", "posición", "posição", "posizione", "position ", "in zeile", "prompt", "словар", "объект", "ссылк", "файл",
	},

	// spent means money or a long period's allowance, and nothing else.
	// broke means an empty account under whatever status, and nothing else.
	broke: {
		"insufficient balance", "insufficient account balance", "insufficient credit", "insufficient fund", "insufficient quota", "insufficient_quota",
		"insufficient user quota", "insufficient_user_quota", "insufficient token quota", "balance is insufficient", "balance insufficient",
		"balance is not enough", "not enough balance", "not enough credit", "not enough money", "quota is not enough", "quota not enough",
		"balance is too low", "balance too low", "out of credit", "out of fund", "run out of credit", "run out of fund", "ran out of credit",
		"used all available credits", "no remaining credit", "credits are depleted", "credits depleted", "credits have been depleted", "credits exhausted",
		"credits have been exhausted", "credits are exhausted", "billing hard limit", "billing_hard_limit", "budget has been exceeded",
		"exceeded its budget", "exceeded your budget", "key limit exceeded", "недостаточно средств", "недостаточно денег", "недостаточно кредит",
		"недостаточный баланс", "недостаточно баланса", "средств недостаточно", "закончились средства", "закончились деньги", "средства закончились",
		"баланс исчерпан", "欠费", "额度不足", "额度已用尽", "额度已用完", "额度用尽", "额度耗尽", "исчерпан баланс", "не хватает средств", "insufficient_balance",
		"insufficient wallet", "余额不足", "账户余额不足", "余额已用", "余额已不足", "not sufficient funds", "low balance", "balance has run out", "balance exhausted",
		"no quota left", "have no quota", "has no quota", "no more quota", "have no credit", "has no credit", "have no balance", "no balance left", "no money left", "no remaining quota", "no available quota", "out of quota", "quota has been used up", "out of points", "not have enough points", "don't have enough points", "not enough points left", "used up your points", "no credits left", "no credits remaining", "balance is exhausted", "balance is empty", "zero balance", "negative credit", "usage limit is set to $0", "usage limit is set to 0",
	},
	spent: {
		"usage limit reached", "usage limit exceeded", "free usage", "extra usage", "usage exhausted", "usage has been exhausted", "usage is exhausted", "unpaied", "not been paid", "non-payment", "usage limit has been reached", "reached your usage limit", "hit your usage limit", "exceeded your usage limit",
		"credit balance", "credit limit exceeded", "call volume quota", "today's quota", "any credits",
		"no credits", "no usable credits",
		"credits expired", "credits have expired",
		"prepayment credits", "included credits", "requires more credits", "exceeded your monthly", "exceeded your weekly",
		"monthly included", "payment required", "billing is not enabled", "billing is not active", "billing not active",
		"requires billing", "enable billing", "budget exceeded", "exceeded budget",
		"over budget", "spending limit", "budget reached", "budget exhausted", "budget is exhausted", "budget has been reached", "budget has been exhausted", "budget depleted", "budget used up", "budget limit reached", "budget limit exceeded", "daily budget", "weekly budget", "monthly budget", "бюджет на день", "дневной бюджет", "месячный бюджет", "预算已用", "预算不足", "超出预算", "超过预算", "spend limit", "spending cap", "monthly spend", "unpaid", "past invoices", "monthly usage", "monthly limit", "monthly quota", "monthly allowance",
		"weekly usage", "weekly limit", "weekly quota", "weekly allowance", "weekly/monthly", "calls / month", "calls/month", "requests / month", "requests/month",
		"per month", "per week", "this month", "this billing period", "free allocation", "free quota", "free tier quota", "free tier of the model has been exhausted", "free trial quota",
		"subscription has expired", "subscription expired", "subscription is expired", "plan has expired", "plan expired", "trial has expired", "trial expired",
		"overdue", "in arrears", "arrearage", "good standing", "recharge", "top up", "top-up", "negative balance", "please add credits",
		"add credits to your account", "add credits to continue", "purchase credits", "purchase more credits", "buy more credits", "account balance", "payment instrument",
		"payment is required", "current balance", "free-models-per-day",
		"средств на балансе", "средств на сч",
		"нет средств", "закончились токены", "недостаточно токенов", "не хватает токенов", "токены закончились",
		"баланс отрицател", "отрицательный баланс", "нулевой баланс", "пополните", "пополнить баланс", "пополнения баланса", "баланс", "хватает средств", "остаток средств",
		"задолженност", "не оплачен", "неоплачен", "требуется оплата", "бюджет исчерпан", "превышен бюджет", "бюджет ключа", "месячный лимит", "недельный лимит",
		"余额", "充值", "剩余额度", "预扣费", "资源包", "免费额度", "套餐已到期", "套餐已过期", "订阅已过期", "订阅已到期", "充足订阅", "有效订阅", "订阅不足", "未购买套餐", "每周", "每月", "账单",
	},
	// maybeSpent is said of a minute's allowance too, and counts only where nothing speaks of a short time.
	maybeSpent: {
		"plan limit", "plan's limit", "subscription limit", "account limit", "subscription quota",
		"billing detail", "plan and billing", "payment method", "usage limit", "daily limit", "daily quota", "daily request limit",
		"per day", "per-day", "daily usage", "daily allowance", "trial limit", "trial key", "billing issue", "billing account", "billing problem", "check your billing", "billing limit", "billing quota", "billing page", "billing information", "billing settings", "and billing", "& billing", "see billing", "add funds", "quota has been exhausted", "quota exhausted", "quota is exhausted", "exhausted your quota", "quota has run out", "billing cycle",
		"дневной лимит", "суточный лимит", "лимит исчерпан", "квота исчерпан", "исчерпана квота", "исчерпали квоту", "закончилась квота", "квота закончил", "квота израсходован", "израсходована квота", "лимит расходов", "оплатите", "необходима оплата", "лимит токенов", "по тарифу", "тарифного плана",
		"使用上限", "配额已用完", "配额用完", "配额已用尽", "配额用尽", "配额已耗尽", "配额耗尽", "今日", "额度", "每日", "每天", "当天", "套餐",
	},

	missingModel: {
		"not a valid model", "invalid model", "invalid model_uri", "unknown model", "no such model", "model not found", "model_not_found", "model not exist", "model does not exist",
		"unsupported model", "unknown provider for model", "model identifier is invalid", "no available channel for model", "no available channels for model", "model id is invalid", "model id not found", "unknown_model",
		"model is not supported by any provider", "is not supported by any provider", "supported api model names are", "not a supported model", "unable to find model",
		"could not find model", "couldn't find model", "no model named", "model has been deprecated", "model has been decommissioned", "has been decommissioned", "model is not available", "model has been retired", "model has been deactivated", "model is deactivated", "model was deactivated", "model is disabled", "model has been disabled", "model is no longer available", "model is deprecated", "model was retired", "end of life", "no endpoints found for", "endpoints available for this model", "has no provider supported", "no provider supports", "no providers support", "no available model endpoints", "incorrect model id", "incorrect model name", "wrong model id", "wrong model name", "model id is wrong", "model name is wrong", "is not a supported model", "model_not_exist", "not a known model", "model is unknown", "is not available on your", "please select a valid model", "no deployments available", "no healthy deployments", "no models loaded", "no model loaded", "no models are loaded", "no model is loaded", "no models are currently loaded", "no model is currently loaded", "model is unloaded", "model unloaded", "model was unloaded", "model has been unloaded", "model is not loaded", "model not loaded", "api not found", "endpoint not found", "route not found",
		"модель не найдена", "модель не существует", "неизвестная модель", "модели не существует", "нет такой модели", "нет доступного канала", "нет доступных каналов", "нет канала для модели", "указанная модель не", "модель недоступна", "модель не поддерживается", "модель отключена", "модель снята", "не найдена модель",
		"模型不存在", "模型已停用", "模型未上线", "模型不可用", "模型名称错误", "模型名称不", "模型名字错误", "模型名错误", "无可用渠道", "没有可用渠道", "不存在的模型", "模型未找到", "找不到模型", "不支持的模型", "模型已下线",
	},

	// scant says that there is too little of what follows, which counts where it is one of purse.
	scant: {
		"insufficient", "not enough", "ran out of", "run out of", "running out of", "out of", "no more", "need more", "needs more", "require more", "requires more", "used all", "used up", "exhausted", "lack of", "lacks", "low on",
		"недостаточно", "не хватает", "закончил", "исчерпан",
	},
	purse: {" balance", " credit", " fund", " wallet", " money", " extra usage", "средств", "баланс", "кредит", "денег", "деньги", "балл"},
	// flaw and credential are "Bad or missing Apikey/JWT"; credential and refused are "The OAuth2 access token could not
	// be validated".
	flaw:       {"invalid", "missing", "expired", "incorrect", "wrong", "malformed", "revoked", "unrecognized", "неверн", "недействител", "некорректн", "просроченн", "невалидн", "отсутствует", "не указан"},
	credential: {"access token", "oauth", "oauth2", "api key", "api-key", "apikey", "jwt", "hmac", "bearer token", "auth token", "credential", "secret key", "api token", "iam token", "ключ api", "api-ключ", "api ключ", "ключ доступа", "токен доступа"},
	refused:    {"not be validated", "not be verified", "cannot be validated", "cannot be verified", "verification failed", "is invalid", "is not valid", "has expired", "is expired", "was revoked", "has been revoked", "is revoked", "not recognized", "does not match", " missing", "не найден", "недействител", "истек", "отозван", "просрочен", "удален", "заблокирован", "неверен", "неактивен", "не активен", "невалид"},
	// holder and shut are "This organization has been disabled".
	holder: {"organization", "organisation", "workspace", "account", "tenant", "your team", "your project", "your user", "организац", "аккаунт", "учетная запись", "账号", "账户", "用户已"},
	shut:   {"disabled", "restricted", "suspended", "deactivated", "blocked", "banned", "terminated", "not enabled", "verification", "verified", "заблокирован", "отключен", "приостановлен", "деактивирован", "封禁", "停用", "冻结", "禁用"},
	// yourLimit is the limit of an account, unless a word of rates stands beside it.
	yourLimit: {"ve reached your", "have reached your", "you reached your", "ve hit your", "have hit your", "you hit your", "has reached its", "has hit its", "вы достигли", "достигнут лимит", "已达上限", "达到上限"},
	// denied is said of a key that is good.
	denied: {
		"you do not have access", "you don't have access", "account does not have access", "organization does not have access", "project does not have access", "key does not have access", "have no access to",
		"insufficient permission", "missing scope", "not have permission", "restricted to authorized", "not enabled for your", "not enabled for this account", "not enabled for this organization", "not enabled for this workspace", "access to model denied", "access to the model denied", "access to the model is denied", "access to this model is denied", "are eligible for", "not eligible", "account suspended", "account is suspended", "account has been suspended", "account was suspended", "account banned", "account is banned", "account has been banned", "user is banned", "user has been banned", "封禁", "网段", "аккаунт заблокирован", "аккаунт приостановлен", "пользователь заблокирован", "no permission to", "not have the permission", "lacks permission", "lacks the permission", "not authorized to access", "does not include access", "does not yet include access", "doesn't include access", "plan does not include", "plan doesn't include", "not included in your", "not available in your current plan", "not available in your plan", "not available on the free tier", "not available on free",
		"нет доступа", "не имеет доступа", "нет прав", "недостаточно прав", "被策略阻止", "被策略拦截", "无权", "no license", "no valid license", "license has expired", "license expired", "license is not valid", "license does not", "没有权限", "权限不足", "无使用权限", "没有使用权限",
		"non-compliant requests", "project is not allowed to use", "account is not allowed to use", "organization is not allowed to use", "key is not allowed to use", "not allowed to use publisher model",
	},

	tooFast: {
		"rate limit exceeded", "rate limit reached", "rate limit is exceeded", "rate limit has been exceeded", "exceeded rate limit", "exceeded the rate limit",
		"exceeded your rate limit", "hit rate limit", "hit your rate limit", "hit the rate limit", "rate limited", "rate-limited", "ratelimit exceeded", "rate_limit_exceeded", "rate limiting",
		"current rate limit", "too many requests", "too many concurrent", "requests per minute", "tokens per minute", "being rate limited", "traffic limited", "too quickly", "rate increased too", "requests too fast", "concurrency limit", "cooling down", "due to rate limit", "tpm limit", "rpm limit", "qps limit", "requests rate limit", "request rate limit", "concurrent requests limit", "slow down", "request limit reached", "rate quota",
		"слишком много запросов", "одновременных запрос", "параллельных запрос", "одновременных соединени", "превышен лимит запросов", "исчерпан лимит запросов", "лимит запросов исчерпан", "лимит запросов превышен", "превысили лимит запросов", "слишком часто", "частота запросов",
		"速率限制", "请求过于频繁", "请求频率", "频率过高", "并发数过", "请求太频繁", "访问频率", "限流", "请求数限制", "频率限制", "频率超限", "频次超限", "请求过多", "并发超限", "并发限制", "超过并发", "请求速率", "用量受限", "请求受限", "调用受限", "流量受限",
	},

	// usedUp says of a quota or of a number of requests that it is at its end.
	usedUp: {
		"exceeded", "exhausted", "used up", "reached", "недостаточ", "has run out", "depleted", "исчерпан", "превыш", "превысил", "закончил", "израсходован", "достигнут", "использован полностью", "выбран",
		"用完", "用尽", "耗尽", "达到上限", "达上限", "超出", "超过", "超限", "不足",
	},
	quotaNoun: {"quota", "квот", "лимит токенов", "配额"},
	rateNoun:  {"лимит запросов", "лимита запросов", "лимит обращений", "число запросов", "количество запросов", "квота запросов", "квоту запросов", "квоты запросов", "запросов в", "请求次数", "请求数", "调用次数", "速率", "调用频率", "调用频次"},
	// counted is what a rate counts: beside "per minute" it is a rate under every status.
	counted: {"token", "request", "call", "query", "queries", "message", "токен", "запрос", "обращен", "令牌", "请求", "调用", "次"},

	// unable is what a server cannot do with this request, and cannot do at the next attempt either; llama-server and
	// Ollama say 500 to it. What the model wrote ("failed to parse input at pos 0", "error parsing tool call") is none
	// of it: another sample may pass.
	unable: {
		"image input is not supported", "image input not supported", "images are not supported", "image inputs are not supported", "image is not supported", "audio input is not supported",
		"audio is not supported", "video input is not supported", "input is not supported - hint", "multimodal is not supported", "vision is not supported", "missing data required for image",
		"does not support image", "does not support vision", "does not support multimodal", "does not support audio", "does not support video", "does not support tool",
		"does not support function", "does not support thinking", "does not support reasoning", "does not support chat", "does not support generate", "does not support completion",
		"does not support system", "does not support insert", "does not support parallel tool", "doesn't support image", "doesn't support tool", "do not support image", "do not support tool",
		"tools are not supported", "tool calling is not supported", "function calling is not supported", "tool use is not supported", "tool_choice is not supported", "requires --jinja", "tools param requires",
		"roles must alternate", "role must alternate", "jinja exception", "raise_exception", "error rendering prompt", "template error", "only user and assistant roles", "only user, assistant",
		"system role not supported", "system role is not supported", "system role is not allowed", "unexpected message role", "unexpected role", "unknown role", "unsupported role", "invalid role",
		"unsupported content", "unsupported message content", "invalid message content", "unsupported parameter", "unsupported param", "unrecognized parameter", "unknown parameter",
		"unsupported image", "invalid image", "image: unknown format", "failed to load image", "failed to decode image", "failed to process image", "cannot identify image", "unable to decode image",
		"failed to parse tool call arguments", "invalid tool call arguments", "tool call arguments must", "failed to parse messages", "failed to parse tools", "failed to parse grammar",
		"failed to parse json schema", "failed to convert json schema", "unable to generate parser for this template", "cannot use custom grammar", "json schema conversion failed", "invalid json schema",
		"cannot have 2 or more assistant", "prefill is incompatible", "no user query found", "cannot pass both content and thinking", "last message must be", "first message must be",
		"no previous assistant message with a tool call", "message must be at the beginning", "message must be first", "system message cannot contain", "item type in content", "unexpected content type", "unexpected reasoning effort", "unsupported reasoning effort",
		"no messages provided", "tool call must have an id of", "tool call ids should be", "tool call is missing a function name", "only text chunks are supported", "only text and image", "only text, image", "assistant and tool roles are supported", "single tool-calls at once",
		"put tools in the first user message", "same number of function calls and responses", "must have a string or a list of chunks", "cannot have both content and tool calls", "must provide content as a string", "passed a message containing <|channel|>", "request contains an invalid argument",
		"json: cannot unmarshal", "missing required parameter", "'messages' is required", "messages is required", "messages must be", "content must be a string", "must be followed by tool messages",
		"не поддерживает изображ", "не поддерживает инструмент", "не поддерживает функци", "изображения не поддерживаются", "неподдерживаемый параметр",
		"不支持图片", "不支持图像", "不支持工具", "不支持函数", "不支持多模态", "不支持的参数", "不支持视觉",
	},
	// fault is a failure of theirs, whatever type stands beside it: invalid_request_error does, in streams.
	fault: {
		"internal server error", "internal error", "internal failure", "server error", "server had an error", "went wrong", "unexpected error", "unexpected eof", "broken pipe", "connection reset",
		"connection refused", "connection closed", "connection error", "connection aborted", "stream error", "engine error", "worker died", "process died", "encountered an issue", "encountered an error", "stack trace", "traceback", "engine is dead", "enginedead", "has crashed", "panic",
		"fetch failed", "terminated", "hang up", "hung up", "no such host", "network error", "transport error", "econnre", "econnab", "epipe", "ehostunreach", "ehostdown", "enetunreach", "enetreset", "enotfound", "eai_again", "und_err", "operation was aborted",
		"disconnected", "premature close", "without sending", "malformed_response", "malformed response", "failed to generate", "produced invalid content", "generation failed", "processing your request", "out of memory", "внутренняя ошибка", "ошибка сервера", "сбой сервера",
		"网络错误", "网络异常", "连接错误", "内部错误", "服务器错误", "系统错误", "服务异常", "系统异常", "内部服务",
	},
	// bulky is a body of too many bytes.
	bulky: {
		"request entity too large", "payload too large", "request body too large", "body is too large", "request body is too large", "entity too large", "content too large", "message larger than max",
		"exceeded the maximum request size", "exceeds the maximum request size", "exceeds maximum request size", "exceeded the maximum allowed request size", "request size exceeds", "request exceeds the maximum size", "max body size", "maximum request body",
		"тело запроса слишком больш", "размер запроса превыша", "请求体过大", "请求体太大",
	},
	// full is a lack of capacity that somebody calls the caller's mistake.
	full: {
		"is overloaded", "currently overloaded", "no available account", "no accounts available", "all accounts failed", "no usable account", "нет доступных аккаунтов", "нет свободных аккаунтов", "没有可用账", "无可用账", "没有可用的账", "暂无可用账", "server overloaded", "server overload", "engine overloaded", "model overloaded", "at capacity", "over capacity", "no capacity", "temporarily unavailable", "model is unavailable", "endpoint is unavailable", "service is unavailable", "server is unavailable", "provider is unavailable", "backend is unavailable", "currently unavailable", "experiencing high load", "no_capacity", "capacity limits", "degraded function", "is currently loading", "model is loading",
		"loading model", "server is busy", "service is busy", "model is busy", "is too busy", "currently experiencing high demand", "no healthy upstream", "not ready yet", "is warming up", "scaled to zero", "cold start",
		"перегруж", "модель временно", "сервис временно", "сервер временно", "繁忙", "过载", "负载已饱和", "访问量过大", "拥挤", "拥堵",
	},

	wrongPlace: {
		"location is not supported", "region is not supported", "country, region, or territory not supported", "country is not supported",
		"from unsupported countries", "from unsupported regions", "in your region", "in your country", "in your location", "in this region", "in this country", "unsupported country", "unsupported region", "not supported in your region",
		"регион не поддерживается", "недоступен в вашей стране", "недоступно в вашем регионе", "недоступно в вашей стране", "недоступен в вашем регионе",
	},

	noPath:       {"unexpected endpoint", "not found", "no route matched", "unknown endpoint", "invalid url", "cannot post", "не найден", "不存在"},
	noEntry:      {"unauthorized", "unauthorised", "api key", "apikey", "access token", "не авториз", "未授权", "无效的 token"},
	busy:         {"overloaded", "server overload", "at capacity", "no capacity", "capacity temporarily exceeded", "capacity exceeded", "maximum capacity", "over capacity", "temporarily unavailable", "service unavailable", "currently unavailable", "currently loading", "loading model", "is loading", "too busy", "is busy", "server busy", "system busy", "high demand", "high load", "no healthy upstream", "try again later", "no available provider", "no providers available", "no available backend", "no available worker", "no available upstream", "no available node", "no available instance", "no available replica", "no available server", "нет доступных провайдеров", "нет доступных серверов", "没有可用的", "暂无可用", "перегруж", "временно недоступ", "繁忙", "过载", "负载", "稍后再试", "访问量过大", "暂时不可用", "暂不可用", "服务不可用"},
	late:         {"etimedout", "esockettimedout", "timed out", "timeout", "time out", "deadline exceeded", "тайм-аут", "таймаут", "время ожидания", "超时"},
	notAllowed:   {"not in whitelist", "not in the whitelist", "not in allowlist", "not in the allowlist", "not whitelisted", "白名单", "белом списке", "permission", "forbidden", "not allowed", "access denied", "don't have access", "do not have access", "no access", "доступ запрещ", "нет доступа", "无权", "没有权限", "权限不足", "禁止"},
	goneUpstream: {"bad gateway", "upstream", "provider returned error", "provider disconnected"},
	badAsk:       {"invalid request", "bad request", "invalid param", "invalid value", "invalid argument", "does not support", "not supported", "unsupported", "is required", "must be", "missing field", "missing required", "exceed the maximum", "exceeds the maximum", "exceeds maximum", "maximum allowed", "too large", "too small", "too long", "too many images", "превышает максимальн", "слишком больш", "неверный запрос", "некорректн", "не поддерживает", "参数错误", "参数无效", "不支持"},

	// troubled are the words of a server that failed, where nothing better is said.
	troubled: {
		"error", "fail", "crash", "exception", "panic", "went wrong", "unable to", "could not", "couldn't", "cannot", "unexpected", "internal", "broken", "aborted", "interrupted",
		"ошибк", "сбой", "не удалось", "неполадк", "错误", "失败", "异常", "出错", "故障",
	},
	// fieldTalk is how a validator speaks of a field of the request: what it is called says nothing. A field may also be
	// flagged.
	fieldTalk: {"field", "must be a ", "must be an ", "字段", "参数 ", "поле ", "campo ", "das feld ", "le champ "},
	paramTalk | fieldTalk: {
		"required property", "additional propert", "unexpected key", "is not of type", "must be positive", "must be between", "must be below", "must be one of",
		"must be number", "must be string", "must be boolean", "expected one of", "expected '", "allowed value", "enum value", "input should be", "does not match pattern", "should match pattern", "is not a known",
		"参数类型", "不能为空", "必填", "должен быть", "должно быть", "paramètre", "parámetro",
	},
	// validates is how a validator speaks: what it quotes, and what stands beside these words, is a name or a value.
	validates: {
		"validation error", "validation failed", "field validation", "failed to satisfy", "unknown field", "missing field", "unrecognized field", "unrecognized request argument", "unrecognized key", "unknown name", "unknown parameter",
		"unknown variant", "missing required", "required property", "is a required", "additional propert", "extraneous key", "extra input", "field required", "input should be", "input_value=", "should not exist",
		"should not be empty", " must be a ", " must be an ", " must be string", " must be number", " must be integer", " must be boolean", " must be array", " must be object", " must be one of", " must not be", "not of type",
		"invalid value at", "invalid value: '", "supported values are", "value must be", "struct field", "cannot unmarshal", "' is not allowed", "\" is not allowed", "not permitted", "can't be blank", "cannot be blank", "field is required", "expected string", "expected number",
		"expected one of", "expected type", "deserialize", "is not a valid option", "requires a boolean", "requires a string", "requires a number", "unknown key", "does not match any", "not of a type", "should be object", "should be string",
		"should be number", "should be array", "should be boolean", "should be integer", "is not valid:", "is missing but", "invalid input", "fields are unknown", "unknown fields", "was unexpected", "received undefined", "is not included in the list", "is too short (minimum", "constraint", "missing data for",
	},
	paramTalk:  {"parameter", "argument", "invalid value", "value is not allowed", "unknown field", "unrecognized", "extra input", "property"},
	longPeriod: {"daily", "weekly", "monthly", "per day", "free trial", "месячн", "дневн", "суточн", "недельн", "на месяц", "за месяц", "в месяц", "на сутки", "в сутки", "за сутки", "на день", "в день", "本月", "当月", "每月", "每日", "当日", "每天", "当天", "今日"},
}, tongues)

// absent are what a sentence says of "the model x".
var absent = []string{
	"does not exist", "doesn't exist", "not found", "is not found", "was not found", "not exist", "is not available", "is not supported",
	"not supported by", "is unknown", "is not a valid", "could not be found", "cannot be found", "is not loaded", "is not served", "has been retired",
	"has been decommissioned", "is no longer available", "no existe", "não existe", "n'existe pas", "non esiste", "existiert nicht", "no encontrad", "não encontrad", "introuvable", "nicht gefunden", "non trovat", "is disabled", "is deactivated", "is deprecated", "is retired", "is offline", "was removed", "has been removed", "не найдена", "не существует", "недоступна", "不存在", "未找到",
}

package envelope

// phrases are what kindFromText listens for, in lower case. Each was seen in a reply or stands in a provider's
// documentation. None is shorter than three bytes.
var phrases = newMatcher(map[mentions][]string{
	crashed: {"has crashed", "model crashed", "context canceled", "context cancelled"},

	longContext: {
		"maximum context length", "context length exceeded", "context_length_exceeded", "context window exceeded",
		"context window exceeds", "exceed context window", "exceeds the context window", "exceeds context window",
		"exceed context limit", "exceeds the model's context", "exceeds model context", "context size has been exceeded",
		"exceeds the available context size", "longer than the model's context", "greater than the context length",
		"exceeds context length", "exceed the context length", "exceeds the context length", "context overflow", "context length of only",
		"maximum context limit", "maximum context size", "maximum model length", "max_model_len", "prompt is too long",
		"prompt too long", "input is too long for requested model", "exceeded model token limit", "maximum prompt length is",
		"exceeds the maximum number of tokens allowed", "prompt exceeds max length", "prompt tokens too long",
		"превышает контекст", "превышен контекст", "контекст модели превышен", "длину контекста", "длина контекста", "контекстного окна", "контекстное окно",
		"上下文长度", "上下文超", "超出上下文", "超过上下文", "超出模型上下文", "最大上下文", "prompt 超长", "prompt超长", "输入超长",
	},
	// longPrompt needs a word of beyond in the same text.
	longPrompt: {
		"input token count", "prompt token count", "context length", "context window", "context size", "input tokens exceed",
		"input length", "prompt length", "total tokens", "number of input tokens", "number of tokens", "token count",
		"input token", "prompt contains", "requested tokens", "requested token", "current length is", "sequence length", "text length", "sequence too",
		"количество токенов", "количество запрашиваемых токенов", "число токенов", "токенов в запросе", "длина запроса", "длина промпта",
		"输入长度", "输入的长度", "token 数", "token数", "tokens 数", "tokens数",
	},
	beyond: {
		"exceed", "too large", "too long", "larger than", "longer than", "greater than", "over the limit", "out of range",
		"no more than", "while limit is", "outside the range", "must be less", "does not fit",
		"превыша", "превышен", "больше максимальн", "слишком", "超过", "超出", "超限", "过长", "大于",
	},
	// longInput is about the prompt unless the status or the text speaks of a rate or of money.
	longInput: {
		"reduce the length of the messages", "reduce the length of the prompt", "reduce the length of the input", "reduce your prompt",
		"too many tokens", "token limit exceeded", "tokens limit exceeded", "input is too long", "input too long",
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
		"safety system", "safety filter", "safety reasons", "safety guidelines", "usage policies", "usage policy", "acceptable use policy",
		"flagged", "moderation", "inappropriate content", "content exists risk", "responsible ai", "guardrail", "prohibited content",
		"harmful content", "unsafe content", "sensitive content", "sensitive information", "sensitive words", "prompt injection",
		"pii detected", "personal data detected", "blocked due to security", "blocked by security", "jailbreak",
		"цензур", "модерац", "запрещенн", "запрещённ", "недопустимое содержание", "персональных данных", "персональные данные",
		"敏感", "违规", "不安全", "内容安全", "安全审核", "审核不通过", "不当内容",
	},

	badKey: {
		"invalid api key", "invalid api-key", "invalid api_key", "invalid apikey", "invalid_api_key", "incorrect api key", "api key not valid",
		"api key is not valid", "api key is invalid", "api key invalid", "api key expired", "api key has expired", "api key is expired",
		"api key is missing", "missing api key", "api key missing", "no api key", "check the api-key", "check the api key", "check your api key", "api key required", "api key is required", "api key not found",
		"api key does not exist", "api key has been disabled", "api key is disabled", "api key was disabled", "api key has been revoked", "api key is not active",
		"provide an api key", "provide a valid api key", "wrong api key", "unknown api key", "malformed api key", "bad api key",
		"token is invalid", "token is expired", "token expired", "token has expired", "invalid access token", "invalid bearer",
		"invalid authentication", "invalid authorization", "missing authorization", "authorization header is missing", "authorization header missing",
		"missing authentication", "authentication token", "not pass an authentication", "invalid credentials", "incorrect credentials", "bad credentials",
		"security token included in the request", "request signature we calculated", "unregistered callers", "validate certification failed",
		"authentication failed", "authentication required", "not authenticated", "unauthenticated",
		"неверный ключ", "неверный api", "недействительный ключ", "недействительный токен", "неверный токен", "ключ не найден", "ключ недействителен",
		"токен недействителен", "не авторизован", "ошибка авторизации", "требуется авторизация",
		"无效的令牌", "无效的 api", "无效的api", "令牌已过期", "令牌无效", "令牌状态不可用", "未提供令牌", "密钥无效", "密钥错误", "api key 无效", "apikey 无效", "鉴权失败", "认证失败", "身份验证失败", "无效的密钥",
	},

	// spent means money or a long period's allowance, and nothing else.
	spent: {
		"insufficient balance", "insufficient account balance", "insufficient credit", "insufficient fund", "insufficient quota", "insufficient_quota",
		"insufficient user quota", "insufficient_user_quota", "insufficient token quota", "balance is insufficient", "balance insufficient",
		"balance is not enough", "not enough balance", "not enough credit", "not enough money", "quota is not enough", "quota not enough",
		"credit balance", "balance is too low", "balance too low", "credit limit exceeded", "call volume quota", "today's quota", "any credits", "out of credit", "out of fund", "run out of credit", "run out of fund", "ran out of credit",
		"used all available credits", "no credits", "no usable credits", "no remaining credit", "credits are depleted", "credits depleted",
		"credits have been depleted", "credits exhausted", "credits have been exhausted", "credits are exhausted", "credits expired", "credits have expired",
		"prepayment credits", "included credits", "requires more credits", "exceeded your monthly", "exceeded your weekly",
		"monthly included", "payment required", "billing hard limit", "billing_hard_limit", "billing is not enabled", "billing is not active", "billing not active",
		"requires billing", "enable billing", "budget has been exceeded", "budget exceeded", "exceeded budget", "exceeded its budget", "exceeded your budget",
		"over budget", "key limit exceeded", "spending limit", "spend limit", "spending cap", "monthly spend", "unpaid", "past invoices", "monthly usage", "monthly limit", "monthly quota", "monthly allowance",
		"weekly usage", "weekly limit", "weekly quota", "weekly allowance", "weekly/monthly", "calls / month", "calls/month", "requests / month", "requests/month",
		"per month", "per week", "this month", "this billing period", "free allocation", "free quota", "free tier quota", "free tier of the model has been exhausted", "free trial quota",
		"subscription has expired", "subscription expired", "subscription is expired", "plan has expired", "plan expired", "trial has expired", "trial expired",
		"overdue", "in arrears", "arrearage", "good standing", "recharge", "top up", "top-up", "negative balance", "please add credits",
		"add credits to your account", "purchase credits", "purchase more credits", "buy more credits", "account balance", "payment instrument",
		"payment is required", "current balance", "free-models-per-day",
		"недостаточно средств", "недостаточно денег", "недостаточно кредит", "недостаточный баланс", "недостаточно баланса", "средств на балансе", "средств на сч",
		"нет средств", "средств недостаточно", "закончились средства", "закончились деньги", "закончились токены", "средства закончились", "баланс исчерпан",
		"баланс отрицател", "отрицательный баланс", "нулевой баланс", "пополните", "пополнить баланс", "пополнения баланса", "баланс", "средств",
		"задолженност", "не оплачен", "неоплачен", "требуется оплата", "бюджет исчерпан", "превышен бюджет", "бюджет ключа", "месячный лимит", "недельный лимит",
		"余额", "欠费", "充值", "额度不足", "额度已用尽", "额度已用完", "额度用尽", "额度耗尽", "剩余额度", "预扣费", "资源包", "免费额度", "套餐已到期", "每周", "每月", "账单",
	},
	// maybeSpent is said of a minute's allowance too, and counts only where nothing speaks of a short time.
	maybeSpent: {
		"billing detail", "plan and billing", "payment method", "usage limit", "usage limits", "daily limit", "daily quota", "daily request limit",
		"per day", "per-day", "daily usage", "daily allowance", "trial limit", "trial key", "billing", "add funds", "quota has been exhausted", "billing cycle",
		"дневной лимит", "суточный лимит", "лимит исчерпан", "лимит расходов", "оплат",
		"使用上限", "今日", "额度", "每日", "套餐",
	},

	missingModel: {
		"not a valid model", "invalid model", "unknown model", "no such model", "model not found", "model_not_found", "model not exist", "model does not exist",
		"unsupported model", "model identifier is invalid", "no available channel for model", "no available channels for model", "model id is invalid", "model id not found", "unknown_model",
		"model is not supported by any provider", "is not supported by any provider", "supported api model names are", "not a supported model", "unable to find model",
		"could not find model", "couldn't find model", "no model named", "model has been deprecated", "model has been decommissioned", "has been decommissioned", "model is not available",
		"модель не найдена", "модель не существует", "неизвестная модель", "модели не существует", "нет такой модели", "не найдена модель",
		"模型不存在", "无可用渠道", "没有可用渠道", "不存在的模型", "模型未找到", "找不到模型", "不支持的模型", "模型已下线",
	},

	tooFast: {
		"rate limit exceeded", "rate limit reached", "rate limit is exceeded", "rate limit has been exceeded", "exceeded rate limit", "exceeded the rate limit",
		"exceeded your rate limit", "hit rate limit", "hit your rate limit", "hit the rate limit", "rate limited", "rate-limited", "ratelimit exceeded", "rate_limit_exceeded", "rate limiting",
		"too many requests", "too many concurrent", "requests per minute", "tokens per minute", "being rate limited", "traffic limited", "request limit reached", "rate quota",
		"слишком много запросов", "превышен лимит запросов", "превышено количество запросов", "слишком часто", "частота запросов",
		"速率限制", "请求过于频繁", "请求频率", "频率过高", "并发数过", "请求太频繁", "访问频率", "限流", "请求数限制",
	},

	wrongPlace: {
		"location is not supported", "region is not supported", "country, region, or territory not supported", "country is not supported",
		"not available in your region", "not available in your country", "unsupported country", "unsupported region", "not supported in your region",
		"регион не поддерживается", "недоступно в вашей стране", "недоступен в вашем регионе",
	},

	noPath:       {"unexpected endpoint", "not found", "no route matched", "unknown endpoint", "invalid url", "cannot post", "не найден", "不存在"},
	noEntry:      {"unauthorized", "unauthorised", "api key", "apikey", "access token", "не авториз", "未授权", "无效的 token"},
	busy:         {"overloaded", "at capacity", "no capacity", "capacity temporarily exceeded", "capacity exceeded", "maximum capacity", "over capacity", "temporarily unavailable", "service unavailable", "currently unavailable", "currently loading", "loading model", "is loading", "too busy", "is busy", "server busy", "system busy", "high demand", "high load", "no healthy upstream", "try again later", "перегруж", "временно недоступ", "繁忙", "过载", "负载", "稍后再试", "访问量过大"},
	late:         {"timed out", "timeout", "time out", "deadline exceeded", "тайм-аут", "таймаут", "время ожидания", "超时"},
	notAllowed:   {"permission", "forbidden", "not allowed", "access denied", "don't have access", "do not have access", "no access", "доступ запрещ", "нет доступа", "无权", "没有权限", "权限不足", "禁止"},
	goneUpstream: {"bad gateway", "upstream", "provider returned error", "provider disconnected"},
	badAsk:       {"invalid request", "bad request", "invalid param", "invalid value", "invalid argument", "does not support", "not supported", "unsupported", "is required", "must be", "missing field", "missing required", "неверный запрос", "некорректн", "не поддерживает", "参数错误", "参数无效", "不支持"},

	// troubled are the words of a server that failed, where nothing better is said.
	troubled: {
		"error", "fail", "crash", "exception", "panic", "went wrong", "unable to", "could not", "couldn't", "cannot", "unexpected", "internal", "broken", "aborted", "interrupted",
		"ошибк", "сбой", "не удалось", "неполадк", "错误", "失败", "异常", "出错", "故障",
	},
	paramTalk:  {"parameter", "argument", "invalid value", "unknown field", "unrecognized", "extra input", "property"},
	longPeriod: {"daily", "weekly", "monthly", "per day", "free trial"},
})

// absent are what a sentence says of "the model x".
var absent = []string{
	"does not exist", "doesn't exist", "not found", "is not found", "was not found", "not exist", "is not available", "is not supported",
	"not supported by", "is unknown", "is not a valid", "could not be found", "cannot be found", "is not loaded", "is not served", "has been retired",
	"has been decommissioned", "is no longer available", "не найдена", "не существует", "недоступна", "不存在", "未找到",
}

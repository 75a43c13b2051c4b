package envelope

import (
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestKindFromText(t *testing.T) {
	tests := []struct {
		status int
		said   string
		want   Kind
	}{
		// Context too long, under any 4xx and under 500.
		{400, "This model's maximum context length is 8192 tokens.", KindContextLength},
		{500, "Context size has been exceeded.", KindContextLength},
		{422, "`inputs` must have less than 1024 tokens. Given: 2000", KindContextLength},
		{413, "The input (5000 tokens) is longer than the model's context length (4096 tokens).", KindContextLength},
		{400, "max_tokens must be at least 1, got -5343.", KindContextLength},
		{400, "input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000", KindContextLength},
		{400, "Requested tokens (5263) exceed context window of 2048", KindContextLength},
		{400, "Количество запрашиваемых токенов превышает контекст модели.", KindContextLength},
		{400, "Слишком длинный запрос", KindContextLength},
		{400, "请求的 tokens 超过了模型最大上下文长度", KindContextLength},
		{400, "输入长度超出模型上限，请压缩会话后重试", KindContextLength},
		{502, "This model's maximum context length is 8192 tokens.", 0},
		{401, "This model's maximum context length is 8192 tokens.", 0},
		{429, "Too many tokens, please wait before trying again.", 0},
		{429, "Rate limit reached on tokens per minute: the maximum context length is 10", 0},
		{402, "Prompt tokens limit exceeded: 69120 > 36608.", 0},
		{400, "max_tokens must be at least 1, got 0", 0},
		{400, "max_tokens: 10000 > 8192, which is the maximum allowed number of output tokens", 0},
		{400, "image size exceeds the limit of 5 MB", 0},
		{400, "Number of output tokens exceeds 4096", 0},

		// Money and long allowances.
		{400, "Your credit balance is too low to access the Anthropic API.", KindQuota},
		{403, "You've run out of funds.", KindQuota},
		{429, "Budget has been exceeded!", KindQuota},
		{503, "Service suspended: insufficient balance", KindQuota},
		{412, "Account is suspended, possibly due to failure to pay past invoices", KindQuota},
		{429, "You exceeded your current quota, please check your plan and billing details.", KindQuota},
		{429, "you have reached your weekly usage limit", KindQuota},
		{400, "You have reached your specified API usage limits. You will regain access on 2099-09-01 at 00:00 UTC.", KindQuota},
		{402, "Недостаточно средств на балансе", KindQuota},
		{403, "Пополните счёт: баланс исчерпан", KindQuota},
		{429, "您的账户已欠费", KindQuota},
		{403, "用户额度不足", KindQuota},
		{500, "Insufficient balance", KindQuota},
		{404, "Insufficient balance", KindQuota},
		{429, "Quota exceeded", 0},
		{429, "You exceeded your current quota, please check your plan and billing details. Please retry in 33.5s.", 0},
		{429, "Daily limit of 5 requests per minute reached, see billing", 0},
		{429, "Rate limit reached. See https://console.groq.com/settings/billing", 0},
		{503, "Балансировщик перегружен", 0},

		// No such model.
		{400, "Model Not Exist", KindNotFound},
		{400, "acme/fake-1.0 is not a valid model ID", KindNotFound},
		{400, "The model `x` does not exist.", KindNotFound},
		{503, "No available channel for model x under group y", KindNotFound},
		{503, "当前分组 default 下对于模型 gpt-5 无可用渠道", KindNotFound},
		{503, "Модель «x» не найдена", KindNotFound},
		{404, "The model `x` does not exist.", 0},
		{400, "Unsupported parameter: 'max_tokens' is not supported with this model.", 0},
		{400, "Model 'x' does not support image input", 0},
		{400, "Thinking mode of this model is not supported", 0},

		// A bad key.
		{400, "API key not valid. Please pass a valid API key.", KindAuth},
		{403, "please check the api-key you provided", KindAuth},
		{403, "The security token included in the request is invalid.", KindAuth},
		{400, "Неверный API-ключ", KindAuth},
		{403, "该令牌已过期 令牌已过期", KindAuth},
		{498, "invalid token", KindAuth},
		{400, "Invalid token < in JSON at position 0", 0},
		{500, "API key not valid", 0},

		// Refused for its content.
		{400, "The response was filtered due to the prompt triggering Azure OpenAI's content management policy.", KindModeration},
		{400, "Content Exists Risk", KindModeration},
		{403, "Запрос отклонён модерацией", KindModeration},
		{400, "系统检测到输入包含敏感内容", KindModeration},
		{404, "No endpoints available matching your guardrail restrictions", 0},

		// The rest of what a status hides.
		{400, "<LM Studio error> The model has crashed without additional information.", KindServer},
		{499, "context canceled", KindServer},
		{500, "context canceled", KindServer},
		{403, "API rate limit exceeded for user", KindRateLimit},
		{400, "User location is not supported for the API use.", KindPermission},
		{403, "You don't have access to the model with the specified model ID.", 0},
		{400, "'messages' is required", 0},
		{503, "Service temporarily unavailable", 0},
		{0, "", 0},

		// Inside a 200 nothing is known.
		{0, "rate limit exceeded(RPM)", KindRateLimit},
		{0, "insufficient balance", KindQuota},
		{0, "Unexpected endpoint or method. (POST /v1/models/unload)", KindNotFound},
		{0, "The model is overloaded", KindOverloaded},
		{0, "upstream timed out", KindTimeout},
		{0, "access denied", KindPermission},
		{0, "Provider disconnected", KindUpstream},
		{0, "this model does not support tools", KindInvalidRequest},
		{0, "hello", 0},
	}
	for _, tt := range tests {
		t.Run(strconv.Itoa(tt.status)+" "+tt.said, func(t *testing.T) {
			kind, _ := kindFromText(tt.status, tt.said)
			require.Equal(t, tt.want, kind)
		})
	}
}

func TestKindFromNumber(t *testing.T) {
	for code, want := range map[int]Kind{
		0: 0, 200: 0, 301: KindNotFound, 400: KindInvalidRequest, 401: KindAuth, 402: KindQuota, 403: KindPermission, 404: KindNotFound, 405: KindInvalidRequest,
		408: KindTimeout, 409: KindConflict, 413: KindTooLarge, 415: KindInvalidRequest, 422: KindInvalidRequest, 429: KindRateLimit, 451: KindInvalidRequest,
		500: KindServer, 501: KindInvalidRequest, 502: KindUpstream, 503: KindOverloaded, 504: KindTimeout, 505: KindServer, 520: KindServer, 521: KindServer,
		522: KindTimeout, 523: KindTimeout, 524: KindTimeout, 525: KindServer, 529: KindOverloaded, 530: KindServer, 599: KindServer, 600: 0,
	} {
		require.Equal(t, want, kindFromNumber(code), code)
	}
}

// What rules a text out before it is searched agrees with the search.
func FuzzRuledOut(f *testing.F) {
	f.Add("Incorrect API key provided: sk-Abc45678. Key=abc12345")
	f.Add("Bearer abCdefgh, token: 0123456789abcdef")
	f.Add("You can only AFFORD 12 tokens. WEIGHT exceeds")
	f.Fuzz(func(t *testing.T, s string) {
		if got := mask(s); got != withoutKeys(s) {
			t.Fatalf("%q instead of %q", got, withoutKeys(s))
		}
		for _, said := range reserves {
			if strings.Contains(strings.ToLower(s), said) && !maySpeakOfReserve(s) {
				t.Fatalf("%q is in %q", said, s)
			}
		}
	})
}

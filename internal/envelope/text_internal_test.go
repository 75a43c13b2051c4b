package envelope

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestKindFromText(t *testing.T) {
	tests := []struct {
		status int
		said   string
		want   string
	}{
		// Context too long, under any 4xx and under 500.
		{400, "This model's maximum context length is 8192 tokens.", contextLength},
		{500, "Context size has been exceeded.", contextLength},
		{422, "`inputs` must have less than 1024 tokens. Given: 2000", contextLength},
		{413, "The input (5000 tokens) is longer than the model's context length (4096 tokens).", contextLength},
		{400, "max_tokens must be at least 1, got -5343.", contextLength},
		{400, "input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000", contextLength},
		{400, "Requested tokens (5263) exceed context window of 2048", contextLength},
		{400, "Количество запрашиваемых токенов превышает контекст модели.", contextLength},
		{400, "Слишком длинный запрос", contextLength},
		{400, "请求的 tokens 超过了模型最大上下文长度", contextLength},
		{400, "输入长度超出模型上限，请压缩会话后重试", contextLength},
		{502, "This model's maximum context length is 8192 tokens.", ""},
		{401, "This model's maximum context length is 8192 tokens.", ""},
		{429, "Too many tokens, please wait before trying again.", ""},
		{429, "Rate limit reached on tokens per minute: the maximum context length is 10", ""},
		{402, "Prompt tokens limit exceeded: 69120 > 36608.", ""},
		{400, "max_tokens must be at least 1, got 0", ""},
		{400, "max_tokens: 10000 > 8192, which is the maximum allowed number of output tokens", ""},
		{400, "image size exceeds the limit of 5 MB", ""},
		{400, "Number of output tokens exceeds 4096", ""},

		// Money and long allowances.
		{400, "Your credit balance is too low to access the Anthropic API.", quota},
		{403, "You've run out of funds.", quota},
		{429, "Budget has been exceeded!", quota},
		{503, "Service suspended: insufficient balance", quota},
		{412, "Account is suspended, possibly due to failure to pay past invoices", quota},
		{429, "You exceeded your current quota, please check your plan and billing details.", quota},
		{429, "you have reached your weekly usage limit", quota},
		{400, "You have reached your specified API usage limits. You will regain access on 2099-09-01 at 00:00 UTC.", quota},
		{402, "Недостаточно средств на балансе", quota},
		{403, "Пополните счёт: баланс исчерпан", quota},
		{429, "您的账户已欠费", quota},
		{403, "用户额度不足", quota},
		{500, "Insufficient balance", ""},
		{404, "Insufficient balance", ""},
		{429, "Quota exceeded", ""},
		{429, "You exceeded your current quota, please check your plan and billing details. Please retry in 33.5s.", ""},
		{429, "Daily limit of 5 requests per minute reached, see billing", ""},
		{429, "Rate limit reached. See https://console.groq.com/settings/billing", ""},
		{503, "Балансировщик перегружен", ""},

		// No such model.
		{400, "Model Not Exist", notFound},
		{400, "acme/fake-1.0 is not a valid model ID", notFound},
		{400, "The model `x` does not exist.", notFound},
		{503, "No available channel for model x under group y", notFound},
		{503, "当前分组 default 下对于模型 gpt-5 无可用渠道", notFound},
		{503, "Модель «x» не найдена", notFound},
		{404, "The model `x` does not exist.", ""},
		{400, "Unsupported parameter: 'max_tokens' is not supported with this model.", ""},
		{400, "Model 'x' does not support image input", ""},
		{400, "Thinking mode of this model is not supported", ""},

		// A bad key.
		{400, "API key not valid. Please pass a valid API key.", auth},
		{403, "please check the api-key you provided", auth},
		{403, "The security token included in the request is invalid.", auth},
		{400, "Неверный API-ключ", auth},
		{403, "该令牌已过期 令牌已过期", auth},
		{498, "invalid token", auth},
		{400, "Invalid token < in JSON at position 0", ""},
		{500, "API key not valid", ""},

		// Refused for its content.
		{400, "The response was filtered due to the prompt triggering Azure OpenAI's content management policy.", moderation},
		{400, "Content Exists Risk", moderation},
		{403, "Запрос отклонён модерацией", moderation},
		{400, "系统检测到输入包含敏感内容", moderation},
		{404, "No endpoints available matching your guardrail restrictions", ""},

		// The rest of what a status hides.
		{400, "<LM Studio error> The model has crashed without additional information.", server},
		{499, "context canceled", server},
		{500, "context canceled", server},
		{403, "API rate limit exceeded for user", rateLimit},
		{400, "User location is not supported for the API use.", permission},
		{403, "You don't have access to the model with the specified model ID.", ""},
		{400, "'messages' is required", ""},
		{503, "Service temporarily unavailable", ""},
		{0, "", ""},

		// Inside a 200 nothing is known.
		{0, "rate limit exceeded(RPM)", rateLimit},
		{0, "insufficient balance", quota},
		{0, "Unexpected endpoint or method. (POST /v1/models/unload)", notFound},
		{0, "The model is overloaded", overloaded},
		{0, "upstream timed out", timeout},
		{0, "access denied", permission},
		{0, "Provider disconnected", upstream},
		{0, "this model does not support tools", invalidRequest},
		{0, "hello", ""},
	}
	for _, tt := range tests {
		t.Run(strconv.Itoa(tt.status)+" "+tt.said, func(t *testing.T) {
			kind, _ := kindFromText(tt.status, tt.said)
			require.Equal(t, tt.want, kind)
		})
	}
}

func TestKindFromNumber(t *testing.T) {
	for code, want := range map[int]string{
		0: "", 200: "", 301: notFound, 400: invalidRequest, 401: auth, 402: quota, 403: permission, 404: notFound, 405: invalidRequest,
		408: timeout, 409: conflict, 413: tooLarge, 415: invalidRequest, 422: invalidRequest, 429: rateLimit, 451: invalidRequest,
		500: server, 501: invalidRequest, 502: upstream, 503: overloaded, 504: timeout, 505: server, 520: server, 521: server,
		522: timeout, 523: timeout, 524: timeout, 525: server, 529: overloaded, 530: server, 599: server, 600: "",
	} {
		require.Equal(t, want, kindFromNumber(code), code)
	}
}

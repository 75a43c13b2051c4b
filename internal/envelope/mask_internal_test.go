package envelope

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Keys of the shapes that providers hand out, none of them real.
const (
	hex32   = "9f86d081884c7d659a2feaa0c55ad015"
	hex64   = hex32 + "a3bf4f1b2b0b822cd15d6c15b0f00a08"
	mixed32 = "aB3dE5fG7hI9jK1lM3nO5pQ7rS9tU1vW"
	openAI  = "sk-proj-Ab1Cd2Ef3Gh4Ij5Kl6Mn7Op8Qr9St0Uv"
	webJWT  = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U"
	zhipu   = hex32 + ".Xy7Zw9Kq2Lm4Np6R"
	uuid    = "123e4567-e89b-42d3-a456-426614174000"
)

// What is left of a text has none of its secrets. Each line is a text with one key, between « and ».
func TestMaskHidesKeys(t *testing.T) {
	for _, in := range []string{
		// Behind a prefix.
		"Incorrect API key provided: «" + openAI + "». You can find yours at https://platform.openai.com/account/api-keys.",
		"Invalid key «sk-or-v1-" + hex64 + "»",
		"Неверный ключ «sk-aitunnel-" + mixed32 + "»",
		"Invalid API Key «gsk_" + mixed32 + "aB3dE5fG7hI9jK1lM3nO»",
		"bad «xai-" + mixed32 + mixed32 + "»",
		"API key not valid: «AIzaSyA" + mixed32 + "»",
		"User Access Token «hf_" + mixed32 + "» is expired",
		"«sk-ant-api03-" + mixed32 + "-" + mixed32 + "AA»",
		"«sk-svcacct-" + mixed32 + "»", "«nvapi-" + mixed32 + "»", "«pplx-" + mixed32 + "»", "«r8_" + mixed32 + "»", "«csk-" + hex32 + "»", "«tgp_v1_" + mixed32 + "»",
		"«github_pat_" + mixed32 + "»", "«ghu_" + mixed32 + "»", "«ya29.a0" + mixed32 + "»", "«AQ.Ab8RN6" + mixed32 + "»", "«AKIAIOSFODNN7EXAMPLE»", "«ABSKQmVkcm9ja0FQSUtleS1" + mixed32 + "=»",
		"«bce-v3/ALTAK-" + mixed32 + "/" + hex32 + "»", "«pa-" + mixed32 + "»", "«rpa_" + mixed32 + "»",
		"the token «" + webJWT + "» has expired", "jwt=«" + webJWT + "»", "Bearer «" + webJWT + "»",
		// Behind signs.
		"POST /v1/«" + openAI + "»/chat/completions: 404", "https://h.example/v1beta/models/m:generateContent?key=«AIzaSyA" + mixed32 + "»&alt=sse",
		"https://user:«" + openAI + "»@gateway.example/v1", "/«sk-or-v1-" + hex64 + "»", "x=«gsk_" + mixed32 + "»", "(«hf_" + mixed32 + "»)", "[«xai-" + mixed32 + "»]", "<«" + openAI + "»>",
		"keys: «" + openAI + "», none", "a,«" + openAI + "»", "`«" + openAI + "»`", "key:«" + openAI + "»;", "«" + openAI + "»", "#«" + openAI + "»", "|«" + openAI + "»|", "...«" + openAI + "»", "api_key=~«" + openAI + "»",
		"--api-key=«" + openAI + "»", "tenant_«" + openAI + "»",
		// In escapes, which a text that was quoted twice still has.
		`{\"api_key\":\"«` + openAI + `»\"}`, `Header:\n«` + openAI + `»\n`, `a\t«gsk_` + mixed32 + `»`, `\r\n«` + openAI + `»`, `\u0022«` + openAI + `»\u0022`, `key\u003d«` + openAI + `»`, `\/«` + openAI + `»`,
		"/v1?api_key%3D«" + openAI + "»", "Bearer%20«" + openAI + "»", "%22«hf_" + mixed32 + "»%22", "?q=%2F«sk-or-v1-" + hex64 + "»", `\x22«` + openAI + `»`, "key%253D«" + openAI + "»", "&quot;«" + openAI + "»&quot;", "&#39;«" + openAI + "»&#39;",
		// Glued to the word before.
		"Authorization: Bearer«" + openAI + "»", "Incorrect API key«" + openAI + "» provided", "token«hf_" + mixed32 + "»", "BEARER«sk-or-v1-" + hex64 + "»", "APIKEY«" + openAI + "»", "Bearer:«" + openAI + "»", "密钥«" + openAI + "»无效", "ключ«" + openAI + "»", "clé«gsk_" + mixed32 + "»",
		// Without a prefix, behind a word for it.
		"Access denied due to invalid subscription key «" + hex32 + "». Make sure to provide a valid key.",
		"api-key: «" + hex32 + "»", `"api_key": "«` + hex32 + `»"`, `{'x-api-key': '«` + mixed32 + `»'}`, "API key «" + uuid + "» is not valid", "Invalid token: «" + uuid + "»", "wrong API key: «" + zhipu + "»",
		"Bearer «" + uuid + "»", "Bearer «" + zhipu + "»", "Bearer «" + hex32 + "»", "ApiKey «" + mixed32 + "»", "api_key=«" + hex32 + "»&model=x", "?access_token=«" + mixed32 + "»", "client_secret=«" + mixed32 + "»", "Ocp-Apim-Subscription-Key: «" + hex32 + "»",
		"Authorization: Basic «dXNlcjpwYXNzd29yZDEyMw»==", "password=«Tr0ub4dor-and-3»", "API keys «" + hex32 + "» and others are invalid", "bearer: «" + mixed32 + "»",
		// In sentences of other languages.
		"Неверный ключ API: «" + hex32 + "»", "Неверный ключ «" + hex32 + "»", "Токен «" + uuid + "» недействителен", "无效的令牌: «" + mixed32 + "»", "密钥 «" + hex32 + "» 错误", "密钥«" + hex32 + "»错误", "無效的金鑰 «" + hex32 + "»", "無効なAPIキー: «" + hex32 + "»", "トークン「«" + mixed32 + "»」は無効です",
		"API 키 «" + hex32 + "» 가 잘못되었습니다", "Clé API invalide : «" + hex32 + "»", "Clave de API no válida: «" + hex32 + "»", "Chave inválida: «" + hex32 + "»", "Ungültiger API-Schlüssel: «" + hex32 + "»", "Chiave API non valida: «" + hex32 + "»", "Nieprawidłowy klucz: «" + hex32 + "»", "Khóa API không hợp lệ: «" + hex32 + "»", "Geçersiz API anahtarı: «" + hex32 + "»", "Jeton invalide «" + mixed32 + "»", "Неверный пароль: «aB3dE5fG7hI9jK1l»",
		"mot de passe: «aB3dE5fG7hI9jK1lM3»", "Basic «dXNlcjpzay1hYmMxMjM0NTY3ODk=»", "curl -H 'Authorization: Bearer «" + mixed32 + "»'", "OPENAI_API_KEY=«" + openAI + "»", "wss://h.example?token=«" + webJWT + "»", "key%20«" + hex32 + "»", "KEY_«sk-1234567890abcdef»",
	} {
		t.Run(in, func(t *testing.T) {
			before, rest, _ := strings.Cut(in, "«")
			key, after, _ := strings.Cut(rest, "»")
			got := mask(before + key + after)
			body := key[len(keyPrefix(key)):]
			for from := 0; from+8 <= len(body); from++ {
				require.NotContains(t, got, body[from:from+8])
			}
			require.Contains(t, got, masked)
			require.True(t, strings.HasPrefix(got, before), "what stands before the key is lost: %q", got)
		})
	}
}

// Names, ids and addresses are what an error is about, and stay.
func TestMaskLeavesNames(t *testing.T) {
	for _, s := range []string{
		"risk-12345678", "task-0123456789abcdef", "task-" + uuid, "disk-12345678 of desk-12345678", "mask-rcnn-2024", "a/task-12345678, b=risk-12345678", "ask-12345678", "flask-20240101",
		"req_011CSHoEeqs5C35K2UUqR7Fy", "request id: 20240701123456789012345AbCdEfGh", "Invalid token (request id: 20240701123456789012345AbCdEfGh)", "无效的令牌 (request id: 20240701123456789012345AbCdEfGh)", "Срок действия токена истек (request id: 20240701123456789012345AbCdEfGh)",
		"Incorrect API key provided. Request ID: " + uuid, "Invalid API key, request_id=" + hex32, "key not found, trace_id: " + hex32, "invalid token, req_id 0123456789abcdef0123", "x-request-id: req-0123456789abcdef",
		"chatcmpl-9f86d081884c7d659a2feaa0c55ad015", "call_9f86d081884c7d659a2f", "gen-1700000000-AbCdEfGhIjKlMnOpQrSt", "org-AbCdEf0123456789 has no access", "Rate limit reached for gpt-4o in organization org-AbCdEf0123456789 on tokens per min (TPM): Limit 30000",
		"gpt-4o-2024-08-06", "claude-3-5-sonnet-20241022", "meta-llama/Llama-3.3-70B-Instruct-Turbo", "accounts/fireworks/models/llama-v3p1-405b-instruct", "deepseek-ai/DeepSeek-R1-Distill-Qwen-32B", "anthropic.claude-3-5-sonnet-20240620-v1:0", "ft:gpt-4o-mini-2024-07-18:acme::AbCdEf12",
		"The API key has no access to model gpt-4o-mini-2024-07-18", "key not allowed to access model claude-sonnet-4-20250514", "API key cannot use deployment my-gpt4-prod-02", "this token may not use meta-llama/Llama-3.3-70B-Instruct",
		"Ключ не имеет доступа к модели gpt-4o-2024-08-06", "该令牌无权使用模型 claude-3-5-sonnet-20241022", "Ce jeton n'a pas accès au modèle gpt-4o-2024-08-06",
		"max_completion_tokens must be at most 16384", "Limit 6000, Used 5914, Requested 1024 tokens", "1 token per 100000000 ns", "The token budget of 128000 tokens", "token limit 1048576",
		"https://platform.openai.com/account/api-keys", "https://aistudio.google.com/app/apikey", "see https://docs.example.com/errors#key-errors-2024", "Keys begin with sk-", "use a key such as sk-...", "your key should look like sk-xxxxxxxx", "api_key=YOUR_API_KEY",
		"Deployment gpt4o-eastus2-prod01 was not found", "resource my-openai-resource-01", "The model `key-words-2` does not exist", "tool_use_id toolu_01A09q90qw90lq917835lq9", "Missing key 'messages' in dict", "expected string at position 12345678",
		"Use Bearer authentication", "bearer token required", "Неверный ключ", "无效的令牌", "keyboard-layout-2024", "monkey-20240101", "turkey2024model", "project-12345678", "%20risk-12345678", `\nrisk-12345678`,
		"The key 'user_preferences_2024_v2' is not allowed", "Missing required key response_format_2", "bad token count 1234567890123456", "rate limit for token bucket tpm_gpt4o_default_0001", "API key invalid (trace 4bf92f3577b34da6)", "ключ ответа response_format_2024_v2", "hf_Qwen2.5-7B-Instruct", "t1.micro",
	} {
		t.Run(s, func(t *testing.T) { require.Equal(t, s, mask(s)) })
	}
}

package envelope

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// One code in two rows would mean whatever the later row says.
func TestCodesAreUnique(t *testing.T) {
	seen := map[string]Kind{}
	for _, row := range codeTable {
		for name := range strings.FieldsSeq(row.names) {
			require.NotContains(t, seen, name, "also %d", seen[name])
			seen[name] = row.kind
			for _, c := range name {
				require.True(t, c >= 'a' && c <= 'z' || c >= '0' && c <= '9', name)
			}
		}
	}
}

func TestLookup(t *testing.T) {
	tests := []struct {
		code string
		want Kind
	}{
		{"insufficient_quota", KindQuota},
		{"insufficient_user_quota", KindQuota},
		{"InsufficientQuota", KindQuota},
		{"INSUFFICIENT-QUOTA", KindQuota},
		{"Arrearage", KindQuota},
		{"AccountOverdueError", KindQuota},
		{"AllocationQuota.FreeTierOnly", KindQuota},
		{"budget_exceeded", KindQuota},
		{"1113", KindQuota},
		{"1008", KindQuota},
		{"openrouter_key_limit", KindQuota},
		// A quota that is a rate.
		{"request_quota_exceeded", KindRateLimit},
		{"Throttling.RateQuota", KindRateLimit},
		{"Throttling.AllocationQuota", KindRateLimit},
		{"Throttling.SomethingNew", KindRateLimit},
		{"1302", KindRateLimit},
		{"in_flight_budget_exhausted", KindRateLimit},
		{"RESOURCE_EXHAUSTED", KindRateLimit},
		{"com.amazon.coral.service#ThrottlingException", KindRateLimit},
		{"ThrottlingException:http://internal.amazon.com/coral/com.amazon.bedrock/", KindRateLimit},
		{"policies.ratelimit.SpikeArrestViolation", KindRateLimit},
		{"context_length_exceeded", KindContextLength},
		{"ContextWindowExceededError", KindContextLength},
		{"exceed_context_size_error", KindContextLength},
		{"context_exceed", KindContextLength},
		{"1261", KindContextLength},
		{"litellm.ContentPolicyViolationError", KindModeration},
		{"pii_blocked", KindModeration},
		{"ResponsibleAIPolicyViolation", KindModeration},
		{"InputImageSensitiveContentDetected.PrivacyInformation", KindModeration},
		{"invalid_api_key", KindAuth},
		{"oauth.v2.InvalidApiKey", KindAuth},
		{"AuthFailure.SignatureFailure", KindAuth},
		{"unsupported_country_region_territory", KindPermission},
		{"AccessDeniedException", KindPermission},
		{"model_not_found", KindNotFound},
		{"DeploymentNotFound", KindNotFound},
		{"overloaded_error", KindOverloaded},
		{"ModelNotReadyException", KindOverloaded},
		{"modelStreamErrorException", KindUpstream},
		{"upstream_stream_error", KindUpstream},
		{"DEADLINE_EXCEEDED", KindTimeout},
		{"invalid_request_error", KindInvalidRequest},
		{"BadRequestError", KindInvalidRequest},
		{"server_error", KindServer},
		// No substrings, no guesses.
		{"my_insufficient_quota_handler", 0},
		{"quota", 0},
		{"error", 0},
		{"Exception", 0},
		{"", 0},
		{".", 0},
		{"недостаточно", 0},
		{strings.Repeat("a", 1000), 0},
	}
	for _, tt := range tests {
		m, _ := lookup(tt.code)
		require.Equal(t, tt.want, m.kind, tt.code)
	}
}

// The types that stand beside every kind of failure must not decide anything.
func TestGenericTypesSayNothing(t *testing.T) {
	for _, code := range []string{
		"invalid_request_error", "server_error", "api_error", "upstream_error", "provider_error", "BadRequestError", "internal_server_error", "INVALID_ARGUMENT",
	} {
		m, ok := lookup(code)
		require.True(t, ok, code)
		require.Equal(t, generic, m.rank, code)
	}
}

func TestMask(t *testing.T) {
	tests := []struct{ in, want string }{
		{"Incorrect API key provided: sk-proj-AbCdEf0123456789.", "Incorrect API key provided: sk-***."},
		{"key gsk_0123456789abcdef and AIzaSyA0123456789", "key gsk_*** and AIza***"},
		{"Authorization: Bearer abcdef0123456789", "Authorization: Bearer ***"},
		{"Invalid API key: 0123456789abcdef0123456789abcdef", "Invalid API key: ***"},
		{"token=0123456789abcdef is wrong", "token=*** is wrong"},
		{"Unknown api key 'AQVN****************(000AAAAA)'", "Unknown api key 'AQVN***(000AAAAA)'"},
		{"not-a-re**************************ized", "not-a-re**************************ized"},
		{"API key provided: not-a-re**************************ized. You", "API key provided: ***. You"},
		{"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc", "eyJ***"},
		{"POST https://api.example/v1/sk-proj-AbCdEf0123456789/chat, .sk-AbCdEf0123456789, x=~gsk_0123456789abcdef", "POST https://api.example/v1/sk-***, .sk-***, x=~gsk_***"},
		// Not keys.
		{"disk-0123456789 at risk-assessment-2, api/key-words, a/task-12345678", "disk-0123456789 at risk-assessment-2, api/key-words, a/task-12345678"},
		{"You can find your API key at https://platform.openai.com/account/api-keys.", "You can find your API key at https://platform.openai.com/account/api-keys."},
		{"Budget has been exceeded! Key=sk-*** Current cost: 1.0", "Budget has been exceeded! Key=sk-*** Current cost: 1.0"},
		{"key not allowed to access model gpt-4o-mini-2024-07-18", "key not allowed to access model gpt-4o-mini-2024-07-18"},
		{"Use Bearer authentication", "Use Bearer authentication"},
		{"token limit 8192 of meta-llama/Llama-3.3-70B-Instruct", "token limit 8192 of meta-llama/Llama-3.3-70B-Instruct"},
		{"Unsupported parameter: 'max_tokens'", "Unsupported parameter: 'max_tokens'"},
		{"", ""},
	}
	for _, tt := range tests {
		require.Equal(t, tt.want, mask(tt.in))
	}
}

func TestClean(t *testing.T) {
	require.Equal(t, "a b c", clean("a\r\n\tb\u2028c\x00\x07", 100))
	require.Equal(t, "日", clean("日本", 5))
	require.Equal(t, "x y", clean("\x1b x\u202ey\u0085", 100))
	require.Len(t, clean("ы"+string(make([]byte, 10)), 100), 2)
}

// OpenRouter's error_type stands beside the message, sometimes with no number at all, and has to suffice then.
func TestErrorTypesWithoutNumber(t *testing.T) {
	for errorType, want := range map[string]Kind{
		"context_length_exceeded": KindContextLength, "max_tokens_exceeded": KindInvalidRequest, "token_limit_exceeded": KindContextLength,
		"string_too_long": KindInvalidRequest, "invalid_request": KindInvalidRequest, "invalid_prompt": KindInvalidRequest,
		"content_policy_violation": KindModeration, "refusal": KindModeration, "authentication": KindAuth, "payment_required": KindQuota,
		"permission_denied": KindPermission, "not_found": KindNotFound, "precondition_failed": KindInvalidRequest, "payload_too_large": KindTooLarge,
		"unprocessable": KindInvalidRequest, "rate_limit_exceeded": KindRateLimit, "server": KindServer, "unmapped": KindServer,
		"provider_unavailable": KindUpstream, "provider_overloaded": KindOverloaded, "timeout": KindTimeout,
	} {
		for _, body := range []string{
			`{"error":{"message":"x","error_type":"` + errorType + `"}}`,
			`{"error":{"message":"x","metadata":{"error_type":"` + errorType + `"}}}`,
			`{"error":{"message":"x"},"error_type":"` + errorType + `"}`,
		} {
			r, refused := InBand(nil, 200, "", []byte(body), time.Time{})
			require.True(t, refused)
			require.Equal(t, want, r.Kind, body)
			require.Equal(t, errorType, r.Type)
		}
	}
}

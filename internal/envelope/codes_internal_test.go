package envelope

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// One code in two rows would mean whatever the later row says.
func TestCodesAreUnique(t *testing.T) {
	seen := map[string]string{}
	for _, row := range codeTable {
		for name := range strings.FieldsSeq(row.names) {
			require.NotContains(t, seen, name, "also %s", seen[name])
			seen[name] = row.kind
			for _, c := range name {
				require.True(t, c >= 'a' && c <= 'z' || c >= '0' && c <= '9', name)
			}
		}
	}
}

func TestLookup(t *testing.T) {
	tests := []struct{ code, want string }{
		{"insufficient_quota", quota},
		{"insufficient_user_quota", quota},
		{"InsufficientQuota", quota},
		{"INSUFFICIENT-QUOTA", quota},
		{"Arrearage", quota},
		{"AccountOverdueError", quota},
		{"AllocationQuota.FreeTierOnly", quota},
		{"budget_exceeded", quota},
		{"1113", quota},
		{"1008", quota},
		{"openrouter_key_limit", quota},
		// A quota that is a rate.
		{"request_quota_exceeded", rateLimit},
		{"Throttling.RateQuota", rateLimit},
		{"Throttling.AllocationQuota", rateLimit},
		{"Throttling.SomethingNew", rateLimit},
		{"1302", rateLimit},
		{"in_flight_budget_exhausted", rateLimit},
		{"RESOURCE_EXHAUSTED", rateLimit},
		{"com.amazon.coral.service#ThrottlingException", rateLimit},
		{"ThrottlingException:http://internal.amazon.com/coral/com.amazon.bedrock/", rateLimit},
		{"policies.ratelimit.SpikeArrestViolation", rateLimit},
		{"context_length_exceeded", contextLength},
		{"ContextWindowExceededError", contextLength},
		{"exceed_context_size_error", contextLength},
		{"context_exceed", contextLength},
		{"1261", contextLength},
		{"litellm.ContentPolicyViolationError", moderation},
		{"pii_blocked", moderation},
		{"ResponsibleAIPolicyViolation", moderation},
		{"InputImageSensitiveContentDetected.PrivacyInformation", moderation},
		{"invalid_api_key", auth},
		{"oauth.v2.InvalidApiKey", auth},
		{"AuthFailure.SignatureFailure", auth},
		{"unsupported_country_region_territory", permission},
		{"AccessDeniedException", permission},
		{"model_not_found", notFound},
		{"DeploymentNotFound", notFound},
		{"overloaded_error", overloaded},
		{"ModelNotReadyException", overloaded},
		{"modelStreamErrorException", upstream},
		{"upstream_stream_error", upstream},
		{"DEADLINE_EXCEEDED", timeout},
		{"invalid_request_error", invalidRequest},
		{"BadRequestError", invalidRequest},
		{"server_error", server},
		// No substrings, no guesses.
		{"my_insufficient_quota_handler", ""},
		{"quota", ""},
		{"error", ""},
		{"Exception", ""},
		{"", ""},
		{".", ""},
		{"недостаточно", ""},
		{strings.Repeat("a", 1000), ""},
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
		// Not keys.
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
	for errorType, want := range map[string]string{
		"context_length_exceeded": contextLength, "max_tokens_exceeded": invalidRequest, "token_limit_exceeded": contextLength,
		"string_too_long": invalidRequest, "invalid_request": invalidRequest, "invalid_prompt": invalidRequest,
		"content_policy_violation": moderation, "refusal": moderation, "authentication": auth, "payment_required": quota,
		"permission_denied": permission, "not_found": notFound, "precondition_failed": invalidRequest, "payload_too_large": tooLarge,
		"unprocessable": invalidRequest, "rate_limit_exceeded": rateLimit, "server": server, "unmapped": server,
		"provider_unavailable": upstream, "provider_overloaded": overloaded, "timeout": timeout,
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

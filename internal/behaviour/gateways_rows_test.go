package behaviour_test

import (
	"fmt"
	"testing"
	"testing/synctest"
)

// gatewayRows are what gateways made of a provider's faults, and of good answers, when
// they were run before one: bytes as they sent them, shortened. The classes are the end
// of an answer, refusals that lost their status, and counts.
var gatewayRows = []threadRow{
	{name: "Portkey before Anthropic: overloaded before any text", body: ev(`{"id":"anthropic-1","object":"chat.completion.chunk","model":"","provider":"anthropic","choices":[{"finish_reason":"overloaded_error","delta":{"content":""}}]}`, end),
		kinds: "overloaded", retried: "yes"},
	{name: "Portkey before Anthropic: the rate before any text", body: ev(`{"choices":[{"finish_reason":"rate_limit_error","delta":{"content":""}}]}`, end), kinds: "rate_limit", retried: "yes"},
	{name: "Portkey before Anthropic: its own failure", body: ev(`{"choices":[{"finish_reason":"api_error","delta":{"content":""}}]}`, end), kinds: "server", retried: "yes"},
	{name: "Portkey before Anthropic: overloaded after text, whole too", body: `{"choices":[{"index":0,"message":{"role":"assistant","content":"hey"},"finish_reason":"overloaded_error"}]}`, kinds: "overloaded"},
	{name: "Portkey before Cohere and others: an error without a name", body: ev(`{"choices":[{"index":0,"delta":{},"finish_reason":"error"}]}`, end), kinds: "upstream", retried: "yes"},

	{name: "Portkey: a page under 200", body: `{"error":{"message":"Invalid response received from deepseek: {\"html-message\":\"<html>\\r\\n<head><title>200 OK</title></head>\\r\\n<body>\\r\\n<h1>200 OK</h1>\\r\\n</body>\\r\\n</html>\\r\\n\"}","type":null,"param":null,"code":null},"provider":"deepseek"}`,
		kinds: "upstream", retried: "yes"},
	{name: "Portkey: a text under 200", body: `{"error":{"message":"Invalid response received from deepseek: {\"html-message\":\"Service is starting\"}","type":null,"param":null,"code":null},"provider":"deepseek"}`, kinds: "upstream", retried: "yes"},
	{name: "Portkey: another API's answer under 200", body: `{"error":{"message":"Invalid response received from ollama: {\"model\":\"llama3\",\"message\":{\"role\":\"assistant\",\"content\":\"hey\"},\"done\":true,\"done_reason\":\"stop\",\"eval_count\":5}","type":null,"param":null,"code":null},"provider":"ollama"}`, kinds: "upstream", retried: "yes"},
	{name: "Portkey before Gemini: a blocked prompt", body: `{"error":{"message":"Invalid response received from google: {\"promptFeedback\":{\"blockReason\":\"PROHIBITED_CONTENT\"},\"usageMetadata\":{\"promptTokenCount\":10,\"totalTokenCount\":10},\"modelVersion\":\"gemini-2.0-flash\"}","type":null,"param":null,"code":null},"provider":"google"}`,
		kinds: "moderation", retried: "no"},
	{name: "Gemini's own form of a blocked prompt", body: `{"promptFeedback":{"blockReason":"SAFETY","safetyRatings":[{"category":"HARM_CATEGORY_HARASSMENT","probability":"HIGH"}]},"usageMetadata":{"promptTokenCount":10,"totalTokenCount":10}}`, kinds: "moderation", retried: "no"},
	{name: "ratings of a prompt that is not blocked", body: `{"choices":[{"index":0,"message":{"role":"assistant","content":"hey"},"finish_reason":"stop"}],"promptFeedback":{"safetyRatings":[{"category":"HARM_CATEGORY_HARASSMENT","probability":"LOW"}]}}`, want: "hey|||stop"},

	{name: "aimock: 502 before a refusal of a field", status: 502, body: `{"error":{"message":"Invalid value: 'x'.","type":"invalid_request_error","param":"temperature","code":"invalid_value"}}`, kinds: "invalid_request", retried: "no"},
	{name: "aimock: 502 before a validator's list", status: 502, body: `{"detail":[{"loc":["body","messages"],"msg":"field required","type":"value_error.missing"}]}`, kinds: "invalid_request", retried: "no"},
	{name: "aimock: 502 before a refusal that names nothing", status: 502, body: `{"error":{"message":"The request was not understood.","type":"invalid_request_error","param":null,"code":null}}`, kinds: "upstream", retried: "yes"},
	{name: "aimock: 502 for a provider that was silent", status: 502, body: `{"error":{"message":"Proxy to upstream failed: Upstream request timed out after 2s: http://127.0.0.1:9/v1/chat/completions","type":"proxy_error"}}`, kinds: "timeout"},
	{name: "one-api: 500 for a provider that was silent", status: 500, body: `{"error":{"message":"Post \"http://127.0.0.1:9/v1/chat/completions\": context deadline exceeded (Client.Timeout exceeded while awaiting headers)","type":"one_api_error","param":"","code":"do_request_failed"}}`, kinds: "timeout"},
	{name: "one-api: 500 for a provider that could not be reached", status: 500, body: `{"error":{"message":"Post \"http://127.0.0.1:9/v1/chat/completions\": dial tcp 127.0.0.1:9: i/o timeout","type":"one_api_error","param":"","code":"do_request_failed"}}`, kinds: "upstream", retried: "yes"},

	{name: "Portkey before Anthropic: the cache apart from the prompt", body: ev(d(`{"role":"assistant","content":"hey"}`), `{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":10,"cache_read_input_tokens":4000,"cache_creation_input_tokens":0,"completion_tokens":5,"total_tokens":4015,"prompt_tokens_details":{"cached_tokens":4000}}}`, end),
		want: "hey|||stop|4010/5", usage: "4010/5/4015/4000/0"},
	{name: "Portkey before Anthropic: written to the cache, whole", body: `{"choices":[{"index":0,"message":{"role":"assistant","content":"hey"},"finish_reason":"stop"}],"usage":{"prompt_tokens":10,"completion_tokens":5,"total_tokens":315,"cache_read_input_tokens":200,"cache_creation_input_tokens":100}}`,
		want: "hey|||stop|310/5", usage: "310/5/315/200/0"},
	{name: "the cache as a part of the prompt", body: `{"choices":[{"index":0,"message":{"role":"assistant","content":"hey"},"finish_reason":"stop"}],"usage":{"prompt_tokens":4010,"completion_tokens":5,"total_tokens":4015,"prompt_tokens_details":{"cached_tokens":4000}}}`,
		want: "hey|||stop|4010/5", usage: "4010/5/4015/4000/0"},

	{name: "Portkey before Anthropic: thoughts in blocks, streamed", body: ev(d(`{"role":"assistant","content":""}`), block(0, `{"thinking":"","signature":""}`), block(0, `{"thinking":"hm,"}`), block(0, `{"thinking":" well"}`), block(0, `{"signature":"SIG"}`),
		block(1, `{"data":"ENC"}`), block(2, `{"text":""}`), d(`{"content":"he","content_blocks":[{"index":2,"delta":{"text":"he"}}]}`), d(`{"content":"y","content_blocks":[{"index":2,"delta":{"text":"y"}}]}`), `{"choices":[{"index":0,"delta":{},"finish_reason":"end_turn"}]}`, end),
		want: "hey|hm, well||end_turn", not: []string{`"reasoning":"`, `"index"`, `"delta"`},
		back: []string{`"content_blocks":[{"type":"thinking","thinking":"hm, well","signature":"SIG"},{"type":"redacted_thinking","data":"ENC"},{"type":"text","text":"hey"}]`}},
	{name: "Portkey before Anthropic: thoughts in blocks, whole", body: w(`{"role":"assistant","content":"hey","content_blocks":[{"type":"thinking","thinking":"hm","signature":"SIG"},{"type":"text","text":"hey"}]}`, `"stop"`),
		want: "hey|hm||stop", back: []string{`"content_blocks":[{"type":"thinking","thinking":"hm","signature":"SIG"},{"type":"text","text":"hey"}]`}, not: []string{`"reasoning":"`}},
	{name: "Portkey before Gemini: blocks beside the content of the same chunk", body: ev(d(`{"role":"assistant","content":"","content_blocks":[{"index":0,"delta":{"thinking":"hm"}}]}`), d(`{"content":"hey","content_blocks":[{"index":1,"delta":{"text":"hey"}}]}`), f("stop"), end),
		want: "hey|hm||stop", back: []string{`"content_blocks":[{"type":"thinking","thinking":"hm"},{"type":"text","text":"hey"}]`}},
	{name: "claude-code-router before Gemini: thoughts in an object", body: ev(d(`{"role":"assistant","content":null,"thinking":{"content":"hm"}}`), d(`{"role":"assistant","content":null,"thinking":{"signature":"ccr_1"}}`), `{"choices":[{"delta":{"role":"assistant","content":"hey"},"finish_reason":"stop","index":1}]}`),
		want: "hey|hm||stop"},
}

func block(index int, delta string) string {
	return fmt.Sprintf(`{"choices":[{"index":0,"delta":{"content_blocks":[{"index":%d,"delta":%s}]}}]}`, index, delta)
}

// Answers of gateways mean what the provider behind them meant, as far as they let it
// be known.
func TestGateways(t *testing.T) {
	for _, r := range gatewayRows {
		for _, mode := range []string{"chat", "stream"} {
			t.Run(r.name+"/"+mode, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { r.judge(t, mode == "stream") })
			})
		}
	}
}

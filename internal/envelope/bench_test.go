package envelope_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/buoy-go/buoy/internal/envelope"
)

// usual is what a decoder meets most: OpenAI's object with a code.
var usual = []byte(`{
  "error": {
    "message": "Rate limit reached for gpt-4o in organization org-000 on tokens per min (TPM): Limit 30000, Used 29000, Requested 2000. Please try again in 2s.",
    "type": "tokens",
    "param": null,
    "code": "rate_limit_exceeded"
  }
}`)

func BenchmarkParse(b *testing.B) {
	h := http.Header{
		"Content-Type": {"application/json"}, "X-Request-Id": {"req_1"}, "Server": {"cloudflare"}, "Retry-After": {"2"},
		"X-Ratelimit-Limit-Tokens": {"30000"}, "X-Ratelimit-Remaining-Tokens": {"1000"}, "X-Ratelimit-Reset-Tokens": {"2s"},
	}
	for name, body := range map[string][]byte{
		"openai": usual,
		"quota":  []byte(`{"error":{"message":"You exceeded your current quota, please check your plan and billing details. For more information on this error, read the docs: https://platform.openai.com/docs/guides/error-codes/api-errors.","type":"insufficient_quota","param":null,"code":"insufficient_quota"}}`),
		"text":   []byte(`{"type":"error","error":{"type":"invalid_request_error","message":"Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits."}}`),
		"nested": []byte(`{"error":{"message":"Provider returned error","code":400,"metadata":{"raw":"{\"error\":{\"type\":\"invalid_request_error\",\"message\":\"at most 1 image per prompt.\"}}","provider_name":"Crucible"}}}`),
		"html":   []byte("<html>\n<head><title>502 Bad Gateway</title></head>\n<body>\n<center><h1>502 Bad Gateway</h1></center>\n</body>\n</html>\n"),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				envelope.Parse(429, h, body, fixed)
			}
		})
	}
	// The yardstick: the same bytes into a struct, and nothing understood.
	b.Run("encoding_json", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var v struct {
				Error struct {
					Message, Type string
					Param, Code   any
				}
			}
			if err := json.Unmarshal(usual, &v); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkInBand(b *testing.B) {
	for name, body := range map[string][]byte{
		"answer_64k":       []byte(`{"id":"1","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"` + strings.Repeat("A word. ", 8<<10) + `"},"finish_reason":"stop"}]}`),
		"answer_of_errors": []byte(`{"id":"1","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"` + strings.Repeat("error ", 8<<10) + `"},"finish_reason":"stop"}]}`),
		"chunk":            []byte(`{"id":"1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":null}]}`),
		"refusal":          usual,
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				envelope.InBand(nil, 200, "", body, fixed)
			}
		})
	}
}

// The id of each reply is read, and looked through for a key.
func BenchmarkRequestID(b *testing.B) {
	for _, id := range []string{"req_3a1f6c0e8b7d4f52", "req_3f9a1c07be5d4286a9e0d37c15fb8264", "8f14e45f-ceea-467f-a5d1-3b2c9b0e7a64", "chatcmpl-CbRkMHFQ8UyEJ0m0bq1mZTkJH1kLp"} {
		b.Run(id, func(b *testing.B) {
			h := http.Header{"Content-Type": {"application/json"}, "X-Request-Id": {id}}
			b.ReportAllocs()
			for b.Loop() {
				if envelope.RequestID(h) != id {
					b.Fatal("it has no key")
				}
			}
		})
	}
}

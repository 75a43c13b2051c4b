package envelope_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/buoy-go/buoy/internal/envelope"
	"github.com/buoy-go/buoy/internal/hint"
)

// A reply may be cut anywhere: at 64 KiB, by a proxy, by a gateway that shortens what it forwards. The status, the
// headers and the bytes stay, and no cut makes a number into another kind of refusal.
func TestCutAtEveryByte(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(fixtures, "*", "*.http"))
	require.NoError(t, err)
	for _, file := range files {
		status, h, body := readReply(t, file)
		h.Set("X-Request-Id", "req_cut")
		h.Set("Retry-After", "7")
		for n := range body {
			// The full check at each byte of 420 files would take longer than all other tests together.
			checked := n%16 == 0
			if status >= 300 {
				r := envelope.Parse(status, h, body[:n:n], fixed)
				if checked {
					check(t, r, status, body[:n])
				}
				if r.RequestID != "req_cut" || r.RetryAfter < 7*time.Second || r.StatusCode != status || len(r.Body) != n {
					t.Fatalf("%s cut at %d: %+v", file, n, r)
				}
				continue
			}
			if r, refused := envelope.InBand(h, status, "", body[:n:n], fixed); refused && checked {
				check(t, r, status, body[:n])
			}
		}
	}
}

func TestCutKeepsCodeAndSentence(t *testing.T) {
	body := `{"error":{"code":"insufficient_quota","type":"insufficient_quota","message":"` + strings.Repeat("no money ", 20_000) + `"}}`
	r := envelope.Parse(429, nil, []byte(body), fixed)
	require.Equal(t, envelope.KindQuota, r.Kind)
	require.Equal(t, "insufficient_quota", r.Code)
	require.True(t, strings.HasPrefix(r.Message, "no money no money"))
	require.Len(t, r.Body, envelope.MaxBody)
}

func TestRequestID(t *testing.T) {
	tests := []struct {
		name string
		h    http.Header
		body string
		want string
	}{
		{"openai", http.Header{"X-Request-Id": {"a"}, "Cf-Ray": {"z"}}, `{}`, "a"},
		{"azure", http.Header{"Apim-Request-Id": {"b"}}, `{"request_id":"y"}`, "b"},
		{"openrouter", http.Header{"X-Generation-Id": {"c"}}, ``, "c"},
		{"the body before the network", http.Header{"Cf-Ray": {"z"}}, `{"error":{"message":"x"},"request_id":"d"}`, "d"},
		{"the text before the network", http.Header{"Cf-Ray": {"z"}}, `{"error":{"message":"x (request id: e12)"}}`, "e12"},
		{"one-api", http.Header{"X-Oneapi-Request-Id": {"f"}, "Cf-Ray": {"z"}}, `{"request_id":"y"}`, "f"},
		{"cloudflare's gateway", http.Header{"Cf-Aig-Log-Id": {"g"}, "Cf-Ray": {"z"}}, `{}`, "g"},
		{"the network", http.Header{"Cf-Ray": {"z"}}, `{}`, "z"},
		{"none", nil, `{"request_id":null}`, ""},
		{"an unfit one", http.Header{"X-Request-Id": {"a\nb"}}, ``, "a b"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			require.Equal(t, tt.want, envelope.Parse(500, tt.h, []byte(tt.body), fixed).RequestID)
		})
	}
	require.Equal(t, "a", envelope.RequestID(http.Header{"X-Request-Id": {"a"}}))
	require.Empty(t, envelope.RequestID(nil))
}

func TestRetryAfter(t *testing.T) {
	head := func(kv ...string) http.Header {
		h := http.Header{}
		for i := 0; i < len(kv); i += 2 {
			h.Set(kv[i], kv[i+1])
		}
		return h
	}
	tests := []struct {
		name string
		h    http.Header
		body string
		want time.Duration
	}{
		{"none", nil, `{}`, 0},
		{"header", head("Retry-After", "20"), `{}`, 20 * time.Second},
		{"the larger of header and field", head("Retry-After", "20"), `{"error":{"metadata":{"retry_after_seconds":45}}}`, 45 * time.Second},
		{"zero is legal", nil, `{"error":{"metadata":{"retry_after_seconds":0}}}`, 0},
		{"availability", nil, `{"error":{"availability":{"retry_after":40}}}`, 40 * time.Second},
		{"google", nil, `{"error":{"details":[{"retryDelay":"34.4s"}]}}`, 34400 * time.Millisecond},
		{"google, as a message", nil, `{"error":{"details":[{"retryDelay":{"seconds":34,"nanos":400000000}}]}}`, 34400 * time.Millisecond},
		{"milliseconds", nil, `{"error":{"retry_after_ms":1500}}`, 1500 * time.Millisecond},
		{"resets_at", nil, `{"error":{"resets_at":1754667660}}`, time.Minute},
		{"resets_at, a date", nil, `{"error":{"resets_at":"2025-08-08T15:41:00Z"}}`, time.Minute},
		{"detail", nil, `{"detail":{"retry_after_seconds":31}}`, 31 * time.Second},
		{"text", nil, `{"error":{"message":"Please try again in 17.359s"}}`, 17359 * time.Millisecond},
		{"a header hides the text", head("Retry-After", "3"), `{"error":{"message":"Please try again in 17s"}}`, 3 * time.Second},
		{"the text of the raw error", nil, `{"error":{"message":"x","metadata":{"raw":"busy, retry in 9s"}}}`, 9 * time.Second},
		{"metadata.headers", nil, `{"error":{"metadata":{"headers":{"Retry-After":"8"}}}}`, 8 * time.Second},
		{"a reset, nothing left", head("X-Ratelimit-Remaining-Requests", "0", "X-Ratelimit-Reset-Requests", "6m0s"), `{}`, 6 * time.Minute},
		{"a reset, something left", head("X-Ratelimit-Remaining-Requests", "1", "X-Ratelimit-Reset-Requests", "6m0s"), `{}`, 0},
		{"an explicit wait hides a reset", head("Retry-After", "1", "X-Ratelimit-Remaining-Requests", "0", "X-Ratelimit-Reset-Requests", "6m0s"), `{}`, time.Second},
		{"a text hides a reset", head("X-Ratelimit-Remaining-Requests", "0", "X-Ratelimit-Reset-Requests", "6m0s"), `{"error":"try again in 2s"}`, 2 * time.Second},
		{"too long", head("Retry-After", "1e309"), `{}`, hint.TooLong},
		{"a bad date hides nothing", head("Retry-After", "Mon, 01 Jan 100000 00:00:00 GMT"), `{"error":{"message":"Slow down"}}`, 0},
		{"negative", head("Retry-After-Ms", "-1", "Retry-After", "0.5"), `{}`, 500 * time.Millisecond},
		{"a day is a day", head("Retry-After", "86400"), `{}`, 24 * time.Hour},
		{"the waits of earlier attempts are not this one's", nil, `{"error":{"metadata":{"previous_errors":[{"retry_after":99}]}}}`, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := envelope.Parse(429, tt.h, []byte(tt.body), fixed)
			require.Equal(t, tt.want, r.RetryAfter)
			require.Equal(t, envelope.KindRateLimit, r.Kind)
		})
	}
	t.Run("a sentence about the request names no wait", func(t *testing.T) {
		r := envelope.Parse(400, nil, []byte(`{"error":"audio must end after 60 seconds, try again"}`), fixed)
		require.Zero(t, r.RetryAfter)
	})
}

func TestShouldRetry(t *testing.T) {
	yes, no := true, false
	for _, tt := range []struct {
		h    http.Header
		body string
		want *bool
	}{
		{nil, `{}`, nil},
		{http.Header{"X-Should-Retry": {"true"}}, `{}`, &yes},
		{http.Header{"X-Should-Retry": {"false"}}, `{"error":{"availability":{"retryable":true}}}`, &no},
		{http.Header{"X-Should-Retry": {"maybe"}}, `{}`, nil},
		{nil, `{"error":{"availability":{"retryable":true}}}`, &yes},
		{nil, `{"error":{"availability":{"retryable":"false"}}}`, &no},
		{nil, `{"error":{"availability":{"retryable":null}}}`, nil},
	} {
		r := envelope.Parse(404, tt.h, []byte(tt.body), fixed)
		require.Equal(t, tt.want, r.ShouldRetry)
		require.Equal(t, envelope.KindNotFound, r.Kind)
	}
}

// What may carry the prompt, the answer or the account must not reach the message.
func TestPrivacy(t *testing.T) {
	const private = "PRIVATE"
	for _, body := range []string{
		`{"error":{"message":"blocked","metadata":{"flagged_input":"PRIVATE","reasons":["x"]}}}`,
		`{"error":{"metadata":{"flagged_input":"PRIVATE"}}}`,
		`{"error":{"message":"Failed","failed_generation":"PRIVATE"}}`,
		`{"error":{"failed_generation":"{\"error\":{\"message\":\"PRIVATE\"}}"}}`,
		`{"error":{"message":"x"},"user_id":"PRIVATE"}`,
		`{"error":"unauthorized","signin_url":"https://PRIVATE"}`,
		`{"detail":[{"loc":["body"],"msg":"bad","input":"PRIVATE","ctx":{"error":"PRIVATE"}}]}`,
		`{"error":{"message":"x","metadata":{"patterns":["PRIVATE"]}}}`,
		`{"error":{"message":"x"},"messages":[{"role":"user","content":"PRIVATE"}]}`,
		`{"error":{"message":"x","metadata":{"raw":"<html><title>PRIVATE</title></html>"}}}`,
		`<html><head><title>403 Forbidden</title></head><body>PRIVATE</body></html>`,
		`{"html-message":"<html><head><title>502</title></head><body>PRIVATE</body></html>"}`,
		`{"choices":[{"message":{"content":"PRIVATE"},"error":{"message":"x"}}]}`,
	} {
		r := envelope.Parse(403, nil, []byte(body), fixed)
		for _, s := range []string{r.Message, r.Code, r.Type, r.Param} {
			require.NotContains(t, s, private, body)
		}
	}
}

func TestAdvice(t *testing.T) {
	for _, tt := range []struct {
		status     int
		body, want string
	}{
		{404, "404 page not found", "does the base URL end in /v1?"},
		{404, "", "does the base URL end in /v1?"},
		{404, `{"error":{"message":"Invalid URL (POST /chat/completions)"}}`, "does the base URL end in /v1?"},
		{404, `{"error":{"message":"The model x does not exist","code":"model_not_found"}}`, ""},
		{402, `{"error":{"message":"This request requires more credits, or fewer max_tokens."}}`, "a smaller max_tokens may fit the balance"},
		{402, `{"error":{"message":"Insufficient credits"}}`, ""},
		{500, "", ""},
	} {
		require.Equal(t, tt.want, envelope.Parse(tt.status, nil, []byte(tt.body), fixed).Advice(), tt.body)
	}
}

// AITUNNEL promises the first hundred characters of a flagged input. 256 bytes of them were kept, which is 85 of Chinese.
func TestFlaggedInputIsCutByCharacters(t *testing.T) {
	const family = "\U0001F468\u200D\U0001F469\u200D\U0001F467" // one character to a reader
	for _, tt := range []struct{ sent, kept string }{
		{strings.Repeat("禁", 100), strings.Repeat("禁", 100)},
		{strings.Repeat("😀", 100), strings.Repeat("😀", 100)},
		{strings.Repeat("ы", 300), strings.Repeat("ы", 256)},
		{strings.Repeat(family, 100), strings.Repeat(family, 100)},
		{strings.Repeat(family, 257), strings.Repeat(family, 256)},
		{strings.Repeat("a", 255) + "e\u0301x", strings.Repeat("a", 255) + "e\u0301"},
		{strings.Repeat("👍🏽", 257), strings.Repeat("👍🏽", 256)},
	} {
		r := envelope.Parse(403, nil, fmt.Appendf(nil, `{"error":{"message":"x","metadata":{"flagged_input":%q}}}`, tt.sent), fixed)
		require.Equal(t, tt.kept, r.Moderation.FlaggedInput)
	}
}

// A number as status is the code where there is no other.
func TestCodeFromStatus(t *testing.T) {
	for body, want := range map[string]string{
		`{"error":{"status":429,"message":"x"}}`:                             "429",
		`{"error":{"message":"x","status":"429"}}`:                           "429",
		`{"error":{"status":429,"message":"x","code":"slow"}}`:               "slow",
		`{"error":{"code":"slow","status":429,"message":"x"}}`:               "slow",
		`{"error":{"code":429,"message":"x","status":"RESOURCE_EXHAUSTED"}}`: "429",
		`{"error":{"code":null,"status":503}}`:                               "503",
		`{"error":{"status":"failed"}}`:                                      "",
		`{"status":404,"error":"Not Found","path":"/x"}`:                     "",
	} {
		require.Equal(t, want, envelope.Parse(429, nil, []byte(body), fixed).Code, body)
	}
}

// Hostile bodies cost no more than their size.
func TestHostileBodies(t *testing.T) {
	for name, body := range map[string]string{
		"nesting":       strings.Repeat(`{"error":`, 7000),
		"arrays":        strings.Repeat(`[`, 60_000),
		"siblings":      "{" + strings.Repeat(`"a":1,`, 10_000) + `"error":{"code":"insufficient_quota"}}`,
		"quotes":        `{"error":"` + strings.Repeat(`\"`, 30_000),
		"backslashes":   `{"error":"` + strings.Repeat(`\`, 60_000),
		"nested text":   `{"error":"` + strings.Repeat(`{{{{[[[[`, 7_000) + `"}`,
		"spaces":        strings.Repeat(" ", 60_000),
		"angles":        strings.Repeat("<", 60_000),
		"numbers":       strings.Repeat("1 in 1 after ", 5_000),
		"commas":        "[" + strings.Repeat(",", 60_000),
		"single quotes": strings.Repeat("'", 60_000),
		"links":         `{"error":"` + strings.Repeat("http://", 500) + `"}`,
	} {
		t.Run(name, func(t *testing.T) {
			began := time.Now()
			check(t, envelope.Parse(429, nil, []byte(body), fixed), 429, []byte(body))
			envelope.InBand(nil, 200, "", []byte(body), fixed)
			require.Less(t, time.Since(began), 2*time.Second)
		})
	}
}

func TestFixturesAreReadable(t *testing.T) {
	// curl prints carriage returns, and a body need not end in a line feed.
	file := filepath.Join(t.TempDir(), "x.http")
	require.NoError(t, os.WriteFile(file, []byte("HTTP/2 429 \r\nretry-after: 5\r\n\r\n{}"), 0o600))
	status, h, body := readReply(t, file)
	require.Equal(t, 429, status)
	require.Equal(t, "5", h.Get("Retry-After"))
	require.Equal(t, "{}", string(body))
}

// "Quota" is what providers call a month's money and a minute's rate. What tells them apart is whether waiting helps: a
// wait of an hour at most, in a header or in the sentence, or a sentence that counts by the minute.
func TestAQuotaThatRenewsSoonIsARate(t *testing.T) {
	const code, sentence = `{"error":{"code":"quota_exceeded","message":%q}}`, `{"error":{"message":%q}}`
	for _, tt := range []struct {
		name       string
		body       string
		status     int
		said       string
		retryAfter string
		want       envelope.Kind
	}{
		{"a code", code, 429, "no more", "", envelope.KindQuota},
		{"a code and a short wait", code, 429, "no more", "20", envelope.KindRateLimit},
		{"a code and an hour", code, 429, "no more", "3600", envelope.KindRateLimit},
		{"a code and more than an hour", code, 429, "no more", "3601", envelope.KindQuota},
		{"a code and a rate", code, 429, "5 requests per minute", "", envelope.KindRateLimit},
		{"a code and a rate in short", code, 429, "20 qps", "", envelope.KindRateLimit},
		{"a code and too fast", code, 429, "Too many requests", "", envelope.KindRateLimit},
		{"a code and a wait in words", code, 429, "try again in 20 seconds", "", envelope.KindRateLimit},
		{"a code and an hour in words", code, 429, "try again in 1 hour", "", envelope.KindRateLimit},
		{"a code and a long wait in words", code, 429, "try again in 2 hours", "", envelope.KindQuota},
		{"the header's wait is the shorter", code, 429, "try again in 2 hours", "20", envelope.KindRateLimit},
		{"a month's, whatever the wait", code, 429, "your monthly limit", "20", envelope.KindQuota},

		{"a sentence", sentence, 429, "daily limit, see billing details", "", envelope.KindQuota},
		{"a sentence and a short wait", sentence, 429, "daily limit, see billing details", "20", envelope.KindRateLimit},
		{"a sentence and an hour", sentence, 429, "daily limit, see billing details", "3600", envelope.KindRateLimit},
		{"a sentence and more than an hour", sentence, 429, "daily limit, see billing details", "3601", envelope.KindQuota},
		{"a 400 is no rate", sentence, 400, "daily limit, see billing details", "20", envelope.KindQuota},
		{"a 403 is no rate", sentence, 403, "daily limit, see billing details", "20", envelope.KindQuota},
		{"a clear sentence", sentence, 429, "insufficient balance", "20", envelope.KindQuota},
		{"no word of a quota", sentence, 400, "rate limit exceeded", "20", envelope.KindRateLimit},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := http.Header{}
			if tt.retryAfter != "" {
				h.Set("Retry-After", tt.retryAfter)
			}
			r := envelope.Parse(tt.status, h, fmt.Appendf(nil, tt.body, tt.said), fixed)
			require.Equal(t, labels[tt.want], labels[r.Kind])
		})
	}
}

// A code that only repeats the status gives way to a sentence that can mean nothing else, and only where such a code is
// known to stand in front of such a sentence.
func TestAClearSentenceOutranksABroadCode(t *testing.T) {
	const money, long, filtered, model = "Insufficient balance", "This model's maximum context length is 8192 tokens.",
		"The response was filtered by our content management policy.", "The model `x` does not exist."
	for _, tt := range []struct {
		status     int
		code, said string
		want       envelope.Kind
	}{
		{429, "rate_limit_exceeded", money, envelope.KindQuota},
		{403, "permission_denied", money, envelope.KindQuota},
		{503, "service_unavailable", money, envelope.KindQuota},
		{503, "canceled", money, envelope.KindQuota},
		{403, "unauthorized", money, envelope.KindQuota}, // nothing says that the key is bad
		{429, "request_timeout", money, envelope.KindTimeout},
		{400, "resource_exhausted", long, envelope.KindContextLength},
		{400, "unauthorized", long, envelope.KindAuth},
		{400, "permission_denied", long, envelope.KindPermission},
		{403, "permission_denied", filtered, envelope.KindModeration},
		{400, "not_supported", filtered, envelope.KindModeration},
		{400, "unavailable", filtered, envelope.KindOverloaded},
		{503, "service_unavailable", model, envelope.KindNotFound},
		{400, "not_supported", model, envelope.KindNotFound},
		{400, "permission_denied", model, envelope.KindPermission},
	} {
		t.Run(tt.code+" "+tt.said, func(t *testing.T) {
			r := envelope.Parse(tt.status, nil, fmt.Appendf(nil, `{"error":{"code":%q,"message":%q}}`, tt.code, tt.said), fixed)
			require.Equal(t, labels[tt.want], labels[r.Kind])
		})
	}
}

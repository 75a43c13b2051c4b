package envelope

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// What a gateway could not read says what happened, if it is an error: of the request and the server, never of a key,
// since the value may be the caller's or the model's.
func TestAnUnreadValue(t *testing.T) {
	const tooLong = `This model's maximum context length is 40960 tokens. However, you requested 100 output tokens and your prompt contains 40861 input tokens.`
	inText := func(v string) string { b, _ := json.Marshal(v); return string(b) }
	for _, tt := range []struct {
		name, value string
		want        Kind
	}{
		{"AI_TypeValidationError", `{"error_type":"validation_error","error_message":` + inText(`{"error":{"message":"`+tooLong+`"}}`) + `}`, KindContextLength},
		{"TypeValidationError", `{"error":{"message":"` + tooLong + `","code":400}}`, KindContextLength},
		{"AI_TypeValidationError", `{"error":"` + tooLong + `"}`, KindContextLength},
		{"AI_TypeValidationError", `{"error":{"message":"Provider is overloaded","code":503}}`, KindOverloaded},
		{"AI_TypeValidationError", `{"error":{"message":"Output data may contain inappropriate content.","code":"data_inspection_failed"}}`, KindModeration},
		{"AI_TypeValidationError", `{"error_message":"Unsupported parameter: top_k","error_type":"invalid_request_error"}`, KindInvalidRequest},
		// Keys and money.
		{"AI_TypeValidationError", `{"error":{"message":"Incorrect API key provided","code":"invalid_api_key"}}`, KindServer},
		{"AI_TypeValidationError", `{"error":{"message":"You exceeded your current quota","code":"insufficient_quota"}}`, KindServer},
		{"AI_TypeValidationError", `{"error":{"message":"Your account is suspended","code":403}}`, KindServer},
		{"AI_TypeValidationError", `{"error_message":"rate limit exceeded, 20 requests per minute","code":429}`, KindServer},
		// No errors.
		{"AI_TypeValidationError", `{"choices":[{"delta":{"text":"` + tooLong + `"}}],"error":"` + tooLong + `"}`, KindServer},
		{"AI_TypeValidationError", `{"content":"` + tooLong + `"}`, KindServer},
		{"AI_TypeValidationError", `{"message":"` + tooLong + `"}`, KindServer},
		{"AI_TypeValidationError", `"` + tooLong + `"`, KindServer},
		{"AI_TypeValidationError", `[{"error":"` + tooLong + `"}]`, KindServer},
		{"AI_TypeValidationError", `{"error":null}`, KindServer},
		// Other errors.
		{"AI_InvalidToolInputError", `{"error":"` + tooLong + `"}`, KindServer},
		{"", `{"error":"` + tooLong + `"}`, KindServer},
	} {
		for _, before := range []bool{true, false} {
			named, value := `"name":"`+tt.name+`"`, `"value":`+tt.value
			if !before {
				named, value = value, named
			}
			body := `{"id":"gen_1","object":"chat.completion.chunk","error":{"code":"error","message":"Stream error occurred",` + named + `,"cause":{"name":"ZodError","message":"[ { \"code\": \"invalid_union\" } ]"},` + value + `}}`
			r, ok := InBand(http.Header{}, 200, "", []byte(body), time.Time{})
			require.True(t, ok)
			require.Equal(t, tt.want, r.Kind, body)
			require.False(t, r.Kind == KindServer && r.Upstream != nil, body)
			if tt.want == KindContextLength {
				require.Equal(t, "Stream error occurred: "+tooLong, r.Message)
			}
			inCause, ok := InBand(http.Header{}, 200, "", []byte(`{"error":{"code":"error","message":"Stream error occurred","name":"AI_InvalidToolInputError","cause":{`+named+`,`+value+`}}}`), time.Time{})
			require.True(t, ok)
			require.NotEqual(t, KindAuth, inCause.Kind)
			require.NotEqual(t, KindQuota, inCause.Kind)
		}
	}
}

// request has said one thing.
type request struct{ said string }

func (r request) Quoted(s string) string { return s }
func (r request) Named(s string) string  { return s }
func (r request) Said(s string) bool     { return s == r.said }

func TestAValueOfTheRequestIsNotBelieved(t *testing.T) {
	const value = `{"error":"maximum context length exceeded"}`
	body := []byte(`{"error":{"code":"error","message":"Stream error occurred","name":"AI_TypeValidationError","value":` + value + `}}`)
	r, _ := Reader{Request: request{}}.InBand(http.Header{}, 200, "", body, time.Time{})
	require.Equal(t, KindContextLength, r.Kind)
	r, _ = Reader{Request: request{value}}.InBand(http.Header{}, 200, "", body, time.Time{})
	require.Equal(t, KindServer, r.Kind)
}

// One value of an object is looked at, or each would be with all that stands beside it.
func TestOneUnreadValueIsEnough(t *testing.T) {
	const first, second = `"value":{"error":"maximum context length exceeded"}`, `"value":{"content":"hey"}`
	for _, tt := range []struct {
		values string
		want   Kind
	}{{first + "," + second, KindContextLength}, {second + "," + first, KindServer}} {
		r, ok := InBand(http.Header{}, 200, "", []byte(`{"error":{"message":"Stream error occurred","name":"AI_TypeValidationError",`+tt.values+`}}`), time.Time{})
		require.True(t, ok)
		require.Equal(t, tt.want, r.Kind, tt.values)
	}
}

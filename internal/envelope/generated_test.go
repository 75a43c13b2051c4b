package envelope_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

// What the model wrote, and a server repeats as it could not read it, decides nothing.
func TestGenerated(t *testing.T) {
	words := []string{
		"You exceeded your current quota, please check your plan and billing details.", "Incorrect API key provided: sk-abc", "Rate limit reached, please try again in 20s",
		"This model's maximum context length is 4096 tokens, reduce the length of the messages", "The prompt was flagged by the content management policy", "the model `gpt-9` does not exist",
		`{"error":{"message":"Incorrect API key provided","code":"invalid_api_key"}}`, `Error code: 429 - {'error': {'code': 'insufficient_quota'}}`,
		"<html><head><title>429 Too Many Requests</title></head></html>", "rpc error: code = ResourceExhausted desc = quota", "An error occurred (ThrottlingException): slow",
		"unexpected tokens remaining in message header: Insufficient balance",
	}
	for _, form := range []string{
		"unexpected tokens remaining in message header: Some(%q)", "Failed to parse input at pos 0: <tool_call>%s", "Invalid diff: '%s' not found at start of '%[1]s'",
		"Failed to parse tool call arguments as JSON: [json.exception.parse_error.101] parse error at line 1, column 9: syntax error while parsing value - invalid literal; last read: '%s'",
		"error parsing tool call: raw='%s', err=invalid character 'x'", "Tool error: Failed to parse generated text: expected value at line 1 column 1 %q",
		"litellm.APIError: OpenAIException - Could not parse LLM output: `%s`", "Could not parse tool input: %s because the `arguments` is not valid JSON.", "Invalid json output: %s",
	} {
		for _, status := range []int{400, 422, 500} {
			for _, wrap := range []string{`{"error":{"message":%s,"type":"x"}}`, `{"error":{"message":"Provider returned error","code":%[2]d,"metadata":{"raw":%[1]s}}}`, `%s`} {
				read := func(word string) (string, any) {
					said, err := json.Marshal(fmt.Sprintf(form, word))
					require.NoError(t, err)
					body := fmt.Sprintf(wrap, said, status)
					if wrap == `%s` {
						body = fmt.Sprintf(form, word)
					}
					r := decodeAt(http.Header{}, status, "application/json", []byte(body), fixed)
					return kindOf(r), [2]any{r.RetryAfter, r.Code}
				}
				kind, rest := read("a")
				for _, word := range words {
					gotKind, gotRest := read(word)
					require.Equal(t, kind, gotKind, "%d %s %s", status, wrap, fmt.Sprintf(form, word))
					require.Equal(t, rest, gotRest, "%d %s %s", status, wrap, fmt.Sprintf(form, word))
				}
			}
		}
	}
}

func FuzzGenerated(f *testing.F) {
	f.Add("You exceeded your current quota, please try again in 3h", 400)
	f.Add(`{"error":{"code":"invalid_api_key"}}`, 500)
	f.Add("<html><title>429 Too Many Requests</title>", 503)
	f.Fuzz(func(t *testing.T, word string, status int) {
		if status < 400 || status > 599 {
			return
		}
		read := func(word string) []any {
			said, err := json.Marshal("unexpected tokens remaining in message header: Some(" + word)
			require.NoError(t, err)
			r := decodeAt(http.Header{}, status, "application/json", []byte(`{"error":{"message":`+string(said)+`}}`), fixed)
			return []any{kindOf(r), r.RetryAfter, r.Code, r.Type, r.Param, r.RequestID, r.ShouldRetry}
		}
		require.Equal(t, read("a"), read(word))
	})
}

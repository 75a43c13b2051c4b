package behaviour_test

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/buoy-go/buoy"
	"github.com/stretchr/testify/require"
)

// What a validator lists may be about the request or about the server's own answer: the place that it names tells which,
// and the words in that place tell nothing else. llama-cpp-python sends such lists as the text of a 500, see its thread 113.
func TestValidationDumps(t *testing.T) {
	const (
		wrapper = "[ErrorWrapper(exc=MissingError(), loc=('body', '%s')), 'Field required']"
		cut     = `1 validation errors: {'type': 'missing', 'loc': ('response', 'choices', '%s', 'Field required`
		input   = `'msg': 'Field required', 'input': {'role': 'assistant', 'content': "Hello! I'm Qwen, a large language model."}}`
		second  = `{'type': 'missing', 'loc': ('response', 'CreateChatCompletionResponse', 'choices', 0, 'logprobs'), 'msg': 'Field required', 'input': {'index': 0}}`
		answers = `{'type': 'missing', 'loc': ('response', 'CreateChatCompletionResponse', 'choices', 0, 'message', '%s'), `
		request = `{'type': 'missing', 'loc': ('body', '%s'), 'msg': 'Field required', 'input': {'model': 'x'}}`
		ofAsked = `{"type":"missing","loc":["body","%s"],"msg":"Field required","input":{"model":"x"}}`
		ofReply = `{"type":"missing","loc":["response","choices",0,"message","%s"],"msg":"Field required","input":{"index":0}}`
	)
	inText := func(dump string) string {
		return fmt.Sprintf(`{"error":{"message":%s,"type":"internal_server_error","param":null,"code":null}}`, strconv.Quote(dump))
	}
	for name, shape := range map[string]struct {
		body     string
		statuses []int
		kind     buoy.Kind
	}{
		"a dump of its answer":         {inText("2 validation errors:\n  " + answers + input + "\n  " + second), []int{500}, "server"},
		"a list of its answer":         {inText("[" + answers + input + ", " + second + "]"), []int{500}, "server"},
		"a list of its answer, quoted": {inText("[" + ofReply + "]"), []int{500}, "server"},
		"JSON of its answer":           {`{"detail":[` + ofReply + `]}`, []int{500}, "server"},
		"JSON of its answer, nested":   {`{"error":{"message":[` + ofReply + `],"type":"internal_server_error"}}`, []int{500}, "server"},
		"a dump that is cut":           {inText(cut), []int{500}, "server"},
		"wrappers of the request":      {inText(wrapper), []int{400, 422}, "invalid_request"},
		"a dump of the request":        {inText("1 validation errors:\n  " + request), []int{400, 422, 500}, "invalid_request"},
		"a list of the request":        {inText("[" + request + "]"), []int{400, 422, 500}, "invalid_request"},
		"a bare list of the request":   {`{"object":"error","message":"[` + request + `]"}`, []int{400, 422, 500}, "invalid_request"},
		"a quoted list of the request": {inText("[" + ofAsked + "]"), []int{400, 422, 500}, "invalid_request"},
		"JSON of the request":          {`{"detail":[` + ofAsked + `]}`, []int{400, 422, 500, 502}, "invalid_request"},
		"JSON of the request, nested":  {`{"error":{"message":[` + ofAsked + `],"type":"invalid_request_error"}}`, []int{400, 422, 500}, "invalid_request"},
	} {
		for _, field := range []string{"refusal", "logprobs", "insufficient_quota", "content_filter", "rate_limit_exceeded", "invalid_api_key",
			"context_length_exceeded", "moderation", "billing", "overloaded", "timeout", "model_not_found", "insufficient quota", "Rate limit reached", "model overloaded"} {
			for _, status := range shape.statuses {
				t.Run(fmt.Sprint(name, "/", field, "/", status), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						asked := 0
						c := clientOf(t, false, func(*http.Request) (*http.Response, error) {
							asked++
							return reply(status, "application/json", io.NopCloser(strings.NewReader(fmt.Sprintf(shape.body, field)))), nil
						}, buoy.WithRetry(buoy.RetryPolicy{MaxAttempts: 2}))
						_, _, err := answerOf(t, c, hello, false)
						require.Equal(t, shape.kind, buoy.KindOf(err), "%v", err)
						require.Equal(t, shape.kind == "server", asked == 2, "%d requests for %v", asked, err)
						require.ErrorContains(t, err, "Field required")
						require.NotContains(t, err.Error(), "Qwen")
					})
				})
			}
		}
	}
}

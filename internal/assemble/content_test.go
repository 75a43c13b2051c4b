package assemble

import (
	"testing"

	"github.com/buoy-go/buoy/chat"
	"github.com/stretchr/testify/require"
)

func TestNoContent(t *testing.T) {
	for _, test := range []struct {
		body string
		want bool
	}{
		{`{"choices":[]}`, true},
		{`{"choices":null}`, true},
		{`{"choices":[{"message":{"content":null},"finish_reason":"stop"}]}`, true},
		{`{"choices":[{"message":{"content":""},"finish_reason":null}]}`, true},
		{`{"choices":[{"message":{"content":"","tool_calls":[],"reasoning_details":[]},"finish_reason":"tool_calls"}]}`, true},
		{`{"choices":[{"message":{"content":[{"type":"text","text":""}]},"finish_reason":"stop"}]}`, true},
		{`{"choices":[{"message":null}]}`, true},
		{`{"choices":[{"message":{"content":" "},"finish_reason":"stop"}]}`, false},
		{`{"choices":[{"message":{"content":""}},{"message":{"content":"x"}}]}`, false},
		{`{"choices":[{"message":{"content":null,"refusal":"no"},"finish_reason":"stop"}]}`, false},
		{`{"choices":[{"message":{"content":null,"tool_calls":[{"id":"a","function":{"name":"f","arguments":""}}]},"finish_reason":"tool_calls"}]}`, false},
		{`{"choices":[{"message":{"content":null,"function_call":{"name":"f","arguments":""}}}]}`, false},
		{`{"choices":[{"message":{"content":null,"audio":{"id":"a","data":"QQ=="}}}]}`, false},
		{`{"choices":[{"message":{"content":"","reasoning":"hm"},"finish_reason":"stop"}]}`, false},
		{`{"choices":[{"message":{"content":"","reasoning_details":[{"type":"reasoning.encrypted"}]},"finish_reason":"stop"}]}`, false},
		{`{"choices":[{"message":{"content":"","images":[{"type":"image_url"}]},"finish_reason":"stop"}]}`, false},
		{`{"choices":[{"message":{"content":[{"type":"image_url","image_url":{"url":"u"}}]},"finish_reason":"stop"}]}`, false},
		{`{"choices":[{"message":{"content":""},"finish_reason":"length"}]}`, false},
		{`{"choices":[{"message":{"content":""},"finish_reason":"content_filter"}]}`, true},
		{`{"choices":[{"message":{"content":""},"finish_reason":"blacklist"}]}`, true},
		{`{"choices":[{"message":{"content":""},"finish_reason":"sensitive"}]}`, true},
		{`{"choices":[{"message":{"content":""},"finish_reason":"function_call_filter: MALFORMED_FUNCTION_CALL"}]}`, true},
	} {
		var r chat.Response
		_, err := chat.DecodeResponse([]byte(test.body), &r)
		require.NoError(t, err)
		require.Equal(t, test.want, NoContent(&r), test.body)
	}
}

package behaviour_test

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/chat"
	"github.com/stretchr/testify/require"
)

// Refusals, whole and streamed, have the kind that they should, and are asked again where
// that may help.
func TestThreadRefusals(t *testing.T) {
	for _, r := range slices.Concat(refusalRows, moreRefusalRows, furtherRefusalRows, laterRefusalRows, fifthRefusalRows, sixthRefusalRows, seventhRefusalRows, eighthRefusalRows, ninthRefusalRows) {
		for _, mode := range []string{"chat", "stream"} {
			t.Run(r.name+"/"+mode, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { r.judge(t, mode == "stream") })
			})
		}
	}
}

func (r *refusalRow) judge(t *testing.T, streamed bool) {
	contentType := "application/json"
	switch {
	case strings.HasPrefix(r.body, "<"):
		contentType = "text/html"
	case strings.HasPrefix(r.body, "data:"), strings.HasPrefix(r.body, "event:"):
		contentType = "text/event-stream"
	case !strings.HasPrefix(r.body, "{") && !strings.HasPrefix(r.body, "["):
		contentType = "text/plain"
	}
	asked := 0
	c := clientOf(t, false, func(*http.Request) (*http.Response, error) {
		asked++
		return reply(r.status, contentType, io.NopCloser(strings.NewReader(r.body))), nil
	}, buoy.WithRetry(buoy.RetryPolicy{MaxAttempts: 3}))
	_, _, err := answerOf(t, c, hello, streamed)
	require.Contains(t, strings.Split(r.kinds, "|"), string(buoy.KindOf(err)), "%v", err)
	require.False(t, r.retried == "yes" && asked < 2 || r.retried == "no" && asked > 1, "%d requests for %v", asked, err)
	if r.wait != 0 {
		wait, _ := buoy.RetryAfter(err)
		require.Equal(t, r.wait, wait)
	}
}

// A refusal that repeats a name of the request says nothing by it.
func TestThreadRefusalsOfNames(t *testing.T) {
	for name, message := range map[string]string{
		"rate_limit_exceeded": `Invalid schema for function 'rate_limit_exceeded': 'limit' is not of type 'object'`,
		"content_policy":      `Invalid schema for function 'content_policy': 'rule' is not of type 'object'`,
		"insufficient_quota":  `Tool insufficient_quota: description is too short`,
	} {
		t.Run(name, func(t *testing.T) {
			c := clientOf(t, false, func(*http.Request) (*http.Response, error) {
				return reply(400, "application/json", io.NopCloser(strings.NewReader(errorOf(message)))), nil
			})
			request := hello
			request.Tools = []chat.Tool{chat.FunctionTool(name, "", nil)}
			_, _, err := answerOf(t, c, request, false)
			require.Equal(t, "invalid_request", string(buoy.KindOf(err)), "%v", err)
		})
	}
}

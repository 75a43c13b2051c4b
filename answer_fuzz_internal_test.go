package buoy

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"testing"
	"time"
)

// replyWith is a network of one answer.
type replyWith struct {
	body        []byte
	contentType string
}

func (r replyWith) RoundTrip(*http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: 200, ProtoMajor: 1, Header: http.Header{"Content-Type": {r.contentType}}, ContentLength: -1,
		Body: io.NopCloser(bytes.NewReader(r.body))}, nil
}

// FuzzReply: whatever comes with a 200, whole or as a stream, ends soon, as an answer
// with something in it or as an error that says why.
func FuzzReply(f *testing.F) {
	for _, seed := range []string{
		`{"choices":[{"message":{"content":"hey"},"finish_reason":"stop"}]}`, `{"data":{"choices":[{"message":{"content":"hey"},"finish_reason":null}]}}`,
		`[{"choices":[]}]`, "null", "", "data: ping\n\n", "data: {\"choices\":[{\"delta\":{\"content\":\"a\"},\"finish_reason\":\"stop\"}]}\ndata: null\n\n",
		"x: 1\ndata: error: boom\n\n", "data: {\"choices\":[]}{\"choices\":[]}\n\ndata: [DONE]\n\n", "\x1f\x8b\b\x00", "event: error\ndata: {\"usage\":{\"total_tokens\":1}}\n\n",
	} {
		f.Add([]byte(seed), true)
		f.Add([]byte(seed), false)
	}
	f.Fuzz(func(t *testing.T, body []byte, events bool) {
		r := replyWith{body, "application/json"}
		if events {
			r.contentType = "text/event-stream"
		}
		c, err := New(Endpoint{BaseURL: "https://desk.example/v1"}, WithHTTPClient(&http.Client{Transport: r}),
			WithRetry(RetryPolicy{MaxAttempts: 1}), WithBreaker(BreakerPolicy{Disabled: true}))
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		req := Request{Model: "m", Messages: []Message{User("hi")}}
		check := func(resp *Response, err error) {
			if err == nil && (resp == nil || len(resp.Choices) == 0) {
				t.Fatalf("%q is an answer without a choice", body)
			}
			if _, ok := errors.AsType[*CallError](err); err != nil && !ok || KindOf(err) == ErrTimeout {
				t.Fatalf("%q: %v", body, err)
			}
		}
		resp, err := c.Chat(ctx, req)
		check(resp, err)
		s, err := c.Stream(ctx, req)
		if err == nil {
			for s.Next() {
			}
			resp, err = s.Response(), s.Err()
		}
		check(resp, err)
	})
}

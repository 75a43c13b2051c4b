package buoy_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/buoy-go/buoy"
	"github.com/stretchr/testify/require"
)

// canned answers every request at once, after it has read its body.
type canned struct {
	status int
	body   string
}

func (c canned) RoundTrip(r *http.Request) (*http.Response, error) {
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		return nil, err
	}
	return &http.Response{
		StatusCode: c.status, ProtoMajor: 1, ProtoMinor: 1, Request: r,
		Header: http.Header{}, ContentLength: -1, Body: io.NopCloser(strings.NewReader(c.body)),
	}, nil
}

func (c canned) client(tb testing.TB, opts ...buoy.Option) *buoy.Client {
	tb.Helper()
	client, err := buoy.New(buoy.OpenAI("sk-test"), append(opts, noRetry,
		buoy.WithHTTPClient(&http.Client{Transport: c}))...)
	require.NoError(tb, err)
	return client
}

const smallAnswer = `{
  "id": "chatcmpl-1", "object": "chat.completion", "created": 1763000000, "model": "gpt-4o-mini-2024-07-18",
  "choices": [{"index": 0, "message": {"role": "assistant", "content": "It scatters.", "refusal": null}, "logprobs": null, "finish_reason": "stop"}],
  "usage": {"prompt_tokens": 24, "completion_tokens": 31, "total_tokens": 55},
  "system_fingerprint": "fp_1"
}`

// chunksOfText is a stream of so many pieces of text.
func chunksOfText(n int) string {
	var b bytes.Buffer
	for i := range n {
		fmt.Fprintf(&b, `data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1763000000,"model":"gpt-4o-mini-2024-07-18","choices":[{"index":0,"delta":{"content":" word%d"},"finish_reason":null}]}`+"\n\n", i)
	}
	b.WriteString(`data: {"id":"chatcmpl-1","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}` + "\n\ndata: [DONE]\n\n")
	return b.String()
}

// chainOnly is a client whose attempts are answered where the transport would be.
func chainOnly(tb testing.TB, opts ...buoy.Option) *buoy.Client {
	reply := &buoy.Reply{Response: &buoy.Response{Choices: []buoy.Choice{{Message: buoy.Assistant("fine"), FinishReason: "stop"}}}}
	return canned{}.client(tb, append(opts, buoy.WithAttemptMiddleware(func(buoy.Handler) buoy.Handler {
		return func(context.Context, *buoy.Call) (*buoy.Reply, error) { return reply, nil }
	}))...)
}

func chat(tb testing.TB, c *buoy.Client) func() {
	return func() {
		if _, err := c.Chat(tb.Context(), hello); err != nil {
			tb.Fatal(err)
		}
	}
}

func streamed(tb testing.TB, c *buoy.Client) func() {
	return func() {
		s, err := c.Stream(tb.Context(), hello)
		if err != nil {
			tb.Fatal(err)
		}
		for s.Next() {
			_ = s.Chunk()
		}
		if err := s.Err(); err != nil {
			tb.Fatal(err)
		}
	}
}

// Benchmark measures the whole way of a call, all layers on, without a network;
// the module in bench compares it with others.
func Benchmark(b *testing.B) {
	refused := canned{429, `{"error":{"message":"You exceeded your current quota.","type":"insufficient_quota","param":null,"code":"insufficient_quota"}}`}.client(b)
	for _, bm := range []struct {
		name string
		run  func()
	}{
		{"chat_small", chat(b, canned{200, smallAnswer}.client(b))},
		{"stream_100", streamed(b, canned{200, chunksOfText(100)}.client(b))},
		{"chain", chat(b, chainOnly(b))},
		{"decode_error", func() {
			if _, err := refused.Chat(b.Context(), hello); buoy.KindOf(err) != buoy.ErrQuota {
				b.Fatal(err)
			}
		}},
	} {
		b.Run(bm.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				bm.run()
			}
		})
	}
}

// The bounds of docs/performance.md, in what can be counted exactly.
func TestAllocations(t *testing.T) {
	count := func(run func()) float64 { return testing.AllocsPerRun(200, run) }

	layers := count(chat(t, chainOnly(t))) - count(chat(t, chainOnly(t, buoy.WithChain())))
	require.LessOrEqual(t, layers, 6.0, "the layers of the standard chain")

	require.LessOrEqual(t, count(chat(t, canned{200, smallAnswer}.client(t))), 35.0, "a small call")

	long := count(streamed(t, canned{200, chunksOfText(1100)}.client(t)))
	short := count(streamed(t, canned{200, chunksOfText(100)}.client(t)))
	require.LessOrEqual(t, (long-short)/1000, 2.0, "a chunk of a stream")
}

package buoy_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/buoy-go/buoy"
	"github.com/stretchr/testify/require"
)

// Pieces of streams.
const (
	role    = `data: {"id":"c","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}` + "\n\n"
	hi      = `data: {"id":"c","choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":null}]}` + "\n\n"
	there   = `data: {"id":"c","choices":[{"index":0,"delta":{"content":" there"},"finish_reason":null}]}` + "\n\n"
	stop    = `data: {"id":"c","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}` + "\n\n"
	usage   = `data: {"id":"c","choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}}` + "\n\n"
	done    = "data: [DONE]\n\n"
	filter  = `data: {"choices":[],"prompt_filter_results":[{"prompt_index":0}]}` + "\n\n"
	comment = ": OPENROUTER PROCESSING\n\n"
	good    = role + hi + there + stop + usage + done
)

type streamCase struct {
	name string
	body string
	text string
	kind buoy.Kind // "" for a good end
	// before: the failure comes before the first token, from Client.Stream.
	before bool
	trust  bool
}

// What is a failure of a stream and what is not, by the bytes that arrive.
var streamCases = []streamCase{
	{name: "good", body: good, text: "Hi there"},
	{name: "without usage", body: role + hi + there + stop + done, text: "Hi there"},
	{name: "without [DONE]", body: role + hi + there + stop, text: "Hi there"},
	{name: "CRLF", body: strings.ReplaceAll(good, "\n", "\r\n"), text: "Hi there"},
	{name: "CR", body: strings.ReplaceAll(good, "\n", "\r"), text: "Hi there"},
	{name: "BOM", body: "\xef\xbb\xbf" + good, text: "Hi there"},
	{name: "blanks and a BOM", body: "\x00 \r\n\xef\xbb\xbf " + good, text: "Hi there"},
	{name: "no space after the colon", body: strings.ReplaceAll(good, "data: ", "data:"), text: "Hi there"},
	{name: "comments and an empty first chunk", body: comment + filter + comment + good, text: "Hi there"},
	{name: "event, id and retry fields", body: "retry: 100\nid: 1\nevent: message\n" + good, text: "Hi there"},
	{name: "multi-line data", body: strings.Replace(good, `"delta":{"content":"Hi"}`, "\ndata: \"delta\":{\"content\":\"Hi\"}", 1), text: "Hi there"},
	{name: "no blank lines between events", body: strings.ReplaceAll(good, "\n\n", "\n") + "\n", text: "Hi there"},
	{name: "last event without its blank line", body: role + hi + there + strings.TrimRight(stop, "\n"), text: "Hi there"},
	{name: "[DONE] without its blank line", body: role + hi + there + stop + "data: [DONE]", text: "Hi there"},
	{name: "error null beside content", body: role + strings.Replace(hi, `"id"`, `"error":null,"id"`, 1) + there + stop, text: "Hi there"},
	{name: "junk after the end", body: good + "garbage\n", text: "Hi there"},
	{name: "HTML after the finish reason", body: role + hi + there + stop + "<html>\n\n", text: "Hi there"},
	{name: "a whole completion in place of a stream", text: "Hi there",
		body: `{"id":"c","choices":[{"index":0,"message":{"role":"assistant","content":"Hi there"},"finish_reason":"stop"}]}`},
	{name: "the same after white space", text: "Hi there",
		body: "\n \n" + `{"id":"c","choices":[{"index":0,"message":{"role":"assistant","content":"Hi there"},"finish_reason":"stop"}]}`},
	{name: "finish length with reasoning only",
		body: `data: {"choices":[{"index":0,"delta":{"reasoning":"hm"},"finish_reason":"length"}]}` + "\n\n"},

	{name: "cut before anything", body: "", kind: buoy.ErrStreamInterrupted, before: true},
	{name: "only comments", body: comment, kind: buoy.ErrStreamInterrupted, before: true},
	{name: "only a role", body: role, kind: buoy.ErrStreamInterrupted, before: true},
	{name: "cut after text", body: role + hi, text: "Hi", kind: buoy.ErrStreamInterrupted},
	{name: "cut inside an event", body: role + hi + there[:40], text: "Hi", kind: buoy.ErrStreamInterrupted},
	{name: "[DONE] after a cut", body: role + hi + done, text: "Hi", kind: buoy.ErrStreamInterrupted},
	{name: "[DONE] after a cut, trusted", body: role + hi + done, text: "Hi", trust: true},
	{name: "a clean end after text is no [DONE], even where that is trusted", body: role + hi, text: "Hi", kind: buoy.ErrStreamInterrupted, trust: true},
	{name: "one of two choices unfinished", body: role + hi +
		`data: {"choices":[{"index":1,"delta":{"content":"other"}}]}` + "\n\n" + stop + done, text: "Hiother", kind: buoy.ErrStreamInterrupted},
	{name: "[DONE] alone", body: done, kind: buoy.ErrNoContent, before: true},
	{name: "role and stop only", body: role + stop + done, kind: buoy.ErrNoContent, before: true},
	{name: "a proxy's page", body: "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body><center><h1>502 Bad Gateway</h1></center><hr><center>nginx</center></body></html>", kind: buoy.ErrUpstream, before: true},
	{name: "HTML of no known proxy", body: "<!doctype html><title>App</title>", kind: buoy.ErrMalformed, before: true},
	{name: "text", body: "hello, I am not a stream", kind: buoy.ErrMalformed, before: true},
	{name: "a broken chunk", body: role + hi + "data: {\"choices\":[{\n\n" + there + stop + done, text: "Hi", kind: buoy.ErrMalformed},
	{name: "a JSON error in place of a stream", kind: buoy.ErrQuota, before: true,
		body: `{"error":{"code":402,"message":"Insufficient credits"}}`},
	{name: "an error event before the first token", kind: buoy.ErrOverloaded, before: true,
		body: role + "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}\n\n"},
	{name: "an error in a chunk, not as the first key", text: "Hi", kind: buoy.ErrRateLimit,
		body: role + hi + `data: {"id":"c","choices":[{"index":0,"delta":{"content":""},"finish_reason":"error"}],"error":{"code":429,"message":"Rate limit exceeded"}}` + "\n\n"},
	{name: "finish error without an error", text: "Hi", kind: buoy.ErrUpstream,
		body: role + hi + `data: {"choices":[{"index":0,"delta":{},"finish_reason":"error"}]}` + "\n\n"},
	{name: "an error in a choice", text: "Hi", kind: buoy.ErrUpstream,
		body: role + hi + `data: {"choices":[{"index":0,"delta":{},"error":{"code":502,"message":"gone"},"finish_reason":null}]}` + "\n\n"},
	{name: "llama.cpp's error field", text: "Hi", kind: buoy.ErrServer,
		body: role + hi + "error: {\"code\":500,\"message\":\"boom\",\"type\":\"server_error\"}\n\n"},
	{name: "JSON glued to the tail", text: "Hi", kind: buoy.ErrServer,
		body: role + hi + `{"error":{"code":500,"message":"boom"}}`},
	{name: "an error glued over several lines", text: "Hi", kind: buoy.ErrServer,
		body: role + hi + "{\n  \"error\": {\n    \"code\": 500,\n    \"message\": \"boom\"\n  }\n}\n"},
	{name: "event: error with plain text", text: "Hi", kind: buoy.ErrServer,
		body: role + hi + "event: error\ndata: \"Internal error\"\n\n"},
	{name: "a Responses API failure", kind: buoy.ErrServer, before: true,
		body: "event: response.failed\ndata: {\"type\":\"response.failed\",\"response\":{\"error\":{\"code\":\"server_error\",\"message\":\"boom\"}}}\n\n"},
}

func TestStreamCases(t *testing.T) {
	for _, tc := range streamCases {
		t.Run(tc.name, func(t *testing.T) {
			for how, wrap := range map[string]func(io.Reader) io.Reader{
				"whole":      func(r io.Reader) io.Reader { return r },
				"bytewise":   iotest.OneByteReader,
				"with EOF":   iotest.DataErrReader,
				"half reads": iotest.HalfReader,
			} {
				checkStream(t, tc, how, wrap(strings.NewReader(tc.body)))
			}
		})
	}
}

// The same bytes cut in two at every place give the same chunks.
func TestStreamCasesAtEverySplit(t *testing.T) {
	for _, tc := range streamCases {
		t.Run(tc.name, func(t *testing.T) {
			for i := range len(tc.body) {
				checkStream(t, tc, fmt.Sprintf("split at %d", i),
					io.MultiReader(strings.NewReader(tc.body[:i]), strings.NewReader(tc.body[i:])))
			}
		})
	}
}

func checkStream(t *testing.T, tc streamCase, how string, body io.Reader) {
	t.Helper()
	closes := 0
	c := clientOf(t, tc.trust, func(*http.Request) (*http.Response, error) {
		return reply(200, "text/event-stream", &countedBody{Reader: body, closes: &closes}), nil
	})
	s, err := c.Stream(t.Context(), hello)
	var text string
	if err == nil {
		for chunk, e := range s.Chunks() {
			if err = e; err == nil {
				for _, choice := range chunk.Choices {
					text += choice.Delta.Content
				}
			}
		}
		require.False(t, tc.before, "%s: the failure should have come from Stream itself", how)
		if tc.kind != "" {
			require.Equal(t, tc.text[:2], s.Response().Text()[:2], "the partial text is kept")
		}
	} else {
		require.True(t, tc.before, "%s: %v", how, err)
	}
	require.Equal(t, tc.kind, buoy.KindOf(err), "%s: %v", how, err)
	require.Equal(t, tc.text, text, how)
	require.Equal(t, 1, closes, "%s: the body is closed exactly once", how)
	if err != nil {
		_, ok := errors.AsType[*buoy.CallError](err)
		require.True(t, ok)
		if te, ok := errors.AsType[*buoy.TransportError](err); ok && !tc.before {
			require.NotNil(t, te.Partial)
			require.Equal(t, s.Response().Text(), te.Partial.Text())
		}
	}
}

type countedBody struct {
	io.Reader
	closes *int
}

func (b *countedBody) Close() error { *b.closes++; return nil }

func TestStreamKeepsUsageChunksAndRawEvents(t *testing.T) {
	c := clientOf(t, false, func(*http.Request) (*http.Response, error) {
		return reply(200, "text/event-stream", io.NopCloser(strings.NewReader(good))), nil
	})
	s, err := c.Stream(t.Context(), hello)
	require.NoError(t, err)
	var kept []*buoy.Chunk
	for chunk, err := range s.Chunks() {
		require.NoError(t, err)
		require.True(t, bytes.HasPrefix(chunk.Raw(), []byte(`{"id":"c"`)))
		kept = append(kept, chunk.Clone())
	}
	require.Len(t, kept, 5)
	require.Equal(t, "assistant", kept[0].Choices[0].Delta.Role)
	require.Equal(t, "Hi", kept[1].Text())
	require.Empty(t, kept[4].Choices)
	require.Equal(t, 3, kept[4].Usage.TotalTokens)
}

// Text is UTF-8 whatever the header says: clients that guessed garbled Cyrillic.
func TestStreamIsUTF8(t *testing.T) {
	c := clientOf(t, false, func(*http.Request) (*http.Response, error) {
		return reply(200, "text/event-stream; charset=latin1", io.NopCloser(iotest.OneByteReader(
			strings.NewReader(strings.Replace(good, "Hi", "Привет, 世界", 1))))), nil
	})
	s, err := c.Stream(t.Context(), hello)
	require.NoError(t, err)
	text, err := read(s)
	require.NoError(t, err)
	require.Equal(t, "Привет, 世界 there", text)
}

func TestLeavingTheLoopClosesTheStream(t *testing.T) {
	closes := 0
	c := clientOf(t, false, func(*http.Request) (*http.Response, error) {
		return reply(200, "", &countedBody{strings.NewReader(good), &closes}), nil
	})
	s, err := c.Stream(t.Context(), hello)
	require.NoError(t, err)
	for range s.Chunks() {
		break
	}
	require.Equal(t, 1, closes)
	require.NoError(t, s.Err(), "closing is no failure")
	require.False(t, s.Next())
}

func TestOnEndOfAStream(t *testing.T) {
	for name, tc := range map[string]struct {
		body string
		act  func(*buoy.Stream, context.CancelFunc)
		want buoy.Kind
	}{
		"good":     {good, func(s *buoy.Stream, _ context.CancelFunc) { _, _ = read(s) }, ""},
		"cut":      {role + hi, func(s *buoy.Stream, _ context.CancelFunc) { _, _ = read(s) }, buoy.ErrStreamInterrupted},
		"closed":   {good, func(s *buoy.Stream, _ context.CancelFunc) { s.Close(); s.Close() }, buoy.ErrCanceled},
		"canceled": {good, func(s *buoy.Stream, cancel context.CancelFunc) { cancel() }, buoy.ErrCanceled},
	} {
		t.Run(name, func(t *testing.T) {
			ended := make(chan error, 10)
			watch := func(next buoy.Handler) buoy.Handler {
				return func(ctx context.Context, call *buoy.Call) (*buoy.Reply, error) {
					r, err := next(ctx, call)
					if err == nil {
						r.OnEnd(func(err error) { ended <- err })
					}
					return r, err
				}
			}
			c := clientOf(t, false, func(*http.Request) (*http.Response, error) {
				return reply(200, "", io.NopCloser(strings.NewReader(tc.body))), nil
			}, buoy.WithMiddleware(watch), buoy.WithAttemptMiddleware(watch))
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			s, err := c.Stream(ctx, hello)
			require.NoError(t, err)
			tc.act(s, cancel)
			for range 2 {
				require.Equal(t, tc.want, buoy.KindOf(<-ended))
			}
			require.Empty(t, ended, "once each")
		})
	}
}

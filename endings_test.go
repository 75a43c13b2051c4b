package buoy_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/buoy-go/buoy"
	"github.com/stretchr/testify/require"
)

// ending is a reply and what is right about it. A body that begins as a stream is
// asked for as one; all others are asked for whole, and as a stream as well.
type ending struct {
	name, body  string
	n           int
	kind        buoy.Kind // "" for a good end
	text        string
	trust       bool
	says        string // part of the error's text
	tokens      int
	contentType string
}

func chunkOf(choice string) string { return `data: {"id":"c1","choices":[` + choice + `]}` + "\n\n" }
func wholeOf(choices string) string {
	return `{"id":"c1","model":"x","choices":[` + choices + `],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}`
}

var (
	par   = chunkOf(`{"index":0,"delta":{"role":"assistant","content":"par"},"finish_reason":null}`)
	tial  = chunkOf(`{"index":0,"delta":{"content":"tial"},"finish_reason":null}`)
	other = chunkOf(`{"index":1,"delta":{"content":"other"},"finish_reason":"stop"}`)
	cost  = `data: {"id":"c1","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}` + "\n\n"
)

func finishes(reason string) string {
	return chunkOf(`{"index":0,"delta":{},"finish_reason":"` + reason + `"}`)
}

func wholeFinishes(text, reason string) string {
	return wholeOf(`{"index":0,"message":{"role":"assistant","content":"` + text + `"},"finish_reason":` + reason + `}`)
}

// How an answer ends (class 6 of the wire cases).
var endings = []ending{
	{name: "null in quotes, then the end of the body", body: chunkOf(`{"index":0,"delta":{"content":"he"},"finish_reason":"null"}`), text: "he", kind: buoy.ErrStreamInterrupted},
	{name: "null in quotes until the stop", body: chunkOf(`{"index":0,"delta":{"content":"he"},"finish_reason":"null"}`) + tial + finishes("stop") + done, text: "hetial"},
	{name: "network_error after half an answer", body: par + finishes("network_error") + done, text: "par", kind: buoy.ErrStreamInterrupted, says: "network_error"},
	{name: "insufficient_system_resource", body: par + finishes("insufficient_system_resource") + done, text: "par", kind: buoy.ErrStreamInterrupted},
	{name: "abort", body: par + finishes("abort") + done, text: "par", kind: buoy.ErrStreamInterrupted},
	{name: "cancelled", body: par + finishes("cancelled") + done, text: "par", kind: buoy.ErrStreamInterrupted},
	{name: "error", body: par + finishes("error") + done, text: "par", kind: buoy.ErrUpstream},
	{name: "error with more", body: par + finishes("error_upstream") + done, text: "par", kind: buoy.ErrUpstream},
	{name: "network_error before any text", body: finishes("network_error") + done, kind: buoy.ErrStreamInterrupted},
	{name: "sensitive, no text", body: finishes("sensitive") + done, kind: buoy.ErrModeration},
	{name: "a malformed call and nothing else", body: chunkOf(`{"index":0,"delta":{"role":"assistant"},"finish_reason":"function_call_filter: MALFORMED_FUNCTION_CALL"}`) + done, kind: buoy.ErrNoContent},
	{name: "a role and [DONE]", body: role + done, kind: buoy.ErrNoContent},
	{name: "[DONE] without a finish reason", body: par + done, text: "par", kind: buoy.ErrStreamInterrupted, says: "Endpoint.TrustDone"},
	{name: "the same, trusted", body: par + done, text: "par", trust: true},

	{name: "the finish reason before the text", body: finishes("stop") + par + tial + done, text: "partial"},
	{name: "a choice that is empty and done before the second", n: 2, body: finishes("stop") + other + done, text: "other"},
	{name: "usage after an empty answer", body: finishes("stop") + cost + done, tokens: 5}, // as it is, see emptyanswer.go
	{name: "an empty answer without usage", body: finishes("stop") + done, kind: buoy.ErrNoContent},
	{name: "usage after calls that did not come", body: finishes("tool_calls") + cost + done, kind: buoy.ErrNoContent, tokens: 5},
	{name: "usage after an answer that was withheld", body: finishes("content_filter") + cost + done, kind: buoy.ErrModeration, tokens: 5},
	{name: "text, then withheld", body: par + finishes("content_filter") + done, text: "par"},
	{name: "usage with the error", body: par + `data: {"error":{"code":502,"message":"gone"},"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}` + "\n\n", text: "par", kind: buoy.ErrUpstream, tokens: 5},
	{name: "usage with an error before any text", body: `data: {"error":{"code":502,"message":"gone"},"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}` + "\n\n", kind: buoy.ErrUpstream, tokens: 5},

	{name: "cut after the first of two choices", n: 2, body: par + finishes("stop"), text: "par", kind: buoy.ErrStreamInterrupted, says: "1 of the 2 choices"},
	{name: "the same with [DONE]", n: 2, body: par + finishes("stop") + done, text: "par", kind: buoy.ErrStreamInterrupted},
	{name: "two of two choices", n: 2, body: par + finishes("stop") + other + done, text: "parother"},
	{name: "whole, one of two choices", n: 2, body: wholeFinishes("hey", `"stop"`), kind: buoy.ErrStreamInterrupted, tokens: 5},
	{name: "whole, two of two choices without an index", n: 2, text: "heyyou",
		body: wholeOf(`{"message":{"content":"hey"},"finish_reason":"stop"},{"message":{"content":"you"},"finish_reason":"stop"}`)},

	{name: "whole, finish reason null", body: wholeFinishes("hey", "null"), kind: buoy.ErrStreamInterrupted, says: "Endpoint.TrustDone", tokens: 5},
	{name: "whole, finish reason null in quotes", body: wholeFinishes("hey", `"null"`), kind: buoy.ErrStreamInterrupted},
	{name: "whole, finish reason empty", body: wholeFinishes("hey", `""`), kind: buoy.ErrStreamInterrupted},
	{name: "whole, finish reason null, trusted", body: wholeFinishes("hey", "null"), text: "hey", trust: true},
	{name: "whole, network_error", body: wholeFinishes("hey", `"network_error"`), kind: buoy.ErrStreamInterrupted, tokens: 5},
	{name: "whole, error", body: wholeFinishes("hey", `"error"`), kind: buoy.ErrUpstream, tokens: 5},
	{name: "whole, sensitive, no text", body: wholeFinishes("", `"sensitive"`), kind: buoy.ErrModeration, tokens: 5},
	{name: "whole, withheld in part", body: wholeFinishes("par", `"content_filter"`), text: "par"},
	{name: "whole, empty, stop", body: wholeFinishes("", `"stop"`), tokens: 5},
	{name: "whole, empty, length", body: wholeFinishes("", `"length"`), tokens: 5},
	{name: "whole, a malformed call", body: wholeFinishes("", `"function_call_filter: MALFORMED_FUNCTION_CALL"`), kind: buoy.ErrNoContent, tokens: 5},
	{name: "whole, empty, no finish reason", body: wholeFinishes("", "null"), kind: buoy.ErrNoContent},
	{name: "an empty body", body: "", kind: buoy.ErrStreamInterrupted},
	{name: "blanks", body: " \n\n ", kind: buoy.ErrStreamInterrupted},
	{name: "null", body: "null", kind: buoy.ErrMalformed, says: "the answer is null"},

	// Events and HTTP (class 8).
	{name: "data: null between data lines", body: strings.TrimSuffix(par, "\n") + "data: null\n" + tial + finishes("stop") + done, text: "partial"},
	{name: "a null before a chunk", body: "data: null\n" + par + finishes("stop") + done, text: "par"},
	{name: "a ping among data lines", body: "event: message\ndata: ping\n" + par + finishes("stop") + done, text: "par"},
	{name: "data: ping", body: par + "data: ping\n\n" + tial + finishes("stop") + done, text: "partial"},
	{name: "data: ping before anything", body: "data: ping\n\n" + par + finishes("stop") + done, text: "par"},
	{name: "data: [HEARTBEAT]", body: par + "data: [HEARTBEAT]\n\ndata: 1\n\ndata: true\n\n" + tial + finishes("stop") + done, text: "partial"},
	{name: "data: error: ...", body: par + "data: error: the model gave up\n\n" + done, text: "par", kind: buoy.ErrServer, says: "the model gave up"},
	{name: "data: [ERROR] ...", body: par + "data: [ERROR] boom\n\n" + done, text: "par", kind: buoy.ErrServer},
	{name: "data: a sentence of a limit", body: "data: Rate limit exceeded, please try again later\n\n", kind: buoy.ErrRateLimit},
	{name: "nothing but words", body: "data: hello\n\ndata: world\n\n", kind: buoy.ErrMalformed},
	{name: "a field nobody knows first", body: "x-gateway: abc\n" + par + finishes("stop") + done, text: "par", contentType: "text/event-stream; charset=utf-8"},
	{name: "text that speaks of an error, not a field", body: "Error: rate limit exceeded", kind: buoy.ErrRateLimit, contentType: "text/event-stream"},
	{name: "a whole answer wrapped", body: `{"data":` + wholeFinishes("hey", `"stop"`) + `,"success":true}`, text: "hey", tokens: 5},
	{name: "wrapped by Cloudflare", body: `{"result":` + wholeFinishes("hey", `"stop"`) + `,"success":true,"errors":[],"messages":[]}`, text: "hey"},
	{name: "wrapped with a code", body: `{"code":200,"message":"success","data":` + wholeFinishes("hey", `"stop"`) + `}`, text: "hey"},
	{name: "wrapped as text", body: `{"data":"{\"choices\":[{\"message\":{\"content\":\"hey\"},\"finish_reason\":\"stop\"}]}"}`, text: "hey"},
	{name: "wrapped, and no success", body: `{"data":null,"success":false,"message":"Insufficient balance"}`, kind: buoy.ErrQuota},
	{name: "alone in an array", body: `[` + wholeFinishes("hey", `"stop"`) + `]`, text: "hey"},
	{name: "events glued in a line", body: strings.TrimSpace(par) + strings.TrimPrefix(tial, "data: ") + finishes("stop") + done, text: "partial"},
	{name: "events glued with their fields", body: strings.TrimSpace(par) + strings.TrimSpace(tial) + strings.TrimSpace(finishes("stop")) + done, text: "partial"},
	{name: "wrapped events", body: `data: {"data":{"choices":[{"index":0,"delta":{"content":"par"}}]},"success":true}` + "\n\n" + finishes("stop") + done, text: "par"},
}

func TestEndings(t *testing.T) {
	for _, tc := range endings {
		t.Run(tc.name, func(t *testing.T) {
			stream := strings.HasPrefix(tc.body, "data:") || strings.HasPrefix(tc.body, "event:") || strings.HasPrefix(tc.body, "x-")
			for _, streamed := range []bool{false, true} {
				kind, text, tokens, err := askEnding(t, tc, stream, streamed)
				require.Equal(t, tc.kind, kind, "streamed %v: %v", streamed, err)
				if kind == "" || stream && streamed {
					require.Equal(t, tc.text, text, "streamed %v", streamed)
				}
				if tc.says != "" {
					require.ErrorContains(t, err, tc.says)
				}
				if tc.tokens != 0 {
					require.Equal(t, tc.tokens, tokens, "streamed %v: what it cost", streamed)
				}
			}
		})
	}
}

func askEnding(t *testing.T, tc ending, stream, streamed bool) (kind buoy.Kind, text string, tokens int, err error) {
	contentType := tc.contentType
	if contentType == "" && stream {
		contentType = "text/event-stream"
	}
	var last buoy.Attempt
	c := clientOf(t, tc.trust, func(*http.Request) (*http.Response, error) {
		return reply(200, contentType, io.NopCloser(strings.NewReader(tc.body)), "X-Request-Id", "req_7"), nil
	}, buoy.WithObserver(lastAttempt{&last}))
	r := hello
	if tc.n > 0 {
		r.N = &tc.n
	}
	var resp *buoy.Response
	if streamed {
		var s *buoy.Stream
		if s, err = c.Stream(t.Context(), r); err == nil {
			for s.Next() {
			}
			resp, err = s.Response(), s.Err()
		}
	} else {
		resp, err = c.Chat(t.Context(), r)
	}
	if resp != nil {
		for i := range resp.Choices {
			text += resp.Choices[i].Message.Text()
		}
	}
	require.Equal(t, "req_7", last.RequestID)
	if te, ok := lastTransport(err); ok {
		require.Equal(t, "req_7", te.RequestID)
		require.ErrorContains(t, err, "req_7")
	}
	return buoy.KindOf(err), text, last.Usage.TotalTokens, err
}

package main

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/buoy-go/buoy/buoytest"
	"github.com/stretchr/testify/require"
)

func TestAStreamGoesThrough(t *testing.T) {
	north := buoytest.NewServer(t, buoytest.Fail(503), buoytest.Stream("Hel", "lo", "!"))
	d := newDesk(t, oneProvider, servers{"NORTH": north})
	r := d.post(hello + `, "stream": true}`)
	require.Equal(t, "2", r.Header.Get("X-Buoy-Attempts"))
	require.Equal(t, "north", r.Header.Get("X-Buoy-Endpoint"))
	require.Equal(t, "req_2", r.Header.Get("X-Request-Id"))
	require.Equal(t, "Hello!", text(t, r.Events(t)))
}

// The chunks are the provider's, byte for byte, but for what would break the
// form of an event.
func TestChunksAreNotTouched(t *testing.T) {
	const chunk = `{"id":"1","x_new":[1.0,2],"choices":[{"index":0,"delta":{"content":"Hi","x_mood":"good"},"finish_reason":"stop"}]}`
	north := buoytest.NewServer(t,
		buoytest.Raw(200, "text/event-stream", []byte("data: "+chunk+"\n\ndata: [DONE]\n\n")),
		buoytest.Raw(200, "text/event-stream", []byte("data: {\"choices\":\ndata: [{\"index\":0,\"delta\":{\"content\":\"Hi\"},\r\ndata: \"finish_reason\":\"stop\"}]}\n\n")),
	)
	d := newDesk(t, oneProvider, servers{"NORTH": north})
	require.Equal(t, []string{chunk, "[DONE]"}, d.post(hello+`, "stream": true}`).Events(t))
	require.Equal(t, []string{`{"choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":"stop"}]}`, "[DONE]"},
		d.post(hello+`, "stream": true}`).Events(t))
}

// Each chunk leaves at once: the provider sends the second one only when the
// client has the first.
func TestEachChunkIsFlushed(t *testing.T) {
	seen := make(chan struct{})
	d := newDesk(t, oneProvider, servers{"NORTH": buoytest.NewServer(t, halves(seen))})
	first, events := d.begin()
	require.Contains(t, first, "Hel")
	close(seen)
	rest := readAll(t, events)
	require.Contains(t, rest, "lo!")
	require.Contains(t, rest, "data: [DONE]\n\n")
}

// buoy asks every provider for the usage; a client that did not must not meet a
// chunk without choices.
func TestTheUsageIsForThoseWhoAskForIt(t *testing.T) {
	north := buoytest.NewServer(t)
	d := newDesk(t, oneProvider, servers{"NORTH": north})
	for _, c := range []struct {
		options string
		want    bool
	}{
		{``, false},
		{`, "stream_options": null`, false},
		{`, "stream_options": {"include_usage": false}`, false},
		{`, "stream_options": {"include_usage": true}`, true},
	} {
		events := d.post(hello + `, "stream": true` + c.options + `}`).Events(t)
		last := events[len(events)-2]
		require.Equal(t, c.want, strings.Contains(last, `"choices":[]`), "%s: %s", c.options, last)
		require.Equal(t, c.want, strings.Contains(last, `"total_tokens"`), "%s: %s", c.options, last)
	}
}

// A server that answers a stream request with a whole reply.
func TestAWholeAnswerToAStreamRequest(t *testing.T) {
	north := buoytest.NewServer(t, buoytest.Raw(200, "application/json", []byte(`{
		"id": "1", "created": 5, "model": "gpt-4o-mini", "x_new": 1, "choices": [{"index": 0, "finish_reason": "tool_calls", "x_choice": 2, "message": {
			"role": "assistant", "content": "Hi", "reasoning_content": "Hm", "x_mood": "good",
			"tool_calls": [{"id": "call_1", "type": "function", "function": {"name": "look", "arguments": "{}"}}]}}]}`)))
	d := newDesk(t, oneProvider, servers{"NORTH": north})
	events := d.post(hello + `, "stream": true}`).Events(t)
	require.Len(t, events, 2)
	require.Equal(t, "[DONE]", events[1])
	var chunk map[string]any
	require.NoError(t, json.Unmarshal([]byte(events[0]), &chunk))
	delete(chunk, "usage")
	require.Equal(t, map[string]any{
		"id": "1", "object": "chat.completion.chunk", "created": 5.0, "model": "gpt-4o-mini", "x_new": 1.0,
		"choices": []any{map[string]any{
			"index": 0.0, "finish_reason": "tool_calls", "x_choice": 2.0,
			"delta": map[string]any{
				"role": "assistant", "content": "Hi", "reasoning_content": "Hm", "x_mood": "good",
				"tool_calls": []any{map[string]any{
					"index": 0.0, "id": "call_1", "type": "function",
					"function": map[string]any{"name": "look", "arguments": "{}"},
				}},
			},
		}},
	}, chunk)
}

// After the first token a failure is an event in OpenAI's envelope, and [DONE]
// does not come: it would make a success of it.
func TestAStreamThatBreaksOff(t *testing.T) {
	for _, c := range []struct {
		name string
		step buoytest.Step
		code string
	}{
		{"cut", buoytest.Cut(2), "stream_interrupted"},
		{"ended without a finish reason", buoytest.EndEarly(2), "stream_interrupted"},
		{"cut, with [DONE] under it", buoytest.CutWithDone(2), "stream_interrupted"},
		{"an error as an event", buoytest.StreamError(2, `{"error":{"message":"Gone.","code":"server_error"}}`), "server_error"},
		{"broken JSON", buoytest.Malformed(2), "malformed"},
		{"silence", buoytest.Stall(2, time.Hour), "timeout"},
	} {
		t.Run(c.name, func(t *testing.T) {
			north := buoytest.NewServer(t, c.step)
			d := newDesk(t, strings.Replace(oneProvider, `"retry"`, `"timeouts": {"idle": "50ms"}, "retry"`, 1), servers{"NORTH": north})
			events := d.post(hello + `, "stream": true}`).Events(t)
			require.GreaterOrEqual(t, len(events), 3, "the tokens that came, and the error")
			require.NotContains(t, events, "[DONE]")
			e := readRefusal(t, events[len(events)-1])
			require.Equal(t, c.code, *e.Code)
			require.Contains(t, d.logged.String(), `"code":"`+c.code+`"`)
		})
	}
}

func TestAStreamThatNeverBeginsHasAStatus(t *testing.T) {
	north := buoytest.NewServer(t, buoytest.Always(buoytest.RetryAfter(2*time.Minute, buoytest.Fail(429))))
	d := newDesk(t, oneProvider, servers{"NORTH": north})
	r := d.post(hello + `, "stream": true}`)
	require.Equal(t, http.StatusTooManyRequests, r.StatusCode)
	require.Equal(t, "120", r.Header.Get("Retry-After"))
	r.Refused(t)
}

// Where the second answer says the same, the client sees one stream.
func TestARecoveryThatNobodySees(t *testing.T) {
	north := buoytest.NewServer(t, buoytest.Cut(2), buoytest.Reply(buoytest.DefaultText))
	d := newDesk(t, strings.Replace(oneProvider, `"retry"`, `"recovery": "restart", "retry"`, 1), servers{"NORTH": north})
	require.Equal(t, buoytest.DefaultText, text(t, d.post(hello+`, "stream": true}`).Events(t)))
	require.Len(t, north.Requests(), 2)
}

// OpenAI's protocol cannot take back what was said.
func TestARecoveryThatSaysSomethingElse(t *testing.T) {
	north := buoytest.NewServer(t, buoytest.Cut(2), buoytest.Reply("Something else altogether."))
	d := newDesk(t, strings.Replace(oneProvider, `"retry"`, `"recovery": "restart", "retry"`, 1), servers{"NORTH": north})
	events := d.post(hello + `, "stream": true}`).Events(t)
	require.NotContains(t, strings.Join(events, ""), "Something")
	require.Equal(t, "stream_restarted", *readRefusal(t, events[len(events)-1]).Code)
}

func TestARecoveryThatContinues(t *testing.T) {
	north := buoytest.NewServer(t, buoytest.Cut(2), buoytest.Reply(" brown fox."))
	d := newDesk(t, `{
		"endpoints": [{"name": "north", "base_url": "NORTH", "prefill": true}],
		"recovery": "continue", "retry": {"base_delay": "1ms"}
	}`, servers{"NORTH": north})
	require.Equal(t, "The quick brown fox.", text(t, d.post(hello+`, "stream": true}`).Events(t)))
}

// The provider must not go on generating for nobody.
func TestAClientThatLeavesEndsTheProvidersWork(t *testing.T) {
	for _, stream := range []bool{true, false} {
		begun, gone := make(chan struct{}), make(chan struct{})
		north := buoytest.NewServer(t, buoytest.Func(func(w http.ResponseWriter, r *http.Request) {
			if stream {
				w.Header().Set("Content-Type", "text/event-stream")
				io.WriteString(w, `data: {"choices":[{"index":0,"delta":{"content":"Hel"}}]}`+"\n\n")
				w.(http.Flusher).Flush()
			}
			close(begun)
			<-r.Context().Done()
			close(gone)
		}))
		d := newDesk(t, oneProvider, servers{"NORTH": north})
		leave := d.visit(stream)
		<-begun
		leave()
		select {
		case <-gone:
		case <-time.After(10 * time.Second):
			t.Fatal("the provider is still at work")
		}
	}
}

// visit asks in the background until leave is called.
func (d *desk) visit(stream bool) (leave func()) {
	body := hello + `}`
	if stream {
		body = hello + `, "stream": true}`
	}
	req, err := http.NewRequest(http.MethodPost, d.url+"/v1/chat/completions", strings.NewReader(body))
	require.NoError(d, err)
	req.Header.Set("Content-Type", "application/json")
	return inBackground(d.T, req)
}

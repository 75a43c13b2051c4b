package buoyhttp

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/stretchr/testify/require"
)

// message is a choice that has all a client needs.
const message = `"choices":[{"index":0,"message":{"role":"assistant","content":"Hi"},"finish_reason":"stop"}]`

// What a provider said of an answer's cost is passed on, be it zeros, be it
// nothing; so is all else.
func TestAWholeAnswerIsPassedOnAsItCame(t *testing.T) {
	for name, body := range map[string]string{
		"zeros":                  `{"id":"1","object":"chat.completion","created":5,"model":"m",` + message + `,"usage":{"prompt_tokens":3,"completion_tokens":0,"total_tokens":3,"prompt_tokens_details":{"cached_tokens":0,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":0},"cost":0,"cost_details":{"upstream":0.0}}}`,
		"all zeros":              `{"id":"1",` + message + `,"usage":{"prompt_tokens":0,"completion_tokens":0,"total_tokens":0}}`,
		"some counts":            `{"id":"1",` + message + `,"usage":{"total_tokens":3}}`,
		"an empty usage":         `{"id":"1",` + message + `,"usage":{}}`,
		"no usage":               `{"id":"1",` + message + `}`,
		"a usage that is null":   `{"id":"1",` + message + `,"usage":null}`,
		"no index, object, role": `{"choices":[{"message":{"content":"Hi"},"finish_reason":"stop"}]}`,
		"nulls and empty lists":  `{"id":"1","system_fingerprint":null,"service_tier":"","choices":[{"index":0,"message":{"role":"assistant","content":"Hi","refusal":null,"annotations":[],"tool_calls":[]},"logprobs":null,"finish_reason":"stop"}],"x":null}`,
		"numbers and spaces":     "{\n  \"created\": 1.0e3, \"x\": 1.50,\r\n " + message + " }",
	} {
		t.Run(name, func(t *testing.T) {
			steps := []buoytest.Step{buoytest.Fail(503), buoytest.Gzip(buoytest.Raw(200, "application/json", []byte("\n \xef\xbb\xbf"+body)))}
			for way := range newDesk(t, buoytest.NewServer(t)).ways() {
				d := newDesk(t, buoytest.NewServer(t, steps...))
				require.Equal(t, body, d.ways()[way](hello+`}`).Text)
				// The same for those who asked for a stream, of a server that has none.
				d = newDesk(t, buoytest.NewServer(t, steps...))
				sameUsage(t, body, d.ways()[way](hello + `, "stream": true}`).Events(t)[0])
				// And where the answer was to travel as one.
				d = newDesk(t, buoytest.NewServer(t, steps...), buoy.WithStreamedChat())
				require.Equal(t, body, d.ways()[way](hello+`}`).Text)
			}
		})
	}
}

// Where the answer comes in pieces, it has to be put together; the usage is still
// the provider's.
func TestAnAnswerThatTravelsAsAStreamKeepsItsUsage(t *testing.T) {
	const piece = `data: {"id":"1","created":5,"model":"m","choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":"stop"}],"usage":null}` + "\n\n"
	for name, usage := range map[string]string{
		"zeros":     `,"usage":{"prompt_tokens":3,"completion_tokens":0,"total_tokens":3,"prompt_tokens_details":{"cached_tokens":0}}`,
		"all zeros": `,"usage":{"prompt_tokens":0,"completion_tokens":0,"total_tokens":0}`,
		"none":      ``,
	} {
		t.Run(name, func(t *testing.T) {
			end := ""
			if usage != "" {
				end = `data: {"id":"1","choices":[]` + usage + "}\n\n"
			}
			step := buoytest.Dribble(buoytest.Raw(200, "text/event-stream", []byte(piece+end+"data: [DONE]\n\n")), 7)
			for _, opts := range [][]buoy.Option{nil, {buoy.WithStreamedChat()}} {
				d := newDesk(t, buoytest.NewServer(t, buoytest.Always(step)), opts...)
				for _, ask := range d.ways() {
					r := ask(hello + `}`)
					require.Contains(t, r.Text, `"content":"Hi"`)
					sameUsage(t, `{"x":1`+usage+`}`, r.Text)
				}
			}
		})
	}
}

// sameUsage compares the usages of two answers as they are written.
func sameUsage(t *testing.T, want, got string) {
	t.Helper()
	type told struct {
		Usage json.RawMessage `json:"usage"`
	}
	var a, b told
	require.NoError(t, json.Unmarshal([]byte(want), &a))
	require.NoError(t, json.Unmarshal([]byte(got), &b), got)
	require.Equal(t, string(a.Usage), string(b.Usage), got)
}

// Whoever is in the chain may change the answer where it is, also that of another client.
func TestAnAnswerThatWasChangedOnItsWay(t *testing.T) {
	shout := func(r *buoy.Response) { r.Choices[0].Message.Content = "HI" }
	answer := buoytest.Raw(200, "application/json", []byte(`{"id":"1",`+message+`}`))
	inner := newClient(t, buoytest.NewServer(t, buoytest.Always(answer)))
	for name, opt := range map[string]buoy.Option{
		"a middleware": buoy.WithMiddleware(func(next buoy.Handler) buoy.Handler {
			return func(ctx context.Context, call *buoy.Call) (*buoy.Reply, error) {
				reply, err := next(ctx, call)
				shout(reply.Response)
				return reply, err
			}
		}),
		"a middleware of attempts": buoy.WithAttemptMiddleware(func(next buoy.Handler) buoy.Handler {
			return func(ctx context.Context, call *buoy.Call) (*buoy.Reply, error) {
				reply, err := next(ctx, call)
				shout(reply.Response)
				return reply, err
			}
		}),
		"a middleware that asks another client": buoy.WithMiddleware(func(buoy.Handler) buoy.Handler {
			return func(ctx context.Context, call *buoy.Call) (*buoy.Reply, error) {
				resp, err := inner.Chat(ctx, *call.Request)
				shout(resp)
				return &buoy.Reply{Response: resp}, err
			}
		}),
	} {
		t.Run(name, func(t *testing.T) {
			for way := range newDesk(t, buoytest.NewServer(t)).ways() {
				d := newDesk(t, buoytest.NewServer(t, buoytest.Always(answer)), opt)
				require.Contains(t, d.ways()[way](hello+`}`).Text, `"content":"HI"`, way)
			}
		})
	}
	d := newDesk(t, buoytest.NewServer(t, buoytest.Always(buoytest.Fail(503))), buoy.WithFallbackFunc(func(ctx context.Context, req buoy.Request, _ error) (*buoy.Response, error) {
		resp, err := inner.Chat(ctx, req)
		shout(resp)
		return resp, err
	}))
	require.Contains(t, d.post(hello+`}`).Text, `"content":"HI"`)
}

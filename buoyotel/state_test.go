package buoyotel_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoyotel"
	"github.com/buoy-go/buoy/buoytest"
)

func TestKeysAndGauges(t *testing.T) {
	srv := buoytest.NewServer(t, buoytest.ForKey(secretKey, buoytest.Always(buoytest.OpenAIError(401, "invalid_api_key", "wrong"))))
	d := newDesk(t, srv, nil, buoy.WithRateLimit(buoy.RateLimit{Concurrent: 3}),
		buoy.WithQuota(buoy.Quota{Name: "month", Tokens: 1000}))
	require.NoError(t, d.client.SetKeys("primary", secretKey, "sk-other"))
	stop := d.telemetry.Watch(d.client)
	again := d.telemetry.Watch(d.client)
	again()
	for range 20 { // until the bad key had its turn
		d.spans.Reset()
		req := request()
		req.PromptCacheKey = rand.Text()
		_, err := d.client.Chat(context.Background(), req)
		require.NoError(t, err)
		if len(srv.Requests()) > 0 && slices.Contains(events(d.call()), "buoy.key") {
			break
		}
	}
	require.Contains(t, events(d.call()), "buoy.key")
	require.EqualValues(t, 1, total(d.metrics()["buoy.key.changes"]))

	m := d.metrics()
	keys := map[string]float64{}
	for _, p := range m["buoy.keys"] {
		state, _ := p.attrs.Value("buoy.key.state")
		keys[state.AsString()] = p.n
	}
	require.Equal(t, map[string]float64{"ready": 1, "limited": 0, "cooled": 0, "refused": 0, "disabled": 1}, keys)
	require.NotEmpty(t, m["buoy.limit.running"])
	require.NotEmpty(t, m["buoy.limit.waiting"])
	require.Len(t, m["buoy.quota.share"], 1)
	d.silent()
	stop()
	stop()
	require.Empty(t, d.metrics()["buoy.keys"], "nothing is left after stop")
}

func TestBreaker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, buoytest.NewMemServer(t, buoytest.Always(buoytest.Fail(500))), nil, buoy.WithRetry(buoy.RetryPolicy{MaxAttempts: 1}))
		defer d.telemetry.Watch(d.client)()
		for range 6 {
			_, _ = d.client.Chat(t.Context(), request())
		}
		m := d.metrics()
		require.EqualValues(t, 2, total(m["buoy.breaker.state"]))
		require.EqualValues(t, 1, total(m["buoy.breaker.changes"]))
		spans := d.spans.GetSpans()
		require.Equal(t, "circuit_open", attr(spans[len(spans)-1], "error.type").AsString())
		require.Equal(t, "primary", attr(spans[len(spans)-1], "gen_ai.provider.name").AsString())
	})
}

func TestLimitWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, buoytest.NewMemServer(t, buoytest.Always(buoytest.Delay(time.Second, buoytest.Reply("Hello!")))), nil,
			buoy.WithRateLimit(buoy.RateLimit{Concurrent: 1}))
		var wg sync.WaitGroup
		for range 2 {
			wg.Go(func() {
				_, err := d.client.Chat(t.Context(), request())
				require.NoError(t, err)
			})
		}
		wg.Wait()
		waited := 0
		for _, s := range d.spans.GetSpans() {
			if slices.Contains(events(s), "buoy.wait") {
				waited++
			}
		}
		require.Equal(t, 1, waited)
		require.InDelta(t, 1, total(d.metrics()["buoy.wait.duration"]), 0.1)
	})
}

func TestContent(t *testing.T) {
	redact := func(_ context.Context, s string) string {
		if strings.Contains(s, "panic") {
			panic(s)
		}
		return strings.ReplaceAll(s, "Moscow", "CITY")
	}
	messages := func(s tracetest.SpanStub, key string) (out []map[string]any) {
		require.NoError(t, json.Unmarshal([]byte(attr(s, key).AsString()), &out))
		return out
	}
	content := []buoyotel.Option{buoyotel.WithContent(buoyotel.Content{MaxBytes: 600, Redact: redact})}
	for _, stream := range []bool{false, true} {
		d := newDesk(t, buoytest.NewServer(t, buoytest.ReplyWith(buoytest.Answer{
			ToolCalls: []buoytest.ToolCall{{ID: "c1", Name: "weather", Arguments: `{"city":"Moscow"}`}}})), content)
		req := buoy.Request{Model: "gpt-4o", Messages: []buoy.Message{
			buoy.System("Be brief."), buoy.User("Moscow?"), buoy.User("panic"),
			buoy.UserParts(buoy.Text("look"), buoy.ImageData("image/png", []byte("secret pixels"))),
		}}
		if stream {
			s, err := d.client.Stream(context.Background(), req)
			require.NoError(t, err)
			for _, err := range s.Chunks() {
				require.NoError(t, err)
			}
		} else {
			_, err := d.client.Chat(context.Background(), req)
			require.NoError(t, err)
		}
		in, out := messages(d.call(), "gen_ai.input.messages"), messages(d.call(), "gen_ai.output.messages")
		require.Len(t, in, 4)
		require.Equal(t, map[string]any{"role": "user", "parts": []any{map[string]any{"type": "text", "content": "CITY?"}}}, in[1])
		require.Equal(t, []any{map[string]any{"type": "text"}}, in[2]["parts"], "a redaction that panics hides all")
		require.Equal(t, map[string]any{"type": "image_url"}, in[3]["parts"].([]any)[1], "no data")
		require.Equal(t, map[string]any{"type": "tool_call", "id": "c1", "name": "weather", "arguments": `{"city":"CITY"}`}, out[0]["parts"].([]any)[0])
		require.Equal(t, "tool_calls", out[0]["finish_reason"])
		require.Equal(t, attribute.EMPTY, attr(d.call(), "buoy.content.truncated").Type())
	}
	t.Run("bounded", func(t *testing.T) {
		d := newDesk(t, buoytest.NewServer(t), content)
		req := buoy.Request{Model: strings.Repeat("ж", 5000), Messages: []buoy.Message{buoy.User(strings.Repeat("ж\xff", 100_000))}}
		for range 1000 {
			req.Messages = append(req.Messages, buoy.User("x"))
		}
		_, _ = d.client.Chat(context.Background(), req)
		span := d.call()
		require.True(t, attr(span, "buoy.content.truncated").AsBool())
		require.Less(t, len(attr(span, "gen_ai.input.messages").AsString()), 4000)
		messages(span, "gen_ai.input.messages")
		require.LessOrEqual(t, len(attr(span, "gen_ai.request.model").AsString()), 256)
		require.LessOrEqual(t, len(span.Name), 300)
	})
}

// Calls at the same time, one inside another, and two clients with one Telemetry.
func TestConcurrency(t *testing.T) {
	srv := buoytest.NewServer(t, buoytest.Chaos(7, buoytest.Faults{Error500: 0.2, Cut: 0.1, Empty: 0.05}))
	d := newDesk(t, srv, []buoyotel.Option{buoyotel.WithContent(buoyotel.Content{})},
		buoy.WithRetry(buoy.RetryPolicy{BaseDelay: time.Millisecond, MaxDelay: 2 * time.Millisecond}), buoy.WithBreaker(buoy.BreakerPolicy{Disabled: true}))
	defer d.telemetry.Watch(d.client)()
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for range 10 {
				if i%2 == 0 {
					_, _ = d.client.Chat(context.Background(), request())
					continue
				}
				if s, err := d.client.Stream(context.Background(), request()); err == nil {
					s.Next()
					_ = s.Close()
				}
			}
		})
	}
	d.metrics()
	wg.Wait()
	n := 0
	parents := map[trace.SpanID]bool{}
	for _, s := range d.spans.GetSpans() {
		if s.SpanKind == trace.SpanKindClient {
			n++
			parents[s.SpanContext.SpanID()] = true
		}
	}
	require.Equal(t, 80, n)
	require.EqualValues(t, 80, calls(d.metrics()["gen_ai.client.inference.duration"]))
	attempts := d.attempts()
	require.Len(t, attempts, len(srv.Requests()))
	for _, a := range attempts {
		require.True(t, parents[a.Parent.SpanID()])
	}
}

func TestParentAndNoHeaders(t *testing.T) {
	srv := buoytest.NewServer(t)
	d := newDesk(t, srv, []buoyotel.Option{buoyotel.WithPropagator(nil)})
	parent := trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{1}, SpanID: trace.SpanID{2}, TraceFlags: trace.FlagsSampled})
	_, err := d.client.Chat(trace.ContextWithSpanContext(context.Background(), parent), request())
	require.NoError(t, err)
	require.Equal(t, parent.SpanID(), d.call().Parent.SpanID())
	require.Equal(t, parent.TraceID(), d.call().SpanContext.TraceID())
	require.Empty(t, srv.Requests()[0].Header.Get("traceparent"))
}

func TestNewRefuses(t *testing.T) {
	_, err := buoyotel.New(buoyotel.WithEndpoint(buoy.Endpoint{BaseURL: "nonsense"}))
	require.ErrorContains(t, err, "has no host")
	require.NoError(t, errors.Unwrap(err))
}

func TestMiddlewareRules(t *testing.T) {
	telemetry, err := buoyotel.New()
	require.NoError(t, err)
	buoytest.TestMiddleware(t, telemetry.Middleware)
}

package buoyotel_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoyotel"
	"github.com/buoy-go/buoy/buoytest"
)

const (
	secretKey    = "sk-secret-key-of-the-test-0123456789"
	secretPrompt = "the prompt that nobody may see"
)

// desk is a client whose telemetry ends in memory.
type desk struct {
	t         *testing.T
	client    *buoy.Client
	telemetry *buoyotel.Telemetry
	spans     *tracetest.InMemoryExporter
	reader    *sdkmetric.ManualReader
	endpoint  buoy.Endpoint
}

func newDesk(t *testing.T, srv *buoytest.Server, options []buoyotel.Option, more ...buoy.Option) *desk {
	t.Helper()
	d := &desk{t: t, spans: tracetest.NewInMemoryExporter(), reader: sdkmetric.NewManualReader(), endpoint: srv.Endpoint()}
	d.endpoint.Name, d.endpoint.Keys = "primary", []string{secretKey}
	traces := sdktrace.NewTracerProvider(sdktrace.WithSyncer(d.spans))
	meters := sdkmetric.NewMeterProvider(sdkmetric.WithReader(d.reader))
	t.Cleanup(func() {
		require.NoError(t, traces.Shutdown(context.Background()))
		require.NoError(t, meters.Shutdown(context.Background()))
	})
	var err error
	d.telemetry, err = buoyotel.New(append([]buoyotel.Option{
		buoyotel.WithTracerProvider(traces), buoyotel.WithMeterProvider(meters), buoyotel.WithEndpoint(d.endpoint),
	}, options...)...)
	require.NoError(t, err)
	d.client, err = buoy.New(d.endpoint, append([]buoy.Option{
		buoy.WithHTTPClient(srv.Client()), buoy.WithObserver(d.telemetry), buoy.WithMiddleware(d.telemetry.Middleware()),
	}, more...)...)
	require.NoError(t, err)
	t.Cleanup(func() { _ = d.client.Close() })
	return d
}

func request() buoy.Request {
	return buoy.Request{Model: "gpt-4o", Messages: []buoy.Message{buoy.User(secretPrompt)}, User: "tenant-42"}
}

// call is the one span of a call, attempts are those of its requests in their order.
func (d *desk) call() tracetest.SpanStub {
	d.t.Helper()
	var found []tracetest.SpanStub
	for _, s := range d.spans.GetSpans() {
		if s.SpanKind == trace.SpanKindClient {
			found = append(found, s)
		}
	}
	require.Len(d.t, found, 1, "spans of calls")
	return found[0]
}

func (d *desk) attempts() []tracetest.SpanStub {
	var found []tracetest.SpanStub
	for _, s := range d.spans.GetSpans() {
		if s.Name == "buoy attempt" {
			found = append(found, s)
		}
	}
	slices.SortFunc(found, func(a, b tracetest.SpanStub) int {
		return int(attr(a, "buoy.attempt.number").AsInt64() - attr(b, "buoy.attempt.number").AsInt64())
	})
	return found
}

func attr(s tracetest.SpanStub, key string) attribute.Value { return valueOf(s.Attributes, key) }

func valueOf(all []attribute.KeyValue, key string) attribute.Value {
	for _, a := range all {
		if string(a.Key) == key {
			return a.Value
		}
	}
	return attribute.Value{}
}

func events(s tracetest.SpanStub) (names []string) {
	for _, e := range s.Events {
		names = append(names, e.Name)
	}
	return names
}

type point struct {
	attrs attribute.Set
	n     float64 // the sum, or the gauge's value
	count uint64
}

// metrics collects all points by name.
func (d *desk) metrics() map[string][]point {
	d.t.Helper()
	var data metricdata.ResourceMetrics
	require.NoError(d.t, d.reader.Collect(context.Background(), &data))
	all := map[string][]point{}
	for _, scope := range data.ScopeMetrics {
		require.Equal(d.t, "https://opentelemetry.io/schemas/gen-ai/0.1.0", scope.Scope.SchemaURL)
		for _, m := range scope.Metrics {
			switch kind := m.Data.(type) {
			case metricdata.Sum[int64]:
				for _, p := range kind.DataPoints {
					all[m.Name] = append(all[m.Name], point{attrs: p.Attributes, n: float64(p.Value)})
				}
			case metricdata.Sum[float64]:
				for _, p := range kind.DataPoints {
					all[m.Name] = append(all[m.Name], point{attrs: p.Attributes, n: p.Value})
				}
			case metricdata.Gauge[int64]:
				for _, p := range kind.DataPoints {
					all[m.Name] = append(all[m.Name], point{attrs: p.Attributes, n: float64(p.Value)})
				}
			case metricdata.Gauge[float64]:
				for _, p := range kind.DataPoints {
					all[m.Name] = append(all[m.Name], point{attrs: p.Attributes, n: p.Value})
				}
			case metricdata.Histogram[int64]:
				for _, p := range kind.DataPoints {
					all[m.Name] = append(all[m.Name], point{attrs: p.Attributes, n: float64(p.Sum), count: p.Count})
				}
			case metricdata.Histogram[float64]:
				for _, p := range kind.DataPoints {
					all[m.Name] = append(all[m.Name], point{attrs: p.Attributes, n: p.Sum, count: p.Count})
				}
			default:
				d.t.Fatalf("%s is a %T", m.Name, m.Data)
			}
		}
	}
	return all
}

func total(points []point) (n float64) {
	for _, p := range points {
		n += p.n
	}
	return n
}

func calls(points []point) (n uint64) {
	for _, p := range points {
		n += p.count
	}
	return n
}

// silent checks that no secret is anywhere.
func (d *desk) silent() {
	d.t.Helper()
	var seen strings.Builder
	write := func(all []attribute.KeyValue) {
		for _, a := range all {
			seen.WriteString(string(a.Key) + "=" + a.Value.Emit() + "\n")
		}
	}
	for _, s := range d.spans.GetSpans() {
		seen.WriteString(s.Name + s.Status.Description + "\n")
		write(s.Attributes)
		for _, e := range s.Events {
			write(e.Attributes)
		}
	}
	for _, points := range d.metrics() {
		for _, p := range points {
			write(p.attrs.ToSlice())
		}
	}
	for _, secret := range []string{secretKey, secretPrompt, "tenant-42", "key-", "/chat/completions"} {
		require.NotContains(d.t, seen.String(), secret)
	}
}

func usage() buoytest.Answer {
	return buoytest.Answer{Text: "Hello!", Usage: buoytest.Usage{PromptTokens: 11, CompletionTokens: 7}}
}

func TestWholeCall(t *testing.T) {
	srv := buoytest.NewServer(t, buoytest.ReplyWith(usage()))
	d := newDesk(t, srv, nil)
	req := request()
	req.Temperature, req.MaxTokens, req.ReasoningEffort = new(0.2), new(100), "low"
	resp, err := d.client.Chat(context.Background(), req)
	require.NoError(t, err)

	span := d.call()
	require.Equal(t, "chat gpt-4o", span.Name)
	require.Equal(t, codes.Unset, span.Status.Code)
	require.False(t, span.Parent.IsValid())
	require.Equal(t, "https://opentelemetry.io/schemas/gen-ai/0.1.0", span.InstrumentationScope.SchemaURL)
	for key, want := range map[string]any{
		"gen_ai.operation.name": "chat", "gen_ai.provider.name": "primary", "gen_ai.request.model": "gpt-4o",
		"gen_ai.request.temperature": 0.2, "gen_ai.request.max_tokens": int64(100), "gen_ai.request.reasoning.level": "low",
		"gen_ai.response.model": "gpt-4o", "gen_ai.response.id": resp.ID, "gen_ai.response.finish_reasons": []string{"stop"},
		"gen_ai.usage.input_tokens": int64(11), "gen_ai.usage.output_tokens": int64(7), "server.address": "127.0.0.1",
	} {
		require.Equal(t, want, attr(span, key).AsInterface(), key)
	}
	require.NotZero(t, attr(span, "server.port").AsInt64())
	require.Equal(t, attribute.INVALID, attr(span, "gen_ai.input.messages").Type(), "content without the option")
	require.Equal(t, attribute.INVALID, attr(span, "error.type").Type())

	attempts := d.attempts()
	require.Len(t, attempts, 1)
	require.Equal(t, trace.SpanKindInternal, attempts[0].SpanKind)
	require.Equal(t, span.SpanContext.SpanID(), attempts[0].Parent.SpanID())
	for _, a := range attempts[0].Attributes {
		require.False(t, strings.HasPrefix(string(a.Key), "gen_ai."), "%s would be counted as a call", a.Key)
	}
	want := "00-" + attempts[0].SpanContext.TraceID().String() + "-" + attempts[0].SpanContext.SpanID().String() + "-01"
	require.Equal(t, want, srv.Requests()[0].Header.Get("traceparent"))

	m := d.metrics()
	require.EqualValues(t, 1, calls(m["gen_ai.client.inference.duration"]))
	require.EqualValues(t, 11, total(m["gen_ai.client.inference.usage.input_tokens"]))
	require.EqualValues(t, 7, total(m["gen_ai.client.inference.usage.output_tokens"]))
	require.EqualValues(t, 11, total(m["gen_ai.client.inference.operation.input_tokens"]))
	modality, _ := m["gen_ai.client.inference.usage.input_tokens"][0].attrs.Value("gen_ai.token.modality")
	require.Equal(t, "unknown", modality.AsString())
	require.Empty(t, m["gen_ai.client.inference.time_to_first_chunk"], "only streams have one")
	require.Empty(t, m["gen_ai.client.operation.duration"], "the old one is an option")
	d.silent()
}

// A sampler sees what the conventions want it to see.
func TestAttributesAtTheStart(t *testing.T) {
	srv := buoytest.NewServer(t)
	var seen []attribute.KeyValue
	traces := sdktrace.NewTracerProvider(sdktrace.WithSampler(sampler(func(p sdktrace.SamplingParameters) {
		if p.Kind == trace.SpanKindClient {
			seen = p.Attributes
		}
	})))
	d := newDesk(t, srv, []buoyotel.Option{buoyotel.WithTracerProvider(traces), buoyotel.WithProvider("primary", "mine")})
	_, err := d.client.Chat(context.Background(), request())
	require.NoError(t, err)
	require.Equal(t, "mine", valueOf(seen, "gen_ai.provider.name").AsString())
	for _, key := range []string{"gen_ai.operation.name", "gen_ai.request.model", "server.address", "server.port"} {
		require.NotEqual(t, attribute.INVALID, valueOf(seen, key).Type(), key)
	}
	require.Empty(t, d.spans.GetSpans(), "nothing is recorded")
	require.NotEmpty(t, d.metrics()["gen_ai.client.inference.duration"], "metrics do not depend on sampling")
}

type sampler func(sdktrace.SamplingParameters)

func (f sampler) ShouldSample(p sdktrace.SamplingParameters) sdktrace.SamplingResult {
	f(p)
	return sdktrace.SamplingResult{Decision: sdktrace.Drop}
}
func (sampler) Description() string { return "test" }

func TestV141Metrics(t *testing.T) {
	d := newDesk(t, buoytest.NewServer(t, buoytest.ReplyWith(usage())), []buoyotel.Option{buoyotel.WithV141Metrics()})
	_, err := d.client.Chat(context.Background(), request())
	require.NoError(t, err)
	m := d.metrics()
	require.EqualValues(t, 1, calls(m["gen_ai.client.operation.duration"]))
	got := map[string]float64{}
	for _, p := range m["gen_ai.client.token.usage"] {
		kind, _ := p.attrs.Value("gen_ai.token.type")
		got[kind.AsString()] = p.n
		_, has := p.attrs.Value("gen_ai.provider.name")
		require.True(t, has)
	}
	require.Equal(t, map[string]float64{"input": 11, "output": 7}, got)
}

func TestStream(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := buoytest.NewMemServer(t, buoytest.Slow(time.Second, "one", " two", " three"))
		d := newDesk(t, srv, nil)
		stream, err := d.client.Stream(t.Context(), request())
		require.NoError(t, err)
		require.Empty(t, d.spans.GetSpans(), "the span ends with the stream, not before")
		for _, err := range stream.Chunks() {
			require.NoError(t, err)
		}
		span := d.call()
		require.True(t, attr(span, "gen_ai.request.stream").AsBool())
		require.InDelta(t, 1, attr(span, "gen_ai.response.time_to_first_chunk").AsFloat64(), 0.1)
		require.Equal(t, []string{"stop"}, attr(span, "gen_ai.response.finish_reasons").AsStringSlice())
		require.NotEmpty(t, attr(span, "gen_ai.response.id").AsString())
		require.GreaterOrEqual(t, span.EndTime.Sub(span.StartTime), 3*time.Second)
		require.Contains(t, events(span), "buoy.first_token")
		m := d.metrics()
		require.EqualValues(t, 1, calls(m["gen_ai.client.inference.time_to_first_chunk"]))
		require.InDelta(t, 1, total(m["gen_ai.client.inference.time_to_first_chunk"]), 0.1)
		d.silent()
	})
}

func TestEndsOfStreams(t *testing.T) {
	t.Run("closed", func(t *testing.T) {
		d := newDesk(t, buoytest.NewServer(t, buoytest.Stall(1, time.Hour)), nil)
		stream, err := d.client.Stream(context.Background(), request())
		require.NoError(t, err)
		require.NoError(t, stream.Close())
		span := d.call()
		require.Equal(t, "canceled", attr(span, "error.type").AsString())
		require.Equal(t, codes.Unset, span.Status.Code)
		require.Len(t, d.attempts(), 1)
	})
	t.Run("interrupted", func(t *testing.T) {
		d := newDesk(t, buoytest.NewServer(t, buoytest.Cut(2)), nil)
		stream, err := d.client.Stream(context.Background(), request())
		require.NoError(t, err)
		for range stream.Chunks() {
			continue
		}
		require.ErrorIs(t, stream.Err(), buoy.ErrStreamInterrupted)
		require.Equal(t, "stream_interrupted", attr(d.call(), "error.type").AsString())
		require.Equal(t, codes.Error, d.call().Status.Code)
	})
	t.Run("abandoned", func(t *testing.T) {
		d := newDesk(t, buoytest.NewServer(t, buoytest.Stall(1, time.Hour)), nil)
		ctx, cancel := context.WithCancel(context.Background())
		_, err := d.client.Stream(ctx, request())
		require.NoError(t, err)
		cancel()
		require.Eventually(t, func() bool { return len(d.spans.GetSpans()) == 2 }, 10*time.Second, time.Millisecond)
		require.Equal(t, "canceled", attr(d.call(), "error.type").AsString())
	})
	t.Run("abandoned without a deadline", func(t *testing.T) {
		d := newDesk(t, buoytest.NewServer(t, buoytest.Stall(1, time.Hour)), nil)
		func() {
			_, err := d.client.Stream(context.Background(), request())
			require.NoError(t, err)
		}()
		require.Eventually(t, func() bool { runtime.GC(); return len(d.spans.GetSpans()) == 2 }, 20*time.Second, 10*time.Millisecond)
	})
}

func TestRetry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := buoytest.NewMemServer(t, buoytest.OpenAIError(503, "overloaded", "busy"), buoytest.Reset(), buoytest.Reply("Hello!"))
		d := newDesk(t, srv, nil)
		_, err := d.client.Chat(t.Context(), request())
		require.NoError(t, err)
		span, attempts := d.call(), d.attempts()
		require.Equal(t, []string{"buoy.retry", "buoy.retry"}, events(span))
		require.Equal(t, "overloaded", valueOf(span.Events[0].Attributes, "error.type").AsString())
		require.Equal(t, "overloaded", attr(span, "buoy.repaired").AsString())
		require.Equal(t, codes.Unset, span.Status.Code)
		require.Len(t, attempts, 3)
		require.EqualValues(t, 503, attr(attempts[0], "http.response.status_code").AsInt64())
		require.Equal(t, codes.Error, attempts[0].Status.Code)
		require.EqualValues(t, 2, attr(attempts[2], "http.request.resend_count").AsInt64())
		require.NotEqual(t, srv.Requests()[0].Header.Get("traceparent"), srv.Requests()[2].Header.Get("traceparent"))
		m := d.metrics()
		require.EqualValues(t, 1, calls(m["gen_ai.client.inference.duration"]), "a call counts once")
		require.EqualValues(t, 3, calls(m["buoy.attempt.duration"]))
		require.EqualValues(t, 2, total(m["buoy.retries"]))
		require.EqualValues(t, 1, total(m["buoy.repaired"]))
		d.silent()
	})
}

func TestFallback(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := buoytest.NewMemServer(t, buoytest.ForModel("gpt-4o", buoytest.OpenAIError(400, "context_length_exceeded", "too long")))
		d := newDesk(t, srv, nil, buoy.WithFallback(buoy.Target{Model: "large", LargerContext: true}))
		_, err := d.client.Chat(t.Context(), request())
		require.NoError(t, err)
		span := d.call()
		require.Equal(t, []string{"buoy.fallback"}, events(span), "a fallback is no retry")
		require.Equal(t, "large", valueOf(span.Events[0].Attributes, "buoy.to.model").AsString())
		require.Equal(t, "gpt-4o", attr(span, "gen_ai.request.model").AsString())
		require.Equal(t, "large", attr(span, "gen_ai.response.model").AsString())
		m := d.metrics()
		require.EqualValues(t, 1, total(m["buoy.fallbacks"]))
		require.Empty(t, m["buoy.retries"])
		d.silent()
	})
}

func TestHedge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := buoytest.NewMemServer(t, buoytest.Delay(time.Minute, buoytest.Reply("slow")), buoytest.Reply("fast"))
		d := newDesk(t, srv, nil, buoy.WithHedge(buoy.HedgePolicy{After: time.Second}))
		require.NoError(t, d.client.SetKeys("primary", secretKey, "sk-other"))
		_, err := d.client.Chat(t.Context(), request())
		require.NoError(t, err)
		synctest.Wait() // the loser ends
		require.Contains(t, events(d.call()), "buoy.hedge")
		require.NotContains(t, events(d.call()), "buoy.retry")
		attempts := d.attempts()
		require.Len(t, attempts, 2)
		require.Equal(t, "canceled", attr(attempts[0], "error.type").AsString())
		require.True(t, attr(attempts[1], "buoy.attempt.hedge").AsBool())
		require.EqualValues(t, 1, total(d.metrics()["buoy.hedges"]))
		require.EqualValues(t, 1, calls(d.metrics()["gen_ai.client.inference.duration"]))
	})
}

func TestRecoveryAndDiscardedUsage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := buoytest.NewMemServer(t, buoytest.Cut(2), buoytest.ReplyWith(usage()))
		d := newDesk(t, srv, nil, buoy.WithStreamRecovery(buoy.RecoverRestart))
		stream, err := d.client.Stream(t.Context(), request())
		require.NoError(t, err)
		for _, err := range stream.Chunks() {
			require.NoError(t, err)
		}
		span := d.call()
		require.Contains(t, events(span), "buoy.recovery")
		require.Len(t, d.attempts(), 2)
		require.EqualValues(t, 1, total(d.metrics()["buoy.recoveries"]))
		require.Equal(t, "stream_interrupted", attr(span, "buoy.repaired").AsString())
	})
	t.Run("a failed attempt's tokens count", func(t *testing.T) {
		const refused = `{"id":"x","model":"m","choices":[{"index":0,"message":{"role":"assistant","content":""},"finish_reason":"content_filter"}],` +
			`"usage":{"prompt_tokens":30,"completion_tokens":4,"total_tokens":34,"cost_rub":0.5}}`
		d := newDesk(t, buoytest.NewServer(t, buoytest.Raw(200, "application/json", []byte(refused))), nil)
		_, err := d.client.Chat(context.Background(), request())
		require.ErrorIs(t, err, buoy.ErrModeration)
		m := d.metrics()
		require.EqualValues(t, 30, total(m["gen_ai.client.inference.usage.input_tokens"]))
		require.EqualValues(t, 4, total(m["gen_ai.client.inference.usage.output_tokens"]))
		require.InDelta(t, 0.5, total(m["buoy.cost"]), 1e-9)
		kind, _ := m["gen_ai.client.inference.usage.input_tokens"][0].attrs.Value("error.type")
		require.Equal(t, "moderation", kind.AsString())
	})
}

func TestFailuresByKind(t *testing.T) {
	for _, test := range []struct {
		step buoytest.Step
		kind buoy.Kind
	}{
		{buoytest.OpenAIError(400, "bad", "bad"), buoy.ErrInvalidRequest},
		{buoytest.OpenAIError(400, "context_length_exceeded", "too long"), buoy.ErrContextLength},
		{buoytest.OpenAIError(401, "invalid_api_key", "wrong key "+secretKey), buoy.ErrAuth},
		{buoytest.OpenAIError(403, "forbidden", "no"), buoy.ErrPermission},
		{buoytest.OpenAIError(404, "model_not_found", "no "+secretPrompt), buoy.ErrNotFound},
		{buoytest.OpenAIError(429, "insufficient_quota", "pay"), buoy.ErrQuota},
		{buoytest.OpenAIError(429, "rate_limit_exceeded", "slow"), buoy.ErrRateLimit},
		{buoytest.Fail(500), buoy.ErrServer},
		{buoytest.OpenAIError(503, "overloaded", "busy"), buoy.ErrOverloaded},
		{buoytest.Reset(), buoy.ErrConnection},
		{buoytest.HTML(200), buoy.ErrMalformed},
	} {
		t.Run(string(test.kind), func(t *testing.T) {
			d := newDesk(t, buoytest.NewServer(t, test.step), nil, buoy.WithRetry(buoy.RetryPolicy{MaxAttempts: 1}))
			_, err := d.client.Chat(context.Background(), request())
			require.Equal(t, test.kind, buoy.KindOf(err), "%v", err)
			span := d.call()
			require.Equal(t, string(test.kind), attr(span, "error.type").AsString())
			require.Equal(t, codes.Error, span.Status.Code)
			require.Equal(t, string(test.kind), attr(d.attempts()[0], "error.type").AsString())
			kind, _ := d.metrics()["gen_ai.client.inference.duration"][0].attrs.Value("error.type")
			require.Equal(t, string(test.kind), kind.AsString())
			d.silent()
		})
	}
	t.Run("refused before it is sent", func(t *testing.T) {
		d := newDesk(t, buoytest.NewServer(t), nil)
		_, err := d.client.Chat(context.Background(), buoy.Request{Model: "gpt-4o"})
		require.Error(t, err)
		require.Equal(t, "invalid_request", attr(d.call(), "error.type").AsString())
		require.Empty(t, d.attempts())
	})
	t.Run("canceled", func(t *testing.T) {
		srv := buoytest.NewServer(t, buoytest.Hang(time.Hour))
		d := newDesk(t, srv, nil)
		ctx, cancel := context.WithCancel(context.Background())
		go func() { srv.Await(1); cancel() }()
		_, err := d.client.Chat(ctx, request())
		require.ErrorIs(t, err, buoy.ErrCanceled)
		require.Equal(t, "canceled", attr(d.call(), "error.type").AsString())
		require.Equal(t, codes.Unset, d.call().Status.Code)
	})
}

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
	require.Equal(t, map[string]float64{"ready": 1, "cooled": 0, "disabled": 1}, keys)
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
		require.Equal(t, attribute.INVALID, attr(d.call(), "buoy.content.truncated").Type())
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

package buoyotel_test

import (
	"context"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoyotel"
	"github.com/buoy-go/buoy/buoytest"
)

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
	require.Equal(t, attribute.EMPTY, attr(span, "gen_ai.input.messages").Type(), "content without the option")
	require.Equal(t, attribute.EMPTY, attr(span, "error.type").Type())

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
		require.NotEqual(t, attribute.EMPTY, valueOf(seen, key).Type(), key)
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

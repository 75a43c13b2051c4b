package main

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/getsentry/sentry-go"
	promclient "github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	otelprom "go.opentelemetry.io/otel/exporters/prometheus"
	"go.opentelemetry.io/otel/metric"
	nometrics "go.opentelemetry.io/otel/metric/noop"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	notraces "go.opentelemetry.io/otel/trace/noop"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoyotel"
	"github.com/buoy-go/buoy/buoysentry"
)

// canned answers each request with one reply, without a network.
type canned struct {
	status      int
	kind, reply string
}

func (c canned) RoundTrip(q *http.Request) (*http.Response, error) {
	_ = q.Body.Close()
	return &http.Response{StatusCode: c.status, Header: http.Header{"Content-Type": {c.kind}}, Body: io.NopCloser(strings.NewReader(c.reply)), Request: q}, nil
}

var (
	whole  = canned{200, "application/json", `{"id":"1","model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"Hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":10,"completion_tokens":2,"total_tokens":12}}`}
	pieces = canned{200, "text/event-stream", strings.Repeat("data: {\"id\":\"1\",\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"x\"}}]}\n\n", 100) +
		"data: {\"id\":\"1\",\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n"}
	refused = canned{400, "application/json", `{"error":{"message":"no","code":"invalid_value"}}`}
)

type nobody struct{}

func (nobody) ObserveAttempt(context.Context, buoy.AttemptEvent) {}
func (nobody) ObserveCall(context.Context, buoy.CallEvent)       {}

// BenchmarkWatching is what each way of watching adds to a call: a whole answer, a stream
// of 100 chunks, and a call that is refused.
func BenchmarkWatching(b *testing.B) {
	otel := func(b *testing.B, traces trace.TracerProvider, meters metric.MeterProvider) []buoy.Option {
		telemetry, err := buoyotel.New(buoyotel.WithEndpoint(buoy.OpenAI("test-key")), buoyotel.WithTracerProvider(traces), buoyotel.WithMeterProvider(meters))
		require.NoError(b, err)
		return []buoy.Option{buoy.WithObserver(telemetry), buoy.WithMiddleware(telemetry.Middleware())}
	}
	traces := sdktrace.NewTracerProvider() // spans are recorded and go nowhere
	meters := func(b *testing.B) *sdkmetric.MeterProvider {
		exporter, err := otelprom.New(otelprom.WithRegisterer(promclient.NewRegistry()))
		require.NoError(b, err)
		return sdkmetric.NewMeterProvider(sdkmetric.WithReader(exporter))
	}
	report := func(b *testing.B) []buoy.Option {
		sdk, err := sentry.NewClient(sentry.ClientOptions{Transport: &nowhere{}, Dsn: "http://public@127.0.0.1:1/42", Release: "test@1", DisableTelemetryBuffer: true})
		require.NoError(b, err)
		return []buoy.Option{buoy.WithObserver(buoysentry.New(buoysentry.WithHub(sentry.NewHub(sdk, sentry.NewScope()))))}
	}
	logger := buoy.WithLogger(slog.New(slog.NewJSONHandler(io.Discard, nil)))
	for _, way := range []struct {
		name    string
		options func(b *testing.B) []buoy.Option
	}{
		{"off", func(*testing.B) []buoy.Option { return nil }},
		{"observer", func(*testing.B) []buoy.Option { return []buoy.Option{buoy.WithObserver(nobody{})} }},
		{"logger", func(*testing.B) []buoy.Option { return []buoy.Option{logger} }},
		{"metrics", func(b *testing.B) []buoy.Option { return otel(b, notraces.NewTracerProvider(), meters(b)) }},
		{"traces", func(b *testing.B) []buoy.Option { return otel(b, traces, nometrics.NewMeterProvider()) }},
		{"metrics_and_traces", func(b *testing.B) []buoy.Option { return otel(b, traces, meters(b)) }},
		{"sentry", report},
		{"all", func(b *testing.B) []buoy.Option {
			return append(append(otel(b, traces, meters(b)), report(b)...), logger)
		}},
	} {
		for _, kind := range []struct {
			name  string
			reply canned
		}{{"chat", whole}, {"stream", pieces}, {"refused", refused}} {
			b.Run(way.name+"/"+kind.name, func(b *testing.B) {
				client, err := buoy.New(buoy.OpenAI("test-key"), append(way.options(b), buoy.WithHTTPClient(&http.Client{Transport: kind.reply}))...)
				require.NoError(b, err)
				defer client.Close()
				b.ReportAllocs()
				for b.Loop() {
					ask(b.Context(), client, kind.name == "stream")
				}
			})
		}
	}
}

// nowhere is a transport that throws events away.
type nowhere struct{ sentry.MockTransport }

func (*nowhere) SendEvent(*sentry.Event) {}

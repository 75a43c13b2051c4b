package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"os"

	"github.com/getsentry/sentry-go"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	otelprom "go.opentelemetry.io/otel/exporters/prometheus"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoyotel"
	"github.com/buoy-go/buoy/buoysentry"
)

// watch is all that looks at the client.
type watch struct {
	log       *slog.Logger
	telemetry *buoyotel.Telemetry
	sentry    *buoysentry.Observer
	metrics   http.Handler

	spans  *tracetest.InMemoryExporter // yours sends them to a collector
	events *sentry.MockTransport       // yours sends them to Sentry: leave it out
	traces *sdktrace.TracerProvider
	meters *sdkmetric.MeterProvider
	hub    *sentry.Hub
}

func newWatch() (*watch, error) {
	registry := prometheus.NewRegistry()
	exporter, err := otelprom.New(otelprom.WithRegisterer(registry), otelprom.WithoutScopeInfo(), otelprom.WithoutTargetInfo())
	if err != nil {
		return nil, err
	}
	w := &watch{
		log:     slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: withoutTime})),
		metrics: promhttp.HandlerFor(registry, promhttp.HandlerOpts{}),
		spans:   tracetest.NewInMemoryExporter(), events: &sentry.MockTransport{},
		meters: sdkmetric.NewMeterProvider(sdkmetric.WithReader(exporter)),
	}
	w.traces = sdktrace.NewTracerProvider(sdktrace.WithSyncer(w.spans))
	sdk, err := sentry.NewClient(sentry.ClientOptions{Dsn: "http://public@localhost/1", Transport: w.events, Release: "observed@1", DisableTelemetryBuffer: true})
	if err != nil {
		return nil, err
	}
	w.hub = sentry.NewHub(sdk, sentry.NewScope())
	return w, nil
}

// observe makes the observers of a client of this endpoint.
func (w *watch) observe(endpoint buoy.Endpoint) (err error) {
	w.sentry = buoysentry.New(buoysentry.WithHub(w.hub), buoysentry.WithUser(func(ctx context.Context) sentry.User {
		return sentry.User{ID: visitor(ctx)}
	}))
	w.telemetry, err = buoyotel.New(buoyotel.WithEndpoint(endpoint), buoyotel.WithTracerProvider(w.traces), buoyotel.WithMeterProvider(w.meters))
	return err
}

func (w *watch) close() {
	ctx := context.Background()
	if err := errors.Join(w.traces.Shutdown(ctx), w.meters.Shutdown(ctx)); err != nil {
		w.log.Error("telemetry", "err", err)
	}
}

// attrs are what the application adds to each line of the log.
func attrs(ctx context.Context) []slog.Attr {
	if name := visitor(ctx); name != "" {
		return []slog.Attr{slog.String("visitor", name)}
	}
	return nil
}

// withoutTime leaves out what differs from run to run.
func withoutTime(_ []string, a slog.Attr) slog.Attr {
	if a.Key == slog.TimeKey || a.Key == "duration" {
		return slog.Attr{}
	}
	return a
}

// tree writes the latest call's trace.
func (w *watch) tree(out io.Writer) {
	spans := w.spans.GetSpans()
	for i := len(spans) - 1; i >= 0; i-- {
		if !spans[i].Parent.IsValid() {
			writeTree(out, spans, spans[i])
			return
		}
	}
	_, _ = io.WriteString(out, "nothing was asked yet\n")
}

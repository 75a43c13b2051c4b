package buoyotel_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
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
			seen.WriteString(string(a.Key) + "=" + a.Value.String() + "\n")
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

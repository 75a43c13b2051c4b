package buoyotel

import (
	"context"

	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/buoy-go/buoy"
)

// Option is an option of [New].
type Option func(*settings)

type settings struct {
	tracers    trace.TracerProvider
	meters     metric.MeterProvider
	propagator propagation.TextMapPropagator
	endpoint   *buoy.Endpoint
	providers  map[string]string
	old        bool
	content    *Content
}

// WithTracerProvider sets where spans go. The default is the global provider.
func WithTracerProvider(p trace.TracerProvider) Option {
	return func(s *settings) {
		if p != nil {
			s.tracers = p
		}
	}
}

// WithMeterProvider sets where metrics go. The default is the global provider.
func WithMeterProvider(p metric.MeterProvider) Option {
	return func(s *settings) {
		if p != nil {
			s.meters = p
		}
	}
}

// WithPropagator sets what is written to the headers of each request. The default is
// traceparent and tracestate (propagation.TraceContext) and no baggage, which would
// carry your application's values to the provider. Nil means no headers.
func WithPropagator(p propagation.TextMapPropagator) Option {
	return func(s *settings) { s.propagator = p }
}

// WithEndpoint names the client's primary endpoint, so that spans have the provider and
// the server from their start, where samplers look. Without it they are set when the
// first request is sent, and a call that sends none has the provider "unknown".
func WithEndpoint(e buoy.Endpoint) Option {
	return func(s *settings) { s.endpoint = &e }
}

// WithProvider sets gen_ai.provider.name for the endpoint with this label
// (buoy.Endpoint.Name). By default it is known from the host, such as "openai", and for
// other hosts it is the label.
func WithProvider(endpoint, name string) Option {
	return func(s *settings) {
		if s.providers == nil {
			s.providers = map[string]string{}
		}
		s.providers[endpoint] = name
	}
}

// WithV141Metrics also reports gen_ai.client.operation.duration and
// gen_ai.client.token.usage, the metrics of semconv v1.41.0, for existing dashboards.
func WithV141Metrics() Option {
	return func(s *settings) { s.old = true }
}

// WithContent also reports what was asked and answered, in the attributes
// gen_ai.input.messages and gen_ai.output.messages of a call's span. Answers need
// [Telemetry.Middleware]. The data of pictures, audio and files is left out.
func WithContent(c Content) Option {
	return func(s *settings) { s.content = &c }
}

// Content says how much of prompts and answers is reported. The zero value reports
// texts as they are.
type Content struct {
	// MaxBytes bounds the text in each of the two attributes. What is too long is cut
	// at the end, and buoy.content.truncated is set. Zero means 16 KiB.
	MaxBytes int
	// Redact returns what may be reported of a text: a message, a part of one, or the
	// arguments of a tool call. It gets the whole text, before it is cut. It must be
	// safe for concurrent use. If it panics, nothing of that text is reported. Nil
	// means that all may be reported.
	Redact func(ctx context.Context, text string) string
}

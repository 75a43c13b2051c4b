package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/getsentry/sentry-go"
	sentryotel "github.com/getsentry/sentry-go/otel"
	sentryotlp "github.com/getsentry/sentry-go/otel/otlp"
	"github.com/stretchr/testify/require"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	spans "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoyotel"
	"github.com/buoy-go/buoy/buoysentry"
	"github.com/buoy-go/buoy/buoytest"
)

// sentryServer takes what Sentry's takes: events as envelopes, and spans over OTLP.
type sentryServer struct {
	t   *testing.T
	dsn string

	mu     sync.Mutex
	spans  []*spans.Span
	events []sentryEvent
	raw    bytes.Buffer
}

type sentryEvent struct {
	EventID  string `json:"event_id"`
	Contexts struct {
		Trace struct {
			TraceID string `json:"trace_id"`
			SpanID  string `json:"span_id"`
		} `json:"trace"`
	} `json:"contexts"`
}

func newSentryServer(t *testing.T) *sentryServer {
	s := &sentryServer{t: t}
	srv := httptest.NewServer(s)
	t.Cleanup(srv.Close)
	s.dsn = strings.Replace(srv.URL, "http://", "http://public@", 1) + "/42"
	return s
}

func (s *sentryServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !strings.Contains(r.Header.Get("X-Sentry-Auth"), "sentry_key=public") {
		http.Error(w, "who are you?", http.StatusUnauthorized)
		return
	}
	var body io.Reader = r.Body
	if r.Header.Get("Content-Encoding") == "gzip" {
		var err error
		if body, err = gzip.NewReader(r.Body); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
	}
	data, err := io.ReadAll(body)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.raw.Write(data)
	switch {
	case err != nil:
	case r.URL.Path == "/api/42/integration/otlp/v1/traces/":
		var req collector.ExportTraceServiceRequest
		if err = proto.Unmarshal(data, &req); err == nil {
			for _, resource := range req.ResourceSpans {
				for _, scope := range resource.ScopeSpans {
					s.spans = append(s.spans, scope.Spans...)
				}
			}
			w.Header().Set("Content-Type", "application/x-protobuf")
		}
	case r.URL.Path == "/api/42/envelope/":
		for line := range bytes.Lines(data) { // an event is one line
			var e sentryEvent
			if json.Unmarshal(line, &e) == nil && e.EventID != "" && e.Contexts.Trace.TraceID != "" {
				s.events = append(s.events, e)
			}
		}
	default:
		http.NotFound(w, r)
		return
	}
	if err != nil {
		s.t.Errorf("what Sentry would refuse: %v", err)
		http.Error(w, err.Error(), http.StatusBadRequest)
	}
}

// Traces reach Sentry over OTLP, and the event of a failed call belongs to its trace.
func TestSentryTraces(t *testing.T) {
	const secret, prompt = "sk-secret-of-the-sentry-test", "the prompt that nobody may see"
	in := newSentryServer(t)
	exporter, err := sentryotlp.NewTraceExporter(t.Context(), in.dsn)
	require.NoError(t, err)
	traces := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter))
	sdk, err := sentry.NewClient(sentry.ClientOptions{Dsn: in.dsn, Release: "test@1", Integrations: func(all []sentry.Integration) []sentry.Integration {
		return append(all, sentryotel.NewOtelIntegration())
	}})
	require.NoError(t, err)
	hub := sentry.NewHub(sdk, sentry.NewScope())

	srv := buoytest.NewServer(t, buoytest.Fail(500), buoytest.OpenAIError(400, "invalid_value", "wrong: "+prompt))
	endpoint := srv.Endpoint()
	endpoint.Name, endpoint.Keys = "primary", []string{secret}
	telemetry, err := buoyotel.New(buoyotel.WithEndpoint(endpoint), buoyotel.WithTracerProvider(traces))
	require.NoError(t, err)
	client, err := buoy.New(endpoint, buoy.WithHTTPClient(srv.Client()),
		buoy.WithObserver(telemetry), buoy.WithObserver(buoysentry.New(buoysentry.WithHub(hub))),
		buoy.WithRetry(buoy.RetryPolicy{BaseDelay: 1, MaxDelay: 1}))
	require.NoError(t, err)
	_, err = client.Chat(t.Context(), buoy.Request{Model: "gpt-4o", Messages: []buoy.Message{buoy.User(prompt)}})
	require.ErrorIs(t, err, buoy.ErrInvalidRequest)
	require.NoError(t, client.Close())
	require.NoError(t, traces.Shutdown(context.Background()))
	require.True(t, hub.FlushWithContext(t.Context()))

	in.mu.Lock()
	defer in.mu.Unlock()
	names := map[string]*spans.Span{}
	for _, s := range in.spans {
		names[s.Name] = s
	}
	require.Len(t, in.spans, 3)
	require.Contains(t, names, "buoy attempt")
	call := names["chat gpt-4o"]
	require.NotNil(t, call)
	require.Equal(t, spans.Span_SPAN_KIND_CLIENT, call.Kind)
	require.Len(t, in.events, 1)
	require.Equal(t, hex.EncodeToString(call.TraceId), in.events[0].Contexts.Trace.TraceID)
	require.Equal(t, hex.EncodeToString(call.SpanId), in.events[0].Contexts.Trace.SpanID)
	for _, hidden := range []string{secret, prompt} {
		require.NotContains(t, in.raw.String(), hidden)
	}
}

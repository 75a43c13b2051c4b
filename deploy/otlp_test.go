package main

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoyotel"
	"github.com/buoy-go/buoy/buoytest"
)

// printed is what a program prints, for two goroutines.
type printed struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *printed) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *printed) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// Traces and metrics reach a real collector over OTLP, and it prints what it got.
func TestOTLPCollector(t *testing.T) {
	program := os.Getenv("BUOY_OTELCOL")
	if program == "" {
		t.Skip("there is no collector: make otlp builds one and runs this test")
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0") // a free port
	require.NoError(t, err)
	addr := listener.Addr().String()
	require.NoError(t, listener.Close())
	config := filepath.Join(t.TempDir(), "config.yaml")
	require.NoError(t, os.WriteFile(config, fmt.Appendf(nil, `
receivers: {otlp: {protocols: {http: {endpoint: %q}}}}
exporters: {debug: {verbosity: detailed}}
service:
  telemetry: {metrics: {level: none}}
  pipelines:
    traces: {receivers: [otlp], exporters: [debug]}
    metrics: {receivers: [otlp], exporters: [debug]}
`, addr), 0o600))
	var out printed
	cmd := exec.Command(program, "--config", config)
	cmd.Stdout, cmd.Stderr = &out, &out
	require.NoError(t, cmd.Start())
	stop := sync.OnceFunc(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait()
	})
	defer stop()
	require.Eventually(t, func() bool {
		conn, err := net.Dial("tcp", addr)
		if err == nil {
			_ = conn.Close()
		}
		return err == nil
	}, 30*time.Second, 50*time.Millisecond, "the collector does not listen")

	spanExporter, err := otlptracehttp.New(t.Context(), otlptracehttp.WithInsecure(), otlptracehttp.WithEndpoint(addr))
	require.NoError(t, err)
	metricExporter, err := otlpmetrichttp.New(t.Context(), otlpmetrichttp.WithInsecure(), otlpmetrichttp.WithEndpoint(addr))
	require.NoError(t, err)
	traces := sdktrace.NewTracerProvider(sdktrace.WithBatcher(spanExporter))
	meters := sdkmetric.NewMeterProvider(sdkmetric.WithReader(sdkmetric.NewPeriodicReader(metricExporter)))
	const secret, prompt = "sk-secret-of-the-otlp-test", "the prompt that nobody may see"
	srv := buoytest.NewServer(t, buoytest.Fail(500), answer())
	endpoint := srv.Endpoint()
	endpoint.Name, endpoint.Keys = "primary", []string{secret}
	telemetry, err := buoyotel.New(buoyotel.WithEndpoint(endpoint), buoyotel.WithTracerProvider(traces), buoyotel.WithMeterProvider(meters))
	require.NoError(t, err)
	client, err := buoy.New(endpoint, buoy.WithHTTPClient(srv.Client()), buoy.WithObserver(telemetry), buoy.WithMiddleware(telemetry.Middleware()),
		buoy.WithRetry(buoy.RetryPolicy{BaseDelay: 1, MaxDelay: 1}))
	require.NoError(t, err)
	defer telemetry.Watch(client)()
	stream, err := client.Stream(t.Context(), buoy.Request{Model: "gpt-4o", Messages: []buoy.Message{buoy.User(prompt)}})
	require.NoError(t, err)
	for _, err := range stream.Chunks() {
		require.NoError(t, err)
	}
	require.NoError(t, traces.Shutdown(context.Background()))
	require.NoError(t, meters.Shutdown(context.Background()))
	require.NoError(t, client.Close())

	for _, want := range []string{
		"chat gpt-4o", "buoy attempt", "buoy.retry", "https://opentelemetry.io/schemas/gen-ai/0.1.0", "gen_ai.usage.input_tokens",
		"gen_ai.client.inference.duration", "gen_ai.client.inference.time_per_output_chunk", "buoy.keys",
	} {
		require.Eventually(t, func() bool { return strings.Contains(out.String(), want) }, 10*time.Second, 20*time.Millisecond, "the collector has not seen %s", want)
	}
	stop()
	for _, hidden := range []string{secret, prompt} {
		require.NotContains(t, out.String(), hidden)
	}
}

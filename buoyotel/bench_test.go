package buoyotel_test

import (
	"testing"

	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoyotel"
	"github.com/buoy-go/buoy/buoytest"
)

// BenchmarkChat is a whole call without telemetry, with metrics and no trace (a sampler
// drops it), and with both.
func BenchmarkChat(b *testing.B) {
	for _, mode := range []string{"off", "metrics", "on"} {
		b.Run(mode, func(b *testing.B) {
			srv := buoytest.NewServer(b)
			options := []buoy.Option{buoy.WithHTTPClient(srv.Client())}
			if mode != "off" {
				sample := sdktrace.NeverSample()
				if mode == "on" {
					sample = sdktrace.AlwaysSample()
				}
				traces := sdktrace.NewTracerProvider(sdktrace.WithSampler(sample))
				meters := sdkmetric.NewMeterProvider(sdkmetric.WithReader(sdkmetric.NewManualReader()))
				telemetry, err := buoyotel.New(buoyotel.WithTracerProvider(traces), buoyotel.WithMeterProvider(meters), buoyotel.WithEndpoint(srv.Endpoint()))
				if err != nil {
					b.Fatal(err)
				}
				options = append(options, buoy.WithObserver(telemetry), buoy.WithMiddleware(telemetry.Middleware()))
			}
			client, err := buoy.New(srv.Endpoint(), options...)
			if err != nil {
				b.Fatal(err)
			}
			defer client.Close()
			b.ReportAllocs()
			for b.Loop() {
				if _, err := client.Chat(b.Context(), buoy.Request{Model: "gpt-4o", Messages: []buoy.Message{buoy.User("Hello?")}}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

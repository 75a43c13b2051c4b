package buoyotel_test

import (
	"context"
	"fmt"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoyotel"
	"github.com/buoy-go/buoy/buoytest"
)

// A call is one span, and each of its requests is a child.
func Example() {
	srv := buoytest.NewServer(nil, buoytest.Fail(401), buoytest.Reply("Hello!"))
	defer srv.Close()
	spans := tracetest.NewInMemoryExporter() // yours sends them somewhere
	traces := sdktrace.NewTracerProvider(sdktrace.WithSyncer(spans))

	endpoint := srv.Endpoint()
	endpoint.Keys = []string{"sk-old", "sk-new"}
	telemetry, err := buoyotel.New(buoyotel.WithEndpoint(endpoint), buoyotel.WithTracerProvider(traces))
	if err != nil {
		fmt.Println(err)
		return
	}
	client, err := buoy.New(endpoint, buoy.WithHTTPClient(srv.Client()),
		buoy.WithObserver(telemetry), buoy.WithMiddleware(telemetry.Middleware()))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()
	defer telemetry.Watch(client)()

	_, _ = client.Chat(context.Background(), buoy.Request{Model: "gpt-4o", Messages: []buoy.Message{buoy.User("Hello?")}})
	for _, s := range spans.GetSpans() {
		fmt.Println(s.SpanKind, s.Name)
		for _, e := range s.Events {
			fmt.Println("  ", e.Name)
		}
	}
	// Output:
	// internal buoy attempt
	// internal buoy attempt
	// client chat gpt-4o
	//    buoy.key
	//    buoy.retry
}

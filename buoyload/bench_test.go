package buoyload_test

import (
	"context"
	"testing"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoyload"
)

// What a call pays for being let in.
func BenchmarkMiddleware(b *testing.B) {
	l, err := buoyload.New(buoyload.Policy{})
	if err != nil {
		b.Fatal(err)
	}
	reply := &buoy.Reply{Response: new(buoy.Response)}
	h := l.Middleware()(func(context.Context, *buoy.Call) (*buoy.Reply, error) { return reply, nil })
	call := &buoy.Call{Endpoint: "e", Model: "m"}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := h(b.Context(), call); err != nil {
			b.Fatal(err)
		}
	}
}

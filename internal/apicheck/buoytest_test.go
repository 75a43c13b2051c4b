package apicheck_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
)

// The provider for tests.
var (
	_ func(testing.TB, ...buoytest.Step) *buoytest.Server = buoytest.NewServer

	_ = func(srv *buoytest.Server) {
		var (
			_ string              = srv.URL
			_ buoy.Endpoint       = srv.Endpoint()
			_ *http.Client        = srv.Client()
			_ []buoytest.Received = srv.Requests()
		)
		srv.Close()
	}

	_ = []buoytest.Step{
		buoytest.Reply("text"),
		buoytest.Error(500, "body", "Retry-After: 1"),
		buoytest.OpenAIError(429, "rate_limit_exceeded", "message"),
		buoytest.AITunnelError(402, "message"),
		buoytest.InBand("body"),
		buoytest.Stream("tok", "en", "s"),
		buoytest.StreamError(1, "body"),
		buoytest.Cut(1),
		buoytest.Reset(),
		buoytest.Hang(time.Second),
		buoytest.Slow(time.Second),
		buoytest.Empty(),
		buoytest.HTML(502),
		buoytest.RetryAfter(time.Second, buoytest.Error(429, "body")),
		buoytest.Chaos(1, buoytest.Faults{}),
	}
)

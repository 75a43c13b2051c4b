package apicheck_test

import (
	"context"
	"log/slog"
	"net/http"
	"testing"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoyhttp"
	"github.com/buoy-go/buoy/buoytest"
)

// Names by which buoy goes under other clients, keeps conversations together and tells
// what an answer is.
var (
	_ func(func(context.Context, *buoy.Request) string, buoy.RateLimit) buoy.Option = buoy.WithTenantLimit

	_ func(*buoy.Client) http.Handler                               = func(c *buoy.Client) http.Handler { return buoyhttp.Handler(c) }
	_ func(*buoy.Client, http.RoundTripper) http.RoundTripper       = func(c *buoy.Client, next http.RoundTripper) http.RoundTripper { return buoyhttp.Transport(c, next) }
	_ func(testing.TB, string, http.RoundTripper) http.RoundTripper = buoytest.Record
	_ func(testing.TB, string) http.RoundTripper                    = buoytest.Replay
	_ func(string) buoy.CallOption                                  = buoy.WithSession
	_ func(buoy.Priority) buoy.CallOption                           = buoy.WithPriority
	_ []buoy.Priority                                               = []buoy.Priority{buoy.Interactive, buoy.Background}
	_ func(func(context.Context) []slog.Attr) buoy.Option           = buoy.WithLogAttrs
	_ func(*buoy.Response) error                                    = (*buoy.Response).Check
	_ func(buoy.Kind) int                                           = buoy.Kind.HTTPStatus
	_                                                               = buoy.Endpoint{KeyOrder: buoy.KeysSticky}
	_                                                               = buoy.Quota{Per: func(context.Context, *buoy.Request) string { return "" }}
	_ []buoy.KeyOrder                                               = []buoy.KeyOrder{buoy.KeysSticky, buoy.KeysSpread, buoy.KeysInOrder}
)

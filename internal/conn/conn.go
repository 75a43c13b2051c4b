// Package conn has the connections of a client: its own transport, bodies that are closed
// once, and the name of the proxy that refused.
package conn

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/buoy-go/buoy/internal/replay"
)

// Transport is a client's own: the defaults of net/http, with HTTP/2 health checks, since
// a dead HTTP/2 connection would eat attempt after attempt. The attempt's own clock ends
// the wait for a connection; connect bounds what net/http goes on doing in the background
// afterwards, where it is longer than 30 s.
func Transport(connect time.Duration) *http.Transport {
	backstop := max(30*time.Second, connect)
	dialer := &net.Dialer{Timeout: backstop, KeepAlive: 15 * time.Second}
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            replay.Counting(dialer.DialContext),
		ForceAttemptHTTP2:      true,
		MaxIdleConns:           256,
		MaxIdleConnsPerHost:    64,
		IdleConnTimeout:        90 * time.Second,
		TLSHandshakeTimeout:    backstop,
		OnProxyConnectResponse: connected,
		HTTP2: &http.HTTP2Config{
			SendPingTimeout: 15 * time.Second,
			PingTimeout:     15 * time.Second,
		},
	}
}

// ThroughProxy names the proxy in the error of a connection that did not come about: of
// a refused CONNECT net/http tells the reason, such as "Forbidden", and nobody's name.
func ThroughProxy(rt http.RoundTripper, req *http.Request, err error) error {
	t, ok := rt.(*http.Transport)
	if !ok || t.Proxy == nil {
		return err
	}
	proxy, unknown := t.Proxy(req)
	if unknown != nil || proxy == nil {
		return err
	}
	return fmt.Errorf("through the proxy %s: %w", proxy.Host, refused(err))
}

// Body closes a body exactly once, whoever comes first: the reader, a timer, Close, or
// the end of the context.
type Body struct {
	io.ReadCloser
	closed atomic.Bool
}

// Read ends with Close, also where the body itself goes on, as one of a custom
// RoundTripper may.
func (b *Body) Read(p []byte) (int, error) {
	if b.closed.Load() {
		return 0, http.ErrBodyReadAfterClose
	}
	return b.ReadCloser.Read(p)
}

// Close closes the body the first time.
func (b *Body) Close() error {
	if b.closed.Swap(true) {
		return nil
	}
	return b.ReadCloser.Close()
}

// Awaited reads while somebody waits: millions of events that are there already took
// 14 s of a call that had 2.
type Awaited struct {
	Context context.Context
	Body    io.Reader
}

// Read returns the context's error once that has ended.
func (r *Awaited) Read(p []byte) (int, error) {
	if err := r.Context.Err(); err != nil {
		return 0, err
	}
	return r.Body.Read(p)
}

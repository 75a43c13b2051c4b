package conn

import (
	"net/http"
	"sync/atomic"
	"time"
)

// Connections are those of a client. The zero value has none.
type Connections struct {
	transport http.RoundTripper
	own       *http.Transport // nil where the client was given one
	closed    atomic.Bool
}

// Of sets them up, before anything else: with the transport of given, or with one of the
// client's own where that is nil. connect is for [Transport].
func (c *Connections) Of(given *http.Client, connect time.Duration) {
	switch {
	case given == nil:
		c.own = Transport(connect)
		c.transport = c.own
	case given.Transport == nil:
		c.transport = http.DefaultTransport
	default:
		c.transport = given.Transport
	}
}

// RoundTripper sends the requests.
func (c *Connections) RoundTripper() http.RoundTripper { return c.transport }

// Closed reports whether Close was called.
func (c *Connections) Closed() bool { return c.closed.Load() }

// Close is for a client that takes no more calls. Those that run go on to their end.
func (c *Connections) Close() { c.closed.Store(true) }

// HangUp closes the idle connections of a client that was closed, where they are its own.
// HTTP/2 gives back a connection a moment after its stream has ended, so it looks once more.
func (c *Connections) HangUp() {
	if c.own == nil || !c.closed.Load() {
		return
	}
	c.own.CloseIdleConnections()
	time.AfterFunc(100*time.Millisecond, c.own.CloseIdleConnections)
}

// CloseIdle closes idle connections, whosever they are.
func (c *Connections) CloseIdle() {
	if t, ok := c.transport.(interface{ CloseIdleConnections() }); ok {
		t.CloseIdleConnections()
	}
}

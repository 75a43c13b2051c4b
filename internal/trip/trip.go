// Package trip has the one HTTP request of an attempt, and its reply: all that the other
// side of an [http.RoundTripper] holds. net/http's goroutines look into a request's context,
// trace and body after its answer was read, and somebody's RoundTripper may keep it for ever.
// So a trip's memory is its own and is never used again, and nothing in it leads back to the
// call, whose memory may be.
package trip

import (
	"context"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"

	"github.com/buoy-go/buoy/internal/clock"
	"github.com/buoy-go/buoy/internal/conn"
	"github.com/buoy-go/buoy/internal/progress"
	"github.com/buoy-go/buoy/internal/replay"
	"github.com/buoy-go/buoy/internal/unpack"
)

// Trip is a request and its reply. The zero value is memory for [Trip.Begin].
type Trip struct {
	Phase progress.Phase

	clock   *clock.Clock
	conns   *conn.Connections
	sending progress.Body
	traced  clock.Traced
	judge   replay.Judge
	body    conn.Body // of the reply
	packed  unpack.Body
}

// Begin sets up a trip that sends so much. c is the clock of its attempt, nil for none.
func (t *Trip) Begin(c *clock.Clock, conns *conn.Connections, payload []byte) {
	t.clock, t.conns = c, conns
	t.sending = progress.NewBody(&t.Phase, payload)
}

// Payload is what it sends.
func (t *Trip) Payload() []byte { return t.sending.Data() }

// Request returns the request, which posts the payload. to is shared: a RoundTripper must
// not change requests (net/http says so).
func (t *Trip) Request(ctx context.Context, to *url.URL, h http.Header) *http.Request {
	// An empty one first: to give the context to a whole one would copy that.
	req := new(http.Request).WithContext(t.traced.Begin(ctx, t))
	req.Method, req.URL, req.Host = http.MethodPost, to, to.Host
	req.Proto, req.ProtoMajor, req.ProtoMinor = "HTTP/1.1", 1, 1
	req.Header, req.Body, req.ContentLength = h, &t.sending, int64(len(t.sending.Data()))
	// With GetBody and an Idempotency-Key net/http replays a POST that met a kept-alive
	// connection just closed.
	req.GetBody = t.again
	return req
}

// GetConn is for the request's trace, as GotConn is.
func (t *Trip) GetConn(hostPort string) { t.clock.GetConn(hostPort) }

// GotConn notes that the attempt has its connection.
func (t *Trip) GotConn(info httptrace.GotConnInfo) {
	t.clock.GotConn(info)
	t.judge.GotConn(info)
	t.conns.HangUp() // net/http keeps connections again from a new request on
}

// again lets net/http replay what no server can have worked on. The rest is the retry's,
// which counts it, and begins on a new connection: where one is found closed the others
// mostly are, too.
func (t *Trip) again() (io.ReadCloser, error) {
	if err := t.judge.Again(len(t.sending.Data()), t.Phase.Awaits()); err != nil {
		t.conns.CloseIdle()
		return nil, err
	}
	again := progress.NewBody(&t.Phase, t.sending.Data())
	return &again, nil
}

// Open notes a reply and returns its body, unpacked, which may be closed from any goroutine
// as often as one likes. tap is put before the packed bytes.
func (t *Trip) Open(resp *http.Response, tap func(io.ReadCloser) io.ReadCloser) *conn.Body {
	t.Phase.Replied()
	t.packed = unpack.Body{ReadCloser: resp.Body, Encoding: resp.Header.Get("Content-Encoding")}
	if resp.Body == nil {
		t.packed.ReadCloser = http.NoBody
	}
	t.body.ReadCloser = tap(&t.packed)
	t.clock.Own(&t.body) // from here on another goroutine may close it
	return &t.body
}

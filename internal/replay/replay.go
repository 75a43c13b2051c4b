// Package replay judges whether net/http may send a request again by itself. It
// does so where a kept-alive connection turns out to be closed, once for each such
// connection: a server that dies after it has read a request was sent it nine
// times, and whoever sent it was told of one (measured).
package replay

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http/httptrace"
	"sync/atomic"
)

// ErrWritten is the error of a request that is not sent again, since it was written
// whole on a connection that was then closed: the server may have worked on it.
var ErrWritten = errors.New("the kept-alive connection was closed after the whole request had been written")

// Judge watches the connections of one request. The zero value is ready for use. It
// is safe for concurrent use.
type Judge struct {
	http2 atomic.Bool
	conn  atomic.Pointer[countedConn] // nil where nobody counts
	began atomic.Int64                // what had been written on it before
}

// GotConn is for [httptrace.ClientTrace].
func (j *Judge) GotConn(info httptrace.GotConnInfo) {
	conn, http2 := info.Conn, false
	if t, ok := conn.(*tls.Conn); ok {
		http2 = t.ConnectionState().NegotiatedProtocol == "h2"
		conn = t.NetConn()
	}
	counted, _ := conn.(*countedConn)
	if counted != nil {
		j.began.Store(counted.written.Load())
	}
	j.conn.Store(counted)
	j.http2.Store(http2)
}

// Again returns nil where a request may be sent again, and [ErrWritten] where it may
// not. bodyLength is the length of its body, and handedOver tells that the
// transport has taken all of that. Over HTTP/2 net/http sends again only what the
// server says it has not looked at. Over HTTP/1 a body that was taken may still lie
// in a buffer; what has left that is known of the connections of [Counting] alone.
func (j *Judge) Again(bodyLength int, handedOver bool) error {
	if !handedOver || j.http2.Load() {
		return nil
	}
	if c := j.conn.Load(); c != nil && c.written.Load()-j.began.Load() < int64(bodyLength) {
		return nil
	}
	return ErrWritten
}

// Dial opens a connection.
type Dial func(ctx context.Context, network, address string) (net.Conn, error)

// Counting makes connections whose bytes are counted.
func Counting(dial Dial) Dial {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return &countedConn{Conn: conn}, nil
	}
}

type countedConn struct {
	net.Conn
	written atomic.Int64
}

func (c *countedConn) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	c.written.Add(int64(n))
	return n, err
}

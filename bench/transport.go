package bench

import (
	"bytes"
	"io"
	"net/http"
	"sync"
)

// transport answers every request with the same reply, after it has read the
// request's body to its end as a real one does.
type transport struct {
	status int
	header http.Header // shared: nobody may change it
	body   []byte
	length int64 // as the header would tell; -1 for a stream
}

// answer makes a transport that answers with a whole body.
func answer(status int, body []byte) *transport {
	return &transport{status, header("application/json"), body, int64(len(body))}
}

// events makes a transport that answers with a stream.
func events(body []byte) *transport {
	return &transport{http.StatusOK, header("text/event-stream"), body, -1}
}

// buffers are of the size with which net/http copies a request's body.
var buffers = sync.Pool{New: func() any { return new([32 << 10]byte) }}

func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	if err := req.Context().Err(); err != nil {
		return nil, err
	}
	if req.Body != nil {
		buf := buffers.Get().(*[32 << 10]byte)
		defer buffers.Put(buf)
		for {
			_, err := req.Body.Read(buf[:])
			if err == io.EOF {
				break
			}
			if err != nil {
				return nil, err
			}
		}
		if err := req.Body.Close(); err != nil {
			return nil, err
		}
	}
	r := &reply{Response: http.Response{
		Status: http.StatusText(t.status), StatusCode: t.status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: t.header, ContentLength: t.length, Request: req,
	}}
	r.reader.Reset(t.body)
	r.Body = r
	return &r.Response, nil
}

// reply keeps what the transport itself allocates down to one object.
type reply struct {
	http.Response
	reader bytes.Reader
}

func (r *reply) Read(p []byte) (int, error) { return r.reader.Read(p) }
func (r *reply) Close() error               { return nil }

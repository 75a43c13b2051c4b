package buoyhttp

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/internal/verbatim"
)

// Transport puts a client under any other Go client that takes an *http.Client. POST
// requests whose path ends in /chat/completions go through buoy, to its endpoints and
// with its keys, whatever host and key the other client uses. All other requests go to
// next unchanged and without protection; nil means http.DefaultTransport.
//
// A failed call is a reply with the status and the form that the other client knows
// from its provider, and with the headers that the package documentation names. Each
// reply has X-Should-Retry: false. If a client retries even so, turn that off, because
// buoy has already retried.
//
// RoundTrip returns an error only if the context of the request has ended. If a stream
// breaks after its first token, Read of the body returns an error. Most clients pass
// both on as they are, so that errors.AsType finds the [buoy.CallError]. It is never
// io.EOF, which would look like a good end.
//
// Leave http.Client.Timeout at 0. It would cut long streams, and buoy bounds each wait.
// Transport panics if client is nil. The result is safe for concurrent use.
func Transport(client *buoy.Client, next http.RoundTripper, opts ...TransportOption) http.RoundTripper {
	if client == nil {
		panic("buoyhttp: Transport got a nil client: make one with buoy.New")
	}
	if next == nil {
		next = http.DefaultTransport
	}
	t := &transport{client: client, next: next}
	for _, o := range opts {
		if o != nil {
			o.applyTransport(&t.settings)
		}
	}
	return t
}

type transport struct {
	settings
	client *buoy.Client
	next   http.RoundTripper
}

// RoundTrip carries out a request.
func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Method != http.MethodPost || !strings.HasSuffix(req.URL.Path, chatPath) || req.Body == nil {
		return t.next.RoundTrip(req)
	}
	wish := new(wish)
	if no, err := wish.take(req); err != nil {
		return nil, err
	} else if no != nil {
		return no.reply(req, make(http.Header)), nil
	}
	if wish.stream {
		return t.stream(req, wish)
	}
	return t.whole(req, wish)
}

// CloseIdleConnections is for http.Client's method of that name.
func (t *transport) CloseIdleConnections() {
	if c, ok := t.next.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

// take reads a request's body and closes it, as a RoundTripper must. The end of the
// context ends the wait for one that has to be waited for, such as a pipe.
func (x *wish) take(req *http.Request) (*refusal, error) {
	defer req.Body.Close()
	if no := encoded(req.Header); no != nil {
		return no, nil
	}
	ctx := req.Context()
	if req.GetBody == nil && req.Body != http.NoBody { // else it is in memory
		defer context.AfterFunc(ctx, func() { _ = req.Body.Close() })()
	}
	buf := bodies.Get().(*[]byte)
	body := bytes.NewBuffer((*buf)[:0])
	defer func() { giveBack(buf, body.Bytes()) }()
	if n := req.ContentLength; 0 < n && n <= defaultMaxBody {
		body.Grow(int(n) + bytes.MinRead)
	}
	if _, err := body.ReadFrom(req.Body); err != nil {
		return nil, cmp.Or(ctx.Err(), err)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return x.read(body.Bytes()), nil
}

func (t *transport) whole(req *http.Request, wish *wish) (*http.Response, error) {
	ctx, came := verbatim.Whole(req.Context())
	resp, err := t.client.Chat(ctx, wish.request, t.optionsFor(req)...)
	if err != nil {
		return failed(req, err)
	}
	body, err := came.Response(resp)
	if err != nil {
		return failed(req, err)
	}
	h := make(http.Header, 8)
	head(h, resp.Info)
	h.Set("Content-Type", "application/json")
	return wholeReply(req, http.StatusOK, h, body), nil
}

func (t *transport) stream(req *http.Request, wish *wish) (*http.Response, error) {
	ctx, came := verbatim.Streamed(req.Context())
	stream, err := t.client.Stream(ctx, wish.request, t.optionsFor(req)...)
	if err != nil {
		return failed(req, err)
	}
	h := make(http.Header, 8)
	head(h, stream.Info())
	h.Set("Content-Type", "text/event-stream; charset=utf-8")
	body := &eventBody{events: events{stream: stream, came: came, usage: wish.usage}}
	return reply(req, http.StatusOK, h, body, -1), nil
}

// failed tells an error in the way that clients know from providers.
func failed(req *http.Request, err error) (*http.Response, error) {
	if req.Context().Err() != nil {
		return nil, err // nobody waits for a reply
	}
	h := make(http.Header, 8)
	headOfError(h, err)
	return refusalOf(err).reply(req, h), nil
}

// reply is the refusal as a reply of a provider's.
func (r refusal) reply(req *http.Request, h http.Header) *http.Response {
	r.head(h)
	return wholeReply(req, r.status, h, r.encode())
}

func wholeReply(req *http.Request, status int, h http.Header, body []byte) *http.Response {
	h.Set("Content-Length", strconv.Itoa(len(body)))
	return reply(req, status, h, io.NopCloser(bytes.NewReader(body)), int64(len(body)))
}

func reply(req *http.Request, status int, h http.Header, body io.ReadCloser, length int64) *http.Response {
	h.Set("X-Should-Retry", "false")
	return &http.Response{
		Status: strconv.Itoa(status) + " " + http.StatusText(status), StatusCode: status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: h, Body: body, ContentLength: length, Request: req,
	}
}

// eventBody is a stream as the body of a reply. One goroutine reads it; Close may be
// called from any.
type eventBody struct {
	events
	rest   []byte // of an event that p had no room for
	err    error
	closed atomic.Bool
}

// Read returns one event, or what p has room for.
func (b *eventBody) Read(p []byte) (int, error) {
	if len(b.rest) == 0 {
		if b.err != nil || len(p) == 0 {
			return 0, b.err
		}
		chunk, err := b.next()
		event := p[:0:len(p)]
		if err == nil {
			event, err = b.append(event, chunk)
		}
		switch {
		case b.closed.Load(): // which looks like a good end
			err = http.ErrBodyReadAfterClose
		case err != nil && err != io.EOF && errors.Is(err, io.EOF):
			err = notEOF{err}
		}
		if b.err = err; err != nil {
			return 0, err
		}
		if len(event) <= len(p) { // it was written to p
			return len(event), nil
		}
		b.rest = event
	}
	n := copy(p, b.rest)
	b.rest = b.rest[n:]
	return n, nil
}

// Close ends the call.
func (b *eventBody) Close() error {
	b.closed.Store(true)
	return b.stream.Close()
}

// notEOF is an error that has io.EOF for its cause, as that of a lost connection may.
// Clients compare with io.EOF to find a good end.
type notEOF struct{ err error }

func (e notEOF) Error() string        { return e.err.Error() }
func (e notEOF) Is(target error) bool { return target != io.EOF && errors.Is(e.err, target) }
func (e notEOF) As(target any) bool   { return errors.As(e.err, target) }

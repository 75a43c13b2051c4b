package buoytest

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"strconv"
	"syscall"

	"github.com/buoy-go/buoy/internal/memnet"
)

// RoundTripper returns a transport that passes requests to the server without a
// network. There are no connections and no HTTP on a wire. Steps that wait still
// deliver the body in pieces. Cancellation, cuts and resets look as they do through
// [Server.Client]. It works inside testing/synctest, for both kinds of server.
//
// It shows nothing about connections: how often they are reused, or whether
// http.Transport sends a request twice.
func (s *Server) RoundTripper() http.RoundTripper { return direct{s} }

type direct struct{ srv *Server }

// RoundTrip implements [http.RoundTripper].
func (d direct) RoundTrip(req *http.Request) (*http.Response, error) {
	body, err := readBody(req)
	if err != nil {
		return nil, err
	}
	ctx := req.Context()
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if !d.srv.enter() {
		return nil, memnet.Refused("tcp", req.URL.Host)
	}
	unzip := req.Header.Get("Accept-Encoding") == ""
	r, cancel := d.srv.incoming(req, body)
	w := &directWriter{srv: d.srv, req: req, cancel: cancel, header: http.Header{}, out: make(chan arrival, 1)}
	go w.run(r)
	select {
	case a := <-w.out:
		if a.err == nil && unzip && a.resp.Header.Get("Content-Encoding") == "gzip" {
			unpack(a.resp)
		}
		return a.resp, a.err
	case <-ctx.Done():
		cancel()
		return nil, context.Cause(ctx)
	}
}

// incoming is req as a server sees it. Its context is not the client's, whose values never travel.
func (s *Server) incoming(req *http.Request, body []byte) (*http.Request, context.CancelFunc) {
	ctx, cancel := context.WithCancel(s.closing)
	u := *req.URL
	u.Scheme, u.Host, u.User = "", "", nil
	r := &http.Request{
		Method: req.Method, URL: &u, RequestURI: u.RequestURI(), Host: req.Host,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: req.Header.Clone(), Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)),
		RemoteAddr: "127.0.0.1:1024",
	}
	if r.Host == "" {
		r.Host = req.URL.Host
	}
	if r.Header == nil {
		r.Header = http.Header{}
	}
	if r.Header.Get("Accept-Encoding") == "" {
		r.Header.Set("Accept-Encoding", "gzip") // as http.Transport does
	}
	return r.WithContext(ctx), cancel
}

func readBody(req *http.Request) ([]byte, error) {
	if req.Body == nil {
		return nil, nil
	}
	body, err := io.ReadAll(req.Body)
	return body, errors.Join(err, req.Body.Close())
}

// arrival is what a round trip brings.
type arrival struct {
	resp *http.Response
	err  error
}

// directWriter is the http.ResponseWriter of a round trip without a network. Until the handler flushes or ends, it
// holds the body back: most replies are then complete and need no queue.
type directWriter struct {
	srv    *Server
	req    *http.Request
	cancel context.CancelFunc // ends the handler's context
	out    chan arrival       // takes one

	header   http.Header
	status   int
	held     []byte
	queue    *memnet.Queue // nil until the response is out
	streamed bool          // the body's length is not known from the start
	torn     bool          // reset, not cut
}

// run answers r and then ends the response.
func (w *directWriter) run(r *http.Request) {
	defer w.srv.handlers.Done()
	defer w.cancel()
	defer func() {
		switch p := recover(); p {
		case nil:
			w.end(io.EOF, nil)
		case http.ErrAbortHandler:
			if w.torn {
				reset := &net.OpError{Op: "read", Net: "tcp", Err: os.NewSyscallError("read", syscall.ECONNRESET)}
				w.end(reset, reset)
			} else {
				w.end(io.ErrUnexpectedEOF, io.EOF)
			}
		default:
			panic(p)
		}
	}()
	w.srv.answer(w, r, func() { w.torn = true })
}

// end closes the body with end; if no response is out, silent is what the client gets instead, or else the response.
func (w *directWriter) end(end, silent error) {
	switch {
	case w.queue != nil:
		w.queue.CloseWrite(end, http.ErrAbortHandler)
	case silent != nil:
		w.out <- arrival{err: silent}
	default:
		w.WriteHeader(http.StatusOK)
		length := int64(len(w.held))
		if w.streamed {
			length = -1
		}
		w.out <- arrival{resp: w.response(length, io.NopCloser(bytes.NewReader(w.held)))}
	}
}

// Header implements [http.ResponseWriter].
func (w *directWriter) Header() http.Header { return w.header }

// WriteHeader implements [http.ResponseWriter].
func (w *directWriter) WriteHeader(status int) {
	if w.status == 0 {
		w.status, w.header = status, w.header.Clone()
	}
}

// Write implements [http.ResponseWriter].
func (w *directWriter) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	if w.queue != nil {
		return w.queue.Write(p)
	}
	w.held = append(w.held, p...)
	if len(w.held) > 32<<10 {
		return len(p), w.FlushError()
	}
	return len(p), nil
}

// Flush implements [http.Flusher].
func (w *directWriter) Flush() { _ = w.FlushError() }

// FlushError is Flush for [http.ResponseController].
func (w *directWriter) FlushError() error {
	if w.queue != nil {
		return nil
	}
	w.WriteHeader(http.StatusOK)
	q := memnet.NewQueue()
	w.queue = q
	leave := func(why error) {
		q.CloseRead(why, http.ErrAbortHandler)
		w.cancel()
	}
	// The client's cancellation ends the body at once, as it does on a connection.
	ctx := w.req.Context()
	stop := context.AfterFunc(ctx, func() { leave(context.Cause(ctx)) })
	// A handler that waits for a reader must not outlive the server.
	free := context.AfterFunc(w.srv.closing, func() { leave(io.ErrUnexpectedEOF) })
	length, err := strconv.ParseInt(w.header.Get("Content-Length"), 10, 64)
	if err != nil {
		length = -1
	}
	w.out <- arrival{resp: w.response(length, &directBody{queue: q, leave: leave, stop: func() { stop(); free() }})}
	held := w.held
	w.held = nil
	_, err = q.Write(held)
	return err
}

func (w *directWriter) response(length int64, body io.ReadCloser) *http.Response {
	header := w.header
	maps.DeleteFunc(header, func(_ string, v []string) bool { return v == nil })
	resp := &http.Response{
		Status: fmt.Sprintf("%d %s", w.status, http.StatusText(w.status)), StatusCode: w.status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: header, Body: body, ContentLength: length, Request: w.req,
	}
	if length < 0 {
		resp.TransferEncoding = []string{"chunked"}
	}
	return resp
}

// directBody is the body of a response that may not be complete yet.
type directBody struct {
	queue *memnet.Queue
	leave func(error)
	stop  func() // gives back what watches for the end
}

// Read implements [io.Reader].
func (b *directBody) Read(p []byte) (int, error) {
	n, err := b.queue.Read(p)
	if err != nil {
		b.stop()
	}
	return n, err
}

// Close implements [io.Closer].
func (b *directBody) Close() error {
	b.stop()
	b.leave(http.ErrBodyReadAfterClose)
	return nil
}

// unpack makes resp's body the uncompressed one, as http.Transport does.
func unpack(resp *http.Response) {
	resp.Body = &unpacked{packed: resp.Body}
	resp.Header.Del("Content-Encoding")
	resp.Header.Del("Content-Length")
	resp.ContentLength, resp.Uncompressed = -1, true
}

type unpacked struct {
	packed io.ReadCloser
	gz     *gzip.Reader // nil until the first Read, since making it reads
	err    error
}

// Read implements [io.Reader].
func (u *unpacked) Read(p []byte) (int, error) {
	if u.err == nil && u.gz == nil {
		u.gz, u.err = gzip.NewReader(u.packed)
	}
	if u.err != nil {
		return 0, u.err
	}
	return u.gz.Read(p)
}

// Close implements [io.Closer].
func (u *unpacked) Close() error { return u.packed.Close() }

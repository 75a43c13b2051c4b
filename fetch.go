package buoy

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"

	"github.com/buoy-go/buoy/internal/sniff"
)

// This file reads small documents that stand beside the chat API: the balance,
// the catalogue of models. They go through the same deadline, retry, keys,
// timers, bounds and decoder of refusals as a chat.

// What is fetched, as errors and events name it.
const (
	opBalance   = "balance"
	opCatalogue = "catalogue"
)

// fetched tells where a document came from.
type fetched struct{ endpoint, key string }

// fetch gets a document from the primary endpoint's server and gives it to
// decode, whose error means that it is not what was promised.
func fetch(ctx context.Context, c *Client, op string, at *url.URL, decode func([]byte) error) (fetched, error) {
	st := newState(c, op, "")
	st.call.state = st
	if ctx == nil {
		return fetched{}, st.fail(st.start(context.Background()), errNilContext)
	}
	ctx = st.start(ctx)
	if c.conns.Closed() {
		return fetched{}, st.fail(ctx, ErrClosed)
	}
	var from fetched
	attempt := func(ctx context.Context, call *Call) (*Reply, error) {
		from = fetched{call.Endpoint, call.Key}
		info, err := get(ctx, call, at, decode)
		return &Reply{Response: &Response{Info: info}}, err
	}
	reply, err := Chain(standardDeadline, standardRetry, chooseRoute, standardTimers)(attempt)(ctx, &st.call)
	if err != nil {
		return from, st.fail(ctx, err)
	}
	st.finish(ctx, reply.Response)
	return from, nil
}

// get carries out one attempt.
func get(ctx context.Context, call *Call, at *url.URL, decode func([]byte) error) (info CallInfo, err error) {
	x := newExchange(call, nil)
	ctx = call.state.beginAttempt(ctx, x)
	// Without a body to be read only a trace tells that the request is out.
	req := x.request(httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		WroteRequest: func(httptrace.WroteRequestInfo) { x.trip.Phase.WroteAll() },
	}))
	req.Method, req.URL = http.MethodGet, at
	req.Body, req.GetBody, req.ContentLength = nil, nil, 0
	req.Header.Del("Content-Type")
	req.Header.Del("Idempotency-Key")

	err = document(ctx, x, call.state.client.conns.RoundTripper(), req, decode)
	x.record(ctx, err, nil)
	if err != nil {
		return info, err
	}
	x.describe(&info, x.now())
	return info, nil
}

// document reads and decodes the reply of a GET.
func document(ctx context.Context, x *exchange, rt http.RoundTripper, req *http.Request, decode func([]byte) error) error {
	_, body, err := x.open(ctx, rt, req)
	if err != nil {
		return err
	}
	defer body.Close()
	limit := x.st.settings.maxResponseBytes()
	data, err := io.ReadAll(io.LimitReader(body, limit+1))
	switch {
	case err != nil:
		return x.transportError(ctx, err)
	case int64(len(data)) > limit:
		return x.tooLarge(limit)
	}
	data = sniff.Lead(data)
	if err = decode(data); err == nil {
		return nil
	}
	if refusal := x.inBand("", data); refusal != nil {
		return refusal
	}
	return x.decodeError(ErrMalformed, errNotPromised)
}

// errNotPromised does not repeat the decoder's error, which may quote the body.
var errNotPromised = errors.New("the answer is not the JSON that was promised: is the base URL right?")

package buoy

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"time"

	"github.com/buoy-go/buoy/internal/sniff"
)

// This file reads small documents that stand beside the chat API: the balance,
// the catalogue of models. They go through the same deadline, retry, keys,
// timers, bounds and decoder of refusals as a chat.

// What is fetched, as it stands in errors and events.
const (
	opBalance   = "balance"
	opCatalogue = "catalogue"
)

// fetched tells where a document came from.
type fetched struct{ endpoint, key string }

// fetch gets a document from the primary endpoint's server and gives it to
// decode, whose error means that it is not what was promised.
func (c *Client) fetch(ctx context.Context, op string, at *url.URL, decode func([]byte) error) (fetched, error) {
	sh := &shared{client: c, settings: &c.settings, op: op, begun: time.Now()}
	sh.call = Call{shared: sh}
	if ctx == nil {
		return fetched{}, sh.fail(context.Background(), errNilContext)
	}
	if c.closed.Load() {
		return fetched{}, sh.fail(ctx, ErrClosed)
	}
	var from fetched
	get := func(ctx context.Context, call *Call) (*Reply, error) {
		from = fetched{call.Endpoint, call.Key}
		info, err := c.get(ctx, call, at, decode)
		return &Reply{Response: &Response{Info: info}}, err
	}
	reply, err := Chain(standardDeadline, standardRetry, chooseRoute, standardTimers)(get)(ctx, &sh.call)
	if err != nil {
		return from, sh.fail(ctx, err)
	}
	sh.finish(ctx, reply.Response)
	return from, nil
}

// get carries out one attempt.
func (c *Client) get(ctx context.Context, call *Call, at *url.URL, decode func([]byte) error) (CallInfo, error) {
	x := &exchange{sh: call.shared, call: call, site: call.route.site, key: call.route.key, clock: call.timers.running()}
	// Without a body to be read only a trace tells that the request is out.
	req := x.request(httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		WroteRequest: func(httptrace.WroteRequestInfo) { x.phase.CompareAndSwap(phaseDial, phaseAwait) },
	}))
	req.Method, req.URL = http.MethodGet, at
	req.Body, req.GetBody, req.ContentLength = nil, nil, 0
	req.Header.Del("Content-Type")
	req.Header.Del("Idempotency-Key")

	x.index, x.start = x.sh.startAttempt(call), time.Now()
	err := x.document(ctx, c.transport, req, decode)
	x.ended(ctx, err, nil)
	if err != nil {
		return CallInfo{}, err
	}
	return x.info(), nil
}

// document reads and decodes the reply of a GET.
func (x *exchange) document(ctx context.Context, rt http.RoundTripper, req *http.Request, decode func([]byte) error) error {
	_, body, err := x.open(ctx, rt, req)
	if err != nil {
		return err
	}
	defer body.Close()
	limit := x.sh.settings.maxResponseBytes()
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

package buoy

import (
	"bytes"
	"context"
	"errors"
	"io"
	"maps"
	"net/http"
	"time"

	"github.com/buoy-go/buoy/event"
	"github.com/buoy-go/buoy/internal/buffers"
	"github.com/buoy-go/buoy/internal/conn"
	"github.com/buoy-go/buoy/internal/header"
	"github.com/buoy-go/buoy/internal/scope"
	"github.com/buoy-go/buoy/internal/verbatim"
	"github.com/buoy-go/buoy/internal/version"
)

// This file is the innermost Handler: encode, HTTP, decode. It is the only one
// that does I/O. It returns an error with nothing left open, or a reply: a whole
// answer, or a stream whose first meaningful event has come.

// exchange is one request and its answer. What the two need is part of it, so
// that they cost one allocation.
type exchange struct {
	answer
	index     int // of its Attempt
	start     time.Time
	announced http.Header   // what listeners want to send along
	took      time.Duration // until a whole answer or a refusal was there, 0 before that

	bounded io.LimitedReader
	result  Reply
	stream  *streamPart // nil for a whole answer
}

// streamPart is what an exchange needs for a stream alone.
type streamPart struct {
	*exchange
	ctx   context.Context
	flow  *flow
	watch scope.Watch // for a caller that goes away
}

func newExchange(call *Call, payload []byte) *exchange {
	try := call.state.tries()
	x := take(&try.taken.exchange, &try.exchange)
	x.st, x.call, x.site, x.key = call.state, call, call.route.site, call.route.key
	x.clock, x.trip = call.timers.running(), take(&try.taken.trip, &try.outer.trip)
	x.trip.Begin(x.clock, &x.st.client.conns, payload)
	return x
}

// send carries out one attempt.
func send(ctx context.Context, call *Call) (*Reply, error) {
	st, c := call.state, call.state.client
	payload, err := st.tries().payload.Encode(call.Request, call.Model, call.Stream, &st.request)
	if err != nil {
		return nil, requestError(err)
	}
	x := newExchange(call, payload)
	if err := ctx.Err(); err != nil {
		return nil, x.transportError(ctx, err)
	}
	own := st.beginAttempt(ctx, x)
	reply, err := x.roundTrip(own, c.conns.RoundTripper(), x.request(own))
	if c.latencies.Wanted() {
		observeLatency(c.latencies, x.now(), x, reply, err)
	}
	if err != nil {
		c.conns.HangUp()
		x.record(own, err, x.lost)
		return nil, err
	}
	if reply.Response != nil {
		c.conns.HangUp()
		x.record(own, nil, &reply.Response.Usage)
		reply.Response.Info.Attempts = st.account.final(nil)
		return reply, nil
	}
	s := x.stream
	first := max(time.Since(x.start), 1) // zero is for what has not begun
	st.account.streams(x.index, first, x.requestID)
	c.audience.FirstToken(own, event.FirstToken{Call: st.id, Number: x.index + 1, Endpoint: call.Endpoint, Model: call.Model, Wait: first})
	s.flow.completes(s)
	return reply, nil
}

// complete completes the record of an attempt whose answer was a stream.
func (x *streamPart) complete(err error, usage Usage) {
	d := time.Since(x.start)
	x.note(d, err)
	x.st.account.end(x.index, func(a *Attempt) {
		a.Duration, a.Err, a.Usage = d, err, usage
	})
}

func (x *streamPart) streamEnded(error) {
	x.watch.Stop()
	x.st.client.conns.HangUp()
	x.st.observeAttempt(x.ctx, x.index)
}

// record completes the attempt's record.
func (x *exchange) record(ctx context.Context, err error, usage *Usage) {
	d := x.now().Sub(x.start)
	x.note(d, err)
	x.st.account.end(x.index, func(a *Attempt) {
		a.Duration, a.Err, a.RequestID = d, err, x.requestID
		if usage != nil {
			a.Usage = *usage
		}
	})
	x.st.observeAttempt(ctx, x.index)
}

// note keeps how an attempt ended.
func (x *exchange) note(took time.Duration, err error) {
	now, kind := x.start.Add(took), KindOf(err)
	failed := err != nil && kind != ErrCanceled
	x.site.lately.Add(now, took, failed)
	if failed {
		x.st.client.noteError(now, kind, x.site.name, x.call.Model, x.code)
	}
}

// The values of headers that never change. Their capacity is their length, so
// an Add in somebody's RoundTripper copies them.
var (
	headerJSON   = []string{"application/json"}
	headerStream = []string{"text/event-stream, application/json;q=0.5"}
	headerAgent  = []string{"buoy/" + modVersion}
)

// Version returns the version of this module in the program, such as "v0.1.0". In its
// own repository it is "dev". It is part of the User-Agent.
func Version() string { return modVersion }

var modVersion = version.Of("github.com/buoy-go/buoy")

// request builds the HTTP request.
func (x *exchange) request(ctx context.Context) *http.Request {
	h := maps.Clone(x.site.asks) // cheaper than to set them one by one
	if len(x.call.Header) > 0 {
		maps.Copy(h, x.call.Header)
		h["Content-Type"], h["Accept"] = headerJSON, headerJSON
	}
	if x.call.Stream {
		h["Accept"] = headerStream
	}
	h["Idempotency-Key"] = x.st.tries().payload.KeyFor(h["Idempotency-Key"], x.trip.Payload())
	if x.key.Secret() != "" {
		if x.site.keyHeader == "" {
			h["Authorization"] = x.key.Bearer()
		} else {
			h[x.site.keyHeader] = x.key.Bare()
		}
	}
	for name, values := range x.announced {
		if name = http.CanonicalHeaderKey(name); h[name] == nil && name != "Authorization" && name != "Cookie" && header.Check(name, values) == nil {
			h[name] = values
		}
	}
	return x.trip.Request(ctx, x.site.url, h)
}

func (x *exchange) roundTrip(ctx context.Context, rt http.RoundTripper, req *http.Request) (*Reply, error) {
	resp, body, err := x.open(ctx, rt, req)
	if err != nil {
		return nil, err
	}
	if x.call.Stream {
		return x.streamed(ctx, body, resp.ProtoMajor)
	}
	defer body.Close()
	return x.whole(ctx, body, resp.ContentLength)
}

// errNoResponse is a RoundTripper of somebody's that breaks its interface's contract.
var errNoResponse = errors.New("the http.RoundTripper returned neither a response nor an error")

// open sends a request and returns the body of a good reply, which the caller closes.
func (x *exchange) open(ctx context.Context, rt http.RoundTripper, req *http.Request) (*http.Response, *conn.Body, error) {
	resp, err := rt.RoundTrip(req)
	if err == nil && resp == nil {
		err = errNoResponse
	}
	if err != nil {
		if resp != nil && resp.Body != nil { // against the interface's contract, but seen
			_ = resp.Body.Close()
		}
		if !x.trip.Phase.Sent() {
			err = conn.ThroughProxy(rt, req, err)
		}
		return nil, nil, x.transportError(ctx, err)
	}
	x.header, x.code = resp.Header, resp.StatusCode
	good := resp.StatusCode >= 200 && resp.StatusCode <= 299
	body := x.trip.Open(resp, func(packed io.ReadCloser) io.ReadCloser {
		if !good {
			return packed
		}
		return verbatim.Tap(ctx, packed)
	})
	if !good {
		return nil, nil, x.refused(ctx, body)
	}
	x.requestID = x.redactID(resp.Header, "")
	return resp, body, nil
}

// errorBodyWait bounds the wait for the rest of an error's body: its status is
// known already, and a server in trouble may stall.
const errorBodyWait = 5 * time.Second

// refused decodes a reply with an error status. What of its body cannot be had
// in time is done without; the status is never lost.
func (x *exchange) refused(ctx context.Context, body *conn.Body) error {
	defer body.Close()
	defer x.clock.Bounding(body, errorBodyWait).Stop()
	x.bounded = io.LimitedReader{R: body, N: maxErrorBody}
	buf := buffers.Get()
	defer buffers.Put(buf)
	_, _ = buf.ReadFrom(&x.bounded)
	if x.callerGone(ctx) != nil {
		x.requestID = x.redactID(x.header, "")
		return x.callerGone(ctx)
	}
	// A body read to its end leaves the connection for the retry.
	x.bounded.N = 4 << 10
	_, _ = io.Copy(io.Discard, &x.bounded)
	x.took = time.Since(x.start)
	err := x.statusError(buf.Bytes(), x.now())
	x.requestID = x.redactID(x.header, err.RequestID)
	return err
}

// whole reads and decodes a whole answer.
func (x *exchange) whole(ctx context.Context, body io.Reader, length int64) (*Reply, error) {
	buf := buffers.Get()
	defer buffers.Put(buf)
	limit := x.st.settings.maxResponseBytes()
	if 0 < length && length <= limit {
		buf.Grow(int(length) + bytes.MinRead)
	}
	x.bounded = io.LimitedReader{R: body, N: limit + 1}
	n, err := buf.ReadFrom(&x.bounded)
	switch {
	case err != nil:
		return nil, x.transportError(ctx, err)
	case n > limit:
		return nil, x.tooLarge(limit)
	}
	resp, err := x.decodeWhole(ctx, buf.Bytes())
	if err != nil {
		return nil, err
	}
	x.took = time.Since(x.start)
	x.describe(&resp.Info, x.now())
	x.result.Response = resp
	return &x.result, nil
}

// streamed judges the first bytes of a 2xx reply to a stream request, and reads
// until the first meaningful event.
func (x *exchange) streamed(ctx context.Context, body *conn.Body, protoMajor int) (*Reply, error) {
	w := &wireSource{from: &x.answer, ctx: ctx, body: body, http2: protoMajor >= 2}
	x.describe(&w.about, x.now())
	w.part.exchange, x.stream = x, &w.part
	w.open()
	begun := false
	defer func() {
		if !begun { // also where a body of somebody's panics
			_ = body.Close()
			w.events.Close()
		}
	}()
	whole, err := w.peek()
	if err != nil {
		return nil, err
	}
	if whole {
		reply, err := x.whole(ctx, io.MultiReader(bytes.NewReader(w.events.Buffered()), body), -1)
		if err != nil {
			return nil, err
		}
		x.clock.Stop() // the answer is here, however slowly it is read
		return x.watched(ctx, &Reply{Stream: newWholeStream(reply.Response)}), nil
	}
	if err := w.begin(); err != nil {
		return nil, err
	}
	begun = true
	x.clock.Commit()
	handle := newHandle
	if x.st.settings.layered() {
		handle = newStream
	}
	return x.watched(ctx, handle(w, &w.flow)), nil
}

// watched makes a caller that goes away end the stream even if nobody reads it.
func (x *exchange) watched(ctx context.Context, r *Reply) *Reply {
	s := x.stream
	s.ctx, s.flow = ctx, r.Stream.inner
	s.watch.Begin(x.clock.Outer(ctx), s)
	return r // not in x, which the flow holds: the handle would never be collected
}

// ContextEnded ends the stream of a caller that has gone away.
func (x *streamPart) ContextEnded() {
	x.flow.end(x.transportError(x.ctx, x.clock.Outer(x.ctx).Err()))
}

// now is the time, or when a whole answer or a refusal was there.
func (x *exchange) now() time.Time {
	if x.took == 0 {
		return time.Now()
	}
	return x.start.Add(x.took)
}

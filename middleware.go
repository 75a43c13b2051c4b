package buoy

import (
	"context"
	"net/http"
	"slices"
	"time"
)

// Call is what a [Middleware] sees of a call on its way to the provider. A
// middleware that wants to change it changes a copy, and a copy of the
// Request it points to:
//
//	c, r := *call, *call.Request
//	r.User = "anonymous"
//	c.Request = &r
//	return next(ctx, &c)
//
// Above the retry layer Attempt is 0; below it Attempt, Endpoint, Model and Key
// are those of the attempt. Model is what is sent: above the choice of an endpoint
// it is enough to change Request.Model, below it Model itself has to be changed.
type Call struct {
	Request  *Request
	Stream   bool
	Attempt  int         // 1 for the first request sent; 0 above the retry layer
	Endpoint string      // label of the chosen endpoint
	Model    string      // that endpoint's name for the model; above the choice, the requested one
	Key      string      // label of the chosen key, never the key
	Header   http.Header // added to the request; nil until somebody sets it. Make a new one to change it

	shared   *shared     // what all layers of one call have in common
	target   *target     // where the fallback sends it; nil for the primary
	sliceEnd time.Time   // when its target's share of the time is up; zero for no such thing
	route    route       // the chosen endpoint and key
	timers   *timers     // of the attempt; nil above them
	resume   *resumption // the interruption that it goes on from; nil for a call's first way down
	pace     *pace       // of a Retry around it; nil for the client's
	lane     *lane       // its part in a race; nil for none
	unseen   bool        // only buoy's own layers have seen it yet
}

// Reply is what a call brought: exactly one of Response and Stream is set.
type Reply struct {
	Response *Response
	Stream   *Stream
}

// OnEnd calls f once when the reply ends: at once for a Response; for a Stream
// when it has ended, failed or been closed. f gets nil for a good end and the
// error otherwise; a stream that was closed early gives an ErrCanceled. Callbacks
// run in the order in which they were added, so those of the inner layers come
// first, outside any lock.
//
// A middleware that holds anything until the end of an answer must give it
// back in OnEnd: next returns when a stream has begun, not when it has ended.
func (r *Reply) OnEnd(f func(error)) {
	if r.Stream != nil {
		r.Stream.inner.onEnd(f)
		return
	}
	f(nil)
}

// Handler carries out a call.
type Handler func(ctx context.Context, call *Call) (*Reply, error)

// Middleware wraps a [Handler]. One type serves whole and streamed calls.
type Middleware func(next Handler) Handler

// answering makes of a reply that is none an error that names the mistake, and
// not a panic in the layer around it. It is for middlewares that callers bring.
func answering(ms []Middleware) []Middleware {
	out := make([]Middleware, len(ms))
	for i, m := range ms {
		out[i] = func(next Handler) Handler {
			h := m(next)
			return func(ctx context.Context, call *Call) (*Reply, error) {
				reply, err := h(ctx, call)
				if err == nil && (reply == nil || reply.Response == nil && reply.Stream == nil) {
					return nil, errNoReply
				}
				return reply, err
			}
		}
	}
	return out
}

// Chain composes middlewares to one; the first is the outermost.
func Chain(ms ...Middleware) Middleware {
	return func(next Handler) Handler {
		for _, m := range slices.Backward(ms) {
			next = m(next)
		}
		return next
	}
}

package buoy

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/buoy-go/buoy/event"
)

// Call is what a [Middleware] sees of a call on its way to the provider. To change it,
// change a copy, and a copy of its Request:
//
//	c, r := *call, *call.Request
//	r.User = "anonymous"
//	c.Request = &r
//	return next(ctx, &c)
//
// Above the retry layer Attempt is 0. Below it Attempt, Endpoint, Model and Key are
// those of the attempt, and Model is what is sent. So change Request.Model above the
// choice of an endpoint, and Model below it.
type Call struct {
	Request  *Request
	Stream   bool
	Attempt  int         // 1 for the first request sent; 0 above the retry layer
	Endpoint string      // label of the chosen endpoint
	Model    string      // that endpoint's name for the model; above the choice, the requested one
	Key      string      // label of the chosen key, never the key itself
	Header   http.Header // added to the request; may be nil. To change it, set a changed copy

	letters
}

// letters are what buoy's layers pass to those below them, beside what users see. A
// copy of a Call takes them along.
type letters struct {
	// state is what all layers of the call share. The client sets it, or the first
	// layer that finds none; see stateOf.
	state *callState
	// target is where the fallback sends the call, nil for the primary. The choice of
	// endpoint, the prefill and the race read it.
	target *target
	// sliceEnd is when the target's share of the time is up, after the call's beginning; 0 for none.
	// The fallback sets it; the retry and the limits do not wait beyond it.
	sliceEnd time.Duration
	// resume is the interruption that the call goes on from, nil for its first way
	// down. The recovery sets it; fallback, retry and prefill read it and note what
	// became of it.
	resume *resumption
	// pace is that of a Retry in a user's chain, nil for the client's. The hedge and
	// the prefill spend by it.
	pace *pace
	// lane is the call's part in a race, nil for none. The hedge sets it; the choice
	// of key and the account of attempts read it.
	lane *lane
	// inPlace is set by the retry in the standard chain: only buoy's own layers have
	// the call yet, so the choice of route and the timers need not copy it.
	inPlace bool
	// route is the chosen endpoint and key. The choice sets it; the limits, the race
	// and the transport read it.
	route route
	// timers are the attempt's. Their layer sets them; the transport reads them.
	timers *timers
}

// Patience is for a limit of your own, below the retry. It returns until when a call may
// wait for its turn: not beyond its deadline, its target's share of the time, and the
// longest pause of its [RetryPolicy]. Where its turn comes later, return a [*LimitError]
// with the wait at once. The call then goes on with another key, or another target.
// others are the labels of the keys that it can go on with; none above the choice of a
// key.
func (c *Call) Patience(ctx context.Context) (until time.Time, others []string) {
	return latestTurn(ctx, c, time.Now()), c.otherKeys()
}

// Standing is for a limit of your own in which calls wait: those of a tenant (see
// [WithTenantLimit]; "" without one) go in the order of coming, tenants take turns, and
// Interactive calls go before Background ones.
func (c *Call) Standing() (tenant string, p Priority) {
	who := stateOf(c).who()
	if who.Background {
		return who.Tenant, Background
	}
	return who.Tenant, Interactive
}

// otherKeys are the labels of those that the retry can go on with at once.
func (c *Call) otherKeys() []string {
	if c.Attempt == 0 || c.route.site == nil {
		return nil
	}
	return c.route.site.keys.Beside(time.Now(), c.route.key, c.Model, c.state.choice.refusedKeys())
}

// Waited is for a limit of your own that has let a call wait since a time, and now lets
// it go. It tells the observers of the wait, and keeps it apart from the duration of the
// attempt. Call it on your copy of the Call, before the next layer gets that.
func (c *Call) Waited(ctx context.Context, since time.Time) {
	stateOf(c)
	c.waited(ctx, event.WaitRate, since)
}

// waited notes a wait for a local limit: the attempt can be sent only now.
func (c *Call) waited(ctx context.Context, what string, since time.Time) {
	now := time.Now()
	c.state.account.addWait(now.Sub(since))
	c.route.begun = now.Sub(c.state.begun)
	c.tellWait(ctx, what, c.Key, now.Sub(since))
}

// tellWait tells those who listen that the call has waited.
func (c *Call) tellWait(ctx context.Context, what, key string, wait time.Duration) {
	c.state.client.audience.Limit(ctx, event.LimitWait{Call: c.state.id, Endpoint: c.Endpoint, Model: c.Model, Key: key, For: what, Wait: wait})
}

// Reply is the result of a call: exactly one of Response and Stream is set.
//
// A middleware may answer with either, whatever was asked for. The caller of
// [Client.Stream] reads a Response as a stream of one chunk, and [Client.Chat] reads a
// Stream to its end.
type Reply struct {
	Response *Response
	Stream   *Stream
}

// OnEnd calls f once when the reply ends. For a Response that is at once; for a Stream
// it is when the stream has ended, failed or been closed. f gets nil after a good end,
// an ErrCanceled for a stream that was closed early, and the error otherwise. Callbacks
// run in the order in which they were added, so those of the inner layers run first.
// They run outside any lock, and must not call Next of that stream.
//
// If a middleware holds something until the end of an answer, release it in OnEnd: next
// returns when a stream has begun, not when it has ended.
func (r *Reply) OnEnd(f func(error)) {
	if r.Stream != nil {
		r.Stream.inner.onEnd(endingFunc(f))
		return
	}
	f(nil)
}

// Handler carries out a call and returns its reply or an error.
type Handler func(ctx context.Context, call *Call) (*Reply, error)

// Middleware wraps a [Handler]. The same type serves whole and streamed calls. A
// Middleware and its handlers must be safe for concurrent use. Test your own with
// buoytest.TestMiddleware.
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

// Chain combines middlewares into one. The first is the outermost.
func Chain(ms ...Middleware) Middleware {
	return func(next Handler) Handler {
		for _, m := range slices.Backward(ms) {
			next = m(next)
		}
		return next
	}
}

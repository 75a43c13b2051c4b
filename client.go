package buoy

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/buoy-go/buoy/internal/audience"
	"github.com/buoy-go/buoy/internal/clock"
	"github.com/buoy-go/buoy/internal/conn"
	"github.com/buoy-go/buoy/internal/history"
	"github.com/buoy-go/buoy/internal/latency"
	"github.com/buoy-go/buoy/internal/logbook"
	"github.com/buoy-go/buoy/internal/verbatim"
	"github.com/buoy-go/buoy/status"
)

// ErrClosed is the cause of the error of a call to a closed client. Its kind is
// ErrCanceled.
var ErrClosed error = closedError{}

type closedError struct{}

func (closedError) Error() string { return "the client is closed" }
func (closedError) Unwrap() error { return ErrCanceled }

// Client calls chat-completions APIs. Make one with [New] and share it. It is safe for
// concurrent use, and all of its calls profit from what it learns about a provider
// (breakers, retry budget, keys). The zero value cannot be used.
type Client struct {
	settings  settings
	primary   *site
	sites     []*site // the primary and those of the fallback targets
	plan      fallbackPlan
	conns     conn.Connections
	handler   Handler
	plain     Handler // the same for a call that needs no more; nil where the user has layers
	reuses    bool    // the memory of calls, see giveBack
	breakers  *Breakers
	budgets   *budgets
	gates     *gates
	latencies *latency.Registry[latencyKey]
	quotas    []countedQuota
	audience  *audience.Audience
	books     []*logbook.Book
	forget    func() // the breakers' changes; nil where nobody listens
	lately    history.Last[status.Error]
	young     *clock.Queue // nil for noClient
}

// New makes a client for an endpoint. It returns an error that names the fix for
// settings that cannot work. It sends nothing.
func New(primary Endpoint, opts ...Option) (*Client, error) {
	c := &Client{budgets: newBudgets(), latencies: latency.NewRegistry[latencyKey](maxTargets), gates: newGates(), young: new(clock.Queue)}
	for _, o := range opts {
		if o != nil {
			o.applyClient(&c.settings)
		}
	}
	s := &c.settings
	if len(s.errs) > 0 {
		return nil, fmt.Errorf("buoy: %w", errors.Join(s.errs...))
	}
	if err := s.retry.check(); err != nil {
		return nil, fmt.Errorf("buoy: %w", err)
	}
	var err error
	if c.primary, err = c.siteFor(primary); err != nil {
		return nil, err
	}
	if c.plan, err = newPlan(c, primary); err != nil {
		return nil, err
	}
	if c.breakers, err = newBreakers(s); err != nil {
		return nil, fmt.Errorf("buoy: %w", err)
	}
	if c.quotas, err = newQuotas(c); err != nil {
		return nil, fmt.Errorf("buoy: %w", err)
	}
	c.conns.Of(s.httpClient, s.timeouts.connect())
	for _, m := range slices.Concat(s.middleware, s.chain, s.attempt) {
		if m == nil {
			return nil, errors.New("buoy: a middleware is nil: leave it out")
		}
	}
	c.compose()
	c.watch()
	if s.memory != nil {
		s.memory.runs.Lost = c.panicked
	}
	return c, nil
}

// siteFor makes an endpoint ready, once for each name.
func (c *Client) siteFor(e Endpoint) (*site, error) {
	s, err := newSite(e, c.settings.insecureHTTP)
	if err != nil {
		return nil, err
	}
	for _, old := range c.sites {
		if old.name != s.name {
			continue
		}
		if old.limit.same(&s.limit) && old.same(s) {
			return old, nil
		}
		return nil, fmt.Errorf("buoy: two different endpoints are named %q: set Endpoint.Name to tell them apart", s.name)
	}
	c.sites = append(c.sites, s)
	return s, nil
}

// complete is the innermost part of every chain. It does what is left to do: the
// user's chain may have no choice of endpoint and key, or a deadline only and no
// timers of an attempt, and a middleware may pass on a Call that it has made.
func (c *Client) complete(next Handler) Handler {
	timed := func(ctx context.Context, call *Call) (*Reply, error) {
		if t := call.state.timeouts; call.timers == nil && t != nil {
			return attemptTimers(ctx, call, *t, next)
		}
		return next(ctx, call)
	}
	routed := chooseRoute(timed)
	return func(ctx context.Context, call *Call) (*Reply, error) {
		if call.route.site != nil {
			if err := call.route.overtaken(call); err != nil {
				return nil, err
			}
			return timed(ctx, call)
		}
		own := *call
		if own.state == nil || own.state.client != c {
			own.state = newState(c, "chat", call.Model)
		}
		return routed(ctx, &own)
	}
}

func standardDeadline(next Handler) Handler {
	return func(ctx context.Context, call *Call) (*Reply, error) {
		return boundCall(ctx, call, &stateOf(call).settings.timeouts, next)
	}
}

func standardTimers(next Handler) Handler {
	return func(ctx context.Context, call *Call) (*Reply, error) {
		return attemptTimers(ctx, call, stateOf(call).settings.timeouts, next)
	}
}

// Breakers returns the client's circuit breakers, to inspect them or to share them with
// another client through [WithBreakers].
func (c *Client) Breakers() *Breakers { return c.breakers }

// Chat sends a request and returns the whole answer. Every error is a [*CallError]. Use
// [KindOf] to decide what to do. Chat neither keeps nor changes the request.
func (c *Client) Chat(ctx context.Context, req Request, opts ...CallOption) (*Response, error) {
	ctx, st, err := c.begin(ctx, "chat", &req, opts)
	if err != nil {
		return nil, err
	}
	reply, err := st.way()(ctx, &st.call)
	if err == nil && reply != nil && reply.Response == nil && reply.Stream != nil {
		err = drain(reply.Stream)
		reply.Response = reply.Stream.Response()
	}
	if err == nil && (reply == nil || reply.Response == nil) {
		err = errNoReply
	}
	if err != nil {
		return nil, st.fail(ctx, err)
	}
	resp := st.finish(ctx, reply.Response)
	st.giveBack()
	return resp, nil
}

// Stream sends a request and returns the answer as a stream. It returns when the first
// event with content has arrived. Until then a failure is an error of this method, and
// may have been retried. After that nothing is repeated silently: the stream reports
// what happens. Every error is a [*CallError]. Read the stream to its end, or close it.
func (c *Client) Stream(ctx context.Context, req Request, opts ...CallOption) (*Stream, error) {
	ctx, st, err := c.begin(ctx, "stream", &req, opts)
	if err != nil {
		return nil, err
	}
	st.call.Stream = true
	reply, err := st.way()(ctx, &st.call)
	if err == nil && reply != nil && reply.Stream == nil && reply.Response != nil {
		// A middleware answered whole: its answer is one chunk.
		reply.Stream = newWholeStream(reply.Response)
	}
	if err == nil && (reply == nil || reply.Stream == nil) {
		err = errNoReply
	}
	if err != nil {
		return nil, st.fail(ctx, err)
	}
	reply.Stream.inner.adopt(ctx, st)
	return reply.Stream.handOut(), nil
}

// errNoReply tells the author of a middleware what went wrong.
var errNoReply = errors.New("a middleware returned neither a reply nor an error")

// errNilContext names the fix.
var errNilContext = &RequestError{Field: "context", Reason: "is nil: pass context.Background()"}

// begin checks a call and sets up what its layers share.
func (c *Client) begin(ctx context.Context, op string, req *Request, opts []CallOption) (context.Context, *callState, error) {
	model := req.Model
	if model == "" && len(req.Models) == 0 {
		model = c.primary.deployment
	}
	st := newState(c, op, model)
	st.request = *req
	st.request.Model = model
	st.call.Request, st.call.Model, st.call.state = &st.request, model, st
	if ctx == nil {
		ctx = st.start(context.Background())
		return ctx, nil, st.fail(ctx, errNilContext)
	}
	ctx = st.start(ctx)
	if len(opts) > 0 {
		s := c.settings
		s.errs = nil
		for _, o := range opts {
			if o != nil {
				o.applyCall(&s)
			}
		}
		st.settings = &s
		st.call.Header = s.header
		if err := errors.Join(s.errs...); err != nil {
			return ctx, nil, st.fail(ctx, &RequestError{Field: "option", Reason: err.Error()})
		}
		if err := s.retry.check(); err != nil {
			return ctx, nil, st.fail(ctx, &RequestError{Field: "option", Reason: err.Error()})
		}
	}
	if s := st.settings; s.layered() || s.lastResort != nil {
		verbatim.Doubt(ctx)
	}
	if c.conns.Closed() {
		return ctx, nil, st.fail(ctx, ErrClosed)
	}
	if err := validate(&st.request); err != nil {
		return ctx, nil, st.fail(ctx, err)
	}
	if ctx.Err() != nil {
		return ctx, nil, st.fail(ctx, st.waitError(ctx))
	}
	return ctx, st, nil
}

// Close makes the client refuse new calls with [ErrClosed], and closes idle
// connections, unless they belong to a transport of yours. Running calls and streams go
// on to their end, and their connections are closed then. With [WithCache] it waits a
// second at most for answers being stored. It may be called twice, and always returns nil.
func (c *Client) Close() error {
	c.conns.Close()
	if c.forget != nil {
		c.forget()
	}
	if m := c.settings.memory; m != nil && m.answers != nil {
		m.answers.Flush(time.Second)
	}
	c.conns.HangUp()
	return nil
}

// Format writes where calls go, and nothing else. Without it fmt would print the keys.
func (c *Client) Format(s fmt.State, _ rune) {
	if c == nil || c.primary == nil {
		fmt.Fprint(s, "buoy.Client(nil)")
		return
	}
	fmt.Fprintf(s, "buoy.Client(%s)", c.primary.name)
}

package buoy

import "slices"

// StandardChain is the standard chain in its parts, outermost first. Get it from
// [StandardParts], put something around a part, replace it or set it to nil to leave it
// out, and give the [StandardChain.List] to [WithChain]:
//
//	parts := buoy.StandardParts()
//	parts.Retry = buoy.Chain(outside, parts.Retry) // just outside the retry
//	parts.Timers = buoy.Chain(parts.Timers, inside) // just inside the timers
//	parts.Breaker = nil
//	client, err := buoy.New(endpoint, buoy.WithChain(parts.List()...))
//
// A part that a later version no longer has is a compile error, and a new one comes along
// by itself. Each part reads the settings of the client that runs it. Over a handler of
// your own there is no client: Deadline, Retry and Timers then work with their defaults,
// and the others do nothing.
//
// It is plain data. Parts may be used by several clients at the same time.
type StandardChain struct {
	Deadline     Middleware // Timeouts.Call
	Quota        Middleware // WithQuota
	Cache        Middleware // WithCache: remembered answers, and those of equal calls
	Tenants      Middleware // WithTenantLimit
	Recover      Middleware // WithStreamRecovery
	Fallback     Middleware // WithFallback, WithFallbackFunc
	Retry        Middleware // WithRetry: what is inside runs once per attempt
	StreamedChat Middleware // WithStreamedChat
	Prefill      Middleware // RecoverContinue: the partial text goes along
	Hedge        Middleware // WithHedge
	Route        Middleware // endpoint and key: inside, Call.Endpoint and Call.Key are set
	Permit       Middleware // RateLimit.Concurrent
	Rate         Middleware // RateLimit.RequestsPerMinute, TokensPerMinute
	Breaker      Middleware // WithBreaker
	Timers       Middleware // Timeouts of an attempt
}

// StandardParts returns the standard chain in its parts.
func StandardParts() StandardChain {
	return StandardChain{
		Deadline:     standardDeadline,
		Quota:        standardQuota,
		Cache:        standardCache,
		Tenants:      standardTenants,
		Recover:      standardRecover,
		Fallback:     standardFallback,
		Retry:        standardRetry,
		StreamedChat: streamedChat,
		Prefill:      continued,
		Hedge:        standardHedge,
		Route:        chooseRoute,
		Permit:       standardPermit,
		Rate:         standardRate,
		Breaker:      standardBreaker,
		Timers:       standardTimers,
	}
}

// List returns the parts in their order, without those that are nil.
func (p StandardChain) List() []Middleware {
	all := []Middleware{
		p.Deadline, p.Quota, p.Cache, p.Tenants, p.Recover, p.Fallback, p.Retry, p.StreamedChat, p.Prefill, p.Hedge,
		p.Route, p.Permit, p.Rate, p.Breaker, p.Timers,
	}
	return slices.DeleteFunc(all, func(m Middleware) bool { return m == nil })
}

// Standard returns the list of the standard chain's parts, outermost first. To add to it,
// take [StandardParts], which has them by name: places in the list may change.
func Standard() []Middleware { return StandardParts().List() }

// compose sets the ways of the client's calls. What only passes on costs a call 25 ns and a
// place on the stack: a part that this client never needs is in neither way.
func (c *Client) compose() {
	s := &c.settings
	if s.chainSet {
		c.handler = c.around(answering(s.chain))
		return
	}
	p := StandardParts()
	never := func(part *Middleware, is bool) {
		if is {
			*part = nil
		}
	}
	never(&p.Cache, s.memory == nil)
	never(&p.Tenants, s.tenants == nil)
	never(&p.Quota, len(c.quotas) == 0)
	never(&p.Fallback, len(c.plan.targets) == 0 && c.plan.last == nil)
	unlimited := !slices.ContainsFunc(c.sites, func(s *site) bool { return !c.limitOf(s).isZero() })
	never(&p.Permit, unlimited)
	never(&p.Rate, unlimited)
	c.handler = c.around(p.List())
	if !s.layered() {
		p.Recover, p.StreamedChat, p.Prefill, p.Hedge = nil, nil, nil, nil
		c.plain = c.around(p.List())
		c.reuses = s.memory == nil && s.tenants == nil && len(c.quotas)+len(s.observers)+len(s.loggers) == 0 && unlimited
	}
}

// around makes a chain whole: with the user's layers, and what is the same in every chain.
func (c *Client) around(chain []Middleware) Handler {
	s := &c.settings
	return Chain(slices.Concat(answering(s.middleware), []Middleware{asItIs}, chain, answering(s.attempt), []Middleware{c.complete})...)(send)
}

// way is that of a call: the plain one where its settings need no more.
func (st *callState) way() Handler {
	if st.plainly() {
		return st.client.plain
	}
	return st.client.handler
}

// plainly reports whether a call goes the plain way.
func (st *callState) plainly() bool {
	s := st.settings
	return st.client.plain != nil && s.hedge == nil && (s.recovery == RecoverNone || !st.call.Stream) && (!s.streamedChat || st.call.Stream)
}

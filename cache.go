package buoy

import (
	"context"
	"sync/atomic"

	"github.com/buoy-go/buoy/caching"
	"github.com/buoy-go/buoy/event"
	"github.com/buoy-go/buoy/internal/cachekey"
	"github.com/buoy-go/buoy/internal/cachestore"
	"github.com/buoy-go/buoy/internal/coalesce"
	"github.com/buoy-go/buoy/internal/verbatim"
)

// Cache is a store of bytes, for [WithCache]. It is documented in package caching, with
// the methods that it may have besides.
type Cache = caching.Cache

// CachePolicy says what is remembered, for whom and for how long. The zero value
// remembers the answers to requests with Temperature 0 or a Seed for an hour. Its fields
// are documented in package caching.
type CachePolicy = caching.Policy

// WithCache remembers answers in c and answers equal requests from there: without a
// request, at no cost. Equal are requests whose bodies are the same JSON in whatever
// spelling, for the same endpoint, model and namespace. Answers are stored if they are
// complete ([Response].Check returns nil) and the primary endpoint's; a stream when it has
// ended well. What is stored serves Chat, and Stream as one chunk. A cache that fails, is
// slow or holds garbage never fails a call. docs/caching.md has more.
//
// [CallInfo].Cache names the level that answered, or says "coalesced"; Attempts is then
// empty, and quotas count nothing. [Response].Usage is what the answer had cost when it
// was made, [CallEvent].Usage is zero. Without c calls are shared and not remembered.
func WithCache(c Cache, p CachePolicy) Option {
	return clientOption(func(s *settings) {
		if err := p.Check(c); err != nil {
			s.errs = append(s.errs, err)
			return
		}
		s.memory = &memory{policy: p, answers: cachestore.NewAnswers(c, p)}
	})
}

// WithoutCache makes a call without the cache: it is neither answered from there, nor
// stored, nor coalesced.
func WithoutCache() CallOption { return callOption(func(s *settings) { s.uncached = true }) }

// WithCacheRefresh makes a call with a new request, whose answer replaces what is stored.
func WithCacheRefresh() CallOption { return callOption(func(s *settings) { s.refreshed = true }) }

// CacheWith is the cache of [WithCache] as a middleware. In a chain that you compose
// yourself, place it outside [Fallback] and [Retry]. Over a handler of your own, whose
// answers name no endpoint, all complete answers are stored.
func CacheWith(c Cache, p CachePolicy) Middleware {
	err := p.Check(c)
	m := &memory{policy: p, answers: cachestore.NewAnswers(c, p)}
	return func(next Handler) Handler {
		return func(ctx context.Context, call *Call) (*Reply, error) {
			if err != nil {
				return nil, &RequestError{Field: "cache", Reason: err.Error()}
			}
			return m.handle(ctx, call, next)
		}
	}
}

func standardCache(next Handler) Handler {
	return func(ctx context.Context, call *Call) (*Reply, error) {
		return stateOf(call).client.settings.memory.handle(ctx, call, next)
	}
}

// memory is a cache and what is under way; nil for no cache.
type memory struct {
	policy  CachePolicy
	answers *cachestore.Answers // nil for none
	runs    coalesce.Group[*shared]
	tally   cachestore.Tally
	keys    cachekey.Memo
}

func (m *memory) handle(ctx context.Context, call *Call, next Handler) (*Reply, error) {
	st := stateOf(call)
	if m == nil || st.settings.uncached || call.Request == nil || !cachekey.Accepts(ctx, &m.policy, call.Request) {
		return next(ctx, call)
	}
	l := st.slots.lookup
	if l == nil || st.slots.taken.lookup.Swap(true) {
		l = new(lookup)
	}
	if l.open(ctx, m, st, call) != nil { // it cannot be sent either, or nobody repeats it
		return next(ctx, call)
	}
	if st.settings.refreshed {
		reply, _, err := l.ask(ctx, call, next)
		return reply, err
	}
	old := l.look(ctx, true)
	if old != nil && old.Fresh {
		return l.answer(ctx, old), nil
	}
	var reply *Reply
	var err error
	if m.policy.Coalesce {
		reply, err = l.share(ctx, next)
	} else {
		reply, _, err = l.ask(ctx, call, next)
	}
	return l.orStale(ctx, old, reply, err)
}

// lookup is the cache's part in one call. It does not change once open has set it.
type lookup struct {
	m    *memory
	st   *callState
	call *Call
	cachestore.Wanted
	reply Reply // its memory
	given atomic.Bool
}

// open makes the key.
func (l *lookup) open(ctx context.Context, m *memory, st *callState, call *Call) (err error) {
	l.m, l.st, l.call, l.N = m, st, call, call.Request.Choices()
	p := cachekey.Place{Model: call.Model, Header: call.Header}
	if site := st.client.primary; site != nil { // there is none over a handler of the user's
		l.Endpoint, p.Endpoint, p.Model = site.name, site.sends, site.model(call.Model)
	}
	if m.policy.Namespace != nil {
		p.Namespace = m.policy.Namespace(ctx, call.Request)
	}
	l.Model = p.Model
	l.Key, err = m.keys.Of(call.Request, &p)
	return err
}

func (l *lookup) tell(ctx context.Context, e event.Cache) {
	l.m.tally.Add(&e)
	l.told(ctx, e)
}

// told is tell for what was counted.
func (l *lookup) told(ctx context.Context, e event.Cache) {
	e.Call, e.Model = l.st.id, l.st.request.Model
	l.st.client.audience.Cache(ctx, e)
}

// look reads the store. misses says whether a miss is told: it is once a call.
func (l *lookup) look(ctx context.Context, misses bool) *cachestore.Found {
	old, e := l.m.answers.Look(ctx, l.st.now(), &l.Wanted)
	if e.Result != "" && (misses || e.Result != event.CacheMiss) && ctx.Err() == nil {
		l.tell(ctx, e)
	}
	return old
}

// answer hands out an answer that was not asked for by this call.
func (l *lookup) answer(ctx context.Context, old *cachestore.Found) *Reply {
	verbatim.Give(ctx, old.Body)
	reply := take(&l.given, &l.reply)
	reply.Response = old.Response
	return reply
}

// orStale puts an old answer in the place of an error, or of a substitute.
func (l *lookup) orStale(ctx context.Context, old *cachestore.Found, reply *Reply, err error) (*Reply, error) {
	cause := err
	switch {
	case old == nil, err != nil && !lastResortHelps(err), err == nil && reply == nil:
		return reply, err
	case err == nil && reply.Response != nil:
		cause = reply.Response.Info.Cause
	case err == nil:
		cause = reply.Stream.inner.src.info().Cause
	}
	if cause == nil {
		return reply, nil
	}
	if err == nil && reply.Stream != nil {
		_ = reply.Stream.Close()
	}
	l.tell(ctx, old.StandIn(cause))
	return l.answer(ctx, old), nil
}

// ask goes down the chain and stores what comes. body is that of a whole answer.
func (l *lookup) ask(ctx context.Context, call *Call, next Handler) (reply *Reply, body []byte, err error) {
	ctx, came := verbatim.Kept(ctx)
	reply, err = next(ctx, call)
	switch {
	case err != nil || reply == nil:
	case reply.Response != nil:
		body = l.keep(ctx, reply.Response, came)
	case reply.Stream != nil:
		f := reply.Stream.inner
		f.onEnd(endingFunc(func(err error) {
			if r, recovers := f.src.(*recovery); err == nil && !(recovers && r.turns > 0) {
				resp := f.response()
				resp.Info = f.src.info()
				l.keep(ctx, resp, came)
			}
		}))
	}
	return reply, body, err
}

// keep stores an answer, if it is fit for that. body is nil for what cannot be written
// again.
func (l *lookup) keep(ctx context.Context, resp *Response, came *verbatim.Record) (body []byte) {
	body, err := came.Response(resp)
	if err == nil {
		l.m.answers.Keep(ctx, &l.Wanted, resp, body, &l.m.tally, func(e event.Cache) { l.told(ctx, e) })
	}
	return body
}

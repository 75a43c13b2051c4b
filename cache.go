package buoy

import (
	"context"
	"errors"
	"time"

	"github.com/buoy-go/buoy/event"
	"github.com/buoy-go/buoy/internal/cachekey"
	"github.com/buoy-go/buoy/internal/cachestore"
	"github.com/buoy-go/buoy/internal/coalesce"
	"github.com/buoy-go/buoy/internal/verbatim"
)

// Cache is a store of bytes, for [WithCache]. Keys are 64 hexadecimal digits, a hash:
// neither they nor errors tell a prompt, but values hold answers. Set must store value
// under key for ttl, or longer: a value knows itself how long it is good. Get must return
// the value unchanged, or ok false. Neither may change or keep a value that it was given
// or has returned without a copy of its own.
//
// A Cache may have two more methods:
//
//	// GetLevel is Get that also names the level that had the value, for CallInfo.Cache.
//	GetLevel(ctx context.Context, key string) (value []byte, level string, ok bool, err error)
//	// Peek returns what can be had at once, from memory. It must not wait or do I/O.
//	Peek(key string) (value []byte, level string, ok bool)
//
// Where there is a Peek it is asked first, on the goroutine of the call. All else runs on
// goroutines of its own and is waited for only so long (see [CachePolicy]).
//
// Package buoycache has caches in memory, on disk and in several levels, package buoyredis
// one in Redis; buoytest.Cache is for tests. Implementations must be safe for concurrent
// use. A panic counts as an error.
type Cache interface {
	Get(ctx context.Context, key string) (value []byte, ok bool, err error)
	Set(ctx context.Context, key string, value []byte, ttl time.Duration) error
}

// CachePolicy says what is remembered, for whom and for how long. The zero value
// remembers the answers to requests that ask for the same answer each time, for an hour.
type CachePolicy struct {
	// TTL is how long an answer is good, less up to a tenth by chance, so that answers
	// that were made together do not expire together. 0 means 1h.
	TTL time.Duration
	// StaleOnError is how long after its TTL an answer is still given in place of an
	// error, with CallInfo.Degraded and Cause set. 0 means never. It goes before the
	// answer of [WithFallbackFunc]. It is not given for the caller's own mistakes,
	// moderation and cancellation.
	StaleOnError time.Duration
	// Coalesce lets equal calls that run at the same time share one request. It goes on
	// while one of them waits, whichever began it, and ends with the last. Each gets a
	// copy of its own, and its own error. Streams share with streams, also one that has
	// begun, which they read from its start. The options of the first call count, its
	// context's values and its Timeouts.Call, but not its deadline.
	Coalesce bool
	// Namespace keeps answers apart: requests share an answer only where it returns the
	// same text. Return the tenant, the user, or whoever must not see another's answers.
	// It enters the key as a hash. nil means that all calls of all clients that use the
	// store share.
	Namespace func(ctx context.Context, req *Request) string
	// Accept says which requests are looked up, stored and coalesced. nil means those
	// with Temperature 0 or a Seed. Must not change the request.
	Accept func(ctx context.Context, req *Request) bool
	// MaxWait bounds the wait for the cache; after it the call goes on without it. 0
	// means 100ms, negative means no bound. Storing never delays a call.
	MaxWait time.Duration
}

// WithCache remembers answers in c and answers equal requests from there: without a
// request, at no cost. Equal are requests whose bodies are the same JSON in whatever
// spelling, for the same endpoint, model and [CachePolicy].Namespace; see docs/caching.md.
// Answers are stored if they are complete ([Response].Check returns nil), of the primary
// endpoint and model, and neither a substitute nor a stream that was recovered. A stream
// is stored when it has ended well; what is stored serves Chat, and Stream as one chunk.
//
// [CallInfo].Cache names the level that answered, or says "coalesced"; Attempts is then
// empty, and quotas count nothing. [Response].Usage is what the answer had cost when it
// was made, [CallEvent].Usage is zero. A cache that fails, is slow or holds garbage never
// fails a call: observers hear of it (event.Cache).
//
// c may be nil if p.Coalesce is set: calls are then shared and not remembered.
func WithCache(c Cache, p CachePolicy) Option {
	return clientOption(func(s *settings) {
		switch {
		case c == nil && !p.Coalesce:
			s.errs = append(s.errs, errors.New("WithCache got no cache and does not coalesce: pass a Cache, or set CachePolicy.Coalesce"))
		case p.TTL < 0 || p.StaleOnError < 0:
			s.errs = append(s.errs, errors.New("CachePolicy.TTL and StaleOnError must not be negative: 0 is the default"))
		}
		s.caching = newCaching(c, p)
	})
}

// The ways in which a call may use the cache.
type cacheUse uint8

const (
	cacheUsual cacheUse = iota
	cacheRefresh
	cacheUnused
)

// WithoutCache makes a call without the cache: it is neither answered from there, nor
// stored, nor coalesced.
func WithoutCache() CallOption { return callOption(func(s *settings) { s.cacheUse = cacheUnused }) }

// WithCacheRefresh makes a call with a new request, whose answer replaces what is stored.
func WithCacheRefresh() CallOption {
	return callOption(func(s *settings) { s.cacheUse = cacheRefresh })
}

// CacheWith is the cache of [WithCache] as a middleware. In a chain that you compose
// yourself, place it outside [Fallback] and [Retry]. Over a handler of your own, whose
// answers name no endpoint, all complete answers are stored.
func CacheWith(c Cache, p CachePolicy) Middleware {
	k := newCaching(c, p)
	return func(next Handler) Handler {
		return func(ctx context.Context, call *Call) (*Reply, error) { return k.handle(ctx, call, next) }
	}
}

func standardCache(next Handler) Handler {
	return func(ctx context.Context, call *Call) (*Reply, error) {
		if k := stateOf(call).client.settings.caching; k != nil {
			return k.handle(ctx, call, next)
		}
		return next(ctx, call)
	}
}

// caching is a cache and what is under way.
type caching struct {
	policy  CachePolicy
	answers *cachestore.Answers // nil for none
	runs    coalesce.Group[*shared]
}

func newCaching(c Cache, p CachePolicy) *caching {
	k := &caching{policy: p}
	if c != nil {
		store := cachestore.New(c, orDefault(p.MaxWait, 100*time.Millisecond))
		k.answers = &cachestore.Answers{Store: store, TTL: orDefault(p.TTL, time.Hour), Stale: p.StaleOnError}
	}
	return k
}

func (k *caching) handle(ctx context.Context, call *Call, next Handler) (*Reply, error) {
	st := stateOf(call)
	use := st.settings.cacheUse
	if use == cacheUnused || !k.accepts(ctx, call.Request) {
		return next(ctx, call)
	}
	l := st.slots.lookup.take()
	if l.open(ctx, k, st, call) != nil { // it cannot be sent either, or nobody repeats it
		return next(ctx, call)
	}
	if use == cacheRefresh {
		reply, _, err := l.ask(ctx, call, next)
		return reply, err
	}
	old := l.look(ctx, true)
	if old != nil && old.Fresh {
		return l.answer(ctx, old), nil
	}
	var reply *Reply
	var err error
	if k.policy.Coalesce {
		reply, err = l.share(ctx, next)
	} else {
		reply, _, err = l.ask(ctx, call, next)
	}
	return l.orStale(ctx, old, reply, err)
}

func (k *caching) accepts(ctx context.Context, r *Request) bool {
	if k.policy.Accept != nil {
		return k.policy.Accept(ctx, r)
	}
	return cachekey.Fixed(r)
}

// flush waits a moment for what is being stored.
func (k *caching) flush() {
	if k != nil && k.answers != nil {
		k.answers.Flush(time.Second)
	}
}

// lookup is the cache's part in one call. It does not change once open has set it.
type lookup struct {
	k    *caching
	st   *callState
	call *Call
	cachestore.Wanted
}

// open makes the key.
func (l *lookup) open(ctx context.Context, k *caching, st *callState, call *Call) (err error) {
	l.k, l.st, l.call, l.N = k, st, call, call.Request.Choices()
	p := cachekey.Place{Model: call.Model, Header: call.Header}
	if site := st.client.primary; site != nil { // there is none over a handler of the user's
		l.Endpoint, p.Endpoint, p.Model = site.name, site.sends, site.model(call.Model)
	}
	if k.policy.Namespace != nil {
		p.Namespace = k.policy.Namespace(ctx, call.Request)
	}
	l.Model = p.Model
	l.Key, err = cachekey.Of(call.Request, &p)
	return err
}

func (l *lookup) tell(ctx context.Context, r event.CacheResult, e event.Cache) {
	e.Call, e.Model, e.Result = l.st.id, l.st.model, r
	l.st.client.audience.Cache(ctx, e)
}

// look reads the store. misses says whether a miss is told: it is once a call.
func (l *lookup) look(ctx context.Context, misses bool) *cachestore.Found {
	if l.k.answers == nil {
		return nil
	}
	begun := l.st.now()
	old, level, err := l.k.answers.Look(ctx, &l.Wanted)
	if !l.st.client.audience.Caches() || ctx.Err() != nil {
		return old
	}
	e := event.Cache{Wait: l.st.now().Sub(begun)}
	switch {
	case err != nil:
		e.Level, e.Err = level, err
		l.tell(ctx, event.CacheError, e)
	case old != nil && old.Fresh:
		e.Level, e.Saved = level, old.Response.Usage
		l.tell(ctx, event.CacheHit, e)
	case misses:
		l.tell(ctx, event.CacheMiss, e)
	}
	return old
}

// answer hands out an answer that was not asked for by this call.
func (l *lookup) answer(ctx context.Context, old *cachestore.Found) *Reply {
	verbatim.Give(ctx, old.Body)
	reply := l.st.slots.reply.take()
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
	info := &old.Response.Info
	info.Degraded, info.Cause = true, cause
	l.tell(ctx, event.CacheStale, event.Cache{Level: info.Cache, Saved: old.Response.Usage, Err: cause})
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
	case reply.Stream != nil && l.k.answers != nil:
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

// keep stores an answer that is complete and the primary's own. body is nil for what
// cannot be written again.
func (l *lookup) keep(ctx context.Context, resp *Response, came *verbatim.Record) (body []byte) {
	info := &resp.Info
	body, err := came.Response(resp)
	if err != nil || l.k.answers == nil || info.Degraded || info.Cache != "" || resp.Check() != nil || len(resp.Choices) < l.N {
		return body
	}
	if l.Endpoint != "" && (info.Endpoint != l.Endpoint || info.Model != l.Model) {
		return body // a fallback's, or made up by a middleware
	}
	l.k.answers.Keep(ctx, l.Key, info, body, func(err error, took time.Duration) {
		result := event.CacheStored
		if err != nil {
			result = event.CacheError
		}
		l.tell(ctx, result, event.Cache{Wait: took, Err: err})
	})
	return body
}

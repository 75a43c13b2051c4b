// Package audience tells listeners what happens. It knows who listens for what, keeps
// their panics from the call, and costs nothing where nobody listens.
package audience

import (
	"context"
	"time"

	"github.com/buoy-go/buoy/event"
)

// Audience is the listeners of one client, by what they listen for. It never changes. A
// nil Audience is nobody.
type Audience struct {
	panicked func(value any)

	calls      []event.CallStartObserver
	attempts   []event.AttemptStartObserver
	tokens     []event.FirstTokenObserver
	chunks     []event.ChunkObserver
	breakers   []event.BreakerObserver
	keys       []event.KeyObserver
	limits     []event.LimitObserver
	fallbacks  []event.FallbackObserver
	hedges     []event.HedgeObserver
	recoveries []event.RecoveryObserver
	quotas     []event.QuotaObserver
	queues     []event.QueueObserver
	caches     []event.CacheObserver
}

// Of sorts observers by what else they listen for; it is nil where none does. panicked
// is told of their panics.
func Of[O any](observers []O, panicked func(value any)) *Audience {
	a := &Audience{panicked: panicked}
	found := false
	for _, o := range observers {
		for _, yes := range [...]bool{
			take(&a.calls, o), take(&a.attempts, o), take(&a.tokens, o), take(&a.chunks, o), take(&a.breakers, o), take(&a.keys, o),
			take(&a.limits, o), take(&a.fallbacks, o), take(&a.hedges, o), take(&a.recoveries, o), take(&a.quotas, o),
			take(&a.queues, o), take(&a.caches, o),
		} {
			found = found || yes
		}
	}
	if !found {
		return nil
	}
	return a
}

func take[L any](list *[]L, o any) bool {
	l, ok := o.(L)
	if ok {
		*list = append(*list, l)
	}
	return ok
}

// guard runs f and keeps its panic from the caller.
func (a *Audience) guard(f func()) {
	defer func() {
		if v := recover(); v != nil {
			a.panicked(v)
		}
	}()
	f()
}

// Calls reports whether somebody listens for calls that begin; so do the others.
func (a *Audience) Calls() bool    { return a != nil && len(a.calls) > 0 }
func (a *Audience) Attempts() bool { return a != nil && len(a.attempts) > 0 }
func (a *Audience) Breakers() bool { return a != nil && len(a.breakers) > 0 }
func (a *Audience) Quotas() bool   { return a != nil && len(a.quotas) > 0 }
func (a *Audience) Queues() bool   { return a != nil && len(a.queues) > 0 }
func (a *Audience) Caches() bool   { return a != nil && len(a.caches) > 0 }

// CallStarted returns the context of the call.
func (a *Audience) CallStarted(ctx context.Context, e event.CallStart) context.Context {
	if !a.Calls() {
		return ctx
	}
	for _, l := range a.calls {
		a.guard(func() { ctx = within(ctx, l.CallStarted(ctx, e)) })
	}
	return ctx
}

// AttemptStarted returns the context of the attempt.
func (a *Audience) AttemptStarted(ctx context.Context, e event.AttemptStart) context.Context {
	if !a.Attempts() {
		return ctx
	}
	for _, l := range a.attempts {
		a.guard(func() { ctx = within(ctx, l.AttemptStarted(ctx, e)) })
	}
	return ctx
}

// FirstToken tells of a first token.
func (a *Audience) FirstToken(ctx context.Context, e event.FirstToken) {
	if a == nil {
		return
	}
	for _, l := range a.tokens {
		a.guard(func() { l.ObserveFirstToken(ctx, e) })
	}
}

// Chunks returns what tells of the chunks of one stream, to be called for each by the
// goroutine that reads it; nil where nobody listens.
func (a *Audience) Chunks(ctx context.Context, call uint64) (next func()) {
	if a == nil || len(a.chunks) == 0 {
		return nil
	}
	var e event.Chunk
	var last time.Time
	return func() {
		now := time.Now()
		if e.Number++; e.Number > 1 {
			e.Wait = now.Sub(last)
		}
		e.Call, last = call, now
		for _, l := range a.chunks {
			a.guard(func() { l.ObserveChunk(ctx, e) })
		}
	}
}

// Breaker tells of a breaker's change.
func (a *Audience) Breaker(e event.Breaker) {
	if a == nil {
		return
	}
	for _, l := range a.breakers {
		a.guard(func() { l.ObserveBreaker(e) })
	}
}

// Key tells of a key's change.
func (a *Audience) Key(ctx context.Context, e event.Key) {
	if a == nil {
		return
	}
	for _, l := range a.keys {
		a.guard(func() { l.ObserveKey(ctx, e) })
	}
}

// Limit tells of a wait.
func (a *Audience) Limit(ctx context.Context, e event.LimitWait) {
	if a == nil {
		return
	}
	for _, l := range a.limits {
		a.guard(func() { l.ObserveLimit(ctx, e) })
	}
}

// Fallback tells of a fallback.
func (a *Audience) Fallback(ctx context.Context, e event.Fallback) {
	if a == nil {
		return
	}
	for _, l := range a.fallbacks {
		a.guard(func() { l.ObserveFallback(ctx, e) })
	}
}

// Hedge tells of a hedge.
func (a *Audience) Hedge(ctx context.Context, e event.Hedge) {
	if a == nil {
		return
	}
	for _, l := range a.hedges {
		a.guard(func() { l.ObserveHedge(ctx, e) })
	}
}

// Recovery tells of a recovery.
func (a *Audience) Recovery(ctx context.Context, e event.Recovery) {
	if a == nil {
		return
	}
	for _, l := range a.recoveries {
		a.guard(func() { l.ObserveRecovery(ctx, e) })
	}
}

// Quota tells of a threshold.
func (a *Audience) Quota(ctx context.Context, e event.QuotaReached) {
	if a == nil {
		return
	}
	for _, l := range a.quotas {
		a.guard(func() { l.ObserveQuota(ctx, e) })
	}
}

// Queue tells of a queue's job.
func (a *Audience) Queue(ctx context.Context, e event.Queue) {
	if a == nil {
		return
	}
	for _, l := range a.queues {
		a.guard(func() { l.ObserveQueue(ctx, e) })
	}
}

// Cache tells what a cache did.
func (a *Audience) Cache(ctx context.Context, e event.Cache) {
	if a == nil {
		return
	}
	for _, l := range a.caches {
		a.guard(func() { l.ObserveCache(ctx, e) })
	}
}

// within returns a listener's context, or at least its values: the end of a call is not
// a listener's to set.
func within(ctx, theirs context.Context) context.Context {
	switch {
	case theirs == nil:
		return ctx
	case theirs.Done() == ctx.Done():
		return theirs
	}
	return valued{Context: ctx, values: theirs}
}

// valued ends with one context and has the values of another.
type valued struct {
	context.Context
	values context.Context
}

// Value asks the listener's first, and then that which it was given.
func (v valued) Value(key any) any {
	if value := v.values.Value(key); value != nil {
		return value
	}
	return v.Context.Value(key)
}

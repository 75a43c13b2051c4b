package buoytest

import (
	"context"
	"sync"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/event"
)

// Recorder is an observer that keeps everything that it is told, in order: what has ended
// (buoy.AttemptEvent, buoy.CallEvent) and every event of package event. Give it to
// buoy.WithObserver, and ask it with [Events].
//
// The zero value is ready. It is safe for concurrent use. It keeps the requests, so it is
// for tests alone.
type Recorder struct {
	mu  sync.Mutex // guards the field below
	all []any
}

func (r *Recorder) note(e any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all = append(r.all, e)
}

// All returns all events so far, in order.
func (r *Recorder) All() []any {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]any(nil), r.all...)
}

// Reset forgets all events.
func (r *Recorder) Reset() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all = nil
}

// Events returns the events of one type, in order:
//
//	for _, e := range buoytest.Events[event.Fallback](recorder) {
func Events[E any](r *Recorder) []E {
	var out []E
	for _, e := range r.All() {
		if own, ok := e.(E); ok {
			out = append(out, own)
		}
	}
	return out
}

// CallStarted notes the event and passes the context on.
func (r *Recorder) CallStarted(ctx context.Context, e event.CallStart) context.Context {
	r.note(e)
	return ctx
}

// AttemptStarted notes the event and passes the context on.
func (r *Recorder) AttemptStarted(ctx context.Context, e event.AttemptStart) context.Context {
	r.note(e)
	return ctx
}

// ObserveAttempt notes the event, as do all methods below.
func (r *Recorder) ObserveAttempt(_ context.Context, e buoy.AttemptEvent) { r.note(e) }

func (r *Recorder) ObserveCall(_ context.Context, e buoy.CallEvent)         { r.note(e) }
func (r *Recorder) ObserveFirstToken(_ context.Context, e event.FirstToken) { r.note(e) }
func (r *Recorder) ObserveChunk(_ context.Context, e event.Chunk)           { r.note(e) }
func (r *Recorder) ObserveBreaker(e event.Breaker)                          { r.note(e) }
func (r *Recorder) ObserveKey(_ context.Context, e event.Key)               { r.note(e) }
func (r *Recorder) ObserveLimit(_ context.Context, e event.LimitWait)       { r.note(e) }
func (r *Recorder) ObserveFallback(_ context.Context, e event.Fallback)     { r.note(e) }
func (r *Recorder) ObserveHedge(_ context.Context, e event.Hedge)           { r.note(e) }
func (r *Recorder) ObserveRecovery(_ context.Context, e event.Recovery)     { r.note(e) }
func (r *Recorder) ObserveQuota(_ context.Context, e event.QuotaReached)    { r.note(e) }
func (r *Recorder) ObserveQueue(_ context.Context, e event.Queue)           { r.note(e) }
func (r *Recorder) ObserveCache(_ context.Context, e event.Cache)           { r.note(e) }

package scope

import (
	"context"
	"time"
)

// Watch waits for the end of a context. It does what context.AfterFunc does, but is
// part of its owner's memory. On a Scope that nobody else waits for it takes two
// allocations, a timer and what that calls, where package context takes twelve. A parent
// that can end costs what context.AfterFunc does.
//
// The zero value is memory for [Watch.Begin].
type Watch struct {
	ended Ended
	scope *Scope      // nil where package context watches
	timer *time.Timer // nil where the Scope has no deadline of its own
	stop  func() bool // stops watching the parent, or the context itself; nil for neither
}

// Ended is the owner of a Watch.
type Ended interface {
	// ContextEnded is called once, on a goroutine of its own. The context's Err is set.
	ContextEnded()
}

// Begin calls e when ctx ends, unless Stop comes first. The Watch was not used before.
func (w *Watch) Begin(ctx context.Context, e Ended) {
	s, ok := ctx.(*Scope)
	if !ok || !s.watched(w, e) {
		w.stop = context.AfterFunc(ctx, e.ContextEnded)
	}
}

// Stop ends the Watch. It may be called more than once, but not before Begin has returned.
func (w *Watch) Stop() {
	switch {
	case w.scope != nil:
		w.scope.release(w)
	case w.stop != nil:
		w.stop()
	}
}

// fire runs when the parent has ended or the deadline has passed. Where others wait by
// now the Scope has a timer of package context, too, which may run a moment later: until
// then Err would be nil.
func (w *Watch) fire() {
	if w.scope.release(w) {
		<-w.scope.Done()
		w.ended.ContextEnded()
	}
}

// watched makes w the Scope's watch. It reports false where the Scope has one, is a
// context of package context, or has ended.
func (s *Scope) watched(w *Watch, e Ended) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.watch != nil || s.ended.Load() != nil || s.full.Load() != nil {
		return false
	}
	s.watch, w.scope, w.ended = w, s, e
	fire := w.fire
	if !s.deadline.IsZero() {
		w.timer = time.AfterFunc(time.Until(s.deadline), fire)
	}
	if s.parent.Done() != nil {
		w.stop = context.AfterFunc(s.parent, fire)
	}
	return true
}

// release takes w off the Scope. It reports false where it is off already.
func (s *Scope) release(w *Watch) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.releaseLocked(w)
}

// releaseLocked is release. It needs mu.
func (s *Scope) releaseLocked(w *Watch) bool {
	if w == nil || s.watch != w {
		return false
	}
	s.watch = nil
	if w.timer != nil {
		w.timer.Stop()
	}
	if w.stop != nil {
		w.stop()
	}
	return true
}

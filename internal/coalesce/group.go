// Package coalesce lets equal pieces of work share one run.
package coalesce

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
)

// ErrLeft is the error of a member whose context ended before the run had a result.
var ErrLeft = errors.New("coalesce: left before the result")

// ErrPanicked is for the end of a [Tape] whose writer panicked.
var ErrPanicked = errors.New("the shared request ended in a panic")

// ErrAbandoned is the cause of a run's context when its last member has left.
var ErrAbandoned = errors.New("all calls that shared this request have left")

// errNoResult is a run that ended its goroutine, as runtime.Goexit does.
var errNoResult = errors.New("coalesce: the work ended without a result")

// Group has the runs that are under way, by key. A run belongs to none of those who
// wait for it: it has a context of its own, which the last one to leave cancels. (That
// of x/sync/singleflight is its first caller's, which takes the others down with it.)
//
// The zero value is ready for use. It is safe for concurrent use and must not be copied.
type Group[V any] struct {
	// Lost is told of a panic of a run that nobody waits for any more. nil drops it. Set
	// it before the first Join.
	Lost func(value any)

	mu   sync.Mutex // guards runs, and the fields of Run that say so
	runs map[string]*Run[V]
}

// Run is work that is under way.
type Run[V any] struct {
	group   *Group[V]
	key     string
	cancel  context.CancelCauseFunc
	settled chan struct{} // closed when the three results are set

	value    V
	err      error
	panicked *Panic

	// These are guarded by the group's mu.
	members int
	set     bool // settled is closed, or about to be
}

// Panic is what a member panics with where the work did.
type Panic struct {
	Value any
	Stack []byte // of the run
}

// Error returns the value and the stack of the run.
func (p *Panic) Error() string { return fmt.Sprintf("%v\n\nin a shared run:\n%s", p.Value, p.Stack) }

// Unwrap returns the value where it is an error.
func (p *Panic) Unwrap() error {
	err, _ := p.Value.(error)
	return err
}

// Work makes the result of a run. It may call Settle and go on. ctx has the values of
// the context that the run was begun under, and ends when the last member has left.
type Work[V any] func(ctx context.Context, r *Run[V]) (V, error)

// Member is one of those who share a run. It must call Wait or Leave. Its methods may be
// called from any goroutine.
type Member[V any] struct {
	run  *Run[V]
	once sync.Once
}

// Join joins the run of a key, and begins it where there is none; begun tells which.
func (g *Group[V]) Join(ctx context.Context, key string, work Work[V]) (m *Member[V], begun bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if r := g.runs[key]; r != nil {
		r.members++
		return &Member[V]{run: r}, false
	}
	r := &Run[V]{group: g, key: key, settled: make(chan struct{}), members: 1}
	ctx, r.cancel = context.WithCancelCause(context.WithoutCancel(ctx))
	if g.runs == nil {
		g.runs = make(map[string]*Run[V])
	}
	g.runs[key] = r
	go r.do(ctx, work)
	return &Member[V]{run: r}, true
}

// Len is how many runs can be joined.
func (g *Group[V]) Len() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.runs)
}

func (r *Run[V]) do(ctx context.Context, work Work[V]) {
	done := false
	defer func() {
		if done {
			return
		}
		if value := recover(); value != nil {
			r.fail(&Panic{value, debug.Stack()})
			return
		}
		var zero V
		r.end(zero, errNoResult)
	}()
	value, err := work(ctx, r)
	done = true
	r.end(value, err)
}

func (r *Run[V]) fail(p *Panic) {
	r.group.mu.Lock()
	lost := r.members == 0 || r.set
	r.group.mu.Unlock()
	if lost && r.group.Lost != nil {
		r.group.Lost(p.Value)
	}
	r.Close()
	var zero V
	r.settle(zero, nil, p)
	r.cancel(nil)
}

func (r *Run[V]) end(value V, err error) {
	r.Close()
	r.settle(value, err, nil)
	r.cancel(nil)
}

// Close keeps others from joining. It comes before anybody hears how the run ends: who
// has heard of an error, and asks again, would else be given that error once more.
func (r *Run[V]) Close() {
	r.group.mu.Lock()
	r.removeLocked()
	r.group.mu.Unlock()
}

// Settle gives the members their result while the work goes on: the run can still be
// joined, and the last one to leave still cancels it. Only the first result counts.
func (r *Run[V]) Settle(value V, err error) { r.settle(value, err, nil) }

func (r *Run[V]) settle(value V, err error, p *Panic) {
	r.group.mu.Lock()
	first := !r.set
	r.set = true
	r.group.mu.Unlock()
	if first {
		r.value, r.err, r.panicked = value, err, p
		close(r.settled)
	}
}

// removeLocked needs the group's mu.
func (r *Run[V]) removeLocked() {
	if r.group.runs[r.key] == r {
		delete(r.group.runs, r.key)
	}
}

// Wait returns the result, or [ErrLeft] where ctx ends first; the member has then left.
// After a result it is still a member, which matters only to a run that has settled and
// goes on. Where the work panicked, Wait panics with a [*Panic].
func (m *Member[V]) Wait(ctx context.Context) (V, error) {
	r := m.run
	select {
	case <-r.settled: // a result counts, even if the context has ended
	default:
		select {
		case <-r.settled:
		case <-ctx.Done():
			m.Leave()
			var zero V
			return zero, ErrLeft
		}
	}
	if r.panicked != nil {
		panic(r.panicked)
	}
	return r.value, r.err
}

// Leave ends the membership, once. The last member to leave cancels the run, which then
// cannot be joined any more.
func (m *Member[V]) Leave() {
	m.once.Do(func() {
		r := m.run
		r.group.mu.Lock()
		r.members--
		last := r.members == 0
		if last {
			r.removeLocked()
		}
		r.group.mu.Unlock()
		if last {
			r.cancel(ErrAbandoned)
		}
	})
}

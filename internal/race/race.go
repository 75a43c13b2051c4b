// Package race runs an attempt and, where that is slow, a second one beside it. The first
// runs on the caller's goroutine. Both have returned when the race is over, so no
// goroutine is left.
package race

import (
	"context"
	"errors"
	"sync"
	"time"
)

// ErrLost is the cause of a context whose attempt lost a race.
var ErrLost = errors.New("another request of this call was quicker")

// Runners are the two attempts of a race. R is what they bring. S tells what is known of
// the first once it is on its way.
type Runners[R, S any] interface {
	// First makes the first attempt, and arms the race when that is on its way.
	First(ctx context.Context) (R, error)
	// Second prepares the second attempt, after the wait for the first. It returns nil
	// where there is nobody to ask. It is called on a goroutine of its own, while the
	// race is locked: the first attempt cannot end meanwhile.
	Second(first S, wait time.Duration) func(ctx context.Context) (R, error)
	// Helps reports whether the second, which is under way, may bring what the first
	// has failed to bring.
	Helps(err error) bool
	// Discard ends what nobody will use. It gets the zero value, too.
	Discard(R)
}

// Race is an attempt, and perhaps a second one beside it. The zero value is ready for
// one Run.
type Race[R, S any] struct {
	ctx     context.Context // of both
	runners Runners[R, S]
	lose    context.CancelCauseFunc // ends the first

	mu     sync.Mutex    // guards the fields below
	first  S             // as Arm was told
	wait   time.Duration // before the second
	timer  *time.Timer
	over   bool // the first has returned: nothing begins any more
	second *rival[R]
}

// rival is the second attempt.
type rival[R any] struct {
	cancel context.CancelCauseFunc
	done   chan struct{} // closed when it has returned; the fields below are set then

	reply    R
	err      error
	won      bool // it was there before the first; guarded by the race's mu
	panicked any
}

// Result is how a race ended.
type Result[R any] struct {
	Reply R
	Err   error
	// Cancel ends the context of the attempt that brought the reply. The caller calls it
	// when the reply is done with.
	Cancel context.CancelCauseFunc
	Second bool // there was a second attempt
	// Panicked is what the second attempt panicked with. It is the caller's to raise.
	Panicked any
}

// Run makes the first attempt and returns the reply of the one that succeeds
// first. Where none does, it is the first's error that counts: a second that was
// refused, or failed, never fails a call.
func (r *Race[R, S]) Run(ctx context.Context, runners Runners[R, S]) Result[R] {
	r.ctx, r.runners = ctx, runners
	ctx, r.lose = context.WithCancelCause(ctx)
	returned := false
	defer func() {
		if !returned { // a panic inside
			r.lose(nil)
			if second, _ := r.end(); second != nil {
				r.dismiss(second)
			}
		}
	}()
	reply, err := runners.First(ctx)
	returned = true

	second, won := r.end()
	if second == nil {
		return Result[R]{Reply: reply, Err: err, Cancel: r.lose}
	}
	first := err == nil && !won
	if first || err != nil && !won && !r.helps(second, err) {
		r.dismiss(second)
	}
	<-second.done
	won = !first && second.err == nil
	r.forget()
	switch {
	case second.panicked != nil:
		runners.Discard(reply)
		r.lose(nil)
		return Result[R]{Cancel: second.cancel, Second: true, Panicked: second.panicked}
	case won:
		runners.Discard(reply) // both were there at once
		r.lose(nil)
		return Result[R]{Reply: second.reply, Cancel: second.cancel, Second: true}
	}
	second.cancel(nil)
	return Result[R]{Reply: reply, Err: err, Cancel: r.lose, Second: true}
}

// Arm lets the second attempt begin after a wait. It is called while the first runs, and
// only the first call counts.
func (r *Race[R, S]) Arm(wait time.Duration, first S) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.over || r.timer != nil {
		return
	}
	r.first, r.wait = first, wait
	r.timer = time.AfterFunc(wait, r.widen)
}

// end lets nothing begin any more. It returns the second, if there is one, and
// whether that was there before the first.
func (r *Race[R, S]) end() (second *rival[R], won bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.over = true
	if r.timer != nil {
		r.timer.Stop()
	}
	return r.second, r.second != nil && r.second.won
}

// forget drops what only the race needed: what it has told the attempts refers to it
// until the answer has ended.
func (r *Race[R, S]) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	var none S
	r.first, r.timer, r.second = none, nil, nil
}

// widen makes the second attempt, on the timer's goroutine.
func (r *Race[R, S]) widen() {
	ctx, run, second := r.begin()
	if second == nil {
		return
	}
	defer close(second.done)
	defer func() {
		second.panicked = recover() // it is the caller's, and raised there
	}()
	second.reply, second.err = run(ctx)
	r.mu.Lock()
	second.won = second.err == nil && !r.over
	r.mu.Unlock()
	if second.won {
		r.lose(ErrLost)
	}
}

// begin prepares the second attempt where there is somebody to ask.
func (r *Race[R, S]) begin() (context.Context, func(context.Context) (R, error), *rival[R]) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.over || r.ctx.Err() != nil {
		return nil, nil, nil
	}
	run := r.runners.Second(r.first, r.wait)
	if run == nil {
		return nil, nil, nil
	}
	r.second = &rival[R]{done: make(chan struct{}), err: ErrLost}
	var ctx context.Context
	ctx, r.second.cancel = context.WithCancelCause(r.ctx)
	return ctx, run, r.second
}

// helps reports whether the second may bring an answer after the first has failed.
func (r *Race[R, S]) helps(second *rival[R], err error) bool {
	select {
	case <-second.done:
		return true
	default:
		return r.runners.Helps(err)
	}
}

// dismiss cancels the second, waits for its end and discards what it brought. Where
// the caller has ended both, that is what ended it.
func (r *Race[R, S]) dismiss(second *rival[R]) {
	if r.ctx.Err() == nil {
		second.cancel(ErrLost)
	}
	<-second.done
	r.runners.Discard(second.reply)
	var none R
	second.reply, second.err = none, ErrLost
}

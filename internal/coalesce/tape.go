package coalesce

import (
	"io"
	"sync"
)

// Tape is a stream that one goroutine writes and several read, each from its beginning
// and at its own pace. Writing never waits for a reader.
//
// The zero value is an empty tape that goes on. It is safe for concurrent use and must
// not be copied.
type Tape[T any] struct {
	mu    sync.Mutex // guards the fields below
	items []T
	ended bool
	err   error
	more  chan struct{} // closed when there is more; nil where no reader waits
}

// Add writes the next item.
func (t *Tape[T]) Add(item T) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.ended {
		t.items = append(t.items, item)
		t.tellLocked()
	}
}

// End ends the tape, once. Readers get err behind the last item, and io.EOF for nil.
func (t *Tape[T]) End(err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ended {
		return
	}
	if err == nil {
		err = io.EOF
	}
	t.ended, t.err = true, err
	t.tellLocked()
}

func (t *Tape[T]) tellLocked() {
	if t.more != nil {
		close(t.more)
		t.more = nil
	}
}

// item returns an item by its place, from 0. Where it is not there yet, it calls wait,
// which may be nil, and waits until it is, or the tape ends, or left is closed: the
// error is then ErrLeft.
func (t *Tape[T]) item(place int, left <-chan struct{}, wait func()) (item T, err error) {
	for {
		t.mu.Lock()
		if place < len(t.items) || t.ended {
			item, err = t.itemLocked(place)
			t.mu.Unlock()
			return item, err
		}
		if t.more == nil {
			t.more = make(chan struct{})
		}
		more := t.more
		t.mu.Unlock()
		if wait != nil {
			wait()
		}
		select {
		case <-left:
			return item, ErrLeft
		default:
		}
		select {
		case <-more:
		case <-left:
			return item, ErrLeft
		}
	}
}

func (t *Tape[T]) itemLocked(place int) (item T, err error) {
	if place < len(t.items) {
		return t.items[place], nil
	}
	return item, t.err
}

// Reader reads a tape from its start. One goroutine reads; Stop may be called by any.
type Reader[T any] struct {
	tape  *Tape[T]
	place int
	wait  func()
	stop  sync.Once
	left  chan struct{}
}

// Reader returns a new reader.
func (t *Tape[T]) Reader() *Reader[T] { return &Reader[T]{tape: t, left: make(chan struct{})} }

// OnWait makes Next call f each time before it waits. Call it before Next.
func (r *Reader[T]) OnWait(f func()) { r.wait = f }

// Next returns the next item, the error of the tape's end, or ErrLeft after Stop.
func (r *Reader[T]) Next() (T, error) {
	item, err := r.tape.item(r.place, r.left, r.wait)
	if err == nil {
		r.place++
	}
	return item, err
}

// Stop makes a Next that waits return. It may be called more than once.
func (r *Reader[T]) Stop() { r.stop.Do(func() { close(r.left) }) }

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

// Item returns an item by its place, from 0. Where it is not there yet, it calls wait,
// which may be nil, and waits until it is, or the tape ends, or left is closed: the
// error is then ErrLeft.
func (t *Tape[T]) Item(place int, left <-chan struct{}, wait func()) (item T, err error) {
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

package buoyredis

import (
	"context"
	"errors"
	"sync"
)

const (
	// maxBacklog bounds how many turns wait to be told: some megabytes.
	maxBacklog = 10_000
	// atOnce is how many turns that were left are told together: a millisecond or two of
	// Redis's time.
	atOnce = 100
)

// note is what Redis is yet to be told of a bucket.
type note struct {
	ctx  context.Context // has no end
	keys []string
	args []any
}

// backlog has what was not told because so many told something at once, as those do who
// leave with a batch: whatever is not told takes up the limit until it would have come due.
// One goroutine tells it, and ends with it. The zero value is empty. It is safe for
// concurrent use.
type backlog struct {
	told func(key string) // is told of a bucket that something was given back to

	mu    sync.Mutex // guards the fields below
	notes []note
	turns int  // in all of them
	runs  bool // a goroutine tells them
}

// add drops a note that there is no room for.
func (b *backlog) add(l *link, n note) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.turns+n.turns() > maxBacklog {
		return
	}
	b.notes = append(b.notes, n)
	b.turns += n.turns()
	if !b.runs {
		b.runs = true
		go b.run(l)
	}
}

func (b *backlog) run(l *link) {
	for {
		n, ok := b.next()
		if !ok {
			return
		}
		err := errBusy
		for errors.Is(err, errBusy) {
			_, err = l.run(n.ctx, bucketScript, n.keys, n.args...)
		}
		if b.told(n.keys[0]); errors.Is(err, errAway) {
			b.drop()
		}
	}
}

// next takes off what is told next.
func (b *backlog) next() (_ note, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.notes) == 0 {
		b.notes, b.runs = nil, false
		return note{}, false
	}
	n, together := b.notes[0], 1
	for ; together < len(b.notes) && n.joins(b.notes[together]); together++ {
		n.args = append(n.args, b.notes[together].args[1:]...)
	}
	clear(b.notes[:together])
	b.notes = b.notes[together:]
	b.turns -= n.turns()
	return n, true
}

// joins reports that another note can be told together with this one.
func (n note) joins(o note) bool {
	return n.args[0] == "leave" && o.args[0] == "leave" && n.keys[0] == o.keys[0] && n.turns()+o.turns() <= atOnce
}

// turns is how many it tells of.
func (n note) turns() int { return (len(n.args) - 1) / 3 }

// drop forgets all: Redis is away, and may have lost the buckets, too.
func (b *backlog) drop() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.notes, b.turns = nil, 0
}

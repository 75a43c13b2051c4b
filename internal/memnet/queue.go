package memnet

import (
	"os"
	"sync"
	"time"
)

// window is how many bytes a [Queue] holds before its writer has to wait. It stands for the two socket buffers of a
// real connection: large enough that a server can answer and go on while its client is busy, small enough that a
// writer whose reader sleeps is held up, as it is on a network.
const window = 64 << 10

// A Queue is one direction of a connection: bytes go in at one end and come out at the other, in order. Unlike
// [net.Pipe] it holds up to 64 KiB, so that a writer does not have to meet its reader.
//
// Waiting happens only in [sync.Cond.Wait], which a testing/synctest bubble counts as durably blocked.
//
// The zero Queue is not usable, call [NewQueue]. All methods may be called from several goroutines at once.
type Queue struct {
	mu       sync.Mutex // guards the fields below
	changed  *sync.Cond // on mu: bytes came or went, an end was closed, a deadline passed
	buf      []byte     // unread bytes are buf[off:]
	off      int
	writeEnd error // what Read says once buf is empty; nil while the writing end is open
	shut     error // what Write says then
	readEnd  error // what Read says at once; nil while the reading end is open
	gone     error // what Write says then
	read     deadline
	write    deadline
}

// NewQueue returns an empty queue, open at both ends.
func NewQueue() *Queue {
	q := new(Queue)
	q.changed = sync.NewCond(&q.mu)
	return q
}

// Read waits until there is at least one byte, then takes what there is. Bytes that were written before the writing
// end closed are delivered first, then comes the error given to [Queue.CloseWrite].
func (q *Queue) Read(p []byte) (int, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for {
		switch {
		case q.readEnd != nil:
			return 0, q.readEnd
		case q.read.passed:
			return 0, os.ErrDeadlineExceeded
		case len(p) == 0:
			return 0, nil
		case q.off < len(q.buf):
			n := copy(p, q.buf[q.off:])
			q.off += n
			if q.off == len(q.buf) {
				q.buf, q.off = q.buf[:0], 0
			}
			q.changed.Broadcast()
			return n, nil
		case q.writeEnd != nil:
			return 0, q.writeEnd
		}
		q.changed.Wait()
	}
}

// Write puts p into the queue, waiting while it is full. An error comes with the number of bytes that were taken.
func (q *Queue) Write(p []byte) (int, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	n := 0
	for {
		switch {
		case q.shut != nil:
			return n, q.shut
		case q.gone != nil:
			return n, q.gone
		case q.write.passed:
			return n, os.ErrDeadlineExceeded
		case n == len(p):
			return n, nil
		}
		if free := window - (len(q.buf) - q.off); free > 0 {
			if q.off > 0 && len(q.buf)+min(free, len(p)-n) > cap(q.buf) {
				q.buf, q.off = q.buf[:copy(q.buf, q.buf[q.off:])], 0
			}
			took := min(free, len(p)-n)
			q.buf = append(q.buf, p[n:n+took]...)
			n += took
			q.changed.Broadcast()
			continue
		}
		q.changed.Wait()
	}
}

// CloseWrite ends the writing: the reader gets what is in the queue and then end (io.EOF for an orderly close), the
// writer gets shut. When it is called again, the reader keeps the first end and the writer gets the latest shut.
func (q *Queue) CloseWrite(end, shut error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.writeEnd == nil {
		q.writeEnd = end
	}
	q.shut = shut
	q.write.stop()
	q.changed.Broadcast()
}

// CloseRead ends the reading: what is in the queue is thrown away, the reader gets end at once, the writer gets gone.
// It reports false, and changes nothing, if the reading end was closed before.
func (q *Queue) CloseRead(end, gone error) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.readEnd != nil {
		return false
	}
	q.readEnd, q.gone = end, gone
	q.buf, q.off = nil, 0
	q.read.stop()
	q.changed.Broadcast()
	return true
}

// SetReadDeadline makes waiting and later reads fail with [os.ErrDeadlineExceeded] from t on. The zero time means
// never; a new deadline undoes the old one.
func (q *Queue) SetReadDeadline(t time.Time) { q.set(&q.read, t) }

// SetWriteDeadline is SetReadDeadline for the writing end.
func (q *Queue) SetWriteDeadline(t time.Time) { q.set(&q.write, t) }

func (q *Queue) set(d *deadline, t time.Time) {
	q.mu.Lock()
	defer q.mu.Unlock()
	d.stop()
	d.passed = false
	if t.IsZero() {
		return
	}
	wait := time.Until(t)
	if wait <= 0 {
		d.passed = true
		q.changed.Broadcast()
		return
	}
	var timer *time.Timer
	timer = time.AfterFunc(wait, func() {
		q.mu.Lock()
		defer q.mu.Unlock()
		// A timer that fired while it was being replaced must not end its successor's wait.
		if d.timer == timer {
			d.passed = true
			q.changed.Broadcast()
		}
	})
	d.timer = timer
}

// A deadline belongs to one end of a queue and is guarded by the queue's mutex.
type deadline struct {
	timer  *time.Timer // nil: none is running
	passed bool
}

func (d *deadline) stop() {
	if d.timer != nil {
		d.timer.Stop()
		d.timer = nil
	}
}

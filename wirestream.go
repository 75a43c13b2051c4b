package buoy

import (
	"context"
	"errors"
	"io"
	"sync/atomic"
	"time"

	"github.com/buoy-go/buoy/internal/conn"
	"github.com/buoy-go/buoy/internal/sse"
	"github.com/buoy-go/buoy/internal/wire"
)

// This file is the stream as it comes over the wire, and the judgement whether it ended
// well. Package wire makes chunks of its events.

// A finished body is read to its end, so that the connection can be used again,
// but only for so long: where the body ends 5 ms after [DONE], peers opened 20
// connections for 20 streams (measured).
const (
	tailWait  = 100 * time.Millisecond
	tailBytes = 64 << 10
)

// source brings chunks from somewhere: the wire, a whole answer, another stream.
type source interface {
	// next returns a chunk, which stays valid, or io.EOF after a good end, or why it ended.
	next() (*Chunk, error)
	// stop releases everything and unblocks a next that is waiting. It may
	// be called from any goroutine, more than once.
	stop()
	info() CallInfo
}

// herald is a source that knows when it is about to wait.
type herald interface{ onWait(f func()) }

// wireSource is the stream of one reply.
type wireSource struct {
	from  *answer
	ctx   context.Context
	body  *conn.Body
	http2 bool
	about CallInfo
	flow  flow // of its stream
	part  streamPart

	// The reader's own fields.
	events wire.Reader
	eof    bool
	err    error  // what next returns for ever, once set
	waits  func() // called before the body is read; nil for nobody

	stopped atomic.Bool
}

// open takes an event reader, which events.Close gives back.
func (w *wireSource) open() {
	w.events.Open(w, w, w.from.asked(w.ctx), w.from.st.settings.maxEventBytes(), w.streamLimit())
}

func (w *wireSource) onWait(f func()) { w.waits = f }

// peek tells a whole answer, which a server may send to a stream request, from a stream.
func (w *wireSource) peek() (whole bool, err error) {
	whole, err = w.events.Whole(w.from.form)
	if err != nil {
		err = w.from.transportError(w.ctx, err)
	}
	return whole, err
}

// Read feeds the event reader and starts the idle clock when it has to wait.
func (w *wireSource) Read(p []byte) (int, error) {
	if w.eof {
		return 0, io.EOF
	}
	if w.waits != nil {
		w.waits()
	}
	w.from.clock.Wait()
	n, err := w.body.Read(p)
	w.eof = err == io.EOF
	return n, err
}

// begin reads until the first meaningful event. Whatever goes wrong before is
// an ordinary error, which may be retried. That nothing was generated is judged at the
// end alone: a finish reason may come before the text, a choice that is empty and done
// before another, and usage after both.
func (w *wireSource) begin() error {
	for {
		meaning, err := w.advance()
		if err == nil && w.events.Chunk().Usage != nil {
			w.from.lost = w.events.Chunk().Usage.Clone()
		}
		if w.events.Owed != nil {
			w.from.lost = w.events.Owed.Usage
		}
		if err == io.EOF {
			w.finishBody()
			return w.from.nothing(&w.events.Tally, w.events.Held(w.from.lost))
		}
		if err != nil {
			return err
		}
		if meaning && w.events.Tally.Content() {
			w.events.PutBack()
			return nil
		}
		w.events.Hold(meaning)
	}
}

// next delivers what was held back, then chunks as they come.
func (w *wireSource) next() (*Chunk, error) {
	if kept := w.events.Kept(); kept != nil {
		return kept, nil
	}
	if w.err != nil {
		return nil, w.err
	}
	meaning, err := w.advance()
	if err != nil {
		w.err = err
		if err == io.EOF {
			w.finishBody()
		}
		w.events.Close()
		if w.events.Owed != nil {
			return w.events.Owed, nil
		}
		return nil, err
	}
	if meaning {
		w.from.clock.Progress()
	} else {
		w.from.clock.Pause()
	}
	return w.events.Chunk(), nil
}

// advance reads the next chunk. io.EOF is a good end.
func (w *wireSource) advance() (meaning bool, err error) {
	switch found, err := w.events.Next(); found {
	case wire.Done:
		return false, w.done()
	case wire.End:
		return false, w.ending(err)
	case wire.Judgment:
		if err == wire.ErrNotChunk {
			err = w.from.decodeError(ErrMalformed, err)
		}
		return false, err
	default:
		return found == wire.Content, nil
	}
}

// Unread, Refused, Spoken and Failed judge for the reader what is no chunk.
func (w *wireSource) Unread(err error) error { return w.from.unread(w.ctx, err) }

func (w *wireSource) Refused(name string, data []byte) error { return w.from.inBand(name, data) }

func (w *wireSource) Spoken(text []byte) error { return w.from.inText(text) }

func (w *wireSource) Failed(reason string) error { return w.from.failedFinish(reason, nil) }

// done judges a [DONE]: it proves nothing by itself, because a gateway was seen
// to write it after its upstream was cut.
func (w *wireSource) done() error {
	tally := &w.events.Tally
	switch {
	case tally.Began() && w.from.site.trustDone:
		return io.EOF
	case !tally.Began():
		return w.from.decodeError(ErrNoContent, errors.New("the stream ended without any choice"))
	case !tally.Content():
		return io.EOF // which begin judges: nothing was delivered
	}
	if err := w.from.incomplete(tally, "[DONE]", nil); err != nil {
		return err
	}
	return io.EOF
}

// ending judges the end of the body or an error of its reading.
func (w *wireSource) ending(err error) error {
	tally := &w.events.Tally
	whole := tally.Finished() && tally.Missing() == 0
	switch {
	case err == io.EOF && whole:
		return io.EOF
	case err == io.EOF && tally.Finished():
		return w.from.incomplete(tally, "the stream", nil)
	case err == io.EOF && tally.Began():
		return w.from.interrupted("the stream ended without a finish reason")
	case err == io.EOF && w.events.Noisy():
		return w.from.decodeError(ErrMalformed, wire.ErrNotChunk)
	case err == io.EOF:
		return w.from.interrupted("the stream ended before any answer")
	case err == wire.ErrTooLarge:
		return w.from.tooLarge(w.streamLimit())
	case errors.Is(err, sse.ErrTooLarge):
		return w.from.tooLarge(int64(w.from.st.settings.maxEventBytes()))
	}
	if whole && w.from.callerGone(w.ctx) == nil {
		// The answer is whole. What failed is the wait for usage and [DONE].
		return io.EOF
	}
	return w.from.transportError(w.ctx, err)
}

// streamLimit bounds all events together. A stream spends some 300 bytes on a
// token, so its bound is 8 times that of a whole answer.
func (w *wireSource) streamLimit() int64 { return 8 * w.from.st.settings.maxResponseBytes() }

// finishBody reads what little may follow the end.
func (w *wireSource) finishBody() {
	if !w.eof && !w.http2 {
		if w.waits != nil {
			w.waits()
		}
		bounded := w.from.clock.Bounding(w.body, tailWait)
		w.events.Drain(w.body, tailBytes)
		bounded.Stop()
	}
	_ = w.body.Close()
}

// stop closes the body, which unblocks a reader on any goroutine.
func (w *wireSource) stop() {
	if !w.stopped.Swap(true) {
		w.events.Release() // a chunk that is kept is not to keep the reader's memory
		w.from.clock.Stop()
		_ = w.body.Close()
	}
}

func (w *wireSource) info() CallInfo { return w.about }

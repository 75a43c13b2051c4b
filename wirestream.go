package buoy

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/buoy-go/buoy/chat"
	"github.com/buoy-go/buoy/internal/assemble"
	"github.com/buoy-go/buoy/internal/conn"
	"github.com/buoy-go/buoy/internal/sniff"
	"github.com/buoy-go/buoy/internal/sse"
)

// This file is the stream as it comes over the wire: events to chunks, and the
// judgement whether it ended well.

// A finished body is read to its end, so that the connection can be used again,
// but only for so long: where the body ends 5 ms after [DONE], peers opened 20
// connections for 20 streams (measured).
const (
	tailWait  = 100 * time.Millisecond
	tailBytes = 64 << 10
)

// maxNoise is how many events of text are looked at for a refusal.
const maxNoise = 1000

var errStreamTooLarge = errors.New("stream too large")

// readers keeps event readers with their buffers.
var readers = sync.Pool{New: func() any { return sse.NewReader(nil, 0) }}

// wireSource decodes the events of one reply.
type wireSource struct {
	from  *answer
	ctx   context.Context
	body  *conn.Body
	http2 bool
	about CallInfo
	flow  flow // of its stream

	// The reader's own fields.
	events  *sse.Reader
	pending [][]byte // values of an event that held several
	decoder chat.ChunkDecoder
	chunk   *Chunk // the latest ...
	data    []byte // ... and what it was made of
	held    assemble.Held
	ready   bool   // chunk was not delivered yet
	owed    *Chunk // the usage that came with a refusal, to be delivered before it
	noise   int    // events of text that is no JSON
	tally   assemble.Tally
	total   int64 // bytes of events
	eof     bool
	err     error  // what next returns for ever, once set
	waits   func() // called before the body is read; nil for nobody

	stopped atomic.Bool
}

func (w *wireSource) onWait(f func()) { w.waits = f }

// peek looks at the first bytes: only a reply that begins as a stream of events
// does is one, whatever its content type says.
func (w *wireSource) peek() (whole bool, err error) {
	for {
		buf, err := w.events.Peek()
		if err != nil && err != io.EOF {
			return false, w.from.transportError(w.ctx, err)
		}
		form := w.from.form(buf)
		if err == io.EOF {
			form = cmp.Or(form, sniff.Of(buf)) // a field without its colon is none
		}
		if form != sniff.Unclear || err == io.EOF || len(buf) > 512 { // white space that keeps a connection alive
			w.events.Skip(len(buf) - len(sniff.Lead(buf)))
		}
		if form != sniff.Unclear || err == io.EOF {
			return form == sniff.Whole, nil
		}
	}
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
		if err == nil && w.chunk.Usage != nil {
			w.from.lost = w.chunk.Usage.Clone()
		}
		if w.owed != nil {
			w.from.lost = w.owed.Usage
		}
		if err == io.EOF {
			w.finishBody()
			return w.from.nothing(&w.tally, assemble.Answer(w.held.All(), w.from.lost))
		}
		if err != nil {
			return err
		}
		if meaning && w.tally.Content() {
			w.ready = true
			return nil
		}
		w.held.Add(w.chunk, w.data, meaning)
	}
}

// next delivers what was held back, then chunks as they come.
func (w *wireSource) next() (*Chunk, error) {
	if h, ok := w.held.Next(); ok {
		w.decoder.Show(h.Chunk, h.Data)
		return h.Chunk, nil
	}
	if w.ready {
		w.ready = false
		w.decoder.Show(w.chunk, w.data)
		return w.chunk, nil
	}
	if w.err != nil {
		return nil, w.err
	}
	w.decoder.Hide() // the event reader is about to use its memory again
	meaning, err := w.advance()
	if err != nil {
		w.err = err
		if err == io.EOF {
			w.finishBody()
		}
		w.recycle()
		if w.owed != nil {
			return w.owed, nil
		}
		return nil, err
	}
	if meaning {
		w.from.clock.Progress()
	} else {
		w.from.clock.Pause()
	}
	return w.chunk, nil
}

// advance decodes the next chunk into w.chunk. io.EOF is a good end.
func (w *wireSource) advance() (meaning bool, err error) {
	for {
		name, data, err := w.value()
		if err != nil {
			return false, w.ending(err)
		}
		if bytes.Equal(data, sniff.Done) {
			return false, w.done()
		}
		if len(data) == 0 {
			continue
		}
		ok, meaning, err := w.decode(name, data, 0)
		if err != nil {
			return false, err
		}
		if ok {
			return meaning, nil
		}
	}
}

// value returns the next JSON value of the stream, mostly an event's data; it
// is empty for an event to be passed over.
func (w *wireSource) value() (name string, data []byte, err error) {
	if len(w.pending) > 0 {
		data, w.pending = w.pending[0], w.pending[1:]
		return "", data, nil
	}
	ev, err := w.events.Next()
	if err != nil {
		return "", nil, err
	}
	name, data = ev.Name, sniff.Unprefixed(bytes.TrimSpace(ev.Data))
	if ev.Field == sse.Error {
		name = "error"
	}
	if w.total += int64(len(data)); w.total > w.streamLimit() {
		return "", nil, errStreamTooLarge
	}
	if ev.Lines > 1 && name != "error" {
		if values, ok := sniff.SplitValues(data); ok {
			w.pending = values
			return "", nil, nil
		}
	}
	if ev.Unterminated && !bytes.Equal(data, sniff.Done) && !json.Valid(data) {
		return "", nil, nil // half an event: the finish reasons judge the end
	}
	if name == "" && string(data) == "null" {
		return "", nil, nil // nothing, as a gateway's encoder writes it
	}
	return name, data, nil
}

// open takes an event reader, which recycle gives back, and tells the decoder and the
// judge what was asked for.
func (w *wireSource) open() {
	w.events = readers.Get().(*sse.Reader)
	w.events.Reset(w, w.from.st.settings.maxEventBytes())
	w.decoder.Asked = w.from.asked(w.ctx)
	w.tally.N = w.decoder.Asked.N
}

// decode makes a chunk of an event's data; ok is false for an event that is
// neither chunk nor refusal, such as one of another API's protocol.
func (w *wireSource) decode(name string, data []byte, wrappers int) (ok, meaning bool, err error) {
	var flags chat.Signs
	w.chunk, flags, err = w.decoder.Decode(data)
	w.data = data
	if err := w.from.unread(w.ctx, err); err != nil {
		return false, false, err
	}
	suspect := err != nil || flags&chat.Suspect != 0
	if suspect || name == "error" {
		if refusal := w.from.inBand(name, data); refusal != nil {
			if err == nil && w.chunk.Usage != nil {
				head := w.chunk.Head()
				head.Usage = w.chunk.Usage.Clone()
				w.owed = &head
			}
			return false, false, refusal
		}
	}
	if err != nil {
		if w.tally.Finished() && w.tally.Content() {
			return false, false, nil // what follows a whole answer does not matter
		}
		if mended := sniff.Mended(data); mended != nil {
			return w.decode(name, mended, wrappers)
		}
		values := sniff.GluedValues(data)
		if len(values) <= 1 {
			values = sniff.Elements(data)
		}
		if len(values) > 0 {
			w.pending = append(values, w.pending...)
			return false, false, nil
		}
		return false, false, w.text(data)
	}
	if suspect && len(w.chunk.Choices) == 0 && w.chunk.Usage == nil {
		if inner := sniff.Wrapped(w.chunk.Extra); inner != nil && wrappers < maxWrappers {
			return w.decode(name, inner, wrappers+1)
		}
		return false, false, nil
	}
	meaning = flags&chat.Meaning != 0
	w.tally.Add(w.chunk, meaning)
	if failed := w.tally.Failed(); failed != "" {
		return false, false, w.from.failedFinish(failed, nil)
	}
	return true, meaning, nil
}

// text judges an event that is no chunk. Words and bare values are noise, such as a
// heartbeat's "ping", unless they speak of a failure; broken JSON is not.
func (w *wireSource) text(data []byte) error {
	if w.noise++; w.noise > maxNoise {
		return nil // heartbeats have no end
	}
	switch c := data[0]; {
	case c == '{', c == '<', c == '[' && !sniff.WordInBrackets(data):
		return w.from.decodeError(ErrMalformed, errNotChunk)
	case json.Valid(data):
		return nil
	}
	if sniff.SpeaksOfError(data) {
		return w.from.inBand("error", data)
	}
	return w.from.inText(data)
}

var (
	errNothing  = errors.New("the model generated nothing")
	errNotChunk = errors.New("an event of the stream is not a JSON chunk")
)

// done judges a [DONE]: it proves nothing by itself, because a gateway was seen
// to write it after its upstream was cut.
func (w *wireSource) done() error {
	switch {
	case w.tally.Began() && w.from.site.trustDone:
		return io.EOF
	case !w.tally.Began():
		return w.from.decodeError(ErrNoContent, errors.New("the stream ended without any choice"))
	case !w.tally.Content():
		return io.EOF // which begin judges: nothing was delivered
	}
	if err := w.from.incomplete(&w.tally, "[DONE]", nil); err != nil {
		return err
	}
	return io.EOF
}

// ending judges the end of the body or an error of its reading.
func (w *wireSource) ending(err error) error {
	whole := w.tally.Finished() && w.tally.Missing() == 0
	switch {
	case err == io.EOF && whole:
		return io.EOF
	case err == io.EOF && w.tally.Finished():
		return w.from.incomplete(&w.tally, "the stream", nil)
	case err == io.EOF && w.tally.Began():
		return w.from.interrupted("the stream ended without a finish reason")
	case err == io.EOF && w.noise > 0:
		return w.from.decodeError(ErrMalformed, errNotChunk)
	case err == io.EOF:
		return w.from.interrupted("the stream ended before any answer")
	case err == errStreamTooLarge:
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

// recycle gives the event reader back; only the goroutine that reads may.
func (w *wireSource) recycle() {
	if w.events != nil {
		w.decoder.End()
		w.data = nil
		w.events.Reset(nil, 0)
		readers.Put(w.events)
		w.events = nil
	}
}

// stop closes the body, which unblocks a reader on any goroutine.
func (w *wireSource) stop() {
	if !w.stopped.Swap(true) {
		w.decoder.End() // a chunk that is kept is not to keep the reader's memory
		w.from.clock.Stop()
		_ = w.body.Close()
	}
}

func (w *wireSource) info() CallInfo { return w.about }

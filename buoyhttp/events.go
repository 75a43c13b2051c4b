package buoyhttp

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/internal/verbatim"
)

// events makes server-sent events of a stream.
type events struct {
	stream *buoy.Stream
	came   *verbatim.Record // for the chunks that buoy made itself
	usage  bool             // the client asked for it
	done   bool
}

// errRestarted ends a stream that broke and whose repetition says something else:
// OpenAI's protocol has no word for "forget what you have shown".
var errRestarted = fmt.Errorf("%w: the provider's stream broke off, and its second answer differs from what was sent already: ask again", buoy.ErrStreamInterrupted)

// done is the data of the event after the last one of a stream that is whole.
var done = []byte("[DONE]")

// next returns the next chunk, nil for [DONE], and io.EOF after that.
func (e *events) next() (*buoy.Chunk, error) {
	for e.stream.Next() {
		c := e.stream.Chunk()
		if c.Restarted {
			return nil, errRestarted
		}
		// buoy always asks for the usage. Who did not would not expect a chunk
		// without choices.
		if e.usage || len(c.Choices) > 0 || c.Usage == nil {
			return c, nil
		}
	}
	if err := e.stream.Err(); err != nil {
		return nil, err
	}
	if e.done {
		return nil, io.EOF
	}
	e.done = true
	return nil, nil
}

// append appends the event of a chunk, byte for byte as the provider sent it. The chunk
// must be the current one.
func (e *events) append(dst []byte, c *buoy.Chunk) ([]byte, error) {
	if c == nil {
		return appendEvent(dst, done), nil
	}
	start := len(dst)
	dst = append(dst, "data: "...)
	at := len(dst)
	dst, ok := c.AppendRaw(dst)
	data := dst[at:]
	switch {
	case !ok: // buoy's own
		own, err := encodeChunk(c, e.came)
		if err != nil {
			return dst[:start], err
		}
		return appendEvent(dst[:start], own), nil
	case bytes.IndexByte(data, '\n') >= 0 || bytes.IndexByte(data, '\r') >= 0: // a line break ends a line of an event
		var line bytes.Buffer
		if err := json.Compact(&line, data); err != nil {
			return dst[:start], err
		}
		return appendEvent(dst[:start], line.Bytes()), nil
	}
	return append(dst, "\n\n"...), nil
}

func appendEvent(dst, data []byte) []byte {
	dst = append(dst, "data: "...)
	dst = append(dst, data...)
	return append(dst, "\n\n"...)
}

// enough is how much is collected before it is written: 16 KiB are some sixty tokens,
// and more than a TCP segment in any case.
const enough = 16 << 10

// eventWriter sends events to a client. What the provider sent in one piece goes out
// in one piece; before the stream waits for more, all of it has been sent.
type eventWriter struct {
	w      http.ResponseWriter
	client patience
	stream *buoy.Stream
	buf    []byte
	pooled *[]byte // where buf came from
	err    error   // the client does not take it
}

// buffers keeps what events are collected in.
var buffers = sync.Pool{New: func() any { return new([]byte) }}

func newEventWriter(w http.ResponseWriter, s *buoy.Stream) *eventWriter {
	h := w.Header()
	h.Set("Content-Type", "text/event-stream; charset=utf-8")
	h.Set("Cache-Control", "no-cache")
	h.Set("X-Accel-Buffering", "no") // nginx would collect the events
	w.WriteHeader(http.StatusOK)
	e := &eventWriter{w: w, client: patienceWith(w), stream: s, pooled: buffers.Get().(*[]byte)}
	e.buf = *e.pooled
	s.OnWait(e.flush)
	return e
}

// close sends what is left, together with the end of the reply.
func (e *eventWriter) close() error {
	e.write()
	if cap(e.buf) <= 2*enough { // a rare giant is left to the collector
		*e.pooled = e.buf[:0]
		buffers.Put(e.pooled)
	}
	return e.err
}

// write hands on what was collected.
func (e *eventWriter) write() {
	if len(e.buf) == 0 || e.err != nil {
		return
	}
	if e.err = e.client.writing(len(e.buf)); e.err == nil {
		_, e.err = e.w.Write(e.buf)
	}
	e.buf = e.buf[:0]
}

// flush sends everything. A client that takes nothing ends the wait for more.
func (e *eventWriter) flush() {
	if len(e.buf) == 0 {
		return
	}
	if e.write(); e.err == nil {
		e.err = e.client.flush()
	}
	if e.err != nil {
		_ = e.stream.Close()
	}
}

package buoyhttp

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"

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

// next returns the data of the next event, byte for byte as the provider sent it, and
// io.EOF after [DONE]. It is valid until the next call.
func (e *events) next() ([]byte, error) {
	for e.stream.Next() {
		c := e.stream.Chunk()
		if c.Restarted {
			return nil, errRestarted
		}
		// buoy always asks for the usage. Who did not would not expect a chunk
		// without choices.
		if !e.usage && len(c.Choices) == 0 && c.Usage != nil {
			continue
		}
		data := c.Raw()
		if data == nil { // buoy's own
			return encodeChunk(c, e.came)
		}
		if bytes.IndexByte(data, '\n') < 0 && bytes.IndexByte(data, '\r') < 0 {
			return data, nil
		}
		var line bytes.Buffer // a line break ends a line of an event
		err := json.Compact(&line, data)
		return line.Bytes(), err
	}
	if err := e.stream.Err(); err != nil {
		return nil, err
	}
	if e.done {
		return nil, io.EOF
	}
	e.done = true
	return done, nil
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
	err    error // the client does not take it
}

func newEventWriter(w http.ResponseWriter, s *buoy.Stream) *eventWriter {
	h := w.Header()
	h.Set("Content-Type", "text/event-stream; charset=utf-8")
	h.Set("Cache-Control", "no-cache")
	h.Set("X-Accel-Buffering", "no") // nginx would collect the events
	w.WriteHeader(http.StatusOK)
	e := &eventWriter{w: w, client: patienceWith(w), stream: s}
	s.OnWait(e.flush)
	return e
}

// event adds an event.
func (e *eventWriter) event(data []byte) {
	if e.buf = appendEvent(e.buf, data); len(e.buf) >= enough {
		e.write()
	}
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

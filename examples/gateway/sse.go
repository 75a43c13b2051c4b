package main

import (
	"bytes"
	"encoding/json"
	"net/http"

	"github.com/buoy-go/buoy"
)

// eventWriter sends a stream of server-sent events, each at once.
type eventWriter struct {
	w      http.ResponseWriter
	client patience
	came   *recording // for the chunks that buoy made itself
	buf    []byte
}

func newEventWriter(w http.ResponseWriter, came *recording) *eventWriter {
	h := w.Header()
	h.Set("Content-Type", "text/event-stream; charset=utf-8")
	h.Set("Cache-Control", "no-cache")
	h.Set("X-Accel-Buffering", "no") // nginx would collect the events
	w.WriteHeader(http.StatusOK)
	return &eventWriter{w: w, client: patienceWith(w), came: came}
}

// chunk sends a piece of the answer, byte for byte as the provider sent it.
func (e *eventWriter) chunk(c *buoy.Chunk) error {
	data := c.Raw()
	if data == nil { // buoy's own
		var err error
		if data, err = encodeChunk(c, e.came); err != nil {
			return err
		}
	}
	return e.event(data)
}

// fail sends a refusal as the last event. No [DONE] follows it: the official
// clients raise an error from it.
func (e *eventWriter) fail(r refusal) error { return e.event(r.encode()) }

// done ends a stream that is whole.
func (e *eventWriter) done() error { return e.event([]byte("[DONE]")) }

func (e *eventWriter) event(data []byte) error {
	if bytes.ContainsAny(data, "\r\n") { // a line break ends a line of an event
		var line bytes.Buffer
		if err := json.Compact(&line, data); err != nil {
			return err
		}
		data = line.Bytes()
	}
	e.buf = append(append(append(e.buf[:0], "data: "...), data...), "\n\n"...)
	if err := e.client.writing(len(e.buf)); err != nil {
		return err
	}
	if _, err := e.w.Write(e.buf); err != nil {
		return err
	}
	return e.client.flush()
}

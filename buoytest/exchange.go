package buoytest

import (
	"bytes"
	"io"
	"net/http"
	"strconv"
	"time"
)

// exchange is one request on its way to its answer. Its methods unwind with http.ErrAbortHandler when the client has
// left or the server closes, so that no step outlives its reader.
type exchange struct {
	w       http.ResponseWriter
	r       *http.Request
	got     Received
	dialect Dialect
	base    Answer // what is answered, or broken, by a step that brings no text of its own
	reset   func() // breaks the connection off
	begun   bool   // the headers are sent, or at least written
}

// answer records r, takes its step from the script and carries it out.
func (s *Server) answer(w http.ResponseWriter, r *http.Request, reset func()) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler) // the client left before it had asked
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	got, err := receive(r, body)
	status, why := got.refusal(err)

	s.mu.Lock()
	got.Ordinal = len(s.requests) + 1
	step := Step{name: "refused", serve: func(x *exchange) { x.refuse(status, why) }}
	if status == 0 {
		var ok bool
		if step, ok = claim(s.script, &got, got.At.Sub(s.scripted)); !ok {
			step = Step{}
		}
	}
	if got.Outcome = step.name; got.Outcome == "" {
		got.Outcome = "default"
	}
	s.requests = append(s.requests, got)
	s.arrived.Broadcast()
	dialect := s.dialect
	s.mu.Unlock()

	x := &exchange{w: w, r: r, got: got, dialect: dialect, base: Answer{Text: DefaultText}, reset: reset}
	if step.base != nil {
		x.base = *step.base
	}
	w.Header().Set("X-Request-Id", "req_"+strconv.Itoa(got.Ordinal))
	if step.serve == nil {
		step.serve = serveBase
	}
	step.serve(x)
}

func serveBase(x *exchange) { x.reply(x.base) }

// head sends status and headers. length is the body's, or -1 where only its end tells.
func (x *exchange) head(status int, contentType string, length int) {
	h := x.w.Header()
	if contentType != "" {
		h.Set("Content-Type", contentType)
	} else {
		h["Content-Type"] = nil // or net/http guesses one
	}
	if length >= 0 {
		h.Set("Content-Length", strconv.Itoa(length))
	}
	x.w.WriteHeader(status)
	x.begun = true
}

// send writes b.
func (x *exchange) send(b []byte) {
	if _, err := x.w.Write(b); err != nil {
		x.drop()
	}
}

// whole sends a complete body of known length.
func (x *exchange) whole(status int, contentType string, body []byte) {
	x.head(status, contentType, len(body))
	x.send(body)
}

// flush puts on the wire what was sent so far.
func (x *exchange) flush() { flush(x.w) }

// endEvent is flush after each event of a stream. Where there is no wire, waking the reader for each event would take
// most of the time, so there it is put off until the step waits or ends.
func (x *exchange) endEvent() {
	if w, ok := x.w.(*directWriter); ok {
		w.streamed = true
		return
	}
	x.flush()
}

// sleep waits, not longer than client and server stay. d <= 0 waits for their going.
func (x *exchange) sleep(d time.Duration) {
	if x.begun {
		x.flush()
	}
	if d <= 0 {
		<-x.r.Context().Done()
		x.drop()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-x.r.Context().Done():
		x.drop()
	}
}

// drop closes the connection without a word.
func (x *exchange) drop() { panic(http.ErrAbortHandler) }

// cut closes the connection after what was sent so far.
func (x *exchange) cut() {
	x.flush()
	x.drop()
}

// tear resets the connection after what was sent so far.
func (x *exchange) tear() {
	x.flush()
	x.reset()
	x.drop()
}

// refuse sends a refusal in the exchange's dialect.
func (x *exchange) refuse(status int, message string) {
	x.whole(status, jsonType, x.dialect.refusal(status, message))
}

const jsonType = "application/json"

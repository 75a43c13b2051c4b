package buoytest

import (
	"bytes"
	"compress/gzip"
	"net/http"
)

// Func answers with your own handler. The request's body has been recorded and can be
// read again. The context of the request ends when the client leaves or the server
// closes; the handler must then return.
func Func(f func(w http.ResponseWriter, r *http.Request)) Step {
	return Step{name: "Func", serve: func(x *exchange) { f(x.w, x.r) }}
}

// Raw answers with exactly this body, even if a stream was asked for. Use it to replay
// a recorded body. An empty contentType sends none. Add headers as lines such as
// "Retry-After: 30". Combine it with [Dribble] or [Split] to choose the pieces in which
// the body arrives.
func Raw(status int, contentType string, body []byte, headers ...string) Step {
	return Headers(Step{name: "Raw", serve: func(x *exchange) { x.whole(status, contentType, body) }}, headers...)
}

// Dribble answers as step does, but sends only n bytes at a time.
func Dribble(step Step, n int) Step {
	n = max(n, 1)
	return step.wrap(func(x *exchange, serve func(*exchange)) {
		x.w = &splitWriter{ResponseWriter: x.w, next: func() int { return n }}
		serve(x)
	})
}

// Split answers as step does, but sends the body in pieces of these sizes. The rest
// follows in one piece.
func Split(step Step, sizes ...int) Step {
	return step.wrap(func(x *exchange, serve func(*exchange)) {
		left := sizes
		x.w = &splitWriter{ResponseWriter: x.w, next: func() int {
			if len(left) == 0 {
				return 0
			}
			n := max(left[0], 1)
			left = left[1:]
			return n
		}}
		serve(x)
	})
}

// Gzip answers as step does, compressed, whether or not the client accepts that. Go's
// transport unpacks it unless the client set Accept-Encoding itself.
func Gzip(step Step) Step {
	return step.wrap(func(x *exchange, serve func(*exchange)) {
		w := &gzipWriter{ResponseWriter: x.w, gz: gzip.NewWriter(x.w)}
		x.w = w
		serve(x)
		_ = w.gz.Close() // fails only if the client has left
	})
}

// Huge answers with a text of size bytes in one token.
func Huge(size int) Step {
	return Step{name: "Huge", serve: func(x *exchange) { x.huge(size) }}
}

// GzipBomb is like [Huge], but compressed to about a thousandth.
func GzipBomb(size int) Step {
	s := Gzip(Huge(size))
	s.name = "GzipBomb"
	return s
}

// huge sends an answer with a long text without ever holding it.
func (x *exchange) huge(size int) {
	const mark = "MARK"
	var whole []byte
	if x.got.Stream {
		s := x.open(Answer{Text: mark})
		whole = append(s.head, `{"index":0,"delta":{"content":"`+mark+`"},"logprobs":null,"finish_reason":null}]}`+"\n\n"...)
		defer s.finish()
	} else {
		whole = x.completion(Answer{Text: mark})
		x.head(200, jsonType, len(whole)-len(mark)+size)
	}
	before, after, _ := bytes.Cut(whole, []byte(mark))
	x.send(before)
	block := bytes.Repeat([]byte("a"), 32<<10)
	for ; size > 0; size -= len(block) {
		x.send(block[:min(size, len(block))])
	}
	x.send(after)
}

// splitWriter puts each write on the wire in pieces.
type splitWriter struct {
	http.ResponseWriter
	next func() int // how many bytes the next piece has; 0: all that is left
	left int        // of the piece that has begun
}

func (w *splitWriter) Write(p []byte) (int, error) {
	n := 0
	for n < len(p) {
		if w.left == 0 {
			w.left = w.next()
		}
		size := len(p) - n
		if w.left > 0 {
			size = min(size, w.left)
		}
		took, err := w.ResponseWriter.Write(p[n : n+size])
		n += took
		if err != nil {
			return n, err
		}
		if w.left > 0 {
			if w.left -= size; w.left == 0 {
				flush(w.ResponseWriter)
			}
		}
	}
	return n, nil
}

// Flush implements [http.Flusher]. Within a piece it waits for the piece's end.
func (w *splitWriter) Flush() {
	if w.left == 0 {
		flush(w.ResponseWriter)
	}
}

// Unwrap is for [http.ResponseController].
func (w *splitWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// gzipWriter compresses what is written.
type gzipWriter struct {
	http.ResponseWriter
	gz    *gzip.Writer
	begun bool
}

func (w *gzipWriter) WriteHeader(status int) {
	w.begun = true
	w.Header().Del("Content-Length")
	w.Header().Set("Content-Encoding", "gzip")
	w.ResponseWriter.WriteHeader(status)
}

func (w *gzipWriter) Write(p []byte) (int, error) {
	if !w.begun {
		w.WriteHeader(http.StatusOK)
	}
	return w.gz.Write(p)
}

// Flush implements [http.Flusher].
func (w *gzipWriter) Flush() {
	_ = w.gz.Flush() // fails only if the client has left
	flush(w.ResponseWriter)
}

// Unwrap is for [http.ResponseController].
func (w *gzipWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

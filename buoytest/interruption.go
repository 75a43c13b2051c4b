package buoytest

import (
	"strconv"
	"strings"
)

// Cut closes the connection after this many tokens, in the middle of the body. The
// reader gets io.ErrUnexpectedEOF. A whole reply is cut inside its text. With 0, the
// headers are still sent, and the role of a stream.
func Cut(after int) Step {
	return Step{name: "Cut", serve: func(x *exchange) {
		x.begin(after)
		x.cut()
	}}
}

// ResetAfter is like [Cut], but resets the connection. The reader gets an error that
// wraps syscall.ECONNRESET. Over HTTP/2 the error is another one, and the tokens may be
// lost, because frames may still be waiting when the connection closes.
func ResetAfter(after int) Step {
	return Step{name: "ResetAfter", serve: func(x *exchange) {
		x.begin(after)
		x.tear()
	}}
}

// EndEarly ends the body properly after this many tokens. For HTTP the reply is
// complete, but the finish reason and [DONE] are missing. A whole reply lacks its
// second half.
func EndEarly(after int) Step { return endEarly("EndEarly", after, false) }

// CutWithDone is like [EndEarly], but sends [DONE] at the end. Gateways do this when
// the connection to their own provider is cut.
func CutWithDone(after int) Step { return endEarly("CutWithDone", after, true) }

func endEarly(name string, after int, done bool) Step {
	return Step{name: name, serve: func(x *exchange) {
		a := x.base.longer(after + 1)
		if !x.got.Stream {
			full := x.completion(a)
			x.whole(200, jsonType, full[:x.textEnd(a, after, full)])
			return
		}
		s := x.open(a)
		s.say(a.Tokens[:after]...)
		if done {
			s.done()
		}
	}}
}

// Reset resets the connection when the request has arrived, without an answer. The
// client gets syscall.ECONNRESET.
func Reset() Step {
	return Step{name: "Reset", serve: func(x *exchange) {
		x.reset()
		x.drop()
	}}
}

// Drop closes the connection when the request has arrived, without an answer. The
// client gets io.EOF, just as if a kept-alive connection had been closed while it was
// sending.
func Drop() Step {
	return Step{name: "Drop", serve: func(x *exchange) { x.drop() }}
}

// StreamError sends body, a JSON object with an "error", as an event after this many
// tokens, and ends the stream. A request for a whole reply gets body with status 200.
func StreamError(after int, body string) Step {
	return Step{name: "StreamError", serve: func(x *exchange) {
		if !x.got.Stream {
			x.whole(200, guessType(body), []byte(body))
			return
		}
		a := x.base.longer(after + 1)
		s := x.open(a)
		s.say(a.Tokens[:after]...)
		s.data(strings.ReplaceAll(body, "\n", "\ndata: "))
	}}
}

// Malformed sends broken JSON after this many tokens, and then goes on as if nothing
// had happened. A whole reply consists of the broken part alone.
func Malformed(after int) Step {
	return Step{name: "Malformed", serve: func(x *exchange) {
		a := x.base.longer(after + 1)
		if !x.got.Stream {
			full := x.completion(a)
			at := x.textEnd(a, after, full)
			x.whole(200, jsonType, append(full[:at:at], `"]}`...))
			return
		}
		s := x.open(a)
		s.say(a.Tokens[:after]...)
		s.data(`{"id":"chatcmpl-` + strconv.Itoa(x.got.Ordinal) + `","choices":[{"index":0,"delta":{"content":"`)
		s.finish(a.Tokens[after:]...)
	}}
}

// begin sends an answer up to its token number after and puts it on the wire. What it returns sends the rest.
func (x *exchange) begin(after int) (rest func()) {
	a := x.base.longer(after + 1)
	if x.got.Stream {
		s := x.open(a)
		s.say(a.Tokens[:after]...)
		return func() { s.finish(a.Tokens[after:]...) }
	}
	full := x.completion(a)
	x.head(200, jsonType, len(full))
	at := x.textEnd(a, after, full)
	x.send(full[:at])
	x.flush()
	return func() { x.send(full[at:]) }
}

// textEnd is where in full, the whole reply, the first tokens of a end.
func (x *exchange) textEnd(a Answer, after int, full []byte) int {
	a.Tokens = a.Tokens[:after]
	part := x.completion(a)
	n := 0
	for n < len(part) && part[n] == full[n] {
		n++
	}
	return n
}

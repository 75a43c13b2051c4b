package buoyhttp

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/internal/oneline"
	"github.com/buoy-go/buoy/internal/verbatim"
)

// exchange is one chat request on its way. What it collects goes into one line
// of the log; nothing of it is a prompt, an answer or a key.
type exchange struct {
	h *handler
	w http.ResponseWriter
	r *http.Request

	id     string
	begun  time.Time
	wish   wish
	status int
	info   buoy.CallInfo
	code   string // of the refusal
}

// chat serves POST .../chat/completions.
func (h *handler) chat(w http.ResponseWriter, r *http.Request) {
	x := &exchange{h: h, w: w, r: r, id: requestID(), begun: time.Now()}
	defer x.log()
	w.Header()["X-Request-Id"] = []string{x.id} // until a provider's is known
	if no := x.wish.receive(w, r, h.bodyLimit()); no != nil {
		x.refuse(*no)
		return
	}
	client, err := h.clients.Client(r.Context(), &x.wish.request)
	if unknown, ok := errors.AsType[*ModelError](err); ok {
		x.refuse(unknown.refusal())
		return
	}
	if err != nil {
		x.fail(err)
		return
	}
	if x.wish.stream {
		x.stream(client)
	} else {
		x.whole(client)
	}
}

// requestID names a request in the log. It is no secret: 80 bits of the quick source do.
func requestID() string {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
	id := [...]byte{0: 'b', 1: 'u', 2: 'o', 3: 'y', 4: '-', 20: 0}
	high, low := rand.Uint64(), rand.Uint64()
	for i := 5; i < len(id); i += 2 {
		id[i], id[i+1] = letters[high%32], letters[low%32]
		high, low = high>>5, low>>5
	}
	return string(id[:])
}

// headerJSON is the value of a header that never changes. Its capacity is its length, so
// that an Add copies it.
var headerJSON = []string{"application/json"}

// whole answers in one piece.
func (x *exchange) whole(client *buoy.Client) {
	ctx, came := verbatim.Whole(x.r.Context())
	resp, err := client.Chat(ctx, x.wish.request, x.h.optionsFor(x.r)...)
	if err != nil {
		x.fail(err)
		return
	}
	body, err := came.Response(resp)
	if err != nil {
		x.fail(err)
		return
	}
	x.head(resp.Info)
	x.status = http.StatusOK
	h := x.w.Header()
	h["Content-Type"] = headerJSON
	h["Content-Length"] = []string{strconv.Itoa(len(body))}
	_ = patienceWith(x.w).writing(len(body))
	if _, err := x.w.Write(body); err != nil {
		x.status = statusClosed
	}
}

// stream answers in pieces. Until the first token everything is an ordinary
// error with a status of its own.
func (x *exchange) stream(client *buoy.Client) {
	ctx, came := verbatim.Streamed(x.r.Context())
	stream, err := client.Stream(ctx, x.wish.request, x.h.optionsFor(x.r)...)
	if err != nil {
		x.fail(err)
		return
	}
	defer func() {
		_ = stream.Close() // a client that leaves ends the provider's work
		x.info = stream.Info()
	}()
	x.head(stream.Info())
	x.status = http.StatusOK
	out := newEventWriter(x.w, stream)
	in := events{stream: stream, came: came, usage: x.wish.usage}
	for out.err == nil {
		chunk, err := in.next()
		if err == nil {
			out.buf, err = in.append(out.buf, chunk)
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			no := x.refusal(err)
			x.code = no.code
			// No [DONE] follows it: the official clients raise an error from it.
			out.buf = appendEvent(out.buf, no.encode())
			break
		}
		if len(out.buf) >= enough {
			out.write()
		}
	}
	if out.close() != nil {
		x.status = statusClosed
	}
}

// stopping breaks off what is not answered when the server has to stop, for a
// reason that it gives as the cause of the request's context.
func stopping(cause error) refusal {
	return refusal{
		status: http.StatusServiceUnavailable, kind: "server_error", code: "stopping",
		message: cause.Error() + ": ask again", closes: true,
	}
}

// fail refuses with an error of buoy's, and tells the attempts all the same.
func (x *exchange) fail(err error) {
	x.info = headOfError(x.w.Header(), err)
	x.refuse(x.refusal(err))
}

// refusal tells a stop of the server's from a client that has left: buoy sees a
// cancelled context in both.
func (x *exchange) refusal(err error) refusal {
	if err == errRestarted {
		return refusal{status: http.StatusBadGateway, kind: "server_error", code: "stream_restarted", message: err.Error()}
	}
	if cause := context.Cause(x.r.Context()); errors.Is(err, context.Canceled) && cause != nil && cause != context.Canceled {
		return stopping(cause)
	}
	return refusalOf(err)
}

// left reports a client that did not wait for the end: net/http cancels the
// request without a cause of its own.
func (x *exchange) left() bool { return context.Cause(x.r.Context()) == context.Canceled }

// head tells how the answer came about. It must come before the first byte.
func (x *exchange) head(info buoy.CallInfo) {
	x.info = info
	head(x.w.Header(), info)
}

func (x *exchange) refuse(r refusal) {
	x.status, x.code = r.status, r.code
	r.write(x.w)
}

// log writes the line of the request. Errors in detail are buoy's own lines.
func (x *exchange) log() {
	whole := x.status == http.StatusOK && x.code == ""
	if !whole && x.left() {
		x.status = statusClosed
	}
	level := slog.LevelInfo
	if x.status >= 500 || x.status == http.StatusOK && !whole {
		level = slog.LevelWarn
	}
	if x.h.log == nil {
		return
	}
	ctx := context.WithoutCancel(x.r.Context())
	if !x.h.log.Enabled(ctx, level) {
		return
	}
	attrs := []slog.Attr{
		slog.String("id", x.id), slog.Int("status", x.status), slog.Duration("duration", time.Since(x.begun)),
		slog.String("model", oneline.Of(x.wish.request.Model, maxModelName)), slog.Bool("stream", x.wish.stream),
		slog.String("endpoint", x.info.Endpoint), slog.Int("attempts", len(x.info.Attempts)),
	}
	if x.info.RequestID != "" {
		attrs = append(attrs, slog.String("provider_request", x.info.RequestID))
	}
	if x.code != "" {
		attrs = append(attrs, slog.String("code", x.code))
	}
	x.h.log.LogAttrs(ctx, level, "chat", attrs...)
}

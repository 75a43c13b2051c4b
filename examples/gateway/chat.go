package main

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/buoy-go/buoy"
)

// exchange is one chat request on its way. What it collects goes into one line
// of the log; nothing of it is a prompt, an answer or a key.
type exchange struct {
	h *handler
	w http.ResponseWriter
	r *http.Request

	id     string
	begun  time.Time
	wish   *wish
	status int
	info   buoy.CallInfo
	code   string // of the refusal
}

// chat serves POST /v1/chat/completions.
func (h *handler) chat(w http.ResponseWriter, r *http.Request) {
	x := &exchange{h: h, w: w, r: r, id: "gw-" + rand.Text()[:16], begun: time.Now(), wish: &wish{}}
	defer x.log()
	w.Header().Set("X-Request-Id", x.id) // until a provider's is known
	wish, no := readWish(w, r, h.maxBody)
	if no != nil {
		x.refuse(*no)
		return
	}
	x.wish = wish
	client, err := h.clients.client(wish.request.Model, wish.fallbacks)
	if unknown, ok := errors.AsType[*unknownModel](err); ok {
		no := badRequest(http.StatusNotFound, "model_not_found", unknown.Error())
		no.param = unknown.param
		x.refuse(no)
		return
	}
	if err != nil {
		x.refuse(refusalOf(err))
		return
	}
	if wish.stream {
		x.stream(client)
	} else {
		x.whole(client)
	}
}

// whole answers in one piece.
func (x *exchange) whole(client *buoy.Client) {
	ctx, came := record(x.r.Context(), true)
	resp, err := client.Chat(ctx, x.wish.request)
	if err != nil {
		x.fail(err)
		return
	}
	body, err := came.response(resp)
	if err != nil {
		x.fail(err)
		return
	}
	x.head(resp.Info)
	x.status = http.StatusOK
	x.w.Header().Set("Content-Type", "application/json")
	_ = patienceWith(x.w).writing(len(body))
	if _, err := x.w.Write(body); err != nil {
		x.status = statusClosed
	}
}

// stream answers in pieces. Until the first token everything is an ordinary
// error with a status of its own.
func (x *exchange) stream(client *buoy.Client) {
	ctx, came := record(x.r.Context(), false)
	stream, err := client.Stream(ctx, x.wish.request)
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
	events := newEventWriter(x.w, came)
	for chunk, err := range stream.Chunks() {
		switch {
		case err != nil:
			no := x.refusal(err)
			x.code = no.code
			err = events.fail(no)
		case chunk.Restarted:
			x.code = restarted.code
			_ = events.fail(restarted)
			return
		case usageOnly(chunk) && !x.wish.usage:
			// buoy always asks for the usage. Who did not would not expect a chunk
			// without choices.
		default:
			err = events.chunk(chunk)
		}
		if err != nil {
			x.status = statusClosed
			return
		}
	}
	if x.code == "" && events.done() != nil {
		x.status = statusClosed
	}
}

// restarted ends a stream that broke and whose repetition says something else:
// OpenAI's protocol has no word for "forget what you have shown".
var restarted = refusal{
	status: http.StatusBadGateway, kind: "server_error", code: "stream_restarted",
	message: "the provider's stream broke off, and its second answer differs from what was sent already: ask again",
}

// stopping breaks off what is not answered when the server has to stop, for a
// reason that it gives as the cause of the request's context.
func stopping(cause error) refusal {
	return refusal{
		status: http.StatusServiceUnavailable, kind: "server_error", code: "stopping",
		message: cause.Error() + ": ask again", closes: true,
	}
}

// usageOnly reports a chunk that has nothing but the usage.
func usageOnly(c *buoy.Chunk) bool { return len(c.Choices) == 0 && c.Usage != nil }

// fail refuses with an error of buoy's, and tells the attempts all the same.
func (x *exchange) fail(err error) {
	info := buoy.CallInfo{}
	if call, ok := errors.AsType[*buoy.CallError](err); ok {
		info.Attempts = call.Attempts
		x.w.Header().Set("X-Buoy-Stop", string(call.Stop))
	}
	info.Endpoint = endpointOf(err)
	x.head(info)
	x.w.Header().Set("X-Buoy-Kind", string(buoy.KindOf(err)))
	x.refuse(x.refusal(err))
}

// refusal tells a stop of the server's from a client that has left: buoy sees a
// cancelled context in both.
func (x *exchange) refusal(err error) refusal {
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
	h := x.w.Header()
	h.Set("X-Buoy-Attempts", strconv.Itoa(len(info.Attempts)))
	if info.Endpoint != "" {
		h.Set("X-Buoy-Endpoint", info.Endpoint)
	}
	if info.Model != "" {
		h.Set("X-Buoy-Model", info.Model)
	}
	if info.RequestID != "" {
		h.Set("X-Request-Id", info.RequestID)
	}
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
	attrs := []slog.Attr{
		slog.String("id", x.id), slog.Int("status", x.status), slog.Duration("duration", time.Since(x.begun)),
		slog.String("model", x.wish.request.Model), slog.Bool("stream", x.wish.stream),
		slog.String("endpoint", x.info.Endpoint), slog.Int("attempts", len(x.info.Attempts)),
	}
	if x.info.RequestID != "" {
		attrs = append(attrs, slog.String("provider_request", x.info.RequestID))
	}
	if x.code != "" {
		attrs = append(attrs, slog.String("code", x.code))
	}
	x.h.log.LogAttrs(context.WithoutCancel(x.r.Context()), level, "chat", attrs...)
}

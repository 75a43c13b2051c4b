package main

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/buoy-go/buoy"
)

// service answers questions.
type service struct {
	client   *buoy.Client
	log      *slog.Logger
	model    string
	patience time.Duration // how long a visitor waits for the whole answer
}

//go:embed page.html
var page []byte

func (s *service) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write(page) // a visitor who has left needs no page
	})
	mux.HandleFunc("POST /ask", s.ask)
	return mux
}

type question struct {
	Text string `json:"text"`
}

// ask streams an answer as server-sent events: "token" events, and then one "end" or
// one "error".
func (s *service) ask(w http.ResponseWriter, r *http.Request) {
	var q question
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 64<<10)).Decode(&q); err != nil || q.Text == "" {
		http.Error(w, `send {"text": "your question"}, at most 64 KiB`, http.StatusBadRequest)
		return
	}
	// The request's context ends when the visitor leaves. The call to the provider ends
	// with it, and nothing more is paid for.
	ctx, cancel := context.WithTimeout(r.Context(), s.patience)
	defer cancel()
	stream, err := s.client.Stream(ctx, buoy.Request{
		Model:     s.model,
		Messages:  []buoy.Message{buoy.System("Answer in one sentence."), buoy.User(q.Text)},
		MaxTokens: new(200),
	})
	if err != nil {
		s.refuse(w, err)
		return
	}
	defer stream.Close()

	// From here on the status is 200, whatever happens: what fails now is an event.
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Accel-Buffering", "no") // nginx would keep the tokens back
	out := http.NewResponseController(w)
	send := func(event string, data any) error {
		line, err := json.Marshal(data)
		if err != nil {
			return err
		}
		if err := out.SetWriteDeadline(time.Now().Add(10 * time.Second)); err != nil && !errors.Is(err, http.ErrNotSupported) {
			return err
		}
		if _, err := fmt.Fprintf(w, "event: %s\ndata: %s\n\n", event, line); err != nil {
			return err
		}
		return out.Flush()
	}
	for chunk, err := range stream.Chunks() {
		if err != nil {
			_ = send("error", failure(err)) // the visitor may be the one who left
			return
		}
		if text := chunk.Text(); text != "" {
			if send("token", text) != nil {
				return
			}
		}
	}
	// A stream that ended may still be no answer: cut by max_tokens, or filtered.
	if err := stream.Response().Check(); err != nil {
		_ = send("error", failure(err))
		return
	}
	_ = send("end", map[string]int{"tokens": stream.Response().Usage.TotalTokens})
}

// refuse answers a call that failed before its first token.
func (s *service) refuse(w http.ResponseWriter, err error) {
	if wait, ok := buoy.RetryAfter(err); ok {
		w.Header().Set("Retry-After", fmt.Sprint(int(wait.Seconds())+1))
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status(err))
	_ = json.NewEncoder(w).Encode(failure(err))
}

// status is what the visitor may know. That our key is wrong, our account empty or our
// limit full is our affair, and so is that we are stopping: for a visitor the service is
// unavailable. A tenant's own limit or quota is that tenant's.
func status(err error) int {
	kind := buoy.KindOf(err)
	if limit, ok := errors.AsType[*buoy.LimitError](err); ok && limit.Tenant != "" {
		return kind.HTTPStatus()
	}
	if quota, ok := errors.AsType[*buoy.QuotaError](err); ok && quota.Tenant != "" {
		return kind.HTTPStatus()
	}
	switch {
	case errors.Is(err, buoy.ErrClosed):
		return http.StatusServiceUnavailable
	case kind == buoy.ErrAuth, kind == buoy.ErrPermission, kind == buoy.ErrQuota, kind == buoy.ErrNotFound, kind == buoy.ErrLimit:
		return http.StatusServiceUnavailable
	}
	return kind.HTTPStatus()
}

// failure is what a visitor reads. The error's own text goes to the log, where buoy has
// put it already: it may quote the provider.
func failure(err error) map[string]string {
	text := "The answer could not be written. Please try again."
	switch buoy.KindOf(err) {
	case buoy.ErrModeration:
		text = "This question is not answered here."
	case buoy.ErrContextLength, buoy.ErrTooLarge:
		text = "This question is too long."
	case buoy.ErrRateLimit, buoy.ErrLimit, buoy.ErrOverloaded, buoy.ErrCircuitOpen:
		text = "Too many questions at once. Please wait a moment."
	case buoy.ErrStreamInterrupted, buoy.ErrIncomplete:
		text = "The answer broke off."
	}
	return map[string]string{"kind": string(buoy.KindOf(err)), "text": text}
}

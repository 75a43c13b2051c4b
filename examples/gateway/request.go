package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"os"
	"slices"
	"time"

	"github.com/buoy-go/buoy"
)

// maxFallbacks bounds what a request may ask for: each is a further attempt.
const maxFallbacks = 8

// maxModelName bounds a name that is written to the log.
const maxModelName = 256

// wish is a request and what the gateway itself reads of it.
type wish struct {
	request   buoy.Request
	fallbacks []string // from "models"; nil means the configured ones, empty none
	stream    bool
	usage     bool // the client wants the usage at the end of a stream
}

// readWish reads a request's body. Fields that buoy does not know are kept and
// passed on as they are.
func readWish(w http.ResponseWriter, r *http.Request, limit int64) (*wish, *refusal) {
	// Another type than JSON is all that a page in a browser may send to a server
	// on this machine without asking it first.
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return refuse(http.StatusUnsupportedMediaType, "invalid_content_type", "the Content-Type must be application/json")
	}
	body, err := readBody(w, r, limit)
	if large, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return refuse(http.StatusRequestEntityTooLarge, "too_large", fmt.Sprintf("the request is larger than %d bytes", large.Limit))
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return refuse(http.StatusRequestTimeout, "timeout", "the request took too long to arrive")
	}
	if err != nil {
		return refuse(http.StatusBadRequest, "invalid_body", "the request did not arrive whole")
	}
	var own struct {
		Stream *bool    `json:"stream"`
		Models []string `json:"models"`
	}
	wish := &wish{}
	if err := json.Unmarshal(body, &wish.request); err != nil {
		return refuse(http.StatusBadRequest, "invalid_json", "the body is not a JSON object of a chat request: "+err.Error())
	}
	if err := json.Unmarshal(body, &own); err != nil {
		return refuse(http.StatusBadRequest, "invalid_type", "stream must be true or false, models a list of names")
	}
	wish.stream = own.Stream != nil && *own.Stream
	if reason := wish.take(own.Models); reason != "" {
		return refuse(http.StatusBadRequest, "invalid_model", reason)
	}
	if o := wish.request.StreamOptions; o != nil && o.IncludeUsage != nil {
		wish.usage = *o.IncludeUsage
	}
	return wish, nil
}

// readBody reads a body for as long as it makes progress.
func readBody(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, error) {
	if r.ContentLength > limit {
		return nil, &http.MaxBytesError{Limit: limit}
	}
	client, from := patienceWith(w), http.MaxBytesReader(w, r.Body, limit)
	end := time.Now().Add(bodyPatience)
	var body []byte
	for {
		deadline := time.Now().Add(bodyPause)
		if deadline.After(end) {
			deadline = end
		}
		if err := client.reading(deadline); err != nil {
			return nil, err
		}
		body = slices.Grow(body, bytes.MinRead)
		n, err := from.Read(body[len(body):cap(body)])
		body = body[:len(body)+n]
		if err == io.EOF {
			// The wait for the answer has no such bound.
			return body, client.reading(time.Time{})
		}
		if err != nil {
			return nil, err
		}
	}
}

// take moves the request's list of models into the fallbacks: buoy goes along it,
// and the provider must not do so as well, or the two multiply.
func (w *wish) take(models []string) (reason string) {
	req := &w.request
	req.Models = nil
	delete(req.Extra, "models")             // where it was null
	if req.Model == "" && len(models) > 0 { // OpenRouter's form
		req.Model, models = models[0], models[1:]
	}
	w.fallbacks = models
	switch {
	case req.Model == "":
		return "model is missing"
	case len(models) > maxFallbacks:
		return fmt.Sprintf("models has more than %d entries", maxFallbacks)
	}
	for _, name := range append([]string{req.Model}, models...) {
		if name == "" || len(name) > maxModelName {
			return fmt.Sprintf("a model's name is empty or longer than %d bytes", maxModelName)
		}
	}
	return ""
}

func refuse(status int, code, message string) (*wish, *refusal) {
	r := badRequest(status, code, message)
	return nil, &r
}

package buoyhttp

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
	"strings"
	"sync"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/chat"
)

// maxModelName bounds a name that is written to the log.
const maxModelName = 256

// wish is a request, and what is read of it here.
type wish struct {
	request buoy.Request
	stream  bool
	usage   bool // the client wants the usage at the end of a stream
}

// receive reads a client's request.
func (x *wish) receive(w http.ResponseWriter, r *http.Request, limit int64) *refusal {
	// Another type than JSON is all that a page in a browser may send to a server
	// on this machine without asking it first.
	if !isJSON(r.Header.Get("Content-Type")) {
		return rejected(http.StatusUnsupportedMediaType, "invalid_content_type", "the Content-Type must be application/json")
	}
	if no := encoded(r.Header); no != nil {
		return no
	}
	buf := bodies.Get().(*[]byte)
	body, err := readBody(w, r, limit, (*buf)[:0])
	defer giveBack(buf, body)
	if large, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return rejected(http.StatusRequestEntityTooLarge, "too_large", fmt.Sprintf("the request is larger than %d bytes", large.Limit))
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return rejected(http.StatusRequestTimeout, "timeout", "the request took too long to arrive")
	}
	if err != nil {
		return rejected(http.StatusBadRequest, "invalid_body", "the request did not arrive whole")
	}
	return x.read(body)
}

// encoded refuses a body that is compressed.
func encoded(h http.Header) *refusal {
	if coding := h.Get("Content-Encoding"); coding != "" && coding != "identity" {
		return rejected(http.StatusUnsupportedMediaType, "invalid_content_encoding", "a body with a Content-Encoding is not read: send it as it is")
	}
	return nil
}

func isJSON(contentType string) bool {
	if contentType == "application/json" { // as nearly all say it
		return true
	}
	kind, _, err := mime.ParseMediaType(contentType)
	return err == nil && kind == "application/json"
}

// read reads a request's body, of which it keeps nothing. Fields that buoy does not know
// are kept and passed on as they are.
func (x *wish) read(body []byte) *refusal {
	stream, err := x.request.ReadBody(body)
	if bad, ok := errors.AsType[*chat.FieldError](err); ok {
		return rejected(http.StatusBadRequest, "invalid_type", bad.Field+" "+bad.Reason)
	}
	if errors.Is(err, chat.ErrTooMany) {
		return rejected(http.StatusRequestEntityTooLarge, "too_large", "the request has more values than can be read")
	}
	if err != nil {
		var text json.RawMessage // its error says where
		if at := json.Unmarshal(body, &text); at != nil {
			err = at
		}
		return rejected(http.StatusBadRequest, "invalid_json", "the body is not a JSON object of a chat request: "+err.Error())
	}
	x.stream = stream
	if odd, there := x.request.Extra["model"].(json.RawMessage); there && string(odd) != "null" {
		return rejected(http.StatusBadRequest, "invalid_type", "model is not a string")
	}
	if name, field := x.secondSpelling(); name != "" {
		return rejected(http.StatusBadRequest, "invalid_field", fmt.Sprintf("%q must be written %q", name, field))
	}
	if len(x.request.Model) > maxModelName {
		return rejected(http.StatusBadRequest, "invalid_model", fmt.Sprintf("model is longer than %d bytes", maxModelName))
	}
	if o := x.request.StreamOptions; o != nil && o.IncludeUsage != nil {
		x.usage = *o.IncludeUsage
	}
	return nil
}

// secondSpelling returns a member that says in other letters which model is to answer,
// and how it is written. A provider whose JSON library ignores case, as Go's does, would
// take its value: a model that the server does not let the client have.
func (x *wish) secondSpelling() (name, field string) {
	if name, field = spelled(x.request.Extra, "model", "models", "fallbacks"); name != "" {
		return name, field
	}
	for _, f := range x.request.Fallbacks {
		if name, field = spelled(f.Extra, "model"); name != "" {
			return name, field
		}
	}
	return "", ""
}

// spelled returns a name that is one of the fields in other letters.
func spelled(extra map[string]any, fields ...string) (name, field string) {
	for name := range extra {
		for _, field := range fields {
			if strings.EqualFold(name, field) && name != field {
				return name, field
			}
		}
	}
	return "", ""
}

// maxPromised is how much memory a body gets before it is there.
const maxPromised = 32 << 10

// bodies keeps memory for requests, of which nothing is kept once they have been read.
var bodies = sync.Pool{New: func() any { return new([]byte) }}

func giveBack(buf *[]byte, body []byte) {
	if cap(body) <= 2*maxPromised { // a rare giant is left to the collector
		*buf = body[:0]
		bodies.Put(buf)
	}
}

// readBody reads a body for as long as it makes progress, and appends it to dst.
func readBody(w http.ResponseWriter, r *http.Request, limit int64, dst []byte) ([]byte, error) {
	if r.ContentLength > limit {
		return dst, &http.MaxBytesError{Limit: limit}
	}
	if r.Body == nil { // a server's never is
		return dst, nil
	}
	client, end := patienceWith(w), time.Now().Add(bodyPatience)
	// What a client says of the length costs no memory before it has come.
	body := slices.Grow(dst, int(min(max(r.ContentLength, 0), maxPromised))+bytes.MinRead)
	for {
		deadline := time.Now().Add(bodyPause)
		if deadline.After(end) {
			deadline = end
		}
		if err := client.reading(deadline); err != nil {
			return body, err
		}
		body = slices.Grow(body, bytes.MinRead)
		n, err := r.Body.Read(body[len(body):cap(body)])
		body = body[:len(body)+n]
		switch {
		case int64(len(body)) > limit:
			return body, &http.MaxBytesError{Limit: limit}
		case err == io.EOF:
			// The wait for the answer has no such bound.
			return body, client.reading(time.Time{})
		case err != nil:
			return body, err
		}
	}
}

func rejected(status int, code, message string) *refusal {
	r := badRequest(status, code, message)
	return &r
}

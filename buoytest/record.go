package buoytest

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// Record returns a transport that passes requests on to next, and writes what was asked
// and answered to a file when the test ends. [Replay] answers from that file. Nil for
// next means [http.DefaultTransport].
//
//	var record = flag.Bool("record", false, "ask the provider, and record it")
//
//	func TestAnswer(t *testing.T) {
//		var transport http.RoundTripper
//		if *record {
//			transport = buoytest.Record(t, "testdata/answer.txt", nil)
//		} else {
//			transport = buoytest.Replay(t, "testdata/answer.txt")
//		}
//		client, err := buoy.New(endpoint, buoy.WithHTTPClient(&http.Client{Transport: transport}))
//
// The file is text, one fact a line, so that it can be read, changed and compared. It
// has no key: of a request's headers only the content type is kept, of a reply's all
// but those that name the account, begin a session or carry a secret. A URL's query has
// its names alone, and its user is left out. A secret from there is also replaced where a
// body or a header repeats it, even in two pieces. Else the bodies are kept as they are:
// ask only what everybody who sees the file may read.
//
// A stream is kept with its pauses, in milliseconds. A reply is asked for without
// compression, so that it can be read. A file that is there is replaced, unless the test
// failed or asked nothing. The transport may be used by several goroutines. The exchanges are in the
// order in which they were asked.
func Record(t testing.TB, path string, next http.RoundTripper) http.RoundTripper {
	t.Helper()
	r := &recorder{next: next}
	if next == nil {
		r.next = http.DefaultTransport
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("buoytest: the test failed, and so %s is not written", path)
			return
		}
		if err := r.write(path); errors.Is(err, errNothingAsked) {
			t.Logf("buoytest: %v, and so %s is not written", err, path)
		} else if err != nil {
			t.Errorf("buoytest: %v", err)
		}
	})
	return r
}

var (
	errNothingAsked = errors.New("nothing was asked and answered")
	errTooLarge     = errors.New("what was recorded is too large for a file: ask for less")
)

type recorder struct {
	next http.RoundTripper

	mu      sync.Mutex // guards the fields below, and the exchanges
	list    []*recorded
	secrets secrets
	bytes   int
	full    bool
}

// RoundTrip implements [http.RoundTripper].
func (r *recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	body, err := readBody(req)
	if err != nil {
		return nil, err
	}
	x := &recorded{method: req.Method, target: target(req), host: req.URL.Host, header: http.Header{}, body: body}
	if v := req.Header.Get("Content-Type"); v != "" {
		x.header.Set("Content-Type", v)
	}
	r.begin(x, req)
	out := req.Clone(req.Context())
	out.Body, out.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	out.GetBody = nil
	if len(body) == 0 {
		out.Body = http.NoBody
	}
	// http.Transport then asks for gzip by itself, and unpacks it.
	out.Header.Del("Accept-Encoding")
	began := time.Now()
	resp, err := r.next.RoundTrip(out)
	r.mu.Lock()
	defer r.mu.Unlock()
	x.wait = time.Since(began).Round(time.Millisecond)
	if err != nil {
		x.failure = failureOf(err)
		return nil, err
	}
	x.status, x.reply, x.failure = resp.StatusCode, resp.Header.Clone(), leftEarly // until its end was read
	r.secrets.strip(x.reply)
	resp.Body = &recordedBody{recorder: r, exchange: x, body: resp.Body, last: time.Now()}
	return resp, nil
}

// begin notes an exchange, and the words that must not reach the file.
func (r *recorder) begin(x *recorded, req *http.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.list = append(r.list, x)
	r.bytes += len(x.body)
	r.secrets.ofRequest(req)
}

// target is a request's path and the names in its query, whose values may be keys.
func target(req *http.Request) string {
	names := make([]string, 0)
	for name := range req.URL.Query() {
		names = append(names, url.QueryEscape(name)+"=removed")
	}
	slices.Sort(names)
	path := cmp.Or(req.URL.EscapedPath(), "/")
	if len(names) == 0 {
		return path
	}
	return path + "?" + strings.Join(names, "&")
}

// The failures that a program may look for are named, and come back as themselves.
var namedFailures = map[string]error{
	"EOF": io.EOF, "unexpected EOF": io.ErrUnexpectedEOF,
	"context canceled": context.Canceled, "context deadline exceeded": context.DeadlineExceeded, "i/o timeout": os.ErrDeadlineExceeded,
}

// failureOf is the text of a failure without what wraps it, which names addresses.
func failureOf(err error) string {
	for name, known := range namedFailures {
		if errors.Is(err, known) {
			return name
		}
	}
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return cmp.Or(err.Error(), "a failure without words")
		}
		err = inner
	}
}

func (r *recorder) write(path string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.full {
		return errTooLarge
	}
	list := slices.DeleteFunc(slices.Clone(r.list), func(x *recorded) bool { return x.status == 0 && x.failure == "" }) // was not answered before the test ended
	if len(list) == 0 {
		return errNothingAsked
	}
	for _, x := range list {
		x.mask(r.secrets)
	}
	text := encodeRecording(list)
	if len(text) > maxRecorded { // quotes and indents may make much of little
		return errTooLarge
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, text, 0o644)
}

// recordedBody passes a reply's body on and notes what came when.
type recordedBody struct {
	recorder *recorder
	exchange *recorded
	body     io.ReadCloser
	last     time.Time
	ended    bool
}

func (b *recordedBody) Read(p []byte) (int, error) {
	n, err := b.body.Read(p)
	r := b.recorder
	r.mu.Lock()
	defer r.mu.Unlock()
	if n > 0 {
		b.add(p[:n])
	}
	if err != nil && !b.ended {
		b.ended = true
		b.add(nil) // how long it was silent before
		b.exchange.failure = ""
		if err != io.EOF {
			b.exchange.failure = failureOf(err)
		}
	}
	return n, err
}

// add appends a piece. What comes within a millisecond is one.
func (b *recordedBody) add(data []byte) {
	r, x := b.recorder, b.exchange
	if r.bytes += len(data); r.bytes > maxRecorded/2 {
		r.full = true // base64 and quotes take more room than what they hold
		return
	}
	now := time.Now()
	pause := now.Sub(b.last).Round(time.Millisecond)
	b.last = now
	if n := len(x.pieces); n > 0 && pause <= 0 {
		x.pieces[n-1].data = append(x.pieces[n-1].data, data...)
		return
	}
	if pause > 0 || len(data) > 0 {
		x.pieces = append(x.pieces, piece{pause, bytes.Clone(data)})
	}
}

func (b *recordedBody) Close() error {
	b.recorder.mu.Lock()
	b.ended = true
	b.recorder.mu.Unlock()
	return b.body.Close()
}
